//! Who may sign for whom: accounts of natural persons whose identity was checked, and a firm's signers.
//!
//! An identity stands in the journal as a *mark*: a hash keyed with the folder's secret over the firm and the digest that
//! departments hold of the same document. So the mark of a department's row and of a signer can be compared, and nobody who
//! has the journal alone can guess the number, nor tell that persons of two firms are one.

use huoshui_exchange::consent::is_authorisation;
use huoshui_journal::{Column, Command, Expected, Page, Query, Test, Value, hash};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use super::events::{Account, Identity, Right, Signer, kind};
use super::{Actor, Asker, Hasher, Kind, Seed, accounts, check_text, collection, faults, fold, organisations};
use crate::folder::Workspace;
use crate::streams::json;

/// How often an appointment that meets another of the same account is tried.
const TRIES: usize = 10;
/// The longest identity number.
const MAX_NUMBER: usize = 40;

/// The stream of a person's identity.
#[must_use]
pub fn identity_stream(login: &str) -> String {
    format!("identity/{login}")
}

/// The stream of a signer.
#[must_use]
pub fn stream(login: &str) -> String {
    format!("signer/{login}")
}

/// The mark of whoever has this digest, as one who stands for this firm.
#[must_use]
pub fn mark(seed: &Seed, firm: &Uscc, digest: &str) -> String {
    seed.derive(&format!("person:{firm}:{}", digest.trim().to_ascii_lowercase()))
}

/// The digest that departments hold of an identity number: SHA-256, hexadecimal, of its letters and digits, upper-case.
///
/// # Errors
/// `access.bad_identity`.
pub fn digest(number: &str) -> Result<String> {
    let number: String = number.trim().to_ascii_uppercase();
    let fits = (6..=MAX_NUMBER).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if !fits {
        // The number itself is personal data: the refusal does not repeat it.
        return Err(Fault::new(&faults::BAD_IDENTITY).field("id_number"));
    }
    Ok(hash::hex(&hash::bytes(number.as_bytes())))
}

/// A check of a person's identity, as the operator made it.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// The digest of the document's number ([`digest`]).
    pub digest: &'a str,
    /// How it was checked, in the operator's words; no number.
    pub how: &'a str,
}

