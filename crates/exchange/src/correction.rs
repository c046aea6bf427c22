//! Corrections: a firm objects to a value, the department answers by a deadline, and those who relied on the value are
//! told. Neither the claimed nor the corrected value is in an event: events carry commitments, and the values live apart.

use std::collections::BTreeMap;

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::{Entry, SourceOutcome};
use crate::answer::Status;
use crate::catalogue::Catalogue;
use crate::release::cell_fits;
use crate::{canonical, clock, faults};

/// Bytes that a salt must have at least.
pub const MIN_SALT: usize = 16;
/// Longest reason of a rejection, in characters.
pub const MAX_REASON: usize = 500;

/// How long a department has, from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Objections raised from this day on.
    pub effective_from: Date,
    /// Working days to answer, 1 to 60.
    pub working_days: u16,
}

/// The deadlines, by the day from which they apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    deadline: Vec<Deadline>,
}

impl Deadlines {
    /// Those that ship with the program.
    pub fn embedded() -> Result<Self> {
        Self::load("deadlines.toml", include_str!("../../../policies/corrections/deadlines.toml"))
    }

    /// Reads and checks a file.
    pub fn load(file: &str, text: &str) -> Result<Self> {
        let read: Self =
            toml::from_str(text).map_err(|e| Fault::new(&faults::POLICY_FILE).with("file", file).with("detail", e))?;
        let ordered = read.deadline.windows(2).all(|p| matches!(p, [a, b] if a.effective_from < b.effective_from));
        let bounded = read.deadline.iter().all(|d| (1..=60).contains(&d.working_days));
        if read.deadline.is_empty() || !ordered || !bounded {
            let en = "deadlines need 1 to 60 working days and later days one after another";
            return Err(crate::catalogue::wrong(file, "deadline", "期限应为1至60个工作日，并按生效日先后排列", en));
        }
        Ok(read)
    }

    /// The last day to answer an objection raised on a day. `is_working` knows the calendar; a calendar without working
    /// days ends the count after a year.
    #[must_use]
    pub fn due(&self, raised: Date, is_working: &dyn Fn(Date) -> bool) -> Option<Date> {
        let rule = self.deadline.iter().rev().find(|d| d.effective_from <= raised)?;
        let days = (1..=366).map(|n| clock::days_after(raised, n)).filter(|day| is_working(*day));
        days.take(usize::from(rule.working_days)).last()
    }
}

/// What a firm objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// The objection's id.
    pub id: String,
    /// The firm.
    pub subject: Uscc,
    /// Who raises it, an account of the firm's.
    pub by: String,
    /// The resource.
    pub resource: String,
    /// The row's key fields with their values; none for a resource with one row a firm, or where a row is missing.
    pub row: BTreeMap<String, Value>,
    /// The field.
    pub field: String,
    /// The value that the firm claims; null for “there should be none”.
    pub claimed: Value,
    /// Random bytes for the commitments.
    pub salt: Vec<u8>,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// An objection, as its event has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Its id.
    pub id: String,
    /// The firm.
    pub subject: Uscc,
    /// Who raised it.
    pub by: String,
    /// The department that answers.
    pub department: String,
    /// The resource.
    pub resource: String,
    /// The version of its schema.
    pub schema: u32,
    /// The field.
    pub field: String,
    /// Commitment to the row's key.
    pub row: String,
    /// Commitment to the claimed value.
    pub claimed: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub raised_at: i64,
    /// The last day to answer.
    pub due: Date,
}

/// What is kept apart from the event, and can be erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    /// The salt of the commitments.
    pub salt: Vec<u8>,
    /// The row's key.
    pub row: BTreeMap<String, Value>,
    /// The claimed value.
    pub claimed: Value,
    /// The reason of a rejection, once there is one: free text, which may name a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Apart {
    /// Whether this is what an objection committed to.
    pub fn belongs_to(&self, objection: &Objection) -> Result<bool> {
        let (row, claimed) = self.commitments()?;
        Ok(row == objection.row && claimed == objection.claimed)
    }

    fn commitments(&self) -> Result<(String, String)> {
        let of = |value: &dyn Fn() -> Result<Vec<u8>>| value().map(|bytes| canonical::commitment(&self.salt, &bytes));
        Ok((of(&|| canonical::bytes(&self.row))?, of(&|| canonical::bytes(&self.claimed))?))
    }
}

