//! What a recipient asks an enterprise to sign, held against purpose and catalogue before anyone sees it.

use std::collections::BTreeSet;

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, InstitutionCode, Uscc};
use serde::{Deserialize, Serialize};

use super::{Artefact, Grant, PurposeRef, SignedBy};
use crate::catalogue::{Catalogue, Resource, Sensitivity};
use crate::purpose::{Frequency, Mode, Purpose, Purposes, RecipientKind};
use crate::{clock, faults};

/// The most institutions that one consent may name.
pub const MAX_RECIPIENTS: usize = 20;
/// The longest id of a consent, account or authorisation.
pub const MAX_ID: usize = 64;

/// An institution that is to receive data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// Its code.
    pub code: String,
    /// What it is, as the registry of institutions says.
    pub kind: RecipientKind,
}

/// Fields of one resource that are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The resource.
    pub resource: String,
    /// The fields; none means all that the purpose allows (of a person's own consent: all of the person's).
    #[serde(default)]
    pub fields: Vec<String>,
}

/// A request for consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The consent's id: 1 to 64 letters, digits, `-` or `_`.
    pub id: String,
    /// The enterprise.
    pub subject: Uscc,
    /// The account of the natural person who is asked, for that person's own consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Who is to receive.
    pub recipients: Vec<Recipient>,
    /// Code of the purpose; the version that applies today is taken.
    pub purpose: String,
    /// What is asked for; none means everything that the purpose allows.
    #[serde(default)]
    pub asks: Vec<Ask>,
    /// Rows dated from here …
    pub data_from: Date,
    /// … to here, inclusive. May lie ahead, as far as the consent lives.
    pub data_to: Date,
    /// How long the consent lives once granted, days.
    pub days: u16,
    /// How often each recipient may pull.
    pub frequency: Frequency,
    /// How long a recipient may keep what it got, days.
    pub retention_days: u16,
}

/// A request that fits its purpose: the artefact but for who signs it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "as in the artefact")]
pub struct Draft {
    pub id: String,
    pub subject: Uscc,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    pub recipients: Vec<String>,
    pub purpose: PurposeRef,
    pub mode: Mode,
    pub grants: Vec<Grant>,
    pub data_from: Date,
    pub data_to: Date,
    /// Life once granted, days.
    pub days: u16,
    pub frequency: Frequency,
    pub retention_days: u16,
}

impl Draft {
    /// The artefact that this signer signs at this moment.
    #[must_use]
    pub fn artefact(&self, signed_by: SignedBy, granted_at: i64) -> Artefact {
        Artefact {
            id: self.id.clone(),
            subject: self.subject,
            person: self.person.clone(),
            signed_by,
            recipients: self.recipients.clone(),
            purpose: self.purpose.clone(),
            mode: self.mode,
            grants: self.grants.clone(),
            data_from: self.data_from,
            data_to: self.data_to,
            granted_at,
            expires_at: clock::after(granted_at, u32::from(self.days)),
            frequency: self.frequency,
            retention_days: self.retention_days,
        }
    }
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// An account's login, as access control makes them: the letters of an id, and dots.
pub(super) fn is_account(text: &str) -> bool {
    !text.starts_with('.') && is_id(&text.replace('.', "-"))
}

fn refuse(what: &str, zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(&faults::CONSENT_REQUEST).with("zh", zh.into()).with("en", en.into()).field(what.to_owned())
}

/// Checks a request and makes the draft that the enterprise is shown. Refusals: `exchange.unknown_purpose`,
/// `exchange.recipient_kind`, `exchange.not_allowed` (a field beyond the purpose), `exchange.over_cap`, and
/// `exchange.consent_request` for everything else, each naming the field of the request.
pub fn request(r: &Request, catalogue: &Catalogue, purposes: &Purposes, now: i64) -> Result<Draft> {
    let today = clock::day(now);
    if !is_id(&r.id) {
        return Err(refuse(
            "id",
            "编号应为1至64位字母、数字、“-”或“_”",
            "an id is 1 to 64 letters, digits, “-” or “_”",
        ));
    }
    let unknown = || Fault::new(&faults::UNKNOWN_PURPOSE).with("purpose", &r.purpose).field("purpose");
    let purpose = purposes.get(&r.purpose, today).ok_or_else(unknown)?;
    if r.person.as_ref().is_some_and(|p| !is_account(p) || !purpose.personal) {
        let en = "only a purpose with personal data is consented to by a person";
        return Err(refuse("person", "只有涉及个人信息的用途才由本人授权", en));
    }
    let recipients = recipients(r, purpose)?;
    caps(r, purpose, today)?;
    let grants = grants(r, purpose, catalogue, today)?;
    Ok(Draft {
        id: r.id.clone(),
        subject: r.subject,
        person: r.person.clone(),
        recipients,
        purpose: purpose.reference()?,
        mode: purpose.mode,
        grants,
        data_from: r.data_from,
        data_to: r.data_to,
        days: r.days,
        frequency: r.frequency,
        retention_days: r.retention_days,
    })
}

fn recipients(r: &Request, purpose: &Purpose) -> Result<Vec<String>> {
    let mut codes = BTreeSet::new();
    for recipient in &r.recipients {
        InstitutionCode::parse(&recipient.code).map_err(|fault| fault.field("recipients"))?;
        if !purpose.recipients.contains(&recipient.kind) {
            let (zh, en) = recipient.kind.label();
            let fault = Fault::new(&faults::RECIPIENT_KIND).with("recipient", &recipient.code);
            return Err(fault.with("zh", zh).with("en", en).with("purpose", &purpose.code).field("recipients"));
        }
        codes.insert(recipient.code.clone());
    }
    if codes.is_empty() || codes.len() != r.recipients.len() || codes.len() > MAX_RECIPIENTS {
        return Err(refuse(
            "recipients",
            format!("接收方应为1至{MAX_RECIPIENTS}家，且不重复"),
            format!("name 1 to {MAX_RECIPIENTS} recipients, each once"),
        ));
    }
    Ok(codes.into_iter().collect())
}

fn caps(r: &Request, p: &Purpose, today: Date) -> Result<()> {
    let over = |field: &'static str, value: String, limit: String| {
        let fault = Fault::new(&faults::OVER_CAP).with("purpose", &p.code).with("value", value);
        Err(fault.with("limit", limit).field(field))
    };
    if !(1..=p.max_days).contains(&r.days) {
        return over("days", r.days.to_string(), format!("1–{}", p.max_days));
    }
    if !(1..=p.max_retention_days).contains(&r.retention_days) {
        return over("retention_days", r.retention_days.to_string(), format!("1–{}", p.max_retention_days));
    }
    // No more pulls than the cap in a window no shorter than the cap's: then no window of the cap's length can hold more.
    let (f, cap) = (r.frequency, p.max_frequency);
    if f.count == 0 || f.count > cap.count || f.days < cap.days || f.days > 10_000 {
        let limit = format!("{} / {}", cap.count, cap.days);
        return over("frequency", format!("{} / {}", f.count, f.days), limit);
    }
    if r.data_from > r.data_to {
        return Err(refuse("data_to", "数据范围颠倒", "the data range ends before it begins"));
    }
    let oldest = p.oldest(today);
    if r.data_from < oldest {
        return over("data_from", r.data_from.to_string(), format!("≥ {oldest}"));
    }
    let latest = clock::days_after(today, u32::from(r.days));
    if r.data_to > latest {
        return over("data_to", r.data_to.to_string(), format!("≤ {latest}"));
    }
    Ok(())
}