/// Opens the account of a natural person of a firm, whose identity was checked. Only the operator may: a firm's
/// administrator would hold the password of whoever is to consent beside the firm.
///
/// # Errors
/// `access.operator_only`; `access.bad_subject` where the organisation is no enterprise, `access.bad_text`; as
/// [`accounts::open`].
pub fn open_person(
    workspace: &Workspace,
    (who, asker): (&Actor, Asker<'_>),
    account: &Account,
    checked: Checked<'_>,
    password: &str,
    tools: (&Hasher, &Seed),
) -> Result<Account> {
    if who.kind != Kind::Operator {
        return Err(Fault::new(&faults::OPERATOR_ONLY).field("identity"));
    }
    let identity = identity(workspace, account, checked, tools.1)?;
    accounts::open_for(workspace, asker, account, Some(&identity), password, tools)
}

/// Ties an account that is there to the natural person who holds it from now on: with a new password, so that whoever knew the
/// old one, the firm's administrator first of all, no longer gets in. Its sessions end.
///
/// # Errors
/// `access.not_found` for one that is not there, is closed or of another organisation; `access.bad_subject` where that is no
/// enterprise; `access.exists` for one that is tied already; `access.bad_text`, `access.weak_password`, `access.busy`,
/// `journal.conflict`; those of the store.
pub fn identify(
    workspace: &Workspace,
    asker: Asker<'_>,
    (organisation, login): (&str, &str),
    expected: Option<u64>,
    checked: Checked<'_>,
    (password, tools): (&str, (&Hasher, &Seed)),
) -> Result<Account> {
    of(workspace, organisation, login)?;
    let (account, version) = accounts::versioned(workspace, login)?;
    let identity = identity(workspace, &account, checked, tools.1)?;
    let done = workspace.journal.receipt(asker.actor, accounts::IDENTIFY, asker.key)?.is_some();
    if !done && identity_of(workspace, login)?.is_some() {
        return Err(Fault::new(&faults::EXISTS).with("what", "identity").with("id", login));
    }
    accounts::identified(workspace, asker, (&account, expected.unwrap_or(version)), &identity, password, tools)
}

/// The identity of whoever opens an account.
pub(super) fn identity(
    workspace: &Workspace,
    account: &Account,
    checked: Checked<'_>,
    seed: &Seed,
) -> Result<Identity> {
    check_text("checked", checked.how)?;
    let firm = firm(workspace, &account.organisation)?;
    let mark = mark(seed, &firm, checked.digest);
    Ok(Identity { login: account.login.clone(), firm, mark, checked: checked.how.to_owned() })
}

/// Adds an identity to the command that opens its account.
pub(super) fn record(command: Command, identity: &Identity) -> Result<Command> {
    Ok(command
        .event(&identity_stream(&identity.login), Expected::Version(0), kind::IDENTIFIED, 1, json(identity)?)
        .put(fold::identity(identity, 1)?))
}

/// The firm for which an organisation stands.
fn firm(workspace: &Workspace, organisation: &str) -> Result<Uscc> {
    let organisation = organisations::get(workspace, organisation)?;
    let subject = organisation.subject.as_deref().filter(|_| organisation.kind == Kind::Enterprise);
    let refused = || Fault::new(&faults::BAD_SUBJECT).with("kind", organisation.kind.code()).field("organisation");
    Uscc::parse(subject.ok_or_else(refused)?)
}

/// Whether an open account of this login belongs to the organisation that stands for a firm.
///
/// # Errors
/// Those of the store.
pub fn belongs(workspace: &Workspace, login: &str, uscc: &Uscc) -> Result<bool> {
    // What can be no login is nobody's; the store would call it a bad name.
    if login.is_empty() || login.len() > 64 || login.chars().any(char::is_control) {
        return Ok(false);
    }
    let found: Option<(Account, u64)> = super::found(workspace, collection::ACCOUNTS, login)?;
    let Some((account, _)) = found.filter(|(account, _)| !account.closed) else { return Ok(false) };
    let organisation = organisations::get(workspace, &account.organisation)?;
    Ok(organisation.kind == Kind::Enterprise && organisation.subject.as_deref() == Some(uscc.as_str()))
}

/// The checked identity of an account's holder; none where nobody checked it.
///
/// # Errors
/// Those of the store.
pub fn identity_of(workspace: &Workspace, login: &str) -> Result<Option<Identity>> {
    super::found(workspace, collection::IDENTITIES, login).map(|found| found.map(|(identity, _)| identity))
}

/// Refuses where an account is a natural person's and the asker is not the operator.
///
/// # Errors
/// `access.operator_only`; those of the store.
pub fn guard(workspace: &Workspace, who: &Actor, login: &str) -> Result<()> {
    if who.kind != Kind::Operator && identity_of(workspace, login)?.is_some() {
        return Err(Fault::new(&faults::OPERATOR_ONLY).field("login"));
    }
    Ok(())
}

/// By what right an account is to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "authority", rename_all = "snake_case", deny_unknown_fields)]
pub enum Appointment {
    /// As the firm's legal representative; the account is a natural person's whose identity was checked.
    LegalRepresentative,
    /// As an agent.
    AuthorisedAgent {
        /// Number of the written authorisation.
        authorisation: String,
        /// Its day.
        from: Date,
        /// The last day on which the agent may sign.
        until: Date,
    },
}

/// Puts on record that an account may sign for its firm, in place of what it could before: at this version of the signer
/// where one is given, 0 for an account that never was one.
///
/// # Errors
/// `access.not_found` (the account, in this organisation), `access.bad_subject`, `access.not_identified` for a legal
/// representative whose identity nobody checked, `access.bad_authorisation`, `journal.conflict`; those of the store.
pub fn appoint(
    workspace: &Workspace,
    asker: Asker<'_>,
    (organisation, login): (&str, &str),
    wanted: &Appointment,
    expected: Option<u64>,
) -> Result<Signer> {
    let firm = of(workspace, organisation, login)?;
    let right = match wanted {
        Appointment::LegalRepresentative => {
            let known = identity_of(workspace, login)?.filter(|identity| identity.firm == firm);
            let known = known.ok_or_else(|| Fault::new(&faults::NOT_IDENTIFIED).with("login", login).field("login"))?;
            Right::LegalRepresentative { identity: known.mark }
        }
        Appointment::AuthorisedAgent { authorisation, from, until } => {
            if !is_authorisation(authorisation) || from > until {
                return Err(Fault::new(&faults::BAD_AUTHORISATION).field("authorisation"));
            }
            Right::AuthorisedAgent { authorisation: authorisation.clone(), from: *from, until: *until }
        }
    };
    let signer = Signer { login: login.to_owned(), organisation: organisation.to_owned(), firm, right, ended: false };
    let request = json(&(organisation, login, wanted))?;
    write(workspace, asker, ("signer.appoint", kind::SIGNER_APPOINTED), &request, &signer, expected)
}

/// Ends it: from now on the account signs nothing for the firm. At this version of the signer, where one is given.
///
/// # Errors
/// `access.not_found`, `journal.conflict`; those of the store.
pub fn end(
    workspace: &Workspace,
    asker: Asker<'_>,
    (organisation, login): (&str, &str),
    expected: Option<u64>,
) -> Result<Signer> {
    let (signer, _) = versioned(workspace, organisation, login)?;
    let signer = Signer { ended: true, ..signer };
    let request = json(&(organisation, login))?;
    write(workspace, asker, ("signer.end", kind::SIGNER_ENDED), &request, &signer, expected)
}

/// Writes what became of a signer, at this version or at whatever it is.
pub(super) fn write(
    workspace: &Workspace,
    asker: Asker<'_>,
    (operation, kind): (&str, &str),
    request: &[u8],
    signer: &Signer,
    expected: Option<u64>,
) -> Result<Signer> {
    let (stream, body) = (stream(&signer.login), json(signer)?);
    let command = |version: u64| -> Result<Command> {
        Ok(Command::new(asker.actor, operation, asker.key, request)
            .event(&stream, Expected::Version(version), kind, 1, body.clone())
            .put(fold::signer(signer, version + 1)?)
            .answer(body.clone()))
    };
    let journal = &workspace.journal;
    let receipt = match expected {
        Some(version) => journal.append_blocking(command(version)?),
        None => journal.append_deciding(TRIES, |journal| command(journal.stream_version(&stream)?)),
    }?;
    super::read(&receipt.response, &signer.login)
}

fn of(workspace: &Workspace, organisation: &str, login: &str) -> Result<Uscc> {
    let (account, _) = accounts::versioned(workspace, login)?;
    if account.organisation != organisation || account.closed {
        return Err(Fault::new(&faults::NOT_FOUND).with("what", "account").with("id", login));
    }
    firm(workspace, organisation)
}

/// A signer of an organisation with its version.
///
/// # Errors
/// `access.not_found`; those of the store.
pub fn versioned(workspace: &Workspace, organisation: &str, login: &str) -> Result<(Signer, u64)> {
    let (signer, version): (Signer, u64) = super::document(workspace, collection::SIGNERS, "signer", login)?;
    if signer.organisation == organisation {
        return Ok((signer, version));
    }
    Err(Fault::new(&faults::NOT_FOUND).with("what", "signer").with("id", login))
}

/// The signer that an account is, with the version of its stream; none and 0 where it never was one.
///
/// # Errors
/// Those of the store.
pub fn find(workspace: &Workspace, login: &str) -> Result<(Option<Signer>, u64)> {
    Ok(match super::found(workspace, collection::SIGNERS, login)? {
        Some((signer, version)) => (Some(signer), version),
        None => (None, 0),
    })
}

/// A page of an organisation's signers, by login, those that ended with them.
///
/// # Errors
/// `journal.bad_cursor`; those of the store.
pub fn list(workspace: &Workspace, organisation: &str, cursor: Option<&str>, limit: usize) -> Result<Page<Signer>> {
    let query = Query::default().filter(Column::Text(0), Test::Is(Value::Text(organisation.to_owned())));
    super::page(workspace, collection::SIGNERS, &query, cursor, limit)
}
