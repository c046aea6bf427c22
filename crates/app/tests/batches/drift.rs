//! What is not as the schema says is refused whole, says why, and changes nothing.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray};
use huoshui_app::exchange::batches::take;
use huoshui_app::import::report::Outcome;
use huoshui_kernel::Lang;
use parquet::arrow::ArrowWriter;

use crate::world::{HEADER, START, World, applied, firm, refusal};

const GOOD: &str = ",2025-08-31,10,100.00,90.00,\n";

/// File name and content after the firm's code …, the codes of the findings in order, and what the message must name.
type Case = (&'static str, String, &'static [&'static str], &'static str);

fn cases() -> Vec<Case> {
    let (a, b) = (firm(1), firm(2));
    let whole = "social_security.2025-09-30.whole.csv";
    let rows = |lines: &str| format!("{HEADER}\n{lines}");
    vec![
        (whole, format!("uscc,period,headcount,payable,new_insured\n{a}{GOOD}"), &["batch.drift"], "缺少 paid"),
        (whole, format!("{HEADER},note\n{a}{GOOD}"), &["batch.drift"], "多出 note"),
        (whole, format!("uscc,period,period,payable,paid,new_insured\n{a}{GOOD}"), &["batch.drift"], "重复 period"),
        (
            whole,
            format!("uscc,headcount,period,payable,paid,new_insured\n{a}{GOOD}"),
            &["batch.drift"],
            "列序应为 uscc、period",
        ),
        (whole, format!("uscc,period,grade\n{a},2024-12-31,A\n"), &["batch.other_resource"], "tax_grade"),
        (whole, rows(&format!("{a},2025-08-31,many,100.00,90.00,\n")), &["batch.refused", "cell.bad_integer"], ""),
        (whole, rows(&format!("{a},2025-08-31,,100.00,90.00,\n")), &["batch.refused", "cell.required"], ""),
        (whole, rows("91110108MA00000000,2025-08-31,1,1.00,1.00,\n"), &["batch.refused", "cell.bad_uscc"], ""),
        (whole, rows(&format!("{a}{GOOD}{a}{GOOD}")), &["batch.refused", "batch.duplicate"], "第 2 行"),
        (whole, rows(&format!("{b}{GOOD}{a}{GOOD}{b}{GOOD}")), &["batch.refused", "batch.duplicate"], "第 2 行"),
        (whole, rows(&format!("{a},2025-08-31,-1,100.00,90.00,\n")), &["batch.refused", "batch.finding"], "Q-SOC-02"),
        (
            whole,
            rows(&format!("{a},2025-10-31,1,100.00,90.00,\n")),
            &["batch.refused", "batch.finding", "batch.row_after"],
            "2025-10-31 晚于批次日期",
        ),
        ("social_security.2025-06-29.whole.csv", rows(&format!("{a}{GOOD}")), &["batch.older"], "2025-06-30"),
        ("social_security.2025-06-29.change.csv", rows(&format!("{a}{GOOD}")), &["batch.older"], "2025-06-30"),
        ("social_security.2025-10-21.whole.csv", rows(&format!("{a}{GOOD}")), &["import.in_future"], ""),
        ("medical_insurances.2025-09-30.whole.csv", rows(""), &["exchange.unknown_resource"], "medical_insurances"),
        ("housing_fund.2025-09-30.change.csv", String::new(), &["batch.no_whole"], ""),
        (whole, String::new(), &["file.empty"], ""),
        ("social_security.2025-09-30.whole.parquet", format!("PAR1{a}PAR1"), &["parquet.damaged"], ""),
    ]
}

#[test]
fn every_kind_of_drift_is_refused_and_changes_nothing() {
    let world = World::new();
    applied(&world.social("2025-06-30.whole", &[(1, "2025-05-31", 7), (1, "2025-06-30", 8)]));
    let holdings = world.holdings();
    let (before, heads) = (world.everything(), world.heads(&holdings, 1));
    for (name, content, codes, named) in cases() {
        let outcome = world.take(&world.file(name, &content));
        let faults = refusal(&outcome);
        let found: Vec<&str> = faults.iter().map(|f| f.code()).collect();
        assert_eq!(found, codes, "{name} {content}");
        let said = faults.iter().map(|f| f.message(Lang::Zh)).collect::<String>();
        assert!(said.contains(named), "{name}: {said}");
        assert_eq!(world.everything(), before, "{name} {content}");
        assert_eq!(world.heads(&holdings, 1), heads, "{name}");
        if let Outcome::Refused { listing: Some(folder), .. } = &outcome {
            let listed = std::fs::read_to_string(folder.join("findings.csv")).unwrap();
            assert_eq!(listed.lines().count(), codes.len(), "{listed}");
            assert!(folder.join("social_security.xlsx").is_file());
        }
    }
    world.sound();
}

fn parquet(world: &World, columns: Vec<(&str, ArrayRef)>) -> std::path::PathBuf {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    world.file("social_security.2025-09-30.whole.parquet", bytes)
}

#[test]
fn parquet_columns_must_have_the_schemas_types() {
    let world = World::new();
    let columns = |day: ArrayRef| -> Vec<(&str, ArrayRef)> {
        vec![
            ("uscc", Arc::new(StringArray::from(vec![firm(1).as_str()]))),
            ("period", day),
            ("headcount", Arc::new(Int32Array::from(vec![12]))),
            ("payable", Arc::new(Int64Array::from(vec![10_000]))),
            ("paid", Arc::new(Int64Array::from(vec![9_000]))),
            ("new_insured", Arc::new(Int64Array::from(vec![None]))),
        ]
    };
    let text: ArrayRef = Arc::new(StringArray::from(vec!["2025-09-30"]));
    assert_eq!(refusal(&world.take(&parquet(&world, columns(text))))[0].code(), "parquet.column_type");
    assert_eq!(world.everything(), (vec![], None, vec![]));
    // 2025-09-30 is day 20,361 since 1970-01-01.
    let day: ArrayRef = Arc::new(Date32Array::from(vec![20_361]));
    assert_eq!(applied(&world.take(&parquet(&world, columns(day)))), 1);
    assert_eq!(world.heads(&world.holdings(), 1), [("2025-09-30".to_owned(), 12)]);
}

#[test]
fn a_department_uploads_its_own_resources_only() {
    let world = World::new();
    let path = world.file("social_security.2025-09-30.whole.csv", format!("{HEADER}\n{}{GOOD}", firm(1)));
    let upload = |department| take(&world.workspace, &world.catalogue, department, &path, START).unwrap();
    assert_eq!(refusal(&upload(Some("swj")))[0].code(), "batch.not_yours");
    assert_eq!(world.everything(), (vec![], None, vec![]));
    // Nobody is registered: the row is kept, and the firm counted.
    match upload(Some("rsj")) {
        Outcome::Applied { rows: 1, changes, .. } => assert_eq!(changes["unknown_firms"], 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_given_back_goes_when_the_batch_is_taken_and_shows_no_person() {
    let world = World::new();
    let folder = world.folder.path().join("data/refused");
    refusal(&world.social("2025-09-30.whole", &[(1, "2025-08-31", -1)]));
    assert!(folder.join("social_security.2025-09-30.whole/social_security.xlsx").is_file());
    applied(&world.social("2025-09-30.whole", &[(1, "2025-08-31", 1)]));
    assert!(!folder.join("social_security.2025-09-30.whole").exists());
    let text = format!("uscc,person_name,id_digest,since,other_firms\n{},王小明,ab12,2025-10-01,0\n", firm(1));
    refusal(&world.take(&world.file("legal_representative.2025-09-30.whole.csv", text)));
    let given = folder.join("legal_representative.2025-09-30.whole");
    assert!(!std::fs::read_to_string(given.join("findings.csv")).unwrap().contains("王小明"));
    assert_eq!(std::fs::read_dir(given).unwrap().count(), 1);
}

#[test]
fn one_wrong_row_among_many_refuses_them_all() {
    let world = World::new();
    let mut rows: Vec<(usize, &str, i64)> = (0..3_000).map(|n| (n, "2025-08-31", 5)).collect();
    rows[2_998].2 = -5;
    let outcome = world.social("2025-09-30.whole", &rows);
    assert_eq!(refusal(&outcome)[1].row_number(), Some(3_000));
    assert_eq!(world.everything(), (vec![], None, vec![]));
}
