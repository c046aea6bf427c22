use huoshui_journal::{Against, Command, Expected, Journal};

use super::{Place, doc};

fn command(key: &str) -> Command {
    Command::new("a", "o", key, b"request").event("s", Expected::Any, "made", 1, "{}").answer("done")
}

/// Bytes that tell which body they are of.
fn body(n: usize, length: usize) -> Vec<u8> {
    n.to_le_bytes().into_iter().cycle().take(length).collect()
}

pub fn bodies_are_kept_with_their_command_and_come_back<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    // Around what fits on a page and what does not, and the bounds.
    let lengths = [0, 1, 300, 480, 489, 490, 4_050, 4_061, 4_062, 9_000, 1 << 20];
    let names = ["企业/91110000600037341L", "a'b\"c\\d%_", &"名".repeat(66), " ", "NULL", "a", "b", "c", "d", "e", "f"];
    let mut all = command("k").put(doc("c", "x", None, None));
    for (n, (name, length)) in names.iter().zip(lengths).enumerate() {
        all = all.keep("values", name, body(n, length)).keep("salts", name, body(n + 100, 16));
    }
    assert!(journal.append_blocking(all).unwrap().first_time);
    // A command may also do nothing but keep.
    journal.append_blocking(Command::new("a", "o", "only", b"").keep("values", "alone", [1, 2])).unwrap();
    for journal in [&journal, &place.journal()] {
        for (n, (name, length)) in names.iter().zip(lengths).enumerate() {
            assert!(journal.kept("values", name).unwrap() == Some(body(n, length)), "{name}");
            assert_eq!(journal.kept("salts", name).unwrap(), Some(body(n + 100, 16)), "{name}");
        }
        let many = journal.kept_many("salts", &["b", "none", "a", "b"]).unwrap();
        assert_eq!(many, [Some(body(106, 16)), None, Some(body(105, 16)), Some(body(106, 16))]);
        assert_eq!(journal.kept_many("salts", &[""; 0]).unwrap(), Vec::<Option<Vec<u8>>>::new());
        assert_eq!(journal.kept("salts", "alone").unwrap(), None, "spaces are apart");
        assert_eq!(journal.kept("values", "alone").unwrap(), Some(vec![1, 2]));
        assert!(journal.verify(Against::default()).unwrap().is_sound());
    }
}

pub fn a_command_that_is_refused_or_repeated_keeps_nothing<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let at = |version: u64| Command::new("a", "o", "k1", b"r").event("s", Expected::Version(version), "made", 1, "{}");
    let refused = journal.append_blocking(at(7).keep("v", "refused", "x")).unwrap_err();
    assert_eq!(refused.code(), "journal.conflict");
    journal.append_blocking(at(0).keep("v", "first", "one")).unwrap();
    // A repeat makes its salts anew: its bodies differ, and the key decides.
    let again = journal.append_blocking(at(0).keep("v", "first", "other").keep("v", "second", "x")).unwrap();
    assert!(!again.first_time);
    let mut reused = at(1).keep("v", "reused", "x").keep("v", "first", "other");
    reused.request_hash = [9; 32];
    assert_eq!(journal.append_blocking(reused).unwrap_err().code(), "journal.key_reused");
    let kept = journal.kept_many("v", &["refused", "first", "second", "reused"]).unwrap();
    assert_eq!(kept, [None, Some(b"one".to_vec()), None, None]);
    assert_eq!(journal.stream_version("s").unwrap(), 1);
}

