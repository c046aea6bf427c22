//! A seeded generator of a whole city, written as files in the import formats.
//!
//! The same seed, scale and targets give the same bytes, on any number of threads. Nothing here takes a short cut past
//! the import: [`generate`] writes files and returns; what it meant is known only from them.

mod calendar;
mod calibrate;
mod departments;
mod dice;
pub mod faults;
mod firms;
mod institutions;
mod lending;
mod output;
mod plant;
mod targets;

use std::path::PathBuf;

use huoshui_kernel::fault::{Fault, Result};

use calendar::{PerSnap, SNAPS, iso};
pub use targets::{Target, Targets, Unit};

/// What to generate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder to write to: new or empty.
    pub out: PathBuf,
    /// Another seed moves every detail.
    pub seed: u64,
    /// 0.01 to 50: multiplies the numbers of firms, and with them of notes.
    pub scale: f64,
    /// The figures to meet, and the sizes and skews.
    pub targets: Targets,
    /// Plants filing errors and writes `faults.csv`, which lists them.
    pub faults: bool,
    /// Which file formats the city uses.
    pub formats: Formats,
    /// Writes what departments know of the firms, too.
    pub departments: bool,
}

/// Which file formats a city uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formats {
    /// csv for most, Parquet for some banks, xlsx for two banks and two of the lists.
    #[default]
    Mixed,
    /// csv only.
    Csv,
}

/// The Chinese and the English name of a department, by its code.
#[must_use]
pub fn department_names(code: &str) -> Option<(&'static str, &'static str)> {
    institutions::DEPARTMENTS.iter().find(|(known, ..)| *known == code).map(|(_, zh, en)| (*zh, *en))
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Every enterprise.
    pub enterprises: u64,
    /// Firms on the SRDI list: a date and a count for each of the three dates.
    pub srdi: Vec<(String, u64)>,
    /// All institutions, and the lenders among them.
    pub institutions: u64,
    /// Institutions that file.
    pub lenders: u64,
    /// Filings over all dates.
    pub filings: u64,
    /// Rows of notes over all dates.
    pub notes: u64,
    /// Rows of disbursements over all dates.
    pub disbursements: u64,
    /// Rows of relationships over all dates.
    pub relationships: u64,
    /// Rows of departments' batches: resource and rows, a whole batch each, then batches of changes.
    pub resources: Vec<(String, u64)>,
    /// Errors planted.
    pub faults: u64,
}

/// What every part of the generator knows.
struct World<'a> {
    seed: u64,
    scale: f64,
    targets: &'a Targets,
    /// The targets at this scale.
    figures: Vec<Target>,
    dates: PerSnap<i32>,
    /// The most that a single firm is drawn to owe: the tail is heavy, yet no firm may be the city.
    largest_debt: i64,
}

impl World<'_> {
    fn figure(&self, code: &str) -> Option<&Target> {
        self.figures.iter().find(|t| t.code == code)
    }

    /// The loan prime rate on a day for a tenor, parts per million.
    fn lpr(&self, day: i32, months: i32) -> i64 {
        let row = self.targets.lpr.iter().rev().find(|r| r.from <= day).or_else(|| self.targets.lpr.first());
        row.map_or(0, |r| if months > 60 { r.five_years } else { r.one_year })
    }
}

/// Writes a city. `progress` is told the stage, how much of it is done, and how much there is.
///
/// # Errors
/// `city.scale`, `city.out_not_empty`, `city.target_unreachable` before anything is written; `city.write` and the
/// writers' faults.
pub fn generate(options: &Options, progress: &dyn Fn(&str, u64, u64)) -> Result<Summary> {
    if !(0.01..=50.0).contains(&options.scale) {
        return Err(Fault::new(&faults::SCALE).with("scale", options.scale));
    }
    empty_folder(options)?;
    let targets = &options.targets;
    let world = World {
        seed: options.seed,
        scale: options.scale,
        targets,
        figures: targets.at_scale(options.scale),
        dates: targets.dates,
        largest_debt: dice::whole(5e11 * options.scale.clamp(0.05, 1.0)),
    };
    progress("firms", 0, 4);
    let firms = firms::make(&world)?;
    let institutions = institutions::make(options.seed, options.scale, targets);
    progress("firms", 1, 4);
    let plans = lending::plan(&world, &firms);
    let mut books = lending::make(&world, &firms, &plans, &institutions);
    progress("firms", 2, 4);
    calibrate::run(&world, &firms, &mut books)?;
    progress("firms", 3, 4);
    let groups = output::form_groups(&world, &firms, &mut books, institutions.len());
    progress("firms", 4, 4);

    output::folder(&options.out)?;
    let step = std::cell::Cell::new(0u64);
    let tick = || {
        step.set(step.get() + 1);
        progress("registry", step.get(), 7);
    };
    output::write_registry(&world, &firms, &institutions, &options.out, options.formats, &tick)?;
    let shelf = output::Shelf::new(&world, &firms, &books, &institutions, groups);
    let written =
        output::write_filings(&shelf, &options.out, options.formats, &|done, total| progress("filings", done, total))?;
    let resources = if options.departments {
        let tell = |done: u64, total: u64| progress("departments", done, total);
        departments::write(&world, &firms, &books, &options.out, options.formats, &tell)?
    } else {
        Vec::new()
    };
    let planted = if options.faults { plant::plant(&shelf, options, progress)? } else { 0 };
    let on_list = firms::on_list(&firms);
    Ok(Summary {
        enterprises: firms.len() as u64,
        srdi: SNAPS.iter().map(|s| (iso(*world.dates.at(*s)), *on_list.at(*s))).collect(),
        institutions: institutions.len() as u64,
        lenders: institutions.iter().filter(|i| i.lends).count() as u64,
        filings: written.filings,
        notes: written.notes,
        disbursements: written.disbursements,
        relationships: written.relationships,
        resources,
        faults: planted,
    })
}

/// A city is written to a new or empty folder: files of an earlier one would be imported with it.
fn empty_folder(options: &Options) -> Result<()> {
    match std::fs::read_dir(&options.out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Fault::new(&faults::OUT_NOT_EMPTY).with("path", options.out.display())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Fault::new(&faults::WRITE).with("path", options.out.display()).with("reason", error)),
    }
}
