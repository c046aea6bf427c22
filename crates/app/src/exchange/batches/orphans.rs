//! Files that no event names: a program that ended between writing a department's file and recording it, or while an upload
//! came in, left them behind. Nobody would ever erase what nobody knows of, so they are looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use huoshui_kernel::fault::Result;
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;

use super::ledger::Ledger;
use crate::faults;
use crate::folder::Workspace;

/// Where the service keeps an upload while it comes in, a folder for each.
const UPLOADS: &str = "uploads";
/// Younger files may belong to a batch that is being taken.
const AGE: Duration = Duration::from_secs(24 * 3_600);

/// Removes every stored file of a department that is a day old and belongs to no batch and nothing in force, and what is
/// left of uploads that began a day ago; how many of both. `now` is microseconds since 1970-01-01 UTC. Stored files of banks
/// and of the registry are left alone.
///
/// # Errors
/// `data.folder`, those of the store.
pub fn clear(workspace: &Workspace, now: i64) -> Result<u64> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(now).unwrap_or(0));
    let mut live: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    let mut removed = cut_off(&workspace.path(UPLOADS), now)?;
    for shelf in listed(&workspace.path("objects"))?.into_iter().filter(|p| !p.ends_with("tmp") && p.is_dir()) {
        for path in listed(&shelf)? {
            if young(&path, now) {
                continue;
            }
            let Some(resource) = resource_of(&path) else { continue };
            if !live.contains_key(&resource) {
                let blobs = Ledger::load(workspace, &resource)?.live();
                let paths = blobs.iter().map(|b| workspace.blobs.path(b)).collect::<Result<_>>()?;
                live.insert(resource.clone(), paths);
            }
            if live.get(&resource).is_some_and(|paths| !paths.contains(&path)) && std::fs::remove_file(&path).is_ok() {
                removed += 1;
            }
        }
    }
    Ok(removed)
}

fn young(path: &Path, now: SystemTime) -> bool {
    let modified = path.metadata().and_then(|m| m.modified()).ok();
    modified.and_then(|m| now.duration_since(m).ok()).is_none_or(|age| age < AGE)
}

/// Uploads that nobody finishes any more: no upload lasts a day.
fn cut_off(folder: &Path, now: SystemTime) -> Result<u64> {
    let mut removed = 0;
    for upload in if folder.is_dir() { listed(folder)? } else { Vec::new() } {
        let files = listed(&upload).unwrap_or_default();
        // The folder's own time is that of the last file that came into it.
        if files.iter().chain([&upload]).all(|path| !young(path, now)) && std::fs::remove_dir_all(&upload).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect());
    entries.map_err(|e| faults::folder(folder, &e))
}

/// The resource whose rows a file holds, as its footer says; none for any other file.
fn resource_of(path: &Path) -> Option<String> {
    let reader = SerializedFileReader::new(File::open(path).ok()?).ok()?;
    let pairs = reader.metadata().file_metadata().key_value_metadata()?;
    let of = |key: &str| pairs.iter().find(|p| p.key == key).and_then(|p| p.value.clone());
    of("of").and_then(|_| of("resource"))
}
