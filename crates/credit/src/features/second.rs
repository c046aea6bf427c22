//! Second-level features: formulas over first-level cells, strict in what is missing.

use huoshui_formula::row::Program;
use huoshui_kernel::fault::Result;

use super::{Compiled, cell};
use crate::value::{Cell, Why};

/// Second-level features made ready to run.
pub(super) struct Second<'a> {
    features: &'a [Compiled],
    programs: Vec<(usize, &'a [usize], Program)>,
}

impl<'a> Second<'a> {
    pub fn new(features: &'a [Compiled]) -> Result<Self> {
        let mut programs = Vec::new();
        for (at, feature) in features.iter().enumerate() {
            if let Some((reads, expr)) = &feature.second {
                programs.push((at, reads.as_slice(), Program::new(expr)?));
            }
        }
        Ok(Self { features, programs })
    }

    /// Fills the second level of a firm whose first level is there. `row` is room to work in.
    pub fn fill(&self, cells: &mut [Cell], row: &mut Vec<huoshui_formula::Value>) {
        row.clear();
        row.extend(self.features.iter().zip(&*cells).map(|(f, c)| f.field.value(*c)));
        for (at, reads, program) in &self.programs {
            let missing = reads.iter().find_map(|i| match cells.get(*i) {
                Some(Cell::Missing(why)) => Some(*why),
                Some(Cell::Known(_)) => None,
                None => Some(Why::NotAsked),
            });
            let result = match (missing, self.features.get(*at)) {
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
}

pub(super) fn fill(features: &[Compiled], cells: &mut [Cell]) -> Result<()> {
    Second::new(features)?.fill(cells, &mut Vec::new());
    Ok(())
}
