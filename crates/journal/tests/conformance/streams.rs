use std::thread;

use huoshui_journal::hash::GENESIS;
use huoshui_journal::{Command, Expected};

use super::{Place, START, doc};

pub fn events_come_back_as_written_in_a_chain<P: Place>() {
    let (place, body) = (P::fresh(), "{ \"amount\" : 1.10,\n \"名\":\"活水\"}");
    let journal = place.journal();
    let command = Command::new("bank-1", "draw", "k1", b"request")
        .event("line/1", Expected::Version(0), "line.opened", 1, body)
        .event("line/1", Expected::Version(0), "line.drawn", 3, "[]");
    let receipt = journal.append_blocking(command).unwrap();
    assert_eq!((receipt.versions[0].stream.as_str(), receipt.versions[0].version), ("line/1", 2));
    let events = journal.read_stream("line/1", 1, 100).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].data.body, body.as_bytes(), "stored byte for byte");
    assert_eq!((events[1].data.kind.as_str(), events[1].data.schema, events[1].version), ("line.drawn", 3, 2));
    assert_eq!((events[0].actor.as_str(), events[0].recorded_at), ("bank-1", START));
    assert_eq!(events[0].hash, events[0].expected_hash(&GENESIS));
    assert_eq!(events[1].hash, events[1].expected_hash(&events[0].hash));
    assert_eq!(journal.read_stream("line/1", 2, 100).unwrap(), events[1..]);
    assert_eq!(journal.read_stream("line/1", 1, 1).unwrap(), events[..1]);
    assert!(journal.read_stream("line/2", 1, 100).unwrap().is_empty());
    assert_eq!((journal.stream_version("line/1").unwrap(), journal.stream_version("line/2").unwrap()), (2, 0));
}

pub fn a_command_over_several_streams_is_whole_or_absent<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let first = Command::new("a", "o", "k1", b"").event("s/2", Expected::Version(0), "made", 1, "{}");
    journal.append_blocking(first).unwrap();
    let both = |key: &str, second: u64| {
        Command::new("a", "o", key, b"")
            .event("s/1", Expected::Version(0), "made", 1, "{}")
            .event("s/2", Expected::Version(second), "changed", 1, "{}")
            .put(doc("c", "x", None, None))
    };
    let fault = journal.append_blocking(both("k2", 0)).unwrap_err();
    assert_eq!(fault.code(), "journal.conflict");
    assert!(journal.read_stream("s/1", 1, 10).unwrap().is_empty());
    assert_eq!(journal.state("c", "x").unwrap(), None);
    assert!(journal.append_blocking(both("k3", 1)).unwrap().first_time);
    assert_eq!(journal.read_stream("s/1", 1, 10).unwrap().len(), 1);
    assert_eq!(journal.read_stream("s/2", 1, 10).unwrap().len(), 2);
    // What a command only read must still be as it was.
    let reads = |key: &str, seen: u64| {
        let command = Command::new("a", "o", key, b"").expect("s/2", seen);
        journal.append_blocking(command.event("s/3", Expected::Version(0), "made", 1, "{}"))
    };
    assert_eq!(reads("k4", 1).unwrap_err().code(), "journal.conflict");
    assert!(reads("k5", 2).is_ok());
}

pub fn a_stale_version_is_refused_alone<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    // 100 commands at once: each stream is asked for by two that both expect it empty.
    let answers: Vec<_> = runtime.block_on(async {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                let (journal, stream) = (journal.clone(), format!("s/{}", n / 2));
                let command =
                    Command::new("a", "o", format!("k{n}"), b"").event(&stream, Expected::Version(0), "made", 1, "{}");
                tokio::spawn(async move { journal.append(command).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers
    });
    for pair in answers.chunks(2) {
        let refused: Vec<_> = pair.iter().filter_map(|a| a.as_ref().err()).map(huoshui_kernel::Fault::code).collect();
        assert_eq!(refused, ["journal.conflict"], "one of two, and for no other reason");
    }
    for n in 0..50 {
        assert_eq!(journal.read_stream(&format!("s/{n}"), 1, 10).unwrap().len(), 1);
    }
}

pub fn any_version_appends_keep_one_dense_order<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    thread::scope(|scope| {
        for t in 0..4 {
            let journal = journal.clone();
            scope.spawn(move || {
                for n in 0..25 {
                    let command = Command::new("a", "log", format!("{t}-{n}"), b"");
                    journal.append_blocking(command.event("log", Expected::Any, "logged", 1, "{}")).unwrap();
                }
            });
        }
    });
    let versions: Vec<u64> = journal.read_stream("log", 1, 1_000).unwrap().iter().map(|e| e.version).collect();
    assert_eq!(versions, (1..=100).collect::<Vec<u64>>());
}

