//! Generated documents equal what the code generates. `make docs` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checks;
mod errors;
mod exchange;
mod formats;
mod indicators;
mod profiles;

/// The command is a program, not a library, so its faults are read from their file.
#[path = "../../../cli/src/faults.rs"]
mod cli_faults;

use std::fs;
use std::path::{Path, PathBuf};

use huoshui_kernel::Date;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Compares with the committed file, or writes it when asked to.
fn hold(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("HUOSHUI_REGENERATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == text, "{path} is not what the code says: run `make docs`");
}

/// A text inside a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Chinese and English in one cell of a table.
fn both(zh: &str, en: &str) -> String {
    format!("{}<br>{}", cell(zh), cell(en))
}

/// A formula inside a cell of a table.
fn formula(text: &str) -> String {
    format!("`{}`", cell(text.trim()))
}

/// Since when, and until when if it ended.
fn dates(from: Date, to: Option<Date>) -> String {
    match to {
        None => format!("{from} 起 from"),
        Some(to) => format!("{from} – {to}"),
    }
}
