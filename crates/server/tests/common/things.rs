//! What two tenants of each kind have: consents, entries in logs, objections, decisions, drafts, keys. One set belongs to the
//! demonstration's accounts; the other to a rival bank, another firm and another department, whose things are nobody else's.

use std::collections::BTreeMap;

use huoshui_app::access::demo;
use huoshui_credit::embedded;
use huoshui_journal::Clock as _;
use huoshui_kernel::{Date, Uscc, date};
use serde_json::{Value, json};

use super::{City, Server};

/// Passwords of accounts that tests open.
pub const PASSWORD: &str = "correct-horse-battery";

/// The tenants that the demonstration does not have: organisation, account, kind.
pub const RIVALS: [(&str, &str); 3] =
    [("rival-bank", "bank"), ("rival-firm", "enterprise"), ("rival-office", "department")];

/// Ids by name, such as `decision`, of what one set of tenants has.
pub type Ids = BTreeMap<&'static str, String>;

/// Both sets.
pub struct Things {
    /// Of `demo-bank`, `demo-enterprise` and `demo-department`.
    pub own: Ids,
    /// Of the rivals.
    pub foreign: Ids,
}

/// One set of tenants, by their tokens.
struct Tenants<'a> {
    server: &'a Server,
    bank: (&'a str, String, &'a str),
    firm: (String, &'a str),
    /// A resource of the department's, with the key of a row.
    resource: (&'a str, Value, &'a str, Value),
}

