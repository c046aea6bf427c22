//! A natural person's data beside a firm's, and who may sign for either.

use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::signers::{self, Appointment, Checked};
use huoshui_app::access::{Actor as Caller, Asker, Hasher, Kind, Seed, accounts, organisations};
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::consents::{Signing, View, Wanted};
use huoshui_app::exchange::pull::Order;
use huoshui_exchange::consent::{Ask, Authority};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

use super::*;

const PASSWORD: &str = "correct-horse-battery";
const FIRM: &str = "firm-one";
/// Numbers that no document has.
const LI: &str = "000000199001011234";
const WANG: &str = "000000198505055678";
const FIELDS: [&str; 2] = ["person_name", "since"];

fn day(month: i8, day: i8) -> Date {
    Date::new(2026, month, day).unwrap()
}

fn caller(kind: Kind) -> Caller {
    Caller {
        id: "who".into(),
        organisation: "theirs".into(),
        kind,
        subject: None,
        admin: true,
        machine: false,
        scopes: std::collections::BTreeSet::new(),
        demo: false,
    }
}

fn account(login: &str) -> Account {
    Account { login: login.into(), organisation: FIRM.into(), admin: false, demo: false, closed: false }
}

/// A firm with a plain member `clerk`, and two persons whose identity was checked: `li.na` and `wang.wei`.
struct People {
    world: World,
    seed: Seed,
    hasher: Hasher,
}

impl People {
    fn new() -> Self {
        let world = World::new();
        let seed = Seed::open(&world.exchange.workspace).unwrap();
        let people = Self { world, seed, hasher: Hasher::new(1, 0) };
        let organisation = Organisation {
            id: FIRM.into(),
            kind: Kind::Enterprise,
            subject: Some(firm(1).as_str().into()),
            name_zh: "甲".into(),
            name_en: "A".into(),
            demo: false,
        };
        let (workspace, tools) = (&people.world.exchange.workspace, (&people.hasher, &people.seed));
        organisations::join(workspace, Asker { actor: "huoshui", key: FIRM }, &organisation).unwrap();
        let asker = Asker { actor: "owner", key: "clerk-01" };
        accounts::open(workspace, asker, &account("clerk"), PASSWORD, tools).unwrap();
        for (login, number) in [("li.na", LI), ("wang.wei", WANG)] {
            people.open(Kind::Operator, login, number).unwrap();
        }
        people.take_office(LI);
        people
    }

    fn open(&self, kind: Kind, login: &str, number: &str) -> Result<Account> {
        let digest = signers::digest(number)?;
        let checked = Checked { digest: &digest, how: "residence card at the counter" };
        let asker = Asker { actor: "counter", key: login };
        let workspace = &self.world.exchange.workspace;
        let tools = (&self.hasher, &self.seed);
        signers::open_person(workspace, (&caller(kind), asker), &account(login), checked, PASSWORD, tools)
    }

    /// From now on the department says that this person is the legal representative.
    fn take_office(&self, number: &str) {
        *self.world.shelf.person.lock().unwrap() = Some(signers::digest(number).unwrap());
    }

    fn appoint(&self, login: &str, wanted: &Appointment) -> Result<()> {
        let key = format!("appoint-{login}-{}", self.world.exchange.now());
        let asker = Asker { actor: "owner", key: &key };
        signers::appoint(&self.world.exchange.workspace, asker, (FIRM, login), wanted, None).map(|_| ())
    }

    fn sign(&self, login: &str, consent: &str, authority: Authority, step: Step) -> Result<View> {
        let actor = Actor::new(login.into(), Party::Enterprise(firm(1)));
        let signing = Signing { authority, authorisation: None };
        let key = format!("{login}-{step:?}-{}", self.world.exchange.now());
        self.world.exchange.step(&actor, &key, consent, step, &signing, None)
    }

