//! Profiles of one firm and of the whole city from departments' data.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_credit::profile::Profile;
use huoshui_credit::relations::{Answer as Given, Supply};
use huoshui_credit::rules::Rules;
use huoshui_credit::table::Table;
use huoshui_credit::tags::Answer;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};

use super::faults;
use super::supply::Held;
use crate::cells::text_at;

/// The resource that says which firms there are.
pub const REGISTER: &str = "registration";

/// The profile of one firm on a date.
///
/// # Errors
/// `credit.no_data` where no department had given anything yet on that date; `credit.unknown_firm`; those of the store and of
/// the rules.
pub fn profile(held: &Held, rules: &Rules, uscc: Uscc, date: Date) -> Result<Profile> {
    let supplies = held.firm(rules, uscc, date)?;
    if supplies.iter().all(|s| matches!(s.answer, Given::Missing(_))) {
        return Err(Fault::new(&faults::NOTHING).with("date", date).field("as-of"));
    }
    let any = supplies.iter().any(|s| match &s.answer {
        Given::Ready(source) => !source.own.is_empty() || source.batches.iter().any(|b| b.num_rows() > 0),
        Given::Missing(_) => false,
    });
    if !any {
        return Err(Fault::new(&faults::STRANGER).with("uscc", uscc).with("date", date).field("uscc"));
    }
    rules.profile(uscc.as_str(), date, &supplies)
}

/// The profiles of every firm that the register knows, in the order of their codes.
///
/// # Errors
/// `credit.no_data`; those of the store and of the rules.
pub fn profiles(held: &Held, rules: &Rules, date: Date) -> Result<Table> {
    let supplies = held.city(rules, date)?;
    let firms = firms(&supplies, date)?;
    rules.profiles(&firms, date, &supplies)
}

/// Every firm of the register, in order.
pub(super) fn firms(supplies: &[Supply], date: Date) -> Result<Vec<Arc<str>>> {
    let register = supplies.iter().find(|s| s.resource == REGISTER).map(|s| &s.answer);
    let Some(Given::Ready(source)) = register else {
        return Err(Fault::new(&faults::NOTHING).with("date", date).field("as-of"));
    };
    let mut firms: Vec<Arc<str>> = Vec::new();
    for batch in &source.batches {
        let Some(codes) = batch.column_by_name(huoshui_credit::relations::USCC) else { continue };
        firms.extend((0..batch.num_rows()).filter_map(|row| text_at(codes, row)).map(Arc::from));
    }
    firms.sort_unstable();
    firms.dedup();
    Ok(firms)
}

/// How often each tag is yes, no and unknown, in the order of the tags.
///
/// # Errors
/// Those of the rules.
pub fn tag_counts(rules: &Rules, table: &Table) -> Result<Vec<(String, BTreeMap<&'static str, u64>)>> {
    let name = |answer: &Answer| match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown => "unknown",
    };
    let all = rules.tag_table(table)?.into_iter().map(|(code, answers)| {
        let mut counts = BTreeMap::new();
        for answer in &answers {
            *counts.entry(name(answer)).or_default() += 1;
        }
        (code, counts)
    });
    Ok(all.collect())
}
