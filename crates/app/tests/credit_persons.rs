//! Three logins in one hand are not three persons.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, demo, organisations, store};
use huoshui_app::credit::Credit;
use huoshui_app::credit::drafts::{Does, Text};
use huoshui_app::credit::persons::independent;
use huoshui_app::exchange::Exchange;
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::policies::Kind as File;
use huoshui_app::{Mode, Workspace};
use huoshui_credit::embedded;
use huoshui_journal::SystemClock;
use huoshui_kernel::Date;

struct Office {
    _folder: tempfile::TempDir,
    workspace: Workspace,
    seed: Seed,
}

impl Office {
    fn new(demo: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(folder.path(), Mode::Create, Arc::new(SystemClock)).unwrap();
        if demo {
            store::mark_demo_at(&workspace, 0).unwrap();
        }
        let seed = Seed::open(&workspace).unwrap();
        let organisation = Organisation {
            id: "platform".into(),
            kind: Kind::Operator,
            subject: None,
            name_zh: "平台".into(),
            name_en: "platform".into(),
            demo: false,
        };
        organisations::join(&workspace, Asker { actor: "huoshui", key: "join" }, &organisation).unwrap();
        Self { _folder: folder, workspace, seed }
    }

    fn opens(&self, actor: &str, login: &str) {
        let (login, organisation) = (login.to_owned(), "platform".to_owned());
        let asker = Asker { actor, key: &format!("open-{login}") };
        let account = Account { login, organisation, admin: true, demo: false, closed: false };
        accounts::open(&self.workspace, asker, &account, demo::PASSWORD, (&Hasher::new(1, 0), &self.seed)).unwrap();
    }

    fn three(&self, logins: &[&str]) -> Option<String> {
        independent(&self.workspace, logins).err().map(|fault| {
            assert_eq!(fault.code(), "credit.not_three_persons");
            fault.message(huoshui_kernel::Lang::Zh)
        })
    }
}

#[test]
fn who_opened_anothers_account_is_not_another_person() {
    let office = Office::new(false);
    // The machine's operator opens for Ann and Bob; Ann for Cai, Cai for Dan.
    for (actor, login) in [("huoshui", "ann"), ("huoshui", "bob"), ("ann", "cai"), ("cai", "dan"), ("bob", "eve")] {
        office.opens(actor, login);
    }
    for fine in [
        &["ann", "bob"][..],
        &["bob", "cai"],
        &["cai", "bob", "dan"][..2],
        &["ann", "eve"],
        &["dan", "eve", "bob"][..2],
    ] {
        assert_eq!(office.three(fine), None, "{fine:?}");
    }
    for (one_hand, names) in [
        (&["ann", "cai"][..], ["cai", "ann"]),
        (&["cai", "ann"], ["cai", "ann"]),
        // By way of Cai.
        (&["bob", "dan", "ann"], ["dan", "ann"]),
        (&["ann", "bob", "eve"], ["eve", "bob"]),
    ] {
        let said = office.three(one_hand).unwrap_or_else(|| panic!("{one_hand:?} pass for persons of their own"));
        assert!(names.iter().all(|name| said.contains(name)), "{said}");
    }
    // In a demonstration one person plays all.
    let stage = Office::new(true);
    stage.opens("huoshui", "ann");
    stage.opens("ann", "cai");
    assert_eq!(stage.three(&["ann", "cai"]), None);
}

#[test]
fn a_draft_is_not_validated_by_a_login_that_its_developer_opened() {
    let office = Office::new(false);
    for (actor, login) in [("huoshui", "ann"), ("huoshui", "bob"), ("ann", "cai")] {
        office.opens(actor, login);
    }
    let exchange = Exchange::open(office.workspace.clone(), Arc::new(SystemClock)).unwrap();
    let credit = Credit::open(Arc::new(exchange)).unwrap();
    let who = |login: &str| Actor::new(login.to_owned(), Party::Operator);
    let text = embedded::PRODUCTS[0].1.replace("AAA = \"0.10%\"", "AAA = \"0.12%\"");
    let file = Text { kind: File::Products, file: "instant_loan.toml".into(), text, cases: None };
    let draft = credit.draft(&who("ann"), "draft", &file).unwrap();
    let with = Does::ValidateWith { what_if: "0".repeat(64) };
    let step = |login: &str| credit.step(&who(login), &format!("by-{login}"), (&draft.id, draft.version), &with);
    assert_eq!(step("cai").unwrap_err().code(), "credit.not_three_persons");
    // Bob is another person: what keeps him is only that there is no such report.
    assert_eq!(step("bob").unwrap_err().code(), "credit.no_report");
    let approve = Does::Approve { effective_from: Date::constant(2030, 1, 1) };
    let approved = credit.step(&who("cai"), "approve", (&draft.id, draft.version), &approve);
    assert_eq!(approved.unwrap_err().code(), "credit.not_three_persons");
}
