//! Eleven figures by institution over twenty million positions, with exact distinct borrowers: written in the policy
//! language against a loop written by hand, in memory and from Parquet files.

use std::time::Instant;

use arrow_array::RecordBatch;
use huoshui_formula::columns::{Aggregator, Grouped, Options};
use huoshui_formula::{Params, Query, Schema, Type, Value, compile};
use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use crate::faults::{self, failed};
use crate::{Bench, Row, memory};

mod by_hand;
pub(crate) mod data;
mod files;

use by_hand::Totals;
use data::{AS_OF, Dictionaries, Size, YEAR_START};

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "positions",
    what: (
        "两千万笔头寸、两百万借款人：132家机构的十一项指标，借款人精确去重，与手写循环相比，并从Parquet读取",
        "20 million positions, 2 million borrowers: eleven indicators of 132 institutions with exact distinct borrowers, against a hand-written loop, and from Parquet",
    ),
    run,
};

/// Loans as `policies/populations/loans.toml` defines them.
const LOANS: &str =
    "balance_cny > 0 AND business_kind IN ('loan', 'syndicated_share') AND NOT transferred AND NOT written_off";
/// Notes granted this year.
const GRANTED: &str = "business_kind <> 'discount' AND drawdown_date BETWEEN :year_start AND :as_of";

/// The document's figures as aggregates: the loan balance, notes, borrowers and so the average balance and the coverage;
/// the rates of two populations and so their gap; the credit, medium- and long-term, IP and M&A balances.
fn select() -> String {
    let filtered = |what: &str, wheres: &str| format!("{what} FILTER (WHERE {wheres})");
    let srdi = format!("{LOANS} AND srdi");
    let (srdi_granted, small_granted) = (format!("{GRANTED} AND srdi"), format!("{GRANTED} AND small_micro"));
    [
        filtered("SUM(balance_cny)", &srdi),
        filtered("COUNT(*)", &srdi),
        filtered("COUNT(DISTINCT borrower)", &srdi),
        filtered("COUNT(DISTINCT borrower)", LOANS),
        filtered("SUM_PRODUCT(original_amount, rate_at_drawdown)", &srdi_granted),
        filtered("SUM(original_amount)", &srdi_granted),
        filtered("SUM_PRODUCT(original_amount, rate_at_drawdown)", &small_granted),
        filtered("SUM(original_amount)", &small_granted),
        filtered("SUM(balance_cny)", &format!("{srdi} AND COALESCE(mitigants, '') = '' AND NOT ip_pledge")),
        filtered("SUM(balance_cny)", &format!("{srdi} AND original_maturity > drawdown_date + INTERVAL '12' MONTH")),
        filtered("SUM(balance_cny)", &format!("{LOANS} AND ip_pledge")),
        filtered("SUM(balance_cny)", &format!("{LOANS} AND ma_pilot")),
    ]
    .iter()
    .enumerate()
    .map(|(i, aggregate)| format!("{aggregate} AS f{i}"))
    .collect::<Vec<_>>()
    .join(", ")
}

fn query() -> Result<Query> {
    let columns = [
        ("institution", Type::Text),
        ("borrower", Type::Text),
        ("business_kind", Type::Text),
        ("mitigants", Type::Text),
        ("balance_cny", Type::Money),
        ("original_amount", Type::Money),
        ("rate_at_drawdown", Type::Rate),
        ("drawdown_date", Type::Date),
        ("original_maturity", Type::Date),
        ("transferred", Type::Bool),
        ("written_off", Type::Bool),
        ("ip_pledge", Type::Bool),
        ("ma_pilot", Type::Bool),
        ("srdi", Type::Bool),
        ("small_micro", Type::Bool),
    ];
    let params = Params::new().with("as_of", Type::Date, Value::Date(AS_OF)).with(
        "year_start",
        Type::Date,
        Value::Date(YEAR_START),
    );
    compile::query(&select(), &["institution".to_owned()], None, &Schema::new(columns)?, &params)
}

