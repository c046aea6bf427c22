//! Words and dates of the two languages that are not in a template.

use huoshui_kernel::Date;
use huoshui_kernel::date::{is_quarter_end, quarter};
use huoshui_kernel::fault::Lang;

/// One of two texts.
pub(super) const fn pick<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month(date: Date) -> &'static str {
    usize::try_from(date.month() - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or_default()
}

/// 2025年9月30日, 30 September 2025.
pub(super) fn long_date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Lang::En => format!("{} {} {}", date.day(), month(date), date.year()),
    }
}

/// The point in time as a report names it: 2025年三季度末, the end of the third quarter of 2025.
pub(super) fn period(date: Date, lang: Lang) -> String {
    if !is_quarter_end(date) {
        return long_date(date, lang);
    }
    let year = date.year();
    match (lang, quarter(date)) {
        (Lang::Zh, 1) => format!("{year}年一季度末"),
        (Lang::Zh, 2) => format!("{year}年二季度末"),
        (Lang::Zh, 3) => format!("{year}年三季度末"),
        (Lang::Zh, _) => format!("{year}年末"),
        (Lang::En, 1) => format!("the end of the first quarter of {year}"),
        (Lang::En, 2) => format!("the end of the second quarter of {year}"),
        (Lang::En, 3) => format!("the end of the third quarter of {year}"),
        (Lang::En, _) => format!("the end of {year}"),
    }
}

/// The year to date as a report names it: 2025年前三季度, the first three quarters of 2025.
pub(super) fn window(date: Date, lang: Lang) -> String {
    let year = date.year();
    if !is_quarter_end(date) {
        return match lang {
            Lang::Zh => format!("{year}年初至{}月{}日", date.month(), date.day()),
            Lang::En => format!("the year to {}", long_date(date, lang)),
        };
    }
    match (lang, quarter(date)) {
        (Lang::Zh, 1) => format!("{year}年一季度"),
        (Lang::Zh, 2) => format!("{year}年上半年"),
        (Lang::Zh, 3) => format!("{year}年前三季度"),
        (Lang::Zh, _) => format!("{year}年全年"),
        (Lang::En, 1) => format!("the first quarter of {year}"),
        (Lang::En, 2) => format!("the first half of {year}"),
        (Lang::En, 3) => format!("the first three quarters of {year}"),
        (Lang::En, _) => format!("the whole of {year}"),
    }
}

/// A whole number with groups of three digits.
pub(super) fn grouped(value: i128) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 2);
    if value < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// About how wide a text is, in hundredths of the font's size: what is not ASCII is square.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 56 } else { 100 }).sum()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_quarter_end_is_named_as_reports_name_it() {
        let named = |d| [Lang::Zh, Lang::En].map(|l| (period(d, l), window(d, l)));
        let [zh, en] = named(date(2025, 9, 30));
        assert_eq!(zh, ("2025年三季度末".into(), "2025年前三季度".into()));
        assert_eq!(en, ("the end of the third quarter of 2025".into(), "the first three quarters of 2025".into()));
        let [zh, en] = named(date(2024, 12, 31));
        assert_eq!(zh, ("2024年末".into(), "2024年全年".into()));
        assert_eq!(en, ("the end of 2024".into(), "the whole of 2024".into()));
        let [zh, en] = named(date(2025, 8, 15));
        assert_eq!(zh, ("2025年8月15日".into(), "2025年初至8月15日".into()));
        assert_eq!(en, ("15 August 2025".into(), "the year to 15 August 2025".into()));
        assert_eq!(named(date(2025, 6, 30))[0].1, "2025年上半年");
        assert_eq!(named(date(2025, 3, 31))[1].1, "the first quarter of 2025");
    }

    #[test]
    fn exact_numbers_are_grouped() {
        for (value, want) in [(0, "0"), (999, "999"), (-1_000, "-1,000"), (26_206_500_000_000, "26,206,500,000,000")] {
            assert_eq!(grouped(value), want);
        }
    }
}
