//! A csv file as cells, to be edited as text: most mistakes cannot be told in typed columns.

use std::path::{Path, PathBuf};

use huoshui_kernel::fault::{Fault, Result};

use crate::faults;

/// A csv file in memory.
pub(super) struct Sheet {
    path: PathBuf,
    header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    changed: bool,
}

impl Sheet {
    pub(super) fn read(path: PathBuf) -> Result<Self> {
        let failed = |error: csv::Error| write_fault(&path, &error);
        let mut reader = csv::Reader::from_path(&path).map_err(failed)?;
        let header = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
        let rows = reader
            .records()
            .map(|record| record.map(|r| r.iter().map(str::to_owned).collect()))
            .collect::<std::result::Result<_, _>>()
            .map_err(failed)?;
        Ok(Self { path, header, rows, changed: false })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|h| h == name)
    }

    /// A cell's text, empty where there is none.
    pub(super) fn get(&self, row: usize, name: &str) -> &str {
        let cell = self.column(name).and_then(|c| self.rows.get(row).and_then(|r| r.get(c)));
        cell.map_or("", String::as_str)
    }

    pub(super) fn set(&mut self, row: usize, name: &str, text: &str) {
        if let Some(cell) = self.column(name).and_then(|c| self.rows.get_mut(row).and_then(|r| r.get_mut(c))) {
            text.clone_into(cell);
            self.changed = true;
        }
    }

    /// Adds a copy of a row at the end; gives its place.
    pub(super) fn copy(&mut self, row: usize) -> usize {
        if let Some(copy) = self.rows.get(row).cloned() {
            self.rows.push(copy);
            self.changed = true;
        }
        self.rows.len().saturating_sub(1)
    }

    pub(super) fn remove(&mut self, row: usize) {
        if row < self.rows.len() {
            self.rows.remove(row);
            self.changed = true;
        }
    }

    /// Writes the file back if anything in it changed.
    pub(super) fn save(&self) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let failed = |error: &dyn std::fmt::Display| write_fault(&self.path, error);
        let mut writer = csv::Writer::from_path(&self.path).map_err(|e| failed(&e))?;
        writer.write_record(&self.header).map_err(|e| failed(&e))?;
        for row in &self.rows {
            writer.write_record(row).map_err(|e| failed(&e))?;
        }
        writer.flush().map_err(|e| failed(&e))
    }
}

fn write_fault(path: &Path, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(&faults::WRITE).with("path", path.display()).with("reason", error)
}
