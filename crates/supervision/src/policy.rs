//! Reading policy files: TOML with known keys only, dates, texts in two languages.

use std::sync::Arc;

use huoshui_kernel::Date;
use huoshui_kernel::date;
use huoshui_kernel::fault::{Fault, Lang, Result};
use serde::{Deserialize, Deserializer};

use crate::faults;

/// A text in the two languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Chinese.
    pub zh: Arc<str>,
    /// English.
    pub en: Arc<str>,
}

impl Texts {
    /// The text in a language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

pub(crate) fn read<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| Fault::new(&faults::POLICY_FILE).with("file", file).with("detail", e))
}

pub(crate) fn day<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Date, D::Error> {
    let text = String::deserialize(from)?;
    date::parse(&text).map_err(serde::de::Error::custom)
}

pub(crate) fn maybe_day<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Date>, D::Error> {
    day(from).map(Some)
}

/// A formula's fault, said of the policy that holds it.
pub(crate) fn formula(code: &str, fault: &Fault) -> Fault {
    Fault::new(&faults::POLICY_FORMULA)
        .with("code", code)
        .with("zh", fault.message(Lang::Zh))
        .with("en", fault.message(Lang::En))
        .with("hint_zh", fault.hint(Lang::Zh))
        .with("hint_en", fault.hint(Lang::En))
}

/// An entry that contradicts itself.
pub(crate) fn contradiction(code: &str, zh: &str, en: &str) -> Fault {
    Fault::new(&faults::POLICY_ENTRY).with("code", code).with("zh", zh).with("en", en)
}

/// Whether a version applies on a date; both ends belong to it.
pub(crate) fn applies(from: Date, to: Option<Date>, on: Date) -> bool {
    from <= on && to.is_none_or(|to| on <= to)
}

/// The first code of which two versions apply on one date.
pub(crate) fn overlap<'a>(versions: impl Iterator<Item = (&'a str, Date, Option<Date>)>) -> Option<&'a str> {
    let mut all: Vec<_> = versions.collect();
    all.sort();
    all.windows(2).find_map(|pair| match pair {
        [(a, _, to), (b, from, _)] if a == b && to.is_none_or(|to| *from <= to) => Some(*a),
        _ => None,
    })
}
