//! One expression as SQL. Inside, dates are days since 1970-01-01 on both engines.

use huoshui_kernel::fault::{Fault, Result};

use super::{Dialect, dates, number, quote, refuse};
use crate::faults;
use crate::ir::{Cmp, Expr, Node, Schema};
use crate::mutants::{self, Mutant};
use crate::value::{Type, Value};

/// Where an expression's columns come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// The table itself.
    Table,
    /// Finished groups.
    Groups,
}

pub(super) struct Renderer<'q> {
    pub(super) dialect: Dialect,
    schema: &'q Schema,
    pub(super) rows: Rows,
    /// The one-row table of constants, each once.
    pub(super) constants: Vec<String>,
    lets: usize,
}

impl<'q> Renderer<'q> {
    pub(super) fn new(dialect: Dialect, schema: &'q Schema, rows: Rows) -> Self {
        Self { dialect, schema, rows, constants: Vec::new(), lets: 0 }
    }

    pub(super) fn postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// `(SELECT body FROM (SELECT values))`: the values are computed first, all of them, once. The body gets their names.
    pub(super) fn bind(&mut self, values: &[String], body: impl FnOnce(&mut Self, &[String]) -> String) -> String {
        self.lets += 1;
        let name = format!("l{}", self.lets);
        let names: Vec<String> = (0..values.len()).map(|i| format!("{name}.v{i}")).collect();
        let list: Vec<String> = values.iter().enumerate().map(|(i, v)| format!("{v} AS v{i}")).collect();
        // OFFSET 0 keeps PostgreSQL from pulling the values up into the body, where they would be copied.
        let fence = if self.postgres() { " OFFSET 0" } else { "" };
        let body = body(self, &names);
        format!("(SELECT {body} FROM (SELECT {}{fence}) AS {name})", list.join(", "))
    }

    /// The value of an output, in the engine's own type.
    pub(super) fn output(&mut self, e: &Expr) -> Result<String> {
        let value = self.expr(e)?;
        Ok(if self.postgres() && e.ty == Type::Date { format!("(DATE '1970-01-01' + ({value})::int)") } else { value })
    }

    pub(super) fn exprs(&mut self, all: &[Expr]) -> Result<Vec<String>> {
        all.iter().map(|e| self.expr(e)).collect()
    }

    pub(super) fn expr(&mut self, e: &Expr) -> Result<String> {
        Ok(match &e.node {
            Node::Const(v) => self.constant(v, e.ty)?,
            Node::Column(i) => self.column(*i)?,
            Node::GroupKey(i) if self.rows == Rows::Groups => format!("f.g{i}"),
            Node::AggregateRef(i) if self.rows == Rows::Groups => format!("f.s{i}"),
            Node::GroupKey(_) | Node::AggregateRef(_) => return Err(internal()),
            Node::Neg(a) => {
                let a = self.expr(a)?;
                number::checked(self, &[a], |n| format!("-({})", n.join("")))
            }
            Node::Arith(op, a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                number::arith(self, *op, a, b)
            }
            Node::Compare(cmp, a, b) => self.compare(*cmp, a, b)?,
            Node::And(all) => self.chain(all, false)?,
            Node::Or(all) => self.chain(all, true)?,
            Node::Not(a) => format!("(NOT {})", self.expr(a)?),
            Node::IsNull { arg, negated } => {
                format!("({} IS {}NULL)", self.expr(arg)?, if *negated { "NOT " } else { "" })
            }
            Node::In { arg, items, negated } => self.within(arg, items, *negated)?,
            Node::Between { arg, low, high, negated } => self.between(arg, low, high, *negated)?,
            Node::Like { arg, pattern, negated } => self.like(arg, &pattern.text, *negated)?,
            Node::Case { whens, otherwise } => {
                let mut sql = String::from("(CASE");
                for (test, value) in whens {
                    sql += &format!(" WHEN {} THEN {}", self.expr(test)?, self.expr(value)?);
                }
                sql + &format!(" ELSE {} END)", self.expr(otherwise)?)
            }
            Node::Coalesce(all) => match self.exprs(all)?.as_slice() {
                [one] => one.clone(),
                many => format!("COALESCE({})", many.join(", ")),
            },
            Node::NullIf(a, b) => format!("NULLIF({}, {})", self.expr(a)?, self.expr(b)?),
            Node::Abs(a) => format!("abs({})", self.expr(a)?),
            Node::Least(all) => self.extreme(all, ["min", "LEAST"])?,
            Node::Greatest(all) => self.extreme(all, ["max", "GREATEST"])?,
            Node::Round { arg, unit, divide, mode } => {
                let arg = self.expr(arg)?;
                number::round(self, arg, *unit, *divide, *mode)
            }
            Node::DatePart(part, a) => {
                let a = self.expr(a)?;
                dates::part(self, *part, &a)
            }
            Node::AddDays(a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                dates::add_days(self, a, b)
            }
            Node::AddMonths(a, months) => {
                let a = self.expr(a)?;
                dates::add_months(self, a, *months)
            }
            Node::DaysBetween(a, b) => self.pair(a, b, |a, b| format!("({a} - {b})"))?,
        })
    }

