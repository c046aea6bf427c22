//! Stored decisions of an earlier day, made again: for each edition `golden/` has a folder with policies as they were, inputs,
//! and the bytes of the decisions and of their records. A change of the engine that changes a byte would make every stored
//! decision fail its replay; it needs a new [`EDITION`], beside which decisions of the earlier ones are still made again.
//!
//! `HUOSHUI_REGENERATE=1 cargo test -p huoshui-credit --test golden` adds decisions that are in [`ASKED`] and not there yet,
//! by the frozen policies, to the folder of `EDITION`. Where there is none yet, after `EDITION` was raised, it takes the
//! shipped policies and the inputs of the edition before. It never changes what is there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Once;

use huoshui_credit::cases::case_inputs;
use huoshui_credit::decide::{Decision, EDITION, Inputs, Outcome, replay};
use huoshui_credit::embedded::{CASES, POLICIES};
use huoshui_credit::policy::hex;
use huoshui_credit::profile::{Packed, Profile};
use huoshui_credit::relations::{Answer, Authority, Source, Supply};
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::value::{Cell, Why};
use huoshui_kernel::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const DAY: Date = Date::constant(2025, 9, 30);

/// What stands in `golden/manifest.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    edition: u32,
    /// The frozen policy files in the order in which they are read, which a decision shows, with their SHA-256.
    policies: Vec<(String, String)>,
    /// The outcomes, for people who read the folder; the bytes hold them too.
    decisions: BTreeMap<String, Outcome>,
}