    fn code(&self, login: &str, consent: &str, authority: Authority) -> &'static str {
        self.sign(login, consent, authority, Step::Grant).unwrap_err().code()
    }

    /// What the bank asks of the firm, or of a person.
    fn asked(&self, person: Option<&str>) -> String {
        let ask = |resource: &str, fields: &[&str]| Ask {
            resource: resource.into(),
            fields: fields.iter().map(|f| (*f).to_owned()).collect(),
        };
        let mut asks = vec![ask("legal_representative", &FIELDS)];
        asks.extend(person.is_none().then(|| ask("registration", &["status"])));
        let wanted = Wanted {
            purpose: "legal_representative_check".into(),
            person: person.map(str::to_owned),
            asks,
            days: 30,
            data_to: day(6, 30),
            data_from: Date::new(2025, 6, 1).unwrap(),
            frequency: huoshui_exchange::purpose::Frequency { count: 2, days: 30 },
            ..World::wanted(1)
        };
        self.world.ask(&bank("B1"), &wanted).id
    }

    /// The firm's consent, signed by its legal representative on record.
    fn firms(&self) -> String {
        let id = self.asked(None);
        self.world.step(1, &id, Step::Grant);
        id
    }

    /// This person's own, signed.
    fn own(&self, login: &str) -> String {
        let id = self.asked(Some(login));
        assert_eq!(self.sign(login, &id, Authority::Oneself, Step::Grant).unwrap().state, State::Granted);
        id
    }

    async fn pull(&self, firms: &str, own: Option<&str>) -> huoshui_app::exchange::pull::Pulled {
        let key = format!("pull-{}", self.world.exchange.now());
        self.world.pull(&bank("B1"), &key, &order(firms, own)).await
    }
}

fn order(firms: &str, own: Option<&str>) -> Order {
    Order {
        consent: firms.into(),
        purpose: "legal_representative_check".into(),
        wants: Vec::new(),
        data_from: None,
        data_to: None,
        personal: own.map(str::to_owned),
    }
}

