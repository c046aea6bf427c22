//! The language as a policy writer meets it: what formulas mean, what is refused and how the refusal reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_formula::format::to_text;
use huoshui_formula::row::{self, Program};
use huoshui_formula::{Params, Schema, Type, Value, compile};
use huoshui_kernel::Lang;

fn schema() -> Schema {
    Schema::new([
        ("n", Type::Int),
        ("balance", Type::Money),
        ("rate", Type::Rate),
        ("growth", Type::Ratio),
        ("listed", Type::Bool),
        ("grade", Type::Text),
        ("opened", Type::Date),
        ("none", Type::Money),
        ("企业名称", Type::Text),
        ("position", Type::Int),
    ])
    .unwrap()
}

/// n 7, balance 1 234.50, rate 3.45 %, growth −0.1, listed, grade A, opened 2024-02-29, none NULL, 活水科技, position 3.
fn sample() -> Vec<Value> {
    vec![
        Value::Num(7),
        Value::Num(123_450),
        Value::Num(34_500),
        Value::Num(-100_000_000_000),
        Value::Bool(true),
        Value::Text("A".into()),
        Value::Date(19_782),
        Value::Null,
        Value::Text("活水科技".into()),
        Value::Num(3),
    ]
}

fn params() -> Params {
    Params::new().with("as_of", Type::Date, Value::Date(20_361))
}

fn eval(text: &str) -> String {
    let expr = compile::expr(text, &schema(), &params()).unwrap_or_else(|e| panic!("{text}: {e}"));
    match Program::new(&expr).unwrap().with_source(text).eval(&sample()) {
        Ok(Value::Null) => format!("{} NULL", expr.ty.name()),
        Ok(v) => format!("{} {}", expr.ty.name(), to_text(&v, expr.ty)),
        Err(e) => e.code().to_owned(),
    }
}

