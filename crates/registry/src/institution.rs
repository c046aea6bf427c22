//! Institutions (banks, insurers …) and municipal departments.

use std::collections::{BTreeMap, HashMap};

use huoshui_kernel::shape::CodeName;
use huoshui_kernel::{DepartmentCode, Fault, InstitutionCode};
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::refusal::{MAX_ROWS, Refusal, row_number};
use crate::shapes::{FUNDING, INSTITUTION_KIND};

/// What an institution is; the codes of [`INSTITUTION_KIND`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are in the shape")]
pub enum InstitutionKind {
    PolicyBank,
    LargeBank,
    JointStockBank,
    CityBank,
    RuralBank,
    VillageBank,
    PrivateBank,
    ForeignBank,
    FinanceCompany,
    PropertyInsurer,
    LifeInsurer,
    Guarantor,
}

impl InstitutionKind {
    /// All, in the order of [`INSTITUTION_KIND`].
    pub const ALL: [Self; 12] = [
        Self::PolicyBank,
        Self::LargeBank,
        Self::JointStockBank,
        Self::CityBank,
        Self::RuralBank,
        Self::VillageBank,
        Self::PrivateBank,
        Self::ForeignBank,
        Self::FinanceCompany,
        Self::PropertyInsurer,
        Self::LifeInsurer,
        Self::Guarantor,
    ];

    /// The code with its names.
    #[must_use]
    pub fn names(self) -> Option<&'static CodeName> {
        // Declared in the same order, which a test holds.
        INSTITUTION_KIND.get(self as usize)
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.names().map_or("", |n| n.code)
    }

    /// The kind of a code, or of its Chinese name.
    #[must_use]
    pub fn from_code(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.names().is_some_and(|n| n.code == text || n.zh == text))
    }

    /// Whether such an institution lends, and so may file loans.
    #[must_use]
    pub const fn lends(self) -> bool {
        !matches!(self, Self::PropertyInsurer | Self::LifeInsurer | Self::Guarantor)
    }
}

/// Whose capital; the codes of [`FUNDING`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are in the shape")]
pub enum Funding {
    Chinese,
    Foreign,
}

impl Funding {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "chinese",
            Self::Foreign => "foreign",
        }
    }

    /// The funding of a code, or of its Chinese name.
    #[must_use]
    pub fn from_code(text: &str) -> Option<Self> {
        [Self::Chinese, Self::Foreign]
            .into_iter()
            .find(|f| FUNDING.iter().any(|n| n.code == f.code() && (n.code == text || n.zh == text)))
    }
}

/// A row of [`crate::shapes::INSTITUTIONS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstitutionRow {
    /// Its code.
    pub code: InstitutionCode,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What it is.
    pub kind: InstitutionKind,
    /// Whose capital.
    pub funding: Funding,
    /// Whether it files loans.
    pub files_loans: bool,
}

/// A row of [`crate::shapes::DEPARTMENTS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentRow {
    /// Its code.
    pub code: DepartmentCode,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// A department as registered; the row says all.
pub type Department = DepartmentRow;

/// The institutions of the city, by code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Institutions {
    rows: BTreeMap<InstitutionCode, InstitutionRow>,
}

impl Institutions {
    /// Checks a whole table: codes and Chinese names once each, no name empty, only lenders file loans.
    pub fn from_rows(rows: Vec<InstitutionRow>) -> Result<Self, Refusal> {
        let mut refusal = Refusal::default();
        check_names(rows.iter().map(|r| (r.code.as_str(), r.name_zh.as_str(), r.name_en.as_str())), &mut refusal);
        for (i, row) in rows.iter().enumerate().filter(|(_, r)| r.files_loans && !r.kind.lends()) {
            let (zh, en) = row.kind.names().map_or(("", ""), |n| (n.zh, n.en));
            let fault =
                Fault::new(&faults::NOT_A_LENDER).with("name", &row.name_zh).with("kind", zh).with("kind_en", en);
            refusal.push(fault.field("files_loans").row(row_number(i)));
        }
        refusal.or(()).map(|()| Self { rows: rows.into_iter().map(|r| (r.code.clone(), r)).collect() })
    }

