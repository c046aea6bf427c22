//! What must hold of every decision: missing never approves, every reason is true, replays give the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use huoshui_credit::cases::{CaseInputs, case_inputs};
use huoshui_credit::decide::{Decision, Effect, Inputs, Outcome, Reason, ReasonKind, replay};
use huoshui_credit::embedded::CASES;
use huoshui_credit::features::Feature;
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::value::{Cell, Field, Kind, Why};
use huoshui_kernel::Date;
use proptest::prelude::*;
use rayon::prelude::*;

fn cases(policies: &Policies) -> Vec<CaseInputs> {
    let decided = CASES.iter().filter(|(file, _)| file.starts_with("products/"));
    decided.flat_map(|(file, text)| case_inputs(policies, file, text).unwrap()).collect()
}

/// Every feature, whether the product says that it reads it or not, removed from every approving case: then nothing is
/// approved and the field is named; or the decision is the same to the last byte, and would be whatever the value were. With
/// the feature goes what is worked out from it, as in a profile made from rows. Reasons of being missing take turns.
#[test]
fn missing_never_approves() {
    let (rules, all) = &*SHIPPED;
    let approving: Vec<&CaseInputs> = all.iter().filter(|c| c.outcome.is_some_and(Outcome::approves)).collect();
    let counts: Vec<(usize, usize)> =
        approving.par_iter().enumerate().map(|(turn, case)| removed_in_turn(rules, case, turn)).collect();
    let (referred, same) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert!(referred > 1_000 && same > 500, "{referred} {same}");
}

/// Values of a field that differ in kind: every code, both flags, nothing, little, much, less than nothing.
fn few_values(field: &Field) -> Vec<i64> {
    let most = i64::try_from(field.codes.len()).unwrap();
    match field.kind {
        Kind::Flag => vec![0, 1],
        Kind::Code => (0..most).collect(),
        kind => [0, 1, 7, 100, 1_000_000, 500_000_000, -1, -5_000].iter().map(|n| n * kind.step()).collect(),
    }
}

/// How many removals were referred and how many changed nothing.
fn removed_in_turn(rules: &Rules, case: &CaseInputs, turn: usize) -> (usize, usize) {
    let before = rules.decide(&case.inputs).unwrap();
    assert!(before.outcome.approves(), "{}", case.name);
    let reads: BTreeSet<String> = rules.reads(&case.inputs).unwrap().into_iter().collect();
    let (mut referred, mut same) = (0, 0);
    for (at, feature) in rules.features().enumerate() {
        let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let follows = |f: &&Feature| f.relation.is_none() && f.formula.split(word).any(|w| w == feature.code);
        let mut gone = vec![feature.code.as_str()];
        gone.extend(rules.features().filter(follows).map(|f| f.code.as_str()));
        let mut inputs = case.inputs.clone();
        for field in &gone {
            match (turn + at) % 3 {
                0 => inputs.profile.items.get_mut(*field).unwrap().cell = Cell::Missing(Why::Denied),
                // A value computed by another version of its feature is no value either.
                1 => inputs.profile.items.get_mut(*field).unwrap().version = 99,
                _ => drop(inputs.profile.items.remove(*field)),
            }
        }
        let read: Vec<&&str> = gone.iter().filter(|f| reads.contains(**f)).collect();
        let decision = rules.decide(&inputs).unwrap();
        if decision.outcome.approves() {
            assert_eq!(decision.bytes().unwrap(), before.bytes().unwrap(), "{} without {gone:?}", case.name);
            assert!(read.is_empty(), "{} without {gone:?}", case.name);
            // A gate that nobody asked about stays silent: the approval must hold for any answer it could have had.
            for lane in few_values(rules.field(&feature.code).unwrap()) {
                let then = rules.try_value(&inputs, &feature.code, Some(lane)).unwrap();
                assert_eq!(then, (before.outcome, before.score), "{}: {} at {lane}", case.name, feature.code);
            }
            same += 1;
        } else {
            let named = |field: &&&str| {
                let code = format!("missing.{field}");
                decision.reasons.iter().any(|r| r.code == code && r.text.zh.contains("缺少"))
            };
            assert!(!read.is_empty() && read.iter().all(named), "{} without {gone:?}", case.name);
            assert_eq!((decision.line_fen, decision.rate_ppm), (None, None));
            referred += 1;
        }
        if gone.len() > 1 {
            // Alone, as no profile made from rows would have it: what is approved then has the same terms.
            let mut inputs = case.inputs.clone();
            inputs.profile.items.remove(&feature.code);
            if rules.try_value(&inputs, "", None).unwrap().0.approves() {
                let after = rules.decide(&inputs).unwrap();
                let terms = |d: &Decision| (d.outcome, d.score, d.line_fen, d.rate_ppm);
                assert_eq!(terms(&after), terms(&before), "{} without {} alone", case.name, feature.code);
            }
        }
    }
    (referred, same)
}

