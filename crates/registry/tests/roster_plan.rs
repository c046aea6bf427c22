//! What an import shows before it happens, and what keeps it out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{day, firm, listed, reference, register, registered};
use huoshui_registry::Tier::{LittleGiant, SrdiSme, TechnologySme};
use huoshui_registry::roster::{ExpiredBecause, PlanOptions, plan};
use huoshui_registry::{Enterprises, Plan, Refusal, Roster, RosterRow};

fn planned(roster: &Roster, rows: &[RosterRow], date: &str) -> Plan {
    plan(roster, &Enterprises::new(), rows, day(date), reference(), PlanOptions::default())
}

fn library(lists: &[(&str, Vec<RosterRow>)]) -> Roster {
    lists.iter().fold(Roster::new(), |roster, (date, rows)| roster.apply(&planned(&roster, rows, date)).unwrap())
}

/// (row, code, field) of every fault.
fn faults(refusal: Option<&Refusal>) -> Vec<(u64, &'static str, String)> {
    let place = |f: &huoshui_kernel::Fault| {
        (f.row_number().unwrap_or(0), f.code(), f.field_name().unwrap_or_default().to_owned())
    };
    refusal.map_or(Vec::new(), |r| r.faults.iter().map(place).collect())
}

fn refused(rows: &[RosterRow]) -> Vec<(u64, &'static str, String)> {
    let plan = planned(&Roster::new(), rows, "2025-09-30");
    assert!(!plan.can_apply());
    assert_eq!(Roster::new().apply(&plan).unwrap_err().code(), "roster.refused");
    faults(plan.refusal.as_ref())
}

#[test]
fn a_second_list_shows_each_kind_of_change() {
    let before = vec![
        listed(1, SrdiSme, "2023-01-01"),     // stays
        listed(2, SrdiSme, "2022-06-01"),     // ends 2025-05-31, still listed
        listed(3, SrdiSme, "2022-07-01"),     // ends 2025-06-30, dropped
        listed(4, SrdiSme, "2024-01-01"),     // withdrawn
        listed(5, SrdiSme, "2022-03-01"),     // renewed
        listed(6, LittleGiant, "2024-01-01"), // moves and is renamed, two rows
        listed(6, SrdiSme, "2024-01-01"),
    ];
    let mut after = vec![
        listed(1, SrdiSme, "2023-01-01"),
        listed(2, SrdiSme, "2022-06-01"),
        listed(5, SrdiSme, "2025-03-01"),
        listed(6, LittleGiant, "2024-01-01"),
        listed(6, SrdiSme, "2024-01-01"),
        listed(7, TechnologySme, "2025-01-01"),
    ];
    for row in &mut after[3..5] {
        row.district = "亦庄".into();
        row.name = "新名称股份有限公司".into();
    }
    let roster = library(&[("2024-12-31", before)]);
    let plan = planned(&roster, &after, "2025-09-30");
    assert_eq!((plan.base_date, plan.next_date), (Some(day("2024-12-31")), None));
    let changes = &plan.changes;
    assert_eq!(changes.added.iter().map(|a| (a.uscc, a.tier)).collect::<Vec<_>>(), [(firm(7), TechnologySme)]);
    let ended: Vec<_> = changes.expired.iter().map(|e| (e.uscc, e.because)).collect();
    let want = [
        (firm(2), ExpiredBecause::TermEnded),
        (firm(3), ExpiredBecause::TermEnded),
        (firm(4), ExpiredBecause::Dropped),
    ];
    assert_eq!(ended, want);
    let renewed = &changes.recertified[..];
    assert_eq!((renewed.len(), renewed[0].uscc), (1, firm(5)));
    assert_eq!((renewed[0].before.valid_to, renewed[0].after.valid_to), (day("2025-02-28"), day("2028-02-29")));
    assert_eq!(
        changes.moved.iter().map(|m| (m.from.as_str(), m.to.as_str())).collect::<Vec<_>>(),
        [("110108", "110400")]
    );
    assert_eq!(changes.renamed.iter().map(|r| &*r.to).collect::<Vec<_>>(), ["新名称股份有限公司"]);
    assert_eq!((changes.unchanged, changes.rows, changes.firms), (1, 6, 5));
    assert!(plan.can_apply() && plan.refusal.is_none());
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["changes"]["expired"][2]["because"], "dropped");
}

