//! Sessions of people: an opaque random token, of which only the hash is kept.

use huoshui_journal::{Column, Columns, Command, Expected, Query, StateDoc, Test, Value, hash};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::events::{Account, SignIn, kind};
use super::hasher::Hashed;
use super::{Actor, Hasher, Micros, accounts, collection, faults, fold, organisations, secret, store};
use crate::folder::Workspace;
use crate::streams::json;

/// How long a session lasts: a working day.
pub const LIFE: Micros = 12 * 3_600 * 1_000_000;
/// Sessions of one account at most; the oldest ends when another begins.
const MOST: usize = 20;
/// Failures before there is a wait.
const FREE_FAILURES: u32 = 5;
/// The first wait; each further failure doubles it, up to the longest.
const FIRST_WAIT: Micros = 30 * 1_000_000;
const LONGEST_WAIT: Micros = 900 * 1_000_000;
/// How often a sign-in that meets another of the same account is tried.
const TRIES: usize = 8;

/// What a token begins with, so that a leaked one is recognised by scanners.
const PREFIX: &str = "hss_";

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub account: String,
    /// Since when, microseconds since 1970-01-01 UTC.
    pub opened_at: Micros,
    /// Until when.
    pub expires_at: Micros,
}

/// A session just begun.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The secret that opens it; nowhere kept.
    pub token: String,
    /// The session.
    pub session: Session,
}

fn stream(login: &str) -> String {
    format!("sign-in/{login}")
}

