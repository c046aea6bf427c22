//! What follows from one value being another: the second-level features that read it. A “were it so” that left them as
//! they are would speak of a firm that cannot be.

use huoshui_formula::row::Program;
use huoshui_kernel::fault::Result;

use super::{Compiled, cell};
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

    /// Works out anew what reads the changed cell. Where another value that it reads is missing it stays as it is.
    pub fn follow(&self, features: &[Compiled], cells: &mut [Cell], changed: usize) {
        for (at, reads, program) in self.programs.iter().filter(|(_, reads, _)| reads.contains(&changed)) {
            let Some(feature) = features.get(*at) else { continue };
            let of = |i: usize| cells.get(i).copied().unwrap_or(Cell::Missing(Why::NotAsked));
            let new = match of(changed) {
                Cell::Missing(why) => Cell::Missing(why),
                Cell::Known(_) if reads.iter().any(|i| of(*i).known().is_none()) => continue,
                Cell::Known(_) => {
                    let row: Vec<_> = features.iter().zip(&*cells).map(|(f, c)| f.field.value(*c)).collect();
                    program.eval(&row).map_or(Cell::Missing(Why::Unusable), |value| cell(feature, &value))
                }
            };
            if let Some(cell) = cells.get_mut(*at) {
                *cell = new;
            }
        }
    }
}
