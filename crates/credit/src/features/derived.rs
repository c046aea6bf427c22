//! Second-level features: formulas over first-level cells, strict in what is missing; and what follows of them from one
//! value being another. A “were it so” that left them as they are would speak of a firm that cannot be.

use huoshui_formula::Value;
use huoshui_formula::row::Program;
use huoshui_kernel::fault::Result;

use super::{Compiled, cell};
use crate::decide::frame::Frame;
use crate::value::{Cell, Why};

/// The second-level features, ready to be worked out anew one by one.
#[derive(Debug)]
pub(crate) struct Derived {
    programs: Vec<(usize, Vec<usize>, Program)>,
}

impl Derived {
    pub fn new(features: &[Compiled]) -> Result<Self> {
        let second =
            |(at, f): (usize, &Compiled)| f.second.as_ref().map(|(reads, expr)| (at, reads.clone(), expr.clone()));
        let all = features.iter().enumerate().filter_map(second);
        let programs = all.map(|(at, reads, expr)| Ok((at, reads, Program::new(&expr)?))).collect::<Result<_>>()?;
        Ok(Self { programs })
    }

    /// The places of the features that read this one.
    pub fn of(&self, changed: usize) -> impl Iterator<Item = usize> {
        self.programs.iter().filter(move |(_, reads, _)| reads.contains(&changed)).map(|(at, ..)| *at)
    }

    /// All that second-level features read, with repeats, and they themselves.
    pub fn read(&self) -> impl Iterator<Item = usize> {
        self.programs.iter().flat_map(|(at, reads, _)| reads.iter().chain(std::iter::once(at)).copied())
    }

    /// Fills the second level of a firm whose first level is there. `row` is room to work in.
    pub fn fill(&self, features: &[Compiled], cells: &mut [Cell], row: &mut Vec<Value>) {
        row.clear();
        row.extend(features.iter().zip(&*cells).map(|(f, c)| f.field.value(*c)));
        for (at, reads, program) in &self.programs {
            let missing = reads.iter().find_map(|i| match cells.get(*i) {
                Some(Cell::Missing(why)) => Some(*why),
                Some(Cell::Known(_)) => None,
                None => Some(Why::NotAsked),
            });
            let result = match (missing, features.get(*at)) {
                (Some(why), _) => Cell::Missing(why),
                (None, Some(feature)) => {
                    program.eval(row).map_or(Cell::Missing(Why::Unusable), |value| cell(feature, &value))
                }
                (None, None) => Cell::Missing(Why::Unusable),
            };
            if let Some(cell) = cells.get_mut(*at) {
                *cell = result;
            }
        }
    }

    /// Works out anew what reads the changed cell, and notes where it wrote. Where another value that it reads is missing it
    /// stays as it is.
    pub fn follow(&self, features: &[Compiled], frame: &mut Frame, changed: usize, places: &mut Vec<usize>) {
        for (at, reads, program) in self.programs.iter().filter(|(_, reads, _)| reads.contains(&changed)) {
            let Some(feature) = features.get(*at) else { continue };
            let of = |i: usize| frame.cells.get(i).copied().unwrap_or(Cell::Missing(Why::NotAsked));
            let new = match of(changed) {
                Cell::Missing(why) => Cell::Missing(why),
                Cell::Known(_) if reads.iter().any(|i| of(*i).known().is_none()) => continue,
                Cell::Known(_) => {
                    program.eval(&frame.row).map_or(Cell::Missing(Why::Unusable), |value| cell(feature, &value))
                }
            };
            if let (Some(cell), Some(value)) = (frame.cells.get_mut(*at), frame.row.get_mut(*at)) {
                *cell = new;
                *value = feature.field.value(new);
                places.push(*at);
            }
        }
    }
}