fn made(reply: &super::Reply, status: u16) -> Value {
    assert_eq!(reply.status, status, "{}", reply.text());
    reply.json()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// A bank's own product, as it drafts it.
pub fn product(bank: &str) -> Value {
    let own = |text: &str| text.replace("\"instant_loan\"", &format!("\"{bank}.own_loan\""));
    let named = format!("en = \"Own loan\"\ninstitution = \"{bank}\"");
    let text = own(embedded::PRODUCTS.iter().find(|(f, _)| f.ends_with("instant_loan.toml")).unwrap().1)
        .replace("en = \"SRDI instant loan\"", &named);
    let cases = own(embedded::CASES.iter().find(|(f, _)| f.ends_with("instant_loan.cases.toml")).unwrap().1);
    json!({ "kind": "products", "file": format!("{}_own_loan.toml", bank.to_lowercase()), "text": text, "cases": cases })
}

/// A request for a consent of a firm's for an instant loan, on this day.
pub fn wanted(subject: &str, today: Date) -> Value {
    json!({
        "subject": subject, "purpose": "instant_loan", "data_from": date::add_months(today, -24).unwrap(), "data_to": today,
        "days": 20, "frequency": { "count": 3, "days": 30 }, "retention_days": 20,
    })
}

impl Things {
    /// Makes everything, over HTTP. `tokens` are those of the demonstration's accounts by role.
    pub fn new(city: &City, server: &Server, tokens: &dyn Fn(&str) -> String) -> Self {
        let operator = tokens("operator");
        let subjects = [city.other_bank.as_str(), city.stranger.as_str(), "swj"];
        for ((id, kind), subject) in RIVALS.into_iter().zip(subjects) {
            let body = json!({ "id": id, "kind": kind, "subject": subject, "name_zh": id, "name_en": id });
            made(&server.post("/v1/organisations", &operator, &body), 201);
            let account = json!({ "login": id, "password": PASSWORD, "admin": true });
            made(&server.post(&format!("/v1/organisations/{id}/accounts"), &operator, &account), 201);
        }
        let stranger = Uscc::parse(&city.stranger).unwrap();
        let digest = demo::on_file(&server.workspace, &stranger).unwrap().unwrap_or_else(|| "another".to_owned());
        demo::stand_as(&server.workspace, "rival-firm", "rival-firm", stranger, &digest).unwrap();
        let enter = |login: &str| {
            let body = json!({ "login": login, "password": PASSWORD }).to_string();
            let headers = [("Content-Type", "application/json")];
            text(&made(&server.send("POST", "/v1/session", None, &headers, body.as_bytes()), 201)["token"])
        };
        let own = Tenants {
            server,
            bank: ("demo-bank", tokens("bank"), &city.bank),
            firm: (tokens("enterprise"), &city.enterprise),
            resource: ("subsidies", json!({ "grant_no": "2024-0001" }), "programme", json!("talent")),
        };
        let foreign = Tenants {
            server,
            bank: ("rival-bank", enter("rival-bank"), &city.other_bank),
            firm: (enter("rival-firm"), &city.stranger),
            resource: ("tax_grade", json!({ "period": "2024-12-31" }), "grade", json!("A")),
        };
        let things = Self { own: own.ids(), foreign: foreign.ids() };
        // What was written is sealed, so that there is a proof of it.
        huoshui_app::seal::all(&server.workspace).unwrap();
        things
    }
}

impl Tenants<'_> {
    fn ids(&self) -> Ids {
        let (server, (organisation, bank, code), (firm, subject)) = (self.server, &self.bank, &self.firm);
        let (mut ids, today) = (Ids::new(), huoshui_exchange::clock::day(server.clock.now_micros()));
        let consent = text(&made(&server.post("/v1/exchange/consents", bank, &wanted(subject, today)), 201)["id"]);
        let grant = json!({ "step": "grant", "authority": "legal_representative" });
        made(&server.post(&format!("/v1/exchange/consents/{consent}/steps"), firm, &grant), 200);
        let order = json!({ "consent": consent, "purpose": "instant_loan" });
        let pulled = made(&server.post("/v1/exchange/pulls", bank, &order), 200);
        ids.insert("entry", pulled["entry"]["version"].to_string());
        let profile = made(&server.post("/v1/credit/profiles", bank, &order), 200);
        ids.insert("profile", text(&profile["id"]));
        let mut application = order.clone();
        application["request"] = json!({
            "product": "instant_loan", "amount_fen": 100_000_000, "months": 12, "purpose": "working_capital", "lpr_ppm": 30_000,
        });
        let decision = made(&server.post("/v1/credit/decisions", bank, &application), 200);
        ids.insert("decision", text(&decision["made"]["id"]));
        ids.insert("consent", consent);
        let nothing = json!({ "consent": "nobodys", "purpose": "instant_loan" });
        made(&server.post("/v1/exchange/pulls", bank, &nothing), 403);
        let refusals = format!("/v1/exchange/institutions/{code}/refusals");
        let refused = made(&server.get(&refusals, Some(bank)), 200);
        ids.insert("refusal", refused["lines"][0]["version"].to_string());
        let draft = made(&server.post("/v1/credit/drafts", bank, &product(code)), 201);
        ids.insert("draft", text(&draft["id"]));
        let mut question = application;
        question = json!({
            "request": question["request"], "effective_from": today, "as_of": today, "compared_with": "instant_loan",
        });
        question["request"]["product"] = json!(format!("{code}.own_loan"));
        let path = format!("/v1/credit/drafts/{}/what-if-jobs", ids["draft"]);
        let job = text(&made(&server.post(&path, bank, &question), 202)["id"]);
        let done = server.wait(&job, bank);
        // Where departments gave nothing there is no report, and so none of this hash.
        let report = done["result"]["what_if"].as_str().map_or_else(|| "0".repeat(64), str::to_owned);
        ids.insert("what_if", report);
        ids.insert("job", job);
        let key = json!({ "name": "core", "scopes": ["exchange:read"], "days": 30 });
        let issued = made(&server.post(&format!("/v1/organisations/{organisation}/keys"), bank, &key), 201);
        ids.insert("key", text(&issued["id"]));
        let clerk = json!({ "login": format!("{organisation}-clerk"), "password": PASSWORD });
        made(&server.post(&format!("/v1/organisations/{organisation}/accounts"), bank, &clerk), 201);
        ids.insert("account", format!("{organisation}-clerk"));
        let (resource, row, field, claimed) = &self.resource;
        let objection = json!({ "resource": resource, "row": row, "field": field, "claimed": claimed });
        let raised = made(&server.post("/v1/exchange/objections", firm, &objection), 201);
        ids.insert("objection", text(&raised["objection"]["id"]));
        ids
    }
}
