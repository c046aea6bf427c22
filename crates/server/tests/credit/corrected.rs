//! A value that a department corrected counts at once: in the firm's profile, in the profiles of the whole city, in a what-if.

use huoshui_app::credit::drafts::Question;
use huoshui_app::credit::{Credit, city, whatif};
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::corrections::{Objecting, Saying};
use huoshui_app::progress::Silent;
use huoshui_credit::decide::Request;
use huoshui_credit::profile::Profile;
use huoshui_credit::rules::Rules;
use huoshui_credit::value::Cell;
use huoshui_credit::whatif::Report;
use huoshui_journal::Clock as _;
use huoshui_kernel::{Date, Uscc};
use serde_json::{Value, json};

use crate::common::{City, Server, config, fresh_key};
use crate::days;
use crate::kept::{engine, sound};

/// Where a field stands alone, and in the city's table; they must agree.
fn seen(engine: &Credit, rules: &Rules, firm: Uscc, today: Date, field: &str) -> Cell {
    let alone = city::profile(&engine.held, rules, firm, today).unwrap();
    let table = city::profiles(&engine.held, rules, today).unwrap();
    let row = table.uscc.iter().position(|u| **u == *firm.as_str()).unwrap();
    assert_eq!(alone, Profile::of(&table, row).unwrap());
    alone.cell(field)
}

fn tried(engine: &Credit, rules: &Rules, today: Date) -> Report {
    let request = Request {
        product: "instant_loan".into(),
        amount_fen: 50_000_000,
        months: 12,
        purpose: "working_capital".into(),
        lpr_ppm: 30_000,
    };
    let question =
        Question { request, effective_from: today, as_of: today, assumed: Default::default(), compared_with: None };
    whatif::run(&engine.held, (rules, rules), &question, &Silent).unwrap()
}

fn approved(report: &Report) -> u64 {
    report.moves.iter().filter(|m| m.to.approves()).map(|m| m.firms).sum()
}

/// The firm objects to a value and its department agrees.
fn correct(engine: &Credit, firm: Uscc, objecting: &Objecting, value: Value) {
    let owner = Actor::new("owner".into(), Party::Enterprise(firm));
    let objection = engine.exchange.object(&owner, &fresh_key(), objecting).unwrap().stored.objection;
    let department = Actor::new("officer".into(), Party::Department(objection.department.clone()));
    let saying = Saying::Accepted { corrected: value };
    engine.exchange.answer_objection(&department, &fresh_key(), &objection.id, &saying, 1).unwrap();
}

#[test]
fn a_corrected_value_moves_the_citys_table_and_the_what_if_as_it_moves_the_profile() {
    let town = City::with_departments(days());
    let server = Server::start_before(&town.data(), days(), config());
    let engine = engine(&server);
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let rules = engine.book.on(today).unwrap().rules;
    let before = tried(&engine, &rules, today);
    assert!(approved(&before) > 0, "{before:?}");

    // A firm that would get the loan, with a good tax grade that was a mistake.
    let grade = rules.field("tax_grade").unwrap();
    let (good, bad) = (grade.code_lane("A").unwrap(), grade.code_lane("D").unwrap());
    let scores = city::profiles(&engine.held, &rules, today).unwrap();
    let lane = scores.lane("tax_grade").unwrap();
    let mut moved = None;
    for (row, firm) in scores.uscc.iter().enumerate().filter(|(row, _)| lane.get(*row) == Cell::Known(good)) {
        let firm = Uscc::parse(firm).unwrap();
        let profile = Profile::of(&scores, row).unwrap();
        if rules.advice(&profile, "srdi_general").unwrap().grade.starts_with('A') {
            moved = Some((row, firm));
            break;
        }
    }
    let (row, firm) = moved.expect("some firm of grade A");
    assert_eq!(seen(&engine, &rules, firm, today, "tax_grade"), Cell::Known(good));
    let held = engine.held.firm(&rules, firm, today).unwrap();
    let taxes = held.iter().find(|s| s.resource == "tax_grade").unwrap();
    let huoshui_credit::relations::Answer::Ready(source) = &taxes.answer else { panic!("{taxes:?}") };
    let last = source.as_of;
    let period = huoshui_kernel::date::prior_year_end(last);
    let row_of = |period: Date| std::collections::BTreeMap::from([("period".to_owned(), json!(period.to_string()))]);
    for period in [period, huoshui_kernel::date::prior_year_end(period)] {
        let objecting =
            Objecting { resource: "tax_grade".into(), row: row_of(period), field: "grade".into(), claimed: json!("D") };
        correct(&engine, firm, &objecting, json!("D"));
    }
    assert_eq!(seen(&engine, &rules, firm, today, "tax_grade"), Cell::Known(bad));

    // Nobody else's profile moved; of the what-if just what this firm would get.
    let now = city::profiles(&engine.held, &rules, today).unwrap();
    for other in (0..now.uscc.len()).filter(|other| *other != row) {
        assert_eq!(Profile::of(&now, other).unwrap(), Profile::of(&scores, other).unwrap());
    }
    let after = tried(&engine, &rules, today);
    assert_eq!((approved(&after), after.firms), (approved(&before) - 1, before.firms));
    sound(&server);
}
