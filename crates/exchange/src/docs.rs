//! Pages for people, generated from the catalogue and the purposes: Chinese first, English beside it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use huoshui_kernel::Date;

use crate::calendar::Calendar;
use crate::catalogue::{Absent, Catalogue, Cycle, Field, FieldKind, Release, Resource};
use crate::purpose::{Purpose, Purposes};

/// The page of resources (`docs/resources.md`): every version of every resource, by department, with who may ask for it.
/// `departments` gives a department's name (Chinese, English) for its code.
#[must_use]
pub fn resources(
    catalogue: &Catalogue,
    purposes: &Purposes,
    departments: &dyn Fn(&str) -> Option<(String, String)>,
) -> String {
    let mut out = String::from(RESOURCES);
    let years: Vec<String> = Calendar::built_in().years().map(|y| y.to_string()).collect();
    let years = years.join(" ");
    let _ = write!(
        out,
        "\n## 时效 / Freshness\n\n\
        数据在下一期末加滞后天数之前为新鲜；到期日逢节假日顺延至下一个工作日。节假日和调休上班日按国务院办公厅通知，已有年份：{years}；其他年份只按周末计算，质量页以 `holidays_known` 说明。\n\n\
        Data are fresh until the next period's end and the lag; a due day on which nobody works moves to the next working day. Holidays and made-up working days are those announced by the General Office of the State Council, known for {years}; of other years only weekends are, and quality says so in `holidays_known`.\n"
    );
    let all: BTreeSet<&str> = catalogue.iter().map(|r| r.department.as_str()).collect();
    out.push_str(
        "\n## 一览 / Overview\n\n| 代码 code | 名称 name | 部门 department | 更新 cycle |\n|---|---|---|---|\n",
    );
    for r in catalogue.iter() {
        let cycle = label(r.cycle);
        let name = both(&r.zh, &r.en);
        let _ = writeln!(out, "| [`{0}`](#{0}) | {name} | `{1}` | {cycle} |", anchor(r), r.department);
    }
    for department in all {
        let (zh, en) = departments(department).unwrap_or_default();
        let title = [department, &zh, &en].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ");
        let _ = write!(out, "\n## {title}\n");
        for r in catalogue.iter().filter(|r| r.department == department) {
            resource(&mut out, r, purposes);
        }
    }
    out
}

/// The page of purposes (`docs/purposes.md`): every version, with its caps and what it allows.
#[must_use]
pub fn purposes(purposes: &Purposes) -> String {
    let mut out = String::from(PURPOSES);
    for p in purposes.iter() {
        purpose(&mut out, p);
    }
    out
}

const RESOURCES: &str = "\
# 数据资源 / Data resources

由 [policies/resources/](../policies/resources/) 生成（`make docs`）。文件的第一列都是 `uscc`；金额在 csv 中为元，在系统内为分；利率在 csv 中为百分数，在系统内为百万分之一。
“公开”字段不经授权即可查询；“个人信息”除企业授权外还须本人授权；“只核验”的资源不提供数据，只回答一致、不一致、无法核验。

Generated from [policies/resources/](../policies/resources/) (`make docs`). The first column of every file is `uscc`; money is yuan in csv and fen inside, rates are percent in csv and parts per million inside.
Public fields are looked up without consent; personal ones need that person's consent beside the firm's; a resource for verification only never hands out a value: it answers match, no match or unknown.
";

const PURPOSES: &str = "\
# 用途 / Purposes

由 [policies/purposes/](../policies/purposes/) 生成（`make docs`）。授权只能在某个用途之下作出，不得超出它的上限；授权记有用途的版本和摘要。

Generated from [policies/purposes/](../policies/purposes/) (`make docs`). A consent is given under a purpose and never beyond its caps; it names the purpose's version and hash.
";

/// Versions of one resource have anchors of their own.
fn anchor(r: &Resource) -> String {
    if r.schema == 1 { r.code.clone() } else { format!("{}-{}", r.code, r.schema) }
}

fn resource(out: &mut String, r: &Resource, purposes: &Purposes) {
    let mut facts = vec![
        ("版本 schema", format!("{}，{} 起 from", r.schema, r.effective_from)),
        ("更新 cycle", format!("{}，滞后 lag {} 天 days", label(r.cycle), r.lag_days)),
        ("保存 retention", format!("{} 个月 months", r.retention_months)),
        ("主键 key", key(r)),
        (
            "日期 dated by",
            r.period.as_ref().map_or("批次日期的状态 the state as of the batch".into(), |p| format!("`{p}`")),
        ),
        ("无记录 no row", absent(r.absent).to_owned()),
    ];
    if r.release == Release::VerifyOnly {
        facts.push(("提供 release", "只核验 verification only".to_owned()));
    }
    let named: Vec<String> =
        purposes.iter().filter(|p| p.allows(&r.code).is_some()).map(|p| format!("`{}`", p.code)).collect();
    facts.push(("用途 purposes", if named.is_empty() { "无 none".to_owned() } else { named.join(" ") }));
    let _ = write!(out, "\n### {}\n\n**{} / {}**\n\n| | |\n|---|---|\n", anchor(r), r.zh, r.en);
    for (name, value) in facts {
        let _ = writeln!(out, "| {name} | {} |", cell(&value));
    }
    out.push_str(
        "\n| 字段 field | 名称 name | 类型 kind | 必填 required | 可见 sensitivity |\n|---|---|---|---|---|\n",
    );
    for f in &r.fields {
        let required = if f.required { "是 yes" } else { "否 no" };
        let (zh, en) = f.sensitivity.label();
        let _ = writeln!(out, "| `{}` | {} | {} | {required} | {zh} {en} |", f.name, both(&f.zh, &f.en), kind(f));
    }
    if !r.rules.is_empty() {
        out.push_str("\n| 规则 rule | 违反条件 violated | 说明 message | 结果 effect |\n|---|---|---|---|\n");
    }
    for rule in &r.rules {
        let effect = if rule.refuse { "拒收批次 refuses the batch" } else { "计入质量 counted" };
        let formula = cell(&rule.violated);
        let _ = writeln!(out, "| {} | `{formula}` | {} | {effect} |", rule.code, both(&rule.zh, &rule.en));
    }
}

