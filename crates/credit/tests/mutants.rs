//! Every policy changed in one place at a time: an edge moved by one, a condition turned round, a part left out. Some case
//! beside the policies must notice each. What no case could notice is told in [`same_anyway`], with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;

use huoshui_credit::cards::Part;
use huoshui_credit::cases::run_cases;
use huoshui_credit::embedded::CASES;
use huoshui_credit::features::Feature;
use huoshui_credit::gates::GateOutcome;
use huoshui_credit::product::Product;
use huoshui_credit::rules::Policies;
use huoshui_credit::value::Kind;
use rayon::prelude::*;

/// What takes the place of what in a formula, one occurrence at a time.
const SWAPS: [(&str, &str); 12] = [
    (" >= ", " > "),
    (" <= ", " < "),
    (" > ", " >= "),
    (" < ", " <= "),
    (" = ", " <> "),
    (" AND ", " OR "),
    (" OR ", " AND "),
    ("NOT ", ""),
    ("IS NULL", "IS NOT NULL"),
    ("SUM(", "MAX("),
    ("MAX(", "MIN("),
    ("MIN(", "MAX("),
];

/// The formulas that differ from this one in one place.
fn mutants(formula: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (from, to) in SWAPS {
        for (at, _) in formula.match_indices(from) {
            let (head, rest) = formula.split_at(at);
            all.push(format!("{head}{to}{}", rest.strip_prefix(from).unwrap()));
        }
    }
    // A window longer by one.
    for (at, from) in formula.match_indices("INTERVAL '") {
        let (head, rest) = formula.split_at(at + from.len());
        let (number, tail) = rest.split_once('\'').unwrap();
        all.push(format!("{head}{}'{tail}", number.parse::<u32>().unwrap() + 1));
    }
    all
}

#[test]
fn formulas_change_in_one_place() {
    let all = mutants("COUNT(*) FILTER (WHERE NOT a AND d > :as_of - INTERVAL '24' MONTH) = 4");
    let expected = [
        "COUNT(*) FILTER (WHERE NOT a AND d >= :as_of - INTERVAL '24' MONTH) = 4",
        "COUNT(*) FILTER (WHERE NOT a AND d > :as_of - INTERVAL '24' MONTH) <> 4",
        "COUNT(*) FILTER (WHERE NOT a OR d > :as_of - INTERVAL '24' MONTH) = 4",
        "COUNT(*) FILTER (WHERE a AND d > :as_of - INTERVAL '24' MONTH) = 4",
        "COUNT(*) FILTER (WHERE NOT a AND d > :as_of - INTERVAL '25' MONTH) = 4",
    ];
    assert_eq!(all, expected);
}

/// Changes of a feature that mean the same for every firm that can be.
fn same_anyway(feature: &Feature, mutant: &str) -> bool {
    let moved = |from: &str, to: &str| {
        let count = |text: &str, what: &str| text.matches(what).count();
        let original = [feature.formula.as_str(), feature.enough.as_deref().unwrap_or("")];
        original.iter().any(|o| count(o, from) == count(mutant, from) + 1 && count(o, to) + 1 == count(mutant, to))
    };
    // Periods end on the last day of a month; the window begins on a first.
    let edge = moved("period >= :next", "period > :next") || moved("period < :next", "period <= :next");
    // One row, by `enough` or because a firm has only one: the least, the most and the sum are the same.
    let single = feature.enough.as_deref().is_some_and(|e| e.ends_with(" = 1"))
        || feature.relation.as_deref().is_some_and(|r| r.starts_with("bank_") || r == "registration")
        || feature.code == "environment_rating";
    let which = ["SUM(", "MAX(", "MIN("].iter().any(|from| {
        let original = feature.formula.matches(from).count();
        mutant.matches(from).count() != original
    });
    edge || (single && which)
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect()
}

/// The features of these codes, with those that they read.
fn closure<'p>(policies: &'p Policies, codes: &BTreeSet<&str>) -> Vec<&'p Feature> {
    let named: Vec<&Feature> = policies.features.iter().filter(|f| codes.contains(&*f.code)).collect();
    let read: BTreeSet<&str> = named.iter().filter(|f| f.relation.is_none()).flat_map(|f| words(&f.formula)).collect();
    policies.features.iter().filter(|f| codes.contains(&*f.code) || read.contains(&*f.code)).collect()
}

