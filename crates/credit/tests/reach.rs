//! A consent's range of dates cuts rows off. A shorter one never makes a value better: it leaves it as it was, or missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use huoshui_credit::cases::case_inputs;
use huoshui_credit::decide::{Inputs, Outcome};
use huoshui_credit::embedded::CASES;
use huoshui_credit::profile::Profile;
use huoshui_credit::relations::{Absent, Answer, Authority, ColumnKind, Cycle, Relation, Source, Supply};
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::value::{Cell, Why};
use huoshui_kernel::Date;
use huoshui_kernel::date::{add_months, days, from_days, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

const DAY: Date = Date::constant(2025, 9, 30);
const FIRM: &str = "91110000600037341L";

static RULES: LazyLock<Rules> = LazyLock::new(|| Policies::embedded().unwrap().on(DAY).unwrap());

/// The column by whose date the exchange cuts, as policies/resources have it.
fn dated(relation: &Relation) -> Option<&'static str> {
    Some(match relation.resource.as_str() {
        "registration_changes" => "changed_on",
        "abnormal_list" => "listed_on",
        "penalties" => "decided_on",
        "enforcement" | "litigation" => "filed_on",
        "dishonesty" => "published_on",
        "technology_contracts" => "registered_on",
        "procurement" => "signed_on",
        "subsidies" => "paid_on",
        // The bank's own need no consent.
        _ if relation.authority == Authority::Bank => return None,
        _ if relation.columns.iter().any(|c| c.name == "period") => "period",
        _ => return None,
    })
}

fn back(months: i32) -> Date {
    add_months(DAY, -months).unwrap()
}

/// What a department holds of the firm: rows by column.
type Held = Vec<BTreeMap<String, Value>>;

/// The source of a pull whose range is this: rows outside of it did not come.
fn source(relation: &Relation, held: &Held, as_of: Date, (from, to): (Date, Date)) -> Source {
    let kept_from = relation.kept_months.map_or(as_of, |m| back(m.into()));
    let inside = |row: &&BTreeMap<String, Value>| match dated(relation) {
        Some(column) => {
            let day = parse(row[column].as_str().unwrap()).unwrap();
            from.max(kept_from) <= day && day <= to.min(as_of)
        }
        None => true,
    };
    let columns: Vec<String> = relation.columns.iter().map(|c| c.name.clone()).collect();
    let rows: Vec<Vec<Value>> =
        held.iter().filter(inside).map(|row| columns.iter().map(|c| row[c].clone()).collect()).collect();
    Source {
        batches: Vec::new(),
        own: relation.rows(FIRM, &columns, &rows).unwrap(),
        released: columns,
        as_of,
        // As `of_pull` has it: a state has no dates to cut by, but the range's are told of it all the same.
        covers_from: if relation.authority == Authority::Bank { Date::MIN } else { kept_from.max(from) },
        covers_to: to,
        reference: "consent/1".to_owned(),
        stale: false,
    }
}

fn profile(held: &BTreeMap<String, (Held, Date)>, range: (Date, Date)) -> Profile {
    let supplies: Vec<Supply> = RULES
        .relations()
        .iter()
        .filter_map(|relation| {
            let (rows, as_of) = held.get(&relation.resource)?;
            let answer = Answer::Ready(source(relation, rows, *as_of, range));
            Some(Supply { resource: relation.resource.clone(), answer })
        })
        .collect();
    RULES.profile(FIRM, DAY, &supplies).unwrap()
}

/// Values that features tell apart, where a column has codes.
fn codes(column: &str) -> &'static [&'static str] {
    match column {
        "status" => &["open", "valid", "lapsed"],
        "item" => &["address", "shareholders", "name"],
        "grade" => &["A", "B", "D"],
        "role" => &["defendant", "plaintiff", "seller"],
        "cause" => &["contract", "loan", "labour"],
        "rating" => &["green", "red", "dishonest"],
        "programme" => &["research", "other"],
        "kind" => &["invention", "utility"],
        "tier" => &["little_giant", "srdi_sme"],
        "worst_class" => &["pass", "loss"],
        _ => &["x"],
    }
}

