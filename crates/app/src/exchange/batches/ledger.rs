//! What a resource's events come to: the batches that were taken, the files in force, and the document beside them.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_journal::{Columns, Event, StateDoc};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use super::events::{BatchAccepted, Expired, FirmErased, Layer, LayersMerged, Rewritten, kind};
use super::name::Extent;
use crate::events::TableRef;
use crate::folder::Workspace;
use crate::streams::{self, json};

/// The documents' collection.
pub const COLLECTION: &str = "resource";

/// The stream of a resource.
#[must_use]
pub fn stream(resource: &str) -> String {
    format!("resource/{resource}")
}

/// The document `resource/CODE`: what a read needs to know, small because every read looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// The resource.
    pub resource: String,
    /// The department that publishes it.
    pub department: String,
    /// Version of the schema that the rows are of.
    pub schema: u32,
    /// The date that the newest rows are as of.
    pub as_of: Date,
    /// The first date that the rows cover.
    pub covers_from: Date,
    /// The event of the newest batch, by its version in the stream.
    pub batch: u64,
    /// The files, the whole one first, then changes, oldest first. None when retention has taken everything.
    pub layers: Vec<Layer>,
}

/// A batch that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// What was recorded. Its `blob` is where its rows are now, if they are anywhere.
    pub accepted: BatchAccepted,
    /// Its version in the stream.
    pub version: u64,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// Rows and firms that came; `accepted` says how many are left.
    pub came: (u64, u64),
    /// Whether its rows were erased.
    pub erased: bool,
}

/// Everything that a resource's events say.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Batches, oldest first.
    pub batches: Vec<Batch>,
    /// What is in force.
    pub in_force: Option<InForce>,
    /// The stream's version.
    pub version: u64,
    /// Files that were in force or belonged to a batch once, and must be gone.
    pub gone: BTreeSet<String>,
}

impl Ledger {
    /// Reads a resource's stream.
    ///
    /// # Errors
    /// Those of the store, `data.damaged`.
    pub fn load(workspace: &Workspace, resource: &str) -> Result<Self> {
        let mut ledger = Self::default();
        for event in streams::read(workspace, &stream(resource), None)? {
            ledger.apply(&event)?;
        }
        Ok(ledger)
    }

    /// Takes in the next event.
    ///
    /// # Errors
    /// `data.damaged` when its body is not what its kind promises.
    pub fn apply(&mut self, event: &Event) -> Result<()> {
        self.version = event.version;
        match event.data.kind.as_str() {
            kind::BATCH_ACCEPTED => self.accept(streams::body(event)?, event.version, event.recorded_at),
            kind::LAYERS_MERGED => self.merge(streams::body(event)?),
            kind::EXPIRED => self.expire(&streams::body(event)?),
            kind::FIRM_ERASED => self.erase(&streams::body(event)?),
            _ => {}
        }
        Ok(())
    }

    /// A batch comes into force.
    pub fn accept(&mut self, accepted: BatchAccepted, version: u64, recorded_at: i64) {
        let layer = Layer { blob: accepted.blob.clone(), rows: accepted.rows, firms: accepted.firms };
        let before = self.in_force.take();
        let former: Vec<String> = before.iter().flat_map(|f| &f.layers).map(|l| l.blob.clone()).collect();
        let (covers_from, mut layers) = match (accepted.extent, before) {
            (Extent::Change, Some(before)) => (before.covers_from, before.layers),
            _ => (accepted.covers_from, Vec::new()),
        };
        layers.push(layer);
        self.in_force = Some(InForce {
            resource: accepted.resource.clone(),
            department: accepted.department.clone(),
            schema: accepted.schema,
            as_of: accepted.as_of,
            covers_from,
            batch: version,
            layers,
        });
        // The same rows may come back after they were erased.
        self.gone.remove(&accepted.blob);
        self.version = version;
        let came = (accepted.rows, accepted.firms);
        self.batches.push(Batch { accepted, version, recorded_at, came, erased: false });
        self.retire(former);
    }

    /// One file takes the place of all layers. Merged files of earlier times belong to nobody any more.
    pub fn merge(&mut self, merged: LayersMerged) {
        let Some(in_force) = &mut self.in_force else { return };
        self.gone.remove(&merged.layer.blob);
        let before = std::mem::replace(&mut in_force.layers, vec![merged.layer]);
        self.retire(before.into_iter().map(|l| l.blob));
    }

    /// Merged files out of force belong to no batch.
    fn retire(&mut self, blobs: impl IntoIterator<Item = String>) {
        let live = self.live();
        self.gone.extend(blobs.into_iter().filter(|blob| !live.contains(blob)));
    }

