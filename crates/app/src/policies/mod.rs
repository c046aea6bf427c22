//! Policies in force: the files that ship with the program, and what was published over them.
//!
//! A published policy is an event of the stream `policies` that holds the file's text and its digest, so every process
//! that reads the journal agrees on what is in force, and a past answer can be asked for under the rules of its time.

mod publish;

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_exchange::catalogue::Catalogue as Resources;
use huoshui_exchange::purpose::Purposes;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::checks::Book;
use huoshui_supervision::embedded;
use huoshui_supervision::indicators::Catalogue;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::faults;
use crate::folder::Workspace;
use crate::streams::{self, KnownAt};
use huoshui_kernel::hex;

pub use publish::{KIND, Published, check_file, publish, seed};

/// The stream of published policies.
pub const STREAM: &str = "policies";

/// The edition of the policy language that this program speaks (`docs/adr/0002-formula.md`).
pub const EDITION: u32 = 1;

/// What a policy file holds; the name of its folder under `policies/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Checks of filings.
    Checks,
    /// Populations that indicators count.
    Populations,
    /// Indicators.
    Indicators,
    /// What departments publish.
    Resources,
    /// What for data may be asked for.
    Purposes,
    /// Relations, and the features of enterprises over them.
    Features,
    /// Tags on profiles.
    Tags,
    /// Gates of products, and stages of enterprises.
    Gates,
    /// Scales of grades, and scorecards.
    Scorecards,
    /// Products of banks.
    Products,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Checks,
        Self::Populations,
        Self::Indicators,
        Self::Resources,
        Self::Purposes,
        Self::Features,
        Self::Tags,
        Self::Gates,
        Self::Scorecards,
        Self::Products,
    ];
    /// Those of the credit engine, which are loaded together.
    pub const CREDIT: [Self; 5] = [Self::Features, Self::Tags, Self::Gates, Self::Scorecards, Self::Products];

    /// That one person may publish policies of this kind.
    ///
    /// # Errors
    /// `policy.governed`: what decides about a loan comes into force only through three persons and a what-if.
    pub fn by_hand(self) -> Result<()> {
        if Self::CREDIT.contains(&self) {
            return Err(Fault::new(&faults::POLICY_GOVERNED).with("kind", self.name()).field("kind"));
        }
        Ok(())
    }

    /// The folder's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Populations => "populations",
            Self::Indicators => "indicators",
            Self::Resources => "resources",
            Self::Purposes => "purposes",
            Self::Features => "features",
            Self::Tags => "tags",
            Self::Gates => "gates",
            Self::Scorecards => "scorecards",
            Self::Products => "products",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// `policy.unknown_kind`.
    pub fn parse(name: &str) -> Result<Self> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|k| k.name() == name)
            .ok_or_else(|| Fault::new(&faults::POLICY_KIND).with("kind", name).with("known", known()).field("kind"))
    }

    /// The files that ship with the program, in the order in which they are read.
    #[must_use]
    pub const fn shipped(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Checks => embedded::CHECKS,
            Self::Populations => embedded::POPULATIONS,
            Self::Indicators => embedded::INDICATORS,
            Self::Resources => huoshui_exchange::embedded::RESOURCES,
            Self::Purposes => huoshui_exchange::embedded::PURPOSES,
            Self::Features => huoshui_credit::embedded::FEATURES,
            Self::Tags => huoshui_credit::embedded::TAGS,
            Self::Gates => huoshui_credit::embedded::GATES,
            Self::Scorecards => huoshui_credit::embedded::SCORECARDS,
            Self::Products => huoshui_credit::embedded::PRODUCTS,
        }
    }

    /// Where a file stands among its kind: shipped ones in their order, others after them by name.
    fn place(self, file: &str) -> usize {
        self.shipped().iter().position(|(name, _)| *name == file).unwrap_or(usize::MAX)
    }
}

/// Where a policy came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It shipped with the program; a later program may bring another.
    Shipped,
    /// Someone published it; the program never replaces it.
    Published,
}

/// A policy file in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its text.
    pub text: Arc<str>,
    /// SHA-256 of its text, hexadecimal.
    pub digest: String,
    /// Where it came from.
    pub origin: Origin,
    /// Its version in the stream of policies; none when it ships with the program and was not recorded yet.
    pub version: Option<u64>,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub recorded_at: Option<i64>,
    /// Who recorded it.
    pub by: String,
}

