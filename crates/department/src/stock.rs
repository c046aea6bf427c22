//! What a department holds: its resources, each a whole batch and the changes over it.

use std::collections::BTreeMap;
use std::path::Path;

use huoshui_exchange::catalogue::{Absent, Catalogue, Cycle, Resource};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault, Uscc, date};
use serde_json::Value;

use crate::faults;
use crate::files::{self, Batch};
use crate::layer::Layer;

/// A resource in memory.
pub struct Held {
    /// Its description under the version in force on the whole batch's date.
    pub resource: Resource,
    /// The date of the newest batch.
    pub as_of: Date,
    /// The first date that its rows cover.
    pub covers_from: Date,
    /// Oldest first.
    layers: Vec<Layer>,
}

/// All that a department holds, by resource.
pub struct Stock {
    /// The department's code.
    pub department: String,
    held: BTreeMap<String, Held>,
}

impl Stock {
    /// Loads the department's resources from a folder: those named, or all that have files there. Files of other
    /// departments' resources are left alone.
    ///
    /// # Errors
    /// `department.*`, and those of reading files.
    pub fn load(catalogue: &Catalogue, department: &str, folder: &Path, named: &[String]) -> Result<Self> {
        let mut found = files::find(folder)?;
        let none =
            |what: &str| Fault::new(&faults::NO_FILES).with("path", folder.display()).with("what", what).field("files");
        let published = |code: &str| catalogue.iter().any(|r| r.code == code && r.department == department);
        for code in named {
            if !published(code) {
                let fault = Fault::new(&faults::NOT_PUBLISHED).with("department", department);
                return Err(fault.with("resource", code).field("resources"));
            }
            if !found.contains_key(code) {
                return Err(none(code));
            }
        }
        found.retain(|code, _| published(code) && (named.is_empty() || named.contains(code)));
        if found.is_empty() {
            return Err(none(department));
        }
        let mut held = BTreeMap::new();
        for (code, batches) in found {
            held.insert(code.clone(), Held::load(catalogue, &code, &batches)?);
        }
        Ok(Self { department: department.to_owned(), held })
    }

    /// A resource.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Held> {
        self.held.get(code)
    }

    /// All resources, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Held> {
        self.held.values()
    }
}

impl Held {
    fn load(catalogue: &Catalogue, code: &str, batches: &[Batch]) -> Result<Self> {
        let none = || Fault::new(&faults::NO_FILES).with("path", "").with("what", code);
        let whole = batches.first().ok_or_else(none)?;
        let as_of = batches.last().ok_or_else(none)?.as_of;
        let resource = catalogue.find(code, whole.as_of)?.clone();
        let layers = batches.iter().map(|b| Layer::load(&b.path, &resource)).collect::<Result<Vec<_>>>()?;
        let period = resource.period.as_deref().and_then(|p| resource.columns().position(|c| c == p));
        let earliest = period.zip(layers.first()).and_then(|(at, layer)| layer.earliest(at));
        let covers_from = covers_from(&resource, earliest, whole.as_of);
        Ok(Self { resource, as_of, covers_from, layers })
    }

    /// How many rows its batches have.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.layers.iter().map(Layer::rows).sum()
    }

    /// The firm's rows, all cells but `uscc`, by key: of one key the newest batch's row.
    #[must_use]
    pub fn of(&self, firm: &Uscc) -> Vec<Vec<Value>> {
        let places: Vec<usize> =
            self.resource.key.iter().filter_map(|k| self.resource.columns().position(|c| c == k)).collect();
        let mut by_key: BTreeMap<Vec<Part>, Vec<Value>> = BTreeMap::new();
        for row in self.layers.iter().flat_map(|layer| layer.of(firm)) {
            by_key.insert(places.iter().map(|at| Part::of(row.get(*at))).collect(), row);
        }
        by_key.into_values().collect()
    }
}

/// A cell of a key, in the order of its column.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Empty,
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Part {
    fn of(cell: Option<&Value>) -> Self {
        match cell {
            Some(Value::Bool(flag)) => Self::Flag(*flag),
            Some(Value::Number(n)) => Self::Number(n.as_i64().unwrap_or_default()),
            Some(Value::String(text)) => Self::Text(text.clone()),
            _ => Self::Empty,
        }
    }
}

/// A resource with a row a period covers that period's days from its first; a list that says “nothing” by having no row as far
/// back as it is kept, for its earliest entry says nothing of the quiet days before it; other events from the earliest shown; a
/// state its own day. The exchange reads batches the same way.
fn covers_from(resource: &Resource, earliest: Option<Date>, as_of: Date) -> Date {
    let by_period = resource.key.first() == resource.period.as_ref();
    if resource.period.is_some() && !by_period && resource.absent == Absent::Nothing {
        return date::add_months(as_of, -i32::from(resource.retention_months)).unwrap_or(as_of);
    }
    let Some(day) = earliest else { return as_of };
    let first = match resource.cycle {
        Cycle::Monthly if by_period => day.first_of_month(),
        Cycle::Quarterly if by_period => date::quarter_start(day),
        Cycle::Yearly if by_period => date::year_start(day),
        _ => day,
    };
    first.min(as_of)
}
