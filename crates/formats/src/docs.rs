//! The format page of a table, generated from its shape: Chinese first, English beside it.

use std::fmt::Write;

use huoshui_kernel::shape::{CellKind, CodeName, ColumnShape, TableShape};

/// The page as Markdown: what a file may be, each column with its kind and bounds, and every table of codes.
#[must_use]
pub fn markdown(shape: &TableShape) -> String {
    let mut out = String::new();
    let name =
        |key: &&str| shape.column(key).map_or_else(|| (*key).to_owned(), |(_, c)| format!("`{}` {}", c.name, c.zh));
    let key: Vec<String> = shape.key.iter().map(name).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "# {} · `{}`\n\n\
         文件格式：csv（UTF-8，或完整的 GBK/GB18030；逗号分隔）、xlsx（第一张工作表，或名为“{}”的工作表）、Parquet。第一行是列名，用英文名或中文名均可，顺序不限，列不可缺少、重复或多出。\n\
         File formats: csv (UTF-8, or whole GBK/GB18030; commas), xlsx (the first sheet, or the one named `{}`), Parquet. The first row names the columns, in either language and any order; none may be missing, doubled or added.\n\n\
         主键 Key: {}\n\n\
         | # | 列名 Name | 中文 Chinese | 类型 Kind | 必填 Required | 说明 Meaning |\n|---|---|---|---|---|---|\n",
        shape.zh,
        shape.name,
        shape.zh,
        shape.name,
        key.join(" + "),
    );
    for (i, column) in shape.columns.iter().enumerate() {
        let required = if column.required { "是 yes" } else { "否 no" };
        let note = match column.note {
            ("", "") => String::new(),
            (zh, "") => escape(zh),
            ("", en) => escape(en),
            (zh, en) if zh == en => escape(zh),
            (zh, en) => format!("{}<br>{}", escape(zh), escape(en)),
        };
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {required} | {note} |",
            i + 1,
            column.name,
            escape(column.zh),
            kind(column),
        );
    }
    out.push_str(RULES);
    let mut written: Vec<&[CodeName]> = Vec::new();
    for column in shape.columns {
        if let CellKind::Code(set) | CellKind::CodeSet(set) = column.kind {
            let _ = write!(out, "\n## {} · `{}`\n\n", column.zh, column.name);
            if written.contains(&set) {
                out.push_str("代码同上。The same codes as above.\n");
                continue;
            }
            written.push(set);
            out.push_str("| 代码 Code | 中文 Chinese | 英文 English |\n|---|---|---|\n");
            for code in set {
                let _ = writeln!(out, "| `{}` | {} | {} |", code.code, escape(code.zh), escape(code.en));
            }
        }
    }
    out
}

/// What holds for every table.
const RULES: &str = "
## 填写规则 · How cells are written

| 类型 Kind | csv、xlsx | Parquet |
|---|---|---|
| 文本 text | 去掉首尾空格；不得以 = + - @ 或制表符开头（单独的 - 除外），不得有控制字符。Trimmed; must not begin with = + - @ or a tab (a lone - may), no control characters | Utf8 |
| 整数 integer | `120`，可为负。May be negative | Int64 |
| 金额 money | 元，最多两位小数，可带千位逗号：`1234.56`。Yuan, two decimals at most, thousands commas allowed | Int64（分 fen）或 or Decimal(≤2) |
| 利率 rate | 百分数，最多四位小数：`3.45` 表示 3.45%；xlsx 不要用百分比格式。Percent, four decimals at most; no percentage format in xlsx | Int64（百万分之一 ppm） |
| 基点 basis points | 整数，可为负：`-40`。A whole number | Int64 |
| 日期 date | `2025-09-30`（也可 `2025/9/30`、`20250930`）；xlsx 可用日期格式。A date cell in xlsx | Date32 |
| 是否 flag | `Y` / `N`（是/否、true/false、1/0） | Boolean |
| 统一社会信用代码 USCC | 18 位，校验位须正确。18 characters, both check characters right | Utf8 |
| 代码 code | 代码或中文名。The code or its Chinese name | Utf8, Dictionary |
| 代码组 set of codes | 用 + 连接，空为无：`mortgage+pledge`。Joined with +, empty for none | Utf8 |

xlsx 中的公式一律拒收，请粘贴为数值。Formulas in xlsx are refused: paste them as values.
";

fn kind(column: &ColumnShape) -> String {
    match column.kind {
        CellKind::Text => format!("文本，最多 {0} 字<br>text, up to {0} characters", column.max_len),
        CellKind::Int => "整数 integer".to_owned(),
        CellKind::Money => "金额，元 money, yuan".to_owned(),
        CellKind::Rate => "利率，% rate, %".to_owned(),
        CellKind::BasisPoints => "基点 basis points".to_owned(),
        CellKind::Date => "日期 date".to_owned(),
        CellKind::Flag => "是否 flag".to_owned(),
        CellKind::Uscc => "统一社会信用代码 USCC".to_owned(),
        CellKind::Code(_) => "代码 code".to_owned(),
        CellKind::CodeSet(_) => "代码组 set of codes".to_owned(),
    }
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use huoshui_kernel::shape::{CellKind as K, ColumnShape as C};

    #[test]
    fn every_column_and_code_is_on_the_page() {
        const SET: &[CodeName] = &[CodeName::new("credit", "信用", "Unsecured")];
        static SHAPE: TableShape = TableShape {
            name: "loans",
            zh: "贷款",
            key: &["note_no"],
            columns: &[
                C::required("note_no", "借据号", K::Text, ("机构内唯一", "Unique | within")).up_to(40),
                C::optional("guarantee", "担保方式", K::Code(SET), ("", "")),
                C::optional("mitigants", "缓释", K::CodeSet(SET), ("", "")),
            ],
        };
        let page = markdown(&SHAPE);
        for line in [
            "# 贷款 · `loans`",
            "主键 Key: `note_no` 借据号",
            "| 1 | `note_no` | 借据号 | 文本，最多 40 字<br>text, up to 40 characters | 是 yes | 机构内唯一<br>Unique \\| within |",
            "| 2 | `guarantee` | 担保方式 | 代码 code | 否 no |  |",
            "| `credit` | 信用 | Unsecured |",
            "代码同上。The same codes as above.",
        ] {
            assert!(page.lines().any(|l| l == line), "{line}\n{page}");
        }
    }
}
