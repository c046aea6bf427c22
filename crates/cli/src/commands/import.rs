//! `huoshui import`: files in, checked, taken whole or refused whole.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::import::files::Table;
use huoshui_app::import::registry::Choice;
use huoshui_app::import::report::{Item, Outcome, Report};
use huoshui_app::{Mode, import};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::Result;

use super::common;
use crate::ui::{self, Ui};

/// Errors printed of each refused file; the rest is in its listing.
const SHOWN: usize = 10;

/// 导入名单、机构和报送文件
#[derive(clap::Args)]
pub struct Args {
    /// 数据目录，没有则新建 / data folder, made if it is not there
    #[arg(long)]
    data: PathBuf,
    /// 日志所在的 PostgreSQL / the journal's PostgreSQL: postgres://…
    #[arg(long)]
    database: Option<String>,
    /// 只显示会有哪些变化，不作改动 / show what would change and change nothing
    #[arg(long)]
    dry_run: bool,
    /// 允许以同一日期的新名单更正旧名单 / let a list replace another of the same date
    #[arg(long)]
    replace_list: bool,
    /// 文件或目录 / files or folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let workspace = common::open_on(&args.data, args.database.as_deref(), Mode::Create)?;
    let choice = Choice { dry_run: args.dry_run, replace_list: args.replace_list };
    let report = import::run(&workspace, &args.paths, choice, common::today(workspace.clock.as_ref())?, ui)?;
    print(&report, ui);
    Ok(if report.any_refused() { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// The registry file by file, the filings in one line a date, and every refusal with its first errors.
pub fn print(report: &Report, ui: &Ui) {
    let registry = report.items.iter().filter(|i| i.institution.is_none() && !i.outcome.is_refused());
    let rows: Vec<Vec<String>> = registry.map(|i| registry_row(i, ui)).collect();
    if !rows.is_empty() {
        let headers = [ui.t("文件", "file"), ui.t("结果", "outcome"), ui.t("行", "rows"), ui.t("变化", "changes")];
        ui.say(ui::table(&headers, &[2], rows).to_string());
    }
    let rows = filing_rows(report, ui);
    if !rows.is_empty() {
        let headers = [
            ui.t("数据日期", "as of"),
            ui.t("接受", "taken"),
            ui.t("已在库", "already there"),
            ui.t("退回", "refused"),
            ui.t("行", "rows"),
            ui.t("已说明的提示", "warnings explained"),
        ];
        ui.say(ui::table(&headers, &[1, 2, 3, 4, 5], rows).to_string());
    }
    for item in report.items.iter().filter(|i| i.outcome.is_refused()) {
        refusal(item, ui);
    }
    if report.queries > 0 {
        ui.say(format!("{} {}", ui.t("已向有关银行开出询问：", "queries opened to banks:"), report.queries));
    }
}

fn outcome(outcome: &Outcome, ui: &Ui) -> String {
    match outcome {
        Outcome::Applied { .. } => ui.t("已导入", "taken"),
        Outcome::WouldApply { .. } => ui.t("将导入", "would be taken"),
        Outcome::AlreadyThere { .. } => ui.t("已在库", "already there"),
        Outcome::Refused { .. } => ui.t("退回", "refused"),
    }
    .to_owned()
}

fn registry_row(item: &Item, ui: &Ui) -> Vec<String> {
    let file = item.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let changes = match &item.outcome {
        Outcome::Applied { changes, .. } | Outcome::WouldApply { changes, .. } => changes
            .iter()
            .filter(|(kind, n)| **n > 0 && *kind != "rows")
            .map(|(kind, n)| format!("{} {n}", change(kind, ui)))
            .collect::<Vec<_>>()
            .join(ui.t("，", ", ")),
        _ => String::new(),
    };
    vec![file, outcome(&item.outcome, ui), item.outcome.rows().to_string(), changes]
}

fn change<'a>(kind: &'a str, ui: &Ui) -> &'a str {
    match kind {
        "added" => ui.t("新增", "added"),
        "recertified" => ui.t("复核换证", "re-certified"),
        "expired" => ui.t("到期或撤销", "expired"),
        "moved" => ui.t("迁移", "moved"),
        "renamed" => ui.t("更名", "renamed"),
        "unchanged" => ui.t("不变", "unchanged"),
        "new" => ui.t("新登记", "new"),
        "changed" => ui.t("变更", "changed"),
        "firms" => ui.t("企业", "firms"),
        "unknown_firms" => ui.t("名录外企业", "firms not registered"),
        "invalid_rows" => ui.t("不合规的行", "rows against a rule"),
        other => other,
    }
}

fn filing_rows(report: &Report, ui: &Ui) -> Vec<Vec<String>> {
    let _ = ui;
    let filings = || report.items.iter().filter(|i| i.institution.is_some());
    let mut dates: Vec<_> = filings().filter_map(|i| i.date).collect();
    dates.sort();
    dates.dedup();
    dates
        .into_iter()
        .map(|date| {
            let of = || filings().filter(move |i| i.date == Some(date));
            let count = |test: fn(&Outcome) -> bool| of().filter(|i| test(&i.outcome)).count().to_string();
            let warnings: u64 = of()
                .filter_map(|i| match &i.outcome {
                    Outcome::Applied { changes, .. } => Some(changes.values().sum::<u64>()),
                    _ => None,
                })
                .sum();
            vec![
                date.to_string(),
                count(|o| matches!(o, Outcome::Applied { .. } | Outcome::WouldApply { .. })),
                count(|o| matches!(o, Outcome::AlreadyThere { .. })),
                count(Outcome::is_refused),
                of().map(|i| i.outcome.rows()).sum::<u64>().to_string(),
                warnings.to_string(),
            ]
        })
        .collect()
}

fn refusal(item: &Item, ui: &Ui) {
    let Outcome::Refused { count, faults, listing } = &item.outcome else { return };
    let what = match (&item.institution, item.date) {
        (Some(institution), Some(date)) => format!("{institution} {date}"),
        _ if item.table == Table::Notes => item.path.display().to_string(),
        _ => item.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    ui.say(match (ui.lang, *count) {
        (Lang::Zh, n) => format!("\n✗ 退回 {what}（{n} 处）"),
        (Lang::En, 1) => format!("\n✗ refused {what} (1 problem)"),
        (Lang::En, n) => format!("\n✗ refused {what} ({n} problems)"),
    });
    for fault in faults.iter().take(SHOWN) {
        ui.say(format!("  {}", ui.fault_text(fault).replace('\n', "\n  ")));
    }
    if faults.len() > SHOWN {
        ui.say(format!("  … {} {}", ui.t("其余", "more:"), faults.len() - SHOWN));
    }
    if let Some(path) = listing {
        ui.say(format!("  {} {}", ui.t("全部错误：", "all errors:"), path.display()));
    }
}
