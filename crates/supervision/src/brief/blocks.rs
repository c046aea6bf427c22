//! The parts that look different on paper and in plain text: headline cards and charts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use huoshui_kernel::fault::Lang;

use super::chart::{Bar, Chart, Group};
use super::escape::html;
use super::input::{BriefInput, Measure, TargetState};
use super::links::{Links, defined, definition, whole_file};
use super::tables::{row_target, sorted};
use super::view::{linked, not_collected, text};
use super::wanted::{CUTS, ROW_CODE, SINCE};
use super::words::pick;
use crate::indicators::Dim;

/// The same content twice.
pub(super) struct Block {
    pub(super) markdown: String,
    pub(super) html: String,
}

/// Headline figures and the change that stands under each.
const CARDS: [(&str, Option<&str>); 8] = [
    ("srdi_count", None),
    ("srdi_loan_balance", Some("srdi_loan_growth_ytd")),
    ("srdi_avg_balance", Some("srdi_avg_balance_growth_ytd")),
    ("srdi_credit_line", None),
    ("srdi_financing_coverage", None),
    ("srdi_loan_rate", Some("srdi_rate_change_bp")),
    ("srdi_credit_loan_share", None),
    ("srdi_mlt_balance", Some("srdi_mlt_growth_ytd")),
];

/// Bars of a cut at most; beyond it the table goes on.
const BARS: usize = 20;
/// Institutions with a bar, and in the table of the text.
pub(super) const LEADING: usize = 10;

/// All blocks by the name that templates call them.
pub(super) fn all(input: &BriefInput, links: &Links, lang: Lang) -> BTreeMap<&'static str, Block> {
    let mut blocks = BTreeMap::from([("cards", cards(input, lang))]);
    let charts = CUTS.into_iter().map(|cut| by_cut(input, links, cut, lang));
    for chart in charts.chain([since(input, lang), progress(input, lang)]) {
        if !chart.groups.is_empty() {
            blocks.insert(chart.id, Block { markdown: chart.text(), html: chart.svg() });
        }
    }
    blocks
}

pub(super) fn name<'a>(input: &'a BriefInput, code: &'a str, lang: Lang) -> &'a str {
    input.definitions.get(code).map_or(code, |d| d.name.of(lang))
}

fn cards(input: &BriefInput, lang: Lang) -> Block {
    let mut markdown = String::from(pick(
        lang,
        "| 指标 | 数值 | 变动 |\n|:--|--:|:--|\n",
        "| Figure | Value | Change |\n|:--|--:|:--|\n",
    ));
    let mut out = String::from("<ul class=\"cards\">");
    for (code, change) in CARDS {
        let figure = input.figures.get(code);
        let shown = text(figure, lang);
        let value = match figure {
            Some(_) => format!("<a href=\"#{}\">{}</a>{}", definition(code), html(shown), mark(code, lang)),
            None => format!("<em>{}</em>", not_collected(lang)),
        };
        let moved = change.and_then(|c| input.figures.get(c).map(|f| (c, f)));
        let _ = writeln!(
            markdown,
            "| {} | {} | {} |",
            super::escape::markdown(name(input, code, lang)),
            linked(code, figure, shown, lang),
            moved
                .map(|(c, f)| format!("{} {}", versus(c, lang), linked(c, Some(f), text(Some(f), lang), lang)))
                .unwrap_or_default(),
        );
        let note = moved.map_or_else(String::new, |(c, f)| {
            let shown = html(text(Some(f), lang));
            format!("{} <a href=\"#{}\">{shown}</a>{}", versus(c, lang), definition(c), mark(c, lang))
        });
        let _ = write!(
            out,
            "<li><span class=\"name\">{}</span><span class=\"value\">{value}</span><span class=\"note\">{note}</span></li>",
            html(name(input, code, lang)),
        );
    }
    out.push_str("</ul>\n");
    Block { markdown, html: out }
}

fn mark(code: &str, lang: Lang) -> String {
    let title = pick(lang, "借据明细", "The loans behind it");
    format!("<a class=\"mark\" href=\"{}\" title=\"{title}\" aria-label=\"{title}\">↗</a>", whole_file(code))
}

