//! The comparison of executors is worth something only if it notices a mistake: one rule is flipped in one executor at a
//! time, and the same comparison must find it.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::compare::Harness;
use common::operators::{Case, scalar_cases};
use common::table::Table;
use huoshui_formula::mutants::{Mutant, plant};
use huoshui_testkit::Postgres;

#[test]
fn a_planted_mistake_in_any_executor_is_found() {
    let table = Table::random(400, 7);
    // One operator for each rule that a mutant flips; the same labels as in the full comparison.
    let wanted = ["money MulScaled(1000000) rate", "in constants int", "least money"];
    let cases: Vec<Case> = scalar_cases().into_iter().filter(|c| wanted.contains(&c.label.as_str())).collect();
    assert_eq!(cases.len(), wanted.len());
    let url = Postgres::shared().unwrap().fresh_database().unwrap();
    let differences = || {
        let mut harness = Harness::new(&url);
        harness.enough = 0;
        harness.scalars(&table, &cases);
        harness.differences
    };
    assert_eq!(differences(), Vec::<String>::new());
    for (mutant, executors, rule) in [
        (Mutant::RowHalfUp, &["columns", "SQLite", "PostgreSQL"][..], wanted[0]),
        (Mutant::RowInNull, &["columns", "SQLite", "PostgreSQL"], wanted[1]),
        (Mutant::RowLeastNull, &["columns", "SQLite", "PostgreSQL"], wanted[2]),
        (Mutant::ColumnsHalfUp, &["columns"], wanted[0]),
        (Mutant::ColumnsInNull, &["columns"], wanted[1]),
        (Mutant::ColumnsLeastNull, &["columns"], wanted[2]),
        (Mutant::SqlHalfUp, &["SQLite", "PostgreSQL"], wanted[0]),
        (Mutant::SqlInNull, &["SQLite", "PostgreSQL"], wanted[1]),
        (Mutant::SqlLeastNull, &["SQLite", "PostgreSQL"], wanted[2]),
    ] {
        plant(Some(mutant));
        let found = differences();
        plant(None);
        for executor in executors {
            let seen = found.iter().any(|d| d.starts_with(executor) && d.contains(rule));
            assert!(seen, "{mutant:?} was not found in {executor}: {found:?}");
        }
    }
}