/// What was asked for: the golden decision's name, the product and the case whose values it began with, and a field that its
/// source did not give.
const ASKED: [(&str, &str, &str, Option<(&str, Why)>); 8] = [
    ("automatic", "instant_loan", "成长期好企业自动通过", None),
    ("automatic_bounded", "instant_loan", "额度受营运资金缺口限制", None),
    ("branch", "ip_pledge_loan", "额度受收入减已质押限制，也不再是首次质押", None),
    ("head_office", "research_loan", "等级 BBB 由总行批准", None),
    ("refer_missing", "instant_loan", "成长期好企业自动通过", Some(("tax_grade", Why::Stale))),
    ("refer_gate", "ip_pledge_loan", "专利多数失效转人工", None),
    ("refuse_gate_and_missing", "instant_loan", "失信拒绝", Some(("bank_worst_class", Why::Denied))),
    ("refuse_score", "instant_loan", "分数太低拒绝，原因按失分排序", None),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn path(edition: u32, name: &str) -> PathBuf {
    folder().join(edition.to_string()).join(name)
}

fn read(edition: u32, name: &str) -> Vec<u8> {
    fs::read(path(edition, name)).unwrap_or_else(|e| panic!("{name}: {e}; the head of this test says how to renew"))
}

fn write(name: &str, bytes: &[u8]) {
    let path = path(EDITION, name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn stored_manifest(edition: u32) -> Manifest {
    if path(edition, "manifest.json").exists() {
        serde_json::from_slice(&read(edition, "manifest.json")).unwrap()
    } else {
        Manifest::default()
    }
}

/// The manifest of each edition; that of the newest renewed first where that is asked for: once, whichever test comes first.
fn manifests() -> Vec<(u32, Manifest)> {
    static RENEWED: Once = Once::new();
    if std::env::var_os("HUOSHUI_REGENERATE").is_some() {
        RENEWED.call_once(renew);
    }
    (1..=EDITION).map(|edition| (edition, stored_manifest(edition))).collect()
}

fn inputs(edition: u32, name: &str) -> Inputs {
    serde_json::from_slice(&read(edition, &format!("{name}.inputs.json"))).unwrap()
}

fn frozen((edition, manifest): (u32, &Manifest)) -> Policies {
    let text = |file: &str| String::from_utf8(read(edition, &format!("policies/{file}"))).unwrap();
    let files: Vec<(&str, String)> = manifest.policies.iter().map(|(file, _)| (file.as_str(), text(file))).collect();
    Policies::load(files.iter().map(|(file, text)| (*file, text.as_str()))).unwrap()
}

/// A firm's profile with where it comes from, and the bank's own inputs apart from it, as the platform hands them in.
fn given(rules: &Rules, values: &Profile, uscc: &str, authority: Authority, held: Option<(&str, Why)>) -> Profile {
    let supplies = rules.relations().iter().filter(|r| r.authority == authority).map(|relation| Supply {
        resource: relation.resource.clone(),
        answer: Answer::Ready(Source {
            batches: Vec::new(),
            own: Vec::new(),
            released: relation.columns.iter().map(|c| c.name.clone()).collect(),
            as_of: DAY,
            covers_from: Date::constant(2015, 1, 1),
            covers_to: DAY,
            reference: format!("batch-{}", relation.resource),
            stale: false,
        }),
    });
    let mut profile = rules.profile(uscc, DAY, &supplies.collect::<Vec<_>>()).unwrap();
    let own = |code: &str| code.starts_with("bank_") == (authority == Authority::Bank);
    profile.items.retain(|code, _| own(code));
    for (code, item) in &mut profile.items {
        let why = held.filter(|(field, _)| field == code).map(|(_, why)| why);
        item.cell = why.map_or(values.cell(code), Cell::Missing);
    }
    profile
}

fn new_inputs(rules: &Rules, policies: &Policies, asked: &(&str, &str, &str, Option<(&str, Why)>)) -> Inputs {
    let (name, product, case, held) = *asked;
    let (file, text) = CASES.iter().find(|(f, _)| *f == format!("products/{product}.cases.toml")).unwrap();
    let all = case_inputs(policies, file, text).unwrap();
    let begun = all.into_iter().find(|c| c.name == case).unwrap_or_else(|| panic!("{product} has no case “{case}”"));
    let uscc = begun.inputs.profile.uscc.clone();
    let salt = hex(&Sha256::digest(name.as_bytes()));
    let values = &begun.inputs.profile;
    Inputs {
        profile: given(rules, values, &uscc, Authority::Department, held),
        bank: Some(given(rules, values, &uscc, Authority::Bank, held)),
        request: begun.inputs.request,
        salt,
    }
}

fn renew() {
    let mut manifest = stored_manifest(EDITION);
    if manifest.edition == 0 {
        manifest.edition = EDITION;
        for (file, text) in POLICIES {
            write(&format!("policies/{file}"), text.as_bytes());
            manifest.policies.push(((*file).to_owned(), hex(&Sha256::digest(text.as_bytes()))));
        }
    }
    let policies = frozen((EDITION, &manifest));
    let rules = policies.on(DAY).unwrap();
    for asked in &ASKED {
        let name = asked.0;
        let given = format!("{name}.inputs.json");
        if !path(EDITION, &given).exists() {
            if path(EDITION - 1, &given).exists() {
                write(&given, &read(EDITION - 1, &given));
            } else {
                let inputs = new_inputs(&rules, &policies, asked);
                write(&given, (serde_json::to_string_pretty(&inputs).unwrap() + "\n").as_bytes());
            }
        }
        if !manifest.decisions.contains_key(name) {
            let inputs = inputs(EDITION, name);
            let decision = rules.decide(&inputs).unwrap();
            write(&format!("{name}.decision.json"), &decision.bytes().unwrap());
            let record = decision.record(&inputs.salt).unwrap();
            write(&format!("{name}.record.json"), &serde_json::to_vec(&record).unwrap());
            manifest.decisions.insert(name.to_owned(), decision.outcome);
        }
    }
    write("manifest.json", (serde_json::to_string_pretty(&manifest).unwrap() + "\n").as_bytes());
}

#[test]
fn stored_decisions_replay_to_the_same_bytes() {
    for (edition, manifest) in manifests() {
        assert_eq!(manifest.edition, edition, "the edition was raised: the head of this test says how to renew");
        for (file, hash) in &manifest.policies {
            let bytes = read(edition, &format!("policies/{file}"));
            assert_eq!(*hash, hex(&Sha256::digest(&bytes)), "{file} is frozen: new policies belong in policies/");
        }
        let policies = frozen((edition, &manifest));
        let names: Vec<&str> = manifest.decisions.keys().map(String::as_str).collect();
        assert!(ASKED.iter().all(|(name, ..)| names.contains(name)), "only {names:?}");
        for (name, outcome) in &manifest.decisions {
            let (inputs, stored) = (inputs(edition, name), read(edition, &format!("{name}.decision.json")));
            let replayed = replay(&policies, DAY, &inputs, &stored).unwrap();
            let was: Decision = serde_json::from_slice(&stored).unwrap();
            // First as values, so that a difference can be read; then as bytes.
            assert_eq!(was, replayed.decision, "{edition} {name}");
            assert!(replayed.same, "{edition} {name}: the same values in other bytes");
            assert_eq!((was.edition, was.outcome), (edition, *outcome), "{edition} {name}");
            let record = serde_json::to_vec(&was.record(&inputs.salt).unwrap()).unwrap();
            let stored = read(edition, &format!("{name}.record.json"));
            assert_eq!(record, stored, "{edition} {name}: the record in the journal");
        }
    }
}

/// An edition changes the form and not what is decided; and what the second one holds digests of are the first one's lists.
#[test]
fn the_editions_say_the_same() {
    let newest = manifests().pop().unwrap().1;
    let policies = frozen((EDITION, &newest));
    let rules = policies.on(DAY).unwrap();
    for name in newest.decisions.keys() {
        let inputs = inputs(EDITION, name);
        let (first, second) = (rules.decide_in(1, &inputs).unwrap(), rules.decide_in(2, &inputs).unwrap());
        let lists = rules.policies_of(&second.product.code, &second.card.code).unwrap();
        assert_eq!((lists, &rules.inputs_of(&inputs).unwrap()), (first.policies.as_slice(), &first.inputs), "{name}");
        let digest = hex(&Sha256::digest(serde_json::to_vec(&first.policies).unwrap()));
        assert_eq!(second.policies_digest.as_ref(), Some(&digest), "{name}");
        assert!(second.policies.is_empty() && second.inputs.is_empty(), "{name}");
        let plain = Decision {
            edition: 1,
            policies: first.policies.clone(),
            inputs: first.inputs.clone(),
            policies_digest: None,
            inputs_digest: None,
            ..second
        };
        assert_eq!(plain, first, "{name}");
    }
}

/// The digest over the inputs tells another value, another source, another salt, a value that went missing, and one that is
/// the bank's and not the platform's.
#[test]
fn the_digest_over_the_inputs_moves_with_each_of_them() {
    let newest = manifests().pop().unwrap().1;
    let rules = frozen((EDITION, &newest)).on(DAY).unwrap();
    let given = inputs(EDITION, "automatic");
    let digest = |inputs: &Inputs| rules.decide(inputs).unwrap().inputs_digest.unwrap();
    let first = digest(&given);
    assert_eq!(digest(&given), first);
    let mut seen = vec![first];
    let mut other = |change: &dyn Fn(&mut Inputs)| {
        let mut inputs = given.clone();
        change(&mut inputs);
        let digest = digest(&inputs);
        assert!(!seen.contains(&digest));
        seen.push(digest);
    };
    other(&|i| i.salt.replace_range(0..1, if i.salt.starts_with('0') { "1" } else { "0" }));
    other(&|i| i.request.amount_fen -= 1);
    other(&|i| i.profile.origins[0].reference.push('x'));
    other(&|i| i.profile.items.get_mut("firm_age_months").unwrap().origins.push(1));
    other(&|i| i.profile.items.get_mut("firm_age_months").unwrap().cell = Cell::Known(1));
    other(&|i| i.profile.items.get_mut("firm_age_months").unwrap().cell = Cell::Missing(Why::Stale));
    other(&|i| i.profile.items.get_mut("firm_age_months").unwrap().cell = Cell::Missing(Why::Denied));
    other(&|i| i.bank.as_mut().unwrap().origins[0].reference.push('x'));
    other(&|i| {
        let item = i.bank.as_mut().unwrap().items.remove("bank_worst_class").unwrap();
        i.profile.items.insert("bank_worst_class".to_owned(), item);
    });
}

/// The folders hold what they are there for: every outcome, a bank's own inputs, where each value came from, what is missing.
#[test]
fn the_golden_decisions_differ_in_kind() {
    for (edition, manifest) in manifests() {
        let outcomes: Vec<Outcome> = manifest.decisions.values().copied().collect();
        for outcome in [Outcome::Automatic, Outcome::Branch, Outcome::HeadOffice, Outcome::Refer, Outcome::Refuse] {
            assert!(outcomes.contains(&outcome), "{outcome:?}");
        }
        let rules = frozen((edition, &manifest)).on(DAY).unwrap();
        for name in manifest.decisions.keys() {
            let decision: Decision = serde_json::from_slice(&read(edition, &format!("{name}.decision.json"))).unwrap();
            let read = rules.inputs_of(&inputs(edition, name)).unwrap();
            let sourced = read.iter().filter(|i| !i.field.starts_with("apply_") && i.field != "lpr");
            assert!(sourced.clone().count() > 20 && sourced.clone().all(|i| !i.origins.is_empty()), "{name}");
            assert!(sourced.flat_map(|i| &i.origins).any(|o| o.resource == "bank_credit_report"), "{name}");
            let missing = decision.reasons.iter().filter(|r| r.code.starts_with("missing.")).count();
            assert_eq!(missing, usize::from(name.ends_with("missing")), "{name}");
        }
    }
}

/// What is kept of a profile is all of it: the same profile comes of it again, in less room.
#[test]
fn a_profile_comes_out_of_its_package_as_it_went_in() {
    for (edition, manifest) in manifests() {
        for name in manifest.decisions.keys() {
            let inputs = inputs(edition, name);
            for profile in [Some(&inputs.profile), inputs.bank.as_ref()].into_iter().flatten() {
                let (plain, packed) =
                    (serde_json::to_vec(profile).unwrap(), serde_json::to_vec(&Packed::from(profile)));
                let packed = packed.unwrap();
                let again: Packed = serde_json::from_slice(&packed).unwrap();
                assert_eq!(Profile::from(again), *profile, "{name}");
                assert!(packed.len() * 3 < plain.len() * 2, "{name}: {} of {}", packed.len(), plain.len());
            }
        }
    }
}
