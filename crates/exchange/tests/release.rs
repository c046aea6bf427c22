//! What is released: the order of refusals, and what never leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{DAY, NOW, World, ask, day, granted, loan, oneself, pull, requested, sign, want, world};
use huoshui_exchange::access::{Asked, Who, replay};
use huoshui_exchange::consent::{Consent, Request, State, Step};
use huoshui_exchange::purpose::Mode;
use huoshui_exchange::release::{Denial, Facts, Held, Plan, Presented, Pull, Reason, decide, recheck};

/// A pull with everything around it, each part to be spoiled.
struct Case {
    world: World,
    consent: Option<Consent>,
    state: Option<State>,
    personal: Option<Consent>,
    usage: Vec<i64>,
    pull: Pull,
    now: i64,
}

impl Case {
    fn new(r: &Request) -> Self {
        let world = world();
        let consent = Some(granted(&world, r));
        Self { world, consent, state: None, personal: None, usage: vec![], pull: pull(), now: NOW + DAY }
    }

    fn facts<T>(&self, run: impl Fn(&Facts<'_>) -> T) -> T {
        let mut consent = Presented::of(self.consent.as_ref(), self.now);
        if let (Presented::Signed(held), Some(state)) = (&mut consent, self.state) {
            held.state = state;
        }
        let personal = self
            .personal
            .as_ref()
            .and_then(|c| Some(Held { artefact: c.artefact.as_ref()?, state: c.state_at(self.now) }));
        let (catalogue, purposes) = (&self.world.catalogue, &self.world.purposes);
        run(&Facts { pull: &self.pull, consent, personal, usage: &self.usage, catalogue, purposes, now: self.now })
    }

    fn decide(&self) -> Result<Plan, Denial> {
        self.facts(decide)
    }

    fn reason(&self) -> Option<Reason> {
        self.decide().err().map(|d| d.reason)
    }
}

fn personal_check() -> Request {
    let mut r = loan();
    r.purpose = "legal_representative_check".into();
    r.asks.clear();
    r.data_from = day("2025-01-01");
    r.frequency.count = 2;
    r
}

#[test]
fn a_pull_gets_what_was_granted() {
    let case = Case::new(&loan());
    let plan = case.decide().unwrap();
    let fetched: Vec<_> = plan.fetches.iter().map(|f| (f.resource.code.as_str(), f.fields.join(","))).collect();
    assert_eq!(
        fetched,
        [("tax_payments", "period,declared_revenue,on_time".into()), ("patents", "kind,status".to_owned())]
    );
    assert_eq!((plan.fetches[0].from, plan.fetches[0].to), (day("2024-01-01"), day("2025-10-15")));
    assert_eq!((plan.usage.used, plan.usage.window_from), (0, NOW + DAY - 30 * DAY));
    assert_eq!(plan.purpose.code, "instant_loan");
}

/// Each reason by what makes it, in order; together with every later one the earlier is the answer.
#[test]
fn the_first_reason_is_the_answer() {
    type Spoil = fn(&mut Case);
    let mut all: Vec<(Reason, Spoil)> = vec![
        (Reason::UnknownConsent, |c| c.consent = None),
        (Reason::WrongRecipient, |c| c.pull.recipient = "B0009".into()),
        (Reason::WrongPurpose, |c| c.pull.purpose = "credit_review".into()),
        (Reason::PurposeChanged, |c| {
            c.consent.as_mut().unwrap().artefact.as_mut().unwrap().purpose.hash = "0".repeat(64);
        }),
        (Reason::NotGranted, |c| c.state = Some(State::Requested)),
        (Reason::Declined, |c| c.state = Some(State::Declined)),
        (Reason::Paused, |c| c.state = Some(State::Paused)),
        (Reason::Revoked, |c| c.state = Some(State::Revoked)),
        (Reason::Expired, |c| c.state = Some(State::Expired)),
        (Reason::WrongMode, |c| c.pull.mode = Mode::Verify),
        (Reason::PersonalConsentMissing, |c| c.personal = None),
        (Reason::WrongField, |c| c.pull.wants.push(want("registration", &["capital"]))),
        (Reason::WrongRange, |c| c.pull.data_to = Some(day("2025-10-16"))),
        // The signer saw a version that the catalogue does not have any more.
        (Reason::SchemaMoved, |c| {
            for grant in &mut c.consent.as_mut().unwrap().artefact.as_mut().unwrap().grants {
                grant.schema = 9;
            }
        }),
        (Reason::Frequency, |c| c.usage = vec![NOW, NOW]),
    ];
    assert_eq!(all.iter().map(|(r, _)| *r).collect::<Vec<_>>(), Reason::ALL);
    let make = || {
        let mut case = Case::new(&personal_check());
        let mut own = personal_check();
        (own.id, own.person) = ("C2".into(), Some("zhang".into()));
        case.personal = Some(granted(&case.world, &own));
        case.pull.purpose = "legal_representative_check".into();
        case.pull.wants = vec![want("legal_representative", &["person_name"])];
        case
    };
    assert_eq!(make().reason(), None);
    let last = all.len();
    for first in 0..last {
        let (reason, spoil) = all[first];
        let mut alone = make();
        spoil(&mut alone);
        assert_eq!(alone.reason(), Some(reason), "alone");
        let denial = alone.decide().unwrap_err();
        assert_eq!(denial.fault.code(), reason.code());
        let (zh, en) = (denial.fault.message(huoshui_kernel::Lang::Zh), denial.fault.message(huoshui_kernel::Lang::En));
        assert!(!zh.contains('{') && !en.contains('{'), "{zh} {en}");
        for later in first + 1..last {
            // States exclude one another: a consent has one.
            if (4..=8).contains(&first) && (4..=8).contains(&later) {
                continue;
            }
            let mut both = make();
            all[later].1(&mut both);
            if both.consent.is_some() || first == 0 {
                all[first].1(&mut both);
            }
            assert_eq!(both.reason(), Some(reason), "with {:?}", all[later].0);
        }
    }
    all.clear();
}

#[test]
fn a_consent_that_nobody_signed_tells_strangers_nothing() {
    let mut case = Case::new(&loan());
    case.consent = Some(requested(&case.world, &loan()));
    assert_eq!(case.reason(), Some(Reason::NotGranted));
    case.pull.recipient = "B0009".into();
    assert_eq!(case.reason(), Some(Reason::WrongRecipient));
    case.pull.recipient = "B0001".into();
    case.now = NOW + 30 * DAY;
    assert_eq!(case.reason(), Some(Reason::Expired), "a request lapses");
}

#[test]
fn a_revocation_works_from_the_very_next_pull() {
    let mut case = Case::new(&loan());
    assert_eq!(case.reason(), None);
    let consent = case.consent.take().unwrap();
    let event = consent.step(Step::Revoke, common::legal(), case.now).unwrap();
    case.consent = Some(Consent::apply(Some(consent), &event).unwrap());
    assert_eq!(case.reason(), Some(Reason::Revoked));
}

#[test]
fn frequency_counts_the_window_to_the_moment() {
    let mut case = Case::new(&loan());
    let window = 30 * DAY;
    for (usage, expected) in [
        (vec![], Ok(0)),
        (vec![case.now - 1, case.now - 2], Ok(2)),
        (vec![case.now - 1, case.now - 2, case.now - 3], Err(())),
        // Exactly a window ago is outside it.
        (vec![case.now - window, case.now - 1, case.now - 2], Ok(2)),
        (vec![case.now - window + 1, case.now - 1, case.now - 2], Err(())),
        // A clock that was set back does not open the door.
        (vec![case.now + DAY, case.now + DAY, case.now + DAY], Err(())),
    ] {
        case.usage = usage;
        assert_eq!(case.decide().map(|p| p.usage.used).map_err(|d| assert_eq!(d.reason, Reason::Frequency)), expected);
    }
    // 2025-10-16 minus 20 days, plus 30: the earliest of three leaves the window on the 26th.
    case.usage = vec![case.now - DAY, case.now - 20 * DAY, case.now - 2 * DAY];
    let message = case.decide().unwrap_err().fault.hint(huoshui_kernel::Lang::En);
    assert!(message.contains("2025-10-26"), "{message}");
}

#[test]
fn a_repeat_counts_nothing_and_gives_no_body() {
    let mut case = Case::new(&loan());
    let plan = case.decide().unwrap();
    let who = Who { institution: "B0001".into(), account: "robot".into(), key: Some("key-1".into()) };
    let asked = Asked {
        id: "A1",
        at: case.now,
        who: &who,
        policy: Some("exchange.recipients"),
        pull: &case.pull,
        latency_ms: 12,
    };
    let entry = asked.released(&plan, &[], "c0ffee").unwrap();
    case.usage = vec![case.now; 3];
    assert_eq!(case.reason(), Some(Reason::Frequency));
    let answer = replay(&entry, case.facts(recheck)).unwrap();
    assert_eq!((answer.code.as_str(), answer.first.as_str()), ("exchange.replayed", "A1"));
    assert_eq!(answer.fault().code(), "exchange.replayed");
    // What was revoked since is refused as such.
    case.state = Some(State::Revoked);
    assert_eq!(replay(&entry, case.facts(recheck)).unwrap_err().reason, Reason::Revoked);
}

#[test]
fn a_persons_data_need_that_persons_consent_and_no_other() {
    let mut case = Case::new(&personal_check());
    case.pull.purpose = "legal_representative_check".into();
    assert_eq!(case.reason(), Some(Reason::PersonalConsentMissing));
    // Without personal fields the firm's consent is enough.
    case.pull.wants = vec![want("registration", &["name"])];
    assert_eq!(case.reason(), None);
    case.pull.wants.clear();
    let mut own = personal_check();
    (own.id, own.person) = ("C2".into(), Some("zhang".into()));
    let world = world();
    let fields = |fields: &[&str]| Request { asks: vec![common::ask("legal_representative", fields)], ..own.clone() };
    // Signed before identities were checked: nobody knows whose consent it is.
    let mut nobodys = granted(&world, &own);
    nobodys.artefact.as_mut().unwrap().signed_by.identity = None;
    for (name, consent, expected) in [
        ("covers all", granted(&world, &own), None),
        ("nobody's", nobodys, Some(Reason::PersonalConsentMissing)),
        ("too few fields", granted(&world, &fields(&["since"])), Some(Reason::PersonalConsentMissing)),
        ("not signed", requested(&world, &own), Some(Reason::PersonalConsentMissing)),
        ("the firm's own again", granted(&world, &personal_check()), Some(Reason::PersonalConsentMissing)),
    ] {
        case.personal = Some(consent);
        assert_eq!(case.reason(), expected, "{name}");
    }
    // Rows lie in both ranges, and are kept no longer than both allow.
    let shorter =
        Request { data_from: day("2025-03-01"), data_to: day("2025-10-10"), retention_days: 7, ..own.clone() };
    case.personal = Some(granted(&world, &shorter));
    let plan = case.decide().unwrap();
    let fetch = plan.fetch("legal_representative").unwrap();
    assert_eq!((fetch.from, fetch.to, plan.retention_days), (day("2025-03-01"), day("2025-10-10"), 7));
    assert_eq!(fetch.person.as_deref(), Some("mark of zhang"));
    assert_eq!(plan.fetch("registration").unwrap().person, None);
    assert_eq!(
        plan.fetch("registration").unwrap().from,
        day("2025-01-01"),
        "the firm's own fields are not the person's"
    );
    let revoked = granted(&world, &own);
    let event = revoked.step(Step::Revoke, oneself("zhang"), NOW).unwrap();
    case.personal = Some(Consent::apply(Some(revoked), &event).unwrap());
    assert_eq!(case.reason(), Some(Reason::PersonalConsentMissing), "revoked");
    // By itself a person's consent carries no pull.
    case.consent = Some(granted(&world, &own));
    case.pull.consent = "C2".into();
    assert_eq!(case.reason(), Some(Reason::UnknownConsent));
}

/// An instant loan reads 31 months of tax payments and the register of patents, which has no dates. Worked out by hand.
#[test]
fn a_resource_is_reached_only_as_far_back_as_the_purpose_says_of_it() {
    let mut r = loan();
    r.data_from = day("2023-01-01");
    let mut case = Case::new(&r);
    case.now = NOW;
    let plan = case.decide().unwrap();
    assert_eq!(plan.fetch("tax_payments").unwrap().from, day("2023-03-15"));
    assert_eq!(plan.fetch("patents").unwrap().from, day("2023-01-01"));
    // A range that ends before what may be read of a resource is refused, not answered with nothing.
    (case.pull.data_from, case.pull.data_to) = (Some(day("2023-01-01")), Some(day("2023-03-14")));
    assert_eq!(case.reason(), Some(Reason::WrongRange));
    case.pull.wants = vec![want("patents", &["kind"])];
    assert_eq!(case.decide().unwrap().fetches.len(), 1);
}

#[test]
fn look_back_moves_with_the_day_of_the_pull() {
    let mut r = loan();
    (r.purpose, r.asks) = ("renewal_review".into(), vec![ask("tax_payments", &[])]);
    (r.data_from, r.data_to, r.days) = (day("2023-08-15"), day("2023-09-10"), 30);
    let mut case = Case::new(&r);
    (case.now, case.pull.purpose) = (NOW, "renewal_review".into());
    assert_eq!(case.decide().unwrap().fetches[0].from, day("2023-08-15"));
    // Ten days later 26 months reach back to 2023-08-25.
    case.now = NOW + 10 * DAY;
    assert_eq!(case.decide().unwrap().fetches[0].from, day("2023-08-25"));
    // The purpose reaches further for what stays open; these rows do not, whatever day a pull names.
    case.pull.data_from = Some(day("2023-08-16"));
    assert_eq!(case.decide().unwrap().fetches[0].from, day("2023-08-25"));
    case.pull.data_from = None;
    // On 2025-11-11 nothing of the range is left; the consent itself lives to 2025-11-14.
    case.now = NOW + 27 * DAY;
    assert_eq!(case.reason(), Some(Reason::WrongRange));
}

/// The resource in a second version: one field the same, one of another kind, one more sensitive, one gone, one new.
#[test]
fn a_schema_that_moved_on_releases_only_what_the_signer_saw() {
    let first = r#"
department = "swj"
[[resource]]
code = "taxes"
zh = "税"
en = "Taxes"
schema = 1
effective_from = "2023-01-01"
cycle = "monthly"
lag_days = 10
retention_months = 60
absent = "unknown"
fields = [
  { name = "same", zh = "同", en = "Same", kind = "int" },
  { name = "kind", zh = "类", en = "Kind", kind = "int" },
  { name = "closer", zh = "密", en = "Closer", kind = "int" },
  { name = "gone", zh = "去", en = "Gone", kind = "int" },
]
"#;
    let second = first
        .replace("department = \"swj\"", "")
        .replace("schema = 1", "schema = 2")
        .replace("2023-01-01", "2025-10-16")
        .replace("en = \"Kind\", kind = \"int\"", "en = \"Kind\", kind = \"money\"")
        .replace("en = \"Closer\", kind = \"int\"", "en = \"Closer\", kind = \"int\", sensitivity = \"confidential\"")
        .replace("  { name = \"gone\", zh = \"去\"", "  { name = \"new\", zh = \"新\"");
    let purpose = r#"
[[purpose]]
code = "instant_loan"
version = 1
effective_from = "2024-01-01"
zh = "看"
en = "Look"
text_zh = "看一看"
text_en = "To look"
recipients = ["bank"]
mode = "values"
max_days = 30
max_lookback_months = 26
max_retention_days = 31
max_frequency = { count = 3, days = 30 }
allowed = [{ resource = "taxes", fields = ["same", "kind", "closer", "gone"] }]
"#;
    let catalogue = huoshui_exchange::catalogue::Catalogue::load(&[("swj.toml", format!("{first}{second}"))]).unwrap();
    let purposes = huoshui_exchange::purpose::Purposes::load(&[("p.toml", purpose)], &catalogue).unwrap();
    let world = World { catalogue, purposes };
    let mut r = loan();
    r.asks.clear();
    // Asked on the 15th, before the change: signing it on the 16th would sign what the signer was not shown.
    let late = requested(&world, &r);
    assert_eq!(
        late.grant(common::legal(), NOW + DAY, &world.catalogue, &world.purposes).unwrap_err().code(),
        "exchange.schema_moved"
    );
    let artefact = late.grant(common::legal(), NOW, &world.catalogue, &world.purposes).unwrap();
    let consent = Some(sign(late, artefact));
    let mut case = Case { world, consent, state: None, personal: None, usage: vec![], pull: pull(), now: NOW };
    assert_eq!(case.decide().unwrap().fetches[0].fields, ["same", "kind", "closer", "gone"]);
    case.now = NOW + DAY;
    let plan = case.decide().unwrap();
    assert_eq!((plan.fetches[0].resource.schema, plan.fetches[0].fields.join(",")), (2, "same".into()));
    assert_eq!(plan.dropped[0].fields, ["kind", "closer", "gone"]);
    for field in ["kind", "closer", "gone"] {
        case.pull.wants = vec![want("taxes", &["same", field])];
        assert_eq!(case.reason(), Some(Reason::SchemaMoved), "{field}");
    }
    case.pull.wants = vec![want("taxes", &["new"])];
    assert_eq!(case.reason(), Some(Reason::WrongField), "what came later was never signed for");
}
