//! Importing a full city as an operator does it: files read, hashed, checked against every rule, stored as immutable
//! Parquet and recorded as durable events. The peer only parses the same csv files and makes their bytes durable.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use huoshui_app::import::registry::Choice;
use huoshui_app::progress::Silent;
use huoshui_app::{Mode, Workspace, import};
use huoshui_city::{Formats, Options, Targets, generate};
use huoshui_journal::SystemClock;
use huoshui_kernel::Fault;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;

use crate::faults::{self, failed};
use crate::{Bench, Row};

pub(crate) mod many;
mod peer;

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "import",
    what: (
        "导入整座城市（三个日期，全部校验，持久存储）每秒行数；对照：同样的csv文件用csv库逐行拆开、原字节写盘并fdatasync，同用全部核",
        "A full city imported (three dates, every check, durable), rows per second; the peer splits the same csv files with the csv crate and writes and fdatasyncs their bytes, on all cores too",
    ),
    run,
};

/// A city's csv files under `folder`, and the date that it is of.
fn city(folder: &Path, scale: f64) -> Result<Date> {
    let targets = Targets::default_beijing()?;
    let as_of = date::parse(&targets.as_of())?;
    let out = folder.to_path_buf();
    generate(
        &Options { out, seed: 1, scale, targets, faults: false, formats: Formats::Csv, departments: false },
        &|_, _, _| (),
    )?;
    Ok(as_of)
}

/// Imports into a new data folder: the rows taken and the seconds. A city that is not taken whole is no measurement.
fn take(data: &Path, paths: &[PathBuf], today: Date) -> Result<(u64, f64)> {
    let start = Instant::now();
    let workspace = Workspace::open(data, Mode::Create, Arc::new(SystemClock))?;
    let report = import::run(&workspace, paths, Choice::default(), today, &Silent)?;
    let seconds = start.elapsed().as_secs_f64();
    let refused: Vec<_> = report.items.iter().filter(|item| item.outcome.is_refused()).collect();
    if let Some(first) = refused.first() {
        let first = first.path.display();
        return Err(Fault::new(&faults::REFUSED).with("count", refused.len()).with("file", first));
    }
    Ok((report.items.iter().map(|item| item.outcome.rows()).sum(), seconds))
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let (scale, rounds) = if small { (0.02, 1) } else { (1.0, 3) };
    say("import: making the city");
    let folder = tempfile::tempdir().map_err(failed)?;
    let files = folder.path().join("city");
    let today = city(&files, scale)?;
    let (mut ours, mut limit) = (0.0_f64, 0.0_f64);
    for round in 0..rounds {
        say(&format!("import: {}/{rounds}", round + 1));
        let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
        let (split, seconds) = peer::split_and_copy(&files, &copy)?;
        limit = limit.max(split as f64 / seconds);
        let (rows, seconds) = take(&data, std::slice::from_ref(&files), today)?;
        ours = ours.max(rows as f64 / seconds);
        if rows != split {
            return Err(Fault::new(&faults::DISAGREES).with("name", "import_city"));
        }
        for used in [data, copy] {
            std::fs::remove_dir_all(used).map_err(failed)?;
        }
    }
    Ok(vec![Row {
        name: "import_city".into(),
        figure: ours,
        unit: "rows/s",
        limit: Some(limit),
        ratio: Some(ours / limit),
        aim: None,
    }])
}
