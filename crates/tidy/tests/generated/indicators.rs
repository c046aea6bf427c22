//! The page of indicators and populations, from the policies that ship with the program.

use std::fmt::Write as _;

use huoshui_supervision::filings;
use huoshui_supervision::indicators::{Base, Catalogue, Dim, Form, Indicator, Kind, Term, Unit, ZeroDenominator};
use huoshui_supervision::relations::{Relation, columns};

use crate::{both, cell, dates, formula, hold};

/// The files of the catalogue, in their order, with what a reader calls them.
const THEMES: [(&str, &str); 7] = [
    ("srdi", "专精特新企业 / SRDI enterprises"),
    ("rates", "利率 / Rates"),
    ("structure", "结构 / Structure"),
    ("access", "可得性 / Access"),
    ("quality", "质量与集中度 / Quality and concentration"),
    ("tiers", "各层级 / Tiers"),
    ("city", "全市 / The city"),
];

const RELATIONS: [(Relation, &str); 5] = [
    (Relation::Notes, "借据，数据日期的快照 / notes, a snapshot"),
    (Relation::Disbursements, "放款，当年1月1日至数据日期 / disbursements, year to date"),
    (Relation::Relationships, "银企关系，数据日期的快照 / accounts and lines, a snapshot"),
    (
        Relation::Contacts,
        "银企关系与借据叠放：谁有账户、额度或敞口 / relationships and notes stacked: who has an account, a line or an exposure",
    ),
    (Relation::Enterprises, "名单日期已知的企业 / enterprises known on the list date"),
];

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Stock => "时点数 stock",
        Kind::Flow => "累计数 flow",
        Kind::DistinctCount => "去重计数 distinct count",
        Kind::Ratio => "比率 ratio",
        Kind::WeightedAverage => "加权平均 weighted average",
        Kind::Concentration => "集中度 concentration",
        Kind::Growth => "增长 growth",
        Kind::Difference => "差 difference",
    }
}

fn base(base: Base) -> &'static str {
    match base {
        Base::YearStart => "上年12月31日 31 December before",
        Base::YearAgo => "上年同日 the same day last year",
        Base::PreviousYearWindow => "上年全年 the whole previous year",
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Fen => "分 fen",
        Unit::Count => "个 count",
        Unit::Ratio => "比率 ratio (1 = 100%)",
        Unit::Bp => "基点 bp",
        Unit::Days => "天 days",
    }
}

fn shown(indicator: &Indicator) -> String {
    let display = &indicator.display;
    let form = match display.form {
        Form::Yi => "亿元 CNY billion".to_owned(),
        Form::Wan => "万元 CNY million".to_owned(),
        Form::Percent => "%".to_owned(),
        Form::Change => "±%".to_owned(),
        Form::Bp => "基点 bp".to_owned(),
        Form::Number => format!("{} {}", display.zh, display.en),
    };
    format!("{form}，{} 位小数 decimals", display.decimals)
}

fn term(term: &Term) -> String {
    let mut text = format!("{} ← `{}`", formula(&term.formula), term.relation.name());
    let populations: Vec<String> = term.population.iter().map(|p| format!("[`{p}`](#总体--populations)")).collect();
    if !populations.is_empty() {
        write!(text, " 限于 where {}", populations.join(" + ")).unwrap();
    }
    if let Some(top) = term.top {
        write!(text, "，最大 {top} 户之和 the {top} largest borrowers together").unwrap();
    }
    text
}

fn code(code: &str) -> String {
    format!("[`{code}`](#{code})")
}

/// The figure's number in the document that the default city is made after, with the document's words.
fn source_figure(indicator: &Indicator, number: &str) -> String {
    let file = "[beijing-2025q3.toml](../crates/city/targets/beijing-2025q3.toml)";
    let targets = huoshui_city::Targets::default_beijing().unwrap();
    match targets.figures().iter().find(|t| *t.code == *indicator.code) {
        Some(target) => format!("{number}：{}（{file}）", cell(&target.document)),
        None => format!("{number}（{file}）"),
    }
}

/// How the number comes about, a row each.
fn working(i: &Indicator) -> Vec<(&'static str, String)> {
    let mut rows = vec![("类型 kind", kind(i.kind).to_owned())];
    if let Some(numerator) = &i.numerator {
        rows.push(("分子 numerator", term(numerator)));
    }
    if let Some(denominator) = &i.denominator {
        rows.push(("分母 denominator", term(denominator)));
    }
    let dims =
        |dims: &[Dim]| dims.iter().map(|d| format!("{} `{}`", d.label().0, d.name())).collect::<Vec<_>>().join(" · ");
    match (&i.of, &i.minus, i.base) {
        (Some(of), None, Some(b)) if i.kind == Kind::Growth => {
            rows.push(("算法 working", format!("{0} ÷ 基期 at the base {0} − 1", code(of))));
            rows.push(("基期 base", base(b).to_owned()));
        }
        (Some(of), None, Some(b)) => {
            rows.push(("算法 working", format!("{0} − 基期 at the base {0}", code(of))));
            rows.push(("基期 base", base(b).to_owned()));
        }
        (Some(of), Some(minus), None) => rows.push(("算法 working", format!("{} − {}", code(of), code(minus)))),
        _ => {}
    }
    if i.base.is_some() {
        let list = if i.same_list {
            "两个日期都用数据日期的名单 the as-of date's list at both dates"
        } else {
            "各用各日的名单 each date its own list"
        };
        rows.push(("名单 list", list.to_owned()));
    }
    if (i.times, i.per) != (1, 1) {
        rows.push(("换算 scaled by", format!("× {} ÷ {}", i.times, i.per)));
    }
    rows.push(("单位 unit", format!("{}，取 {} 位小数 decimals，四舍六入五成双 half-even", unit(i.unit), i.scale)));
    rows.push(("显示 shown as", shown(i)));
    if i.denominator.is_some() || i.kind == Kind::Growth {
        let zero = match i.zero_denominator {
            ZeroDenominator::Null => "不适用（空） not applicable (null)",
            ZeroDenominator::Zero => "0",
        };
        rows.push(("分母为零 zero denominator", zero.to_owned()));
    }
    rows.push(("维度 dimensions", dims(&i.dimensions)));
    if !i.denominator_lacks.is_empty() {
        rows.push(("分母不随之分 denominator stays whole along", dims(&i.denominator_lacks)));
    }
    let additive = if i.additive { "是 yes" } else { "否 no" };
    rows.push(("分项可加 parts add up", additive.to_owned()));
    if let Some(source) = &i.source {
        rows.push(("来源文件中的数字 figure of the source document", source_figure(i, source)));
    }
    rows
}

