//! The catalogue: every indicator and population, checked as they are loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::Deserialize;

use super::compiled;
use super::dims::Dim;
use super::policy::{Indicator, Kind, Population, Term};
use crate::policy::{contradiction, overlap, read};
use crate::{embedded, faults};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorFile {
    indicator: Vec<Indicator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PopulationFile {
    population: Vec<Population>,
}

/// An indicator with the file it stands in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The indicator.
    pub indicator: Indicator,
    /// Its file's name, the theme.
    pub file: Arc<str>,
}

/// All indicators and populations.
#[derive(Clone, Debug)]
pub struct Catalogue {
    entries: Vec<Entry>,
    populations: BTreeMap<Arc<str>, Population>,
}

/// The deepest chain of indicators over indicators.
const MAX_DEPTH: usize = 4;

impl Catalogue {
    /// The indicators that ship with the program.
    pub fn embedded() -> Result<Self> {
        Self::load(embedded::INDICATORS, embedded::POPULATIONS)
    }

    /// Loads indicators and populations from texts, each with the name of its file. Whatever does not fit refuses the
    /// whole catalogue: a formula that its relation cannot answer, a reference to what is not there, a dimension that
    /// nothing has, two versions on one date.
    pub fn load(indicators: &[(&str, &str)], populations: &[(&str, &str)]) -> Result<Self> {
        let mut catalogue = Self { entries: Vec::new(), populations: BTreeMap::new() };
        for (file, text) in populations {
            for population in read::<PopulationFile>(file, text)?.population {
                let name = Arc::clone(&population.name);
                if catalogue.populations.insert(Arc::clone(&name), population).is_some() {
                    return Err(Fault::new(&faults::POLICY_TWICE).with("code", name));
                }
            }
        }
        for (file, text) in indicators {
            let theme: Arc<str> = file.trim_end_matches(".toml").into();
            for indicator in read::<IndicatorFile>(file, text)?.indicator {
                let twin = indicator.same_list_twin.then(|| indicator.twin());
                catalogue.entries.push(Entry { indicator, file: Arc::clone(&theme) });
                catalogue.entries.extend(twin.map(|indicator| Entry { indicator, file: Arc::clone(&theme) }));
            }
        }
        catalogue.verify()?;
        Ok(catalogue)
    }

    /// Every indicator, in the order of the files.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every population, by name.
    pub fn populations(&self) -> impl Iterator<Item = &Population> {
        self.populations.values()
    }

    /// A population.
    #[must_use]
    pub fn population(&self, name: &str) -> Option<&Population> {
        self.populations.get(name)
    }

    /// The indicators that apply on a date.
    pub fn on(&self, as_of: Date) -> impl Iterator<Item = &Indicator> {
        self.entries.iter().map(|e| &e.indicator).filter(move |i| i.applies(as_of))
    }

    /// An indicator as it applies on a date.
    pub fn get(&self, code: &str, as_of: Date) -> Result<&Indicator> {
        self.on(as_of)
            .find(|i| *i.code == *code)
            .ok_or_else(|| Fault::new(&faults::UNKNOWN_INDICATOR).with("code", code).with("as_of", as_of).field("code"))
    }

    fn verify(&self) -> Result<()> {
        let versions = self
            .entries
            .iter()
            .map(|e| (e.indicator.code.as_ref(), e.indicator.effective_from, e.indicator.effective_to));
        if let Some(code) = overlap(versions) {
            return Err(Fault::new(&faults::POLICY_TWICE).with("code", code));
        }
        for population in self.populations.values() {
            for relation in &population.relations {
                compiled::population(population, *relation)?;
            }
        }
        for entry in &self.entries {
            let indicator = &entry.indicator;
            parts(indicator)?;
            self.terms(indicator)?;
            self.references(indicator, indicator.effective_from, 0)?;
        }
        Ok(())
    }

    fn terms(&self, indicator: &Indicator) -> Result<()> {
        for (term, lacking) in [
            (indicator.numerator.as_ref(), &[] as &[Dim]),
            (indicator.denominator.as_ref(), indicator.denominator_lacks.as_slice()),
        ] {
            let Some(term) = term else { continue };
            self.fits(indicator, term)?;
            for dim in &indicator.dimensions {
                if dim.is_in(term.relation) == lacking.contains(dim) {
                    return Err(contradiction(
                        &indicator.code,
                        &format!("{} 是否有维度 {} 与 denominator_lacks 不符", term.relation.name(), dim.name()),
                        &format!(
                            "denominator_lacks disagrees with whether {} has {}",
                            term.relation.name(),
                            dim.name()
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    fn fits(&self, indicator: &Indicator, term: &Term) -> Result<()> {
        for name in &term.population {
            let known = self.populations.get(name).is_some_and(|p| p.relations.contains(&term.relation));
            if !known {
                return Err(contradiction(
                    &indicator.code,
                    &format!("{} 没有总体 {name}", term.relation.name()),
                    &format!("{} has no population {name}", term.relation.name()),
                ));
            }
        }
        compiled::term(self, indicator, term, None).map(|_| ())
    }

    /// What an indicator compares must be there, allow the same dimensions, and not lead back to it.
    fn references(&self, indicator: &Indicator, on: Date, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(contradiction(&indicator.code, "引用其他指标的层数过多", "it refers to others too deeply"));
        }
        for code in [&indicator.of, &indicator.minus].into_iter().flatten() {
            let Ok(other) = self.get(code, on) else {
                return Err(contradiction(
                    &indicator.code,
                    &format!("没有指标 {code}"),
                    &format!("there is no {code}"),
                ));
            };
            if let Some(dim) = indicator.dimensions.iter().find(|d| !other.dimensions.contains(d)) {
                return Err(contradiction(
                    &indicator.code,
                    &format!("{code} 不能按 {} 分", dim.name()),
                    &format!("{code} cannot be cut by {}", dim.name()),
                ));
            }
            self.references(other, on, depth + 1)?;
        }
        Ok(())
    }
}

/// Each kind has just the parts that it needs.
fn parts(i: &Indicator) -> Result<()> {
    let fits = match i.kind {
        Kind::Stock | Kind::Flow | Kind::DistinctCount => {
            i.numerator.is_some() && i.denominator.is_none() && i.of.is_none() && i.minus.is_none() && i.base.is_none()
        }
        Kind::Ratio | Kind::WeightedAverage | Kind::Concentration => {
            i.numerator.is_some() && i.denominator.is_some() && i.of.is_none() && i.minus.is_none() && i.base.is_none()
        }
        Kind::Growth => {
            i.numerator.is_none() && i.denominator.is_none() && i.of.is_some() && i.minus.is_none() && i.base.is_some()
        }
        Kind::Difference => {
            i.numerator.is_none()
                && i.denominator.is_none()
                && i.of.is_some()
                && (i.minus.is_some() != i.base.is_some())
        }
    };
    let top = i.numerator.as_ref().and_then(|n| n.top);
    let top_fits = (i.kind == Kind::Concentration) == top.is_some()
        && top != Some(0)
        && i.denominator.as_ref().is_none_or(|d| d.top.is_none());
    let twin_fits = !i.same_list_twin || i.base.is_some();
    if fits && top_fits && twin_fits && i.times != 0 && i.per > 0 && i.scale <= 12 {
        return Ok(());
    }
    Err(contradiction(
        &i.code,
        "numerator、denominator、of、minus、base、top、same_list_twin、times、per 或 scale 与 kind 不符",
        "numerator, denominator, of, minus, base, top, same_list_twin, times, per or scale does not fit its kind",
    ))
}
