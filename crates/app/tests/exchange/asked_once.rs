//! What a department answered is kept while the pull is decided anew.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use huoshui_app::exchange::fetch::Remotes;
use huoshui_sources::{CacheSettings, Endpoint, Remote, SeededJitter, Settings, Sources};

use super::*;

/// A department that answers every question with one row, and does something else meanwhile.
fn department(asked: Arc<AtomicUsize>, meanwhile: impl Fn(usize) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut head = Vec::new();
            for line in BufReader::new(socket.try_clone().unwrap()).lines() {
                let line = line.unwrap();
                if line.is_empty() {
                    break;
                }
                head.push(line);
            }
            meanwhile(asked.fetch_add(1, Ordering::SeqCst) + 1);
            let body = serde_json::json!({
                "department": "swj", "resource": "tax_grade", "schema": 1, "uscc": firm(1), "as_of": "2026-06-30",
                "covers_from": "2020-01-01", "known": true, "rows": [["2026-03-31", "B"]],
                "columns": [{ "name": "period", "kind": "date" }, { "name": "grade", "kind": "code" }],
            });
            let body = body.to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
            socket.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        }
    });
    format!("http://{address}")
}

fn remotes(world: &World, base: String) -> Remotes {
    let clock = world.clock.clone();
    let now = Arc::new(move || huoshui_journal::Clock::now_micros(&*clock));
    let endpoint = Endpoint { department: "swj".into(), base, key: None, roots: None };
    // Nothing is kept of its answers: every question would reach it.
    let cache = CacheSettings { max_bytes: 0, fresh_s: 0, keep_days: 0 };
    let settings = Settings { cache, attempts: 1, ..Settings::default() };
    let remote = Remote::new(endpoint, settings, now, Arc::new(SeededJitter::new(1))).unwrap();
    let resources = HashMap::from([("tax_grade".to_owned(), "swj".to_owned())]);
    Remotes::new(Sources::new([remote]).unwrap(), resources, Duration::from_secs(30))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_department_is_asked_once_though_another_process_moves_the_firms_log_meanwhile() {
    let world = World::new();
    let (id, other) = (world.granted(1), world.granted(1));
    let asked = Arc::new(AtomicUsize::new(0));
    // While the department is at it, another process changes another consent of the firm: what this pull was decided on is
    // no longer so when it is to be written, every time that the department is asked.
    let sibling = world.sibling();
    let base = department(asked.clone(), move |n| {
        sibling.step(1, &other, if n % 2 == 1 { Step::Pause } else { Step::Resume });
    });
    let asking = world.sibling_asking(remotes(&world, base));
    let (body, _) = released(asking.pull(&bank("B1"), "remote-01", &order(&id)).await);
    assert_eq!(body["answer"]["parts"][0]["data"]["rows"], serde_json::json!([["B"]]), "the department's own answer");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Another pull is another question.
    released(asking.pull(&bank("B1"), "remote-02", &order(&id)).await);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(log(&world, 1), [(Ended::Released, None), (Ended::Released, None)]);
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_fetched_does_not_leave_when_the_consent_is_revoked_meanwhile() {
    let world = World::new();
    let id = world.granted(1);
    let asked = Arc::new(AtomicUsize::new(0));
    let (sibling, consent) = (world.sibling(), id.clone());
    let base = department(asked.clone(), move |_| drop(sibling.step(1, &consent, Step::Revoke)));
    let asking = world.sibling_asking(remotes(&world, base));
    let refusal = refused(asking.pull(&bank("B1"), "remote-01", &order(&id)).await);
    assert_eq!((refusal.fault.code(), asked.load(Ordering::SeqCst)), ("exchange.revoked", 1));
    sound(&world);
}
