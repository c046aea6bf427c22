//! One look at the documents for many pulls at once. Each needs to know what was in force at some moment after it came, and
//! going to a thread that may wait for the disk costs far more than looking: so those who come while a look is under way
//! share the next one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use huoshui_kernel::fault::{Fault, Result};
use tokio::sync::oneshot;

use crate::exchange::batches::ledger::COLLECTION;
use crate::faults;
use crate::folder::Workspace;

/// Versions of documents, in the order in which they were asked for.
type Versions = Vec<Option<u64>>;

struct Asked {
    codes: Vec<String>,
    reply: oneshot::Sender<Result<Versions>>,
}

#[derive(Default)]
struct Waiting {
    /// Whether somebody is at it, and will take what waits.
    looking: bool,
    asked: Vec<Asked>,
}

/// Those who wait for a look.
#[derive(Clone, Default)]
pub(super) struct Looks(Arc<Mutex<Waiting>>);

impl Looks {
    /// The versions of these resources' documents, at a moment after this was called; none where there is no document.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn versions(&self, workspace: &Workspace, codes: Vec<String>) -> Result<Versions> {
        let (reply, answer) = oneshot::channel();
        let begin = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.asked.push(Asked { codes, reply });
            !std::mem::replace(&mut waiting.looking, true)
        };
        if begin {
            let looking = Looking(self.clone(), workspace.clone());
            tokio::task::spawn_blocking(move || while looking.look() {});
        }
        answer.await.unwrap_or_else(|_| Err(Fault::new(&faults::INTERNAL).with("what", "look")))
    }
}

/// The one who looks. Should it end otherwise than it should, those who wait are told, and the next one begins anew.
struct Looking(Looks, Workspace);

impl Looking {
    /// Looks for all who wait; false when nobody does.
    fn look(&self) -> bool {
        let asked = {
            let mut waiting = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.asked.is_empty() {
                waiting.looking = false;
                return false;
            }
            std::mem::take(&mut waiting.asked)
        };
        let mut codes: Vec<&str> = asked.iter().flat_map(|a| &a.codes).map(String::as_str).collect();
        codes.sort_unstable();
        codes.dedup();
        let found = self.1.journal.state_versions(COLLECTION, &codes);
        let found = found.map(|versions| codes.iter().copied().zip(versions).collect::<HashMap<_, _>>());
        let answers: Vec<Result<Versions>> = asked
            .iter()
            .map(|a| match &found {
                Ok(found) => Ok(a.codes.iter().map(|code| found.get(code.as_str()).copied().flatten()).collect()),
                Err(fault) => Err(fault.clone()),
            })
            .collect();
        for (asked, answer) in asked.into_iter().zip(answers) {
            // Who went away needs no answer.
            let _ = asked.reply.send(answer);
        }
        true
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Waiting::default();
        }
    }
}
