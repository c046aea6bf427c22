//! Checked and scaled arithmetic. PostgreSQL has exact wide numbers; SQLite has 64 bits only and turns an overflow into a
//! floating-point number without a word, so there every result is looked at, and products wider than 64 bits are divided
//! by long division.

use super::expr::Renderer;
use crate::ir::{Arith, RoundMode};
use crate::mutants::{self, Mutant};

/// A result that must still be a whole number of 64 bits.
pub(super) fn checked(r: &mut Renderer<'_>, value: String) -> String {
    if r.postgres() {
        return format!("({value})");
    }
    r.bind(&[value], |_, n| guard(&n.join("")))
}

/// The value, or an error where SQLite has made it a floating-point number.
fn guard(v: &str) -> String {
    format!("CASE typeof({v}) WHEN 'real' THEN abs(k.m) ELSE {v} END")
}

pub(super) fn arith(r: &mut Renderer<'_>, op: Arith, a: String, b: String) -> String {
    let sign = match op {
        Arith::Add => "+",
        Arith::Sub => "-",
        Arith::Mul => "*",
        Arith::MulScaled(scale) => return scaled(r, a, b, scale.to_string()),
        Arith::DivScaled(factor) => return scaled(r, a, factor.to_string(), b),
        Arith::Rem if r.postgres() => return format!("({a} % NULLIF({b}, 0))"),
        Arith::Rem => return r.bind(&[a, b], |_, n| n.join(" % ")),
    };
    if r.postgres() {
        return format!("({a} {sign} {b})");
    }
    let value = r.bind(&[a, b], |_, n| n.join(&format!(" {sign} ")));
    checked(r, value)
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

/// SQLite, where `a * b` fits 64 bits.
fn narrow_division(r: &mut Renderer<'_>, a: &str, b: &str, c: &str) -> String {
    let values = [
        format!("{a} * {b} / {c}"),
        format!("-abs({a} * {b} % {c})"),
        format!("CASE WHEN {c} > 0 THEN -{c} ELSE {c} END"),
        format!("CASE WHEN ({a} * {b} < 0) = ({c} < 0) THEN 1 ELSE -1 END"),
    ];
    r.bind(&values, |r, n| {
        let [q, rest, size, sign] = n else { return String::new() };
        let up = away(rest, size, q);
        checked(r, format!("{q} + CASE WHEN {up} THEN {sign} ELSE 0 END"))
    })
}

/// SQLite, where `a * b` does not fit: the digits of `b` are brought down one after another over the divisor, in base
/// 2^20 or 2^10 where the divisor leaves room for them, else bit by bit. The quotient is kept negative; when it outgrows
/// 64 bits SQLite makes it floating-point, and it stays so.
fn wide_division(r: &mut Renderer<'_>, a: &str, b: &str, c: &str) -> String {
    let values = [
        format!("CASE WHEN {a} > 0 THEN -{a} ELSE {a} END"),
        // The bits of |b|: the smallest number is its own magnitude, read without a sign.
        format!("CASE WHEN {b} < 0 AND {b} > k.m THEN -{b} ELSE {b} END"),
        format!("CASE WHEN {c} > 0 THEN -{c} ELSE {c} END"),
        format!("CASE WHEN {c} < -2199023255551 OR {c} > 2199023255551 THEN 10 ELSE 20 END"),
        format!("(({a} < 0) + ({b} < 0) + ({c} < 0)) % 2"),
    ];
    r.bind(&values, |r, n| {
        let [a, b, c, width, negative] = n else { return String::new() };
        let finish = |r: &mut Renderer<'_>, rest: &str| {
            let up = away(rest, c, "w.q");
            let rounded = format!("w.q - CASE WHEN {up} THEN 1 ELSE 0 END");
            let signed = r.bind(&[rounded], |_, n| {
                let q = n.join("");
                format!("CASE WHEN {negative} THEN {q} ELSE -{q} END")
            });
            checked(r, signed)
        };
        let by_digits = finish(r, "(-w.r)");
        let by_bits = finish(r, "w.r");
        let digit = format!("(({b} >> w.s) & CASE w.s WHEN 60 THEN 15 ELSE (1 << {width}) - 1 END)");
        let brought = format!("((w.r << {width}) + (-({a} % {c})) * {digit})");
        let digits = format!(
            "(WITH RECURSIVE w(s, q, r) AS (SELECT 60, 0, 0 UNION ALL SELECT w.s - {width}, \
             w.q * (1 << {width}) - ({a} / {c}) * {digit} - {brought} / (-{c}), {brought} % (-{c}) \
             FROM w WHERE w.s >= 0) SELECT {by_digits} FROM w WHERE w.s < 0)"
        );
        // Two steps for each bit: on odd s the remainder doubles, on even s the bit's share is added.
        let share = format!("(({a} % {c}) * (({b} >> (w.s / 2)) & 1))");
        let added = format!("CASE w.s % 2 WHEN 1 THEN w.r ELSE {share} END");
        let bits = format!(
            "(WITH RECURSIVE w(s, q, r) AS (SELECT 127, 0, 0 UNION ALL SELECT w.s - 1, \
             CASE w.s % 2 WHEN 1 THEN w.q * 2 ELSE w.q - ({a} / {c}) * (({b} >> (w.s / 2)) & 1) END \
             - (w.r <= {c} - ({added})), \
             CASE WHEN w.r <= {c} - ({added}) THEN w.r - ({c} - ({added})) ELSE w.r + ({added}) END \
             FROM w WHERE w.s >= 0) SELECT {by_bits} FROM w WHERE w.s < 0)"
        );
        format!("CASE WHEN {c} > -2251799813685247 THEN {digits} ELSE {bits} END")
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
    if divide == unit { steps } else { checked(r, format!("{steps} * {unit}")) }
}
