//! `huoshui bench`: figures beside their limits, measured in the same run.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_bench::{Bench, Row, all, settle};
use huoshui_kernel::fault::{Fault, Result};

use super::common;
use crate::faults;
use crate::ui::{self, Ui};

/// 基准测试
#[derive(clap::Args)]
pub struct Args {
    /// 只运行这一项 / only this one
    name: Option<String>,
    /// 输出 JSON / print JSON
    #[arg(long)]
    json: bool,
    /// 缩小规模，只验证能否运行 / a smoke run whose figures mean nothing
    #[arg(long)]
    small: bool,
    /// 写成 Markdown / write as Markdown
    #[arg(long)]
    write: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let benches = all();
    let chosen: Vec<&Bench> = benches.iter().filter(|b| args.name.as_deref().is_none_or(|n| n == b.name)).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = benches.iter().map(|b| b.name).collect();
        let name = args.name.as_deref().unwrap_or_default();
        return Err(Fault::new(&faults::UNKNOWN_BENCH)
            .with("name", name)
            .with("known", known.join(", "))
            .field("name"));
    }
    let mut rows: Vec<Row> = Vec::new();
    for bench in chosen {
        eprintln!("▎{}", ui.t(bench.what.0, bench.what.1));
        if !args.small {
            settle();
        }
        rows.extend((bench.run)(args.small, &|line| eprintln!("  {line}"))?);
    }
    if args.json {
        let text = serde_json::to_string_pretty(&rows)
            .map_err(|e| Fault::new(&huoshui_app::faults::INTERNAL).with("what", e))?;
        ui.say(text);
    } else {
        ui.say(people(&rows, ui));
    }
    if let Some(path) = &args.write {
        common::write(path, markdown(&rows)?.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs one group and prints its rows.
pub fn measure(name: &str, ui: &Ui) -> Result<()> {
    let args = Args { name: Some(name.to_owned()), json: false, small: false, write: None };
    run(&args, ui).map(|_| ())
}

/// Three significant digits, thousands parted.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let decimals = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), String::new()), |(w, r)| (w, format!(".{r}")));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && c.is_ascii_digit() && !out.ends_with('-') {
            out.push(',');
        }
        out.push(c);
    }
    out + &rest
}

fn cells(row: &Row) -> Vec<String> {
    let maybe = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
    let verdict = match (row.ratio, row.aim) {
        (Some(ratio), Some(aim)) if ratio >= aim => "✓",
        (Some(_), Some(_)) => "✗",
        _ => "",
    };
    vec![
        row.name.clone(),
        number(row.figure),
        row.unit.to_owned(),
        maybe(row.limit),
        maybe(row.ratio),
        maybe(row.aim),
        verdict.to_owned(),
    ]
}

fn people(rows: &[Row], ui: &Ui) -> String {
    let headers = [
        ui.t("项目", "name"),
        ui.t("数值", "figure"),
        ui.t("单位", "unit"),
        ui.t("上限", "limit"),
        ui.t("比值", "ratio"),
        ui.t("目标", "aim"),
        "",
    ];
    ui::table(&headers, &[1, 3, 4, 5], rows.iter().map(cells)).to_string()
}

fn markdown(rows: &[Row]) -> Result<String> {
    let mut out = String::from(
        "# 基准 / Benchmarks\n\n由 `make bench` 写出；机器有噪声，只有同一次运行中的比值可比。\n\nWritten by `make bench`. Machines are \
         noisy: only ratios within one run compare.\n\n",
    );
    let _ = writeln!(out, "- 日期 date: {}", common::today(&huoshui_journal::SystemClock)?);
    let _ = writeln!(out, "- 机器 machine: {}\n", machine());
    out.push_str("| 项目 name | 数值 figure | 单位 unit | 上限 limit | 比值 ratio | 目标 aim | |\n|---|---:|---|---:|---:|---:|---|\n");
    for row in rows {
        let _ = writeln!(out, "| {} |", cells(row).join(" | "));
    }
    Ok(out)
}

/// Processor, cores and memory, as the system tells.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let of = |text: &str, key: &str| {
        text.lines().find(|l| l.starts_with(key)).and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpu = of(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "?".to_owned());
    let memory = of(&read("/proc/meminfo"), "MemTotal").and_then(|m| m.split(' ').next()?.parse::<u64>().ok());
    format!("{cpu}, {cores} cores, {} GiB", memory.map_or(0, |kib| kib >> 20))
}
