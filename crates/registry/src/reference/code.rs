use std::fmt;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::faults;

macro_rules! ascii_code {
    ($(#[$meta:meta])* $name:ident, $len:literal, $holds:expr, $zh:literal, $en:literal, $example:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Reads the form only; whether the table has the code is the table's to say.
            pub fn parse(text: &str) -> Result<Self> {
                let holds: fn(&[u8; $len]) -> bool = $holds;
                <[u8; $len]>::try_from(text.as_bytes()).ok().filter(holds).map(Self).ok_or_else(|| {
                    Fault::new(&faults::CODE_FORM)
                        .with("kind", $zh)
                        .with("kind_en", $en)
                        .with("example", $example)
                        .with("value", text)
                })
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // ASCII by construction.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

ascii_code! {
    /// A district's six digits.
    DistrictCode, 6, |code| code.iter().all(u8::is_ascii_digit), "行政区划代码", "division code", "110108"
}
ascii_code! {
    /// An industry class of GB/T 4754: section letter and four digits.
    IndustryCode, 5,
    |code| matches!(code, [b'A'..=b'T', digits @ ..] if digits.iter().all(u8::is_ascii_digit)),
    "行业代码", "industry code", "I6510"
}

impl IndustryCode {
    /// The section's letter (门类), `I`.
    #[must_use]
    pub fn section(&self) -> &str {
        self.as_str().get(..1).unwrap_or_default()
    }

    /// The division's two digits (大类), `65`.
    #[must_use]
    pub fn division(&self) -> &str {
        self.as_str().get(1..3).unwrap_or_default()
    }

    /// The group's three digits (中类), `651`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.as_str().get(1..4).unwrap_or_default()
    }

    /// The class's four digits (小类), `6510`.
    #[must_use]
    pub fn class(&self) -> &str {
        self.as_str().get(1..).unwrap_or_default()
    }
}
