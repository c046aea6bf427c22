//! Recording policies: those that ship with the program, once for each text, and those that someone publishes.

use huoshui_journal::{Columns, Command, Expected, StateDoc};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::{EDITION, Entry, Kind, Origin, STREAM, Set, text_digest};
use crate::faults;
use crate::folder::Workspace;
use crate::streams::json;

/// How often a change of the policies is tried when another process makes one at the same time.
const TRIES: usize = 5;
/// Bytes of one policy file at most; an event holds 1 MiB.
const MAX_TEXT: usize = 512 << 10;

/// `policies`: a policy file came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// What it holds.
    pub kind: Kind,
    /// The file's name, `NAME.toml`.
    pub file: String,
    /// SHA-256 of its text, hexadecimal.
    pub digest: String,
    /// The edition of the policy language that it is written in.
    pub edition: u32,
    /// Where it came from.
    pub origin: Origin,
    /// Its text.
    pub text: String,
}

/// The kind of the event.
pub const KIND: &str = "policy.published";

impl Published {
    fn new(kind: Kind, file: &str, text: &str, origin: Origin) -> Self {
        let (file, text) = (file.to_owned(), text.to_owned());
        Self { kind, file, digest: text_digest(&text), edition: EDITION, origin, text }
    }

    /// The document of the policy in force: all but its text.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self, version: u64) -> Result<StateDoc> {
        let Self { kind, file, digest, edition, origin, .. } = self;
        let doc =
            serde_json::json!({ "kind": kind, "file": file, "digest": digest, "edition": edition, "origin": origin });
        let columns = Columns { text: [Some(kind.name().to_owned()), None, None, None], int: [None; 4] };
        let id = format!("{}/{file}", kind.name());
        Ok(StateDoc { collection: "policy".to_owned(), id, version, doc: json(&doc)?, columns })
    }
}

/// Records what ships with the program and was not recorded yet. What someone published stays. Returns how many files.
///
/// # Errors
/// Those of the store.
pub fn seed(workspace: &Workspace) -> Result<usize> {
    let shipped = Set::shipped();
    let mut count = 0;
    for _ in 0..TRIES {
        let set = Set::load(workspace, None)?;
        let fresh: Vec<Published> = shipped
            .iter()
            .filter(|(kind, file, entry)| {
                let known = set.get(*kind, file).filter(|known| known.version.is_some());
                known.is_none_or(|known| known.origin == Origin::Shipped && known.digest != entry.digest)
            })
            .map(|(kind, file, entry)| Published::new(kind, file, &entry.text, Origin::Shipped))
            .collect();
        if fresh.is_empty() {
            return Ok(0);
        }
        count = fresh.len();
        match append(workspace, "huoshui", &set, &fresh) {
            Err(fault) if is_conflict(&fault) => {}
            done => return done.map(|()| count),
        }
    }
    Err(Fault::new(&faults::POLICY_BUSY).with("count", count))
}

/// Whether a file can be a policy by its name and size.
///
/// # Errors
/// `policy.file_name`, `policy.too_large`.
pub fn check_file(file: &str, text: &str) -> Result<()> {
    let named = file.strip_suffix(".toml").is_some_and(|stem| {
        (1..=60).contains(&stem.len())
            && stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    });
    if !named {
        return Err(Fault::new(&faults::POLICY_NAME).with("file", file).field("file"));
    }
    if text.len() > MAX_TEXT {
        return Err(Fault::new(&faults::POLICY_SIZE).with("file", file).with("limit", MAX_TEXT >> 10).field("file"));
    }
    Ok(())
}

/// Publishes a policy file: from now on it is in force. It is refused when the policies as a whole would not load.
///
/// # Errors
/// `policy.file_name`, `policy.too_large`, `policy.unchanged`, those of the policies, those of the store.
pub fn publish(workspace: &Workspace, actor: &str, kind: Kind, file: &str, text: &str) -> Result<Published> {
    check_file(file, text)?;
    let published = Published::new(kind, file, text, Origin::Published);
    for _ in 0..TRIES {
        let mut set = Set::load(workspace, None)?;
        if set.get(kind, file).is_some_and(|known| known.version.is_some() && known.digest == published.digest) {
            return Err(Fault::new(&faults::POLICY_SAME).with("file", file).field("file"));
        }
        let entry = Entry {
            text: text.into(),
            digest: published.digest.clone(),
            origin: Origin::Published,
            version: None,
            recorded_at: None,
            by: actor.to_owned(),
        };
        let before = set.clone();
        set.put(kind, file, entry);
        set.validate()?;
        match append(workspace, actor, &before, std::slice::from_ref(&published)) {
            Err(fault) if is_conflict(&fault) => {}
            done => return done.map(|()| published),
        }
    }
    Err(Fault::new(&faults::POLICY_BUSY).with("count", 1))
}

fn is_conflict(fault: &Fault) -> bool {
    fault.code() == huoshui_journal::faults::CONFLICT.code
}

fn append(workspace: &Workspace, actor: &str, set: &Set, fresh: &[Published]) -> Result<()> {
    let digests: Vec<&str> = fresh.iter().map(|p| p.digest.as_str()).collect();
    // The version is part of the key: an earlier text may rightly come into force again.
    let key = format!("{}@{}", text_digest(&digests.concat()), set.version);
    let mut command = Command::new(actor, "policy.publish", key, digests.concat().as_bytes());
    for (version, published) in (set.version + 1..).zip(fresh) {
        command = command.event(STREAM, Expected::Version(set.version), KIND, 1, json(published)?);
        command = command.put(published.document(version)?);
    }
    workspace.journal.append_blocking(command).map(drop)
}
