//! The kinds of mistakes: which row they suit, what they do to it, and which check must find them. Each is made so that
//! one check finds it and no other does.

use super::Filing;
use super::sheet::Sheet;

/// The table that a mistake is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Notes,
    Disbursements,
    Relationships,
}

impl Table {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Disbursements => "disbursements",
            Self::Relationships => "relationships",
        }
    }
}

/// What is done to the row.
#[derive(Clone, Copy)]
pub(super) enum Edit {
    /// The field gets this text.
    Set(&'static str),
    /// The field gets a text made from the row's.
    Make(fn(&Sheet, usize) -> String),
    /// These fields get one text made from the row's.
    All(&'static [&'static str], fn(&Sheet, usize) -> String),
    /// The row comes a second time, at the end.
    Repeat,
    /// The note's disbursement is left out.
    DropDisbursement,
}

/// A kind of mistake.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) table: Table,
    /// The field that the finding names; it is also the one that is edited, unless the edit says otherwise.
    pub(super) field: &'static str,
    pub(super) check: &'static str,
    /// Rows that it suits.
    pub(super) suits: fn(&Filing, usize) -> bool,
    pub(super) edit: Edit,
}

/// Every kind. What removes rows stands first, so that row numbers written down later stay true.
pub(super) const KINDS: &[Kind] = &[
    note("missing_disbursement", "note_no", "N-W-001", |f, i| this_year(f, i) && plain(f, i), Edit::DropDisbursement),
    note("bad_uscc", "borrower", "A-F-003", plain, Edit::Make(|s, i| wrong_check(s.get(i, "borrower")))),
    note("bad_date", "drawdown_date", "A-F-002", plain, Edit::Set("2025-02-30")),
    note("missing_cell", "product", "A-M-001", plain, Edit::Set("")),
    note("unknown_code", "purpose", "A-F-004", plain, Edit::Set("speculation")),
    note("three_decimals", "balance", "A-F-001", plain, Edit::Make(|s, i| format!("{}5", s.get(i, "balance")))),
    note(
        "formula_injection",
        "product",
        "A-F-006",
        plain,
        Edit::Set("=HYPERLINK(\"http://example.invalid\",\"贷款\")"),
    ),
    note("other_institution", "institution", "N-C-001", plain, Edit::Set("B9999")),
    note("other_date", "as_of", "N-C-002", plain, Edit::Make(|s, i| year_before(s.get(i, "as_of")))),
    note("drawn_after_as_of", "drawdown_date", "N-C-003", plain, Edit::Make(|s, i| next_month(s.get(i, "as_of")))),
    note(
        "maturity_before_drawdown",
        "original_maturity",
        "N-C-004",
        plain,
        Edit::Make(|s, i| year_before(s.get(i, "drawdown_date"))),
    ),
    note("negative_balance", "balance", "N-C-010", plain, Edit::Make(|s, i| format!("-{}", s.get(i, "balance")))),
    note("cny_mismatch", "balance_cny", "N-C-012", plain, Edit::Make(|s, i| less(s.get(i, "balance_cny")))),
    note(
        "balance_over_amount",
        "balance",
        "N-C-014",
        off_line,
        Edit::All(&["balance", "balance_cny"], |s, i| format!("9{}", s.get(i, "original_amount"))),
    ),
    note("rate_out_of_range", "rate_at_drawdown", "N-C-016", plain, Edit::Set("345.0000")),
    note(
        "missing_spread",
        "lpr_spread_bp",
        "N-M-001",
        |f, i| plain(f, i) && f.notes.get(i, "rate_kind") == "lpr",
        Edit::Set(""),
    ),
    note(
        "credit_with_mitigant",
        "mitigants",
        "N-C-022",
        |f, i| plain(f, i) && guarantee(f, i, "credit"),
        Edit::Set("real_estate"),
    ),
    note(
        "guarantor_without_mitigant",
        "mitigants",
        "N-C-023",
        |f, i| plain(f, i) && guarantee(f, i, "guarantor"),
        Edit::Set(""),
    ),
    note("pilot_without_merger", "ma_pilot", "N-C-030", plain, Edit::Set("Y")),
    note(
        "overdue_yet_normal",
        "five_tier",
        "N-C-041",
        |f, i| plain(f, i) && !this_year(f, i),
        Edit::All(&["days_past_due"], |_, _| "100".to_owned()),
    ),
    note("written_off_with_balance", "written_off", "N-C-056", off_line, Edit::Set("Y")),
    note(
        "renewal_of_nothing",
        "renewed_from",
        "N-M-002",
        |f, i| alone(f, i) && f.notes.get(i, "renewal_kind") == "renewal",
        Edit::Set(""),
    ),
    note(
        "unknown_line",
        "line_no",
        "N-X-003",
        |f, i| plain(f, i) && !f.notes.get(i, "line_no").is_empty(),
        Edit::Set("SX0000000000"),
    ),
    note("unknown_borrower", "borrower", "N-X-002", off_line, Edit::Make(|s, i| nobody(s.get(i, "borrower")))),
    note(
        "changed_amount",
        "original_amount",
        "N-T-004",
        |f, i| plain(f, i) && !this_year(f, i),
        Edit::Make(|s, i| format!("9{}", s.get(i, "original_amount"))),
    ),
    note("duplicate_note", "note_no", "N-X-001", off_line, Edit::Repeat),
    drawn("drawn_last_year", "drawdown_date", "D-C-003", Edit::Make(|s, i| year_before(s.get(i, "drawdown_date")))),
    drawn("amount_not_positive", "amount", "D-C-004", Edit::Set("0.00")),
    drawn("duplicate_disbursement", "note_no", "D-X-001", Edit::Repeat),
    line("used_below_drawn", "used", "R-W-001", drawn_under, Edit::Set("0.01")),
    line("negative_limit", "credit_limit", "R-C-011", own_line, Edit::Set("-1.00")),
    line(
        "line_ends_before_it_begins",
        "valid_to",
        "R-C-010",
        own_line,
        Edit::Make(|s, i| year_before(s.get(i, "valid_from"))),
    ),
    line("line_without_limit", "credit_limit", "R-M-007", own_line, Edit::Set("")),
    line(
        "account_opened_later",
        "account_opened_on",
        "R-C-003",
        own_line,
        Edit::Make(|s, i| next_month(s.get(i, "as_of"))),
    ),
    line("unknown_enterprise", "borrower", "R-X-002", no_line, Edit::Make(|s, i| nobody(s.get(i, "borrower")))),
];