fn blocking(decision: &Decision) -> usize {
    decision.reasons.iter().filter(|r| r.blocks && r.kind != ReasonKind::Score).count()
}

/// Looks for a change that would help over a grid of its own: every code, every size.
fn no_change_alone_helps(rules: &Rules, inputs: &Inputs, decision: &Decision, reason: &Reason) {
    let Some(code) = &reason.field else { return };
    let field = rules.field(code).unwrap();
    let last = i64::try_from(field.codes.len()).unwrap();
    let grid: Vec<i64> = match field.kind {
        Kind::Flag => vec![0, 1],
        Kind::Code => (0..last).collect(),
        kind => {
            let sizes = std::iter::once(0).chain((0..60).flat_map(|k| [1_i64 << k, 3 << k]));
            let most = if code == "apply_months" { 65_535 } else { i64::MAX };
            sizes.filter_map(|n| n.checked_mul(kind.step())).filter(|n| *n <= most).collect()
        }
    };
    for lane in grid.into_iter().filter(|lane| field.most.is_none_or(|most| *lane <= most)) {
        let after = rules.decide(&rules.with_value(inputs, code, lane).unwrap()).unwrap();
        let gone = after.reasons.iter().all(|r| r.code != reason.code);
        let fewer = gone && after.outcome == decision.outcome && blocking(&after) < blocking(decision);
        assert!(after.outcome >= decision.outcome && !fewer, "{} helps at {lane}: {}", reason.code, reason.text.zh);
    }
}

/// Tries every flip anew and holds it against what it says.
fn every_reason_is_true(rules: &Rules, inputs: &Inputs) {
    let decision = rules.decide(inputs).unwrap();
    assert!(decision.outcome == Outcome::Automatic || !decision.reasons.is_empty());
    let missing = decision.reasons.iter().filter(|r| r.kind == ReasonKind::Missing).count();
    for reason in &decision.reasons {
        let Some(flip) = &reason.flip else {
            assert!(reason.text.zh.contains("单改此项无济于事"), "{}: {}", reason.code, reason.text.zh);
            no_change_alone_helps(rules, inputs, &decision, reason);
            continue;
        };
        let (outcome, score) = rules.try_value(inputs, &flip.field, Some(flip.lane)).unwrap();
        assert_eq!((outcome, score), (flip.outcome, flip.score), "{}", reason.code);
        let field = rules.field(&flip.field).unwrap();
        let possible = (flip.lane >= 0 || field.negative) && field.most.is_none_or(|most| flip.lane <= most);
        assert!(possible, "{}: {}", reason.code, reason.text.zh);
        let after = rules.decide(&rules.with_value(inputs, &flip.field, flip.lane).unwrap()).unwrap();
        assert_eq!(after.outcome, outcome);
        match flip.effect {
            Effect::Outcome => assert!(after.outcome < decision.outcome),
            Effect::Obstacle => assert!(blocking(&after) < blocking(&decision) || after.score > decision.score),
            Effect::Score => assert!(after.score > decision.score && after.outcome <= decision.outcome),
            Effect::Terms => {
                let more = after.line_fen > decision.line_fen;
                assert!(more || after.rate_ppm < decision.rate_ppm, "{}", reason.code);
            }
        }
    }
    assert!(missing == 0 || !decision.outcome.approves());
    let bytes = decision.bytes().unwrap();
    assert_eq!(rules.decide(inputs).unwrap().bytes().unwrap(), bytes);
}

