//! Files in: the registry's tables first, then the filings of each date, oldest first, institutions side by side.

mod batches;
pub mod files;
pub mod filing;
mod listing;
mod queries;
mod recheck;
pub mod registry;
pub mod report;
mod store;
pub mod table;

use std::collections::BTreeSet;
use std::path::PathBuf;

use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use crate::filings::Filings;
use crate::folder::Workspace;
use crate::library::Library;
use crate::policies::{self, Kind, Set};
use crate::progress::Progress;
use files::{Source, Table};
use filing::{Desk, Taken};
use registry::Choice;
use report::{Item, Outcome, Report};

/// Imports every data file under these paths. Each registry file and each filing is taken whole or refused whole; one
/// that is refused does not stop the others.
///
/// # Errors
/// Paths that cannot be read, and faults of the store.
pub fn run(
    workspace: &Workspace,
    paths: &[PathBuf],
    choice: Choice,
    today: Date,
    progress: &dyn Progress,
) -> Result<Report> {
    let sources = files::collect(paths)?;
    if !choice.dry_run {
        policies::seed(workspace)?;
    }
    let mut report = Report::default();
    for (path, fault) in sources.refused {
        let outcome = Outcome::refused(fault);
        report.items.push(Item { path, table: Table::Notes, institution: None, date: None, outcome });
    }
    let total = sources.registry.len() as u64;
    progress.begin("导入名单与机构", "Registry", total);
    let mut library = Library::load(workspace, None)?;
    for source in &sources.registry {
        let item = match registry::not_in_future(source, today) {
            Err(fault) => refused(source, fault),
            Ok(()) => registry::take(workspace, &mut library, source, choice)?,
        };
        report.items.push(item);
        progress.advance(1);
    }
    progress.end();
    report.items.extend(batches::take(workspace, &library, &sources.batches, (today, choice.dry_run), progress)?);

    let codes: Vec<String> = library.institutions.iter().map(|i| i.code.as_str().to_owned()).collect();
    let mut filings = Filings::load(workspace, codes.iter().map(String::as_str), None)?;
    let policies = Set::load(workspace, None)?;
    let (book, checks) = (policies.book()?, policies.digest(Kind::Checks));
    progress.begin("导入报送", "Filings", sources.filings.len() as u64);
    let (mut replaced, mut fresh) = (Vec::new(), BTreeSet::new());
    let mut dates: Vec<Date> = sources.filings.keys().map(|(date, _)| *date).collect();
    dates.dedup();
    for date in dates {
        let of_date: Vec<(&str, &[Source])> = sources
            .filings
            .range((date, String::new())..)
            .take_while(|((d, _), _)| *d == date)
            .map(|((_, institution), files)| (institution.as_str(), files.as_slice()))
            .collect();
        let desk = Desk {
            workspace,
            library: &library,
            filings: &filings,
            book: &book,
            checks: &checks,
            dry_run: choice.dry_run,
            today,
        };
        let done: Vec<(Item, Option<Taken>)> = of_date
            .par_iter()
            .map(|(institution, files)| {
                let done = desk.take(institution, date, files);
                progress.advance(1);
                done
            })
            .collect::<Result<_>>()?;
        let mut changed = false;
        for (item, taken) in done {
            report.items.push(item);
            if let Some(taken) = taken {
                let filed = (taken.accepted.institution.clone(), date);
                if filings.get(&filed.0, date).is_some() {
                    replaced.push(filed.clone());
                }
                fresh.insert(filed);
                filings.add(taken.accepted, taken.version, i64::MAX);
                changed = true;
            }
        }
        if changed {
            report.queries += queries::open(workspace, &book, &filings, date)?;
        }
    }
    let desk = Desk {
        workspace,
        library: &library,
        filings: &filings,
        book: &book,
        checks: &checks,
        dry_run: choice.dry_run,
        today,
    };
    for (institution, date) in replaced {
        // A following filing of this import was judged against the correction already.
        let next = filings.next(&institution, date).map(|f| f.accepted.as_of);
        if next.is_some_and(|next| !fresh.contains(&(institution.clone(), next))) {
            report.queries += recheck::following(&desk, &institution, date)?;
        }
    }
    progress.end();
    if !choice.dry_run {
        crate::seal::all(workspace)?;
    }
    Ok(report)
}

fn refused(source: &Source, fault: huoshui_kernel::Fault) -> Item {
    let outcome = Outcome::refused(fault);
    Item { path: source.path.clone(), table: source.table, institution: None, date: source.date, outcome }
}
