//! Keys of machines: an id, and a secret of which only the hash is kept.

use std::collections::BTreeSet;

use huoshui_journal::{Column, Columns, Command, Expected, Page, Query, StateDoc, Test, Value, hash};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::events::{ApiKey, kind};
use super::{Actor, Asker, Micros, Seed, check_text, collection, faults, fold, organisations, secret, store};
use crate::folder::Workspace;
use crate::streams::json;

/// The longest life, in days.
pub const MOST_DAYS: u32 = 400;
const DAY: Micros = 86_400 * 1_000_000;
/// What a key's token begins with, so that a leaked one is recognised by scanners.
const PREFIX: &str = "hsk_";

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Wanted {
    /// The organisation it acts for.
    pub organisation: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for; the known scopes are the caller's.
    pub scopes: BTreeSet<String>,
    /// Its life in days.
    pub days: u32,
}

#[derive(Serialize, Deserialize)]
struct Digest {
    sha256: String,
}

fn stream(id: &str) -> String {
    format!("api-key/{id}")
}

fn credential(id: &str) -> String {
    format!("api-key/{id}")
}

/// The token a machine sends.
fn token(seed: &Seed, id: &str) -> String {
    format!("{PREFIX}{id}_{}", seed.derive(&format!("api-key:{id}")))
}

/// Issues a key. The token is in the answer only, and in the answer to the same request again.
///
/// # Errors
/// `access.bad_text`, `access.bad_scope`, `access.bad_life`, `access.not_found` (the organisation); those of the store.
pub fn issue(
    workspace: &Workspace,
    asker: Asker<'_>,
    wanted: &Wanted,
    known: &BTreeSet<String>,
    seed: &Seed,
    now: Micros,
) -> Result<(ApiKey, String)> {
    check_text("name", &wanted.name)?;
    let wrong = wanted.scopes.iter().find(|s| !known.contains(*s)).map(String::as_str);
    if let Some(scope) = wrong.or(wanted.scopes.is_empty().then_some("")) {
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        return Err(Fault::new(&faults::BAD_SCOPE).with("scope", scope).with("known", all.join(", ")).field("scopes"));
    }
    if wanted.days == 0 || wanted.days > MOST_DAYS {
        return Err(Fault::new(&faults::BAD_LIFE).with("most", MOST_DAYS).field("days"));
    }
    organisations::get(workspace, &wanted.organisation)?;
    let key = ApiKey {
        id: hash::hex(&secret::random::<8>()?),
        organisation: wanted.organisation.clone(),
        name: wanted.name.clone(),
        scopes: wanted.scopes.clone(),
        expires_at: now + i64::from(wanted.days) * DAY,
        revoked: false,
    };
    let body = json(&key)?;
    let digest = Digest { sha256: secret::digest(&token(seed, &key.id)) };
    let command = Command::new(asker.actor, "api_key.issue", asker.key, &json(wanted)?)
        .event(&stream(&key.id), Expected::Version(0), kind::KEY_ISSUED, 1, body.clone())
        .put(fold::key(&key, 1)?)
        .put(StateDoc {
            collection: collection::CREDENTIALS.to_owned(),
            id: credential(&key.id),
            version: 1,
            doc: json(&digest)?,
            columns: Columns::default(),
        })
        .answer(body);
    let receipt = workspace.journal.append_blocking(command)?;
    // A repeat gets the key of the first time, whose secret follows from its id.
    let key: ApiKey = super::read(&receipt.response, &key.id)?;
    let token = token(seed, &key.id);
    Ok((key, token))
}

/// Ends a key for good.
///
/// # Errors
/// `access.not_found`, `journal.conflict` when `expected` is no longer its version; those of the store.
pub fn revoke(workspace: &Workspace, asker: Asker<'_>, id: &str, expected: Option<u64>) -> Result<ApiKey> {
    let (mut key, version) = versioned(workspace, id)?;
    key.revoked = true;
    let body = json(&key)?;
    let version = expected.unwrap_or(version);
    let command = Command::new(asker.actor, "api_key.revoke", asker.key, &body)
        .event(&stream(id), Expected::Version(version), kind::KEY_REVOKED, 1, body.clone())
        .put(fold::key(&key, version + 1)?)
        .delete(collection::CREDENTIALS, &credential(id))
        .answer(body);
    super::read(&workspace.journal.append_blocking(command)?.response, id)
}

/// One key with its version.
///
/// # Errors
/// `access.not_found`; those of the store.
pub fn versioned(workspace: &Workspace, id: &str) -> Result<(ApiKey, u64)> {
    super::document(workspace, collection::KEYS, "key", id)
}

/// A page of an organisation's keys, by id.
///
/// # Errors
/// `journal.bad_cursor`; those of the store.
pub fn list(workspace: &Workspace, organisation: &str, cursor: Option<&str>, limit: usize) -> Result<Page<ApiKey>> {
    let query = Query::default().filter(Column::Text(0), Test::Is(Value::Text(organisation.to_owned())));
    super::page(workspace, collection::KEYS, &query, cursor, limit)
}

/// Whether a token is a key's.
#[must_use]
pub fn is_token(token: &str) -> bool {
    parts(token).is_some()
}

fn parts(token: &str) -> Option<(&str, &str)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    (id.len() == 16 && secret.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some((id, secret))
}

/// Who holds this token, and until when.
///
/// # Errors
/// `access.expired`, `access.demo_only`; those of the store.
pub fn actor(workspace: &Workspace, token: &str, now: Micros) -> Result<(Actor, Micros)> {
    let expired = || Fault::new(&faults::EXPIRED);
    let (id, _) = parts(token).ok_or_else(expired)?;
    let doc = workspace.journal.state(collection::CREDENTIALS, &credential(id))?.ok_or_else(expired)?;
    let kept: Digest = super::read(&doc.doc, id)?;
    let (key, _) = versioned(workspace, id).map_err(|_| expired())?;
    if !super::same(&kept.sha256, &secret::digest(token)) || key.revoked || key.expires_at <= now {
        return Err(expired());
    }
    let organisation = organisations::get(workspace, &key.organisation)?;
    if organisation.demo && !store::is_demo(workspace)? {
        return Err(Fault::new(&faults::DEMO_ONLY));
    }
    let actor = Actor {
        id: format!("key:{id}"),
        organisation: organisation.id,
        kind: organisation.kind,
        subject: organisation.subject,
        admin: false,
        machine: true,
        scopes: key.scopes,
        demo: organisation.demo,
    };
    Ok((actor, key.expires_at))
}
