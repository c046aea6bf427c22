//! What the service tells of decisions, held against what is worked out apart from it: overrides and counts, the tree beside the
//! decision, a firm's own profile, what a consent cuts off.

use std::collections::BTreeMap;

use huoshui_app::credit::{bank, city};
use huoshui_credit::decide::{Inputs, Outcome, Request};
use huoshui_credit::profile::Profile;
use huoshui_credit::rules::Rules;
use huoshui_journal::Clock as _;
use huoshui_kernel::date::{days as date_days, from_days};
use huoshui_kernel::{Date, Fen, Lang, Uscc, money::Unit};
use serde_json::{Value, json};

use crate::common::{City, Reply, Server, config};
use crate::kept::engine;
use crate::own::colleague;
use crate::truth::firms_consent;
use crate::{DECISIONS, application, consent, consent_over, days, range};

pub fn inputs(rules: &Rules, profile: Profile, date: Date, rows: &Value, request: &Request) -> Inputs {
    let rows = serde_json::from_value(rows.clone()).unwrap();
    let own = bank::profile(rules, &profile.uscc, date, &rows).unwrap();
    Inputs { profile, bank: Some(own), request: request.clone(), salt: "s".to_owned() }
}

fn count<K: Ord>(all: impl Iterator<Item = K>) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    all.for_each(|k| *counts.entry(k).or_insert(0) += 1);
    counts
}

/// The branch says what the decision says: outcome, gates, what is missing, points that add up to the score, line, rate, authority.
fn tree_is_the_decisions(tree: &Value, said: &Value) {
    let (decision, parts) = (&said["decision"], tree["parts"].as_array().unwrap());
    let outcome: Outcome = serde_json::from_value(decision["outcome"].clone()).unwrap();
    assert_eq!((&tree["result"]["zh"], &tree["result"]["en"]), (&json!(outcome.names().0), &json!(outcome.names().1)));
    let reasons = |kind: &str| -> Vec<&Value> {
        decision["reasons"].as_array().unwrap().iter().filter(|r| r["kind"] == *kind).collect()
    };
    let text = |v: &Value| v["text"]["zh"].as_str().unwrap().to_owned();
    let hit: Vec<&str> = parts[0]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["decided"] == true)
        .map(|p| p["title"]["zh"].as_str().unwrap())
        .collect();
    let gates = reasons("gate");
    assert_eq!(hit.len(), gates.len(), "{tree}");
    assert!(gates.iter().all(|g| hit.iter().any(|title| text(g).starts_with(title))), "{hit:?} {gates:?}");
    let gone: Vec<&str> =
        parts[1]["parts"].as_array().unwrap().iter().map(|p| p["title"]["zh"].as_str().unwrap()).collect();
    let missing = reasons("missing");
    assert_eq!((gone.len(), parts[1]["decided"].as_bool()), (missing.len(), Some(!missing.is_empty())));
    assert!(missing.iter().all(|m| gone.iter().any(|title| text(m).contains(&format!("“{title}”")))), "{gone:?}");
    // Start and points add up.
    let points = |p: &Value| -> i64 {
        let result = p["result"]["zh"].as_str().unwrap();
        let said = result.split_once(" → ").map_or(result, |(_, said)| said);
        said.split(' ').next().unwrap().parse().unwrap()
    };
    let sum: i64 = parts[2]["parts"].as_array().unwrap().iter().map(points).sum();
    assert_eq!(sum, decision["score"].as_i64().unwrap(), "{tree}");
    let score = format!("{} 分，等级 {}", decision["score"], decision["grade"].as_str().unwrap());
    assert!(parts[2]["result"]["zh"].as_str().unwrap().starts_with(&score));
    if let (Some(line), Some(rate)) = (decision["line_fen"].as_i64(), decision["rate_ppm"].as_i64()) {
        assert!(parts[3]["result"]["zh"].as_str().unwrap().starts_with(&Fen(line).show(Unit::Wan, 2, Lang::Zh)));
        assert_eq!(parts[4]["result"]["zh"], format!("{}.{:04}%", rate / 10_000, rate % 10_000));
    }
    assert_eq!(
        (line_of(decision).is_some(), parts[5]["decided"].as_bool()),
        (outcome.approves(), Some(outcome.approves()))
    );
}

fn line_of(decision: &Value) -> Option<i64> {
    decision["line_fen"].as_i64()
}

