//! The credit profile of one enterprise at a date: every value with where it comes from.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use huoshui_kernel::round::div_half_even;
use serde::{Deserialize, Serialize};

use crate::features::{Compiled, Theme};
use crate::relations::{Answer, Relation, Supply};
use crate::table::Table;
use crate::value::{Cell, Texts, Why};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Code of the resource.
    pub resource: String,
    /// The date of its data; none where it did not answer.
    pub as_of: Option<Date>,
    /// The batch or the consent that they came by.
    pub reference: String,
    /// Whether they are out of date.
    pub stale: bool,
    /// Why the source did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

/// One feature of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The version of the feature.
    pub version: u32,
    /// Its value, in the feature's lane.
    pub cell: Cell,
    /// The places of its sources in [`Profile::origins`].
    pub origins: Vec<usize>,
}

/// A profile. Serializes canonically: keys in order, whole numbers only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The enterprise.
    pub uscc: String,
    /// The date.
    pub as_of: Date,
    /// The features by code.
    pub items: BTreeMap<String, Item>,
    /// The sources.
    pub origins: Vec<Origin>,
}

impl Profile {
    /// An empty profile.
    #[must_use]
    pub fn new(uscc: &str, as_of: Date) -> Self {
        Self { uscc: uscc.to_owned(), as_of, items: BTreeMap::new(), origins: Vec::new() }
    }

    /// A value.
    #[must_use]
    pub fn cell(&self, code: &str) -> Cell {
        self.items.get(code).map_or(Cell::Missing(Why::NotAsked), |i| i.cell)
    }

    /// Puts a value of this version; for cases and tests.
    pub fn put(&mut self, code: &str, version: u32, cell: Cell) {
        self.items.insert(code.to_owned(), Item { version, cell, origins: Vec::new() });
    }

    /// Lays another profile over this one: what it knows counts, what it does not know only where nothing else does. So
    /// the bank's own inputs join the platform's features.
    #[must_use]
    pub fn over(mut self, other: &Self) -> Self {
        let shift = self.origins.len();
        self.origins.extend(other.origins.iter().cloned());
        for (code, item) in &other.items {
            let known = self.items.get(code).is_some_and(|mine| mine.cell.known().is_some());
            if item.cell.known().is_some() || !known {
                let origins = item.origins.iter().map(|o| o + shift).collect();
                self.items.insert(code.clone(), Item { origins, ..item.clone() });
            }
        }
        self
    }

    /// A firm of a table.
    #[must_use]
    pub fn of(table: &Table, row: usize) -> Option<Self> {
        let uscc = table.uscc.get(row)?;
        let mut profile = Self::new(uscc, table.as_of);
        profile.origins.clone_from(&table.origins);
        for (i, ((field, version), lane)) in table.features.iter().zip(&table.lanes).enumerate() {
            let origins = table.sources.get(i).cloned().unwrap_or_default();
            profile.items.insert(field.code.to_string(), Item { version: *version, cell: lane.get(row), origins });
        }
        Some(profile)
    }
}

/// A profile for keeping: the same in about half the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    uscc: String,
    as_of: Date,
    /// Each feature: code, version, value or why there is none, the places of its sources.
    items: Vec<(String, u32, PackedCell, Vec<usize>)>,
    /// Each source: resource, date of its data, the place of its reference, whether it is out of date, why it did not answer.
    origins: Vec<(String, Option<Date>, usize, bool, Option<Why>)>,
    references: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum PackedCell {
    Known(i64),
    Missing(Why),
}

impl From<&Profile> for Packed {
    fn from(profile: &Profile) -> Self {
        let cell = |cell: Cell| match cell {
            Cell::Known(n) => PackedCell::Known(n),
            Cell::Missing(why) => PackedCell::Missing(why),
        };
        let mut references: Vec<String> = Vec::new();
        let mut place = |reference: &String| {
            let found = references.iter().position(|known| known == reference);
            found.unwrap_or_else(|| {
                references.push(reference.clone());
                references.len() - 1
            })
        };
        let origins = profile.origins.iter();
        let origins = origins.map(|o| (o.resource.clone(), o.as_of, place(&o.reference), o.stale, o.why)).collect();
        let items = profile.items.iter();
        Self {
            uscc: profile.uscc.clone(),
            as_of: profile.as_of,
            items: items.map(|(code, i)| (code.clone(), i.version, cell(i.cell), i.origins.clone())).collect(),
            origins,
            references,
        }
    }
}

