//! Whether the cases beside the policies could fail at all: every rule is spoken of, from both of its sides.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use huoshui_credit::embedded::CASES;
use huoshui_credit::features::Feature;
use huoshui_credit::relations::{Answer, Source, Supply};
use huoshui_credit::rules::Policies;
use huoshui_credit::value::{Cell, Why};
use huoshui_kernel::Date;

const DAY: Date = Date::constant(2025, 9, 30);
const FIRM: &str = "91110000600037341L";

/// The cases of the files of a folder.
fn cases(folder: &str) -> Vec<toml::Table> {
    let files = CASES.iter().filter(|(file, _)| file.starts_with(folder));
    let read = |text: &str| toml::from_str::<toml::Table>(text).unwrap()["case"].as_array().unwrap().clone();
    files.flat_map(|(_, text)| read(text)).map(|case| case.as_table().unwrap().clone()).collect()
}

/// What the cases expect under a key, by code.
fn expected(folder: &str, key: &str) -> BTreeMap<String, Vec<toml::Value>> {
    let mut all: BTreeMap<String, Vec<toml::Value>> = BTreeMap::new();
    for case in cases(folder) {
        let expect = case["expect"].as_table().unwrap().get(key).and_then(|t| t.as_table()).cloned();
        for (code, value) in expect.unwrap_or_default() {
            all.entry(code).or_default().push(value);
        }
    }
    all
}

/// A value that rows had to give: neither missing nor what no rows give.
fn tells(feature: &Feature, value: &toml::Value) -> bool {
    let nothing = ["0", "0元", "0.0", "none"];
    match value {
        toml::Value::Boolean(yes) => *yes,
        toml::Value::Integer(n) => *n != 0,
        toml::Value::String(text) => {
            let empty = feature.empty.as_deref() == Some(text);
            !text.starts_with("missing") && !empty && !nothing.contains(&text.as_str())
        }
        _ => false,
    }
}

#[test]
fn every_feature_has_a_case_with_a_value_of_its_own() {
    let policies = Policies::embedded().unwrap();
    let said = expected("features/", "features");
    let told = |f: &&Feature| said.get(&f.code).is_some_and(|values| values.iter().any(|v| tells(f, v)));
    let silent: Vec<&str> = policies.features.iter().filter(|f| !told(f)).map(|f| f.code.as_str()).collect();
    assert!(silent.is_empty(), "no case gives rows for {silent:?}");
    // A flag has two sides.
    for feature in policies.features.iter().filter(|f| f.kind == huoshui_credit::value::Kind::Flag) {
        assert!(said[&feature.code].contains(&toml::Value::Boolean(false)), "{}", feature.code);
    }
}

#[test]
fn every_tag_is_yes_in_one_case_and_no_in_another() {
    let policies = Policies::embedded().unwrap();
    let said = expected("tags/", "tags");
    for tag in &policies.tags {
        for answer in ["yes", "no"] {
            let given = said.get(&tag.code).is_some_and(|all| all.iter().any(|v| v.as_str() == Some(answer)));
            assert!(given, "{} is {answer} in no case", tag.code);
        }
    }
}

/// The words of a formula.
fn words(formula: &str) -> BTreeSet<&str> {
    formula.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

/// The formula and the condition of a feature, where a column could be read.
fn reads(feature: &Feature, column: &str) -> bool {
    words(&feature.formula).contains(column)
        || feature.enough.as_deref().is_some_and(|enough| words(enough).contains(column))
}

/// Every relation stale, then every relation without one of its columns: by rows and by columns, exactly the features that
/// read it are missing, for that reason.
#[test]
fn what_is_stale_or_not_released_is_missing_everywhere() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(DAY).unwrap();
    let mut checked = 0;
    for relation in rules.relations() {
        let all: Vec<String> = relation.columns.iter().map(|c| c.name.clone()).collect();
        let mut tries = vec![(None, all.clone()), (Some(true), all.clone())];
        for column in &all {
            tries.push((Some(false), all.iter().filter(|c| *c != column).cloned().collect()));
        }
        for (how, released) in tries {
            let source = Source {
                batches: vec![relation.batch(FIRM, &released, &[]).unwrap()],
                own: Vec::new(),
                released: released.clone(),
                as_of: DAY,
                covers_from: Date::constant(1990, 1, 1),
                covers_to: DAY,
                reference: String::new(),
                stale: how == Some(true),
            };
            let supplies = [Supply { resource: relation.resource.clone(), answer: Answer::Ready(source) }];
            let alone = rules.profile(FIRM, DAY, &supplies).unwrap();
            let table = rules.profiles(&[FIRM.into()], DAY, &supplies).unwrap();
            let held = all.iter().find(|c| !released.contains(c));
            for (feature, lane) in rules.features().zip(&table.lanes) {
                let cell = alone.cell(&feature.code);
                assert_eq!(cell, lane.get(0), "{} by columns", feature.code);
                if feature.relation.is_none() {
                    continue;
                }
                let own = feature.relation.as_deref() == Some(relation.resource.as_str());
                let denied = held.is_some_and(|column| reads(feature, column));
                let why = match (own, how) {
                    (false, _) => Some(Why::NotAsked),
                    (true, Some(true)) => Some(Why::Stale),
                    (true, _) if denied => Some(Why::Denied),
                    _ => None,
                };
                match why {
                    Some(why) => assert_eq!(cell, Cell::Missing(why), "{} without {held:?}", feature.code),
                    None => {
                        let refused = [Why::NotAsked, Why::Stale, Why::Denied].map(Cell::Missing);
                        assert!(!refused.contains(&cell), "{} without {held:?}: {cell:?}", feature.code);
                    }
                }
                checked += usize::from(own);
            }
        }
    }
    assert!(checked > 300, "{checked}");
}
