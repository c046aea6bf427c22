//! Relations join each filed row to who its borrower was on the list date.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use common::{NOTE, RELATIONSHIP, batch, day, row};
use huoshui_kernel::date::{Date, days};
use huoshui_supervision::filings::{NOTES, RELATIONSHIPS};
use huoshui_supervision::relations::{
    Bank, Filed, Firm, RawTable, Relation, RelationRequest, Relations, Roll, Shelf, build, columns, raw_columns,
};

fn roll() -> Roll {
    let firm = |uscc, tier, founded: &str| Firm {
        uscc,
        name: "甲公司",
        tier,
        srdi: tier.is_some(),
        little_giant: false,
        innovative: false,
        technology: false,
        district: Some("110108"),
        industry: Some("I"),
        division: Some("I65"),
        size: Some("micro"),
        founded_on: Some(day(founded)),
    };
    let firms =
        [firm("A", Some("srdi_sme"), "2015-05-01"), firm("B", None, "2001-01-01"), firm("A", None, "1999-01-01")];
    Roll::new(day("2025-09-30"), firms, [Bank { code: "X", kind: "city_bank", funding: "chinese" }])
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let array = batch.column_by_name(name).unwrap();
    if *array.data_type() == DataType::Utf8 {
        return array.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect();
    }
    let coded = array.as_dictionary::<Int32Type>();
    let values = coded.values().as_string::<i32>();
    (0..coded.len()).map(|i| coded.key(i).map(|k| values.value(k).to_owned())).collect()
}

fn read(relation: Relation, date: Date, filed: &Filed, names: &[&str]) -> Vec<RecordBatch> {
    let request = RelationRequest {
        relation,
        data_date: date,
        list_date: date,
        columns: names.iter().map(|n| Arc::from(*n)).collect(),
    };
    let mut batches = Vec::new();
    build(&request, filed, &roll(), &mut |b| {
        batches.push(b);
        Ok(())
    })
    .unwrap();
    batches
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|v| (!v.is_empty()).then(|| (*v).to_owned())).collect()
}

#[test]
fn a_borrower_that_the_list_does_not_know_is_on_no_list_and_stays_itself() {
    let notes = ["borrower=A", "borrower=Q", "borrower=B institution=W", "borrower=", "borrower=Q"];
    let notes: Vec<_> = notes.iter().map(|n| row(NOTE, n)).collect();
    let filed = Filed { notes: vec![batch(&NOTES, &notes)], ..Filed::default() };
    let names =
        ["borrower", "srdi", "tier", "district", "borrower_name", "founded_on", "institution_kind", "borrower_at_bank"];
    let batches = read(Relation::Notes, day("2025-09-30"), &filed, &names);
    let b = &batches[0];
    assert_eq!(b.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(), names);
    assert_eq!(texts(b, "borrower"), some(&["A", "Q", "B", "", "Q"]));
    assert_eq!(texts(b, "tier"), some(&["srdi_sme", "", "", "", ""]));
    assert_eq!(texts(b, "district"), some(&["110108", "", "110108", "", ""]));
    assert_eq!(texts(b, "institution_kind"), some(&["city_bank", "city_bank", "", "city_bank", "city_bank"]));
    assert_eq!(texts(b, "borrower_at_bank"), some(&["X/A", "X/Q", "W/B", "", "X/Q"]));
    let srdi = b.column_by_name("srdi").unwrap().as_boolean();
    assert_eq!((srdi.null_count(), srdi.true_count()), (0, 1));
    // Of two firms with one USCC the first counts.
    let founded = b.column_by_name("founded_on").unwrap().as_primitive::<Date32Type>();
    assert_eq!(
        founded.iter().collect::<Vec<_>>(),
        [Some(days(day("2015-05-01"))), None, Some(days(day("2001-01-01"))), None, None]
    );
}

