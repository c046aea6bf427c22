//! The credit engine in the demonstration: every profile and tag of the city, an instant decision for a firm that
//! consented, why, a draft with its what-if and its way into force by three persons, and the replay of the decision.

use std::time::Instant;

use huoshui_app::Workspace;
use huoshui_app::access::events::Account;
use huoshui_app::access::{Asker, Hasher, Seed, accounts, demo};
use huoshui_app::credit::supply::Held;
use huoshui_app::credit::{Book, city, needs};
use huoshui_app::policies::Set;
use huoshui_credit::decide::Branch;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;
use huoshui_kernel::money::Unit;
use huoshui_kernel::{Fen, Ppm};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::http::Caller;
use crate::ui::{self, Ui};

/// The product, and the purpose of its name, which lets through what the product reads and nothing else.
const PRODUCT: &str = "instant_loan";
/// The persons of the operator who bring a policy into force: one drafts, one validates, one approves.
const PERSONS: [&str; 3] = ["demo-developer", "demo-validator", "demo-approver"];
/// Dimensions of the what-if, and what heads their tables.
const SHOWN: [(&str, (&str, &str)); 3] =
    [("tier", ("按层级", "by tier")), ("district", ("按区", "by district")), ("industry", ("按行业", "by industry"))];
/// How long the consent lives, days.
const LIFE: i32 = 30;

/// Where the play goes on: the service, the firm that consents, and the day.
pub struct Stage<'a> {
    /// The runtime of the callers.
    pub runtime: &'a Runtime,
    /// The service's address.
    pub address: &'a str,
    /// The firm.
    pub subject: &'a str,
    /// The day on which the demonstration plays.
    pub today: Date,
}

/// Opens the accounts of the three persons; before the service is asked. Those there already stay as they are.
pub fn persons(workspace: &Workspace) -> Result<()> {
    let (hasher, seed) = (Hasher::new(1, 0), Seed::open(workspace)?);
    for login in PERSONS {
        let organisation = "demo-operator".to_owned();
        let account = Account { login: login.to_owned(), organisation, admin: false, demo: true, closed: false };
        let asker = Asker { actor: "huoshui", key: login };
        accounts::open(workspace, asker, &account, demo::PASSWORD, (&hasher, &seed))?;
    }
    Ok(())
}

/// Plays; whether all went as it should.
pub fn play(workspace: &Workspace, stage: &Stage<'_>, ui: &Ui) -> Result<bool> {
    persons(workspace)?;
    whole_city(workspace, stage, ui)?;
    let decided = decide(workspace, stage, ui)?;
    let drafted = draft(stage, ui)?;
    Ok(decided && drafted && replays(stage, ui)?)
}

/// Makes every decision of the bank again, after the policies moved on; whether each gave the same bytes.
fn replays(stage: &Stage<'_>, ui: &Ui) -> Result<bool> {
    let bank = stage.caller("demo-bank")?;
    let listed = bank.get("/v1/credit/decisions?limit=200")?;
    let made = listed.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all = !made.is_empty();
    for decision in &made {
        let id = word(decision, "/made/id");
        let replay = bank.get(&format!("/v1/credit/decisions/{id}/replay"))?;
        let (then, now) = (number(&replay, "policies"), number(&replay, "policies_now"));
        let same = replay.get("same").and_then(Value::as_bool) == Some(true);
        let said =
            if same { ui.t("✓ 字节相同", "✓ the same bytes") } else { ui.t("✗ 不同", "✗ NOT the same") };
        ui.say(format!(
            "{} {id} → {said} ({} {then} / {now})\n  {}",
            ui.t("重演", "replay"),
            ui.t("政策版本 当时/现在", "version of the policies then/now"),
            word(&replay, "/again"),
        ));
        all &= same && then != now;
    }
    Ok(all)
}

impl Stage<'_> {
    fn caller(&self, login: &str) -> Result<Caller<'_>> {
        Caller::sign_in(self.runtime, self.address, login, demo::PASSWORD)
    }
}

