//! One figure to meet.

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::money::Fen;
use huoshui_kernel::rate::{self, Ppm};

use super::Targets;
use crate::dice::{float, float_i, whole};
use crate::faults;

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Firms; [`Target::value`] is their number.
    Count,
    /// CNY; the value is fen, as indicators give it.
    Money,
    /// A share or growth; the value is parts per million, indicators give the plain ratio (`0.1234`).
    Ratio,
    /// Basis points; the value is in hundredths of one, indicators give basis points (`-25`).
    BasisPoints,
}

/// A figure with the words it was published in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The indicator's code.
    pub code: String,
    /// The figure's number in the reading of the document (`F08`).
    pub figure: String,
    /// The document's words.
    pub document: String,
    /// Its value, in the unit's integers.
    pub value: i64,
    /// How far a computed value may lie from it and still be printed so.
    pub tolerance: i64,
    /// What both are counted in.
    pub unit: Unit,
    /// Whether it grows with the scale of the city.
    pub scales: bool,
}

impl Target {
    /// Reads a value and its tolerance: `1234.56亿元`, `12.34%`, `-25bp`, `1234`.
    pub(super) fn read(
        code: &str,
        figure: &str,
        document: &str,
        value: &str,
        tolerance: &str,
        scales: bool,
    ) -> Result<Self> {
        let bad = |text: &str| Fault::new(&faults::TARGET_VALUE).with("code", code).with("value", text);
        let (number, unit) = read_value(value).ok_or_else(|| bad(value))?;
        let (slack, slack_unit) = read_value(tolerance).ok_or_else(|| bad(tolerance))?;
        if (slack_unit != unit && slack != 0) || slack < 0 {
            return Err(bad(tolerance));
        }
        let text = str::to_owned;
        Ok(Self {
            code: text(code),
            figure: text(figure),
            document: text(document),
            value: number,
            tolerance: slack,
            unit,
            scales,
        })
    }

    /// Whether a computed value, as indicators give it (fen, a plain ratio, basis points, a count; a decimal number), is
    /// within the printed precision. None if it is no decimal number.
    #[must_use]
    pub fn meets(&self, computed: &str) -> Option<bool> {
        // At twelve decimals, the most that indicators give, everything is a whole number.
        let exact = decimal(computed, 12)?;
        let per_unit: i128 = 10i128.pow(12 - self.decimals());
        let distance = (exact - i128::from(self.value) * per_unit).abs();
        Some(distance <= i128::from(self.tolerance) * per_unit)
    }

    /// How many decimals of the indicator's number the integers of [`Target::value`] hold.
    const fn decimals(&self) -> u32 {
        match self.unit {
            Unit::Count | Unit::Money => 0,
            Unit::Ratio => 6,
            Unit::BasisPoints => 2,
        }
    }

    pub(super) fn at_scale(&self, scale: f64, targets: &Targets) -> Self {
        let mut scaled = self.clone();
        if self.scales {
            scaled.value = whole(float_i(self.value) * scale);
            scaled.tolerance = whole(float_i(self.tolerance) * scale);
        }
        // A smaller city cannot have a part of a firm: half a borrower (half a firm on the list) more or less.
        let firms =
            targets.figure("srdi_count").map_or(float(targets.population.srdi_now), |t| float_i(t.value)) * scale;
        let borrowers = firms * targets.population.srdi_borrowing;
        let slack = match self.code.as_str() {
            _ if (scale - 1.0).abs() < 1e-9 => 0.0,
            "srdi_avg_balance" => float_i(self.value) * 0.6 / borrowers,
            "srdi_avg_balance_growth_ytd" => 1.4e6 / borrowers,
            // All of a smaller number is still all.
            "srdi_account_coverage" if self.value == 1_000_000 => 0.0,
            "srdi_account_coverage" | "srdi_financing_coverage" | "srdi_loan_coverage" => 0.6e6 / firms,
            _ => 0.0,
        };
        scaled.tolerance += whole(slack);
        scaled
    }
}

fn read_value(text: &str) -> Option<(i64, Unit)> {
    let text = text.trim();
    if let Some(bp) = text.strip_suffix("bp") {
        return i64::try_from(decimal(bp.trim(), 2)?).ok().map(|v| (v, Unit::BasisPoints));
    }
    if text.ends_with('%') {
        return Ppm::parse_percent(text).ok().map(|p| (p.0, Unit::Ratio));
    }
    if text.ends_with('元') {
        return Fen::parse_yuan(text).ok().map(|f| (f.0, Unit::Money));
    }
    rate::parse_basis_points(text).ok().map(|n| (n, Unit::Count))
}

/// A plain decimal number times ten to the `places`; further digits are cut.
fn decimal(text: &str, places: u32) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i128 = whole.parse().ok()?;
    let mut decimals = part.bytes();
    for _ in 0..places {
        let digit = decimals.next().map_or(0, |b| i128::from(b - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    Some(if negative { -value } else { value })
}