#[test]
fn a_group_line_counts_once_an_institution_at_its_smallest_member_in_force() {
    let line = "credit_limit=10 commitment=committed valid_from=2025-01-01 valid_to=2025-12-31 group_line=G";
    let ties: Vec<_> = [
        format!("borrower=B line_no=1 {line}"), // not SRDI, smallest in force at X of all
        format!("borrower=C line_no=2 {line}"), // unknown to the roll
        format!("borrower=A line_no=3 {line} valid_to=2025-06-30"), // expired
        format!("borrower=A line_no=4 {line} institution=W"), // the same group's line at another institution
        format!("borrower=A line_no=5 {line} group_line="), // its own
        "borrower=A".to_owned(),                // an account only
    ]
    .iter()
    .map(|t| row(RELATIONSHIP, t))
    .collect();
    let (a, b) = ties.split_at(1);
    let filed = Filed { relationships: vec![batch(&RELATIONSHIPS, b), batch(&RELATIONSHIPS, a)], ..Filed::default() };
    let names = ["line_first_all", "line_first_srdi", "line_in_force", "line_no"];
    let batches = read(Relation::Relationships, day("2025-09-30"), &filed, &names);
    let mut marked: Vec<(String, bool, bool, bool)> = Vec::new();
    for b in &batches {
        let flag = |name: &str, i: usize| b.column_by_name(name).unwrap().as_boolean().value(i);
        for (i, line) in texts(b, "line_no").into_iter().enumerate() {
            marked.push((
                line.unwrap_or_default(),
                flag("line_first_all", i),
                flag("line_first_srdi", i),
                flag("line_in_force", i),
            ));
        }
    }
    marked.sort();
    let want = [
        ("", false, false, false),
        ("1", true, false, true),
        ("2", false, false, true),
        ("3", false, false, false),
        ("4", true, true, true),
        ("5", true, true, true),
    ];
    assert_eq!(marked, want.map(|(l, a, s, f)| (l.to_owned(), a, s, f)));
}

#[test]
fn exposure_is_what_the_institution_bears() {
    let notes: Vec<_> = [
        "business_kind=loan",
        "business_kind=discount",
        "business_kind=advance",
        "business_kind=entrusted",
        "business_kind=rediscount",
        "transferred=Y",
        "written_off=Y",
    ]
    .iter()
    .map(|n| row(NOTE, n))
    .collect();
    let ties = [row(RELATIONSHIP, "line_no=1 used=7"), row(RELATIONSHIP, "")];
    let filed = Filed {
        notes: vec![batch(&NOTES, &notes)],
        relationships: vec![batch(&RELATIONSHIPS, &ties)],
        ..Filed::default()
    };
    let batches = read(Relation::Contacts, day("2025-09-30"), &filed, &["exposure", "account_open"]);
    let exposure: Vec<i64> = batches
        .iter()
        .flat_map(|b| b.column_by_name("exposure").unwrap().as_primitive::<Int64Type>().values().to_vec())
        .collect();
    assert_eq!(exposure, [700, 0, 10_000, 10_000, 10_000, 0, 0, 0, 0]);
}

#[test]
fn only_the_columns_that_are_needed_are_read() {
    let names = |n: &[&str]| n.iter().map(|n| Arc::from(*n)).collect::<Vec<Arc<str>>>();
    assert_eq!(
        raw_columns(Relation::Notes, &names(&["balance_cny", "srdi", "funding"])),
        [(RawTable::Notes, vec!["institution", "borrower", "balance_cny"])]
    );
    assert_eq!(
        raw_columns(Relation::Contacts, &names(&["exposure", "account_open"])),
        [
            (RawTable::Relationships, vec!["borrower", "account_opened_on", "account_closed_on", "used"]),
            (RawTable::Notes, vec!["borrower", "balance_cny", "business_kind", "transferred", "written_off"]),
        ]
    );
    // Every declared column can be built from just what is said to be needed.
    for relation in Relation::ALL {
        for column in columns(relation) {
            let wanted = names(&[column.name]);
            let cut = |table: RawTable, rows: &[common::Row]| {
                let whole = batch(table.shape(), rows);
                let keep = raw_columns(relation, &wanted).into_iter().find(|(t, _)| *t == table).map(|(_, c)| c);
                let at: Vec<usize> =
                    keep.unwrap_or_default().iter().map(|c| whole.schema().index_of(c).unwrap()).collect();
                if at.is_empty() { Vec::new() } else { vec![whole.project(&at).unwrap()] }
            };
            let filed = Filed {
                notes: cut(RawTable::Notes, &[row(NOTE, "")]),
                disbursements: cut(RawTable::Disbursements, &[row(common::DISBURSEMENT, "")]),
                relationships: cut(RawTable::Relationships, &[row(RELATIONSHIP, "")]),
            };
            assert!(!read(relation, day("2025-09-30"), &filed, &[column.name]).is_empty(), "{}", column.name);
        }
    }
}

#[test]
fn a_date_before_every_list_is_a_fault() {
    let mut shelf = Shelf::default();
    shelf.roll(roll());
    let request = RelationRequest {
        relation: Relation::Enterprises,
        data_date: day("2025-09-29"),
        list_date: day("2025-09-29"),
        columns: vec!["borrower".into()],
    };
    assert_eq!(shelf.each(&request, &mut |_| Ok(())).unwrap_err().code(), "relation.no_list");
}
