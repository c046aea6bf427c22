use std::collections::HashMap;
use std::sync::Arc;

use huoshui_kernel::{Date, Fault, Fen, Uscc};
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::reference::{DistrictCode, IndustryCode, Reference};
use crate::refusal::{MAX_ROWS, Refusal, row_number};

/// A row of the table [`crate::shapes::ENTERPRISES`], as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseRow {
    /// Whose row.
    pub uscc: Uscc,
    /// Registered name.
    pub name: String,
    /// The name before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_name: Option<String>,
    /// Code or name.
    pub district: String,
    /// GB/T 4754 class.
    pub industry: String,
    /// Persons, end of last year.
    pub employees: i64,
    /// Of last year.
    pub revenue: Fen,
    /// End of last year.
    pub assets: Fen,
    /// Founding date.
    pub founded_on: Date,
    /// Registered capital.
    pub capital: Fen,
}

/// What is registered of an enterprise, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enterprise {
    /// Who.
    pub uscc: Uscc,
    /// Registered name.
    pub name: Arc<str>,
    /// The name before.
    pub former_name: Option<Arc<str>>,
    /// Where.
    pub district: DistrictCode,
    /// What it does.
    pub industry: IndustryCode,
    /// Persons, end of last year.
    pub employees: i64,
    /// Of last year.
    pub revenue: Fen,
    /// End of last year.
    pub assets: Fen,
    /// Founding date.
    pub founded_on: Date,
    /// Registered capital.
    pub capital: Fen,
}

impl EnterpriseRow {
    /// The checked record of a file of this date, or every fault of the row. `row` is the row's number in its file.
    fn check(&self, row: u64, date: Date, reference: &Reference, refusal: &mut Refusal) -> Option<Enterprise> {
        let before = refusal.count;
        let name = self.name.trim();
        if name.is_empty() {
            refusal.push(Fault::new(&faults::FIELD_EMPTY).with("field", "name").field("name").row(row));
        }
        let district = reference.districts.find(&self.district, date).map(|d| d.code);
        let industry = reference.industries.find(&self.industry);
        for (field, value) in [("revenue", self.revenue), ("assets", self.assets), ("capital", self.capital)] {
            if value < Fen::ZERO {
                refusal.push(negative(field, value).row(row));
            }
        }
        if self.employees < 0 {
            refusal.push(negative("employees", self.employees).row(row));
        }
        if self.founded_on > date {
            let fault = Fault::new(&faults::FOUNDED_LATER).with("founded_on", self.founded_on).with("date", date);
            refusal.push(fault.field("founded_on").row(row));
        }
        match (district, industry) {
            (Ok(district), Ok(industry)) if refusal.count == before => Some(Enterprise {
                uscc: self.uscc,
                name: name.into(),
                former_name: self.former_name.as_deref().map(str::trim).filter(|n| !n.is_empty()).map(Arc::from),
                district,
                industry,
                employees: self.employees,
                revenue: self.revenue,
                assets: self.assets,
                founded_on: self.founded_on,
                capital: self.capital,
            }),
            (district, industry) => {
                for fault in [district.err().map(|f| f.field("district")), industry.err().map(|f| f.field("industry"))]
                {
                    fault.into_iter().for_each(|f| refusal.push(f.row(row)));
                }
                None
            }
        }
    }
}

fn negative(field: &'static str, value: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::NEGATIVE).with("field", field).with("value", value).field(field)
}

/// Checks a whole file of `date`: every row typed, or every fault. No USCC may come twice.
pub fn check(rows: &[EnterpriseRow], date: Date, reference: &Reference) -> Result<Vec<Enterprise>, Refusal> {
    if rows.len() > MAX_ROWS {
        return Err(Fault::new(&faults::TOO_MANY_ROWS).with("rows", rows.len()).with("limit", MAX_ROWS).into());
    }
    let mut refusal = Refusal::default();
    let mut seen: HashMap<Uscc, u64> = HashMap::with_capacity(rows.len());
    let mut checked = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        let number = row_number(i);
        if let Some(first) = seen.insert(row.uscc, number) {
            let fault = Fault::new(&faults::DUPLICATE).with("key", row.uscc).with("first", first);
            refusal.push(fault.field("uscc").row(number));
        }
        checked.extend(row.check(number, date, reference, &mut refusal));
    }
    refusal.or(checked)
}