#[test]
fn overrides_and_counts_and_trees_are_what_the_decisions_make_of_them() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (ann, owner) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let ben = colleague(&server, &ann, "demo-bank", "ben");
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let engine = engine(&server);
    let rules = engine.book.on(today).unwrap().rules;

    // A firm that the rules approve, found without the service.
    let asked = application("");
    let request: Request = serde_json::from_value(asked["request"].clone()).unwrap();
    let table = city::profiles(&engine.held, &rules, today).unwrap();
    let approved = (0..table.uscc.len()).find(|row| {
        let profile = Profile::of(&table, *row).unwrap();
        let whole = inputs(&rules, profile, today, &asked["bank_inputs"], &request);
        rules.try_value(&whole, "", None).unwrap().0.approves()
    });
    let good = table.uscc[approved.unwrap()].to_string();
    let (fine, own) = (
        firms_consent(&server, &city.bank, &good, today),
        consent(&server, (&ann, &owner), &city.enterprise, "instant_loan"),
    );
    let apply = |consent: &str, purpose: &str, product: &str, amount: i64, bank: bool| {
        let mut asked = application(consent);
        asked["purpose"] = json!(purpose);
        asked["request"]["product"] = json!(product);
        asked["request"]["amount_fen"] = json!(amount);
        if product == "research_loan" {
            asked["request"]["purpose"] = json!("research");
        }
        if !bank {
            asked["bank_inputs"] = json!({});
        }
        let reply = server.post(DECISIONS, &ann, &asked);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let made = [
        apply(&fine, "credit_review", "instant_loan", 100_000_000, true),
        apply(&fine, "credit_review", "instant_loan", 100_000_000, false),
        // Less than the product's least: refused.
        apply(&fine, "credit_review", "instant_loan", 100, true),
        apply(&fine, "credit_review", "research_loan", 100_000_000, true),
        // This consent does not let through what the product reads.
        apply(&own, "instant_loan", "ip_pledge_loan", 100_000_000, true),
        // More than a branch approves of this product, 3 million, and nothing known of the firm by its bank: referred.
        apply(&own, "instant_loan", "instant_loan", 300_010_000, false),
    ];
    let outcome = |said: &Value| said["decision"]["outcome"].as_str().unwrap().to_owned();
    assert!(["automatic", "branch"].contains(&outcome(&made[0]).as_str()), "{}", made[0]);
    assert_eq!([&made[1], &made[2], &made[4], &made[5]].map(outcome), ["refer", "refuse", "refer", "refer"]);
    for said in &made {
        let path = format!("{DECISIONS}/{}/explanation", said["made"]["id"].as_str().unwrap());
        tree_is_the_decisions(&server.get(&path, Some(&ann)).json(), said);
    }

    // A person decides otherwise and says why; who may, and what is none, is told.
    let over = |who: &str, said: &Value, lend: bool, reason: &str, note: &str| {
        let place = format!("{DECISIONS}/{}", said["made"]["id"].as_str().unwrap());
        let version = server.version(&place, &ann);
        let body = json!({ "lend": lend, "reason": reason, "note": note });
        server.change(("POST", &format!("{place}/overrides")), who, version, &body)
    };
    let visit = "上门看过厂房与在手订单，经营情况属实。";
    for (who, said, lend, reason, note) in [
        (&ben, &made[1], true, "visit", "看过了"),
        (&ben, &made[1], false, "visit", visit),
        (&ann, &made[0], true, "visit", visit),
        // A branch does not lift a refusal.
        (&ben, &made[2], true, "visit", visit),
        // Nor a referral of more than it might approve by itself.
        (&ben, &made[5], true, "visit", visit),
    ] {
        let reply = over(who, said, lend, reason, note);
        assert_eq!(reply.code(), "credit.override", "{}", reply.text());
    }
    // A reason is one of the product's list; the list is told.
    for reason in [" ", "看过了", "VISIT"] {
        let reply = over(&ben, &made[1], true, reason, visit);
        assert_eq!((reply.status, reply.code().as_str()), (422, "credit.override_reason"), "{}", reply.text());
        assert!(
            reply.text().contains("visit 上门核实经营情况") && reply.text().contains("guarantor"),
            "{}",
            reply.text()
        );
    }
    for (who, said, lend, reason) in
        [(&ben, &made[1], true, "visit"), (&ann, &made[2], true, "guarantor"), (&ben, &made[0], false, "visit")]
    {
        let again = |reply: &Reply| assert_eq!(reply.code(), "credit.override", "{}", reply.text());
        let reply = over(who, said, lend, reason, visit);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let last = reply.json()["overrides"].as_array().unwrap().last().unwrap().clone();
        let level = if *who == ben { "branch" } else { "head_office" };
        let by = if *who == ben { "ben" } else { "demo-bank" };
        assert_eq!((&last["reason"], &last["note"], &last["lend"]), (&json!(reason), &json!(visit), &json!(lend)));
        assert_eq!((&last["by"], &last["level"], &last["on"]), (&json!(by), &json!(level), &json!(today)));
        assert_eq!(last["decision"], said["made"]["record"]["decision"]);
        // The same once more changes nothing.
        again(&over(who, said, lend, reason, visit));
    }
    // Head office may lend what is beyond a branch.
    let lifted = over(&ann, &made[5], true, "orders", visit);
    assert_eq!(lifted.status, 200, "{}", lifted.text());
    let logged = server.get(&format!("{DECISIONS}/{}", made[1]["made"]["id"].as_str().unwrap()), Some(&ann)).json();
    assert_eq!((logged["overrides"].as_array().unwrap().len(), &logged["decision"]), (1, &made[1]["decision"]));

    // The counts, against those of the records.
    let told = server.get("/v1/credit/monitor", Some(&ann)).json();
    let records: Vec<&Value> = made.iter().map(|m| &m["made"]["record"]).collect();
    let word = |r: &Value, name: &str| r[name].as_str().unwrap().to_owned();
    assert_eq!((&told["decisions"], &told["more"]), (&json!(6), &json!(false)));
    assert_eq!(told["by_outcome"], json!(count(records.iter().map(|r| word(r, "outcome")))));
    assert_eq!(told["by_grade"], json!(count(records.iter().map(|r| word(r, "grade")))));
    let reasons = |r: &Value| -> Vec<String> { serde_json::from_value(r["reasons"].clone()).unwrap() };
    assert_eq!(told["by_first_reason"], json!(count(records.iter().filter_map(|r| reasons(r).first().cloned()))));
    assert_eq!(told["by_reason"], json!(count(records.iter().flat_map(|r| reasons(r)))));
    let mut products: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for r in &records {
        *products.entry(word(r, "product")).or_default().entry(word(r, "outcome")).or_default() += 1;
    }
    assert_eq!(told["by_product"], json!(products));
    let overrides = json!({
        "decisions": 6, "overrides": 4, "lent_against": 3, "not_lent_against": 1,
        "by_reason": { "guarantor": 1, "orders": 1, "visit": 2 }, "by_person": { "ben": 2, "demo-bank": 2 },
        "by_product": { "instant_loan": 4 },
    });
    assert_eq!(told["overrides"], overrides);
    // The counts are of a period: today's are all, yesterday's none.
    let day = from_days(date_days(today) - 1).unwrap();
    for (from, to, count) in [(today, today, 6), (day, day, 0), (day, today, 6)] {
        let told = server.get(&format!("/v1/credit/monitor?from={from}&to={to}"), Some(&ann)).json();
        assert_eq!((&told["decisions"], &told["overrides"]["decisions"]), (&json!(count), &json!(count)), "{told}");
        assert_eq!((&told["from"], &told["to"]), (&json!(from), &json!(to)));
    }
    for wrong in [format!("from={today}&to={day}"), "from=2020-01-01".to_owned()] {
        let reply = server.get(&format!("/v1/credit/monitor?{wrong}"), Some(&ann));
        assert_eq!((reply.status, reply.code().as_str()), (422, "credit.period"), "{}", reply.text());
    }

    // A firm looks at itself: what departments hold of it; at no other.
    let path = |firm: &str| format!("/v1/credit/enterprises/{firm}/profile");
    let seen = server.get(&path(&city.enterprise), Some(&owner));
    assert_eq!(seen.status, 200, "{}", seen.text());
    let held = city::profile(&engine.held, &rules, Uscc::parse(&city.enterprise).unwrap(), today).unwrap();
    let seen = seen.json();
    assert_eq!(serde_json::from_value::<Profile>(seen["profile"].clone()).unwrap(), held);
    assert_eq!((&seen["uscc"], &seen["tags"]), (&json!(city.enterprise), &json!(rules.tags(&held))));
    assert_eq!(server.get(&path(&city.stranger), Some(&owner)).status, 403);
}

