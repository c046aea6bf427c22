//! Departments' batches loaded as an operator does it: read, held to the schema and its rules, sorted, stored as durable
//! Parquet, recorded; and one firm's rows read back. The peer only takes the same files apart and makes their bytes durable.

mod data;
pub(crate) mod peer;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use huoshui_app::exchange::holdings::{CACHE_BYTES, Holdings};
use huoshui_app::import::registry::Choice;
use huoshui_app::progress::Silent;
use huoshui_app::{Mode, Workspace, import};
use huoshui_exchange::answer::Fetched;
use huoshui_exchange::catalogue::Catalogue;
use huoshui_journal::SystemClock;
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::{self, failed};
use crate::{Bench, Row, memory};

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "batches",
    what: (
        "导入部门数据（四项月度资源，8.5万户企业24个月，逐行校验、排序、持久存储）每秒行数；对照：同样的csv逐行拆开、Parquet解码，原字节写盘并fdatasync，同用全部核；并测按企业读取的延迟",
        "Departments' data loaded (four monthly resources of 85,000 firms over 24 months, every row checked, sorted, durable), rows per second; the peer splits the same csv, decodes the same Parquet, writes and fdatasyncs their bytes, on all cores too. And the time to read one firm",
    ),
    run,
};

/// What a read of one firm may take, microseconds.
const MICROSECONDS: f64 = 1_000.0;
/// What the process may hold while loading, gigabytes.
const GIGABYTES: f64 = 2.0;

fn take(data: &Path, files: &Path) -> Result<(Workspace, u64, f64)> {
    let start = Instant::now();
    let workspace = Workspace::open(data, Mode::Create, Arc::new(SystemClock))?;
    let report = import::run(&workspace, &[files.to_path_buf()], Choice::default(), data::as_of()?, &Silent)?;
    let seconds = start.elapsed().as_secs_f64();
    if let Some(item) = report.items.iter().find(|item| item.outcome.is_refused()) {
        return Err(Fault::new(&faults::REFUSED).with("count", 1).with("file", item.path.display()));
    }
    Ok((workspace, report.items.iter().map(|item| item.outcome.rows()).sum(), seconds))
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let (firms, months, rounds) = if small { (300, 6, 1) } else { (85_000, 24, 3) };
    let folder = tempfile::tempdir().map_err(failed)?;
    let catalogue = Arc::new(Catalogue::embedded()?);
    let mut measured = Vec::new();
    for (kind, mixed) in [(data::Kind::Csv, false), (data::Kind::Parquet, false), (data::Kind::Parquet, true)] {
        let name = kind.name(mixed);
        say(&format!("{name}: making the files"));
        let files = folder.path().join(name);
        data::write(&files, &catalogue, kind, mixed, (firms, months))?;
        let (mut ours, mut limit, mut peak) = (0.0_f64, 0.0_f64, 0.0_f64);
        for round in 0..rounds {
            say(&format!("{name}: {}/{rounds}", round + 1));
            let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
            let (split, seconds) = peer::read_and_copy(&files, &copy)?;
            limit = limit.max(split as f64 / seconds);
            memory::restart();
            let (workspace, rows, seconds) = take(&data, &files)?;
            ours = ours.max(rows as f64 / seconds);
            peak = memory::peak().map_or(peak, |p| peak.max(p));
            if rows != split {
                return Err(Fault::new(&faults::DISAGREES).with("name", name));
            }
            if round + 1 == rounds && kind == data::Kind::Csv {
                measured.extend(read(&workspace, &catalogue, (firms, months), small)?);
            }
            drop(workspace);
            for used in [data, copy] {
                std::fs::remove_dir_all(used).map_err(failed)?;
            }
        }
        std::fs::remove_dir_all(&files).map_err(failed)?;
        measured.push(Row {
            name: name.into(),
            figure: ours,
            unit: "rows/s",
            limit: Some(limit),
            ratio: Some(ours / limit),
            aim: None,
        });
        if peak > 0.0 {
            measured.push(Row {
                name: format!("{name}_peak_memory"),
                figure: peak,
                unit: "GB",
                limit: Some(GIGABYTES),
                ratio: Some(GIGABYTES / peak),
                aim: Some(1.0),
            });
        }
    }
    Ok(measured)
}

