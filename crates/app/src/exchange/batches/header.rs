//! Whether a file's columns are those of the schema, in its order. Other tables may order their columns as they like; a
//! department's file comes from a program, and a program that orders them anew has changed in other ways too.

use std::path::Path;

use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_formats::{Limits, read};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;

use crate::faults;

/// Columns named in a message.
const SHOWN: usize = 20;

/// Holds the columns of a file to a resource's.
///
/// # Errors
/// `batch.drift`, `batch.other_resource`, and those of opening the file.
pub fn check(path: &Path, catalogue: &Catalogue, resource: &Resource, shape: &TableShape) -> Result<()> {
    let names = read::header(path, &Limits::default())?;
    let places: Vec<Option<usize>> = names.iter().map(|n| shape.column(n).map(|(place, _)| place)).collect();
    if places.iter().copied().eq((0..shape.columns.len()).map(Some)) {
        return Ok(());
    }
    let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(other) = catalogue.iter().find(|r| r.code != resource.code && has_columns(r, &names)) {
        return Err(Fault::new(&faults::BATCH_OTHER)
            .with("file", file)
            .with("other", &other.code)
            .with("resource", &resource.code));
    }
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    let mut say = |chinese: &str, english: &str, columns: Vec<&str>| {
        if !columns.is_empty() {
            let more = if columns.len() > SHOWN { "…" } else { "" };
            let list: Vec<String> = columns.iter().take(SHOWN).map(|c| c.chars().take(40).collect()).collect();
            zh.push(format!("{chinese} {}{more}", list.join("、")));
            en.push(format!("{english} {}{more}", list.join(", ")));
        }
    };
    let missing = (0..shape.columns.len()).zip(shape.columns).filter(|(i, _)| !places.contains(&Some(*i)));
    let missing: Vec<&str> = missing.map(|(_, c)| c.name).collect();
    let unknown = names.iter().zip(&places).filter(|(_, place)| place.is_none());
    let unknown: Vec<&str> = unknown.map(|(name, _)| name.as_str()).collect();
    let repeated = names.iter().enumerate().filter(|(i, n)| names.iter().take(*i).any(|before| before == *n));
    let repeated: Vec<&str> = repeated.map(|(_, name)| name.as_str()).collect();
    let only_order = missing.is_empty() && unknown.is_empty() && repeated.is_empty();
    say("缺少", "missing", missing);
    say("多出", "unknown", unknown);
    say("重复", "doubled", repeated);
    if only_order {
        say("列序应为", "the order must be", shape.columns.iter().map(|c| c.name).collect());
    }
    Err(Fault::new(&faults::BATCH_DRIFT)
        .with("file", file)
        .with("resource", &resource.code)
        .with("schema", resource.schema)
        .with("zh", zh.join("；"))
        .with("en", en.join("; ")))
}

fn has_columns(resource: &Resource, names: &[String]) -> bool {
    let fields = resource.fields.iter().map(|f| [f.name.as_str(), f.zh.as_str()]);
    let all = std::iter::once(["uscc", "统一社会信用代码"]).chain(fields);
    names.len() == resource.fields.len() + 1
        && names.iter().zip(all).all(|(name, known)| known.contains(&name.as_str()))
}
