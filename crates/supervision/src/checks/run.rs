//! Runs the book over a filing: cells first, then each row by itself, then each row against what it is joined to.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use huoshui_formula::Schema;
use huoshui_formula::columns::Program;
use huoshui_formula::compile::{self, Params};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::{Fault, Result};

use super::book::{Book, Check, CheckTable, places};
use super::filing;
use super::findings::{Finding, Report};
use super::joins::{Joins, Met};
use super::keys::{KeyReader, Place};
use super::package::{CellProblem, Context, Package};
use super::schema::{self, Joined};
use super::show::Places;
use crate::arrow::{batch as make, column, texts};
use crate::relations::RawTable;
use crate::{faults, policy};

/// A check made ready.
struct Ready<'a> {
    check: &'a Check,
    program: Program,
    /// Columns of the row itself that it reads, directly or as the key of a join.
    reads: Vec<&'static str>,
    joined: Vec<(String, Joined)>,
}

struct Run<'a> {
    package: &'a Package,
    report: Report,
    filing: Vec<(&'static str, String)>,
    params: Params,
    book: &'a Book,
}

/// Checks a filing. Everything found is counted; the first [`super::MAX_FINDINGS`] are listed.
pub fn run(book: &Book, package: &Package, context: &Context<'_>) -> Result<Report> {
    let previous = context.previous.map(|p| p.as_of);
    let mut run = Run {
        package,
        report: Report { rows: package.rows(), ..Report::default() },
        filing: vec![
            ("filer", package.institution.clone()),
            ("period", package.as_of.to_string()),
            ("previous", previous.map(|d| d.to_string()).unwrap_or_default()),
        ],
        params: schema::parameters(Some((&package.institution, package.as_of, previous))),
        book,
    };
    run.whole(context)?;
    let mut joins = Joins::of(package, context)?;
    run.cells(context.cell_problems, &mut joins);
    for table in [CheckTable::Notes, CheckTable::Disbursements, CheckTable::Relationships] {
        run.rows(table, &mut joins, false)?;
    }
    joins.summarise()?;
    for table in [CheckTable::Notes, CheckTable::Disbursements, CheckTable::Relationships] {
        run.rows(table, &mut joins, true)?;
    }
    for table in [CheckTable::PreviousNotes, CheckTable::PreviousDisbursements] {
        run.gone(table, &joins)?;
    }
    let mut report = run.report;
    let order = |f: &Finding| (RawTable::ALL.iter().position(|t| t.shape().name == f.table), f.row);
    report.findings.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.code.cmp(&b.code)));
    Ok(report)
}

impl<'a> Run<'a> {
    fn ready(&self, table: CheckTable) -> Result<(Schema, Vec<Ready<'a>>)> {
        let schema = schema::of(table)?;
        let joined = schema::joined(table);
        let own = schema::raw(table).map(|r| r.shape().columns).unwrap_or_default();
        let mut checks = Vec::new();
        for check in self.book.of(table, self.package.as_of) {
            let Some(text) = &check.violated else { continue };
            let expr = compile::condition(text, &schema, &self.params).map_err(|f| policy::formula(&check.code, &f))?;
            let program = Program::new(&expr, &schema)?;
            let mut reads: BTreeSet<&'static str> = BTreeSet::new();
            let mut uses = Vec::new();
            for at in expr.columns() {
                let Some(name) = schema.columns.get(at).map(|c| &c.name) else { continue };
                if let Some(column) = own.iter().find(|c| *c.name == **name) {
                    reads.insert(column.name);
                }
                if let Some((_, _, what)) = joined.iter().find(|(n, ..)| **n == **name) {
                    reads.extend(schema::hangs_on(table, *what));
                    uses.push((name.to_string(), *what));
                }
            }
            checks.push(Ready { check, program, reads: reads.into_iter().collect(), joined: uses });
        }
        Ok((schema, checks))
    }

