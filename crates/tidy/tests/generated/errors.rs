//! The catalogue of errors: unique codes, both languages, one page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use huoshui_kernel::FaultSpec;

use crate::{both, hold};

type Catalogue = &'static [&'static FaultSpec];

/// Every crate that declares faults, from the ground up, with what its faults are about.
fn catalogues() -> [(&'static str, &'static str, Catalogue); 18] {
    [
        ("kernel", "金额、利率、日期、代码 / amounts, rates, dates, codes", huoshui_kernel::faults::CATALOGUE),
        ("formula", "规则语言 / the policy language", huoshui_formula::faults::CATALOGUE),
        ("formats", "文件 / files", huoshui_formats::faults::CATALOGUE),
        ("registry", "名单、企业、机构 / lists, enterprises, institutions", huoshui_registry::faults::CATALOGUE),
        ("supervision", "指标、校验、目标 / indicators, checks, targets", huoshui_supervision::faults::CATALOGUE),
        ("exchange", "数据共享 / the exchange", huoshui_exchange::faults::CATALOGUE),
        ("credit", "信用画像与决策 / credit profiles and decisions", huoshui_credit::faults::CATALOGUE),
        ("sources", "远程部门 / remote departments", huoshui_sources::faults::CATALOGUE),
        ("department", "部门端 / a department's endpoint", huoshui_department::faults::CATALOGUE),
        ("journal", "事件库 / the event store", huoshui_journal::faults::CATALOGUE),
        ("engines", "数据库引擎 / database engines", huoshui_engines::faults::CATALOGUE),
        ("city", "城市生成器 / the city generator", huoshui_city::faults::CATALOGUE),
        ("app", "导入与查询 / import and questions", huoshui_app::faults::CATALOGUE),
        (
            "app/credit",
            "画像、决定与政策草案 / profiles, decisions and drafts of policies",
            huoshui_app::credit::faults::CATALOGUE,
        ),
        ("access", "账户与权限 / accounts and permissions", huoshui_app::access::faults::CATALOGUE),
        ("server", "服务 / the service", huoshui_server::faults::CATALOGUE),
        ("bench", "基准 / benchmarks", huoshui_bench::faults::CATALOGUE),
        ("cli", "命令行 / the command line", crate::cli_faults::CATALOGUE),
    ]
}

/// The names between braces.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

#[test]
fn error_codes_are_unique_and_bilingual() {
    let mut seen = BTreeSet::new();
    for (area, _, catalogue) in catalogues() {
        for spec in catalogue {
            assert!(seen.insert(spec.code), "{} is declared twice (again in {area})", spec.code);
            let plain = spec.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c));
            assert!(plain && spec.code.contains('.'), "{}: write area.reason", spec.code);
            for zh in [spec.zh, spec.hint_zh] {
                // A text that is one place, such as `{hint_zh}`, is filled in Chinese elsewhere.
                let passed_on = zh.starts_with('{') && zh.ends_with("zh}");
                assert!(
                    passed_on || zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                    "{}: no Chinese in “{zh}”",
                    spec.code
                );
            }
            assert!(!spec.en.is_empty() && !spec.hint_en.is_empty(), "{}: English is missing", spec.code);
        }
    }
}

/// A crate whose faults are in no catalogue above would be missing from the page without anyone noticing.
#[test]
fn every_crate_that_declares_faults_is_in_the_catalogue() {
    let listed = catalogues().into_iter().map(|(name, ..)| name.to_owned());
    // Parts of `app` with catalogues of their own.
    let listed: BTreeSet<String> = listed.filter(|name| name != "access" && name != "app/credit").collect();
    let crates = crate::root().join("crates");
    let declares: BTreeSet<String> = std::fs::read_dir(crates)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("src/faults.rs").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, declares);
}

#[test]
fn the_error_catalogue() {
    let mut out = String::from(
        "# 错误目录 / Error catalogue\n\n由代码生成（`make docs`）。每个错误的代码稳定不变，含义不改；{花括号} 处在出错时填入具体值。错误还会指出行和字段。\n\n\
         Generated from the code (`make docs`). Codes are stable and keep their meaning; places in {braces} are filled when \
         the error occurs. An error also names its row and field.\n\n\
         报送校验的代码（如 N-C-001）见 [checks.md](checks.md)。Codes of filing checks are in [checks.md](checks.md).\n",
    );
    for (area, about, catalogue) in catalogues() {
        write!(out, "\n## {area}: {about}\n\n| 代码 code | 说明 what happened | 办法 what to do |\n|---|---|---|\n")
            .unwrap();
        let mut sorted: Vec<_> = catalogue.to_vec();
        sorted.sort_by_key(|s| s.code);
        for s in sorted {
            writeln!(out, "| `{}` | {} | {} |", s.code, both(s.zh, s.en), both(s.hint_zh, s.hint_en)).unwrap();
        }
    }
    hold("docs/errors.md", &out);
}

/// What one language tells, the other tells too.
#[test]
fn both_languages_fill_the_same_places() {
    let mut wrong = Vec::new();
    for spec in catalogues().iter().flat_map(|(_, _, catalogue)| catalogue.iter()) {
        // A place named after a language holds that language's part of the text.
        let of = |a: &'static str, b: &'static str| -> BTreeSet<&'static str> {
            let mut all = places(a);
            all.extend(places(b));
            all.into_iter()
                .map(|p| p.trim_end_matches("_zh").trim_end_matches("_en"))
                .map(|p| if p == "en" { "zh" } else { p })
                .collect()
        };
        let (zh, en) = (of(spec.zh, spec.hint_zh), of(spec.en, spec.hint_en));
        if zh != en {
            wrong.push(format!("{}: {zh:?} against {en:?}", spec.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