/// The language's results in the hand-written loop's form.
fn totals(grouped: &Grouped) -> Vec<Totals> {
    let exact = |aggregate: usize, group: usize| {
        grouped.aggregates.get(aggregate).and_then(|column| column.get(group)).and_then(|v| v.exact()).unwrap_or(0)
    };
    (0..grouped.keys.len())
        .map(|group| Totals {
            balance: exact(0, group),
            notes: exact(1, group),
            srdi_borrowers: exact(2, group),
            borrowers: exact(3, group),
            srdi_product: exact(4, group),
            srdi_amount: exact(5, group),
            small_product: exact(6, group),
            small_amount: exact(7, group),
            credit: exact(8, group),
            medium_long: exact(9, group),
            ip: exact(10, group),
            ma: exact(11, group),
        })
        .collect()
}

fn aggregate(query: &Query, batches: &[RecordBatch]) -> Result<Grouped> {
    let mut aggregator = Aggregator::new(query, Options::default())?;
    aggregator.push_all(batches)?;
    aggregator.finish()
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let size = if small {
        Size { rows: 200_000, borrowers: 20_000, batch: 50_000 }
    } else {
        Size { rows: 20_000_000, borrowers: 2_000_000, batch: 1_000_000 }
    };
    memory::restart();
    say("positions: making the data");
    let dictionaries = Dictionaries::new(size);
    let batches: Vec<RecordBatch> = (0..size.rows.div_ceil(size.batch))
        .into_par_iter()
        .map(|number| data::batch(&dictionaries, size, number, size.batch))
        .collect::<std::result::Result<_, _>>()
        .map_err(failed)?;
    let query = query()?;
    say("positions: in memory");
    let (mut ours, mut loops) = (f64::INFINITY, f64::INFINITY);
    let mut checked = None;
    {
        let slices: Option<Vec<_>> = batches.iter().map(by_hand::Slices::of).collect();
        let slices = slices.ok_or_else(|| failed("the data has other columns"))?;
        for _ in 0..if small { 1 } else { 5 } {
            let start = Instant::now();
            let by_hand = by_hand::run(&slices, size.borrowers).ok_or_else(|| failed("the loop left the data"))?;
            loops = loops.min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            let grouped = aggregate(&query, &batches)?;
            ours = ours.min(start.elapsed().as_secs_f64());
            // Institutions without a row are no group; here all have many.
            if totals(&grouped) != by_hand {
                return Err(huoshui_kernel::Fault::new(&faults::DISAGREES).with("name", "positions"));
            }
            checked = Some(by_hand);
        }
    }
    let mut rows = vec![Row {
        name: "positions_memory".into(),
        figure: ours,
        unit: "s",
        limit: Some(loops),
        ratio: Some(loops / ours),
        aim: Some(0.5),
    }];
    say("positions: writing Parquet");
    let folder = tempfile::tempdir().map_err(failed)?;
    files::write(folder.path(), &batches)?;
    drop(batches);
    say("positions: from Parquet");
    let mut seconds = f64::INFINITY;
    for _ in 0..if small { 1 } else { 3 } {
        let start = Instant::now();
        let grouped = files::aggregate(&query, folder.path())?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
        if Some(totals(&grouped)) != checked {
            return Err(huoshui_kernel::Fault::new(&faults::DISAGREES).with("name", "positions_parquet"));
        }
    }
    rows.push(Row {
        name: "positions_parquet".into(),
        figure: seconds,
        unit: "s",
        limit: Some(loops),
        ratio: Some(loops / seconds),
        aim: None,
    });
    if let Some(gigabytes) = memory::peak() {
        rows.push(Row {
            name: "positions_peak_memory".into(),
            figure: gigabytes,
            unit: "GB",
            limit: Some(6.0),
            ratio: Some(6.0 / gigabytes),
            aim: Some(1.0),
        });
    }
    Ok(rows)
}
