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
    /// A number that no ratio can hold was seen: an amount, most likely, but its unit is for the caller to state.
    beyond: bool,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { int: true, bool: true, date: true, decimal: true, any: false, beyond: false }
    }
}

impl Candidates {
    /// Narrows by a cell that is not empty.
    pub(super) fn see(&mut self, cell: &str) {
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
                self.beyond = true;
            }
            Err(_) => self.decimal = false,
        }
        self.int = self.int && self.decimal;
    }

    /// The type chosen. Numbers beyond a ratio stay text, so that a column that no formula names is in nobody's way.
    pub(super) fn choose(&self) -> LooseType {
        match self {
            Self { any: false, .. } => LooseType::Text,
            Self { int: true, .. } => LooseType::Int,
            Self { bool: true, .. } => LooseType::Bool,
            Self { date: true, .. } => LooseType::Date,
            Self { decimal: true, beyond: false, .. } => LooseType::Ratio,
            _ => LooseType::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_type_that_holds_every_cell() {
        use LooseType::{Bool, Date, Int, Ratio, Text};
        for (cells, want) in [
            (&["1", "-20", "0"][..], Int),
            (&["9223372036854775807"], Int),
            (&["1", "2.5"], Ratio),
            (&["0.1", "-0.000000000001"], Ratio),
            (&["true", "FALSE"], Bool),
            (&["2025-09-30", "2024-02-29"], Date),
            (&["2025-09-30", "2025-02-29"], Text),
            (&["007", "1"], Text),
            (&["1", "a"], Text),
            (&["1", "true"], Text),
            (&["1e5"], Text),
            (&["20250930"], Int),
            (&["0.5", "99999999.99"], Text),
            (&["0.0000000000001"], Text),
            (&["99999999.99", "x"], Text),
            (&[], Text),
        ] {
            let mut seen = Candidates::default();
            for cell in cells {
                seen.see(cell);
            }
            assert_eq!(seen.choose(), want, "{cells:?}");
        }
    }
}
