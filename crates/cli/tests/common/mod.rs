//! Runs the real command, as a user would.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod service;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a city's files and the data they were imported into; gone when the test ends.
pub struct City {
    folder: tempfile::TempDir,
}

/// What the command printed and how it ended.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn huoshui(args: &[&str]) -> Run {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_huoshui")).args(args).output().expect("the command runs");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Run {
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.ok().out).expect("JSON")
    }

    /// Everything printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

/// A figure's value by code and cell.
pub type Figures = BTreeMap<(String, String), String>;

impl City {
    /// Generates a city without its departments' data, which few tests need; `more` are further options.
    pub fn new(more: &[&str]) -> Self {
        let city = Self { folder: tempfile::tempdir().unwrap() };
        let mut args = vec!["city", "--out", "", "--csv", "--no-departments"];
        let files = city.files();
        args[2] = files.to_str().unwrap();
        args.extend(more);
        huoshui(&args).ok();
        city
    }

    pub fn files(&self) -> PathBuf {
        self.folder.path().join("city")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file of a filing.
    pub fn filing(&self, table: &str, institution: &str, date: &str) -> PathBuf {
        self.files().join(format!("filings/{date}/{table}.{institution}.{date}.csv"))
    }

    pub fn import(&self, path: &Path) -> Run {
        huoshui(&["import", "--data", self.data().to_str().unwrap(), path.to_str().unwrap()])
    }

    pub fn run(&self, args: &[&str]) -> Run {
        let data = self.data();
        let mut all = args.to_vec();
        all.extend(["--data", data.to_str().unwrap()]);
        huoshui(&all)
    }

    /// Every figure as of the end of the third quarter, cut as asked.
    pub fn figures(&self, more: &[&str]) -> Figures {
        let mut args = vec!["indicators", "--as-of", "2025-09-30", "--format", "json"];
        args.extend(more);
        let rows = self.run(&args).json();
        let of = |row: &serde_json::Value| {
            let key = (row["code"].as_str().unwrap().to_owned(), row["dims"].to_string());
            (key, row["value"].to_string())
        };
        rows.as_array().unwrap().iter().map(of).collect()
    }

    /// Everything that lies in the data folder, by content: what a refused import must not change.
    pub fn contents(&self) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.data().join("objects")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path.clone(), path.metadata().unwrap().len());
                }
            }
        }
        found
    }
}

/// A csv without quoted line ends, as the generator writes it: header and rows of cells.
pub fn read_csv(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>());
    (lines.next().unwrap(), lines.collect())
}

/// A row by its columns' names.
pub type Named = BTreeMap<String, String>;

/// The rows of a csv by their columns' names.
pub fn named(path: &Path) -> Vec<Named> {
    let (header, rows) = read_csv(path);
    rows.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect()
}

pub fn write_csv(path: &Path, header: &[String], rows: &[Vec<String>]) {
    let mut text = header.join(",") + "\n";
    for row in rows {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    std::fs::write(path, text).unwrap();
}

pub fn column(header: &[String], name: &str) -> usize {
    header.iter().position(|h| h == name).unwrap()
}
