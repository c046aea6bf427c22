//! The quality of batches, and objections to what is in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use common::{DAY, NOW, day, firm, world};
use huoshui_exchange::access::{Entry, SourceOutcome, Who};
use huoshui_exchange::answer::Status;
use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::correction::{Answered, Deadlines, Raise, State, Verdict, answer, raise, relied_on, state_at};
use huoshui_exchange::purpose::Mode;
use huoshui_exchange::quality::measure;
use huoshui_kernel::{Date, date};
use serde_json::json;

type Row = (Option<&'static str>, i64, i64, i64, i64, Option<bool>);

/// Batches of tax_payments as files are read.
fn taxes(rows: &[Row]) -> RecordBatch {
    let ints = |of: fn(&Row) -> i64| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int64Array>()) };
    let dates: Date32Array = rows.iter().map(|r| r.0.map(|d| date::days(day(d)))).collect();
    let uscc: StringArray = rows.iter().map(|_| Some(firm().as_str().to_owned())).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("uscc", Arc::new(uscc)),
        ("period", Arc::new(dates)),
        ("declared_revenue", ints(|r| r.1)),
        ("vat_payable", ints(|r| r.2)),
        ("income_tax_payable", ints(|r| r.3)),
        ("paid", ints(|r| r.4)),
        ("on_time", Arc::new(rows.iter().map(|r| r.5).collect::<BooleanArray>())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn completeness_validity_and_freshness_are_counted() {
    let catalogue = Catalogue::embedded().unwrap();
    let resource = catalogue.get("tax_payments", day("2025-09-30")).unwrap();
    let first = taxes(&[
        (Some("2025-06-30"), 100, 10, 5, 15, Some(true)),
        // More paid than payable, and negative revenue: two rules, one row.
        (Some("2025-06-30"), -1, 10, 5, 16, None),
    ]);
    let second = taxes(&[
        (Some("2025-12-31"), 1, 1, 1, 1, Some(true)),
        (None, 1, 1, 1, 1, Some(false)),
        (Some("2025-03-31"), 1, 1, 1, 3, Some(true)),
    ]);
    let report = measure(&[first.clone(), second], resource, day("2025-09-30"), day("2026-01-20")).unwrap();
    let rules: Vec<_> = report.rules.iter().map(|r| (r.rule.as_str(), r.violations, r.first_rows.clone())).collect();
    assert_eq!(rules, [("Q-TAX-01", 1, vec![3]), ("Q-TAX-02", 1, vec![2]), ("Q-TAX-03", 2, vec![2, 5])]);
    assert!(report.refused(), "a row after the batch's date refuses it");
    assert_eq!(report.rows, 5);
    // 3 of 5 rows break a rule.
    assert_eq!(report.validity, Some(400_000));
    let filled: Vec<_> = report.fields.iter().map(|f| f.filled).collect();
    assert_eq!(filled, [5, 4, 5, 5, 5, 5, 4]);
    assert_eq!(report.fields[1].share, Some(800_000));
    // 33 of 35 cells, 0.942857142… of them.
    assert_eq!(report.completeness, Some(942_857));
    assert_eq!(report.dated, Some((day("2025-03-31"), day("2025-12-31"))));
    assert_eq!((report.fresh_until, report.stale), (day("2026-01-20"), false));
    let later = measure(&[first], resource, day("2025-09-30"), day("2026-01-21")).unwrap();
    assert!(later.stale && !later.refused());
    let empty = measure(&[], resource, day("2025-09-30"), day("2025-10-01")).unwrap();
    assert_eq!((empty.rows, empty.completeness, empty.validity, empty.dated), (0, None, None, None));
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<huoshui_exchange::quality::Report>(&json).unwrap(), report);
}

#[test]
fn a_batch_of_another_shape_is_refused_with_its_column() {
    let catalogue = Catalogue::embedded().unwrap();
    let resource = catalogue.get("tax_payments", day("2025-09-30")).unwrap();
    let good = taxes(&[(Some("2025-06-30"), 100, 10, 5, 15, Some(true))]);
    let without = good.project(&[0, 1, 2, 3, 4, 5]).unwrap();
    let fault = measure(&[without], resource, day("2025-09-30"), day("2025-10-01")).unwrap_err();
    assert_eq!((fault.code(), fault.field_name()), ("exchange.bad_batch", Some("on_time")));
    let mut columns: Vec<(String, ArrayRef)> =
        good.schema().fields().iter().zip(good.columns()).map(|(f, c)| (f.name().clone(), Arc::clone(c))).collect();
    columns[2].1 = Arc::new(StringArray::from(vec!["100"]));
    let text = RecordBatch::try_from_iter(columns).unwrap();
    let fault = measure(&[text], resource, day("2025-09-30"), day("2025-10-01")).unwrap_err();
    assert_eq!(fault.field_name(), Some("declared_revenue"));
    // A sum that no amount can hold is that row's fault, not a number.
    let huge = taxes(&[(Some("2025-06-30"), 1, 1, 1, 1, None), (Some("2025-06-30"), 1, i64::MAX, 1, 1, None)]);
    let fault = measure(&[good, huge], resource, day("2025-09-30"), day("2025-10-01")).unwrap_err();
    assert_eq!((fault.code(), fault.row_number()), ("formula.overflow", Some(3)));
}

