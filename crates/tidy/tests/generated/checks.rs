//! The page of filing checks, from the policies that ship with the program.

use std::fmt::Write as _;

use huoshui_supervision::checks::{Book, Check, CheckTable, Family, Severity};

use crate::{both, cell, dates, formula, hold};

const TABLES: [(CheckTable, &str); 8] = [
    (CheckTable::Any, "单元格 / Cells of any table"),
    (CheckTable::Filing, "整份报送 / The filing as a whole"),
    (CheckTable::Notes, "借据 / Notes"),
    (CheckTable::Disbursements, "放款 / Disbursements"),
    (CheckTable::Relationships, "银企关系 / Relationships"),
    (CheckTable::PreviousNotes, "上期借据 / Notes of the last filing"),
    (CheckTable::PreviousDisbursements, "上期放款 / Disbursements of the last filing"),
    (CheckTable::BetweenBanks, "机构之间 / Between institutions"),
];

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "错误 error",
        Severity::Warning => "预警 warning",
        Severity::Query => "询问 query",
    }
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Format => "格式 format",
        Family::Completeness => "完整 completeness",
        Family::Consistency => "逻辑 consistency",
        Family::Referential => "引用 referential",
        Family::Continuity => "跨期 continuity",
        Family::WithinBank => "表间 within the bank",
        Family::BetweenBanks => "机构间 between banks",
    }
}

fn condition(check: &Check) -> String {
    match &check.violated {
        Some(text) => formula(text),
        None if check.faults.is_empty() => "–".to_owned(),
        None if check.faults.iter().any(|f| &**f == "*") => "其余读取错误 any other fault of the reader".to_owned(),
        None => check.faults.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(" "),
    }
}

fn row(check: &Check) -> String {
    let field = check.field.as_ref().map_or_else(|| "–".to_owned(), |f| format!("`{f}`"));
    let source = check.source.as_ref().map_or_else(String::new, |s| format!("<br>依据 source: {}", cell(s)));
    format!(
        "| `{}` | {}<br>{}<br>{} | {field} | {} | {}{source} |\n",
        check.code,
        severity(check.severity),
        family(check.family),
        dates(check.effective_from, check.effective_to),
        condition(check),
        both(&check.zh, &check.en),
    )
}

#[test]
fn the_page_of_checks() {
    let book = Book::embedded().unwrap();
    let count = |s: Severity| book.checks().iter().filter(|c| c.severity == s).count();
    let mut out = String::from("# 报送校验 / Filing checks\n\n");
    write!(
        out,
        "由 [policies/checks/](../policies/checks/) 生成（`make docs`）；改规则就改那里的文件。共 {0} 条：错误 {1} 条，预警 {2} 条，询问 {3} 条。\n\
         - **错误**：整份报送退回。**预警**：须在 `explanations.机构.日期.csv` 中逐项说明方可接受。**询问**：接受，并向机构提出问题。\n\
         - 条件为 TRUE 即为一处发现；NULL 和 FALSE 不是。`:as_of` 为数据日期，`:year_start` 为当年1月1日，`:institution` 为报送机构，`:previous_as_of` 为上期数据日期。\n\
         - 一处错误只报一次：某行某列已有发现，则不再拿它与其他表或上期比较。\n\n\
         Generated from [policies/checks/](../policies/checks/) (`make docs`); to change a rule, change its file there. {0} checks: {1} errors, {2} warnings, {3} queries.\n\
         - An *error* refuses the filing whole. A *warning* passes with an explanation in `explanations.INSTITUTION.DATE.csv`. A *query* passes and asks the institution.\n\
         - A condition that is TRUE is a finding; NULL and FALSE are not. `:as_of` is the as-of date, `:year_start` 1 January of its year, `:institution` the filer, `:previous_as_of` the date of the last filing.\n\
         - One mistake, one finding: a column with a finding in a row is not compared with other tables or the last filing.\n\n\
         列和拼接的列见各文件开头 / columns, and columns joined from elsewhere: [notes](formats/notes.md), [disbursements](formats/disbursements.md), \
         [relationships](formats/relationships.md), and the head of each file.\n",
        book.checks().len(),
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Query),
    )
    .unwrap();
    let mut written = 0;
    for (table, title) in TABLES {
        let rows: Vec<String> = book.checks().iter().filter(|c| c.table == table).map(row).collect();
        if rows.is_empty() {
            continue;
        }
        written += rows.len();
        write!(out, "\n## {title} · `{}`\n\n", table.name()).unwrap();
        out.push_str(
            "| 代码 code | 级别 weight | 字段 field | 何时成立 found when | 提示 message |\n|---|---|---|---|---|\n",
        );
        out.extend(rows);
    }
    assert_eq!(written, book.checks().len(), "a table of checks has no section on the page");
    hold("docs/checks.md", &out);
}
