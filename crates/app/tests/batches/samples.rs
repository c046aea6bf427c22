//! The sample files of `docs/formats/samples/` are taken, and a firm's rows are those that the page shows.

use std::path::Path;

use huoshui_kernel::Uscc;
use huoshui_kernel::date::Date;

use crate::world::{World, applied, rows};

#[test]
fn the_samples_are_taken_and_read_back() {
    let world = World::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/samples");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.to_str().unwrap().contains(".whole.") || f.to_str().unwrap().contains(".change."));
    files.sort_by_key(|f| f.to_str().unwrap().contains(".change."));
    assert_eq!(files.len(), 3);
    for file in &files {
        applied(&world.take(file));
    }
    let holdings = world.holdings();
    let firm = Uscc::parse("91110000MA54RYQ13P").unwrap();
    let of = |resource| rows(&holdings.firm(resource, firm, Date::MIN, Date::MAX, world.today).unwrap());
    // August as the change of 15 October corrects it: 128 insured instead of 126.
    let heads: Vec<i64> = of("social_security").iter().map(|r| r[1].as_i64().unwrap()).collect();
    assert_eq!(heads, [125, 128, 131]);
    assert_eq!(of("penalties").len(), 1);
    assert_eq!(of("penalties")[0][3], 500_000);
    world.sound();
}
