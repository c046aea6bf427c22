//! Text from anywhere: nothing panics, nothing runs away, and what is refused is refused with a place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_formula::{Params, Schema, Type, compile};
use huoshui_kernel::Lang;
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "n",
    "balance",
    "grade",
    "d",
    "(",
    ")",
    "(",
    ")",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "=",
    "<>",
    "<",
    ">=",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "IS",
    "NULL",
    "TRUE",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "COALESCE(",
    "SUM(",
    "COUNT(*)",
    "FILTER (WHERE",
    "EXTRACT(YEAR FROM",
    "DATE '2024-02-29'",
    "INTERVAL '1' MONTH",
    "INTERVAL",
    "'A'",
    "''",
    "1",
    "0",
    "0.5",
    "9223372036854775808",
    ":p",
    ":",
    "::",
    "AS",
    "SELECT",
    "CAST(",
    "OVER",
    "money('5')",
    "rate('1%')",
    "\"",
    "'",
    "中文",
    "--",
    "/*",
    "*/",
    ";",
    "[",
    "]",
    "{",
    "}",
    "||",
    "->",
    "@",
    "$1",
    "?",
    "e'x'",
    "x'00'",
    "1e9",
    "\\",
    "\n",
    "\u{0}",
    "ROUND(",
    "LEAST(",
    "DISTINCT",
    "year",
    "date",
    "time",
    "array[1]",
    "struct",
    "interval '1",
    "try_cast(",
    "a.b",
];

fn schema() -> Schema {
    Schema::new([("n", Type::Int), ("balance", Type::Money), ("grade", Type::Text), ("d", Type::Date)]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_words_compile_or_are_refused(words in proptest::collection::vec(proptest::sample::select(WORDS), 1..25)) {
        let text = words.join(" ");
        for outcome in [
            compile::expr(&text, &schema(), &Params::new()).map(drop),
            compile::query(&text, &["grade".to_owned()], None, &schema(), &Params::new()).map(drop),
        ] {
            if let Err(fault) = outcome {
                prop_assert!(fault.code().starts_with("formula."), "{text}: {fault}");
                for lang in [Lang::Zh, Lang::En] {
                    let said = format!("{} {}", fault.message(lang), fault.hint(lang));
                    prop_assert!(!said.contains("{line}") && !said.contains("{zh}") && !said.contains("{hint"), "{said}");
                }
            }
        }
    }

    #[test]
    fn any_characters_compile_or_are_refused(text in "\\PC{0,60}") {
        let _ = compile::expr(&text, &schema(), &Params::new());
    }
}

#[test]
fn what_grows_by_repeating_is_bounded() {
    // Each CASE compares its operand twice: thirty levels would be a thousand million parts.
    let text = (0..30).fold("n".to_owned(), |x, _| format!("CASE {x} WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END"));
    let fault = compile::expr(&text, &schema(), &Params::new()).unwrap_err();
    assert_eq!(fault.code(), "formula.too_large");
    // Many aggregates, each another: equal ones are found without comparing each with each.
    let sums: Vec<String> = (0..450).map(|i| format!("SUM(n + {i}) + SUM(n - {i}) AS s{i}")).collect();
    let query = compile::query(&sums.join(", "), &[], None, &schema(), &Params::new());
    assert_eq!(query.unwrap().aggregates.len(), 900);
}

#[test]
fn repetition_does_not_run_away() {
    for (head, times, tail) in [
        ("(", 9_000, ""),
        ("NOT ", 9_000, "TRUE"),
        ("- ", 9_000, "n"),
        ("CASE WHEN ", 3_000, ""),
        ("CASE ", 3_000, ""),
        ("COALESCE(", 3_000, "n"),
        ("f(", 3_000, "n"),
        ("IF(current_time(", 2_000, "x"),
        ("n IN (", 3_000, "1"),
        ("EXTRACT(YEAR FROM ", 2_000, "d"),
        ("INTERVAL ", 3_000, "'1' DAY"),
        ("n + ", 7_000, "n"),
        ("n = ", 3_000, "n"),
        ("grade AND ", 3_000, "grade"),
        ("n BETWEEN ", 2_000, "1"),
        ("a.", 3_000, "b"),
        ("[", 3_000, ""),
        ("/*", 3_000, ""),
        ("DATE ", 3_000, "'2024-01-01'"),
        ("array<", 3_000, "int"),
        ("struct<a ", 2_000, "int>"),
    ] {
        let text = format!("{}{tail}", head.repeat(times));
        assert!(compile::expr(&text, &schema(), &Params::new()).is_err(), "{head}");
        let closed = format!("{}{tail}{}", head.repeat(40), ")".repeat(40));
        let _ = compile::expr(&closed, &schema(), &Params::new());
    }
}
