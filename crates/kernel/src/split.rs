//! Sharing an amount out.

use crate::fault::{Fault, Result};
use crate::faults;
use crate::money::Fen;

/// Splits an amount in proportion to the weights, by the largest remainder: every share is the exact one rounded up or
/// down to a fen, the shares add up to the amount, and fen left over go to the largest remainders, on a tie to the
/// earlier share. A negative amount is split as its opposite.
///
/// Fails if the weights add up to zero (none given counts as that).
pub fn split(amount: Fen, weights: &[u64]) -> Result<Vec<Fen>> {
    let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if total == 0 {
        return Err(Fault::new(&faults::SPLIT_WEIGHTS));
    }
    let size = amount.0.unsigned_abs();
    let mut left = size;
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (i, weight) in weights.iter().enumerate() {
        // Below 2⁶³·2⁶⁴ plus nothing: it fits, and the quotient is at most `size`.
        let exact = u128::from(size) * u128::from(*weight);
        let share = u64::try_from(exact / total).unwrap_or(size);
        left -= share;
        shares.push(share);
        remainders.push((exact % total, i));
    }
    // Fewer fen are left than there are shares with a remainder.
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, i) in remainders.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(share) = shares.get_mut(i) {
            *share += 1;
        }
    }
    Ok(shares.into_iter().map(|share| signed(share, amount.0 < 0)).collect())
}

fn signed(size: u64, negative: bool) -> Fen {
    // A share never exceeds the amount, so both saturations are exact.
    if negative { Fen(0i64.saturating_sub_unsigned(size)) } else { Fen(0i64.saturating_add_unsigned(size)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(amount: i64, weights: &[u64]) -> Vec<i64> {
        split(Fen(amount), weights).unwrap().into_iter().map(|f| f.0).collect()
    }

    #[test]
    fn fen_left_over_go_to_the_largest_remainders_then_to_the_earlier_share() {
        assert_eq!(shares(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(shares(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(shares(100, &[1, 2, 3]), [17, 33, 50]);
        assert_eq!(shares(5, &[0, 3, 0, 7]), [0, 2, 0, 3]);
        assert_eq!(shares(1, &[1, 1, 1, 1]), [1, 0, 0, 0]);
        assert_eq!(shares(0, &[5, 6]), [0, 0]);
        assert_eq!(shares(i64::MIN, &[u64::MAX]), [i64::MIN]);
        assert_eq!(shares(i64::MAX, &[u64::MAX, u64::MAX]), [i64::MAX / 2 + 1, i64::MAX / 2]);
    }

    #[test]
    fn weights_that_add_up_to_nothing_are_refused() {
        assert_eq!(split(Fen(1), &[]).unwrap_err().code(), "money.bad_weights");
        assert_eq!(split(Fen(1), &[0, 0]).unwrap_err().code(), "money.bad_weights");
    }
}
