//! Files stay small, and what documents point at exists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The files that git tracks or would track, so that build output and demo data never count.
fn files(suffix: &str) -> Vec<PathBuf> {
    let out = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .filter(|line| line.ends_with(suffix) && root().join(line).is_file())
        .map(PathBuf::from)
        .collect()
}

#[test]
fn source_files_stay_small() {
    const LIMIT: usize = 400;
    let listed = fs::read_to_string(root().join("crates/tidy/large-files.txt")).unwrap();
    let allowed: BTreeMap<&str, usize> = listed
        .lines()
        .filter(|l| !l.starts_with('#') && !l.trim().is_empty())
        .map(|l| {
            let (lines, path) = l.trim().split_once(' ').expect("each row: lines, path");
            (path, lines.parse().unwrap())
        })
        .collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for path in files(".rs") {
        let lines = fs::read_to_string(root().join(&path)).unwrap().lines().count();
        let name = path.to_str().unwrap().to_owned();
        let limit = allowed.get(name.as_str()).copied().unwrap_or(LIMIT);
        if lines > limit {
            wrong.push(format!("{name}: {lines} lines, limit {limit}: split it"));
        }
        seen.insert(name, lines);
    }
    // The ratchet: an exception that is no longer needed, or is looser than it must be, has to go.
    for (path, limit) in allowed {
        match seen.get(path) {
            None => wrong.push(format!("large-files.txt names {path}, which is gone")),
            Some(lines) if *lines <= LIMIT => {
                wrong.push(format!("{path} is small now: take it out of large-files.txt"))
            }
            Some(lines) if *lines + 40 < limit => wrong.push(format!("{path} has {lines} lines: lower its {limit}")),
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The targets of `[text](target)` outside code blocks.
fn links(markdown: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, tail)) = after.split_once(')') else { break };
            out.push(target.to_owned());
            rest = tail;
        }
    }
    out
}

/// The anchors of a document's headings, as Git hosts make them: lower case, signs dropped, spaces to hyphens.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut out = BTreeSet::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if let (false, true) = (fenced, line.starts_with('#')) {
            let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_';
            let title = line.trim_start_matches('#').trim();
            out.insert(title.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    out
}

#[test]
fn anchors_are_those_of_git_hosts() {
    let page = "# One page\n## 总体 / Populations\n### `srdi_count`: yes\n```\n# not a heading\n```\n";
    let expected = ["one-page", "总体--populations", "srdi_count-yes"].map(str::to_owned);
    assert_eq!(anchors(page), BTreeSet::from(expected));
}

#[test]
fn links_and_paths_in_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut known: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut anchors_of = |file: &Path| -> BTreeSet<String> {
        known.entry(file.to_path_buf()).or_insert_with(|| anchors(&fs::read_to_string(file).unwrap())).clone()
    };
    for document in files(".md") {
        let text = fs::read_to_string(root().join(&document)).unwrap();
        let folder = root().join(&document).parent().unwrap().to_path_buf();
        for target in links(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { root().join(&document) } else { folder.join(path) };
            if !file.exists() {
                wrong.push(format!("{}: link to {target}", document.display()));
            } else if !anchor.is_empty() && !anchors_of(&file).contains(anchor) {
                wrong.push(format!("{}: no heading for {target}", document.display()));
            }
        }
        for quoted in text.split('`').skip(1).step_by(2) {
            let looks_like_path = ["crates/", "policies/", "docs/", "scripts/"].iter().any(|p| quoted.starts_with(p));
            let plain = !quoted.contains(['*', '<', '{', ' ', '…', '\n']);
            if looks_like_path && plain && !root().join(quoted.split(':').next().unwrap()).exists() {
                wrong.push(format!("{}: names `{quoted}`", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
