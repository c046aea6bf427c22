//! The inbox: notices to a party, written in the same command as the event that causes them, and folded anew from it.

use huoshui_journal::{Column, Columns, Command, Expected, Page, Query, StateDoc, Test, Value};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::events::kind;
use crate::faults;
use crate::folder::Workspace;
use crate::streams;

/// Collection of notices.
pub const COLLECTION: &str = "notice";
/// Collection of how far each inbox has been read.
pub const READ: &str = "inbox";

/// A notice. Its words belong to whoever shows it: here are the facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// To whom: `enterprise:USCC`, `institution:CODE`, `department:CODE`, `person:ACCOUNT`, `operator`.
    pub to: String,
    /// What happened: the kind of the event, `consent.revoked`.
    pub kind: String,
    /// What it is about: the stream, `consent/ID`.
    pub about: String,
    /// Version of that stream.
    pub version: u64,
    /// The enterprise concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Of an answer to an objection: the resource …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// … and the field that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
}

impl Notice {
    /// Its document.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self) -> Result<StateDoc> {
        // That an objection is overdue stands in a stream beside its own, with versions of its own.
        let of = if self.kind == kind::OVERDUE { ".overdue" } else { "" };
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: format!("{}/{}@{}{of}", self.to, self.about, self.version),
            version: self.version,
            doc: streams::json(self)?,
            columns: Columns {
                text: [Some(self.to.clone()), None, None, None],
                int: [Some(self.at), None, None, None],
            },
        })
    }
}

/// One page of an inbox, the newest first.
///
/// # Errors
/// `journal.bad_cursor`, those of the store.
pub fn page(workspace: &Workspace, address: &str, cursor: Option<&str>, limit: usize) -> Result<Page<Notice>> {
    let query =
        Query::default().filter(Column::Text(0), Test::Is(Value::Text(address.to_owned()))).sort(Column::Int(0), true);
    let page = workspace.journal.list(COLLECTION, &query, cursor, limit.clamp(1, 200))?;
    let damaged = |id: &str| Fault::new(&faults::DAMAGED).with("what", format_args!("{COLLECTION}/{id}"));
    let items = page.items.iter().map(|d| serde_json::from_slice(&d.doc).map_err(|_| damaged(&d.id)));
    Ok(Page { items: items.collect::<Result<_>>()?, next: page.next })
}

/// How far an inbox was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUntil {
    /// Notices of this moment and before were read, microseconds since 1970-01-01 UTC.
    pub until: i64,
}

/// The document of an inbox.
///
/// # Errors
/// `app.internal`, which the types exclude.
pub fn read_document(address: &str, read: ReadUntil, version: u64) -> Result<StateDoc> {
    Ok(StateDoc {
        collection: READ.to_owned(),
        id: address.to_owned(),
        version,
        doc: streams::json(&read)?,
        columns: Columns::default(),
    })
}

/// How far the inbox was read; 0 for never.
///
/// # Errors
/// Those of the store.
pub fn read_until(workspace: &Workspace, address: &str) -> Result<i64> {
    let doc = workspace.journal.state(READ, address)?;
    Ok(doc.and_then(|d| serde_json::from_slice::<ReadUntil>(&d.doc).ok()).map_or(0, |r| r.until))
}

/// Marks an inbox as read up to a moment; never back again.
///
/// # Errors
/// Those of the journal.
pub fn mark_read(workspace: &Workspace, actor: &Actor, key: &str, until: i64) -> Result<i64> {
    let address = actor.party.address();
    let stream = format!("inbox/{address}");
    let receipt = workspace.journal.append_deciding(10, |journal| {
        let version = journal.stream_version(&stream)?;
        let read = ReadUntil { until: until.max(read_until(workspace, &address)?) };
        Ok(Command::new(&actor.account, "inbox.read", key, &until.to_be_bytes())
            .event(&stream, Expected::Version(version), super::events::kind::NOTICE_READ, 1, streams::json(&read)?)
            .put(read_document(&address, read, version + 1)?)
            .answer(streams::json(&read)?))
    })?;
    serde_json::from_slice::<ReadUntil>(&receipt.response)
        .map(|r| r.until)
        .map_err(|_| Fault::new(&faults::DAMAGED).with("what", stream))
}
