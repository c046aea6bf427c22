//! Sealing: numbering committed events, growing the tree, signing its root, publishing it outside the database.

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use crate::faults::PUBLISH;
use crate::hash::{self, Hash};
use crate::journal::Journal;
use crate::merkle;
use crate::sign::{Signer, Verifier};

/// A signed root. Its published form is one line of JSON with lower-case hexadecimal hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The journal's id.
    #[serde(with = "hexadecimal")]
    pub journal: [u8; 16],
    /// Events covered: positions 0 to size − 1.
    pub size: u64,
    /// The root of the tree over them.
    #[serde(with = "hexadecimal")]
    pub root: Hash,
    /// When, microseconds since 1970-01-01 UTC.
    pub sealed_at: i64,
    /// The signing key.
    pub key_id: String,
    /// The algorithm.
    pub algorithm: String,
    /// The signature over all of the above.
    #[serde(with = "hexadecimal_bytes")]
    pub signature: Vec<u8>,
}

impl Seal {
    /// What is signed.
    #[must_use]
    pub fn message(&self) -> Hash {
        hash::seal(&self.journal, self.size, &self.root, self.sealed_at, &self.key_id)
    }

    /// Whether a trusted key signed it; `None` when the key is not known.
    #[must_use]
    pub fn signed_by(&self, keys: &dyn Verifier) -> Option<bool> {
        keys.verify(&self.algorithm, &self.key_id, &self.message(), &self.signature)
    }
}

/// Where signed roots go, outside the database, so that whoever can rewrite the database cannot rewrite them too.
pub trait Publisher: Send + Sync {
    /// Publishes, durably. The same seal may come twice after a crash.
    ///
    /// # Errors
    /// `journal.publish`.
    fn publish(&self, seal: &Seal) -> Result<()>;
}

/// Appends seals to a file, a line each.
#[derive(Clone, Debug)]
pub struct SealFile(pub PathBuf);

impl SealFile {
    fn fault(&self, cause: impl std::fmt::Display) -> Fault {
        Fault::new(&PUBLISH).with("detail", format!("{}: {cause}", self.0.display()))
    }

    /// All published seals, in order; none when the file is not there yet.
    ///
    /// # Errors
    /// `journal.publish` for a file that cannot be read or a line that is no seal.
    pub fn read(&self) -> Result<Vec<Seal>> {
        let file = match std::fs::File::open(&self.0) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.fault(e)),
        };
        let lines = std::io::BufReader::new(file).lines().enumerate();
        lines
            .map(|(n, line)| {
                let line = line.map_err(|e| self.fault(e))?;
                serde_json::from_str(&line).map_err(|e| self.fault(e).row(n as u64 + 1))
            })
            .collect()
    }
}

impl Publisher for SealFile {
    fn publish(&self, seal: &Seal) -> Result<()> {
        let mut line = serde_json::to_vec(seal).map_err(|e| self.fault(e))?;
        line.push(b'\n');
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&self.0);
        let written = file.and_then(|mut f| f.write_all(&line).and_then(|()| f.sync_all()));
        let folder = self.0.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = folder.map_or_else(|| PathBuf::from("."), std::path::Path::to_path_buf);
        written.and_then(|()| std::fs::File::open(folder)?.sync_all()).map_err(|e| self.fault(e))
    }
}

/// Leaves of one stored tile: `2^8`.
pub(crate) const TILE_BITS: u32 = 8;

/// Reads the tile at a level and index.
pub(crate) type LoadTile<'a> = &'a mut dyn FnMut(u32, u64) -> Result<Vec<u8>>;
/// Writes the tile at a level and index.
pub(crate) type StoreTile<'a> = &'a mut dyn FnMut(u32, u64, &[u8]) -> Result<()>;

/// What a store's sealing transaction does; the sealer decides, the store writes.
pub(crate) struct Batch {
    pub size: u64,
    pub root: Hash,
    pub sealed_at: i64,
}

/// Makes the seal of a batch, within the transaction that writes it.
pub(crate) type MakeSeal = Box<dyn FnOnce(&Batch) -> Result<Seal> + Send>;

/// Seals a journal. At most one at a time: a newer one fences an older one off.
pub struct Sealer {
    journal: Journal,
    signer: Arc<dyn Signer>,
    publisher: Box<dyn Publisher>,
    epoch: i64,
    /// The size up to which every seal is known to be published; none before the first look.
    published: Mutex<Option<u64>>,
}

impl Sealer {
    /// Takes over the sealing of this journal; whoever sealed before gets `journal.fenced` from now on.
    ///
    /// # Errors
    /// `journal.storage`.
    pub fn take_over(journal: &Journal, signer: Arc<dyn Signer>, publisher: Box<dyn Publisher>) -> Result<Self> {
        let epoch = journal.next_epoch()?;
        Ok(Self { journal: journal.clone(), signer, publisher, epoch, published: Mutex::default() })
    }

    /// Seals up to about `limit` waiting events and publishes what is not published yet. `None` when nothing waited.
    ///
    /// # Errors
    /// `journal.fenced`, `journal.storage`, `journal.publish`.
    pub fn seal(&self, limit: usize) -> Result<Option<Seal>> {
        let (journal, signer) = (self.journal.id(), Arc::clone(&self.signer));
        let make = move |batch: &Batch| {
            let mut seal = Seal {
                journal,
                size: batch.size,
                root: batch.root,
                sealed_at: batch.sealed_at,
                key_id: signer.key_id(),
                algorithm: signer.algorithm().to_owned(),
                signature: Vec::new(),
            };
            seal.signature = signer.sign(&seal.message())?;
            Ok(seal)
        };
        let made = self.journal.seal_batch(self.epoch, limit.clamp(1, 100_000), Box::new(make))?;
        self.publish()?;
        Ok(made)
    }

