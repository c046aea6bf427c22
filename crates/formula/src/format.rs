//! Values for people and for machines.

use huoshui_kernel::date;

use crate::value::{RATIO_ONE, Type, Value};

/// A value as people read it: money in yuan with two decimals, a rate in percent, a ratio as a decimal without trailing
/// zeros, a date as `2025-09-30`, truth as `true` or `false`, NULL as nothing. The same text is read back from csv.
#[must_use]
pub fn to_text(value: &Value, ty: Type) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(b) => b.to_string(),
        Value::Text(t) => t.to_string(),
        Value::Date(d) => date::from_days(*d).map_or_else(|| d.to_string(), |d| d.to_string()),
        Value::Num(n) => match ty {
            Type::Money => decimal(*n, 100, 2),
            Type::Rate => format!("{}%", decimal(*n, 10_000, 4)),
            Type::Ratio => ratio(*n),
            _ => n.to_string(),
        },
    }
}

/// A value for machines, exact: whole numbers, money (fen) and rates (parts per million) as integers, ratios as decimal
/// strings, dates as `"2025-09-30"`.
#[must_use]
pub fn to_json(value: &Value, ty: Type) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(b) => (*b).into(),
        Value::Num(n) if ty != Type::Ratio => (*n).into(),
        _ => to_text(value, ty).into(),
    }
}

/// A ratio as a decimal without trailing zeros.
#[must_use]
pub fn ratio(value: i64) -> String {
    let text = decimal(value, RATIO_ONE.unsigned_abs(), 12);
    match text.trim_end_matches('0') {
        cut if cut.ends_with('.') => cut.trim_end_matches('.').to_owned(),
        cut => cut.to_owned(),
    }
}

fn decimal(value: i64, one: u64, decimals: usize) -> String {
    let size = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:0decimals$}", size / one, size % one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_text() {
        for (value, ty, text, json) in [
            (Value::Num(123_456), Type::Money, "1234.56", "123456"),
            (Value::Num(-5), Type::Money, "-0.05", "-5"),
            (Value::Num(34_500), Type::Rate, "3.4500%", "34500"),
            (Value::Num(333_333_333_333), Type::Ratio, "0.333333333333", "\"0.333333333333\""),
            (Value::Num(-RATIO_ONE / 10), Type::Ratio, "-0.1", "\"-0.1\""),
            (Value::Num(i64::MIN), Type::Ratio, "-9223372.036854775808", "\"-9223372.036854775808\""),
            (Value::Num(0), Type::Ratio, "0", "\"0\""),
            (Value::Num(i64::MIN), Type::Int, "-9223372036854775808", "-9223372036854775808"),
            (Value::Date(20_361), Type::Date, "2025-09-30", "\"2025-09-30\""),
            (Value::Bool(true), Type::Bool, "true", "true"),
            (Value::Text("北\"京".into()), Type::Text, "北\"京", "\"北\\\"京\""),
            (Value::Null, Type::Money, "", "null"),
        ] {
            assert_eq!(to_text(&value, ty), text);
            assert_eq!(to_json(&value, ty).to_string(), json);
        }
    }
}
