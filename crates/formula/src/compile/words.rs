//! Words about a formula: what the parser says in English said in Chinese, and short names of constructs.

use sqlparser::ast;

/// Kinds of things that the parser expects, by its own words for them.
const THINGS: &[(&str, &str)] = &[
    ("an expression", "表达式"),
    ("expression", "表达式"),
    ("identifier", "名称"),
    ("end of statement", "公式结束"),
    ("literal string", "文本"),
    ("a value", "值"),
    ("a concrete value", "值"),
    ("EOF", "公式末尾"),
];

/// The parser's message in Chinese; one that is not known stays as it is.
pub(super) fn chinese(message: &str) -> String {
    if let Some((expected, found)) = message.strip_prefix("Expected: ").and_then(|m| m.split_once(", found: ")) {
        return format!("此处应为{}，实为{}", thing(expected), thing(found));
    }
    if let Some(token) = message.strip_prefix("unexpected ") {
        return format!("多出{}", thing(token));
    }
    match message {
        "Unterminated string literal" => "文本缺少结尾的引号".to_owned(),
        "Unexpected EOF while in a multi-line comment" => "注释没有结束".to_owned(),
        other => other.to_owned(),
    }
}

fn thing(words: &str) -> String {
    match THINGS.iter().find(|(english, _)| english.eq_ignore_ascii_case(words)) {
        Some((_, chinese)) => (*chinese).to_owned(),
        None => format!("“{words}”"),
    }
}

/// A short name of a construct, for messages.
pub(super) fn construct(expr: &ast::Expr) -> &'static str {
    use ast::Expr as E;
    match expr {
        E::CompoundIdentifier(_) | E::CompoundFieldAccess { .. } => "qualified names (a.b)",
        E::JsonAccess { .. } => "access into JSON (a:b)",
        E::IsDistinctFrom(..) | E::IsNotDistinctFrom(..) => "IS DISTINCT FROM",
        E::InSubquery { .. } | E::Exists { .. } | E::Subquery(_) | E::InUnnest { .. } => "subqueries",
        E::ILike { .. } => "ILIKE",
        E::SimilarTo { .. } => "SIMILAR TO",
        E::RLike { .. } => "RLIKE",
        E::AnyOp { .. } | E::AllOp { .. } => "ANY, ALL",
        E::Cast { .. } | E::Convert { .. } => "casts",
        E::AtTimeZone { .. } => "AT TIME ZONE",
        E::Collate { .. } => "COLLATE",
        E::Tuple(_) => "rows in brackets (a, b)",
        E::Array(_) => "arrays",
        E::Interval(_) => "an interval by itself: it stands only after + or − of a date",
        E::Prefixed { .. } | E::TypedString(_) => "literals of this kind",
        E::Wildcard(_) | E::QualifiedWildcard(..) => "“*” except in COUNT(*)",
        _ => "this construct",
    }
}

#[cfg(test)]
mod tests {
    use super::chinese;

    #[test]
    fn what_people_meet_is_said_in_chinese() {
        for (english, said) in [
            ("Expected: an expression, found: EOF", "此处应为表达式，实为公式末尾"),
            ("Expected: ), found: FROM", "此处应为“)”，实为“FROM”"),
            ("unexpected )", "多出“)”"),
            ("Unterminated string literal", "文本缺少结尾的引号"),
            ("something new", "something new"),
        ] {
            assert_eq!(chinese(english), said);
        }
    }
}
