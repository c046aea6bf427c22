//! `huoshui policy test`: the cases beside each credit policy.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::credit::tested::cases_published;
use huoshui_app::policies::{Kind, Set};
use huoshui_credit::cases::{self, CaseResult};
use huoshui_credit::embedded;
use huoshui_credit::rules::Policies;
use huoshui_kernel::fault::{Fault, Result};

use super::common;
use crate::faults;
use crate::ui::{self, Ui};

/// 运行授信政策的用例；有不符即以 2 结束
#[derive(clap::Args)]
pub struct Args {
    /// 政策目录，内有 features、tags、gates、scorecards、products / folder of policies with their cases
    #[arg(long, conflicts_with = "data")]
    policies: Option<PathBuf>,
    /// 数据目录：检验其中现行的政策，连同随已发布草案而来的用例 / data folder: test the policies in force there, with the cases that came with published drafts
    #[arg(long)]
    data: Option<PathBuf>,
}

type Files = Vec<(String, String)>;

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let (policies, files) = match (&args.policies, &args.data) {
        (Some(folder), _) => {
            let files = read(folder)?;
            (Policies::load(files.iter().map(|(n, t)| (n.as_str(), t.as_str())))?, files)
        }
        (None, Some(data)) => {
            let workspace = common::open(data, Mode::Existing)?;
            let policies = Set::load(&workspace, None)?.credit()?;
            let mut files = shipped_cases();
            // With what was published came cases; a bank's own product that rests cannot be tried.
            let rests = |owner: &Option<String>| owner.as_deref().is_some_and(|own| policies.suspended(own).is_some());
            let published = cases_published(&workspace)?.into_iter().filter(|one| !rests(&one.owner));
            files.extend(published.map(|one| (format!("{}/{}", one.kind.name(), cases_of(&one.file)), one.cases)));
            (policies, files)
        }
        (None, None) => (Policies::embedded()?, shipped_cases()),
    };
    let mut results = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".cases.toml")) {
        results.extend(cases::run_cases(&policies, name, text)?);
    }
    if results.is_empty() {
        let folder = args.policies.as_deref().unwrap_or(Path::new("policies"));
        return Err(Fault::new(&faults::NO_CASES).with("folder", folder.display()).field("policies"));
    }
    print(&results, ui);
    Ok(if results.iter().all(|r| r.pass) { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// The name of the file of cases beside a policy file.
fn cases_of(file: &str) -> String {
    format!("{}.cases.toml", file.strip_suffix(".toml").unwrap_or(file))
}

fn shipped_cases() -> Files {
    embedded::CASES.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect()
}

fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for kind in Kind::CREDIT {
        let inside = folder.join(kind.name());
        let entries = std::fs::read_dir(&inside).map_err(|e| huoshui_app::faults::folder(&inside, &e))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(|e| huoshui_app::faults::unreadable(&path, &e))?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((format!("{}/{name}", kind.name()), text));
        }
    }
    Ok(files)
}

fn print(results: &[CaseResult], ui: &Ui) {
    let mark = |r: &CaseResult| if r.pass { ui.t("符合", "pass") } else { ui.t("不符", "FAIL") }.to_owned();
    let rows = results.iter().map(|r| vec![mark(r), r.file.clone(), r.name.clone(), r.checks.to_string()]);
    let headers = [ui.t("结果", "result"), ui.t("文件", "file"), ui.t("用例", "case"), ui.t("检查", "checks")];
    ui.say(ui::table(&headers, &[3], rows).to_string());
    for result in results.iter().filter(|r| !r.pass) {
        for (what, want, got) in &result.failures {
            let (want_word, got_word) = (ui.t("应为", "expected"), ui.t("实为", "got"));
            ui.say(format!("{} · {} · {what}: {want_word} {want}, {got_word} {got}", result.file, result.name));
        }
    }
    let failed = results.iter().filter(|r| !r.pass).count();
    let checks: u32 = results.iter().map(|r| r.checks).sum();
    let (all, wrong) = (results.len(), failed);
    ui.say(match ui.lang {
        huoshui_kernel::Lang::Zh => format!("{all} 个用例，{checks} 项检查，{wrong} 个不符"),
        huoshui_kernel::Lang::En => format!("{all} cases, {checks} checks, {wrong} failed"),
    });
}
