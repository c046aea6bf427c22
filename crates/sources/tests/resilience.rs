//! Retries, breaker, bulkhead, cache and encryption over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use huoshui_sources::{Ask, Endpoint, Outcome, Remote, Served, Settings, State};
use support::{Department, NOW, ask, endpoint, good, http, json, remote, remote_at, settings, until};

const DAY: i64 = 86_400_000_000;

#[tokio::test]
async fn what_may_go_better_at_once_is_tried_again_and_nothing_else() {
    // Fails twice, then is well: three attempts get there, two do not.
    for (attempts, expected) in [(3, None), (2, Some("source.failing"))] {
        let department = Department::answering(|n, _| if n < 2 { http("503 Busy", "", b"") } else { json(&good()) });
        let often = Settings { attempts, deadline_ms: 20_000, ..settings() };
        let outcome = remote(department.port, often).fetch(&ask()).await;
        assert_eq!(outcome.fault().map(|f| f.code()), expected);
        assert_eq!(department.seen(), attempts as usize);
    }
    for (status, times) in [("401 No", 1), ("404 No", 1), ("302 Go", 1), ("400 No", 1), ("500 Oh", 3), ("429 Slow", 3)]
    {
        let department = Department::answering(move |_, _| http(status, "", b""));
        let often = Settings { attempts: 3, deadline_ms: 20_000, ..settings() };
        assert!(remote(department.port, often).fetch(&ask()).await.fault().is_some());
        assert_eq!(department.seen(), times, "{status}");
    }
    // No attempt begins after the deadline: a pause that would reach it is not begun.
    let department = Department::answering(|_, _| http("503 Busy", "", b""));
    let slow = Settings { attempts: 10, deadline_ms: 400, connect_ms: 400, backoff_ms: 400, ..settings() };
    let outcome = remote(department.port, slow).fetch(&ask()).await;
    assert_eq!(outcome.fault().unwrap().code(), "source.failing");
    assert!(department.seen() <= 2, "{}", department.seen());
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_no_attempt() {
    // Each answer promises more, and the connection ends behind it.
    let department = Department::serving(|_, _, stream| {
        std::io::Write::write_all(stream, &json(&good())).unwrap();
        false
    });
    let remote = remote(department.port, Settings { deadline_ms: 20_000, ..settings() });
    for _ in 0..20 {
        let outcome = remote.fetch(&ask()).await;
        assert!(outcome.answer().is_some(), "{:?}", outcome.fault());
    }
}

fn quick_breaker() -> Settings {
    let mut quick = settings();
    quick.deadline_ms = 20_000;
    quick.breaker.window = 4;
    quick.breaker.open_after = 3;
    quick.breaker.rest_ms = 300;
    quick.breaker.rest_max_ms = 300;
    quick.breaker.close_after = 2;
    quick
}

#[tokio::test]
async fn the_breaker_opens_half_opens_and_closes() {
    let well = Arc::new(AtomicBool::new(false));
    let asked = well.clone();
    let department =
        Department::answering(
            move |_, _| {
                if asked.load(Ordering::SeqCst) { json(&good()) } else { http("500 Oh", "", b"") }
            },
        );
    let remote = remote(department.port, quick_breaker());
    for _ in 0..3 {
        assert_eq!(remote.fetch(&ask()).await.fault().unwrap().code(), "source.failing");
    }
    assert_eq!(remote.health().state, State::Open);
    let outcome = remote.fetch(&ask()).await;
    assert!(matches!(&outcome, Outcome::Pending(f) if f.code() == "source.resting"), "{outcome:?}");
    assert_eq!(department.seen(), 3, "a department at rest is not asked");
    assert!(remote.health().resting_ms.is_some());

    // A failed probe: back to rest.
    until(|| remote.health().state == State::HalfOpen).await;
    assert_eq!(remote.fetch(&ask()).await.fault().unwrap().code(), "source.failing");
    assert_eq!(remote.fetch(&ask()).await.fault().unwrap().code(), "source.resting");
    assert_eq!(department.seen(), 4);

    well.store(true, Ordering::SeqCst);
    until(|| remote.health().state == State::HalfOpen).await;
    assert!(remote.fetch(&ask()).await.answer().is_some());
    assert_eq!(remote.health().state, State::HalfOpen, "one success is not yet enough");
    assert!(remote.fetch(&ask()).await.answer().is_some());
    assert_eq!(remote.health().state, State::Closed);
}

#[tokio::test]
async fn a_caller_that_leaves_its_probe_does_not_shut_the_door() {
    let silent = Arc::new(AtomicBool::new(false));
    let asked = silent.clone();
    let department = Department::serving(move |n, _, stream| {
        if asked.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_secs(60));
        }
        let bytes = if n < 3 { http("500 Oh", "", b"") } else { json(&good()) };
        std::io::Write::write_all(stream, &bytes).is_ok()
    });
    let remote = Arc::new(remote(department.port, quick_breaker()));
    for _ in 0..3 {
        remote.fetch(&ask()).await;
    }
    until(|| remote.health().state == State::HalfOpen).await;
    silent.store(true, Ordering::SeqCst);
    let probe = tokio::spawn({
        let remote = remote.clone();
        async move { remote.fetch(&ask()).await }
    });
    until(|| department.seen() == 4).await;
    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled());
    silent.store(false, Ordering::SeqCst);
    assert_eq!((remote.health().in_flight, remote.health().counts.get("left")), (0, Some(&1)));
    assert!(remote.fetch(&ask()).await.answer().is_some());
}