fn weekdays(day: Date) -> bool {
    day.weekday().to_monday_one_offset() <= 5
}

fn raising() -> Raise {
    Raise {
        id: "O1".into(),
        subject: firm(),
        by: "boss".into(),
        resource: "tax_payments".into(),
        row: BTreeMap::from([("period".to_owned(), json!("2025-06-30"))]),
        field: "declared_revenue".into(),
        claimed: json!(123_456_700),
        salt: vec![7; 16],
        at: NOW,
    }
}

#[test]
fn an_objection_carries_commitments_and_no_value() {
    let w = world();
    let deadlines = Deadlines::embedded().unwrap();
    let (objection, apart) = raise(raising(), &w.catalogue, &deadlines, &weekdays).unwrap();
    // Wednesday 15 October 2025 and ten working days: Wednesday the 29th.
    assert_eq!((objection.due, objection.department.as_str()), (day("2025-10-29"), "swj"));
    let json = serde_json::to_string(&objection).unwrap();
    assert!(!json.contains("123456700") && !json.contains("2025-06-30"), "{json}");
    assert!(apart.belongs_to(&objection).unwrap());
    let other = huoshui_exchange::correction::Apart { claimed: json!(123_456_701), ..apart };
    assert!(!other.belongs_to(&objection).unwrap());
    for (name, wrong) in [
        ("field", Raise { field: "rank".into(), ..raising() }),
        ("row", Raise { row: BTreeMap::new(), ..raising() }),
        ("row", Raise { row: BTreeMap::from([("paid".to_owned(), json!(1))]), ..raising() }),
        ("claimed", Raise { claimed: json!("much"), ..raising() }),
        ("salt", Raise { salt: vec![7; 15], ..raising() }),
    ] {
        let fault = raise(wrong, &w.catalogue, &deadlines, &weekdays).unwrap_err();
        assert_eq!((fault.code(), fault.field_name()), ("exchange.objection", Some(name)));
    }
    assert_eq!(deadlines.due(day("2025-10-15"), &|_| false), None, "a calendar without working days");
    assert_eq!(deadlines.due(day("2022-12-31"), &weekdays), None);
}

#[test]
fn a_deadline_counts_the_days_on_which_departments_work() {
    let deadlines = Deadlines::embedded().unwrap();
    let works = |day| huoshui_exchange::calendar::Calendar::built_in().works(day);
    for (raised, due) in [
        // Saturday 11 October is worked: 11, 13 to 17, 20 to 23.
        ("2025-10-10", "2025-10-23"),
        // Sunday 28 September is worked, 1 to 8 October are free: 28, 29, 30, 9 to 11, 13 to 16.
        ("2025-09-26", "2025-10-16"),
        // Neither: 16, 17, 20 to 24, 27 to 29.
        ("2025-10-15", "2025-10-29"),
    ] {
        assert_eq!(deadlines.due(day(raised), &works), Some(day(due)), "{raised}");
    }
}

