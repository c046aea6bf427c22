//! A bank's own product: drafted, validated with a what-if on file, approved and published by three of its persons; nobody
//! else reads it, sees its what-if, or decides with it.

use huoshui_credit::embedded;
use serde_json::{Value, json};

use crate::common::{City, Reply, Server, config, events};
use crate::kept::sound;
use crate::{DECISIONS, application, consent, days};

const DRAFTS: &str = "/v1/credit/drafts";

/// An account and its token, opened by an administrator of the organisation.
pub fn colleague(server: &Server, admin: &str, organisation: &str, login: &str) -> String {
    let account = json!({ "login": login, "password": "correct-horse-battery" });
    let opened = server.post(&format!("/v1/organisations/{organisation}/accounts"), admin, &account);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let headers = [("Content-Type", "application/json")];
    let session = server.send("POST", "/v1/session", None, &headers, account.to_string().as_bytes());
    session.json()["token"].as_str().unwrap().to_owned()
}

/// The instant loan as a bank's own from a day on: more for less, with gates of its own, and cheaper for many trade marks.
fn product(bank: &str, from: &str) -> (String, String) {
    let own = |text: &str| text.replace("\"instant_loan\"", &format!("\"{bank}.fast_loan\""));
    let gates = embedded::GATES.iter().find(|(f, _)| f.ends_with("gates.toml")).unwrap().1;
    let list = gates.split("[[gates]]").find(|list| list.contains("code = \"srdi_common\"")).unwrap();
    let text = embedded::PRODUCTS.iter().find(|(f, _)| f.ends_with("instant_loan.toml")).unwrap().1;
    let marks = "[[product.price.step]]\ncode = \"marks\"\nwhen = \"trademarks_valid > 50\"\nby = \"-0.01%\"\nzh = \"商标\"\nen = \"marks\"\n";
    let text = own(&format!("{text}\n{marks}\n[[gates]]{list}"))
        .replace("\"srdi_common\"", &format!("\"{bank}.gates\""))
        .replace("en = \"SRDI instant loan\"", &format!("en = \"Our fast loan\"\ninstitution = \"{bank}\""))
        .replace("effective_from = \"2024-01-01\"", &format!("effective_from = \"{from}\""))
        .replace("AAA = \"0.10%\"", "AAA = \"0.05%\"");
    let shipped = embedded::CASES.iter().find(|(f, _)| f.ends_with("instant_loan.cases.toml")).unwrap().1;
    let cases = own(shipped).replacen("date = \"2025-09-30\"", &format!("date = \"{from}\""), 1);
    (text, cases)
}

fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text());
}

