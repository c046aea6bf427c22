//! Current states as pure functions of the events behind them: written with the event, and computed anew by `verify`.

use std::collections::BTreeMap;

use huoshui_exchange::consent::ConsentEvent;
use huoshui_journal::{Columns, Event, Fold, StateDoc, TrustedKeys};
use huoshui_kernel::fault::Result;

use crate::events::{FilingAccepted, QueryOpened, RegistryRecorded, TableRef, kind};
use crate::exchange::batches::ledger;
use crate::exchange::receipts;
use crate::streams;

/// The kind of [`ConsentEvent::Granted`].
const GRANTED: &str = "consent.granted";

/// The document of a filing in force.
#[must_use]
pub fn filing(accepted: &FilingAccepted, version: u64, body: &[u8]) -> StateDoc {
    let given = accepted.tables.iter().filter(|(name, _)| !accepted.carried.contains(name));
    let rows = given.map(|(_, table)| table.rows).sum::<u64>();
    StateDoc {
        collection: "filing".to_owned(),
        id: format!("{}/{}", accepted.institution, accepted.as_of),
        version,
        doc: body.to_vec(),
        columns: Columns {
            text: [Some(accepted.institution.clone()), Some(accepted.as_of.to_string()), None, None],
            int: [i64::try_from(rows).ok(), None, None, None],
        },
    }
}

/// The document of an open query.
#[must_use]
pub fn query(opened: &QueryOpened, id: &str, version: u64, body: &[u8]) -> StateDoc {
    StateDoc {
        collection: "query".to_owned(),
        id: id.to_owned(),
        version,
        doc: body.to_vec(),
        columns: Columns {
            text: [Some(opened.check.clone()), Some(opened.as_of.to_string()), Some(opened.borrower.clone()), None],
            int: [None; 4],
        },
    }
}

/// Folds every event into the documents that should be there, and gathers the files that events name.
#[derive(Default)]
pub struct Refold {
    documents: BTreeMap<(String, String), StateDoc>,
    resources: ledger::Refold,
    exchange: crate::exchange::fold::Folding,
    credit: crate::credit::fold::Folding,
    /// Every file that an event names, with the first event that does.
    pub files: BTreeMap<String, (TableRef, String)>,
    /// Whose signatures count.
    keys: TrustedKeys,
    /// Grants of consents that bear no signature of a trusted key: stream and version.
    pub unsigned: Vec<(String, u64)>,
}

impl Refold {
    /// One that checks signatures against these keys.
    #[must_use]
    pub fn trusting(keys: TrustedKeys) -> Self {
        Self { keys, ..Self::default() }
    }

    fn put(&mut self, doc: StateDoc) {
        self.documents.insert((doc.collection.clone(), doc.id.clone()), doc);
    }

    fn name(&mut self, table: TableRef, event: &Event) {
        let at = format!("{}#{}", event.stream, event.version);
        self.files.entry(table.blob.clone()).or_insert((table, at));
    }
}

impl Fold for Refold {
    fn collections(&self) -> Vec<String> {
        let own = ["filing", "query", "policy", crate::jobs::COLLECTION];
        own.into_iter()
            .chain([ledger::COLLECTION])
            .chain(crate::access::fold::COLLECTIONS)
            .chain(crate::exchange::fold::COLLECTIONS)
            .chain(crate::credit::fold::COLLECTIONS)
            .map(str::to_owned)
            .collect()
    }

    fn apply(&mut self, event: &Event) -> Result<()> {
        self.resources.apply(event)?;
        for doc in self.exchange.apply(event)? {
            self.put(doc);
        }
        if let Some(doc) = self.credit.apply(event)? {
            self.put(doc);
        }
        match event.data.kind.as_str() {
            GRANTED => {
                let granted: ConsentEvent = streams::body(event)?;
                let ConsentEvent::Granted(granted) = granted else { return Ok(()) };
                if !receipts::is_signed(&granted, &self.keys)? {
                    self.unsigned.push((event.stream.clone(), event.version));
                }
            }
            kind::FILING_ACCEPTED => {
                let accepted: FilingAccepted = streams::body(event)?;
                self.put(filing(&accepted, event.version, &event.data.body));
                for table in accepted.tables.into_values() {
                    self.name(table, event);
                }
            }
            kind::QUERY_OPENED => {
                let opened: QueryOpened = streams::body(event)?;
                let id = event.stream.strip_prefix("query/").unwrap_or(&event.stream);
                self.put(query(&opened, id, event.version, &event.data.body));
            }
            crate::policies::KIND => {
                let published: crate::policies::Published = streams::body(event)?;
                self.put(published.document(event.version)?);
            }
            kind::REGISTRY_RECORDED => {
                let recorded: RegistryRecorded = streams::body(event)?;
                self.name(recorded.table, event);
            }
            _ => {
                for doc in [crate::access::fold::apply(event)?, crate::jobs::apply(event)?].into_iter().flatten() {
                    self.put(doc);
                }
            }
        }
        Ok(())
    }

    fn documents(&mut self) -> Result<Vec<StateDoc>> {
        for doc in self.resources.documents()? {
            self.put(doc);
        }
        for (table, at) in self.resources.files() {
            self.files.entry(table.blob.clone()).or_insert((table, at));
        }
        Ok(std::mem::take(&mut self.documents).into_values().collect())
    }
}
