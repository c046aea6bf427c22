//! What people call the codes in a cell: districts, industries, institutions, tiers, sizes, guarantees.

use huoshui_kernel::Lang;
use huoshui_kernel::shape::CodeName;
use huoshui_registry::{Reference, SizeClass, Tier};
use huoshui_supervision::filings::codes::MAIN_GUARANTEE;
use huoshui_supervision::indicators::Dim;

use crate::library::Library;

const SIZES: [SizeClass; 5] =
    [SizeClass::Large, SizeClass::Medium, SizeClass::Small, SizeClass::Micro, SizeClass::NotCovered];

/// The name of a cell's value in a dimension; the code itself where nobody named it, a dash where the value is unknown.
#[must_use]
pub fn label(library: &Library, dim: Dim, value: Option<&str>, lang: Lang) -> String {
    let Some(code) = value else {
        return match lang {
            Lang::Zh => "（未知）".to_owned(),
            Lang::En => "(unknown)".to_owned(),
        };
    };
    find(library, dim, code, lang).unwrap_or_else(|| code.to_owned())
}

/// Whether the city has such a value in the dimension.
#[must_use]
pub fn is_known(library: &Library, dim: Dim, code: &str) -> bool {
    find(library, dim, code, Lang::Zh).is_some()
}

/// The values of a dimension with their names, for someone who wrote one that is not: `110101 东城区, 110102 …`.
#[must_use]
pub fn known(library: &Library, dim: Dim, lang: Lang) -> String {
    let reference = Reference::built_in().ok();
    let codes: Vec<String> = match dim {
        Dim::Institution => library.institutions.iter().map(|i| i.code.as_str().to_owned()).collect(),
        Dim::District => {
            reference.map_or_else(Vec::new, |r| r.districts.all().iter().map(|d| d.code.as_str().to_owned()).collect())
        }
        Dim::Industry => ('A'..='T').map(String::from).collect(),
        Dim::Tier => Tier::ALL.iter().map(|t| t.code().to_owned()).collect(),
        Dim::Guarantee => MAIN_GUARANTEE.iter().map(|n| n.code.to_owned()).collect(),
        Dim::Size => SIZES.iter().map(|s| s.code().to_owned()).collect(),
    };
    let named = codes.iter().filter_map(|c| Some(format!("{c} {}", find(library, dim, c, lang)?)));
    let shown: Vec<String> = named.take(SHOWN).collect();
    let more = if codes.len() > shown.len() { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Values named to someone who wrote a wrong one.
const SHOWN: usize = 30;

fn find(library: &Library, dim: Dim, code: &str, lang: Lang) -> Option<String> {
    let reference = Reference::built_in().ok();
    match dim {
        Dim::Institution => library.institutions.get(code).map(|i| pick(&i.name_zh, &i.name_en, lang)),
        Dim::District => reference
            .and_then(|r| r.districts.all().iter().find(|d| d.code.as_str() == code))
            .map(|d| pick(&d.zh, &d.en, lang)),
        Dim::Industry => reference.and_then(|r| r.industries.section(code)).map(|s| pick(&s.zh, &s.en, lang)),
        Dim::Tier => Tier::from_code(code).and_then(Tier::names).map(|n| of(n, lang)),
        Dim::Guarantee => MAIN_GUARANTEE.iter().find(|n| n.code == code).map(|n| of(n, lang)),
        Dim::Size => size(code).map(|(zh, en)| pick(zh, en, lang)),
    }
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
    SIZES.into_iter().find(|s| s.code() == code).map(SizeClass::names)
}
