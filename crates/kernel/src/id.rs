//! Typed identifiers: texts that cannot be taken for one another.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fault::{Fault, Result};
use crate::faults;

/// The longest identifier, in characters.
pub const MAX_ID: usize = 20;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $zh:literal, $en:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads it: 1 to 20 ASCII letters, digits, `-` or `_`; blanks around it are ignored.
            pub fn parse(text: &str) -> Result<Self> {
                let id = text.trim();
                let fits = (1..=MAX_ID).contains(&id.len())
                    && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if fits {
                    Ok(Self(id.into()))
                } else {
                    Err(Fault::new(&faults::ID_INVALID).with("kind", $zh).with("kind_en", $en).with("value", text))
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = Fault;
            fn from_str(text: &str) -> Result<Self> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
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

id! {
    /// A bank's, insurer's or other institution's code.
    InstitutionCode, "机构代码", "institution code"
}
id! {
    /// A municipal department's code.
    DepartmentCode, "部门代码", "department code"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_ascii_and_verified_when_read_from_json() {
        assert_eq!(InstitutionCode::parse(" B0001 ").unwrap().as_str(), "B0001");
        assert_eq!(DepartmentCode::parse("tax_bureau-1").unwrap().to_string(), "tax_bureau-1");
        for bad in ["", " ", "a b", "机构", "a/b", "../x", "123456789012345678901"] {
            assert_eq!(InstitutionCode::parse(bad).unwrap_err().code(), "id.invalid", "{bad}");
        }
        assert!(serde_json::from_str::<InstitutionCode>("\"a b\"").is_err());
        let id: InstitutionCode = serde_json::from_str("\"B1\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"B1\"");
    }
}
