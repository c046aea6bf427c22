//! Who uses what, and how sources answered: releases only, counted on from where the last look ended.

use huoshui_app::exchange::uses::{Answers, Use};
use huoshui_exchange::consent::Ask;

use super::*;

fn used(resource: &str, recipient: &str, pulls: u64) -> Use {
    Use { resource: resource.into(), purpose: "credit_review".into(), recipient: recipient.into(), pulls }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_count_releases_and_nothing_else_and_go_on_from_where_they_ended() {
    let world = World::new();
    let (first, b1, b2) = (world.granted(1), bank("B1"), bank("B2"));
    let second = world.ask(&b2, &World::wanted(2)).id;
    world.step(2, &second, Step::Grant);
    released(world.pull(&b1, "used-0001", &order(&first)).await);
    released(world.pull(&b1, "used-0002", &order(&first)).await);
    released(world.pull(&b2, "used-0003", &order(&second)).await);
    // Beside them: a stranger, a wrong purpose, a repeat, and an answer that holds no value.
    assert_eq!(refused(world.pull(&b2, "used-0004", &order(&first)).await).fault.code(), "exchange.wrong_recipient");
    let mut wrong = order(&first);
    wrong.purpose = "instant_loan".into();
    assert_eq!(refused(world.pull(&b1, "used-0005", &wrong).await).fault.code(), "exchange.wrong_purpose");
    refused(world.pull(&b1, "used-0001", &order(&first)).await);
    world.shelf.empty.lock().unwrap().insert("tax_grade".into());
    released(world.pull(&b1, "used-0006", &order(&first)).await);
    world.shelf.empty.lock().unwrap().clear();
    assert_eq!(world.exchange.uses(None, None, 10).unwrap().items, [], "nothing is sealed yet");
    seal::all(&world.exchange.workspace).unwrap();
    let counted = world.exchange.uses(None, None, 10).unwrap();
    assert_eq!(counted.items, [used("tax_grade", "B1", 2), used("tax_grade", "B2", 1)]);
    assert!(counted.complete && counted.left_out == 0 && counted.next.is_none());
    // Looking again counts nothing twice; what comes later is added.
    assert_eq!(world.exchange.uses(None, None, 10).unwrap(), counted);
    released(world.pull(&b1, "used-0007", &order(&first)).await);
    assert_eq!(refused(world.pull(&b1, "used-0008", &order(&first)).await).fault.code(), "exchange.frequency");
    seal::all(&world.exchange.workspace).unwrap();
    let later = world.exchange.uses(None, None, 10).unwrap();
    assert_eq!(later.items, [used("tax_grade", "B1", 3), used("tax_grade", "B2", 1)]);
    assert!(later.counted > counted.counted);
    // Another process, from the beginning, comes to the same.
    assert_eq!(world.sibling().exchange.uses(None, None, 10).unwrap(), later);
    let days = world.exchange.answers("tax_grade", None, 10).unwrap().items;
    let [day] = days.as_slice() else { panic!("{days:?}") };
    // Five went ahead: four with rows, one whose source had nothing of the firm, which is an answer too.
    assert_eq!((day.asked, day.ready, day.no_data, day.denied), (5, 4, 1, 0));
    assert_eq!((day.answered(), day.latency.iter().sum::<u64>()), (Some(1_000_000), 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_and_days_are_paged_by_key_and_each_stands_on_one_page() {
    let world = World::new();
    let resources = ["tax_grade", "customs_rating", "high_tech"];
    let ask = |resource: &&str| Ask { resource: (*resource).into(), fields: Vec::new() };
    let mut wanted = World::wanted(3);
    wanted.asks = resources.iter().map(ask).collect();
    wanted.also = vec!["B2".into()];
    let id = world.ask(&bank("B1"), &wanted).id;
    world.step(3, &id, Step::Grant);
    for day in 0..3 {
        for code in ["B1", "B2"] {
            released(world.pull(&bank(code), &format!("{code}-day-{day}"), &order(&id)).await);
        }
        world.clock.0.fetch_add(DAY, std::sync::atomic::Ordering::Relaxed);
    }
    seal::all(&world.exchange.workspace).unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.exchange.uses(None, after, 4).unwrap();
        assert!(page.items.len() <= 4);
        seen.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<Use> = ["customs_rating", "high_tech", "tax_grade"]
        .iter()
        .flat_map(|r| [used(r, "B1", 3), used(r, "B2", 3)])
        .collect();
    assert_eq!(seen, expected);
    let of = |resource: &str| world.exchange.uses(Some(resource), None, 10).unwrap().items;
    assert_eq!(of("high_tech"), expected[2..4]);
    assert!(of("nothing").is_empty());
    // The newest day first, two pulls on each.
    let (mut days, mut before): (Vec<Answers>, _) = (Vec::new(), None);
    loop {
        let page = world.exchange.answers("tax_grade", before, 2).unwrap();
        days.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    let dates: Vec<(String, u64)> = days.iter().map(|d| (d.day.to_string(), d.asked)).collect();
    assert_eq!(dates, [("2026-07-02".into(), 2), ("2026-07-01".into(), 2), ("2026-06-30".to_owned(), 2)]);
}