/// The part of the legal representative, and of the registration.
fn parts(pulled: huoshui_app::exchange::pull::Pulled) -> [serde_json::Value; 2] {
    let (body, _) = released(pulled);
    let parts = body["answer"]["parts"].as_array().unwrap();
    ["legal_representative", "registration"].map(|code| parts.iter().find(|p| p["resource"] == code).unwrap().clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_data_leave_only_under_that_persons_own_consent_beside_the_firms() {
    let people = People::new();
    let (world, b1) = (&people.world, bank("B1"));
    let firms = people.firms();
    let own = people.asked(Some("li.na"));
    let code = |pulled| refused(pulled).fault.code();
    assert_eq!(code(people.pull(&firms, None).await), "exchange.personal_consent");
    assert_eq!(code(people.pull(&firms, Some(&own)).await), "exchange.personal_consent");
    // Neither the firm's signer nor another account of the firm can sign for the person.
    for (account, authority) in [
        ("owner-1", Authority::LegalRepresentative),
        ("owner-1", Authority::Oneself),
        ("wang.wei", Authority::Oneself),
        ("li.na", Authority::LegalRepresentative),
    ] {
        assert_eq!(people.code(account, &own, authority), "exchange.not_the_signer", "{account}");
    }
    let granted = people.sign("li.na", &own, Authority::Oneself, Step::Grant).unwrap();
    let signed_by = granted.consent.artefact.unwrap().signed_by;
    assert_eq!(signed_by.identity, Some(world.exchange.mark(&firm(1), &signers::digest(LI).unwrap())));
    let [person, _] = parts(people.pull(&firms, Some(&own)).await);
    assert_eq!(person["data"]["columns"], serde_json::json!(FIELDS));
    assert_eq!(person["data"]["rows"].as_array().unwrap().len(), 1);
    // The person's consent alone is none to pull under, and once it is revoked the firm's alone gives nothing of the person.
    assert_eq!(code(people.pull(&own, None).await), "exchange.unknown_consent");
    assert_eq!(code(world.pull(&bank("B2"), "alone-003", &order(&own, None)).await), "exchange.wrong_recipient");
    people.sign("li.na", &own, Authority::Oneself, Step::Revoke).unwrap();
    assert_eq!(code(people.pull(&firms, Some(&own)).await), "exchange.personal_consent");
    let mut firms_only = order(&firms, None);
    firms_only.wants = vec![Want { resource: "registration".into(), fields: vec!["status".into()] }];
    released(world.pull(&b1, "after-002", &firms_only).await);
    // Neither number nor digest stands in the journal.
    for needle in [LI.to_owned(), signers::digest(LI).unwrap()] {
        let folder = std::fs::read_dir(world.folder.path().join("data")).unwrap().map(|e| e.unwrap().path());
        for file in folder.filter(|p| p.is_file()) {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(needle.len()).any(|w| w == needle.as_bytes()), "{needle} in {file:?}");
        }
    }
    sound(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strangers_consent_and_a_former_representatives_release_nothing_of_the_representative() {
    let people = People::new();
    let firms = people.firms();
    // The bank names whom it likes: the firm's signer, whom nobody identified, cannot sign as a person at all.
    let signers_own = people.asked(Some("owner-1"));
    assert_eq!(people.code("owner-1", &signers_own, Authority::Oneself), "exchange.not_identified");
    // A stranger signs for himself, which is his right; the row is another's.
    let strangers = people.own("wang.wei");
    let [person, registration] = parts(people.pull(&firms, Some(&strangers)).await);
    assert_eq!(
        (person["status"].as_str(), person["reason"].as_str()),
        (Some("DENIED"), Some("exchange.another_person"))
    );
    assert_eq!(person["data"]["rows"], serde_json::json!([]));
    assert_ne!(registration["reason"], "exchange.another_person", "the firm's own fields are nobody's");
    // The firm's log says so.
    let line = people.world.exchange.log(&firm(1), None, 1).unwrap().lines.remove(0);
    let What::Access(logged) = line.what else { panic!("{:?}", line.what) };
    let source = logged.entry.sources.iter().find(|s| s.resource == "legal_representative").unwrap();
    assert_eq!((source.reason.as_deref(), source.fields.len()), (Some("exchange.another_person"), 0));
    // The right person's consent releases the row, until another takes office.
    let own = people.own("li.na");
    people.take_office(WANG);
    let [person, _] = parts(people.pull(&firms, Some(&own)).await);
    assert_eq!(person["reason"], "exchange.another_person", "li.na's consent is not wang.wei's");
    let firms = people.firms();
    let [person, _] = parts(people.pull(&firms, Some(&strangers)).await);
    assert_eq!(person["status"], "READY", "now it is his");
    people.take_office(LI);
    let [person, _] = parts(people.pull(&firms, Some(&own)).await);
    assert_eq!(person["status"], "READY");
    sound(&people.world);
}

#[test]
fn only_the_operator_opens_a_persons_account_and_sets_its_password() {
    let people = People::new();
    let workspace = &people.world.exchange.workspace;
    for kind in Kind::ALL {
        let opened = people.open(kind, &format!("person-{}", kind.code()), LI);
        let guarded = signers::guard(workspace, &caller(kind), "li.na");
        let free = signers::guard(workspace, &caller(kind), "clerk");
        assert!(free.is_ok());
        if kind == Kind::Operator {
            assert!(opened.is_ok() && guarded.is_ok());
        } else {
            assert_eq!(opened.unwrap_err().code(), "access.operator_only", "{kind:?}");
            assert_eq!(guarded.unwrap_err().code(), "access.operator_only", "{kind:?}");
        }
    }
    assert_eq!(people.open(Kind::Operator, "nobody", "12 34").unwrap_err().code(), "access.bad_identity");
    // The same key with another person is another request.
    let other = people.open(Kind::Operator, "li.na", WANG);
    assert_eq!(other.unwrap_err().code(), "journal.key_reused");
    sound(&people.world);
}

#[test]
fn a_firm_signs_through_whom_it_appointed_and_through_nobody_else() {
    let people = People::new();
    let (legal, agent) = (Authority::LegalRepresentative, Authority::AuthorisedAgent);
    let (not, now) = ("exchange.not_the_signer", day(6, 30));
    let ask = || people.asked(None);
    let power = |from: Date, until: Date| Appointment::AuthorisedAgent { authorisation: "委-7".into(), from, until };
    // A plain member, whatever right is claimed; and a person who is not appointed.
    for (login, authority) in [("clerk", legal), ("clerk", agent), ("li.na", legal), ("li.na", agent)] {
        assert_eq!(people.code(login, &ask(), authority), not, "{login} {authority:?}");
    }
    // Without a check of who it is nobody is the legal representative.
    let refused = people.appoint("clerk", &Appointment::LegalRepresentative).unwrap_err();
    assert_eq!(refused.code(), "access.not_identified");
    assert_eq!(people.appoint("nobody", &Appointment::LegalRepresentative).unwrap_err().code(), "access.not_found");
    assert_eq!(people.appoint("clerk", &power(now, day(6, 29))).unwrap_err().code(), "access.bad_authorisation");
    people.appoint("li.na", &Appointment::LegalRepresentative).unwrap();
    let signed = people.sign("li.na", &ask(), legal, Step::Grant).unwrap();
    assert!(signed.consent.artefact.unwrap().signed_by.identity.is_some());
    assert_eq!(people.code("li.na", &ask(), agent), not);
    // An agent, from the day of the authorisation to its last.
    people.appoint("clerk", &power(day(6, 1), now)).unwrap();
    let by = people.sign("clerk", &ask(), agent, Step::Grant).unwrap().consent.artefact.unwrap().signed_by;
    assert_eq!((by.authorisation.as_deref(), by.authorised_on), (Some("委-7"), Some(day(6, 1))));
    assert_eq!(by.authorised_until, Some(now));
    assert_eq!(people.code("clerk", &ask(), legal), not);
    let waiting = ask();
    people.world.clock.0.fetch_add(DAY, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(people.code("clerk", &waiting, agent), "exchange.authority_ended");
    people.appoint("clerk", &power(day(7, 2), day(7, 9))).unwrap();
    assert_eq!(people.code("clerk", &waiting, agent), "exchange.authority_ended", "not begun");
    // A number that is claimed must be the one on record.
    people.appoint("clerk", &power(day(7, 1), day(7, 9))).unwrap();
    let actor = Actor::new("clerk".into(), Party::Enterprise(firm(1)));
    let signing = Signing { authority: agent, authorisation: Some("委-8".into()) };
    let claimed = people.world.exchange.step(&actor, "claimed-8", &waiting, Step::Grant, &signing, None);
    assert_eq!(claimed.unwrap_err().code(), not);
    people.sign("clerk", &waiting, agent, Step::Grant).unwrap();
    // Another firm's consent is not there for them.
    let others = people.world.ask(&bank("B1"), &World::wanted(2)).id;
    assert_eq!(people.code("clerk", &others, agent), "exchange.unknown_consent");
    // What ended is over, for every step.
    let asker = Asker { actor: "owner", key: "end-clerk" };
    signers::end(&people.world.exchange.workspace, asker, (FIRM, "clerk"), None).unwrap();
    let revoked = people.sign("clerk", &waiting, agent, Step::Revoke);
    assert_eq!(revoked.unwrap_err().code(), not);
    // Another takes office: who was the legal representative signs no more, appointed or not.
    people.take_office(WANG);
    assert_eq!(people.code("li.na", &ask(), legal), "exchange.another_person");
    sound(&people.world);
}