type Suits = fn(&Filing, usize) -> bool;

const fn note(name: &'static str, field: &'static str, check: &'static str, suits: Suits, edit: Edit) -> Kind {
    Kind { name, table: Table::Notes, field, check, suits, edit }
}

const fn drawn(name: &'static str, field: &'static str, check: &'static str, edit: Edit) -> Kind {
    Kind { name, table: Table::Disbursements, field, check, suits: plain_disbursement, edit }
}

const fn line(name: &'static str, field: &'static str, check: &'static str, suits: Suits, edit: Edit) -> Kind {
    Kind { name, table: Table::Relationships, field, check, suits, edit }
}

/// A note that nothing else hangs on: CNY, normal, no renewal of or by it.
fn plain(filing: &Filing, row: usize) -> bool {
    alone(filing, row) && filing.notes.get(row, "renewal_kind") == "none"
}

fn alone(filing: &Filing, row: usize) -> bool {
    let notes = &filing.notes;
    let is = |field: &str, text: &str| notes.get(row, field) == text;
    is("currency", "CNY")
        && is("business_kind", "loan")
        && is("five_tier", "normal")
        && is("first_loan", "N")
        && is("ma_loan", "N")
        && is("ip_pledge", "N")
        && is("transferred", "N")
        && is("written_off", "N")
        && notes.get(row, "original_maturity") == notes.get(row, "current_maturity")
        && notes.get(row, "current_maturity") > notes.get(row, "as_of")
        && !filing.renewed.contains(notes.get(row, "note_no"))
}

fn this_year(filing: &Filing, row: usize) -> bool {
    filing.notes.get(row, "drawdown_date").get(..4) == filing.notes.get(row, "as_of").get(..4)
}

/// Not drawn under a line, so that no line's use contradicts an edited balance as well.
fn off_line(filing: &Filing, row: usize) -> bool {
    plain(filing, row) && filing.notes.get(row, "line_no").is_empty()
}

fn guarantee(filing: &Filing, row: usize, code: &str) -> bool {
    filing.notes.get(row, "main_guarantee") == code
}

/// A loan that is not on the books any more, so that no note looks it up.
fn plain_disbursement(filing: &Filing, row: usize) -> bool {
    let sheet = &filing.disbursements;
    sheet.get(row, "business_kind") == "loan"
        && sheet.get(row, "renewal_kind") == "none"
        && sheet.get(row, "first_loan") == "N"
        && !filing.note_numbers.contains(sheet.get(row, "note_no"))
}

/// A committed line of its own, nothing drawn under it.
fn own_line(filing: &Filing, row: usize) -> bool {
    let sheet = &filing.relationships;
    !sheet.get(row, "line_no").is_empty()
        && sheet.get(row, "group_line").is_empty()
        && sheet.get(row, "account_closed_on").is_empty()
        && !filing.lines_drawn.contains(sheet.get(row, "line_no"))
        && !filing.borrowers.contains(sheet.get(row, "borrower"))
}

fn drawn_under(filing: &Filing, row: usize) -> bool {
    let sheet = &filing.relationships;
    sheet.get(row, "group_line").is_empty() && filing.lines_drawn.contains(sheet.get(row, "line_no"))
}

/// An account without a line or a note.
fn no_line(filing: &Filing, row: usize) -> bool {
    let sheet = &filing.relationships;
    sheet.get(row, "line_no").is_empty() && !filing.borrowers.contains(sheet.get(row, "borrower"))
}

/// The same code with another last character.
fn wrong_check(code: &str) -> String {
    let mut text: String = code.chars().take(17).collect();
    text.push(if code.ends_with('0') { '1' } else { '0' });
    text
}

/// A valid code that no firm of the city has: theirs begin with MA in place 9.
pub(super) fn nobody(code: &str) -> String {
    let tail = code.get(10..16).unwrap_or("000000");
    huoshui_kernel::uscc::Uscc::compose("91", "110000", &format!("MF{tail}"))
        .map_or_else(|_| String::new(), |u| u.as_str().to_owned())
}

/// The same day a year earlier, as text; 29 February becomes the 28th.
fn year_before(date: &str) -> String {
    let year: i32 = date.get(..4).and_then(|y| y.parse().ok()).unwrap_or(2_001);
    let rest = date.get(4..).unwrap_or("-01-01");
    format!("{:04}{}", year - 1, if rest == "-02-29" { "-02-28" } else { rest })
}

/// The fifteenth of the month after a quarter's end.
fn next_month(date: &str) -> String {
    huoshui_kernel::date::parse(date)
        .ok()
        .and_then(|d| huoshui_kernel::date::add_months(d, 1))
        .map_or_else(String::new, |d| format!("{:04}-{:02}-15", d.year(), d.month()))
}

/// An amount with its first digit lowered: still positive where it was over one.
fn less(amount: &str) -> String {
    huoshui_kernel::money::Fen::parse_yuan(amount)
        .map_or_else(|_| String::new(), |fen| huoshui_kernel::money::Fen(fen.0 - 100).to_string())
}