/// The cases of the files of a folder that are kept, each file as text again; `keep` may also cut a case down.
fn files(folder: &str, keep: &dyn Fn(&mut toml::Table) -> bool, base: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    for (_, text) in CASES.iter().filter(|(file, _)| file.starts_with(folder)) {
        let mut file: toml::Table = toml::from_str(text).unwrap();
        let kept = file["case"].as_array().unwrap().iter().cloned().filter_map(|mut case| {
            let table = case.as_table_mut().unwrap();
            keep(table).then_some(case)
        });
        let kept: Vec<toml::Value> = kept.collect();
        if kept.is_empty() {
            continue;
        }
        file.insert("case".to_owned(), toml::Value::Array(kept));
        if let Some(bases) = file.get_mut("base").and_then(|b| b.as_table_mut()) {
            bases.iter_mut().for_each(|(_, b)| b.as_table_mut().unwrap().retain(|code, _| base(code)));
        }
        all.push(toml::to_string(&file).unwrap());
    }
    all
}

/// Leaves in `expect.<key>` what is wanted; whether anything is left.
fn cut(case: &mut toml::Table, key: &str, wanted: &dyn Fn(&str) -> bool) -> bool {
    let expect = case.get_mut("expect").and_then(|e| e.as_table_mut()).unwrap();
    let Some(all) = expect.get_mut(key).and_then(|t| t.as_table_mut()) else { return false };
    all.retain(|code, _| wanted(code));
    !all.is_empty()
}

/// Whether every case passes. A policy that does not load counts as noticed.
fn passes(policies: &Policies, files: &[String]) -> bool {
    files.iter().all(|text| run_cases(policies, "mutant", text).is_ok_and(|all| all.iter().all(|r| r.pass)))
}

/// The mutants that no case notices; each is policies with what was changed in words.
fn survivors(original: &Policies, all: Vec<(String, Policies)>, files: &[String], least: usize) -> Vec<String> {
    assert!(all.len() >= least, "{} mutants", all.len());
    assert!(all.is_empty() || (!files.is_empty() && passes(original, files)), "the cases fail unchanged");
    all.into_par_iter().filter(|(_, policies)| passes(policies, files)).map(|(what, _)| what).collect()
}

/// One feature's mutants, and the cases that name it or what is worked out from it.
fn feature_survivors(policies: &Policies, feature: &Feature) -> Vec<String> {
    let follows = |f: &&Feature| f.relation.is_none() && words(&f.formula).contains(&*feature.code);
    let mut codes: BTreeSet<&str> = policies.features.iter().filter(follows).map(|f| f.code.as_str()).collect();
    codes.insert(&feature.code);
    let keep = |case: &mut toml::Table| cut(case, "features", &|code| codes.contains(code));
    let files = files("features/", &keep, &|_| false);
    let few = Policies {
        relations: policies.relations.clone(),
        features: closure(policies, &codes).into_iter().cloned().collect(),
        ..Policies::default()
    };
    let mut all = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Feature)| {
        let mut mutant = few.clone();
        change(mutant.features.iter_mut().find(|f| f.code == feature.code).unwrap());
        all.push((format!("{}: {what}", feature.code), mutant));
    };
    for formula in mutants(&feature.formula).into_iter().filter(|m| !same_anyway(feature, m)) {
        add(formula.clone(), &|f| f.formula.clone_from(&formula));
    }
    if let Some(enough) = &feature.enough {
        add("no `enough`".to_owned(), &|f| f.enough = None);
        for enough in mutants(enough).into_iter().filter(|m| !same_anyway(feature, m)) {
            add(enough.clone(), &|f| f.enough = Some(enough.clone()));
        }
    }
    if feature.empty.is_some() {
        add("no `empty`".to_owned(), &|f| f.empty = None);
    }
    if feature.window > 0 {
        add("window shorter".to_owned(), &|f| f.window -= 1);
        add("window longer".to_owned(), &|f| f.window += 1);
    }
    let kept = |p: &Policies| p.relations.iter().position(|r| Some(&r.resource) == feature.relation.as_ref());
    if let Some(at) = kept(&few).filter(|at| feature.window == 0 && few.relations[*at].kept_months.is_some()) {
        for by in [-1, 1] {
            let mut mutant = few.clone();
            mutant.relations[at].kept_months = mutant.relations[at].kept_months.and_then(|m| m.checked_add_signed(by));
            all.push((format!("{}: kept {by:+} month", feature.code), mutant));
        }
        let mut mutant = few.clone();
        mutant.relations[at].kept_months = None;
        all.push((format!("{}: kept for ever", feature.code), mutant));
    }
    survivors(&few, all, &files, 0)
}

