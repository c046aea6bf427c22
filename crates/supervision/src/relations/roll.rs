//! The roll: every enterprise and institution as known on one list date, laid out so that a million notes can be joined
//! to it in milliseconds.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int32Array, StringArray};
use hashbrown::HashMap;
use huoshui_kernel::Date;
use huoshui_kernel::date::days;

use crate::arrow::dictionary;

/// An enterprise as known on the list date.
#[derive(Clone, Copy, Debug)]
pub struct Firm<'a> {
    /// USCC.
    pub uscc: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The highest tier with a valid certificate (`little_giant`, `srdi_sme`, `innovative_sme`, `technology_sme`).
    pub tier: Option<&'a str>,
    /// A valid certificate as SRDI SME or little giant.
    pub srdi: bool,
    /// A valid certificate as little giant.
    pub little_giant: bool,
    /// A valid certificate as innovative SME.
    pub innovative: bool,
    /// A valid certificate as technology SME.
    pub technology: bool,
    /// District code.
    pub district: Option<&'a str>,
    /// Industry section, a letter.
    pub industry: Option<&'a str>,
    /// Industry division, the letter and two digits.
    pub division: Option<&'a str>,
    /// `large`, `medium`, `small`, `micro`.
    pub size: Option<&'a str>,
    /// Founding date.
    pub founded_on: Option<Date>,
}

/// An institution.
#[derive(Clone, Copy, Debug)]
pub struct Bank<'a> {
    /// Its code.
    pub code: &'a str,
    /// Its kind (`large_bank` …).
    pub kind: &'a str,
    /// `chinese` or `foreign`.
    pub funding: &'a str,
}

/// No such enterprise.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Who everyone is on one list date. Build it once a date and share it.
pub struct Roll {
    list_date: Date,
    index: HashMap<Box<str>, u32>,
    usccs: Arc<StringArray>,
    names: Arc<StringArray>,
    tier: Codes,
    district: Codes,
    industry: Codes,
    division: Codes,
    size: Codes,
    flags: Vec<u8>,
    founded: Vec<Option<i32>>,
    banks: HashMap<Box<str>, (i32, i32)>,
    kind: Codes,
    funding: Codes,
}

const SRDI: u8 = 1;
const LITTLE_GIANT: u8 = 2;
const INNOVATIVE: u8 = 4;
const TECHNOLOGY: u8 = 8;
const SMALL_MICRO: u8 = 16;
const LISTED: u8 = 32;

/// Texts of few values: the values, and which one each row has (−1 for none).
struct Codes {
    codes: HashMap<Box<str>, i32>,
    texts: Vec<Box<str>>,
    values: Arc<StringArray>,
    of: Vec<i32>,
}

impl Default for Codes {
    fn default() -> Self {
        Self { codes: HashMap::new(), texts: Vec::new(), values: no_texts(), of: Vec::new() }
    }
}

fn no_texts() -> Arc<StringArray> {
    Arc::new(StringArray::new_null(0))
}

impl Codes {
    fn intern(&mut self, text: &str) -> i32 {
        if let Some(code) = self.codes.get(text) {
            return *code;
        }
        let Ok(code) = i32::try_from(self.texts.len()) else { return -1 };
        self.texts.push(text.into());
        self.codes.insert(text.into(), code);
        code
    }

    fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(-1, |t| self.intern(t));
        self.of.push(code);
    }

    fn seal(&mut self) {
        self.values = Arc::new(StringArray::from_iter_values(self.texts.iter()));
        self.codes = HashMap::new();
        self.texts = Vec::new();
    }

    fn array(&self, codes: impl Iterator<Item = i32>) -> ArrayRef {
        let keys: Int32Array = codes.map(|c| (c >= 0).then_some(c)).collect();
        dictionary(keys, Arc::clone(&self.values))
    }

    fn take(&self, rows: &[u32]) -> ArrayRef {
        self.array(rows.iter().map(|row| pick(&self.of, *row).unwrap_or(-1)))
    }
}

fn pick<T: Copy>(items: &[T], row: u32) -> Option<T> {
    items.get(usize::try_from(row).ok()?).copied()
}

