//! A clean filing gives no finding; each planted mistake gives just the one that names it; every check is planted once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use common::{DISBURSEMENT, NOTE, RELATIONSHIP, Row, batch, day, row};
use huoshui_kernel::date::Date;
use huoshui_kernel::{Fault, Lang};
use huoshui_supervision::checks::{
    Book, CellProblem, Context, Package, Part, Previous, Report, Verdict, between_banks, explained, run, verdict,
};
use huoshui_supervision::filings::{DISBURSEMENTS, EXPLANATIONS, NOTES, RELATIONSHIPS};
use huoshui_supervision::relations::{Filed, RawTable};

/// Which table of the fixture: this filing's, or the last one's.
#[derive(Clone, Copy, Debug)]
enum T {
    N,
    D,
    R,
    PN,
    PD,
    PR,
}

/// A filing with its predecessor, as rows.
#[derive(Clone)]
struct Filing {
    tables: [Vec<Row>; 6],
    missing: Vec<RawTable>,
    as_of: Date,
    known_institution: bool,
}

impl Filing {
    fn rows(&mut self, table: T) -> &mut Vec<Row> {
        &mut self.tables[table as usize]
    }

    /// The row whose key (note or borrower and line) starts so.
    fn find(&mut self, table: T, key: &str) -> &mut Row {
        let named = |r: &Row| {
            let line = r.get("line_no").map_or("", String::as_str);
            r.get("note_no").map_or_else(|| format!("{}/{line}", r["borrower"]), Clone::clone) == key
        };
        self.rows(table).iter_mut().find(|r| named(r)).unwrap_or_else(|| panic!("no {key}"))
    }

    fn set(&mut self, table: T, key: &str, changes: &str) -> &mut Self {
        for pair in changes.split_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            self.find(table, key).insert(name.to_owned(), value.to_owned());
        }
        self
    }

    fn remove(&mut self, table: T, key: &str) -> &mut Self {
        let row = self.find(table, key).clone();
        self.rows(table).retain(|r| *r != row);
        self
    }

    fn repeat(&mut self, table: T, key: &str) -> &mut Self {
        let row = self.find(table, key).clone();
        self.rows(table).push(row);
        self
    }

    fn package(&self) -> Package {
        let parts = |raw: RawTable, rows: &[Row]| {
            // Two parts, so that rows meet across batches; the header is row 1.
            let (a, b) = rows.split_at(rows.len().min(2));
            let part = |rows: &[Row], first_row| Part { batch: batch(raw.shape(), rows), first_row };
            (!self.missing.contains(&raw)).then(|| vec![part(a, 2), part(b, 2 + a.len() as u64)])
        };
        Package {
            institution: "X".to_owned(),
            as_of: self.as_of,
            notes: parts(RawTable::Notes, &self.tables[0]),
            disbursements: parts(RawTable::Disbursements, &self.tables[1]),
            relationships: parts(RawTable::Relationships, &self.tables[2]),
        }
    }

    fn previous(&self) -> Previous {
        Previous {
            as_of: day("2025-06-30"),
            filed: Filed {
                notes: vec![batch(&NOTES, &self.tables[3])],
                disbursements: vec![batch(&DISBURSEMENTS, &self.tables[4])],
                relationships: vec![batch(&RELATIONSHIPS, &self.tables[5])],
            },
        }
    }

    fn check(&self, problems: &[CellProblem]) -> Report {
        let previous = self.previous();
        let known = |uscc: &str| matches!(uscc, "A" | "B" | "C" | "D");
        let context = Context {
            previous: Some(&previous),
            borrower_known: &known,
            institution_known: self.known_institution,
            cell_problems: problems,
        };
        run(&BOOK, &self.package(), &context).unwrap()
    }
}

static BOOK: LazyLock<Book> = LazyLock::new(|| Book::embedded().unwrap());

const LINE: &str = "credit_limit=20000 commitment=committed valid_from=2023-01-01 valid_to=2026-12-31";

