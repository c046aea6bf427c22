//! The tiers of recognition (优质中小企业梯度) and sets of them.

use huoshui_kernel::shape::CodeName;
use serde::{Deserialize, Serialize};

use crate::shapes::TIER;

/// What a certificate recognises, from the highest tier down. SRDI is the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 专精特新“小巨人”企业.
    LittleGiant,
    /// 专精特新中小企业.
    SrdiSme,
    /// 创新型中小企业.
    InnovativeSme,
    /// 科技型中小企业.
    TechnologySme,
}

impl Tier {
    /// All, from the highest down; the order of [`TIER`].
    pub const ALL: [Self; 4] = [Self::LittleGiant, Self::SrdiSme, Self::InnovativeSme, Self::TechnologySme];

    /// The stable code, as in files and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::LittleGiant => "little_giant",
            Self::SrdiSme => "srdi_sme",
            Self::InnovativeSme => "innovative_sme",
            Self::TechnologySme => "technology_sme",
        }
    }

    /// The tier of a code, or of its Chinese name.
    #[must_use]
    pub fn from_code(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == text || t.names().is_some_and(|n| n.zh == text))
    }

    /// Its code with the names that people see.
    #[must_use]
    pub fn names(self) -> Option<&'static CodeName> {
        TIER.iter().find(|n| n.code == self.code())
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of tiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TierSet(u8);

impl TierSet {
    /// No tier.
    pub const EMPTY: Self = Self(0);

    /// The set with this tier too.
    #[must_use]
    pub const fn with(self, tier: Tier) -> Self {
        Self(self.0 | tier.bit())
    }

    /// Whether the tier is in it.
    #[must_use]
    pub const fn contains(self, tier: Tier) -> bool {
        self.0 & tier.bit() != 0
    }

    /// Whether no tier is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it makes an SRDI enterprise: SRDI SME or little giant.
    #[must_use]
    pub const fn is_srdi(self) -> bool {
        self.contains(Tier::SrdiSme) || self.contains(Tier::LittleGiant)
    }

    /// The highest tier in it.
    #[must_use]
    pub fn highest(self) -> Option<Tier> {
        self.iter().next()
    }

    /// The tiers in it, from the highest down.
    pub fn iter(self) -> impl Iterator<Item = Tier> {
        Tier::ALL.into_iter().filter(move |t| self.contains(*t))
    }
}

impl FromIterator<Tier> for TierSet {
    fn from_iter<I: IntoIterator<Item = Tier>>(tiers: I) -> Self {
        tiers.into_iter().fold(Self::EMPTY, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_file_shape_in_its_order() {
        let codes: Vec<_> = TIER.iter().map(|n| n.code).collect();
        assert_eq!(codes, Tier::ALL.map(Tier::code));
        for tier in Tier::ALL {
            assert_eq!(Tier::from_code(tier.code()), Some(tier));
            assert_eq!(Tier::from_code(tier.names().unwrap().zh), Some(tier));
            assert_eq!(serde_json::to_string(&tier).unwrap(), format!("\"{}\"", tier.code()));
        }
        assert_eq!(Tier::from_code("srdi"), None);
    }

    #[test]
    fn srdi_is_the_two_upper_tiers() {
        for (tiers, srdi, highest) in [
            (vec![], false, None),
            (vec![Tier::TechnologySme, Tier::InnovativeSme], false, Some(Tier::InnovativeSme)),
            (vec![Tier::TechnologySme, Tier::SrdiSme], true, Some(Tier::SrdiSme)),
            (vec![Tier::SrdiSme, Tier::LittleGiant], true, Some(Tier::LittleGiant)),
            (vec![Tier::LittleGiant], true, Some(Tier::LittleGiant)),
        ] {
            let set: TierSet = tiers.into_iter().collect();
            assert_eq!((set.is_srdi(), set.highest()), (srdi, highest));
        }
    }
}
