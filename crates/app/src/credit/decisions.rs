//! x
use huoshui_kernel::fault::{Fault, Result};
/// 32 random bytes, hexadecimal: the salt of a decision's commitments.
///
/// # Errors
/// `app.internal` when the system gives no randomness.
pub fn salt() -> Result<String> {
    let mut salt = [0_u8; 32];
    getrandom::fill(&mut salt).map_err(|e| Fault::new(&crate::faults::INTERNAL).with("what", e))?;
    Ok(huoshui_journal::hash::hex(&salt))
}