#[test]
fn cases_notice_every_change_of_a_feature() {
    let policies = Policies::embedded().unwrap();
    let left: Vec<String> = policies.features.iter().flat_map(|f| feature_survivors(&policies, f)).collect();
    assert!(left.is_empty(), "no case notices\n{}", left.join("\n"));
}

#[test]
fn cases_notice_every_change_of_a_tag() {
    let policies = Policies::embedded().unwrap();
    let mut left = Vec::new();
    for tag in &policies.tags {
        let read = words(&tag.when);
        let keep = |case: &mut toml::Table| {
            if let Some(profile) = case.get_mut("profile").and_then(|p| p.as_table_mut()) {
                profile.retain(|code, _| read.contains(code));
            }
            cut(case, "tags", &|code| code == tag.code)
        };
        let files = files("tags/", &keep, &|code| read.contains(code));
        let few = Policies {
            relations: policies.relations.clone(),
            features: closure(&policies, &read).into_iter().cloned().collect(),
            tags: vec![tag.clone()],
            ..Policies::default()
        };
        let mutant = |when: String| {
            let mut mutant = few.clone();
            mutant.tags[0].when.clone_from(&when);
            (format!("{}: {when}", tag.code), mutant)
        };
        left.extend(survivors(&few, mutants(&tag.when).into_iter().map(mutant).collect(), &files, 0));
    }
    assert!(left.is_empty(), "no case notices\n{}", left.join("\n"));
}

/// A literal of the language for a lane's number.
fn literal(kind: Kind, lane: i64) -> String {
    match kind {
        Kind::Money => format!("money('{}元')", yuan(lane)),
        Kind::Ratio => {
            let sign = if lane < 0 { "-" } else { "" };
            format!("{sign}{}.{:012}", lane.unsigned_abs() / 1_000_000_000_000, lane.unsigned_abs() % 1_000_000_000_000)
        }
        _ => lane.to_string(),
    }
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// Every bin of every card with a point more and a point less, the missing one too; every edge one step to either side.
#[test]
fn cases_notice_every_change_of_a_bin() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(huoshui_kernel::Date::constant(2025, 9, 30)).unwrap();
    let (mut left, mut counts) = (Vec::new(), (0, 0));
    for card in &policies.scorecards {
        let codes: BTreeSet<&str> = card.part.iter().map(|p| p.feature.as_str()).collect();
        let few = Policies {
            relations: policies.relations.clone(),
            features: closure(&policies, &codes).into_iter().cloned().collect(),
            scales: policies.scales.clone(),
            scorecards: vec![card.clone()],
            ..Policies::default()
        };
        let own = |case: &mut toml::Table| {
            let expect = case["expect"].as_table().unwrap();
            expect.get("card").and_then(|c| c.as_str()) == Some(&*card.code)
        };
        let files = files("scorecards/", &own, &|code| few.features.iter().any(|f| f.code == code));
        let mut all = Vec::new();
        let mut add = |what: String, change: &dyn Fn(&mut Part)| {
            let (at, what) = what.split_once(' ').unwrap();
            let mut mutant = few.clone();
            let part = &mut mutant.scorecards[0].part[at.parse::<usize>().unwrap()];
            change(part);
            all.push((format!("{}: {}: {what}", card.code, part.feature), mutant));
        };
        for (at, part) in card.part.iter().enumerate() {
            let field = rules.field(&part.feature).unwrap();
            for by in [-1, 1] {
                add(format!("{at} missing {by:+}"), &|p| p.missing += by);
                for bin in 0..part.bins.len() {
                    add(format!("{at} points of bin {bin} {by:+}"), &|p| p.bins[bin].points += by);
                    counts.0 += 1;
                    let Some(to) = &part.bins[bin].to else { continue };
                    let edge = literal(field.kind, field.parse(to).unwrap() + i64::from(by));
                    add(format!("{at} edge {to} is {edge}"), &|p| {
                        p.bins[bin].to = Some(edge.clone());
                        p.bins[bin + 1].from = Some(edge.clone());
                    });
                    counts.1 += 1;
                }
            }
        }
        left.extend(survivors(&few, all, &files, 60));
    }
    assert!(left.is_empty(), "no case notices\n{}", left.join("\n"));
    assert!(counts.0 > 350 && counts.1 > 200, "{counts:?}");
}