#[test]
fn an_objection_is_answered_once_and_overdue_by_the_clock() {
    let w = world();
    let (o, _) = raise(raising(), &w.catalogue, &Deadlines::embedded().unwrap(), &weekdays).unwrap();
    // Noon of the 15th and fourteen days is noon of the 29th, the last day; twelve hours later it has passed.
    assert_eq!(state_at(&o, None, NOW + 14 * DAY), State::Open);
    assert_eq!(state_at(&o, None, NOW + 14 * DAY + DAY / 2), State::Overdue);
    let rejected = |reason: &str| Verdict::rejected(reason, &[7; 16]).unwrap();
    let late: Answered = answer(&o, None, rejected("与申报一致"), "swj-1", NOW + 20 * DAY).unwrap();
    assert_eq!(state_at(&o, Some(&late), NOW + 30 * DAY), State::Rejected);
    assert_eq!(
        answer(&o, Some(&late), rejected("again"), "swj-1", NOW).unwrap_err().code(),
        "exchange.objection_closed"
    );
    // The event has none of the reason's words, and an erased salt leaves nothing to try guesses against.
    assert!(!serde_json::to_string(&late).unwrap().contains("申报"));
    assert_ne!(rejected("与申报一致"), Verdict::rejected("与申报一致", &[8; 16]).unwrap());
    for none in [" ".to_owned(), "长".repeat(501)] {
        let fault = Verdict::rejected(&none, &[7; 16]).unwrap_err();
        assert_eq!((fault.code(), fault.field_name()), ("exchange.objection", Some("rejected.reason")));
    }
    let worded = Verdict::Rejected { reason: Some("与申报一致".into()), commitment: None };
    assert!(answer(&o, None, worded.clone(), "swj-1", NOW).is_err(), "words are no commitment");
    // Answers of former releases have the words; they are read, and written back as they were.
    let former = r#"{"objection":"O1","by":"swj-1","verdict":{"rejected":{"reason":"与申报一致"}},"at":1}"#;
    let read: Answered = serde_json::from_str(former).unwrap();
    assert_eq!((&read.verdict, serde_json::to_string(&read).unwrap().as_str()), (&worded, former));
    assert_eq!(state_at(&o, Some(&read), NOW), State::Rejected);
    let accepted = |corrected: String| answer(&o, None, Verdict::Accepted { corrected }, "swj-1", NOW);
    assert!(accepted("123456700".into()).is_err(), "a value is no commitment");
    assert_eq!(state_at(&o, Some(&accepted("a".repeat(64)).unwrap()), NOW), State::Accepted);
}

#[test]
fn those_who_relied_on_a_value_are_found() {
    let w = world();
    let (o, _) = raise(raising(), &w.catalogue, &Deadlines::embedded().unwrap(), &weekdays).unwrap();
    let entry = |id: &str, institution: &str, at: i64, resource: &str, field: &str, status: Status| Entry {
        id: id.into(),
        at,
        who: Who { institution: institution.into(), account: "x".into(), key: None },
        consent: "C".into(),
        subject: Some(firm()),
        stated_purpose: "instant_loan".into(),
        policy: None,
        purpose: None,
        mode: Mode::Values,
        request: String::new(),
        refused: None,
        sources: vec![SourceOutcome {
            resource: resource.into(),
            status,
            reason: None,
            fields: vec![field.into()],
            from: Some(day("2025-01-01")),
            to: Some(day("2025-12-31")),
            stale: false,
            latency_ms: 1,
        }],
        latency_ms: 1,
        retention_days: 31,
        commitment: None,
    };
    let (tax, revenue) = ("tax_payments", "declared_revenue");
    let mut other = entry("7", "B7", NOW, tax, revenue, Status::Ready);
    other.subject = None;
    // The row is of the second quarter: whoever pulled later dates did not have it, and entries of former releases do not say.
    let mut later = entry("9", "B8", NOW, tax, revenue, Status::Ready);
    later.sources[0].from = Some(day("2025-07-01"));
    let mut unsaid = entry("10", "B9", NOW, tax, revenue, Status::Ready);
    (unsaid.sources[0].from, unsaid.sources[0].to) = (None, None);
    let mut again = entry("2", "B1", NOW - 5 * DAY, tax, revenue, Status::Ready);
    again.consent = "A".into();
    let log = [
        entry("1", "B1", NOW - 10 * DAY, tax, revenue, Status::Ready),
        again,
        entry("3", "B2", NOW - 31 * DAY + 1, tax, revenue, Status::Ready),
        // May keep nothing any more.
        entry("4", "B3", NOW - 31 * DAY, tax, revenue, Status::Ready),
        entry("5", "B4", NOW, tax, "paid", Status::Ready),
        entry("6", "B5", NOW, "tax_grade", revenue, Status::Ready),
        entry("8", "B6", NOW, tax, revenue, Status::Timeout),
        other,
        later,
        unsaid,
    ];
    let reliance = relied_on(&o, Some(day("2025-06-30")), &log, NOW).into_iter();
    let found: Vec<_> = reliance.map(|r| (r.recipient, r.entries.join(" "), r.consents.join(" "), r.last_at)).collect();
    let of = |who: &str, entries: &str, consents: &str, at| (who.to_owned(), entries.into(), consents.into(), at);
    let expected =
        [of("B1", "1 2", "A C", NOW - 5 * DAY), of("B2", "3", "C", NOW - 31 * DAY + 1), of("B9", "10", "C", NOW)];
    assert_eq!(found, expected);
    // Rows without a date: every pull of the resource had it.
    assert_eq!(relied_on(&o, None, &log, NOW).len(), 4);
}
