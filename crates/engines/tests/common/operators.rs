//! Every operator of the language over every type it takes, its operands plain columns.

use huoshui_formula::ir::{Aggregate, AggregateFn, Arith, Cmp, DatePart, LikePattern, RoundMode};
use huoshui_formula::value::{RATE_ONE, RATIO_ONE};
use huoshui_formula::{Expr, Node, Type, Value};

use super::table::{GROUP, column_of};
use super::{NUMBERS, TYPES, expr};

/// An operator at work.
pub struct Case {
    pub label: String,
    pub expr: Expr,
}

/// The n-th column of a type.
pub fn col(ty: Type, n: usize) -> Expr {
    expr(Node::Column(column_of(ty, n)), ty)
}

fn b(e: Expr) -> Box<Expr> {
    Box::new(e)
}

/// `(left, right, operator, result)` of every arithmetic that the type checker lets through.
pub fn arithmetic() -> Vec<(Type, Type, Arith, Type)> {
    use Type::{Int, Money, Rate, Ratio};
    let mut all = Vec::new();
    for t in NUMBERS {
        all.extend([(t, t, Arith::Add, t), (t, t, Arith::Sub, t), (Int, t, Arith::Mul, t)]);
        all.push((t, t, Arith::DivScaled(RATIO_ONE), Ratio));
        if t != Int {
            all.extend([(t, Int, Arith::Mul, t), (t, Int, Arith::DivScaled(1), t)]);
            all.extend([(Ratio, t, Arith::MulScaled(RATIO_ONE), t), (t, Ratio, Arith::MulScaled(RATIO_ONE), t)]);
        }
    }
    all.extend([(Money, Rate, Arith::MulScaled(RATE_ONE), Money), (Rate, Money, Arith::MulScaled(RATE_ONE), Money)]);
    all.extend([(Money, Ratio, Arith::DivScaled(RATIO_ONE), Money), (Rate, Ratio, Arith::DivScaled(RATIO_ONE), Rate)]);
    all.extend([(Money, Rate, Arith::DivScaled(RATE_ONE), Money), (Int, Int, Arith::Rem, Int)]);
    all
}

pub const PATTERNS: &[&str] =
    &["", "%", "_", "a%", "%a", "A_", "中%", "_文", "%\\%%", "%[x]%", "*", "?", "%'%", "a\\%", "__"];

pub fn scalar_cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut push = |label: String, node: Node, ty: Type| all.push(Case { label, expr: expr(node, ty) });
    for (l, r, op, ty) in arithmetic() {
        let label = format!("{} {op:?} {}", l.name(), r.name());
        push(label, Node::Arith(op, b(col(l, 0)), b(col(r, usize::from(l == r)))), ty);
    }
    for ty in NUMBERS {
        push(format!("neg {}", ty.name()), Node::Neg(b(col(ty, 0))), ty);
        push(format!("abs {}", ty.name()), Node::Abs(b(col(ty, 0))), ty);
        let (coarse, whole) = match ty {
            Type::Ratio => (1_000_000_000, RATIO_ONE),
            Type::Rate => (100, 10_000),
            _ => (10, 10_000_000_000),
        };
        for mode in [RoundMode::HalfEven, RoundMode::Floor, RoundMode::Ceil] {
            for (unit, divide) in [(1, 1), (2, 1), (coarse, 1), (whole, 1), (whole, whole)] {
                let result = if divide > 1 { Type::Int } else { ty };
                let node = Node::Round { arg: b(col(ty, 0)), unit, divide, mode };
                push(format!("{mode:?} {unit}/{divide} {}", ty.name()), node, result);
            }
        }
    }
    for ty in TYPES {
        let three = || vec![col(ty, 0), col(ty, 1), col(ty, 2)];
        let ordered = ty != Type::Bool;
        for cmp in [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge] {
            if ordered || matches!(cmp, Cmp::Eq | Cmp::Ne) {
                push(format!("{cmp:?} {}", ty.name()), Node::Compare(cmp, b(col(ty, 0)), b(col(ty, 1))), Type::Bool);
            }
        }
        for negated in [false, true] {
            let n = if negated { "not " } else { "" };
            push(format!("is {n}null {}", ty.name()), Node::IsNull { arg: b(col(ty, 0)), negated }, Type::Bool);
            let items = vec![col(ty, 1), col(ty, 2)];
            push(format!("{n}in {}", ty.name()), Node::In { arg: b(col(ty, 0)), items, negated }, Type::Bool);
            let items = constants(ty);
            let node = Node::In { arg: b(col(ty, 0)), items, negated };
            push(format!("{n}in constants {}", ty.name()), node, Type::Bool);
            if ordered {
                let node = Node::Between { arg: b(col(ty, 0)), low: b(col(ty, 1)), high: b(col(ty, 2)), negated };
                push(format!("{n}between {}", ty.name()), node, Type::Bool);
            }
        }
        let whens = vec![(col(Type::Bool, 0), col(ty, 0)), (col(Type::Bool, 1), col(ty, 1))];
        push(format!("case {}", ty.name()), Node::Case { whens, otherwise: b(col(ty, 2)) }, ty);
        push(format!("coalesce {}", ty.name()), Node::Coalesce(three()), ty);
        push(format!("nullif {}", ty.name()), Node::NullIf(b(col(ty, 0)), b(col(ty, 1))), ty);
        if ordered {
            push(format!("least {}", ty.name()), Node::Least(three()), ty);
            push(format!("greatest {}", ty.name()), Node::Greatest(three()), ty);
        }
    }
    let truths = || vec![col(Type::Bool, 0), col(Type::Bool, 1), col(Type::Bool, 2)];
    push("and".to_owned(), Node::And(truths()), Type::Bool);
    push("or".to_owned(), Node::Or(truths()), Type::Bool);
    push("not".to_owned(), Node::Not(b(col(Type::Bool, 0))), Type::Bool);
    for (i, pattern) in PATTERNS.iter().enumerate() {
        let pattern = LikePattern { text: (*pattern).into() };
        let label = format!("like {}", pattern.text);
        push(label, Node::Like { arg: b(col(Type::Text, 0)), pattern, negated: i % 2 == 1 }, Type::Bool);
    }
    dates(&mut push);
    all
}

