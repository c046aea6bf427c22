//! A small city by the real path: departments' batches imported, consents, profiles and decisions over HTTP. Rows and columns
//! agree for every firm; every reason is true; every replay gives the same bytes, also after new policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use huoshui_app::credit::kept::Kept;
use huoshui_app::credit::{city, record};
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::consents::{Signing, Wanted};
use huoshui_app::policies::{self, Kind};
use huoshui_credit::decide::{Decision, Effect, Outcome, ReasonKind};
use huoshui_credit::profile::Profile;
use huoshui_credit::rules::Rules;
use huoshui_exchange::consent::{Authority, Step};
use huoshui_exchange::purpose::{Frequency, RecipientKind};
use huoshui_journal::Clock as _;
use huoshui_kernel::{Date, Uscc};
use serde_json::{Value, json};

use crate::common::{City, Server, config, fresh_key};
use crate::kept::{engine, sound};
use crate::{DECISIONS, days};

const PRODUCTS: [(&str, &str); 3] =
    [("instant_loan", "working_capital"), ("research_loan", "research"), ("ip_pledge_loan", "ip")];
const PURPOSE: &str = "credit_review";
/// So many firms with a good grade apply, and every so many-th of the others.
const GOOD: usize = 60;
const EVERY: usize = 15;

pub fn firms_consent(server: &Server, bank: &str, firm: &str, today: Date) -> String {
    let exchange = &engine(server).exchange;
    let uscc = Uscc::parse(firm).unwrap();
    let asker = Actor::new("demo-bank".into(), Party::Institution(bank.into(), RecipientKind::Bank));
    let wanted = Wanted {
        subject: uscc,
        person: None,
        also: Vec::new(),
        purpose: PURPOSE.into(),
        asks: Vec::new(),
        data_from: huoshui_kernel::date::add_months(today, -120).unwrap(),
        data_to: today,
        days: 30,
        frequency: Frequency { count: 5, days: 30 },
        retention_days: 30,
    };
    let id = exchange.request(&asker, &fresh_key(), &wanted).unwrap().id;
    let owner = Actor::new(format!("owner-{firm}"), Party::Enterprise(uscc));
    let digest = exchange.representatives(&uscc).unwrap().pop().unwrap();
    huoshui_app::access::demo::stand_as(&server.workspace, &owner.account, "firms", uscc, &digest).unwrap();
    let signing = Signing { authority: Authority::LegalRepresentative, authorisation: None };
    exchange.step(&owner, &fresh_key(), &id, Step::Grant, &signing, None).unwrap();
    id
}

/// Banks know different things of firms: nothing, the best, debts, little need, a crowded group.
fn bank_inputs(n: usize) -> Value {
    let report = |overdue: i64, months: i64, inquiries: i64| {
        json!([{ "queried_on": "2025-10-09", "overdue_accounts": overdue, "overdue_balance": overdue * 1_000_000,
            "overdue_months_24m": months, "worst_class": if overdue > 0 { "loss" } else { "pass" },
            "inquiries_6m": inquiries, "other_balance": "12.34万元", "guarantees": 0 }])
    };
    let group = |left: &str| json!([{ "group_limit": left, "group_exposure": "1万元" }]);
    let need = |amount: &str| json!([{ "working_capital_need": amount, "own_loans": 0 }]);
    match n % 6 {
        0 | 1 => {
            json!({ "bank_credit_report": report(0, 0, 1), "bank_group": group("1亿元"), "bank_need": need("9000万元") })
        }
        2 => {
            json!({ "bank_credit_report": report(2, 3, 2), "bank_group": group("1亿元"), "bank_need": need("900万元") })
        }
        3 => json!({ "bank_credit_report": report(0, 1, 9), "bank_group": group("1亿元"), "bank_need": need("5万元") }),
        4 => {
            json!({ "bank_credit_report": report(0, 0, 0), "bank_group": group("20万元"), "bank_need": need("50万元") })
        }
        _ => json!({}),
    }
}