/// Takes an objection: the event's part, and what is kept apart. Refused with `exchange.objection` where resource, row,
/// field or value do not fit the catalogue, or the salt is short.
pub fn raise(
    r: Raise,
    catalogue: &Catalogue,
    deadlines: &Deadlines,
    is_working: &dyn Fn(Date) -> bool,
) -> Result<(Objection, Apart)> {
    let refuse = |field: &'static str, zh: &str, en: &str| {
        Err(Fault::new(&faults::OBJECTION).with("zh", zh).with("en", en).field(field))
    };
    let today = clock::day(r.at);
    let resource = catalogue.find(&r.resource, today).map_err(|f| f.field("resource"))?;
    let Some(field) = resource.field(&r.field) else {
        return refuse("field", "资源没有这个字段", "the resource has no such field");
    };
    let key = |(name, cell): (&String, &Value)| {
        resource.key.contains(name) && resource.field(name).is_some_and(|f| cell_fits(f, cell))
    };
    if r.row.len() != resource.key.len() || !r.row.iter().all(key) {
        return refuse("row", "应给出该资源的全部主键字段", "give every key field of the resource");
    }
    if !r.claimed.is_null() && !cell_fits(field, &r.claimed) {
        return refuse("claimed", "主张的值与字段类型不符", "the claimed value is not of the field's kind");
    }
    if r.salt.len() < MIN_SALT {
        return refuse("salt", "随机数过短", "the salt is too short");
    }
    let Some(due) = deadlines.due(today, is_working) else {
        return refuse("at", "当日没有适用的答复期限", "no deadline applies on that day");
    };
    let apart = Apart { salt: r.salt, row: r.row, claimed: r.claimed, reason: None };
    let (row, claimed) = apart.commitments()?;
    let objection = Objection {
        id: r.id,
        subject: r.subject,
        by: r.by,
        department: resource.department.clone(),
        resource: resource.code.clone(),
        schema: resource.schema,
        field: r.field,
        row,
        claimed,
        raised_at: r.at,
        due,
    };
    Ok((objection, apart))
}

/// Whether a corrected value is one that the field can hold on a day; null only where the field may be empty. A value of
/// another kind would make every later pull of the resource fail.
///
/// # Errors
/// `exchange.corrected_value`; `exchange.unknown_resource` where the resource is no more.
pub fn check_corrected(o: &Objection, corrected: &Value, catalogue: &Catalogue, today: Date) -> Result<()> {
    let refuse = |zh: &str, en: &str| {
        let fault = Fault::new(&faults::CORRECTED).with("resource", &o.resource).with("name", &o.field);
        Err(fault.with("zh", zh).with("en", en).field("accepted.corrected"))
    };
    let Some(field) = catalogue.find(&o.resource, today)?.field(&o.field) else {
        return refuse("资源的现行版本没有这个字段", "the resource as it is now has no such field");
    };
    if corrected.is_null() && field.required {
        return refuse("字段必填，不能为空", "the field must not be empty");
    }
    if !cell_fits(field, corrected) {
        return refuse("与字段的类型、长度或代码不符", "it is not of the field's kind, length or codes");
    }
    Ok(())
}

/// What a department says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// The value was wrong and is corrected; a commitment to the corrected value.
    Accepted {
        /// [`canonical::commitment`] to the corrected value's canonical JSON.
        corrected: String,
    },
    /// The value stands.
    Rejected {
        /// Why, in words: only in events of former releases, and in what is shown. It is kept apart ([`Apart::reason`]).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// [`canonical::commitment`] to the reason's canonical JSON; none in events of former releases.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<String>,
    },
}

impl Verdict {
    /// A rejection for this reason: a commitment to it, and none of its words. `exchange.objection` for a reason that is
    /// none or too long.
    ///
    /// # Errors
    /// As said.
    pub fn rejected(reason: &str, salt: &[u8]) -> Result<Self> {
        if reason.trim().is_empty() || reason.chars().count() > MAX_REASON {
            let (zh, en) = ("不更正须说明理由，不超过500字", "a rejection gives a reason of at most 500 characters");
            return Err(Fault::new(&faults::OBJECTION).with("zh", zh).with("en", en).field("rejected.reason"));
        }
        let commitment = canonical::commitment(salt, &canonical::bytes(reason)?);
        Ok(Self::Rejected { reason: None, commitment: Some(commitment) })
    }
}

