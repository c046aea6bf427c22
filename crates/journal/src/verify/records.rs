//! Receipts and documents.

use std::collections::{HashMap, HashSet};

use huoshui_kernel::fault::Result;

use crate::hash::{self, Hash};
use crate::verify::{Finding, Fold, Problem, Report, Snapshot, attempt};

/// Every receipt is whole, and what it says was written is there.
pub(crate) fn check_receipts(store: &mut dyn Snapshot, report: &mut Report) -> Result<()> {
    // Looked up after the scan, since the snapshot serves one reader at a time.
    let mut claims = Vec::new();
    attempt(report, |report| {
        store.receipts(&mut |scanned| {
            report.receipts += 1;
            let Some(receipt) = scanned.receipt else {
                report.add(Finding::of(Problem::Receipt).detail(scanned.name));
                return Ok(());
            };
            let (actor, operation, key) = (&receipt.actor, &receipt.operation, &receipt.key);
            let whole = hash::receipt_parts(actor, operation, key, &receipt.request_hash, &receipt.response);
            if whole != receipt.hash || hash::command_id(actor, operation, key) != receipt.id {
                report.add(Finding::of(Problem::Receipt).detail(scanned.name));
            }
            claims.extend(receipt.versions.into_iter().map(|v| (v, receipt.id, receipt.recorded_at)));
            Ok(())
        })
    });
    for (claim, command, recorded_at) in claims {
        attempt(report, |report| {
            match store.command_of(&claim.stream, claim.version)? {
                Some(found) if found == (command, recorded_at) => {}
                Some(_) => report.add(Finding::of(Problem::Receipt).event(&claim.stream, claim.version)),
                None => report.add(Finding::of(Problem::Missing).event(&claim.stream, claim.version)),
            }
            Ok(())
        });
    }
    Ok(())
}

/// Every document is whole, and, where the caller can say, what its events make of it.
pub(crate) fn check_states(
    store: &mut dyn Snapshot,
    fold: Option<&mut (dyn Fold + '_)>,
    report: &mut Report,
) -> Result<()> {
    let mut folded: HashSet<String> = HashSet::new();
    let mut expected: HashMap<(String, String), Hash> = HashMap::new();
    if let Some(fold) = fold {
        folded.extend(fold.collections());
        for doc in fold.documents()? {
            let hash = hash::state(&doc);
            expected.insert((doc.collection, doc.id), hash);
        }
    }
    attempt(report, |report| {
        store.states(&mut |scanned| {
            report.states += 1;
            let Some((doc, stored)) = scanned.state else {
                report.add(Finding::of(Problem::State).detail(scanned.name));
                return Ok(());
            };
            let actual = hash::state(&doc);
            if actual != stored {
                report.add(Finding::of(Problem::State).detail(&scanned.name));
            }
            let collection = folded.contains(&doc.collection);
            if collection && expected.remove(&(doc.collection, doc.id)) != Some(actual) {
                report.add(Finding::of(Problem::Fold).detail(scanned.name));
            }
            Ok(())
        })
    });
    let mut absent: Vec<String> = expected.into_keys().map(|(collection, id)| format!("{collection}/{id}")).collect();
    absent.sort();
    absent.into_iter().for_each(|name| report.add(Finding::of(Problem::Fold).detail(name)));
    Ok(())
}
