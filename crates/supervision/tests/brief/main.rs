//! The report as its readers use it: each number opens, words follow signs, nothing is made up, nothing hostile acts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, clippy::panic)]

mod city;
mod page;
mod taken;

use std::collections::BTreeSet;

use city::{ALL_DIGITS, Plan, city};
use huoshui_kernel::fault::Lang;
use huoshui_supervision::brief::{
    Brief, BriefInput, Figure, LOAN_FILES_MAX, Measure, Place, Target, TargetState, Words, render, wanted,
};
use huoshui_supervision::indicators::{Catalogue, Dim, Exact, Fraction, Unit};
use huoshui_supervision::{indicators, targets};

const BOTH: [Lang; 2] = [Lang::Zh, Lang::En];

fn brief(input: &BriefInput, lang: Lang) -> Brief {
    render(input, lang).unwrap()
}

fn whole_codes() -> Vec<&'static str> {
    wanted().remove(0).codes
}

fn assert_links_hold(brief: &Brief) {
    let anchors = page::anchors(&brief.html);
    let unique: BTreeSet<_> = anchors.iter().collect();
    assert_eq!(anchors.len(), unique.len(), "an anchor stands twice");
    let files: BTreeSet<_> = brief.loans.iter().map(|f| f.path.clone()).collect();
    assert_eq!(files.len(), brief.loans.len(), "a file stands twice");
    let markdown_anchors = page::anchors(&brief.markdown);
    for (links, anchors) in
        [(page::links(&brief.html), &anchors), (page::markdown_links(&brief.markdown), &markdown_anchors)]
    {
        let mut opened = BTreeSet::new();
        for link in links {
            match link.strip_prefix('#') {
                Some(anchor) => assert!(anchors.iter().any(|a| a == anchor), "nothing stands at #{anchor}"),
                None => {
                    assert!(files.contains(&link), "{link} is not in the list of files");
                    opened.insert(link);
                }
            }
        }
        assert_eq!(opened, files, "a file that nothing links to");
    }
}

#[test]
fn every_figure_opens_into_its_definition_and_its_loans() {
    let input = city(&ALL_DIGITS);
    for lang in BOTH {
        let brief = brief(&input, lang);
        assert_links_hold(&brief);
        for code in whole_codes() {
            // The figure in a sentence: a link to the definition, and right after it the mark that opens the loans.
            let mark = format!("</a><a class=\"mark\" href=\"loans/{code}.csv\"");
            let found = brief.html.match_indices(&mark).any(|(at, _)| {
                let before = &brief.html[..at];
                before[before.rfind("<a ").unwrap()..].starts_with(&format!("<a href=\"#def-{code}\">"))
            });
            assert!(found, "{lang:?} {code}");
            assert!(brief.markdown.contains(&format!("](#def-{code})[↗](loans/{code}.csv \"")), "{lang:?} {code}");
        }
        // No number of a sentence stands outside a link.
        for id in ["s-overview", "s-financing", "s-products", "s-quality"] {
            let prose: String = page::section(&brief.markdown, id)
                .lines()
                .filter(|l| !l.starts_with(['#', '|', '~', '█', '░', ' ']) && !l.contains('█'))
                .map(|l| unlinked(&l.replace("2025", "").replace("年前三季度", "").replace("third quarter", "")))
                .collect();
            assert!(!prose.chars().any(|c| c.is_ascii_digit()), "{id}: {prose}");
        }
    }
}

