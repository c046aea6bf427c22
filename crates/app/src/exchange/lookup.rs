//! Look-up: a firm by its code or a part of its name, its public fields, and many firms by file. Every look-up is counted
//! before it is answered.

use std::io::Write as _;

use huoshui_exchange::answer::{Fetched, Provenance, Rows};
use huoshui_exchange::canonical;
use huoshui_exchange::clock;
use huoshui_exchange::lookup::{After, Hit, MAX_HITS, Matched};
use huoshui_formats::{Limits, rows};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::Exchange;
use super::actor::Actor;
use super::directory::Firm;
use super::{overlays, quotas};
use crate::faults;

/// Rows of one bulk look-up at most.
pub const MAX_ROWS: usize = 2_000;
/// Bytes of its file at most.
pub const MAX_BYTES: usize = 512 << 10;

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Names of the public fields of each hit.
    pub columns: Vec<String>,
    /// The firms, best first.
    pub hits: Vec<Hit>,
    /// After which firm the next page begins; none on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<After>,
    /// Look-ups that the account may still make today.
    pub left: u64,
}

/// The public fields of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Public {
    /// The resource.
    pub resource: String,
    /// Where its rows come from; none where the platform has nothing.
    pub provenance: Option<Provenance>,
    /// The public fields, no others.
    pub data: Rows,
}

/// A firm as anyone who signed in may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Who.
    pub firm: Firm,
    /// The public fields of hosted resources.
    pub resources: Vec<Public>,
}

impl Exchange {
    /// Finds firms by code or by a part of the name: Chinese, pinyin or initials. A page of them, each page counted.
    ///
    /// # Errors
    /// `exchange.query`, `exchange.quota_spent`; those of the journal.
    pub fn look_up(&self, actor: &Actor, key: &str, query: &str, limit: usize, after: Option<&After>) -> Result<Found> {
        let directory = self.directory()?;
        let index = directory.index()?;
        let (hits, next) = index.page(query, limit.clamp(1, MAX_HITS), after)?;
        let left = self.count(actor, key, query.as_bytes(), 1)?;
        Ok(Found { columns: index.columns().to_vec(), hits, next, left })
    }

    /// A firm with the public fields of what the platform hosts, corrected values laid over them as over a pull's.
    ///
    /// # Errors
    /// `exchange.unknown_firm`, `exchange.quota_spent`, `data.damaged`; those of the journal.
    pub fn card(&self, actor: &Actor, key: &str, uscc: Uscc) -> Result<Card> {
        let directory = self.directory()?;
        let firm = directory.firm(&uscc).ok_or_else(|| Fault::new(&faults::UNKNOWN_FIRM).with("uscc", uscc))?;
        self.count(actor, key, uscc.as_bytes(), 1)?;
        let today = clock::day(self.now());
        let mut resources = Vec::new();
        let corrected = overlays::corrected(&self.workspace, &uscc)?;
        let rules = self.rules.now()?;
        for resource in rules.catalogue.in_force(today) {
            let open: Vec<&str> = resource.public_fields().map(|f| f.name.as_str()).collect();
            // Remote departments are not asked: a look-up must not cost them a request.
            if open.is_empty() || self.remotes.has(&resource.code) {
                continue;
            }
            let from = huoshui_kernel::date::add_months(today, -i32::from(resource.retention_months)).unwrap_or(today);
            let found = rules.shelf.firm(resource, uscc, from, today, today);
            let (data, provenance) = match overlays::overlay(resource, found, &corrected) {
                Fetched::Found(rows, provenance) => (public(&rows, &open), Some(provenance)),
                _ => (Rows::default(), None),
            };
            resources.push(Public { resource: resource.code.clone(), provenance, data });
        }
        Ok(Card { firm: firm.clone(), resources })
    }

