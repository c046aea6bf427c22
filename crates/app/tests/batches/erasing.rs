//! What is erased is gone from every file and from memory, the journal says how much, and the rest still verifies.

use huoshui_app::exchange::batches::orphans::clear;
use huoshui_app::exchange::batches::retain::{erase_firm, erase_firm_everywhere, expire};
use huoshui_exchange::answer::Fetched;
use huoshui_kernel::date::Date;

use crate::world::{START, World, applied, day, firm};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

fn contains(world: &World, needle: &str) -> bool {
    world.objects().iter().any(|p| std::fs::read(p).unwrap().windows(needle.len()).any(|w| w == needle.as_bytes()))
}

#[test]
fn a_firms_rows_are_erased_everywhere() {
    let world = World::new();
    applied(&world.social("2025-06-30.whole", &[(1, "2025-06-30", 1), (2, "2025-06-30", 2)]));
    applied(&world.social("2025-09-30.whole", &[(1, "2025-08-31", 3), (1, "2025-09-30", 4), (2, "2025-09-30", 5)]));
    applied(&world.social("2025-10-10.change", &[(1, "2025-09-30", 6)]));
    let holdings = world.holdings();
    assert_eq!(world.heads(&holdings, 1).len(), 2);
    assert!(contains(&world, firm(1).as_str()));
    let erase =
        |n| erase_firm(&world.workspace, &world.catalogue, "social_security", firm(n), ("operator", "request-1"));
    let erased = erase(1).unwrap();
    // One row of June, two of September, one of October.
    assert_eq!((erased.rows, erased.rewritten.len()), (4, 3));
    assert!(!contains(&world, firm(1).as_str()));
    assert!(world.heads(&holdings, 1).is_empty());
    assert_eq!(world.heads(&holdings, 2), [("2025-09-30".to_owned(), 5)]);
    let june = holdings.table("social_security", &["uscc"], day("2025-06-30")).unwrap();
    assert_eq!(june.iter().map(|b| b.num_rows()).sum::<usize>(), 1);
    // Nothing in the journal says whose rows they were.
    for event in world.everything().0 {
        assert!(!String::from_utf8(event).unwrap().contains(firm(1).as_str()));
    }
    // The same request again has its first answer and no second effect; under its key no other firm can be erased.
    assert_eq!(erase(1).unwrap(), erased);
    assert_eq!(erase(2).unwrap_err().code(), "journal.key_reused");
    assert_eq!(world.heads(&holdings, 2).len(), 1);
    assert_eq!(world.objects().len(), 3);
    world.sound();
}

#[test]
fn retention_takes_old_batches_and_old_rows() {
    let world = World::new();
    applied(&world.social("2025-01-31.whole", &[(1, "2025-01-31", 1)]));
    applied(&world.social("2025-09-30.whole", &[(1, "2025-01-31", 2), (1, "2025-05-31", 3), (1, "2025-09-30", 4)]));
    let holdings = world.holdings();
    assert!(expire(&world.workspace, &world.catalogue, START).unwrap().is_empty());
    // 1,700 days after 2025-10-20 is 2030-06-16; sixty months before it, 2025-06-16.
    let now = START + 1_700 * DAY;
    let done = expire(&world.workspace, &world.catalogue, now).unwrap();
    assert_eq!(done.len(), 1);
    let (resource, expired) = &done[0];
    assert_eq!((resource.as_str(), expired.before), ("social_security", day("2025-06-16")));
    // The batch of January is gone whole, with its row; that of September lost two of three.
    assert_eq!((expired.dropped.len(), expired.rewritten.len(), expired.rows), (1, 1, 3));
    assert_eq!(world.objects().len(), 1);
    let read = |today| holdings.firm("social_security", firm(1), Date::MIN, Date::MAX, today).unwrap();
    assert_eq!(crate::world::rows(&read(world.today)).len(), 1);
    assert_eq!(crate::world::provenance(&read(world.today)).covers_from, day("2025-06-16"));
    assert_eq!(
        holdings.table("social_security", &["uscc"], day("2025-02-01")).unwrap_err().code(),
        "resource.not_held"
    );
    assert!(expire(&world.workspace, &world.catalogue, now).unwrap().is_empty());
    world.sound();
    // 2035: nothing is left, and a change has nothing to stand on.
    let later = START + 3_500 * DAY;
    assert_eq!(expire(&world.workspace, &world.catalogue, later).unwrap()[0].1.dropped.len(), 1);
    assert!(world.objects().is_empty());
    assert_eq!(read(world.today), Fetched::Missing);
    let change = world.social("2025-10-10.change", &[(1, "2025-09-30", 6)]);
    assert_eq!(crate::world::refusal(&change)[0].code(), "batch.no_whole");
    world.sound();
}

