//! Passwords: argon2id, a bounded number at once.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use huoshui_journal::hash::{hex, unhex};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::{faults, secret};

/// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB of memory, two passes, one lane
/// (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long one waits for a free place before it is told to come back.
const WAIT: Duration = Duration::from_secs(2);
/// Lengths of a password, in characters. NIST SP 800-63B asks for at least 8 and for room up to 64.
const LEAST: usize = 10;
const MOST: usize = 128;

/// The stored form of a password: parameters, salt and hash, so that parameters can change and old hashes still hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashed {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    hash: String,
}

/// Hashes passwords, so many at once: each takes 19 MiB and a core for tens of milliseconds, and a flood of sign-ins must
/// not take the machine.
pub struct Hasher {
    at_once: usize,
    waiting: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Default)]
struct State {
    running: usize,
    waiting: usize,
}

/// A place among those hashing, given back when dropped.
struct Place<'a>(&'a Hasher);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.state.lock() {
            state.running = state.running.saturating_sub(1);
        }
        self.0.freed.notify_one();
    }
}

impl Hasher {
    /// So many at once, and so many that may wait for two seconds.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Self { at_once: at_once.max(1), waiting, state: Mutex::default(), freed: Condvar::new() }
    }

    fn place(&self) -> Result<Place<'_>> {
        let busy = || Fault::new(&faults::HASHING);
        let mut state = self.state.lock().map_err(|_| busy())?;
        if state.running >= self.at_once {
            if state.waiting >= self.waiting {
                return Err(busy());
            }
            state.waiting += 1;
            let waited = self.freed.wait_timeout_while(state, WAIT, |s| s.running >= self.at_once);
            let (mut after, timeout) = waited.map_err(|_| busy())?;
            after.waiting = after.waiting.saturating_sub(1);
            if timeout.timed_out() && after.running >= self.at_once {
                return Err(busy());
            }
            state = after;
        }
        state.running += 1;
        Ok(Place(self))
    }

    /// Hashes a new password with a fresh salt.
    ///
    /// # Errors
    /// `access.busy`, `app.internal`.
    pub fn hash(&self, password: &str) -> Result<Hashed> {
        let _place = self.place()?;
        let salt = secret::random::<16>()?;
        let hash = derive(password, &salt, MEMORY_KIB, PASSES, LANES)?;
        Ok(Hashed { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt: hex(&salt), hash: hex(&hash) })
    }

    /// Whether the password is that one. Without a stored hash it works as long and says no, so that the time does not
    /// tell whether a login exists.
    ///
    /// # Errors
    /// `access.busy`, `app.internal`.
    pub fn verify(&self, password: &str, stored: Option<&Hashed>) -> Result<bool> {
        let _place = self.place()?;
        let Some(stored) = stored else {
            derive(password, &[0; 16], MEMORY_KIB, PASSES, LANES)?;
            return Ok(false);
        };
        let salt = unhex::<16>(&stored.salt).unwrap_or_default();
        let hash = derive(password, &salt, stored.memory_kib, stored.passes, stored.lanes)?;
        Ok(secret::same(&hex(&hash), &stored.hash))
    }
}

fn derive(password: &str, salt: &[u8], memory: u32, passes: u32, lanes: u32) -> Result<[u8; 32]> {
    let internal = |e: argon2::Error| Fault::new(&crate::faults::INTERNAL).with("what", e);
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(internal)?;
    let mut out = [0_u8; 32];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(password.as_bytes(), salt, &mut out).map_err(internal)?;
    Ok(out)
}

/// Holds a new password to its bounds. Length is what counts; rules about characters make worse passwords.
pub fn check_password(login: &str, password: &str) -> Result<()> {
    let length = password.chars().count();
    if (LEAST..=MOST).contains(&length) && !password.eq_ignore_ascii_case(login) {
        return Ok(());
    }
    Err(Fault::new(&faults::WEAK_PASSWORD).with("least", LEAST).with("most", MOST).field("password"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_opens_it() {
        let hasher = Hasher::new(1, 0);
        let stored = hasher.hash("correct horse battery").unwrap();
        assert!(hasher.verify("correct horse battery", Some(&stored)).unwrap());
        assert!(!hasher.verify("correct horse batterz", Some(&stored)).unwrap());
        assert!(!hasher.verify("correct horse battery", None).unwrap());
    }

    #[test]
    fn no_more_than_its_places_hash_at_once() {
        let hasher = Hasher::new(1, 0);
        let _held = hasher.place().unwrap();
        assert_eq!(hasher.hash("correct horse battery").unwrap_err().code(), "access.busy");
    }
}