#[tokio::test]
async fn a_caller_with_a_shorter_deadline_opens_the_breaker_too() {
    let department = Department::serving(|_, _, _| {
        std::thread::sleep(Duration::from_secs(60));
        false
    });
    let mut slow = settings();
    slow.deadline_ms = 1_000;
    slow.breaker.window = 2;
    slow.breaker.open_after = 2;
    let remote = remote(department.port, slow);
    for _ in 0..2 {
        // Patient enough: over half of the department's own second.
        assert!(tokio::time::timeout(Duration::from_millis(600), remote.fetch(&ask())).await.is_err());
    }
    let health = remote.health();
    assert_eq!((health.state, health.counts.get("source.timeout")), (State::Open, Some(&2)));
    assert_eq!(health.last_failure.unwrap().code, "source.timeout");
}

#[tokio::test]
async fn a_slow_department_takes_its_own_places_and_a_full_queue_says_so_at_once() {
    let (release, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let at_once = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, peak) = (at_once.clone(), most.clone());
    let department = Department::serving(move |_, _, stream| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        held.lock().unwrap().recv().unwrap();
        now.fetch_sub(1, Ordering::SeqCst);
        std::io::Write::write_all(stream, &json(&good())).is_ok()
    });
    let narrow = Settings { max_in_flight: 2, max_waiting: 3, deadline_ms: 60_000, ..settings() };
    let remote = Arc::new(remote(department.port, narrow));
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let remote = remote.clone();
            tokio::spawn(async move { remote.fetch(&ask()).await })
        })
        .collect();
    until(|| remote.health().waiting == 3 && department.seen() == 2).await;
    let sixth = remote.fetch(&ask()).await;
    assert!(matches!(&sixth, Outcome::Pending(f) if f.code() == "source.busy"), "{sixth:?}");
    assert_eq!(remote.health().in_flight, 2);
    (0..5).for_each(|_| release.send(()).unwrap());
    for call in calls {
        assert!(call.await.unwrap().answer().is_some());
    }
    assert_eq!((most.load(Ordering::SeqCst), department.seen()), (2, 5));
    assert_eq!((remote.health().in_flight, remote.health().waiting), (0, 0));
}

struct Cached {
    department: Department,
    remote: Remote,
    clock: Arc<AtomicI64>,
    answer: Arc<std::sync::Mutex<Vec<u8>>>,
}

fn cached() -> Cached {
    let answer = Arc::new(std::sync::Mutex::new(json(&good())));
    let given = answer.clone();
    let department = Department::answering(move |_, _| given.lock().unwrap().clone());
    let mut keeping = settings();
    keeping.deadline_ms = 20_000;
    keeping.breaker.window = 64;
    keeping.breaker.open_after = 64;
    keeping.cache.max_bytes = 1 << 20;
    keeping.cache.fresh_s = 60;
    keeping.cache.keep_days = 5;
    let clock = Arc::new(AtomicI64::new(NOW));
    let remote = remote_at(endpoint(format!("http://127.0.0.1:{}", department.port)), keeping, &clock);
    Cached { department, remote, clock, answer }
}

#[tokio::test]
async fn a_fresh_answer_serves_again_and_an_old_one_only_where_the_purpose_allows() {
    let c = cached();
    let patient = Ask { stale_days: 3, ..ask() };
    assert_eq!(c.remote.fetch(&ask()).await.answer().unwrap().served, Served::Live);
    c.clock.store(NOW + 60_000_000, Ordering::SeqCst);
    let again = c.remote.fetch(&ask()).await;
    let again = again.answer().unwrap();
    assert_eq!((again.served, again.fetched_at, again.rows.len()), (Served::Cached, NOW, 2));
    assert_eq!(c.department.seen(), 1);
    c.clock.store(NOW + 60_000_001, Ordering::SeqCst);
    assert_eq!(c.remote.fetch(&ask()).await.answer().unwrap().served, Served::Live);
    assert_eq!(c.department.seen(), 2);

    // Out of order: stale for those who may, three days after it was fetched and not a moment more.
    *c.answer.lock().unwrap() = http("503 Busy", "", b"");
    let fetched = NOW + 60_000_001;
    c.clock.store(fetched + 3 * DAY, Ordering::SeqCst);
    assert_eq!(c.remote.fetch(&ask()).await.fault().unwrap().code(), "source.failing");
    let outcome = c.remote.fetch(&patient).await;
    assert!(outcome.is_stale());
    assert_eq!(outcome.answer().unwrap().fetched_at, fetched);
    c.clock.store(fetched + 3 * DAY + 1, Ordering::SeqCst);
    assert_eq!(c.remote.fetch(&patient).await.fault().unwrap().code(), "source.failing");
    let counts = c.remote.health().counts;
    assert_eq!((counts.get("live"), counts.get("cached"), counts.get("stale")), (Some(&2), Some(&1), Some(&1)));
    assert_eq!(counts.get("source.failing"), Some(&3), "an outage counts even where an older answer served");
}