/// Features, tags, scores of every firm of the city: alone, row by row, and all at once, by columns. Firms to decide on.
fn rows_and_columns_agree(server: &Server, rules: &Rules, today: Date) -> Vec<Arc<str>> {
    let held = &engine(server).held;
    let table = city::profiles(held, rules, today).unwrap();
    let tags = rules.tag_table(&table).unwrap();
    let cards = ["srdi_general", "srdi_start_up", "srdi_growth", "srdi_maturity"];
    let scores = cards.map(|card| rules.score_table(card, &table).unwrap());
    let (mut known, mut missing, mut yes) = (0, 0, 0);
    for (row, firm) in table.uscc.iter().enumerate() {
        let alone = city::profile(held, rules, Uscc::parse(firm).unwrap(), today).unwrap();
        let column = Profile::of(&table, row).unwrap();
        for (code, item) in &alone.items {
            assert_eq!(item.cell, column.items[code].cell, "{firm} {code}");
            *(if item.cell.known().is_some() { &mut known } else { &mut missing }) += 1;
        }
        assert_eq!(alone, column, "{firm}");
        for tag in rules.tags(&alone) {
            let answers = &tags.iter().find(|(code, _)| *code == tag.code).unwrap().1;
            assert_eq!(tag.answer, answers[row], "{firm} {}", tag.code);
            yes += usize::from(tag.answer == huoshui_credit::tags::Answer::Yes);
        }
        for (card, scores) in cards.iter().zip(&scores) {
            let advice = rules.advice(&alone, card).unwrap();
            let column = (scores.score[row], scores.pd_ppm[row], &*scores.grade[row]);
            assert_eq!((advice.score, advice.pd_ppm, &*advice.grade), column, "{firm} {card}");
        }
    }
    assert!(table.uscc.len() > 100 && known > 50 * table.uscc.len() && missing > 0 && yes > table.uscc.len());
    let good = |row: &usize| ["AAA", "AA", "A", "BBB"].contains(&&*scores[0].grade[*row]);
    let (good, others): (Vec<usize>, Vec<usize>) = (0..table.uscc.len()).partition(good);
    let chosen = good.into_iter().take(GOOD).chain(others.into_iter().step_by(EVERY));
    chosen.map(|row| Arc::clone(&table.uscc[row])).collect()
}

fn kept(server: &Server, said: &Value) -> Kept {
    let made: record::Made = serde_json::from_value(said["made"].clone()).unwrap();
    Kept::of(&server.workspace.journal, &made).unwrap().unwrap()
}

fn blocking(decision: &Decision) -> usize {
    decision.reasons.iter().filter(|r| r.blocks && r.kind != ReasonKind::Score).count()
}

/// Puts each reason's value in place of the old one, with what follows from it, and decides the whole application anew: the outcome, the obstacles, the
/// score or the terms must be better, as the reason says.
fn every_reason_is_true(rules: &Rules, kept: &Kept, counts: &mut BTreeMap<String, usize>) {
    let (inputs, decision) = (&kept.inputs, &kept.decision);
    assert!(decision.outcome == Outcome::Automatic || !decision.reasons.is_empty());
    for reason in &decision.reasons {
        let kind = format!("{:?}", reason.kind);
        let Some(flip) = &reason.flip else {
            assert!(reason.text.zh.contains("单改此项无济于事"), "{}: {}", reason.code, reason.text.zh);
            *counts.entry(format!("{kind} without")).or_default() += 1;
            continue;
        };
        *counts.entry(kind).or_default() += 1;
        *counts.entry(format!("{:?}", flip.effect)).or_default() += 1;
        let changed = rules.with_value(inputs, &flip.field, flip.lane).unwrap();
        let after = rules.decide(&changed).unwrap();
        let said = format!("{}: {} → {:?}", reason.code, reason.text.zh, after.outcome);
        assert_eq!((after.outcome, after.score), (flip.outcome, flip.score), "{said}");
        match flip.effect {
            Effect::Outcome => assert!(after.outcome < decision.outcome, "{said}"),
            Effect::Obstacle => {
                assert!(blocking(&after) < blocking(decision) || after.score > decision.score, "{said}")
            }
            Effect::Score => assert!(after.score > decision.score && after.outcome <= decision.outcome, "{said}"),
            Effect::Terms => {
                assert!(after.line_fen > decision.line_fen || after.rate_ppm < decision.rate_ppm, "{said}");
            }
        }
        // What the reader is told names the value and what would help.
        assert!(!reason.text.zh.is_empty() && !reason.text.en.is_empty());
    }
}

/// A new version of a file, in force from today on: the former one ends yesterday.
fn publish(server: &Server, kind: Kind, file: &str, change: impl Fn(&str) -> String) {
    let set = policies::Set::load(&server.workspace, None).unwrap();
    let text = change(&set.get(kind, file).unwrap().text);
    policies::publish(&server.workspace, "li.na", kind, file, &text).unwrap();
}

