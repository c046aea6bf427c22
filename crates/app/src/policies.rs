//! Which policies were in force: their digests, recorded with what they decided.

use sha2::{Digest as _, Sha256};

use crate::import::table::hex;

/// SHA-256 over the names and texts of policy files, hexadecimal.
#[must_use]
pub fn digest(files: &[(&str, &str)]) -> String {
    let mut hasher = Sha256::new();
    for (name, text) in files {
        // Lengths keep a name from running into a text.
        hasher.update((name.len() as u64).to_be_bytes());
        hasher.update(name);
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hex(&hasher.finalize())
}
