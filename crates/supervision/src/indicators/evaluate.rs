//! Evaluates indicators: one pass for each relation and pair of dates, exact arithmetic, one rounding.

use std::collections::BTreeSet;
use std::sync::Arc;

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::catalogue::Catalogue;
use super::dims::{Cell, Dim, at_most_two};
use super::figure::Figure;
use super::pass::{self, Key, Pass, Results, Slot};
use super::policy::Indicator;
use super::resolve::{Leaf, Tree, resolve};
use crate::faults;
use crate::relations::{RelationRequest, Relations};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// Codes; without them every indicator that the dimensions and the filter fit.
    pub codes: Option<&'a [&'a str]>,
    /// As of.
    pub as_of: Date,
    /// At most two dimensions.
    pub dims: &'a [Dim],
    /// A condition on the rows of every relation. An indicator that is asked for by its code and reads a relation without
    /// these columns is refused.
    pub filter: Option<&'a str>,
}

struct Planned<'a> {
    wanted: Vec<(&'a Indicator, Tree)>,
    leaves: Vec<Leaf>,
    passes: Vec<Pass>,
    slots: Vec<Slot>,
}

fn planned<'a>(catalogue: &'a Catalogue, selection: &Selection<'_>) -> Result<Planned<'a>> {
    at_most_two(selection.dims)?;
    let (mut wanted, mut leaves) = (Vec::new(), Vec::new());
    match selection.codes {
        Some(codes) => {
            for code in codes {
                let indicator = catalogue.get(code, selection.as_of)?;
                allows(indicator, selection.dims)?;
                let tree = resolve(catalogue, indicator, selection.as_of, selection.filter, &mut leaves)?;
                wanted.push((indicator, tree));
            }
        }
        None => {
            let mut refused = None;
            for indicator in catalogue.on(selection.as_of).filter(|i| allows(i, selection.dims).is_ok()) {
                let before = leaves.len();
                match resolve(catalogue, indicator, selection.as_of, selection.filter, &mut leaves) {
                    Ok(tree) => wanted.push((indicator, tree)),
                    Err(fault) if fault.code() == faults::WHERE.code => {
                        leaves.truncate(before);
                        refused = Some(fault);
                    }
                    Err(fault) => return Err(fault),
                }
            }
            // A filter that fits nothing at all is a mistake in the filter.
            if let (true, Some(fault)) = (wanted.is_empty(), refused) {
                return Err(fault);
            }
        }
    }
    let (passes, slots) = pass::place(&leaves, selection.dims);
    Ok(Planned { wanted, leaves, passes, slots })
}

fn allows(indicator: &Indicator, dims: &[Dim]) -> Result<()> {
    match dims.iter().find(|d| !indicator.dimensions.contains(d)) {
        None => Ok(()),
        Some(dim) => {
            let allowed: Vec<&str> = indicator.dimensions.iter().map(|d| d.name()).collect();
            Err(Fault::new(&faults::DIMENSION)
                .with("code", &indicator.code)
                .with("dimension", dim.name())
                .with("allowed", allowed.join(", "))
                .field("by"))
        }
    }
}

/// What must be read for a selection: each relation once for each pair of dates.
pub fn plan(catalogue: &Catalogue, selection: &Selection<'_>) -> Result<Vec<RelationRequest>> {
    planned(catalogue, selection)?.passes.iter().map(Pass::request).collect()
}

/// Computes the figures: for each indicator in order, for each cell with rows in ascending order (unknown values last);
/// without dimensions just the total.
pub fn evaluate(catalogue: &Catalogue, selection: &Selection<'_>, relations: &dyn Relations) -> Result<Vec<Figure>> {
    let planned = planned(catalogue, selection)?;
    let results: Vec<Results> = planned.passes.iter().map(|p| p.run(relations)).collect::<Result<_>>()?;
    let reader = Reader { planned: &planned, results: &results, dims: selection.dims };
    let mut figures = Vec::new();
    for (indicator, tree) in &planned.wanted {
        for cell in reader.cells(tree) {
            figures.push(reader.figure(indicator, tree, &cell, selection.as_of)?);
        }
    }
    Ok(figures)
}

struct Reader<'a> {
    planned: &'a Planned<'a>,
    results: &'a [Results],
    dims: &'a [Dim],
}

impl Reader<'_> {
    /// A leaf's result in a cell; a relation that lacks a dimension is whole along it.
    fn get(&self, leaf: usize, cell: &Key) -> Option<i128> {
        let slot = self.planned.slots.get(leaf)?;
        let pass = self.planned.passes.get(slot.pass)?;
        let key: Key = pass
            .dims
            .iter()
            .map(|dim| self.dims.iter().position(|d| d == dim).and_then(|at| cell.get(at).cloned()).flatten())
            .collect();
        let value = self.results.get(slot.pass)?.get(*slot, &key)?;
        let counts = self.planned.leaves.get(leaf).is_some_and(Leaf::counts);
        (value != 0 || !counts).then_some(value)
    }

    /// The cells in which any leaf that has all dimensions counted a row.
    fn cells(&self, tree: &Tree) -> Vec<Key> {
        if self.dims.is_empty() {
            return vec![Vec::new()];
        }
        let mut leaves = Vec::new();
        tree.leaves(&mut leaves);
        let mut cells: BTreeSet<(Vec<(bool, Option<Arc<str>>)>, Key)> = BTreeSet::new();
        for leaf in leaves {
            let Some(slot) = self.planned.slots.get(leaf) else { continue };
            let whole = self.planned.passes.get(slot.pass).is_some_and(|p| p.dims.len() == self.dims.len());
            let Some(results) = self.results.get(slot.pass).filter(|_| whole) else { continue };
            for key in results.cells().filter(|key| self.get(leaf, key).is_some()) {
                cells.insert((key.iter().map(|v| (v.is_none(), v.clone())).collect(), key.clone()));
            }
        }
        cells.into_iter().map(|(_, key)| key).collect()
    }

    fn figure(&self, indicator: &Indicator, tree: &Tree, cell: &Key, as_of: Date) -> Result<Figure> {
        let too_large = || Fault::new(&faults::OVERFLOW).with("code", &indicator.code);
        let exact = tree.value(&|leaf| self.get(leaf, cell)).map_err(|_| too_large())?;
        let value = exact.map(|e| e.round(indicator.scale).ok_or_else(too_large)).transpose()?;
        let (numerator, denominator) = match tree {
            Tree::Leaf { num, den, .. } => {
                (Some(self.get(*num, cell).unwrap_or(0)), den.and_then(|d| self.get(d, cell)))
            }
            _ => (None, None),
        };
        let dims: Cell = self.dims.iter().copied().zip(cell.iter().cloned()).collect();
        Ok(Figure {
            code: Arc::clone(&indicator.code),
            version: indicator.version,
            name: indicator.name.clone(),
            value,
            exact,
            unit: indicator.unit,
            dims,
            as_of,
            numerator,
            denominator,
        })
    }
}
