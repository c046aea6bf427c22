//! Planted mistakes, one rule of the language flipped at a time, so that a test can show that the comparison of executors
//! would catch it. Without the feature `mutants` nothing of this is compiled in.

/// A rule flipped in one executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mutant {
    RowHalfUp,
    RowInNull,
    RowLeastNull,
    ColumnsHalfUp,
    ColumnsInNull,
    ColumnsLeastNull,
    SqlHalfUp,
    SqlInNull,
    SqlLeastNull,
}

#[cfg(feature = "mutants")]
mod planted {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Mutant;

    static ACTIVE: AtomicU8 = AtomicU8::new(u8::MAX);

    /// Plants a mistake in every thread, or with None takes it out again.
    pub fn plant(mutant: Option<Mutant>) {
        ACTIVE.store(mutant.map_or(u8::MAX, |m| m as u8), Ordering::SeqCst);
    }

    /// Whether this mistake is planted.
    pub fn on(mutant: Mutant) -> bool {
        ACTIVE.load(Ordering::Relaxed) == mutant as u8
    }
}

#[cfg(feature = "mutants")]
pub use planted::{on, plant};

/// Whether this mistake is planted: never.
#[cfg(not(feature = "mutants"))]
#[must_use]
#[inline(always)]
pub const fn on(_: Mutant) -> bool {
    false
}

/// Rounding with ties away from zero: the mistake that `…HalfUp` plants.
#[must_use]
pub fn half_up(num: i128, den: i128) -> Option<i64> {
    let (q, r) = (num.checked_div(den)?, num.checked_rem(den)?);
    let away = r.unsigned_abs() >= den.unsigned_abs() - r.unsigned_abs();
    let step = if (num < 0) == (den < 0) { 1 } else { -1 };
    i64::try_from(if away { q + step } else { q }).ok()
}