/// One firm's rows, read over and over: of few firms, whose rows are in memory; of all; and without any memory.
fn read(
    workspace: &Workspace,
    catalogue: &Arc<Catalogue>,
    (firms, months): (usize, usize),
    small: bool,
) -> Result<Vec<Row>> {
    let today = data::as_of()?;
    let reads = if small { 200 } else { 20_000 };
    let mut measured = Vec::new();
    let cases = [
        ("batches_firm_warm", CACHE_BYTES, firms.min(2_000), Some(MICROSECONDS)),
        ("batches_firm_any", CACHE_BYTES, firms, Some(MICROSECONDS)),
        // No room for a single row group: every read opens the file and decodes one.
        ("batches_firm_cold", 0, firms, None),
    ];
    for (name, bytes, among, limit) in cases {
        let holdings = Holdings::new(workspace.clone(), catalogue.clone(), bytes);
        let [resource, ..] = data::RESOURCES;
        let mut micros = Vec::with_capacity(reads);
        // A step prime to any count of firms here visits them in no order.
        for i in 0..reads + among.min(2_000) {
            let firm = data::firm(i * 7_919 % among)?;
            let start = Instant::now();
            let fetched = holdings.firm(resource, firm, huoshui_kernel::Date::MIN, today, today)?;
            if i >= among.min(2_000) {
                micros.push(start.elapsed().as_secs_f64() * 1e6);
            }
            if !matches!(&fetched, Fetched::Found(rows, _) if rows.rows.len() == months) {
                return Err(Fault::new(&faults::DISAGREES).with("name", name));
            }
        }
        micros.sort_by(f64::total_cmp);
        for (percent, label) in [(50, "p50"), (99, "p99")] {
            let figure = micros.get(micros.len() * percent / 100).copied().unwrap_or(0.0);
            measured.push(Row {
                name: format!("{name}_{label}"),
                figure,
                unit: "µs",
                limit,
                ratio: limit.map(|limit| limit / figure),
                aim: limit.map(|_| 1.0),
            });
        }
    }
    measured.push(bulk(workspace, catalogue)?);
    Ok(measured)
}

/// Three columns of every row of a resource, beside the same file's three columns decoded by the Parquet library alone.
fn bulk(workspace: &Workspace, catalogue: &Arc<Catalogue>) -> Result<Row> {
    let today = data::as_of()?;
    let [resource, ..] = data::RESOURCES;
    let columns = ["uscc", "period", "headcount"];
    let holdings = Holdings::new(workspace.clone(), catalogue.clone(), CACHE_BYTES);
    let in_force = holdings.in_force(resource)?.ok_or_else(|| failed(resource))?;
    let blob = in_force.layers.first().ok_or_else(|| failed(resource))?;
    let path = workspace.blobs.path(&blob.blob)?;
    let (mut ours, mut limit) = (0.0_f64, 0.0_f64);
    for _ in 0..3 {
        let start = Instant::now();
        let decoded = peer::decode(&path, &columns)?;
        limit = limit.max(decoded as f64 / start.elapsed().as_secs_f64());
        let start = Instant::now();
        let rows: usize = holdings.table(resource, &columns, today)?.iter().map(|b| b.num_rows()).sum();
        ours = ours.max(rows as f64 / start.elapsed().as_secs_f64());
        if u64::try_from(rows).ok() != Some(decoded) {
            return Err(Fault::new(&faults::DISAGREES).with("name", "batches_table"));
        }
    }
    let ratio = Some(ours / limit);
    Ok(Row { name: "batches_table".into(), figure: ours, unit: "rows/s", limit: Some(limit), ratio, aim: None })
}