/// Rows of eleven years: of each period one, or of any day.
fn rows(relation: &Relation, as_of: Date, seeds: &[u32]) -> Held {
    let step = match relation.cycle {
        Cycle::Yearly => 12,
        Cycle::Quarterly => 3,
        _ => 1,
    };
    let next = days(relation.last(as_of)) + 1;
    let row = |(at, seed): (usize, &u32)| -> BTreeMap<String, Value> {
        let cell = |column: &huoshui_credit::relations::Column| -> Value {
            let draw =
                seed.rotate_left(u32::from(column.name.as_bytes()[0]) + u32::try_from(column.name.len()).unwrap());
            match column.kind {
                _ if column.optional && draw % 3 == 0 => Value::Null,
                ColumnKind::Text => json!(format!("n{at}")),
                ColumnKind::Code => json!(codes(&column.name)[draw as usize % codes(&column.name).len()]),
                ColumnKind::Flag => json!(draw % 3 == 0),
                ColumnKind::Int | ColumnKind::Money | ColumnKind::Rate => json!(1 + i64::from(draw % 5_000)),
                ColumnKind::Date if column.name == "period" => {
                    let first = add_months(from_days(next).unwrap(), -(i32::try_from(at).unwrap() * step)).unwrap();
                    json!(from_days(days(first) - 1).unwrap())
                }
                ColumnKind::Date => json!(from_days(days(as_of) - i32::try_from(draw % 4_000).unwrap()).unwrap()),
            }
        };
        relation.columns.iter().map(|c| (c.name.clone(), cell(c))).collect()
    };
    let many = if relation.columns.iter().any(|c| c.name == "period") { seeds.len() } else { seeds.len() / 3 };
    let many = if relation.absent == Absent::Unknown && dated(relation).is_none() { 1 } else { many };
    seeds.iter().take(many).enumerate().map(row).collect()
}

fn city(seeds: &[u32]) -> BTreeMap<String, (Held, Date)> {
    let one = |(at, relation): (usize, &Relation)| {
        // Data of a day up to two days before the profile.
        let as_of = from_days(days(DAY) - i32::try_from(at % 3).unwrap()).unwrap();
        let own: Vec<u32> =
            seeds.iter().map(|s| s.wrapping_mul(2_654_435_761).wrapping_add(u32::try_from(at).unwrap() * 97)).collect();
        (relation.resource.clone(), (rows(relation, as_of, &own), as_of))
    };
    RULES.relations().iter().enumerate().map(one).collect()
}

/// Every feature under this range: what it is with all that is kept, or missing. How many were known, and how many were cut off.
fn held_against(held: &BTreeMap<String, (Held, Date)>, range: (Date, Date)) -> (usize, usize) {
    let (whole, cut) = (profile(held, (Date::MIN, Date::MAX)), profile(held, range));
    let (mut known, mut gone) = (0, 0);
    for (code, item) in &cut.items {
        let full = whole.cell(code);
        match item.cell {
            Cell::Known(_) => assert_eq!(item.cell, full, "{code} from {} to {}", range.0, range.1),
            Cell::Missing(_) => gone += usize::from(full.known().is_some()),
        }
        known += usize::from(item.cell.known().is_some());
    }
    (known, gone)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_shorter_range_leaves_a_value_as_it_was_or_missing(
        seeds in prop::collection::vec(any::<u32>(), 40), from in 0_i32..4_100, to in -40_i32..500,
    ) {
        let held = city(&seeds);
        let on = |back: i32| from_days(days(DAY) - back).unwrap();
        held_against(&held, (on(from), on(to.min(from))));
        held_against(&held, (on(from), Date::MAX));
        held_against(&held, (Date::MIN, on(to)));
    }
}

/// Every length of look-back in months, and every day of the last month at which a range may end: features go missing one after
/// another and never come back as something else.
#[test]
fn features_go_missing_as_the_range_shortens() {
    let seeds: Vec<u32> = (1..=40).map(|n| n * 7_919).collect();
    let held = city(&seeds);
    let all = held_against(&held, (Date::MIN, Date::MAX)).0;
    let mut before = all;
    for months in (0..=121).rev() {
        let (known, _) = held_against(&held, (back(months), Date::MAX));
        assert!(known <= before, "{months} months back tell more than {}", months + 1);
        before = known;
    }
    assert!(all > 60 && before < all / 2, "{all} {before}");
    for day in 0..=31 {
        held_against(&held, (Date::MIN, from_days(days(DAY) - day).unwrap()));
    }
}

