//! Checked and scaled arithmetic. PostgreSQL has exact wide numbers; SQLite has 64 bits only and turns an overflow into a
//! floating-point number without a word, so there every result is looked at, and products wider than 64 bits are divided
//! by long division.

use super::expr::Renderer;
use crate::ir::{Arith, RoundMode};
use crate::mutants::{self, Mutant};

/// A result of these operands that must still be a whole number of 64 bits. The operands are computed first, each once.
pub(super) fn checked(r: &mut Renderer<'_>, operands: &[String], result: impl FnOnce(&[String]) -> String) -> String {
    if r.postgres() {
        return format!("({})", result(operands));
    }
    r.bind(operands, |_, names| {
        let v = result(names);
        format!("CASE typeof({v}) WHEN 'real' THEN abs(k.m) ELSE {v} END")
    })
}

pub(super) fn arith(r: &mut Renderer<'_>, op: Arith, a: String, b: String) -> String {
    let sign = match op {
        Arith::Add => " + ",
        Arith::Sub => " - ",
        Arith::Mul => " * ",
        Arith::MulScaled(scale) => return scaled(r, a, b, scale.to_string()),
        Arith::DivScaled(factor) => return scaled(r, a, factor.to_string(), b),
        Arith::Rem if r.postgres() => return format!("({a} % NULLIF({b}, 0))"),
        Arith::Rem => return r.bind(&[a, b], |_, n| n.join(" % ")),
    };
    checked(r, &[a, b], |n| n.join(sign))
}

/// `a * b / c`, half-even, NULL where `c` is zero.
fn scaled(r: &mut Renderer<'_>, a: String, b: String, c: String) -> String {
    if r.postgres() {
        let product = format!("({a})::numeric * ({b})::numeric");
        return half_even_numeric(r, product, format!("({c})::numeric"));
    }
    r.bind(&[a, b, c], |r, n| {
        let [a, b, c] = n else { return String::new() };
        let narrow = narrow_division(r, a, b, c);
        let wide = wide_division(r, a, b, c);
        format!(
            "CASE WHEN {a} IS NULL OR {b} IS NULL OR {c} IS NULL OR {c} = 0 THEN NULL \
             WHEN typeof({a} * {b}) = 'integer' THEN {narrow} ELSE {wide} END"
        )
    })
}

/// PostgreSQL: a quotient of exact numbers, rounded half-even, as a bigint.
pub(super) fn half_even_numeric(r: &mut Renderer<'_>, num: String, den: String) -> String {
    let odd = if mutants::on(Mutant::SqlHalfUp) { "FALSE" } else { "mod(div(NUM, DEN), 2) = 0" };
    r.bind(&[num, den], |_, n| {
        let [num, den] = n else { return String::new() };
        let even = odd.replace("NUM", num).replace("DEN", den);
        format!(
            "(CASE WHEN {den} = 0 THEN NULL WHEN abs(mod({num}, {den})) * 2 < abs({den}) \
             OR (abs(mod({num}, {den})) * 2 = abs({den}) AND {even}) THEN div({num}, {den}) \
             ELSE div({num}, {den}) + sign({num}) * sign({den}) END)::bigint"
        )
    })
}

/// Whether a remainder of `-r` (given as the negative `r`) over a divisor of `-c` rounds away from zero. Negative numbers
/// throughout, because the largest magnitude has no positive.
fn away(r: &str, c: &str, quotient: &str) -> String {
    let odd = if mutants::on(Mutant::SqlHalfUp) { "1".to_owned() } else { format!("{quotient} % 2 <> 0") };
    format!("({r} < {c} - {r} OR ({r} = {c} - {r} AND {odd}))")
}

/// SQLite, where `a * b` fits 64 bits. Only the least number over −1 overflows, and then the quotient is a float already:
/// any other quotient with a remainder has a divisor of two or more.
fn narrow_division(r: &mut Renderer<'_>, a: &str, b: &str, c: &str) -> String {
    let values = [
        format!("{a} * {b} / {c}"),
        format!("-abs({a} * {b} % {c})"),
        format!("CASE WHEN {c} > 0 THEN -{c} ELSE {c} END"),
        format!("CASE WHEN ({a} * {b} < 0) = ({c} < 0) THEN 1 ELSE -1 END"),
    ];
    r.bind(&values, |_, n| {
        let [q, rest, size, sign] = n else { return String::new() };
        let up = away(rest, size, q);
        format!("CASE WHEN typeof({q}) = 'real' THEN abs(k.m) WHEN {up} THEN {q} + {sign} ELSE {q} END")
    })
}

