//! What the platform holds for departments, read one firm at a time in microseconds, or a whole resource at once.
//!
//! Each read looks at the resource's document, so a batch that any process accepts serves from the very next read. Files
//! are immutable and their names never come back with other content, so what was decoded of one stays right for as long
//! as it is in force.

pub mod blob;
mod bulk;
mod cache;
mod looks;
mod rows;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use huoshui_exchange::answer::{Fetched, Provenance, Rows};
use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_journal::{Seen, Watch};
use huoshui_kernel::Uscc;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use crate::exchange::batches::key;
use crate::exchange::batches::keys::Keys;
use crate::exchange::batches::ledger::{COLLECTION, InForce, stream};
use crate::faults;
use crate::folder::Workspace;
use blob::Opened;
use cache::{Cache, Group};
use looks::Looks;
use rows::Cells;

/// How often a read begins anew when files change under it.
const TRIES: usize = 4;

/// Reads departments' batches. One for a process, shared by its readers.
pub struct Holdings {
    workspace: Workspace,
    catalogue: Arc<Catalogue>,
    cache: Cache,
    current: RwLock<HashMap<String, Arc<Current>>>,
    looks: Looks,
    /// Tells without a look that no resource's document has changed, where that can be told.
    watch: Option<Watch>,
}

/// What is at hand, and what must not have changed when it is released; nothing where it was looked at just now.
pub type AtHand = (Vec<Fetched>, Option<Seen>);

/// A resource and the dates of the rows that are wanted of it.
pub type Ask<'a> = (&'a str, Date, Date);

/// What is in force of a resource, opened.
struct Current {
    /// The document's version.
    version: u64,
    in_force: InForce,
    /// When the newest batch was recorded, microseconds since 1970-01-01 UTC.
    recorded_at: i64,
    key: Vec<usize>,
    layers: Vec<(Arc<str>, Opened)>,
    /// The last number of the watch at which this was found to be in force; zero before.
    found_at: AtomicU64,
}

/// Bytes of decoded rows that a process keeps by default.
pub const CACHE_BYTES: usize = 256 << 20;

impl Holdings {
    /// Holdings of a workspace; decoded rows take at most `cache_bytes` ([`CACHE_BYTES`]).
    #[must_use]
    pub fn new(workspace: Workspace, catalogue: Arc<Catalogue>, cache_bytes: usize) -> Self {
        Self {
            watch: workspace.journal.watch(COLLECTION),
            workspace,
            catalogue,
            cache: Cache::new(cache_bytes),
            current: RwLock::default(),
            looks: Looks::default(),
        }
    }

    /// One firm's rows of a resource dated from … to, both included; of a resource without dates all of them. Rows past
    /// the resource's retention on `today` stay away though they may still be stored.
    ///
    /// [`Fetched::Missing`] when nothing is in force, or when the window ends before the data begin: then no row does not
    /// mean that there is nothing. Otherwise [`Fetched::Found`], without rows for a firm that has none, and
    /// [`Fetched::Unusable`] when stored files cannot be read.
    ///
    /// # Errors
    /// `exchange.unknown_resource`, those of the store.
    pub fn firm(&self, resource: &str, uscc: Uscc, from: Date, to: Date, today: Date) -> Result<Fetched> {
        self.catalogue.find(resource, today)?;
        for left in (0..TRIES).rev() {
            let fetched = match self.current(resource) {
                Ok(Some(current)) => self.fetch(&current, uscc, (from, to), today, true),
                Ok(None) => return Ok(Fetched::Missing),
                Err(fault) => Err(fault),
            };
            match fetched {
                // A file that went away between looking and reading was replaced: what replaced it is in the document.
                Err(fault) if fault.code() == faults::DAMAGED.code => {
                    self.forget(resource);
                    if left == 0 {
                        return Ok(Fetched::Unusable(fault.code().to_owned()));
                    }
                }
                done => return done,
            }
        }
        Ok(Fetched::Missing)
    }

