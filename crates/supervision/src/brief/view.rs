//! A figure as the text shows it: the number is a link to its definition, the mark after it to its loans.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use huoshui_kernel::fault::Lang;
use minijinja::Value;

use super::escape;
use super::input::{Figure, Measure};
use super::links;
use super::words::pick;

/// Stands after a figure and opens its loans.
const MARK: &str = "↗";

/// What readers see of a figure that is not applicable.
pub(super) const fn not_applicable(lang: Lang) -> &'static str {
    pick(lang, "不适用", "not applicable")
}

/// What readers see of a figure that nothing was filed for.
pub(super) const fn not_collected(lang: Lang) -> &'static str {
    pick(lang, "尚未采集", "not collected yet")
}

/// The shown text of a figure.
pub(super) fn text(figure: Option<&Figure>, lang: Lang) -> &str {
    match figure {
        None => not_collected(lang),
        Some(Figure { measure: None, .. }) => not_applicable(lang),
        Some(Figure { measure: Some(m), .. }) => m.text.of(lang),
    }
}

/// A link of Markdown around text from outside.
pub(super) fn link(text: &str, target: &str) -> String {
    format!("[{}]({target})", escape::markdown(text))
}

fn mark(code: &str, lang: Lang) -> String {
    format!("[{MARK}]({} \"{}\")", links::whole_file(code), pick(lang, "借据明细", "The loans behind it"))
}

/// A figure of the whole population with both of its links; plain words when it is not there.
pub(super) fn linked(code: &str, figure: Option<&Figure>, shown: &str, lang: Lang) -> String {
    match figure {
        None => format!("*{}*", not_collected(lang)),
        Some(_) => link(shown, &format!("#{}", links::definition(code))) + &mark(code, lang),
    }
}

/// The text without its sign, for sentences whose verb says it.
fn magnitude(text: &str) -> String {
    match text.find(['-', '+', '−']) {
        Some(at) => text.char_indices().filter(|(i, _)| *i != at).map(|(_, c)| c).collect(),
        None => text.to_owned(),
    }
}

/// The way a change goes, judged by what is shown: −0.001 % that reads 0.00 % is flat.
pub(super) fn trend(figure: Option<&Figure>, lang: Lang) -> &'static str {
    let Some(figure) = figure else { return "missing" };
    let Some(Measure { value, text, .. }) = &figure.measure else { return "na" };
    let shows_something = text.of(lang).chars().any(|c| c.is_ascii_digit() && c != '0');
    match value.cmp(&0) {
        _ if !shows_something => "flat",
        Ordering::Less => "down",
        Ordering::Equal => "flat",
        Ordering::Greater => "up",
    }
}

/// Which of two figures is larger, exactly: `gt`, `lt`, `eq`, or `na` if either has no value.
pub(super) fn compare(a: Option<&Figure>, b: Option<&Figure>) -> &'static str {
    let scaled = |m: &Measure, by: u32| 10i128.checked_pow(by).and_then(|p| m.value.checked_mul(p));
    let both = a.and_then(|f| f.measure.as_ref()).zip(b.and_then(|f| f.measure.as_ref()));
    let values = both.and_then(|(a, b)| scaled(a, b.scale).zip(scaled(b, a.scale)));
    match values.map(|(a, b)| a.cmp(&b)) {
        None => "na",
        Some(Ordering::Less) => "lt",
        Some(Ordering::Equal) => "eq",
        Some(Ordering::Greater) => "gt",
    }
}

/// The figure for templates: `link`, `mag` (without its sign), `trend` (`up`, `down`, `flat`, `na`, `missing`).
pub(super) fn value(code: &str, figure: Option<&Figure>, lang: Lang) -> Value {
    let shown = text(figure, lang);
    let safe = |text: String| Value::from_safe_string(text);
    Value::from(BTreeMap::from([
        ("link", safe(linked(code, figure, shown, lang))),
        ("mag", safe(linked(code, figure, &magnitude(shown), lang))),
        ("trend", Value::from(trend(figure, lang))),
    ]))
}

#[cfg(test)]
mod tests {
    use super::super::input::Words;
    use super::*;

    fn figure(value: i128, text: &str) -> Figure {
        Figure { measure: Some(Measure { value, scale: 6, text: Words::same(text) }), ..Figure::default() }
    }

    #[test]
    fn the_trend_is_that_of_what_is_shown() {
        for (value, text, want) in [
            (304_400, "+30.44%", "up"),
            (-44, "-44 bp", "down"),
            (0, "0.00%", "flat"),
            (-10, "-0.00%", "flat"),
            (10, "0.00%", "flat"),
        ] {
            assert_eq!(trend(Some(&figure(value, text)), Lang::Zh), want, "{text}");
        }
        assert_eq!(trend(Some(&Figure::default()), Lang::Zh), "na");
        assert_eq!(trend(None, Lang::Zh), "missing");
    }

    #[test]
    fn only_the_sign_goes() {
        for (text, want) in [("+30.44%", "30.44%"), ("-44个基点", "44个基点"), ("CNY -1.2 billion", "CNY 1.2 billion")]
        {
            assert_eq!(magnitude(text), want);
        }
    }

    #[test]
    fn figures_of_different_scales_compare_exactly() {
        let fine =
            Figure { measure: Some(Measure { value: 1_230, scale: 3, text: Words::default() }), ..Figure::default() };
        let coarse =
            Figure { measure: Some(Measure { value: 123, scale: 2, text: Words::default() }), ..Figure::default() };
        assert_eq!(compare(Some(&fine), Some(&coarse)), "eq");
        assert_eq!(compare(Some(&figure(2, "")), Some(&figure(1, ""))), "gt");
        assert_eq!(compare(Some(&figure(2, "")), None), "na");
    }
}