pub fn counting_with_retries_loses_no_step<P: Place>() {
    let place = P::fresh();
    thread::scope(|scope| {
        for t in 0..4 {
            let place = &place;
            let journal = place.journal();
            scope.spawn(move || {
                for n in 0..10 {
                    loop {
                        let read = journal.read_stream("count", 1, 1_000).unwrap();
                        let body = (read.len() + 1).to_string();
                        let command = Command::new("a", "count", format!("{t}-{n}"), b"");
                        let at = Expected::Version(read.len() as u64);
                        match journal.append_blocking(command.event("count", at, "counted", 1, body)) {
                            Ok(_) => break,
                            Err(fault) => assert_eq!(fault.code(), "journal.conflict"),
                        }
                    }
                }
            });
        }
    });
    let events = place.journal().read_stream("count", 1, 1_000).unwrap();
    let bodies: Vec<String> = events.into_iter().map(|e| String::from_utf8(e.data.body).unwrap()).collect();
    assert_eq!(bodies, (1..=40).map(|n: u64| n.to_string()).collect::<Vec<_>>());
}

pub fn two_openings_of_one_journal_agree<P: Place>() {
    let place = P::fresh();
    let (a, b) = (place.journal(), place.journal());
    assert_eq!(a.id(), b.id());
    let write = |journal: &huoshui_journal::Journal, key: &str, at: Expected| {
        journal.append_blocking(Command::new("a", "o", key, b"").event("s", at, "made", 1, "{}"))
    };
    // Each must see what the other did last, whatever it remembers of the stream.
    for n in 0..10 {
        let (writer, other) = if n % 2 == 0 { (&a, &b) } else { (&b, &a) };
        write(writer, &format!("k{n}"), Expected::Version(n)).unwrap();
        assert_eq!(write(other, &format!("stale{n}"), Expected::Version(n)).unwrap_err().code(), "journal.conflict");
        assert!(!write(other, &format!("k{n}"), Expected::Version(n)).unwrap().first_time);
    }
    write(&a, "any-a", Expected::Any).unwrap();
    write(&b, "any-b", Expected::Any).unwrap();
    write(&a, "any-c", Expected::Any).unwrap();
    let events = b.read_stream("s", 1, 100).unwrap();
    assert_eq!(events.iter().map(|e| e.version).collect::<Vec<_>>(), (1..=13).collect::<Vec<u64>>());
    for pair in events.windows(2) {
        assert_eq!(pair[1].hash, pair[1].expected_hash(&pair[0].hash));
    }
}

pub fn a_decision_is_made_again_until_it_holds_or_the_tries_are_spent<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let next = |key: &str, seen: usize| {
        Command::new("a", "o", key, b"").event("s", Expected::Version(seen as u64), "made", 1, "{}")
    };
    // Another writer comes between the reading and the writing: twice, then no more.
    let mut asked = 0;
    let receipt = journal.append_deciding(5, |j| {
        asked += 1;
        let seen = j.read_stream("s", 1, 100)?.len();
        if asked <= 2 {
            j.append_blocking(next(&format!("other{asked}"), seen))?;
        }
        Ok(next("mine", seen))
    });
    assert_eq!((asked, receipt.unwrap().versions[0].version), (3, 3));
    let mut asked = 0;
    let always_late = journal.append_deciding(4, |_| {
        asked += 1;
        Ok(next("late", 0))
    });
    assert_eq!((asked, always_late.unwrap_err().code()), (4, "journal.busy"));
}

pub fn an_expectation_without_events_holds_between_two_openings<P: Place>() {
    let place = P::fresh();
    let (a, b) = (place.journal(), place.journal());
    let write =
        |stream: &str, key: String| Command::new("a", "o", key, b"").event(stream, Expected::Any, "made", 1, "{}");
    // Each remembers the stream as it left it, and must notice that the other went on.
    for n in 0..6_u64 {
        let (writer, other) = if n % 2 == 0 { (&a, &b) } else { (&b, &a) };
        writer.append_blocking(write("read", format!("r{n}"))).unwrap();
        let late = other.append_blocking(write("log", format!("late{n}")).expect("read", n));
        assert_eq!(late.unwrap_err().code(), "journal.conflict", "{n}");
        other.append_blocking(write("log", format!("now{n}")).expect("read", n + 1)).unwrap();
    }
    assert_eq!(a.read_stream("log", 1, 100).unwrap().len(), 6);
    // Two that each read what the other writes: never both, in whatever order they come.
    for n in 0..40 {
        let (left, right) = (format!("left{n}"), format!("right{n}"));
        let answers = std::thread::scope(|scope| {
            let one = scope.spawn(|| a.append_blocking(write(&left, format!("one{n}")).expect(&right, 0)));
            let two = scope.spawn(|| b.append_blocking(write(&right, format!("two{n}")).expect(&left, 0)));
            [one.join().unwrap(), two.join().unwrap()]
        });
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{n}: {answers:?}");
        let refused = answers.into_iter().find_map(Result::err).unwrap();
        assert_eq!(refused.code(), "journal.conflict");
    }
    assert!(a.verify(huoshui_journal::Against::default()).unwrap().is_sound());
}