#[test]
fn verification_misses_a_file_that_nothing_erased() {
    let world = World::new();
    applied(&world.social("2025-06-30.whole", &[(1, "2025-06-30", 1)]));
    applied(&world.social("2025-09-30.whole", &[(1, "2025-09-30", 2)]));
    let holdings = world.holdings();
    world.sound();
    for object in world.objects() {
        std::fs::remove_file(object).unwrap();
    }
    let damaged = world.verified().damaged;
    let named: Vec<&str> = damaged.iter().map(|(file, ..)| file.as_str()).collect();
    assert_eq!(named.len(), 2);
    assert!(named.contains(&"social_security.2025-06-30.whole.csv"), "{named:?}");
    let read = holdings.firm("social_security", firm(1), Date::MIN, Date::MAX, world.today);
    assert!(
        matches!(&read, Err(f) if f.code() == "data.damaged") || matches!(&read, Ok(Fetched::Unusable(_))),
        "{read:?}"
    );
}

#[test]
fn what_a_killed_program_left_behind_is_removed_and_nothing_else() {
    let world = World::new();
    applied(&world.social("2025-06-30.whole", &[(1, "2025-06-30", 1)]));
    let orphan = world.objects();
    // As if the event had never been written: the same file in a folder whose journal does not name it.
    let other = World::new();
    applied(&other.social("2025-09-30.whole", &[(2, "2025-09-30", 2)]));
    let place =
        other.folder.path().join("data").join(orphan[0].strip_prefix(world.folder.path().join("data")).unwrap());
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::copy(&orphan[0], &place).unwrap();
    let stranger = other.workspace.blobs.put(b"a file of something else").unwrap();
    // An upload that was cut off leaves a folder of its own.
    let upload = other.folder.path().join("data/uploads/.tmp1");
    std::fs::create_dir_all(&upload).unwrap();
    std::fs::write(upload.join("notes.B0001.2025-09-30.csv"), "half a fi").unwrap();
    let real = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
    assert_eq!(clear(&other.workspace, real).unwrap(), 0, "a young file may be in use");
    assert!(upload.exists());
    assert_eq!(clear(&other.workspace, real + 2 * DAY).unwrap(), 2);
    assert!(!place.exists() && !upload.exists() && other.workspace.blobs.verified_path(&stranger).is_ok());
    assert_eq!(other.heads(&other.holdings(), 2).len(), 1);
    other.sound();
}

#[test]
fn a_firm_is_erased_from_every_resource() {
    let world = World::new();
    applied(&world.social("2025-09-30.whole", &[(1, "2025-09-30", 1), (2, "2025-09-30", 1)]));
    let text = format!("uscc,decided_on,document_no,category,amount,serious\n{},2025-01-02,7,fine,1.00,N\n", firm(1));
    applied(&world.take(&world.file("penalties.2025-09-30.whole.csv", text)));
    let request = ("operator", "request-2");
    let erase = || erase_firm_everywhere(&world.workspace, &world.catalogue, firm(1), request).unwrap();
    let done = erase();
    let rows: Vec<(&str, u64)> = done.iter().map(|(resource, erased)| (resource.as_str(), erased.rows)).collect();
    assert_eq!(rows, [("penalties", 1), ("social_security", 1)]);
    assert_eq!(erase(), done);
    assert!(!contains(&world, firm(1).as_str()));
    world.sound();
}
