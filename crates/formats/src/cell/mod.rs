//! One cell's text to one value. Each function returns the catalogue entry of what is wrong, so that a bad cell costs no
//! allocation until someone wants to show it.

pub(crate) mod codes;
pub(crate) mod date;
pub(crate) mod number;
pub(crate) mod text;

use huoshui_kernel::FaultSpec;

/// A value, or what is wrong with the cell.
pub(crate) type Parsed<T> = Result<T, &'static FaultSpec>;

/// Without leading and trailing spaces, ASCII and ideographic. Tabs and line ends stay: in text they are reported.
pub(crate) fn trim(cell: &str) -> &str {
    let outside = |b: Option<&u8>| matches!(b, Some(b' ' | 0xE3 | 0x80));
    // Most cells have nothing to trim: look at the outer bytes before decoding any character.
    if !outside(cell.as_bytes().first()) && !outside(cell.as_bytes().last()) {
        return cell;
    }
    cell.trim_matches([' ', '\u{3000}'])
}

/// `Y` or `N`, 是 or 否, `true` or `false`, `1` or `0`; letters in either case.
pub(crate) fn flag(cell: &str) -> Parsed<bool> {
    match cell {
        "Y" | "是" | "1" => Ok(true),
        "N" | "否" | "0" => Ok(false),
        _ if cell.eq_ignore_ascii_case("y") || cell.eq_ignore_ascii_case("true") => Ok(true),
        _ if cell.eq_ignore_ascii_case("n") || cell.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(&crate::faults::BAD_FLAG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_trimmed_and_nothing_else() {
        for (cell, want) in [
            ("a", "a"),
            (" a b ", "a b"),
            ("\u{3000}甲\u{3000} ", "甲"),
            ("\ta", "\ta"),
            ("、", "、"),
            ("", ""),
            ("  ", ""),
        ] {
            assert_eq!(trim(cell), want, "{cell:?}");
        }
    }

    #[test]
    fn flags() {
        for cell in ["Y", "y", "是", "true", "TRUE", "1"] {
            assert_eq!(flag(cell), Ok(true), "{cell}");
        }
        for cell in ["N", "n", "否", "false", "False", "0"] {
            assert_eq!(flag(cell), Ok(false), "{cell}");
        }
        for cell in ["yes", "2", "真", "YN", "-"] {
            assert_eq!(flag(cell).map_err(|f| f.code), Err("cell.bad_flag"), "{cell}");
        }
    }
}
