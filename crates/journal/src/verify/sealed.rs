//! The sealed order, its tree, and the signed roots in the database and outside it.

use std::collections::BTreeMap;

use huoshui_kernel::fault::Result;

use crate::hash::Hash;
use crate::merkle::{self, Frontier};
use crate::seal::{Seal, TILE_BITS};
use crate::sign::Verifier;
use crate::verify::{Finding, Problem, Report, Snapshot, attempt};

/// An event whose hash is not that of its leaf.
struct Differing {
    position: u64,
    stream: String,
    version: u64,
}

pub(crate) fn check(
    store: &mut dyn Snapshot,
    keys: Option<&dyn Verifier>,
    published: &[Seal],
    report: &mut Report,
) -> Result<()> {
    let seals = match store.seals() {
        Ok(seals) => seals,
        Err(fault) => {
            report.add(Finding::of(Problem::Root).detail(fault));
            Vec::new()
        }
    };
    // The root at each size that any seal speaks of: of the events as they are, and of the leaves as they were sealed.
    let mut roots: BTreeMap<u64, Option<(Hash, Hash)>> =
        seals.iter().chain(published).map(|seal| (seal.size, None)).collect();
    let mut differing: Vec<Differing> = Vec::new();
    attempt(report, |report| walk(store, &mut roots, &mut differing, report));
    let of_events = |size: u64| roots.get(&size).copied().flatten().map(|(events, _)| events);
    let of_leaves = |size: u64| roots.get(&size).copied().flatten().map(|(_, leaves)| leaves);
    let mut named = 0;
    for seal in &seals {
        report.seals += 1;
        if of_events(seal.size) != Some(seal.root) {
            // If the leaves still give the root, an event was rewritten together with all its hashes: name it.
            let until = differing.iter().take_while(|d| d.position < seal.size).count();
            for d in differing.get(named..until).unwrap_or_default() {
                report.add(Finding::of(Problem::Changed).event(&d.stream, d.version).position(Some(d.position)));
            }
            if until == named || of_leaves(seal.size) != Some(seal.root) {
                report.add(Finding::of(Problem::Root).detail(format!("size {}", seal.size)));
            }
            named = until.max(named);
        }
        signature(seal, keys, report);
    }
    // Seals and numbers are written in one transaction: numbered events beyond the last seal mean that seals were removed.
    let under = seals.iter().map(|seal| seal.size).max().unwrap_or(0);
    if report.sealed > under {
        let detail = format!("size {}, sealed events {}", under, report.sealed);
        report.add(Finding::of(Problem::Root).position(Some(under)).detail(detail));
    }
    for d in differing.iter().skip(named) {
        report.add(Finding::of(Problem::Order).event(&d.stream, d.version).position(Some(d.position)));
    }
    for seal in published {
        report.seals += 1;
        signature(seal, keys, report);
        let kept = seals.iter().find(|s| s.size == seal.size);
        if kept != Some(seal) || of_events(seal.size) != Some(seal.root) {
            let detail = format!("published size {}, sealed in the database {}", seal.size, report.sealed);
            let cut = Some(report.sealed).filter(|sealed| *sealed < seal.size);
            report.add(Finding::of(Problem::Published).position(cut).detail(detail));
        }
    }
    Ok(())
}

fn walk(
    store: &mut dyn Snapshot,
    roots: &mut BTreeMap<u64, Option<(Hash, Hash)>>,
    differing: &mut Vec<Differing>,
    report: &mut Report,
) -> Result<()> {
    let (mut events, mut sealed) = (Frontier::default(), Frontier::default());
    let mut hashes = Vec::new();
    let mut next = 0;
    store.positions(&mut |scanned| {
        for position in (next..scanned.position).take(10) {
            report.add(Finding::of(Problem::Missing).position(Some(position)));
        }
        next = scanned.position + 1;
        match scanned.hash {
            Some(hash) => hashes.push((hash, scanned.stream, scanned.version)),
            None => {
                report.add(Finding::of(Problem::Missing).position(Some(scanned.position)));
                hashes.push(([0; 32], scanned.stream, scanned.version));
            }
        }
        Ok(())
    })?;
    report.sealed = hashes.len() as u64;
    let mut tile: (Option<u64>, Vec<u8>) = (None, Vec::new());
    for (position, (hash, stream, version)) in (0u64..).zip(hashes) {
        if tile.0 != Some(position >> TILE_BITS) {
            let bytes = store.tile(0, position >> TILE_BITS).unwrap_or_default();
            tile = (Some(position >> TILE_BITS), bytes);
        }
        let leaf = merkle::leaf(&hash);
        let begin = usize::try_from(position % (1 << TILE_BITS)).unwrap_or(0) * 32;
        let stored: Option<Hash> = tile.1.get(begin..begin + 32).and_then(|b| b.try_into().ok());
        if stored != Some(leaf) {
            differing.push(Differing { position, stream, version });
        }
        events.push(leaf);
        sealed.push(stored.unwrap_or(leaf));
        if let Some(root) = roots.get_mut(&events.size()) {
            *root = Some((events.root(), sealed.root()));
        }
    }
    // The tree above the leaves: its root by the stored nodes must be the root of the leaves.
    let mut load = |level, tile| store.tile(level, tile);
    let stored = merkle::root(&mut crate::seal::Tiles { load: &mut load }, sealed.size());
    if stored.ok() != Some(sealed.root()) {
        report.add(Finding::of(Problem::Order).detail("tiles"));
    }
    Ok(())
}

fn signature(seal: &Seal, keys: Option<&dyn Verifier>, report: &mut Report) {
    let Some(keys) = keys else { return };
    if seal.signed_by(keys) != Some(true) {
        report.add(Finding::of(Problem::Signature).detail(format!("size {} key {}", seal.size, seal.key_id)));
    }
}