#[test]
fn every_operator_means_what_the_reference_says() {
    for (text, want) in [
        // Arithmetic keeps units; worked out by hand.
        ("balance + money('0.5')", "money 1235.00"),
        ("balance - none", "money NULL"),
        ("balance * 2", "money 2469.00"),
        ("2 * balance", "money 2469.00"),
        ("balance * rate", "money 42.59"), // 123450 * 0.0345 = 4259.025
        ("balance * 0.5", "money 617.25"),
        ("balance / 3", "money 411.50"),
        ("balance / 4", "money 308.62"), // 30862.5 rounds to even
        ("balance / money('1000')", "ratio 1.2345"),
        ("balance / 0.3", "money 4115.00"),
        ("balance / rate", "money 35782.61"),
        ("n / 3", "ratio 2.333333333333"),
        ("n / 0", "ratio NULL"),
        ("n % 4", "int 3"),
        ("-n % 4", "int -3"),
        ("n % 0", "int NULL"),
        ("rate - rate('3%')", "rate 0.4500%"),
        ("growth * growth", "ratio 0.01"),
        ("1 - growth", "ratio 1.1"),
        ("growth + 1", "ratio 0.9"),
        ("growth * 3", "ratio -0.3"),
        ("ratio(n)", "ratio 7"),
        ("fen(balance)", "int 123450"),
        ("ppm(rate)", "int 34500"),
        ("-balance", "money -1234.50"),
        ("- -n", "int 7"),
        ("-(n)", "int -7"),
        ("-9223372036854775808", "int -9223372036854775808"),
        ("9223372036854775807 + n", "formula.overflow"),
        ("balance * 9223372036854775807", "formula.overflow"),
        // Comparisons and logic.
        ("balance > 0", "bool true"),
        ("balance > money('1万元')", "bool false"),
        ("rate BETWEEN rate('3%') AND rate('4%')", "bool true"),
        ("growth > -0.10", "bool false"),
        ("growth >= -0.10", "bool true"),
        ("growth < 1", "bool true"),
        ("none > 0", "bool NULL"),
        ("none > 0 AND grade = 'B'", "bool false"),
        ("none > 0 OR grade = 'A'", "bool true"),
        ("NOT none > 0", "bool NULL"),
        ("grade IN ('A', 'B')", "bool true"),
        ("grade NOT IN ('B', NULL)", "bool NULL"),
        ("n IN (1, 2, 7)", "bool true"),
        ("growth IN (0, -0.1)", "bool true"),
        ("none IS NULL AND balance IS NOT NULL", "bool true"),
        ("(none > 0) IS TRUE", "bool false"),
        ("listed = (n = 7)", "bool true"),
        ("企业名称 LIKE '活水%'", "bool true"),
        ("\"企业名称\" NOT LIKE '_水'", "bool true"),
        ("position + 1", "int 4"),
        ("BALANCE IS NOT NULL", "bool true"),
        // Errors count only where they are selected.
        ("grade = 'B' AND 9223372036854775807 + n > 0", "bool false"),
        ("CASE WHEN grade = 'A' THEN n ELSE n + 9223372036854775807 END", "int 7"),
        ("COALESCE(n, n + 9223372036854775807)", "int 7"),
        ("n IN (7, 9223372036854775807 + n)", "bool true"),
        // Functions.
        ("CASE grade WHEN 'A' THEN 1 WHEN 'B' THEN 0.5 END", "ratio 1"),
        ("CASE WHEN listed THEN balance ELSE 0 END", "money 1234.50"),
        ("COALESCE(none, 0)", "money 0.00"),
        ("NULLIF(n, 7)", "int NULL"),
        ("LEAST(n, 3)", "int 3"),
        ("GREATEST(balance, none)", "money NULL"),
        ("ABS(growth)", "ratio 0.1"),
        ("ROUND(growth)", "int 0"),
        ("ROUND(2.5)", "int 2"),
        ("ROUND(-3.5)", "int -4"),
        ("ROUND(n / 3, 2)", "ratio 2.33"),
        ("FLOOR(-0.5)", "int -1"),
        ("CEIL(0.1)", "int 1"),
        ("CEILING(balance, -2)", "money 1300.00"),
        ("ROUND(balance)", "money 1234.00"),
        ("ROUND(balance, 1)", "money 1234.50"),
        ("ROUND(rate, 1)", "rate 3.4000%"),
        ("ROUND(money('1234567890'), -8)", "money 1200000000.00"),
        // Dates.
        ("opened + INTERVAL '12' MONTH", "date 2025-02-28"),
        ("opened - INTERVAL '1' YEAR", "date 2023-02-28"),
        ("opened + INTERVAL '2' QUARTER", "date 2024-08-29"),
        ("opened + INTERVAL '1' DAY", "date 2024-03-01"),
        ("opened + n", "date 2024-03-07"),
        (":as_of - opened", "int 579"),
        ("opened < :as_of", "bool true"),
        ("EXTRACT(YEAR FROM opened)", "int 2024"),
        ("EXTRACT(ISODOW FROM opened)", "int 4"),
        ("EXTRACT(DOY FROM opened)", "int 60"),
        ("YEAR(opened) * 100 + MONTH(opened)", "int 202402"),
        ("QUARTER(opened)", "int 1"),
        ("DATE '9999-12-31' + 1", "formula.overflow"),
    ] {
        assert_eq!(eval(text), want, "{text}");
    }
}

