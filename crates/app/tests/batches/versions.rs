//! A resource whose schema moves on.

use std::sync::Arc;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_kernel::date::Date;

use crate::world::{World, applied, day, firm, provenance, refusal, rows};

/// Version 2 has another field, from 2025-07-01 on.
const FILE: &str = r#"
department = "fgw"

[[resource]]
code = "steam_use"
zh = "用汽"
en = "Steam"
schema = 1
effective_from = "2023-01-01"
cycle = "monthly"
lag_days = 10
retention_months = 60
absent = "nothing"
period = "period"
key = ["period"]
fields = [
  { name = "period", zh = "所属月末", en = "Last day of the month", kind = "date", required = true },
  { name = "tonnes", zh = "吨", en = "Tonnes", kind = "int", required = true },
]

[[resource]]
code = "steam_use"
zh = "用汽"
en = "Steam"
schema = 2
effective_from = "2025-07-01"
cycle = "monthly"
lag_days = 10
retention_months = 60
absent = "nothing"
period = "period"
key = ["period"]
fields = [
  { name = "period", zh = "所属月末", en = "Last day of the month", kind = "date", required = true },
  { name = "tonnes", zh = "吨", en = "Tonnes", kind = "int", required = true },
  { name = "charge", zh = "汽费", en = "Charge", kind = "money" },
]
"#;

#[test]
fn a_new_version_needs_a_whole_batch_and_the_old_one_serves_until_then() {
    let world = World { catalogue: Arc::new(Catalogue::load(&[("fgw.toml", FILE)]).unwrap()), ..World::new() };
    let take = |name: &str, text: String| world.take(&world.file(name, text));
    let one = |header: &str, cells: &str| format!("{header}\n{},{cells}\n", firm(1));
    let (old, new) = ("uscc,period,tonnes", "uscc,period,tonnes,charge");
    applied(&take("steam_use.2025-06-30.whole.csv", one(old, "2025-06-30,7")));
    let holdings = world.holdings();
    let read = || holdings.firm("steam_use", firm(1), Date::MIN, Date::MAX, world.today).unwrap();
    assert_eq!((rows(&read())[0].len(), provenance(&read()).schema), (2, 1));
    // Old columns under the new version are drift; a change has nothing of its version to lie on.
    let drift = take("steam_use.2025-07-31.whole.csv", one(old, "2025-07-31,8"));
    assert_eq!(refusal(&drift)[0].code(), "batch.drift");
    let change = take("steam_use.2025-07-31.change.csv", one(new, "2025-07-31,8,5.00"));
    assert_eq!(refusal(&change)[0].code(), "batch.no_whole");
    assert_eq!((rows(&read())[0].len(), provenance(&read()).schema), (2, 1));
    applied(&take("steam_use.2025-07-31.whole.csv", one(new, "2025-07-31,8,5.00")));
    assert_eq!(rows(&read()), [["2025-07-31".into(), 8.into(), serde_json::Value::from(500)]]);
    assert_eq!(provenance(&read()).schema, 2);
    // A date of the first version has that version's columns.
    let at = |columns: &[&str], as_of| holdings.table("steam_use", columns, day(as_of)).map(|t| t[0].num_columns());
    assert_eq!(at(&["tonnes", "charge"], "2025-07-31").unwrap(), 2);
    assert_eq!(at(&["tonnes"], "2025-07-15").unwrap(), 1);
    assert_eq!(at(&["tonnes", "charge"], "2025-07-15").unwrap_err().code(), "exchange.bad_batch");
    world.sound();
}
