//! A clean filing with its predecessor, as rows that a test may change.

use std::sync::LazyLock;

use huoshui_kernel::date::Date;
use huoshui_supervision::checks::{Book, CellProblem, Context, Package, Part, Previous, Report, run};
use huoshui_supervision::filings::{DISBURSEMENTS, NOTES, RELATIONSHIPS};
use huoshui_supervision::relations::{Filed, RawTable};

use crate::common::{DISBURSEMENT, NOTE, RELATIONSHIP, Row, batch, day, row};

/// Which table of the fixture: this filing's, or the last one's.
#[derive(Clone, Copy, Debug)]
pub enum T {
    N,
    D,
    R,
    PN,
    PD,
    PR,
}

/// A filing with its predecessor, as rows.
#[derive(Clone)]
pub struct Filing {
    pub tables: [Vec<Row>; 6],
    pub missing: Vec<RawTable>,
    pub as_of: Date,
    pub known_institution: bool,
}

impl Filing {
    pub fn rows(&mut self, table: T) -> &mut Vec<Row> {
        &mut self.tables[table as usize]
    }

    /// The row whose key (note or borrower and line) starts so.
    pub fn find(&mut self, table: T, key: &str) -> &mut Row {
        let named = |r: &Row| {
            let line = r.get("line_no").map_or("", String::as_str);
            r.get("note_no").map_or_else(|| format!("{}/{line}", r["borrower"]), Clone::clone) == key
        };
        self.rows(table).iter_mut().find(|r| named(r)).unwrap_or_else(|| panic!("no {key}"))
    }

    pub fn set(&mut self, table: T, key: &str, changes: &str) -> &mut Self {
        for pair in changes.split_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            self.find(table, key).insert(name.to_owned(), value.to_owned());
        }
        self
    }

    pub fn remove(&mut self, table: T, key: &str) -> &mut Self {
        let row = self.find(table, key).clone();
        self.rows(table).retain(|r| *r != row);
        self
    }

    pub fn repeat(&mut self, table: T, key: &str) -> &mut Self {
        let row = self.find(table, key).clone();
        self.rows(table).push(row);
        self
    }

    pub fn package(&self) -> Package {
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

    pub fn previous(&self) -> Previous {
        Previous {
            as_of: day("2025-06-30"),
            filed: Filed {
                notes: vec![batch(&NOTES, &self.tables[3])],
                disbursements: vec![batch(&DISBURSEMENTS, &self.tables[4])],
                relationships: vec![batch(&RELATIONSHIPS, &self.tables[5])],
            },
        }
    }

    pub fn check(&self, problems: &[CellProblem]) -> Report {
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

pub static BOOK: LazyLock<Book> = LazyLock::new(|| Book::embedded().unwrap());

pub const LINE: &str = "credit_limit=20000 commitment=committed valid_from=2023-01-01 valid_to=2026-12-31";

/// A clean filing for 30 September after one for 30 June.
pub fn clean() -> Filing {
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
