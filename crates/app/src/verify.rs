//! Verification of a whole data folder: event chains, seals and their signatures, documents folded anew, and every
//! immutable file against its hash.

use std::path::PathBuf;

use huoshui_journal::{Against, Finding, Problem, Report, Seal, SealFile, TrustedKeys};
use huoshui_kernel::fault::{Fault, Result};

use crate::folder::Workspace;
use crate::progress::Progress;
use crate::seal;
use crate::states::Refold;

/// What verification found.
#[derive(Debug)]
pub struct Verified {
    /// The journal's part.
    pub journal: Report,
    /// Files read and found whole.
    pub files: u64,
    /// Files that are gone or changed: the file that came in, its stored name, the first event that names it.
    pub damaged: Vec<(String, String, String)>,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.journal.is_sound() && self.damaged.is_empty()
    }
}

/// What was kept elsewhere, out of reach of whoever can change the data folder.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// A copy of the published seals.
    pub seals: Option<PathBuf>,
    /// A copy of the public key; then only its seals count.
    pub key: Option<PathBuf>,
}

/// Reads everything and believes nothing: what cannot be read is a finding too, so that the rest is still checked.
///
/// # Errors
/// Those of the files kept elsewhere.
pub fn run(workspace: &Workspace, kept: &Kept, progress: &dyn Progress) -> Result<Verified> {
    progress.begin("核验事件与签名", "Events and seals", 0);
    let mut outside = Vec::new();
    let keys = match &kept.key {
        Some(path) => seal::trust(path)?,
        None => seal::trusted(workspace).unwrap_or_else(|fault| {
            outside.push(finding(Problem::Signature, None, &format!("keys/public.pem {}", said(&fault))));
            TrustedKeys::default()
        }),
    };
    let published = published(workspace, &mut outside);
    let elsewhere = match &kept.seals {
        Some(path) => copied(path)?,
        None => Vec::new(),
    };
    let mut against = published.clone();
    against.extend(elsewhere.into_iter().filter(|seal| !published.contains(seal)));
    let mut refold = Refold::trusting(keys.clone());
    let checked = workspace.journal.verify(Against { keys: Some(&keys), published: &against, fold: Some(&mut refold) });
    let mut journal = checked.unwrap_or_else(|fault| {
        outside.push(finding(Problem::Store, None, &said(&fault)));
        Report::default()
    });
    // Whoever rewrites the past must get rid of the seals that were published: one that is gone is as telling as a wrong one.
    for seal in unpublished(workspace, &published) {
        outside.push(finding(Problem::Published, Some(seal.size), &format!("seals.jsonl – size {}", seal.size)));
    }
    // A grant is one only if the key signed it, whatever chain and seal it stands under.
    for (stream, version) in refold.unsigned.drain(..) {
        let (stream, version) = (Some(stream), Some(version));
        outside.push(Finding { problem: Problem::Signed, stream, version, position: None, detail: None });
    }
    journal.wrong += outside.len() as u64;
    journal.findings.extend(outside);
    progress.end();
    progress.begin("核验文件", "Files", refold.files.len() as u64);
    let mut verified = Verified { journal, files: 0, damaged: Vec::new() };
    for (blob, (table, event)) in refold.files {
        match workspace.blobs.verified_path(&blob) {
            Ok(_) => verified.files += 1,
            Err(_) => verified.damaged.push((table.file, blob, event)),
        }
        progress.advance(1);
    }
    progress.end();
    Ok(verified)
}

/// How often, and how far apart, a seal is looked for that a server may be publishing at this moment.
const LOOKS: usize = 20;
const BETWEEN_LOOKS: std::time::Duration = std::time::Duration::from_millis(100);

/// The journal's seals that are not published. A server that runs commits a seal just before it publishes it.
fn unpublished(workspace: &Workspace, published: &[Seal]) -> Vec<Seal> {
    let mut missing = workspace.journal.seals().unwrap_or_default();
    missing.retain(|seal| !published.contains(seal));
    for _ in 0..LOOKS {
        if missing.is_empty() {
            break;
        }
        let now = seal::file(workspace).read().unwrap_or_default();
        missing.retain(|seal| !now.contains(seal));
        if !missing.is_empty() {
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }
    missing
}

/// The seals published beside the database; a line that is no seal is a finding, and the others still count.
fn published(workspace: &Workspace, findings: &mut Vec<Finding>) -> Vec<Seal> {
    seal::file(workspace).read().unwrap_or_else(|fault| {
        findings.push(finding(Problem::Published, None, &said(&fault)));
        Vec::new()
    })
}

/// A copy that was named must be there: an empty one would check nothing.
fn copied(path: &std::path::Path) -> Result<Vec<Seal>> {
    std::fs::metadata(path).map_err(|e| crate::faults::unreadable(path, &e).field("seals"))?;
    SealFile(path.to_path_buf()).read()
}

fn said(fault: &Fault) -> String {
    fault.to_string()
}

fn finding(problem: Problem, position: Option<u64>, detail: &str) -> Finding {
    Finding { problem, stream: None, version: None, position, detail: Some(detail.to_owned()) }
}
