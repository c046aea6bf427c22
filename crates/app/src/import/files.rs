//! Which file is what: the name says the table, the institution and the date (`notes.B0001.2025-09-30.csv`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use crate::exchange::batches::name::Name;
use crate::faults;

/// How many files one import may name: a bound, not a wish.
const MAX_FILES: usize = 100_000;
/// How deep folders are searched.
const MAX_DEPTH: usize = 8;

/// The tables that can come in as files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// `institutions.csv`.
    Institutions,
    /// `departments.csv`.
    Departments,
    /// `enterprises.DATE.csv`.
    Enterprises,
    /// `roster.DATE.xlsx`.
    Roster,
    /// `targets.csv`.
    Targets,
    /// `notes.INSTITUTION.DATE.csv`.
    Notes,
    /// `disbursements.INSTITUTION.DATE.csv`.
    Disbursements,
    /// `relationships.INSTITUTION.DATE.csv`.
    Relationships,
    /// `explanations.INSTITUTION.DATE.csv`.
    Explanations,
    /// `RESOURCE.DATE.whole.csv`, `RESOURCE.DATE.change.parquet`: a department's.
    Batch,
}

impl Table {
    const ALL: [Self; 9] = [
        Self::Institutions,
        Self::Departments,
        Self::Enterprises,
        Self::Roster,
        Self::Targets,
        Self::Notes,
        Self::Disbursements,
        Self::Relationships,
        Self::Explanations,
    ];

    /// The first word of the file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Institutions => "institutions",
            Self::Departments => "departments",
            Self::Enterprises => "enterprises",
            Self::Roster => "roster",
            Self::Targets => "targets",
            Self::Notes => "notes",
            Self::Disbursements => "disbursements",
            Self::Relationships => "relationships",
            Self::Explanations => "explanations",
            Self::Batch => "batch",
        }
    }

    /// Whether an institution files it for an as-of date.
    #[must_use]
    pub fn is_filing(self) -> bool {
        matches!(self, Self::Notes | Self::Disbursements | Self::Relationships | Self::Explanations)
    }

    fn is_dated(self) -> bool {
        self.is_filing() || matches!(self, Self::Enterprises | Self::Roster)
    }
}

/// A file whose name has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub table: Table,
    /// Who filed it; for filings.
    pub institution: Option<String>,
    /// The date it is of; for dated tables.
    pub date: Option<Date>,
}

/// The files of one import, by what they are.
#[derive(Debug, Default)]
pub struct Sources {
    /// Registry files in the order in which they must be applied: tables, then dates.
    pub registry: Vec<Source>,
    /// The files of each filing, by date and then institution.
    pub filings: BTreeMap<(Date, String), Vec<Source>>,
    /// Departments' batches, of each resource the oldest first.
    pub batches: BTreeMap<String, Vec<(Name, PathBuf)>>,
    /// Files that cannot be taken, with the reason.
    pub refused: Vec<(PathBuf, Fault)>,
}

/// Reads the name of one file.
///
/// # Errors
/// `import.unknown_file`, `import.file_name` or a date fault, each naming the file.
pub fn classify(path: &Path) -> Result<Source> {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let mut parts: Vec<&str> = name.split('.').collect();
    let extension = parts.pop().unwrap_or_default().to_ascii_lowercase();
    if !matches!(extension.as_str(), "csv" | "xlsx" | "parquet") {
        return Err(Fault::new(&faults::UNKNOWN_FILE).with("file", name));
    }
    let (first, rest) = parts.split_first().ok_or_else(|| Fault::new(&faults::UNKNOWN_FILE).with("file", name))?;
    let table = Table::ALL
        .into_iter()
        .find(|t| t.name() == *first)
        .ok_or_else(|| Fault::new(&faults::UNKNOWN_FILE).with("file", name))?;
    let malformed = || Fault::new(&faults::FILE_NAME).with("file", name);
    let (institution, date) = match (table.is_filing(), table.is_dated(), rest) {
        (true, _, [institution, date]) => (Some((*institution).to_owned()), Some(date::parse(date)?)),
        (false, true, [date]) => (None, Some(date::parse(date)?)),
        (false, false, []) => (None, None),
        _ => return Err(malformed()),
    };
    Ok(Source { path: path.to_path_buf(), table, institution, date })
}

