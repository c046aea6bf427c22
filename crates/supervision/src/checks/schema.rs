//! The columns that checks may name: the table's own, and those joined to it.

use huoshui_formula::compile::Params;
use huoshui_formula::{Schema, Type, Value};
use huoshui_kernel::Date;
use huoshui_kernel::date::{days, year_start};
use huoshui_kernel::fault::Result;

use super::book::CheckTable;
use crate::filings;
use crate::relations::{RawTable, type_of};

/// Places in messages that are filled from the filing itself.
pub(super) const PLACES: [&str; 4] = ["filer", "period", "previous", "count"];

/// How a joined column is found; the prefix says from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// Which repetition of its key the row is, from 1.
    Occurrence,
    BorrowerKnown,
    LineExists,
    LineOfBorrower,
    DisbExists,
    DisbBorrowerKnown,
    RenewedBorrower,
    PrevExists,
    NowExists,
    DrawnBalance,
    GroupLimit,
    /// A column of the relationship with this line and borrower.
    Line(&'static str),
    /// A column of the disbursement of this note.
    Disb(&'static str),
    /// A column of the row of this key in the last filing.
    Prev(&'static str),
}

/// The filed table behind a check's table.
pub(super) fn raw(table: CheckTable) -> Option<RawTable> {
    match table {
        CheckTable::Notes | CheckTable::PreviousNotes => Some(RawTable::Notes),
        CheckTable::Disbursements | CheckTable::PreviousDisbursements => Some(RawTable::Disbursements),
        CheckTable::Relationships => Some(RawTable::Relationships),
        CheckTable::Any | CheckTable::Filing | CheckTable::BetweenBanks => None,
    }
}

/// The joined columns of a table, with their names and types.
pub(super) fn joined(table: CheckTable) -> Vec<(String, Type, Joined)> {
    let mut out: Vec<(String, Type, Joined)> = Vec::new();
    let mut add = |name: &str, ty, what| out.push((name.to_owned(), ty, what));
    match table {
        CheckTable::Notes => {
            add("occurrence", Type::Int, Joined::Occurrence);
            add("borrower_known", Type::Bool, Joined::BorrowerKnown);
            add("line_exists", Type::Bool, Joined::LineExists);
            add("line_of_borrower", Type::Bool, Joined::LineOfBorrower);
            add("disb_exists", Type::Bool, Joined::DisbExists);
            add("disb_borrower_known", Type::Bool, Joined::DisbBorrowerKnown);
            add("renewed_borrower", Type::Text, Joined::RenewedBorrower);
        }
        CheckTable::Disbursements => {
            add("occurrence", Type::Int, Joined::Occurrence);
            add("borrower_known", Type::Bool, Joined::BorrowerKnown);
        }
        CheckTable::Relationships => {
            add("occurrence", Type::Int, Joined::Occurrence);
            add("borrower_known", Type::Bool, Joined::BorrowerKnown);
            add("drawn_balance", Type::Money, Joined::DrawnBalance);
            add("group_limit", Type::Money, Joined::GroupLimit);
        }
        CheckTable::PreviousNotes | CheckTable::PreviousDisbursements => {
            add("now_exists", Type::Bool, Joined::NowExists);
        }
        CheckTable::Any | CheckTable::Filing | CheckTable::BetweenBanks => {}
    }
    if table == CheckTable::Notes {
        for c in filings::RELATIONSHIPS.columns.iter().filter(|c| c.name != "line_no") {
            add(&format!("line_{}", c.name), type_of(c.kind), Joined::Line(c.name));
        }
        for c in filings::DISBURSEMENTS.columns {
            add(&format!("disb_{}", c.name), type_of(c.kind), Joined::Disb(c.name));
        }
    }
    if let (Some(raw), true) =
        (raw(table), matches!(table, CheckTable::Notes | CheckTable::Disbursements | CheckTable::Relationships))
    {
        add("prev_exists", Type::Bool, Joined::PrevExists);
        for c in raw.shape().columns {
            add(&format!("prev_{}", c.name), type_of(c.kind), Joined::Prev(c.name));
        }
    }
    out
}

/// The columns of the filing as a whole.
const FILING: [(&str, Type); 12] = [
    ("institution", Type::Text),
    ("as_of", Type::Date),
    ("institution_known", Type::Bool),
    ("quarter_end", Type::Bool),
    ("has_notes", Type::Bool),
    ("has_disbursements", Type::Bool),
    ("has_relationships", Type::Bool),
    ("note_count", Type::Int),
    ("loan_balance", Type::Money),
    ("prev_exists", Type::Bool),
    ("prev_note_count", Type::Int),
    ("prev_loan_balance", Type::Money),
];

/// Everything that a check of this table may name.
pub(super) fn of(table: CheckTable) -> Result<Schema> {
    if table == CheckTable::Filing {
        return Schema::new(FILING);
    }
    let own = raw(table).map(|r| r.shape().columns).unwrap_or_default();
    let own = own.iter().map(|c| (c.name.to_owned(), type_of(c.kind)));
    Schema::new(own.chain(joined(table).into_iter().map(|(name, ty, _)| (name, ty))))
}

/// Which columns of the row itself a joined column hangs on: a mistake in them is not reported again through the join.
pub(super) fn hangs_on(table: CheckTable, joined: Joined) -> &'static [&'static str] {
    let key: &[&str] = raw(table).map(|r| r.shape().key).unwrap_or_default();
    match joined {
        Joined::Occurrence | Joined::DisbExists | Joined::DisbBorrowerKnown | Joined::Disb(_) => key,
        Joined::PrevExists | Joined::NowExists | Joined::Prev(_) => key,
        Joined::BorrowerKnown => &["borrower"],
        Joined::LineExists => &["line_no"],
        Joined::LineOfBorrower | Joined::Line(_) | Joined::DrawnBalance => &["borrower", "line_no"],
        Joined::RenewedBorrower => &["renewed_from"],
        Joined::GroupLimit => &["group_line"],
    }
}

/// The filing that parameters are taken from; without one, typed NULLs, for checking formulas.
pub(super) fn parameters(filing: Option<(&str, Date, Option<Date>)>) -> Params {
    let date = |d: Option<Date>| d.map_or(Value::Null, |d| Value::Date(days(d)));
    let institution = filing.map_or(Value::Null, |(i, ..)| Value::Text(i.into()));
    let as_of = filing.map(|(_, as_of, _)| as_of);
    Params::new()
        .with("institution", Type::Text, institution)
        .with("as_of", Type::Date, date(as_of))
        .with("year_start", Type::Date, date(as_of.map(year_start)))
        .with("previous_as_of", Type::Date, date(filing.and_then(|(.., p)| p)))
}
