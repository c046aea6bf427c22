//! Verification: reads everything, believes nothing, and names the first bad event.
//!
//! What each check leans on: an event's own hash and the next event's link (chains); the sealed order and its signed
//! roots (sealed events, even if every hash was computed anew); seals published outside the database (what was cut off
//! after sealing); receipts and the queue of waiting events (what was cut off before sealing).

mod chains;
mod finding;
mod records;
mod sealed;

use huoshui_kernel::fault::Result;

use crate::command::StateDoc;
use crate::event::{Event, StoredReceipt};
use crate::hash::Hash;
use crate::seal::Seal;
use crate::sign::Verifier;

pub use finding::{Finding, Problem, Report};

/// An event row, with what else the store knows of it.
pub(crate) struct ScannedEvent {
    /// As the index has it.
    pub stream: String,
    /// As the index has it.
    pub version: u64,
    /// None when the row is gone, unreadable, or disagrees with the index.
    pub event: Option<Event>,
    pub position: Option<u64>,
    pub unsealed: bool,
    /// Whether the receipt of its command is there and speaks of it.
    pub answered: bool,
}

/// Whether a receipt's stored versions account for this event.
pub(crate) fn accounts_for(versions: Option<&str>, stream: &str, version: u64) -> bool {
    let versions: Option<Vec<crate::event::StreamVersion>> = versions.and_then(|v| serde_json::from_str(v).ok());
    versions.is_some_and(|all| all.iter().any(|v| v.stream == stream && version <= v.version))
}

/// A sealed position and its event.
pub(crate) struct ScannedPosition {
    pub position: u64,
    pub stream: String,
    pub version: u64,
    pub hash: Option<Hash>,
}

/// A receipt row.
pub(crate) struct ScannedReceipt {
    pub name: String,
    pub receipt: Option<StoredReceipt>,
}

/// A document row with its stored hash.
pub(crate) struct ScannedState {
    pub name: String,
    pub state: Option<(StateDoc, Hash)>,
}

/// What verification reads from a store, all from one snapshot.
pub(crate) trait Snapshot {
    /// What the store's own check of its file says is wrong.
    fn integrity(&mut self) -> Result<Vec<String>>;
    /// All events, by stream and version.
    fn events(&mut self, each: &mut dyn FnMut(ScannedEvent) -> Result<()>) -> Result<()>;
    /// How many event rows there are, counted in the table itself.
    fn event_rows(&mut self) -> Result<u64>;
    /// How many events wait to be sealed.
    fn unsealed(&mut self) -> Result<u64>;
    /// All positions in order.
    fn positions(&mut self, each: &mut dyn FnMut(ScannedPosition) -> Result<()>) -> Result<()>;
    /// All receipts.
    fn receipts(&mut self, each: &mut dyn FnMut(ScannedReceipt) -> Result<()>) -> Result<()>;
    /// Which command wrote this event, and when.
    fn command_of(&mut self, stream: &str, version: u64) -> Result<Option<([u8; 16], i64)>>;
    /// All documents.
    fn states(&mut self, each: &mut dyn FnMut(ScannedState) -> Result<()>) -> Result<()>;
    /// All seals, smallest first.
    fn seals(&mut self) -> Result<Vec<Seal>>;
    /// A tile of the tree.
    fn tile(&mut self, level: u32, tile: u64) -> Result<Vec<u8>>;
}

/// Computes documents from events anew; its caller knows what events mean.
pub trait Fold: Send {
    /// The collections that it computes in full.
    fn collections(&self) -> Vec<String>;
    /// Takes the next event; streams come one after another, each in order.
    ///
    /// # Errors
    /// When an event cannot be understood.
    fn apply(&mut self, event: &Event) -> Result<()>;
    /// Every document that should be there.
    ///
    /// # Errors
    /// When the documents cannot be made.
    fn documents(&mut self) -> Result<Vec<StateDoc>>;
}

/// What to verify against.
#[derive(Default)]
pub struct Against<'a> {
    /// The keys whose signatures count; without them signatures are not checked.
    pub keys: Option<&'a dyn Verifier>,
    /// Seals published outside the database.
    pub published: &'a [Seal],
    /// Computes the documents anew.
    pub fold: Option<&'a mut dyn Fold>,
}

/// Runs every check. A failure to read part of the store is itself a finding, so that the other parts are still checked.
pub(crate) fn verify(store: &mut dyn Snapshot, mut against: Against<'_>) -> Result<Report> {
    let mut report = Report::default();
    let said = store.integrity();
    let said = said.unwrap_or_else(|fault| vec![fault.to_string()]);
    chains::check(store, against.fold.as_deref_mut(), &mut report)?;
    sealed::check(store, against.keys, against.published, &mut report)?;
    records::check_receipts(store, &mut report)?;
    records::check_states(store, against.fold, &mut report)?;
    for line in said {
        report.add(Finding::of(Problem::Store).detail(line));
    }
    Ok(report)
}

/// Runs one scan; its failure becomes a finding.
fn attempt(report: &mut Report, scan: impl FnOnce(&mut Report) -> Result<()>) {
    if let Err(fault) = scan(report) {
        report.add(Finding::of(Problem::Store).detail(fault));
    }
}
