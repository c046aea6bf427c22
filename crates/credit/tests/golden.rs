//! Stored decisions of an earlier day, made again: `golden/` holds policies as they were, inputs, and the bytes of the
//! decisions and of their records. A change of the engine that changes a byte would make every stored decision fail its
//! replay; it needs a new [`EDITION`].
//!
//! `HUOSHUI_REGENERATE=1 cargo test -p huoshui-credit --test golden` adds decisions that are in [`ASKED`] and not there yet,
//! by the frozen policies. After `EDITION` was raised it takes the shipped policies, keeps the inputs and writes every
//! decision anew. It never changes a decision within an edition.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Once;

use huoshui_credit::cases::case_inputs;
use huoshui_credit::decide::{Decision, EDITION, Inputs, Outcome, replay};
use huoshui_credit::embedded::{CASES, POLICIES};
use huoshui_credit::policy::hex;
use huoshui_credit::profile::Profile;
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

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}; the head of this test says how to renew"))
}

fn write(name: &str, bytes: &[u8]) {
    let path = folder().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn stored_manifest() -> Manifest {
    if folder().join("manifest.json").exists() {
        serde_json::from_slice(&read("manifest.json")).unwrap()
    } else {
        Manifest::default()
    }
}

/// The manifest, renewed first where that is asked for: once, whichever test comes first.
fn manifest() -> Manifest {
    static RENEWED: Once = Once::new();
    if std::env::var_os("HUOSHUI_REGENERATE").is_some() {
        RENEWED.call_once(renew);
    }
    stored_manifest()
}

fn inputs(name: &str) -> Inputs {
    serde_json::from_slice(&read(&format!("{name}.inputs.json"))).unwrap()
}

fn frozen(manifest: &Manifest) -> Policies {
    let text = |file: &str| String::from_utf8(read(&format!("policies/{file}"))).unwrap();
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
    let mut manifest = stored_manifest();
    assert!(manifest.edition <= EDITION, "the folder is of edition {}, the engine of {EDITION}", manifest.edition);
    let anew = manifest.edition < EDITION;
    if anew {
        manifest = Manifest { edition: EDITION, ..Manifest::default() };
        let _ = fs::remove_dir_all(folder().join("policies"));
        for (file, text) in POLICIES {
            write(&format!("policies/{file}"), text.as_bytes());
            manifest.policies.push(((*file).to_owned(), hex(&Sha256::digest(text.as_bytes()))));
        }
    }
    let policies = frozen(&manifest);
    let rules = policies.on(DAY).unwrap();
    for asked in &ASKED {
        let name = asked.0;
        if !folder().join(format!("{name}.inputs.json")).exists() {
            let text = serde_json::to_string_pretty(&new_inputs(&rules, &policies, asked)).unwrap() + "\n";
            write(&format!("{name}.inputs.json"), text.as_bytes());
        }
        if anew || !manifest.decisions.contains_key(name) {
            let inputs = inputs(name);
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
    let manifest = manifest();
    assert_eq!(manifest.edition, EDITION, "the edition was raised: the head of this test says how to renew");
    for (file, hash) in &manifest.policies {
        let bytes = read(&format!("policies/{file}"));
        assert_eq!(*hash, hex(&Sha256::digest(&bytes)), "{file} is frozen: new policies belong in policies/");
    }
    let policies = frozen(&manifest);
    let names: Vec<&str> = manifest.decisions.keys().map(String::as_str).collect();
    assert!(ASKED.iter().all(|(name, ..)| names.contains(name)), "only {names:?}");
    for (name, outcome) in &manifest.decisions {
        let (inputs, stored) = (inputs(name), read(&format!("{name}.decision.json")));
        let replayed = replay(&policies, DAY, &inputs, &stored).unwrap();
        let was: Decision = serde_json::from_slice(&stored).unwrap();
        // First as values, so that a difference can be read; then as bytes.
        assert_eq!(was, replayed.decision, "{name}");
        assert!(replayed.same, "{name}: the same values in other bytes");
        assert_eq!(was.outcome, *outcome, "{name}");
        let record = serde_json::to_vec(&was.record(&inputs.salt).unwrap()).unwrap();
        assert_eq!(record, read(&format!("{name}.record.json")), "{name}: the record in the journal");
    }
}

/// The folder holds what it is there for: every outcome, a bank's own inputs, where each value came from, what is missing.
#[test]
fn the_golden_decisions_differ_in_kind() {
    let manifest = manifest();
    let outcomes: Vec<Outcome> = manifest.decisions.values().copied().collect();
    for outcome in [Outcome::Automatic, Outcome::Branch, Outcome::HeadOffice, Outcome::Refer, Outcome::Refuse] {
        assert!(outcomes.contains(&outcome), "{outcome:?}");
    }
    for name in manifest.decisions.keys() {
        let decision: Decision = serde_json::from_slice(&read(&format!("{name}.decision.json"))).unwrap();
        let sourced = decision.inputs.iter().filter(|i| !i.field.starts_with("apply_") && i.field != "lpr");
        assert!(sourced.clone().count() > 20 && sourced.clone().all(|i| !i.origins.is_empty()), "{name}");
        assert!(sourced.flat_map(|i| &i.origins).any(|o| o.resource == "bank_credit_report"), "{name}");
        let missing = decision.reasons.iter().filter(|r| r.code.starts_with("missing.")).count();
        assert_eq!(missing, usize::from(name.ends_with("missing")), "{name}");
    }
}
