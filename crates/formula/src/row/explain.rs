//! Why a formula gave what it gave: every part with its text, its values and its result, and which part decided.

use std::fmt::Write as _;

use huoshui_kernel::fault::{Lang, Result};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::Program;
use crate::compile::slice;
use crate::format::{to_json, to_text};
use crate::ir::{Expr, Node, Schema};
use crate::value::{Type, Value};

/// One part of a formula on one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The part's text, as written.
    pub text: String,
    /// Its type.
    pub ty: Type,
    /// Its result; None where it was not run, because an earlier part had decided.
    pub result: Option<Value>,
    /// Whether the result of the whole hangs on this part.
    pub decided: bool,
    /// The columns that it reads, for a part that is not taken apart further.
    pub values: Vec<Part>,
    /// Its sub-conditions, in the order in which they run.
    pub parts: Vec<Explanation>,
}

/// A column and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The column's name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its value in this row.
    pub value: Value,
}

/// Explains a formula on a row. `source` is the text that it was compiled from.
pub fn explain(expr: &Expr, row: &[Value], source: &str, schema: &Schema) -> Result<Explanation> {
    let mut whole = Explainer { row, source, schema }.part(expr, true)?;
    whole.decided = true;
    Ok(whole)
}

struct Explainer<'a> {
    row: &'a [Value],
    source: &'a str,
    schema: &'a Schema,
}

impl Explainer<'_> {
    fn part(&self, expr: &Expr, run: bool) -> Result<Explanation> {
        let result = if run { Some(Program::new(expr)?.with_source(self.source).eval(self.row)?) } else { None };
        let mut out = Explanation {
            text: slice(self.source, expr.span).to_owned(),
            ty: expr.ty,
            result,
            decided: false,
            values: Vec::new(),
            parts: Vec::new(),
        };
        match &expr.node {
            Node::And(all) => out.parts = self.sides(all, run, false)?,
            Node::Or(all) => out.parts = self.sides(all, run, true)?,
            Node::Not(arg) => {
                let mut inner = self.part(arg, run)?;
                inner.decided = run;
                out.parts.push(inner);
            }
            Node::Case { whens, otherwise } => out.parts = self.branches(whens, otherwise, run)?,
            Node::Coalesce(all) => {
                let mut found = !run;
                for side in all {
                    let mut part = self.part(side, !found)?;
                    part.decided = !found && part.result != Some(Value::Null);
                    found |= part.decided;
                    out.parts.push(part);
                }
            }
            _ => self.columns(expr, &mut out.values),
        }
        Ok(out)
    }

    /// The sides of AND (`stop` false) or OR (`stop` true). What decided is the one that stopped it, else those that are
    /// NULL, else all of them.
    fn sides(&self, all: &[Expr], run: bool, stop: bool) -> Result<Vec<Explanation>> {
        let mut parts = Vec::with_capacity(all.len());
        let mut stopped = false;
        for side in all {
            let mut part = self.part(side, run && !stopped)?;
            if part.result == Some(Value::Bool(stop)) {
                stopped = true;
                part.decided = true;
            }
            parts.push(part);
        }
        if !stopped && run {
            let unknown = parts.iter().any(|p| p.result == Some(Value::Null));
            for part in &mut parts {
                part.decided = !unknown || part.result == Some(Value::Null);
            }
        }
        Ok(parts)
    }

    fn branches(&self, whens: &[(Expr, Expr)], otherwise: &Expr, run: bool) -> Result<Vec<Explanation>> {
        let mut parts = Vec::with_capacity(whens.len() * 2 + 1);
        let mut taken = !run;
        for (test, value) in whens {
            let mut test = self.part(test, !taken)?;
            let here = test.result == Some(Value::Bool(true));
            test.decided = here;
            parts.push(test);
            let mut value = self.part(value, here)?;
            value.decided = here;
            parts.push(value);
            taken |= here;
        }
        // An ELSE that nobody wrote carries the place of the whole CASE: there is nothing to show.
        if !matches!(otherwise.node, Node::Const(Value::Null)) {
            let mut last = self.part(otherwise, !taken)?;
            last.decided = !taken;
            parts.push(last);
        }
        Ok(parts)
    }

    fn columns(&self, expr: &Expr, into: &mut Vec<Part>) {
        if let Node::Column(i) = expr.node
            && let (Some(column), Some(value)) = (self.schema.columns.get(i), self.row.get(i))
        {
            let part = Part { name: column.name.to_string(), ty: column.ty, value: value.clone() };
            if !into.contains(&part) {
                into.push(part);
            }
        }
        for child in expr.children() {
            self.columns(child, into);
        }
    }
}

impl Explanation {
    /// Indented lines: result, text, the values read; `←` marks what decided.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let mut out = String::new();
        self.lines(0, true, lang, &mut out);
        out
    }

    fn lines(&self, depth: usize, path: bool, lang: Lang, out: &mut String) {
        let decided = path && self.decided;
        let mark = match (&self.result, lang) {
            (None, Lang::Zh) => "未求值".to_owned(),
            (None, Lang::En) => "not run".to_owned(),
            (Some(v), _) => shown(v, self.ty, lang),
        };
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = write!(out, "{:indent$}[{mark}] {text}", "", indent = depth * 2);
        if !self.values.is_empty() && self.result.is_some() {
            let values: Vec<String> =
                self.values.iter().map(|p| format!("{} = {}", p.name, shown(&p.value, p.ty, lang))).collect();
            let _ = write!(out, "  ({})", values.join(", "));
        }
        if decided && depth > 0 && self.parts.is_empty() {
            out.push_str(match lang {
                Lang::Zh => "  ← 决定结果",
                Lang::En => "  ← decided",
            });
        }
        out.push('\n');
        for part in &self.parts {
            part.lines(depth + 1, decided, lang, out);
        }
    }
}

fn shown(value: &Value, ty: Type, lang: Lang) -> String {
    match (value, lang) {
        (Value::Null, Lang::Zh) => "缺失".to_owned(),
        (Value::Null, Lang::En) => "missing".to_owned(),
        (Value::Bool(b), Lang::Zh) => if *b { "是" } else { "否" }.to_owned(),
        (Value::Bool(b), Lang::En) => if *b { "yes" } else { "no" }.to_owned(),
        (Value::Text(t), _) => format!("'{t}'"),
        (Value::Num(_), Lang::Zh) if ty == Type::Money => format!("{} 元", to_text(value, ty)),
        (Value::Num(_), Lang::En) if ty == Type::Money => format!("CNY {}", to_text(value, ty)),
        _ => to_text(value, ty),
    }
}

impl Serialize for Explanation {
    /// `{text, type, result, run, decided, values:[{name, type, value}], parts:[…]}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Explanation", 7)?;
        s.serialize_field("text", &self.text)?;
        s.serialize_field("type", self.ty.name())?;
        s.serialize_field("result", &self.result.as_ref().map(|v| to_json(v, self.ty)))?;
        s.serialize_field("run", &self.result.is_some())?;
        s.serialize_field("decided", &self.decided)?;
        s.serialize_field("values", &self.values)?;
        s.serialize_field("parts", &self.parts)?;
        s.end()
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Part", 3)?;
        s.serialize_field("name", &self.name)?;
        s.serialize_field("type", self.ty.name())?;
        s.serialize_field("value", &to_json(&self.value, self.ty))?;
        s.end()
    }
}
