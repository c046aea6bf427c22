//! A clean filing gives no finding; each planted mistake gives just the one that names it; every check is planted once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod fixture;
mod planted;

use std::collections::BTreeSet;

use common::{DISBURSEMENT, NOTE, Row, batch, day, row};
use fixture::{BOOK, T, clean};
use huoshui_kernel::{Fault, Lang};
use huoshui_supervision::checks::{CellProblem, Context, Verdict, between_banks, explained, run, verdict};
use huoshui_supervision::filings::EXPLANATIONS;
use huoshui_supervision::relations::RawTable;
use planted::PLANTED;

#[test]
fn a_clean_filing_gives_no_finding() {
    let report = clean().check(&[]);
    assert!(report.is_clean(), "{:#?}", report.findings);
    assert_eq!(report.rows, 9 + 4 + 5);
}

#[test]
fn each_planted_mistake_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    for (code, plant) in PLANTED {
        let mut filing = clean();
        plant(&mut filing);
        let report = filing.check(&[]);
        let found: Vec<(&str, u64)> = report.counts.iter().map(|(c, n)| (c.as_ref(), *n)).collect();
        if found != [(*code, 1)] {
            wrong.push(format!("planted {code}, found {found:?}"));
        }
        for finding in &report.findings {
            for text in [&finding.zh, &finding.en] {
                assert!(!text.contains('{') && !text.contains('}'), "{code}: {text}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_is_planted() {
    let planted: BTreeSet<&str> = PLANTED.iter().map(|(code, _)| *code).collect();
    // These have tests of their own below, or an effective date after this filing.
    let elsewhere = ["A-C-001", "N-C-035", "B-B-001"];
    let book = &*BOOK;
    let open: Vec<&str> = book
        .checks()
        .iter()
        .filter(|c| c.faults.is_empty() && !planted.contains(c.code.as_ref()) && !elsewhere.contains(&c.code.as_ref()))
        .map(|c| c.code.as_ref())
        .collect();
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn two_mistakes_give_two_findings() {
    // Pairs in different rows, and two in one row.
    for (a, b) in [("N-C-010", "N-W-003"), ("N-M-001", "R-W-001"), ("R-C-012", "D-T-001"), ("N-C-017", "N-C-047")] {
        let mut filing = clean();
        for code in [a, b] {
            PLANTED.iter().find(|(c, _)| *c == code).unwrap().1(&mut filing);
        }
        let counts = filing.check(&[]).counts;
        let found: Vec<&str> = counts.keys().map(AsRef::as_ref).collect();
        let mut want = vec![a, b];
        want.sort_unstable();
        assert_eq!(found, want);
    }
}

#[test]
fn a_filing_must_be_of_a_quarters_end() {
    let mut filing = clean();
    filing.as_of = day("2025-09-29");
    for table in [T::N, T::D, T::R] {
        filing.rows(table).iter_mut().for_each(|r| _ = r.insert("as_of".to_owned(), "2025-09-29".to_owned()));
    }
    assert_eq!(filing.check(&[]).counts.keys().map(AsRef::as_ref).collect::<Vec<_>>(), ["A-C-001"]);
}

#[test]
fn the_ten_year_limit_holds_from_its_day() {
    let mut filing = clean();
    filing.as_of = day("2025-12-31");
    for table in [T::N, T::D, T::R] {
        filing.rows(table).iter_mut().for_each(|r| _ = r.insert("as_of".to_owned(), "2025-12-31".to_owned()));
    }
    // Repaid on time, so that nothing is overdue at the later date.
    for note in ["n1", "n6", "n5"] {
        filing.remove(T::N, note);
    }
    filing.set(
        T::N,
        "n9",
        "drawdown_date=2025-12-31 original_maturity=2036-01-01 current_maturity=2036-01-01 note_no=n10",
    );
    let drawn = row(
        DISBURSEMENT,
        "note_no=n10 as_of=2025-12-31 borrower=D business_kind=syndicated_share drawdown_date=2025-12-31 original_maturity=2036-01-01 amount=1000 main_guarantee=pledge",
    );
    filing.rows(T::D).push(drawn);
    let report = filing.check(&[]);
    assert_eq!(report.counts.keys().map(AsRef::as_ref).collect::<Vec<_>>(), ["N-C-035"], "{:#?}", report.findings);
}

huoshui_kernel::faults! {
    /// Stands for the file reader's.
    BAD_DATE = "cell.bad_date":
        zh "“{value}”不是有效日期", "改正"; en "“{value}” is not a date", "correct it";
    /// One that no check names.
    ODD = "cell.odd":
        zh "奇怪", "改正"; en "odd", "correct it";
    /// Empty.
    EMPTY = "cell.required":
        zh "空", "填写"; en "empty", "fill it in";
}

#[test]
fn a_cell_that_could_not_be_read_is_one_finding() {
    // The reader made these cells NULL. Their rows' other checks stay silent: that a spread, a renewal and a key are missing.
    let mut filing = clean();
    filing.set(T::N, "n2", "lpr_spread_bp= drawdown_date=");
    filing.set(T::D, "n3", "note_no=");
    let problem = |table, row, column, fault| CellProblem { table, row, column: Some(column), fault };
    let report = filing.check(&[
        problem(RawTable::Notes, 3, "lpr_spread_bp", Fault::new(&ODD)),
        problem(RawTable::Notes, 3, "drawdown_date", Fault::new(&BAD_DATE).with("value", "31.2.2025")),
        problem(RawTable::Notes, 4, "product", Fault::new(&EMPTY)),
    ]);
    let counts: Vec<(&str, u64)> = report.counts.iter().map(|(c, n)| (c.as_ref(), *n)).collect();
    // The disbursement without a number is not told to us by the reader here, so the note has no disbursement.
    assert_eq!(counts, [("A-F-002", 1), ("A-F-009", 1), ("A-M-001", 1), ("N-W-001", 1)]);
    let date = report.findings.iter().find(|f| *f.code == *"A-F-002").unwrap();
    assert_eq!((date.row, date.key.as_str(), date.field.as_deref()), (Some(3), "n2", Some("drawdown_date")));
    assert_eq!(date.message(Lang::En), "“drawdown_date” is not a date: “31.2.2025” is not a date");
    assert_eq!(date.message(Lang::Zh), "“放款日”不是有效日期：“31.2.2025”不是有效日期");
}

#[test]
fn findings_name_row_field_key_and_values() {
    let mut filing = clean();
    filing.set(T::R, "A/L1", "used=799.99").set(T::N, "n8", "days_past_due=91");
    let report = filing.check(&[]);
    let [note, line] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!((note.table, note.row, note.key.as_str()), ("notes", Some(9), "n8"));
    assert_eq!(note.zh, "逾期 91 天，五级分类至少应为次级，现为 关注");
    assert_eq!((line.table, line.row, line.key.as_str()), ("relationships", Some(2), "A L1"));
    assert_eq!(line.en, "the used amount 799.99 is less than the balances drawn under the line, 800.00");
    assert_eq!((report.errors_total, report.warnings_total, report.queries_total), (2, 0, 0));
}

#[test]
fn a_first_filing_has_nothing_to_be_continuous_with() {
    let known = |_: &str| true;
    let context = Context { previous: None, borrower_known: &known, institution_known: true, cell_problems: &[] };
    let mut filing = clean();
    // What it renews was never filed here: that cannot be held against it.
    filing.set(T::N, "n3", "renewed_from=elsewhere");
    let report = run(&BOOK, &filing.package(), &context).unwrap();
    assert!(report.is_clean(), "{:#?}", report.findings);
}

#[test]
fn findings_are_counted_beyond_those_listed() {
    let mut filing = clean();
    let line = row(NOTE, "note_no=dup branch=x balance=-1");
    filing.rows(T::N).extend((0..10_050).map(|i| {
        let mut row = line.clone();
        row.insert("note_no".to_owned(), format!("m{i:05}"));
        row.insert("drawdown_date".to_owned(), "2025-07-01".to_owned());
        row.insert("business_kind".to_owned(), "rediscount".to_owned());
        row
    }));
    let report = filing.check(&[]);
    assert_eq!((report.errors_total, report.findings.len()), (10_050, 10_000));
    assert_eq!(report.counts["N-C-010"], 10_050);
}

#[test]
fn tables_not_given_anew_are_carried_over() {
    let former = clean().package();
    let mut anew = clean();
    anew.set(T::N, "n1", "balance=700 balance_cny=700");
    anew.missing = vec![RawTable::Disbursements, RawTable::Relationships];
    let merged = anew.package().over(former);
    assert_eq!(merged.rows(), 9 + 4 + 5);
    assert_eq!(merged.parts(RawTable::Notes)[0].batch, anew.package().parts(RawTable::Notes)[0].batch);
}

#[test]
fn warnings_pass_with_the_banks_explanation() {
    let book = &*BOOK;
    let as_of = day("2025-09-30");
    let mut filing = clean();
    filing.set(T::N, "n1", "current_rate=25").set(T::PN, "n1", "balance=799");
    let report = filing.check(&[]);
    assert_eq!((report.errors_total, report.warnings_total), (0, 2));
    let explain = |rows: &[Row]| explained(&[batch(&EXPLANATIONS, rows)], "X", as_of).unwrap();
    let one = row("institution=X as_of=2025-09-30 check_code=N-C-018 explanation=核实无误", "");
    let of_another = row("institution=Y as_of=2025-09-30 check_code=N-T-011 explanation=核实无误", "");
    assert_eq!(
        verdict(book, as_of, &report, &explain(&[one.clone(), of_another])),
        Verdict::Unexplained(vec!["N-T-011".to_owned()])
    );
    let both = [one.clone(), row("institution=X as_of=2025-09-30 check_code=N-T-011 explanation=合并账户", "")];
    assert_eq!(verdict(book, as_of, &report, &explain(&both)), Verdict::Accepted);
    filing.set(T::N, "n1", "balance=-1");
    assert_eq!(verdict(book, as_of, &filing.check(&[]), &explain(&both)), Verdict::Refused);
}

#[test]
fn two_banks_cannot_both_make_the_first_loan() {
    let book = &*BOOK;
    let d = |text| day(text);
    let claims = [
        ("Y", "A", "y7", d("2025-02-01")),
        ("X", "A", "x1", d("2025-01-05")),
        ("X", "A", "x1", d("2025-01-05")), // the same note, from notes and from disbursements
        ("X", "B", "x2", d("2025-03-01")),
        ("X", "B", "x3", d("2025-03-01")), // one bank, two notes of a first contract
    ];
    let conflicts = between_banks(book, d("2025-09-30"), claims);
    let [conflict] = conflicts.as_slice() else { panic!("{conflicts:?}") };
    assert_eq!((conflict.code.as_ref(), conflict.borrower.as_str()), ("B-B-001", "A"));
    assert_eq!(conflict.claims.iter().map(|c| c.institution.as_str()).collect::<Vec<_>>(), ["X", "Y"]);
    assert_eq!(conflict.en, "2 institutions each claim the first loan of A: X x1 (2025-01-05), Y y7 (2025-02-01)");
}