/// Every profile and tag from departments' files, as whoever holds the data folder may compute them.
fn whole_city(workspace: &Workspace, stage: &Stage<'_>, ui: &Ui) -> Result<()> {
    let begun = Instant::now();
    let rules = Book::new(workspace.clone()).on(stage.today)?.rules;
    let table = city::profiles(&Held::open(workspace.clone())?, &rules, stage.today)?;
    let computed = begun.elapsed();
    let counts = city::tag_counts(&rules, &table)?;
    let scores = rules.score_table("srdi_general", &table)?;
    let all = begun.elapsed();
    let names = |code: &str| rules.tag_name(code).map_or_else(String::new, |n| n.get(ui.lang).to_owned());
    let rows = counts.iter().map(|(code, counts)| {
        let of = |answer: &str| counts.get(answer).copied().unwrap_or(0).to_string();
        vec![code.clone(), names(code), of("yes"), of("no"), of("unknown")]
    });
    let headers =
        [ui.t("标签", "tag"), ui.t("名称", "name"), ui.t("是", "yes"), ui.t("否", "no"), ui.t("不明", "unknown")];
    ui.say(ui::table(&headers, &[2, 3, 4], rows).to_string());
    let (firms, features, tags) = (table.uscc.len(), table.features.len(), counts.len());
    let known = table.lanes.iter().flat_map(|l| &l.why).filter(|w| **w == 0).count();
    ui.say(match ui.lang {
        huoshui_kernel::Lang::Zh => format!(
            "{firms} 户 × {features} 个特征（已知 {known} 格）{:.2} 秒；加 {tags} 个标签与 {} 个评分共 {:.2} 秒",
            computed.as_secs_f64(),
            scores.score.len(),
            all.as_secs_f64()
        ),
        huoshui_kernel::Lang::En => format!(
            "{firms} firms × {features} features ({known} cells known) in {:.2} s; with {tags} tags and {} scores {:.2} s",
            computed.as_secs_f64(),
            scores.score.len(),
            all.as_secs_f64()
        ),
    });
    Ok(())
}

/// The days that a consent must let through for the product: as far back as its features look, and as long as it lives.
fn range(workspace: &Workspace, today: Date) -> Result<(Date, Date)> {
    let rules = Book::new(workspace.clone()).on(today)?.rules;
    let (catalogue, _) = Set::load(workspace, None)?.exchange()?;
    let from = needs::from(&needs::of(&rules, &catalogue, PRODUCT, today)?, today);
    Ok((from, date::from_days(date::days(today) + LIFE).unwrap_or(today)))
}

