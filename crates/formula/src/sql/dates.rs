//! Date arithmetic on days since 1970-01-01, by each engine's own calendar.

use super::expr::Renderer;
use crate::ir::DatePart;
use crate::num::DATE_RANGE;

pub(super) fn part(r: &Renderer<'_>, part: DatePart, days: &str) -> String {
    if r.postgres() {
        let field = match part {
            DatePart::Year => "YEAR",
            DatePart::Quarter => "QUARTER",
            DatePart::Month => "MONTH",
            DatePart::Day => "DAY",
            DatePart::IsoWeekday => "ISODOW",
            DatePart::DayOfYear => "DOY",
        };
        return format!("EXTRACT({field} FROM (DATE '1970-01-01' + ({days})::int))::bigint");
    }
    let field = |code: &str| format!("CAST(strftime('{code}', ({days}) * 86400, 'unixepoch') AS INTEGER)");
    match part {
        DatePart::Year => field("%Y"),
        DatePart::Quarter => format!("(({} + 2) / 3)", field("%m")),
        DatePart::Month => field("%m"),
        DatePart::Day => field("%d"),
        DatePart::IsoWeekday => field("%u"),
        DatePart::DayOfYear => field("%j"),
    }
}

pub(super) fn add_days(r: &mut Renderer<'_>, a: String, b: String) -> String {
    let sum = r.bind(&[a, b], |_, n| n.join(" + "));
    in_range(r, sum)
}

pub(super) fn add_months(r: &mut Renderer<'_>, days: String, months: i64) -> String {
    if r.postgres() {
        let shifted = format!(
            "(((DATE '1970-01-01' + ({days})::int) + make_interval(months => {months}))::date - DATE '1970-01-01')::bigint"
        );
        return in_range(r, shifted);
    }
    r.bind(&[days], |r, n| {
        let days = n.join("");
        let (year, month, day) =
            (part(r, DatePart::Year, &days), part(r, DatePart::Month, &days), part(r, DatePart::Day, &days));
        r.bind(&[format!("{year} * 12 + {month} - 1 + ({months})"), day], |_, n| {
            let [t, day] = n else { return String::new() };
            let last = format!(
                "CASE {t} % 12 WHEN 1 THEN CASE WHEN ({t} / 12) % 4 = 0 AND (({t} / 12) % 100 <> 0 OR ({t} / 12) % 400 = 0) \
                 THEN 29 ELSE 28 END WHEN 3 THEN 30 WHEN 5 THEN 30 WHEN 8 THEN 30 WHEN 10 THEN 30 ELSE 31 END"
            );
            format!(
                "CASE WHEN {t} IS NULL THEN NULL WHEN {t} BETWEEN 12 AND 119999 THEN CAST(strftime('%s', \
                 printf('%04d-%02d-%02d', {t} / 12, {t} % 12 + 1, min({day}, {last}))) AS INTEGER) / 86400 \
                 ELSE abs(k.m) END"
            )
        })
    })
}

fn in_range(r: &mut Renderer<'_>, days: String) -> String {
    let (first, last) = (DATE_RANGE.start(), DATE_RANGE.end());
    r.bind(&[days], |_, n| {
        let v = n.join("");
        format!("CASE WHEN {v} IS NULL THEN NULL WHEN {v} BETWEEN {first} AND {last} THEN {v} ELSE abs(k.m) END")
    })
}
