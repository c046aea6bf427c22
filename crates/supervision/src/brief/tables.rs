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
    let shown: Vec<&Row> = sorted(rows).into_iter().take(most).collect();
    let units: Vec<Option<Unit>> = columns.iter().map(|(code, ..)| Unit::of(input, &shown, code, lang)).collect();
    let mut out = format!("| {} |", head(cut, lang));
    let mut rule = String::from("|:--|");
    for ((code, zh, en), unit) in columns.iter().zip(&units) {
        let name = unit.as_ref().map_or_else(|| pick(lang, zh, en).to_owned(), |u| u.head(pick(lang, zh, en), lang));
        out.push_str(&format!(" {} |", definition_link(input, code, &name)));
        rule.push_str("--:|");
    }
    out.push('\n');
    out.push_str(&rule);
    out.push('\n');
    for row in shown {
        out.push_str(&format!("| {} |", markdown(row.name.of(lang))));
        for (column, unit) in columns.iter().zip(&units) {
            out.push_str(&format!(" {} |", cell(row, column, unit.as_ref(), links, cut, lang)));
        }
        out.push('\n');
    }
    out.push_str(&format!("| **{}** |", pick(lang, "全部", "All")));
    for ((code, ..), unit) in columns.iter().zip(&units) {
        let figure = input.figures.get(*code);
        let shown = match figure {
            Some(_) => link(bare(text(figure, lang), unit.as_ref()), &links::whole_file(code)),
            None => "–".to_owned(),
        };
        out.push_str(&format!(" **{shown}** |"));
    }
    out.push('\n');
    out
}

/// What stands before and after every number of a column: said once, in its head.
struct Unit {
    before: String,
    after: String,
}

impl Unit {
    /// The unit that all shown figures of a code share; a percent sign is part of its number.
    fn of(input: &BriefInput, rows: &[&Row], code: &str, lang: Lang) -> Option<Self> {
        let figures = rows.iter().map(|r| r.figures.get(code)).chain([input.figures.get(code)]);
        let mut texts = figures.flatten().filter_map(|f| f.measure.as_ref()).map(|m| m.text.of(lang));
        let (before, _, after) = around(texts.next()?)?;
        texts
            .all(|t| around(t).is_some_and(|(b, _, a)| (b, a) == (before, after)))
            .then(|| Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// The head with the unit, unless it names it already.
    fn head(&self, name: &str, lang: Lang) -> String {
        let unit = format!("{} {}", self.before.trim(), self.after.trim());
        match (unit.trim(), lang) {
            ("", _) => name.to_owned(),
            (unit, _) if unit.eq_ignore_ascii_case(name) => name.to_owned(),
            (unit, Lang::Zh) => format!("{name}（{unit}）"),
            (unit, Lang::En) => format!("{name} ({unit})"),
        }
    }
}

/// A text as what is before its number, the number with its sign and percent sign, and what is after it.
fn around(text: &str) -> Option<(&str, &str, &str)> {
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '−');
    let from = text.find(of_number)?;
    let to = text
        .rfind(|c: char| c.is_ascii_digit() || c == '%')
        .and_then(|at| Some(at + text.get(at..)?.chars().next()?.len_utf8()))?;
    Some((text.get(..from)?, text.get(from..to)?, text.get(to..)?))
}

/// The number without what its column's head says.
fn bare<'a>(text: &'a str, unit: Option<&Unit>) -> &'a str {
    unit.and_then(|_| around(text)).map_or(text, |(_, number, _)| number)
}

/// A head that leads to the definition, if the report has it.
pub(super) fn definition_link(input: &BriefInput, code: &str, name: &str) -> String {
    links::defined(input, code).map_or_else(|| markdown(name), |anchor| link(name, &anchor))
}

fn cell(row: &Row, (code, ..): &Column, unit: Option<&Unit>, links: &Links, cut: Dim, lang: Lang) -> String {
    let Some(figure) = row.figures.get(*code) else { return "–".to_owned() };
    if figure.measure.is_none() {
        return not_applicable(lang).to_owned();
    }
    let target =
        if *code == ROW_CODE { row_target(links, cut, &row.key) } else { format!("#{}", links::row(cut, &row.key)) };
    link(bare(text(Some(figure), lang), unit), &target)
}

/// What the rows of a cut are.
pub(super) const fn head(cut: Dim, lang: Lang) -> &'static str {
    let (zh, en) = cut.label();
    pick(lang, zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_parts_from_its_unit() {
        for (text, want) in [
            ("2,620.65亿元", ("", "2,620.65", "亿元")),
            ("CNY −262.065 billion", ("CNY ", "−262.065", " billion")),
            ("+30.44%", ("", "+30.44%", "")),
            ("10,482 enterprises", ("", "10,482", " enterprises")),
            ("-44个基点", ("", "-44", "个基点")),
        ] {
            assert_eq!(around(text), Some(want));
        }
        assert_eq!(around("不适用"), None);
        let unit = |after: &str| Unit { before: "CNY ".into(), after: after.into() };
        assert_eq!(unit(" billion").head("Loan balance", Lang::En), "Loan balance (CNY billion)");
        let plain = Unit { before: String::new(), after: " borrowers".into() };
        assert_eq!(plain.head("Borrowers", Lang::En), "Borrowers");
    }
}