#[test]
fn every_conflict_is_named_by_row_and_field() {
    let base = |n| listed(n, SrdiSme, "2024-01-01");
    let mut other_certificate = base(1);
    other_certificate.certificate_no = "X-1".into();
    assert_eq!(refused(&[base(1), other_certificate]), [(3, "roster.two_certificates", "certificate_no".into())]);
    assert_eq!(refused(&[base(1), base(2), base(1)]), [(4, "registry.duplicate", "uscc".into())]);

    let mut shared = base(2);
    shared.certificate_no = base(1).certificate_no;
    assert_eq!(refused(&[base(1), shared]), [(3, "roster.certificate_shared", "certificate_no".into())]);

    let mut misnamed = base(2);
    misnamed.name = base(1).name;
    assert_eq!(refused(&[base(1), misnamed]), [(3, "roster.name_of_another", "name".into())]);

    let mut backwards = base(1);
    backwards.valid_to = day("2023-12-31");
    assert_eq!(refused(&[backwards.clone()]), [(2, "roster.term_backwards", "valid_to".into())]);
    backwards.valid_to = backwards.valid_from;
    assert!(planned(&Roster::new(), &[backwards], "2025-09-30").can_apply());

    let mut elsewhere = base(1);
    elsewhere.district = "浦东新区".into();
    assert_eq!(refused(&[elsewhere]), [(2, "district.unknown", "district".into())]);

    let mut nameless = base(1);
    nameless.name = "  ".into();
    nameless.certificate_no = String::new();
    let want = [(2, "registry.empty_field", "name".into()), (2, "registry.empty_field", "certificate_no".into())];
    assert_eq!(refused(&[nameless]), want);

    let mut other_row = listed(1, LittleGiant, "2024-01-01");
    other_row.district = "朝阳".into();
    other_row.name = "别名公司".into();
    let want = [(3, "roster.firm_inconsistent", "name".into()), (3, "roster.firm_inconsistent", "district".into())];
    assert_eq!(refused(&[base(1), other_row]), want);

    assert_eq!(refused(&[]), [(0, "roster.empty", String::new())]);
}

#[test]
fn faults_of_many_rows_come_in_the_order_of_rows() {
    let mut late = listed(9, SrdiSme, "2024-01-01");
    late.district = "?".into();
    let mut early = listed(1, SrdiSme, "2024-01-01");
    early.certificate_no = String::new();
    let rows = [late, listed(5, SrdiSme, "2024-01-01"), early, listed(5, SrdiSme, "2024-01-01")];
    let codes: Vec<_> = refused(&rows).into_iter().map(|(row, code, _)| (row, code)).collect();
    assert_eq!(codes, [(2, "district.unknown"), (4, "registry.empty_field"), (5, "registry.duplicate")]);
}

#[test]
fn a_list_is_held_against_the_one_before() {
    let roster = library(&[("2024-12-31", vec![listed(1, SrdiSme, "2024-01-01"), listed(2, SrdiSme, "2024-01-01")])]);
    // Another firm shows up with the certificate of firm 1.
    let mut thief = listed(3, SrdiSme, "2024-01-01");
    thief.certificate_no = listed(1, SrdiSme, "2024-01-01").certificate_no;
    let plan = planned(&roster, &[listed(2, SrdiSme, "2024-01-01"), thief], "2025-09-30");
    assert_eq!(faults(plan.refusal.as_ref()), [(3, "roster.certificate_shared", "certificate_no".into())]);
    // Another firm shows up under the name of firm 1, which the new list does not have.
    let mut namesake = listed(3, SrdiSme, "2024-01-01");
    namesake.name = listed(1, SrdiSme, "2024-01-01").name;
    let plan = planned(&roster, &[listed(2, SrdiSme, "2024-01-01"), namesake.clone()], "2025-09-30");
    assert_eq!(faults(plan.refusal.as_ref()), [(3, "roster.name_of_another", "name".into())]);
    // When firm 1 has given the name up, the new bearer is welcome.
    let mut renamed = listed(1, SrdiSme, "2024-01-01");
    renamed.name = "改名公司".into();
    assert!(planned(&roster, &[renamed, namesake], "2025-09-30").can_apply());
}

#[test]
fn a_list_is_held_against_the_register_of_its_day() {
    let enterprises = register(&[("2025-06-30", vec![registered(1), registered(2)])]);
    let mut row = listed(2, SrdiSme, "2024-01-01");
    row.name = registered(1).name;
    let check = |date: &str, rows: &[RosterRow]| {
        let plan = plan(&Roster::new(), &enterprises, rows, day(date), reference(), PlanOptions::default());
        faults(plan.refusal.as_ref())
    };
    assert_eq!(check("2025-09-30", &[row.clone()]), [(2, "roster.name_of_another", "name".into())]);
    // Before the register knows anybody, there is nothing to contradict.
    assert_eq!(check("2025-03-31", &[row]), []);
    // The register settles who bears a name that another firm gave up with its recognition.
    let mut heir = registered(3);
    heir.name = registered(1).name;
    let roster = library(&[("2024-12-31", vec![listed(1, SrdiSme, "2024-01-01"), listed(2, SrdiSme, "2024-01-01")])]);
    let mut row = listed(3, SrdiSme, "2025-01-01");
    row.name = registered(1).name;
    let rows = [listed(2, SrdiSme, "2024-01-01"), row];
    assert!(!planned(&roster, &rows, "2025-09-30").can_apply());
    let settled = register(&[("2025-06-30", vec![heir])]);
    assert!(plan(&roster, &settled, &rows, day("2025-09-30"), reference(), PlanOptions::default()).can_apply());
    // Brackets of another width are the same name.
    let mut wide = listed(1, SrdiSme, "2024-01-01");
    wide.name = "甲（北京）公司".into();
    let mut narrow = registered(2);
    narrow.name = "甲(北京)公司".into();
    let enterprises = register(&[("2025-06-30", vec![narrow])]);
    let plan = plan(&Roster::new(), &enterprises, &[wide], day("2025-09-30"), reference(), PlanOptions::default());
    assert_eq!(faults(plan.refusal.as_ref()), [(2, "roster.name_of_another", "name".into())]);
}

