//! The documents beside the events of access, as pure functions of them.

use huoshui_journal::{Columns, Event, StateDoc};
use huoshui_kernel::fault::Result;

use super::collection;
use super::events::{Account, ApiKey, Identity, Organisation, SignIn, Signer, Store, kind};
use crate::streams::{body, json};

/// The collections that [`apply`] makes.
pub const COLLECTIONS: [&str; 7] = [
    collection::ORGANISATIONS,
    collection::ACCOUNTS,
    collection::IDENTITIES,
    collection::SIGNERS,
    collection::KEYS,
    collection::STORE,
    SIGN_INS,
];
/// Failures and waits of each account, by login.
pub const SIGN_INS: &str = "sign-in";

fn doc(collection: &str, id: &str, version: u64, doc: Vec<u8>, text: [Option<String>; 4]) -> StateDoc {
    let columns = Columns { text, int: [None; 4] };
    StateDoc { collection: collection.to_owned(), id: id.to_owned(), version, doc, columns }
}

/// The document of an organisation.
///
/// # Errors
/// `app.internal`, which the types exclude; so for all below.
pub fn organisation(of: &Organisation, version: u64) -> Result<StateDoc> {
    let text = [Some(of.kind.code().to_owned()), of.subject.clone(), None, None];
    Ok(doc(collection::ORGANISATIONS, &of.id, version, json(of)?, text))
}

/// The document of an account.
///
/// # Errors
/// As [`organisation`].
pub fn account(of: &Account, version: u64) -> Result<StateDoc> {
    Ok(doc(collection::ACCOUNTS, &of.login, version, json(of)?, [Some(of.organisation.clone()), None, None, None]))
}

/// The document of a person's identity.
///
/// # Errors
/// As [`organisation`].
pub fn identity(of: &Identity, version: u64) -> Result<StateDoc> {
    Ok(doc(collection::IDENTITIES, &of.login, version, json(of)?, [None, None, None, None]))
}

/// The document of a firm's signer.
///
/// # Errors
/// As [`organisation`].
pub fn signer(of: &Signer, version: u64) -> Result<StateDoc> {
    Ok(doc(collection::SIGNERS, &of.login, version, json(of)?, [Some(of.organisation.clone()), None, None, None]))
}

/// The document of a key.
///
/// # Errors
/// As [`organisation`].
pub fn key(of: &ApiKey, version: u64) -> Result<StateDoc> {
    Ok(doc(collection::KEYS, &of.id, version, json(of)?, [Some(of.organisation.clone()), None, None, None]))
}

/// The document of an account's sign-ins.
///
/// # Errors
/// As [`organisation`].
pub fn sign_in(login: &str, of: &SignIn, version: u64) -> Result<StateDoc> {
    Ok(doc(SIGN_INS, login, version, json(of)?, [None, None, None, None]))
}

/// The document that says what kind of store this is.
///
/// # Errors
/// As [`organisation`].
pub fn store(of: &Store, version: u64) -> Result<StateDoc> {
    Ok(doc(collection::STORE, "this", version, json(of)?, [None, None, None, None]))
}

/// The document as it is after the event; none for events that change none.
///
/// # Errors
/// `data.damaged`.
pub fn apply(event: &Event) -> Result<Option<StateDoc>> {
    let version = event.version;
    Ok(Some(match event.data.kind.as_str() {
        kind::ORGANISATION_JOINED => organisation(&body(event)?, version)?,
        kind::ACCOUNT_OPENED | kind::ACCOUNT_CLOSED | kind::PASSWORD_SET => account(&body(event)?, version)?,
        kind::IDENTIFIED => identity(&body(event)?, version)?,
        kind::SIGNER_APPOINTED | kind::SIGNER_ENDED => signer(&body(event)?, version)?,
        kind::KEY_ISSUED | kind::KEY_REVOKED => key(&body(event)?, version)?,
        kind::SESSION_OPENED | kind::SESSION_CLOSED | kind::SIGN_IN_FAILED => {
            let login = event.stream.strip_prefix("sign-in/").unwrap_or(&event.stream);
            sign_in(login, &body(event)?, version)?
        }
        kind::STORE_MARKED => store(&body(event)?, version)?,
        _ => return Ok(None),
    }))
}