/// Consent, an instant decision with the bank's own inputs, and why; whether it was decided.
fn decide(workspace: &Workspace, stage: &Stage<'_>, ui: &Ui) -> Result<bool> {
    let (bank, firm) = (stage.caller("demo-bank")?, stage.caller("demo-enterprise")?);
    let (from, to) = range(workspace, stage.today)?;
    let wanted = json!({
        "subject": stage.subject, "purpose": PRODUCT, "data_from": from, "data_to": to,
        "days": LIFE, "frequency": { "count": 3, "days": 30 }, "retention_days": 30,
    });
    let consent = bank.post("/v1/exchange/consents", "credit-consent", &wanted)?;
    let consent = word(&consent, "/id");
    let grant = json!({ "step": "grant", "authority": "legal_representative" });
    let granted = firm.post(&format!("/v1/exchange/consents/{consent}/steps"), "credit-grant", &grant)?;
    ui.say(format!(
        "{} {consent} → {}  {from} – {to}",
        ui.t("企业为速贷授权", "the firm consents for an instant loan"),
        word(&granted, "/state")
    ));
    // First the profile, by a pull that is counted and logged; then as many decisions on it as the bank has products.
    let begun = Instant::now();
    let order = json!({ "consent": consent, "purpose": PRODUCT });
    let profile = word(&bank.post("/v1/credit/profiles", "credit-profile", &order)?, "/id");
    let refreshed = begun.elapsed();
    let application = json!({
        "consent": consent, "purpose": PRODUCT, "profile": profile,
        "request": { "product": PRODUCT, "amount_fen": 200_000_000, "months": 12,
            "purpose": "working_capital", "lpr_ppm": 30_000 },
        "bank_inputs": {
            "bank_credit_report": [{ "queried_on": stage.today, "overdue_accounts": 0, "overdue_balance": 0,
                "overdue_months_24m": 0, "worst_class": "pass", "inquiries_6m": 1, "other_balance": "300万元",
                "guarantees": 0 }],
            "bank_group": [{ "group_limit": "5000万元", "group_exposure": "500万元" }],
            "bank_need": [{ "working_capital_need": "800万元", "own_loans": 0 }],
        },
    });
    let begun = Instant::now();
    let made = bank.post("/v1/credit/decisions", "credit-decision", &application)?;
    let took = begun.elapsed();
    let id = word(&made, "/made/id");
    let record = made.pointer("/made/record").cloned().unwrap_or_default();
    let shown = |pointer: &str, of: fn(i64, huoshui_kernel::Lang) -> String| {
        record.pointer(pointer).and_then(Value::as_i64).map_or("–".to_owned(), |n| of(n, ui.lang))
    };
    let rows = vec![
        vec![ui.t("结果", "outcome").to_owned(), word(&record, "/outcome")],
        vec![ui.t("等级", "grade").to_owned(), format!("{} ({})", word(&record, "/grade"), number(&record, "score"))],
        vec![ui.t("额度", "line").to_owned(), shown("/line_fen", |n, lang| Fen(n).show(Unit::Wan, 2, lang))],
        vec![ui.t("利率", "rate").to_owned(), shown("/rate_ppm", |n, _| format!("{}%", Ppm(n).percent(4)))],
        vec![ui.t("画像用时", "profile took").to_owned(), format!("{:.1} ms", refreshed.as_secs_f64() * 1_000.0)],
        vec![ui.t("决定用时", "decision took").to_owned(), format!("{:.1} ms", took.as_secs_f64() * 1_000.0)],
    ];
    ui.say(ui::table(&[ui.t("决定", "decision"), &id], &[], rows).to_string());
    let lang = if ui.lang == huoshui_kernel::Lang::Zh { "zh" } else { "en" };
    let reasons = made.pointer("/decision/reasons").and_then(Value::as_array).cloned().unwrap_or_default();
    for (at, reason) in reasons.iter().enumerate() {
        ui.say(format!("{}. {} [{}]", at + 1, word(reason, &format!("/text/{lang}")), word(reason, "/code")));
    }
    let tree = bank.get(&format!("/v1/credit/decisions/{id}/explanation"))?;
    if let Ok(tree) = serde_json::from_value::<Branch>(tree) {
        ui.say(format!("\n{}\n{}", ui.t("逐项说明", "step by step"), tree.render(ui.lang)));
    }
    // The same application again is the same decision.
    let again = bank.post("/v1/credit/decisions", "credit-decision", &application)?;
    Ok(!id.is_empty() && again.pointer("/made") == made.pointer("/made"))
}