/// What a change is measured against.
fn versus(code: &str, lang: Lang) -> &'static str {
    if code == "srdi_rate_change_bp" {
        pick(lang, "较上年全年", "on last year")
    } else {
        pick(lang, "较年初", "since year start")
    }
}

fn by_cut(input: &BriefInput, links: &Links, cut: Dim, lang: Lang) -> Chart {
    let title = match cut {
        Dim::District => pick(lang, "各区贷款余额", "Loan balance by district"),
        Dim::Industry => pick(lang, "各行业贷款余额", "Loan balance by industry"),
        Dim::Tier => pick(lang, "各层级贷款余额", "Loan balance by tier"),
        Dim::Size => pick(lang, "各规模贷款余额", "Loan balance by size"),
        Dim::Guarantee => pick(lang, "各担保方式贷款余额", "Loan balance by main guarantee"),
        Dim::Institution => pick(lang, "贷款余额居前的机构", "Institutions with the largest balances"),
    };
    let most = if cut == Dim::Institution { LEADING } else { BARS };
    let bars = sorted(input.rows(cut)).into_iter().filter_map(|row| {
        let measure = row.figures.get(ROW_CODE)?.measure.as_ref()?;
        let href = row_target(links, cut, &row.key);
        let bar = Bar { value: measure.value, text: measure.text.of(lang).to_owned(), href: Some(href) };
        Some(Group { label: row.name.of(lang).to_owned(), bars: vec![bar] })
    });
    Chart {
        id: cut.name(),
        title: title.to_owned(),
        title_href: defined(input, ROW_CODE),
        legend: Vec::new(),
        groups: bars.take(most).collect(),
        full: None,
        own_scale: false,
    }
}

/// Now and at the year's start, for figures that have both.
fn since(input: &BriefInput, lang: Lang) -> Chart {
    let measure = |code: &str, of: &BTreeMap<String, _>| -> Option<Measure> {
        of.get(code).and_then(|f: &super::input::Figure| f.measure.clone())
    };
    let groups = SINCE.iter().filter_map(|code| {
        let (now, then) = (measure(code, &input.figures)?, measure(code, &input.year_start)?);
        let bar = |m: Measure, href: String| Bar { value: m.value, text: m.text.of(lang).to_owned(), href: Some(href) };
        let bars = vec![bar(now, whole_file(code)), bar(then, format!("#{}", definition(code)))];
        Some(Group { label: name(input, code, lang).to_owned(), bars })
    });
    Chart {
        id: "since",
        title: pick(lang, "年初以来", "Since the year's start").to_owned(),
        title_href: None,
        legend: vec![pick(lang, "期末", "now").to_owned(), pick(lang, "年初", "year start").to_owned()],
        groups: groups.collect(),
        full: None,
        own_scale: true,
    }
}

fn progress(input: &BriefInput, lang: Lang) -> Chart {
    let groups = input.targets.iter().filter_map(|target| {
        let value = i128::from(target.progress_ppm?);
        let text = progress_text(target.progress_ppm);
        let bar = Bar { value, text, href: defined(input, &target.code) };
        let scope = target.cell.as_ref().map(|(.., name)| name.of(lang)).unwrap_or_default();
        let label = format!("{} {scope} {}", name(input, &target.code, lang), target.goal.of(lang));
        Some(Group { label, bars: vec![bar] })
    });
    Chart {
        id: "targets",
        title: pick(lang, "目标完成进度", "Progress towards the targets").to_owned(),
        title_href: None,
        legend: Vec::new(),
        groups: groups.collect(),
        full: Some(1_000_000),
        own_scale: false,
    }
}

/// How far a target has come, `84.2%`; a dash if that cannot be said.
pub(super) fn progress_text(ppm: Option<i64>) -> String {
    ppm.map_or_else(|| "–".to_owned(), |ppm| huoshui_kernel::rate::Ppm(ppm).percent(1) + "%")
}

/// Where a target stands, in words.
pub(super) const fn state_text(state: TargetState, lang: Lang) -> &'static str {
    match state {
        TargetState::Met => pick(lang, "已达到", "reached"),
        TargetState::OnSchedule => pick(lang, "进度正常", "on schedule"),
        TargetState::Behind => pick(lang, "进度落后", "behind schedule"),
        TargetState::Missed => pick(lang, "到期未达到", "missed"),
        TargetState::Unknown => not_collected(lang),
    }
}
