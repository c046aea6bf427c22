use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use huoshui_journal::{
    Against, Command, Ed25519, Event, Expected, Fold, Journal, Problem, Publisher, Seal, SealFile, Sealer, StateDoc,
    TrustedKeys, check_consistency, check_inclusion, faults,
};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use super::{Place, doc};

pub fn key() -> Ed25519 {
    Ed25519::from_seed(&[7; 32])
}

fn sealer(journal: &Journal, file: &SealFile) -> Sealer {
    Sealer::take_over(journal, Arc::new(key()), Box::new(file.clone())).unwrap()
}

fn append(journal: &Journal, stream: &str, key: &str) {
    let command = Command::new("a", "o", key, b"").event(stream, Expected::Any, "made", 1, format!("\"{key}\""));
    journal.append_blocking(command).unwrap();
}

pub fn sealed_events_have_one_dense_order_that_keeps_each_stream_s<P: Place>() {
    let (place, folder) = (P::fresh(), tempfile::tempdir().unwrap());
    let journals = [place.journal(), place.journal()];
    let file = SealFile(folder.path().join("seals.jsonl"));
    let seals = sealer(&journals[0], &file);
    // Two writers on the same streams while a third thread seals.
    std::thread::scope(|scope| {
        for (w, journal) in journals.iter().enumerate() {
            scope.spawn(move || (0..60).for_each(|n| append(journal, &format!("s{}", n % 7), &format!("{w}-{n}"))));
        }
        scope.spawn(|| (0..10).for_each(|_| drop(seals.seal(10).unwrap())));
    });
    let last = seals.seal_all().unwrap();
    assert_eq!(seals.seal(10).unwrap(), None, "nothing waits");
    let mut after = None;
    let mut seen: Vec<(u64, Event)> = Vec::new();
    loop {
        let part = journals[1].events_after(after, 17).unwrap();
        let Some(end) = part.last() else { break };
        after = Some(end.position);
        seen.extend(part.into_iter().map(|p| (p.position, p.event)));
    }
    assert_eq!(seen.iter().map(|(p, _)| *p).collect::<Vec<_>>(), (0..120).collect::<Vec<u64>>());
    let mut versions: HashMap<String, u64> = HashMap::new();
    for (position, event) in &seen {
        let version = versions.entry(event.stream.clone()).or_default();
        assert_eq!(event.version, *version + 1, "at {position}");
        *version += 1;
    }
    let published = file.read().unwrap();
    let all = journals[0].seals().unwrap();
    assert_eq!(published, all);
    // In pages they are the same, and none is there twice.
    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = journals[0].seals_after(after, 2).unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = last.size;
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert!(journals[0].seals_after(u64::MAX, 2).unwrap().is_empty());
    assert_eq!(published.last().unwrap().size, 120);
    assert_eq!(journals[1].last_seal().unwrap().as_ref(), published.last());
    for (position, event) in &seen {
        let first = published.iter().find(|s| s.size > *position);
        assert_eq!(journals[1].first_seal_of(&event.stream, event.version).unwrap().as_ref(), first);
    }
    assert_eq!(journals[1].first_seal_of("s0", 1_000).unwrap(), None);
    assert!(last.is_none_or(|s| Some(&s) == published.last()));
    let keys = TrustedKeys::of(&key());
    let against = Against { keys: Some(&keys), published: &published, fold: None };
    let report = journals[0].verify(against).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.events, report.streams, report.sealed, report.receipts), (120, 7, 120, 120));
    let stranger = TrustedKeys::of(&Ed25519::from_seed(&[8; 32]));
    let report = journals[0].verify(Against { keys: Some(&stranger), ..Against::default() }).unwrap();
    assert_eq!(report.findings[0].problem, Problem::Signature);
}

pub fn every_event_is_proved_offline_and_a_changed_one_is_not<P: Place>() {
    let (place, folder) = (P::fresh(), tempfile::tempdir().unwrap());
    let journal = place.journal();
    let seals = sealer(&journal, &SealFile(folder.path().join("seals.jsonl")));
    // Over one tile of 256 leaves, so that the tree has a second level of tiles.
    for part in 0..3 {
        let mut command = Command::new("a", "o", format!("k{part}"), b"");
        for n in 0..200 {
            command = command.event(&format!("s{}", n % 20), Expected::Any, "made", 1, format!("[{part},{n}]"));
        }
        journal.append_blocking(command).unwrap();
    }
    let seal = seals.seal_all().unwrap().unwrap();
    assert_eq!(seal.size, 600);
    let keys = TrustedKeys::of(&key());
    for version in [1, 2, 17, 29, 30] {
        for stream in ["s0", "s7", "s19"] {
            let (event, proof) = journal.prove(stream, version, &seal).unwrap();
            check_inclusion(&event, &proof, &seal, &keys).unwrap();
            let mut changes: Vec<Event> = vec![event.clone(); 6];
            changes[0].data.body[1] ^= 1;
            changes[1].recorded_at += 1;
            changes[2].actor.push('x');
            changes[3].version += 1;
            changes[4].hash[31] ^= 128;
            changes[5].command[0] ^= 1;
            for changed in changes {
                assert_eq!(check_inclusion(&changed, &proof, &seal, &keys).unwrap_err().code(), "journal.bad_proof");
            }
            let mut forged = seal.clone();
            forged.root[0] ^= 1;
            assert!(check_inclusion(&event, &proof, &forged, &keys).is_err(), "the signature is over the root");
        }
    }
    append(&journal, "s0", "later");
    assert_eq!(journal.prove("s0", 31, &seal).unwrap_err().code(), "journal.not_sealed");
    assert_eq!(journal.prove("nobody", 1, &seal).unwrap_err().code(), "journal.not_sealed");
}

