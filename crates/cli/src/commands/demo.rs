//! `huoshui demo`: the whole main job in one go, each stage timed, the document's figures beside those computed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use huoshui_app::figures::City;
use huoshui_app::import::registry::Choice;
use huoshui_app::{Mode, export, import, people, verify};
use huoshui_city::{Formats, Options, Targets};
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::indicators::{Dim, Figure, Selection, parse_cell};

use super::{brief, city, common, import as import_command, indicators, verify as verify_command};
use crate::faults;
use crate::ui::{self, Ui};

/// A folder that a demo made: only such a one is ever emptied.
const MARKER: &str = "HUOSHUI-DEMO";

/// 一次走完主流程
#[derive(clap::Args)]
pub struct Args {
    /// 演示目录，每次重建 / the demo's folder, made anew each time
    #[arg(long, default_value = ".demo")]
    data: PathBuf,
    /// 随机种子 / seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 规模 / scale
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// 目标文件，none 为不校准 / file of targets, `none` for an uncalibrated city
    #[arg(long)]
    targets: Option<String>,
}

/// Stages with their times, printed at the end.
struct Stages<'a> {
    ui: &'a Ui,
    done: Vec<(String, Duration)>,
}

impl Stages<'_> {
    fn run<T>(&mut self, zh: &str, en: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = self.done.len() + 1;
        self.ui.say(format!("\n━━ {number}. {} ━━", self.ui.t(zh, en)));
        let begun = Instant::now();
        let result = work()?;
        self.done.push((self.ui.t(zh, en).to_owned(), begun.elapsed()));
        Ok(result)
    }

    fn print(&self) {
        let mut total = Duration::ZERO;
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (name, time) in &self.done {
            total += *time;
            rows.push(vec![name.clone(), format!("{:.1}", time.as_secs_f64())]);
        }
        rows.push(vec![self.ui.t("合计", "total").to_owned(), format!("{:.1}", total.as_secs_f64())]);
        let headers = [self.ui.t("步骤", "stage"), self.ui.t("秒", "seconds")];
        self.ui.say(ui::table(&headers, &[1], rows).to_string());
    }
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    prepare(&args.data)?;
    let targets = city::targets(args.targets.as_deref())?;
    let as_of = common::date(&targets.as_of(), "targets")?;
    let (files, data, report) = (args.data.join("city"), args.data.join("data"), args.data.join("report"));
    let options = Options {
        out: files.clone(),
        seed: args.seed,
        scale: args.scale,
        targets: targets.clone(),
        faults: false,
        formats: Formats::Mixed,
        departments: true,
    };
    let mut stages = Stages { ui, done: Vec::new() };
    let summary = stages.run("生成城市", "Generate a city", || city::with_bars(&options, ui))?;
    city::print(&summary, ui);
    let workspace = common::open(&data, Mode::Create)?;
    let taken = stages.run("导入名单与报送", "Import lists and filings", || {
        import::run(&workspace, std::slice::from_ref(&files), Choice::default(), common::today()?, ui)
    })?;
    import_command::print(&taken, ui);
    let sound = stages.run("核验", "Verify", || verify::run(&workspace, &verify::Kept::default(), ui))?;
    verify_command::print(&sound, ui);
    let figures = stages.run("计算全部指标", "Compute every indicator", || {
        let known = City::load(&workspace, None)?;
        let all = known.figures(&Selection { codes: None, as_of, dims: &[], filter: None })?;
        ui.say(indicators::people(&known, &all, &[], ui));
        Ok((known, all))
    })?;
    let (known, all) = figures;
    let met = compare(&targets, args.scale, &known, &all, ui);
    stages.run("按区、按机构", "By district and by institution", || by_cut(&known, as_of, ui))?;
    stages.run("打开一个数字", "Open a figure into its loans", || open(&known, as_of, ui))?;
    let loans = stages.run("出具报告", "Write the report", || brief::write_all(&known, as_of, &report, ui))?;
    ui.say(format!("{} {} (loans/ {loans})", ui.t("报告：", "report:"), report.display()));
    stages.run("试算规则", "Try the policy language", || formula(&files, as_of, ui))?;
    stages.run("量一项基准", "Measure one benchmark", || super::bench::measure("policy-row", ui))?;
    ui.say(format!("\n━━ {} ━━", ui.t("用时", "Times")));
    stages.print();
    next(&args.data, as_of, ui);
    Ok(if met && sound.is_sound() && !taken.any_refused() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Empties a folder only if a demo made it.
fn prepare(folder: &Path) -> Result<()> {
    let fail = |e: std::io::Error| huoshui_app::faults::folder(folder, &e);
    let marker = folder.join(MARKER);
    if folder.exists() {
        let empty = std::fs::read_dir(folder).map_err(fail)?.next().is_none();
        if !empty && !marker.is_file() {
            return Err(Fault::new(&faults::NOT_A_DEMO).with("folder", folder.display()).field("data"));
        }
        std::fs::remove_dir_all(folder).map_err(fail)?;
    }
    std::fs::create_dir_all(folder).map_err(fail)?;
    std::fs::write(&marker, "").map_err(fail)
}

/// The document's figures beside those computed; whether all of them agree as printed.
fn compare(targets: &Targets, scale: f64, city: &City, figures: &[Figure], ui: &Ui) -> bool {
    let mut met = true;
    let rows: Vec<Vec<String>> = targets
        .at_scale(scale)
        .iter()
        .map(|target| {
            let figure = figures.iter().find(|f| *f.code == *target.code);
            let agrees = figure.and_then(Figure::value_text).and_then(|value| target.meets(&value));
            met &= agrees == Some(true);
            vec![
                target.figure.clone(),
                figure.map_or_else(|| target.code.clone(), |f| f.name.get(ui.lang).to_owned()),
                target.document.clone(),
                figure.map_or_else(String::new, |f| export::shown(f, &city.catalogue, ui.lang)),
                if agrees == Some(true) { "✓" } else { "✗" }.to_owned(),
            ]
        })
        .collect();
    if rows.is_empty() {
        ui.say(ui.t("（未校准的城市没有可比的目标）", "(an uncalibrated city has no targets to compare with)"));
        return true;
    }
    let headers =
        ["", ui.t("指标", "indicator"), ui.t("文件所载", "the document"), ui.t("由借据算出", "from the loans"), ""];
    ui.say(format!(
        "\n▎{}",
        ui.t("文件所载的数字与由借据算出的数字", "The document's figures and those computed from the loans")
    ));
    ui.say(ui::table(&headers, &[2, 3], rows).to_string());
    met
}

fn by_cut(city: &City, as_of: Date, ui: &Ui) -> Result<()> {
    let codes = ["srdi_loan_balance", "srdi_loan_coverage"];
    for dim in [Dim::District, Dim::Size] {
        let figures = city.figures(&Selection { codes: Some(&codes), as_of, dims: &[dim], filter: None })?;
        ui.say(indicators::people(city, &figures, &[dim], ui));
    }
    Ok(())
}

/// The largest cell of loans, opened: its rows add up to the figure.
fn open(city: &City, as_of: Date, ui: &Ui) -> Result<()> {
    let cell = parse_cell("district=110108,size=micro")?;
    let drill = city.drill("srdi_loan_balance", as_of, &cell, None, 8)?;
    ui.say(format!("{}  {}", drill.figure.name.get(ui.lang), export::shown(&drill.figure, &city.catalogue, ui.lang)));
    for part in &drill.parts {
        common::give(ui, &people::part(part, &city.library, ui.lang)?, common::Format::Table, None)?;
        let (rows, sum) = (ui.t("行数", "rows"), ui.t("合计", "sum"));
        ui.say(format!("{rows}: {}  {sum}: {}", part.count, people::total(part, ui.lang)));
    }
    Ok(())
}

/// The policy language over one of the files just written.
fn formula(files: &Path, as_of: Date, ui: &Ui) -> Result<()> {
    let folder = files.join("filings").join(as_of.to_string());
    let mut notes: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|e| huoshui_app::faults::folder(&folder, &e))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "csv"))
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("notes.")))
        .collect();
    notes.sort();
    let Some(table) = notes.first() else { return Ok(()) };
    let select = "COUNT(*) AS notes, SUM(balance_cny) AS balance, SUM(balance_cny) FILTER (WHERE mitigants IS NULL AND \
                  ip_pledge = 'N') / SUM(balance_cny) AS credit_share";
    ui.say(format!("huoshui formula eval --table {} --group-by main_guarantee \\\n  --types balance_cny=money --select \"{select}\"", table.display()));
    super::formula::evaluate(table, select, "main_guarantee", "balance_cny=money", ui)
}

fn next(folder: &Path, as_of: Date, ui: &Ui) {
    let data = folder.join("data");
    ui.say(format!(
        "\n{}\n  huoshui indicators --data {} --as-of {as_of} --by institution --format xlsx --out indicators.xlsx\n  \
         huoshui drill srdi_credit_loan_share --data {} --as-of {as_of} --cell district=110108",
        ui.t("接着可以试：", "Try next:"),
        data.display(),
        data.display(),
    ));
}
