//! `sources.toml` in the data folder: which departments are asked over HTTP, where, with which key, for what.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::clock as days;
use huoshui_journal::Clock;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_sources::{Endpoint, Remote, Secret, SeededJitter, Settings, Sources};
use serde::Deserialize;

use super::fetch::Remotes;
use crate::faults;
use crate::folder::Workspace;

/// The file's name.
pub const FILE: &str = "sources.toml";

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Longest wait for all of an answer, milliseconds.
    #[serde(default = "three_seconds")]
    deadline_ms: u32,
    /// The departments.
    #[serde(default)]
    department: Vec<Department>,
}

/// One department.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Department {
    /// Its code.
    code: String,
    /// Its address.
    url: String,
    /// A file that holds the key it gave us; relative to the folder of `sources.toml`.
    key_file: Option<PathBuf>,
    /// Certificates to trust in the place of the system's, PEM.
    roots_file: Option<PathBuf>,
    /// Codes of the resources that it answers for.
    resources: Vec<String>,
    /// How it is treated.
    #[serde(default)]
    settings: Settings,
}

fn three_seconds() -> u32 {
    3_000
}

fn wrong(zh: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault::new(&faults::SOURCES_FILE).with("zh", zh.into()).with("en", en.into()).field("sources")
}

/// The remote departments of a data folder; none where there is no file.
///
/// # Errors
/// `sources.file` for one that contradicts itself or the catalogue; those of `huoshui-sources` for a department's
/// settings; `import.unreadable` for a file that cannot be read.
pub fn load(workspace: &Workspace, catalogue: &Catalogue, clock: &Arc<dyn Clock>) -> Result<Remotes> {
    let path = workspace.path(FILE);
    match path.is_file() {
        true => read(&path, catalogue, clock),
        false => Ok(Remotes::none()),
    }
}

/// The remote departments of this file.
///
/// # Errors
/// As [`load`].
pub fn read(path: &Path, catalogue: &Catalogue, clock: &Arc<dyn Clock>) -> Result<Remotes> {
    let text = std::fs::read_to_string(path).map_err(|e| faults::unreadable(path, &e))?;
    let file: File = toml::from_str(&text).map_err(|e| {
        let line = e.message().to_owned();
        wrong(line.clone(), line)
    })?;
    if !(100..=60_000).contains(&file.deadline_ms) {
        return Err(wrong("deadline_ms 应为 100 至 60000", "deadline_ms must lie between 100 and 60000"));
    }
    if let Some(code) = impatient(&text, file.deadline_ms) {
        let (overall, own) = ("deadline_ms", "settings.deadline_ms");
        let zh = format!("部门 {code} 的 {own} 长于总的 {overall}（{}），永远等不到", file.deadline_ms);
        let en = format!(
            "{own} of the department {code} is longer than {overall} ({}), so it is never waited for",
            file.deadline_ms
        );
        return Err(wrong(zh, en));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut resources = HashMap::new();
    let mut remotes = Vec::new();
    let today = days::day(clock.now_micros());
    for department in file.department {
        if department.resources.is_empty() {
            let code = &department.code;
            return Err(wrong(format!("部门 {code} 没有资源"), format!("the department {code} answers for nothing")));
        }
        for resource in &department.resources {
            let described = catalogue.find(resource, today)?;
            if described.department != department.code {
                let (code, owner) = (&department.code, &described.department);
                let zh = format!("资源 {resource} 由部门 {owner} 发布，不是 {code}");
                return Err(wrong(zh, format!("{resource} is published by {owner}, not by {code}")));
            }
            if resources.insert(resource.clone(), department.code.clone()).is_some() {
                return Err(wrong(format!("资源 {resource} 重复"), format!("{resource} is there twice")));
            }
        }
        let beside = |file: &Path| if file.is_absolute() { file.to_path_buf() } else { folder.join(file) };
        let key = match &department.key_file {
            None => None,
            Some(file) => {
                let file = beside(file);
                let text = std::fs::read_to_string(&file).map_err(|e| faults::unreadable(&file, &e))?;
                Some(Secret::new(&text)?)
            }
        };
        let roots = match &department.roots_file {
            None => None,
            Some(file) => {
                let file = beside(file);
                Some(std::fs::read(&file).map_err(|e| faults::unreadable(&file, &e))?)
            }
        };
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))?;
        let endpoint = Endpoint { department: department.code, base: department.url, key, roots };
        let tells = Arc::clone(clock);
        let now = Arc::new(move || tells.now_micros());
        let jitter = Arc::new(SeededJitter::new(u64::from_le_bytes(seed)));
        remotes.push(Remote::new(endpoint, department.settings, now, jitter)?);
    }
    let deadline = Duration::from_millis(file.deadline_ms.into());
    Ok(Remotes::new(Sources::new(remotes)?, resources, deadline))
}

/// The first department that is given longer in so many words than any answer has; one of which nothing is said has what there is.
fn impatient(text: &str, deadline_ms: u32) -> Option<String> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let departments = table.get("department").and_then(toml::Value::as_array);
    let longer = |department: &&toml::Value| {
        let own = department.get("settings").and_then(|s| s.get("deadline_ms")).and_then(toml::Value::as_integer);
        own.is_some_and(|own| own > i64::from(deadline_ms))
    };
    let code = |d: &toml::Value| d.get("code").and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    departments.into_iter().flatten().find(longer).map(code)
}

/// The departments that answer for themselves.
#[must_use]
pub fn departments(remotes: &Remotes) -> BTreeSet<&str> {
    remotes.resources.values().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use huoshui_journal::SystemClock;

    use super::*;

    fn said(text: &str) -> Result<usize> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, text).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        read(&path, &Catalogue::embedded().unwrap(), &clock).map(|remotes| departments(&remotes).len())
    }

    #[test]
    fn a_department_is_not_given_longer_than_any_answer_has() {
        let file = |overall: &str, own: &str| {
            format!(
                "{overall}\n[[department]]\ncode = \"hg\"\nurl = \"http://127.0.0.1:1\"\nresources = [\"customs_trade\"]\n{own}"
            )
        };
        let own = |ms: u32| format!("settings = {{ deadline_ms = {ms}, connect_ms = 50 }}\n");
        for (overall, own, sound) in [
            ("deadline_ms = 100", own(60_000), false),
            ("deadline_ms = 100", own(101), false),
            ("deadline_ms = 100", own(100), true),
            // Three seconds are what there is when nothing is said.
            ("", own(3_001), false),
            ("", own(3_000), true),
            // Nothing said of the department: it has what the whole answer has.
            ("deadline_ms = 100", String::new(), true),
        ] {
            match said(&file(overall, &own)) {
                Ok(found) => assert!(sound && found == 1, "{overall} {own}"),
                Err(fault) => {
                    assert!(!sound && fault.code() == "sources.file", "{overall} {own}: {fault}");
                    let message = fault.message(huoshui_kernel::Lang::En);
                    assert!(message.contains("hg") && message.contains("settings.deadline_ms"), "{message}");
                }
            }
        }
    }
}
