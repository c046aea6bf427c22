//! Whole numbers, amounts and rates, digit by digit: no floating point, no exponent, nothing guessed.

use huoshui_kernel::FaultSpec;

use super::Parsed;
use crate::faults;

/// What a numeric column accepts and how it reports what it does not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grammar {
    /// Decimals kept: the value is scaled by ten to this power.
    pub scale: u32,
    /// Whether `1,234,567.00` is read.
    pub thousands: bool,
    /// Whether one trailing `%` is read.
    pub percent: bool,
    /// Not a number at all.
    pub malformed: &'static FaultSpec,
    /// Finer than the scale.
    pub too_fine: &'static FaultSpec,
}

/// Whole numbers.
pub(crate) const INT: Grammar =
    Grammar { scale: 0, thousands: false, percent: false, malformed: &faults::BAD_INT, too_fine: &faults::BAD_INT };
/// Yuan into fen.
pub(crate) const MONEY: Grammar = Grammar {
    scale: 2,
    thousands: true,
    percent: false,
    malformed: &faults::BAD_MONEY,
    too_fine: &faults::MONEY_DECIMALS,
};
/// Percent into parts per million.
pub(crate) const RATE: Grammar = Grammar {
    scale: 4,
    thousands: false,
    percent: true,
    malformed: &faults::BAD_RATE,
    too_fine: &faults::RATE_DECIMALS,
};

/// Decimals into ratios of twelve places.
pub(crate) const RATIO: Grammar = Grammar {
    scale: 12,
    thousands: false,
    percent: false,
    malformed: &faults::BAD_NUMBER,
    too_fine: &faults::RATIO_RANGE,
};

/// Reads a decimal number into an integer scaled by `10^scale`.
pub(crate) fn parse(cell: &str, grammar: &Grammar) -> Parsed<i64> {
    let mut body = cell;
    if grammar.percent {
        body = body.strip_suffix('%').or_else(|| body.strip_suffix('％')).unwrap_or(body);
    }
    let (negative, body) = match body.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, body),
    };
    let mut value: u64 = 0;
    let mut overflow = false;
    let mut digits = 0_usize;
    let mut commas = false;
    let mut decimals: Option<u32> = None;
    for &b in body.as_bytes() {
        match b {
            b'0'..=b'9' => {
                digits += 1;
                if let Some(n) = decimals.as_mut() {
                    *n += 1;
                    if *n > grammar.scale {
                        continue;
                    }
                }
                match value.checked_mul(10).and_then(|v| v.checked_add(u64::from(b - b'0'))) {
                    Some(next) => value = next,
                    None => overflow = true,
                }
            }
            b'.' if decimals.is_none() && digits > 0 && grammar.scale > 0 => decimals = Some(0),
            b',' if grammar.thousands && decimals.is_none() => commas = true,
            // A decimal point in a whole number is a number, only too fine; anything else is not a number.
            _ => return Err(grammar.malformed),
        }
    }
    let places = decimals.unwrap_or(0);
    if digits == 0 || decimals == Some(0) || (commas && !grouped(body)) {
        return Err(grammar.malformed);
    }
    if places > grammar.scale {
        return Err(grammar.too_fine);
    }
    for _ in places..grammar.scale {
        match value.checked_mul(10) {
            Some(next) => value = next,
            None => overflow = true,
        }
    }
    if overflow {
        return Err(&faults::OUT_OF_RANGE);
    }
    let signed = i64::try_from(value).map_err(|_| &faults::OUT_OF_RANGE)?;
    Ok(if negative { -signed } else { signed })
}

/// Whether the commas stand where thousands are: one to three digits, then groups of three.
fn grouped(body: &str) -> bool {
    let whole = body.split('.').next().unwrap_or(body);
    let mut groups = whole.split(',');
    groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, grammar: &Grammar) -> Result<i64, &'static str> {
        parse(cell, grammar).map_err(|spec| spec.code)
    }

    #[test]
    fn money_is_fen_exactly() {
        for (cell, want) in [
            ("0", 0),
            ("1234.56", 123_456),
            ("1234.5", 123_450),
            ("-0.01", -1),
            ("1,234,567.80", 123_456_780),
            ("007.00", 700),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(read(cell, &MONEY), Ok(want), "{cell}");
        }
        for (cell, want) in [
            ("", "cell.bad_money"),
            ("-", "cell.bad_money"),
            (".5", "cell.bad_money"),
            ("1.", "cell.bad_money"),
            ("1e5", "cell.bad_money"),
            ("￥12", "cell.bad_money"),
            ("+12", "cell.bad_money"),
            ("--1", "cell.bad_money"),
            ("1.2.3", "cell.bad_money"),
            ("12,34.00", "cell.bad_money"),
            (",123", "cell.bad_money"),
            ("1,234.5,0", "cell.bad_money"),
            ("１２", "cell.bad_money"),
            ("1 000", "cell.bad_money"),
            ("0.001", "cell.money_decimals"),
            ("1.000", "cell.money_decimals"),
            ("92233720368547758.08", "cell.out_of_range"),
            ("99999999999999999999999", "cell.out_of_range"),
        ] {
            assert_eq!(read(cell, &MONEY), Err(want), "{cell}");
        }
    }

    #[test]
    fn rates_are_percent_with_four_decimals() {
        for (cell, want) in [
            ("3.45", 34_500),
            ("3.4500", 34_500),
            ("3.4567%", 34_567),
            ("0", 0),
            ("-0.5", -5_000),
            ("100％", 1_000_000),
        ] {
            assert_eq!(read(cell, &RATE), Ok(want), "{cell}");
        }
        assert_eq!(read("3.45678", &RATE), Err("cell.rate_decimals"));
        assert_eq!(read("3.45%%", &RATE), Err("cell.bad_rate"));
        assert_eq!(read("%", &RATE), Err("cell.bad_rate"));
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(read("-40", &INT), Ok(-40));
        assert_eq!(read("1.0", &INT), Err("cell.bad_integer"));
        assert_eq!(read("1,000", &INT), Err("cell.bad_integer"));
        assert_eq!(read("9223372036854775808", &INT), Err("cell.out_of_range"));
    }
}