pub fn a_later_root_is_proved_to_begin_with_an_earlier_one<P: Place>() {
    let (place, folder) = (P::fresh(), tempfile::tempdir().unwrap());
    let journal = place.journal();
    let seals = sealer(&journal, &SealFile(folder.path().join("seals.jsonl")));
    let mut made: Vec<Seal> = Vec::new();
    for n in 0..9 {
        (0..=n * 3).for_each(|i| append(&journal, "s", &format!("{n}-{i}")));
        made.push(seals.seal_all().unwrap().unwrap());
    }
    let keys = TrustedKeys::of(&key());
    for (i, old) in made.iter().enumerate() {
        for new in &made[i..] {
            let proof = journal.prove_consistency(old, new).unwrap();
            check_consistency(old, new, &proof, &keys).unwrap();
            let mut resigned = new.clone();
            resigned.root[5] ^= 1;
            resigned.signature = huoshui_journal::Signer::sign(&key(), &resigned.message()).unwrap();
            assert!(check_consistency(old, &resigned, &proof, &keys).is_err(), "even if signed again");
        }
    }
}

pub fn a_newer_sealer_fences_the_older_one_off<P: Place>() {
    let (place, folder) = (P::fresh(), tempfile::tempdir().unwrap());
    let (journal, other) = (place.journal(), place.journal());
    let file = SealFile(folder.path().join("seals.jsonl"));
    append(&journal, "s", "1");
    let old = sealer(&journal, &file);
    let new = sealer(&other, &file);
    assert_eq!(old.seal(10).unwrap_err().code(), "journal.fenced");
    assert_eq!(new.seal(10).unwrap().unwrap().size, 1);
    append(&journal, "s", "2");
    assert_eq!(old.seal(10).unwrap_err().code(), "journal.fenced");
    assert_eq!(new.seal(10).unwrap().unwrap().size, 2);
}

/// Fails at first, as a folder without room would.
#[derive(Clone, Default)]
struct Unreliable(Arc<AtomicBool>, Arc<Mutex<Vec<Seal>>>);

impl Publisher for Unreliable {
    fn publish(&self, seal: &Seal) -> Result<()> {
        if !self.0.load(Ordering::Relaxed) {
            return Err(Fault::new(&faults::PUBLISH).with("detail", "no room"));
        }
        self.1.lock().unwrap().push(seal.clone());
        Ok(())
    }
}

pub fn a_seal_that_could_not_be_published_is_published_later<P: Place>() {
    let place = P::fresh();
    let (journal, publisher) = (place.journal(), Unreliable::default());
    let seals = Sealer::take_over(&journal, Arc::new(key()), Box::new(publisher.clone())).unwrap();
    append(&journal, "s", "1");
    assert_eq!(seals.seal(10).unwrap_err().code(), "journal.publish");
    append(&journal, "s", "2");
    publisher.0.store(true, Ordering::Relaxed);
    assert_eq!(seals.seal(10).unwrap().unwrap().size, 2);
    assert_eq!(publisher.1.lock().unwrap().iter().map(|s| s.size).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(seals.seal(10).unwrap(), None);
    assert_eq!(publisher.1.lock().unwrap().len(), 2, "each once");
}

/// Counts the events of each stream into a document, as a caller who knows what events mean would.
#[derive(Default)]
struct Count(HashMap<String, i64>);

impl Fold for Count {
    fn collections(&self) -> Vec<String> {
        vec!["count".into()]
    }

    fn apply(&mut self, event: &Event) -> Result<()> {
        *self.0.entry(event.stream.clone()).or_default() += 1;
        Ok(())
    }

    fn documents(&mut self) -> Result<Vec<StateDoc>> {
        Ok(self.0.iter().map(|(stream, n)| doc("count", stream, None, Some(*n))).collect())
    }
}

pub fn documents_are_held_against_what_events_make_of_them<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    for n in 1..=3 {
        let command = Command::new("a", "o", format!("k{n}"), b"").put(doc("count", "s", None, Some(n)));
        journal
            .append_blocking(command.event("s", Expected::Any, "made", 1, "{}").put(doc("other", "x", None, Some(n))))
            .unwrap();
    }
    let verify = || journal.verify(Against { fold: Some(&mut Count::default()), ..Against::default() }).unwrap();
    assert!(verify().is_sound());
    let changes = [
        Command::new("a", "o", "wrong", b"").put(doc("count", "s", None, Some(4))),
        Command::new("a", "o", "gone", b"").delete("count", "s"),
        Command::new("a", "o", "extra", b"").put(doc("count", "s", None, Some(3))).put(doc(
            "count",
            "t",
            None,
            Some(1),
        )),
    ];
    for (change, name) in changes.into_iter().zip(["count/s", "count/s", "count/t"]) {
        journal.append_blocking(change).unwrap();
        let report = verify();
        let found: Vec<_> = report.findings.iter().map(|f| (f.problem, f.detail.as_deref().unwrap())).collect();
        assert_eq!(found, [(Problem::Fold, name)]);
    }
}