fn purpose(out: &mut String, p: &Purpose) {
    let until = p.effective_to.map_or(String::new(), |to: Date| format!(" – {to}"));
    let recipients: Vec<String> = p.recipients.iter().map(|r| r.label()).map(|(zh, en)| format!("{zh} {en}")).collect();
    let (mode_zh, mode_en) = p.mode.label();
    let stale = match p.stale_days {
        0 => "不可用 never".to_owned(),
        days => format!("过期后 {days} 天内 up to {days} days late"),
    };
    let _ =
        write!(out, "\n## {} · {} / {}\n\n{}\n\n{}\n\n| | |\n|---|---|\n", p.code, p.zh, p.en, p.text_zh, p.text_en);
    for (name, value) in [
        ("版本 version", format!("{}，{} 起 from{until}", p.version, p.effective_from)),
        ("接收方 recipients", recipients.join("，")),
        ("方式 mode", format!("{mode_zh} {mode_en}")),
        ("授权期限 life", format!("≤ {} 天 days", p.max_days)),
        ("回溯 look-back", format!("≤ {} 个月 months", p.max_lookback_months)),
        ("接收方保存 kept by the recipient", format!("≤ {} 天 days", p.max_retention_days)),
        ("频次 frequency", format!("≤ {} 次 times / {} 天 days", p.max_frequency.count, p.max_frequency.days)),
        ("陈旧数据 stale data", stale),
    ] {
        let _ = writeln!(out, "| {name} | {value} |");
    }
    if p.personal {
        out.push_str("| 个人信息 personal data | 须本人另行授权 that person consents separately |\n");
    }
    out.push_str("\n| 资源 resource | 字段 fields | 回溯月数 months back |\n|---|---|---|\n");
    for allowed in &p.allowed {
        let fields: Vec<String> = allowed.fields.iter().map(|f| format!("`{f}`")).collect();
        let months = allowed.months.map_or(String::new(), |m| m.to_string());
        let _ = writeln!(out, "| [`{0}`](resources.md#{0}) | {1} | {months} |", allowed.resource, fields.join(" "));
    }
}

fn label(cycle: Cycle) -> &'static str {
    match cycle {
        Cycle::Daily => "每日 daily",
        Cycle::Monthly => "每月 monthly",
        Cycle::Quarterly => "每季 quarterly",
        Cycle::Yearly => "每年 yearly",
    }
}

fn absent(absent: Absent) -> &'static str {
    match absent {
        Absent::Nothing => "部门确认没有 the department knows that there is nothing",
        Absent::Unknown => "部门不掌握该企业 the department does not know the firm",
    }
}

fn key(r: &Resource) -> String {
    std::iter::once("uscc")
        .chain(r.key.iter().map(String::as_str))
        .map(|k| format!("`{k}`"))
        .collect::<Vec<_>>()
        .join(" + ")
}

fn kind(f: &Field) -> String {
    match f.kind {
        FieldKind::Text => format!("文本 text ≤ {}", f.max_len),
        FieldKind::Int => "整数 integer".to_owned(),
        FieldKind::Money => "金额 money".to_owned(),
        FieldKind::Rate => "利率 rate".to_owned(),
        FieldKind::Date => "日期 date".to_owned(),
        FieldKind::Flag => "是否 flag".to_owned(),
        FieldKind::Uscc => "统一社会信用代码 USCC".to_owned(),
        FieldKind::Code => {
            f.codes.iter().map(|c| format!("`{}` {}", c.code, cell(&c.zh))).collect::<Vec<_>>().join("<br>")
        }
    }
}

/// A text inside a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn both(zh: &str, en: &str) -> String {
    format!("{}<br>{}", cell(zh), cell(en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_purpose_field_and_rule_is_on_its_page() {
        let catalogue = Catalogue::embedded().unwrap();
        let all = Purposes::embedded(&catalogue).unwrap();
        let page = resources(&catalogue, &all, &|code| (code == "swj").then(|| ("税务局".into(), "Tax".into())));
        assert!(page.contains("\n## swj · 税务局 · Tax\n"));
        for r in catalogue.iter() {
            assert!(page.contains(&format!("\n### {}\n", r.code)), "{}", r.code);
            assert!(r.fields.iter().all(|f| page.contains(&format!("| `{}` | {}<br>{} |", f.name, f.zh, f.en))));
            assert!(r.rules.iter().all(|rule| page.contains(&format!("| {} | `", rule.code))));
        }
        let page = purposes(&all);
        for p in all.iter() {
            assert!(page.contains(&format!("\n## {} · {} / {}\n", p.code, p.zh, p.en)));
        }
        assert!(page.contains("| 频次 frequency | ≤ 5 次 times / 30 天 days |"));
    }
}
