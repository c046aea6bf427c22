//! `huoshui profile`: what departments know of an enterprise, as features with where each comes from.
//!
//! Whoever holds the data folder may look at it; through the service an institution sees only what the firm consented to.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::Mode;
use huoshui_app::credit::supply::Held;
use huoshui_app::credit::{Book, city};
use huoshui_credit::profile::{Item, Profile};
use huoshui_credit::rules::Rules;
use huoshui_credit::tags::Answer;
use huoshui_credit::value::Cell;
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Ppm, Uscc};
use serde_json::json;

use super::common;
use crate::ui::{self, Ui};

/// The card of the advice.
const CARD: &str = "srdi_general";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// 表格 / a table for people
    Table,
    /// JSON
    Json,
}

/// 企业信用画像；持有数据目录者可直接查看，经服务查看须企业授权
#[derive(clap::Args)]
pub struct Args {
    /// 统一社会信用代码 / USCC
    uscc: String,
    /// 数据目录 / data folder
    #[arg(long)]
    data: PathBuf,
    /// 画像日期 / date of the profile
    #[arg(long)]
    as_of: String,
    /// 格式 / format
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let date = common::date(&args.as_of, "as-of")?;
    let uscc = Uscc::parse(&args.uscc).map_err(|fault| fault.field("uscc"))?;
    let workspace = common::open(&args.data, Mode::Existing)?;
    let rules = Book::new(workspace.clone()).on(date)?.rules;
    let profile = city::profile(&Held::open(workspace)?, &rules, uscc, date)?;
    let text = match args.format {
        Shape::Table => people(&rules, &profile, ui)?,
        Shape::Json => machines(&rules, &profile)?,
    };
    common::emit(ui, args.out.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}

fn machines(rules: &Rules, profile: &Profile) -> Result<String> {
    let values = profile.items.iter().filter_map(|(code, item)| {
        let field = rules.field(code)?;
        Some((code.clone(), field.json(item.cell)))
    });
    let values: serde_json::Map<String, serde_json::Value> = values.collect();
    let all = json!({
        "uscc": profile.uscc, "as_of": profile.as_of, "values": values, "profile": profile,
        "tags": rules.tags(profile), "radar": rules.radar(profile), "advice": rules.advice(profile, CARD)?,
    });
    Ok(serde_json::to_string_pretty(&all).unwrap_or_default())
}

fn people(rules: &Rules, profile: &Profile, ui: &Ui) -> Result<String> {
    let mut rows = Vec::new();
    for feature in rules.features() {
        let (Some(field), Some(item)) = (rules.field(&feature.code), profile.items.get(&feature.code)) else {
            continue;
        };
        let value = match item.cell {
            Cell::Missing(huoshui_credit::value::Why::NotAsked) if item.origins.is_empty() => continue,
            cell => field.show(cell, ui.lang),
        };
        let (from, fresh) = origin(profile, item, ui);
        let theme = feature.theme.name();
        let name = if ui.lang == huoshui_kernel::Lang::Zh { &feature.zh } else { &feature.en };
        rows.push(vec![theme.get(ui.lang).to_owned(), feature.code.clone(), name.clone(), value, from, fresh]);
    }
    rows.sort_by(|a, b| a.first().cmp(&b.first()));
    let headers = [
        ui.t("主题", "theme"),
        ui.t("代码", "code"),
        ui.t("特征", "feature"),
        ui.t("值", "value"),
        ui.t("来源", "from"),
        ui.t("时效", "freshness"),
    ];
    let mut text = format!("{} {}\n{}\n", profile.uscc, profile.as_of, ui::table(&headers, &[], rows));
    let tags: Vec<Vec<String>> = rules
        .tags(profile)
        .into_iter()
        .filter(|tag| tag.answer != Answer::No)
        .map(|tag| {
            let behind: Vec<String> =
                tag.behind.iter().map(|b| format!("{} {}", b.name.get(ui.lang), b.value.get(ui.lang))).collect();
            let answer = match tag.answer {
                Answer::Yes => ui.t("是", "yes"),
                _ => ui.t("不明", "unknown"),
            };
            vec![
                tag.name.get(ui.lang).to_owned(),
                answer.to_owned(),
                tag.reason.get(ui.lang).to_owned(),
                behind.join("；"),
            ]
        })
        .collect();
    let headers = [ui.t("标签", "tag"), ui.t("结论", "answer"), ui.t("含义", "meaning"), ui.t("依据", "behind it")];
    text.push_str(&format!("\n{}\n", ui::table(&headers, &[], tags)));
    let radar: Vec<Vec<String>> = rules
        .radar(profile)
        .into_iter()
        .map(|axis| {
            let score = axis.score.map_or("–".to_owned(), |s| s.to_string());
            vec![axis.name.get(ui.lang).to_owned(), score, format!("{}/{}", axis.known, axis.features)]
        })
        .collect();
    let headers = [ui.t("主题", "theme"), ui.t("得分", "score"), ui.t("已知", "known")];
    text.push_str(&format!("\n{}\n", ui::table(&headers, &[1, 2], radar)));
    let advice = rules.advice(profile, CARD)?;
    text.push_str(&format!(
        "\n{} {}（{} {}）{} {}%\n{}\n",
        ui.t("评分", "score"),
        advice.score,
        ui.t("等级", "grade"),
        advice.grade,
        ui.t("违约概率", "probability of default"),
        Ppm(advice.pd_ppm).percent(2),
        advice.note.get(ui.lang),
    ));
    Ok(text)
}

/// The sources of a value, and whether they are up to date.
fn origin(profile: &Profile, item: &Item, ui: &Ui) -> (String, String) {
    let all = || item.origins.iter().filter_map(|at| profile.origins.get(*at));
    let from: Vec<String> = all()
        .map(|o| match o.as_of {
            Some(as_of) => format!("{} {as_of}", o.resource),
            None => o.resource.clone(),
        })
        .collect();
    let fresh = if all().any(|o| o.why.is_some()) {
        "–"
    } else if all().any(|o| o.stale) {
        ui.t("过期", "stale")
    } else {
        ui.t("有效", "fresh")
    };
    (from.join(", "), fresh.to_owned())
}
