//! Bulk scoring of twenty million profiles by a card of twelve features, against a branchless loop written by hand for
//! that one card, its edges and points compiled in. And what-if: two sets of rules decide for a million firms.

use std::sync::Arc;
use std::time::Instant;

use arrow_array::Int64Array;
use huoshui_credit::cards::{Card, Column, score_all};
use huoshui_credit::decide::Request;
use huoshui_credit::rules::Policies;
use huoshui_credit::table::{Lane, Table};
use huoshui_credit::value::Cell;
use huoshui_credit::whatif::{Ask, what_if};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault};
use rayon::prelude::*;

use crate::faults::{self, failed};
use crate::{Bench, Row};

mod by_hand;

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "scoring",
    what: (
        "给两千万份画像按十二个特征打分，与手写循环相比；给一百万家企业试算新政策",
        "Score twenty million profiles by twelve features, against a hand-written loop; try a draft on a million firms",
    ),
    run,
};

const DAY: Date = Date::constant(2025, 9, 30);

/// The twelve features of the general card that the loop by hand knows, in its order.
const FEATURES: [&str; 12] = [
    "firm_age_months",
    "revenue_12m",
    "revenue_growth",
    "revenue_swing",
    "tax_late_quarters_12m",
    "headcount_growth",
    "social_arrears_months_12m",
    "patents_invention",
    "rd_intensity",
    "penalties_24m",
    "enforcement_open",
    "defendant_24m",
];

fn rate(rows: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / seconds
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let policies = Policies::embedded()?;
    let mut rows = vec![scores(&policies, small, say)?];
    rows.extend(trial(&policies, small, say)?);
    Ok(rows)
}

fn scores(policies: &Policies, small: bool, say: &dyn Fn(&str)) -> Result<Row> {
    let (rows, size) = if small { (100_000, 50_000) } else { (20_000_000, 1_000_000) };
    let mut twelve = policies.clone();
    for card in &mut twelve.scorecards {
        card.part.retain(|p| card.code != "srdi_general" || FEATURES.contains(&p.feature.as_str()));
    }
    let rules = twelve.on(DAY)?;
    let card = rules.card("srdi_general")?;
    say("scoring: making the data");
    let batches: Vec<Vec<Int64Array>> = (0..rows / size).into_par_iter().map(|n| columns(card, n, size)).collect();
    say("scoring: running");
    let (mut ours, mut loops) = (f64::INFINITY, f64::INFINITY);
    let mut scores = vec![0_i32; size];
    for _ in 0..if small { 1 } else { 5 } {
        let (mut hand_seconds, mut our_seconds) = (0.0, 0.0);
        for batch in &batches {
            let start = Instant::now();
            by_hand::score(batch, card.entry.start, &mut scores).ok_or_else(|| failed("the data has other columns"))?;
            hand_seconds += start.elapsed().as_secs_f64();
            let columns: Vec<Column<'_>> = batch.iter().map(Column::Arrow).collect();
            let start = Instant::now();
            let found = score_all(card, &columns)?;
            our_seconds += start.elapsed().as_secs_f64();
            if found != scores {
                return Err(Fault::new(&faults::DISAGREES).with("name", "scoring"));
            }
        }
        (ours, loops) = (ours.min(our_seconds), loops.min(hand_seconds));
    }
    Ok(Row {
        name: "scoring_bulk".into(),
        figure: rate(rows, ours),
        unit: "profiles/s",
        limit: Some(rate(rows, loops)),
        ratio: Some(loops / ours),
        aim: Some(0.5),
    })
}

