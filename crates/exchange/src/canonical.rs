//! One text for one meaning: what is hashed and signed.
//!
//! JSON without blanks, the keys of every object in the order of their bytes, whole numbers only. It does not lean on
//! the order in which a JSON library keeps its keys, which another part of the program may change.

mod writer;

use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::faults;
use writer::Writer;

/// The canonical JSON of a value.
pub fn bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut writer = Writer::new(512);
    value.serialize(&mut writer).map_err(|e| Fault::new(&faults::CANONICAL).with("detail", e))?;
    Ok(writer.finish())
}

/// SHA-256 of the canonical JSON, hexadecimal.
pub fn digest<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    Ok(sha256(&bytes(value)?))
}

/// SHA-256, hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A salted commitment: SHA-256 over the salt's length, the salt and the body, hexadecimal. With the salt of at least
/// 16 random bytes kept apart, the commitment tells nothing of the body; once the salt is erased, nothing ever will.
#[must_use]
pub fn commitment(salt: &[u8], body: &[u8]) -> String {
    let mut hash = Sha256::new();
    // The length keeps a salt's end from being taken for a body's beginning.
    hash.update(u64::try_from(salt.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(salt);
    hash.update(body);
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(if half < 10 { b'0' + half } else { b'a' + half - 10 });
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_floats_refused() {
        let value = json!({"b": [1, null, true], "a": {"z": "“\"”", "y": -5}});
        let text = String::from_utf8(bytes(&value).unwrap()).unwrap();
        assert_eq!(text, r#"{"a":{"y":-5,"z":"“\"”"},"b":[1,null,true]}"#);
        assert_eq!(bytes(&json!(0.5)).unwrap_err().code(), "exchange.not_canonical");
        assert_eq!(bytes(&json!({"a": [{"b": 1e300}]})).unwrap_err().code(), "exchange.not_canonical");
    }

    #[test]
    fn digests_are_those_of_other_programs() {
        // printf '{"a":1}' | sha256sum
        let expected = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
        assert_eq!(digest(&json!({"a": 1})).unwrap(), expected);
        // A salt that grows by what the body loses is another commitment.
        assert_ne!(commitment(b"ab", b"c"), commitment(b"a", b"bc"));
    }
}
