//! A natural person's own consent over HTTP: a stranger's, the firm's signer's, the right person's.

use serde_json::{Value, json};

use crate::common::{Server, config};
use crate::world::{self, PASSWORD, World, firm};
use crate::{session, sound};

#[test]
fn a_persons_data_leave_only_with_that_persons_own_signature() {
    let world = World::new(None);
    let server = Server::over(world.workspace.clone(), config());
    let (firm_token, counter) = (session(&server, "owner-zero"), session(&server, "counter"));
    // The firm's administrator opens no person's account, and does not get at one either; the operator checks who it is.
    let accounts = "/v1/organisations/firm-zero/accounts";
    for (login, n) in [("li.na", 0), ("wang.wei", 1)] {
        let identity = json!({ "id_number": world::number(n), "checked": "at the counter" });
        let person = json!({ "login": login, "password": PASSWORD, "identity": identity });
        let by_firm = server.post(accounts, &firm_token, &person);
        assert_eq!((by_firm.status, by_firm.code().as_str()), (403, "access.operator_only"));
        let opened = server.post(accounts, &counter, &person);
        assert_eq!(opened.status, 201, "{}", opened.text());
        let password = json!({ "password": "another long password" });
        let path = format!("{accounts}/{login}/password");
        let reset = server.change(("PUT", &path), &firm_token, 1, &password);
        assert_eq!((reset.status, reset.code().as_str()), (403, "access.operator_only"));
    }
    let (person_token, stranger_token) = (session(&server, "li.na"), session(&server, "wang.wei"));
    let today = huoshui_exchange::clock::day(world.exchange.now());
    let ask = |person: Value| {
        let body = json!({
            "subject": firm(0), "person": person, "purpose": "legal_representative_check",
            "asks": [{ "resource": "legal_representative", "fields": ["person_name", "since"] }],
            "data_from": huoshui_kernel::date::add_months(today, -13).unwrap(), "data_to": today,
            "days": 20, "frequency": { "count": 2, "days": 30 }, "retention_days": 30,
        });
        let answer = server.post("/v1/exchange/consents", &world.banks[0], &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let (firms, own) = (ask(Value::Null), ask(json!("li.na")));
    let (strangers, signers) = (ask(json!("wang.wei")), ask(json!("owner-zero")));
    let sign = |token: &str, consent: &str, authority: &str| {
        let step = json!({ "step": "grant", "authority": authority });
        server.post(&format!("/v1/exchange/consents/{consent}/steps"), token, &step)
    };
    // A plain member signs nothing for the firm, whatever right is claimed.
    let clerk = session(&server, "clerk");
    for authority in ["legal_representative", "authorised_agent", "oneself"] {
        let refused = sign(&clerk, &firms, authority);
        assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.not_the_signer"), "{authority}");
    }
    assert_eq!(sign(&firm_token, &firms, "legal_representative").status, 200);
    let pull = |personal: Value| {
        let body = json!({ "consent": firms, "purpose": "legal_representative_check", "personal": personal });
        server.post("/v1/exchange/pulls", &world.banks[0], &body)
    };
    for personal in [Value::Null, json!(own)] {
        let refused = pull(personal);
        assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.personal_consent"));
    }
    for (token, authority) in [(&firm_token, "legal_representative"), (&firm_token, "oneself")] {
        let refused = sign(token, &own, authority);
        assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.not_the_signer"));
    }
    // Nobody checked who the firm's signer is; a stranger's consent is the stranger's.
    let refused = sign(&firm_token, &signers, "oneself");
    assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.not_identified"));
    assert_eq!(sign(&stranger_token, &strangers, "oneself").status, 200);
    let part = pull(json!(strangers)).json()["answer"]["parts"][0].clone();
    assert_eq!((part["status"].as_str(), part["reason"].as_str()), (Some("DENIED"), Some("exchange.another_person")));
    assert_eq!(part["data"]["rows"], json!([]));
    let signed = sign(&person_token, &own, "oneself");
    assert_eq!(signed.status, 200, "{}", signed.text());
    let answer = pull(json!(own));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["answer"]["parts"][0]["data"]["rows"], json!([["代表0", "2020-05-06"]]));
    assert!(server.stop());
    sound(&world);
}
