//! What crates never do, as ARCHITECTURE.md promises: looked for in their sources and manifests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

const DOMAIN: [&str; 6] = ["kernel", "formula", "registry", "exchange", "credit", "supervision"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The code of a crate, line by line with its place: without comments and the tests at the end of a file.
fn code(name: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    rust_files(&root().join("crates").join(name).join("src"), &mut files);
    let mut lines = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        for (i, line) in shipped.lines().enumerate() {
            let line = line.split("//").next().unwrap().to_owned();
            lines.push((format!("{}:{}", file.strip_prefix(root()).unwrap().display(), i + 1), line));
        }
    }
    lines
}

/// Whether a line has the word, not as a part of a longer one.
fn has(line: &str, word: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line.get(..at).unwrap(), line.get(at + word.len()..).unwrap());
        !inside(before.chars().next_back()) && !inside(after.chars().next())
    })
}

fn uses(crates: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for name in crates {
        for (place, line) in code(name) {
            found.extend(words.iter().filter(|w| has(&line, w)).map(|w| format!("{place}: {w}")));
        }
    }
    found
}

#[test]
fn words_are_told_from_parts_of_words() {
    assert!(has("let x: f64 = 0.0;", "f64") && has("(f64)", "f64"));
    assert!(!has("let af64 = f64x2;", "f64"));
    // The search itself works: the generator draws with floats, and the journal reads files.
    assert!(!uses(&["city"], &["f64"]).is_empty());
    assert!(!uses(&["journal"], &["std::fs", "fs::File", "File::open"]).is_empty());
}

/// A float in money or a rate rounds where nobody sees it.
#[test]
fn money_never_meets_a_float() {
    let crates = ["kernel", "formula", "registry", "supervision", "exchange", "credit", "journal", "app", "engines"];
    let mut found = uses(&crates, &["f32", "f64"]);
    // Whoever writes canonical JSON must say what becomes of a float, and refuses both kinds.
    let writer = "crates/exchange/src/canonical/writer.rs:";
    let refused = found.extract_if(.., |line| line.starts_with(writer)).count();
    assert!(found.is_empty() && refused == 2, "{refused} {}", found.join("\n"));
}

/// Facts, dates and files are brought to a domain crate; it never fetches them.
#[test]
fn domain_crates_read_no_clock_file_network_or_environment() {
    let words =
        ["std::fs", "std::net", "std::env", "std::process", "SystemTime", "Instant", "File::open", "Timestamp::now"];
    let found = uses(&DOMAIN, &words);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn databases_are_spoken_to_by_the_journal_and_the_engines_alone() {
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let shipped = manifest.split("[dev-dependencies]").next().unwrap();
        let speaks = shipped.lines().any(|l| l.starts_with("rusqlite") || l.starts_with("sqlx"));
        if speaks != ["journal", "engines"].contains(&name.as_str()) {
            wrong.push(name.clone());
        }
        // The lints that forbid unwrap, panic and unsafe hold only where they are switched on.
        assert!(shipped.contains("[lints]\nworkspace = true"), "{name} does not take the workspace's lints");
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// A policy file that no list of embedded files names would be a rule that silently does not apply, and a case file one that
/// silently is not run. Every folder of policies is looked at; a new one must be told here.
#[test]
fn every_policy_file_is_embedded() {
    use huoshui_credit::embedded::{CASES, POLICIES};
    use huoshui_exchange::embedded::{PURPOSES, RESOURCES};
    use huoshui_supervision::embedded::{CHECKS, INDICATORS, POPULATIONS};
    let mut listed: Vec<String> = Vec::new();
    for (folder, embedded) in [
        ("checks", CHECKS),
        ("indicators", INDICATORS),
        ("populations", POPULATIONS),
        ("purposes", PURPOSES),
        ("resources", RESOURCES),
    ] {
        listed.extend(embedded.iter().map(|(name, _)| format!("{folder}/{name}")));
    }
    listed.extend(POLICIES.iter().chain(CASES).map(|(name, _)| (*name).to_owned()));
    // Files that the code takes in one by one.
    for source in ["crates/exchange/src/correction.rs", "crates/server/src/authorize.rs"] {
        let text = fs::read_to_string(root().join(source)).unwrap();
        let taken = text.split("include_str!(\"../../../policies/").skip(1).map(|rest| rest.split('"').next().unwrap());
        listed.extend(taken.map(str::to_owned));
    }
    let mut on_disk: Vec<String> = Vec::new();
    for folder in fs::read_dir(root().join("policies")).unwrap().map(|entry| entry.unwrap().path()) {
        let kind = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        on_disk.extend(files.filter(|name| name != "README.md").map(|name| format!("{kind}/{name}")));
    }
    on_disk.sort();
    listed.sort();
    assert_eq!(listed, on_disk);
    // Nor does a file stand twice, nor a case file among the policies.
    let count = listed.len();
    listed.dedup();
    assert_eq!(listed.len(), count);
    assert!(POLICIES.iter().all(|(name, _)| !name.ends_with(".cases.toml")));
    assert!(CASES.iter().all(|(name, _)| name.ends_with(".cases.toml")) && count > 60, "{count} files");
}

/// An error that nothing raises stands in the catalogue and misleads its reader. The exceptions only shrink.
#[test]
fn every_error_is_raised_somewhere() {
    const IDLE: [&str; 2] = ["app DUPLICATE_KEY", "app MISDATED"];
    let mut idle = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let Ok(faults) = fs::read_to_string(folder.join("src/faults.rs")) else { continue };
        let lines = code(&name);
        for constant in faults.lines().filter_map(|l| l.trim().strip_suffix(':')?.split_once(" = \"")).map(|(c, _)| c) {
            let declared = format!("{constant} = \"");
            if !lines.iter().any(|(_, l)| has(l, constant) && !l.trim().starts_with(&declared)) {
                idle.push(format!("{name} {constant}"));
            }
        }
    }
    idle.sort();
    assert_eq!(idle, IDLE, "raise it or take it out of faults.rs, or shorten the list here");
}

#[test]
fn no_figure_of_the_document_stands_in_code_policies_or_templates() {
    // The headline figures of the source document, as people and as programs write them. They belong in the generator's
    // targets and in tests; anywhere else a result could be typed in instead of computed.
    const FIGURES: [&str; 24] = [
        "2620.65",
        "2,620.65",
        "262065",
        "262.065",
        "26206500000000",
        "30.44",
        "4136.13",
        "4,136.13",
        "13.56%",
        "821.39",
        "18.76",
        "215.41",
        "10482",
        "10,482",
        "40.5%",
        "79.6%",
        "58.7%",
        "-44bp",
        "44个基点",
        "-78bp",
        "78个基点",
        "1.28万亿",
        "12800亿",
        "1.28 trillion",
    ];
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            rust_files(&source, &mut files);
        }
    }
    let mut folders = vec![root().join("crates/supervision/src/brief/templates")];
    folders.extend(fs::read_dir(root().join("policies")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()));
    assert!(folders.len() > 10, "{folders:?}");
    for folder in folders {
        files.extend(fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()));
    }
    assert!(files.len() > 200, "{} files", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        for figure in FIGURES.iter().filter(|f| shipped.contains(**f)) {
            wrong.push(format!("{}: {figure}", file.strip_prefix(root()).unwrap().display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
