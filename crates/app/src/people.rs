//! Rows behind a figure as people read them: the few columns that tell one loan from another, with names for codes and
//! money in yuan. Programs get every column from [`crate::export::part`].

use huoshui_formats::table::{Column, Table, Value};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::CellKind;
use huoshui_supervision::filings::{DISBURSEMENTS, NOTES, RELATIONSHIPS};
use huoshui_supervision::indicators::{Contribution, Dim, Part};
use huoshui_supervision::relations::Relation;

use crate::export;
use crate::library::Library;
use crate::names::label;

/// A column with its titles in Chinese and English.
type Shown = (&'static str, &'static str, &'static str);

const INSTITUTION: Shown = ("institution", "机构", "Institution");
const NOTE: Shown = ("note_no", "借据号", "Note");
const NAME: Shown = ("borrower_name", "企业名称", "Borrower");
const DISTRICT: Shown = ("district", "所属区", "District");
const GUARANTEE: Shown = ("main_guarantee", "担保", "Guarantee");

fn columns(relation: Relation) -> &'static [Shown] {
    match relation {
        Relation::Notes => &[
            INSTITUTION,
            NOTE,
            NAME,
            DISTRICT,
            ("balance_cny", "余额（元）", "Balance (CNY)"),
            ("current_rate", "年利率（%）", "Rate (%)"),
            GUARANTEE,
            ("five_tier", "分类", "Class"),
        ],
        Relation::Disbursements => &[
            INSTITUTION,
            NOTE,
            NAME,
            DISTRICT,
            ("drawdown_date", "放款日", "Drawn on"),
            ("amount", "放款金额（元）", "Amount (CNY)"),
            ("rate_at_drawdown", "年利率（%）", "Rate (%)"),
            GUARANTEE,
        ],
        Relation::Relationships => &[
            INSTITUTION,
            ("line_no", "额度编号", "Line"),
            NAME,
            DISTRICT,
            ("credit_limit", "授信额度（元）", "Limit (CNY)"),
            ("used", "已用（元）", "Used (CNY)"),
            ("valid_to", "到期日", "Valid to"),
        ],
        Relation::Contacts => &[
            INSTITUTION,
            NAME,
            DISTRICT,
            ("account_open", "有账户", "Account"),
            ("line_in_force", "有额度", "Line"),
            ("exposure", "敞口（元）", "Exposure (CNY)"),
        ],
        Relation::Enterprises => &[
            ("borrower", "统一社会信用代码", "USCC"),
            NAME,
            DISTRICT,
            ("industry", "行业门类", "Industry"),
            ("tier", "认定层级", "Tier"),
            ("size", "规模", "Size"),
        ],
    }
}

/// The rows of a part for a terminal, titles in the reader's language.
///
/// # Errors
/// As [`export::part`].
pub fn part(part: &Part, library: &Library, lang: Lang) -> Result<Table> {
    let whole = export::part(part)?;
    let shown = columns(part.relation);
    let at = |name: &str| whole.columns.iter().position(|c| c.name == name);
    let found: Vec<(usize, Shown)> = shown.iter().filter_map(|s| Some((at(s.0)?, *s))).collect();
    let contribution = at("contribution");
    let mut columns: Vec<Column> = found.iter().map(|(_, (_, zh, en))| Column::new(en, zh)).collect();
    columns.push(match part.contribution {
        Contribution::Money => Column::new("Counts as (CNY)", "计入（元）"),
        Contribution::Count => Column::new("Counts as", "计入"),
        Contribution::Product => Column::new("Weighs", "加权计入"),
    });
    let rows = whole.rows.iter().map(|row| {
        let mut cells: Vec<Value> = found
            .iter()
            .map(|(index, (name, ..))| named(name, row.get(*index).unwrap_or(&Value::Null), library, lang))
            .collect();
        cells.push(contribution.and_then(|i| row.get(i)).cloned().unwrap_or(Value::Null));
        cells
    });
    Ok(Table { name: whole.name.clone(), columns, rows: rows.collect() })
}

/// The sum of a part as people read it: yuan with its unit, or the plain number.
#[must_use]
pub fn total(part: &Part, lang: Lang) -> String {
    match (part.contribution, i64::try_from(part.total), lang) {
        (Contribution::Money, Ok(fen), Lang::Zh) => format!("{} 元", Value::Fen(fen).text()),
        (Contribution::Money, Ok(fen), Lang::En) => format!("CNY {}", Value::Fen(fen).text()),
        _ => part.total.to_string(),
    }
}

fn named(column: &str, value: &Value, library: &Library, lang: Lang) -> Value {
    let dim = match column {
        // A bank's full name is as wide as three other columns, and its code stands in every note's number.
        "district" => Dim::District,
        "industry" => Dim::Industry,
        "tier" => Dim::Tier,
        "size" => Dim::Size,
        _ => return plain(column, value, lang),
    };
    match value {
        Value::Text(code) => Value::Text(label(library, dim, Some(code), lang)),
        _ => Value::Text("–".to_owned()),
    }
}

fn plain(column: &str, value: &Value, lang: Lang) -> Value {
    let pick = |zh: &str, en: &str| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    };
    match value {
        Value::Bool(yes) => Value::Text(if *yes { pick("是", "yes") } else { pick("否", "no") }),
        Value::Text(code) => {
            let shapes = [&NOTES, &DISBURSEMENTS, &RELATIONSHIPS];
            let kind = shapes.iter().flat_map(|s| s.columns).find(|c| c.name == column).map(|c| c.kind);
            let name = match kind {
                Some(CellKind::Code(names)) => names.iter().find(|n| n.code == code),
                _ => None,
            };
            Value::Text(name.map_or_else(|| code.clone(), |n| pick(n.zh, n.en)))
        }
        other => other.clone(),
    }
}