impl Roll {
    /// Lays out the enterprises and institutions of a list date. Of two firms with one USCC the first counts.
    pub fn new<'a>(
        list_date: Date,
        firms: impl IntoIterator<Item = Firm<'a>>,
        banks: impl IntoIterator<Item = Bank<'a>>,
    ) -> Self {
        let mut roll = Self {
            list_date,
            index: HashMap::new(),
            usccs: no_texts(),
            names: no_texts(),
            tier: Codes::default(),
            district: Codes::default(),
            industry: Codes::default(),
            division: Codes::default(),
            size: Codes::default(),
            flags: Vec::new(),
            founded: Vec::new(),
            banks: HashMap::new(),
            kind: Codes::default(),
            funding: Codes::default(),
        };
        let (mut usccs, mut names): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for firm in firms {
            let Ok(row) = u32::try_from(usccs.len()) else { break };
            if roll.index.contains_key(firm.uscc) {
                continue;
            }
            roll.index.insert(firm.uscc.into(), row);
            usccs.push(firm.uscc);
            names.push(firm.name);
            roll.push(&firm);
        }
        roll.usccs = Arc::new(StringArray::from(usccs));
        roll.names = Arc::new(StringArray::from(names));
        for bank in banks {
            let codes = (roll.kind.intern(bank.kind), roll.funding.intern(bank.funding));
            roll.banks.entry(bank.code.into()).or_insert(codes);
        }
        for codes in [
            &mut roll.tier,
            &mut roll.district,
            &mut roll.industry,
            &mut roll.division,
            &mut roll.size,
            &mut roll.kind,
            &mut roll.funding,
        ] {
            codes.seal();
        }
        roll
    }

    fn push(&mut self, firm: &Firm<'_>) {
        let small = matches!(firm.size, Some("small" | "micro"));
        let listed = firm.srdi || firm.little_giant || firm.innovative || firm.technology;
        let mut flags = 0;
        for (bit, set) in [
            (SRDI, firm.srdi),
            (LITTLE_GIANT, firm.little_giant),
            (INNOVATIVE, firm.innovative),
            (TECHNOLOGY, firm.technology),
            (SMALL_MICRO, small),
            (LISTED, listed),
        ] {
            if set {
                flags |= bit;
            }
        }
        self.flags.push(flags);
        self.tier.push(firm.tier);
        self.district.push(firm.district);
        self.industry.push(firm.industry);
        self.division.push(firm.division);
        self.size.push(firm.size);
        self.founded.push(firm.founded_on.map(days));
    }

    /// The date of the list.
    #[must_use]
    pub fn list_date(&self) -> Date {
        self.list_date
    }

    /// How many enterprises it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// Whether it knows this enterprise.
    #[must_use]
    pub fn knows(&self, uscc: &str) -> bool {
        self.index.contains_key(uscc)
    }

    pub(super) fn row_of(&self, uscc: &str) -> u32 {
        self.index.get(uscc).copied().unwrap_or(UNKNOWN)
    }

    pub(super) fn is_srdi(&self, row: u32) -> bool {
        pick(&self.flags, row).is_some_and(|f| f & SRDI != 0)
    }

    pub(super) fn usccs(&self) -> &Arc<StringArray> {
        &self.usccs
    }

    /// A column of what is known of the enterprises at these rows; an unknown one is on no list, and the rest is NULL.
    pub(super) fn firm_column(&self, name: &str, rows: &[u32]) -> Option<ArrayRef> {
        let flag = |bit: u8| -> ArrayRef {
            let set: BooleanArray =
                rows.iter().map(|row| Some(pick(&self.flags, *row).is_some_and(|f| f & bit != 0))).collect();
            Arc::new(set)
        };
        Some(match name {
            "srdi" => flag(SRDI),
            "little_giant" => flag(LITTLE_GIANT),
            "innovative" => flag(INNOVATIVE),
            "technology" => flag(TECHNOLOGY),
            "listed" => flag(LISTED),
            "small_micro" => flag(SMALL_MICRO),
            "tier" => self.tier.take(rows),
            "district" => self.district.take(rows),
            "industry" => self.industry.take(rows),
            "division" => self.division.take(rows),
            "size" => self.size.take(rows),
            "borrower_name" => {
                let keys: Int32Array =
                    rows.iter().map(|row| if *row == UNKNOWN { None } else { i32::try_from(*row).ok() }).collect();
                dictionary(keys, Arc::clone(&self.names))
            }
            "founded_on" => {
                let dates: Date32Array = rows.iter().map(|row| pick(&self.founded, *row).flatten()).collect();
                Arc::new(dates)
            }
            _ => return None,
        })
    }

    /// A column of what is known of the institutions of these codes.
    pub(super) fn bank_column<'a>(
        &self,
        name: &str,
        institutions: impl Iterator<Item = Option<&'a str>>,
    ) -> Option<ArrayRef> {
        let found = institutions.map(|code| code.and_then(|c| self.banks.get(c)).copied().unwrap_or((-1, -1)));
        Some(match name {
            "institution_kind" => self.kind.array(found.map(|f| f.0)),
            "funding" => self.funding.array(found.map(|f| f.1)),
            _ => return None,
        })
    }
}
