//! What the command prints: language, progress bars, tables, faults.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::Duration;

use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use huoshui_app::progress::Progress;
use huoshui_kernel::fault::{Fault, Lang};
use indicatif::{ProgressBar, ProgressStyle};

/// `--lang`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum LangChoice {
    /// 中文 / Chinese
    Zh,
    /// 英文 / English
    En,
}

impl From<LangChoice> for Lang {
    fn from(choice: LangChoice) -> Self {
        match choice {
            LangChoice::Zh => Self::Zh,
            LangChoice::En => Self::En,
        }
    }
}

/// The face: what language, and whether bars are shown.
pub struct Ui {
    /// The reader's language.
    pub lang: Lang,
    bars: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Ui {
    /// Bars are shown on a terminal only, so that logs and pipes stay clean.
    #[must_use]
    pub fn new(lang: Lang, quiet: bool) -> Self {
        Self { lang, bars: !quiet && std::io::stderr().is_terminal(), bar: Mutex::new(None) }
    }

    /// The text in the reader's language.
    #[must_use]
    pub fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Prints a fault: what, where, what to do.
    pub fn fault(&self, fault: &Fault) {
        eprintln!("{}", self.fault_text(fault));
    }

    /// A fault as two or three lines.
    #[must_use]
    pub fn fault_text(&self, fault: &Fault) -> String {
        let mut place = String::new();
        if let Some(row) = fault.row_number() {
            place.push_str(&match self.lang {
                Lang::Zh => format!("第 {row} 行 "),
                Lang::En => format!("row {row} "),
            });
        }
        if let Some(field) = fault.field_name() {
            place.push_str(field);
            place.push_str(self.t("：", ": "));
        }
        let (wrong, hint) = (self.t("错误", "error"), self.t("办法", "what to do"));
        format!("{wrong} [{}] {place}{}\n  {hint}: {}", fault.code(), fault.message(self.lang), fault.hint(self.lang))
    }

    /// A line beside the result, on standard error.
    pub fn note(&self, line: impl AsRef<str>) {
        eprintln!("{}", line.as_ref());
    }

    /// A line on standard output; a closed pipe ends the program quietly.
    pub fn say(&self, line: impl AsRef<str>) {
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{}", line.as_ref()).is_err() {
            std::process::exit(0);
        }
    }
}

impl Progress for Ui {
    fn begin(&self, zh: &str, en: &str, total: u64) {
        if !self.bars {
            return;
        }
        let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
        let template = if total == 0 {
            "  {spinner} {msg} {human_pos} {elapsed}"
        } else {
            "  {msg:24} {bar:30} {human_pos}/{human_len} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        bar.set_message(self.t(zh, en).to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        if let Ok(mut slot) = self.bar.lock()
            && let Some(old) = slot.replace(bar)
        {
            old.finish_and_clear();
        }
    }

    fn advance(&self, by: u64) {
        if let Ok(slot) = self.bar.lock()
            && let Some(bar) = slot.as_ref()
        {
            bar.inc(by);
        }
    }

    fn end(&self) {
        if let Ok(mut slot) = self.bar.lock()
            && let Some(bar) = slot.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// A rule under the header and no other lines: figures are read down a column.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// A table for people; the columns in `right` are aligned to the right.
#[must_use]
pub fn table(headers: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(headers.iter().map(|h| Cell::new(h).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(row);
    }
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
            // Words may wrap on a narrow screen; a figure broken over two lines is misread.
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table
}