/// “Were revenue twice as much”: then R&D is half the share of it and growth is what it would be. Worked out by hand.
#[test]
fn what_follows_from_a_value_follows() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
    let mut inputs = cases(&policies).remove(0).inputs;
    let version = |code: &str| rules.features().find(|f| f.code == code).unwrap().version;
    // 400 万元 last year's revenue, 80 万元 of R&D; the shares are left to follow.
    for (code, fen) in [("revenue_prior_12m", 400_000_000), ("rd_expense_year", 80_000_000), ("headcount", 8)] {
        inputs.profile.put(code, version(code), Cell::Known(fen));
    }
    let after = rules.with_value(&inputs, "revenue_12m", 500_000_000).unwrap();
    let ratio = 1_000_000_000_000;
    assert_eq!(after.profile.cell("revenue_12m"), Cell::Known(500_000_000));
    assert_eq!(after.profile.cell("rd_intensity"), Cell::Known(16 * ratio / 100));
    assert_eq!(after.profile.cell("revenue_growth"), Cell::Known(25 * ratio / 100));
    assert_eq!(after.profile.cell("revenue_per_head"), Cell::Known(62_500_000));
    assert_eq!(after.profile.cell("headcount"), Cell::Known(8));
    assert!(rules.with_value(&inputs, "no_such_field", 1).is_err());
}

/// A gate that only five late quarters of four would open: the least value beyond what can be is not named, and without the
/// bound it would be.
#[test]
fn no_reason_names_what_cannot_be() {
    let mut policies = Policies::embedded().unwrap();
    let gates = policies.gates.iter_mut().find(|g| g.code == "srdi_common").unwrap();
    gates.gate[0].when = "tax_late_quarters_12m <= 4".to_owned();
    let code = format!("gate.{}", gates.gate[0].code);
    let flipped = |policies: &Policies| {
        let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
        let case = cases(policies).into_iter().find(|c| c.inputs.request.product == "instant_loan").unwrap();
        let decision = rules.decide(&case.inputs).unwrap();
        let reason = decision.reasons.into_iter().find(|r| r.code == code).unwrap();
        (reason.flip.map(|f| f.lane), reason.text.zh)
    };
    let (lane, text) = flipped(&policies);
    assert!(lane.is_none() && text.contains("单改此项无济于事"), "{lane:?} {text}");
    policies.features.iter_mut().find(|f| f.code == "tax_late_quarters_12m").unwrap().most = None;
    assert_eq!(flipped(&policies).0, Some(5));
}

#[test]
fn every_reason_of_every_case_is_true() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
    for case in cases(&policies) {
        every_reason_is_true(&rules, &case.inputs);
    }
}

/// What a reason says in words is what was tried: read back, the value in its text is the flip's, to the last digit; and it is said as
/// people do, a share in percent to no more than two decimals, a large amount in 万元, what is applied for in the product's unit.
#[test]
fn the_value_in_a_reasons_words_is_the_one_that_was_tried() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
    let (mut shares, mut amounts) = (0, 0);
    for case in cases(&policies) {
        let request = &case.inputs.request;
        for reason in rules.decide(&case.inputs).unwrap().reasons {
            let Some(flip) = &reason.flip else { continue };
            let said = reason.text.zh.rsplit_once("若为").unwrap().1;
            let said = said.split_once("，结果").or(said.split_once("，这一")).or(said.split_once("，得分"));
            let said = said.or(reason.text.zh.rsplit_once("若为").unwrap().1.split_once("，额度"));
            let said = said.or(reason.text.zh.rsplit_once("若为").unwrap().1.split_once("，利率")).unwrap().0;
            match rules.field(&flip.field).unwrap().kind {
                Kind::Ratio => {
                    let share = said.strip_suffix('%').unwrap();
                    let (whole, parts) = share.split_once('.').unwrap_or((share, ""));
                    assert!(parts.len() <= 2, "{}", reason.text.zh);
                    let digits: i64 = format!("{whole}{parts:0<10}").parse().unwrap();
                    assert_eq!(digits, flip.lane, "{}", reason.text.zh);
                    shares += 1;
                }
                Kind::Money => {
                    assert_eq!(huoshui_kernel::Fen::parse_yuan(&said.replace(',', "")).unwrap().0, flip.lane, "{said}");
                    if flip.field == "apply_amount" {
                        let unit = &rules.products().find(|p| p.code == request.product).unwrap().amount.unit;
                        assert_eq!(
                            flip.lane % huoshui_kernel::Fen::parse_yuan(unit).unwrap().0,
                            0,
                            "{}",
                            reason.text.zh
                        );
                        assert!(said.ends_with("万元"), "{said}");
                    }
                    amounts += 1;
                }
                _ => {}
            }
        }
    }
    assert!(shares >= 8 && amounts > 50, "{shares} {amounts}");
}

