//! Who uses what, counted from the sealed journal: each look goes on where the last one ended.

use std::collections::BTreeMap;
use std::sync::Mutex;

use huoshui_exchange::answer::Status;
use huoshui_kernel::fault::{Fault, Result};

use super::Exchange;
use super::events::{Ended, Logged, kind};
use super::quality::{self, Use};
use crate::faults;
use crate::streams;

/// Events read at once.
const PAGE: usize = 5_000;

/// Counts as of a position.
#[derive(Default)]
pub(super) struct Counted {
    next: u64,
    pulls: BTreeMap<(String, String, String), u64>,
}

/// The counts of one process.
pub(super) type Uses = Mutex<Counted>;

impl Exchange {
    /// Releases by resource, purpose and recipient, up to the last seal.
    ///
    /// # Errors
    /// Those of the store; `data.damaged`.
    pub fn uses(&self) -> Result<Vec<Use>> {
        let mut counted = self.uses.lock().map_err(|_| Fault::new(&faults::INTERNAL).with("what", "uses"))?;
        loop {
            let page = self.workspace.journal.events_after(counted.next.checked_sub(1), PAGE)?;
            for positioned in &page {
                counted.next = positioned.position + 1;
                if positioned.event.data.kind != kind::ACCESS {
                    continue;
                }
                let logged: Logged = streams::body(&positioned.event)?;
                if logged.outcome != Ended::Released {
                    continue;
                }
                for source in logged.entry.sources.iter().filter(|s| s.status == Status::Ready) {
                    let (purpose, recipient) = (&logged.entry.stated_purpose, &logged.entry.who.institution);
                    let key = (source.resource.clone(), purpose.clone(), recipient.clone());
                    *counted.pulls.entry(key).or_insert(0) += 1;
                }
            }
            if page.len() < PAGE {
                break;
            }
        }
        let each = counted.pulls.iter().map(|((resource, purpose, recipient), pulls)| Use {
            resource: resource.clone(),
            purpose: purpose.clone(),
            recipient: recipient.clone(),
            pulls: *pulls,
        });
        Ok(quality::usage(each))
    }
}
