//! Twenty million notes imported at one date, and the memory that it takes.
//!
//! The files are a city's own, with its notes of earlier years repeated under fresh numbers (and drawn under no line, so
//! that every check still holds). What decides memory stays as in life: numbers are unique and the largest bank
//! files an eighth of everything in one file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use super::{city, peer, take};
use crate::faults::{self, failed};
use crate::{Bench, Row, memory};

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "import-20m",
    what: (
        "导入两千万笔借据（一个日期，全部校验，持久存储）：每秒行数，内存峰值不超过6 GB",
        "20 million notes of one date imported (every check, durable): rows per second, and peak memory within 6 GB",
    ),
    run,
};

/// What the process may hold.
const GIGABYTES: f64 = 6.0;

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let (scale, notes) = if small { (0.02, 20_000) } else { (1.0, 20_000_000) };
    let folder = tempfile::tempdir().map_err(failed)?;
    let files = folder.path().join("city");
    say("import-20m: making the notes");
    let today = city(&files, scale)?;
    let filings = files.join("filings").join(today.to_string());
    repeat(&filings, &today.strftime("%Y-01-01").to_string(), notes)?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&files)
        .map_err(failed)?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.is_file())
        .collect();
    paths.push(filings);
    say("import-20m: importing");
    memory::restart();
    let (rows, seconds) = take(&folder.path().join("data"), &paths, today)?;
    if rows < notes as u64 {
        return Err(Fault::new(&faults::DISAGREES).with("name", "import_20m"));
    }
    let mut measured = vec![Row {
        name: "import_20m".into(),
        figure: rows as f64 / seconds,
        unit: "rows/s",
        limit: None,
        ratio: None,
        aim: None,
    }];
    if let Some(gigabytes) = memory::peak() {
        measured.push(Row {
            name: "import_20m_peak_memory".into(),
            figure: gigabytes,
            unit: "GB",
            limit: Some(GIGABYTES),
            ratio: Some(GIGABYTES / gigabytes),
            aim: Some(1.0),
        });
    }
    Ok(measured)
}

/// A note that can be repeated: the line of its file up to its number, and what follows the number.
struct Note {
    head: Vec<u8>,
    tail: Vec<u8>,
}

/// Repeats the notes of earlier years until there are as many notes as wanted.
fn repeat(filings: &Path, year_start: &str, wanted: usize) -> Result<()> {
    let mut files = peer::csv_files(filings)?;
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("notes.")));
    let read: Vec<(PathBuf, usize, Vec<Note>)> = files
        .into_par_iter()
        .map(|path| {
            let (rows, notes) = repeatable(&path, year_start.as_bytes())?;
            Ok((path, rows, notes))
        })
        .collect::<Result<_>>()?;
    let there: usize = read.iter().map(|(_, rows, _)| rows).sum();
    let each_time: usize = read.iter().map(|(.., notes)| notes.len()).sum();
    let times = wanted.saturating_sub(there).div_ceil(each_time.max(1));
    read.into_par_iter().try_for_each(|(path, _, notes)| {
        let file = File::options().append(true).open(path).map_err(failed)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        for time in 1..=times {
            for note in &notes {
                out.write_all(&note.head).map_err(failed)?;
                write!(out, "-{time}").map_err(failed)?;
                out.write_all(&note.tail).map_err(failed)?;
            }
        }
        out.flush().map_err(failed)
    })
}

/// The rows of a file, and its notes drawn before a day.
fn repeatable(path: &Path, before: &[u8]) -> Result<(usize, Vec<Note>)> {
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?.clone();
    let column = |name: &str| header.iter().position(|h| h == name).ok_or_else(|| failed(format!("no column {name}")));
    let (number, line, drawn) = (column("note_no")?, column("line_no")?, column("drawdown_date")?);
    let cells = |record: &ByteRecord, places: std::ops::Range<usize>| {
        let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
        // Most notes are drawn under no line: then the cell is empty.
        let cell = |place| if place == line { Some(&b""[..]) } else { record.get(place) };
        out.write_record(places.filter_map(cell)).map_err(failed)?;
        out.into_inner().map_err(failed)
    };
    let (mut rows, mut notes) = (0, Vec::new());
    for record in reader.byte_records() {
        let record = record.map_err(failed)?;
        rows += 1;
        if record.get(drawn).is_some_and(|day| day < before) {
            let mut head = cells(&record, 0..number + 1)?;
            head.truncate(head.trim_ascii_end().len());
            let tail = [b",", cells(&record, number + 1..record.len())?.as_slice()].concat();
            notes.push(Note { head, tail });
        }
    }
    Ok((rows, notes))
}
