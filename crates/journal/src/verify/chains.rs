//! Every event follows the one before it in its stream.

use huoshui_kernel::fault::Result;

use crate::hash::{GENESIS, Hash};
use crate::verify::{Finding, Fold, Problem, Report, ScannedEvent, Snapshot, attempt};

/// Where the scan stands in a stream.
struct Chain {
    stream: String,
    version: u64,
    /// What the next event may follow: the last event's stored hash, and the hash its bytes give. They differ only at a
    /// bad event, which is thus named once and not again through the event after it.
    previous: [Hash; 2],
    broken: bool,
}

pub(crate) fn check(
    store: &mut dyn Snapshot,
    mut fold: Option<&mut (dyn Fold + '_)>,
    report: &mut Report,
) -> Result<()> {
    let mut chain: Option<Chain> = None;
    let (mut refused, mut waiting) = (None, 0);
    attempt(report, |report| {
        store.events(&mut |scanned| {
            report.events += 1;
            waiting += u64::from(scanned.unsealed);
            let same = chain.as_ref().is_some_and(|c| c.stream == scanned.stream);
            if !same {
                report.streams += 1;
                let stream = scanned.stream.clone();
                chain = Some(Chain { stream, version: 0, previous: [GENESIS; 2], broken: false });
            }
            if let Some(chain) = &mut chain {
                step(chain, &scanned, report);
            }
            if let (Some(fold), Some(event)) = (fold.as_deref_mut(), &scanned.event)
                && refused.is_none()
                && let Err(fault) = fold.apply(event)
            {
                let finding = Finding::of(Problem::Fold).event(&scanned.stream, scanned.version);
                refused = Some(finding.position(scanned.position).detail(fault));
            }
            Ok(())
        })
    });
    refused.into_iter().for_each(|finding| report.add(finding));
    attempt(report, |report| {
        let rows = store.event_rows()?;
        if rows != report.events {
            let detail = format!("{rows} rows, {} in the index", report.events);
            report.add(Finding::of(Problem::Store).detail(detail));
        }
        report.unsealed = store.unsealed()?;
        // An event that waited and is gone together with its receipt leaves only its place in the queue.
        if report.unsealed > waiting {
            let detail = format!("{} of {} waiting to be sealed", report.unsealed - waiting, report.unsealed);
            report.add(Finding::of(Problem::Missing).detail(detail));
        }
        Ok(())
    });
    Ok(())
}

fn step(chain: &mut Chain, scanned: &ScannedEvent, report: &mut Report) {
    let here = |problem| Finding::of(problem).event(&scanned.stream, scanned.version).position(scanned.position);
    for version in (chain.version + 1..scanned.version).take(10) {
        report.add(Finding::of(Problem::Missing).event(&chain.stream, version));
        chain.broken = true;
    }
    chain.version = scanned.version;
    let Some(event) = &scanned.event else {
        report.add(here(Problem::Unreadable));
        chain.broken = true;
        return;
    };
    let expected = chain.previous.map(|previous| event.expected_hash(&previous));
    let follows = expected.contains(&event.hash);
    if !follows && !chain.broken {
        report.add(here(Problem::Changed));
    }
    // After a gap nothing is known of what came before: the chain is taken up again from this event's stored hash.
    chain.broken = false;
    chain.previous = match (follows, expected) {
        (true, _) => [event.hash; 2],
        (false, [computed, _]) => [event.hash, computed],
    };
    if !scanned.answered {
        report.add(here(Problem::Unanswered));
    }
    match (scanned.position, scanned.unsealed) {
        (Some(_), false) | (None, true) => {}
        _ => report.add(here(Problem::Unordered)),
    }
}
