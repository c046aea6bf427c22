//! The city in memory: read once, read again when something was recorded.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use huoshui_app::KnownAt;
use huoshui_app::figures::City;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::state::App;

/// Cities as known at a time in the past that are kept.
const PAST: usize = 2;

/// Loaded cities.
#[derive(Default)]
pub struct Cities {
    /// Grows with everything recorded that a figure could rest on.
    recorded: AtomicU64,
    current: Mutex<Option<(u64, Arc<City>)>>,
    past: Mutex<Vec<(i64, Arc<City>)>>,
}

impl Cities {
    /// Something was recorded: the city as known now must be read again.
    pub fn outdated(&self) {
        self.recorded.fetch_add(1, Ordering::AcqRel);
    }
}

impl App {
    /// The city as known then. What another server recorded is seen once it is sealed, a second or two later; what this
    /// one did, at once.
    ///
    /// # Errors
    /// Those of the store.
    pub fn city(&self, known_at: KnownAt) -> Result<Arc<City>> {
        let cities = &self.parts().cities;
        let poisoned = |_| Fault::new(&faults::INTERNAL);
        // What is known at a time still to come is what is known now, and may change.
        if let Some(at) = known_at.filter(|at| *at < self.now()) {
            // Loading within the lock lets only one caller read the same city.
            let mut past = cities.past.lock().map_err(|_| Fault::new(&faults::INTERNAL))?;
            if let Some((_, city)) = past.iter().find(|(of, _)| *of == at) {
                return Ok(Arc::clone(city));
            }
            let city = Arc::new(City::load(self.workspace(), Some(at))?);
            if past.len() >= PAST {
                past.remove(0);
            }
            past.push((at, Arc::clone(&city)));
            return Ok(city);
        }
        let mut current = cities.current.lock().map_err(poisoned)?;
        let recorded = cities.recorded.load(Ordering::Acquire);
        if let Some((of, city)) = current.as_ref().filter(|(of, _)| *of == recorded) {
            let _ = of;
            return Ok(Arc::clone(city));
        }
        let city = Arc::new(City::load(self.workspace(), None)?);
        *current = Some((recorded, Arc::clone(&city)));
        Ok(city)
    }
}
