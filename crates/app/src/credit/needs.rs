//! What a consent must let through for a product: its resources and fields, and how far back. Whoever asks a firm for its consent
//! asks by this, so that no decision is referred for what was simply not asked for.

use huoshui_credit::Need;
use huoshui_credit::relations::Authority;
use huoshui_credit::rules::Rules;
use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;

/// The longest that data of any cycle stay fresh, days: a year, its lag and holidays.
const FRESH: i32 = 1_000;

/// What is needed of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its code.
    pub resource: String,
    /// Its fields, in its order.
    pub fields: Vec<String>,
    /// The first day from which rows must come, where it has dates to cut by.
    pub from: Option<Date>,
}

/// What a product needs of departments for a decision on a day, whatever fresh data they then hold.
///
/// # Errors
/// `credit.unknown_policy`, `exchange.unknown_resource`.
pub fn of(rules: &Rules, catalogue: &Catalogue, product: &str, today: Date) -> Result<Vec<Wanted>> {
    let needs = rules.needs(product)?;
    let departments = needs.iter().filter(|n| n.relation.authority == Authority::Department);
    let one = |need: &Need<'_>| {
        let resource = catalogue.find(&need.relation.resource, today)?;
        Ok(Wanted {
            resource: resource.code.clone(),
            fields: resource.columns().filter(|c| need.columns.contains(c)).map(str::to_owned).collect(),
            from: need.first(today, oldest_fresh(resource, today)),
        })
    };
    departments.map(one).collect()
}

/// The day from which a consent's range must begin.
#[must_use]
pub fn from(wanted: &[Wanted], today: Date) -> Date {
    wanted.iter().filter_map(|w| w.from).min().unwrap_or(today)
}

/// The oldest date of data that are still fresh on a day: the further back they end, the further back a window begins.
fn oldest_fresh(resource: &Resource, today: Date) -> Date {
    let before = |n: i32| date::from_days(date::days(today) - n).unwrap_or(today);
    // Freshness is lost once and for good, so the edge can be closed in on.
    let (mut fresh, mut stale) = (0, FRESH);
    while stale - fresh > 1 {
        let middle = (fresh + stale) / 2;
        if resource.is_stale(before(middle), today) { stale = middle } else { fresh = middle }
    }
    before(fresh)
}
