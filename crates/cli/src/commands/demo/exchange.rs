//! The exchange in the demonstration: two departments and the service as processes of their own, and one enterprise that
//! consents, is asked for its data, reads its own log with a proof, and revokes.

use std::path::{Path, PathBuf};

use huoshui_app::access::{Hasher, Kind, Seed, demo};
use huoshui_app::library::Library;
use huoshui_app::{Workspace, beijing};
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};
use hyper::Method;
use serde_json::{Value, json};

use super::common;
use super::http::Caller;
use super::process::{self, Process};
use crate::faults;
use crate::ui::{self, Ui};

/// Departments that are asked over HTTP, with the resources that they answer for.
const REMOTE: [(&str, &[&str]); 2] = [("hg", &["customs_trade", "customs_rating"]), ("gjj", &["housing_fund"])];
/// The bank's purpose.
const PURPOSE: &str = "credit_review";
/// Resources shown in full; of the others the number of rows says enough.
const SHOWN: &str = "tax_grade";

/// The service and its remote departments, running.
pub struct Town {
    runtime: tokio::runtime::Runtime,
    /// The service.
    pub service: Process,
    _departments: Vec<Process>,
    /// The commands that start the same again: the departments, where the service asks them, and the service last.
    pub again: Vec<String>,
    subject: String,
    as_of: Date,
    today: Date,
    folder: PathBuf,
}

/// Makes the demonstration's accounts, starts two departments and the service.
pub fn start(workspace: &Workspace, (files, data): (&Path, &Path), as_of: Date, ui: &Ui) -> Result<Town> {
    let library = Library::load(workspace, None)?;
    let today = common::today(workspace.clock.as_ref())?;
    let (subject, bank) = cast(&library, as_of)?;
    let firm = Some(subject.as_str());
    let roles = [
        (Kind::Enterprise, firm),
        (Kind::Bank, Some(bank.as_str())),
        (Kind::Department, Some("swj")),
        (Kind::Regulator, None),
        (Kind::Operator, None),
    ];
    let seed = Seed::open(workspace)?;
    let logins = demo::create(workspace, &roles, (&Hasher::new(1, 0), &seed))?;
    let (mut departments, mut again) = (Vec::new(), Vec::new());
    let mut sources = String::from("deadline_ms = 3000\n");
    for (code, resources) in REMOTE {
        let (folder, log) = (files.join("departments").join(code), data.join(format!("department-{code}.log")));
        let folder = folder.to_string_lossy();
        let listed = resources.join(",");
        let arguments = ["department", "--code", code, "--files", &folder, "--resources", &listed];
        let department = Process::start("department", &log, &arguments)?;
        let url = department.said("url");
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        again.push(process::typed(arguments.iter().copied().chain(["--listen", address])));
        let quoted: Vec<String> = resources.iter().map(|r| format!("\"{r}\"")).collect();
        sources.push_str(&format!(
            "\n[[department]]\ncode = \"{code}\"\nurl = \"{url}\"\nresources = [{}]\n",
            quoted.join(", ")
        ));
        ui.say(format!("{} {code} {url} {}", ui.t("远程部门", "remote department"), listed));
        departments.push(department);
    }
    let path = data.join("sources.toml");
    std::fs::write(&path, sources).map_err(|e| huoshui_app::faults::folder(&path, &e))?;
    let at = data.to_string_lossy();
    let arguments = ["serve", "--data", &at, "--listen", "127.0.0.1:0"];
    let service = Process::start("serve", &data.join("serve.log"), &arguments)?;
    again.push(process::typed(["serve", "--data", &at].into_iter()));
    let accounts = format!("{} / {}", logins.join(" "), demo::PASSWORD);
    let rows = vec![
        vec![ui.t("地址", "address").to_owned(), service.said("url").to_owned()],
        vec![ui.t("演示账户与口令", "demo accounts and password").to_owned(), accounts],
    ];
    ui.say(ui::table(&[ui.t("服务", "service"), ""], &[], rows).to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Fault::new(&faults::SERVICE).with("path", "–").with("what", e.kind()))?;
    let folder = data.to_path_buf();
    Ok(Town { runtime, service, _departments: departments, again, subject, as_of, today, folder })
}