/// A clean filing for 30 September after one for 30 June.
fn clean() -> Filing {
    let notes = [
        "note_no=n1 line_no=L1 balance=800 balance_cny=800",
        "note_no=n2 drawdown_date=2025-02-01 original_maturity=2026-02-01 current_maturity=2026-02-01 rate_kind=lpr lpr_spread_bp=50 main_guarantee=mortgage mitigants=real_estate+personal_guarantor",
        "note_no=n3 drawdown_date=2025-08-01 original_maturity=2026-08-01 current_maturity=2026-08-01 renewal_kind=renewal renewed_from=n0",
        "note_no=n4 borrower=B purpose=merger ma_loan=Y ma_pilot=Y original_maturity=2034-03-01 current_maturity=2034-03-01 main_guarantee=pledge ip_pledge=Y",
        "note_no=n5 borrower=B business_kind=discount drawdown_date=2025-05-01 original_maturity=2025-11-01 current_maturity=2025-11-01",
        "note_no=n6 borrower=C currency=USD balance=100 balance_cny=710 main_guarantee=guarantor mitigants=corporate_guarantor",
        "note_no=n7 borrower=C balance=0 balance_cny=0 written_off=Y five_tier=loss days_past_due=400",
        "note_no=n8 borrower=D days_past_due=30 five_tier=special_mention renewal_kind=extension current_maturity=2026-06-01",
        "note_no=n9 borrower=D business_kind=syndicated_share ma_loan=Y purpose=merger main_guarantee=pledge mitigants=equity original_maturity=2030-03-01 current_maturity=2030-03-01",
    ];
    let drawn = [
        "note_no=n2 drawdown_date=2025-02-01 original_maturity=2026-02-01 amount=1000 main_guarantee=mortgage",
        "note_no=n3 drawdown_date=2025-08-01 original_maturity=2026-08-01 amount=1000 renewal_kind=renewal",
        "note_no=n5 borrower=B business_kind=discount drawdown_date=2025-05-01 original_maturity=2025-11-01 amount=1000",
        "note_no=d1 borrower=C drawdown_date=2025-01-15 original_maturity=2025-07-15 amount=500 first_loan=Y",
    ];
    let ties = [
        format!("line_no=L1 used=900 {LINE}"),
        format!("borrower=B line_no=L2 group_line=G1 {LINE}"),
        format!("borrower=C line_no=L3 group_line=G1 {LINE}"),
        format!("borrower=D line_no=L4 group_line=G1 {LINE}"),
        "borrower=D account_closed_on=2025-08-01".to_owned(),
    ];
    let before = "as_of=2025-06-30";
    let notes_of = |which: &[&str], extra: &str| -> Vec<Row> {
        which.iter().map(|n| row(&format!("{NOTE} {n}"), extra)).collect()
    };
    let mut previous_notes = notes_of(&[&notes[..2], &notes[3..]].concat(), before);
    previous_notes[0].insert("balance".to_owned(), "900".to_owned());
    previous_notes
        .push(row(NOTE, "note_no=n0 as_of=2025-06-30 original_maturity=2025-08-01 current_maturity=2025-08-01"));
    let drawn_of = |which: &[&str], extra: &str| -> Vec<Row> {
        which.iter().map(|d| row(&format!("{DISBURSEMENT} {d}"), extra)).collect()
    };
    let ties_of =
        |extra: &str| -> Vec<Row> { ties.iter().map(|t| row(&format!("{RELATIONSHIP} {t}"), extra)).collect() };
    Filing {
        tables: [
            notes_of(&notes, ""),
            drawn_of(&drawn, ""),
            ties_of(""),
            previous_notes,
            drawn_of(&[drawn[0], drawn[2], drawn[3]], before),
            ties_of(before),
        ],
        missing: Vec::new(),
        as_of: day("2025-09-30"),
        known_institution: true,
    }
}

type Plant = fn(&mut Filing);

