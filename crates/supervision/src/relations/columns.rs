//! Which columns each relation has, their types and where they come from.

use std::sync::LazyLock;

use huoshui_formula::Type;
use huoshui_kernel::shape::{CellKind, TableShape};

use super::Relation;
use crate::filings;

/// A column that formulas may name, with what it means.
#[derive(Clone, Copy, Debug)]
pub struct ColumnNote {
    /// Its name.
    pub name: &'static str,
    /// Its type in the policy language.
    pub ty: Type,
    /// What it means, in Chinese.
    pub zh: &'static str,
    /// What it means, in English.
    pub en: &'static str,
}

const fn note(name: &'static str, ty: Type, zh: &'static str, en: &'static str) -> ColumnNote {
    ColumnNote { name, ty, zh, en }
}

/// What is known of the borrower on the list date.
const FIRM: [ColumnNote; 13] = [
    note("borrower_name", Type::Text, "企业名称", "Name of the enterprise"),
    note("srdi", Type::Bool, "专精特新企业（中小企业或“小巨人”）", "SRDI SME or little giant"),
    note("tier", Type::Text, "最高认定层级，未认定为空", "Highest tier; NULL if none"),
    note("little_giant", Type::Bool, "“小巨人”企业", "Little giant"),
    note("innovative", Type::Bool, "创新型中小企业", "Innovative SME"),
    note("technology", Type::Bool, "科技型中小企业", "Technology SME"),
    note("listed", Type::Bool, "在名单上（任一层级）", "On the list, of any tier"),
    note("district", Type::Text, "所属区", "District"),
    note("industry", Type::Text, "行业门类", "Industry section"),
    note("division", Type::Text, "行业大类", "Industry division"),
    note("size", Type::Text, "规模", "Size class"),
    note("small_micro", Type::Bool, "小型或微型企业", "Small or micro enterprise"),
    note("founded_on", Type::Date, "成立日期", "Founded on"),
];

const BANK: [ColumnNote; 2] = [
    note("institution_kind", Type::Text, "机构类别", "Kind of institution"),
    note("funding", Type::Text, "资本性质", "Whose capital"),
];

const LINE: [ColumnNote; 4] = [
    note("account_open", Type::Bool, "数据日期有存续账户", "An account is open on the as-of date"),
    note("line_in_force", Type::Bool, "有有效的已承诺额度", "A committed line is in force"),
    note(
        "line_first_srdi",
        Type::Bool,
        "有效额度，集团额度仅在统一社会信用代码最小的专精特新成员行为真",
        "A line in force; of a group line only the row of the SRDI member with the smallest USCC",
    ),
    note(
        "line_first_all",
        Type::Bool,
        "有效额度，集团额度仅在统一社会信用代码最小的成员行为真",
        "A line in force; of a group line only the row of the member with the smallest USCC",
    ),
];

const PAIR: ColumnNote =
    note("borrower_at_bank", Type::Text, "机构与借款人的配对", "The pair of institution and borrower");

/// The type that a cell of this kind has in formulas.
pub(crate) const fn type_of(kind: CellKind) -> Type {
    match kind {
        CellKind::Text | CellKind::Uscc | CellKind::Code(_) | CellKind::CodeSet(_) => Type::Text,
        CellKind::Int | CellKind::BasisPoints => Type::Int,
        CellKind::Money => Type::Money,
        CellKind::Rate => Type::Rate,
        CellKind::Date => Type::Date,
        CellKind::Flag => Type::Bool,
    }
}

fn filed(shape: &'static TableShape) -> impl Iterator<Item = ColumnNote> {
    shape.columns.iter().map(|c| note(c.name, type_of(c.kind), c.zh, c.note.1))
}

static TABLES: LazyLock<[Vec<ColumnNote>; 5]> = LazyLock::new(|| {
    let joined = |shape| filed(shape).chain(FIRM).chain(BANK).collect::<Vec<_>>();
    let mut notes = joined(&filings::NOTES);
    notes.push(PAIR);
    let disbursements = joined(&filings::DISBURSEMENTS);
    let mut relationships = joined(&filings::RELATIONSHIPS);
    relationships.extend(LINE);
    let borrower = note("borrower", Type::Text, "统一社会信用代码", "USCC of the enterprise");
    let mut contacts = vec![note("institution", Type::Text, "机构代码", "Institution"), borrower];
    contacts.extend(FIRM);
    contacts.extend(BANK);
    contacts.extend(LINE.into_iter().take(2));
    contacts.push(note(
        "exposure",
        Type::Money,
        "敞口：已用额度，或承担风险的借据余额",
        "Exposure: used, or the balance of a note at the institution's risk",
    ));
    let mut enterprises = vec![borrower];
    enterprises.extend(FIRM);
    [notes, disbursements, relationships, contacts, enterprises]
});

/// The columns that a relation offers to formulas, in a fixed order.
#[must_use]
pub fn columns(relation: Relation) -> &'static [ColumnNote] {
    let [notes, disbursements, relationships, contacts, enterprises] = &*TABLES;
    match relation {
        Relation::Notes => notes,
        Relation::Disbursements => disbursements,
        Relation::Relationships => relationships,
        Relation::Contacts => contacts,
        Relation::Enterprises => enterprises,
    }
}

/// Whether the column says something of the borrower on the list date.
pub(crate) fn is_firm(name: &str) -> bool {
    FIRM.iter().any(|c| c.name == name)
}

/// Whether the column says something of the institution.
pub(crate) fn is_bank(name: &str) -> bool {
    BANK.iter().any(|c| c.name == name)
}