/// A department's answer, as its event has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The objection.
    pub objection: String,
    /// Who answered, an account of the department's.
    pub by: String,
    /// What.
    pub verdict: Verdict,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// Where an objection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waiting for the department.
    Open,
    /// Waiting, and the deadline has passed. The department must still answer.
    Overdue,
    /// Corrected.
    Accepted,
    /// Not corrected.
    Rejected,
}

/// The state at a moment.
#[must_use]
pub fn state_at(objection: &Objection, answer: Option<&Answered>, now: i64) -> State {
    match answer.map(|a| &a.verdict) {
        Some(Verdict::Accepted { .. }) => State::Accepted,
        Some(Verdict::Rejected { .. }) => State::Rejected,
        None if clock::day(now) > objection.due => State::Overdue,
        None => State::Open,
    }
}

/// The event of an answer; one is given once (`exchange.objection_closed`), a rejection with a commitment to its reason.
pub fn answer(o: &Objection, before: Option<&Answered>, verdict: Verdict, by: &str, at: i64) -> Result<Answered> {
    if before.is_some() {
        return Err(Fault::new(&faults::OBJECTION_CLOSED).with("objection", &o.id));
    }
    let is_commitment = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let fits = match &verdict {
        Verdict::Accepted { corrected } => is_commitment(corrected),
        // No words of it: an event cannot be erased.
        Verdict::Rejected { reason, commitment } => {
            reason.is_none() && commitment.as_deref().is_some_and(is_commitment)
        }
    };
    if !fits {
        let (zh, en) =
            ("答复缺少更正值或理由的凭据", "an answer needs a commitment to the corrected value or to the reason");
        return Err(Fault::new(&faults::OBJECTION).with("zh", zh).with("en", en).field("verdict"));
    }
    Ok(Answered { objection: o.id.clone(), by: by.to_owned(), verdict, at })
}

/// Someone who got the value and may still keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliance {
    /// The institution.
    pub recipient: String,
    /// Its entries in the access log that had the resource and field, in their order.
    pub entries: Vec<String>,
    /// The last of them, microseconds since 1970-01-01 UTC.
    pub last_at: i64,
    /// The consents under which they were pulled, in order: under them it may pull again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<String>,
}

/// Who relied on a value: recipients, by code, of whose pulls one answered the resource with the field, for the firm, in
/// whatever mode, and within the time for which the recipient may keep what it got. `period` is the date of the row, where
/// rows have one: a pull of other dates did not have it.
#[must_use]
pub fn relied_on(objection: &Objection, period: Option<Date>, log: &[Entry], now: i64) -> Vec<Reliance> {
    let covers = |s: &SourceOutcome| {
        period.is_none_or(|day| s.from.is_none_or(|from| from <= day) && s.to.is_none_or(|to| day <= to))
    };
    let had = |entry: &&Entry| {
        entry.subject == Some(objection.subject)
            && entry.at <= now
            && clock::after(entry.at, u32::from(entry.retention_days)) > now
            && entry.sources.iter().any(|s| {
                s.status == Status::Ready
                    && s.resource == objection.resource
                    && s.fields.contains(&objection.field)
                    && covers(s)
            })
    };
    let mut found: BTreeMap<&str, Reliance> = BTreeMap::new();
    for entry in log.iter().filter(had) {
        let code = entry.who.institution.as_str();
        let reliance = found.entry(code).or_insert_with(|| Reliance {
            recipient: code.to_owned(),
            entries: Vec::new(),
            last_at: entry.at,
            consents: Vec::new(),
        });
        reliance.entries.push(entry.id.clone());
        reliance.last_at = reliance.last_at.max(entry.at);
        if let Err(place) = reliance.consents.binary_search(&entry.consent) {
            reliance.consents.insert(place, entry.consent.clone());
        }
    }
    found.into_values().collect()
}