/// A little giant, or any listed firm, and the first bank: who stand in the play.
fn cast(library: &Library, as_of: Date) -> Result<(String, String)> {
    let nobody = || Fault::new(&huoshui_app::faults::NO_ROSTER).with("date", as_of);
    let listed = || library.roster.as_of(as_of).filter(|l| l.tiers.is_srdi());
    let giant = listed().find(|l| l.tiers.contains(huoshui_registry::Tier::LittleGiant));
    let firm = giant.or_else(|| listed().next()).ok_or_else(nobody)?;
    let bank = library.institutions.lenders().next().ok_or_else(nobody)?;
    Ok((firm.uscc.as_str().to_owned(), bank.code.as_str().to_owned()))
}

impl Town {
    fn caller(&self, login: &str) -> Result<Caller<'_>> {
        Caller::sign_in(&self.runtime, self.service.said("address"), login, demo::PASSWORD)
    }

    /// What the credit engine's part of the play needs.
    pub fn stage(&self) -> super::credit::Stage<'_> {
        let address = self.service.said("address");
        super::credit::Stage { runtime: &self.runtime, address, subject: &self.subject, today: self.today }
    }

    /// Consent, pull, log with proof, revocation, and the next pull refused; whether all went as it should.
    pub fn play(&self, ui: &Ui) -> Result<bool> {
        let (bank, firm) = (self.caller("demo-bank")?, self.caller("demo-enterprise")?);
        let found = bank.get(&format!("/v1/exchange/firms/{}", self.subject))?;
        let name = text(&found, "name");
        ui.say(format!("{} {name} {}", ui.t("企业", "enterprise"), self.subject));

        let from = date::prior_year_end(date::prior_year_end(self.as_of));
        let wanted = json!({
            "subject": self.subject, "purpose": PURPOSE, "data_from": from, "data_to": self.today,
            "days": 30, "frequency": { "count": 3, "days": 30 }, "retention_days": 30,
        });
        let consent = bank.post("/v1/exchange/consents", "demo-consent", &wanted)?;
        let id = text(&consent, "id");
        ui.say(format!("{} {id} {}", ui.t("银行请求授权", "the bank asks for consent"), PURPOSE));
        let steps = format!("/v1/exchange/consents/{id}/steps");
        let grant = json!({ "step": "grant", "authority": "legal_representative" });
        let granted = firm.post(&steps, "demo-grant", &grant)?;
        ui.say(format!("{} → {}", ui.t("企业签署", "the enterprise signs"), text(&granted, "state")));

        let order = json!({ "consent": id, "purpose": PURPOSE });
        let pulled = bank.post("/v1/exchange/pulls", "demo-pull-1", &order)?;
        let ready = self.parts(&pulled, ui);
        let proved = self.log(&firm, ui)?;

        let revoked =
            firm.post(&steps, "demo-revoke", &json!({ "step": "revoke", "authority": "legal_representative" }))?;
        ui.say(format!("{} → {}", ui.t("企业撤销授权", "the enterprise revokes"), text(&revoked, "state")));
        let after = bank.call(Method::POST, "/v1/exchange/pulls", Some(&order), "demo-pull-2")?;
        let (code, detail) = (text(&after.body, "code"), text(&after.body, "detail"));
        ui.say(format!("{} → {} {code} {detail}", ui.t("银行再次取数", "the bank pulls again"), after.status));
        Ok(ready && proved && after.status == 403 && code == "exchange.revoked")
    }

    /// The parts of an answer with where they come from; whether any is READY and a remote department's is among them.
    fn parts(&self, pulled: &Value, ui: &Ui) -> bool {
        let parts = pulled.pointer("/answer/parts").and_then(Value::as_array).cloned().unwrap_or_default();
        let rows = parts.iter().map(|part| {
            let at = |pointer: &str| part.pointer(pointer);
            let count = at("/data/rows").and_then(Value::as_array).map_or(0, Vec::len);
            let fetched = at("/provenance/fetched_at").and_then(Value::as_i64).map_or_else(String::new, beijing);
            let fresh = match at("/provenance/stale").and_then(Value::as_bool) {
                Some(true) => ui.t("过期", "stale"),
                Some(false) => ui.t("有效", "fresh"),
                None => "",
            };
            let word = |pointer: &str| at(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            vec![
                word("/resource"),
                word("/status"),
                count.to_string(),
                word("/provenance/department"),
                word("/provenance/as_of"),
                fetched,
                fresh.to_owned(),
                word("/reason"),
            ]
        });
        let headers = [
            ui.t("资源", "resource"),
            ui.t("结果", "status"),
            ui.t("行", "rows"),
            ui.t("部门", "department"),
            ui.t("数据日期", "as of"),
            ui.t("取得时间", "fetched at"),
            ui.t("时效", "freshness"),
            ui.t("原因", "reason"),
        ];
        let rows: Vec<Vec<String>> = rows.collect();
        ui.say(ui::table(&headers, &[2], rows).to_string());
        let ready = |code: &str| parts.iter().any(|p| text(p, "resource") == code && text(p, "status") == "READY");
        if let Some(part) = parts.iter().find(|p| text(p, "resource") == SHOWN) {
            ui.say(format!("{SHOWN}: {}", part.get("data").unwrap_or(&Value::Null)));
        }
        ready(SHOWN) && REMOTE.iter().any(|(_, resources)| resources.iter().any(|r| ready(r)))
    }

    /// The enterprise's own log, and the proof of its last release, checked offline; whether the proof holds.
    fn log(&self, firm: &Caller<'_>, ui: &Ui) -> Result<bool> {
        let log = format!("/v1/exchange/enterprises/{}/log", self.subject);
        let page = firm.get(&log)?;
        let lines = page.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut released = None;
        let rows = lines.iter().map(|line| {
            let version = line.get("version").and_then(Value::as_u64).unwrap_or(0);
            let access = line.pointer("/what/access");
            let word = |name: &str| access.map(|a| text(a, name)).unwrap_or_default();
            let purpose = access.and_then(|a| a.pointer("/entry/stated_purpose")).and_then(Value::as_str);
            if word("outcome") == "released" {
                released = released.or(Some(version));
            }
            let kind = line.get("what").and_then(Value::as_object).and_then(|w| w.keys().next().cloned());
            let time = line.get("recorded_at").and_then(Value::as_i64).map_or_else(String::new, beijing);
            vec![
                version.to_string(),
                time,
                text(line, "by"),
                kind.unwrap_or_default(),
                purpose.unwrap_or_default().to_owned(),
                word("outcome"),
            ]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let headers = [
            "#",
            ui.t("时间", "time"),
            ui.t("经办", "by"),
            ui.t("事项", "what"),
            ui.t("用途", "purpose"),
            ui.t("结果", "outcome"),
        ];
        ui.say(ui.t("企业自己的访问记录", "the enterprise's own access log"));
        ui.say(ui::table(&headers, &[0], rows).to_string());
        let Some(version) = released else { return Ok(false) };
        let bundle = self.sealed(firm, &format!("{log}/{version}/proof"))?;
        let (proof, key) = (self.folder.join("access-proof.json"), self.folder.join("keys/public.pem"));
        let fail = |e: std::io::Error| huoshui_app::faults::folder(&proof, &e);
        std::fs::write(&proof, serde_json::to_vec_pretty(&bundle).unwrap_or_default()).map_err(fail)?;
        ui.say(format!("$ huoshui verify --proof {} --key {}", proof.display(), key.display()));
        super::verify_command::offline(&proof, &key, ui).map(|code| code == std::process::ExitCode::SUCCESS)
    }

    /// The proof of an entry, once the service has sealed it: it does so every few seconds.
    fn sealed(&self, firm: &Caller<'_>, path: &str) -> Result<Value> {
        for _ in 0..60 {
            let answer = firm.call(Method::GET, path, None, "-")?;
            if answer.status == 200 {
                return Ok(answer.body);
            }
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
        firm.get(path)
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
