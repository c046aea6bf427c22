//! Free text: its length, and what must not stand in it.

use super::Parsed;
use crate::faults;

/// Accepts text as it stands. `max` is in characters.
///
/// Text that a spreadsheet would run as a formula is refused, because every export of it would carry the attack on; so
/// are control characters and the invisible marks that reorder or hide text. A lone `-`, the usual sign for "none", and
/// line feeds within the text are fine.
pub(crate) fn check(cell: &str, max: usize) -> Parsed<()> {
    let bytes = cell.as_bytes();
    if matches!(bytes.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')) && cell != "-" {
        return Err(&faults::FORMULA_TEXT);
    }
    // One pass without branches over the usual case: short, printable ASCII.
    let plain = bytes.iter().fold(true, |ok, b| ok & (0x20..0x7F).contains(b));
    if plain {
        return if bytes.len() <= max { Ok(()) } else { Err(&faults::TOO_LONG) };
    }
    if cell.starts_with(['＝', '＋', '－', '＠']) && cell != "－" {
        return Err(&faults::FORMULA_TEXT);
    }
    let mut count = 0_usize;
    for c in cell.chars() {
        count += 1;
        if hidden(c) {
            return Err(&faults::CONTROL);
        }
    }
    if count <= max { Ok(()) } else { Err(&faults::TOO_LONG) }
}

/// Control characters but the line feed, zero-width and directional marks, and the replacement character that a lossy
/// conversion leaves behind.
fn hidden(c: char) -> bool {
    match c {
        '\n' => false,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFD}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_text_may_hold() {
        let long = "字".repeat(60);
        let longer = "字".repeat(61);
        let cases: &[(&str, Option<&str>)] = &[
            ("北京活水科技有限公司", None),
            ("Acme \"Labs\", Inc.", None),
            ("甲\n乙", None),
            ("-", None),
            ("a=b", None),
            ("=1+1", Some("cell.formula_text")),
            ("+86", Some("cell.formula_text")),
            ("-5", Some("cell.formula_text")),
            ("@SUM(A1)", Some("cell.formula_text")),
            ("\tx", Some("cell.formula_text")),
            ("\rx", Some("cell.formula_text")),
            ("＝HYPERLINK()", Some("cell.formula_text")),
            ("a\u{0}b", Some("cell.control_character")),
            ("a\tb", Some("cell.control_character")),
            ("a\u{7f}", Some("cell.control_character")),
            ("甲\u{202e}乙", Some("cell.control_character")),
            ("锟\u{fffd}", Some("cell.control_character")),
            (&long, None),
            (&longer, Some("cell.too_long")),
        ];
        for (cell, want) in cases {
            assert_eq!(check(cell, 60).err().map(|f| f.code), *want, "{cell:?}");
        }
    }
}
