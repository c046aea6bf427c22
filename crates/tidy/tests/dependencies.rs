//! Dependencies point down, as the table in `ARCHITECTURE.md` says; domain crates hold no I/O; licences are the agreed ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).exec().unwrap()
}

/// The table under "## Crates" in ARCHITECTURE.md: `| \`crate\` | holds | may use | never |`.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## Crates").nth(1).expect("ARCHITECTURE.md has a section Crates");
    section
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let uses = cells[3]
                .split(',')
                .map(|u| u.trim().trim_matches('`').to_owned())
                .filter(|u| !u.is_empty() && u != "–");
            (cells[1].trim_matches('`').to_owned(), uses.collect())
        })
        .collect()
}

#[test]
fn dependencies_point_down_as_the_map_says() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for package in metadata().workspace_packages() {
        let name = package.name.trim_start_matches("huoshui-").to_owned();
        let Some(uses) = allowed.get(&name) else {
            wrong.push(format!("{name}: not in the table of ARCHITECTURE.md"));
            continue;
        };
        let actual: BTreeSet<String> = package
            .dependencies
            .iter()
            .filter(|d| d.kind == DependencyKind::Normal)
            .filter_map(|d| d.name.strip_prefix("huoshui-").map(str::to_owned))
            .collect();
        for extra in actual.difference(uses) {
            wrong.push(format!("{name} uses {extra}, which the map does not show"));
        }
        for idle in uses.difference(&actual) {
            wrong.push(format!("{name} no longer uses {idle}: take it out of the map"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn domain_crates_hold_no_io_clock_or_randomness() {
    const DOMAIN: [&str; 6] = ["kernel", "formula", "registry", "exchange", "credit", "supervision"];
    const BANNED: [&str; 9] =
        ["tokio", "sqlx", "rusqlite", "rand", "rand_chacha", "axum", "object_store", "reqwest", "getrandom"];
    for package in metadata().workspace_packages() {
        if DOMAIN.contains(&package.name.trim_start_matches("huoshui-")) {
            for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
                assert!(!BANNED.contains(&dependency.name.as_str()), "{} depends on {}", package.name, dependency.name);
            }
        }
    }
}

/// Evaluates an SPDX expression of OR and AND over the allowed names; AND binds tighter, parentheses as written.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = text.split_whitespace().collect();
    fn any(tokens: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
        let mut value = all(tokens, at, allowed);
        while tokens.get(*at) == Some(&"OR") {
            *at += 1;
            value |= all(tokens, at, allowed);
        }
        value
    }
    fn all(tokens: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
        let mut value = one(tokens, at, allowed);
        while tokens.get(*at) == Some(&"AND") {
            *at += 1;
            value &= one(tokens, at, allowed);
        }
        value
    }
    fn one(tokens: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
        let token = tokens.get(*at).copied().unwrap_or_default();
        *at += 1;
        if token == "(" {
            let value = any(tokens, at, allowed);
            *at += 1;
            return value;
        }
        let mut name = token.to_owned();
        if tokens.get(*at) == Some(&"WITH") {
            name = format!("{token} WITH {}", tokens.get(*at + 1).copied().unwrap_or_default());
            *at += 2;
        }
        allowed.contains(&name.as_str())
    }
    any(&tokens, &mut 0, allowed)
}

#[test]
fn licences_are_the_agreed_ones() {
    /// How many of them are the agreed families; then the exceptions, with their reasons in docs/adr/0001-workspace.md.
    const AGREED: usize = 5;
    const ALLOWED: [&str; 10] = [
        "Apache-2.0",
        "MIT",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "MPL-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "Unicode-3.0",
        "Zlib",
        "CC0-1.0",
        "ISC",
    ];
    assert!(permits("(MIT OR GPL-3.0) AND Zlib", &ALLOWED) && !permits("MIT AND AGPL-3.0", &ALLOWED));
    let metadata = metadata();
    let wrong: Vec<String> = metadata
        .packages
        .iter()
        .filter(|p| !permits(p.license.as_deref().unwrap_or("none"), &ALLOWED))
        .map(|p| format!("{} {}: {:?}", p.name, p.version, p.license))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // An exception that nothing needs any more, or that the page does not name, has to go or be named.
    let page = fs::read_to_string(root().join("docs/adr/0001-workspace.md")).unwrap();
    for exception in &ALLOWED[AGREED..] {
        let others: Vec<&str> = ALLOWED.iter().filter(|a| a != &exception).copied().collect();
        let needed = metadata.packages.iter().any(|p| !permits(p.license.as_deref().unwrap_or("none"), &others));
        assert!(needed, "no part needs {exception} any more: take it off the list");
        assert!(page.contains(&format!("`{exception}`")), "docs/adr/0001-workspace.md does not name {exception}");
    }
}
