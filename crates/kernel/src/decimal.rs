//! Decimal text to scaled integers and back, for money and rates.

/// Why a text is not a scaled integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalError {
    /// Not a number as we write them.
    Invalid,
    /// More decimals than the scale holds.
    TooPrecise,
    /// Beyond 64 bits.
    Overflow,
}

/// Reads `-1,234.56` as an integer of `scale` decimals. Commas, where there are any, must part groups of three. No
/// exponent, no plus sign, no bare point.
pub(crate) fn parse(text: &str, scale: u32) -> Result<i64, DecimalError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, decimals) = match digits.split_once('.') {
        Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
        Some(_) => return Err(DecimalError::Invalid),
        None => (digits, ""),
    };
    if !whole_is_well_formed(whole) || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::Invalid);
    }
    let places = u32::try_from(decimals.len()).map_err(|_| DecimalError::TooPrecise)?;
    let missing = scale.checked_sub(places).ok_or(DecimalError::TooPrecise)?;
    // Built on the negative side, where the type reaches one further.
    let mut value: i64 = 0;
    for digit in whole.bytes().filter(|b| *b != b',').chain(decimals.bytes()) {
        value =
            value.checked_mul(10).and_then(|v| v.checked_sub(i64::from(digit - b'0'))).ok_or(DecimalError::Overflow)?;
    }
    let value = 10i64.checked_pow(missing).and_then(|p| value.checked_mul(p)).ok_or(DecimalError::Overflow)?;
    if negative { Ok(value) } else { value.checked_neg().ok_or(DecimalError::Overflow) }
}

fn whole_is_well_formed(whole: &str) -> bool {
    if !whole.contains(',') {
        return !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    }
    whole.split(',').enumerate().all(|(i, group)| {
        let length_fits = if i == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        length_fits && group.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Writes an integer of `scale` decimals in full, with or without commas between thousands.
pub(crate) fn show(value: i128, scale: u32, grouped: bool) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, decimals) = digits.split_at(digits.len() - scale);
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 2);
    if value < 0 {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if grouped && i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if scale > 0 {
        out.push('.');
        out.push_str(decimals);
    }
    out
}
