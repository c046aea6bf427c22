//! Reading policy files: TOML with known keys only; every entry has a code, a version, effective dates and a hash.

use huoshui_formula::{Expr, Params, Schema, Type, compile};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Lang, Result};
pub use huoshui_kernel::hex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::faults;

/// What every entry of a policy has.
pub trait Entry: Serialize {
    /// The kind, as a word of the decision's record.
    const KIND: &'static str;
    /// The stable code.
    fn code(&self) -> &str;
    /// The version, from 1.
    fn version(&self) -> u32;
    /// First and last day in force.
    fn effective(&self) -> (Date, Option<Date>);
}

/// Writes [`Entry`] for a struct with the usual keys.
macro_rules! entry {
    ($type:ty, $kind:literal) => {
        impl $crate::policy::Entry for $type {
            const KIND: &'static str = $kind;
            fn code(&self) -> &str {
                &self.code
            }
            fn version(&self) -> u32 {
                self.version
            }
            fn effective(&self) -> (huoshui_kernel::Date, Option<huoshui_kernel::Date>) {
                (self.effective_from, self.effective_to)
            }
        }
    };
}
pub(crate) use entry;

/// Which policy, in which version: what a decision names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyRef {
    /// `feature`, `tag`, `gates`, `stages`, `scale`, `scorecard`, `product`.
    pub kind: String,
    /// The code.
    pub code: String,
    /// The version.
    pub version: u32,
    /// SHA-256 of the entry's canonical form, in hex.
    pub hash: String,
}

/// The name of an entry with its hash. The day on which a version ends is no part of what it says: a successor sets it,
/// and past decisions must still replay to the same bytes.
pub fn reference<E: Entry>(entry: &E) -> Result<PolicyRef> {
    let mut said = serde_json::to_value(entry).map_err(|e| internal(&e.to_string()))?;
    if let Some(keys) = said.as_object_mut() {
        keys.remove("effective_to");
    }
    Ok(PolicyRef {
        kind: E::KIND.to_owned(),
        code: entry.code().to_owned(),
        version: entry.version(),
        hash: hash(&sorted(said))?,
    })
}

/// Keys in their order, whichever way the program that links this one keeps them.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as J;
    match value {
        J::Object(keys) => {
            let mut all: Vec<(String, J)> = keys.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            J::Object(all.into_iter().collect())
        }
        J::Array(all) => J::Array(all.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// SHA-256 of the canonical JSON of anything, in hex.
pub fn hash(what: &impl Serialize) -> Result<String> {
    Ok(hex(&Sha256::digest(canonical(what)?)))
}

/// Canonical bytes: JSON with the keys in the order of the type, no white space, integers only.
pub fn canonical(what: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(what).map_err(|e| internal(&e.to_string()))
}

pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    toml::from_str(text).map_err(|e| Fault::new(&faults::FILE).with("file", file).with("detail", e))
}

pub(crate) fn internal(detail: &str) -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", detail)
}

/// An entry that contradicts itself.
pub(crate) fn entry_fault(code: &str, zh: impl std::fmt::Display, en: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::ENTRY).with("code", code).with("zh", zh).with("en", en)
}

/// A formula's fault, said of the policy that holds it.
pub(crate) fn formula_fault(code: &str, fault: &Fault) -> Fault {
    Fault::new(&faults::FORMULA)
        .with("code", code)
        .with("zh", fault.message(Lang::Zh))
        .with("en", fault.message(Lang::En))
        .with("hint_zh", fault.hint(Lang::Zh))
        .with("hint_en", fault.hint(Lang::En))
}

/// A formula of a policy.
pub(crate) fn formula(code: &str, text: &str, ty: Type, schema: &Schema) -> Result<Expr> {
    compile::expr_of(text, ty, schema, &Params::new()).map_err(|f| formula_fault(code, &f))
}

/// The entries in force on a date, in the order of the files. Two of one code are refused.
pub(crate) fn on<E: Entry + Clone>(all: &[E], date: Date) -> Result<Vec<E>> {
    let mut found: Vec<E> = Vec::new();
    for entry in all {
        let (from, to) = entry.effective();
        if from > date || to.is_some_and(|to| to < date) {
            continue;
        }
        if found.iter().any(|f| f.code() == entry.code()) {
            return Err(Fault::new(&faults::TWICE).with("code", entry.code()));
        }
        found.push(entry.clone());
    }
    Ok(found)
}

pub(crate) fn unknown<'a>(kind: (&str, &str), code: &str, date: Date, all: impl Iterator<Item = &'a str>) -> Fault {
    Fault::new(&faults::UNKNOWN)
        .with("zh", kind.0)
        .with("en", kind.1)
        .with("code", code)
        .with("date", date)
        .with("all", all.collect::<Vec<_>>().join(", "))
}