    /// The same of several resources, each with its range: one look tells which of them are as this process knows them.
    pub fn firm_all(&self, asks: &[Ask<'_>], uscc: Uscc, today: Date) -> Vec<Result<Fetched>> {
        let codes: Vec<&str> = asks.iter().map(|(code, ..)| *code).collect();
        // A look that fails will fail again below, resource by resource, and be told there.
        let versions = self.workspace.journal.state_versions(COLLECTION, &codes).unwrap_or_default();
        let known = self.known(asks);
        let one = |(place, (code, from, to)): (usize, &Ask<'_>)| {
            let version = versions.get(place).copied().flatten();
            if let Some(current) = known.get(place).and_then(Option::as_ref).filter(|c| Some(c.version) == version) {
                let fetched = self.fetch(current, uscc, (*from, *to), today, true);
                // Files that went away meanwhile are looked for anew.
                if !matches!(&fetched, Err(fault) if fault.code() == faults::DAMAGED.code) {
                    return self.catalogue.find(code, today).and(fetched);
                }
            }
            self.firm(code, uscc, *from, *to, today)
        };
        asks.iter().enumerate().map(one).collect()
    }

    /// The same from what is in memory, without waiting for a disk on the caller's thread; none where something would have to
    /// be read.
    pub async fn firm_at_hand(&self, asks: &[Ask<'_>], uscc: Uscc, today: Date) -> Option<AtHand> {
        let known = self.known(asks);
        // Before anything is read.
        let seen = self.watch.as_ref().map(Watch::now);
        if let Some(seen) = seen.as_ref()
            && let Some(found) = self.unmoved(asks, &known, seen, uscc, today)
        {
            return Some((found, Some(seen.clone())));
        }
        let codes = asks.iter().map(|(code, ..)| (*code).to_owned()).collect();
        let versions = self.looks.versions(&self.workspace, codes).await.ok()?;
        let known = asks.iter().zip(known).zip(versions);
        let one = |(((code, from, to), known), version): ((&Ask<'_>, Option<Arc<Current>>), Option<u64>)| {
            self.catalogue.find(code, today).ok()?;
            let Some(version) = version else { return Some(Fetched::Missing) };
            let current = known.filter(|current| current.version == version)?;
            if let Some(seen) = &seen {
                current.found_at.store(seen.number(), Ordering::Release);
            }
            self.fetch(&current, uscc, (*from, *to), today, false).ok()
        };
        known.map(one).collect::<Option<_>>().map(|found| (found, None))
    }

    /// The same where all were found to be in force since the collection moved last.
    fn unmoved(
        &self,
        asks: &[Ask<'_>],
        known: &[Option<Arc<Current>>],
        seen: &Seen,
        uscc: Uscc,
        today: Date,
    ) -> Option<Vec<Fetched>> {
        let one = |((code, from, to), known): (&Ask<'_>, &Option<Arc<Current>>)| {
            let current = known.as_ref().filter(|c| c.found_at.load(Ordering::Acquire) == seen.number())?;
            self.catalogue.find(code, today).ok()?;
            self.fetch(current, uscc, (*from, *to), today, false).ok()
        };
        asks.iter().zip(known).map(one).collect()
    }

    fn known(&self, asks: &[Ask<'_>]) -> Vec<Option<Arc<Current>>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        asks.iter().map(|(code, ..)| current.get(*code).cloned()).collect()
    }

    /// `load`: whether rows that are not in memory are read; without it they are a fault.
    fn fetch(
        &self,
        current: &Current,
        uscc: Uscc,
        (from, to): (Date, Date),
        today: Date,
        load: bool,
    ) -> Result<Fetched> {
        let in_force = &current.in_force;
        let described = self.described(in_force)?;
        let kept_from = date::add_months(today, -i32::from(described.retention_months)).unwrap_or(Date::MIN);
        let covers_from = in_force.covers_from.max(kept_from);
        let period = described.period.as_deref();
        if current.layers.is_empty() || (period.is_some() && to < covers_from) || in_force.as_of < kept_from {
            return Ok(Fetched::Missing);
        }
        let window = (date::days(from.max(kept_from)), date::days(to));
        let columns: Vec<String> = described.fields.iter().map(|f| f.name.clone()).collect();
        let rows = match current.layers.as_slice() {
            [only] => {
                let mut rows = Vec::new();
                self.each(only, uscc, load, |group, found| {
                    let cells = Cells::of(&group.batch, period);
                    rows.extend(found.filter(|row| cells.within(*row, window)).map(|row| cells.json(row)));
                    Ok(())
                })?;
                rows
            }
            layers => {
                // Later layers overwrite the rows of their keys; keys order the rows.
                let mut by_key: BTreeMap<Vec<u8>, Option<Vec<serde_json::Value>>> = BTreeMap::new();
                for layer in layers {
                    self.each(layer, uscc, load, |group, found| {
                        let (cells, keys) = (Cells::of(&group.batch, period), Keys::of(&group.batch, &current.key)?);
                        for row in found {
                            let mut bytes = Vec::with_capacity(48);
                            keys.put(row, &mut bytes);
                            by_key.insert(bytes, cells.within(row, window).then(|| cells.json(row)));
                        }
                        Ok(())
                    })?;
                }
                by_key.into_values().flatten().collect()
            }
        };
        let provenance = Provenance {
            department: in_force.department.clone(),
            schema: in_force.schema,
            as_of: in_force.as_of,
            covers_from,
            fetched_at: current.recorded_at,
            stale: described.is_stale(in_force.as_of, today),
        };
        Ok(Fetched::Found(Rows { columns, rows }, provenance))
    }

    /// The rows of a firm in each group of a layer, in order.
    fn each(
        &self,
        (blob, opened): &(Arc<str>, Opened),
        uscc: Uscc,
        load: bool,
        mut sink: impl FnMut(&Group, Range<usize>) -> Result<()>,
    ) -> Result<()> {
        for index in opened.groups_of(uscc.as_str()) {
            let group = self.cache.get(blob, index, || {
                let damaged = || Fault::new(&faults::DAMAGED).with("what", &opened.blob);
                if !load {
                    return Err(damaged());
                }
                Group::new(opened.group(index)?).ok_or_else(damaged)
            })?;
            let found = group.rows_of(uscc.as_str());
            if !found.is_empty() {
                sink(&group, found)?;
            }
        }
        Ok(())
    }

    fn described(&self, in_force: &InForce) -> Result<&Resource> {
        let found = self.catalogue.version(&in_force.resource, in_force.schema);
        found.ok_or_else(|| Fault::new(&faults::INTERNAL).with("what", format_args!("resource {}", in_force.resource)))
    }

    fn forget(&self, resource: &str) {
        let gone = self.current.write().unwrap_or_else(PoisonError::into_inner).remove(resource);
        for (blob, _) in gone.iter().flat_map(|c| &c.layers) {
            self.cache.forget(blob);
        }
    }

    /// What is in force now, from memory when the document has not moved on.
    fn current(&self, resource: &str) -> Result<Option<Arc<Current>>> {
        let Some(document) = self.workspace.journal.state(COLLECTION, resource)? else { return Ok(None) };
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).get(resource).cloned();
        if let Some(known) = known.as_ref().filter(|c| c.version == document.version) {
            return Ok(Some(Arc::clone(known)));
        }
        let damaged = || Fault::new(&faults::DAMAGED).with("what", format_args!("{COLLECTION}/{resource}"));
        let in_force: InForce = serde_json::from_slice(&document.doc).map_err(|_| damaged())?;
        let event = self.workspace.journal.read_stream(&stream(resource), in_force.batch, 1)?;
        let recorded_at = event.first().map(|e| e.recorded_at).ok_or_else(damaged)?;
        let described = self.described(&in_force)?;
        let key = key(described, described.shape()?)?;
        let mut layers = Vec::with_capacity(in_force.layers.len());
        for layer in &in_force.layers {
            match Opened::open(&self.workspace, &layer.blob) {
                Ok(opened) => layers.push((Arc::from(layer.blob.as_str()), opened)),
                // Gone since the document was read: so is the document.
                Err(fault) if self.moved(resource, document.version)? => {
                    drop(fault);
                    return self.current(resource);
                }
                Err(fault) => return Err(fault),
            }
        }
        let current = Arc::new(Current {
            version: document.version,
            in_force,
            recorded_at,
            key,
            layers,
            found_at: AtomicU64::new(0),
        });
        let before = {
            let mut all = self.current.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(resource.to_owned(), Arc::clone(&current))
        };
        for (blob, _) in before.iter().flat_map(|c| &c.layers) {
            if !current.layers.iter().any(|(kept, _)| kept == blob) {
                self.cache.forget(blob);
            }
        }
        Ok(Some(current))
    }

    fn moved(&self, resource: &str, version: u64) -> Result<bool> {
        let document = self.workspace.journal.state(COLLECTION, resource)?;
        Ok(document.is_none_or(|d| d.version != version))
    }

    /// Bytes of decoded rows in memory.
    #[must_use]
    pub fn cached_bytes(&self) -> usize {
        self.cache.bytes()
    }

    /// What is in force of a resource: its dates, schema and files; none when nothing is.
    ///
    /// # Errors
    /// Those of the store.
    pub fn in_force(&self, resource: &str) -> Result<Option<InForce>> {
        Ok(self.current(resource)?.filter(|c| !c.layers.is_empty()).map(|c| c.in_force.clone()))
    }
}
