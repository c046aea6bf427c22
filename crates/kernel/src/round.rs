//! The one rounding of the platform: half to even, at the end, once.

/// `num / den` rounded to the nearest whole number, a tie to the even neighbour. None if `den` is zero or the result
/// does not fit.
#[must_use]
pub fn div_half_even(num: i128, den: i128) -> Option<i128> {
    let quotient = num.checked_div(den)?;
    let remainder = num.checked_rem(den)?.unsigned_abs();
    let rest = den.unsigned_abs() - remainder;
    let away = remainder > rest || (remainder == rest && quotient % 2 != 0);
    if !away {
        return Some(quotient);
    }
    // The quotient was cut towards zero; its own sign is lost when it is zero, so take it from the operands.
    quotient.checked_add(if (num < 0) == (den < 0) { 1 } else { -1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_even_neighbour_on_both_sides_of_zero() {
        for (num, den, want) in [
            (5, 2, 2),
            (7, 2, 4),
            (-5, 2, -2),
            (-7, 2, -4),
            (1, 2, 0),
            (-1, 2, 0),
            (3, -2, -2),
            (2, 3, 1),
            (-2, 3, -1),
            (1, 3, 0),
            (0, 7, 0),
            (6, 3, 2),
        ] {
            assert_eq!(div_half_even(num, den), Some(want), "{num}/{den}");
        }
    }

    #[test]
    fn the_edges_of_the_type_do_not_wrap() {
        assert_eq!(div_half_even(1, 0), None);
        assert_eq!(div_half_even(i128::MIN, -1), None);
        assert_eq!(div_half_even(i128::MIN, 1), Some(i128::MIN));
        assert_eq!(div_half_even(i128::MAX, i128::MIN), Some(-1));
        assert_eq!(div_half_even(i128::MAX, 2), Some(i128::MAX / 2 + 1));
        assert_eq!(div_half_even(1, i128::MIN), Some(0));
    }
}
