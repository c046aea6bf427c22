//! The targets file, field by field.

use huoshui_kernel::date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::rate::Ppm;
use serde::Deserialize;

use super::{Target, Targets};
use crate::calendar::PerSnap;
use crate::faults;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    as_of: String,
    year_start: String,
    year_ago: String,
    #[serde(default)]
    target: Vec<RawTarget>,
    population: Population,
    institutions: Vec<InstitutionKind>,
    districts: Vec<District>,
    industries: Vec<Industry>,
    lpr: Vec<RawLpr>,
    #[serde(default)]
    currencies: Vec<RawCurrency>,
    #[serde(default)]
    goal: Vec<Goal>,
    faults: RawFaults,
}

/// A policy goal of the city, written to `targets.csv` as it stands here; the import reads it as any other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goal {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) cell: String,
    pub(crate) target: String,
    pub(crate) direction: String,
    pub(crate) since: String,
    pub(crate) by: String,
}

impl Goal {
    /// First and last day.
    pub(crate) fn days(&self) -> Result<(i32, i32)> {
        Ok((day(&self.since)?, day(&self.by)?))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    code: String,
    #[serde(default)]
    figure: String,
    document: String,
    value: String,
    tolerance: String,
    #[serde(default)]
    scales: bool,
}

/// How many firms, and how many of them borrow. Counts are those of scale 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Population {
    pub(crate) srdi_year_ago: u64,
    pub(crate) srdi_year_start: u64,
    pub(crate) srdi_now: u64,
    pub(crate) srdi_left_by_year_start: u64,
    pub(crate) srdi_left_by_now: u64,
    pub(crate) little_giant_share: f64,
    pub(crate) other_technology: u64,
    pub(crate) other_small_micro: u64,
    pub(crate) srdi_borrowing: f64,
    pub(crate) technology_borrowing: f64,
    pub(crate) other_borrowing: f64,
    pub(crate) srdi_financed: f64,
}

/// How many institutions of a kind, and their share of all relationships.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstitutionKind {
    pub(crate) kind: String,
    pub(crate) count: u64,
    pub(crate) share: f64,
}

/// A district and its weights.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct District {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) technology: f64,
    pub(crate) other: f64,
}

/// An industry class, its weights, and words that names of its firms use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Industry {
    pub(crate) code: String,
    pub(crate) rule: Rule,
    pub(crate) technology: f64,
    pub(crate) other: f64,
    pub(crate) words: Vec<String>,
}

/// Which row of the size table of 2011 No. 300 applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rule {
    Industry,
    Construction,
    Wholesale,
    Retail,
    Transport,
    Catering,
    Information,
    Software,
    Business,
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLpr {
    from: String,
    one_year: String,
    five_years: String,
}

/// The loan prime rates in force from a day, parts per million.
#[derive(Clone, Debug)]
pub(crate) struct Lpr {
    pub(crate) from: i32,
    pub(crate) one_year: i64,
    pub(crate) five_years: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCurrency {
    code: String,
    weight: f64,
    year_ago: String,
    year_start: String,
    now: String,
}

/// A currency and its rates: CNY for a million units.
#[derive(Clone, Debug)]
pub(crate) struct Currency {
    pub(crate) code: String,
    pub(crate) weight: f64,
    pub(crate) rates: PerSnap<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFaults {
    each: u32,
}

fn invalid(reason: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::TARGETS_INVALID).with("reason", reason)
}

fn day(text: &str) -> Result<i32> {
    date::parse(text).map(date::days).map_err(invalid)
}

fn percent(text: &str) -> Result<i64> {
    Ppm::parse_percent(text).map(|p| p.0).map_err(invalid)
}

pub(super) fn parse(text: &str) -> Result<Targets> {
    let file: File = toml::from_str(text).map_err(invalid)?;
    let dates = PerSnap { year_ago: day(&file.year_ago)?, year_start: day(&file.year_start)?, now: day(&file.as_of)? };
    if !(dates.year_ago < dates.year_start && dates.year_start < dates.now) {
        return Err(invalid("year_ago < year_start < as_of"));
    }
    let figures = file
        .target
        .iter()
        .map(|t| Target::read(&t.code, &t.figure, &t.document, &t.value, &t.tolerance, t.scales))
        .collect::<Result<Vec<_>>>()?;
    let mut lpr = Vec::with_capacity(file.lpr.len());
    for row in &file.lpr {
        lpr.push(Lpr {
            from: day(&row.from)?,
            one_year: percent(&row.one_year)?,
            five_years: percent(&row.five_years)?,
        });
    }
    let mut currencies = Vec::with_capacity(file.currencies.len());
    for row in file.currencies {
        let rates = PerSnap {
            year_ago: percent(&row.year_ago)?,
            year_start: percent(&row.year_start)?,
            now: percent(&row.now)?,
        };
        currencies.push(Currency { code: row.code, weight: row.weight, rates });
    }
    let lists = [file.institutions.len(), file.districts.len(), file.industries.len(), lpr.len()];
    if lists.contains(&0) || file.industries.iter().any(|i| i.words.is_empty()) {
        return Err(invalid("institutions, districts, industries (with words) and lpr must not be empty"));
    }
    let p = &file.population;
    if p.srdi_year_ago < p.srdi_left_by_year_start
        || p.srdi_year_start < p.srdi_left_by_now
        || p.srdi_year_start + p.srdi_left_by_year_start < p.srdi_year_ago
        || p.srdi_now + p.srdi_left_by_now < p.srdi_year_start
    {
        return Err(invalid("population: more firms leave the list than were on it, or fewer come than must"));
    }
    Ok(Targets {
        name: file.name,
        dates,
        figures,
        population: file.population,
        institutions: file.institutions,
        districts: file.districts,
        industries: file.industries,
        lpr,
        currencies,
        goals: file.goal,
        faults_each: file.faults.each,
    })
}