    /// Many firms by a csv file whose first column is a code or a name, in UTF-8 or GBK; what comes back is csv in UTF-8 with
    /// a line for each.
    ///
    /// # Errors
    /// `exchange.bulk` for a file that is empty or too long; `csv.*`, `file.*` for one that is no csv;`exchange.quota_spent`; those of the journal.
    pub fn look_up_many(&self, actor: &Actor, key: &str, file: &[u8]) -> Result<String> {
        let refuse = || Fault::new(&faults::BULK).with("rows", MAX_ROWS).with("kib", MAX_BYTES >> 10);
        if file.len() > MAX_BYTES {
            return Err(refuse());
        }
        let mut queries = if file.is_empty() { Vec::new() } else { first_cells(file)? };
        if queries.first().is_some_and(|q| ["uscc", "name", "统一社会信用代码", "企业名称"].contains(&q.as_str()))
        {
            queries.remove(0);
        }
        if queries.is_empty() || queries.len() > MAX_ROWS {
            return Err(refuse());
        }
        self.count(actor, key, file, queries.len() as u64)?;
        let directory = self.directory()?;
        let index = directory.index()?;
        let mut out = "query,found,uscc,name,district,industry,tier,size\n".to_owned();
        for query in queries {
            let by_code = Uscc::parse(&query).ok().and_then(|uscc| directory.firm(&uscc));
            let (found, firm) = match by_code {
                Some(firm) => ("code", Some(firm)),
                None => match index.search(&query, 2) {
                    // Only a whole name names one firm; a part of one names many.
                    Ok(hits) => match hits.as_slice() {
                        [only] => ("one", directory.firm(&only.uscc)),
                        [first, second] if first.matched == Matched::Name && second.matched != Matched::Name => {
                            ("name", directory.firm(&first.uscc))
                        }
                        [] => ("none", None),
                        _ => ("several", None),
                    },
                    Err(_) => ("unreadable", None),
                },
            };
            let cell = |text: &str| quoted(text);
            let columns: [String; 6] = firm.map_or_else(Default::default, |f| {
                let maybe = |value: Option<&str>| value.unwrap_or_default().to_owned();
                [
                    f.uscc.to_string(),
                    cell(&f.name),
                    f.district.clone(),
                    maybe(f.industry.as_deref()),
                    maybe(f.tier),
                    maybe(f.size),
                ]
            });
            out.push_str(&format!("{},{found},{}\n", cell(&query), columns.join(",")));
        }
        Ok(out)
    }

    fn count(&self, actor: &Actor, key: &str, what: &[u8], rows: u64) -> Result<u64> {
        let digest = canonical::sha256(what);
        let counted = quotas::take(&self.workspace, self.quotas, actor, key, self.now(), (&digest, rows))?;
        let mine = counted.by.get(&actor.account).copied().unwrap_or(0);
        Ok(u64::from(self.quotas.person).saturating_sub(mine))
    }
}

/// The first cell of each row, as any other csv is read.
fn first_cells(file: &[u8]) -> Result<Vec<String>> {
    let internal = |e: std::io::Error| Fault::new(&faults::INTERNAL).with("what", e);
    let mut kept = tempfile::Builder::new().prefix("lookup.").suffix(".csv").tempfile().map_err(internal)?;
    kept.write_all(file).map_err(internal)?;
    // Its rows are counted by the caller, the blank ones left out.
    let limits = Limits { max_bytes: MAX_BYTES as u64, max_rows: MAX_BYTES as u64, ..Limits::default() };
    rows::first_cells(kept.path(), &limits)
}

/// The columns that anyone may see.
fn public(rows: &Rows, open: &[&str]) -> Rows {
    let kept: Vec<usize> = (0..rows.columns.len())
        .filter(|i| rows.columns.get(*i).is_some_and(|name| open.contains(&name.as_str())))
        .collect();
    Rows {
        columns: kept.iter().filter_map(|i| rows.columns.get(*i).cloned()).collect(),
        rows: rows.rows.iter().map(|row| kept.iter().filter_map(|i| row.get(*i).cloned()).collect()).collect(),
    }
}

/// A csv cell. One that a spreadsheet would run as a formula is made text.
fn quoted(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}
