//! Features of a whole city by columns against each firm row by row; tags, scores and what-if in bulk against one by one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use huoshui_credit::decide::{Inputs, Request};
use huoshui_credit::profile::Profile;
use huoshui_credit::relations::{Answer, ColumnKind, Relation, Source, Supply};
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::value::{Cell, Why};
use huoshui_credit::whatif::{Ask, Dimension, what_if};
use huoshui_kernel::Date;
use huoshui_kernel::date::{add_months, from_days};
use proptest::prelude::*;
use serde_json::{Value as J, json};

const DAY: Date = Date::constant(2025, 9, 30);

static SHIPPED: LazyLock<(Policies, Rules)> = LazyLock::new(|| {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(DAY).unwrap();
    (policies, rules)
});

/// A small generator with no crate behind it: the same numbers on every machine.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// The codes that a column's features look for, so that drawn rows mean something.
fn codes(relation: &str, column: &str) -> &'static [&'static str] {
    match (relation, column) {
        ("registration", "status") => &["open", "open", "open", "revoked"],
        ("srdi_recognition", "tier") => &["little_giant", "srdi_sme", "innovative_sme"],
        ("tax_grade", "grade") => &["A", "B", "M", "C", "D", "E"],
        ("patents", "kind") => &["invention", "utility"],
        (_, "status") => &["valid", "lapsed", "pending"],
        (_, "role") => &["seller", "buyer", "defendant", "plaintiff"],
        (_, "cause") => &["contract", "loan", "labour"],
        (_, "item") => &["address", "shareholders", "name"],
        ("environment_rating", "rating") => &["green", "blue", "red"],
        (_, "rating") => &["advanced", "dishonest"],
        (_, "programme") => &["research", "other"],
        (_, "worst_class") => &["none", "pass", "loss"],
        _ => &["x"],
    }
}

fn cell(draw: &mut Draw, relation: &Relation, column: &str, kind: ColumnKind, optional: bool, row: usize) -> J {
    if draw.below(if optional { 2 } else { 60 }) == 0 {
        return J::Null;
    }
    match kind {
        ColumnKind::Text => json!(format!("t{}", draw.below(9))),
        ColumnKind::Code => {
            let all = codes(&relation.resource, column);
            json!(all[usize::try_from(draw.below(all.len() as u64)).unwrap()])
        }
        ColumnKind::Flag => json!(draw.below(4) == 0),
        // Sums of a few of the largest leave 64 bits: that firm is missing, nobody else.
        ColumnKind::Money if draw.below(40) == 0 => json!(i64::MAX / 2),
        ColumnKind::Int | ColumnKind::Money | ColumnKind::Rate => json!(i64::try_from(draw.below(3_000_000)).unwrap()),
        ColumnKind::Date if column == "period" => {
            let months = match relation.cycle {
                huoshui_credit::relations::Cycle::Yearly => 12,
                huoshui_credit::relations::Cycle::Quarterly => 3,
                _ => 1,
            };
            let last = relation.last(DAY);
            let next = from_days(huoshui_kernel::date::days(last) + 1).unwrap();
            let start = add_months(next, -(i32::try_from(row).unwrap() * months)).unwrap();
            json!(from_days(huoshui_kernel::date::days(start) - 1).unwrap().to_string())
        }
        ColumnKind::Date => json!(from_days(20_361 - i32::try_from(draw.below(2_000)).unwrap()).unwrap().to_string()),
    }
}

fn supplies(rules: &Rules, firms: &[Arc<str>], seed: u64) -> Vec<Supply> {
    let mut draw = Draw(seed);
    let mut all = Vec::new();
    for relation in rules.relations() {
        let answer = match draw.below(14) {
            0 => Answer::Missing(Why::Timeout),
            1 => continue,
            how => {
                let mut released: Vec<String> = relation.columns.iter().map(|c| c.name.clone()).collect();
                if how == 2 {
                    released.pop();
                }
                let mut batches = Vec::new();
                for firm in firms {
                    let rows = usize::try_from(draw.below(30)).unwrap();
                    let row = |row: usize, draw: &mut Draw| -> Vec<J> {
                        let kept = relation.columns.iter().filter(|c| released.contains(&c.name));
                        kept.map(|c| cell(draw, relation, &c.name, c.kind, c.optional, row)).collect()
                    };
                    let rows: Vec<Vec<J>> = (0..rows).map(|i| row(i, &mut draw)).collect();
                    batches.push(relation.batch(firm, &released, &rows).unwrap());
                }
                let covers_from = if how == 3 { Date::constant(2025, 1, 1) } else { Date::constant(2015, 1, 1) };
                let reference = format!("batch-{}", relation.resource);
                // Data may be older than the profile; their last period is then an earlier one.
                let as_of = if how == 5 { Date::constant(2025, 8, 20) } else { DAY };
                let covers_to = if how == 6 { Date::constant(2025, 7, 31) } else { DAY };
                Answer::Ready(Source {
                    batches,
                    own: Vec::new(),
                    released,
                    as_of,
                    covers_from,
                    covers_to,
                    reference,
                    stale: how == 4,
                })
            }
        };
        all.push(Supply { resource: relation.resource.clone(), answer });
    }
    all
}

