//! What people call the codes in a cell: districts, industries, institutions, tiers, sizes, guarantees.

use huoshui_kernel::Lang;
use huoshui_kernel::shape::CodeName;
use huoshui_registry::{Reference, Tier};
use huoshui_supervision::filings::codes::MAIN_GUARANTEE;
use huoshui_supervision::indicators::Dim;

use crate::library::Library;

/// The name of a cell's value in a dimension; the code itself where nobody named it, a dash where the value is unknown.
#[must_use]
pub fn label(library: &Library, dim: Dim, value: Option<&str>, lang: Lang) -> String {
    let Some(code) = value else {
        return match lang {
            Lang::Zh => "（未知）".to_owned(),
            Lang::En => "(unknown)".to_owned(),
        };
    };
    let reference = Reference::built_in().ok();
    let named = match dim {
        Dim::Institution => library.institutions.get(code).map(|i| pick(&i.name_zh, &i.name_en, lang)),
        Dim::District => reference
            .and_then(|r| r.districts.all().iter().find(|d| d.code.as_str() == code))
            .map(|d| pick(&d.zh, &d.en, lang)),
        Dim::Industry => reference.and_then(|r| r.industries.section(code)).map(|s| pick(&s.zh, &s.en, lang)),
        Dim::Tier => Tier::from_code(code).and_then(Tier::names).map(|n| of(n, lang)),
        Dim::Guarantee => MAIN_GUARANTEE.iter().find(|n| n.code == code).map(|n| of(n, lang)),
        Dim::Size => size(code).map(|(zh, en)| pick(zh, en, lang)),
    };
    named.unwrap_or_else(|| code.to_owned())
}

fn pick(zh: &str, en: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    }
}

fn of(name: &CodeName, lang: Lang) -> String {
    pick(name.zh, name.en, lang)
}

fn size(code: &str) -> Option<(&'static str, &'static str)> {
    use huoshui_registry::SizeClass as S;
    [S::Large, S::Medium, S::Small, S::Micro, S::NotCovered].into_iter().find(|s| s.code() == code).map(S::names)
}
