//! `huoshui drill`: the loans behind a figure.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::{export, names, people};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::indicators::{Role, parse_cell};

use super::common::{self, Format};
use crate::ui::Ui;

/// 打开一个数字背后的借据
#[derive(clap::Args)]
pub struct Args {
    /// 指标代码 / code of the indicator
    code: String,
    #[command(flatten)]
    asked: common::Asked,
    /// 单元格，如 district=110108,size=small / the cell
    #[arg(long)]
    cell: Option<String>,
    /// 附加条件（规则语言） / a further condition in the policy language
    #[arg(long = "where")]
    filter: Option<String>,
    /// 每部分最多列出的行；表格默认 20，其余默认全部 / rows of each part; 20 in a table, else all
    #[arg(long)]
    limit: Option<usize>,
    /// 哪一部分：numerator, denominator, base_numerator … / which part; all by default
    #[arg(long)]
    part: Option<String>,
    /// 格式；csv 和 xlsx 给出一个部分（默认分子） / format; csv and xlsx give one part, the numerator by default
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Rows of one part at most, whatever is asked: what a spreadsheet holds.
const MAX_ROWS: usize = 1_000_000;

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let as_of = args.asked.date()?;
    let cell = args.cell.as_deref().map(parse_cell).transpose()?.unwrap_or_default();
    if args.cell.as_deref().is_some_and(|text| text.matches('=').count() > cell.len()) {
        let text = args.cell.as_deref().unwrap_or_default();
        return Err(Fault::new(&crate::faults::CELL_TWICE).with("value", text).field("cell"));
    }
    let city = args.asked.city()?;
    let default = if args.format == Format::Table { 20 } else { MAX_ROWS };
    let limit = args.limit.unwrap_or(default).min(MAX_ROWS);
    for (dim, value) in &cell {
        // A value that nobody has would be answered with an empty figure, as if the city had no such loans.
        if let Some(value) = value.as_deref().filter(|v| !names::is_known(&city.library, *dim, v)) {
            let fault = Fault::new(&crate::faults::CELL).with("value", value).with("dim", dim.name());
            return Err(fault.with("known", names::known(&city.library, *dim, ui.lang)).field("cell"));
        }
    }
    let drill = city.drill(&args.code, as_of, &cell, args.filter.as_deref(), limit)?;
    let one = matches!(args.format, Format::Csv | Format::Xlsx).then_some("numerator");
    let wanted = args.part.as_deref().or(one);
    let parts: Vec<_> = drill.parts.iter().filter(|p| wanted.is_none_or(|w| role(p.role) == w)).collect();
    if parts.is_empty() {
        let known: Vec<&str> = drill.parts.iter().map(|p| role(p.role)).collect();
        return Err(Fault::new(&crate::faults::PART).with("known", known.join(", ")).field("part"));
    }
    if args.format == Format::Json {
        let parts = parts.iter().map(|p| {
            let rows: serde_json::Value =
                serde_json::from_str(&export::part(p)?.to_json()).unwrap_or(serde_json::Value::Null);
            Ok(serde_json::json!({
                "part": role(p.role), "code": p.code, "relation": p.relation.name(),
                "data_date": p.data_date.to_string(), "list_date": p.list_date.to_string(),
                "total": p.total.to_string(), "count": p.count, "rows": rows,
            }))
        });
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let whole = serde_json::json!({ "figure": drill.figure.json(ui.lang), "parts": parts });
        common::emit(ui, args.out.as_deref(), &format!("{whole:#}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.format == Format::Table {
        let shown = export::shown(&drill.figure, &city.catalogue, ui.lang);
        ui.say(format!("{}  {}  {shown}", drill.figure.name.get(ui.lang), drill.figure.code));
    }
    for part in parts {
        let table = export::part(part)?;
        if args.format == Format::Table {
            let more = part.count.saturating_sub(table.rows.len() as u64);
            let (dates, count) = ((part.data_date, part.list_date), part.count);
            let total = people::total(part, ui.lang);
            ui.say(match ui.lang {
                Lang::Zh => format!(
                    "\n▎{}（数据日期 {}，名单日期 {}，共 {count} 行，合计 {total}）",
                    role_name(part.role, ui),
                    dates.0,
                    dates.1
                ),
                Lang::En => format!(
                    "\n▎{} (data of {}, list of {}, {count} rows, {total} in all)",
                    role_name(part.role, ui),
                    dates.0,
                    dates.1
                ),
            });
            common::give(ui, &people::part(part, &city.library, ui.lang)?, args.format, None)?;
            if more > 0 {
                ui.say(format!(
                    "… {} {more}",
                    ui.t("未列出的行（用 --limit 或 --format csv）", "rows not listed (--limit, or --format csv):")
                ));
            }
        } else {
            common::give(ui, &table, args.format, args.out.as_deref())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Numerator => "numerator",
        Role::Denominator => "denominator",
        Role::BaseNumerator => "base_numerator",
        Role::BaseDenominator => "base_denominator",
        Role::OtherNumerator => "other_numerator",
        Role::OtherDenominator => "other_denominator",
    }
}

fn role_name(role: Role, ui: &Ui) -> &'static str {
    match role {
        Role::Numerator => ui.t("分子", "Numerator"),
        Role::Denominator => ui.t("分母", "Denominator"),
        Role::BaseNumerator => ui.t("基期分子", "Numerator at the base"),
        Role::BaseDenominator => ui.t("基期分母", "Denominator at the base"),
        Role::OtherNumerator => ui.t("对照分子", "Numerator compared with"),
        Role::OtherDenominator => ui.t("对照分母", "Denominator compared with"),
    }
}
