//! A batch that came over the service: under an idempotency key, so that a repeat is answered as the first time.

use std::collections::BTreeMap;
use std::path::Path;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_journal::Command;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::access::Asker;
use crate::faults;
use crate::folder::Workspace;
use crate::import::report::Outcome;
use crate::import::table::digest;
use crate::streams::json;

/// The scope of the keys of uploads.
const OPERATION: &str = "batch.upload";

/// A file as it was uploaded.
#[derive(Clone, Copy, Debug)]
pub struct Uploaded<'a> {
    /// The department that uploads.
    pub department: &'a str,
    /// Where it lies, under the name that the department gave it.
    pub path: &'a Path,
}

/// How an upload ended well.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Applied { rows: u64, changes: BTreeMap<String, u64> },
    AlreadyThere { rows: u64 },
}

/// Takes the file, or answers a repeat. A refusal leaves the key free: the mended file may come under it.
///
/// # Errors
/// As [`super::take`]; `journal.key_reused` for another file under the same key.
pub fn upload(
    workspace: &Workspace,
    catalogue: &Catalogue,
    asker: Asker<'_>,
    uploaded: &Uploaded<'_>,
    now: i64,
) -> Result<Outcome> {
    let name = uploaded.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let request = json(&(uploaded.department, name, digest(uploaded.path)?))?;
    let command = || Command::new(asker.actor, OPERATION, asker.key, &request);
    if workspace.journal.receipt(asker.actor, OPERATION, asker.key)?.is_some() {
        // The journal compares the requests.
        return first(&workspace.journal.append_blocking(command())?.response);
    }
    let answer = match super::take(workspace, catalogue, Some(uploaded.department), uploaded.path, now)? {
        Outcome::Applied { rows, changes, .. } | Outcome::WouldApply { rows, changes, .. } => {
            Answer::Applied { rows, changes }
        }
        Outcome::AlreadyThere { rows } => Answer::AlreadyThere { rows },
        refused @ Outcome::Refused { .. } => return Ok(refused),
    };
    // Of two at once the one that was recorded first answers for both.
    first(&workspace.journal.append_blocking(command().answer(json(&answer)?))?.response)
}

fn first(response: &[u8]) -> Result<Outcome> {
    let answer = serde_json::from_slice(response).map_err(|_| Fault::new(&faults::DAMAGED).with("what", OPERATION))?;
    Ok(match answer {
        Answer::Applied { rows, changes } => Outcome::Applied { rows, changes, plan: None },
        Answer::AlreadyThere { rows } => Outcome::AlreadyThere { rows },
    })
}
