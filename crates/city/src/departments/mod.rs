//! What departments know of the city's firms: `departments/DEPARTMENT/RESOURCE.DATE.whole.csv` for every resource of the
//! catalogue, and a few changes of the days after.
//!
//! Every firm has one portrait (how it fares, its months of sales and people); every department's rows follow from it and
//! from the firm's books, so that figures of different departments agree as a real firm's would.

mod assets;
mod branch;
mod courts;
mod ip;
mod order;
mod people;
mod persons;
mod portrait;
mod register;
mod series;
mod span;
mod subject;
mod support;
mod tax;
mod trade;
mod utilities;

use std::path::Path;

use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_kernel::date;
use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;

use self::span::Span;
use self::subject::Subject;
use crate::calendar::iso;
use crate::firms::Firm;
use crate::lending::Book;
use crate::output::{Format, Rows, Stream, folder};
use crate::{Formats, World, faults};

/// How many firms are described at once.
const AT_ONCE: usize = 4_096;
/// The share of rows that break a rule of quality for which no batch is refused.
const FLAW: f64 = 0.001;
/// Days after the as-of date that later changes are of.
pub(crate) const LATER: i32 = 9;

/// Adds a firm's rows.
type Describe = fn(&Subject<'_>, &mut Rows) -> Result<()>;

/// What each resource's rows are made by. Those of the whole city by month or quarter are Parquet.
const RESOURCES: &[(&str, Format, Describe)] = &[
    ("social_security", Format::Parquet, people::social_security),
    ("electricity_use", Format::Parquet, utilities::electricity_use),
    ("housing_fund", Format::Parquet, people::housing_fund),
    ("water_use", Format::Parquet, utilities::water_use),
    ("tax_payments", Format::Parquet, tax::tax_payments),
    ("medical_insurance", Format::Parquet, people::medical_insurance),
    ("patents", Format::Parquet, ip::patents),
    ("copyrights", Format::Parquet, ip::copyrights),
    ("customs_trade", Format::Parquet, trade::customs_trade),
    ("registration", Format::Csv, register::registration),
    ("legal_representative", Format::Csv, register::legal_representative),
    ("registration_changes", Format::Csv, register::registration_changes),
    ("abnormal_list", Format::Csv, order::abnormal_list),
    ("penalties", Format::Csv, order::penalties),
    ("tax_grade", Format::Csv, tax::tax_grade),
    ("tax_arrears", Format::Csv, tax::tax_arrears),
    ("tax_financials", Format::Csv, tax::tax_financials),
    ("customs_rating", Format::Csv, trade::customs_rating),
    ("customs_duties", Format::Csv, trade::customs_duties),
    ("foreign_trade", Format::Csv, trade::foreign_trade),
    ("trademarks", Format::Csv, ip::trademarks),
    ("ip_pledges", Format::Csv, ip::ip_pledges),
    ("enforcement", Format::Csv, courts::enforcement),
    ("dishonesty", Format::Csv, courts::dishonesty),
    ("litigation", Format::Csv, courts::litigation),
    ("procurement", Format::Csv, support::procurement),
    ("subsidies", Format::Csv, support::subsidies),
    ("policy_benefits", Format::Csv, support::policy_benefits),
    ("high_tech", Format::Csv, support::high_tech),
    ("srdi_recognition", Format::Csv, support::srdi_recognition),
    ("technology_contracts", Format::Csv, support::technology_contracts),
    ("rd_expense", Format::Csv, ip::rd_expense),
    ("real_estate", Format::Csv, assets::real_estate),
    ("construction_licence", Format::Csv, assets::construction_licence),
    ("environment_rating", Format::Csv, order::environment_rating),
    ("representative_identity", Format::Csv, register::representative_identity),
];

/// Changes of the days after the as-of date.
const CHANGES: &[(&str, Describe)] = &[
    ("registration", register::registration_later),
    ("registration_changes", register::changes_of_later),
    ("abnormal_list", order::abnormal_list_later),
    ("enforcement", courts::enforcement_later),
    ("penalties", no_news),
    ("dishonesty", no_news),
    ("litigation", no_news),
    ("legal_representative", no_news),
    ("representative_identity", no_news),
];

/// A daily resource to which nothing was added: its department says so with an empty batch, or it would be stale.
fn no_news(_: &Subject<'_>, _: &mut Rows) -> Result<()> {
    Ok(())
}

/// A file of a batch being written.
struct Output<'a> {
    resource: &'a Resource,
    describe: Describe,
    stream: Stream,
}

impl Output<'_> {
    fn append(&mut self, subjects: &[Subject<'_>]) -> Result<()> {
        let mut rows = Rows::new(self.resource.shape()?);
        subjects.iter().try_for_each(|s| (self.describe)(s, &mut rows))?;
        if rows.len() == 0 { Ok(()) } else { self.stream.append(rows) }
    }
}

/// Writes every department's batches under `OUT/departments/`; gives the rows of each file: resource, and how many.
pub(crate) fn write(
    world: &World<'_>,
    firms: &[Firm],
    books: &[Book],
    out: &Path,
    formats: Formats,
    progress: &dyn Fn(u64, u64),
) -> Result<Vec<(String, u64)>> {
    let catalogue = Catalogue::embedded()?;
    let span = Span::new(world.dates.now);
    let mut outputs = outputs(&catalogue, out, span.now, formats)?;
    // By code, as every file: the order in which firms were made is nobody's business.
    let mut order: Vec<(&Firm, &Book)> = firms.iter().zip(books).collect();
    order.sort_by_key(|(firm, _)| firm.uscc);
    let total = order.len() as u64;
    let mut done = 0;
    progress(0, total);
    for chunk in order.chunks(AT_ONCE) {
        let subjects: Vec<Subject<'_>> =
            chunk.par_iter().map(|(firm, book)| Subject::new(world, &span, firm, book)).collect();
        outputs.par_iter_mut().with_max_len(1).try_for_each(|output| output.append(&subjects))?;
        done += chunk.len() as u64;
        progress(done, total);
    }
    outputs.into_par_iter().map(|o| Ok((o.resource.code.clone(), o.stream.finish()?))).collect()
}

/// Opens the file of every resource in force, and those of the changes.
fn outputs<'a>(catalogue: &'a Catalogue, out: &Path, now: i32, formats: Formats) -> Result<Vec<Output<'a>>> {
    let on = date::from_days(now).unwrap_or_default();
    let resources: Vec<&Resource> = catalogue.in_force(on).collect();
    let missing = |code: &str| Fault::new(&faults::INTERNAL).with("reason", code);
    let unknown = resources.iter().find(|r| !RESOURCES.iter().any(|(code, ..)| *code == r.code));
    if let Some(resource) = unknown {
        return Err(missing(&resource.code));
    }
    let open = |code: &str, format: Format, describe: Describe, day: i32, kind: &str| -> Result<Output<'a>> {
        let resource = resources.iter().find(|r| r.code == code).ok_or_else(|| missing(code))?;
        let dir = out.join("departments").join(&resource.department);
        folder(&dir)?;
        let format = if formats == Formats::Csv { Format::Csv } else { format };
        let stream = Stream::create(&dir, &format!("{code}.{}.{kind}", iso(day)), resource.shape()?, format)?;
        Ok(Output { resource, describe, stream })
    };
    let whole = RESOURCES.iter().map(|(code, format, describe)| open(code, *format, *describe, now, "whole"));
    let changes = CHANGES.iter().map(|(code, describe)| open(code, Format::Csv, *describe, now + LATER, "change"));
    whole.chain(changes).collect()
}
