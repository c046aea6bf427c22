//! Small makers of rows.
#![allow(dead_code, reason = "each test file uses its part")]

use huoshui_kernel::{Date, Fen, Uscc, date};
use huoshui_registry::{EnterpriseRow, Enterprises, Reference, RosterRow, Tier, enterprise};

pub fn day(text: &str) -> Date {
    date::parse(text).unwrap()
}

pub fn reference() -> &'static Reference {
    Reference::built_in().unwrap()
}

/// The n-th firm of the tests.
pub fn firm(n: u32) -> Uscc {
    Uscc::compose("91", "110108", &format!("{n:08}")).unwrap()
}

/// A row of a list with a term of three years from a date, its certificate named after firm, tier and first year.
pub fn listed(n: u32, tier: Tier, from: &str) -> RosterRow {
    let valid_from = day(from);
    RosterRow {
        uscc: firm(n),
        name: format!("第{n}科技有限公司"),
        district: "海淀区".into(),
        tier,
        certificate_no: format!("{}-{n}-{}", tier.code(), valid_from.year()),
        valid_from,
        valid_to: date::add_months(valid_from, 36).unwrap().yesterday().unwrap(),
        batch: format!("{}年", valid_from.year()),
    }
}

/// A software firm of twelve people and 600,000 yuan of revenue: small.
pub fn registered(n: u32) -> EnterpriseRow {
    EnterpriseRow {
        uscc: firm(n),
        name: format!("第{n}科技有限公司"),
        former_name: None,
        district: "110108".into(),
        industry: "I6510".into(),
        employees: 12,
        revenue: Fen(60_000_000),
        assets: Fen(100_000_000),
        founded_on: day("2015-05-05"),
        capital: Fen(500_000_000),
    }
}

pub fn register(files: &[(&str, Vec<EnterpriseRow>)]) -> Enterprises {
    let mut enterprises = Enterprises::new();
    for (date, rows) in files {
        enterprises.put(day(date), enterprise::check(rows, day(date), reference()).unwrap());
    }
    enterprises
}
