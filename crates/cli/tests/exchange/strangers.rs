//! Firms that departments know and the platform's registers do not, or no more: what each question about them gives.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use huoshui_kernel::{Uscc, date};
use serde_json::{Value, json};

use crate::common::{column, huoshui, read_csv, write_csv};
use crate::world::{Process, World, pull, send};

const LIST: &str = "2025-09-30";

/// Files of a folder, and of the folders in it, whose names begin so.
fn beginning(folder: &Path, start: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            match path.is_dir() {
                true => open.push(path),
                false if name.starts_with(start) => found.push(path),
                false => {}
            }
        }
    }
    found
}

/// Takes a firm's rows out of a file, by the column that names firms.
fn without(path: &Path, named: &str, firm: &str) {
    let (header, rows) = read_csv(path);
    let at = column(&header, named);
    let kept: Vec<Vec<String>> = rows.into_iter().filter(|r| r[at] != firm).collect();
    write_csv(path, &header, &kept);
}

/// The first firm is taken off the latest list; the second is in no register at all. Departments know both as before.
#[test]
fn a_firm_taken_off_the_list_stays_a_firm_and_one_that_no_register_knows_is_a_stranger() {
    let mut firms = [String::new(), String::new()];
    let mut registered = Vec::new();
    let world = World::of(None, |files| {
        let (header, rows) = read_csv(&files.join(format!("roster.{LIST}.csv")));
        let (uscc, tier) = (column(&header, "uscc"), column(&header, "tier"));
        let mut listed = rows.iter().filter(|r| r[tier] == "srdi_sme").map(|r| r[uscc].clone());
        firms = [listed.next().unwrap(), listed.next().unwrap()];
        without(&files.join(format!("roster.{LIST}.csv")), "uscc", &firms[0]);
        for path in ["notes.", "disbursements.", "relationships."].map(|table| beginning(files, table)).concat() {
            without(&path, "borrower", &firms[1]);
        }
        for path in [beginning(files, "roster."), beginning(files, "enterprises.")].concat() {
            registered.push((path.clone(), std::fs::read(&path).unwrap()));
            without(&path, "uscc", &firms[1]);
        }
    });
    let [removed, stranger] = firms.each_ref().map(|f| Uscc::parse(f).unwrap());
    let server = Process::serve(&world, "strangers");
    let bank = &world.banks[0];
    let get = |path: String| send(server.address, "GET", &path, bank, "-", &Value::Null);
    let post = |path: &str, key: &str, body: &Value| send(server.address, "POST", path, bank, key, body);
    let wanted = |firm: Uscc| {
        json!({ "subject": firm, "purpose": "credit_review", "asks": [{ "resource": "registration" }, { "resource": "srdi_recognition" }],
            "data_from": date::add_months(world.today(), -24).unwrap(), "data_to": world.today(), "days": 30,
            "frequency": { "count": 3, "days": 30 }, "retention_days": 30 })
    };
    let order = |consent: &str| json!({ "consent": consent, "purpose": "credit_review" });

    // Off the list: found, without a tier; with consent its data come, for consent is the firm's, not the list's.
    let (status, card) = get(format!("/v1/exchange/firms/{removed}"));
    assert_eq!((status, &card["tier"]), (200, &Value::Null), "{card}");
    let (status, found) = get(format!("/v1/exchange/lookup?q={removed}"));
    assert_eq!((status, &found["hits"][0]["uscc"]), (200, &json!(removed)), "{found}");
    let (status, consent) = post("/v1/exchange/consents", "removed-consent", &wanted(removed));
    assert!((200..300).contains(&status), "{consent}");
    let consent = consent["id"].as_str().unwrap();
    world.step_of(&world.exchange, removed, consent, "grant");
    let (status, answer) = pull(server.address, bank, "removed-pull-1", &order(consent));
    assert_eq!(status, 200, "{answer}");
    let rows_of = |answer: &Value, resource: &str| {
        let parts = answer["answer"]["parts"].as_array().or(answer["parts"].as_array()).cloned().unwrap_or_default();
        let part = parts.into_iter().find(|p| p["resource"] == resource).unwrap();
        (part["status"].as_str().unwrap().to_owned(), part["data"]["rows"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(rows_of(&answer, "registration"), ("READY".to_owned(), 1), "{answer}");
    let (status, profile) = post("/v1/credit/profiles", "removed-profile", &order(consent));
    assert_eq!(status, 200, "{profile}");
    assert_eq!(profile["values"]["registration_open"], json!(true), "{profile}");

    // In no register: nobody finds it, nobody can ask it for anything, and nothing of it is said.
    for (status, body) in [
        get(format!("/v1/exchange/firms/{stranger}")),
        post("/v1/exchange/consents", "stranger-consent", &wanted(stranger)),
    ] {
        assert_eq!((status, &body["code"]), (404, &json!("exchange.unknown_firm")), "{body}");
        let said = body.to_string();
        assert!(!said.contains("\"data\"") && said.contains(stranger.as_str()), "{said}");
    }
    let (status, found) = get(format!("/v1/exchange/lookup?q={stranger}"));
    assert_eq!((status, &found["hits"]), (200, &json!([])), "{found}");
    let (status, body) = pull(server.address, bank, "stranger-pull", &order("no-such-consent"));
    assert_eq!((status, &body["code"]), (403, &json!("exchange.wrong_recipient")), "{body}");
    // Whoever holds the folder sees what the departments brought of it.
    let data = world.data();
    let own = huoshui(&["profile", stranger.as_str(), "--data", data.to_str().unwrap(), "--as-of", "2025-10-10"]).ok();
    assert!(own.out.contains(stranger.as_str()));

    // Once the register knows it, all that departments brought before is there.
    for (path, bytes) in &registered {
        std::fs::write(path, bytes).unwrap();
    }
    let files: BTreeSet<PathBuf> = registered.iter().map(|(path, _)| path.clone()).collect();
    let names: Vec<&str> = files.iter().map(|p| p.to_str().unwrap()).collect();
    huoshui(&[&["import", "--replace-list", "--data", data.to_str().unwrap()], names.as_slice()].concat()).ok();
    let mut card = get(format!("/v1/exchange/firms/{stranger}"));
    for _ in 0..100 {
        if card.0 == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        card = get(format!("/v1/exchange/firms/{stranger}"));
    }
    assert_eq!((card.0, &card.1["tier"]), (200, &json!("srdi_sme")), "{}", card.1);
    let (status, consent) = post("/v1/exchange/consents", "stranger-consent-2", &wanted(stranger));
    assert!((200..300).contains(&status), "{consent}");
    let consent = consent["id"].as_str().unwrap();
    world.step_of(&world.exchange, stranger, consent, "grant");
    let (status, answer) = pull(server.address, bank, "stranger-pull-2", &order(consent));
    assert_eq!((status, rows_of(&answer, "srdi_recognition").0.as_str()), (200, "READY"), "{answer}");
    assert_eq!(rows_of(&answer, "registration").1, 1);
}
