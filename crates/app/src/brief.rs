//! The regulator's report: every figure that it wants evaluated, and beside it the files of loans that it links to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use huoshui_kernel::Lang;
use huoshui_kernel::date::{Date, prior_year_end};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_registry::Reference;
use huoshui_supervision::brief::{
    self, Brief, BriefInput, Filed, Institution, ListDate, Place, PolicyDigest, Target, Words, render, wanted,
};
use huoshui_supervision::indicators::{Cell, Dim, Figure, Role, Selection, drill, evaluate};
use huoshui_supervision::relations::{Relation, RelationRequest, Relations, columns};
use huoshui_supervision::targets;

use crate::figures::City;
use crate::names::label;
use crate::policies::Kind;
use crate::progress::Progress;
use crate::{export, faults};

/// Rows of one file of loans at most: what a spreadsheet holds.
const MAX_LOANS: usize = 1_000_000;

/// What the report says of itself besides the figures.
pub struct Cover {
    /// When it was made, as shown.
    pub generated: String,
    /// The moment whose knowledge it holds, as shown.
    pub known_at: Option<String>,
    /// Who reports; by default the city's regulator.
    pub regulator: Option<Words>,
}

/// Everything a report is made of, evaluated once for both languages.
pub struct Prepared<'a> {
    city: &'a City,
    kept: Kept<'a>,
    input: BriefInput,
}

impl<'a> Prepared<'a> {
    /// Evaluates every figure of the report.
    ///
    /// # Errors
    /// `data.nothing_filed`, `data.no_roster`, those of indicators.
    pub fn new(city: &'a City, as_of: Date, cover: Cover, progress: &dyn Progress) -> Result<Self> {
        city.filings.need(as_of)?;
        let reference = Reference::built_in()?;
        let (zh, en) = (&reference.districts.city_zh, &reference.districts.city_en);
        let short = zh.trim_end_matches('市');
        let regulator = cover
            .regulator
            .unwrap_or_else(|| Words::new(format!("{short}金融监管局"), format!("{en} financial regulator")));
        let place = Place { city: Words::new(zh, en), regulator };
        let kept = Kept { city, held: Mutex::default() };
        let mut input = BriefInput::new(place, as_of, cover.generated);
        input.known_at = cover.known_at;
        let name = |dim: Dim, value: &str| {
            let of = |lang| label(&city.library, dim, Some(value), lang);
            Words::new(of(Lang::Zh), of(Lang::En))
        };
        let all = wanted();
        progress.begin("计算指标", "Indicators", all.len() as u64);
        for one in &all {
            let figures = evaluate_some(city, &one.codes, one.date(as_of), one.dims(), &kept)?;
            input.put(one, &figures, &city.catalogue, &name)?;
            progress.advance(1);
        }
        progress.end();
        input.targets = goals(city, as_of, &kept, &name)?;
        reporting(city, as_of, &mut input)?;
        Ok(Self { city, kept, input })
    }

    /// The report in a language.
    ///
    /// # Errors
    /// Those of the templates.
    pub fn render(&self, lang: Lang) -> Result<Brief> {
        render(&self.input, lang)
    }

    /// Writes the files of loans that the report links to, under `folder`.
    ///
    /// # Errors
    /// Faults of writing; those of indicators.
    pub fn write_loans(&self, brief: &Brief, folder: &Path, lang: Lang, progress: &dyn Progress) -> Result<u64> {
        progress.begin("借据明细", "Files of loans", brief.loans.len() as u64);
        for file in &brief.loans {
            let cell: Cell = file
                .cell
                .iter()
                .map(|(dim, value)| (*dim, (!value.is_empty()).then(|| Arc::from(value.as_str()))))
                .collect();
            let opened = drill(&self.city.catalogue, &file.code, self.input.as_of, &cell, None, MAX_LOANS, &self.kept)?;
            let path = inside(folder, &file.path)?;
            // The first part is the numerator at the as-of date. A comparison's other numerators are told apart by their
            // dates; denominators (all loans of the city, often) are for `drill`.
            let numerator = |role| matches!(role, Role::Numerator | Role::BaseNumerator | Role::OtherNumerator);
            let wanted = |i: usize, role| i == 0 || (cell.is_empty() && numerator(role));
            for (i, part) in opened.parts.iter().enumerate().filter(|(i, p)| wanted(*i, p.role)) {
                let table = export::part(part)?;
                let target = if i == 0 { path.clone() } else { sibling(&path, i, part.data_date) };
                if let Some(parent) = target.parent() {
                    std::fs::create_dir_all(parent).map_err(|e| faults::folder(parent, &e))?;
                }
                table.write_csv(&target, lang)?;
            }
            progress.advance(1);
        }
        progress.end();
        Ok(brief.loans.len() as u64)
    }
}

/// A path of the report inside its folder, never outside.
fn inside(folder: &Path, relative: &str) -> Result<PathBuf> {
    let proper = Path::new(relative).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    if proper {
        return Ok(folder.join(relative));
    }
    Err(Fault::new(&faults::INTERNAL).with("what", "a path of the report leads outside its folder"))
}

fn sibling(path: &Path, part: usize, date: Date) -> PathBuf {
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!("{stem}.part{}.{date}.csv", part + 1))
}

