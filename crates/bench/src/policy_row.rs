//! A gate policy of sixty conditions on one enterprise: the cost of one decision.

use std::hint::black_box;
use std::time::Instant;

use huoshui_formula::row::Program;
use huoshui_formula::{Params, Schema, Type, Value, compile};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::{Bench, Row, faults};

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "policy-row",
    what: (
        "六十个条件的准入政策判断一家企业，每个条件都要算到",
        "A gate policy of sixty conditions on one enterprise, every condition looked at",
    ),
    run,
};

/// The aim of the design: one decision under five microseconds.
const AIM: f64 = 5.0;
/// Enterprises, so that neither the branch predictor nor a cache learns one row by heart.
const ENTERPRISES: i64 = 500;

const TEXTS: [&str; 8] =
    ["tax_grade", "district", "industry", "size_class", "tier", "guarantee", "court_status", "name"];
const AMOUNTS: [&str; 12] = [
    "revenue",
    "revenue_last",
    "profit",
    "assets",
    "liabilities",
    "tax_paid",
    "r_and_d",
    "subsidy",
    "bank_debt",
    "line",
    "overdue",
    "receivables",
];
const COUNTS: [&str; 10] = [
    "employees",
    "insured",
    "patents",
    "inventions",
    "lawsuits",
    "penalties",
    "banks",
    "years_filed",
    "loans_repaid",
    "late_days",
];
const RATES: [&str; 3] = ["loan_rate", "base_rate", "cap_rate"];
const RATIOS: [&str; 3] = ["tax_growth", "power_growth", "order_growth"];
const DATES: [&str; 4] = ["founded_on", "certificate_from", "certificate_to", "last_loan_on"];
const FLAGS: [&str; 4] = ["listed", "executed", "abnormal", "consented"];

const CONDITIONS: [&str; 60] = [
    "tax_grade IN ('A', 'B', 'M')",
    "tax_growth > -0.10",
    "power_growth > -0.30",
    "order_growth >= -0.25",
    "revenue >= money('200万元')",
    "revenue > revenue_last * 0.7",
    "profit > money('-500万元')",
    "assets > liabilities",
    "liabilities / assets < 0.85",
    "tax_paid > money('1万元')",
    "tax_paid / revenue >= 0.002",
    "r_and_d / revenue >= 0.03",
    "r_and_d > money('20万元')",
    "subsidy <= revenue",
    "bank_debt < revenue * 0.8",
    "bank_debt + line < assets",
    "line BETWEEN 0 AND money('3000万元')",
    "overdue = 0",
    "receivables < revenue * 0.6",
    "LEAST(revenue, revenue_last) > money('100万元')",
    "employees BETWEEN 5 AND 1000",
    "insured * 10 >= employees * 6",
    "patents >= 2",
    "inventions <= patents",
    "patents > 10 OR inventions > 0",
    "lawsuits <= 3",
    "penalties = 0",
    "banks BETWEEN 0 AND 8",
    "years_filed >= 2",
    "loans_repaid >= 0",
    "late_days < 30",
    "loan_rate <= cap_rate",
    "loan_rate - base_rate <= rate('2.5%')",
    "base_rate > 0",
    "ROUND(tax_growth, 2) <> 9.99",
    "ABS(order_growth) < 5.0",
    "COALESCE(power_growth, -1) > -0.5",
    "CASE WHEN tier = 'little_giant' THEN line <= money('5000万元') ELSE line <= money('3000万元') END",
    "founded_on < :as_of - INTERVAL '24' MONTH",
    "certificate_from <= :as_of",
    "certificate_to >= :as_of",
    "certificate_to > certificate_from",
    "last_loan_on IS NULL OR last_loan_on > DATE '2019-01-01'",
    "YEAR(founded_on) >= 1990",
    ":as_of - founded_on > 730",
    "NOT executed",
    "NOT abnormal",
    "consented",
    "listed OR tier IN ('little_giant', 'srdi')",
    "district IN ('海淀', '经开区', '朝阳', '丰台', '昌平')",
    "district <> '其他'",
    "industry LIKE 'C%' OR industry LIKE 'I%'",
    "industry NOT LIKE 'K%'",
    "size_class IN ('micro', 'small', 'medium')",
    "size_class <> 'large'",
    "tier IS NOT NULL",
    "guarantee IN ('credit', 'pledge', 'mortgage')",
    "court_status = 'none'",
    "name LIKE '%科技%'",
    "NULLIF(banks, 0) IS NULL OR bank_debt / banks < money('2000万元')",
];

fn schema() -> Result<Schema> {
    let group = |names: &'static [&'static str], ty| names.iter().map(move |n| (*n, ty));
    let columns = group(&TEXTS, Type::Text)
        .chain(group(&AMOUNTS, Type::Money))
        .chain(group(&COUNTS, Type::Int))
        .chain(group(&RATES, Type::Rate))
        .chain(group(&RATIOS, Type::Ratio))
        .chain(group(&DATES, Type::Date))
        .chain(group(&FLAGS, Type::Bool));
    Schema::new(columns)
}

/// An enterprise that passes every condition, so that none is skipped; its figures vary with `i`.
fn enterprise(i: i64) -> Vec<Value> {
    let text = |t: &str| Value::Text(t.into());
    let pick =
        |all: [&'static str; 3]| text(all.into_iter().cycle().nth(usize::try_from(i % 3).unwrap_or(0)).unwrap_or(""));
    let wan = |n: i64| Value::Num(n * 1_000_000);
    let of = |n: i64| Value::Num(n);
    let mut row = vec![
        pick(["A", "B", "M"]),
        pick(["海淀", "经开区", "昌平"]),
        pick(["C3562", "C3962", "I6513"]),
        pick(["micro", "small", "medium"]),
        pick(["srdi", "srdi", "little_giant"]),
        pick(["credit", "pledge", "mortgage"]),
        text("none"),
        text("北京活水精密传感科技有限公司"),
    ];
    let revenue = 3_000 + i;
    row.extend([revenue, revenue - 100, 200, 9_000 + i, 4_000, 90, 300, 50, 800, 1_000, 0, 600].map(wan));
    row.extend([60 + i, 50 + i, 12, 3, 1, 0, 3, 6, 4, 2].map(of));
    row.extend([34_500, 30_000, 60_000].map(of));
    row.extend([120_000_000_000 + i, 50_000_000_000, -80_000_000_000 - i].map(of));
    row.extend([Value::Date(14_000), Value::Date(19_900), Value::Date(21_000)]);
    row.push(if i % 2 == 0 { Value::Null } else { Value::Date(20_100) });
    row.extend([i % 2 == 0, false, false, true].map(Value::Bool));
    row
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    say("policy-row: running");
    let params = Params::new().with("as_of", Type::Date, Value::Date(20_361));
    let text = CONDITIONS.map(|c| format!("({c})")).join(" AND ");
    let policy = Program::new(&compile::condition(&text, &schema()?, &params)?)?;
    let rows: Vec<Vec<Value>> = (0..ENTERPRISES).map(enterprise).collect();
    let mut best = f64::INFINITY;
    for _ in 0..if small { 2 } else { 200 } {
        let start = Instant::now();
        for row in &rows {
            if policy.eval_bool(black_box(row))? != Some(true) {
                return Err(Fault::new(&faults::DISAGREES).with("name", "policy-row"));
            }
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(rows.len()).unwrap_or(1)));
    }
    Ok(vec![Row {
        name: "policy_row".into(),
        figure: best,
        unit: "µs",
        limit: Some(AIM),
        ratio: Some(AIM / best),
        aim: Some(1.0),
    }])
}