    /// The institution with this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&InstitutionRow> {
        self.rows.get(code)
    }

    /// All, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = &InstitutionRow> {
        self.rows.values()
    }

    /// Those that file loans.
    pub fn lenders(&self) -> impl Iterator<Item = &InstitutionRow> {
        self.iter().filter(|r| r.files_loans)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The departments of the city, by code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Departments {
    rows: BTreeMap<DepartmentCode, DepartmentRow>,
}

impl Departments {
    /// Checks a whole table: codes and Chinese names once each, no name empty.
    pub fn from_rows(rows: Vec<DepartmentRow>) -> Result<Self, Refusal> {
        let mut refusal = Refusal::default();
        check_names(rows.iter().map(|r| (r.code.as_str(), r.name_zh.as_str(), r.name_en.as_str())), &mut refusal);
        refusal.or(()).map(|()| Self { rows: rows.into_iter().map(|r| (r.code.clone(), r)).collect() })
    }

    /// The department with this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&DepartmentRow> {
        self.rows.get(code)
    }

    /// All, in the order of codes.
    pub fn iter(&self) -> impl Iterator<Item = &DepartmentRow> {
        self.rows.values()
    }
}

/// Rows of (code, Chinese name, English name): no name empty, no code or Chinese name twice.
fn check_names<'a>(rows: impl ExactSizeIterator<Item = (&'a str, &'a str, &'a str)>, refusal: &mut Refusal) {
    if rows.len() > MAX_ROWS {
        refusal.push(Fault::new(&faults::TOO_MANY_ROWS).with("rows", rows.len()).with("limit", MAX_ROWS));
        return;
    }
    let mut seen: HashMap<(&str, &str), u64> = HashMap::new();
    for (i, (code, zh, en)) in rows.enumerate() {
        let row = row_number(i);
        for (field, name) in [("name_zh", zh), ("name_en", en)] {
            if name.trim().is_empty() {
                refusal.push(Fault::new(&faults::FIELD_EMPTY).with("field", field).field(field).row(row));
            }
        }
        for (field, key) in [("code", code), ("name_zh", zh)] {
            if let Some(first) = seen.insert((field, key), row) {
                let fault = Fault::new(&faults::DUPLICATE).with("key", key).with("first", first);
                refusal.push(fault.field(field).row(row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(code: &str, name: &str) -> InstitutionRow {
        InstitutionRow {
            code: InstitutionCode::parse(code).unwrap(),
            name_zh: name.into(),
            name_en: format!("Bank {code}"),
            kind: InstitutionKind::CityBank,
            funding: Funding::Chinese,
            files_loans: true,
        }
    }

    #[test]
    fn codes_are_those_of_the_file_shapes() {
        for (kind, shape) in InstitutionKind::ALL.into_iter().zip(INSTITUTION_KIND) {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", shape.code));
            assert_eq!(InstitutionKind::from_code(shape.code), Some(kind));
            assert_eq!(InstitutionKind::from_code(shape.zh), Some(kind));
        }
        assert_eq!(InstitutionKind::ALL.len(), INSTITUTION_KIND.len());
        for shape in FUNDING {
            assert_eq!(Funding::from_code(shape.zh).unwrap().code(), shape.code);
        }
    }

    #[test]
    fn a_table_is_taken_whole_and_found_by_code() {
        let mut insurer = bank("P001", "某财险");
        insurer.kind = InstitutionKind::PropertyInsurer;
        insurer.files_loans = false;
        let table = Institutions::from_rows(vec![bank("B002", "乙银行"), bank("B001", "甲银行"), insurer]).unwrap();
        assert_eq!(table.iter().map(|r| r.code.as_str()).collect::<Vec<_>>(), ["B001", "B002", "P001"]);
        assert_eq!(table.lenders().count(), 2);
        assert_eq!(table.get("B002").unwrap().name_zh, "乙银行");
        assert!(table.get("X").is_none() && table.len() == 3);
    }

    #[test]
    fn every_wrong_row_is_named() {
        let mut guarantor = bank("G001", "丙担保");
        guarantor.kind = InstitutionKind::Guarantor;
        let refusal =
            Institutions::from_rows(vec![bank("B001", "甲银行"), bank("B001", " "), guarantor, bank("B003", "甲银行")])
                .unwrap_err();
        let got: Vec<_> = refusal.faults.iter().map(|f| (f.row_number(), f.code(), f.field_name())).collect();
        assert_eq!(
            got,
            [
                (Some(3), "registry.empty_field", Some("name_zh")),
                (Some(3), "registry.duplicate", Some("code")),
                (Some(4), "institution.not_a_lender", Some("files_loans")),
                (Some(5), "registry.duplicate", Some("name_zh")),
            ]
        );
        assert_eq!(refusal.count, 4);
    }
}
