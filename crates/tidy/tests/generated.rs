//! Generated documents equal what the code generates. `make docs` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use huoshui_kernel::FaultSpec;
use huoshui_kernel::shape::TableShape;

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

fn catalogues() -> Vec<(&'static str, &'static [&'static FaultSpec])> {
    vec![
        ("kernel", huoshui_kernel::faults::CATALOGUE),
        ("formula", huoshui_formula::faults::CATALOGUE),
        ("formats", huoshui_formats::faults::CATALOGUE),
        ("registry", huoshui_registry::faults::CATALOGUE),
        ("supervision", huoshui_supervision::faults::CATALOGUE),
        ("journal", huoshui_journal::faults::CATALOGUE),
        ("engines", huoshui_engines::faults::CATALOGUE),
        ("city", huoshui_city::faults::CATALOGUE),
        ("app", huoshui_app::faults::CATALOGUE),
    ]
}

#[test]
fn error_codes_are_unique_and_bilingual() {
    let mut seen = BTreeSet::new();
    for (area, catalogue) in catalogues() {
        for spec in catalogue {
            assert!(seen.insert(spec.code), "{} is declared twice (again in {area})", spec.code);
            let plain = spec.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c));
            assert!(plain && spec.code.contains('.'), "{}: write area.reason", spec.code);
            for zh in [spec.zh, spec.hint_zh] {
                assert!(zh.chars().any(|c| !c.is_ascii()), "{}: no Chinese in “{zh}”", spec.code);
            }
            assert!(!spec.en.is_empty() && !spec.hint_en.is_empty(), "{}: English is missing", spec.code);
        }
    }
}

#[test]
fn the_error_catalogue() {
    let mut out = String::from(
        "# 错误目录 / Error catalogue\n\n由代码生成（`make docs`）。代码稳定不变，含义不改。{花括号} 处在出错时填入具体值。\n\n\
         Generated from the code (`make docs`). Codes are stable and keep their meaning; places in {braces} are filled when the error occurs.\n",
    );
    for (area, catalogue) in catalogues() {
        write!(out, "\n## {area}\n\n| 代码 code | 说明 what happened | 办法 what to do |\n|---|---|---|\n").unwrap();
        let mut sorted: Vec<_> = catalogue.to_vec();
        sorted.sort_by_key(|s| s.code);
        for s in sorted {
            let cell = |zh: &str, en: &str| format!("{zh}<br>{en}").replace('|', "\\|").replace('\n', " ");
            writeln!(out, "| `{}` | {} | {} |", s.code, cell(s.zh, s.en), cell(s.hint_zh, s.hint_en)).unwrap();
        }
    }
    hold("docs/errors.md", &out);
}

#[test]
fn the_format_pages() {
    use huoshui_registry::shapes as registry;
    use huoshui_supervision::filings;
    let shapes: [&'static TableShape; 9] = [
        &registry::INSTITUTIONS,
        &registry::DEPARTMENTS,
        &registry::ENTERPRISES,
        &registry::ROSTER,
        &filings::NOTES,
        &filings::DISBURSEMENTS,
        &filings::RELATIONSHIPS,
        &filings::EXPLANATIONS,
        &huoshui_supervision::targets::TARGETS,
    ];
    for shape in shapes {
        hold(&format!("docs/formats/{}.md", shape.name), &huoshui_formats::docs::markdown(shape));
    }
}