    /// Publishes what is not: at first whatever an earlier sealer left, found among all seals, and then what came since.
    fn publish(&self) -> Result<()> {
        let mut upto = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        let due = match *upto {
            None => self.journal.unpublished()?,
            Some(size) => self.journal.seals_after(size, crate::limits::PAGE_ROWS)?,
        };
        for seal in due {
            self.publisher.publish(&seal)?;
            self.journal.mark_published(seal.size)?;
            *upto = Some(seal.size);
        }
        if upto.is_none() {
            *upto = Some(self.journal.last_seal()?.map_or(0, |seal| seal.size));
        }
        Ok(())
    }

    /// Seals about `portion` of the events that wait, at most; how many it were. Commands wait meanwhile: whoever seals while
    /// others write does so again after a pause.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_portion(&self, portion: usize) -> Result<usize> {
        let before = self.journal.last_seal()?.map_or(0, |seal| seal.size);
        let after = self.seal(portion)?.map_or(before, |seal| seal.size);
        Ok(usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX))
    }

    /// Seals until nothing waits; the last seal made.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_all(&self) -> Result<Option<Seal>> {
        let mut last = None;
        while let Some(seal) = self.seal(crate::limits::PAGE_ROWS)? {
            last = Some(seal);
        }
        Ok(last)
    }
}

/// Puts newly committed events in their order: by batch, but within a stream always by version (the numbers of batches
/// are taken before their commits, so two processes may commit one stream's events under numbers the wrong way round).
pub(crate) fn in_stream_order<T>(events: &mut [T], stream_of: impl Fn(&T) -> &str, version_of: impl Fn(&T) -> u64) {
    let mut places: std::collections::HashMap<String, Vec<usize>> = std::collections::HashMap::new();
    for (place, event) in events.iter().enumerate() {
        places.entry(stream_of(event).to_owned()).or_default().push(place);
    }
    for mut held in places.into_values() {
        // A selection sort over the few places of one stream, so that nothing needs to be cloned.
        while let Some(last) = held.pop() {
            let version = |place: usize| events.get(place).map(&version_of);
            if let Some(greatest) = held.iter().copied().max_by_key(|p| version(*p))
                && version(greatest) > version(last)
            {
                events.swap(greatest, last);
            }
        }
    }
}

/// Adds leaves to stored tiles: calls `load` for at most one partial tile per level, `store` for each that changed.
pub(crate) fn grow(
    size: u64,
    leaves: impl IntoIterator<Item = Hash>,
    load: LoadTile<'_>,
    store: StoreTile<'_>,
) -> Result<()> {
    let mut level = 0u32;
    let mut begin = size;
    let mut hashes: Vec<Hash> = leaves.into_iter().collect();
    while !hashes.is_empty() {
        let mut above = Vec::new();
        let first_above = begin >> TILE_BITS;
        let mut tile = first_above;
        let mut bytes = if begin.is_multiple_of(1 << TILE_BITS) { Vec::new() } else { load(level, tile)? };
        for hash in hashes {
            bytes.extend_from_slice(&hash);
            if bytes.len() == 32 << TILE_BITS {
                store(level, tile, &bytes)?;
                above.push(fold(&bytes)?);
                bytes.clear();
                tile += 1;
            }
        }
        if !bytes.is_empty() {
            store(level, tile, &bytes)?;
        }
        (level, begin, hashes) = (level + 1, first_above, above);
    }
    Ok(())
}

/// The root of a power of two of hashes.
pub(crate) fn fold(bytes: &[u8]) -> Result<Hash> {
    let mut row: Vec<Hash> = bytes.chunks(32).filter_map(|c| c.try_into().ok()).collect();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(merkle::node(left, right)),
                _ => None,
            })
            .collect();
    }
    row.first().copied().ok_or_else(|| crate::faults::damaged("tile"))
}

/// Complete nodes from stored tiles.
pub(crate) struct Tiles<'a> {
    pub load: LoadTile<'a>,
}

impl merkle::Nodes for Tiles<'_> {
    fn complete(&mut self, level: u32, index: u64) -> Result<Hash> {
        let inside = level % TILE_BITS;
        let first = index << inside;
        let bytes = (self.load)(level / TILE_BITS, first >> TILE_BITS)?;
        let begin = usize::try_from(first % (1 << TILE_BITS)).unwrap_or(usize::MAX).saturating_mul(32);
        let part = begin.checked_add(32 << inside).and_then(|end| bytes.get(begin..end));
        fold(part.ok_or_else(|| crate::faults::damaged(format!("tile {level}/{index}")))?)
    }
}

mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer, const N: usize>(value: &[u8; N], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::hash::hex(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(from)?;
        crate::hash::unhex(&text).ok_or_else(|| D::Error::custom("not hexadecimal of the right length"))
    }
}

mod hexadecimal_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::hash::hex(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let pairs = text.as_bytes().chunks(2).map(|p| std::str::from_utf8(p).ok().and_then(crate::hash::unhex::<1>));
        pairs.map(|p| p.map(|[b]| b).ok_or_else(|| D::Error::custom("not hexadecimal"))).collect()
    }
}
