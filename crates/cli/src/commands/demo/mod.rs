//! `huoshui demo`: the whole main job in one go, each stage timed, the document's figures beside those computed.

mod credit;
mod exchange;
mod figures;
mod http;
mod process;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use huoshui_app::access::store;
use huoshui_app::figures::City;
use huoshui_app::import::registry::Choice;
use huoshui_app::{Mode, Workspace, import, verify};
use huoshui_city::{Formats, Options};
use huoshui_journal::{Clock as _, ShiftedClock, SystemClock};
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::indicators::Selection;

use super::{brief, city, common, import as import_command, indicators, verify as verify_command};
use crate::faults;
use crate::ui::{self, Ui};

/// A folder that a demo made: only such a one is ever emptied.
const MARKER: &str = "HUOSHUI-DEMO";

/// The demonstration plays this many days after the data's date: the day after the departments' last batches.
const DAYS_LATER: i64 = 10;

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
    /// 结束后保持服务（在终端中默认如此）/ go on serving at the end, as it does in a terminal
    #[arg(long)]
    serve: bool,
    /// 结束后不保持服务 / do not go on serving
    #[arg(long, conflicts_with = "serve")]
    no_serve: bool,
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
    let workspace = open_store(&data, as_of)?;
    let today = common::today(workspace.clock.as_ref())?;
    let (listed, departments) = parts(&files)?;
    let taken = stages.run("导入名单与报送", "Import lists and filings", || {
        import::run(&workspace, &listed, Choice::default(), today, ui)
    })?;
    import_command::print(&taken, ui);
    let loaded = stages.run("装载各部门数据", "Load the departments' data", || {
        import::run(&workspace, &[departments], Choice::default(), today, ui)
    })?;
    import_command::print(&loaded, ui);
    let sound = stages.run("核验", "Verify", || verify::run(&workspace, &verify::Kept::default(), ui))?;
    verify_command::print(&sound, ui);
    let (known, all) = stages.run("计算全部指标", "Compute every indicator", || {
        let known = City::load(&workspace, None)?;
        let all = known.figures(&Selection { codes: None, as_of, dims: &[], filter: None })?;
        ui.say(indicators::people(&known, &all, &[], ui));
        Ok((known, all))
    })?;
    let met = figures::compare(&targets, args.scale, &known, &all, ui);
    stages.run("按区、按机构", "By district and by institution", || figures::by_cut(&known, as_of, ui))?;
    stages.run("打开一个数字", "Open a figure into its loans", || figures::open(&known, as_of, ui))?;
    let loans = stages.run("出具报告", "Write the report", || brief::write_all(&known, as_of, &report, ui))?;
    ui.say(format!("{} {} (loans/ {loans})", ui.t("报告：", "report:"), report.display()));
    stages.run("试算规则", "Try the policy language", || figures::formula(&files, as_of, ui))?;
    stages.run("量一项基准", "Measure one benchmark", || super::bench::measure("policy-row", ui))?;
    let town =
        stages.run("启动两个远程部门和服务", "Start two remote departments and the service", || {
            exchange::start(&workspace, (&files, &data), as_of, ui)
        })?;
    let shared =
        stages.run("授权、取数、凭证、撤销", "Consent, pull, proof, revocation", || town.play(ui))?;
    let decided = stages.run("画像、决定、草案、重演", "Profiles, decision, draft, replay", || {
        credit::play(&workspace, &town.stage(), ui)
    })?;
    ui.say(format!("\n━━ {} ━━", ui.t("用时", "Times")));
    stages.print();
    next(&args.data, as_of, ui);
    let good = met && shared && decided && sound.is_sound() && !taken.any_refused() && !loaded.any_refused();
    if args.serve || (std::io::stdin().is_terminal() && !args.no_serve) {
        ui.say(format!(
            "\n{} {}",
            ui.t("服务已启动，按 Ctrl-C 结束：", "serving until Ctrl-C:"),
            town.service.said("url")
        ));
        town.service.wait();
    } else {
        ui.say(format!(
            "\n{}",
            ui.t(
                "这里不是终端（或用了 --no-serve），服务和远程部门已停止。再次启动，每条命令各占一个终端，最后一条是服务：",
                "this is no terminal (or --no-serve was given): the service and the departments have stopped. To start them \
                 again, each in a terminal of its own, the service last:"
            )
        ));
        town.again.iter().for_each(|command| ui.say(format!("  {command}")));
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// A fresh demonstration store. Its clock stands in the weeks after the data's date, so that they are as fresh as they would
/// have been then.
fn open_store(data: &Path, as_of: Date) -> Result<Workspace> {
    let day = as_of.checked_add(jiff::Span::new().days(DAYS_LATER)).unwrap_or(as_of);
    let shift = common::morning(day)? - SystemClock.now_micros();
    let clock = Arc::new(ShiftedClock::default());
    clock.shift(shift);
    let workspace = Workspace::open(data, Mode::Create, clock)?;
    store::mark_demo_at(&workspace, shift)?;
    Ok(workspace)
}

/// The city's own files, and the folder of its departments.
fn parts(files: &Path) -> Result<(Vec<PathBuf>, PathBuf)> {
    let departments = files.join("departments");
    let entries = std::fs::read_dir(files).map_err(|e| huoshui_app::faults::folder(files, &e))?;
    let mut listed: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| *p != departments).collect();
    listed.sort();
    Ok((listed, departments))
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