/// Finds and orders the files under these paths. Hidden files, and `faults.csv` (what the generator planted), are passed over.
///
/// # Errors
/// `import.unreadable` when a path does not exist or cannot be read; `import.too_many_files`.
pub fn collect(paths: &[PathBuf]) -> Result<Sources> {
    let mut found = Vec::new();
    for path in paths {
        walk(path, 0, &mut found)?;
    }
    found.sort();
    found.dedup();
    let mut sources = Sources::default();
    for path in found {
        match Name::of(&path) {
            Some(Ok(name)) => {
                sources.batches.entry(name.resource.clone()).or_default().push((name, path));
                continue;
            }
            Some(Err(fault)) => {
                sources.refused.push((path, fault));
                continue;
            }
            None => {}
        }
        match classify(&path) {
            Ok(source) => match (&source.institution, source.date) {
                (Some(institution), Some(date)) => {
                    let files = sources.filings.entry((date, institution.clone())).or_default();
                    match files.iter().find(|f: &&Source| f.table == source.table) {
                        Some(twin) => {
                            let fault = Fault::new(&faults::SAME_TABLE_TWICE).with("file", twin.path.display());
                            sources.refused.push((path, fault));
                        }
                        None => files.push(source),
                    }
                }
                _ => sources.registry.push(source),
            },
            Err(fault) => sources.refused.push((path, fault)),
        }
    }
    for batches in sources.batches.values_mut() {
        batches.sort();
        // The same batch as csv and as Parquet: neither is the one that is meant.
        let mut before: Option<(Name, PathBuf)> = None;
        batches.retain(|(name, path)| match before.replace((name.clone(), path.clone())) {
            Some((twin, first)) if twin == *name => {
                let fault = Fault::new(&faults::SAME_BATCH_TWICE).with("file", first.display());
                sources.refused.push((path.clone(), fault));
                false
            }
            _ => true,
        });
    }
    sources.registry.sort_by(|a, b| (a.table, a.date, &a.path).cmp(&(b.table, b.date, &b.path)));
    Ok(sources)
}

fn walk(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |e: std::io::Error| faults::unreadable(path, &e);
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.is_dir() {
        if depth >= MAX_DEPTH {
            return Err(Fault::new(&faults::TOO_DEEP).with("file", path.display()).with("limit", MAX_DEPTH));
        }
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let planted = entry.file_name() == "faults.csv";
            let data = entry.path().is_dir()
                || matches!(
                    entry.path().extension().and_then(|e| e.to_str()),
                    Some("csv" | "xlsx" | "parquet" | "CSV" | "XLSX" | "Parquet" | "PARQUET")
                );
            if !hidden && !planted && data {
                walk(&entry.path(), depth + 1, found)?;
            }
        }
    } else if !meta.is_file() {
        // A pipe or a device would keep the import waiting, or never end.
        let reason = "不是普通文件 / not a regular file";
        return Err(Fault::new(&faults::UNREADABLE).with("file", path.display()).with("reason", reason));
    } else {
        if found.len() >= MAX_FILES {
            return Err(Fault::new(&faults::TOO_MANY_FILES).with("limit", MAX_FILES));
        }
        found.push(path.to_path_buf());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is() {
        let source = classify(Path::new("x/notes.B0001.2025-09-30.csv")).unwrap();
        assert_eq!((source.table, source.institution.as_deref()), (Table::Notes, Some("B0001")));
        assert_eq!(classify(Path::new("institutions.csv")).unwrap().table, Table::Institutions);
        for (name, code) in [
            ("notes.2025-09-30.csv", "import.file_name"),
            ("notes.B1.2025-09-31.csv", "date.invalid"),
            ("loans.B1.2025-09-30.csv", "import.unknown_file"),
            ("notes.B1.2025-09-30.doc", "import.unknown_file"),
            ("roster.xlsx", "import.file_name"),
        ] {
            assert_eq!(classify(Path::new(name)).unwrap_err().code(), code, "{name}");
        }
    }
}
