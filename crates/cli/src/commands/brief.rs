//! `huoshui brief`: the regulator's report with the loans behind every figure.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use huoshui_app::beijing;
use huoshui_app::brief::{Cover, Prepared};
use huoshui_app::figures::City;
use huoshui_kernel::Lang;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;

use super::common;
use crate::ui::Ui;

/// How the report is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Markdown
    Md,
    /// 可打印的网页 / a page that prints
    Html,
}

impl Format {
    /// The end of its file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Html => "html",
        }
    }
}

/// 出具监管报告
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    asked: common::Asked,
    /// 格式 / format
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// 写入的目录：报告和 loans/ 下的借据明细；不给则只把报告打印出来 / folder for the report and its loans/; without it the report is printed
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let as_of = args.asked.date()?;
    let city = args.asked.city()?;
    let prepared = prepare(&city, as_of, ui)?;
    let brief = prepared.render(ui.lang)?;
    let text = if args.format == Format::Html { &brief.html } else { &brief.markdown };
    match &args.out {
        None => ui.say(text.trim_end_matches('\n')),
        Some(folder) => {
            let path = folder.join(name(as_of, ui.lang, args.format));
            common::write(&path, text.as_bytes())?;
            let files = prepared.write_loans(&brief, folder, ui.lang, ui)?;
            ui.say(format!("{} {}", ui.t("报告：", "report:"), path.display()));
            let loans = folder.join("loans");
            ui.say(format!("{} {} ({files})", ui.t("借据明细：", "files of loans:"), loans.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `brief.2025-09-30.zh.html`.
#[must_use]
pub fn name(as_of: Date, lang: Lang, format: Format) -> String {
    let lang = match lang {
        Lang::Zh => "zh",
        Lang::En => "en",
    };
    format!("brief.{as_of}.{lang}.{}", format.extension())
}

/// Evaluates the report with a progress bar.
pub fn prepare<'a>(city: &'a City, as_of: Date, ui: &Ui) -> Result<Prepared<'a>> {
    let cover =
        Cover { generated: beijing(city.workspace.now()), known_at: city.known_at.map(beijing), regulator: None };
    Prepared::new(city, as_of, cover, ui)
}

/// Writes both languages in both formats, with the loans beside them.
pub fn write_all(city: &City, as_of: Date, folder: &Path, ui: &Ui) -> Result<u64> {
    let prepared = prepare(city, as_of, ui)?;
    let mut files = 0;
    for lang in [Lang::En, Lang::Zh] {
        let brief = prepared.render(lang)?;
        common::write(&folder.join(name(as_of, lang, Format::Md)), brief.markdown.as_bytes())?;
        common::write(&folder.join(name(as_of, lang, Format::Html)), brief.html.as_bytes())?;
        if lang == Lang::Zh {
            files = prepared.write_loans(&brief, folder, lang, ui)?;
        }
    }
    Ok(files)
}