/// A line without its links.
fn unlinked(line: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '[' => depth += 1,
            ']' if chars.peek() == Some(&'(') => {}
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn no_number_is_in_the_report_that_is_not_in_the_input() {
    // Two cities with no digit in common: a digit of one in the report of the other was typed in.
    let sign: fn(&str) -> i128 = |_| 1;
    let low = Plan { digits: "1234", as_of: "2025-09-30", sign, banks: 12, missing: 2, warnings: 1 };
    let high = Plan { digits: "56789", as_of: "2025-09-30", sign, banks: 77, missing: 9, warnings: 75 };
    for (plan, allowed) in [(&low, "1234"), (&high, "56789")] {
        let mut input = city(plan);
        for target in &mut input.targets {
            target.progress_ppm = Some(if allowed == "1234" { 234_123 } else { 876_555 });
        }
        for lang in BOTH {
            let brief = brief(&input, lang);
            for text in [page::seen(&brief.html), page::seen_markdown(&brief.markdown)] {
                let mut text =
                    text.replace("2025年9月30日", "").replace("30 September 2025", "").replace("2025-09-30", "");
                text = text.replace("of 2025", "").replace("2025年三季度末", "").replace("2025年前三季度", "");
                // Names and codes of indicators, which may hold a number: those of the policy, as they are.
                for (code, definition) in &input.definitions {
                    text = text.replace(&definition.name.zh, "").replace(&definition.name.en, "").replace(code, "");
                }
                let strange: String = text.chars().filter(|c| c.is_ascii_digit() && !allowed.contains(*c)).collect();
                let line = text.lines().find(|l| l.chars().any(|c| strange.contains(c)));
                assert!(strange.is_empty(), "{lang:?} {allowed}: {strange} in {line:?}");
            }
        }
    }
}

fn with_change(code: &str, value: i128, text: &str) -> BriefInput {
    let mut input = city(&ALL_DIGITS);
    let measure = Measure { value, scale: 6, text: Words::same(text) };
    input.figures.insert(code.to_owned(), Figure { measure: Some(measure), ..Figure::default() });
    input
}

/// The report without links and marks, as it is read aloud.
fn read(input: &BriefInput, lang: Lang) -> String {
    page::seen_markdown(&brief(input, lang).markdown).replace(['[', ']', '↗'], "")
}

#[test]
fn words_follow_signs() {
    for (code, value, text, zh, en) in [
        ("srdi_loan_growth_ytd", 304_400, "+30.44%", "较年初增长30.44%", "up 30.44% on the start of the year"),
        ("srdi_loan_growth_ytd", -12_300, "-1.23%", "较年初下降1.23%", "down 1.23% on the start of the year"),
        ("srdi_loan_growth_ytd", 0, "0.00%", "与年初持平（0.00%）", "unchanged on the start of the year (0.00%)"),
        ("ip_pledge_growth_yoy", -405_000, "-40.50%", "较上年同期下降40.50%", "down 40.50% on the same date last year"),
        ("srdi_rate_change_bp", -44, "-44 bp", "较上年全年下降44 bp", "44 bp lower than over the whole of last year"),
        ("srdi_rate_change_bp", 44, "44 bp", "较上年全年上升44 bp", "44 bp higher than over the whole of last year"),
        ("srdi_rate_gap_sme_bp", -78, "-78 bp", "低于小微企业78 bp", "78 bp below theirs"),
        ("srdi_rate_gap_sme_bp", 78, "78 bp", "高于小微企业78 bp", "78 bp above theirs"),
        ("srdi_rate_gap_sme_bp", 0, "0 bp", "与小微企业持平（0 bp）", "level with theirs (0 bp)"),
        ("srdi_loan_coverage_change_ytd", -5, "-5 bp", "较年初回落5 bp", "5 bp lower than at the start of the year"),
        ("srdi_loan_coverage_change_ytd", 5, "5 bp", "较年初提高5 bp", "5 bp higher than at the start of the year"),
        ("srdi_npl_ratio", 1, "0.00%", "低于全部企业的", "below the "),
        ("srdi_npl_ratio", 999_999_999, "999%", "高于全部企业的", "above the "),
    ] {
        let input = with_change(code, value, text);
        for (lang, want) in BOTH.into_iter().zip([zh, en]) {
            let read = read(&input, lang);
            assert!(read.contains(want), "{code} {value}: no “{want}” in\n{read}");
        }
    }
}

#[test]
fn what_is_not_there_and_what_does_not_apply_are_said_apart() {
    let mut input = city(&ALL_DIGITS);
    input.figures.remove("ma_pilot_balance");
    input.figures.get_mut("ip_pledge_growth_yoy").unwrap().measure = None;
    let (zh, en) = (read(&input, Lang::Zh), read(&input, Lang::En));
    assert!(zh.contains("并购贷款试点业务余额*尚未采集*"), "{zh}");
    assert!(en.contains("M&A pilot has a balance of *not collected yet*"), "{en}");
    assert!(zh.contains("较上年同期增速不适用") && en.contains("growth on the same date last year not applicable"));
    for lang in BOTH {
        let brief = brief(&input, lang);
        assert_links_hold(&brief);
        assert!(!brief.loans.iter().any(|f| f.code == "ma_pilot_balance"));
        assert!(brief.loans.iter().any(|f| f.code == "ip_pledge_growth_yoy"), "an empty set of loans is still one");
    }
}

#[test]
fn a_city_without_data_gets_an_honest_page() {
    let place =
        Place { city: Words::new("某市", "Some City"), regulator: Words::new("某监管局", "Some regulator") };
    let mut input = BriefInput::new(place, huoshui_kernel::date::parse("2025-08-15").unwrap(), "T");
    assert_links_hold(&brief(&input, Lang::Zh));
    input.define(&Catalogue::embedded().unwrap());
    for lang in BOTH {
        let brief = brief(&input, lang);
        assert!(brief.html.contains("id=\"def-ma_pilot_balance\""), "a figure without a value still has its meaning");
        assert_links_hold(&brief);
        assert!(brief.loans.is_empty());
        let (warning, missing) =
            if lang == Lang::Zh { ("尚无数据", "尚未采集") } else { ("No data yet", "not collected yet") };
        assert!(brief.markdown.contains(warning) && brief.markdown.matches(missing).count() > 50);
        assert!(
            !brief.markdown.contains("北京") && !brief.markdown.contains("Beijing"),
            "a city that is not in the input"
        );
    }
}

#[test]
fn hostile_names_are_only_names() {
    const NAMES: [&str; 6] = [
        "<script>alert('名')</script>",
        "甲|乙|丙 \\| 丁",
        "银行](javascript:alert(1)) ![x](http://evil.example/x.png)",
        "`rm` ``` ~~~ <!--block:cards--> <!--close:-->",
        "\n\n# 标题\n- 一\n1. 二\n<a id=\"def-srdi_count\"></a>",
        "\" onmouseover=\"alert(1)\u{202E}",
    ];
    let calm = city(&ALL_DIGITS);
    let mut input = city(&ALL_DIGITS);
    for cut in Dim::ALL {
        for (i, row) in input.breakdowns.get_mut(&cut).unwrap().iter_mut().enumerate() {
            row.name = Words::same(NAMES[i % NAMES.len()]);
            if cut == Dim::Institution {
                row.key = format!("../{i}{}", NAMES[i % NAMES.len()]);
            }
        }
    }
    for (i, filed) in input.reporting.filed.iter_mut().enumerate() {
        filed.institution.name = Words::same(NAMES[i % NAMES.len()]);
        filed.accepted_at = NAMES[(i + 1) % NAMES.len()].to_owned();
        filed.digest = format!("a{}", NAMES[(i + 2) % NAMES.len()]);
    }
    for (i, missing) in input.reporting.missing.iter_mut().enumerate() {
        missing.name = Words::same(NAMES[i % NAMES.len()]);
    }
    input.place.city = Words::same(NAMES[0]);
    input.place.regulator = Words::same(NAMES[4]);
    input.generated = NAMES[2].to_owned();
    input.known_at = Some(NAMES[3].to_owned());
    for lang in BOTH {
        let (want, brief) = (brief(&calm, lang), brief(&input, lang));
        assert_links_hold(&brief);
        for bad in ["<script", "<img", "javascript:alert(1)\"", "href=\"http", "\u{202E}", "<!--"] {
            assert!(!brief.html.contains(bad), "{bad}");
        }
        let mut tags = brief.html.split('<').skip(1).filter_map(|piece| piece.split_once('>'));
        assert!(!tags.any(|(tag, _)| tag.contains("onmouseover=\"")), "a name became an attribute");
        // The same page but for the names: no tag, cell, heading or list entry more or less.
        for tag in
            ["<tr>", "<td", "<h1", "<h2", "<h3", "<li>", "<ul>", "<p>", "<pre", "<code>", "<div", "<text", "<em>"]
        {
            let [a, b] = [&want, &brief].map(|p| p.html.matches(tag).count());
            // A long label takes another line of text in a chart.
            assert!(a == b || tag == "<text", "{lang:?} {tag}: {a} became {b}");
        }
        for path in brief.loans.iter().map(|f| &f.path) {
            let name = path.strip_prefix("loans/").unwrap();
            assert!(
                name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-~".contains(&b)) && !name.contains(".."),
                "{path}"
            );
        }
        let tables = |text: &str| text.lines().filter(|l| l.starts_with('|')).map(columns).collect::<Vec<_>>();
        assert_eq!(tables(&want.markdown), tables(&brief.markdown), "a name split a row of a table");
    }
}

/// The cells of a row of Markdown: bars that are not escaped.
fn columns(line: &str) -> usize {
    line.replace("\\\\", "").replace("\\|", "").matches('|').count()
}

#[test]
fn the_same_input_gives_the_same_bytes_in_any_order_of_rows() {
    let one = city(&ALL_DIGITS);
    let mut other = city(&ALL_DIGITS);
    other.breakdowns.values_mut().for_each(|rows| rows.reverse());
    other.reporting.filed.reverse();
    other.reporting.missing.reverse();
    for lang in BOTH {
        assert_eq!(brief(&one, lang), brief(&one, lang));
        let (a, b) = (brief(&one, lang), brief(&other, lang));
        assert!(
            a.markdown
                .lines()
                .zip(b.markdown.lines())
                .all(|(x, y)| x == y || x.contains("row-") || x.contains("drill"))
        );
    }
}

#[test]
fn both_languages_show_the_same_figures() {
    let input = city(&ALL_DIGITS);
    let [zh, en] = BOTH.map(|lang| brief(&input, lang));
    assert_eq!(zh.loans, en.loans);
    let sorted = |html: &str| {
        let mut links = page::links(html);
        links.sort();
        links
    };
    assert_eq!(sorted(&zh.html), sorted(&en.html));
    assert!(zh.html.starts_with("<!DOCTYPE html>\n<html lang=\"zh-CN\">") && en.html.contains("<html lang=\"en\">"));
}

#[test]
fn files_are_bounded_and_the_other_rows_name_their_command() {
    let mut input = city(&Plan { banks: 300, ..ALL_DIGITS });
    input.known_at = Some("2025-10-20T09:00:00+08:00".to_owned());
    let brief = brief(&input, Lang::Zh);
    assert_links_hold(&brief);
    assert_eq!(brief.loans.len(), LOAN_FILES_MAX);
    let left: Vec<_> = input.breakdowns[&Dim::Institution]
        .iter()
        .filter(|row| !brief.loans.iter().any(|f| f.cell == [(Dim::Institution, row.key.clone())]))
        .collect();
    assert!(left.len() > 100);
    for row in left {
        let command = format!(
            "huoshui drill srdi_loan_balance --as-of 2025-09-30 --known-at 2025-10-20T09:00:00+08:00 --cell institution={}",
            row.key
        );
        assert!(brief.markdown.contains(&format!("`{command}`")), "{command}");
    }
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let html = brief(&city(&ALL_DIGITS), Lang::Zh).html;
    for outside in ["http:", "https:", "<script", "<link", "@import", "url(", "src="] {
        assert!(!html.contains(outside), "{outside}");
    }
    for needed in
        ["@page { size: A4", "@media print", "<svg role=\"img\"", "<title id=\"chart-district-t\">", "<desc id="]
    {
        assert!(html.contains(needed), "{needed}");
    }
    assert_eq!(html.matches("<svg").count(), html.matches("<desc").count());
    assert_eq!(html.matches("<svg").count(), 8, "six cuts, the year's start, the targets");
}
