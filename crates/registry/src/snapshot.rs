//! The attributes of every known enterprise on a date: what joins loans to populations, districts, industries and sizes.

use std::collections::HashMap;
use std::sync::Arc;

use huoshui_kernel::{Date, Uscc};

use crate::enterprise::{Enterprise, Enterprises};
use crate::reference::{DistrictCode, IndustryCode, Reference};
use crate::roster::{Listed, Roster};
use crate::size::SizeClass;
use crate::tier::{Tier, TierSet};

/// What is known of an enterprise on a date. A firm that is on the list but in no enterprise file has no industry, size
/// or founding date: missing, never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Who.
    pub uscc: Uscc,
    /// Its name: as registered, else as listed.
    pub name: Arc<str>,
    /// Whether it is an SRDI enterprise on the list's date, of any size.
    pub srdi: bool,
    /// All tiers valid on the list's date.
    pub tiers: TierSet,
    /// The highest of them.
    pub tier: Option<Tier>,
    /// Where: as registered, else as listed.
    pub district: DistrictCode,
    /// What it does.
    pub industry: Option<IndustryCode>,
    /// How large it is by the rule in force on the date.
    pub size: Option<SizeClass>,
    /// Whether it is small or micro; false where the size is missing.
    pub small_micro: bool,
    /// Founding date.
    pub founded_on: Option<Date>,
}

impl Attributes {
    /// The code of the highest tier, or `none`.
    #[must_use]
    pub fn tier_code(&self) -> &'static str {
        self.tier.map_or("none", Tier::code)
    }

    /// The code of the size class; none where it is missing.
    #[must_use]
    pub fn size_code(&self) -> Option<&'static str> {
        self.size.map(SizeClass::code)
    }

    /// The section's letter.
    #[must_use]
    pub fn section(&self) -> Option<&str> {
        self.industry.as_ref().map(IndustryCode::section)
    }

    /// The division's two digits.
    #[must_use]
    pub fn division(&self) -> Option<&str> {
        self.industry.as_ref().map(IndustryCode::division)
    }
}

/// Every known enterprise on a date, in the order of USCCs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The day of the attributes.
    pub date: Date,
    /// The day of the list; another than `date` for the twins "of the same list".
    pub list_on: Date,
    firms: Vec<Attributes>,
    index: HashMap<Uscc, u32>,
}

impl Snapshot {
    /// The enterprises registered on `date` and those on the list on `list_on` (usually the same day).
    #[must_use]
    pub fn build(enterprises: &Enterprises, roster: &Roster, date: Date, list_on: Date, reference: &Reference) -> Self {
        let mut firms = Vec::with_capacity(enterprises.len());
        let mut listed = roster.as_of(list_on).peekable();
        for firm in enterprises.all_as_of(date) {
            // Both come in the order of USCCs.
            while let Some(unregistered) = listed.next_if(|l| l.uscc < firm.uscc) {
                firms.push(listed_only(unregistered));
            }
            let tiers = listed.next_if(|l| l.uscc == firm.uscc).map_or(TierSet::EMPTY, |l| l.tiers);
            firms.push(registered(firm, tiers, date, reference));
        }
        firms.extend(listed.map(listed_only));
        let index = (0u32..).zip(&firms).map(|(i, firm)| (firm.uscc, i)).collect();
        Self { date, list_on, firms, index }
    }

    /// The attributes of a firm.
    #[must_use]
    pub fn get(&self, uscc: &Uscc) -> Option<&Attributes> {
        self.position(uscc).and_then(|i| self.firms.get(i))
    }

    /// The place of a firm in [`Snapshot::firms`]: dense, stable for one snapshot.
    #[must_use]
    pub fn position(&self, uscc: &Uscc) -> Option<usize> {
        self.index.get(uscc).and_then(|i| usize::try_from(*i).ok())
    }

    /// All, in the order of USCCs.
    #[must_use]
    pub fn firms(&self) -> &[Attributes] {
        &self.firms
    }
}

fn registered(firm: &Enterprise, tiers: TierSet, date: Date, reference: &Reference) -> Attributes {
    let size = reference.sizes.class(firm.industry, firm.employees, firm.revenue, firm.assets, date);
    Attributes {
        uscc: firm.uscc,
        name: Arc::clone(&firm.name),
        srdi: tiers.is_srdi(),
        tiers,
        tier: tiers.highest(),
        district: firm.district,
        industry: Some(firm.industry),
        size: Some(size),
        small_micro: size.is_small_micro(),
        founded_on: Some(firm.founded_on),
    }
}

fn listed_only(listed: Listed<'_>) -> Attributes {
    Attributes {
        uscc: listed.uscc,
        name: Arc::clone(listed.name),
        srdi: listed.tiers.is_srdi(),
        tiers: listed.tiers,
        tier: listed.tiers.highest(),
        district: listed.district,
        industry: None,
        size: None,
        small_micro: false,
        founded_on: None,
    }
}