/// A list with a NULL in it, as `x IN (1, 0, NULL)` has.
fn constants(ty: Type) -> Vec<Expr> {
    let values = match ty {
        Type::Bool => vec![Value::Bool(true), Value::Null],
        Type::Text => vec![Value::Text("a".into()), Value::Text("".into()), Value::Text("中".into()), Value::Null],
        Type::Date => vec![Value::Date(19_782), Value::Date(-719_162), Value::Null],
        _ => vec![Value::Num(1), Value::Num(0), Value::Num(i64::MAX), Value::Null],
    };
    values.into_iter().map(|v| expr(Node::Const(v), ty)).collect()
}

fn dates(push: &mut impl FnMut(String, Node, Type)) {
    let day = || b(col(Type::Date, 0));
    use DatePart::{Day, DayOfYear, IsoWeekday, Month, Quarter, Year};
    for part in [Year, Quarter, Month, Day, IsoWeekday, DayOfYear] {
        push(format!("{part:?}"), Node::DatePart(part, day()), Type::Int);
    }
    push("date + int".to_owned(), Node::AddDays(day(), b(col(Type::Int, 0))), Type::Date);
    for days in [0, 1, -1, 31, 366, -3_652_058, 3_652_058] {
        let days_expr = expr(Node::Const(Value::Num(days)), Type::Int);
        push(format!("date + {days} days"), Node::AddDays(day(), b(days_expr)), Type::Date);
    }
    for months in [0, 1, -1, 3, 12, -12, 13, -11, 119_987, -119_987, 48_000_000] {
        push(format!("date + {months} months"), Node::AddMonths(day(), months), Type::Date);
    }
    push("date - date".to_owned(), Node::DaysBetween(day(), b(col(Type::Date, 1))), Type::Int);
}

/// Every aggregate over every type it takes, with and without a filter.
pub fn aggregate_cases() -> Vec<(String, Aggregate)> {
    let mut all = Vec::new();
    let mut push = |name: String, func, args: Vec<Expr>, ty| {
        let filter = Some(col(Type::Bool, 0));
        all.push((format!("{name} where"), Aggregate { func, args: args.clone(), filter, ty }));
        all.push((name, Aggregate { func, args, filter: None, ty }));
    };
    push("count *".to_owned(), AggregateFn::Count, Vec::new(), Type::Int);
    for ty in TYPES {
        let n = ty.name();
        push(format!("count {n}"), AggregateFn::Count, vec![col(ty, 0)], Type::Int);
        push(format!("count distinct {n}"), AggregateFn::CountDistinct, vec![col(ty, 0)], Type::Int);
        if ty != Type::Bool {
            push(format!("min {n}"), AggregateFn::Min, vec![col(ty, 0)], ty);
            push(format!("max {n}"), AggregateFn::Max, vec![col(ty, 0)], ty);
        }
    }
    for ty in NUMBERS {
        let n = ty.name();
        let mean = if ty == Type::Int { Type::Ratio } else { ty };
        push(format!("sum {n}"), AggregateFn::Sum, vec![col(ty, 0)], ty);
        push(format!("avg {n}"), AggregateFn::Avg, vec![col(ty, 0)], mean);
        for other in NUMBERS {
            let args = vec![col(ty, 0), col(other, 1)];
            push(format!("sum_product {n} {}", other.name()), AggregateFn::SumProduct, args, Type::Int);
        }
    }
    all
}

/// The key of small groups.
pub fn group_key() -> Expr {
    expr(Node::Column(GROUP), Type::Int)
}
