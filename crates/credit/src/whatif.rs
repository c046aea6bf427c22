//! What if: two sets of rules over many profiles, and who flips.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::decide::evaluate::Prepared;
use crate::decide::frame::Frame;
use crate::decide::{Outcome, Request};
use crate::faults;
use crate::policy::{PolicyRef, hash};
use crate::rules::Rules;
use crate::table::{Lane, Table};
use crate::value::{Cell, Why};

mod told;

/// What the firms are cut by: a value for each firm, in the table's order.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// `tier`, `district`, `industry` …
    pub name: String,
    /// The value of each firm.
    pub values: Vec<Arc<str>>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The application that every firm is imagined to make; it names the product.
    pub request: &'a Request,
    /// Fields that no profile here has, such as the bank's own inputs, with the lane's value assumed for every firm. They
    /// are written into the report.
    pub assume: &'a [(String, i64)],
    /// How to cut.
    pub dimensions: &'a [Dimension],
}

/// How many went from one outcome to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Under the old rules.
    pub from: Outcome,
    /// Under the new.
    pub to: Outcome,
    /// Firms.
    pub firms: u64,
}

/// One value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The dimension.
    pub dimension: String,
    /// The value.
    pub value: String,
    /// Its firms.
    pub firms: u64,
    /// Those with a better outcome.
    pub better: u64,
    /// Those with a worse one.
    pub worse: u64,
    /// Those approved under the old rules.
    pub approved_before: u64,
    /// Those approved under the new.
    pub approved_after: u64,
}

/// A firm that flips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flipped {
    /// The firm.
    pub uscc: String,
    /// Under the old rules.
    pub from: Outcome,
    /// Under the new.
    pub to: Outcome,
    /// The score under the old rules.
    pub score_before: i32,
    /// The score under the new.
    pub score_after: i32,
}

/// The result, to be attached to a draft by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The application imagined.
    pub request: Request,
    /// The product under the old rules, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
    /// What was assumed.
    pub assumed: Vec<(String, i64)>,
    /// The date of the profiles.
    pub as_of: Date,
    /// Policies that only the old rules have.
    pub old: Vec<PolicyRef>,
    /// Policies that only the new rules have.
    pub new: Vec<PolicyRef>,
    /// Firms in all.
    pub firms: u64,
    /// Every pair of outcomes that occurs.
    pub moves: Vec<Move>,
    /// By dimension and value, in order.
    pub slices: Vec<Slice>,
    /// The first firms that flip, in the table's order.
    pub flipped: Vec<Flipped>,
    /// How many firms flip in all.
    pub flips: u64,
}

impl Report {
    /// The same for who may not know of single firms ([`told`]): no names, numbers in tens, none that fewer firms than `fewest`
    /// make up or are left out of.
    #[must_use]
    pub fn in_numbers(self, fewest: u64) -> Self {
        told::in_numbers(self, fewest)
    }

    /// The hash to attach.
    pub fn hash(&self) -> Result<String> {
        hash(self)
    }
}

/// The most firms that a report names.
pub const NAMED: usize = 200;

/// Runs both sets of rules over their tables: the same firms in the same order. One table serves for both where no
/// feature changes; a profile of another version of a feature counts as missing it.
pub fn what_if(old: (&Rules, &Table), new: (&Rules, &Table), ask: &Ask<'_>) -> Result<Report> {
    what_if_instead(old, new, ask, None)
}

