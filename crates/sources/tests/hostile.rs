//! Departments that are dead, slow or hostile at the level of sockets and HTTP: each costs its own part and a stable code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use huoshui_kernel::Lang;
use huoshui_sources::{Endpoint, Outcome};
use support::{Department, NOW, ask, endpoint, good, http, json, remote, remote_at, settings, sources};

/// The most that a whole gather may take before the caller must have been given up on: an order of magnitude over the
/// deadline of half a second, so that only a deadline that does not hold fails.
const GENEROUS: Duration = Duration::from_secs(20);

const JSON: &str = "Content-Type: application/json\r\n";

async fn code(department: &Department) -> &'static str {
    let outcome = tokio::time::timeout(GENEROUS, remote(department.port, settings()).fetch(&ask())).await.unwrap();
    let fault = outcome.fault().unwrap();
    for lang in [Lang::Zh, Lang::En] {
        let text = format!("{} {}", fault.message(lang), fault.hint(lang));
        assert!(!text.contains('{') && text.contains("swj"), "{text}");
    }
    fault.code()
}

#[tokio::test]
async fn answers_that_are_none_have_their_codes() {
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let bomb: Vec<u8> = [0x1f, 0x8b, 8, 0].iter().copied().chain([0; 4_000]).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("source.content_type", http("200 OK", "Content-Type: text/html\r\n", b"<html>sign in</html>")),
        ("source.not_json", http("200 OK", JSON, b"<html>sign in</html>")),
        ("source.not_protocol", http("200 OK", JSON, deep.as_bytes())),
        ("source.not_json", http("200 OK", JSON, b"{\"schema\": 1e400}")),
        ("source.not_json", http("200 OK", JSON, b"")),
        ("source.not_json", http("200 OK", JSON, b"\xff\xfe{}")),
        ("source.not_protocol", http("200 OK", JSON, b"{}")),
        ("source.not_protocol", http("200 OK", JSON, b"[]")),
        ("source.encoded", http("200 OK", &format!("{JSON}Content-Encoding: gzip\r\n"), &bomb)),
        ("source.encoded", http("200 OK", &format!("{JSON}Content-Encoding: br\r\n"), &bomb)),
        ("source.redirect", http("307 Temporary Redirect", "Location: /elsewhere\r\n", b"")),
        ("source.unauthorised", http("401 Unauthorized", "", b"")),
        ("source.unauthorised", http("403 Forbidden", "", b"")),
        ("source.no_resource", http("404 Not Found", "", b"")),
        ("source.rejected", http("400 Bad Request", "", b"")),
        ("source.throttled", http("429 Too Many Requests", "Retry-After: 100000\r\n", b"")),
        ("source.failing", http("500 Internal Server Error", "", b"")),
        ("source.failing", http("503 Service Unavailable", "", b"")),
        ("source.status", http("206 Partial Content", JSON, b"{}")),
        ("source.too_large", http("200 OK", JSON, &vec![b' '; (64 << 10) + 1])),
        ("source.not_http", b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()),
        ("source.not_http", http("200 OK", &"X-A: b\r\n".repeat(200), b"")),
        ("source.not_http", http("200 OK", &format!("X-A: {}\r\n", "b".repeat(1 << 20)), b"")),
        (
            "source.truncated",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}".to_vec(),
        ),
        (
            "source.truncated",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":"
                .to_vec(),
        ),
        ("source.broken", Vec::new()),
        ("source.broken", b"HTTP/1.1 200 OK\r\nConte".to_vec()),
    ];
    for (expected, bytes) in cases {
        let shown = String::from_utf8_lossy(&bytes).chars().take(120).collect::<String>();
        let department = Department::serving(move |_, _, stream| {
            let _ = stream.write_all(&bytes);
            false
        });
        assert_eq!(code(&department).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn a_redirect_is_never_followed_nor_the_key_given_away() {
    let other = Department::answering(|_, _| json(&good()));
    let location = format!("Location: http://127.0.0.1:{}/v1/resources/tax_paid/records\r\n", other.port);
    let department = Department::answering(move |_, _| http("302 Found", &location, b""));
    assert_eq!(code(&department).await, "source.redirect");
    assert_eq!((department.seen(), other.seen()), (1, 0));
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_bound_and_never_held() {
    let sent = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicUsize::new(0));
    let (counted, ended) = (sent.clone(), done.clone());
    let department = Department::serving(move |_, _, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        let _ = stream.write_all(head.as_bytes());
        let chunk = [b"1000\r\n".as_slice(), &[b' '; 4096], b"\r\n"].concat();
        // One gibibyte, unless the other side closes.
        while counted.load(Ordering::SeqCst) < 1 << 30 && stream.write_all(&chunk).is_ok() {
            counted.fetch_add(4096, Ordering::SeqCst);
        }
        ended.store(1, Ordering::SeqCst);
        false
    });
    assert_eq!(code(&department).await, "source.too_large");
    support::until(|| done.load(Ordering::SeqCst) == 1).await;
    // What left the department lies in the sockets' buffers (some megabytes on loopback) and 64 KiB of ours.
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent < 32 << 20, "{sent} bytes were taken");
}

