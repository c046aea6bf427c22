//! What a decision is made of while it is made: nothing of it is copied. What a profile gives under a set of rules is worked
//! out once and serves every decision on that profile.

use huoshui_kernel::fault::Result;
use sha2::{Digest, Sha256};

use super::{InputRef, Inputs, Request};
use crate::policy::{canonical, hex, internal};
use crate::profile::{Item, Origin, Profile};
use crate::rules::Rules;
use crate::value::Cell;

/// What a profile gives under one set of rules.
#[derive(Clone, Debug)]
pub struct Basis {
    /// For each field.
    cells: Vec<Cell>,
    /// The places of the features' sources, feature after feature: in one piece, because a decision reads most of them …
    origins: Vec<u32>,
    /// … and where those of each feature end.
    ends: Vec<u32>,
    /// SHA-256 over the canonical sources.
    sources: [u8; 32],
}

impl Basis {
    /// About how many bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let places = self.origins.len() + self.ends.len();
        self.cells.len() * size_of::<Cell>() + places * size_of::<u32>()
    }

    /// The places of a feature's sources.
    fn origins(&self, feature: usize) -> &[u32] {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let first = feature.checked_sub(1).map_or(0, end);
        self.origins.get(first..end(feature)).unwrap_or_default()
    }
}

/// Everything that a decision is made of besides the policies, as [`Inputs`] hold it.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The platform's profile of the enterprise.
    pub profile: &'a Profile,
    /// What it gives under the rules that decide.
    pub basis: &'a Basis,
    /// The bank's own inputs.
    pub bank: Option<&'a Profile>,
    /// The application.
    pub request: &'a Request,
    /// Salt of the hashes.
    pub salt: &'a str,
}

/// A feature's value with its sources.
pub(super) struct Sourced<'a> {
    pub item: &'a Item,
    pub origins: &'a [Origin],
}

impl<'a> Given<'a> {
    pub(super) fn of(inputs: &'a Inputs, basis: &'a Basis) -> Self {
        Self {
            profile: &inputs.profile,
            basis,
            bank: inputs.bank.as_ref(),
            request: &inputs.request,
            salt: &inputs.salt,
        }
    }

    /// The bank's own value where it says more than the platform's: as [`Profile::over`] would lay it.
    fn banks(&self, code: &str) -> Option<(&'a Profile, &'a Item)> {
        let bank = self.bank?;
        let item = bank.items.get(code)?;
        let known = |own: &Item| own.cell.known().is_some();
        (known(item) || !self.profile.items.get(code).is_some_and(known)).then_some((bank, item))
    }

    pub(super) fn item(&self, code: &str) -> Option<Sourced<'a>> {
        match self.banks(code) {
            Some((bank, item)) => Some(Sourced { item, origins: &bank.origins }),
            None => {
                let item = self.profile.items.get(code)?;
                Some(Sourced { item, origins: &self.profile.origins })
            }
        }
    }
}

impl Rules {
    /// What a profile gives under these rules.
    pub fn basis(&self, profile: &Profile) -> Result<Basis> {
        let (mut origins, mut ends) = (Vec::new(), Vec::with_capacity(self.features.len()));
        for feature in &self.features {
            let item = profile.items.get(&feature.feature.code);
            origins.extend(item.into_iter().flat_map(|item| &item.origins).map(|at| place(*at)));
            ends.push(place(origins.len()));
        }
        Ok(Basis { cells: self.frame(profile), origins, ends, sources: sources(profile)? })
    }

    /// The cells of an application but for what the application itself says: the platform's with the bank's own laid over them.
    pub(super) fn laid(&self, given: &Given<'_>) -> Result<Vec<Cell>> {
        if given.basis.cells.len() != self.fields.len() {
            return Err(internal("a profile made ready for other rules"));
        }
        let mut cells = given.basis.cells.clone();
        for (at, item) in self.overlaid(given) {
            if let (Some(feature), Some(cell)) = (self.features.get(at), cells.get_mut(at)) {
                *cell = self.read(feature, item);
            }
        }
        Ok(cells)
    }

    /// The bank's own values that lie over the platform's, with their places.
    fn overlaid<'a>(&self, given: &Given<'a>) -> Vec<(usize, &'a Item)> {
        let codes = given.bank.into_iter().flat_map(|bank| bank.items.keys());
        codes.filter_map(|code| Some((*self.index.get(code.as_str())?, given.banks(code)?.1))).collect()
    }

    /// Every value that was read, with its salted hash and where it came from.
    pub(super) fn input_refs(&self, reads: &[usize], cells: &[Cell], given: &Given<'_>) -> Result<Vec<InputRef>> {
        let mut all = Vec::with_capacity(reads.len());
        for (field, cell) in reads.iter().filter_map(|i| self.fields.get(*i).zip(cells.get(*i))) {
            let mut hash = Sha256::new();
            hash.update(given.salt.as_bytes());
            hash.update(field.code.as_bytes());
            hash.update([0]);
            hash.update(canonical(cell)?);
            let named = given.item(&field.code);
            let origins = named.iter().flat_map(|s| s.item.origins.iter().filter_map(|o| s.origins.get(*o)));
            all.push(InputRef {
                field: field.code.to_string(),
                commitment: hex(&hash.finalize()),
                origins: origins.cloned().collect(),
            });
        }
        Ok(all)
    }

    /// One salted digest over all that was read: of each field its code, its cell, whose value it is and the places of its
    /// sources, after the digests of the platform's sources and the bank's.
    pub(super) fn inputs_digest(&self, reads: &[usize], cells: &[Cell], given: &Given<'_>) -> Result<String> {
        let mut bytes = Vec::with_capacity(256 + reads.len() * 48);
        bytes.extend_from_slice(b"huoshui/inputs/2\0");
        bytes.extend_from_slice(given.salt.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&given.basis.sources);
        bytes.extend_from_slice(&given.bank.map_or(Ok([0; 32]), sources)?);
        let own = self.overlaid(given);
        for at in reads {
            let Some((field, cell)) = self.fields.get(*at).zip(cells.get(*at)) else { continue };
            bytes.extend_from_slice(field.code.as_bytes());
            bytes.push(0);
            let (known, value) = match cell {
                Cell::Known(value) => (1, *value),
                Cell::Missing(why) => (0, i64::from(why.byte())),
            };
            bytes.push(known);
            bytes.extend_from_slice(&value.to_be_bytes());
            let banks = own.iter().find(|(place, _)| place == at).map(|(_, item)| &item.origins);
            bytes.push(u8::from(banks.is_some()));
            let mut put = |origin: u32| bytes.extend_from_slice(&origin.to_be_bytes());
            match banks {
                Some(banks) => banks.iter().for_each(|at| put(place(*at))),
                None => given.basis.origins(*at).iter().for_each(|at| put(*at)),
            }
            bytes.extend_from_slice(&u32::MAX.to_be_bytes());
        }
        Ok(hex(&Sha256::digest(&bytes)))
    }
}

/// A place in a list, which is never that long.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// SHA-256 over a profile's canonical sources.
fn sources(profile: &Profile) -> Result<[u8; 32]> {
    Ok(Sha256::digest(canonical(&profile.origins)?).into())
}
