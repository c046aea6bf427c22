//! Accounts of people.

use huoshui_journal::{Column, Command, Expected, Page, Query, Test, Value};
use huoshui_kernel::fault::{Fault, Result};

use super::events::{Account, Identity, kind};
use super::hasher::{Hashed, check_password};
use super::organisations::exists;
use super::{Asker, Hasher, Seed, check_id, collection, faults, fold, organisations, sessions, signers, store};
use crate::folder::Workspace;
use crate::streams::json;

/// The stream of an account.
#[must_use]
pub fn stream(login: &str) -> String {
    format!("account/{login}")
}

/// What a password's hash is kept under.
pub(super) fn credential(login: &str) -> String {
    format!("password/{login}")
}

/// Opens an account in an organisation that is there.
///
/// # Errors
/// `access.bad_name`, `access.weak_password`, `access.not_found` (the organisation), `access.demo_only`, `access.exists`,
/// `access.busy`; those of the store.
pub fn open(
    workspace: &Workspace,
    asker: Asker<'_>,
    account: &Account,
    password: &str,
    tools: (&Hasher, &Seed),
) -> Result<Account> {
    open_for(workspace, asker, account, None, password, tools)
}

/// The same, for a natural person whose identity is recorded in the same command.
pub(super) fn open_for(
    workspace: &Workspace,
    asker: Asker<'_>,
    account: &Account,
    identity: Option<&Identity>,
    password: &str,
    (hasher, seed): (&Hasher, &Seed),
) -> Result<Account> {
    check_id("login", &account.login)?;
    check_password(&account.login, password)?;
    let organisation = organisations::get(workspace, &account.organisation)?;
    if (account.demo || organisation.demo) && !store::is_demo(workspace)? {
        return Err(Fault::new(&faults::DEMO_ONLY).field("demo"));
    }
    let body = json(account)?;
    let hashed = hasher.hash(password)?;
    let mut bound = request(&body, password, seed);
    if let Some(identity) = identity {
        bound.extend(json(identity)?);
    }
    let command = Command::new(asker.actor, "account.open", asker.key, &bound)
        .event(&stream(&account.login), Expected::Version(0), kind::ACCOUNT_OPENED, 1, body.clone())
        .put(fold::account(account, 1)?)
        .put(secret(&account.login, &hashed)?)
        .answer(body);
    let command = match identity {
        Some(identity) => signers::record(command, identity)?,
        None => command,
    };
    let receipt = workspace.journal.append_blocking(command).map_err(|f| exists(f, "account", &account.login))?;
    super::read(&receipt.response, &account.login)
}

/// What the idempotency key is bound to. The journal keeps the hash of this for ever, so a password goes in keyed: a plain
/// hash of it could be guessed.
fn request(body: &[u8], password: &str, seed: &Seed) -> Vec<u8> {
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(seed.derive(&format!("request:{password}")).as_bytes());
    bytes
}

fn secret(login: &str, hashed: &Hashed) -> Result<huoshui_journal::StateDoc> {
    Ok(huoshui_journal::StateDoc {
        collection: collection::CREDENTIALS.to_owned(),
        id: credential(login),
        version: 1,
        doc: json(hashed)?,
        columns: huoshui_journal::Columns::default(),
    })
}

/// Sets a new password and ends every session of the account, at this version of it where one is given.
///
/// # Errors
/// `access.weak_password`, `access.not_found`, `access.busy`, `journal.conflict`; those of the store.
pub fn set_password(
    workspace: &Workspace,
    asker: Asker<'_>,
    (login, expected): (&str, Option<u64>),
    password: &str,
    (hasher, seed): (&Hasher, &Seed),
) -> Result<Account> {
    check_password(login, password)?;
    let (account, version) = versioned(workspace, login)?;
    let version = expected.unwrap_or(version);
    let body = json(&account)?;
    let hashed = hasher.hash(password)?;
    let command = Command::new(asker.actor, "account.set_password", asker.key, &request(&body, password, seed))
        .event(&stream(login), Expected::Version(version), kind::PASSWORD_SET, 1, body.clone())
        .put(fold::account(&account, version + 1)?)
        .put(secret(login, &hashed)?)
        .answer(body);
    let command = sessions::end_all(workspace, login, command)?;
    let receipt = workspace.journal.append_blocking(command)?;
    super::read(&receipt.response, login)
}

/// The operation of [`identified`].
pub(super) const IDENTIFY: &str = "account.identify";

/// Records the identity of an account's holder, at this version of the account, with a password that only the holder has.
pub(super) fn identified(
    workspace: &Workspace,
    asker: Asker<'_>,
    (account, version): (&Account, u64),
    identity: &Identity,
    password: &str,
    (hasher, seed): (&Hasher, &Seed),
) -> Result<Account> {
    let login = &account.login;
    check_password(login, password)?;
    let body = json(account)?;
    let hashed = hasher.hash(password)?;
    let mut bound = request(&body, password, seed);
    bound.extend(json(identity)?);
    let command = Command::new(asker.actor, IDENTIFY, asker.key, &bound)
        .event(&stream(login), Expected::Version(version), kind::PASSWORD_SET, 1, body.clone())
        .put(fold::account(account, version + 1)?)
        .put(secret(login, &hashed)?)
        .answer(body);
    let command = sessions::end_all(workspace, login, signers::record(command, identity)?)?;
    let receipt = workspace.journal.append_blocking(command)?;
    super::read(&receipt.response, login)
}

/// Closes an account: its sessions end, its password is forgotten, its login is never given again.
///
/// # Errors
/// `access.not_found`, `access.last_admin` (one's own), `journal.conflict`; those of the store.
pub fn close(workspace: &Workspace, asker: Asker<'_>, login: &str, expected: Option<u64>) -> Result<Account> {
    if asker.actor == login {
        return Err(Fault::new(&faults::LAST_ADMIN).field("login"));
    }
    let (mut account, version) = versioned(workspace, login)?;
    account.closed = true;
    let body = json(&account)?;
    let version = expected.unwrap_or(version);
    let command = Command::new(asker.actor, "account.close", asker.key, &body)
        .event(&stream(login), Expected::Version(version), kind::ACCOUNT_CLOSED, 1, body.clone())
        .put(fold::account(&account, version + 1)?)
        .delete(collection::CREDENTIALS, &credential(login))
        .answer(body);
    let command = sessions::end_all(workspace, login, command)?;
    let receipt = workspace.journal.append_blocking(command)?;
    super::read(&receipt.response, login)
}

/// One account with its version.
///
/// # Errors
/// `access.not_found`; those of the store.
pub fn versioned(workspace: &Workspace, login: &str) -> Result<(Account, u64)> {
    super::document(workspace, collection::ACCOUNTS, "account", login)
}

/// A page of an organisation's accounts, by login.
///
/// # Errors
/// `journal.bad_cursor`; those of the store.
pub fn list(workspace: &Workspace, organisation: &str, cursor: Option<&str>, limit: usize) -> Result<Page<Account>> {
    let query = Query::default().filter(Column::Text(0), Test::Is(Value::Text(organisation.to_owned())));
    super::page(workspace, collection::ACCOUNTS, &query, cursor, limit)
}
