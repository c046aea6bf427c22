//! What a column could be, narrowed cell by cell.

use super::LooseType;
use crate::cell::{date, number};
use crate::faults;

/// The types that every cell so far could be of.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    int: bool,
    bool: bool,
    date: bool,
    decimal: bool,
    any: bool,
    /// The first number that no ratio can hold, with its row.
    pub(super) beyond: Option<(u64, String)>,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { int: true, bool: true, date: true, decimal: true, any: false, beyond: None }
    }
}

impl Candidates {
    /// Narrows by a cell that is not empty.
    pub(super) fn see(&mut self, cell: &str, row: u64) {
        self.any = true;
        self.bool = self.bool && (cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false"));
        self.date = self.date && cell.len() == 10 && cell.contains('-') && date::parse(cell).is_ok();
        if !self.decimal {
            return;
        }
        // `007` is a name made of digits: as a number it would lose its zeros.
        let digits = cell.strip_prefix('-').unwrap_or(cell);
        let leading = digits.starts_with('0') && digits.len() > 1 && !digits.starts_with("0.");
        self.int = self.int && !leading && number::parse(cell, &number::INT).is_ok();
        match number::parse(cell, &number::RATIO) {
            _ if leading => self.decimal = false,
            Ok(_) => {}
            Err(why) if why.code == faults::OUT_OF_RANGE.code || why.code == faults::RATIO_RANGE.code => {
                self.beyond.get_or_insert_with(|| (row, cell.to_owned()));
            }
            Err(_) => self.decimal = false,
        }
        self.int = self.int && self.decimal;
    }

    /// The type chosen; none where the column is of numbers that a ratio cannot hold.
    pub(super) fn choose(&self) -> Option<LooseType> {
        Some(match self {
            Self { any: false, .. } => LooseType::Text,
            Self { int: true, .. } => LooseType::Int,
            Self { bool: true, .. } => LooseType::Bool,
            Self { date: true, .. } => LooseType::Date,
            Self { decimal: true, beyond: None, .. } => LooseType::Ratio,
            Self { decimal: true, .. } => return None,
            _ => LooseType::Text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_type_that_holds_every_cell() {
        use LooseType::{Bool, Date, Int, Ratio, Text};
        for (cells, want) in [
            (&["1", "-20", "0"][..], Some(Int)),
            (&["9223372036854775807"], Some(Int)),
            (&["1", "2.5"], Some(Ratio)),
            (&["0.1", "-0.000000000001"], Some(Ratio)),
            (&["true", "FALSE"], Some(Bool)),
            (&["2025-09-30", "2024-02-29"], Some(Date)),
            (&["2025-09-30", "2025-02-29"], Some(Text)),
            (&["007", "1"], Some(Text)),
            (&["1", "a"], Some(Text)),
            (&["1", "true"], Some(Text)),
            (&["1e5"], Some(Text)),
            (&["20250930"], Some(Int)),
            (&["0.5", "99999999.99"], None),
            (&["0.0000000000001"], None),
            (&["99999999.99", "x"], Some(Text)),
            (&[], Some(Text)),
        ] {
            let mut seen = Candidates::default();
            for cell in cells {
                seen.see(cell, 2);
            }
            assert_eq!(seen.choose(), want, "{cells:?}");
        }
    }
}
