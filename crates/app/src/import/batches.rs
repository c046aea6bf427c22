//! Departments' batches of an import: resources side by side, the batches of each oldest first.

use std::collections::BTreeMap;
use std::path::PathBuf;

use huoshui_kernel::Uscc;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use super::files::Table;
use super::report::Item;
use crate::exchange::batches::Desk;
use crate::exchange::batches::name::Name;
use crate::folder::Workspace;
use crate::library::Library;
use crate::policies::Set;
use crate::progress::Progress;

/// Takes every batch, each whole or not at all.
///
/// # Errors
/// Those of the store and of the policies.
pub fn take(
    workspace: &Workspace,
    library: &Library,
    batches: &BTreeMap<String, Vec<(Name, PathBuf)>>,
    (today, dry_run): (Date, bool),
    progress: &dyn Progress,
) -> Result<Vec<Item>> {
    let total: usize = batches.values().map(Vec::len).sum();
    if total == 0 {
        return Ok(Vec::new());
    }
    let (catalogue, _) = Set::load(workspace, None)?.exchange()?;
    let known = |text: &str| Uscc::parse(text).is_ok_and(|uscc| library.enterprises.contains(&uscc));
    let desk = Desk { workspace, catalogue: &catalogue, known: &known, today, dry_run };
    progress.begin("导入部门数据", "Departments' data", total as u64);
    let one = |(name, path): &(Name, PathBuf)| {
        let outcome = desk.take(None, path, name)?;
        progress.advance(1);
        Ok(Item { path: path.clone(), table: Table::Batch, institution: None, date: Some(name.as_of), outcome })
    };
    let resources: Vec<&Vec<(Name, PathBuf)>> = batches.values().collect();
    let done: Result<Vec<Vec<Item>>> =
        resources.par_iter().with_max_len(1).map(|batches| batches.iter().map(one).collect::<Result<_>>()).collect();
    progress.end();
    Ok(done?.into_iter().flatten().collect())
}