    fn constant(&mut self, value: &Value, ty: Type) -> Result<String> {
        let sql = match value {
            Value::Num(n) => bigint(self.dialect, *n),
            Value::Date(d) => bigint(self.dialect, i64::from(*d)),
            Value::Text(t) if t.contains('\0') => {
                return Err(refuse(self.dialect, "文本含有零字符", "a text holds the zero character"));
            }
            Value::Text(t) => return Ok(self.text(t)),
            Value::Bool(b) => {
                return Ok(match (self.dialect, b) {
                    (Dialect::Sqlite, b) => i32::from(*b).to_string(),
                    (Dialect::Postgres, true) => "TRUE".to_owned(),
                    (Dialect::Postgres, false) => "FALSE".to_owned(),
                });
            }
            Value::Null => match (self.dialect, ty) {
                (Dialect::Sqlite, _) => "NULL".to_owned(),
                (Dialect::Postgres, Type::Text) => "NULL::text COLLATE \"C\"".to_owned(),
                (Dialect::Postgres, Type::Bool) => "NULL::boolean".to_owned(),
                (Dialect::Postgres, _) => "NULL::bigint".to_owned(),
            },
        };
        let index = self.constants.iter().position(|c| *c == sql).unwrap_or_else(|| {
            self.constants.push(sql);
            self.constants.len() - 1
        });
        Ok(format!("k.c{index}"))
    }

    fn text(&self, text: &str) -> String {
        let quoted = format!("'{}'", text.replace('\'', "''"));
        if self.postgres() { format!("({quoted}::text COLLATE \"C\")") } else { quoted }
    }

    fn column(&self, index: usize) -> Result<String> {
        let column = self.schema.columns.get(index).ok_or_else(internal)?;
        let name = format!("t.{}", quote(&column.name));
        Ok(match (self.dialect, column.ty) {
            (Dialect::Postgres, Type::Date) => format!("({name} - DATE '1970-01-01')::bigint"),
            (Dialect::Postgres, Type::Text) => format!("({name} COLLATE \"C\")"),
            _ => name,
        })
    }

    /// Two operands side by side. SQLite skips a subquery beside a NULL: where an operand can fail, both are computed first.
    fn pair(&mut self, a: &Expr, b: &Expr, body: impl FnOnce(&str, &str) -> String) -> Result<String> {
        let careful = !self.postgres() && (can_fail(a) || can_fail(b));
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        Ok(if careful {
            self.bind(&[a, b], |_, names| match names {
                [a, b] => body(a, b),
                _ => String::new(),
            })
        } else {
            body(&a, &b)
        })
    }

    fn compare(&mut self, cmp: Cmp, a: &Expr, b: &Expr) -> Result<String> {
        let sign = match cmp {
            Cmp::Eq => "=",
            Cmp::Ne => "<>",
            Cmp::Lt => "<",
            Cmp::Le => "<=",
            Cmp::Gt => ">",
            Cmp::Ge => ">=",
        };
        self.pair(a, b, |a, b| format!("({a} {sign} {b})"))
    }

    /// OR (`stop` true) or AND (`stop` false).
    fn chain(&mut self, all: &[Expr], stop: bool) -> Result<String> {
        let sides = self.exprs(all)?;
        // An engine is free to leave the first side out when a later one decides, so one that can fail anywhere is enough.
        let plain = !all.iter().any(can_fail);
        Ok(self.chain_sql(sides, stop, plain))
    }

    fn chain_sql(&mut self, mut sides: Vec<String>, stop: bool, plain: bool) -> String {
        let word = if stop { " OR " } else { " AND " };
        if plain || sides.len() < 2 {
            return format!("({})", sides.join(word));
        }
        let (truth, test) = match (self.dialect, stop) {
            (Dialect::Sqlite, true) => ("1", ""),
            (Dialect::Sqlite, false) => ("0", "NOT "),
            (Dialect::Postgres, true) => ("TRUE", ""),
            (Dialect::Postgres, false) => ("FALSE", "NOT "),
        };
        // Halves of halves, because engines bound how deep subqueries nest.
        let rest = sides.split_off(sides.len() / 2);
        let first = self.chain_sql(sides, stop, false);
        let rest = self.chain_sql(rest, stop, false);
        self.bind(&[first], |_, names| {
            let v = names.join("");
            format!("CASE WHEN {test}{v} THEN {truth} ELSE ({v}{word}{rest}) END")
        })
    }