/// The code that must be found, and what is planted.
const PLANTED: &[(&str, Plant)] = &[
    ("A-X-001", |f| f.known_institution = false),
    ("A-M-002", |f| f.missing.push(RawTable::Notes)),
    ("A-M-003", |f| f.missing.push(RawTable::Disbursements)),
    ("A-M-004", |f| f.missing.push(RawTable::Relationships)),
    // 1.1 bn now, 5 bn in the last filing.
    ("A-T-001", |f| {
        f.set(T::N, "n1", "balance=1100000000 balance_cny=1100000000 original_amount=6000000000 line_no=");
        f.set(T::PN, "n1", "balance=5000000000 balance_cny=5000000000 original_amount=6000000000 line_no=");
    }),
    ("N-C-001", |f| _ = f.set(T::N, "n1", "institution=Y")),
    ("N-C-002", |f| _ = f.set(T::N, "n1", "as_of=2025-06-30")),
    ("N-C-003", |f| _ = f.set(T::N, "n2", "drawdown_date=2025-10-01")),
    ("N-C-004", |f| _ = f.set(T::N, "n2", "original_maturity=2025-02-01")),
    ("N-C-005", |f| _ = f.set(T::N, "n1", "current_maturity=2024-03-01")),
    ("N-C-006", |f| _ = f.set(T::N, "n1", "current_maturity=2025-11-30")),
    ("N-C-007", |f| _ = f.set(T::N, "n1", "current_maturity=2025-12-02")),
    ("N-C-008", |f| _ = f.set(T::N, "n8", "current_maturity=2025-12-01")),
    ("N-C-010", |f| _ = f.set(T::N, "n1", "balance=-1")),
    ("N-C-011", |f| _ = f.set(T::N, "n1", "balance_cny=-800")),
    ("N-C-012", |f| _ = f.set(T::N, "n1", "balance_cny=799.99")),
    ("N-C-013", |f| _ = f.set(T::N, "n6", "balance_cny=0")),
    ("N-C-014", |f| _ = f.set(T::N, "n1", "balance=1000.01 balance_cny=1000.01")),
    ("N-C-015", |f| _ = f.set(T::N, "n1", "original_amount=0")),
    ("N-C-016", |f| _ = f.set(T::N, "n2", "rate_at_drawdown=36.0001")),
    ("N-C-017", |f| _ = f.set(T::N, "n1", "current_rate=-0.0001")),
    ("N-C-018", |f| _ = f.set(T::N, "n1", "current_rate=24.0001")),
    ("N-M-001", |f| _ = f.set(T::N, "n2", "lpr_spread_bp=")),
    ("N-C-020", |f| _ = f.set(T::N, "n1", "lpr_spread_bp=0")),
    ("N-C-021", |f| _ = f.set(T::N, "n2", "lpr_spread_bp=3001")),
    ("N-C-022", |f| _ = f.set(T::N, "n1", "mitigants=equipment")),
    ("N-C-023", |f| _ = f.set(T::N, "n2", "mitigants=")),
    ("N-C-024", |f| _ = f.set(T::N, "n2", "mitigants=personal_guarantor")),
    ("N-C-025", |f| _ = f.set(T::N, "n9", "mitigants=real_estate")),
    ("N-C-026", |f| _ = f.set(T::N, "n6", "mitigants=deposit")),
    ("N-C-027", |f| _ = f.set(T::N, "n1", "ip_pledge=Y")),
    ("N-C-030", |f| _ = f.set(T::N, "n4", "ma_loan=N")),
    ("N-C-031", |f| _ = f.set(T::N, "n4", "purpose=other")),
    ("N-C-032", |f| _ = f.set(T::N, "n1", "purpose=merger")),
    ("N-C-033", |f| {
        f.set(T::N, "n4", "original_maturity=2034-03-02 current_maturity=2034-03-02");
        f.set(T::PN, "n4", "original_maturity=2034-03-02");
    }),
    ("N-C-034", |f| {
        f.set(T::N, "n9", "original_maturity=2031-03-02 current_maturity=2031-03-02");
        f.set(T::PN, "n9", "original_maturity=2031-03-02");
    }),
    ("N-C-036", |f| {
        f.set(T::N, "n9", "business_kind=advance");
        f.set(T::PN, "n9", "business_kind=advance");
    }),
    ("N-C-040", |f| _ = f.set(T::N, "n1", "days_past_due=-1")),
    ("N-C-041", |f| _ = f.set(T::N, "n8", "days_past_due=91")),
    ("N-C-042", |f| _ = f.set(T::N, "n8", "days_past_due=271 five_tier=substandard")),
    ("N-C-043", |f| _ = f.set(T::N, "n8", "days_past_due=361 five_tier=doubtful")),
    ("N-C-044", |f| _ = f.set(T::N, "n1", "days_past_due=8")),
    ("N-C-045", |f| {
        f.set(T::N, "n1", "original_maturity=2025-09-29 current_maturity=2025-09-29");
        f.set(T::PN, "n1", "original_maturity=2025-09-29");
    }),
    ("N-C-046", |f| _ = f.set(T::N, "n7", "days_past_due=579")), // 578 days since 1 March 2024
    ("N-C-047", |f| _ = f.set(T::N, "n1", "interest_past_due=-0.01")),
    ("N-M-002", |f| _ = f.set(T::N, "n3", "renewed_from=")),
    ("N-C-051", |f| _ = f.set(T::N, "n1", "renewed_from=n2")),
    ("N-C-052", |f| _ = f.set(T::N, "n3", "renewed_from=n3")),
    ("N-C-053", |f| _ = f.set(T::N, "n3", "first_loan=Y")),
    ("N-C-054", |f| {
        f.set(T::N, "n3", "business_kind=syndicated_share");
        f.set(T::D, "n3", "business_kind=syndicated_share");
    }),
    ("N-C-056", |f| _ = f.set(T::N, "n1", "written_off=Y")),
    ("N-C-057", |f| _ = f.set(T::N, "n1", "balance=0 balance_cny=0")),
    ("N-C-058", |f| {
        for t in [T::N, T::D, T::PN, T::PD] {
            f.set(t, "n5", "original_maturity=2026-05-02");
        }
        f.set(T::N, "n5", "current_maturity=2026-05-02");
    }),
    ("N-C-059", |f| {
        for t in [T::N, T::PN] {
            f.set(t, "n1", "business_kind=entrusted first_loan=Y");
        }
    }),
    ("N-X-001", |f| _ = f.repeat(T::N, "n1")),
    ("N-X-002", |f| _ = f.set(T::N, "n2", "borrower=Z")),
    ("N-X-003", |f| _ = f.set(T::N, "n1", "line_no=L9")),
    ("N-X-004", |f| _ = f.set(T::N, "n2", "line_no=L2")),
    ("N-X-005", |f| {
        f.set(T::R, "A/L1", "valid_to=2024-02-29");
    }),
    ("N-X-006", |f| _ = f.set(T::PN, "n0", "borrower=B")),
    ("N-W-001", |f| _ = f.remove(T::D, "n3")),
    ("N-W-002", |f| _ = f.set(T::D, "n3", "amount=999.99")),
    ("N-W-003", |f| _ = f.set(T::D, "n3", "rate_at_drawdown=3.0001")),
    ("N-W-004", |f| _ = f.set(T::D, "n3", "drawdown_date=2025-08-02")),
    ("N-W-005", |f| _ = f.set(T::D, "n3", "borrower=B")),
    ("N-W-006", |f| _ = f.set(T::D, "n3", "original_maturity=2026-08-02")),
    ("N-W-007", |f| _ = f.set(T::D, "n3", "business_kind=advance")),
    ("N-W-008", |f| _ = f.set(T::D, "n2", "first_loan=Y")),
    ("N-W-009", |f| _ = f.set(T::D, "n3", "renewal_kind=refinancing")),
    ("D-C-001", |f| _ = f.set(T::D, "d1", "institution=Y")),
    ("D-C-002", |f| _ = f.set(T::D, "d1", "as_of=2025-06-30")),
    ("D-C-003", |f| _ = f.set(T::D, "n3", "drawdown_date=2024-12-31")),
    ("D-C-004", |f| _ = f.set(T::D, "n3", "amount=0")),
    ("D-C-005", |f| _ = f.set(T::D, "n3", "rate_at_drawdown=-1")),
    ("D-C-006", |f| _ = f.set(T::D, "n3", "original_maturity=2025-08-01")),
    ("D-C-007", |f| _ = f.set(T::D, "n3", "first_loan=Y")),
    ("D-C-008", |f| {
        f.set(T::D, "d1", "rate_at_drawdown=30");
        f.set(T::PD, "d1", "rate_at_drawdown=30");
    }),
    ("D-X-001", |f| _ = f.repeat(T::D, "n3")),
    ("D-X-002", |f| _ = f.set(T::D, "n3", "borrower=Z")),
    ("R-C-001", |f| _ = f.set(T::R, "A/L1", "institution=Y")),
    ("R-C-002", |f| _ = f.set(T::R, "A/L1", "as_of=2025-06-30")),
    ("R-C-003", |f| _ = f.set(T::R, "A/L1", "account_opened_on=2025-10-01")),
    ("R-C-004", |f| _ = f.set(T::R, "D/", "account_closed_on=2019-12-31")),
    ("R-C-005", |f| _ = f.set(T::R, "D/", "account_closed_on=2025-10-01")),
    ("R-M-001", |f| _ = f.set(T::R, "D/", "account_opened_on=")),
    ("R-M-002", |f| _ = f.set(T::R, "D/", "account_opened_on= account_closed_on=")),
    ("R-M-003", |f| _ = f.set(T::R, "D/", "used=0")),
    ("R-M-004", |f| _ = f.set(T::R, "A/L1", "commitment=")),
    ("R-M-005", |f| _ = f.set(T::R, "A/L1", "valid_from=")),
    ("R-M-006", |f| _ = f.set(T::R, "A/L1", "valid_to=")),
    ("R-M-007", |f| _ = f.set(T::R, "A/L1", "credit_limit=")),
    ("R-C-010", |f| _ = f.set(T::R, "A/L1", "valid_to=2022-12-31")),
    ("R-C-011", |f| _ = f.set(T::R, "B/L2", "credit_limit=-1")),
    ("R-C-012", |f| _ = f.set(T::R, "A/L1", "used=-0.01")),
    ("R-C-013", |f| _ = f.set(T::R, "A/L1", "used=20000.01")),
    ("R-X-001", |f| _ = f.repeat(T::R, "A/L1")),
    ("R-X-002", |f| _ = f.set(T::R, "D/", "borrower=Z")),
    ("R-W-001", |f| _ = f.set(T::R, "A/L1", "used=799.99")),
    ("R-W-002", |f| _ = f.set(T::R, "A/L1", "used=")),
    ("R-W-003", |f| _ = f.set(T::R, "B/L2", "credit_limit=19999")),
    ("R-W-004", |f| _ = f.set(T::R, "A/L1", "account_closed_on=2025-09-30")),
    ("N-T-001", |f| _ = f.set(T::PN, "n1", "borrower=B")),
    ("N-T-002", |f| _ = f.set(T::PN, "n1", "drawdown_date=2024-03-02")),
    ("N-T-003", |f| _ = f.set(T::PN, "n1", "original_maturity=2025-11-01")),
    ("N-T-004", |f| _ = f.set(T::PN, "n1", "original_amount=1001")),
    ("N-T-005", |f| _ = f.set(T::PN, "n6", "currency=EUR")),
    ("N-T-006", |f| _ = f.set(T::PN, "n1", "rate_at_drawdown=3.1")),
    ("N-T-007", |f| _ = f.set(T::PN, "n1", "business_kind=advance")),
    ("N-T-008", |f| _ = f.set(T::PN, "n1", "first_loan=Y")),
    ("N-T-009", |f| _ = f.set(T::PN, "n1", "contract_no=old")),
    ("N-T-010", |f| _ = f.remove(T::PN, "n1")),
    ("N-T-011", |f| _ = f.set(T::PN, "n1", "balance=799.99")),
    ("N-T-012", |f| _ = f.set(T::PN, "n1", "written_off=Y")),
    ("N-T-013", |f| _ = f.set(T::PN, "n1", "five_tier=doubtful")),
    ("N-T-014", |f| _ = f.set(T::PN, "n9", "ma_pilot=Y")),
    ("P-T-001", |f| _ = f.set(T::PN, "n0", "five_tier=loss")),
    ("P-T-002", |f| _ = f.remove(T::D, "d1")),
    ("D-T-001", |f| _ = f.set(T::PD, "d1", "amount=501")),
    ("D-T-002", |f| _ = f.set(T::PD, "d1", "rate_at_drawdown=3.1")),
    ("D-T-003", |f| _ = f.set(T::PD, "d1", "borrower=B")),
    ("R-T-001", |f| _ = f.set(T::PR, "A/L1", "account_opened_on=2019-01-01")),
    ("R-T-002", |f| {
        f.set(T::R, "A/L1", "credit_limit=100000000.01");
        f.set(T::PR, "A/L1", "credit_limit=10000000");
    }),
];

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
