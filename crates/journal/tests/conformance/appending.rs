use std::sync::{Arc, Condvar, Mutex};

use huoshui_journal::{Against, Clock, Command, Expected, Journal, Options};

use super::{Place, START, doc};

fn plain(key: &str) -> Command {
    Command::new("a", "o", key, b"").event("s", Expected::Any, "made", 1, "{}")
}

pub fn what_is_out_of_bounds_is_refused_with_its_code<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let long = "x".repeat(201);
    let huge = format!("\"{}\"", "x".repeat(1 << 20));
    let event = |stream: &str, kind: &str, schema: u32, body: &str| {
        Command::new("a", "o", "k", b"").event(stream, Expected::Any, kind, schema, body)
    };
    let mut twice = plain("k");
    twice.streams.push(twice.streams[0].clone());
    let mut long_column = doc("c", "x", Some(&long), None);
    long_column.columns.int[0] = Some(1);
    let mut many = plain("k");
    many.streams[0].events = vec![many.streams[0].events[0].clone(); 50_001];
    let cases = [
        ("an empty key", plain(""), "journal.bad_name"),
        ("a long key", plain(&long), "journal.bad_name"),
        ("a key with a line break", plain("a\nb"), "journal.bad_name"),
        ("no actor", Command::new("", "o", "k", b""), "journal.bad_name"),
        ("no operation", Command::new("a", "", "k", b""), "journal.bad_name"),
        ("an empty stream", event("", "k", 1, "{}"), "journal.bad_name"),
        ("a long stream", event(&long, "k", 1, "{}"), "journal.bad_name"),
        ("a long kind", event("s", &long, 1, "{}"), "journal.bad_name"),
        ("a schema of zero", event("s", "k", 0, "{}"), "journal.contradictory"),
        ("a body that is not JSON", event("s", "k", 1, "{"), "journal.not_json"),
        ("two JSON values", event("s", "k", 1, "{}{}"), "journal.not_json"),
        ("a body over 1 MiB", event("s", "k", 1, &huge), "journal.too_large"),
        ("a stream named twice", twice, "journal.contradictory"),
        ("a document named twice", plain("k").put(doc("c", "x", None, None)).delete("c", "x"), "journal.contradictory"),
        ("a long index column", plain("k").put(long_column), "journal.too_large"),
        ("a huge answer", plain("k").answer(huge.clone()), "journal.too_large"),
        ("50,001 events", many, "journal.too_large"),
    ];
    for (what, command, code) in cases {
        assert_eq!(journal.append_blocking(command).unwrap_err().code(), code, "{what}");
    }
    assert!(journal.read_stream("s", 1, 10).unwrap().is_empty());
    assert!(journal.append_blocking(plain("k")).unwrap().first_time, "none of them used the key up");
}

pub fn the_largest_body_and_the_oddest_names_fit<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let body = format!("\"{}\"", "x".repeat((1 << 20) - 2));
    let odd = ["企业/91110000600037341L", "a'b\"c\\d%_", &"名".repeat(66), " ", "NULL"];
    for (n, stream) in odd.iter().enumerate() {
        let command = Command::new(*stream, "o", format!("k{n}"), b"").answer([0, 255]);
        let command = command.event(stream, Expected::Version(0), "made", u32::MAX, &*body).put(doc(
            "c",
            stream,
            Some(stream),
            Some(i64::MIN),
        ));
        journal.append_blocking(command).unwrap();
        let events = journal.read_stream(stream, 1, 10).unwrap();
        assert_eq!((events.len(), events[0].data.body == body.as_bytes()), (1, true), "{stream}");
        assert_eq!(journal.state("c", stream).unwrap().unwrap(), doc("c", stream, Some(stream), Some(i64::MIN)));
        assert_eq!(journal.receipt(stream, "o", &format!("k{n}")).unwrap().unwrap().response, [0, 255]);
    }
}

/// A clock that stands still until told: the writer, which asks it first, stands with it.
struct Gate(Mutex<bool>, Condvar);

impl Clock for Gate {
    fn now_micros(&self) -> i64 {
        let open = self.0.lock().unwrap();
        drop(self.1.wait_while(open, |open| !*open).unwrap());
        START
    }
}

pub fn a_full_queue_is_busy_and_writes_nothing<P: Place>() {
    let place = P::fresh();
    let gate = Arc::new(Gate(Mutex::new(false), Condvar::new()));
    let journal = place.open(gate.clone(), Options { queue: 4, group: 2, ..Options::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let answers = runtime.block_on(async {
        let tasks: Vec<_> = (0..50)
            .map(|n| {
                let journal = journal.clone();
                tokio::spawn(async move { journal.append(plain(&format!("k{n}"))).await })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers
    });
    let done = answers.iter().filter(|a| a.is_ok()).count();
    assert!((4..=6).contains(&done), "two in the writer's hands at most and four in the queue, not {done}");
    for (n, answer) in answers.iter().enumerate() {
        let told = journal.receipt("a", "o", &format!("k{n}")).unwrap();
        assert_eq!(told.is_some(), answer.is_ok());
        if let Err(fault) = answer {
            assert_eq!(fault.code(), "journal.busy");
        }
    }
    assert_eq!(journal.read_stream("s", 1, 100).unwrap().len(), done);
}

pub fn a_reopened_journal_goes_on<P: Place>() {
    let place = P::fresh();
    let id = {
        let journal = place.journal();
        journal.append_blocking(plain("k1")).unwrap();
        journal.id()
    };
    let journal = place.journal();
    assert_eq!(journal.id(), id);
    assert!(!journal.append_blocking(plain("k1")).unwrap().first_time);
    let receipt = journal.append_blocking(plain("k2")).unwrap();
    assert_eq!(receipt.versions[0].version, 2);
}

pub fn everything_works_from_within_a_task_too<P: Place>() {
    let address = P::fresh();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let url = address.address();
    runtime.block_on(async move {
        tokio::spawn(async move {
            let (clock, options) = (super::clock(), Options::default());
            let journal = if url.starts_with("postgres:") {
                Journal::open_postgres(&url, clock, options).await.unwrap()
            } else {
                Journal::open_sqlite(&url, clock, options).unwrap()
            };
            journal.append(plain("k1")).await.unwrap();
            journal.append_blocking(plain("k2")).unwrap();
            assert_eq!(journal.read_stream("s", 1, 10).unwrap().len(), 2);
            assert_eq!(journal.with(|j| j.read_stream("s", 2, 10)).await.unwrap().len(), 1);
            assert!(journal.verify(Against::default()).unwrap().is_sound());
            drop(journal);
        })
        .await
        .unwrap();
    });
}