/// A number drawn for a place, the same on every machine.
fn drawn(place: usize) -> u64 {
    let mut x = (place as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A value spread over the bins of a part; one in thirty-two is missing.
fn value(edges: &[i64], drawn: u64) -> Option<i64> {
    let many = edges.len().max(1) as u64;
    let edge = edges.get(usize::try_from(drawn % many).unwrap_or(0)).copied().unwrap_or(0);
    let off = i64::try_from((drawn >> 16) % 7).unwrap_or(0) - 3;
    (!(drawn >> 8).is_multiple_of(32)).then(|| edge.saturating_add(off))
}

fn columns(card: &Card, batch: usize, size: usize) -> Vec<Int64Array> {
    let column = |(at, part): (usize, &huoshui_credit::cards::ReadyPart)| -> Int64Array {
        (0..size).map(|row| value(&part.edges, drawn((batch * size + row) * 16 + at))).collect()
    };
    card.parts.iter().enumerate().map(column).collect()
}

/// What a trial over a million firms may take, seconds.
const TRIAL_AIM: f64 = 10.0;

/// The least that a trial must do: look at every cell of every firm once for each set of rules, on all cores.
fn touch(table: &Table) -> f64 {
    let start = Instant::now();
    let one = |lane: &Lane| (0..lane.values.len()).filter_map(|row| lane.get(row).known()).fold(0, i64::wrapping_add);
    for _ in 0..2 {
        let sum = table.lanes.par_iter().map(one).reduce(|| 0, i64::wrapping_add);
        std::hint::black_box(sum);
    }
    start.elapsed().as_secs_f64()
}

/// Two sets of rules, every gate, card, cap and price of them, over a million drawn profiles; the peer only reads the cells
/// of the same table, once for each set of rules.
fn trial(policies: &Policies, small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let firms = if small { 2_000 } else { 1_000_000 };
    say("scoring: trying a draft");
    let old = policies.on(DAY)?;
    let mut draft = policies.clone();
    for card in &mut draft.scorecards {
        card.start -= 15;
        card.version += 1;
    }
    let new = draft.on(DAY)?;
    let card = old.card("srdi_general")?;
    let mut table: Table = old.profiles(&(0..firms).map(|i| Arc::from(i.to_string())).collect::<Vec<_>>(), DAY, &[])?;
    table.lanes = table
        .features
        .par_iter()
        .enumerate()
        .map(|(at, (field, _))| {
            let edges = card.parts.iter().find(|p| p.code == *field.code).map_or(&[][..], |p| &p.edges);
            let mut lane = Lane::filled(Cell::Known(0), firms);
            for row in 0..firms {
                lane.set(
                    row,
                    value(edges, drawn(row * 128 + at) | 0x100).map_or(Cell::Known(0), |v| Cell::Known(v.max(0))),
                );
            }
            lane
        })
        .collect();
    let request = Request {
        product: "instant_loan".to_owned(),
        amount_fen: 50_000_000,
        months: 12,
        purpose: "working_capital".to_owned(),
        lpr_ppm: 30_000,
    };
    // Everything that a gate or a cap looks at is assumed clean, so that most firms come as far as the score.
    let clean: Vec<(String, i64)> = [
        ("registration_open", 1),
        ("tax_grade", 0),
        ("bank_group_headroom", 1_000_000_000),
        ("bank_working_capital_need", 1_000_000_000),
        ("bank_own_loans", 0),
        ("dishonest_now", 0),
        ("abnormal_now", 0),
        ("customs_dishonest", 0),
        ("srdi_tier", 1),
        ("serious_penalties_36m", 0),
        ("environment_rating", 0),
        ("bank_overdue_balance", 0),
        ("bank_worst_class", 1),
        ("enforcement_open_amount", 0),
        ("tax_arrears_now", 0),
        ("property_seized", 0),
    ]
    .map(|(code, lane)| (code.to_owned(), lane))
    .to_vec();
    let ask = Ask { request: &request, assume: &clean, dimensions: &[] };
    let touched = touch(&table);
    let start = Instant::now();
    let report = what_if((&old, &table), (&new, &table), &ask)?;
    let seconds = start.elapsed().as_secs_f64();
    if report.flips == 0 || report.firms != firms as u64 {
        return Err(Fault::new(&faults::DISAGREES).with("name", "scoring_what_if"));
    }
    let row = |name: &str, unit, figure: f64, limit: f64, ratio: f64, aim| {
        let (name, limit, ratio) = (name.to_owned(), Some(limit), Some(ratio));
        Row { name, figure, unit, limit, ratio, aim }
    };
    let aim = (!small).then_some(1.0);
    Ok(vec![
        row("scoring_what_if", "firms/s", rate(firms, seconds), rate(firms, touched), touched / seconds, None),
        row("scoring_what_if_time", "s", seconds, TRIAL_AIM, TRIAL_AIM / seconds, aim),
    ])
}
