//! What a consent would have to let through, where a value is missing because a range of dates cut its rows off.

use huoshui_kernel::Date;
use huoshui_kernel::date::add_months;

use super::given::{Given, Sourced};
use crate::rules::Rules;
use crate::value::{Cell, Texts, Why};

/// Where a missing value was to come from, and what of it is wanted, in words that go on from the reason.
pub(super) struct Silent {
    pub resource: String,
    pub wanted: Texts,
}

/// The source of a field that did not answer; of one that did, the first.
pub(super) fn silent(rules: &Rules, given: &Given<'_>, field: usize) -> Option<Silent> {
    if let Some(cut) = cut(rules, given, field) {
        return Some(cut);
    }
    let said = given.item(&rules.fields.get(field)?.code)?;
    let origins = || said.item.origins.iter().filter_map(|o| said.origins.get(*o));
    let silent = origins().find(|o| o.why.is_some() || o.stale).or(origins().next())?;
    Some(Silent { resource: silent.resource.clone(), wanted: Texts::default() })
}

/// Of a feature, or of those that it reads, the first whose rows a range of dates cut off. Relations of earlier policies did
/// not say for how long rows are kept: decisions made under them say what they said.
fn cut(rules: &Rules, given: &Given<'_>, field: usize) -> Option<Silent> {
    let feature = rules.features.get(field)?;
    let firsts = feature.second.as_ref().map_or_else(|| vec![field], |(reads, _)| reads.clone());
    firsts.iter().find_map(|at| {
        let first = rules.features.get(*at)?;
        let relation = rules.relations.get(first.relation?).filter(|r| r.kept_months.is_some())?;
        let said = given.item(&first.feature.code)?;
        let (as_of, known) = (given.profile.as_of, known_to(&said));
        let wanted = match said.item.cell {
            Cell::Missing(Why::Window) => back(as_of, relation.reach(as_of, known?, first.feature.window)?),
            Cell::Missing(Why::Ended) => until(relation.until(known?)),
            _ => return None,
        };
        Some(Silent { resource: relation.resource.clone(), wanted })
    })
}

fn known_to(said: &Sourced<'_>) -> Option<Date> {
    said.item.origins.iter().filter_map(|o| said.origins.get(*o)).find_map(|o| o.as_of)
}

fn back(as_of: Date, first: Date) -> Texts {
    let reaches = |months: &u16| add_months(as_of, -i32::from(*months)).is_none_or(|day| day <= first);
    let months = (1..=u16::MAX).find(reaches).unwrap_or(u16::MAX);
    Texts {
        zh: format!("，授权须含 {first} 起的数据，即回溯 {months} 个月"),
        en: format!("; the consent must let rows from {first} through, {months} months back"),
    }
}

fn until(last: Date) -> Texts {
    Texts {
        zh: format!("，授权须含至 {last} 的数据"), en: format!("; the consent must let rows up to {last} through")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out on a calendar: 24 months before 30 September 2025 is the 30th, and a window that begins on the first of that
    /// month wants one more.
    #[test]
    fn the_months_named_are_the_fewest_that_reach() {
        for (as_of, first, months) in [
            ((2025, 9, 30), (2023, 9, 30), 24),
            ((2025, 9, 30), (2023, 10, 1), 24),
            ((2025, 9, 30), (2023, 9, 29), 25),
            ((2025, 10, 10), (2020, 10, 10), 60),
            ((2024, 2, 29), (2023, 2, 28), 12),
        ] {
            let day = |(y, m, d): (i16, i8, i8)| Date::constant(y, m, d);
            let said = back(day(as_of), day(first));
            assert!(said.zh.contains(&format!("回溯 {months} 个月")), "{as_of:?} {first:?}: {}", said.zh);
            assert!(said.en.contains(&format!(" {months} months back")), "{}", said.en);
        }
    }
}
