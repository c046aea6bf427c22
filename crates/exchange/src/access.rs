//! The access log: who asked for what under which consent, and how it went. Field names, hashes and times; never a
//! value.

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use crate::answer::{Part, Status};
use crate::canonical;
use crate::consent::PurposeRef;
use crate::faults;
use crate::purpose::Mode;
use crate::release::{Denial, Plan, Pull};

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The institution.
    pub institution: String,
    /// The account, of a person or a machine.
    pub account: String,
    /// The id of the key that a machine used; none for a person's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// How one source went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceOutcome {
    /// The resource.
    pub resource: String,
    /// How it went.
    pub status: Status,
    /// Stable code of the reason, when it is not READY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The fields that the pull was allowed: those released, verified or used, when it is READY.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Rows dated from here …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// … to here were asked for, when it is READY; none in entries that are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Whether what it answered was stale.
    #[serde(default)]
    pub stale: bool,
    /// How long the source took, milliseconds.
    pub latency_ms: u32,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Who asked.
    pub who: Who,
    /// The consent presented.
    pub consent: String,
    /// The enterprise; none where the consent is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Uscc>,
    /// Code of the purpose that was stated.
    pub stated_purpose: String,
    /// The policy of authorization that let the asker ask; none in entries that are older than this field, nor of a pull
    /// that the program made for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The purpose's version and hash as signed; none of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeRef>,
    /// What was to leave.
    pub mode: Mode,
    /// SHA-256 of the request, hexadecimal.
    pub request: String,
    /// Stable code of the refusal; none where the pull went ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Source by source, where it went ahead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceOutcome>,
    /// How long the whole took, milliseconds.
    pub latency_ms: u32,
    /// How long the recipient may keep what it got, days.
    #[serde(default)]
    pub retention_days: u16,
    /// [`canonical::commitment`] to the body that left; none where none did. Body and salt live apart and can be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
}

/// What surrounds a pull.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The entry's id.
    pub id: &'a str,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Who.
    pub who: &'a Who,
    /// The policy that let it in.
    pub policy: Option<&'a str>,
    /// The pull.
    pub pull: &'a Pull,
    /// How long the whole took, milliseconds.
    pub latency_ms: u32,
}

impl Pull {
    /// SHA-256 of the request, hexadecimal: what a repeat is told by.
    pub fn digest(&self) -> Result<String> {
        canonical::digest(self)
    }
}

impl Asked<'_> {
    fn entry(&self) -> Result<Entry> {
        Ok(Entry {
            id: self.id.to_owned(),
            at: self.at,
            who: self.who.clone(),
            consent: self.pull.consent.clone(),
            subject: None,
            stated_purpose: self.pull.purpose.clone(),
            policy: self.policy.map(str::to_owned),
            purpose: None,
            mode: self.pull.mode,
            request: self.pull.digest()?,
            refused: None,
            sources: Vec::new(),
            latency_ms: self.latency_ms,
            retention_days: 0,
            commitment: None,
        })
    }

    /// The entry of a pull that went ahead. `parts` are the answer's with each source's latency in milliseconds;
    /// `commitment` is to the body.
    pub fn released(&self, plan: &Plan, parts: &[(&Part, u32)], commitment: &str) -> Result<Entry> {
        let outcome = |(part, latency_ms): &(&Part, u32)| {
            let ready = part.status == Status::Ready;
            let fetch = plan.fetch(&part.resource).filter(|_| ready);
            SourceOutcome {
                resource: part.resource.clone(),
                status: part.status,
                reason: part.reason.clone(),
                fields: fetch.map(|f| f.fields.clone()).unwrap_or_default(),
                from: fetch.map(|f| f.from),
                to: fetch.map(|f| f.to),
                stale: part.provenance.as_ref().is_some_and(|p| p.stale),
                latency_ms: *latency_ms,
            }
        };
        Ok(Entry {
            subject: Some(plan.subject),
            purpose: Some(plan.purpose.clone()),
            sources: parts.iter().map(outcome).collect(),
            retention_days: plan.retention_days,
            commitment: Some(commitment.to_owned()),
            ..self.entry()?
        })
    }

    /// The entry of a pull that was refused. `subject` is the consent's enterprise where the consent is known, so that
    /// it sees the attempt in its own log.
    pub fn refused(&self, denial: &Denial, subject: Option<Uscc>) -> Result<Entry> {
        Ok(Entry { subject, refused: Some(denial.reason.code().to_owned()), ..self.entry()? })
    }
}

/// The answer to a repeat: how it went the first time, without a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// `exchange.replayed`.
    pub code: String,
    /// The first entry's id.
    pub first: String,
    /// When it was answered first, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// How each source went then.
    pub sources: Vec<SourceOutcome>,
    /// The commitment to the body that left then.
    pub commitment: Option<String>,
}

impl Replayed {
    /// The same for people.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::new(&faults::REPLAYED)
    }
}

/// Answers a repeat of a pull that went ahead before. The consent is checked again first ([`crate::release::recheck`]):
/// what was revoked since is refused as revoked, not answered as repeated.
///
/// # Errors
/// The refusal, if the consent does not carry the pull any more.
pub fn replay(first: &Entry, again: std::result::Result<Plan, Denial>) -> std::result::Result<Replayed, Denial> {
    again.map(|_| Replayed {
        code: faults::REPLAYED.code.to_owned(),
        first: first.id.clone(),
        at: first.at,
        sources: first.sources.clone(),
        commitment: first.commitment.clone(),
    })
}