/// SQLite, where `a * b` does not fit: the digits of `b` are brought down one after another over the divisor, in base
/// 2^20 or 2^10 where the divisor leaves room for them, else bit by bit. Remainder and quotient are kept negative; when
/// the quotient outgrows 64 bits SQLite makes it a float, and it stays one.
fn wide_division(r: &mut Renderer<'_>, a: &str, b: &str, c: &str) -> String {
    let values = [
        format!("CASE WHEN {a} > 0 THEN -{a} ELSE {a} END"),
        // The bits of |b|: the smallest number is its own magnitude, read without a sign.
        format!("CASE WHEN {b} < 0 AND {b} > k.m THEN -{b} ELSE {b} END"),
        format!("CASE WHEN {c} > 0 THEN -{c} ELSE {c} END"),
        format!(
            "CASE WHEN {c} BETWEEN -2199023255551 AND 2199023255551 THEN 20 \
             WHEN {c} BETWEEN -2251799813685247 AND 2251799813685247 THEN 10 ELSE 0 END"
        ),
        format!("(({a} < 0) + ({b} < 0) + ({c} < 0)) % 2"),
    ];
    r.bind(&values, |r, n| {
        let [a, b, c, width, negative] = n else { return String::new() };
        // By digits.
        let digit = format!("(({b} >> w.s) & CASE w.s WHEN 60 THEN 15 ELSE (1 << {width}) - 1 END)");
        let brought = format!("(w.r * (1 << {width}) + ({a} % {c}) * {digit})");
        let digit_q = format!("w.q * (1 << {width}) - ({a} / {c}) * {digit} - {brought} / {c}");
        let digit_r = format!("{brought} % {c}");
        // By bits, two steps for each: on odd s the remainder doubles, on even s the bit's share is added.
        let bit = format!("(({b} >> (w.s / 2)) & 1)");
        let added = format!("CASE w.s % 2 WHEN 1 THEN w.r ELSE ({a} % {c}) * {bit} END");
        let over = format!("w.r <= {c} - ({added})");
        let bit_q = format!("CASE w.s % 2 WHEN 1 THEN w.q * 2 ELSE w.q - ({a} / {c}) * {bit} END - ({over})");
        let bit_r = format!("CASE WHEN {over} THEN w.r - ({c} - ({added})) ELSE w.r + ({added}) END");
        let up = away("w.r", c, "w.q");
        let quotient = format!(
            "(WITH RECURSIVE w(s, q, r) AS (SELECT CASE {width} WHEN 0 THEN 127 ELSE 60 END, 0, 0 UNION ALL \
             SELECT w.s - max({width}, 1), CASE {width} WHEN 0 THEN {bit_q} ELSE {digit_q} END, \
             CASE {width} WHEN 0 THEN {bit_r} ELSE {digit_r} END FROM w WHERE w.s >= 0) \
             SELECT w.q - CASE WHEN {up} THEN 1 ELSE 0 END FROM w WHERE w.s < 0)"
        );
        r.bind(&[quotient], |_, n| {
            let q = n.join("");
            format!(
                "CASE WHEN typeof({q}) = 'real' OR (NOT {negative} AND {q} = k.m) THEN abs(k.m) \
                 WHEN {negative} THEN {q} ELSE -{q} END"
            )
        })
    })
}

pub(super) fn round(r: &mut Renderer<'_>, value: String, unit: i64, divide: i64, mode: RoundMode) -> String {
    if unit == 1 {
        return value;
    }
    let steps = r.bind(&[value], |_, n| {
        let v = n.join("");
        let step = match mode {
            RoundMode::Floor => format!("WHEN {v} % {unit} < 0 THEN -1"),
            RoundMode::Ceil => format!("WHEN {v} % {unit} > 0 THEN 1"),
            RoundMode::HalfEven => {
                let twice = format!("abs({v} % {unit}) * 2");
                let odd =
                    if mutants::on(Mutant::SqlHalfUp) { "1 = 1".to_owned() } else { format!("{v} / {unit} % 2 <> 0") };
                format!(
                    "WHEN {twice} > {unit} OR ({twice} = {unit} AND {odd}) THEN CASE WHEN {v} < 0 THEN -1 ELSE 1 END"
                )
            }
        };
        format!("{v} / {unit} + CASE {step} ELSE 0 END")
    });
    if divide == unit { steps } else { checked(r, &[steps], |n| format!("{} * {unit}", n.join(""))) }
}
