//! Sealing, proofs, verification.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use super::{Journal, Store};
use crate::event::Event;
use crate::faults::NOT_SEALED;
use crate::hash;
use crate::limits;
use crate::merkle;
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::seal::{MakeSeal, Seal, Tiles};
use crate::sqlite::{self, SqliteSnapshot};
use crate::verify::{self, Against, Report};

impl Journal {
    pub(crate) fn next_epoch(&self) -> Result<i64> {
        match &self.inner.store {
            Store::Sqlite(_) => self.queue()?.run(sqlite::seal::next_epoch),
            Store::Postgres(store) => store.next_epoch(),
        }
    }

    pub(crate) fn seal_batch(&self, epoch: i64, limit: usize, make: MakeSeal) -> Result<Option<Seal>> {
        let now = self.inner.clock.now_micros();
        match &self.inner.store {
            Store::Sqlite(_) => self.queue()?.run(move |c| sqlite::seal::seal_batch(c, epoch, limit, now, make)),
            Store::Postgres(store) => store.seal_batch(epoch, limit, now, make),
        }
    }

    pub(crate) fn unpublished(&self) -> Result<Vec<Seal>> {
        match &self.inner.store {
            Store::Sqlite(store) => store.seals(true),
            Store::Postgres(store) => store.seals(true),
        }
    }

    pub(crate) fn mark_published(&self, size: u64) -> Result<()> {
        match &self.inner.store {
            Store::Sqlite(_) => self.queue()?.run(move |c| sqlite::seal::mark_published(c, size)),
            Store::Postgres(store) => store.mark_published(size),
        }
    }

    fn tile(&self, level: u32, tile: u64) -> Result<Vec<u8>> {
        match &self.inner.store {
            Store::Sqlite(store) => store.tile(level, tile),
            Store::Postgres(store) => store.tile(level, tile),
        }
    }

    /// All seals, smallest first.
    ///
    /// # Errors
    /// `journal.storage`, `journal.damaged`.
    pub fn seals(&self) -> Result<Vec<Seal>> {
        match &self.inner.store {
            Store::Sqlite(store) => store.seals(false),
            Store::Postgres(store) => store.seals(false),
        }
    }

    /// The seals over more than this many events, smallest first, at most `limit` (and at most 10,000).
    ///
    /// # Errors
    /// `journal.storage`, `journal.damaged`.
    pub fn seals_after(&self, size: u64, limit: usize) -> Result<Vec<Seal>> {
        // No seal covers more events than a place can count.
        let (size, limit) = (size.min(i64::MAX.unsigned_abs()), limit.min(limits::PAGE_ROWS));
        match &self.inner.store {
            Store::Sqlite(store) => store.seals_after(size, limit),
            Store::Postgres(store) => store.seals_after(size, limit),
        }
    }

    /// The last seal; none before the first.
    ///
    /// # Errors
    /// `journal.storage`.
    pub fn last_seal(&self) -> Result<Option<Seal>> {
        self.one_seal(None)
    }

    /// The first seal under which an event stands; none while it waits to be sealed, or when there is no such event.
    ///
    /// # Errors
    /// `journal.storage`.
    pub fn first_seal_of(&self, stream: &str, version: u64) -> Result<Option<Seal>> {
        let position = match &self.inner.store {
            Store::Sqlite(store) => store.position(stream, version)?,
            Store::Postgres(store) => store.position(stream, version)?,
        };
        position.map_or(Ok(None), |position| self.one_seal(Some(position)))
    }

    fn one_seal(&self, over: Option<u64>) -> Result<Option<Seal>> {
        match &self.inner.store {
            Store::Sqlite(store) => store.one_seal(over),
            Store::Postgres(store) => store.one_seal(over),
        }
    }

    /// The event with the proof that it stands under this seal; checked offline by [`crate::check_inclusion`].
    ///
    /// # Errors
    /// `journal.not_sealed` when the event is not there or not under this seal; `journal.storage`.
    pub fn prove(&self, stream: &str, version: u64, seal: &Seal) -> Result<(Event, InclusionProof)> {
        let absent = || Fault::new(&NOT_SEALED).with("what", format!("{stream} #{version}"));
        let position = match &self.inner.store {
            Store::Sqlite(store) => store.position(stream, version)?,
            Store::Postgres(store) => store.position(stream, version)?,
        };
        let position = position.filter(|p| *p < seal.size).ok_or_else(absent)?;
        let first = version.saturating_sub(1).max(1);
        let mut events = self.read_stream(stream, first, if version > first { 2 } else { 1 })?;
        let event = events.pop().filter(|e| e.version == version).ok_or_else(absent)?;
        let previous = events.pop().map_or(hash::GENESIS, |e| e.hash);
        let path = merkle::inclusion(&mut Tiles { load: &mut |l, t| self.tile(l, t) }, position, seal.size)?;
        Ok((event, InclusionProof { position, previous, path }))
    }

    /// The proof that the later seal's tree begins with the earlier one's; checked by [`crate::check_consistency`].
    ///
    /// # Errors
    /// `journal.not_sealed` when there is nothing between them to prove; `journal.storage`.
    pub fn prove_consistency(&self, old: &Seal, new: &Seal) -> Result<ConsistencyProof> {
        if old.size == 0 || old.size > new.size {
            return Err(Fault::new(&NOT_SEALED).with("what", format!("{} – {}", old.size, new.size)));
        }
        let path = merkle::consistency(&mut Tiles { load: &mut |l, t| self.tile(l, t) }, old.size, new.size)?;
        Ok(ConsistencyProof { old: old.size, new: new.size, path })
    }

    /// Checks everything that is stored, against what the caller trusts. What is wrong is in the report.
    ///
    /// # Errors
    /// Only when the store cannot be opened at all, or the fold cannot make its documents.
    pub fn verify(&self, against: Against<'_>) -> Result<Report> {
        match &self.inner.store {
            Store::Sqlite(store) => store.read(|conn| {
                conn.execute_batch("BEGIN").map_err(crate::faults::storage)?;
                let report = verify::verify(&mut SqliteSnapshot::new(conn, store.journal), against);
                conn.execute_batch("COMMIT").map_err(crate::faults::storage)?;
                report
            }),
            Store::Postgres(store) => store.verify(against),
        }
    }
}
