//! A figure: one number of one indicator in one cell.

use std::sync::Arc;

use huoshui_kernel::{Date, Lang};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::dims::Cell;
use super::exact::{Exact, Fraction};
use super::policy::Unit;
use crate::policy::Texts;

/// One number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Code of the indicator.
    pub code: Arc<str>,
    /// Its version.
    pub version: u32,
    /// Its names.
    pub name: Texts,
    /// The value at the indicator's scale; none is *not applicable*.
    pub value: Option<Exact>,
    /// The same before it was rounded, for showing it in other units without rounding twice.
    pub exact: Option<Fraction>,
    /// Unit of the value.
    pub unit: Unit,
    /// The cell; empty for the total.
    pub dims: Cell,
    /// As of.
    pub as_of: Date,
    /// What was summed or counted at the as-of date.
    pub numerator: Option<i128>,
    /// What it was divided by.
    pub denominator: Option<i128>,
}

impl Figure {
    /// The stable JSON form, with the name in a language.
    #[must_use]
    pub const fn json(&self, lang: Lang) -> FigureJson<'_> {
        FigureJson { figure: self, lang }
    }

    /// The exact value as text: `12345600000000`, `0.123400`, `-25.02`.
    #[must_use]
    pub fn value_text(&self) -> Option<String> {
        self.value.map(|v| v.to_string())
    }
}

/// `{"code","name","value","unit","dims":{…},"as_of"}`: fen and counts are JSON integers, ratios, basis points and days
/// decimal strings, *not applicable* and an unknown dimension null.
pub struct FigureJson<'a> {
    figure: &'a Figure,
    lang: Lang,
}

impl Serialize for FigureJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let f = self.figure;
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("code", &*f.code)?;
        map.serialize_entry("name", f.name.get(self.lang))?;
        let whole = f.value.filter(|v| v.scale == 0 && matches!(f.unit, Unit::Fen | Unit::Count));
        match (whole.and_then(|v| i64::try_from(v.scaled).ok()), f.value) {
            (Some(integer), _) => map.serialize_entry("value", &integer)?,
            (None, Some(value)) => map.serialize_entry("value", &value.to_string())?,
            (None, None) => map.serialize_entry("value", &None::<i64>)?,
        }
        map.serialize_entry("unit", f.unit.name())?;
        map.serialize_entry("dims", &f.dims)?;
        map.serialize_entry("as_of", &f.as_of.to_string())?;
        map.end()
    }
}
