//! Consents, receipts, notices.

use utoipa::ToSchema;

use super::{ConsentState, PullFrequency, PurposeNamed, ReleaseMode};

/// By what right a signer speaks for the subject.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum SignerAuthority {
    /// The firm's legal representative.
    LegalRepresentative,
    /// Someone whom the firm authorised.
    AuthorisedAgent,
    /// The natural person whose data it is.
    Oneself,
}

/// Who signed.
#[derive(ToSchema)]
struct ConsentSigner {
    /// The account that signed.
    account: String,
    authority: SignerAuthority,
    /// Number of the written authorisation, for an agent.
    authorisation: Option<String>,
    /// The day of that authorisation.
    #[schema(format = Date)]
    authorised_on: Option<String>,
    /// The last day on which the agent may sign.
    #[schema(format = Date)]
    authorised_until: Option<String>,
    /// For a legal representative and for a natural person: the mark of the identity that was checked.
    identity: Option<String>,
}

/// A signature over the artefact's canonical JSON.
#[derive(ToSchema)]
struct ConsentSignature {
    /// `ed25519`, `sm2`.
    algorithm: String,
    /// Id of the key.
    key: String,
    /// Hexadecimal.
    value: String,
}

/// Fields of one resource.
#[derive(ToSchema)]
struct GrantedFields {
    resource: String,
    /// The version of its schema that the signer saw.
    schema: u32,
    /// In the schema's order.
    fields: Vec<String>,
}

/// What was asked for.
#[derive(ToSchema)]
struct ConsentDraft {
    id: String,
    /// The enterprise's USCC.
    subject: String,
    /// For a natural person's own consent: that person's account.
    person: Option<String>,
    /// Institutions that may pull, by code.
    recipients: Vec<String>,
    purpose: PurposeNamed,
    mode: ReleaseMode,
    grants: Vec<GrantedFields>,
    #[schema(format = Date)]
    data_from: String,
    #[schema(format = Date)]
    data_to: String,
    /// Life once granted, days.
    days: u16,
    frequency: PullFrequency,
    /// How long a recipient may keep what it got, days.
    retention_days: u16,
}

/// What may leave, from when to when, and how often.
#[derive(ToSchema)]
struct SignedTerms {
    mode: ReleaseMode,
    grants: Vec<GrantedFields>,
    #[schema(format = Date)]
    data_from: String,
    #[schema(format = Date)]
    data_to: String,
    /// Microseconds since 1970-01-01 UTC.
    granted_at: i64,
    /// From this moment on nothing leaves, microseconds since 1970-01-01 UTC.
    expires_at: i64,
    frequency: PullFrequency,
    /// How long a recipient may keep what it got, days.
    retention_days: u16,
}

/// What was signed. It never changes.
#[derive(ToSchema)]
struct ConsentArtefact {
    id: String,
    /// The enterprise's USCC.
    subject: String,
    /// For a natural person's own consent: that person's account.
    person: Option<String>,
    signed_by: ConsentSigner,
    /// Institutions that may pull, by code.
    recipients: Vec<String>,
    purpose: PurposeNamed,
    #[serde(flatten)]
    terms: SignedTerms,
}

/// The draft, what was signed, its signature.
#[derive(ToSchema)]
struct ConsentPapers {
    draft: ConsentDraft,
    /// The institution that asked, by code.
    requested_by: String,
    /// Microseconds since 1970-01-01 UTC.
    requested_at: i64,
    artefact: Option<ConsentArtefact>,
    signature: Option<ConsentSignature>,
    /// As the events say; `state` beside this knows the clock, too.
    state: ConsentState,
}

/// A consent as its parties see it.
#[derive(ToSchema)]
pub(in super::super) struct ConsentShown {
    id: String,
    /// What `version` of a step compares.
    version: u64,
    /// Where it stands now, what the clock ended included.
    state: ConsentState,
    consent: ConsentPapers,
}

/// Whose receipt it is: `subject`, or the institution.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ReceiptSide {
    Subject,
    Recipient(String),
}

/// A receipt: who may have what, for what, until when, with the artefact's hash and signature.
#[derive(ToSchema)]
pub(in super::super) struct ConsentReceipt {
    /// The consent's id.
    consent: String,
    side: ReceiptSide,
    /// The enterprise's USCC.
    subject: String,
    signed_by: ConsentSigner,
    /// Who may pull: all recipients on the subject's receipt, the institution itself on its own.
    recipients: Vec<String>,
    purpose: PurposeNamed,
    /// What the signer read.
    text_zh: String,
    text_en: String,
    #[serde(flatten)]
    terms: SignedTerms,
    /// SHA-256 of what was signed, hexadecimal.
    hash: String,
    signature: ConsentSignature,
    /// The platform's signature over all the rest of the receipt, in canonical form: `huoshui verify --receipt FILE --key
    /// PUBLIC.pem` checks it offline.
    attested: ConsentSignature,
}

/// A notice of the exchange. Its words belong to whoever shows it: here are the facts.
#[derive(ToSchema)]
pub(in super::super) struct ExchangeNotice {
    /// `enterprise:USCC`, `institution:CODE`, `department:CODE`, `person:ACCOUNT`, `operator`.
    to: String,
    /// What happened: `consent.requested`, `consent.revoked`, `objection.raised`, …
    kind: String,
    /// What it is about: `consent/ID`, `objection/ID`.
    about: String,
    /// Version of that stream.
    version: u64,
    /// USCC of the enterprise concerned.
    subject: Option<String>,
    /// Of an answer to an objection: the resource …
    resource: Option<String>,
    /// … and the field that it is about.
    field: Option<String>,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
}