#[tokio::test]
async fn a_lie_is_not_covered_up_and_a_forgotten_firm_is_gone() {
    let c = cached();
    let patient = Ask { stale_days: 5, ..ask() };
    assert!(c.remote.fetch(&patient).await.answer().is_some());
    c.clock.store(NOW + DAY, Ordering::SeqCst);
    let mut other = good();
    other["schema"] = serde_json::json!(3);
    *c.answer.lock().unwrap() = json(&other);
    assert_eq!(c.remote.fetch(&patient).await.fault().unwrap().code(), "source.schema_version");
    *c.answer.lock().unwrap() = http("401 No", "", b"");
    assert_eq!(c.remote.fetch(&patient).await.fault().unwrap().code(), "source.unauthorised");
    *c.answer.lock().unwrap() = http("200 OK", "Content-Type: text/html\r\n", b"<p>maintenance</p>");
    assert!(c.remote.fetch(&patient).await.is_stale(), "a page in the place of data is an outage");
    assert_eq!(c.remote.health().cache.entries, 1);
    c.remote.forget(&patient.uscc);
    assert_eq!(c.remote.health().cache.entries, 0);
    assert_eq!(c.remote.fetch(&patient).await.fault().unwrap().code(), "source.content_type");
}

mod encrypted {
    use std::sync::Arc;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio_rustls::rustls::{ServerConfig, crypto};

    /// A department with a certificate for `localhost`, signed by an authority of its own: its port and that authority.
    pub async fn department(body: Vec<u8>) -> (u16, String) {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(vec![]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = authority.self_signed(&authority_key).unwrap().pem();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, body) = (acceptor.clone(), body.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut head = [0; 4096];
                    let _ = stream.read(&mut head).await;
                    let _ = stream.write_all(&body).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        (port, pem)
    }
}

#[tokio::test]
async fn encryption_trusts_the_named_authority_and_the_name_alone() {
    let (port, pem) = encrypted::department(json(&good())).await;
    let (_, other) = encrypted::department(Vec::new()).await;
    let at = |host: &str, pem: &str| {
        let end = Endpoint { roots: Some(pem.as_bytes().to_vec()), ..endpoint(format!("https://{host}:{port}")) };
        let patient = Settings { deadline_ms: 20_000, connect_ms: 20_000, ..settings() };
        remote_at(end, patient, &Arc::new(AtomicI64::new(NOW)))
    };
    let outcome = at("localhost", &pem).fetch(&ask()).await;
    assert!(outcome.answer().is_some(), "{:?}", outcome.fault());
    assert_eq!(at("127.0.0.1", &pem).fetch(&ask()).await.fault().unwrap().code(), "source.tls");
    assert_eq!(at("localhost", &other).fetch(&ask()).await.fault().unwrap().code(), "source.tls");
}

#[test]
fn addresses_are_fixed_and_safe() {
    let code = |base: &str| {
        let clock = Arc::new(|| NOW);
        let jitter = Arc::new(huoshui_sources::SeededJitter::new(1));
        let end = Endpoint { key: None, roots: Some(Vec::new()), ..endpoint(base.into()) };
        Remote::new(end, settings(), clock, jitter).err().map(|f| f.code())
    };
    assert_eq!(code("http://127.0.0.1:80/prefix/"), None);
    assert_eq!(code("http://[::1]:80"), None);
    assert_eq!(code("http://localhost"), None);
    for (base, expected) in [
        ("http://10.1.2.3:80", "source.plain_http"),
        ("http://swj.example", "source.plain_http"),
        ("https://swj.example", "source.no_roots"),
        ("ftp://127.0.0.1", "source.bad_base"),
        ("http://user:pass@127.0.0.1", "source.bad_base"),
        ("http://127.0.0.1/?x=1", "source.bad_base"),
        ("/v1", "source.bad_base"),
        ("", "source.bad_base"),
    ] {
        assert_eq!(code(base), Some(expected), "{base}");
    }
}
