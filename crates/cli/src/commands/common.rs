//! What several commands share: opening data, dates and times from the command line, results in a format.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use huoshui_app::access::store;
use huoshui_app::figures::City;
use huoshui_app::library::Library;
use huoshui_app::{KnownAt, Mode, Workspace};
use huoshui_formats::table::Table;
use huoshui_journal::{Clock, ShiftedClock};
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_server::config::Config;
use jiff::tz::TimeZone;

use crate::faults;
use crate::ui::{self, Ui};

/// Opens a data folder.
pub fn open(data: &Path, mode: Mode) -> Result<Workspace> {
    open_on(data, None, mode)
}

/// Opens a data folder with its journal in a PostgreSQL database, or in the folder. A demonstration's clock is its own.
pub fn open_on(data: &Path, database: Option<&str>, mode: Mode) -> Result<Workspace> {
    let clock = Arc::new(ShiftedClock::default());
    let workspace = Workspace::open_on(data, database, mode, Arc::<ShiftedClock>::clone(&clock))?;
    clock.shift(store::shift(&workspace)?);
    Ok(workspace)
}

/// Where a store is: as the service is told, by a file, the environment over it, the command line over both.
#[derive(clap::Args)]
pub struct Place {
    /// 数据目录 / data folder
    #[arg(long)]
    data: Option<PathBuf>,
    /// 日志所在的 PostgreSQL / the journal's PostgreSQL: postgres://…
    #[arg(long)]
    database: Option<String>,
    /// 配置文件（TOML） / configuration file
    #[arg(long)]
    config: Option<PathBuf>,
}

impl Place {
    /// All settings that are given so.
    pub fn settings(&self) -> Result<Config> {
        let mut config = Config::read(self.config.as_deref(), std::env::vars())?;
        config.data = self.data.clone().or(config.data);
        config.database = self.database.clone().or(config.database);
        Ok(config)
    }

    /// Opens the store.
    pub fn open(&self, mode: Mode) -> Result<Workspace> {
        let config = self.settings()?;
        open_on(&folder(&config)?, config.database.as_deref(), mode)
    }
}

/// The data folder, which must be named somewhere.
pub fn folder(config: &Config) -> Result<PathBuf> {
    config.data.clone().ok_or_else(|| {
        let fault = Fault::new(&huoshui_server::faults::SETTING).with("name", "data");
        fault.with("why", "--data DIR").field("data")
    })
}

/// Today in the city's time zone, by this clock.
pub fn today(clock: &dyn Clock) -> Result<Date> {
    let zone = zone()?;
    let now = jiff::Timestamp::from_microsecond(clock.now_micros());
    Ok(now.map_err(|e| Fault::new(&faults::TIME).with("value", e))?.to_zoned(zone).date())
}

/// Nine in the morning of a day in the city, microseconds since 1970-01-01 UTC.
pub fn morning(day: Date) -> Result<i64> {
    let bad = |e: jiff::Error| Fault::new(&faults::TIME).with("value", e);
    Ok(day.at(9, 0, 0, 0).to_zoned(zone()?).map_err(bad)?.timestamp().as_microsecond())
}

fn zone() -> Result<TimeZone> {
    TimeZone::get("Asia/Shanghai").map_err(|e| Fault::new(&faults::TIME).with("value", e))
}

/// A date option.
pub fn date(text: &str, field: &'static str) -> Result<Date> {
    date::parse(text).map_err(|fault| fault.field(field))
}

/// `--known-at`: `2025-10-20`, `2025-10-20T09:30` (both Beijing time, a date its last instant) or with an offset.
pub fn known_at(text: Option<&str>) -> Result<KnownAt> {
    let Some(text) = text else { return Ok(None) };
    let bad = || Fault::new(&faults::TIME).with("value", text).field("known-at");
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(instant.as_microsecond()));
    }
    let local: jiff::civil::DateTime = match text.parse::<Date>() {
        Ok(day) if !text.contains(['T', ' ']) => day.at(23, 59, 59, 999_999_999),
        _ => text.parse().map_err(|_| bad())?,
    };
    let zoned = local.to_zoned(zone()?).map_err(|_| bad())?;
    Ok(Some(zoned.timestamp().as_microsecond()))
}