/// A draft, what it would change, and its way into force; whether it is published.
fn draft(stage: &Stage<'_>, ui: &Ui) -> Result<bool> {
    let people = PERSONS.iter().map(|login| stage.caller(login)).collect::<Result<Vec<_>>>()?;
    let [developer, validator, approver] = people.as_slice() else { return Ok(false) };
    let day = date::from_days(date::days(stage.today) + 1).unwrap_or(stage.today);
    let file = json!({ "kind": "products", "file": "instant_loan.toml", "text": tighter(stage.today, day) });
    let made = developer.post("/v1/credit/drafts", "credit-draft", &file)?;
    let id = word(&made, "/id");
    ui.say(format!("{} {id}（{}）", ui.t("政策草案", "draft"), ui.t("BBB 级改为转人工", "grade BBB goes to a person")));
    let question = json!({
        "request": { "product": PRODUCT, "amount_fen": 200_000_000, "months": 12,
            "purpose": "working_capital", "lpr_ppm": 30_000 },
        "effective_from": day, "as_of": stage.today,
    });
    let begun = Instant::now();
    let tried = developer.post(&format!("/v1/credit/drafts/{id}/what-if"), "credit-what-if", &question)?;
    let report = tried.get("report").cloned().unwrap_or_default();
    ui.say(format!(
        "{} {} {}，{} {}，{:.1} s，{} {}",
        ui.t("试算", "what if:"),
        number(&report, "firms"),
        ui.t("户", "firms"),
        number(&report, "flips"),
        ui.t("户结果改变", "flip"),
        begun.elapsed().as_secs_f64(),
        ui.t("报告哈希", "report"),
        word(&tried, "/hash"),
    ));
    let slices = report.get("slices").and_then(Value::as_array).cloned().unwrap_or_default();
    for (dimension, (zh, en)) in SHOWN {
        let rows = slices.iter().filter(|s| word(s, "/dimension") == dimension).map(|slice| {
            let counts = ["firms", "better", "worse", "approved_before", "approved_after"].map(|n| number(slice, n));
            [word(slice, "/value")].into_iter().chain(counts).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let headers = [
            ui.t(zh, en),
            ui.t("户数", "firms"),
            ui.t("变好", "better"),
            ui.t("变差", "worse"),
            ui.t("原可批", "approved before"),
            ui.t("现可批", "after"),
        ];
        ui.say(ui::table(&headers, &[1, 2, 3, 4, 5], rows).to_string());
    }
    let steps = format!("/v1/credit/drafts/{id}/steps");
    let mut validate = question;
    if let Some(members) = validate.as_object_mut() {
        members.insert("step".to_owned(), "validate".into());
    }
    let mut last = validator.post(&steps, "credit-validate", &validate)?;
    let approve = json!({ "step": "approve", "effective_from": day });
    // The validator may not approve as well.
    let refused = validator.call(hyper::Method::POST, &steps, Some(&approve), "credit-approve-wrong")?;
    ui.say(format!(
        "{} → {} {}",
        ui.t("验证人自己批准", "the validator approves"),
        refused.status,
        word(&refused.body, "/code")
    ));
    last = approver.post(&steps, "credit-approve", &approve).or(Ok::<_, huoshui_kernel::Fault>(last))?;
    last = approver
        .post(&steps, "credit-publish", &json!({ "step": "publish" }))
        .or(Ok::<_, huoshui_kernel::Fault>(last))?;
    let draft = last.get("draft").cloned().unwrap_or_default();
    let row =
        ["status", "developer", "validator", "approver", "effective_from"].map(|n| word(&draft, &format!("/{n}")));
    let headers = [
        ui.t("状态", "status"),
        ui.t("起草", "developer"),
        ui.t("验证", "validator"),
        ui.t("批准", "approver"),
        ui.t("生效", "in force from"),
    ];
    ui.say(ui::table(&headers, &[], [row.to_vec()]).to_string());
    Ok(refused.status == 409 && word(&draft, "/status") == "published")
}

/// The shipped instant loan until today, and from that day on a second version that refers grade BBB.
fn tighter(today: Date, from: Date) -> String {
    let shipped = huoshui_credit::embedded::PRODUCTS.iter().find(|(name, _)| *name == "instant_loan.toml");
    let text = shipped.map_or("", |(_, text)| *text);
    let (begins, ends) = ("effective_from = \"2024-01-01\"", format!("effective_to = \"{today}\""));
    let former = text.replacen(begins, &format!("{begins}\n{ends}"), 1);
    let next = text
        .replacen("version = 1", "version = 2", 1)
        .replacen(begins, &format!("effective_from = \"{from}\""), 1)
        .replacen("accept = [\"AAA\", \"AA\", \"A\", \"BBB\"]", "accept = [\"AAA\", \"AA\", \"A\"]", 1)
        .replacen("refer = [\"BB\"]", "refer = [\"BBB\", \"BB\"]", 1);
    format!("{former}\n{next}")
}

/// A member as it stands in JSON, for numbers.
fn number(value: &Value, name: &str) -> String {
    value.get(name).map(Value::to_string).unwrap_or_default()
}

fn word(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
