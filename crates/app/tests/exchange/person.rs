//! A natural person's data beside a firm's.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_data_leave_only_under_that_persons_own_consent_beside_the_firms() {
    use huoshui_app::exchange::actor::{Actor, Party};
    use huoshui_app::exchange::consents::{Signing, Wanted};
    use huoshui_app::exchange::pull::Order;
    use huoshui_exchange::consent::{Ask, Authority};
    let world = World::new();
    let ask = |resource: &str, fields: &[&str]| Ask {
        resource: resource.into(),
        fields: fields.iter().map(|f| (*f).to_owned()).collect(),
    };
    let today = huoshui_kernel::Date::new(2026, 6, 30).unwrap();
    let wanted = |person: Option<&str>, asks: Vec<Ask>| Wanted {
        purpose: "legal_representative_check".into(),
        person: person.map(str::to_owned),
        asks,
        days: 30,
        data_to: today,
        data_from: huoshui_kernel::Date::new(2025, 6, 1).unwrap(),
        frequency: huoshui_exchange::purpose::Frequency { count: 2, days: 30 },
        ..World::wanted(1)
    };
    let fields = ["person_name", "since"];
    let firms = wanted(None, vec![ask("legal_representative", &fields), ask("registration", &["status"])]);
    let firms = world.ask(&bank("B1"), &firms).id;
    world.step(1, &firms, Step::Grant);
    // A login with a dot, as access control lets one be opened.
    let own = wanted(Some("li.na"), vec![ask("legal_representative", &fields)]);
    let own = world.ask(&bank("B1"), &own).id;
    let order = |personal: Option<&str>| Order {
        consent: firms.clone(),
        purpose: "legal_representative_check".into(),
        wants: Vec::new(),
        data_from: None,
        data_to: None,
        personal: personal.map(str::to_owned),
    };
    let b1 = bank("B1");
    let code = |pulled| refused(pulled).fault.code();
    assert_eq!(code(world.pull(&b1, "alone-001", &order(None)).await), "exchange.personal_consent");
    assert_eq!(code(world.pull(&b1, "asked-001", &order(Some(&own))).await), "exchange.personal_consent");
    // Neither the firm's signer nor another account of the firm can sign for the person.
    let sign = |account: &str, authority: Authority, step: Step| {
        let actor = Actor { account: account.into(), party: Party::Enterprise(firm(1)) };
        let signing = Signing { authority, authorisation: None };
        let key = format!("{account}-{step:?}-{authority:?}");
        world.exchange.step(&actor, &key, &own, step, &signing, None)
    };
    for (account, authority) in [
        ("owner-1", Authority::LegalRepresentative),
        ("owner-1", Authority::Oneself),
        ("li.na", Authority::LegalRepresentative),
    ] {
        assert_eq!(sign(account, authority, Step::Grant).unwrap_err().code(), "exchange.not_the_signer", "{account}");
    }
    assert_eq!(sign("li.na", Authority::Oneself, Step::Grant).unwrap().state, State::Granted);
    let (body, _) = released(world.pull(&b1, "both-0001", &order(Some(&own))).await);
    let parts = body["answer"]["parts"].as_array().unwrap();
    let person = parts.iter().find(|p| p["resource"] == "legal_representative").unwrap();
    assert_eq!(person["data"]["columns"], serde_json::json!(fields));
    assert_eq!(person["data"]["rows"].as_array().unwrap().len(), 1);
    // The person's consent alone is none to pull under, and once it is revoked the firm's alone gives nothing of the person.
    let mut alone = order(None);
    alone.consent.clone_from(&own);
    assert_eq!(code(world.pull(&b1, "alone-002", &alone).await), "exchange.unknown_consent");
    assert_eq!(code(world.pull(&bank("B2"), "alone-003", &alone).await), "exchange.wrong_recipient");
    sign("li.na", Authority::Oneself, Step::Revoke).unwrap();
    assert_eq!(code(world.pull(&b1, "after-001", &order(Some(&own))).await), "exchange.personal_consent");
    let mut firms_only = order(None);
    firms_only.wants = vec![Want { resource: "registration".into(), fields: vec!["status".into()] }];
    released(world.pull(&b1, "after-002", &firms_only).await);
    sound(&world);
}
