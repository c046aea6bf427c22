//! `huoshui roster`: the list library as of any date.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use huoshui_formats::table::{Column, Table, Value};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_registry::{Reference, Tier};

use super::common::{self, Format};
use crate::ui::{self, Ui};

/// 任意日期的名单
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    asked: common::Asked,
    /// 只列某一层级 / only this tier
    #[arg(long)]
    tier: Option<String>,
    /// table 为分层汇总，其余为逐户名单 / `table` sums up by tier, the others list every firm
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let as_of = args.asked.date()?;
    let library = args.asked.library()?;
    let list = library
        .roster
        .list_on(as_of)
        .ok_or_else(|| Fault::new(&huoshui_app::faults::NO_ROSTER).with("date", as_of).field("as-of"))?;
    let wanted = args.tier.as_deref().map(|t| {
        Tier::from_code(t)
            .ok_or_else(|| Fault::new(&crate::faults::TIER).with("value", t).with("known", known()).field("tier"))
    });
    let wanted = wanted.transpose()?;
    let listed = || library.roster.as_of(as_of).filter(move |l| wanted.is_none_or(|t| l.tiers.contains(t)));
    if args.format == Format::Table {
        let mut rows: Vec<Vec<String>> = Tier::ALL
            .iter()
            .map(|t| {
                let name = t.names().map_or(t.code(), |n| ui.t(n.zh, n.en));
                vec![name.to_owned(), listed().filter(|l| l.tiers.contains(*t)).count().to_string()]
            })
            .collect();
        let srdi = listed().filter(|l| l.tiers.is_srdi()).count();
        rows.push(vec![ui.t("专精特新企业（去重）", "SRDI enterprises (distinct)").to_owned(), srdi.to_string()]);
        rows.push(vec![
            ui.t("名单企业（去重）", "listed enterprises (distinct)").to_owned(),
            listed().count().to_string(),
        ]);
        let title = match ui.lang {
            Lang::Zh => format!("名单 {as_of}（名单日期 {}）", list.date()),
            Lang::En => format!("The list as of {as_of} (list of {})", list.date()),
        };
        let table = ui::table(&[ui.t("层级", "tier"), ui.t("企业", "enterprises")], &[1], rows);
        let table = format!("{title}\n{table}");
        return common::emit(ui, args.out.as_deref(), &table).map(|()| ExitCode::SUCCESS);
    }
    rows(listed(), ui, args.format, args.out.as_deref())
}

fn known() -> String {
    Tier::ALL.iter().map(|t| t.code()).collect::<Vec<_>>().join(", ")
}

fn rows<'a>(
    listed: impl Iterator<Item = huoshui_registry::roster::Listed<'a>>,
    ui: &Ui,
    format: Format,
    out: Option<&Path>,
) -> Result<ExitCode> {
    let districts = &Reference::built_in()?.districts;
    let columns = [("uscc", "统一社会信用代码"), ("name", "企业名称"), ("district", "所属区"), ("tiers", "层级")];
    let table = Table {
        name: "roster".to_owned(),
        columns: columns.iter().map(|(name, zh)| Column::new(name, zh)).collect(),
        rows: listed
            .map(|l| {
                let tiers: Vec<&str> = l.tiers.iter().map(Tier::code).collect();
                let district = districts.by_code(l.district).map_or("", |d| ui.t(&d.zh, &d.en));
                vec![
                    Value::Text(l.uscc.as_str().to_owned()),
                    Value::Text(l.name.to_string()),
                    Value::Text(district.to_owned()),
                    Value::Text(tiers.join("+")),
                ]
            })
            .collect(),
    };
    common::give(ui, &table, format, out)?;
    Ok(ExitCode::SUCCESS)
}