/// A product with all that it names, and nothing of the others.
fn alone(policies: &Policies, product: &Product) -> Policies {
    let mut own = policies.clone();
    own.tags.clear();
    own.products.retain(|p| p.code == product.code);
    own.gates.retain(|g| g.code == product.gates);
    own
}

/// Of a product's cases those in which nothing stops, and those that a change could touch: what it reads is set, or its
/// code is expected as a reason.
fn touched(product: &Product, formula: &str, reason: &str) -> Vec<String> {
    let read = words(formula);
    let plain = |c: &toml::Table| {
        (!c.contains_key("profile") && !c["expect"].as_table()?.contains_key("reasons")).then_some(())
    };
    let keep = |case: &mut toml::Table| {
        let set = |c: &toml::Table| c.get("profile")?.as_table()?.keys().any(|k| read.contains(&**k)).then_some(());
        let named = |c: &toml::Table| {
            let reasons = c["expect"].as_table()?.get("reasons")?.as_array()?;
            reasons.iter().any(|r| r.as_str() == Some(reason)).then_some(())
        };
        set(case).or_else(|| named(case)).or_else(|| plain(case)).is_some()
    };
    files(&format!("products/{}.cases", product.code), &keep, &|_| true)
}

/// The cases of a product that end well: where terms and authority are told.
fn approving(product: &Product) -> Vec<String> {
    let keep = |case: &mut toml::Table| {
        let outcome = case["expect"].as_table().and_then(|e| e.get("outcome")?.as_str()).unwrap_or("").to_owned();
        ["automatic", "branch", "head_office"].contains(&outcome.as_str())
    };
    files(&format!("products/{}.cases", product.code), &keep, &|_| true)
}

/// Each gate left out, turned from refusing to referring and back, or its condition changed.
#[test]
fn cases_notice_every_change_of_a_gate() {
    let policies = Policies::embedded().unwrap();
    let mut left = Vec::new();
    for product in &policies.products {
        let own = alone(&policies, product);
        for (at, gate) in own.gates[0].gate.iter().enumerate() {
            let files = touched(product, &gate.when, &format!("gate.{}", gate.code));
            let mut all = Vec::new();
            let mut add = |what: &str, change: &dyn Fn(&mut Policies)| {
                let mut mutant = own.clone();
                change(&mut mutant);
                all.push((format!("{}: gate {}: {what}", product.code, gate.code), mutant));
            };
            add("left out", &|p| drop(p.gates[0].gate.remove(at)));
            let other = if gate.outcome == GateOutcome::Refuse { GateOutcome::Refer } else { GateOutcome::Refuse };
            add("the other outcome", &|p| p.gates[0].gate[at].outcome = other);
            for when in mutants(&gate.when) {
                add(&when, &|p| p.gates[0].gate[at].when.clone_from(&when));
            }
            left.extend(survivors(&own, all, &files, 2));
        }
    }
    assert!(left.is_empty(), "no case notices\n{}", left.join("\n"));
}

/// Each cap, step of the price and authority left out, or its condition changed.
#[test]
fn cases_notice_every_change_of_terms_and_authority() {
    let policies = Policies::embedded().unwrap();
    let mut left = Vec::new();
    for product in &policies.products {
        let own = alone(&policies, product);
        let files = approving(product);
        let mut all = Vec::new();
        let mut add = |what: String, change: &dyn Fn(&mut Product)| {
            let mut mutant = own.clone();
            change(&mut mutant.products[0]);
            all.push((format!("{}: {what}", product.code), mutant));
        };
        for (at, cap) in product.cap.iter().enumerate() {
            add(format!("cap {} left out", cap.code), &|p| drop(p.cap.remove(at)));
        }
        for (at, step) in product.price.step.iter().enumerate() {
            add(format!("step {} left out", step.code), &|p| drop(p.price.step.remove(at)));
            for when in mutants(&step.when) {
                add(format!("step {}: {when}", step.code), &|p| p.price.step[at].when.clone_from(&when));
            }
        }
        for (at, authority) in product.authority.iter().enumerate() {
            add(format!("authority {:?} left out", authority.level), &|p| drop(p.authority.remove(at)));
            for when in mutants(&authority.when) {
                let what = format!("authority {:?}: {when}", authority.level);
                add(what, &|p| p.authority[at].when.clone_from(&when));
            }
        }
        left.extend(survivors(&own, all, &files, 10));
    }
    assert!(left.is_empty(), "no case notices\n{}", left.join("\n"));
}
