//! Who may lend what an application asks for, whatever stands in the way of it: for a person who decides otherwise.

use huoshui_formula::Value;
use huoshui_kernel::fault::Result;

use super::Inputs;
use super::evaluate::Prepared;
use super::frame::Frame;
use super::given::Given;
use crate::product::Level;
use crate::rules::Rules;

impl Rules {
    /// The lowest level whose condition holds for the line, or for the amount asked for where no line could be worked out. A
    /// condition that cannot be told, because it reads something missing, does not hold; above all of them stands head office.
    ///
    /// # Errors
    /// `credit.unknown`, `credit.value`.
    pub fn enough(&self, inputs: &Inputs) -> Result<Level> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let cells = self.framed(&prepared, &Given::of(inputs, &self.basis(&inputs.profile)?))?;
        let mut frame = Frame::new(self, &cells);
        let line = prepared.work(&mut frame, None)?.line.unwrap_or(inputs.request.amount_fen);
        // After the fields stand score, probability of default, grade and line.
        if let Some(place) = frame.row.get_mut(cells.len() + 3) {
            *place = Value::Num(line);
        }
        let holds = prepared.product.levels.iter().position(|level| level.holds(&frame.row) == Some(true));
        let level = holds.and_then(|at| prepared.product.entry.authority.get(at)).map(|a| a.level);
        Ok(level.unwrap_or(Level::HeadOffice))
    }
}
