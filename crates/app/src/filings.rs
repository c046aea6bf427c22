//! Which filings are in force: per as-of date and institution the last one accepted, as known at a time.

use std::collections::BTreeMap;

use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};

use crate::events::{FilingAccepted, kind};
use crate::faults;
use crate::folder::Workspace;
use crate::streams::{self, KnownAt};

/// A filing with its place in the institution's stream.
#[derive(Clone, Debug)]
pub struct Filing {
    /// What was accepted.
    pub accepted: FilingAccepted,
    /// Its version in the stream `filing/INSTITUTION`.
    pub version: u64,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// Filings for the same date that it replaced.
    pub replaced: u64,
}

/// The filings in force.
#[derive(Clone, Debug, Default)]
pub struct Filings {
    by_date: BTreeMap<Date, BTreeMap<String, Filing>>,
    versions: BTreeMap<String, u64>,
}

/// The stream of an institution's filings.
#[must_use]
pub fn stream(institution: &str) -> String {
    format!("filing/{institution}")
}

impl Filings {
    /// Reads the filings of these institutions as they were known then.
    ///
    /// # Errors
    /// Those of the store, `data.damaged`.
    pub fn load<'a>(
        workspace: &Workspace,
        institutions: impl Iterator<Item = &'a str>,
        known_at: KnownAt,
    ) -> Result<Self> {
        let mut filings = Self::default();
        for institution in institutions {
            for event in streams::read(workspace, &stream(institution), known_at)? {
                filings.versions.insert(institution.to_owned(), event.version);
                if event.data.kind == kind::FILING_ACCEPTED {
                    filings.add(streams::body(&event)?, event.version, event.recorded_at);
                }
            }
        }
        Ok(filings)
    }

    /// Adds a filing that was just accepted.
    pub fn add(&mut self, accepted: FilingAccepted, version: u64, recorded_at: i64) {
        self.versions.insert(accepted.institution.clone(), version);
        let of_date = self.by_date.entry(accepted.as_of).or_default();
        let replaced = of_date.get(&accepted.institution).map_or(0, |f| f.replaced + 1);
        of_date.insert(accepted.institution.clone(), Filing { accepted, version, recorded_at, replaced });
    }

    /// The filings in force for a date, by institution.
    #[must_use]
    pub fn of(&self, as_of: Date) -> Option<&BTreeMap<String, Filing>> {
        self.by_date.get(&as_of)
    }

    /// The filings in force for a date.
    ///
    /// # Errors
    /// `data.nothing_filed`, naming the dates that have some.
    pub fn need(&self, as_of: Date) -> Result<&BTreeMap<String, Filing>> {
        self.by_date.get(&as_of).ok_or_else(|| {
            let dates: Vec<String> = self.by_date.keys().map(ToString::to_string).collect();
            let shown = if dates.is_empty() { "–".to_owned() } else { dates.join(", ") };
            Fault::new(&faults::NOTHING_FILED).with("date", as_of).with("dates", shown).field("as_of")
        })
    }

    /// One filing.
    #[must_use]
    pub fn get(&self, institution: &str, as_of: Date) -> Option<&Filing> {
        self.by_date.get(&as_of)?.get(institution)
    }

    /// The institution's last filing before a date.
    #[must_use]
    pub fn previous(&self, institution: &str, as_of: Date) -> Option<&Filing> {
        self.by_date.range(..as_of).rev().find_map(|(_, of_date)| of_date.get(institution))
    }

    /// The institution's first filing after a date.
    #[must_use]
    pub fn next(&self, institution: &str, as_of: Date) -> Option<&Filing> {
        let after = (std::ops::Bound::Excluded(as_of), std::ops::Bound::Unbounded);
        self.by_date.range(after).find_map(|(_, of_date)| of_date.get(institution))
    }

    /// How many events the institution's stream holds.
    #[must_use]
    pub fn version(&self, institution: &str) -> u64 {
        self.versions.get(institution).copied().unwrap_or(0)
    }

    /// The dates with filings, oldest first.
    pub fn dates(&self) -> impl DoubleEndedIterator<Item = Date> + '_ {
        self.by_date.keys().copied()
    }
}

/// How many queries between banks are open for a date.
///
/// # Errors
/// Those of the store.
pub fn open_queries(workspace: &Workspace, as_of: Date) -> Result<u64> {
    use huoshui_journal::{Column, Query, Test, Value};
    let query = Query::default().filter(Column::Text(1), Test::Is(Value::Text(as_of.to_string())));
    let (mut count, mut cursor) = (0, None);
    loop {
        let page = workspace.journal.list("query", &query, cursor.as_deref(), 1_000)?;
        count += page.items.len() as u64;
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(count),
        }
    }
}