    /// Cells that the reader refused.
    fn cells(&mut self, problems: &[CellProblem], joins: &mut Joins<'_>) {
        for problem in problems {
            let code = problem.fault.code();
            let of = |wanted: &str| {
                self.book.of(CheckTable::Any, self.package.as_of).find(|c| c.faults.iter().any(|f| **f == *wanted))
            };
            let Some(check) = of(code).or_else(|| of("*")) else { continue };
            let shape = problem.table.shape();
            let place = locate(self.package, problem.table, problem.row);
            if let (Some(place), Some(taints)) = (place, joins.taints(problem.table)) {
                taints.add(place, problem.column.unwrap_or("*"));
            }
            if !self.report.count(check) {
                continue;
            }
            let column = problem.column.and_then(|name| shape.columns.iter().find(|c| c.name == name));
            let fill = |lang: Lang| {
                let shown = match (column, lang) {
                    (Some(c), Lang::Zh) => c.zh,
                    (Some(c), Lang::En) => c.name,
                    (None, Lang::Zh) => "整行",
                    (None, Lang::En) => "the whole row",
                };
                let template = check.message(lang).replace("{column}", shown);
                template.replace("{reason}", &problem.fault.message(lang))
            };
            self.report.findings.push(Finding {
                code: Arc::clone(&check.code),
                severity: check.severity,
                family: check.family,
                table: shape.name,
                row: Some(problem.row),
                field: problem.column.map(Into::into),
                key: place.map(|p| key_of(self.package, problem.table, p)).unwrap_or_default(),
                zh: fill(Lang::Zh),
                en: fill(Lang::En),
            });
        }
    }

    /// The filing as a whole.
    fn whole(&mut self, context: &Context<'_>) -> Result<()> {
        let (schema, checks) = self.ready(CheckTable::Filing)?;
        let batch = filing::row(self.package, context)?;
        for ready in checks {
            if !violations(&ready.program, &batch)?.is_empty() {
                self.add(ready.check, &schema, &batch, 0, None, String::new());
            }
        }
        Ok(())
    }

    /// Rows of a filed table: alone, or with what they are joined to.
    fn rows(&mut self, table: CheckTable, joins: &mut Joins<'_>, with_joins: bool) -> Result<()> {
        let Some(raw) = schema::raw(table) else { return Ok(()) };
        let (schema, all) = self.ready(table)?;
        let alone = |r: &Ready<'_>| r.joined.iter().all(|(_, what)| *what == Joined::Occurrence);
        let checks: Vec<Ready<'_>> = all.into_iter().filter(|r| alone(r) != with_joins).collect();
        let mut found: Vec<(Place, &str)> = Vec::new();
        for (part, filed) in self.package.parts(raw).iter().enumerate() {
            let batch = joined_batch(joins, raw, part, &filed.batch, &checks)?;
            for ready in &checks {
                for row in violations(&ready.program, &batch)? {
                    let place = (part, row);
                    if joins.table(raw).is_some_and(|t| t.taints.any(place, &ready.reads)) {
                        continue;
                    }
                    if let Some(field) = &ready.check.field {
                        found.push((place, field));
                    }
                    let number = filed.first_row.saturating_add(row as u64);
                    let key = key_of(self.package, raw, place);
                    self.add(ready.check, &schema, &batch, row, Some(number), key);
                }
            }
        }
        // Only now: checks of one pass do not silence one another.
        if let Some(taints) = joins.taints(raw) {
            found.iter().for_each(|(place, field)| taints.add(*place, field));
        }
        Ok(())
    }

