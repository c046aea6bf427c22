//! Tables of cells: every number opens into the row's loans, every head into a definition.

use std::cmp::Reverse;

use huoshui_kernel::fault::Lang;

use super::escape::markdown;
use super::input::{BriefInput, Row};
use super::links::{self, Links};
use super::view::{link, not_applicable, not_collected, text};
use super::wanted::{Column, ROW_CODE, columns};
use super::words::pick;
use crate::indicators::Dim;

/// Rows by balance, largest first, without a balance last; equal ones by key, so that the order is always the same.
pub(super) fn sorted(rows: &[Row]) -> Vec<&Row> {
    let mut all: Vec<&Row> = rows.iter().collect();
    let balance = |row: &Row| row.figures.get(ROW_CODE).and_then(|f| f.measure.as_ref()).map(|m| m.value);
    all.sort_by(|a, b| Reverse(balance(a)).cmp(&Reverse(balance(b))).then_with(|| a.key.cmp(&b.key)));
    all
}

/// Where a row's balance opens: its file, or the command in appendix B.
pub(super) fn row_target(links: &Links, cut: Dim, key: &str) -> String {
    links.row_file(cut, key).map_or_else(|| format!("#{}", links::row(cut, key)), str::to_owned)
}

/// The table of a cut, its first `most` rows, with the whole population last.
pub(super) fn by_cut(input: &BriefInput, links: &Links, cut: Dim, most: usize, lang: Lang) -> String {
    let rows = input.rows(cut);
    if rows.is_empty() {
        return format!("*{}*\n", not_collected(lang));
    }
    let columns = columns(cut);
    let mut out = format!("| {} |", head(cut, lang));
    let mut rule = String::from("|:--|");
    for (code, zh, en) in columns {
        let name = match lang {
            Lang::Zh => zh,
            Lang::En => en,
        };
        out.push_str(&format!(" {} |", definition_link(input, code, name)));
        rule.push_str("--:|");
    }
    out.push('\n');
    out.push_str(&rule);
    out.push('\n');
    for row in sorted(rows).into_iter().take(most) {
        out.push_str(&format!("| {} |", markdown(row.name.of(lang))));
        for column in columns {
            out.push_str(&format!(" {} |", cell(row, column, links, cut, lang)));
        }
        out.push('\n');
    }
    out.push_str(&format!("| **{}** |", pick(lang, "全部", "All")));
    for (code, ..) in columns {
        let figure = input.figures.get(*code);
        let shown = match figure {
            Some(_) => link(text(figure, lang), &links::whole_file(code)),
            None => "–".to_owned(),
        };
        out.push_str(&format!(" **{shown}** |"));
    }
    out.push('\n');
    out
}

/// A head that leads to the definition, if the report has it.
pub(super) fn definition_link(input: &BriefInput, code: &str, name: &str) -> String {
    links::defined(input, code).map_or_else(|| markdown(name), |anchor| link(name, &anchor))
}

fn cell(row: &Row, (code, ..): &Column, links: &Links, cut: Dim, lang: Lang) -> String {
    let Some(figure) = row.figures.get(*code) else { return "–".to_owned() };
    if figure.measure.is_none() {
        return not_applicable(lang).to_owned();
    }
    let target =
        if *code == ROW_CODE { row_target(links, cut, &row.key) } else { format!("#{}", links::row(cut, &row.key)) };
    link(text(Some(figure), lang), &target)
}

/// What the rows of a cut are.
pub(super) const fn head(cut: Dim, lang: Lang) -> &'static str {
    let (zh, en) = cut.label();
    pick(lang, zh, en)
}