/// The figures that can be worked out: one whose base date was never filed is left out, and shown as not collected.
fn evaluate_some(
    city: &City,
    codes: &[&str],
    as_of: Date,
    dims: &[Dim],
    relations: &dyn Relations,
) -> Result<Vec<Figure>> {
    let selection = Selection { codes: Some(codes), as_of, dims, filter: None };
    match evaluate(&city.catalogue, &selection, relations) {
        Err(fault) if missing(&fault) && codes.len() > 1 => {
            let mut figures = Vec::new();
            for code in codes {
                figures.extend(evaluate_some(city, std::slice::from_ref(code), as_of, dims, relations)?);
            }
            Ok(figures)
        }
        Err(fault) if missing(&fault) => Ok(Vec::new()),
        other => other,
    }
}

fn missing(fault: &Fault) -> bool {
    [faults::NOTHING_FILED.code, faults::NO_ROSTER.code].contains(&fault.code())
}

fn goals(
    city: &City,
    as_of: Date,
    relations: &dyn Relations,
    name: &dyn Fn(Dim, &str) -> Words,
) -> Result<Vec<Target>> {
    let mut goals = Vec::new();
    for target in targets::read(&city.library.targets)? {
        let Ok(indicator) = city.catalogue.get(&target.code, as_of) else { continue };
        let dims: Vec<Dim> = target.cell.keys().copied().collect();
        let figure = |date: Date| -> Result<Option<Figure>> {
            let figures = evaluate_some(city, &[&*target.code], date, &dims, relations)?;
            Ok(figures.into_iter().find(|f| f.dims == target.cell))
        };
        let now = figure(as_of)?;
        let start = figure(target.since)?;
        let progress = match (&start, &now) {
            (Some(start), Some(now)) => Some(targets::progress(&target, start, now)?),
            _ => None,
        };
        goals.push(Target::of(&target, now.as_ref(), progress.as_ref(), indicator, as_of, name));
    }
    Ok(goals)
}

fn reporting(city: &City, as_of: Date, input: &mut BriefInput) -> Result<()> {
    let filed = city.filings.need(as_of)?;
    let named = |code: &str| Institution {
        code: code.to_owned(),
        name: city.library.institutions.get(code).map_or_else(Words::default, |i| Words::new(&i.name_zh, &i.name_en)),
    };
    let reporting = &mut input.reporting;
    for (code, filing) in filed {
        let notes = filing.accepted.tables.get("notes");
        reporting.filed.push(Filed {
            institution: named(code),
            accepted_at: crate::streams::beijing(filing.recorded_at),
            notes: notes.map_or(0, |t| t.rows),
            warnings: filing.accepted.warnings.values().sum(),
            digest: notes.map(|t| t.blob.clone()).unwrap_or_default(),
        });
        reporting.warnings_explained += filing.accepted.warnings.values().sum::<u64>();
    }
    let lenders = city.library.institutions.lenders().map(|i| i.code.as_str());
    reporting.missing = lenders.filter(|code| !filed.contains_key(*code)).map(named).collect();
    for on in [as_of, prior_year_end(as_of)] {
        if let Some(list) = city.library.roster.list_on(on) {
            reporting.lists.push(ListDate { on, list: list.date() });
        }
    }
    for kind in [Kind::Indicators, Kind::Populations, Kind::Checks] {
        let (name, files) = (kind.name().to_owned(), city.policies.texts(kind).len());
        let digest = city.policies.digest(kind);
        reporting.policies.push(PolicyDigest { name, version: files.to_string(), digest });
    }
    reporting.open_queries = crate::filings::open_queries(&city.workspace, as_of)?;
    let _ = brief::LOAN_FILES_MAX;
    Ok(())
}

type Key = (Relation, Date, Date);

/// Relations read once and held: a report opens hundreds of cells of the same few.
struct Kept<'a> {
    city: &'a City,
    held: Mutex<BTreeMap<Key, Arc<Vec<RecordBatch>>>>,
}

impl Kept<'_> {
    fn get(&self, request: &RelationRequest) -> Result<Arc<Vec<RecordBatch>>> {
        let internal = || Fault::new(&faults::INTERNAL).with("what", "relations");
        let key = (request.relation, request.data_date, request.list_date);
        let mut held = self.held.lock().map_err(|_| internal())?;
        if let Some(batches) = held.get(&key) {
            return Ok(Arc::clone(batches));
        }
        let all = columns(request.relation).iter().map(|c| Arc::from(c.name)).collect();
        let whole = RelationRequest { columns: all, ..request.clone() };
        let mut batches = Vec::new();
        self.city.stored().each(&whole, &mut |batch| {
            batches.push(batch);
            Ok(())
        })?;
        let batches = Arc::new(batches);
        held.insert(key, Arc::clone(&batches));
        Ok(batches)
    }
}

impl Relations for Kept<'_> {
    fn each(&self, request: &RelationRequest, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        for batch in self.get(request)?.iter() {
            let schema = batch.schema();
            let places: std::result::Result<Vec<usize>, _> =
                request.columns.iter().map(|name| schema.index_of(name)).collect();
            let internal = || Fault::new(&faults::INTERNAL).with("what", "a column of a relation is missing");
            sink(batch.project(&places.map_err(|_| internal())?).map_err(|_| internal())?)?;
        }
        Ok(())
    }
}
