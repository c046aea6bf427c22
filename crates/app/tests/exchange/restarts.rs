//! What is counted and condensed beside the journal: right at once after a restart, and bounded for who asks.

use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::corrections::{Objecting, Saying};
use huoshui_app::exchange::events::kind;
use huoshui_app::exchange::standing::Use;
use huoshui_journal::{Command, Expected};

use super::*;

/// So many entries in a stream, whoever made them.
fn fill(world: &World, stream: &str, kind: &str, body: &[u8], many: usize) {
    let journal = &world.exchange.workspace.journal;
    let mut version = journal.stream_version(stream).unwrap();
    for piece in 0..many.div_ceil(10_000) {
        let count = (many - piece * 10_000).min(10_000);
        let mut command = Command::new("crowd", "crowd", format!("{stream}-{version}"), b"");
        for _ in 0..count {
            command = command.event(stream, Expected::Version(version), kind, 1, body.to_vec());
        }
        journal.append_blocking(command).unwrap();
        version += count as u64;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_the_counts_are_right_at_the_first_question_however_long_the_journal() {
    let world = World::new();
    let id = world.granted(1);
    released(world.pull(&bank("B1"), "early-01", &order(&id)).await);
    // More than a question counts before it is answered.
    fill(&world, "noise/a", "noise.made", b"{}", 45_000);
    seal::all(&world.exchange.workspace).unwrap();
    assert!(!world.exchange.uses(None, None, 10).unwrap().complete, "this much is not counted at once");
    while !world.exchange.count_uses().unwrap() {}
    released(world.pull(&bank("B1"), "late-001", &order(&id)).await);
    seal::all(&world.exchange.workspace).unwrap();
    let (counted, days) = (world.exchange.uses(None, None, 10).unwrap(), world.exchange.answers("tax_grade", None, 9));
    assert!(counted.complete && counted.items[0].pulls == 2, "{counted:?}");
    // Another process over the same store: at its first question.
    let again = world.sibling();
    assert_eq!(again.exchange.uses(None, None, 10).unwrap(), counted);
    assert_eq!(again.exchange.answers("tax_grade", None, 9).unwrap(), days.unwrap());
    // It counts on, and the next one has that as well.
    released(again.pull(&bank("B1"), "later-01", &order(&id)).await);
    fill(&again, "noise/a", "noise.made", b"{}", 15_000);
    seal::all(&again.exchange.workspace).unwrap();
    let more = again.exchange.uses(None, None, 10).unwrap();
    assert!(more.complete && more.items[0].pulls == 3, "{more:?}");
    assert_eq!(world.sibling().exchange.uses(None, None, 10).unwrap(), more);
    // What is kept and cannot be read is counted anew.
    let mut broken = world.exchange.workspace.journal.state("uses", "counted").unwrap().unwrap();
    broken.doc = b"[]".to_vec();
    world.exchange.workspace.journal.append_blocking(Command::new("x", "x", "break", b"").put(broken)).unwrap();
    let anew = world.sibling();
    assert!(!anew.exchange.uses(None, None, 10).unwrap().complete);
    while !anew.exchange.count_uses().unwrap() {}
    assert_eq!(anew.exchange.uses(None, None, 10).unwrap(), more);
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_reads_a_bounded_piece_of_a_long_log_and_misses_nobody() {
    let world = World::new();
    let id = world.granted(1);
    released(world.pull(&bank("B1"), "before-01", &order(&id)).await);
    // A log that grew by refusals: anybody may knock.
    let mut wrong = order(&id);
    wrong.purpose = "instant_loan".into();
    refused(world.pull(&bank("B2"), "knock-001", &wrong).await);
    let log = format!("access/{}", firm(1));
    let entries = world.exchange.workspace.journal.read_stream(&log, 1, 100).unwrap();
    let knock = &entries.last().unwrap().data;
    assert_eq!(knock.kind, kind::ACCESS);
    fill(&world, &log, kind::ACCESS, &knock.body, 30_000);
    let objecting = Objecting {
        resource: "tax_grade".into(),
        row: [("period".to_owned(), "2026-03-31".into())].into(),
        field: "grade".into(),
        claimed: "B".into(),
    };
    let raised = world.exchange.object(&owner(1), "object-01", &objecting).unwrap();
    let (objection, version) = (raised.stored.objection.clone(), raised.version);
    let clerk = Actor::new("swj-clerk".into(), Party::Department("swj".into()));
    let accept = Saying::Accepted { corrected: "B".into() };
    let answer = |of: &World, key: &str| of.exchange.answer_objection(&clerk, key, &objection.id, &accept, version);
    // Somebody read ahead; what is left is too much for one try, and each reads on, whoever's process it is.
    assert_eq!(answer(&world, "answer-01").unwrap_err().code(), "journal.busy");
    assert_eq!(answer(&world.sibling(), "answer-01").unwrap().version, 2);
    assert_eq!(answer(&world, "answer-01").unwrap().version, 2, "a repeat");
    let correction = world.exchange.correction(&bank("B1"), &objection.id).unwrap();
    assert_eq!(correction.pull_again, [id]);
    assert_eq!(world.exchange.correction(&bank("B2"), &objection.id).unwrap_err().code(), "exchange.no_objection");

    // The next objection finds the log read, but for what came since; it was read ahead when it was raised.
    fill(&world, &log, kind::ACCESS, &knock.body, 25_000);
    let mut next = objecting;
    next.claimed = "C".into();
    let raised = world.exchange.object(&owner(1), "object-02", &next).unwrap();
    let objection = raised.stored.objection;
    world.exchange.read_ahead(&objection).unwrap();
    let answered =
        world.exchange.answer_objection(&clerk, "answer-03", &objection.id, &accept, raised.version).unwrap();
    assert_eq!(answered.version, 2);
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn releases_are_counted_whoever_serves_and_however_many_entries_lie_between() {
    let world = World::new();
    let id = world.granted(1);
    let b1 = bank("B1");
    let mut wrong = order(&id);
    wrong.purpose = "instant_loan".into();
    for left in [2, 1, 0] {
        // Another process each time: it knows nothing but what is stored.
        let server = world.sibling();
        let (body, _) = released(server.pull(&b1, &format!("pull-000{left}"), &order(&id)).await);
        assert_eq!(body["answer"]["remaining"], left);
        for n in 0..21 {
            refused(server.pull(&b1, &format!("knock-{left}-{n:02}"), &wrong).await);
        }
    }
    let stored = world.exchange.workspace.journal.state("releases", firm(1).as_str()).unwrap().unwrap();
    // The request's and the grant's marks, three pulls, 63 refusals: the document is at most 16 entries behind.
    let entries = world.exchange.workspace.journal.stream_version(&format!("access/{}", firm(1))).unwrap();
    assert!(stored.version < entries && entries - stored.version <= 16, "{} of {entries}", stored.version);
    for (server, key) in [(&world, "pull-more-1"), (&world.sibling(), "pull-more-2")] {
        let more = refused(server.pull(&b1, key, &order(&id)).await);
        assert_eq!(more.fault.code(), "exchange.frequency");
    }
    // Nor where the firm was first asked for by a decision on a profile, which pulls nothing.
    let server = world.sibling();
    let (subject, mode) = (firm(1), huoshui_exchange::purpose::Mode::Values);
    let used = Use { recipient: "B1", subject: &subject, consent: &id, purpose: "credit_review", mode };
    server.exchange.standing(&used, false).await.unwrap();
    let more = refused(server.pull(&b1, "pull-more-3", &order(&id)).await);
    assert_eq!(more.fault.code(), "exchange.frequency");
    // A window later they no longer count.
    world.clock.0.fetch_add(31 * DAY, std::sync::atomic::Ordering::Relaxed);
    let (body, _) = released(world.sibling().pull(&b1, "pull-later", &order(&id)).await);
    assert_eq!(body["answer"]["remaining"], 2);
    sound(&world);
}
