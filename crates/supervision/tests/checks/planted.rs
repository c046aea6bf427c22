//! One mistake for each check.

use huoshui_supervision::relations::RawTable;

use crate::fixture::{Filing, T};

pub type Plant = fn(&mut Filing);

/// The code that must be found, and what is planted.
pub const PLANTED: &[(&str, Plant)] = &[
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
