//! How people see a figure: `1,234.56亿元`, `+12.34%`, `−25个基点`.

use huoshui_kernel::Lang;

use super::exact::{Exact, Fraction};
use super::figure::Figure;
use super::policy::{Form, Indicator};

/// The figure in its indicator's form. Rounded once, from the exact fraction; *not applicable* is `不适用` or `n/a`.
#[must_use]
pub fn display(figure: &Figure, indicator: &Indicator, lang: Lang) -> String {
    let not_applicable = match lang {
        Lang::Zh => "不适用",
        Lang::En => "n/a",
    };
    figure.exact.and_then(|exact| shown(exact, indicator, lang)).unwrap_or_else(|| not_applicable.to_owned())
}

fn shown(exact: Fraction, indicator: &Indicator, lang: Lang) -> Option<String> {
    let d = &indicator.display;
    let at = |per: i128, decimals: u32| exact.times(Fraction::new(1, per)?)?.round(decimals);
    Some(match (d.form, lang) {
        // 1 亿元 is 10^10 fen, 1 billion 10^11: one more decimal says as much.
        (Form::Yi, Lang::Zh) => format!("{}亿元", grouped(at(10_000_000_000, d.decimals)?, false)),
        (Form::Yi, Lang::En) => format!("CNY {} billion", grouped(at(100_000_000_000, d.decimals + 1)?, false)),
        (Form::Wan, Lang::Zh) => format!("{}万元", grouped(at(1_000_000, d.decimals)?, false)),
        (Form::Wan, Lang::En) => format!("CNY {} million", grouped(at(100_000_000, d.decimals + 2)?, false)),
        (Form::Percent, _) => format!("{}%", grouped(percent(exact, d.decimals)?, false)),
        (Form::Change, _) => format!("{}%", grouped(percent(exact, d.decimals)?, true)),
        (Form::Bp, Lang::Zh) => format!("{}个基点", grouped(exact.round(d.decimals)?, false)),
        (Form::Bp, Lang::En) => format!("{} bp", grouped(exact.round(d.decimals)?, false)),
        (Form::Number, Lang::Zh) => format!("{}{}", grouped(exact.round(d.decimals)?, false), d.zh),
        (Form::Number, Lang::En) => format!("{} {}", grouped(exact.round(d.decimals)?, false), d.en),
    })
}

fn percent(exact: Fraction, decimals: u32) -> Option<Exact> {
    exact.times(Fraction::whole(100))?.round(decimals)
}

/// With commas between thousands and a true minus sign.
fn grouped(value: Exact, plus: bool) -> String {
    let text = value.to_string();
    let digits = text.trim_start_matches('-');
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(w, d)| (w, Some(d)));
    let mut out = String::with_capacity(text.len() + 8);
    match value.scaled {
        v if v < 0 => out.push('−'),
        v if v > 0 && plus => out.push('+'),
        _ => {}
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push('.');
        out.push_str(decimals);
    }
    out
}