/// Every policy file in force at a time.
#[derive(Clone, Debug, Default)]
pub struct Set {
    entries: BTreeMap<(Kind, usize, String), Entry>,
    /// The version of the stream of policies that it reflects.
    pub version: u64,
}

impl Set {
    /// What ships with the program.
    #[must_use]
    pub fn shipped() -> Self {
        let mut set = Self::default();
        for kind in Kind::ALL {
            for (file, text) in kind.shipped() {
                let entry = Entry {
                    text: Arc::from(*text),
                    digest: text_digest(text),
                    origin: Origin::Shipped,
                    version: None,
                    recorded_at: None,
                    by: "huoshui".to_owned(),
                };
                set.put(kind, file, entry);
            }
        }
        set
    }

    /// What was in force as known at a time: what was published until then, and of a kind of which nothing was, what
    /// ships with the program.
    ///
    /// # Errors
    /// Those of the store, `data.damaged`.
    pub fn load(workspace: &Workspace, known_at: KnownAt) -> Result<Self> {
        Self::of(streams::read(workspace, STREAM, known_at)?)
    }

    /// What was in force at a version of the stream of policies, for answers that name the version they were given under.
    ///
    /// # Errors
    /// As [`Set::load`].
    pub fn at(workspace: &Workspace, version: u64) -> Result<Self> {
        let mut events = streams::read(workspace, STREAM, None)?;
        events.retain(|e| e.version <= version);
        Self::of(events)
    }

    fn of(events: Vec<huoshui_journal::Event>) -> Result<Self> {
        let mut set = Self::shipped();
        let mut recorded = Vec::new();
        for event in events {
            let published: Published = streams::body(&event)?;
            if !recorded.contains(&published.kind) {
                // A file that a later program added was not in force then.
                set.entries.retain(|(kind, ..), _| *kind != published.kind);
                recorded.push(published.kind);
            }
            set.version = event.version;
            let Published { kind, file, text, digest, origin, .. } = published;
            let (version, recorded_at) = (Some(event.version), Some(event.recorded_at));
            let entry = Entry { text: text.into(), digest, origin, version, recorded_at, by: event.actor };
            set.put(kind, &file, entry);
        }
        Ok(set)
    }

    fn put(&mut self, kind: Kind, file: &str, entry: Entry) {
        self.entries.insert((kind, kind.place(file), file.to_owned()), entry);
    }

    /// One file.
    #[must_use]
    pub fn get(&self, kind: Kind, file: &str) -> Option<&Entry> {
        self.entries.get(&(kind, kind.place(file), file.to_owned()))
    }

    /// Every file of every kind, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &str, &Entry)> {
        self.entries.iter().map(|((kind, _, file), entry)| (*kind, file.as_str(), entry))
    }

    /// The files of a kind with their texts, in order.
    #[must_use]
    pub fn texts(&self, kind: Kind) -> Vec<(&str, &str)> {
        self.iter().filter(|(k, ..)| *k == kind).map(|(_, file, entry)| (file, entry.text.as_ref())).collect()
    }

    /// SHA-256 over the names and texts of a kind, hexadecimal: recorded with what they decided.
    #[must_use]
    pub fn digest(&self, kind: Kind) -> String {
        digest(&self.texts(kind))
    }

    /// The book of checks.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn book(&self) -> Result<Book> {
        Book::load(&self.texts(Kind::Checks))
    }

    /// The catalogue of indicators.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn catalogue(&self) -> Result<Catalogue> {
        Catalogue::load(&self.texts(Kind::Indicators), &self.texts(Kind::Populations))
    }

    /// What departments publish, and what for it may be asked for.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn exchange(&self) -> Result<(Resources, Purposes)> {
        let resources = Resources::load(&self.texts(Kind::Resources))?;
        let purposes = Purposes::load(&self.texts(Kind::Purposes), &resources)?;
        Ok((resources, purposes))
    }

    /// Features, tags, gates, scorecards and products.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn credit(&self) -> Result<huoshui_credit::rules::Policies> {
        huoshui_credit::rules::Policies::load(Kind::CREDIT.into_iter().flat_map(|kind| self.texts(kind)))
    }

    /// Loads everything, so that nothing is published that would not load.
    ///
    /// # Errors
    /// Those of the policies, each naming its file or entry.
    pub fn validate(&self) -> Result<()> {
        self.book()?;
        self.catalogue()?;
        self.credit()?;
        self.exchange().map(drop)
    }
}

/// SHA-256 of a policy's text, hexadecimal.
#[must_use]
pub fn text_digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

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
