//! A policy of sixty conditions over twenty million enterprises, against a loop written by hand.

use std::time::Instant;

use arrow_array::RecordBatch;
use huoshui_formula::{Expr, Params, Schema, columns, compile};
use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use crate::faults::{self, failed};
use crate::{Bench, Row};

mod by_hand;
mod data;

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "policy-columns",
    what: (
        "六十个条件的准入政策逐一判断两千万家企业，与手写循环相比",
        "A gate policy of sixty conditions over 20 million enterprises, against a hand-written loop",
    ),
    run,
};

/// Twenty gates of three conditions each. A row passes a gate by any of the three, so that most of the sixty are looked
/// at for most rows: the hard case, for a loop may stop at the first gate that fails.
const GATES: [&str; 20] = [
    "tax_grade IN ('A', 'B') OR tax_paid > 20000000 OR years_filed >= 3",
    "tax_growth > -0.10 OR revenue > 1000000000 OR r_and_d > 50000000",
    "revenue >= 5000000 OR assets >= 20000000 OR patents >= 2",
    "liabilities < assets OR revenue > liabilities OR guarantee_type = 'mortgage'",
    "liabilities * 10 < assets * 9 OR patents > 10 OR tax_grade = 'A'",
    "employees BETWEEN 5 AND 3000 OR revenue > 100000000 OR years_filed > 10",
    "insured * 10 >= employees * 6 OR employees < 20 OR tax_grade = 'A'",
    "patents > 0 OR r_and_d > 1000000 OR industry LIKE 'C3%'",
    "r_and_d * 100 >= revenue * 3 OR patents >= 5 OR industry LIKE 'I%'",
    "founded_on < DATE '2023-10-01' OR patents >= 3 OR revenue > 30000000",
    "certificate_to >= DATE '2025-09-30' OR patents >= 8 OR tax_grade = 'A'",
    "lawsuits <= 2 OR revenue > 500000000 OR assets > liabilities * 3",
    "NOT executed OR lawsuits = 0 OR tax_grade IN ('A', 'B')",
    "NOT abnormal OR years_filed > 8 OR revenue > 200000000",
    "penalties < 3 OR tax_grade IN ('A', 'B', 'M') OR assets > 300000000",
    "debt_banks <= 5 OR revenue > 300000000 OR assets > liabilities * 2",
    "overdue = 0 OR overdue * 100 < assets OR guarantee_type IN ('mortgage', 'pledge')",
    "guarantee_type <> 'none' OR revenue > 10000000 OR patents > 1",
    "industry NOT LIKE 'K%' OR r_and_d > 3000000 OR patents > 4",
    "last_loan_on IS NULL OR last_loan_on >= DATE '2022-01-01' OR tax_growth > 0.05",
];

fn policy() -> Result<(Expr, Schema)> {
    let columns = data::COLUMNS.iter().map(|(name, ty)| (*name, *ty));
    let schema = Schema::new(columns)?;
    let text = GATES.map(|gate| format!("({gate})")).join(" AND ");
    Ok((compile::condition(&text, &schema, &Params::new())?, schema))
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let (rows, size) = if small { (200_000, 50_000) } else { (20_000_000, 1_000_000) };
    say("policy-columns: making the data");
    let batches: Vec<RecordBatch> = (0..rows / size)
        .into_par_iter()
        .map(|number| data::batch(number, size))
        .collect::<std::result::Result<_, _>>()
        .map_err(failed)?;
    let (policy, schema) = policy()?;
    let slices: Option<Vec<_>> = batches.iter().map(by_hand::Slices::of).collect();
    let slices = slices.ok_or_else(|| failed("the data has other columns"))?;
    say("policy-columns: running");
    let (mut ours, mut loops) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..if small { 1 } else { 5 } {
        let start = Instant::now();
        let by_hand: usize = slices.par_iter().map(by_hand::Slices::passing).sum();
        loops = loops.min(start.elapsed().as_secs_f64());
        let start = Instant::now();
        let passing = |batch: &RecordBatch| Ok(columns::filter(&policy, &schema, batch)?.count_set_bits());
        let passed: usize = batches.par_iter().map(passing).sum::<Result<usize>>()?;
        ours = ours.min(start.elapsed().as_secs_f64());
        if passed != by_hand || passed == 0 || passed == rows {
            return Err(huoshui_kernel::Fault::new(&faults::DISAGREES).with("name", "policy-columns"));
        }
    }
    let rate = |seconds: f64| f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / seconds;
    Ok(vec![Row {
        name: "policy_columns".into(),
        figure: rate(ours),
        unit: "rows/s",
        limit: Some(rate(loops)),
        ratio: Some(loops / ours),
        aim: Some(0.5),
    }])
}
