//! What the appendices list: definitions with their working, and every row's way to its loans.

use std::collections::BTreeMap;

use huoshui_kernel::fault::Lang;
use minijinja::Value;

use super::escape::code_span;
use super::input::BriefInput;
use super::links::{self, Links, definition, listed};
use super::tables::{head, sorted};
use super::view::{link, text};
use super::wanted::CUTS;
use super::words::{grouped, pick};
use crate::indicators::Dim;

fn anchor(id: &str) -> Value {
    Value::from_safe_string(format!("<a id=\"{id}\"></a>"))
}

/// Appendix A, in the order of the text.
pub(super) fn definitions(input: &BriefInput, lang: Lang) -> Vec<Value> {
    listed(input)
        .into_iter()
        .map(|code| {
            let figure = input.figures.get(code);
            let policy = input.definitions.get(code);
            let words =
                |pick: fn(&super::input::Definition) -> String| Value::from(policy.map(pick).unwrap_or_default());
            let formulas: Vec<Value> = policy
                .map(|p| p.formulas.iter().map(|f| Value::from_safe_string(code_span(f))).collect())
                .unwrap_or_default();
            let exact = |of: fn(&super::input::Figure) -> Option<i128>| {
                Value::from(figure.and_then(of).map(grouped).unwrap_or_default())
            };
            let loans = figure.map(|_| link(pick(lang, "借据明细", "loans"), &links::whole_file(code)));
            Value::from(BTreeMap::from([
                ("anchor", anchor(&definition(code))),
                ("code", Value::from_safe_string(code_span(code))),
                ("name", Value::from(super::blocks::name(input, code, lang))),
                ("version", words(|p| p.version.to_string())),
                ("since", words(|p| p.effective_from.to_string())),
                ("zh", words(|p| p.text.zh.clone())),
                ("en", words(|p| p.text.en.clone())),
                ("formulas", Value::from(formulas)),
                ("value", Value::from(text(figure, lang))),
                ("numerator", exact(|f| f.numerator)),
                ("denominator", exact(|f| f.denominator)),
                ("loans", Value::from_safe_string(loans.unwrap_or_default())),
            ]))
        })
        .collect()
}

/// Appendix B: for each cut its rows, with a file of loans or the command that lists them.
pub(super) fn rows(input: &BriefInput, links: &Links, lang: Lang) -> Vec<Value> {
    let entry = |cut: Dim, row: &super::input::Row| {
        let way = match links.row_file(cut, &row.key) {
            Some(path) => link(pick(lang, "借据", "loans"), path),
            None => code_span(&links.drill(super::wanted::ROW_CODE, Some((cut, &row.key)))),
        };
        Value::from(BTreeMap::from([
            ("anchor", anchor(&links::row(cut, &row.key))),
            ("name", Value::from(row.name.of(lang))),
            ("cell", Value::from_safe_string(code_span(&format!("{}={}", cut.name(), row.key)))),
            ("way", Value::from_safe_string(way)),
        ]))
    };
    CUTS.into_iter()
        .filter(|cut| !input.rows(*cut).is_empty())
        .map(|cut| {
            let rows: Vec<Value> = sorted(input.rows(cut)).into_iter().map(|row| entry(cut, row)).collect();
            Value::from(BTreeMap::from([("head", Value::from(head(cut, lang))), ("rows", Value::from(rows))]))
        })
        .collect()
}