/// Signs a person in.
///
/// # Errors
/// `access.refused`, `access.locked`, `access.demo_only`, `access.busy`; those of the store.
pub fn sign_in(workspace: &Workspace, hasher: &Hasher, login: &str, password: &str, now: Micros) -> Result<Opened> {
    let refused = || Fault::new(&faults::REFUSED);
    let account = match accounts::versioned(workspace, login) {
        Ok((account, _)) if !account.closed => account,
        Ok(_) => return hasher.verify(password, None).and_then(|_| Err(refused())),
        Err(fault) if fault.code() == faults::NOT_FOUND.code => {
            return hasher.verify(password, None).and_then(|_| Err(refused()));
        }
        Err(fault) => return Err(fault),
    };
    let mut last = attempts(workspace, login)?;
    let wait = last.0.locked_until.saturating_sub(now);
    if wait > 0 {
        return Err(Fault::new(&faults::LOCKED).with("seconds", wait / 1_000_000 + 1));
    }
    let stored = workspace.journal.state(collection::CREDENTIALS, &accounts::credential(login))?;
    let stored: Option<Hashed> = stored.map(|doc| super::read(&doc.doc, login)).transpose()?;
    let right = hasher.verify(password, stored.as_ref())?;
    if right && account.demo && !store::is_demo(workspace)? {
        return Err(Fault::new(&faults::DEMO_ONLY));
    }
    for _ in 0..TRIES {
        let done = if right {
            begin(workspace, &account, &last, now, Vec::new()).map(Some)
        } else {
            fail(workspace, login, &last, now).map(|()| None)
        };
        match done {
            Ok(Some(opened)) => return Ok(opened),
            Ok(None) => return Err(refused()),
            Err(fault) if fault.code() == "journal.conflict" => last = attempts(workspace, login)?,
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::new(&faults::HASHING))
}

fn attempts(workspace: &Workspace, login: &str) -> Result<(SignIn, u64)> {
    let none = SignIn { failures: 0, locked_until: 0, session: None };
    match workspace.journal.state(fold::SIGN_INS, login)? {
        Some(doc) => Ok((super::read(&doc.doc, login)?, doc.version)),
        None => Ok((none, 0)),
    }
}

fn fail(workspace: &Workspace, login: &str, last: &(SignIn, u64), now: Micros) -> Result<()> {
    let failures = last.0.failures.saturating_add(1);
    let wait = match failures.checked_sub(FREE_FAILURES) {
        Some(over) => FIRST_WAIT.saturating_mul(1_i64 << over.min(20)).min(LONGEST_WAIT),
        None => 0,
    };
    let event = SignIn { failures, locked_until: if wait > 0 { now + wait } else { 0 }, session: None };
    let command = recorded(login, "session.refuse", kind::SIGN_IN_FAILED, &event, last.1)?;
    workspace.journal.append_blocking(command).map(|_| ())
}

/// A command of a sign-in. Its key is fresh: signing in twice rightly opens two sessions.
fn recorded(login: &str, operation: &str, kind: &str, event: &SignIn, version: u64) -> Result<Command> {
    let key = hash::hex(&secret::random::<16>()?);
    let body = json(event)?;
    Ok(Command::new(login, operation, key, &body)
        .event(&stream(login), Expected::Version(version), kind, 1, body)
        .put(fold::sign_in(login, event, version + 1)?))
}

fn begin(
    workspace: &Workspace,
    account: &Account,
    last: &(SignIn, u64),
    now: Micros,
    mut ended: Vec<String>,
) -> Result<Opened> {
    let token = format!("{PREFIX}{}", hash::hex(&secret::random::<32>()?));
    let id = secret::digest(&token);
    let session = Session { account: account.login.clone(), opened_at: now, expires_at: now + LIFE };
    let event = SignIn { failures: 0, locked_until: 0, session: Some(short(&id)) };
    let open = open_sessions(workspace, &account.login)?;
    let live = open.iter().filter(|(_, s)| s.expires_at > now).count();
    let over = (live + 1).saturating_sub(MOST);
    ended.extend(open.iter().filter(|(_, s)| s.expires_at <= now).map(|(id, _)| id.clone()));
    ended.extend(open.iter().filter(|(_, s)| s.expires_at > now).take(over).map(|(id, _)| id.clone()));
    ended.sort();
    ended.dedup();
    let mut command = recorded(&account.login, "session.open", kind::SESSION_OPENED, &event, last.1)?.put(StateDoc {
        collection: collection::SESSIONS.to_owned(),
        id,
        version: 1,
        doc: json(&session)?,
        columns: Columns {
            text: [Some(account.login.clone()), None, None, None],
            int: [Some(session.opened_at), None, None, None],
        },
    });
    for id in ended {
        command = command.delete(collection::SESSIONS, &id);
    }
    workspace.journal.append_blocking(command)?;
    Ok(Opened { token, session })
}

/// Enough of a session's hash to tell sessions apart in the record.
fn short(id: &str) -> String {
    id.chars().take(16).collect()
}

/// An account's sessions with their ids, oldest first.
fn open_sessions(workspace: &Workspace, login: &str) -> Result<Vec<(String, Session)>> {
    let query = Query {
        tests: vec![(Column::Text(0), Test::Is(Value::Text(login.to_owned())))],
        order: Some(Column::Int(0)),
        descending: false,
    };
    let page = workspace.journal.list(collection::SESSIONS, &query, None, 1_000)?;
    page.items.iter().map(|doc| Ok((doc.id.clone(), super::read(&doc.doc, login)?))).collect()
}

/// Adds to a command the end of every session of the account.
pub(super) fn end_all(workspace: &Workspace, login: &str, mut command: Command) -> Result<Command> {
    for (id, _) in open_sessions(workspace, login)? {
        command = command.delete(collection::SESSIONS, &id);
    }
    Ok(command)
}

/// Who holds this token.
///
/// # Errors
/// `access.expired`, `access.demo_only`; those of the store.
pub fn actor(workspace: &Workspace, token: &str, now: Micros) -> Result<(Actor, Session)> {
    let expired = || Fault::new(&faults::EXPIRED);
    let doc = workspace.journal.state(collection::SESSIONS, &secret::digest(token))?.ok_or_else(expired)?;
    let session: Session = super::read(&doc.doc, "session")?;
    if session.expires_at <= now {
        return Err(expired());
    }
    let (account, _) = accounts::versioned(workspace, &session.account).map_err(|_| expired())?;
    let organisation = organisations::get(workspace, &account.organisation)?;
    let demo = account.demo || organisation.demo;
    if account.closed {
        return Err(expired());
    }
    if demo && !store::is_demo(workspace)? {
        return Err(Fault::new(&faults::DEMO_ONLY));
    }
    let actor = Actor {
        id: account.login,
        organisation: organisation.id,
        kind: organisation.kind,
        subject: organisation.subject,
        admin: account.admin,
        machine: false,
        scopes: std::collections::BTreeSet::new(),
        demo,
    };
    Ok((actor, session))
}

/// Whether a token is a session's.
#[must_use]
pub fn is_token(token: &str) -> bool {
    token.strip_prefix(PREFIX).is_some_and(|rest| rest.len() == 64)
}

/// Ends a session.
///
/// # Errors
/// Those of the store.
pub fn sign_out(workspace: &Workspace, login: &str, token: &str) -> Result<()> {
    let id = secret::digest(token);
    for _ in 0..TRIES {
        let (last, version) = attempts(workspace, login)?;
        let event = SignIn { session: Some(short(&id)), ..last };
        let command = recorded(login, "session.close", kind::SESSION_CLOSED, &event, version)?;
        match workspace.journal.append_blocking(command.delete(collection::SESSIONS, &id)) {
            Err(fault) if fault.code() == "journal.conflict" => {}
            done => return done.map(|_| ()),
        }
    }
    Err(Fault::new(&faults::HASHING))
}

/// Ends this session and begins another in its place.
///
/// # Errors
/// `access.expired`; those of the store.
pub fn rotate(workspace: &Workspace, token: &str, now: Micros) -> Result<Opened> {
    let (actor, _) = actor(workspace, token, now)?;
    let (account, _) = accounts::versioned(workspace, &actor.id)?;
    for _ in 0..TRIES {
        let last = attempts(workspace, &account.login)?;
        match begin(workspace, &account, &last, now, vec![secret::digest(token)]) {
            Err(fault) if fault.code() == "journal.conflict" => {}
            done => return done,
        }
    }
    Err(Fault::new(&faults::HASHING))
}
