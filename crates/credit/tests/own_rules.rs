//! A bank's own rules: its product with gates and a card of its own. The decision to lend is the bank's own policy; what of it does
//! not fit the platform's policies rests by itself, and stops neither the platform nor another bank.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_credit::cases::case_inputs;
use huoshui_credit::decide::{Inputs, Outcome, replay};
use huoshui_credit::embedded::{CASES, POLICIES};
use huoshui_credit::product::owner;
use huoshui_credit::rules::Policies;
use huoshui_credit::value::Cell;
use huoshui_kernel::{Date, Lang};

const DAY: Date = Date::constant(2025, 9, 30);
const FILE: &str = "products/b0001_own.toml";

fn shipped(name: &str) -> &'static str {
    POLICIES.iter().find(|(file, _)| file.ends_with(name)).unwrap().1
}

/// The instant loan as a bank's own: one gate, and the general card with twenty points more to begin with.
fn own(bank: &str) -> String {
    let product = shipped("products/instant_loan.toml");
    let (head, rest) = product.split_once("[product.by_stage]").unwrap();
    let (_, tail) = rest.split_once("[[product.cap]]").unwrap();
    let head = head
        .replace("code = \"instant_loan\"", &format!("code = \"{bank}.fast\"\ninstitution = \"{bank}\""))
        .replace("gates = \"srdi_common\"", &format!("gates = \"{bank}.gates\"\ncard = \"{bank}.card\""));
    let gates = format!(
        "[[gates]]\ncode = \"{bank}.gates\"\nversion = 1\neffective_from = \"2024-01-01\"\nzh = \"本行准入\"\nen = \"own gates\"\n\
         otherwise = \"continue\"\n[[gates.gate]]\ncode = \"exports\"\nwhen = \"export_share > 0.5\"\noutcome = \"refuse\"\n\
         zh = \"出口过半\"\nen = \"more than half exported\"\n"
    );
    let card = shipped("scorecards/general.toml")
        .replace("code = \"srdi_general\"", &format!("code = \"{bank}.card\""))
        .replace("start = 500", "start = 520");
    format!("{head}\n[[product.cap]]{tail}\n{gates}\n{card}")
}

/// The shipped policies with files changed or added.
fn with(changes: &[(&str, String)]) -> huoshui_kernel::fault::Result<Policies> {
    let mut files: Vec<(&str, String)> = POLICIES.iter().map(|(f, t)| (*f, (*t).to_owned())).collect();
    for (file, text) in changes {
        match files.iter_mut().find(|(f, _)| f == file) {
            Some(found) => found.1.clone_from(text),
            None => files.push((file, text.clone())),
        }
    }
    Policies::load(files.iter().map(|(f, t)| (*f, t.as_str())))
}

/// The good firm of the general card's case, applying for a product.
fn applying(product: &str) -> Inputs {
    let policies = &Policies::embedded().unwrap();
    let (file, text) = CASES.iter().find(|(f, _)| *f == "products/instant_loan.cases.toml").unwrap();
    let mut inputs = case_inputs(policies, file, text).unwrap().remove(0).inputs;
    inputs.request.product = product.to_owned();
    inputs
}

#[test]
fn a_banks_gates_and_card_decide_for_its_product_and_for_no_other() {
    let policies = with(&[(FILE, own("B0001"))]).unwrap();
    let rules = policies.on(DAY).unwrap();
    assert!(rules.suspended().is_empty(), "{:?}", rules.suspended());
    let mut inputs = applying("B0001.fast");
    let decision = rules.decide(&inputs).unwrap();
    // 704 by the general card (its case), and twenty points more to begin with.
    assert_eq!((decision.score, decision.card.code.as_str()), (724, "B0001.card"));
    assert_eq!(decision.outcome, Outcome::Automatic);
    let named: Vec<&str> = rules
        .policies_of(&decision.product.code, &decision.card.code)
        .unwrap()
        .iter()
        .map(|p| p.code.as_str())
        .collect();
    assert!(named.contains(&"B0001.gates") && named.contains(&"B0001.fast") && !named.contains(&"srdi_common"));
    assert!(replay(&policies, DAY, &inputs, &decision.bytes().unwrap()).unwrap().same);
    // Its own gate refuses; the platform's, which the bank does not have, do not.
    let set = |inputs: &mut Inputs, code: &str, lane: i64| {
        let version = inputs.profile.items[code].version;
        inputs.profile.put(code, version, Cell::Known(lane));
    };
    set(&mut inputs, "export_share", 600_000_000_000);
    let refused = rules.decide(&inputs).unwrap();
    assert_eq!((refused.outcome, refused.reasons[0].code.as_str()), (Outcome::Refuse, "gate.exports"));
    let mut inputs = applying("B0001.fast");
    set(&mut inputs, "tax_arrears_now", 1_000_000);
    assert_eq!(rules.decide(&inputs).unwrap().outcome, Outcome::Automatic);
    inputs.request.product = "instant_loan".to_owned();
    assert_eq!(rules.decide(&inputs).unwrap().outcome, Outcome::Refer, "the template has the gate of arrears");
}

