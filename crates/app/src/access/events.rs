//! Events of access. No password, secret or hash of one ever stands in an event: events last for ever.

use std::collections::BTreeSet;

use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use super::Kind;

/// `organisation/ID`: an organisation joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its entry of the registry: an institution's or department's code, a USCC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Whether it exists for a demonstration only.
    #[serde(default)]
    pub demo: bool,
}

/// `account/LOGIN`: an account was opened. The document holds the same, with `closed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its login.
    pub login: String,
    /// The organisation it belongs to.
    pub organisation: String,
    /// Whether it manages the organisation's accounts and keys.
    pub admin: bool,
    /// Whether it exists for a demonstration only.
    #[serde(default)]
    pub demo: bool,
    /// Whether it was closed since.
    #[serde(default)]
    pub closed: bool,
}

/// `identity/LOGIN`: the operator checked who the holder of an account is, when it was opened or later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account.
    pub login: String,
    /// The firm for which its organisation stands.
    pub firm: Uscc,
    /// A keyed hash over the firm and the digest of the document's number: [`super::signers::mark`].
    pub mark: String,
    /// How it was checked, in the operator's words.
    pub checked: String,
}

/// `signer/LOGIN`: an account was appointed to sign for its firm. The document holds the same, with `ended`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The account.
    pub login: String,
    /// Its organisation.
    pub organisation: String,
    /// The firm.
    pub firm: Uscc,
    /// By what right.
    pub right: Right,
    /// Whether it ended since.
    #[serde(default)]
    pub ended: bool,
}

/// By what right an account signs for a firm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// As its legal representative.
    LegalRepresentative {
        /// The mark of the identity that was checked.
        identity: String,
    },
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

/// `api-key/ID`: a key was issued. The document holds the same, with `revoked`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id, the public half.
    pub id: String,
    /// The organisation it acts for.
    pub organisation: String,
    /// What it is for, in the organisation's words.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<String>,
    /// When it ends, microseconds since 1970-01-01 UTC.
    pub expires_at: i64,
    /// Whether it was revoked since.
    #[serde(default)]
    pub revoked: bool,
}

/// `sign-in/LOGIN`: a session began or ended, or a sign-in failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Failures since the last success, this one included.
    #[serde(default)]
    pub failures: u32,
    /// Until when no sign-in is tried, microseconds since 1970-01-01 UTC.
    #[serde(default)]
    pub locked_until: i64,
    /// The session: the beginning of the hash of its token, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// `store`: what kind of store this is; its first event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Store {
    /// Whether it is a demonstration, in which demonstration accounts work.
    pub demo: bool,
    /// How far its clock is ahead of the machine's, microseconds: a demonstration plays in the days of its data.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shift: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_zero(shift: &i64) -> bool {
    *shift == 0
}

/// Event kinds.
pub mod kind {
    /// [`super::Organisation`].
    pub const ORGANISATION_JOINED: &str = "organisation.joined";
    /// [`super::Account`].
    pub const ACCOUNT_OPENED: &str = "account.opened";
    /// The password was set; the body is the account.
    pub const PASSWORD_SET: &str = "account.password_set";
    /// The account was closed; the body is the account.
    pub const ACCOUNT_CLOSED: &str = "account.closed";
    /// [`super::Identity`].
    pub const IDENTIFIED: &str = "account.identified";
    /// [`super::Signer`].
    pub const SIGNER_APPOINTED: &str = "signer.appointed";
    /// The appointment ended; the body is the signer.
    pub const SIGNER_ENDED: &str = "signer.ended";
    /// [`super::ApiKey`].
    pub const KEY_ISSUED: &str = "api_key.issued";
    /// The key was revoked; the body is the key.
    pub const KEY_REVOKED: &str = "api_key.revoked";
    /// [`super::SignIn`].
    pub const SESSION_OPENED: &str = "session.opened";
    /// [`super::SignIn`].
    pub const SESSION_CLOSED: &str = "session.closed";
    /// [`super::SignIn`].
    pub const SIGN_IN_FAILED: &str = "sign_in.failed";
    /// [`super::Store`].
    pub const STORE_MARKED: &str = "store.marked";
}
