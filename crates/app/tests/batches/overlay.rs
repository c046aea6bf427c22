//! How batches lie over one another, and who sees them when.

use huoshui_app::Mode;
use huoshui_app::exchange::holdings::Holdings;
use huoshui_app::import::report::Outcome;
use huoshui_exchange::answer::Fetched;
use huoshui_kernel::date::Date;

use crate::world::{START, World, applied, day, firm, open, provenance, rows};

/// A batch and what firms 1 and 2 have after it.
type Step = (&'static str, &'static [(usize, &'static str, i64)], &'static [i64], &'static [i64]);

/// Months of firm 1 and firm 2 in order; a number for each row's headcount.
const LIFE: [Step; 7] = [
    ("2025-06-30.whole", &[(1, "2025-05-31", 10), (1, "2025-06-30", 11), (2, "2025-06-30", 20)], &[10, 11], &[20]),
    // Adds a row, replaces another; firm 2 keeps what it has.
    ("2025-07-31.change", &[(1, "2025-06-30", 12), (1, "2025-07-31", 13)], &[10, 12, 13], &[20]),
    // The later change wins over the earlier.
    ("2025-08-31.change", &[(1, "2025-07-31", 14), (2, "2025-04-30", 19)], &[10, 12, 14], &[19, 20]),
    // A change of the same date lies over it too.
    ("2025-08-31.change", &[(1, "2025-07-31", 15)], &[10, 12, 15], &[19, 20]),
    // A whole batch takes the place of everything: rows that it lacks are gone.
    ("2025-09-30.whole", &[(1, "2025-09-30", 16)], &[16], &[]),
    // Corrected on the same date.
    ("2025-09-30.whole", &[(1, "2025-09-30", 17), (2, "2025-09-30", 21)], &[17], &[21]),
    ("2025-10-15.change", &[(2, "2025-09-30", 22)], &[17], &[22]),
];

#[test]
fn the_latest_row_of_a_key_counts() {
    let world = World::new();
    let holdings = world.holdings();
    for (name, batch, one, two) in LIFE {
        applied(&world.social(name, batch));
        let heads = |n| world.heads(&holdings, n).into_iter().map(|(_, heads)| heads).collect::<Vec<_>>();
        assert_eq!((heads(1).as_slice(), heads(2).as_slice()), (one, two), "{name}");
    }
    // Bulk reads agree: 17 of firm 1, 22 of firm 2; and on earlier dates with what was in force then.
    let sum = |as_of| {
        let batches = holdings.table("social_security", &["headcount", "uscc"], day(as_of)).unwrap();
        let numbers = batches.iter().flat_map(|b| {
            let column = b.column(0).as_any().downcast_ref::<arrow_array::Int64Array>().unwrap();
            column.iter().flatten().collect::<Vec<_>>()
        });
        numbers.sum::<i64>()
    };
    assert_eq!(sum("2025-10-20"), 17 + 22);
    assert_eq!(sum("2025-10-14"), 17 + 21);
    assert_eq!(sum("2025-08-31"), 10 + 12 + 15 + 19 + 20);
    assert_eq!(sum("2025-07-01"), 10 + 11 + 20);
    assert_eq!(
        holdings.table("social_security", &["uscc"], day("2025-06-29")).unwrap_err().code(),
        "resource.not_held"
    );
    world.sound();
}

#[test]
fn the_same_bytes_change_nothing_even_when_newer_ones_came() {
    let world = World::new();
    let june = [(1, "2025-06-30", 1)];
    applied(&world.social("2025-06-30.whole", &june));
    applied(&world.social("2025-07-31.change", &[(1, "2025-07-31", 2)]));
    applied(&world.social("2025-09-30.whole", &[(1, "2025-09-30", 3)]));
    let before = world.everything();
    for (name, rows) in [
        ("2025-06-30.whole", &june[..]),
        ("2025-07-31.change", &[(1, "2025-07-31", 2)]),
        ("2025-09-30.whole", &[(1, "2025-09-30", 3)]),
    ] {
        assert!(matches!(world.social(name, rows), Outcome::AlreadyThere { rows: 1 }), "{name}");
    }
    assert_eq!(world.everything(), before);
}

#[test]
fn rows_in_any_order_are_stored_in_one() {
    let (sorted, shuffled) = (World::new(), World::new());
    let mut rows: Vec<(usize, String, i64)> = Vec::new();
    for n in 0..2_000 {
        for month in 1..=9 {
            rows.push((n, day(&format!("2025-{month:02}-01")).last_of_month().to_string(), numbered(n, month)));
        }
    }
    let as_given: Vec<_> = rows.iter().map(|(n, d, h)| (*n, d.as_str(), *h)).collect();
    // 7,919 is prime to 18,000, so every row comes once.
    let mixed: Vec<_> = (0..as_given.len()).map(|i| as_given[i * 7_919 % as_given.len()]).collect();
    assert_eq!(applied(&sorted.social("2025-09-30.whole", &as_given)), 18_000);
    assert_eq!(applied(&shuffled.social("2025-09-30.whole", &mixed)), 18_000);
    let (a, b) = (sorted.holdings(), shuffled.holdings());
    for n in [0, 909, 910, 911, 1_820, 1_999] {
        let heads = sorted.heads(&a, n);
        assert_eq!(
            heads.iter().map(|(_, h)| *h).collect::<Vec<_>>(),
            (1..=9).map(|m| numbered(n, m)).collect::<Vec<_>>()
        );
        assert_eq!(heads, shuffled.heads(&b, n));
    }
    let fetched = a.firm("social_security", firm(2_000), Date::MIN, sorted.today, sorted.today).unwrap();
    assert_eq!(rows_of(&fetched), 0);
}

fn numbered(firm: usize, month: usize) -> i64 {
    i64::try_from(firm * 10 + month).unwrap()
}

fn rows_of(fetched: &Fetched) -> usize {
    rows(fetched).len()
}

#[test]
fn a_window_shows_its_days_and_says_where_they_come_from() {
    let world = World::new();
    let holdings = world.holdings();
    let fetch = |from: &str, to: &str, today: &str| {
        holdings.firm("social_security", firm(1), day(from), day(to), day(today)).unwrap()
    };
    assert_eq!(fetch("2025-01-01", "2025-12-31", "2025-10-20"), Fetched::Missing);
    applied(&world.social("2025-09-30.whole", &[(1, "2025-06-30", 1), (1, "2025-07-31", 2), (1, "2025-08-31", 3)]));
    let found = fetch("2025-07-31", "2025-08-30", "2025-10-20");
    assert_eq!(
        rows(&found),
        vec![vec!["2025-07-31".into(), 2.into(), 10_000.into(), 9_050.into(), serde_json::Value::Null]]
    );
    let from = provenance(&found);
    assert_eq!((from.department.as_str(), from.schema, from.as_of), ("rsj", 1, day("2025-09-30")));
    // A row of June covers June from its first day.
    assert_eq!(from.covers_from, day("2025-06-01"));
    assert!((START..START + 60_000_000).contains(&from.fetched_at), "{from:?}");
    // October's data are due 15 days after its end: a Saturday, and so on the Monday after it.
    assert!(!from.stale);
    assert!(!provenance(&fetch("2025-06-01", "2025-12-31", "2025-11-17")).stale);
    assert!(provenance(&fetch("2025-06-01", "2025-12-31", "2025-11-18")).stale);
    // Before the data begin, no row is no knowledge; within them it is.
    assert_eq!(fetch("2024-01-01", "2025-05-31", "2025-10-20"), Fetched::Missing);
    assert_eq!(rows_of(&fetch("2025-09-01", "2025-09-30", "2025-10-20")), 0);
    // Sixty months later everything is past its retention.
    assert_eq!(fetch("2025-01-01", "2025-12-31", "2030-10-01"), Fetched::Missing);
    let unknown = holdings.firm("loans", firm(1), Date::MIN, Date::MAX, world.today).unwrap_err();
    assert_eq!(unknown.code(), "exchange.unknown_resource");
}

#[test]
fn a_reader_elsewhere_sees_a_batch_from_its_next_read() {
    let world = World::new();
    applied(&world.social("2025-06-30.whole", &[(1, "2025-06-30", 1)]));
    let other = open(world.folder.path(), Mode::Existing);
    let elsewhere = Holdings::new(other, world.catalogue.clone(), 1 << 20);
    assert_eq!(world.heads(&elsewhere, 1), [("2025-06-30".to_owned(), 1)]);
    applied(&world.social("2025-07-31.change", &[(1, "2025-07-31", 2)]));
    assert_eq!(world.heads(&elsewhere, 1).len(), 2);
    applied(&world.social("2025-09-30.whole", &[(1, "2025-09-30", 3)]));
    assert_eq!(world.heads(&elsewhere, 1), [("2025-09-30".to_owned(), 3)]);
}

#[test]
fn readers_beside_a_writer_see_one_batch_or_the_next() {
    let world = World::new();
    let rows = |heads: i64| -> Vec<(usize, &'static str, i64)> {
        (0..50).flat_map(|n| [(n, "2025-01-31", heads), (n, "2025-02-28", heads)]).collect()
    };
    applied(&world.social("2025-02-28.whole", &rows(0)));
    let holdings = world.holdings();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for reader in 0..4 {
            let (world, holdings, done) = (&world, &holdings, &done);
            scope.spawn(move || {
                let mut last = 0;
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let heads = world.heads(holdings, reader);
                    assert_eq!(heads.len(), 2);
                    assert_eq!(heads[0].1, heads[1].1, "half a batch");
                    assert!(heads[0].1 >= last, "an older batch again");
                    last = heads[0].1;
                }
            });
        }
        for heads in 1..=25 {
            let name = if heads % 2 == 0 { "2025-02-28.whole" } else { "2025-02-28.change" };
            applied(&world.social(name, &rows(heads)));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(world.heads(&holdings, 3)[0].1, 25);
    world.sound();
}
