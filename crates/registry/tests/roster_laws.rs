//! Laws of the list library on random lists, against a model that keeps nothing but the rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{firm, reference};
use huoshui_kernel::{Date, Uscc, date};
use huoshui_registry::roster::{PlanOptions, plan};
use huoshui_registry::{Enterprises, Roster, RosterRow, Tier};
use proptest::prelude::*;

/// Lists by their day: a few firms, all tiers, terms that end around the lists' days.
type Lists = BTreeMap<Date, Vec<RosterRow>>;
type Answer = BTreeMap<Uscc, BTreeSet<Tier>>;

/// 2024-01-01 and 120 days on: small enough for terms, lists and questions to meet.
const START: i32 = 19_723;
const SPAN: i32 = 120;

fn on(offset: i32) -> Date {
    date::from_days(START + offset).unwrap()
}

fn list() -> impl Strategy<Value = Vec<RosterRow>> {
    let term = (-40i32..SPAN, 0i32..80, any::<bool>());
    prop::collection::btree_map((0u32..8, 0usize..4), term, 1..20).prop_map(|rows| {
        let row = |((n, tier), (from, term, reissued))| RosterRow {
            uscc: firm(n),
            name: format!("公司{n}"),
            district: ["110108", "经开区", "朝阳"][n as usize % 3].into(),
            tier: Tier::ALL[tier],
            certificate_no: format!("{n}-{tier}-{reissued}"),
            valid_from: on(from),
            valid_to: on(from + term),
            batch: "一".into(),
        };
        rows.into_iter().map(row).collect()
    })
}

fn lists() -> impl Strategy<Value = Lists> {
    prop::collection::btree_map((0..SPAN).prop_map(on), list(), 1..6)
}

/// The latest list of the day or before, its rows whose term holds the day: read straight off the rows.
fn model(lists: &Lists, day: Date) -> Answer {
    let mut answer = Answer::new();
    if let Some((_, rows)) = lists.iter().rfind(|(date, _)| **date <= day) {
        for row in rows.iter().filter(|r| r.valid_from <= day && day <= r.valid_to) {
            answer.entry(row.uscc).or_default().insert(row.tier);
        }
    }
    answer
}

fn import(lists: &Lists, order: &[Date]) -> Roster {
    order.iter().fold(Roster::new(), |roster, date| {
        let plan = plan(&roster, &Enterprises::new(), &lists[date], *date, reference(), PlanOptions::default());
        roster.apply(&plan).unwrap()
    })
}

fn answer(roster: &Roster, day: Date) -> Answer {
    roster.as_of(day).map(|firm| (firm.uscc, firm.tiers.iter().collect())).collect()
}

fn shuffled() -> impl Strategy<Value = (Lists, Vec<Date>)> {
    lists().prop_flat_map(|lists| {
        let order: Vec<Date> = lists.keys().copied().collect();
        (Just(lists), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_order_of_imports_any_day_gives_exactly_the_valid_rows((lists, order) in shuffled()) {
        let roster = import(&lists, &order);
        let in_order = import(&lists, &lists.keys().copied().collect::<Vec<_>>());
        prop_assert_eq!(&roster, &in_order);
        for offset in -1..SPAN + 90 {
            let want = model(&lists, on(offset));
            prop_assert_eq!(&answer(&roster, on(offset)), &want);
            let srdi: Vec<Uscc> = roster.srdi_as_of(on(offset)).map(|f| f.uscc).collect();
            let is_srdi = |t: &BTreeSet<Tier>| t.contains(&Tier::SrdiSme) || t.contains(&Tier::LittleGiant);
            prop_assert_eq!(srdi, want.iter().filter(|(_, t)| is_srdi(t)).map(|(u, _)| *u).collect::<Vec<_>>());
        }
    }

    #[test]
    fn changes_account_for_every_row_of_both_lists(before in list(), after in list()) {
        let lists: Lists = [(on(0), before.clone()), (on(SPAN), after.clone())].into();
        let roster = import(&lists, &[on(0)]);
        let plan = plan(&roster, &Enterprises::new(), &after, on(SPAN), reference(), PlanOptions::default());
        let key = |r: &RosterRow| (r.uscc, r.tier);
        let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (before.iter().map(|r| (key(r), r)).collect(), after.iter().map(|r| (key(r), r)).collect());
        let c = &plan.changes;

        let added: Vec<_> = c.added.iter().map(|a| (a.uscc, a.tier)).collect();
        prop_assert_eq!(added, new.keys().filter(|k| !old.contains_key(k)).copied().collect::<Vec<_>>());

        let changed = |k: &(Uscc, Tier)| {
            let term = |r: &RosterRow| (r.certificate_no.clone(), r.valid_from, r.valid_to);
            old.get(k).zip(new.get(k)).is_some_and(|(b, a)| term(b) != term(a))
        };
        let recertified: Vec<_> = c.recertified.iter().map(|r| (r.uscc, r.tier)).collect();
        prop_assert_eq!(recertified, new.keys().filter(|k| changed(k)).copied().collect::<Vec<_>>());

        let ran_out = |k: &(Uscc, Tier)| {
            old.get(k).zip(new.get(k)).is_some_and(|(b, a)| b.valid_to >= on(0) && a.valid_to < on(SPAN))
        };
        let expired: BTreeSet<_> = c.expired.iter().map(|e| (e.uscc, e.tier)).collect();
        let gone = old.keys().filter(|k| !new.contains_key(k) || ran_out(k)).copied();
        prop_assert_eq!(expired, gone.collect::<BTreeSet<_>>());

        let same = new.keys().filter(|k| old.contains_key(k) && !changed(k) && !ran_out(k)).count();
        prop_assert_eq!((c.unchanged, c.rows), (same as u64, new.len() as u64));
        prop_assert!(c.moved.is_empty() && c.renamed.is_empty());
    }

    #[test]
    fn a_planted_conflict_keeps_the_whole_list_out((lists, order) in shuffled(), kind in 0..4, pick in any::<prop::sample::Index>()) {
        let roster = import(&lists, &order);
        let mut rows = lists[&order[0]].clone();
        let at = pick.index(rows.len());
        let mut bad = rows[at].clone();
        match kind {
            0 => bad.certificate_no += "-2",
            1 => bad.district = "nowhere".into(),
            2 => bad.uscc = firm(99),
            _ => bad.valid_to = bad.valid_from.yesterday().unwrap(),
        }
        rows.push(bad);
        let plan = plan(&roster, &Enterprises::new(), &rows, on(SPAN + 1), reference(), PlanOptions::default());
        prop_assert!(!plan.can_apply());
        let rows_named = plan.refusal.as_ref().unwrap().faults.iter().filter(|f| f.row_number() == Some(rows.len() as u64 + 1));
        prop_assert!(rows_named.count() >= 1);
        prop_assert_eq!(roster.apply(&plan).unwrap_err().code(), "roster.refused");
    }
}
