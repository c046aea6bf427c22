//! What the demonstration decided, held against what stands in its folder: every decision made again gives the same bytes though the
//! policies moved on; every reason is true; rows and columns agree for every firm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::huoshui;
use huoshui_app::credit::kept::Kept;
use huoshui_app::credit::record::{COLLECTION, Stored};
use huoshui_app::credit::supply::Held;
use huoshui_app::credit::{Book, city};
use huoshui_app::{Mode, Workspace, policies};
use huoshui_credit::decide::{Decision, Effect, Inputs, Outcome, ReasonKind, replay};
use huoshui_credit::profile::Profile;
use huoshui_credit::rules::Rules;
use huoshui_journal::{Query, SystemClock};
use huoshui_kernel::Uscc;

#[test]
fn what_the_demonstration_decided_is_true_and_is_decided_so_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("demo");
    let run = huoshui(&["demo", "--data", at.to_str().unwrap(), "--scale", "0.02", "--no-serve", "--quiet"]).ok();
    // The what-if is told by tier, district and industry; every decision was made again over HTTP.
    for heading in ["按层级", "按区", "按行业", "✓ 字节相同"] {
        assert!(run.out.contains(heading), "{heading}: {}", run.out);
    }
    assert!(!run.out.contains('✗'), "{}", run.out);
    hold(&at.join("data"));
}

fn blocking(decision: &Decision) -> usize {
    decision.reasons.iter().filter(|r| r.blocks && r.kind != ReasonKind::Score).count()
}

/// Puts each reason's value in place of the old one and decides anew; how many reasons named a value.
fn every_reason_is_true(rules: &Rules, inputs: &Inputs, decision: &Decision) -> usize {
    let mut named = 0;
    for reason in &decision.reasons {
        let Some(flip) = &reason.flip else {
            assert!(reason.text.zh.contains("单改此项无济于事"), "{}: {}", reason.code, reason.text.zh);
            continue;
        };
        named += 1;
        let after = rules.decide(&rules.with_value(inputs, &flip.field, flip.lane).unwrap()).unwrap();
        let said = format!("{}: {} → {:?}", reason.code, reason.text.zh, after.outcome);
        assert_eq!((after.outcome, after.score), (flip.outcome, flip.score), "{said}");
        let better = match flip.effect {
            Effect::Outcome => after.outcome < decision.outcome,
            Effect::Obstacle => blocking(&after) < blocking(decision) || after.score > decision.score,
            Effect::Score => after.score > decision.score && after.outcome <= decision.outcome,
            Effect::Terms => after.line_fen > decision.line_fen || after.rate_ppm < decision.rate_ppm,
        };
        assert!(better, "{said}");
    }
    named
}

/// Holds all of it; prints what it counted.
fn hold(data: &Path) {
    let workspace = Workspace::open(data, Mode::Existing, Arc::new(SystemClock)).unwrap();
    let (book, now) = (Book::new(workspace.clone()), workspace.journal.stream_version(policies::STREAM).unwrap());
    let page = workspace.journal.list(COLLECTION, &Query::default(), None, 200).unwrap();
    assert!(!page.items.is_empty() && page.next.is_none());
    let (mut named, mut date) = (0, None);
    for doc in &page.items {
        let made = serde_json::from_slice::<Stored>(&doc.doc).unwrap().made;
        let kept = Kept::of(&workspace.journal, &made).unwrap().unwrap();
        let (inputs, decision) = (kept.inputs, kept.decision);
        // The record in the journal commits to these bytes, and they come again under the policies of then.
        assert_eq!(decision.record(&inputs.salt).unwrap(), made.record);
        let bytes = decision.bytes().unwrap();
        let policies = book.policies(made.policies).unwrap();
        assert!(replay(&policies, made.record.date, &inputs, &bytes).unwrap().same, "{}", made.id);
        assert!(made.policies < now, "the policies moved on since");
        let rules = book.at(made.policies, made.record.date).unwrap().rules;
        assert!(decision.outcome == Outcome::Automatic || !decision.reasons.is_empty());
        named += every_reason_is_true(&rules, &inputs, &decision);
        date = Some(made.record.date);
    }
    assert!(named > 0, "no reason names a value");

    let (held, date) = (Held::open(workspace).unwrap(), date.unwrap());
    let rules = book.on(date).unwrap().rules;
    let table = city::profiles(&held, &rules, date).unwrap();
    let (tags, scores) = (rules.tag_table(&table).unwrap(), rules.score_table("srdi_general", &table).unwrap());
    for (row, firm) in table.uscc.iter().enumerate() {
        let alone = city::profile(&held, &rules, Uscc::parse(firm).unwrap(), date).unwrap();
        assert_eq!(alone, Profile::of(&table, row).unwrap(), "{firm}");
        for tag in rules.tags(&alone) {
            let answers = &tags.iter().find(|(code, _)| *code == tag.code).unwrap().1;
            assert_eq!(tag.answer, answers[row], "{firm} {}", tag.code);
        }
        let advice = rules.advice(&alone, "srdi_general").unwrap();
        assert_eq!(
            (advice.score, advice.pd_ppm, &*advice.grade),
            (scores.score[row], scores.pd_ppm[row], &*scores.grade[row])
        );
    }
    assert!(table.uscc.len() > 1_000);
    println!(
        "{} decisions, {named} reasons with a value, {} firms by rows and by columns",
        page.items.len(),
        table.uscc.len()
    );
}
