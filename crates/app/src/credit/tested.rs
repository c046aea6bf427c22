//! What holds a draft to something: the shipped cases, those that came with what was published before, and its own.

use std::collections::BTreeMap;

use huoshui_credit::governance::Status;
use huoshui_credit::rules::Policies;
use huoshui_credit::{cases, embedded};
use huoshui_journal::{Column, Query, Test, Value};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::drafts::{COLLECTION, Drafting, Text, read};
use super::{Credit, faults};
use crate::folder::Workspace;
use crate::policies::{Kind, Set};

impl Credit {
    /// The shipped cases, those of what was published before and the draft's own, under the draft; how many. A draft that changes
    /// what cases expect begins at an `effective_from` of its own.
    pub(super) fn cases(&self, file: &Text) -> Result<u32> {
        let policies = self.with_draft(file)?;
        let owner = huoshui_credit::product::owner(&file.file, &file.text)?;
        let published = cases_published(&self.exchange.workspace)?;
        // What of another bank no longer fits rests; a file's own new cases take the place of its old ones.
        let counts = |one: &&Published| {
            let ours = one.owner.is_none() || one.owner == owner;
            ours && !(one.kind == file.kind && one.file == file.file && file.cases.is_some())
        };
        let published = published.iter().filter(counts).map(|one| (one.file.as_str(), one.cases.as_str()));
        let own = file.cases.as_deref().map(|text| (file.file.as_str(), text));
        let mut count = 0;
        for (name, text) in embedded::CASES.iter().copied().chain(published).chain(own) {
            for result in cases::run_cases(&policies, name, text)? {
                if !result.pass {
                    let fault = Fault::new(&faults::DRAFT_CASES).with("file", &result.file);
                    return Err(fault.with("case", &result.name));
                }
                count += 1;
            }
        }
        Ok(count)
    }

    /// What is new under a draft is held by cases of the draft's own: a feature, a tag or a product that no case names would come
    /// into force unseen.
    pub(super) fn held_by_cases(&self, file: &Text, with: &Policies) -> Result<()> {
        let before = Set::load(&self.exchange.workspace, None)?.credit()?;
        let known = before.codes();
        let named = file.cases.as_deref().map(|text| cases::named(&file.file, text)).transpose()?.unwrap_or_default();
        let bare = |code: &&str| !known.contains(code) && !named.contains(*code);
        let untested: Vec<&str> = with.codes().into_iter().filter(bare).collect();
        if untested.is_empty() {
            return Ok(());
        }
        Err(Fault::new(&faults::DRAFT_UNTESTED).with("codes", untested.join(", ")).field("cases"))
    }
}

/// Cases that came into force with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The kind of the file.
    pub kind: Kind,
    /// Its name.
    pub file: String,
    /// The bank whose own it is.
    pub owner: Option<String>,
    /// The cases, as a `*.cases.toml` has them.
    pub cases: String,
    /// Whether the text that they came with is the one in force; the latest publication otherwise.
    newest: (bool, Date, Date),
}

/// The cases of published drafts, by file: those of the text in force, or of the last one that brought any.
///
/// # Errors
/// Those of the store.
pub fn cases_published(workspace: &Workspace) -> Result<Vec<Published>> {
    let set = Set::load(workspace, None)?;
    let query = Query::default().filter(Column::Text(3), Test::Is(Value::Text("draft".to_owned())));
    let mut found: BTreeMap<(&str, String), Published> = BTreeMap::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = workspace.journal.list(COLLECTION, &query, cursor.as_deref(), PAGE)?;
        for doc in &page.items {
            let Drafting { file: Text { kind, file, text, cases }, owner, draft, .. } = read(doc)?;
            let (Status::Published, Some(cases)) = (draft.status, cases) else { continue };
            let in_force = set.get(kind, &file).is_some_and(|entry| *entry.text == text);
            let newest = (in_force, draft.last, draft.effective_from.unwrap_or(draft.last));
            let key = (kind.name(), file.clone());
            if found.get(&key).is_none_or(|known| known.newest <= newest) {
                found.insert(key, Published { kind, file, owner, cases, newest });
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found.into_values().collect());
        }
    }
}

/// Drafts read at a time.
const PAGE: usize = 200;
