//! The figures in the demonstration: compared with the document, cut, opened; and the policy language over a file.

use std::path::{Path, PathBuf};

use huoshui_app::figures::City;
use huoshui_app::{export, people};
use huoshui_city::Targets;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;
use huoshui_supervision::indicators::{Dim, Figure, Selection, parse_cell};

use super::{common, indicators};
use crate::ui::{self, Ui};

/// The document's figures beside those computed; whether all of them agree as printed.
pub(super) fn compare(targets: &Targets, scale: f64, city: &City, figures: &[Figure], ui: &Ui) -> bool {
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

pub(super) fn by_cut(city: &City, as_of: Date, ui: &Ui) -> Result<()> {
    let codes = ["srdi_loan_balance", "srdi_loan_coverage"];
    for dim in [Dim::District, Dim::Size] {
        let figures = city.figures(&Selection { codes: Some(&codes), as_of, dims: &[dim], filter: None })?;
        ui.say(indicators::people(city, &figures, &[dim], ui));
    }
    Ok(())
}

/// The largest cell of loans, opened: its rows add up to the figure.
pub(super) fn open(city: &City, as_of: Date, ui: &Ui) -> Result<()> {
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
pub(super) fn formula(files: &Path, as_of: Date, ui: &Ui) -> Result<()> {
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
    super::super::formula::evaluate(table, select, "main_guarantee", "balance_cny=money", ui)
}