#[tokio::test]
async fn a_silent_a_dripping_and_a_late_department_end_at_the_deadline() {
    let hang: fn(&mut std::net::TcpStream) = |_| sleep(Duration::from_secs(60));
    let drip: fn(&mut std::net::TcpStream) = |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            sleep(Duration::from_millis(20));
        }
    };
    let drip_head: fn(&mut std::net::TcpStream) = |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: ");
        while stream.write_all(b"a").is_ok() {
            sleep(Duration::from_millis(20));
        }
    };
    let late: fn(&mut std::net::TcpStream) = |stream| {
        sleep(Duration::from_secs(5));
        let _ = stream.write_all(&json(&good()));
    };
    let forever_almost: fn(&mut std::net::TcpStream) = |stream| {
        let again = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n".repeat(50);
        while stream.write_all(&again).is_ok() {}
    };
    for (name, serve) in
        [("interim", forever_almost), ("hang", hang), ("drip", drip), ("drip_head", drip_head), ("late", late)]
    {
        let department = Department::serving(move |_, _, stream| {
            serve(stream);
            false
        });
        let remote = remote(department.port, settings());
        let outcome = tokio::time::timeout(GENEROUS, remote.fetch(&ask())).await.unwrap();
        assert!(matches!(&outcome, Outcome::Timeout(fault) if fault.code() == "source.timeout"), "{name}: {outcome:?}");
        assert_eq!(remote.health().in_flight, 0, "{name}");
    }
}

#[tokio::test]
async fn bytes_behind_an_answer_never_become_the_next_one() {
    // Two answers to one question: the second would belong to whichever firm is asked about next.
    let mut other = good();
    other["rows"] = serde_json::json!([["2025-01-31", 666, null]]);
    let department = Department::answering(move |_, _| [json(&good()), json(&other)].concat());
    let remote = remote(department.port, settings());
    for _ in 0..20 {
        let outcome = remote.fetch(&ask()).await;
        let answer = outcome.answer().unwrap_or_else(|| panic!("{:?}", outcome.fault()));
        assert_eq!(answer.rows.len(), 2, "the answer that nobody asked for was taken");
        // Time for the stray bytes to arrive, as they do in practice.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn nobody_there_and_no_such_name() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let outcome = remote(free, settings()).fetch(&ask()).await;
    assert_eq!(outcome.fault().unwrap().code(), "source.refused");

    // Names under .invalid never resolve (RFC 6761).
    let mut plain = settings();
    plain.plain_http = true;
    plain.deadline_ms = 20_000;
    plain.connect_ms = 20_000;
    let nowhere = remote_at(endpoint("http://department.invalid:1".into()), plain, &Arc::new(AtomicI64::new(NOW)));
    let outcome = nowhere.fetch(&ask()).await;
    assert_eq!(outcome.fault().unwrap().code(), "source.dns");

    // A listener that accepts and never speaks TLS.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let pem = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap().cert.pem();
    let base = format!("https://localhost:{}", silent.local_addr().unwrap().port());
    let end = Endpoint { roots: Some(pem.into_bytes()), ..endpoint(base) };
    let outcome = remote_at(end, settings(), &Arc::new(AtomicI64::new(NOW))).fetch(&ask()).await;
    let code = outcome.fault().unwrap().code();
    assert!(["source.connect_timeout", "source.timeout"].contains(&code), "{code}");
}

#[tokio::test]
async fn one_bad_department_delays_and_spoils_no_other() {
    let good_one = Department::answering(|_, _| json(&good()));
    let hang = Department::serving(|_, _, _| {
        sleep(Duration::from_secs(60));
        false
    });
    let endless = Department::serving(|_, _, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
        while stream.write_all(&[b' '; 4096]).is_ok() {}
        false
    });
    let failing = Department::answering(|_, _| http("500 Oh", "", b""));
    let named = |name: &str, port: u16| {
        let end = Endpoint { department: name.into(), ..endpoint(format!("http://127.0.0.1:{port}")) };
        remote_at(end, settings(), &Arc::new(AtomicI64::new(NOW)))
    };
    let all = sources([
        named("hang", hang.port),
        named("swj", good_one.port),
        named("endless", endless.port),
        named("failing", failing.port),
    ]);
    // Many clients at once: the slow department's share of them waits for it, and for nothing else.
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let all = all.clone();
            tokio::spawn(async move {
                let departments = ["hang", "swj", "endless", "failing", "nobody"];
                all.gather(departments.iter().map(|d| ((*d).to_owned(), ask())).collect()).await
            })
        })
        .collect();
    for client in clients {
        let outcomes = tokio::time::timeout(GENEROUS, client).await.unwrap().unwrap();
        assert_eq!(outcomes.len(), 5);
        assert!(outcomes[1].answer().is_some(), "{:?}", outcomes[1].fault());
        assert!(matches!(outcomes[0], Outcome::Timeout(_) | Outcome::Pending(_)));
        let code = |i: usize| outcomes[i].fault().unwrap().code();
        assert!(["source.too_large", "source.resting"].contains(&code(2)), "{}", code(2));
        assert!(["source.failing", "source.resting"].contains(&code(3)), "{}", code(3));
        assert_eq!(code(4), "source.no_remote");
    }
    let health = all.health();
    let names: Vec<_> = health.iter().map(|h| h.department.as_str()).collect();
    assert_eq!(names, ["endless", "failing", "hang", "swj"]);
    assert_eq!(health[3].counts.get("live"), Some(&16));
    assert_eq!(health.iter().map(|h| h.counts.values().sum::<u64>()).collect::<Vec<_>>(), [16; 4]);
}
