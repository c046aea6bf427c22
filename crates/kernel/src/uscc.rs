//! The unified social credit code (统一社会信用代码, GB 32100-2015): an enterprise's identity everywhere.
//!
//! Eighteen characters: registrar (1), kind of organisation (2), registrar's division (3–8), organisation code (9–17,
//! GB 11714, place 17 its own check), check (18).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fault::{Fault, Result};
use crate::faults;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of three modulo 31.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// A code whose form and both check characters hold. Orders by its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

impl Uscc {
    /// Reads a code; blanks around it are ignored, small letters are taken as capitals. The registrar (place 1) and the
    /// kind (place 2) may be letters, as with agricultural (`N`) and other (`Y`) registrars.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |spec| Fault::new(spec).with("value", text);
        let trimmed = text.trim().as_bytes();
        let Ok(mut code) = <[u8; 18]>::try_from(trimmed) else {
            return Err(bad(&faults::USCC_LENGTH).with("length", text.trim().chars().count()));
        };
        code.make_ascii_uppercase();
        if let Some(place) = code.iter().position(|b| value(*b).is_none()) {
            let character = text.trim().chars().nth(place).unwrap_or('?');
            return Err(bad(&faults::USCC_CHARACTER).with("place", place + 1).with("character", character));
        }
        let [_, _, region @ .., _, _, _, _, _, _, _, _, _, _] = &code;
        if !region.iter().all(u8::is_ascii_digit) {
            return Err(bad(&faults::USCC_REGION));
        }
        let expected = organisation_check(&code);
        if code.get(16) != Some(&expected) {
            return Err(bad(&faults::USCC_ORGANISATION_CHECK).with("expected", char::from(expected)));
        }
        let expected = check(&code);
        if code.last() != Some(&expected) {
            return Err(bad(&faults::USCC_CHECK).with("expected", char::from(expected)));
        }
        Ok(Self(code))
    }

    /// Builds the code of an organisation from the first two places (`91`: an enterprise of the market regulator), the
    /// six digits of the registrar's division and the first eight places of the organisation code (`MA01ABCD`); both
    /// check characters are computed.
    pub fn compose(prefix: &str, region: &str, organisation: &str) -> Result<Self> {
        let mut text = format!("{prefix}{region}{organisation}00").into_bytes();
        if let Ok(mut code) = <[u8; 18]>::try_from(text.as_slice()) {
            let organisation_check = organisation_check(&code);
            let [.., place_17, _] = &mut code;
            *place_17 = organisation_check;
            let check = check(&code);
            let [.., place_18] = &mut code;
            *place_18 = check;
            text = code.to_vec();
        }
        // Wrong lengths and characters are found, and named, by the same reading as any other text's.
        Self::parse(&String::from_utf8_lossy(&text))
    }

    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII, by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The eighteen characters as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 18] {
        &self.0
    }

    /// The six digits of the registrar's division at the time of registration; a firm may have moved since.
    #[must_use]
    pub fn region(&self) -> &str {
        self.as_str().get(2..8).unwrap_or_default()
    }
}

/// The value of every byte in GB 32100, 0 to 30, or [`NO_VALUE`]: filings bring millions of codes, so no search.
const VALUES: [u8; 256] = {
    let mut values = [NO_VALUE; 256];
    let mut rest: &[u8] = ALPHABET;
    let mut next = 0;
    while let [first, tail @ ..] = rest {
        // The lint forbids indexing at run time; this is evaluated by the compiler, which checks it there.
        #[allow(clippy::indexing_slicing)]
        {
            values[*first as usize] = next;
        }
        next += 1;
        rest = tail;
    }
    values
};
const NO_VALUE: u8 = u8::MAX;

/// The value of a character in GB 32100, 0 to 30.
fn value(byte: u8) -> Option<u32> {
    VALUES.get(usize::from(byte)).filter(|v| **v != NO_VALUE).map(|v| u32::from(*v))
}

/// Place 18: the weighted sum of all places and it is a multiple of 31.
fn check(code: &[u8; 18]) -> u8 {
    let sum: u32 = code.iter().zip(WEIGHTS).map(|(b, w)| value(*b).unwrap_or(0) * w).sum();
    pick((31 - sum % 31) % 31)
}

/// Place 17: modulo 11 over places 9 to 16, letters counting from A = 10 in the full Latin alphabet; ten is an X.
fn organisation_check(code: &[u8; 18]) -> u8 {
    let letters = |byte: u8| char::from(byte).to_digit(36).unwrap_or(0);
    let sum: u32 = code.iter().skip(8).zip(ORGANISATION_WEIGHTS).map(|(b, w)| letters(*b) * w).sum();
    match (11 - sum % 11) % 11 {
        10 => b'X',
        digit => pick(digit),
    }
}

fn pick(value: u32) -> u8 {
    usize::try_from(value).ok().and_then(|i| ALPHABET.get(i)).copied().unwrap_or(b'0')
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({})", self.as_str())
    }
}

impl std::str::FromStr for Uscc {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl Serialize for Uscc {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uscc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Uscc;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a unified social credit code")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Uscc, E> {
                Uscc::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_are_read() {
        // The standard library's vector, and two firms' published codes.
        for good in ["91110000600037341L", "91110108551385082Q", "91330100799655058B"] {
            match Uscc::parse(good) {
                Ok(code) => assert_eq!(code.as_str(), good),
                Err(fault) => panic!("{fault}"),
            }
        }
        assert_eq!(Uscc::parse(" 91110000600037341l ").unwrap().as_str(), "91110000600037341L");
        assert_eq!(Uscc::parse("91110000600037341L").unwrap().region(), "110000");
    }

    #[test]
    fn every_reason_has_its_own_fault() {
        for (text, code) in [
            ("", "uscc.length"),
            ("91110000600037341", "uscc.length"),
            ("91110000600037341LL", "uscc.length"),
            ("北京市", "uscc.length"),
            ("北京北京北京", "uscc.character"),
            ("9111000060003734IL", "uscc.character"),
            ("91110000 00037341L", "uscc.character"),
            ("9111A000600037341L", "uscc.region"),
            ("91110000600037351L", "uscc.organisation_check"),
            ("91110000600037342L", "uscc.organisation_check"),
            ("91110000600037341K", "uscc.check"),
            ("91110001600037341L", "uscc.check"),
        ] {
            assert_eq!(Uscc::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn a_composed_code_carries_both_checks() {
        assert_eq!(Uscc::compose("91", "110000", "60003734").unwrap().as_str(), "91110000600037341L");
        let farm = Uscc::compose("N2", "110116", "MF123456").unwrap();
        assert_eq!(Uscc::parse(farm.as_str()).unwrap(), farm);
        assert_eq!(Uscc::compose("91", "1100", "60003734").unwrap_err().code(), "uscc.length");
        assert_eq!(Uscc::compose("91", "110000", "6000373O").unwrap_err().code(), "uscc.character");
        assert_eq!(Uscc::compose("91", "11000A", "60003734").unwrap_err().code(), "uscc.region");
    }

    #[test]
    fn json_is_the_text_and_is_verified() {
        let code = Uscc::parse("91110000600037341L").unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"91110000600037341L\"");
        assert_eq!(serde_json::from_str::<Uscc>("\"91110000600037341L\"").unwrap(), code);
        assert!(serde_json::from_str::<Uscc>("\"91110000600037341K\"").is_err());
    }
}
