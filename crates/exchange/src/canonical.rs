//! One text for one meaning: what is hashed and signed.
//!
//! JSON without blanks, the keys of every object in the order of their bytes, whole numbers only. It does not lean on
//! the order in which a JSON library keeps its keys, which another part of the program may change.

use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::faults;

/// The canonical JSON of a value.
pub fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let value = serde_json::to_value(value).map_err(|e| Fault::new(&faults::CANONICAL).with("detail", e))?;
    let mut out = Vec::with_capacity(512);
    write(&value, &mut out)?;
    Ok(out)
}

/// SHA-256 of the canonical JSON, hexadecimal.
pub fn digest<T: Serialize>(value: &T) -> Result<String> {
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
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    out
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<(&String, &Value)> = map.iter().collect();
            keys.sort_by_key(|(key, _)| key.as_bytes());
            out.push(b'{');
            for (i, (key, value)) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                plain(key, out)?;
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Number(number) if number.is_i64() || number.is_u64() => plain(number, out)?,
        // Two programs may print one float differently, and then their hashes differ.
        Value::Number(number) => {
            return Err(Fault::new(&faults::CANONICAL).with("detail", format!("{number}: not a whole number")));
        }
        Value::Null | Value::Bool(_) | Value::String(_) => plain(value, out)?,
    }
    Ok(())
}

fn plain(value: &impl Serialize, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Fault::new(&faults::CANONICAL).with("detail", e))
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