/// What every question about stored data names: where, as of when, as known when.
#[derive(clap::Args)]
pub struct Asked {
    /// 数据目录 / data folder
    #[arg(long)]
    data: PathBuf,
    /// 数据日期 / as-of date
    #[arg(long)]
    as_of: String,
    /// 当时已知 / as it was known then
    #[arg(long)]
    known_at: Option<String>,
}

impl Asked {
    /// The as-of date.
    pub fn date(&self) -> Result<Date> {
        date(&self.as_of, "as-of")
    }

    /// The city as known then.
    pub fn city(&self) -> Result<City> {
        City::load(&open(&self.data, Mode::Existing)?, known_at(self.known_at.as_deref())?)
    }

    /// The registry alone, as known then.
    pub fn library(&self) -> Result<Library> {
        Library::load(&open(&self.data, Mode::Existing)?, known_at(self.known_at.as_deref())?)
    }
}

/// Prints a table for people, or writes csv, JSON or a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// 表格 / a table for people
    Table,
    /// JSON
    Json,
    /// csv
    Csv,
    /// Excel
    Xlsx,
}

/// Writes text to a file or to standard output.
pub fn emit(ui: &Ui, out: Option<&Path>, text: &str) -> Result<()> {
    match out {
        Some(path) => write(path, text.as_bytes()),
        None => {
            ui.say(text.trim_end_matches('\n'));
            Ok(())
        }
    }
}

/// Writes a file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    room(path)?;
    std::fs::write(path, bytes).map_err(|e| unwritten(path, &e))
}

/// Makes the folder of a file that is to be written.
fn room(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    folder.map_or(Ok(()), |folder| std::fs::create_dir_all(folder).map_err(|e| unwritten(path, &e)))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Fault {
    let reason = huoshui_app::faults::reason(error);
    Fault::new(&faults::OUT).with("file", path.display()).with("reason", reason).field("out")
}

/// Gives a table in the format asked for. A workbook needs a file, or a pipe.
pub fn give(ui: &Ui, table: &Table, format: Format, out: Option<&Path>) -> Result<()> {
    match format {
        Format::Table => emit(ui, out, &people(ui, table).to_string()),
        Format::Json => emit(ui, out, &table.to_json()),
        Format::Csv => emit(ui, out, &table.to_csv(ui.lang)),
        Format::Xlsx => workbook(out, |path| table.write_xlsx(path, ui.lang)),
    }
}

/// Writes a workbook to the file asked for, or through a temporary one to a pipe.
pub fn workbook(out: Option<&Path>, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if let Some(path) = out {
        room(path)?;
        return write(path);
    }
    let mut stdout = std::io::stdout().lock();
    if stdout.is_terminal() {
        return Err(Fault::new(&faults::NEEDS_FILE).field("out"));
    }
    let folder = tempfile::tempdir().map_err(|e| huoshui_app::faults::folder(&PathBuf::from("tmp"), &e))?;
    let path = folder.path().join("out.xlsx");
    write(&path)?;
    let bytes = std::fs::read(&path).map_err(|e| huoshui_app::faults::folder(&path, &e))?;
    // A closed pipe is the reader's choice, not a fault.
    let _ = stdout.write_all(&bytes);
    Ok(())
}

/// Numbers to the right, titles in the reader's language.
fn people(ui: &Ui, table: &Table) -> comfy_table::Table {
    use huoshui_formats::table::Value as V;
    let titles: Vec<&str> = table.columns.iter().map(|c| ui.t(&c.zh, &c.name)).collect();
    let right: Vec<usize> = (0..titles.len())
        .filter(|i| {
            let mut cells = table.rows.iter().filter_map(|r| r.get(*i)).filter(|v| **v != V::Null).peekable();
            cells.peek().is_some() && cells.all(|v| matches!(v, V::Int(_) | V::Fen(_) | V::Ppm(_) | V::Decimal(..)))
        })
        .collect();
    let rows = table.rows.iter().map(|row| row.iter().map(V::text).collect());
    ui::table(&titles, &right, rows)
}
