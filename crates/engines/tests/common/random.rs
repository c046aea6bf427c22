//! Random typed expressions, nulls and boundary values among their constants.

use huoshui_formula::ir::{Cmp, DatePart, LikePattern, RoundMode};
use huoshui_formula::{Expr, Node, Type, Value};

use super::operators::{PATTERNS, arithmetic, col};
use super::table::{WIDTH, classes, value};
use super::{Dice, NUMBERS, TYPES, expr};

pub fn expression(dice: &mut Dice, ty: Type, depth: usize) -> Expr {
    if depth == 0 {
        return leaf(dice, ty);
    }
    let d = depth - 1;
    let one = |dice: &mut Dice, t| Box::new(expression(dice, t, d));
    if dice.below(3) == 0 {
        return anything(dice, ty, d);
    }
    match ty {
        Type::Bool => truth(dice, d),
        Type::Text => anything(dice, ty, d),
        Type::Date => match dice.below(3) {
            0 => expr(Node::AddDays(one(dice, Type::Date), one(dice, Type::Int)), ty),
            1 => expr(Node::AddMonths(one(dice, Type::Date), dice.signed(40)), ty),
            _ => anything(dice, ty, d),
        },
        _ => number(dice, ty, d),
    }
}

fn leaf(dice: &mut Dice, ty: Type) -> Expr {
    if dice.below(3) > 0 {
        return col(ty, dice.below(WIDTH));
    }
    let class = *dice.pick(classes(ty));
    let constant: Value = value(ty, class, dice);
    expr(Node::Const(constant), ty)
}

/// What exists for every type.
fn anything(dice: &mut Dice, ty: Type, d: usize) -> Expr {
    let several = |dice: &mut Dice| (0..1 + dice.below(3)).map(|_| expression(dice, ty, d)).collect::<Vec<_>>();
    match dice.below(if ty == Type::Bool { 3 } else { 5 }) {
        0 => {
            let whens =
                (0..1 + dice.below(2)).map(|_| (expression(dice, Type::Bool, d), expression(dice, ty, d))).collect();
            expr(Node::Case { whens, otherwise: Box::new(expression(dice, ty, d)) }, ty)
        }
        1 => expr(Node::Coalesce(several(dice)), ty),
        2 => expr(Node::NullIf(Box::new(expression(dice, ty, d)), Box::new(expression(dice, ty, d))), ty),
        3 => expr(Node::Least(several(dice)), ty),
        _ => expr(Node::Greatest(several(dice)), ty),
    }
}

fn number(dice: &mut Dice, ty: Type, d: usize) -> Expr {
    let arg = |dice: &mut Dice| Box::new(expression(dice, ty, d));
    match dice.below(10) {
        0 => expr(Node::Neg(arg(dice)), ty),
        1 => expr(Node::Abs(arg(dice)), ty),
        2 => {
            let unit = 10_i64.pow(dice.below(13) as u32);
            let mode = *dice.pick(&[RoundMode::HalfEven, RoundMode::Floor, RoundMode::Ceil]);
            expr(Node::Round { arg: arg(dice), unit, divide: 1, mode }, ty)
        }
        3 if ty == Type::Int => {
            let part = *dice.pick(&[DatePart::Year, DatePart::Month, DatePart::Day, DatePart::DayOfYear]);
            expr(Node::DatePart(part, Box::new(expression(dice, Type::Date, d))), ty)
        }
        4 if ty == Type::Int => {
            let (a, b) = (expression(dice, Type::Date, d), expression(dice, Type::Date, d));
            expr(Node::DaysBetween(Box::new(a), Box::new(b)), ty)
        }
        _ => {
            let fitting: Vec<_> = arithmetic().into_iter().filter(|(.., result)| *result == ty).collect();
            let (l, r, op, _) = *dice.pick(&fitting);
            expr(Node::Arith(op, Box::new(expression(dice, l, d)), Box::new(expression(dice, r, d))), ty)
        }
    }
}

fn truth(dice: &mut Dice, d: usize) -> Expr {
    let ty = *dice.pick(&TYPES);
    let ordered = *dice.pick(&[Type::Int, Type::Money, Type::Rate, Type::Ratio, Type::Text, Type::Date]);
    let negated = dice.below(2) == 0;
    let many = |dice: &mut Dice, ty, most: usize| {
        (0..2 + dice.below(most)).map(|_| expression(dice, ty, d)).collect::<Vec<_>>()
    };
    let one = |dice: &mut Dice, ty| Box::new(expression(dice, ty, d));
    let node = match dice.below(9) {
        0 => Node::And(many(dice, Type::Bool, 3)),
        1 => Node::Or(many(dice, Type::Bool, 3)),
        2 => Node::Not(one(dice, Type::Bool)),
        3 => Node::IsNull { arg: one(dice, ty), negated },
        4 => Node::In { arg: one(dice, ty), items: many(dice, ty, 4), negated },
        5 => Node::Between { arg: one(dice, ordered), low: one(dice, ordered), high: one(dice, ordered), negated },
        6 => {
            let pattern = LikePattern { text: (*dice.pick(PATTERNS)).into() };
            Node::Like { arg: one(dice, Type::Text), pattern, negated }
        }
        7 => Node::Compare(*dice.pick(&[Cmp::Eq, Cmp::Ne]), one(dice, ty), one(dice, ty)),
        _ => {
            let cmp = *dice.pick(&[Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge]);
            let number = *dice.pick(&NUMBERS);
            Node::Compare(cmp, one(dice, number), one(dice, number))
        }
    };
    expr(node, Type::Bool)
}