fn section(i: &Indicator) -> String {
    let mut out = format!(
        "\n### {}\n\n**{} / {}** · 第 {} 版 version {} · {}\n\n{}\n\n{}\n\n| | |\n|---|---|\n",
        i.code,
        i.name.zh,
        i.name.en,
        i.version,
        i.version,
        dates(i.effective_from, i.effective_to),
        i.definition.zh,
        i.definition.en,
    );
    for (name, value) in working(i) {
        writeln!(out, "| {name} | {value} |").unwrap();
    }
    out
}

const INTRO: &str = "\
由 [policies/indicators/](../policies/indicators/) 和 [policies/populations/](../policies/populations/) 生成（`make docs`）；改口径就改那里的文件。
- 分子、分母都是精确整数；除法最后做，只舍入一次，四舍六入五成双。金额为分，利率为百万分之一。
- 每个数字都能用 `huoshui drill 代码 --as-of 日期` 打开到背后的行。`--by` 至多取两个维度。
- 企业是谁（层级、区、行业、规模）按名单日期拼接；未标明“同一名单”的比较，各日期用各日的名单。
- 去重计数和比率不能由分项相加。公式语言见 [formula.md](formats/formula.md)。

Generated from [policies/indicators/](../policies/indicators/) and [policies/populations/](../policies/populations/) (`make docs`); to change a definition, change its file there.
- Numerators and denominators are exact integers; the division is done last and rounded once, half to even. Amounts are fen, rates parts per million.
- Every figure opens into the rows behind it: `huoshui drill CODE --as-of DATE`. `--by` takes at most two dimensions.
- Who a firm is (tier, district, industry, size) is joined by the list date; comparisons use each date's own list unless they say “same list”.
- Distinct counts and ratios never roll up. The formula language: [formula.md](formats/formula.md).
";

fn overview(catalogue: &Catalogue) -> String {
    let mut out = String::from("\n## 一览 / Overview\n\n| 代码 code | 名称 | name | 单位 unit |\n|---|---|---|---|\n");
    for entry in catalogue.entries() {
        let i = &entry.indicator;
        writeln!(out, "| {} | {} | {} | {} |", code(&i.code), cell(&i.name.zh), cell(&i.name.en), i.unit.name())
            .unwrap();
    }
    out
}

fn populations(catalogue: &Catalogue) -> String {
    let mut out = String::from(
        "\n## 总体 / Populations\n\n| 名称 name | 关系 relations | 条件 condition | 定义 definition |\n|---|---|---|---|\n",
    );
    for p in catalogue.populations() {
        let relations: Vec<String> = p.relations.iter().map(|r| format!("`{}`", r.name())).collect();
        writeln!(out, "| `{}` | {} | {} | {} |", p.name, relations.join(" "), formula(&p.formula), both(&p.zh, &p.en))
            .unwrap();
    }
    out
}

/// What formulas, and `--where`, may name beyond the filed columns.
fn relations() -> String {
    let mut out = String::from(
        "\n## 关系 / Relations\n\n公式和 `--where` 可用的列：各表报送的列，加上按日期拼接的列。\n\
         Columns for formulas and `--where`: those filed, and those joined by date.\n",
    );
    for (relation, about) in RELATIONS {
        let filed = match relation {
            Relation::Notes => Some(&filings::NOTES),
            Relation::Disbursements => Some(&filings::DISBURSEMENTS),
            Relation::Relationships => Some(&filings::RELATIONSHIPS),
            Relation::Contacts | Relation::Enterprises => None,
        };
        write!(out, "\n### {}\n\n{about}\n\n", relation.name()).unwrap();
        if let Some(shape) = filed {
            write!(out, "报送的列 / columns as filed: [formats/{0}.md](formats/{0}.md)\n\n", shape.name).unwrap();
        }
        out.push_str("| 列 column | 类型 type | 含义 meaning |\n|---|---|---|\n");
        for c in columns(relation) {
            if filed.is_none_or(|shape| shape.columns.iter().all(|f| f.name != c.name)) {
                writeln!(out, "| `{}` | `{}` | {} |", c.name, c.ty.name(), both(c.zh, c.en)).unwrap();
            }
        }
    }
    out
}

#[test]
fn the_page_of_indicators() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut out = format!("# 指标口径 / Indicators\n\n{INTRO}");
    out.push_str(&overview(&catalogue));
    out.push_str(&populations(&catalogue));
    let mut written = 0;
    for (file, title) in THEMES {
        writeln!(out, "\n## {title}").unwrap();
        for entry in catalogue.entries().iter().filter(|e| *e.file == *file) {
            out.push_str(&section(&entry.indicator));
            written += 1;
        }
    }
    assert_eq!(written, catalogue.entries().len(), "a file of indicators has no section on the page");
    out.push_str(&relations());
    hold("docs/indicators.md", &out);
}