#[test]
fn a_consent_that_cuts_off_what_may_still_be_open_refers_and_says_how_far_back() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let (from, to) = range(&server);
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let decided = |range: (Date, Date)| {
        let consent = consent_over(&server, (&bank, &firm), &city.enterprise, "instant_loan", range);
        let reply = server.post(DECISIONS, &bank, &application(&consent));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reasons = reply.json()["decision"]["reasons"].as_array().unwrap().clone();
        reasons.into_iter().filter(|r| r["kind"] == "missing").collect::<Vec<_>>()
    };
    let codes = |all: &[Value]| -> Vec<String> { all.iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect() };
    let open = ["missing.abnormal_now", "missing.enforcement_open", "missing.dishonest_now"];
    let whole = codes(&decided((from, to)));
    assert!(open.iter().all(|code| !whole.iter().any(|c| c.starts_with(code))), "{whole:?}");
    // Two years, as a firm might think enough.
    let short = decided((huoshui_kernel::date::add_months(today, -24).unwrap(), to));
    let said = |all: &[Value], code: &str| {
        let found = all.iter().find(|r| r["code"].as_str().unwrap().starts_with(code));
        found.unwrap_or_else(|| panic!("no {code} in {:?}", codes(all)))["text"]["zh"].as_str().unwrap().to_owned()
    };
    for (code, source, months) in
        [(open[0], "abnormal_list", 120), (open[1], "enforcement", 60), (open[2], "dishonesty", 60)]
    {
        let text = said(&short, code);
        let first = huoshui_kernel::date::add_months(today, -months).unwrap();
        let wanted = format!("来源 {source}，授权须含 {first} 起的数据，即回溯 {months} 个月");
        assert!(text.contains(&wanted), "{text}");
    }
    // The courts' data are of yesterday; a range that ends the day before hides a day.
    let ended = decided((from, from_days(date_days(today) - 2).unwrap()));
    assert!(said(&ended, open[2]).contains("授权的数据范围截止过早，来源 dishonesty"), "{:?}", codes(&ended));
}