/// The defect that this guards against: an old case of enforcement, still open, and a consent of 24 months. The court has an
/// entry, the range cuts it off; “no open case” would be a lie, and the reason says what the consent must let through.
#[test]
fn an_old_open_entry_beyond_the_range_refers_and_says_how_far_back() {
    let policies = Policies::embedded().unwrap();
    let (file, text) = CASES.iter().find(|(f, _)| *f == "products/instant_loan.cases.toml").unwrap();
    let begun = case_inputs(&policies, file, text).unwrap().remove(0);
    assert_eq!(begun.outcome, Some(Outcome::Automatic));
    let relation = |code: &str| RULES.relations().iter().find(|r| r.resource == code).unwrap();
    let (courts, day) = (relation("enforcement"), from_days(days(DAY) - 1).unwrap());
    let entry = |filed: &str| -> Held {
        let cells = [
            ("case_no", json!("执1号")),
            ("filed_on", json!(filed)),
            ("amount", json!(30_000_000)),
            ("closed_on", Value::Null),
        ];
        vec![cells.into_iter().map(|(c, v)| (c.to_owned(), v)).collect()]
    };
    let decided = |held: &Held, from: Date, to: Date| {
        let answer = Answer::Ready(source(courts, held, day, (from, to)));
        let supplies = [Supply { resource: "enforcement".to_owned(), answer }];
        let seen = RULES.profile(FIRM, DAY, &supplies).unwrap();
        let mut profile = begun.inputs.profile.clone();
        profile.origins.clone_from(&seen.origins);
        for code in ["enforcement_open", "enforcement_open_amount"] {
            profile.items.insert(code.to_owned(), seen.items[code].clone());
        }
        RULES.decide(&Inputs { profile, ..begun.inputs.clone() }).unwrap()
    };
    let (none, old) = (Vec::new(), entry("2021-02-01"));
    // The whole of what is kept: five years back from the day.
    assert_eq!(decided(&none, back(60), DAY).outcome, Outcome::Automatic);
    let known = decided(&old, back(60), DAY);
    assert_eq!((known.outcome, known.reasons[0].code.as_str()), (Outcome::Refer, "gate.enforcement"));
    for held in [&none, &old] {
        for from in [back(24), back(59), from_days(days(back(60)) + 1).unwrap()] {
            let decision = decided(held, from, DAY);
            assert_eq!(decision.outcome, Outcome::Refer, "from {from}");
            let reason = decision.reasons.iter().find(|r| r.code == "missing.enforcement_open_amount").unwrap();
            assert!(
                reason.text.zh.contains("数据不够早，来源 enforcement，授权须含 2020-09-30 起的数据，即回溯 60 个月"),
                "{}",
                reason.text.zh
            );
            assert!(reason.text.en.contains("rows from 2020-09-30 through, 60 months back"), "{}", reason.text.en);
        }
    }
    // A range that ends before the court's last day hides what came since.
    let decision = decided(&entry("2025-09-28"), back(60), Date::constant(2025, 9, 27));
    assert_eq!(decision.outcome, Outcome::Refer);
    let reason = decision.reasons.iter().find(|r| r.code == "missing.enforcement_open_amount").unwrap();
    assert!(reason.text.zh.contains("截止过早，来源 enforcement，授权须含至 2025-09-29 的数据"), "{}", reason.text.zh);
}

/// Whoever asks for a consent is told by the same rule: one that begins on that day misses nothing, one that begins a day later
/// does.
#[test]
fn what_a_product_needs_is_what_its_features_cover() {
    let held = city(&(1..=40).map(|n| n * 104_729).collect::<Vec<u32>>());
    for product in ["instant_loan", "ip_pledge_loan", "research_loan"] {
        let mut dated = 0;
        for need in RULES.needs(product).unwrap() {
            let (_, as_of) = &held[&need.relation.resource];
            let Some(first) = need.first(DAY, *as_of) else {
                assert_eq!(need.relation.kept_months, None, "{}", need.relation.resource);
                continue;
            };
            let cut = |from: Date| {
                let seen = profile(&held, (from, Date::MAX));
                let own = RULES.features().filter(|f| f.relation.as_ref() == Some(&need.relation.resource));
                let own = own.filter(|f| need.windows.contains(&f.window));
                own.filter(|f| seen.cell(&f.code) == Cell::Missing(Why::Window)).count()
            };
            assert_eq!(cut(first), 0, "{product} {} from {first}", need.relation.resource);
            if need.relation.kept_months.is_some() {
                assert!(cut(from_days(days(first) + 1).unwrap()) > 0, "{product} {}", need.relation.resource);
                dated += 1;
            }
        }
        assert!(dated >= 8, "{product}: {dated}");
    }
}
