//! Old events are never rewritten: they are read through upcasters, one step from each schema to the next.

use std::collections::BTreeMap;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::command::NewEvent;
use crate::faults::UPCAST;

/// Steps an event may take; more means that steps lead in a circle.
const STEPS: usize = 64;

/// One step: an event's data in an old schema to the same in a newer one, perhaps under another kind.
pub type Step = fn(&NewEvent) -> Result<NewEvent>;

/// The kinds and schemas that a program understands, and the steps that lead to them.
#[derive(Clone, Debug, Default)]
pub struct Upcasters {
    current: BTreeMap<String, u32>,
    steps: BTreeMap<(String, u32), Step>,
}

impl Upcasters {
    /// This kind is understood at this schema.
    #[must_use]
    pub fn current(mut self, kind: &str, schema: u32) -> Self {
        self.current.insert(kind.to_owned(), schema);
        self
    }

    /// The kind at this older schema is read through this step.
    #[must_use]
    pub fn step(mut self, kind: &str, schema: u32, step: Step) -> Self {
        self.steps.insert((kind.to_owned(), schema), step);
        self
    }

    /// The event's data as this program understands it; what is current comes back unchanged.
    ///
    /// # Errors
    /// `journal.upcast` for a kind or schema that no step leads on from (a newer program wrote it), or a body that a step
    /// cannot read.
    pub fn read(&self, stored: &NewEvent) -> Result<NewEvent> {
        let mut data = stored.clone();
        for _ in 0..STEPS {
            if self.current.get(&data.kind) == Some(&data.schema) {
                return Ok(data);
            }
            let step = self.steps.get(&(data.kind.clone(), data.schema));
            data = step.ok_or_else(|| fault(stored, "no step leads on"))?(&data)?;
        }
        Err(fault(stored, "the steps do not end"))
    }
}

fn fault(stored: &NewEvent, detail: &'static str) -> Fault {
    Fault::new(&UPCAST).with("kind", &stored.kind).with("schema", stored.schema).with("detail", detail)
}