pub fn a_kept_body_stays_as_it_is_until_it_is_erased<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    journal.append_blocking(command("k1").keep("v", "x", "first")).unwrap();
    for _ in 0..2 {
        let other = command("k2").keep("v", "free", "y").keep("v", "x", "second").put(doc("c", "x", None, None));
        assert_eq!(journal.append_blocking(other).unwrap_err().code(), "journal.kept_differs");
    }
    let untouched = (journal.stream_version("s").unwrap(), journal.state("c", "x").unwrap());
    assert_eq!(untouched, (1, None));
    assert_eq!(journal.kept_many("v", &["x", "free"]).unwrap(), [Some(b"first".to_vec()), None]);
    // An equal one is welcome, and the refused one's key is free.
    assert!(journal.append_blocking(command("k2").keep("v", "x", "first").keep("v", "y", "z")).unwrap().first_time);
    assert!(journal.erase("v", "x").unwrap());
    assert!(journal.append_blocking(command("k3").keep("v", "x", "second")).unwrap().first_time);
    let told = journal.append_blocking(command("k4").keep("v", "x", "first")).unwrap_err();
    assert_eq!(told.code(), "journal.kept_differs", "what was erased is not what is there");
    assert_eq!(journal.kept_many("v", &["x", "y"]).unwrap(), [Some(b"second".to_vec()), Some(b"z".to_vec())]);
    assert_eq!(journal.stream_version("s").unwrap(), 3);
}

fn fill(journal: &Journal) -> Vec<String> {
    let mut keys = Vec::new();
    for n in 0..40 {
        let mut one = command(&format!("k{n}"));
        for part in ["a/", "a0/", "京/", "\u{10FFFF}"] {
            let key = format!("{part}{n}");
            one = one.keep("v", &key, body(n, 40 + n * 200)).keep("other", &key, "stays");
            keys.push(key);
        }
        journal.append_blocking(one).unwrap();
    }
    keys
}

pub fn erased_bodies_are_gone_and_everything_else_stays<P: Place>() {
    let place = P::fresh();
    let (journal, beside) = (place.journal(), place.journal());
    let keys = fill(&journal);
    let there = |journal: &Journal, space: &str| -> Vec<String> {
        let kept = journal.kept_many(space, &keys).unwrap();
        keys.iter().zip(kept).filter(|(_, kept)| kept.is_some()).map(|(key, _)| key.clone()).collect()
    };
    assert!(journal.erase("v", "a/7").unwrap());
    assert!(!journal.erase("v", "a/7").unwrap(), "it is gone already");
    assert!(!journal.erase("v", "a/").unwrap(), "one name, not all that begin with it");
    assert_eq!(there(&beside, "v").len(), 159);
    assert_eq!(beside.erase_prefix("v", "a/").unwrap(), 39);
    assert_eq!(journal.erase_prefix("v", "\u{10FFFF}3").unwrap(), 11, "3 and 30 to 39");
    let left: Vec<&String> = keys.iter().filter(|k| !k.starts_with("a/") && !k.starts_with("\u{10FFFF}3")).collect();
    assert_eq!(there(&journal, "v").iter().collect::<Vec<_>>(), left);
    for (n, key) in keys.iter().enumerate().filter(|(_, key)| key.starts_with("京/")) {
        assert!(journal.kept("v", key).unwrap() == Some(body(n / 4, 40 + n / 4 * 200)), "{key}");
    }
    assert_eq!(journal.erase_many("v", &["a0/0", "a0/1", "a/1", "a0/"]).unwrap(), 2, "whole names that are there");
    assert_eq!(journal.erase_many("v", &[""; 0]).unwrap(), 0);
    assert_eq!(journal.erase_prefix("v", "").unwrap(), 160 - 40 - 11 - 2);
    assert_eq!(journal.erase_prefix("v", "").unwrap(), 0);
    for journal in [&journal, &beside, &place.journal()] {
        assert!(there(journal, "v").is_empty());
        assert_eq!(there(journal, "other"), keys);
        assert_eq!(journal.read_stream("s", 1, 100).unwrap().len(), 40);
        let report = journal.verify(Against::default()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.events, report.receipts), (40, 40));
    }
    assert!(!journal.append_blocking(command("k3")).unwrap().first_time, "its receipt stays");
}

