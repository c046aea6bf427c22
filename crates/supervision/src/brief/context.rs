//! Everything a template may name. Texts from outside are plain values, which the formatter escapes; only what this
//! module builds itself is marked safe.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use huoshui_kernel::fault::Lang;
use minijinja::Value;

use super::blocks::{LEADING, name, progress_text, state_text};
use super::escape::{self, code_span};
use super::input::{BriefInput, Figure, Institution, Target};
use super::links::Links;
use super::tables::{by_cut, definition_link};
use super::view::{compare, link, linked, text, value};
use super::wanted::{CUTS, ROW_CODE, TWINS, codes};
use super::words::{grouped, long_date, period, window};
use super::{appendix, links};
use crate::indicators::Dim;

type Map = BTreeMap<&'static str, Value>;

fn safe(text: String) -> Value {
    Value::from_safe_string(text)
}

/// A digest as a code span of a table; what no digest holds could end the cell even within it.
fn cell_code(digest: &str) -> Value {
    let plain: String = digest.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-')).collect();
    safe(if plain.is_empty() { "–".to_owned() } else { code_span(&plain) })
}

fn count(n: usize) -> Value {
    Value::from(grouped(i128::try_from(n).unwrap_or(i128::MAX)))
}

fn date(date: Date, lang: Lang) -> Value {
    Value::from(long_date(date, lang))
}

/// The context of both languages' templates.
pub(super) fn build(input: &BriefInput, links: &Links, lang: Lang) -> Value {
    let figures: BTreeMap<&str, Value> =
        codes().map(|code| (code, value(code, input.figures.get(code), lang))).collect();
    let mut tables: Map = CUTS
        .into_iter()
        .filter(|cut| *cut != Dim::Institution)
        .map(|c| (c.name(), table(input, links, c, lang)))
        .collect();
    tables.insert("leading", safe(by_cut(input, links, Dim::Institution, LEADING, lang)));
    tables.insert("institution", table(input, links, Dim::Institution, lang));
    let get = |code: &str| input.figures.get(code);
    Value::from(Map::from([
        ("city", Value::from(input.place.city.of(lang))),
        ("regulator", Value::from(input.place.regulator.of(lang))),
        ("as_of", date(input.as_of, lang)),
        ("period", Value::from(period(input.as_of, lang))),
        ("window", Value::from(window(input.as_of, lang))),
        ("known_at", Value::from(input.known_at.clone().unwrap_or_default())),
        ("generated", Value::from(input.generated.clone())),
        ("empty", Value::from(input.figures.is_empty())),
        ("f", Value::from(figures)),
        ("npl_against_all", Value::from(compare(get("srdi_npl_ratio"), get("npl_ratio")))),
        ("tables", Value::from(tables)),
        ("twins", Value::from(twins(input, lang))),
        ("targets", Value::from(targets(input, lang))),
        ("reporting", reporting(input, lang)),
        ("definitions", Value::from(appendix::definitions(input, lang))),
        ("loan_rows", Value::from(appendix::rows(input, links, lang))),
        ("drill_whole", safe(code_span(&links.drill(ROW_CODE, None)))),
        ("drill_cell", safe(code_span(&links.drill("CODE", Some((Dim::District, "…")))))),
    ]))
}

fn table(input: &BriefInput, links: &Links, cut: Dim, lang: Lang) -> Value {
    safe(by_cut(input, links, cut, usize::MAX, lang))
}

fn twins(input: &BriefInput, lang: Lang) -> Vec<Value> {
    let shown = |code: &str, f: Option<&Figure>| safe(linked(code, f, text(f, lang), lang));
    TWINS
        .iter()
        .filter(|(code, twin)| input.figures.contains_key(*code) || input.figures.contains_key(*twin))
        .map(|(code, twin)| {
            Value::from(Map::from([
                ("name", safe(definition_link(input, code, name(input, code, lang)))),
                ("own", shown(code, input.figures.get(*code))),
                ("same", shown(twin, input.figures.get(*twin))),
            ]))
        })
        .collect()
}

fn targets(input: &BriefInput, lang: Lang) -> Vec<Value> {
    input
        .targets
        .iter()
        .map(|t| {
            Value::from(Map::from([
                ("name", safe(definition_link(input, &t.code, name(input, &t.code, lang)))),
                ("whole", Value::from(t.cell.is_none())),
                ("scope", Value::from(t.cell.as_ref().map(|(.., name)| name.of(lang)).unwrap_or_default())),
                ("code", Value::from(t.code.as_str())),
                ("now", safe(target_now(input, t, lang))),
                ("goal", Value::from(t.goal.of(lang))),
                ("due", date(t.due, lang)),
                ("progress", Value::from(progress_text(t.progress_ppm))),
                ("state", Value::from(state_text(t.state, lang))),
            ]))
        })
        .collect()
}

/// The figure of a target: of the whole with both links; of a cell with the way to its row, where the report has it.
fn target_now(input: &BriefInput, target: &Target, lang: Lang) -> String {
    let shown = text(target.now.as_ref(), lang);
    match &target.cell {
        None => linked(&target.code, input.figures.get(&target.code), shown, lang),
        Some((cut, key, _)) if input.rows(*cut).iter().any(|r| r.key == *key) => {
            link(shown, &format!("#{}", links::row(*cut, key)))
        }
        Some(_) => escape::markdown(shown),
    }
}

fn reporting(input: &BriefInput, lang: Lang) -> Value {
    let r = &input.reporting;
    let mut filed: Vec<_> = r.filed.iter().collect();
    filed.sort_by(|a, b| a.institution.code.cmp(&b.institution.code));
    let mut missing: Vec<&Institution> = r.missing.iter().collect();
    missing.sort_by(|a, b| a.code.cmp(&b.code));
    let filed: Vec<Value> = filed
        .into_iter()
        .map(|f| {
            Value::from(Map::from([
                ("code", Value::from(f.institution.code.as_str())),
                ("name", Value::from(f.institution.name.of(lang))),
                ("accepted_at", Value::from(f.accepted_at.as_str())),
                ("notes", Value::from(grouped(f.notes.into()))),
                ("warnings", Value::from(grouped(f.warnings.into()))),
                ("digest", cell_code(f.digest.get(..12).unwrap_or(&f.digest))),
            ]))
        })
        .collect();
    let lists: Vec<Value> = r
        .lists
        .iter()
        .map(|l| Value::from(Map::from([("on", date(l.on, lang)), ("list", date(l.list, lang))])))
        .collect();
    let policies: Vec<Value> = r
        .policies
        .iter()
        .map(|p| {
            Value::from(Map::from([
                ("name", Value::from(p.name.as_str())),
                ("version", Value::from(p.version.as_str())),
                ("digest", cell_code(&p.digest)),
            ]))
        })
        .collect();
    let warnings: u64 = r.filed.iter().fold(0, |sum, f| sum.saturating_add(f.warnings));
    Value::from(Map::from([
        ("due", count(r.filed.len() + r.missing.len())),
        ("filed_count", count(r.filed.len())),
        ("missing_count", count(r.missing.len())),
        ("filed", Value::from(filed)),
        ("missing", Value::from(missing.iter().map(|i| Value::from(i.name.of(lang))).collect::<Vec<_>>())),
        ("lists", Value::from(lists)),
        ("policies", Value::from(policies)),
        ("warnings", Value::from(grouped(warnings.into()))),
        ("explained", Value::from(grouped(r.warnings_explained.into()))),
        ("open", Value::from(r.open_queries > 0)),
        ("open_queries", Value::from(grouped(r.open_queries.into()))),
    ]))
}