    /// Rows of the last filing.
    fn gone(&mut self, table: CheckTable, joins: &Joins<'_>) -> Result<()> {
        let Some((raw, before)) = schema::raw(table).and_then(|raw| Some((raw, joins.before(raw)?))) else {
            return Ok(());
        };
        let (schema, checks) = self.ready(table)?;
        for (part, batch) in before.batches.iter().enumerate() {
            let key = KeyReader::of(raw, batch)?;
            let batch = joined_batch(joins, raw, part, batch, &checks)?;
            for ready in &checks {
                for row in violations(&ready.program, &batch)? {
                    let key = key.get(row).map(shown_key).unwrap_or_default();
                    self.add(ready.check, &schema, &batch, row, None, key);
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        check: &Check,
        schema: &Schema,
        batch: &RecordBatch,
        row: usize,
        number: Option<u64>,
        key: String,
    ) {
        if !self.report.count(check) {
            return;
        }
        let places = Places { schema, batch, row, filing: &self.filing };
        self.report.findings.push(Finding {
            code: Arc::clone(&check.code),
            severity: check.severity,
            family: check.family,
            table: check.table.name(),
            row: number,
            field: check.field.clone(),
            key,
            zh: places.fill(&check.zh, Lang::Zh),
            en: places.fill(&check.en, Lang::En),
        });
    }
}

/// The rows where a condition is TRUE.
fn violations(program: &Program, batch: &RecordBatch) -> Result<Vec<usize>> {
    let truths = program.eval(batch)?;
    let truths = truths
        .as_boolean_opt()
        .ok_or_else(|| Fault::new(&faults::INTERNAL).with("detail", "a check is not a condition"))?;
    if truths.true_count() == 0 {
        return Ok(Vec::new());
    }
    Ok(truths.iter().enumerate().filter(|(_, t)| *t == Some(true)).map(|(i, _)| i).collect())
}

/// The batch with the joined columns that these checks read. Texts of few values are dictionary-encoded once, so that the
/// checks ask their questions of the values and not of every row.
fn joined_batch(
    joins: &Joins<'_>,
    raw: RawTable,
    part: usize,
    batch: &RecordBatch,
    checks: &[Ready<'_>],
) -> Result<RecordBatch> {
    let table = raw.shape();
    let mut columns: Vec<(Arc<str>, ArrayRef)> = Vec::new();
    for shape in table.columns {
        let array = match shape.name {
            "institution" | "mitigants" => texts(table.name, batch, shape.name)?.encoded(),
            name => Arc::clone(column(table.name, batch, name)?),
        };
        columns.push((shape.name.into(), array));
    }
    let mut wanted: Vec<(String, Joined)> = Vec::new();
    let all = schema::joined(match raw {
        RawTable::Notes => CheckTable::Notes,
        RawTable::Disbursements => CheckTable::Disbursements,
        RawTable::Relationships => CheckTable::Relationships,
    });
    for ready in checks {
        // Messages may show a joined column that the formula does not read.
        let shown = places(&ready.check.zh)
            .filter_map(|place| all.iter().find(|(n, ..)| n == place).map(|(n, _, what)| (n.clone(), *what)));
        for (name, what) in ready.joined.iter().cloned().chain(shown) {
            if !wanted.iter().any(|(n, _)| *n == name) {
                wanted.push((name, what));
            }
        }
    }
    let met = Met::default();
    for (name, what) in wanted {
        columns.push((name.as_str().into(), joins.column(raw, batch, part, &met, what)?));
    }
    make(columns, batch.num_rows())
}

/// Where the row with this number stands.
fn locate(package: &Package, table: RawTable, row: u64) -> Option<Place> {
    package.parts(table).iter().enumerate().find_map(|(part, filed)| {
        let at = usize::try_from(row.checked_sub(filed.first_row)?).ok()?;
        (at < filed.batch.num_rows()).then_some((part, at))
    })
}

fn key_of(package: &Package, table: RawTable, place: Place) -> String {
    let part = package.parts(table).get(place.0);
    let key = part.and_then(|p| KeyReader::of(table, &p.batch).ok()).and_then(|k| k.get(place.1).map(shown_key));
    key.unwrap_or_default()
}

fn shown_key((main, second): (&str, &str)) -> String {
    if second.is_empty() { main.to_owned() } else { format!("{main} {second}") }
}
