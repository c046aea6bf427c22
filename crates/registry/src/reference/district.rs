use std::collections::HashMap;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault};
use serde::{Deserialize, Serialize};

use super::{DistrictCode, unreadable};
use crate::faults;

/// A district of the city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// Six digits.
    pub code: DistrictCode,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Other names that files use.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether the code is one of GB/T 2260, not this platform's own.
    #[serde(default = "yes")]
    pub gb2260: bool,
    /// First day.
    pub valid_from: Date,
    /// Last day, inclusive; none while it stands.
    #[serde(default)]
    pub valid_to: Option<Date>,
}

fn yes() -> bool {
    true
}

impl District {
    fn stands(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    city_zh: String,
    city_en: String,
    document: String,
    #[allow(dead_code, reason = "kept in the file for its reader")]
    source: String,
    district: Vec<District>,
}

/// The districts of a city, found by code or any of their names.
#[derive(Debug)]
pub struct Districts {
    /// The city's Chinese name, which files may put before a district's.
    pub city_zh: String,
    /// The city's English name.
    pub city_en: String,
    /// The document that gives the codes.
    pub document: String,
    rows: Vec<District>,
    by_text: HashMap<String, Vec<usize>>,
}

impl Districts {
    pub(super) fn from_toml(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| unreadable("districts", e.message()))?;
        let mut districts = Self {
            city_zh: file.city_zh,
            city_en: file.city_en,
            document: file.document,
            rows: file.district,
            by_text: HashMap::new(),
        };
        let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, row) in districts.rows.iter().enumerate() {
            let mut texts = districts.texts(row);
            texts.sort();
            texts.dedup();
            for text in texts {
                by_text.entry(text).or_default().push(i);
            }
        }
        for (text, found) in &by_text {
            let mut terms: Vec<&District> = found.iter().filter_map(|i| districts.rows.get(*i)).collect();
            terms.sort_by_key(|d| d.valid_from);
            let overlap = terms.windows(2).any(|pair| match pair {
                [earlier, later] => earlier.stands(later.valid_from),
                _ => false,
            });
            if overlap {
                return Err(unreadable("districts", format!("“{text}” names two districts at once")));
            }
        }
        districts.by_text = by_text;
        Ok(districts)
    }

    /// Every text that a file may use for a district, folded.
    fn texts(&self, row: &District) -> Vec<String> {
        let mut texts = vec![row.code.to_string(), fold(&row.zh), fold(&row.en), fold(&format!("{} District", row.en))];
        texts.extend(row.aliases.iter().map(|a| fold(a)));
        if let Some(short) = row.zh.strip_suffix('区').filter(|s| s.chars().count() >= 2) {
            texts.push(fold(short));
        }
        if !row.zh.starts_with(&self.city_zh) {
            texts.push(fold(&format!("{}{}", self.city_zh, row.zh)));
        }
        texts
    }

    /// The district with this code or name on that day.
    pub fn find(&self, text: &str, on: Date) -> Result<&District> {
        self.by_text
            .get(&fold(text))
            .and_then(|found| found.iter().filter_map(|i| self.rows.get(*i)).find(|d| d.stands(on)))
            .ok_or_else(|| Fault::new(&faults::DISTRICT_UNKNOWN).with("value", text))
    }

    /// The latest row with this code.
    #[must_use]
    pub fn by_code(&self, code: DistrictCode) -> Option<&District> {
        self.rows.iter().rev().find(|d| d.code == code)
    }

    /// All rows, in the file's order.
    #[must_use]
    pub fn all(&self) -> &[District] {
        &self.rows
    }
}

/// Letters' case and blanks do not tell names apart.
fn fold(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use huoshui_kernel::date;

    use super::*;
    use crate::Reference;

    fn on() -> Date {
        date::parse("2025-09-30").unwrap()
    }

    #[test]
    fn sixteen_districts_and_the_development_area_are_found_by_code_and_by_name() {
        let districts = &Reference::built_in().unwrap().districts;
        let codes: Vec<_> = districts.all().iter().map(|d| d.code.to_string()).collect();
        let want = "110101 110102 110105 110106 110107 110108 110109 110111 110112 110113 110114 110115 110116 110117 \
                    110118 110119 110400";
        assert_eq!(codes, want.split_whitespace().collect::<Vec<_>>());
        for (text, code) in [
            ("110108", "110108"),
            ("海淀区", "110108"),
            ("海淀", "110108"),
            ("北京市海淀区", "110108"),
            ("Haidian", "110108"),
            ("haidian district", "110108"),
            (" 石景山区 ", "110107"),
            ("经开区", "110400"),
            ("亦庄", "110400"),
            ("北京经济技术开发区", "110400"),
            ("yizhuang", "110400"),
        ] {
            assert_eq!(districts.find(text, on()).unwrap().code.as_str(), code, "{text}");
        }
        assert_eq!(districts.all().iter().filter(|d| d.gb2260).count(), 16);
    }

    #[test]
    fn unknown_and_not_yet_standing_districts_are_refused() {
        let districts = &Reference::built_in().unwrap().districts;
        for bad in ["", "110103", "宣武区", "浦东新区", "区", "110228"] {
            assert_eq!(districts.find(bad, on()).unwrap_err().code(), "district.unknown", "{bad}");
        }
        let before = date::parse("2015-11-16").unwrap();
        assert_eq!(districts.find("密云区", before).unwrap_err().code(), "district.unknown");
    }

    #[test]
    fn a_table_that_names_two_districts_alike_is_refused() {
        let text = r#"
            city_zh = "某市"
            city_en = "Some City"
            document = "x"
            source = "x"
            district = [
              { code = "990101", zh = "东区", en = "East", valid_from = "2000-01-01" },
              { code = "990102", zh = "东区", en = "New East", valid_from = "2010-01-01" },
            ]"#;
        assert_eq!(Districts::from_toml(text).unwrap_err().code(), "reference.unreadable");
        let dated =
            text.replacen("valid_from = \"2000-01-01\"", "valid_from = \"2000-01-01\", valid_to = \"2009-12-31\"", 1);
        let districts = Districts::from_toml(&dated).unwrap();
        assert_eq!(districts.find("东区", date::parse("2009-12-31").unwrap()).unwrap().code.as_str(), "990101");
        assert_eq!(districts.find("东区", date::parse("2010-01-01").unwrap()).unwrap().code.as_str(), "990102");
    }
}