/// What the platform changes is the platform's matter: a bank's product that it leaves without its footing rests, and says why.
#[test]
fn what_of_a_bank_does_not_fit_rests_and_stops_nobody() {
    let scale = shipped("scorecards/scale.toml").replace("\"BBB\"", "\"B2\"");
    let cards = |text: &str| text.replace("\"BBB\"", "\"B2\"").replace("BBB =", "B2 =");
    let products = ["instant_loan", "research_loan", "ip_pledge_loan"]
        .map(|name| (POLICIES.iter().find(|(f, _)| f.ends_with(&format!("{name}.toml"))).unwrap().0, name));
    let mut changes: Vec<(&str, String)> =
        products.iter().map(|(file, name)| (*file, cards(shipped(&format!("products/{name}.toml"))))).collect();
    changes.push(("scorecards/scale.toml", scale));
    let renamed = "features/operation.toml";
    for (what, changes) in [
        ("a grade has another name", changes),
        (
            "a feature that the gate reads is gone",
            vec![(
                renamed,
                shipped("features/operation.toml").replace("code = \"export_share\"", "code = \"exports_to_revenue\""),
            )],
        ),
    ] {
        let mut platform = changes.clone();
        if what.starts_with("a feature") {
            // The platform moves its own along.
            for (file, text) in POLICIES.iter().filter(|(f, t)| *f != renamed && t.contains("export_share")) {
                platform.push((file, text.replace("export_share", "exports_to_revenue")));
            }
        }
        with(&platform).unwrap_or_else(|f| panic!("{what}: {}", f.message(Lang::En)));
        let mut all = platform.clone();
        all.push((FILE, own("B0001")));
        all.push(("products/b0002_own.toml", own("B0002").replace("export_share > 0.5", "penalties_24m > 9")));
        let policies = with(&all).unwrap_or_else(|f| panic!("{what} blocks: {}", f.message(Lang::En)));
        let rules = policies.on(DAY).unwrap();
        assert!(rules.suspended().iter().any(|s| s.code == "B0001.fast"), "{what}: {:?}", rules.suspended());
        assert!(policies.suspended("B0001").is_some());
        let inputs = applying("instant_loan");
        assert!(rules.decide(&inputs).is_ok(), "{what}: the template still decides");
        let fault = rules.decide(&applying("B0001.fast")).unwrap_err();
        assert_eq!(fault.code(), "credit.unknown", "{what}");
        assert!(!fault.message(Lang::En).contains("B0002"), "a bank is not told what others have");
    }
}

#[test]
fn a_banks_own_stand_alone_and_are_for_that_bank() {
    assert_eq!(owner(FILE, &own("B0001")).unwrap().as_deref(), Some("B0001"));
    assert_eq!(owner("gates/gates.toml", shipped("gates/gates.toml")).unwrap(), None);
    for (what, text) in [
        ("a card of another bank", own("B0001").replace("code = \"B0001.card\"", "code = \"B0002.card\"")),
        ("a list of the platform", own("B0001").replace("code = \"B0001.gates\"", "code = \"srdi_common\"")),
        ("a tag", format!("{}\n[[tag]]\ncode = \"B0001.tag\"\n", own("B0001"))),
        ("gates of a bank without its product", "[[gates]]\ncode = \"B0001.gates\"\n".to_owned()),
    ] {
        assert_eq!(owner(FILE, &text).unwrap_err().code(), "credit.policy_contradiction", "{what}");
    }
    // A product that names another bank's card, and a template that names a bank's.
    let thief = own("B0002").replace("card = \"B0002.card\"", "card = \"B0001.card\"");
    let policies = with(&[(FILE, own("B0001")), ("products/b0002_own.toml", thief)]).unwrap();
    assert!(policies.suspended("B0001").is_none());
    assert!(policies.suspended("B0002").unwrap().message(Lang::En).contains("another bank"));
    let template = shipped("products/research_loan.toml").replace("card = \"srdi_general\"", "card = \"B0001.card\"");
    let refused = with(&[(FILE, own("B0001")), ("products/research_loan.toml", template)]).unwrap_err();
    assert_eq!(refused.code(), "credit.policy_contradiction");
}
