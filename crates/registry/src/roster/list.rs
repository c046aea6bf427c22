use std::collections::HashMap;
use std::sync::Arc;

use huoshui_kernel::{Date, Fault, Uscc};

use super::{RosterRow, conflicts};
use crate::faults;
use crate::reference::{DistrictCode, Reference};
use crate::refusal::{MAX_ROWS, Refusal, row_number};
use crate::tier::{Tier, TierSet};

/// One recognition on a list, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub uscc: Uscc,
    /// What is recognised.
    pub tier: Tier,
    /// The firm's name on the list.
    pub name: Arc<str>,
    /// The firm's district on the list.
    pub district: DistrictCode,
    /// The certificate's number.
    pub certificate_no: Arc<str>,
    /// First day of the term.
    pub valid_from: Date,
    /// Last day of the term, inclusive.
    pub valid_to: Date,
    /// The batch.
    pub batch: Arc<str>,
}

impl Entry {
    /// Whether the term holds the day.
    #[must_use]
    pub fn is_valid_on(&self, date: Date) -> bool {
        self.valid_from <= date && date <= self.valid_to
    }

    pub(super) fn key(&self) -> (Uscc, Tier) {
        (self.uscc, self.tier)
    }
}

/// The whole list of a day, in the order of USCC and tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    date: Date,
    entries: Vec<Entry>,
}

/// A recognised enterprise on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Who.
    pub uscc: Uscc,
    /// The tiers whose certificates are valid that day; never empty.
    pub tiers: TierSet,
    /// The name on the list.
    pub name: &'a Arc<str>,
    /// The district on the list.
    pub district: DistrictCode,
}

impl List {
    /// Checks the rows of a list by themselves: every field, every key once, one certificate for a firm and tier, one
    /// firm for a certificate and a name, one name and district for a firm.
    pub fn from_rows(date: Date, rows: &[RosterRow], reference: &Reference) -> Result<Self, Refusal> {
        let (list, refusal) = Self::read(date, rows, reference);
        match list {
            Some(list) => refusal.or(list),
            None => Err(refusal),
        }
    }

    /// As [`List::from_rows`], giving the faults beside the entries that could be read at all.
    pub(super) fn read(date: Date, rows: &[RosterRow], reference: &Reference) -> (Option<Self>, Refusal) {
        if rows.is_empty() {
            return (None, Fault::new(&faults::LIST_EMPTY).with("date", date).into());
        }
        if rows.len() > MAX_ROWS {
            let fault = Fault::new(&faults::TOO_MANY_ROWS).with("rows", rows.len()).with("limit", MAX_ROWS);
            return (None, fault.into());
        }
        let mut refusal = Refusal::default();
        let mut batches: HashMap<&str, Arc<str>> = HashMap::new();
        let mut numbered = Vec::with_capacity(rows.len());
        for (i, row) in rows.iter().enumerate() {
            let batch = Arc::clone(batches.entry(row.batch.trim()).or_insert_with(|| row.batch.trim().into()));
            if let Some(entry) = entry(row, row_number(i), date, reference, batch, &mut refusal) {
                numbered.push((row_number(i), entry));
            }
        }
        // Stable, so of two rows with one key the earlier in the file comes first.
        numbered.sort_by_key(|(_, entry)| entry.key());
        conflicts::within(&numbered, &mut refusal);
        (Some(Self { date, entries: numbered.into_iter().map(|(_, entry)| entry).collect() }), refusal)
    }

    /// The day of the list.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// Its recognitions, in the order of USCC and tier.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Its firms with their recognitions, in the order of USCCs.
    pub fn firms(&self) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunk_by(|a, b| a.uscc == b.uscc)
    }

    /// The recognition of a firm at a tier.
    #[must_use]
    pub fn entry(&self, uscc: Uscc, tier: Tier) -> Option<&Entry> {
        let at = self.entries.binary_search_by_key(&(uscc, tier), Entry::key).ok()?;
        self.entries.get(at)
    }

    pub(super) fn valid_on(&self, date: Date) -> impl Iterator<Item = Listed<'_>> {
        self.firms().filter_map(move |firm| {
            let tiers: TierSet = firm.iter().filter(|e| e.is_valid_on(date)).map(|e| e.tier).collect();
            let first = firm.first().filter(|_| !tiers.is_empty())?;
            Some(Listed { uscc: first.uscc, tiers, name: &first.name, district: first.district })
        })
    }
}

fn entry(
    row: &RosterRow,
    number: u64,
    date: Date,
    reference: &Reference,
    batch: Arc<str>,
    refusal: &mut Refusal,
) -> Option<Entry> {
    let before = refusal.count;
    let (name, certificate_no) = (row.name.trim(), row.certificate_no.trim());
    for (field, text) in [("name", name), ("certificate_no", certificate_no)] {
        if text.is_empty() {
            refusal.push(Fault::new(&faults::FIELD_EMPTY).with("field", field).field(field).row(number));
        }
    }
    if row.valid_to < row.valid_from {
        let fault =
            Fault::new(&faults::TERM_BACKWARDS).with("valid_from", row.valid_from).with("valid_to", row.valid_to);
        refusal.push(fault.field("valid_to").row(number));
    }
    let district = match reference.districts.find(&row.district, date) {
        Ok(district) => district.code,
        Err(fault) => {
            refusal.push(fault.field("district").row(number));
            return None;
        }
    };
    (refusal.count == before).then(|| Entry {
        uscc: row.uscc,
        tier: row.tier,
        name: name.into(),
        district,
        certificate_no: certificate_no.into(),
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        batch,
    })
}
