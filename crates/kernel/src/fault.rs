//! Faults: what went wrong, in a form that a person, a program and a translator can each use.
//!
//! A [`FaultSpec`] is the catalogue entry: a stable code with its texts. A [`Fault`] is one occurrence: the entry, the
//! values that fill its text, and the place (field, row). Crates declare their entries with [`faults!`], which also
//! collects them into a `CATALOGUE` so that `docs/errors.md` can be generated and a test can hold codes unique.

use std::borrow::Cow;
use std::fmt;

/// The two languages of every text: Chinese first, English beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese, the default.
    #[default]
    Zh,
    /// English.
    En,
}

/// A catalogue entry. Texts may hold `{name}` places that [`Fault::with`] fills.
#[derive(Debug, PartialEq, Eq)]
pub struct FaultSpec {
    /// Stable code, `area.reason`, never reused for another meaning.
    pub code: &'static str,
    /// What happened, in Chinese.
    pub zh: &'static str,
    /// What happened, in English.
    pub en: &'static str,
    /// What to do next, in Chinese.
    pub hint_zh: &'static str,
    /// What to do next, in English.
    pub hint_en: &'static str,
}

/// One occurrence of a [`FaultSpec`].
#[derive(Clone, PartialEq, Eq)]
pub struct Fault(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    spec: &'static FaultSpec,
    args: Vec<(&'static str, String)>,
    field: Option<Cow<'static, str>>,
    row: Option<u64>,
}

/// The result of anything that can fail for a reason a user should read.
pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A fault of this entry, its places still unfilled.
    #[must_use]
    pub fn new(spec: &'static FaultSpec) -> Self {
        Self(Box::new(Inner { spec, args: Vec::new(), field: None, row: None }))
    }

    /// Fills the place `{name}`. The value is shown as given: never pass a secret.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.args.push((name, value.to_string()));
        self
    }

    /// Names the field (column, option, key) at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Names the row at fault, counted from 1 as a spreadsheet shows it.
    #[must_use]
    pub fn row(mut self, row: u64) -> Self {
        self.0.row = Some(row);
        self
    }

    /// The catalogue entry.
    #[must_use]
    pub fn spec(&self) -> &'static FaultSpec {
        self.0.spec
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.spec.code
    }

    /// The field at fault, when one is.
    #[must_use]
    pub fn field_name(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The row at fault, when one is.
    #[must_use]
    pub fn row_number(&self) -> Option<u64> {
        self.0.row
    }

    /// What happened, its places filled.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        self.fill(match lang {
            Lang::Zh => self.0.spec.zh,
            Lang::En => self.0.spec.en,
        })
    }

    /// What to do next, its places filled.
    #[must_use]
    pub fn hint(&self, lang: Lang) -> String {
        self.fill(match lang {
            Lang::Zh => self.0.spec.hint_zh,
            Lang::En => self.0.spec.hint_en,
        })
    }

    /// Fills every `{name}` in one pass, so that a value holding braces is never itself expanded.
    fn fill(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match self.0.args.iter().find(|(n, _)| *n == name) {
                Some((_, value)) => out.push_str(value),
                None => {
                    out.push('{');
                    out.push_str(name);
                    out.push('}');
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

impl fmt::Display for Fault {
    /// One line: code, place, Chinese, English. Faces that know the reader's language use [`Fault::message`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.code())?;
        if let Some(row) = self.0.row {
            write!(f, " row {row}")?;
        }
        if let Some(field) = &self.0.field {
            write!(f, " {field}")?;
        }
        write!(f, " {} / {}", self.message(Lang::Zh), self.message(Lang::En))
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Fault {}

impl serde::Serialize for Fault {
    /// `{code, zh, en, hint_zh, hint_en, field?, row?}`, a stable shape for machines.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("zh", &self.message(Lang::Zh))?;
        map.serialize_entry("en", &self.message(Lang::En))?;
        map.serialize_entry("hint_zh", &self.hint(Lang::Zh))?;
        map.serialize_entry("hint_en", &self.hint(Lang::En))?;
        if let Some(field) = &self.0.field {
            map.serialize_entry("field", field)?;
        }
        if let Some(row) = self.0.row {
            map.serialize_entry("row", &row)?;
        }
        map.end()
    }
}

/// Declares catalogue entries as constants and collects them into `CATALOGUE`.
///
/// ```
/// huoshui_kernel::faults! {
///     /// A date that no calendar has.
///     BAD_DATE = "date.invalid":
///         zh "“{value}”不是有效日期", "请按 2025-09-30 的格式填写";
///         en "“{value}” is not a valid date", "write it as 2025-09-30";
/// }
/// assert_eq!(huoshui_kernel::Fault::new(&BAD_DATE).code(), CATALOGUE[0].code);
/// ```
#[macro_export]
macro_rules! faults {
    ($($(#[$meta:meta])* $name:ident = $code:literal: zh $zh:literal, $hint_zh:literal; en $en:literal, $hint_en:literal;)+) => {
        $($(#[$meta])* pub static $name: $crate::FaultSpec = $crate::FaultSpec {
            code: $code, zh: $zh, en: $en, hint_zh: $hint_zh, hint_en: $hint_en,
        };)+
        /// Every entry declared in this module, for the generated catalogue.
        pub static CATALOGUE: &[&$crate::FaultSpec] = &[$(&$name),+];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    faults! {
        /// For the tests below.
        SAMPLE = "test.sample":
            zh "“{value}”太大，上限 {limit}", "请减小 {value}";
            en "“{value}” is over {limit}", "make {value} smaller";
    }

    #[test]
    fn places_are_filled_once_and_unknown_ones_stay_visible() {
        let fault = Fault::new(&SAMPLE).with("value", "{limit}").field("amount").row(7);
        assert_eq!(fault.message(Lang::En), "“{limit}” is over {limit}");
        assert_eq!(fault.hint(Lang::Zh), "请减小 {limit}");
        assert_eq!(
            fault.to_string(),
            "[test.sample] row 7 amount “{limit}”太大，上限 {limit} / “{limit}” is over {limit}"
        );
        assert_eq!(CATALOGUE.len(), 1);
    }
}