/// A later version of a policy, and the old decision made again: the same bytes; under today's policy another answer.
#[test]
fn replays_give_the_same_bytes_after_new_policies() {
    let policies = Policies::embedded().unwrap();
    let case = cases(&policies).into_iter().find(|c| c.outcome == Some(Outcome::Automatic)).unwrap();
    let march = Date::constant(2025, 9, 30);
    let decision = policies.on(march).unwrap().decide(&case.inputs).unwrap();
    let stored = decision.bytes().unwrap();
    let mut later = policies.clone();
    let mut product = later.products.iter().find(|p| p.code == "instant_loan").unwrap().clone();
    let end = later.products.iter_mut().find(|p| p.code == "instant_loan").unwrap();
    end.effective_to = Some(Date::constant(2025, 12, 31));
    product.version = 2;
    product.effective_from = Date::constant(2026, 1, 1);
    product.authority.remove(0);
    later.products.push(product);
    // The policy's end is not part of what it says: its hash and the replay stay the same.
    let replayed = replay(&later, march, &case.inputs, &stored).unwrap();
    assert!(replayed.same);
    let today = later.on(Date::constant(2026, 1, 1)).unwrap().decide(&case.inputs).unwrap();
    assert_eq!((decision.outcome, today.outcome), (Outcome::Automatic, Outcome::Branch));
    assert_ne!(decision.product.hash, today.product.hash);
    let mut tampered = stored;
    *tampered.last_mut().unwrap() = b' ';
    assert!(!replay(&later, march, &case.inputs, &tampered).unwrap().same);
}

/// Commitments hide values without their salt and change with it; a record holds no value of a department.
#[test]
fn a_record_holds_hashes_and_no_values() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
    let case = cases(&policies).into_iter().find(|c| c.outcome == Some(Outcome::Refer)).unwrap();
    let decision = rules.decide(&case.inputs).unwrap();
    let salted = rules.decide(&Inputs { salt: "another".to_owned(), ..case.inputs.clone() }).unwrap();
    assert!(
        decision.inputs.iter().zip(&salted.inputs).all(|(a, b)| a.field == b.field && a.commitment != b.commitment)
    );
    assert!(decision.inputs.len() > 30);
    let record = serde_json::to_string(&decision.record(&case.inputs.salt).unwrap()).unwrap();
    for word in ["flip", "from", "\"text\"", "profile_as_of", "amount_fen"] {
        assert!(!record.contains(word), "{word}");
    }
}

fn random_inputs(rules: &Rules, seeds: &[(u8, i64)], case: &CaseInputs) -> Inputs {
    let mut inputs = case.inputs.clone();
    for (feature, (how, seed)) in rules.features().zip(seeds) {
        let field = rules.field(&feature.code).unwrap();
        let lane = match field.kind {
            Kind::Flag => seed % 2,
            Kind::Code => seed % i64::try_from(field.codes.len()).unwrap(),
            Kind::Int => seed % 40,
            Kind::Ratio => seed % 2_000_000_000_000 - 500_000_000_000,
            _ => seed % 5_000_000_000,
        };
        // Half the values stay, a few are missing.
        match how % 16 {
            0..=2 => inputs.profile.put(&feature.code, feature.version, Cell::Known(lane)),
            3 => inputs.profile.put(&feature.code, feature.version, Cell::Missing(Why::Timeout)),
            _ => {}
        }
    }
    inputs
}

/// Compiled once: the property runs over many profiles.
static SHIPPED: LazyLock<(Rules, Vec<CaseInputs>)> = LazyLock::new(|| {
    let policies = Policies::embedded().unwrap();
    (policies.on(Date::constant(2025, 9, 30)).unwrap(), cases(&policies))
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever the profile: reasons are true, nothing missing is approved, the tree can be drawn.
    #[test]
    fn decisions_of_any_profile_hold(seeds in prop::collection::vec((any::<u8>(), 0_i64..i64::MAX), 90), at in 0_usize..100) {
        let (rules, all) = &*SHIPPED;
        let inputs = random_inputs(rules, &seeds, &all[at % all.len()]);
        every_reason_is_true(rules, &inputs);
        prop_assert!(rules.explain(&inputs).unwrap().render(huoshui_kernel::Lang::Zh).contains("额度"));
    }
}