/// The same for a product that the old rules do not have: they decide on this one instead.
///
/// # Errors
/// As [`what_if`].
pub fn what_if_instead(
    old: (&Rules, &Table),
    new: (&Rules, &Table),
    ask: &Ask<'_>,
    compared_with: Option<&str>,
) -> Result<Report> {
    let firms = old.1.uscc.len();
    let same = old.1.uscc == new.1.uscc && ask.dimensions.iter().all(|d| d.values.len() == firms);
    if !same {
        return Err(Fault::new(&faults::SOURCE)
            .with("resource", "what-if")
            .with("column", "uscc")
            .with("zh", format_args!("行数或列数不符：{}", firms))
            .with("en", format_args!("rows or columns do not agree: {}", firms)));
    }
    let instead = compared_with.map(|product| Request { product: product.to_owned(), ..ask.request.clone() });
    let asked = Ask { request: instead.as_ref().unwrap_or(ask.request), ..ask.clone() };
    let (before, after) = (outcomes(old.0, old.1, &asked)?, outcomes(new.0, new.1, ask)?);
    let mut report = Report {
        request: ask.request.clone(),
        compared_with: compared_with.map(str::to_owned),
        assumed: ask.assume.to_vec(),
        as_of: new.1.as_of,
        old: old.0.refs().iter().filter(|r| !new.0.refs().contains(r)).cloned().collect(),
        new: new.0.refs().iter().filter(|r| !old.0.refs().contains(r)).cloned().collect(),
        firms: firms as u64,
        moves: Vec::new(),
        slices: Vec::new(),
        flipped: Vec::new(),
        flips: 0,
    };
    let mut moves: BTreeMap<(Outcome, Outcome), u64> = BTreeMap::new();
    for (row, ((from, a), (to, b))) in before.iter().zip(&after).enumerate() {
        *moves.entry((*from, *to)).or_default() += 1;
        if from != to {
            report.flips += 1;
            if report.flipped.len() < NAMED {
                let uscc = old.1.uscc.get(row).map(ToString::to_string).unwrap_or_default();
                report.flipped.push(Flipped { uscc, from: *from, to: *to, score_before: *a, score_after: *b });
            }
        }
    }
    report.moves = moves.into_iter().map(|((from, to), firms)| Move { from, to, firms }).collect();
    for dimension in ask.dimensions {
        let mut slices: BTreeMap<&str, Slice> = BTreeMap::new();
        for (value, ((from, _), (to, _))) in dimension.values.iter().zip(before.iter().zip(&after)) {
            let slice = slices.entry(value).or_insert_with(|| Slice {
                dimension: dimension.name.clone(),
                value: value.to_string(),
                firms: 0,
                better: 0,
                worse: 0,
                approved_before: 0,
                approved_after: 0,
            });
            slice.firms += 1;
            slice.better += u64::from(to < from);
            slice.worse += u64::from(to > from);
            slice.approved_before += u64::from(from.approves());
            slice.approved_after += u64::from(to.approves());
        }
        report.slices.extend(slices.into_values());
    }
    Ok(report)
}

/// Firms worked on at a time.
const BLOCK: usize = 4_096;

/// The outcome and the score of every firm, on all cores.
fn outcomes(rules: &Rules, table: &Table, ask: &Ask<'_>) -> Result<Vec<(Outcome, i32)>> {
    let prepared = Prepared::new(rules, &ask.request.product)?;
    let mut common = vec![Cell::Missing(Why::NotAsked); rules.fields().len()];
    rules.application(&prepared, &mut common, ask.request)?;
    for (code, lane) in ask.assume {
        let at = rules.index.get(code.as_str());
        let cell = at.and_then(|at| common.get_mut(*at));
        let unknown = || Fault::new(&faults::VALUE).with("field", code).with("value", lane);
        *cell.ok_or_else(unknown)? = Cell::Known(*lane);
    }
    let assumed = |code: &str| ask.assume.iter().any(|(c, _)| c == code);
    let mut lanes: Vec<(usize, &Lane)> = Vec::new();
    for ((field, version), lane) in table.features.iter().zip(&table.lanes) {
        let own = rules.features().zip(0..).find(|(f, _)| f.code == *field.code);
        match own {
            Some((feature, at)) if feature.version == *version && !assumed(&field.code) => lanes.push((at, lane)),
            _ => {}
        }
    }
    let blocks: Vec<usize> = (0..table.uscc.len()).step_by(BLOCK).collect();
    let results = blocks
        .par_iter()
        .map(|start| {
            // One frame for the block: only what differs between firms is written anew.
            let mut frame = Frame::new(rules, &common);
            let mut found = Vec::with_capacity(BLOCK);
            for row in *start..table.uscc.len().min(start + BLOCK) {
                for (at, lane) in &lanes {
                    if let (Some(cell), Some(value)) = (frame.cells.get_mut(*at), frame.row.get_mut(*at)) {
                        let new = lane.get(row);
                        if *cell != new {
                            (*cell, *value) = (new, rules.value(*at, new));
                        }
                    }
                }
                let evaluation = prepared.work(&mut frame, None)?;
                found.push((evaluation.outcome, evaluation.score));
            }
            Ok(found)
        })
        .collect::<Result<Vec<Vec<_>>>>()?;
    Ok(results.into_iter().flatten().collect())
}