#[test]
fn reasons_are_true_replays_are_the_same_and_rows_are_columns_for_a_city_by_the_real_path() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let bank = server.sign_in("demo-bank");
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let rules = engine(&server).book.on(today).unwrap().rules;
    let firms = rows_and_columns_agree(&server, &rules, today);

    let held = engine(&server);
    let (mut made, mut outcomes, mut read) = (Vec::new(), BTreeMap::<String, usize>::new(), 0);
    let mut on_profiles = Vec::new();
    for (n, firm) in firms.iter().enumerate() {
        let consent = firms_consent(&server, &city.bank, firm, today);
        let order = json!({ "consent": consent, "purpose": PURPOSE });
        let refreshed = server.post("/v1/credit/profiles", &bank, &order).json();
        let shown: Profile = serde_json::from_value(refreshed["profile"].clone()).unwrap();
        let own = city::profile(&held.held, &rules, Uscc::parse(firm).unwrap(), today).unwrap();
        for (code, item) in shown.items.iter().filter(|(_, item)| item.cell.known().is_some()) {
            assert_eq!(item.cell, own.items[code].cell, "{firm} {code}: what a pull gave is what is held");
            read += 1;
        }
        for (product, purpose) in PRODUCTS {
            let amount = [30_000_000_i64, 100_000_000, 450_000_000][n % 3];
            let months = [6, 12, 24, 36][n % 4];
            let asked = json!({
                "consent": consent, "purpose": PURPOSE, "number": format!("{n}-{product}"), "bank_inputs": bank_inputs(n),
                "request": { "product": product, "amount_fen": amount, "months": months, "purpose": purpose, "lpr_ppm": 30_000 },
            });
            let reply = server.post(DECISIONS, &bank, &asked);
            assert_eq!(reply.status, 200, "{}", reply.text());
            let said = reply.json();
            // On the profile of a moment ago the same is decided, for the same reasons.
            let mut on_profile = asked.clone();
            on_profile["profile"] = refreshed["id"].clone();
            on_profile["number"] = json!(format!("{n}-{product}-profile"));
            let reply = server.post(DECISIONS, &bank, &on_profile);
            assert_eq!(reply.status, 200, "{}", reply.text());
            let same = reply.json();
            let plain = |said: &Value| {
                let mut decision = said["decision"].clone();
                decision.as_object_mut().unwrap().remove("inputs_digest").unwrap();
                decision
            };
            assert_eq!(plain(&same), plain(&said), "{firm} {product}");
            on_profiles.push(same);
            *outcomes.entry(said["decision"]["outcome"].as_str().unwrap().to_owned()).or_default() += 1;
            made.push(said);
        }
    }
    assert!(made.len() > 100 && read > 20 * made.len(), "{} {read}", made.len());
    // The city must hold good firms and bad ones, or this shows little.
    let approved =
        made.len() - ["refer", "refuse"].iter().map(|o| outcomes.get(*o).copied().unwrap_or_default()).sum::<usize>();
    assert!(outcomes.len() >= 4 && approved > 12, "{outcomes:?}");

    let mut counts = BTreeMap::new();
    for said in &made {
        let kept = kept(&server, said);
        assert_eq!(serde_json::to_value(&kept.decision).unwrap(), said["decision"]);
        every_reason_is_true(&rules, &kept, &mut counts);
    }
    println!("{} decisions, {outcomes:?}, {counts:?}", made.len());
    let kinds: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
    for kind in ["Gate", "Bound", "Missing", "Score", "Line", "Outcome", "Obstacle", "Terms"] {
        assert!(kinds.contains(kind), "{kind}: {counts:?}");
    }

    // Replayed at once, and after the card, the gates' scale and the products moved on.
    let replayed = |when: &str| {
        for said in made.iter().chain(&on_profiles) {
            let path = format!("{DECISIONS}/{}/replay", said["made"]["id"].as_str().unwrap());
            let replay = server.get(&path, Some(&bank)).json();
            assert_eq!(replay["same"], true, "{when}: {replay}");
            assert_eq!(
                (&replay["recorded"], &replay["again"]),
                (&said["made"]["record"]["decision"], &replay["again"])
            );
        }
    };
    replayed("at once");
    publish(&server, Kind::Products, "instant_loan.toml", |t| t.replace("AAA = \"0.10%\"", "AAA = \"0.15%\""));
    publish(&server, Kind::Products, "research_loan.toml", |t| format!("{t}\n# Read again.\n"));
    publish(&server, Kind::Scorecards, "stages.toml", |t| {
        t.replace("start = 510", "start = 460")
            .replace("start = 500", "start = 450")
            .replace("start = 495", "start = 445")
    });
    // They would be decided otherwise today …
    let anew = engine(&server).book.on(today).unwrap().rules;
    let differ = made.iter().filter(|said| {
        let kept = kept(&server, said);
        anew.decide(&kept.inputs).unwrap().score != kept.decision.score
    });
    assert!(differ.count() > made.len() / 4);
    // … and are what they were.
    replayed("after new policies");
    sound(&server);
}