    fn within(&mut self, arg: &Expr, items: &[Expr], negated: bool) -> Result<String> {
        let plain = !items.iter().any(can_fail);
        let not = if negated { "NOT " } else { "" };
        let arg = self.expr(arg)?;
        let mut items = self.exprs(items)?;
        if mutants::on(Mutant::SqlInNull) {
            items = items.iter().map(|i| format!("COALESCE({i}, {arg})")).collect();
        }
        if plain {
            return Ok(format!("({arg} {not}IN ({}))", items.join(", ")));
        }
        let any = self.bind(&[arg], |r, names| {
            let v = names.first().cloned().unwrap_or_default();
            // Each comparison binds its item, so that a NULL argument does not hide the item's error.
            let tests = items.into_iter().map(|i| r.bind(&[i], |_, n| format!("({v} = {})", n.join("")))).collect();
            r.chain_sql(tests, true, false)
        });
        Ok(format!("({not}{any})"))
    }

    fn between(&mut self, arg: &Expr, low: &Expr, high: &Expr, negated: bool) -> Result<String> {
        let plain = ![low, high].into_iter().any(can_fail) && !can_fail(arg);
        let (arg, low, high) = (self.expr(arg)?, self.expr(low)?, self.expr(high)?);
        let not = if negated { "NOT " } else { "" };
        if plain {
            return Ok(format!("({arg} {not}BETWEEN {low} AND {high})"));
        }
        let both = self.bind(&[arg, low], |r, names| {
            let [v, low] = names else { return String::new() };
            let above = format!("({v} >= {low})");
            let below = r.bind(&[high], |_, n| format!("({v} <= {})", n.join("")));
            r.chain_sql(vec![above, below], false, false)
        });
        Ok(format!("({not}{both})"))
    }

    fn like(&mut self, arg: &Expr, pattern: &str, negated: bool) -> Result<String> {
        const LONGEST: usize = 10_000;
        if pattern.len() > LONGEST || pattern.contains('\0') {
            return Err(refuse(
                self.dialect,
                "LIKE 模式过长或含有零字符",
                "the LIKE pattern is too long or holds the zero character",
            ));
        }
        let arg = self.expr(arg)?;
        let not = if negated { "NOT " } else { "" };
        if self.postgres() {
            return Ok(format!("({arg} {not}LIKE {} ESCAPE '')", self.text(pattern)));
        }
        // SQLite's LIKE ignores case; its GLOB does not.
        let mut glob = String::with_capacity(pattern.len());
        for c in pattern.chars() {
            match c {
                '%' => glob.push('*'),
                '_' => glob.push('?'),
                '*' | '?' | '[' => glob.extend(['[', c, ']']),
                c => glob.push(c),
            }
        }
        Ok(format!("({arg} {not}GLOB {})", self.text(&glob)))
    }

    fn extreme(&mut self, all: &[Expr], [sqlite, postgres]: [&str; 2]) -> Result<String> {
        let sides = self.exprs(all)?;
        if let [one] = sides.as_slice() {
            return Ok(one.clone());
        }
        if !self.postgres() && !mutants::on(Mutant::SqlLeastNull) {
            return Ok(format!("{sqlite}({})", sides.join(", ")));
        }
        // PostgreSQL leaves NULLs out.
        let name = if self.postgres() { postgres } else { sqlite };
        Ok(self.bind(&sides, |_, names| {
            if mutants::on(Mutant::SqlLeastNull) {
                let sides: Vec<_> = names.iter().map(|n| format!("COALESCE({n}, {})", names.join(", "))).collect();
                return format!("{name}({})", sides.join(", "));
            }
            let unknown: Vec<_> = names.iter().map(|n| format!("{n} IS NULL")).collect();
            format!("CASE WHEN {} THEN NULL ELSE {name}({}) END", unknown.join(" OR "), names.join(", "))
        }))
    }
}

/// Whether running this can raise the overflow fault.
pub(super) fn can_fail(e: &Expr) -> bool {
    e.any(&|e| match &e.node {
        Node::Neg(_) | Node::Arith(..) | Node::Abs(_) | Node::AddDays(..) | Node::AddMonths(..) => true,
        Node::Round { unit, .. } => *unit > 1,
        _ => false,
    })
}

/// A 64-bit number as a literal that holds the smallest one too.
pub(super) fn bigint(dialect: Dialect, n: i64) -> String {
    match dialect {
        Dialect::Sqlite if n == i64::MIN => "(-9223372036854775807 - 1)".to_owned(),
        Dialect::Sqlite => format!("({n})"),
        Dialect::Postgres => format!("'{n}'::bigint"),
    }
}

pub(super) fn internal() -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", "sql")
}