fn grants(r: &Request, purpose: &Purpose, catalogue: &Catalogue, today: Date) -> Result<Vec<Grant>> {
    let all: Vec<Ask>;
    let asks = if r.asks.is_empty() {
        let whole = |a: &crate::purpose::Allowed| Ask { resource: a.resource.clone(), fields: Vec::new() };
        all = purpose.allowed.iter().map(whole).collect();
        &all
    } else {
        &r.asks
    };
    let mut grants: Vec<Grant> = Vec::with_capacity(asks.len());
    for ask in asks {
        let denied = |field: &str| {
            let fault = Fault::new(&faults::NOT_ALLOWED).with("purpose", &purpose.code);
            fault.with("what", format!("{}.{field}", ask.resource)).field("asks")
        };
        let allowed = purpose.allows(&ask.resource).ok_or_else(|| denied("*"))?;
        let resource = catalogue.find(&ask.resource, today).map_err(|f| f.field("asks"))?;
        if grants.iter().any(|g| g.resource == ask.resource) {
            return Err(refuse("asks", format!("{} 重复", ask.resource), format!("{} is there twice", ask.resource)));
        }
        if let Some(field) = ask.fields.iter().find(|f| !allowed.contains(f) || resource.field(f).is_none()) {
            return Err(denied(field));
        }
        let unique: BTreeSet<_> = ask.fields.iter().collect();
        if unique.len() != ask.fields.len() {
            let en = format!("{} names a field twice", ask.resource);
            return Err(refuse("asks", format!("{} 的字段重复", ask.resource), en));
        }
        let fields = wanted(r, ask, allowed, resource)?;
        if !fields.is_empty() {
            grants.push(Grant { resource: ask.resource.clone(), schema: resource.schema, fields });
        }
    }
    if grants.is_empty() {
        return Err(refuse("asks", "没有可授权的字段", "there is no field to consent to"));
    }
    Ok(grants)
}

/// The fields of an ask in the schema's order. A person consents to nothing but the person's own.
fn wanted(r: &Request, ask: &Ask, allowed: &[String], resource: &Resource) -> Result<Vec<String>> {
    let named = |name: &str| {
        if ask.fields.is_empty() { allowed.iter().any(|a| a == name) } else { ask.fields.iter().any(|f| f == name) }
    };
    let own = |s: Sensitivity| r.person.is_none() || s == Sensitivity::Personal;
    let other = resource.fields.iter().find(|f| !ask.fields.is_empty() && named(&f.name) && !own(f.sensitivity));
    if let Some(field) = other {
        let name = format!("{}.{}", ask.resource, field.name);
        let en = format!("{name} is the firm's: a person consents to personal fields only");
        return Err(refuse("asks", format!("{name} 是企业信息，本人只能授权个人信息"), en));
    }
    Ok(resource.fields.iter().filter(|f| named(&f.name) && own(f.sensitivity)).map(|f| f.name.clone()).collect())
}
