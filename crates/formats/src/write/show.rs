//! Values as the text that files for people hold, and columns of a batch as such values.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, StringArray};
use huoshui_kernel::shape::{CellKind, CodeName, ColumnShape};

use super::HeaderLang;
use crate::cell::codes::Codes;
use crate::cell::date::civil;

/// Appends `value / 10^scale` with all its decimals.
pub(crate) fn decimal(out: &mut Vec<u8>, value: i64, scale: u32) {
    let mut digits = [b'0'; 24];
    let mut rest = value.unsigned_abs();
    let mut used = 0_usize;
    let scale = usize::try_from(scale).unwrap_or(0);
    // Digits from the last: at least one before the point.
    for slot in digits.iter_mut().rev() {
        if rest == 0 && used > scale {
            break;
        }
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
    }
    if value < 0 {
        out.push(b'-');
    }
    let shown = digits.get(digits.len() - used..).unwrap_or_default();
    let (whole, part) = shown.split_at(used - scale.min(used));
    out.extend_from_slice(whole);
    if scale > 0 {
        out.push(b'.');
        out.extend_from_slice(part);
    }
}

/// Appends `2025-09-30`.
pub(crate) fn date(out: &mut Vec<u8>, days: i32) {
    let (year, month, day) = civil(days);
    let two = |n: i32| [b'0' + u8::try_from(n / 10 % 10).unwrap_or(0), b'0' + u8::try_from(n % 10).unwrap_or(0)];
    out.extend_from_slice(&two(year / 100));
    out.extend_from_slice(&two(year));
    out.push(b'-');
    out.extend_from_slice(&two(month));
    out.push(b'-');
    out.extend_from_slice(&two(day));
}

/// A column of a batch, its type checked once.
pub(crate) enum View<'a> {
    /// Scaled by ten to the power given.
    Number(&'a Int64Array, u32),
    Date(&'a Date32Array),
    Flag(&'a BooleanArray),
    Text(&'a StringArray),
    /// Keys, and what each key is written as.
    Code(&'a Int32Array, Vec<String>),
    /// Sets of codes, written in the language asked for.
    CodeSet(&'a StringArray, Codes),
}

impl<'a> View<'a> {
    /// None where the array is not of the column's type.
    pub(crate) fn of(array: &'a ArrayRef, column: &ColumnShape, lang: HeaderLang) -> Option<Self> {
        Some(match column.kind {
            CellKind::Int | CellKind::BasisPoints => Self::Number(array.as_primitive_opt::<Int64Type>()?, 0),
            CellKind::Money => Self::Number(array.as_primitive_opt::<Int64Type>()?, 2),
            CellKind::Rate => Self::Number(array.as_primitive_opt::<Int64Type>()?, 4),
            CellKind::Date => Self::Date(array.as_primitive_opt::<Date32Type>()?),
            CellKind::Flag => Self::Flag(array.as_boolean_opt()?),
            CellKind::Text | CellKind::Uscc => Self::Text(array.as_string_opt::<i32>()?),
            CellKind::CodeSet(set) => Self::CodeSet(array.as_string_opt::<i32>()?, Codes::new(set)),
            CellKind::Code(set) => match array.as_string_opt::<i32>() {
                Some(texts) => Self::CodeSet(texts, Codes::new(set)),
                None => {
                    let codes = array.as_dictionary_opt::<Int32Type>()?;
                    let names = codes.values().as_string_opt::<i32>()?;
                    let shown =
                        names.iter().map(|name| name.map_or_else(String::new, |n| word(set, n, lang))).collect();
                    Self::Code(codes.keys(), shown)
                }
            },
        })
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Number(a, _) => a.is_null(row),
            Self::Date(a) => a.is_null(row),
            Self::Flag(a) => a.is_null(row),
            Self::Text(a) | Self::CodeSet(a, _) => a.is_null(row),
            Self::Code(a, _) => a.is_null(row),
        }
    }

    /// Appends the value as text; nothing for null. The row must be within the array.
    pub(crate) fn put(&self, row: usize, lang: HeaderLang, out: &mut Vec<u8>) {
        if self.is_null(row) {
            return;
        }
        match self {
            Self::Number(a, scale) => decimal(out, a.value(row), *scale),
            Self::Date(a) => date(out, a.value(row)),
            Self::Flag(a) => out.extend_from_slice(lang.flag(a.value(row)).as_bytes()),
            Self::Text(a) => out.extend_from_slice(a.value(row).as_bytes()),
            Self::Code(keys, names) => {
                let name = usize::try_from(keys.value(row)).ok().and_then(|key| names.get(key));
                out.extend_from_slice(name.map_or("", String::as_str).as_bytes());
            }
            Self::CodeSet(a, codes) => {
                for (i, part) in a.value(row).split('+').enumerate() {
                    if i > 0 {
                        out.push(b'+');
                    }
                    out.extend_from_slice(word(codes.set(), part, lang).as_bytes());
                }
            }
        }
    }
}

/// A code as it is written; one that the set lacks stays as it is, to be refused by whoever reads it.
fn word(set: &[CodeName], code: &str, lang: HeaderLang) -> String {
    set.iter().find(|n| n.code == code).map_or_else(|| code.to_owned(), |n| lang.code_name(n).to_owned())
}

/// Whether a spreadsheet would take the text for a formula.
pub(crate) fn runs_as_formula(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')) && text != b"-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_all_their_decimals() {
        for (value, scale, want) in [
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (123_456, 2, "1234.56"),
            (34_500, 4, "3.4500"),
            (-40, 0, "-40"),
            (0, 0, "0"),
            (i64::MIN, 2, "-92233720368547758.08"),
            (1, 12, "0.000000000001"),
        ] {
            let mut out = Vec::new();
            decimal(&mut out, value, scale);
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }

    #[test]
    fn dates_are_iso() {
        for (days, want) in
            [(0, "1970-01-01"), (20_361, "2025-09-30"), (-719_162, "0001-01-01"), (2_932_896, "9999-12-31")]
        {
            let mut out = Vec::new();
            date(&mut out, days);
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }
}
