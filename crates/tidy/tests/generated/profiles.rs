//! The page of a file of profiles, which `huoshui score` reads: a column for each feature.

use huoshui_credit::features::Feature;
use huoshui_credit::rules::Policies;
use huoshui_credit::value::Kind;
use huoshui_kernel::Date;

use crate::{both, cell, hold};

const HEAD: &str = "# 画像 · profiles\n\n\
`huoshui score --profiles 文件FILE --policy 打分卡CARD` 读的文件：csv（UTF-8，或完整的 GBK/GB18030；逗号分隔）或 Parquet，每行一户，列名即特征代码，顺序不限。\
打分卡用到而文件没有的列一律按缺失计分，并列出；不是特征的列不读，也列出；打分卡的特征一列也没有则退回。空格为缺失，按打分卡的缺失箱计分；单元格读不出则退回，并指出行列。\n\n\
What `huoshui score` reads: csv (UTF-8, or whole GBK/GB18030; commas) or Parquet, a row for each firm, columns named after features in any order. A column that the card reads and the file lacks \
counts as missing for every row and is named; a column that is no feature is not read and is named; a file without any of the card's features is refused. An empty cell is missing and gets the points \
of the missing bin; a cell that cannot be read is refused with its row and column.\n\n\
银行自己的数据（`bank_…`）不在打分卡中，不列于此。The bank's own inputs are in no card and not listed.\n\n\
## 例 · Example\n\n\
```csv\n\
uscc,revenue_12m,revenue_growth,tax_grade,penalties_24m\n\
91110000600037341L,30000000.00,0.2,A,0\n\
```\n\n\
给出 gives `uscc,score,pd,grade`（`--format csv`）。`pd` 为百分数 in percent。\n\n\
## 单元格 · Cells\n\n\
| 类型 kind | csv | Parquet |\n|---|---|---|\n\
| 整数 whole number | `120`，可为负 may be negative | Int64 |\n\
| 金额 money | 元，最多两位小数，可带千位逗号 yuan, two decimals at most, thousands commas allowed：`1234.56` | Int64（分 fen） |\n\
| 利率 rate | 百分数，最多四位小数 percent, four decimals at most：`3.45` | Int64（百万分之一 ppm） |\n\
| 比率 ratio | 小数，不带百分号，最多十二位 a decimal without a percent sign, twelve decimals at most：`0.15` 即 is 15% | Int64（10⁻¹²） |\n\
| 是否 flag | `Y` / `N`（是/否、true/false、1/0） | Boolean |\n\
| 代码 code | 代码本身；清单之外的算缺失 the code itself; one that is not listed counts as missing | Utf8 |\n\n\
## 列 · Columns\n\n\
`uscc`：统一社会信用代码，可无，原样给出 the firm's code, optional, handed through.\n\n";

fn kind(feature: &Feature) -> String {
    let of = |zh: &str, en: &str| format!("{zh} {en}");
    match feature.kind {
        Kind::Int => of("整数", "whole number"),
        Kind::Money => of("金额", "money"),
        Kind::Rate => of("利率", "rate"),
        Kind::Ratio => of("比率", "ratio"),
        Kind::Flag => of("是否", "flag"),
        Kind::Code => {
            let codes = feature.codes.iter().map(|c| format!("`{}` {}", c.code, cell(&c.zh)));
            format!("{}：{}", of("代码", "code"), codes.collect::<Vec<_>>().join("、"))
        }
    }
}

#[test]
fn the_page_of_profiles() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
    let mut page = HEAD.to_owned();
    page.push_str("| 列名 name | 名称 what it is | 类型 kind | 打分卡 cards |\n|---|---|---|---|\n");
    let cards: Vec<_> = policies.scorecards.iter().collect();
    for feature in rules.features().filter(|f| !f.code.starts_with("bank_")) {
        let reads = cards.iter().filter(|card| card.part.iter().any(|part| part.feature == feature.code));
        let reads: Vec<String> = reads.map(|card| format!("`{}`", card.code)).collect();
        let name = both(&feature.zh, &feature.en);
        page.push_str(&format!("| `{}` | {name} | {} | {} |\n", feature.code, kind(feature), reads.join(" ")));
    }
    hold("docs/formats/profiles.md", &page);
    let overview = std::fs::read_to_string(crate::root().join("docs/formats/README.md")).unwrap();
    assert!(overview.contains("(profiles.md)"), "docs/formats/README.md does not link the page of profiles");
}