impl From<Packed> for Profile {
    fn from(packed: Packed) -> Self {
        let item = |(code, version, cell, origins)| {
            let cell = match cell {
                PackedCell::Known(n) => Cell::Known(n),
                PackedCell::Missing(why) => Cell::Missing(why),
            };
            (code, Item { version, cell, origins })
        };
        let references = packed.references;
        let origin = |(resource, as_of, place, stale, why)| {
            let reference = references.get::<usize>(place).cloned().unwrap_or_default();
            Origin { resource, as_of, reference, stale, why }
        };
        let items = packed.items.into_iter().map(item).collect();
        let origins = packed.origins.into_iter().map(origin).collect();
        Self { uscc: packed.uscc, as_of: packed.as_of, items, origins }
    }
}

/// The sources of all relations, and for each feature which of them are its own: of a second-level feature those of
/// every feature that it reads.
pub(crate) fn origins(
    features: &[Compiled],
    relations: &[Relation],
    supplies: &[Supply],
) -> (Vec<Origin>, Vec<Vec<usize>>) {
    let own = |feature: &Compiled| feature.relation.into_iter().collect::<Vec<_>>();
    let sources = features
        .iter()
        .map(|feature| match &feature.second {
            None => own(feature),
            Some((reads, _)) => {
                let mut all: Vec<usize> = reads.iter().filter_map(|i| features.get(*i)).flat_map(own).collect();
                all.sort_unstable();
                all.dedup();
                all
            }
        })
        .collect();
    (relations.iter().map(|relation| origin(relation, supplies)).collect(), sources)
}

/// The source of a relation.
pub(crate) fn origin(relation: &Relation, supplies: &[Supply]) -> Origin {
    let missing = |why| Origin {
        resource: relation.resource.clone(),
        as_of: None,
        reference: String::new(),
        stale: false,
        why: Some(why),
    };
    match supplies.iter().find(|s| s.resource == relation.resource).map(|s| &s.answer) {
        Some(Answer::Ready(source)) => Origin {
            resource: relation.resource.clone(),
            as_of: Some(source.as_of),
            reference: source.reference.clone(),
            stale: source.stale,
            why: None,
        },
        Some(Answer::Missing(why)) => missing(*why),
        None => missing(Why::NotAsked),
    }
}

/// One axis of the radar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThemeScore {
    /// The theme.
    pub theme: Theme,
    /// Its names.
    pub name: Texts,
    /// 0 to 100; none where fewer than half of its features are known.
    pub score: Option<u8>,
    /// How many of its features are known.
    pub known: u32,
    /// How many it has.
    pub features: u32,
}

/// The five axes: of each theme's features with a `radar` the mean of their scores, rounded half to even. A missing
/// feature is left out; where fewer than half are known the theme has no score, for a mean of the rest would flatter.
pub(crate) fn radar(features: &[Compiled], cell: impl Fn(usize) -> Cell) -> Vec<ThemeScore> {
    Theme::ALL
        .iter()
        .map(|theme| {
            let (mut sum, mut known, mut count) = (0_i128, 0_u32, 0_u32);
            for (i, feature) in features.iter().enumerate().filter(|(_, f)| f.feature.theme == *theme) {
                let Some((at, scores)) = &feature.radar else { continue };
                count += 1;
                if let Cell::Known(value) = cell(i) {
                    let bin = at.partition_point(|edge| *edge <= value);
                    sum += i128::from(scores.get(bin).copied().unwrap_or(0));
                    known += 1;
                }
            }
            let mean = div_half_even(sum, i128::from(known)).and_then(|m| u8::try_from(m).ok());
            let score = mean.filter(|_| known > 0 && known * 2 >= count);
            ThemeScore { theme: *theme, name: theme.name(), score, known, features: count }
        })
        .collect()
}