fn firms(n: usize) -> Vec<Arc<str>> {
    (0..n).map(|i| Arc::from(format!("firm{i:04}"))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    /// Values, reasons for missing, provenance: all the same, bit for bit. So are tags and scores.
    #[test]
    fn columns_and_rows_agree(seed in any::<u64>()) {
        let rules = &SHIPPED.1;
        let firms = firms(9);
        let supplies = supplies(rules, &firms, seed);
        let table = rules.profiles(&firms, DAY, &supplies).unwrap();
        let tags = rules.tag_table(&table).unwrap();
        let scores = rules.score_table("srdi_general", &table).unwrap();
        let by_batch = rules.score_batch("srdi_general", &table.batch().unwrap()).unwrap();
        prop_assert_eq!(&scores, &by_batch);
        let (mut known, mut missing) = (0, 0);
        for (row, firm) in firms.iter().enumerate() {
            let alone = rules.profile(firm, DAY, &supplies).unwrap();
            prop_assert_eq!(&alone, &Profile::of(&table, row).unwrap());
            for tag in rules.tags(&alone) {
                let column = &tags.iter().find(|(code, _)| *code == tag.code).unwrap().1;
                prop_assert_eq!(tag.answer, column[row], "{}", tag.code);
            }
            let advice = rules.advice(&alone, "srdi_general").unwrap();
            prop_assert_eq!((advice.score, advice.pd_ppm), (scores.score[row], scores.pd_ppm[row]));
            prop_assert_eq!(&*advice.grade, &*scores.grade[row]);
            for item in alone.items.values() {
                if item.cell.known().is_some() { known += 1 } else { missing += 1 }
            }
        }
        prop_assert!(known > 50 && missing > 10, "{} {}", known, missing);
    }
}

/// What-if says of every firm what deciding it alone under each set of rules says.
#[test]
fn what_if_agrees_with_single_decisions() {
    let (policies, old) = &*SHIPPED;
    let mut draft = policies.clone();
    let card = draft.scorecards.iter_mut().find(|c| c.code == "srdi_growth").unwrap();
    card.start -= 60;
    card.version = 2;
    let new = draft.on(DAY).unwrap();
    let text = huoshui_credit::embedded::CASES.iter().find(|(f, _)| f.ends_with("instant_loan.cases.toml")).unwrap();
    let cases = huoshui_credit::cases::case_inputs(policies, text.0, text.1).unwrap();
    let request = Request { amount_fen: 20_000_000, ..cases[0].inputs.request.clone() };
    // A table of the cases' profiles, the bank's own inputs taken out and assumed instead.
    let bank: BTreeMap<&str, i64> = cases[0]
        .inputs
        .profile
        .items
        .iter()
        .filter(|(code, _)| code.starts_with("bank_"))
        .map(|(code, item)| (code.as_str(), item.cell.known().unwrap()))
        .collect();
    let uscc: Vec<Arc<str>> = (0..cases.len()).map(|i| Arc::from(format!("{i:04}"))).collect();
    let mut table = old.profiles(&uscc, DAY, &[]).unwrap();
    for (row, case) in cases.iter().enumerate() {
        for ((field, _), lane) in table.features.iter().zip(&mut table.lanes) {
            if !bank.contains_key(&*field.code) {
                lane.set(row, case.inputs.profile.cell(&field.code));
            }
        }
    }
    let assume: Vec<(String, i64)> = bank.iter().map(|(c, n)| ((*c).to_owned(), *n)).collect();
    let tier = |i: usize| Arc::from(if i.is_multiple_of(2) { "even" } else { "odd" });
    let dimensions = [Dimension { name: "tier".to_owned(), values: (0..cases.len()).map(tier).collect() }];
    let ask = Ask { request: &request, assume: &assume, dimensions: &dimensions };
    let report = what_if((old, &table), (&new, &table), &ask).unwrap();
    let mut moves = BTreeMap::new();
    for (row, case) in cases.iter().enumerate() {
        let mut profile = Profile::of(&table, row).unwrap();
        for (code, lane) in &assume {
            profile.put(code, 1, Cell::Known(*lane));
        }
        let inputs = Inputs { profile, bank: None, request: request.clone(), salt: case.inputs.salt.clone() };
        let pair = (old.decide(&inputs).unwrap().outcome, new.decide(&inputs).unwrap().outcome);
        *moves.entry(pair).or_insert(0) += 1;
    }
    let told: BTreeMap<_, u64> = report.moves.iter().map(|m| ((m.from, m.to), m.firms)).collect();
    assert_eq!(told, moves);
    assert!(report.flips > 0 && report.flips == report.flipped.len() as u64);
    assert!(report.slices.iter().map(|s| s.worse).sum::<u64>() == report.flips);
    assert_eq!((report.old.len(), report.new.len()), (1, 1));
    assert_eq!(report.hash().unwrap().len(), 64);
}

/// Data from after the profile's date would tell the future.
#[test]
fn the_future_is_refused() {
    let rules = &SHIPPED.1;
    let relation = rules.relations().iter().find(|r| r.resource == "penalties").unwrap();
    let released: Vec<String> = relation.columns.iter().map(|c| c.name.clone()).collect();
    let source = Source {
        batches: Vec::new(),
        own: Vec::new(),
        released,
        as_of: Date::constant(2025, 10, 1),
        covers_from: Date::constant(2015, 1, 1),
        covers_to: Date::constant(2025, 10, 1),
        reference: String::new(),
        stale: false,
    };
    let supplies = [Supply { resource: "penalties".to_owned(), answer: Answer::Ready(source) }];
    assert_eq!(rules.profile("x", DAY, &supplies).unwrap_err().code(), "credit.future_source");
    assert_eq!(rules.profiles(&firms(1), DAY, &supplies).unwrap_err().code(), "credit.future_source");
}
