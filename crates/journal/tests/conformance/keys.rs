use huoshui_journal::{Command, Expected};

use super::{Place, doc};

fn open(key: &str, request: &[u8]) -> Command {
    Command::new("bank-1", "open", key, request)
        .event("s", Expected::Any, "made", 1, "{}")
        .answer(format!("answer to {}", String::from_utf8_lossy(request)))
}

pub fn the_same_command_twice_has_one_effect_and_one_answer<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let first = journal.append_blocking(open("k", b"r").put(doc("c", "x", Some("first"), None))).unwrap();
    assert!(first.first_time);
    assert_eq!(first.response, b"answer to r");
    // The repeat may even carry other effects, computed anew from a state that has moved on: the key decides.
    let again = open("k", b"r").event("s", Expected::Any, "more", 1, "{}").put(doc("c", "x", Some("second"), None));
    let again = journal.append_blocking(again.answer("another answer")).unwrap();
    assert!(!again.first_time);
    assert_eq!((again.response, again.versions), (first.response.clone(), first.versions.clone()));
    assert_eq!(journal.read_stream("s", 1, 10).unwrap().len(), 1);
    assert_eq!(journal.state("c", "x").unwrap().unwrap().columns.text[0].as_deref(), Some("first"));
    // After a lost reply the key tells.
    let told = journal.receipt("bank-1", "open", "k").unwrap().unwrap();
    assert_eq!((told.response, told.versions, told.first_time), (first.response, first.versions, false));
    assert_eq!(journal.receipt("bank-1", "open", "other").unwrap(), None);
}

pub fn a_key_is_scoped_and_bound_to_its_request<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    journal.append_blocking(open("k", b"r")).unwrap();
    let fault = journal.append_blocking(open("k", b"another")).unwrap_err();
    assert_eq!(fault.code(), "journal.key_reused");
    let mut other_actor = open("k", b"another");
    other_actor.actor = "bank-2".into();
    assert!(journal.append_blocking(other_actor).unwrap().first_time);
    let mut other_operation = open("k", b"another");
    other_operation.operation = "close".into();
    assert!(journal.append_blocking(other_operation).unwrap().first_time);
    assert_eq!(journal.read_stream("s", 1, 10).unwrap().len(), 3);
}

pub fn a_refused_command_leaves_its_key_free<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let at = |version: u64| Command::new("a", "o", "k", b"r").event("s", Expected::Version(version), "made", 1, "{}");
    assert_eq!(journal.append_blocking(at(5)).unwrap_err().code(), "journal.conflict");
    assert_eq!(journal.receipt("a", "o", "k").unwrap(), None);
    assert!(journal.append_blocking(at(0)).unwrap().first_time);
}

pub fn concurrent_repeats_have_one_effect<P: Place>() {
    let place = P::fresh();
    let journals = [place.journal(), place.journal()];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let firsts = runtime.block_on(async {
        let tasks: Vec<_> = (0..60)
            .map(|n| {
                let journal = journals[n % 2].clone();
                tokio::spawn(async move { journal.append(open(&format!("k{}", n % 5), b"r")).await.unwrap() })
            })
            .collect();
        let mut firsts = 0;
        for task in tasks {
            let receipt = task.await.unwrap();
            assert_eq!(receipt.response, b"answer to r");
            firsts += usize::from(receipt.first_time);
        }
        firsts
    });
    assert_eq!(firsts, 5, "one effect for each of five keys");
    assert_eq!(journals[0].read_stream("s", 1, 100).unwrap().len(), 5);
}
