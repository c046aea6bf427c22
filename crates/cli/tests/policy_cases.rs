//! `huoshui policy test` as a user runs it: the shipped cases, a folder's, and those that came with published drafts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::huoshui;

/// A copy of the shipped policies, to break.
fn policies() -> tempfile::TempDir {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let copy = tempfile::tempdir().unwrap();
    for kind in ["features", "tags", "gates", "scorecards", "products"] {
        std::fs::create_dir(copy.path().join(kind)).unwrap();
        for entry in std::fs::read_dir(shipped.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, copy.path().join(kind).join(path.file_name().unwrap())).unwrap();
        }
    }
    copy
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_shipped_cases_pass_and_a_broken_one_says_what_it_expected() {
    let run = huoshui(&["policy", "test"]).ok();
    assert!(run.out.lines().last().unwrap().ends_with("0 个不符"), "{}", run.out);
    for file in ["products/instant_loan.cases.toml", "features/features.cases.toml", "tags/tags.cases.toml"] {
        assert!(run.out.lines().any(|l| l.contains("符合") && l.contains(file)), "{file}: {}", run.out);
    }

    let copy = policies();
    let test = |lang: &str| huoshui(&["policy", "test", "--policies", copy.path().to_str().unwrap(), "--lang", lang]);
    test("en").ok();
    // A bank lowers what it lends against revenue; the cases still say what it was.
    let product = copy.path().join("products/instant_loan.toml");
    edit(&product, "revenue_12m * 0.15", "revenue_12m * 0.10");
    let run = test("en");
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.out.contains("FAIL") && run.out.contains("line: expected"), "{}", run.out);
    assert!(test("zh").out.contains("不符") && test("zh").out.contains("line: 应为"));
    // A case that cannot be run, and a policy that does not hold together, are told apart from one that fails.
    edit(&product, "revenue_12m * 0.10", "revenue_12m * 0.15");
    let cases = copy.path().join("products/instant_loan.cases.toml");
    edit(&cases, "revenue_12m = \"3000万元\"", "revenu_12m = \"3000万元\"");
    let run = test("en");
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.err.contains("credit.cases") && run.err.contains("revenu_12m"), "{}", run.err);
    edit(&cases, "revenu_12m = \"3000万元\"", "revenue_12m = \"3000万元\"");
    edit(&product, "gates = \"srdi_common\"", "gates = \"no_such_list\"");
    let run = test("en");
    assert!(run.code == 1 && run.err.contains("no_such_list") && run.err.contains("srdi_common"), "{}", run.all());
    // No case at all is no pass.
    edit(&product, "gates = \"no_such_list\"", "gates = \"srdi_common\"");
    for kind in ["features", "tags", "gates", "scorecards", "products"] {
        for entry in std::fs::read_dir(copy.path().join(kind)).unwrap().map(|e| e.unwrap().path()) {
            if entry.to_str().unwrap().ends_with(".cases.toml") {
                std::fs::remove_file(entry).unwrap();
            }
        }
    }
    let run = test("en");
    assert!(run.code == 1 && run.err.contains("cli.no_cases"), "{}", run.all());
    let run = huoshui(&["policy", "test", "--policies", "/no/such/folder"]);
    assert!(run.code == 1 && run.err.contains("/no/such/folder"), "{}", run.all());
}
/// A tag that came into force by way of a draft with a case: the case is run with the shipped ones, and fails once the policy moves
/// away from under it.
#[test]
fn cases_that_came_with_a_published_draft_are_run_too() {
    use huoshui_app::credit::drafts::{Drafting, STEPPED, Stepped, Text};
    use huoshui_app::policies::{Kind, publish, seed, text_digest};
    use huoshui_app::{Mode, Workspace};
    use huoshui_credit::governance::Event;
    use huoshui_credit::policy::PolicyRef;
    use huoshui_journal::{Command, Expected, SystemClock};

    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(folder.path(), Mode::Create, Arc::new(SystemClock)).unwrap();
    seed(&workspace).unwrap();
    let tag = |least: u32| {
        format!(
            "[[tag]]\ncode = \"ten_people\"\nversion = 1\neffective_from = \"2024-01-01\"\nzh = \"十人以上\"\nen = \"ten people\"\n\
             theme = \"basis\"\nwhen = \"headcount >= {least}\"\nreason = {{ zh = \"参保十人以上\", en = \"ten insured\" }}\n"
        )
    };
    let cases = "date = \"2025-09-30\"\n[[case]]\nname = \"恰十人\"\nprofile = { headcount = 10 }\nexpect.tags = { ten_people = \"yes\" }\n";
    let file = Text { kind: Kind::Tags, file: "local.toml".into(), text: tag(10), cases: Some(cases.to_owned()) };
    let policy = PolicyRef { kind: "tags".into(), code: file.file.clone(), version: 1, hash: text_digest(&file.text) };
    let on = huoshui_kernel::Date::constant(2025, 9, 30);
    let steps = [
        Event::Drafted { policy, by: "a".into(), on },
        Event::Validated { by: "b".into(), on, cases: 1, what_if: "0".repeat(64) },
        Event::Approved { by: "c".into(), on, effective_from: on },
        Event::Published { by: "c".into(), on },
    ];
    let test = || huoshui(&["policy", "test", "--data", folder.path().to_str().unwrap()]);
    let mut drafting: Option<Drafting> = None;
    for (at, step) in steps.into_iter().enumerate() {
        let stepped = Stepped { step, file: (at == 0).then(|| file.clone()), owner: None };
        let version = at as u64 + 1;
        let next = Drafting::apply(drafting.take(), &stepped, version).unwrap();
        let body = serde_json::to_vec(&stepped).unwrap();
        let command = Command::new("a", "test", format!("step-{at}"), &body)
            .event(&format!("draft/{}", next.id), Expected::Version(version - 1), STEPPED, 1, body.clone())
            .put(next.document().unwrap());
        workspace.journal.append_blocking(command).unwrap();
        // Not before it is published.
        assert!(!test().out.contains("local.cases.toml") || at == 3);
        drafting = Some(next);
    }
    publish(&workspace, "c", Kind::Tags, "local.toml", &tag(10)).unwrap();
    let run = test().ok();
    assert!(run.out.lines().any(|l| l.contains("符合") && l.contains("tags/local.cases.toml")), "{}", run.out);
    publish(&workspace, "c", Kind::Tags, "local.toml", &tag(11)).unwrap();
    let run = test();
    assert!(run.code == 2 && run.out.contains("恰十人"), "{}", run.all());
}
