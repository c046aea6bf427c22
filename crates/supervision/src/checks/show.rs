//! Filling messages with a row's values, as people write them.

use arrow_array::{Array, ArrayRef, RecordBatch};
use huoshui_formula::{Schema, Type};
use huoshui_kernel::date::from_days;
use huoshui_kernel::shape::CellKind;
use huoshui_kernel::{Fen, Lang, Ppm};

use crate::arrow::Texts;
use crate::filings;

/// What stands in a place when the cell is empty.
const EMPTY: &str = "–";

pub(super) struct Places<'a> {
    pub schema: &'a Schema,
    pub batch: &'a RecordBatch,
    pub row: usize,
    /// The places that the filing itself fills.
    pub filing: &'a [(&'static str, String)],
}

impl Places<'_> {
    /// Fills every `{name}` once; a value that holds braces is never itself expanded.
    pub fn fill(&self, template: &str, lang: Lang) -> String {
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(&self.value(name, lang));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn value(&self, name: &str, lang: Lang) -> String {
        if let Some((_, value)) = self.filing.iter().find(|(n, _)| *n == name) {
            return value.clone();
        }
        let ty = self.schema.find(name).and_then(|i| self.schema.columns.get(i)).map(|c| c.ty);
        match (ty, self.batch.column_by_name(name)) {
            (Some(ty), Some(array)) => cell(array, self.row, ty, name, lang),
            _ => EMPTY.to_owned(),
        }
    }
}

fn cell(array: &ArrayRef, row: usize, ty: Type, name: &str, lang: Lang) -> String {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Date32Type, Int64Type};
    if row >= array.len() || array.is_null(row) {
        return EMPTY.to_owned();
    }
    let number = || array.as_primitive_opt::<Int64Type>().map(|a| a.value(row));
    let shown = match ty {
        Type::Money => number().map(|n| Fen(n).to_string()),
        Type::Rate => number().map(|n| format!("{}%", Ppm(n))),
        Type::Int | Type::Ratio => number().map(|n| n.to_string()),
        Type::Date => {
            array.as_primitive_opt::<Date32Type>().and_then(|a| from_days(a.value(row))).map(|d| d.to_string())
        }
        Type::Bool => array.as_boolean_opt().map(|a| if a.value(row) { "Y" } else { "N" }.to_owned()),
        Type::Text => Texts::of(array.as_ref()).and_then(|t| t.get(row)).map(|t| named(name, t, lang)),
    };
    shown.unwrap_or_else(|| EMPTY.to_owned())
}

/// A code by the name that people know it by.
fn named(column: &str, code: &str, lang: Lang) -> String {
    let bare = ["prev_", "disb_", "line_"].iter().find_map(|p| column.strip_prefix(p)).unwrap_or(column);
    let shapes = [&filings::NOTES, &filings::DISBURSEMENTS, &filings::RELATIONSHIPS];
    let kind = shapes.iter().flat_map(|s| s.columns).find(|c| c.name == bare).map(|c| c.kind);
    let (Some(CellKind::Code(names)) | Some(CellKind::CodeSet(names))) = kind else { return code.to_owned() };
    let name = |code: &str| match (names.iter().find(|n| n.code == code), lang) {
        (Some(n), Lang::Zh) => n.zh.to_owned(),
        (Some(n), Lang::En) => n.en.to_lowercase(),
        (None, _) => code.to_owned(),
    };
    code.split('+').map(name).collect::<Vec<_>>().join("+")
}
