//! `huoshui score`: a scorecard over a file of profiles.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, RecordBatch};
use huoshui_app::Mode;
use huoshui_app::policies::Set;
use huoshui_credit::cards::Card;
use huoshui_credit::rules::{Policies, Rules};
use huoshui_credit::value::Kind;
use huoshui_formats::Limits;
use huoshui_formats::loose::{self, LooseType};
use huoshui_formats::table::{Column, Table, Value};
use huoshui_journal::SystemClock;
use huoshui_kernel::fault::{Fault, Result};

use super::common::{self, Format};
use crate::faults;
use crate::ui::{self, Ui};

/// 批量评分
#[derive(clap::Args)]
pub struct Args {
    /// 画像文件 .csv 或 .parquet，列名即特征代码；空格为缺失 / profiles, a column for each feature; empty is missing
    #[arg(long)]
    profiles: PathBuf,
    /// 打分卡代码，如 srdi_general / code of the scorecard
    #[arg(long)]
    policy: String,
    /// 采用该数据目录中现行的政策；不填则用随程序的 / policies in force in this data folder, else the shipped ones
    #[arg(long)]
    data: Option<PathBuf>,
    /// 政策日期，默认今天 / date of the policies, today if not given
    #[arg(long)]
    as_of: Option<String>,
    /// 格式 / format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 逐户写入文件；表格格式且不写文件时只列各等级户数 / write every row to a file; a table without a file counts grades
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let policies = match &args.data {
        Some(data) => Set::load(&common::open(data, Mode::Existing)?, None)?.credit()?,
        None => Policies::embedded()?,
    };
    let date = match &args.as_of {
        Some(text) => common::date(text, "as-of")?,
        None => common::today(&SystemClock)?,
    };
    let rules = policies.on(date)?;
    let card = rules.card(&args.policy).map_err(|fault| fault.field("policy"))?;
    let extension = args.profiles.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if !matches!(extension.as_str(), "csv" | "parquet") {
        return Err(Fault::new(&faults::TABLE).with("file", args.profiles.display()).field("profiles"));
    }
    let read = read(args, &rules, card)?;
    for line in read.remarks(ui, card) {
        ui.note(line);
    }
    let mut rows = Vec::new();
    let mut grades: BTreeMap<String, u64> = BTreeMap::new();
    let listed = args.out.is_some() || args.format != Format::Table;
    for batch in &read.batches {
        let scores = rules.score_batch(&args.policy, batch)?;
        for (at, ((score, pd), grade)) in scores.score.iter().zip(&scores.pd_ppm).zip(&scores.grade).enumerate() {
            *grades.entry(grade.to_string()).or_default() += 1;
            if listed {
                let (score, pd) = (Value::Int(i64::from(*score)), Value::Ppm(*pd));
                rows.push(vec![firm(batch, at), score, pd, Value::Text(grade.to_string())]);
            }
        }
    }
    if !listed {
        let counts = grades.iter().map(|(grade, n)| vec![grade.clone(), n.to_string()]);
        ui.say(ui::table(&[ui.t("等级", "grade"), ui.t("户数", "firms")], &[1], counts).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let columns = [("uscc", "统一社会信用代码"), ("score", "评分"), ("pd", "违约概率"), ("grade", "等级")];
    let columns = columns.iter().map(|(name, zh)| Column::new(name, zh)).collect();
    let format = match (args.format, &args.out) {
        (Format::Table, Some(out)) if out.extension().is_some_and(|e| e == "json") => Format::Json,
        (Format::Table, Some(out)) if out.extension().is_some_and(|e| e == "xlsx") => Format::Xlsx,
        (Format::Table, Some(_)) => Format::Csv,
        (format, _) => format,
    };
    common::give(ui, &Table { name: "scores".to_owned(), columns, rows }, format, args.out.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

/// A file of profiles.
struct Profiles {
    batches: Vec<RecordBatch>,
    /// Features of the card that the file does not have.
    lacking: Vec<String>,
    /// Columns that are no feature.
    strange: Vec<String>,
}

impl Profiles {
    /// What a reader of the scores must know: a column that is not there counts as missing for every firm, and a mistyped
    /// name is such a column.
    fn remarks(&self, ui: &Ui, card: &Card) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.lacking.is_empty() {
            let zh = format!("打分卡 {} 用到而文件没有的列，一律按缺失计分：", card.entry.code);
            let en = format!("columns that {} reads and the file lacks; they count as missing: ", card.entry.code);
            lines.push(format!("{}{}", ui.t(&zh, &en), self.lacking.join(", ")));
        }
        if !self.strange.is_empty() {
            let names = self.strange.join(", ");
            lines.push(format!(
                "{}{names}",
                ui.t("不是特征、未用到的列：", "columns that are no feature and are not read: ")
            ));
        }
        lines
    }
}

/// The rows, each feature's column of its own type.
fn read(args: &Args, rules: &Rules, card: &Card) -> Result<Profiles> {
    let limits = Limits::default();
    let header = huoshui_formats::read::header(&args.profiles, &limits)?;
    let named = |code: &str| header.iter().any(|h| h.trim() == code);
    let mut types: Vec<(String, LooseType)> = rules
        .features()
        .filter(|f| named(&f.code))
        .filter_map(|f| rules.field(&f.code))
        .map(|f| {
            let ty = match f.kind {
                Kind::Int => LooseType::Int,
                Kind::Money => LooseType::Money,
                Kind::Rate => LooseType::Rate,
                Kind::Ratio => LooseType::Ratio,
                Kind::Flag => LooseType::Bool,
                Kind::Code => LooseType::Text,
            };
            (f.code.to_string(), ty)
        })
        .collect();
    let all: Vec<&str> = card.parts.iter().map(|p| p.code.as_str()).collect();
    if !all.iter().any(|code| named(code)) {
        let fault = Fault::new(&faults::NO_FEATURES).with("file", args.profiles.display()).with("all", all.join(", "));
        return Err(fault.with("card", &args.policy).field("profiles"));
    }
    let lacking = all.iter().filter(|code| !named(code)).map(|code| (*code).to_owned()).collect();
    let known = |name: &str| name == "uscc" || types.iter().any(|(code, _)| code == name);
    let strange = header.iter().map(|h| h.trim()).filter(|name| !known(name)).map(str::to_owned).collect();
    if named("uscc") {
        types.push(("uscc".to_owned(), LooseType::Text));
    }
    Ok(Profiles { batches: loose::read(&args.profiles, &types, &limits)?.1, lacking, strange })
}

fn firm(batch: &RecordBatch, row: usize) -> Value {
    let codes = batch.column_by_name("uscc").and_then(|a| a.as_string_opt::<i32>());
    codes.filter(|c| c.is_valid(row)).map_or(Value::Null, |c| Value::Text(c.value(row).to_owned()))
}