#[test]
fn a_refusal_names_the_place_and_the_remedy() {
    for (text, code, place, hint) in [
        ("balance > 5000000", "formula.type", "column 11, “5000000”", "write money('5000000')"),
        ("rate < 3.5", "formula.type", "column 8, “3.5”", "write rate('3.5%')"),
        ("n = 1 AND\n  rate * rate > 0", "formula.type", "line 2, column 3, “rate * rate”", "one of the two"),
        ("opened > '2025-01-01'", "formula.type", "column 10, “'2025-01-01'”", "write DATE '2025-01-01'"),
        ("balnce > 0", "formula.unknown_column", "column 1: there is no column “balnce”", "did you mean balance?"),
        ("ABSS(n)", "formula.unknown_function", "“ABSS”", "did you mean abs?"),
        ("CAST(n AS text)", "formula.unsupported", "“CAST”", "language reference"),
        ("n IN (SELECT 1)", "formula.unsupported", "“SELECT”", "language reference"),
        ("n = 1 OR grade ILIKE 'a'", "formula.unsupported", "“ILIKE”", "language reference"),
        ("n::text", "formula.unsupported", "“n", "language reference"),
        ("SUM(n) OVER ()", "formula.unsupported", "“OVER”", "language reference"),
        ("t.n", "formula.unsupported", "“t.n”", "language reference"),
        ("SUM(n) > 1", "formula.aggregate", "“SUM(n)”", "stands"),
        ("n > :limit", "formula.unknown_parameter", "column 5", "give its type"),
        ("n >", "formula.syntax", "line 1, column", "brackets"),
        ("n > 1 grade", "formula.syntax", "column 7", "brackets"),
        ("listed > FALSE", "formula.type", "“listed”", "use ="),
        ("money('12.345')", "formula.literal", "“money('12.345')”", "write money"),
        ("rate('3.45')", "formula.literal", "“rate('3.45')”", "write rate('3.45%')"),
        ("DATE '2025-02-29'", "formula.literal", "“DATE '2025-02-29'”", "DATE '2025-09-30'"),
        ("1e5", "formula.literal", "“1e5”", "plain decimal"),
        ("SUM_PRODUCT(n)", "formula.aggregate", "", ""),
        ("n + grade", "formula.type", "“n + grade”", "no arithmetic"),
        ("ROUND(n, 'x')", "formula.arguments", "", "count of decimals"),
        ("opened + INTERVAL '1' HOUR", "formula.unsupported", "", ""),
        ("'2025-01-01' < opened", "formula.type", "column 1, “'2025-01-01'”", "write DATE '2025-01-01'"),
        ("n > 0.5", "formula.type", "column 5, “0.5”", "ratio(…) makes a ratio"),
        ("grade LIKE grade", "formula.type", "", "LIKE"),
    ] {
        let fault = compile::expr(text, &schema(), &params()).expect_err(text);
        assert_eq!(fault.code(), code, "{text}: {fault}");
        assert!(fault.message(Lang::En).contains(place), "{text}: {}", fault.message(Lang::En));
        assert!(fault.hint(Lang::En).contains(hint), "{text}: {}", fault.hint(Lang::En));
        assert!(!fault.message(Lang::Zh).contains('{'), "{}", fault.message(Lang::Zh));
        assert!(!fault.hint(Lang::Zh).contains('{'), "{}", fault.hint(Lang::Zh));
    }
    let not_a_condition = compile::condition("n + 1", &schema(), &params()).unwrap_err();
    assert_eq!(not_a_condition.code(), "formula.type");
}

#[test]
fn size_is_bounded() {
    let deep = format!("{}n{}", "(".repeat(5_000), ")".repeat(5_000));
    let long = format!("n{}", " + n".repeat(3_000));
    let wide = format!("n IN ({})", vec!["1"; 3_000].join(","));
    for text in [deep, long, wide, "n ".repeat(40_000), "-".repeat(4_000)] {
        let fault = compile::expr(&text, &schema(), &params()).unwrap_err();
        assert!(matches!(fault.code(), "formula.too_large" | "formula.syntax"), "{fault}");
    }
    let many = vec!["n > 0"; 1_000].join(" AND ");
    assert!(compile::condition(&many, &schema(), &params()).is_ok());
}