#[test]
fn the_same_list_again_changes_nothing_and_another_of_that_day_must_be_asked_for() {
    let rows = vec![listed(1, SrdiSme, "2024-01-01"), listed(2, SrdiSme, "2024-01-01")];
    let roster = library(&[("2025-09-30", rows.clone())]);
    let mut shuffled = rows.clone();
    shuffled.reverse();
    let again = planned(&roster, &shuffled, "2025-09-30");
    assert!(again.already_there && !again.replaces && again.can_apply());
    assert_eq!(roster.apply(&again).unwrap(), roster);

    let corrected = &rows[..1];
    let plain = planned(&roster, corrected, "2025-09-30");
    assert_eq!(faults(plain.refusal.as_ref()), [(0, "roster.date_taken", String::new())]);
    let asked =
        plan(&roster, &Enterprises::new(), corrected, day("2025-09-30"), reference(), PlanOptions { replace: true });
    assert!(asked.replaces && asked.changes.expired.len() == 1);
    assert_eq!(roster.apply(&asked).unwrap().as_of(day("2025-09-30")).count(), 1);
}

#[test]
fn a_wrong_list_does_not_block_its_own_correction() {
    // Firm 1's certificate and name were listed under firm 2's code.
    let mut wrong = listed(1, SrdiSme, "2024-01-01");
    wrong.uscc = firm(2);
    let roster = library(&[("2025-09-30", vec![wrong])]);
    let right = [listed(1, SrdiSme, "2024-01-01")];
    let plan =
        plan(&roster, &Enterprises::new(), &right, day("2025-09-30"), reference(), PlanOptions { replace: true });
    let corrected = roster.apply(&plan).unwrap();
    assert_eq!(corrected.as_of(day("2025-09-30")).map(|f| f.uscc).collect::<Vec<_>>(), [firm(1)]);
}

#[test]
fn a_plan_made_before_another_import_is_stale_unless_it_rests_on_other_lists() {
    let empty = Roster::new();
    let first = planned(&empty, &[listed(1, SrdiSme, "2024-01-01")], "2024-12-31");
    let second = planned(&empty, &[listed(2, SrdiSme, "2024-01-01")], "2025-09-30");
    let roster = empty.apply(&first).unwrap();
    assert_eq!(roster.apply(&second).unwrap_err().code(), "roster.plan_stale");
    let older = planned(&roster, &[listed(1, SrdiSme, "2024-01-01")], "2024-06-30");
    assert_eq!((older.base_date, older.next_date), (None, Some(day("2024-12-31"))));
    assert_eq!(roster.apply(&older).unwrap().lists().count(), 2);
}

#[test]
fn a_replacement_is_stale_too_when_the_list_before_it_changed() {
    let rows = |n| vec![listed(n, SrdiSme, "2024-01-01")];
    let replace = |roster: &Roster, rows: &[RosterRow], date| {
        plan(roster, &Enterprises::new(), rows, day(date), reference(), PlanOptions { replace: true })
    };
    let roster = library(&[("2024-12-31", rows(1)), ("2025-09-30", rows(1))]);
    let later = replace(&roster, &rows(2), "2025-09-30");
    let corrected = roster.apply(&replace(&roster, &rows(3), "2024-12-31")).unwrap();
    assert!(roster.apply(&later).is_ok());
    assert_eq!(corrected.apply(&later).unwrap_err().code(), "roster.plan_stale");
}

#[test]
fn a_recognition_dropped_on_its_last_day_was_withdrawn_and_a_day_later_had_ended() {
    // The term of firm 1 ends on 2025-06-30.
    let roster = library(&[("2024-12-31", vec![listed(1, SrdiSme, "2022-07-01"), listed(2, SrdiSme, "2024-01-01")])]);
    let because = |date| planned(&roster, &[listed(2, SrdiSme, "2024-01-01")], date).changes.expired[0].because;
    assert_eq!(because("2025-06-30"), ExpiredBecause::Dropped);
    assert_eq!(because("2025-07-01"), ExpiredBecause::TermEnded);
}

#[test]
fn rows_survive_the_journal() {
    let row = listed(1, LittleGiant, "2024-01-01");
    let json = serde_json::to_string(&row).unwrap();
    assert!(json.contains(r#""tier":"little_giant""#) && json.contains(r#""valid_to":"2026-12-31""#), "{json}");
    assert_eq!(serde_json::from_str::<RosterRow>(&json).unwrap(), row);
    let mut restored = Roster::new();
    restored.restore(day("2025-09-30"), std::slice::from_ref(&row), reference()).unwrap();
    assert_eq!(restored, library(&[("2025-09-30", vec![row])]));
}
