//! Organisations: who takes part.

use huoshui_journal::{Column, Command, Expected, Page, Query, Test, Value};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::uscc::Uscc;

use super::events::{Organisation, kind};
use super::{Asker, Kind, check_id, check_text, collection, faults, fold, store};
use crate::folder::Workspace;
use crate::streams::json;

/// The stream of an organisation.
#[must_use]
pub fn stream(id: &str) -> String {
    format!("organisation/{id}")
}

/// Adds an organisation.
///
/// # Errors
/// `access.bad_name`, `access.bad_text`, `access.bad_subject`, `access.demo_only`, `access.exists`; those of the store.
pub fn join(workspace: &Workspace, asker: Asker<'_>, organisation: &Organisation) -> Result<Organisation> {
    check_id("id", &organisation.id)?;
    check_text("name_zh", &organisation.name_zh)?;
    check_text("name_en", &organisation.name_en)?;
    check_subject(organisation)?;
    if organisation.demo && !store::is_demo(workspace)? {
        return Err(Fault::new(&faults::DEMO_ONLY).field("demo"));
    }
    let body = json(organisation)?;
    let command = Command::new(asker.actor, "organisation.join", asker.key, &body)
        .event(&stream(&organisation.id), Expected::Version(0), kind::ORGANISATION_JOINED, 1, body.clone())
        .put(fold::organisation(organisation, 1)?)
        .answer(body);
    let receipt =
        workspace.journal.append_blocking(command).map_err(|f| exists(f, "organisation", &organisation.id))?;
    super::read(&receipt.response, &organisation.id)
}

fn check_subject(organisation: &Organisation) -> Result<()> {
    let fits = match (&organisation.subject, organisation.kind) {
        (Some(uscc), Kind::Enterprise) => Uscc::parse(uscc).is_ok(),
        (Some(code), kind) => kind.has_subject() && check_code(code),
        (None, kind) => !kind.has_subject(),
    };
    if fits {
        return Ok(());
    }
    Err(Fault::new(&faults::BAD_SUBJECT).with("kind", organisation.kind.code()).field("subject"))
}

fn check_code(code: &str) -> bool {
    (1..=32).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// A conflict on a stream that must be new means that it is there.
pub(super) fn exists(fault: Fault, what: &'static str, id: &str) -> Fault {
    if fault.code() == "journal.conflict" {
        Fault::new(&faults::EXISTS).with("what", what).with("id", id).field("id")
    } else {
        fault
    }
}

/// One organisation.
///
/// # Errors
/// `access.not_found`; those of the store.
pub fn get(workspace: &Workspace, id: &str) -> Result<Organisation> {
    super::document(workspace, collection::ORGANISATIONS, "organisation", id).map(|(found, _)| found)
}

/// A page of organisations, by id; of one kind if asked.
///
/// # Errors
/// `journal.bad_cursor`; those of the store.
pub fn list(
    workspace: &Workspace,
    kind: Option<Kind>,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Organisation>> {
    let mut query = Query::default();
    if let Some(kind) = kind {
        query = query.filter(Column::Text(0), Test::Is(Value::Text(kind.code().to_owned())));
    }
    super::page(workspace, collection::ORGANISATIONS, &query, cursor, limit)
}
