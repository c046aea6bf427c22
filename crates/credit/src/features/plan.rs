//! What both ways of computing features share: which features a source can answer, and what the others are.

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::Compiled;
use crate::faults;
use crate::relations::{Answer, Relation, Source, Supply};
use crate::value::Why;

/// Why a first-level feature cannot be computed from this answer, or None where it can.
pub(super) fn refusal(one: &Compiled, relation: &Relation, answer: Option<&Answer>, as_of: Date) -> Option<Why> {
    let source = match answer {
        None => return Some(Why::NotAsked),
        Some(Answer::Missing(why)) => return Some(*why),
        Some(Answer::Ready(source)) => source,
    };
    if source.stale {
        return Some(Why::Stale);
    }
    if one.reads.iter().any(|column| !source.released.contains(column)) {
        return Some(Why::Denied);
    }
    relation.uncovered(as_of, source, one.feature.window)
}

/// The answer for a relation; one from after the profile's date is refused, for it would tell the future.
pub(super) fn answer<'s>(relation: &Relation, supplies: &'s [Supply], as_of: Date) -> Result<Option<&'s Answer>> {
    let found = supplies.iter().find(|s| s.resource == relation.resource).map(|s| &s.answer);
    if let Some(Answer::Ready(Source { as_of: source, .. })) = found
        && *source > as_of
    {
        return Err(Fault::new(&faults::FUTURE)
            .with("resource", &relation.resource)
            .with("source", source)
            .with("as_of", as_of));
    }
    Ok(found)
}
