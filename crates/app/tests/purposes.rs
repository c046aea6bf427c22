//! Each product's purpose lets through what the product reads: its fields, as far back as it looks, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;

use huoshui_app::policies::Set;
use huoshui_credit::Need;
use huoshui_credit::relations::Authority;
use huoshui_exchange::catalogue::Resource;
use huoshui_kernel::date::{add_months, days, from_days};
use huoshui_kernel::{Date, date};

const DAY: Date = Date::constant(2025, 10, 10);
/// Days on which a bank may pull.
const PULLS: (Date, Date) = (Date::constant(2025, 7, 1), Date::constant(2029, 12, 31));

/// The fewest months before any day of the pull that cover the need, whatever fresh batch the department holds on that
/// day; none for a state, which has no dates to cut by.
fn least(need: &Need<'_>, resource: &Resource) -> Option<u16> {
    resource.period.as_ref()?;
    let (mut most, mut oldest) = (0_u16, days(PULLS.0) - 1_000);
    for today in days(PULLS.0)..=days(PULLS.1) {
        let today = from_days(today).unwrap();
        while resource.is_stale(from_days(oldest).unwrap(), today) {
            oldest += 1;
        }
        let first = need.first(today, from_days(oldest).unwrap()).unwrap();
        while add_months(today, -i32::from(most)).unwrap() > first {
            most += 1;
        }
    }
    Some(most)
}

#[test]
fn each_products_purpose_covers_what_the_product_reads_and_nothing_else() {
    let set = Set::shipped();
    let (catalogue, purposes) = set.exchange().unwrap();
    let rules = set.credit().unwrap().on(DAY).unwrap();
    let mut wrong = Vec::new();
    for product in rules.products() {
        let purpose = purposes.get(&product.code, DAY).unwrap_or_else(|| panic!("no purpose {}", product.code));
        let needs = rules.needs(&product.code).unwrap();
        let needs: Vec<_> = needs.iter().filter(|n| n.relation.authority == Authority::Department).collect();
        assert!(needs.len() > 10, "{}: {}", product.code, needs.len());
        for need in &needs {
            let code = need.relation.resource.as_str();
            let resource = catalogue.get(code, DAY).unwrap();
            let read: BTreeSet<&str> = need.columns.clone();
            let fields: Vec<&str> = resource.columns().filter(|c| read.contains(c)).collect();
            assert_eq!(fields.len(), read.len(), "{code}");
            let months = least(need, resource);
            let reach = months.map_or(String::new(), |m| format!(", months = {m}"));
            let line = format!("  {{ resource = \"{code}\", fields = {fields:?}{reach} }},");
            let allowed = purpose.allowed.iter().find(|a| a.resource == code);
            if allowed.is_none_or(|a| a.fields != fields || a.months != months) {
                wrong.push(format!("{}: {line}", product.code));
            }
        }
        for allowed in &purpose.allowed {
            if !needs.iter().any(|n| n.relation.resource == allowed.resource) {
                wrong.push(format!("{}: {} is not read", product.code, allowed.resource));
            }
        }
        let most = purpose.allowed.iter().filter_map(|a| a.months).max();
        if most != Some(purpose.max_lookback_months) {
            wrong.push(format!("{}: max_lookback_months is not that of the farthest resource", product.code));
        }
    }
    assert!(wrong.is_empty(), "the purposes should say:\n{}", wrong.join("\n"));
}

/// Worked out by hand. Tax payments: quarterly, 20 days late, two years wanted. A batch of 2025-06-30 is fresh until
/// 2025-10-20 and knows the quarter that ended on 2025-03-31: it must reach back to 2023-04-01, 31 months before that day
/// (30 months before it is 2023-04-20). Penalties: three years by the day; a list of the open has no dates that matter.
#[test]
fn look_backs_are_those_worked_out_by_hand() {
    let set = Set::shipped();
    let (catalogue, purposes) = set.exchange().unwrap();
    let rules = set.credit().unwrap().on(DAY).unwrap();
    let needs = rules.needs("instant_loan").unwrap();
    let need = |code: &str| needs.iter().find(|n| n.relation.resource == code).unwrap();
    let of = |code: &str| least(need(code), catalogue.get(code, DAY).unwrap());
    let day = |text: &str| date::parse(text).unwrap();
    assert_eq!(need("tax_payments").first(DAY, day("2025-06-30")), Some(day("2023-04-01")));
    assert_eq!(need("patents").first(DAY, DAY), None);
    // Whoever asks for a consent on the day: the list of abnormal operation reaches back the furthest.
    let wanted = huoshui_app::credit::needs::of(&rules, &catalogue, "instant_loan", DAY).unwrap();
    let from = |code: &str| wanted.iter().find(|w| w.resource == code).unwrap().from;
    assert_eq!(from("abnormal_list"), Some(day("2015-10-10")));
    assert_eq!((from("enforcement"), from("dishonesty")), (Some(day("2020-10-10")), Some(day("2020-10-10"))));
    // A batch of 2025-06-30 is fresh until 20 October, and one of 31 March no more.
    assert_eq!((from("tax_payments"), from("patents")), (Some(day("2023-04-01")), None));
    assert_eq!(huoshui_app::credit::needs::from(&wanted, DAY), day("2015-10-10"));
    let purpose = purposes.get("instant_loan", DAY).unwrap();
    for one in &wanted {
        assert!(one.from.is_none_or(|from| purpose.oldest_of(&one.resource, DAY) <= from), "{}", one.resource);
    }
    assert_eq!(of("tax_payments"), Some(31));
    assert_eq!(of("penalties"), Some(37));
    assert_eq!(of("abnormal_list"), Some(120), "whatever is kept: an entry may be as old as the list");
    assert_eq!(of("patents"), None, "a register of standing rights");
    let purpose = purposes.get("instant_loan", DAY).unwrap();
    assert_eq!(purpose.oldest_of("tax_payments", DAY), date::parse("2023-03-10").unwrap());
    assert!(["real_estate", "environment_rating"].iter().all(|r| purpose.allows(r).is_some()));
}
