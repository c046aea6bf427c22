//! Who may come in: organisations, their members' accounts, sessions, and keys for machines, over the journal.
//!
//! What happened stands in events; passwords' hashes, the hashes of secrets and open sessions stand only in documents
//! beside them, which can be removed. What an account may do is not decided here: that is policy.

pub mod accounts;
pub mod demo;
pub mod events;
pub mod faults;
pub mod fold;
mod hasher;
pub mod keys;
mod kind;
pub mod organisations;
pub(crate) mod secret;
pub mod sessions;
pub mod signers;
pub mod store;

pub use hasher::Hasher;
pub use kind::Kind;
pub use secret::{Seed, same};

use std::collections::BTreeSet;

/// Who asks: a person in a session, or a machine with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Account, or `key:ID`: what events name.
    pub id: String,
    /// The organisation it belongs to.
    pub organisation: String,
    /// The kind of organisation.
    pub kind: Kind,
    /// What the organisation is in the registry: the code of an institution or department, or the USCC of an enterprise.
    pub subject: Option<String>,
    /// Whether it manages the organisation's accounts and keys.
    pub admin: bool,
    /// Whether it is a machine.
    pub machine: bool,
    /// What a machine's key is for; a person is not bound by scopes.
    pub scopes: BTreeSet<String>,
    /// Whether it exists for a demonstration only.
    pub demo: bool,
}

/// Who asks for a change, and under which key: every command of this module is carried out once per key.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The account or key.
    pub actor: &'a str,
    /// The idempotency key.
    pub key: &'a str,
}

/// Collections of documents.
pub mod collection {
    /// Organisations by id.
    pub const ORGANISATIONS: &str = "organisation";
    /// Accounts by login.
    pub const ACCOUNTS: &str = "account";
    /// Checked identities of accounts' holders, by login.
    pub const IDENTITIES: &str = "identity";
    /// Firms' signers, by login.
    pub const SIGNERS: &str = "signer";
    /// Keys by id.
    pub const KEYS: &str = "api-key";
    /// Hashes of passwords and secrets; not folded from events, so that they can be removed.
    pub const CREDENTIALS: &str = "credential";
    /// Open sessions by the hash of their token; not folded.
    pub const SESSIONS: &str = "session";
    /// What kind of store this is.
    pub const STORE: &str = "store";
}

/// The longest name of an organisation or key, in characters.
const MAX_NAME: usize = 100;

/// Holds an id to `a-z 0-9 . _ -`, 3 to 64 characters.
///
/// # Errors
/// `access.bad_name`.
fn check_id(field: &'static str, id: &str) -> huoshui_kernel::fault::Result<()> {
    let fits = (3..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
        && id.starts_with(|c: char| c.is_ascii_alphanumeric());
    if fits {
        return Ok(());
    }
    Err(huoshui_kernel::Fault::new(&faults::BAD_NAME).with("value", id).field(field))
}

fn check_text(field: &'static str, text: &str) -> huoshui_kernel::fault::Result<()> {
    if !text.trim().is_empty() && text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(huoshui_kernel::Fault::new(&faults::BAD_TEXT).with("limit", MAX_NAME).field(field))
}

/// The time as the journal's clock tells it is given by the caller, in microseconds since 1970-01-01 UTC.
pub type Micros = i64;

/// Reads a stored document or answer.
fn read<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> huoshui_kernel::fault::Result<T> {
    serde_json::from_slice(bytes).map_err(|_| huoshui_kernel::Fault::new(&crate::faults::DAMAGED).with("what", what))
}

/// A document with its version.
fn document<T: serde::de::DeserializeOwned>(
    workspace: &crate::Workspace,
    collection: &str,
    what: &'static str,
    id: &str,
) -> huoshui_kernel::fault::Result<(T, u64)> {
    let absent = || huoshui_kernel::Fault::new(&faults::NOT_FOUND).with("what", what).with("id", id);
    found(workspace, collection, id)?.ok_or_else(absent)
}

/// The same; none where there is no such document.
fn found<T: serde::de::DeserializeOwned>(
    workspace: &crate::Workspace,
    collection: &str,
    id: &str,
) -> huoshui_kernel::fault::Result<Option<(T, u64)>> {
    // An id that no document can have is not there; the store would call it a bad name.
    if id.is_empty() || id.len() > 200 || id.chars().any(char::is_control) {
        return Ok(None);
    }
    let Some(doc) = workspace.journal.state(collection, id)? else { return Ok(None) };
    Ok(Some((read(&doc.doc, id)?, doc.version)))
}

/// A page of documents.
fn page<T: serde::de::DeserializeOwned>(
    workspace: &crate::Workspace,
    collection: &str,
    query: &huoshui_journal::Query,
    cursor: Option<&str>,
    limit: usize,
) -> huoshui_kernel::fault::Result<huoshui_journal::Page<T>> {
    let page = workspace.journal.list(collection, query, cursor, limit)?;
    let items = page.items.iter().map(|doc| read(&doc.doc, &doc.id)).collect::<huoshui_kernel::fault::Result<_>>()?;
    Ok(huoshui_journal::Page { items, next: page.next })
}
