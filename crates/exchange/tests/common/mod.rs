//! A firm, a bank, and the consents between them.
#![allow(dead_code, reason = "each test uses a part")]

use std::sync::LazyLock;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::consent::{
    Artefact, Ask, Authority, Consent, ConsentEvent, ConsentGranted, ConsentRequested, Recipient, Request, Signature,
    SignedBy, request,
};
use huoshui_exchange::purpose::{Frequency, Mode, Purposes, RecipientKind};
use huoshui_exchange::release::{Pull, Want};
use huoshui_kernel::{Date, Uscc, date};

pub const DAY: i64 = 86_400_000_000;
/// 2025-10-15, noon in Beijing.
pub const NOW: i64 = 1_760_500_800_000_000;

#[derive(Clone)]
pub struct World {
    pub catalogue: Catalogue,
    pub purposes: Purposes,
}

pub fn world() -> World {
    static BUILT_IN: LazyLock<World> = LazyLock::new(|| {
        let catalogue = Catalogue::embedded().unwrap();
        let purposes = Purposes::embedded(&catalogue).unwrap();
        World { catalogue, purposes }
    });
    BUILT_IN.clone()
}

pub fn day(text: &str) -> Date {
    date::parse(text).unwrap()
}

pub fn firm() -> Uscc {
    Uscc::compose("91", "110108", "MA01ABCD").unwrap()
}

pub fn legal() -> SignedBy {
    by("boss", Authority::LegalRepresentative, Some("mark of boss"))
}

pub fn oneself(account: &str) -> SignedBy {
    by(account, Authority::Oneself, Some(&format!("mark of {account}")))
}

pub fn by(account: &str, authority: Authority, identity: Option<&str>) -> SignedBy {
    SignedBy {
        account: account.into(),
        authority,
        authorisation: None,
        authorised_on: None,
        authorised_until: None,
        identity: identity.map(str::to_owned),
    }
}

pub fn ask(resource: &str, fields: &[&str]) -> Ask {
    Ask { resource: resource.into(), fields: fields.iter().map(|f| (*f).to_owned()).collect() }
}

pub fn want(resource: &str, fields: &[&str]) -> Want {
    Want { resource: resource.into(), fields: fields.iter().map(|f| (*f).to_owned()).collect() }
}

/// Three pulls in thirty days of tax and social security, for an instant loan.
pub fn loan() -> Request {
    Request {
        id: "C1".into(),
        subject: firm(),
        person: None,
        recipients: vec![Recipient { code: "B0001".into(), kind: RecipientKind::Bank }],
        purpose: "instant_loan".into(),
        asks: vec![
            ask("tax_payments", &["period", "declared_revenue", "on_time"]),
            ask("patents", &["kind", "status"]),
        ],
        data_from: day("2024-01-01"),
        data_to: day("2025-10-15"),
        days: 30,
        frequency: Frequency { count: 3, days: 30 },
        retention_days: 31,
    }
}

pub fn requested(world: &World, r: &Request) -> Consent {
    let draft = request(r, &world.catalogue, &world.purposes, NOW).unwrap();
    let by = draft.recipients[0].clone();
    let event = ConsentEvent::Requested(ConsentRequested::new(draft, &by, NOW).unwrap());
    Consent::fold([&event]).unwrap()
}

pub fn sign(consent: Consent, artefact: Artefact) -> Consent {
    let signature = Signature { algorithm: "ed25519".into(), key: "k1".into(), value: "00".into() };
    Consent::apply(Some(consent), &ConsentEvent::Granted(ConsentGranted { artefact, signature })).unwrap()
}

pub fn granted(world: &World, r: &Request) -> Consent {
    let consent = requested(world, r);
    let by = r.person.as_ref().map_or_else(legal, |p| oneself(p));
    let artefact = consent.grant(by, NOW, &world.catalogue, &world.purposes).unwrap();
    sign(consent, artefact)
}

pub fn pull() -> Pull {
    Pull {
        consent: "C1".into(),
        purpose: "instant_loan".into(),
        recipient: "B0001".into(),
        wants: vec![],
        data_from: None,
        data_to: None,
        mode: Mode::Values,
    }
}