pub fn of_many_who_keep_under_one_name_one_succeeds<P: Place>() {
    let place = P::fresh();
    let journals = [place.journal(), place.journal()];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let answers = runtime.block_on(async {
        let tasks: Vec<_> = (0..60)
            .map(|n| {
                let journal = journals[n % 2].clone();
                let one = command(&format!("k{n}")).keep("v", &format!("x{}", n % 4), format!("by {n}"));
                tokio::spawn(async move { journal.append(one.keep("v", &format!("own{n}"), "y")).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers
    });
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 4, "one for each name");
    for (n, answer) in answers.iter().enumerate() {
        let own = journals[0].kept("v", &format!("own{n}")).unwrap();
        assert_eq!(own.is_some(), answer.is_ok(), "{n}");
        match answer {
            Ok(_) => {
                let kept = journals[1].kept("v", &format!("x{}", n % 4)).unwrap();
                assert_eq!(kept, Some(format!("by {n}").into_bytes()));
            }
            Err(fault) => assert_eq!(fault.code(), "journal.kept_differs"),
        }
    }
    assert_eq!(journals[0].stream_version("s").unwrap(), 4);
}

pub fn names_and_bodies_are_held_to_their_bounds<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let (long, longer) = ("x".repeat(101), "x".repeat(201));
    let many = |count: usize, length: usize| {
        (0..count).fold(command("k"), |c, n| c.keep("v", &format!("{n}"), vec![0; length]))
    };
    let cases = [
        ("no space", command("k").keep("", "x", "y"), "journal.bad_name"),
        ("a long space", command("k").keep(&long, "x", "y"), "journal.bad_name"),
        ("no key", command("k").keep("v", "", "y"), "journal.bad_name"),
        ("a long key", command("k").keep("v", &longer, "y"), "journal.bad_name"),
        ("a line break", command("k").keep("v", "a\nb", "y"), "journal.bad_name"),
        ("over 1 MiB", command("k").keep("v", "x", vec![0; (1 << 20) + 1]), "journal.too_large"),
        ("1,001 bodies", many(1_001, 1), "journal.too_large"),
        ("64 MiB and the answer", many(64, 1 << 20), "journal.too_large"),
        ("a name twice", command("k").keep("v", "x", "y").keep("v", "x", "y"), "journal.contradictory"),
    ];
    for (what, command, code) in cases {
        assert_eq!(journal.append_blocking(command).unwrap_err().code(), code, "{what}");
    }
    for n in 0..2 {
        let half =
            (0..33).fold(command(&format!("half {n}")), |c, m| c.keep("v", &format!("{n}-{m}"), vec![0; 1 << 20]));
        journal.append_blocking(half).unwrap();
    }
    let names = |n: usize| (0..33).map(move |m| format!("{n}-{m}"));
    let both: Vec<String> = names(0).chain(names(1)).collect();
    assert_eq!(journal.kept_many("v", &both).unwrap_err().code(), "journal.too_large");
    assert_eq!(journal.kept_many("v", &names(1).collect::<Vec<_>>()).unwrap().len(), 33);
    assert_eq!(journal.kept_many("v", &vec!["x"; 1_001]).unwrap_err().code(), "journal.too_large");
    assert_eq!(journal.erase_many("v", &vec!["x"; 1_001]).unwrap_err().code(), "journal.too_large");
    for name in ["", "a\0b", &longer] {
        assert_eq!(journal.kept("v", name).unwrap_err().code(), "journal.bad_name");
        assert_eq!(journal.erase("v", name).unwrap_err().code(), "journal.bad_name");
    }
    assert_eq!(journal.erase_prefix("v", &longer).unwrap_err().code(), "journal.bad_name");
    assert_eq!(journal.erase_prefix("", "x").unwrap_err().code(), "journal.bad_name");
    assert_eq!(journal.erase_prefix("v", "").unwrap(), 66);
}
