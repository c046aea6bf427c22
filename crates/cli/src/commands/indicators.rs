//! `huoshui indicators`: figures by any two dimensions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::figures::City;
use huoshui_app::{export, names};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::indicators::{Dim, Figure, Selection, parse_dims};

use super::common;
use crate::ui::{self, Ui};

/// How figures are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// 表格 / a table for people
    Table,
    /// JSON，数值精确 / JSON with exact values
    Json,
    /// csv
    Csv,
    /// Excel
    Xlsx,
    /// SDMX-CSV 2.0
    SdmxCsv,
}

/// 计算指标
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    asked: common::Asked,
    /// 只算这些指标，逗号分隔 / only these codes, separated by commas
    #[arg(long)]
    code: Option<String>,
    /// 维度，至多两个：institution, district, industry, tier, size, guarantee / at most two dimensions
    #[arg(long)]
    by: Option<String>,
    /// 附加条件（规则语言） / a further condition in the policy language
    #[arg(long = "where")]
    filter: Option<String>,
    /// 格式 / format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(args: &Args, ui: &Ui) -> Result<ExitCode> {
    let as_of = args.asked.date()?;
    let dims = args.by.as_deref().map(parse_dims).transpose()?.unwrap_or_default();
    let city = args.asked.city()?;
    let codes: Option<Vec<&str>> = args.code.as_deref().map(|c| c.split(',').map(str::trim).collect());
    let selection = Selection { codes: codes.as_deref(), as_of, dims: &dims, filter: args.filter.as_deref() };
    if codes.is_none() && city.catalogue.on(as_of).next().is_none() {
        return Err(Fault::new(&crate::faults::NO_INDICATORS).with("date", as_of).field("as-of"));
    }
    let figures = match (city.figures(&selection), codes.is_some()) {
        (Err(fault), false) if MISSING.contains(&fault.code()) => computable(&city, &selection, fault, ui)?,
        (figures, _) => figures?,
    };
    let out = args.out.as_deref();
    match args.format {
        Format::Table => common::emit(ui, out, &people(&city, &figures, &dims, ui))?,
        Format::Json => {
            let rows: Vec<_> = figures.iter().map(|f| f.json(ui.lang)).collect();
            let text = serde_json::to_string_pretty(&rows)
                .map_err(|e| Fault::new(&huoshui_app::faults::INTERNAL).with("what", e))?;
            common::emit(ui, out, &text)?;
        }
        Format::SdmxCsv => common::emit(ui, out, &export::sdmx_csv(&figures, &dims))?,
        Format::Csv => {
            let table = export::figures(&figures, &dims, &city.catalogue, &city.library, ui.lang);
            common::give(ui, &table, common::Format::Csv, out)?;
        }
        Format::Xlsx => {
            let table = export::figures(&figures, &dims, &city.catalogue, &city.library, ui.lang);
            common::give(ui, &table, common::Format::Xlsx, out)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a figure lacks when the filings or the list of its base were never imported.
const MISSING: [&str; 2] = ["data.no_roster", "data.nothing_filed"];

/// Every figure that the data allow; which others there are, and what they lack, is said on the side. When none can be
/// computed the fault is that of them all.
fn computable(city: &City, selection: &Selection<'_>, all: Fault, ui: &Ui) -> Result<Vec<Figure>> {
    // A date without filings is most likely a slip of the pen.
    city.filings.need(selection.as_of)?;
    let mut figures = Vec::new();
    let mut lacking: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for indicator in city.catalogue.on(selection.as_of) {
        let code = &*indicator.code;
        match city.figures(&Selection { codes: Some(&[code]), ..*selection }) {
            Ok(found) => figures.extend(found),
            Err(fault) if MISSING.contains(&fault.code()) => {
                lacking.entry(fault.message(ui.lang)).or_default().push(code.to_owned());
            }
            // The indicator cannot be cut or filtered like this; asked for all, it is passed over as always.
            Err(fault) if matches!(fault.code(), "indicator.dimension" | "indicator.where") => {}
            Err(fault) => return Err(fault),
        }
    }
    if figures.is_empty() {
        return Err(all);
    }
    for (why, codes) in lacking {
        let what = ui.t("未计算", "not computed");
        ui.note(format!("{what} ({}): {why}: {}", codes.len(), codes.join(", ")));
    }
    Ok(figures)
}

/// Without dimensions a row a figure; with them a block a figure, its cells from the largest down.
pub fn people(city: &City, figures: &[Figure], dims: &[Dim], ui: &Ui) -> String {
    let shown = |f: &Figure| export::shown(f, &city.catalogue, ui.lang);
    if dims.is_empty() {
        let rows = figures.iter().map(|f| vec![f.code.to_string(), f.name.get(ui.lang).to_owned(), shown(f)]);
        let headers = [ui.t("代码", "code"), ui.t("指标", "indicator"), ui.t("数值", "value")];
        return ui::table(&headers, &[2], rows).to_string();
    }
    let mut out = String::new();
    let mut rest = figures;
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|f| f.code != first.code).unwrap_or(rest.len());
        let (block, tail) = rest.split_at(end);
        rest = tail;
        out.push_str(&format!("\n▎{}  {}\n", first.name.get(ui.lang), first.code));
        let mut headers: Vec<&str> = dims.iter().map(|d| ui.t(d.label().0, d.label().1)).collect();
        headers.push(ui.t("数值", "value"));
        let mut cells: Vec<&Figure> = block.iter().collect();
        if dims.len() == 1 {
            cells.sort_by_key(|f| std::cmp::Reverse(f.value.map(|v| v.scaled)));
        }
        let rows = cells.into_iter().map(|f| {
            let mut row: Vec<String> = dims
                .iter()
                .map(|d| names::label(&city.library, *d, f.dims.get(d).and_then(Option::as_deref), ui.lang))
                .collect();
            row.push(shown(f));
            row
        });
        out.push_str(&ui::table(&headers, &[dims.len()], rows).to_string());
        out.push('\n');
    }
    out
}