#[test]
fn a_banks_own_product_is_made_by_three_of_its_persons_and_is_for_nobody_else() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (ann, operator, firm) =
        (server.sign_in("demo-bank"), server.sign_in("demo-operator"), server.sign_in("demo-enterprise"));
    let regulator = server.sign_in("demo-regulator");
    let (ben, cai) = (colleague(&server, &ann, "demo-bank", "ben"), colleague(&server, &ann, "demo-bank", "cai"));
    let other =
        json!({ "id": "other-bank", "kind": "bank", "subject": city.other_bank, "name_zh": "乙", "name_en": "B" });
    assert_eq!(server.post("/v1/organisations", &operator, &other).status, 201);
    let rival = colleague(&server, &operator, "other-bank", "rival");
    let today = huoshui_exchange::clock::day(huoshui_journal::Clock::now_micros(&server.clock)).to_string();
    let (bank, code) = (city.bank.clone(), format!("{}.fast_loan", city.bank));
    let file = format!("{}_fast_loan.toml", bank.to_lowercase());
    let (text, cases) = product(&bank, &today);
    let draft = |who: &str, file: &str, text: &str, cases: Option<&str>| {
        server.post(DRAFTS, who, &json!({ "kind": "products", "file": file, "text": text, "cases": cases }))
    };

    // What is not the bank's it cannot draft, and nobody else what is.
    let template = embedded::PRODUCTS[0].1;
    let mixed = format!("{text}\n{template}");
    let (rivals, _) = product(&city.other_bank, &today);
    for (who, file, text) in [
        (&ann, "instant_loan.toml", template),
        (&ann, file.as_str(), template),
        (&ann, file.as_str(), rivals.as_str()),
        (&ann, "zz_fast_loan.toml", text.as_str()),
        (&ann, "instant_loan.toml", text.as_str()),
        (&operator, file.as_str(), text.as_str()),
        (&rival, file.as_str(), text.as_str()),
    ] {
        refused(&draft(who, file, text, Some(&cases)), 422, "credit.draft_owner");
    }
    refused(&draft(&ann, &file, &mixed, Some(&cases)), 422, "credit.policy_contradiction");
    refused(&draft(&ann, &file, &text.replace(&code, "fast_loan"), Some(&cases)), 422, "credit.policy_contradiction");
    refused(&draft(&ann, &file, &text, None), 422, "credit.draft_cases");
    // Cases of another product hold nothing that is new here.
    let untested = draft(&ann, &file, &text, Some(&cases.replace(&code, "instant_loan")));
    refused(&untested, 422, "credit.draft_untested");
    assert!(untested.text().contains(&code), "{}", untested.text());
    let features = json!({ "kind": "features", "file": file, "text": "", "cases": cases });
    refused(&server.post(DRAFTS, &ann, &features), 422, "credit.draft_owner");

    let made = draft(&ann, &file, &text, Some(&cases));
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let steps = format!("{DRAFTS}/{id}/steps");

    // The what-if as a job, with its progress; the report in numbers, for the bank alone.
    let question = json!({
        "request": { "product": code, "amount_fen": 100_000_000, "months": 12, "purpose": "working_capital", "lpr_ppm": 30_000 },
        "effective_from": today, "as_of": today,
    });
    // Before there was no such product: it is held against the template.
    let alone = server.post(&format!("{DRAFTS}/{id}/what-if"), &ben, &question);
    refused(&alone, 422, "credit.no_product");
    let mut question = question;
    question["compared_with"] = json!("instant_loan");
    let began = server.post(&format!("{DRAFTS}/{id}/what-if-jobs"), &ben, &question);
    assert_eq!(began.status, 202, "{}", began.text());
    let job = began.json()["id"].as_str().unwrap().to_owned();
    let told = events(server.open("GET", &format!("/v1/jobs/{job}/events"), Some(&ben), &[], b""), 50);
    let (_, name, end) = told.last().unwrap();
    assert_eq!((name.as_str(), &end["state"]), ("end", &json!("done")), "{told:?}");
    let hash = end["result"]["what_if"].as_str().unwrap().to_owned();
    let path = format!("{DRAFTS}/{id}/what-ifs/{hash}");
    let read = server.get(&path, Some(&cai));
    assert_eq!(read.status, 200, "{}", read.text());
    let report = read.json()["report"].clone();
    assert_eq!(report["flipped"], json!([]), "a bank is not told what is so of single firms");
    let slices = report["slices"].as_array().unwrap();
    let number = |slice: &Value, name: &str| slice[name].as_u64().unwrap();
    assert!(
        slices.len() > 5 && slices.iter().all(|s| number(s, "firms") >= 20 && number(s, "approved_after") % 10 == 0)
    );
    assert!(slices.iter().any(|s| number(s, "approved_after") > 0), "{report}");
    assert_eq!(report["compared_with"], "instant_loan");
    for stranger in [&operator, &regulator, &rival] {
        for path in [path.clone(), format!("{DRAFTS}/{id}")] {
            refused(&server.get(&path, Some(stranger)), 404, "credit.no_draft");
        }
        let listed = server.get(DRAFTS, Some(stranger)).json();
        assert_eq!(listed["items"], json!([]), "{listed}");
    }
    for stranger in [&operator, &rival] {
        refused(&server.post(&format!("{DRAFTS}/{id}/what-if"), stranger, &question), 404, "credit.no_draft");
        refused(&server.post(&format!("{DRAFTS}/{id}/what-if-jobs"), stranger, &question), 404, "credit.no_draft");
        let withdrawn = server.change(("POST", &steps), stranger, 1, &json!({ "step": "withdraw", "reason": "no" }));
        refused(&withdrawn, 404, "credit.no_draft");
    }
    refused(&server.get(&format!("{DRAFTS}/{id}/what-ifs/{}", "0".repeat(64)), Some(&ann)), 404, "credit.no_report");

    // Three persons, in order.
    let read = |who: &str| server.version(steps.trim_end_matches("/steps"), who);
    let step = |who: &str, does: Value| server.change(("POST", &steps), who, read(who), &does);
    refused(&step(&ann, json!({ "step": "validate_with", "what_if": hash })), 409, "credit.governance");
    refused(&step(&ann, json!({ "step": "publish" })), 409, "credit.governance");
    let validated = step(&ben, json!({ "step": "validate_with", "what_if": hash }));
    assert_eq!((validated.status, &validated.json()["draft"]["what_if"]), (200, &json!(hash)), "{}", validated.text());
    for who in [&ann, &ben] {
        refused(&step(who, json!({ "step": "approve", "effective_from": today })), 409, "credit.governance");
    }
    assert_eq!(step(&cai, json!({ "step": "approve", "effective_from": today })).status, 200);
    let published = step(&ann, json!({ "step": "publish" }));
    assert_eq!(
        (published.status, &published.json()["draft"]["status"]),
        (200, &json!("published")),
        "{}",
        published.text()
    );

    // In force: for this bank to read and to decide with, for nobody else even to name.
    let codes = |who: &str| -> Vec<String> {
        let listed = server.get("/v1/credit/products", Some(who)).json();
        listed["items"].as_array().unwrap().iter().map(|p| p["product"]["code"].as_str().unwrap().to_owned()).collect()
    };
    assert!(codes(&ann).contains(&code) && codes(&ann).len() == codes(&rival).len() + 1);
    for stranger in [&operator, &regulator, &rival] {
        assert!(!codes(stranger).contains(&code));
    }
    let granted = consent(&server, (&ann, &firm), &city.enterprise, "instant_loan");
    let mut asked = application(&granted);
    asked["request"]["product"] = json!(code);
    let strangers = server.post(DECISIONS, &rival, &asked);
    refused(&strangers, 422, "credit.no_product");
    assert!(!strangers.json()["hint"].to_string().contains("fast_loan"), "{}", strangers.text());
    let decided = server.post(DECISIONS, &ann, &asked);
    assert_eq!(decided.status, 200, "{}", decided.text());
    let decided = decided.json();
    assert_eq!(
        (&decided["made"]["record"]["product"], &decided["decision"]["product"]["code"]),
        (&json!(code), &json!(code))
    );
    let replay = format!("{DECISIONS}/{}/replay", decided["made"]["id"].as_str().unwrap());
    assert_eq!(server.get(&replay, Some(&ann)).json()["same"], true);
    refused(&server.get(&replay, Some(&rival)), 404, "credit.no_decision");
    // A report is no ground once the policies moved on.
    let (later, _) = product(&bank, &today);
    let next = draft(&ben, &file, &format!("{later}\n# Looked at again.\n"), Some(&cases)).json();
    let kept = server.post(&format!("{DRAFTS}/{}/what-if-jobs", next["id"].as_str().unwrap()), &ben, &question).json();
    let done = server.wait(kept["id"].as_str().unwrap(), &ben);
    let moved = embedded::PRODUCTS[0].1.replace("AAA = \"0.10%\"", "AAA = \"0.12%\"");
    let kind = huoshui_app::policies::Kind::Products;
    huoshui_app::policies::publish(&server.workspace, "li.na", kind, "instant_loan.toml", &moved).unwrap();
    let stale = json!({ "step": "validate_with", "what_if": done["result"]["what_if"] });
    refused(
        &server.change(("POST", &format!("{DRAFTS}/{}/steps", next["id"].as_str().unwrap())), &cai, 1, &stale),
        409,
        "credit.report_outdated",
    );
    // The platform gives up a feature that only this bank's product reads: that is not the bank's to stop. Its product rests and
    // says why, to it alone; everything else goes on.
    let features = embedded::FEATURES.iter().find(|(f, _)| f.ends_with("innovation.toml")).unwrap().1;
    let parts = features.split("[[feature]]").filter(|part| !part.contains("code = \"trademarks_valid\""));
    let without = parts.collect::<Vec<_>>().join("[[feature]]");
    let kind = huoshui_app::policies::Kind::Features;
    huoshui_app::policies::publish(&server.workspace, "li.na", kind, "innovation.toml", &without).unwrap();
    let rests = server.post(DECISIONS, &ann, &asked);
    refused(&rests, 422, "credit.product_suspended");
    assert!(rests.text().contains("trademarks_valid"), "{}", rests.text());
    refused(&server.post(DECISIONS, &rival, &asked), 422, "credit.no_product");
    assert!(!codes(&ann).contains(&code));
    refused(&draft(&ann, &file, &format!("{text}\n# Once more.\n"), Some(&cases)), 422, "credit.policy_formula");
    asked["request"]["product"] = json!("instant_loan");
    assert_eq!(server.post(DECISIONS, &ann, &asked).status, 200);
    // What was decided by it can still be made again.
    assert_eq!(server.get(&replay, Some(&ann)).json()["same"], true);
    sound(&server);
}