#[test]
fn groups_aggregates_and_expressions_over_them() {
    let schema = Schema::new([("district", Type::Text), ("balance", Type::Money), ("rate", Type::Rate)]).unwrap();
    let row = |d: Option<&str>, b: Option<i64>, r: i64| {
        vec![d.map_or(Value::Null, |d| Value::Text(d.into())), b.map_or(Value::Null, Value::Num), Value::Num(r)]
    };
    let rows = [
        row(Some("海淀"), Some(100), 30_000),
        row(None, Some(5), 1),
        row(Some("东城"), None, 2),
        row(Some("海淀"), Some(300), 40_000),
    ];
    let query = compile::query(
        "district, SUM(balance) AS total, COUNT(*) AS n, COUNT(balance) FILTER (WHERE rate > rate('3%')) AS dear,
         SUM_PRODUCT(balance, rate) / fen(SUM(balance)) AS mean_ppm, AVG(balance), MAX(rate), SUM(balance) / COUNT(*)",
        &["district".to_owned()],
        None,
        &schema,
        &Params::new(),
    )
    .unwrap();
    // SUM, COUNT(*), COUNT filtered, SUM_PRODUCT, AVG, MAX: repeated ones are computed once.
    assert_eq!(query.aggregates.len(), 6);
    assert_eq!(&*query.outputs[5].name, "AVG(balance)");
    let text = |query, rows: &[Vec<Value>]| -> Vec<String> {
        row::run(query, rows.iter().map(Vec::as_slice))
            .unwrap()
            .iter()
            .map(|r| {
                let cells = r.iter().zip(&query.outputs).map(|(v, o)| to_text(v, o.expr.ty));
                cells.collect::<Vec<_>>().join("|")
            })
            .collect()
    };
    // 海淀: Σ = 400 fen, Σ a·r = 100·30000 + 300·40000 = 15 000 000, mean 37 500 ppm.
    assert_eq!(
        text(&query, &rows),
        ["东城||1|0|||0.0002%|", "海淀|4.00|2|1|37500|2.00|4.0000%|2.00", "|0.05|1|0|1|0.05|0.0001%|0.05"]
    );
    // A key may be a name that the selection gives.
    let by_name = ["Y".to_owned()];
    let named =
        compile::query("YEAR(DATE '2024-02-29') AS y, COUNT(*)", &by_name, None, &schema, &Params::new()).unwrap();
    assert_eq!(text(&named, &rows), ["2024|4"]);
    let nothing =
        compile::query("SUM(balance), COUNT(*)", &[], Some("rate > rate('90%')"), &schema, &Params::new()).unwrap();
    assert_eq!(text(&nothing, &rows), ["|0"]);
    let bare =
        compile::query("balance, COUNT(*)", &["district".to_owned()], None, &schema, &Params::new()).unwrap_err();
    assert_eq!(bare.code(), "formula.aggregate");
    let nested = compile::query("SUM(SUM(balance))", &[], None, &schema, &Params::new()).unwrap_err();
    assert_eq!(nested.code(), "formula.aggregate");
    let twice = compile::query("balance AS a, rate AS A", &[], None, &schema, &Params::new()).unwrap_err();
    assert_eq!(twice.code(), "formula.duplicate_name");
}

#[test]
fn an_explanation_shows_values_results_and_what_decided() {
    let text = "grade IN ('A','B')\n  AND (none > money('5') OR growth > 0) AND n > 100";
    let expr = compile::condition(text, &schema(), &params()).unwrap();
    let explained = row::explain(&expr, &sample(), text, &schema()).unwrap();
    assert_eq!(explained.result, Some(Value::Bool(false)));
    let zh = explained.render(Lang::Zh);
    assert_eq!(
        zh,
        "[否] grade IN ('A','B') AND (none > money('5') OR growth > 0) AND n > 100\n\
         \x20 [是] grade IN ('A','B')  (grade = 'A')\n\
         \x20 [缺失] (none > money('5') OR growth > 0)\n\
         \x20   [缺失] none > money('5')  (none = 缺失)\n\
         \x20   [否] growth > 0  (growth = -0.1)\n\
         \x20 [否] n > 100  (n = 7)  ← 决定结果\n"
    );
    let json = serde_json::to_value(&explained).unwrap();
    assert_eq!(json["parts"][2]["decided"], true);
    assert_eq!(json["parts"][0]["values"][0]["value"], "A");
    let stopped = "n > 100 AND grade = 'A'";
    let expr = compile::condition(stopped, &schema(), &params()).unwrap();
    let explained = row::explain(&expr, &sample(), stopped, &schema()).unwrap();
    assert!(explained.render(Lang::En).contains("[not run] grade = 'A'"));
}
