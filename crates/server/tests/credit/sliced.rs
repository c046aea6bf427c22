//! The what-if, and data of an earlier day, held against what the departments' files say.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_app::credit::drafts::Question;
use huoshui_app::credit::{Credit, city, whatif};
use huoshui_credit::decide::{Outcome, Request};
use huoshui_credit::embedded::POLICIES;
use huoshui_credit::profile::Profile;
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::value::{Cell, Why};
use huoshui_journal::Clock as _;
use huoshui_kernel::date::{days as date_days, from_days, parse};
use huoshui_kernel::{Date, Lang, Uscc};
use serde_json::{Value, json};

use crate::common::{City, Server, config};
use crate::kept::engine;
use crate::told::inputs;
use crate::{application, days};

/// Rows of a department's file, whole and changes, by firm: the later ones of a key replace the earlier.
fn department(city: &City, resource: &str, until: &str) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let folders = std::fs::read_dir(city.files().join("departments")).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<_> = folders
        .flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()))
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(&format!("{resource}.")) && name.split('.').nth(1).unwrap() <= until
        })
        .collect();
    files.sort();
    let mut rows: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        for line in lines {
            let row: BTreeMap<String, String> =
                head.iter().zip(line.split(',')).map(|(h, c)| ((*h).to_owned(), c.to_owned())).collect();
            let key = match resource {
                "registration" => String::new(),
                "srdi_recognition" => row["certificate_no"].clone(),
                _ => row["case_no"].clone(),
            };
            rows.entry(row["uscc"].clone()).or_default().insert(key, row);
        }
    }
    rows.into_iter().map(|(firm, rows)| (firm, rows.into_values().collect())).collect()
}

/// The rules in force on a day.
fn old_then(engine: &Credit, date: Date) -> Arc<Rules> {
    engine.book.on(date).unwrap().rules
}

#[test]
fn the_what_if_is_what_every_firm_alone_gives_by_tier_district_and_industry() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let operator = server.sign_in("demo-operator");
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let next = from_days(date_days(today) + 1).unwrap();
    // From tomorrow on grade BBB goes to a person.
    let (file, text) = POLICIES.iter().find(|(f, _)| f.ends_with("products/instant_loan.toml")).unwrap();
    let begins = "effective_from = \"2024-01-01\"";
    let tighter = text
        .replacen("version = 1", "version = 2", 1)
        .replacen(begins, &format!("effective_from = \"{next}\""), 1)
        .replacen("\"A\", \"BBB\"]", "\"A\"]", 1)
        .replacen("refer = [\"BB\"]", "refer = [\"BBB\", \"BB\"]", 1);
    let former = text.replacen(begins, &format!("{begins}\neffective_to = \"{today}\""), 1);
    let draft = json!({ "kind": "products", "file": "instant_loan.toml", "text": format!("{former}\n{tighter}") });
    let drafted = server.post("/v1/credit/drafts", &operator, &draft);
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    let asked = application("");
    let question =
        json!({ "request": asked["request"], "effective_from": next, "as_of": today, "assumed": asked["bank_inputs"] });
    let path = format!("/v1/credit/drafts/{}/what-if", drafted.json()["id"].as_str().unwrap());
    let told = server.post(&path, &operator, &question);
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json()["report"].clone();

    // Each firm alone, row by row, under the shipped rules and under the draft; cut by what the departments' files say.
    let engine = engine(&server);
    let old = engine.book.on(today).unwrap().rules;
    let changed: Vec<(&str, String)> =
        POLICIES.iter().map(|(f, t)| (*f, if f == file { tighter.clone() } else { (*t).to_owned() })).collect();
    let new = Policies::load(changed.iter().map(|(f, t)| (*f, t.as_str()))).unwrap().on(next).unwrap();
    let asks: Question = serde_json::from_value(question.clone()).unwrap();
    let exact =
        whatif::run(&engine.held, (&old_then(&engine, next), &new), &asks, &huoshui_app::progress::Silent).unwrap();
    // Over HTTP it is told in numbers of no fewer than twenty firms.
    let numbers = |report: &Value| ["firms", "moves", "slices", "flips", "flipped"].map(|key| report[key].clone());
    assert_eq!(numbers(&told), numbers(&json!(exact.clone().in_numbers(20))));
    let told_at_least = told["slices"].as_array().unwrap().iter().all(|s| s["firms"].as_u64().unwrap() >= 20);
    assert!(told_at_least && told["flipped"] == json!([]), "{told}");
    let report = json!(exact);
    let request: Request = serde_json::from_value(asked["request"].clone()).unwrap();
    let (register, recognised) =
        (department(&city, "registration", "2025-10-10"), department(&city, "srdi_recognition", "2025-10-10"));
    let day = today.to_string();
    let tier = |firm: &str| {
        let rows = recognised.get(firm).map(Vec::as_slice).unwrap_or_default();
        let stands = |t: &&str| rows.iter().any(|r| r["tier"] == **t && r["valid_from"] <= day && r["valid_to"] >= day);
        ["little_giant", "srdi_sme", "innovative_sme"].iter().find(|t| stands(t)).map_or("none", |t| t).to_owned()
    };
    let mut slices: BTreeMap<(String, String), [u64; 5]> = BTreeMap::new();
    let mut moves: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (firm, rows) in &register {
        let profile = city::profile(&engine.held, &old, Uscc::parse(firm).unwrap(), today).unwrap();
        let of = |rules: &Rules, profile: Profile| {
            let whole = inputs(&old, profile, today, &asked["bank_inputs"], &request);
            rules.try_value(&whole, "", None).unwrap().0
        };
        let (before, after) = (of(&old, profile.clone()), of(&new, profile));
        let name = |o: Outcome| serde_json::to_value(o).unwrap().as_str().unwrap().to_owned();
        *moves.entry((name(before), name(after))).or_default() += 1;
        let cuts = [
            ("tier", tier(firm)),
            ("district", rows[0]["district"].clone()),
            ("industry", rows[0]["industry"].clone()),
        ];
        for (dimension, value) in cuts {
            let sums = slices.entry((dimension.to_owned(), value)).or_default();
            let adds = [true, after < before, after > before, before.approves(), after.approves()];
            sums.iter_mut().zip(adds).for_each(|(sum, add)| *sum += u64::from(add));
        }
    }
    let flips: u64 = moves.iter().filter(|((a, b), _)| a != b).map(|(_, n)| n).sum();
    assert!(flips >= 10 && register.len() > 500, "{flips} of {}", register.len());
    assert_eq!((&report["firms"], &report["flips"]), (&json!(register.len()), &json!(flips)));
    let word = |v: &Value, name: &str| v[name].as_str().unwrap().to_owned();
    let number = |v: &Value, name: &str| v[name].as_u64().unwrap();
    let said: BTreeMap<(String, String), u64> = report["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| ((word(m, "from"), word(m, "to")), number(m, "firms")))
        .collect();
    assert_eq!(said, moves);
    let said: BTreeMap<(String, String), [u64; 5]> = report["slices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| {
            let numbers = ["firms", "better", "worse", "approved_before", "approved_after"].map(|n| number(s, n));
            ((word(s, "dimension"), word(s, "value")), numbers)
        })
        .collect();
    assert_eq!(said, slices);
    for dimension in ["tier", "district", "industry"] {
        let worse = |(_, n): &(&(String, String), &[u64; 5])| n[2] > 0;
        let hit = slices.iter().filter(|((d, _), _)| d == dimension).filter(worse).count();
        assert!(hit >= 2, "{dimension}: {hit}");
    }
}

