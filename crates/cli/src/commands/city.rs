//! `huoshui city`: a generated city, as files in the import formats.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::progress::Progress as _;
use huoshui_city::{Formats, Options, Summary, Targets, generate};
use huoshui_kernel::fault::Result;

use crate::ui::Ui;

/// 生成一座城市的全部文件
#[derive(clap::Args)]
pub struct Args {
    /// 写入的目录，须为新目录或空目录 / folder to write to, new or empty
    #[arg(long)]
    pub out: PathBuf,
    /// 随机种子 / seed; another moves every detail
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// 规模，0.01 至 50 / scale, 0.01 to 50
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// 目标文件，none 为不校准 / file of targets, `none` for an uncalibrated city
    #[arg(long)]
    pub targets: Option<String>,
    /// 植入报送错误并写出 faults.csv / plant filing errors and list them in faults.csv
    #[arg(long)]
    pub faults: bool,
    /// 只写 csv / csv only
    #[arg(long)]
    pub csv: bool,
    /// 不写部门数据 / without departments' data
    #[arg(long)]
    pub no_departments: bool,
}

/// Reads `--targets`.
pub fn targets(choice: Option<&str>) -> Result<Targets> {
    match choice {
        None => Targets::default_beijing(),
        Some("none") => Targets::none(),
        Some(path) => Targets::load(&PathBuf::from(path)),
    }
}

/// Generates with a progress bar for each stage.
pub fn with_bars(options: &Options, ui: &Ui) -> Result<Summary> {
    let stage = std::sync::Mutex::new((String::new(), 0_u64));
    let report = |name: &str, done: u64, total: u64| {
        let Ok(mut current) = stage.lock() else { return };
        if current.0 != name {
            *current = (name.to_owned(), 0);
            ui.begin(stage_zh(name), name, total);
        }
        ui.advance(done.saturating_sub(current.1));
        current.1 = done.max(current.1);
    };
    let summary = generate(options, &report);
    ui.end();
    summary
}

fn stage_zh(name: &str) -> &str {
    match name {
        "firms" => "企业",
        "lending" => "贷款",
        "calibrate" => "校准",
        "registry" => "名单与机构",
        "filings" => "报送文件",
        "departments" => "部门数据",
        "faults" => "植入错误",
        other => other,
    }
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let options = Options {
        out: args.out.clone(),
        seed: args.seed,
        scale: args.scale,
        targets: targets(args.targets.as_deref())?,
        faults: args.faults,
        formats: if args.csv { Formats::Csv } else { Formats::Mixed },
        departments: !args.no_departments,
    };
    let summary = with_bars(&options, ui)?;
    print(&summary, ui);
    Ok(ExitCode::SUCCESS)
}

/// What was written.
pub fn print(summary: &Summary, ui: &Ui) {
    let mut rows = vec![
        vec![ui.t("企业", "enterprises").to_owned(), summary.enterprises.to_string()],
        vec![ui.t("机构", "institutions").to_owned(), summary.institutions.to_string()],
        vec![ui.t("其中报送机构", "of which file").to_owned(), summary.lenders.to_string()],
        vec![ui.t("报送", "filings").to_owned(), summary.filings.to_string()],
        vec![ui.t("借据行", "rows of notes").to_owned(), summary.notes.to_string()],
        vec![ui.t("放款行", "rows of disbursements").to_owned(), summary.disbursements.to_string()],
        vec![ui.t("银企关系行", "rows of relationships").to_owned(), summary.relationships.to_string()],
    ];
    for (date, count) in &summary.srdi {
        rows.insert(1, vec![format!("{} {date}", ui.t("专精特新企业", "SRDI enterprises")), count.to_string()]);
    }
    if !summary.resources.is_empty() {
        let total: u64 = summary.resources.iter().map(|(_, count)| count).sum();
        rows.push(vec![ui.t("部门数据批次", "departments' batches").to_owned(), summary.resources.len().to_string()]);
        rows.push(vec![ui.t("部门数据行", "rows of departments' data").to_owned(), total.to_string()]);
    }
    if summary.faults > 0 {
        rows.push(vec![ui.t("植入的错误", "errors planted").to_owned(), summary.faults.to_string()]);
    }
    ui.say(crate::ui::table(&[ui.t("内容", "what"), ui.t("数量", "count")], &[1], rows).to_string());
}
