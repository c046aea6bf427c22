//! Rows become an immutable Parquet file, durable before any event names it.

use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;

use super::table::Loaded;
use crate::blobs;
use crate::events::TableRef;
use crate::folder::Workspace;

/// Stores a table and says under what name.
///
/// # Errors
/// Those of the files' store.
pub fn keep(workspace: &Workspace, shape: &TableShape, loaded: &Loaded) -> Result<TableRef> {
    let blob = blobs::put(workspace, shape, &loaded.batches)?;
    Ok(TableRef { blob, rows: loaded.rows, file: loaded.file.clone(), source: loaded.source.clone() })
}