/// The first batches are of 30 September; changes came on 9 October. On the first of October only the first are there.
#[test]
fn an_earlier_day_sees_the_earlier_batch_and_a_day_before_all_batches_is_said_to_have_none() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let engine = engine(&server);
    let (before, then, now) = ("2025-09-29", "2025-10-01", "2025-10-10");
    let day = |text: &str| parse(text).unwrap();
    let rules = |text: &str| engine.book.on(day(text)).unwrap().rules;
    let firm = Uscc::parse(&city.enterprise).unwrap();
    let none = city::profile(&engine.held, &rules(before), firm, day(before)).unwrap_err();
    assert_eq!(none.code(), "credit.no_data");
    assert!(none.message(Lang::En).contains(before), "{}", none.message(Lang::En));
    let stranger = Uscc::parse("91110000600037341L").unwrap();
    let unknown = city::profile(&engine.held, &rules(now), stranger, day(now)).unwrap_err();
    assert_eq!(unknown.code(), "credit.unknown_firm");

    let open = |rows: &[BTreeMap<String, String>], on: &str| {
        rows.iter().filter(|r| r["closed_on"].is_empty() || r["closed_on"].as_str() > on).count()
    };
    let (early, late) = (department(&city, "enforcement", then), department(&city, "enforcement", now));
    let registered = department(&city, "registration", then);
    let (mut checked, mut differ) = (0, 0);
    for (code, rows) in late.iter().filter(|(code, _)| registered.contains_key(*code)) {
        let firm = Uscc::parse(code).unwrap();
        for (date, rows) in [(then, early.get(code)), (now, Some(rows))] {
            let profile = city::profile(&engine.held, &rules(date), firm, day(date)).unwrap();
            // Five years are kept.
            let kept = huoshui_kernel::date::add_months(day(date), -60).unwrap().to_string();
            let rows: Vec<_> = rows.into_iter().flatten().filter(|r| r["filed_on"] >= kept).cloned().collect();
            let known = profile.cell("enforcement_open");
            assert_eq!(known, Cell::Known(i64::try_from(open(&rows, date)).unwrap()), "{code} on {date}");
            let place = profile.items["enforcement_open"].origins[0];
            let of = if date == then { "2025-09-30" } else { "2025-10-09" };
            assert_eq!(profile.origins[place].as_of, Some(day(of)));
            checked += 1;
        }
        differ += usize::from(early.get(code).map(|r| open(r, then)) != Some(open(rows, now)));
    }
    assert!(checked > 20 && differ > 0, "{checked} {differ}");
    // Of a window that the earlier batch covers too, the same rule as ever.
    let profile = city::profile(&engine.held, &rules(then), firm, day(then)).unwrap();
    assert!(profile.items.values().all(|i| i.cell != Cell::Missing(Why::Window)), "what is kept is whole");
}