    /// Retention takes files, or rows out of them.
    pub fn expire(&mut self, expired: &Expired) {
        for blob in &expired.dropped {
            for batch in self.batches.iter_mut().filter(|b| b.accepted.blob == *blob) {
                batch.erased = true;
            }
            if let Some(in_force) = &mut self.in_force {
                // Without the whole one the changes say nothing of what they change.
                if in_force.layers.first().is_some_and(|l| l.blob == *blob) {
                    in_force.layers.clear();
                }
                in_force.layers.retain(|l| l.blob != *blob);
            }
            self.gone.insert(blob.clone());
        }
        self.replace(&expired.rewritten);
        for batch in &mut self.batches {
            batch.accepted.covers_from = batch.accepted.covers_from.max(expired.before);
        }
        if let Some(in_force) = &mut self.in_force {
            in_force.covers_from = in_force.covers_from.max(expired.before);
        }
    }

    /// A firm's rows are gone.
    pub fn erase(&mut self, erased: &FirmErased) {
        self.replace(&erased.rewritten);
    }

    fn replace(&mut self, rewritten: &[Rewritten]) {
        for Rewritten { old, new } in rewritten {
            for batch in self.batches.iter_mut().filter(|b| b.accepted.blob == *old) {
                batch.accepted.blob.clone_from(&new.blob);
                batch.accepted.rows = new.rows;
                batch.accepted.firms = new.firms;
            }
            for layer in self.in_force.iter_mut().flat_map(|f| &mut f.layers).filter(|l| l.blob == *old) {
                layer.clone_from(new);
            }
            self.gone.insert(old.clone());
            self.gone.remove(&new.blob);
        }
    }

    /// Files that must be there.
    #[must_use]
    pub fn live(&self) -> BTreeSet<String> {
        let batches = self.batches.iter().filter(|b| !b.erased).map(|b| b.accepted.blob.clone());
        let layers = self.in_force.iter().flat_map(|f| &f.layers).map(|l| l.blob.clone());
        batches.chain(layers).collect()
    }

    /// The newest as-of date of any batch that was taken and is in force.
    #[must_use]
    pub fn newest(&self) -> Option<&InForce> {
        self.in_force.as_ref().filter(|f| !f.layers.is_empty())
    }

    /// The document of what is in force.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self) -> Result<Option<StateDoc>> {
        let Some(in_force) = &self.in_force else { return Ok(None) };
        let rows: u64 = in_force.layers.iter().map(|l| l.rows).sum();
        Ok(Some(StateDoc {
            collection: COLLECTION.to_owned(),
            id: in_force.resource.clone(),
            version: self.version,
            doc: json(in_force)?,
            columns: Columns {
                text: [Some(in_force.department.clone()), Some(in_force.as_of.to_string()), None, None],
                int: [i64::try_from(rows).ok(), i64::try_from(in_force.layers.len()).ok(), None, None],
            },
        }))
    }
}

/// Folds the events of all resources, for `verify`.
#[derive(Debug, Default)]
pub struct Refold {
    ledgers: BTreeMap<String, Ledger>,
}

impl Refold {
    /// Takes in an event, if it is of a resource.
    ///
    /// # Errors
    /// As [`Ledger::apply`].
    pub fn apply(&mut self, event: &Event) -> Result<()> {
        match event.stream.strip_prefix("resource/") {
            Some(code) if kind::ALL.contains(&event.data.kind.as_str()) => {
                self.ledgers.entry(code.to_owned()).or_default().apply(event)
            }
            _ => Ok(()),
        }
    }

    /// The documents that should be there.
    ///
    /// # Errors
    /// As [`Ledger::document`].
    pub fn documents(&self) -> Result<Vec<StateDoc>> {
        let documents = self.ledgers.values().map(Ledger::document);
        Ok(documents.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The files that should be there, with the event that named each. What was erased is not among them.
    pub fn files(&self) -> impl Iterator<Item = (TableRef, String)> + '_ {
        self.ledgers.iter().flat_map(|(code, ledger)| {
            ledger.live().into_iter().map(move |blob| {
                let batch = ledger.batches.iter().find(|b| b.accepted.blob == blob);
                let layer = ledger.in_force.iter().flat_map(|f| &f.layers).find(|l| l.blob == blob);
                let rows = batch.map(|b| b.accepted.rows).or(layer.map(|l| l.rows)).unwrap_or(0);
                let (file, source) = batch
                    .map_or((code.clone(), String::new()), |b| (b.accepted.file.clone(), b.accepted.source.clone()));
                let version = batch.map_or(ledger.version, |b| b.version);
                (TableRef { blob, rows, file, source }, format!("{}#{version}", stream(code)))
            })
        })
    }
}
