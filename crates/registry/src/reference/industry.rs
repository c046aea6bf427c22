use std::collections::BTreeMap;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault};
use serde::{Deserialize, Serialize};

use super::{IndustryCode, unreadable};
use crate::faults;

/// A section (门类).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// A letter.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// A division (大类).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Division {
    /// Two digits.
    pub code: String,
    /// The letter of its section.
    pub section: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

/// A group (中类) that the table names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Three digits.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    document: String,
    #[allow(dead_code, reason = "kept in the file for its reader")]
    source: String,
    valid_from: Date,
    section: Vec<Section>,
    division: Vec<Division>,
    group: Vec<Group>,
}

/// The classification of industries: sections and divisions whole, groups where a rule needs them.
#[derive(Debug)]
pub struct Industries {
    /// The standard.
    pub document: String,
    /// Its first day.
    pub valid_from: Date,
    sections: BTreeMap<String, Section>,
    divisions: BTreeMap<String, Division>,
    groups: BTreeMap<String, Group>,
}

impl Industries {
    pub(super) fn from_toml(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| unreadable("industries", e.message()))?;
        let (sections, divisions, groups) = (file.section.len(), file.division.len(), file.group.len());
        let industries = Self {
            document: file.document,
            valid_from: file.valid_from,
            sections: file.section.into_iter().map(|s| (s.code.clone(), s)).collect(),
            divisions: file.division.into_iter().map(|d| (d.code.clone(), d)).collect(),
            groups: file.group.into_iter().map(|g| (g.code.clone(), g)).collect(),
        };
        if (industries.sections.len(), industries.divisions.len(), industries.groups.len())
            != (sections, divisions, groups)
        {
            return Err(unreadable("industries", "a code stands twice"));
        }
        if let Some(lost) = industries.divisions.values().find(|d| !industries.sections.contains_key(&d.section)) {
            return Err(unreadable("industries", format!("division {} has no section", lost.code)));
        }
        if let Some(lost) = industries.groups.keys().find(|g| industries.division(g.get(..2).unwrap_or("")).is_none()) {
            return Err(unreadable("industries", format!("group {lost} has no division")));
        }
        Ok(industries)
    }

    /// The code of an enterprise's class, from `I6510` or `6510`. The division must exist and belong to the section;
    /// whether the last two digits are in use is not checked.
    pub fn find(&self, text: &str) -> Result<IndustryCode> {
        let folded = text.trim().to_ascii_uppercase();
        let digits = folded.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(&folded);
        let unknown = || Fault::new(&faults::INDUSTRY_UNKNOWN).with("value", text);
        let division = digits.get(..2).and_then(|d| self.divisions.get(d)).ok_or_else(unknown)?;
        let code = IndustryCode::parse(&format!("{}{digits}", division.section)).map_err(|_| unknown())?;
        if folded.len() > digits.len() && !folded.starts_with(&division.section) {
            return Err(Fault::new(&faults::INDUSTRY_SECTION)
                .with("value", text)
                .with("section", &division.section)
                .with("division", &division.code));
        }
        Ok(code)
    }

    /// The section with this letter.
    #[must_use]
    pub fn section(&self, code: &str) -> Option<&Section> {
        self.sections.get(code)
    }

    /// The division with these two digits.
    #[must_use]
    pub fn division(&self, code: &str) -> Option<&Division> {
        self.divisions.get(code)
    }

    /// The named group with these three digits.
    #[must_use]
    pub fn group(&self, code: &str) -> Option<&Group> {
        self.groups.get(code)
    }

    /// All sections, by code.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.sections.values()
    }

    /// All divisions, by code.
    pub fn divisions(&self) -> impl Iterator<Item = &Division> {
        self.divisions.values()
    }

    /// The named groups, by code.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }
}

#[cfg(test)]
mod tests {
    use crate::Reference;

    /// First and last division of every section, as the standard's table of contents gives them.
    const RANGES: &str = "A01-05 B06-12 C13-43 D44-46 E47-50 F51-52 G53-60 H61-62 I63-65 J66-69 K70-70 L71-72 M73-75 \
                          N76-79 O80-82 P83-83 Q84-85 R86-90 S91-96 T97-97";

    #[test]
    fn twenty_sections_hold_ninety_seven_divisions_without_a_gap() {
        let industries = &Reference::built_in().unwrap().industries;
        let mut want = Vec::new();
        for range in RANGES.split_whitespace() {
            let (section, span) = range.split_at(1);
            let (first, last) = span.split_once('-').unwrap();
            let (first, last): (u8, u8) = (first.parse().unwrap(), last.parse().unwrap());
            want.extend((first..=last).map(|d| (section.to_owned(), format!("{d:02}"))));
        }
        let got: Vec<_> = industries.divisions().map(|d| (d.section.clone(), d.code.clone())).collect();
        assert_eq!(got, want);
        assert_eq!((industries.sections().count(), got.len()), (20, 97));
        assert!(industries.divisions().all(|d| !d.zh.is_empty() && !d.en.is_empty()));
    }

    #[test]
    fn codes_are_read_with_or_without_their_letter() {
        let industries = &Reference::built_in().unwrap().industries;
        for (text, want) in [("I6510", "I6510"), ("6510", "I6510"), (" c3911 ", "C3911"), ("0111", "A0111")] {
            assert_eq!(industries.find(text).unwrap().as_str(), want);
        }
        let code = industries.find("G5920").unwrap();
        assert_eq!((code.section(), code.division(), code.group(), code.class()), ("G", "59", "592", "5920"));
        for (text, fault) in [
            ("C6510", "industry.section_mismatch"),
            ("I65", "industry.unknown"),
            ("I65100", "industry.unknown"),
            ("Z9900", "industry.unknown"),
            ("I0010", "industry.unknown"),
            ("", "industry.unknown"),
            ("软件", "industry.unknown"),
            ("I651X", "industry.unknown"),
        ] {
            assert_eq!(industries.find(text).unwrap_err().code(), fault, "{text}");
        }
    }
}
