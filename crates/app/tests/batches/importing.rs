//! Batches among the files of an import, and uploads that meet.

use std::collections::BTreeMap;

use huoshui_app::Mode;
use huoshui_app::import::files::Table;
use huoshui_app::import::registry::Choice;
use huoshui_app::import::report::Report;
use huoshui_app::import::{self};
use huoshui_app::progress::Silent;

use crate::world::{HEADER, World, applied, firm, open};

fn import(world: &World, dry_run: bool) -> Report {
    let choice = Choice { dry_run, ..Choice::default() };
    let files = world.folder.path().join("files");
    import::run(&world.workspace, &[files], choice, world.today, &Silent).unwrap()
}

/// File name and what became of it: rows, or the code of the first fault.
fn outcomes(report: &Report) -> BTreeMap<String, String> {
    use huoshui_app::import::report::Outcome as O;
    let of = |outcome: &O| match outcome {
        O::Applied { rows, .. } => format!("applied {rows}"),
        O::WouldApply { rows, .. } => format!("would apply {rows}"),
        O::AlreadyThere { rows } => format!("there {rows}"),
        O::Refused { faults, .. } => faults[0].code().to_owned(),
    };
    let name = |item: &import::report::Item| item.path.file_name().unwrap().to_str().unwrap().to_owned();
    report.items.iter().map(|item| (name(item), of(&item.outcome))).collect()
}

#[test]
fn a_folder_is_imported_in_order_and_a_second_time_without_effect() {
    let world = World::new();
    let row = |heads: i64| format!("{HEADER}\n{},2025-08-31,{heads},1.00,1.00,\n", firm(1));
    // By name the later batch comes first, and the change before the whole one that it changes.
    world.file("social_security.2025-09-30.whole.csv", row(2));
    world.file("social_security.2025-09-30.change.csv", row(3));
    world.file("social_security.2025-08-31.whole.csv", row(1));
    world.file("social_securities.2025-08-31.whole.csv", row(1));
    world.file("social_security.whole.csv", row(1));
    world.file("penalties.2025-09-30.whole.csv", "uscc,decided_on,document_no,category,amount,serious\n");
    world.file("penalties.2025-09-30.whole.parquet", "PAR1");
    let expected = |done: &str| {
        BTreeMap::from([
            ("penalties.2025-09-30.whole.csv", format!("{done} 0")),
            ("penalties.2025-09-30.whole.parquet", "batch.twice".to_owned()),
            ("social_securities.2025-08-31.whole.csv", "exchange.unknown_resource".to_owned()),
            ("social_security.2025-08-31.whole.csv", format!("{done} 1")),
            ("social_security.2025-09-30.change.csv", format!("{done} 1")),
            ("social_security.2025-09-30.whole.csv", format!("{done} 1")),
            ("social_security.whole.csv", "batch.file_name".to_owned()),
        ])
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v))
        .collect::<BTreeMap<_, _>>()
    };
    let before = world.everything();
    let mut dry = expected("would apply");
    // Nothing is there yet for it to change.
    dry.insert("social_security.2025-09-30.change.csv".into(), "batch.no_whole".into());
    assert_eq!(outcomes(&import(&world, true)), dry);
    assert_eq!(world.everything(), before);
    let report = import(&world, false);
    assert_eq!(outcomes(&report), expected("applied"));
    assert_eq!(report.items.iter().filter(|i| i.table == Table::Batch).count(), 5);
    assert_eq!(world.heads(&world.holdings(), 1), [("2025-08-31".to_owned(), 3)]);
    let after = world.everything();
    assert_eq!(outcomes(&import(&world, false)), expected("there"));
    assert_eq!(world.everything(), after);
    world.sound();
}

/// Two departments' files of the same columns and day without a row: the same bytes, and two batches.
#[test]
fn the_same_bytes_for_two_resources_are_two_batches() {
    let world = World::new();
    for name in ["customs_rating.2025-09-30.whole.csv", "environment_rating.2025-09-30.whole.csv"] {
        world.file(name, "uscc,period,rating\n");
    }
    let report = import(&world, false);
    let names = ["customs_rating", "environment_rating"].map(|n| format!("{n}.2025-09-30.whole.csv"));
    assert_eq!(outcomes(&report), names.map(|n| (n, "applied 0".to_owned())).into());
    world.sound();
}

#[test]
fn uploads_that_meet_all_count_once() {
    let world = World::new();
    applied(&world.social("2025-09-30.whole", &[]));
    let before = world.objects().len();
    std::thread::scope(|scope| {
        for uploader in 0..4 {
            let (folder, catalogue, today) = (world.folder.path(), world.catalogue.clone(), world.today);
            scope.spawn(move || {
                // Each its own process, as far as the store can tell.
                let workspace = open(folder, Mode::Existing);
                let other = World { folder: tempfile::tempdir().unwrap(), workspace, catalogue, today };
                let name = format!("2025-10-0{}.change", 1);
                applied(&other.social(&name, &[(uploader, "2025-09-30", i64::try_from(uploader).unwrap() + 10)]));
            });
        }
    });
    let holdings = world.holdings();
    for uploader in 0..4 {
        let heads: Vec<i64> = world.heads(&holdings, uploader).into_iter().map(|(_, h)| h).collect();
        assert_eq!(heads, [i64::try_from(uploader).unwrap() + 10]);
    }
    assert_eq!(world.objects().len(), before + 4);
    world.sound();
}
