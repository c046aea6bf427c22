//! Which files of a folder are batches: `RESOURCE.AS_OF.whole.csv`, `RESOURCE.AS_OF.change.parquet`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault, date};

use crate::faults;

/// Most files looked at in a folder.
const MAX_FILES: usize = 10_000;

/// A batch of a resource, in the order in which batches apply: by date, the whole one of a day before its changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Batch {
    pub as_of: Date,
    pub is_change: bool,
    pub path: PathBuf,
}

/// The batches in force in a folder, by resource: the newest whole one and the changes after it. Other files are left
/// alone.
pub(crate) fn find(folder: &Path) -> Result<BTreeMap<String, Vec<Batch>>> {
    let unreadable = |why: std::io::Error| {
        Fault::new(&faults::FOLDER).with("path", folder.display()).with("why", why).field("files")
    };
    let mut all: BTreeMap<String, Vec<Batch>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)?.take(MAX_FILES) {
        let path = entry.map_err(unreadable)?.path();
        if let Some((resource, batch)) = read(&path)? {
            all.entry(resource).or_default().push(batch);
        }
    }
    for (resource, batches) in &mut all {
        batches.sort();
        let twin = batches.windows(2).find_map(|pair| match pair {
            [a, b] if (a.as_of, a.is_change) == (b.as_of, b.is_change) => Some(a),
            _ => None,
        });
        if let Some(twin) = twin {
            let what = if twin.is_change { "change" } else { "whole" };
            let batch = format!("{resource}.{}.{what}", twin.as_of);
            return Err(Fault::new(&faults::TWICE).with("batch", batch));
        }
        let newest = batches.iter().rposition(|b| !b.is_change).unwrap_or(batches.len());
        batches.drain(..newest);
    }
    all.retain(|_, batches| !batches.is_empty());
    Ok(all)
}

fn read(path: &Path) -> Result<Option<(String, Batch)>> {
    let parts: Vec<&str> = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().split('.').collect();
    let [resource, as_of, extent @ ("whole" | "change"), extension] = parts.as_slice() else { return Ok(None) };
    if resource.is_empty() || !matches!(extension.to_ascii_lowercase().as_str(), "csv" | "parquet") {
        return Ok(None);
    }
    let as_of = date::parse(as_of).map_err(|fault| fault.field(path.display().to_string()))?;
    Ok(Some(((*resource).to_owned(), Batch { as_of, is_change: *extent == "change", path: path.to_owned() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        names.iter().for_each(|n| std::fs::write(folder.path().join(n), "x").unwrap());
        folder
    }

    #[test]
    fn the_newest_whole_batch_and_the_changes_after_it_are_in_force() {
        let folder = folder(&[
            "tax_grade.2025-06-30.whole.csv",
            "tax_grade.2025-09-30.whole.parquet",
            "tax_grade.2025-10-03.change.csv",
            "tax_grade.2025-09-30.change.csv",
            "tax_grade.2025-07-05.change.csv",
            "tax_arrears.2025-09-30.change.csv",
            "notes.B0001.2025-09-30.csv",
            "README.md",
        ]);
        let found = find(folder.path()).unwrap();
        let names: Vec<String> =
            found.iter().flat_map(|(r, b)| b.iter().map(move |b| format!("{r} {} {}", b.as_of, b.is_change))).collect();
        assert_eq!(
            names,
            ["tax_grade 2025-09-30 false", "tax_grade 2025-09-30 true", "tax_grade 2025-10-03 true"],
            "changes without a whole batch change nothing that is known"
        );
    }

    #[test]
    fn doubtful_names_are_refused() {
        let twice = folder(&["tax_grade.2025-09-30.whole.csv", "tax_grade.2025-09-30.whole.parquet"]);
        assert_eq!(find(twice.path()).unwrap_err().code(), "department.batch_twice");
        let undated = folder(&["tax_grade.2025-09-31.whole.csv"]);
        assert_eq!(find(undated.path()).unwrap_err().code(), "date.invalid");
        assert_eq!(find(&undated.path().join("none")).unwrap_err().code(), "department.folder");
    }
}
