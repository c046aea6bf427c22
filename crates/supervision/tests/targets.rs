//! How far a target has come, worked out by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{batch, day, row};
use huoshui_supervision::filings::TARGETS;
use huoshui_supervision::indicators::{Catalogue, Cell, Exact, Figure};
use huoshui_supervision::targets::{Progress, progress, read};

fn figure(value: &str, as_of: &str) -> Figure {
    let catalogue = Catalogue::embedded().unwrap();
    let indicator = catalogue.get("srdi_loan_coverage", day("2025-09-30")).unwrap();
    let value = Exact::parse(value);
    Figure {
        code: indicator.code.clone(),
        version: 1,
        name: indicator.name.clone(),
        value,
        exact: value.and_then(Exact::fraction),
        unit: indicator.unit,
        dims: Cell::new(),
        as_of: day(as_of),
        numerator: None,
        denominator: None,
    }
}

fn of(target: &str, direction: &str, start: &str, now: &str) -> Progress {
    let rows = [row(
        "code=srdi_loan_coverage cell= since=2024-12-31 by=2026-12-31",
        &format!("target={target} direction={direction}"),
    )];
    let targets = read(&[batch(&TARGETS, &rows)]).unwrap();
    progress(&targets[0], &figure(start, "2024-12-31"), &figure(now, "2025-12-31")).unwrap()
}

#[test]
fn progress_is_the_share_of_the_way_against_the_share_of_the_time() {
    // Half of the two years is gone (365 of 730 days). From 0.50 to 0.70: at 0.60 half of the way, at 0.59 less.
    let text = |p: &Progress| (p.gone.map(|g| g.to_string()), p.elapsed.to_string(), p.reached, p.on_schedule);
    let some = |s: &str| Some(s.to_owned());
    assert_eq!(text(&of("0.70", "up", "0.50", "0.60")), (some("0.5000"), "0.5000".to_owned(), false, true));
    assert_eq!(text(&of("0.70", "up", "0.50", "0.59")), (some("0.4500"), "0.5000".to_owned(), false, false));
    assert_eq!(text(&of("0.70", "up", "0.50", "0.45")), (some("-0.2500"), "0.5000".to_owned(), false, false));
    assert_eq!(text(&of("0.70", "up", "0.50", "0.70")), (some("1.0000"), "0.5000".to_owned(), true, true));
    // Downwards: from 4 % to 3 %, now 3.4 %: six tenths of the way.
    assert_eq!(text(&of("0.03", "down", "0.04", "0.034")), (some("0.6000"), "0.5000".to_owned(), false, true));
    // It started at the target and slipped below it: there is no way to measure.
    assert_eq!(text(&of("0.70", "up", "0.70", "0.69")), (None, "0.5000".to_owned(), false, false));
    // Not applicable now.
    assert_eq!(text(&of("0.70", "up", "0.50", "-")), (None, "0.5000".to_owned(), false, false));
}

#[test]
fn a_target_that_cannot_be_read_is_refused_with_its_row() {
    let base = "code=srdi_loan_coverage since=2024-12-31 by=2026-12-31 target=0.7 direction=up cell=institution=X";
    let good = row(base.trim_end_matches(" cell=institution=X"), "");
    let mut of_part = good.clone();
    of_part.insert("cell".to_owned(), "institution=X,district=110108".to_owned());
    assert_eq!(read(&[batch(&TARGETS, &[of_part])]).unwrap()[0].cell.len(), 2);
    for (change, code) in [
        ("target=70%", "target.invalid"),
        ("by=2024-12-31", "target.invalid"),
        ("cell=branch", "indicator.unknown_dimension"),
    ] {
        let mut bad = good.clone();
        let (name, value) = change.split_once('=').unwrap();
        bad.insert(name.to_owned(), value.to_owned());
        assert_eq!(read(&[batch(&TARGETS, &[good.clone(), bad])]).unwrap_err().code(), code, "{change}");
    }
}
