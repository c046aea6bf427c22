//! Whether documents of a collection have changed, told without looking at them.
//!
//! A number stands for a collection. It moves when a document in it was changed by this process, and, for every collection,
//! when this process's writer finds that another one has written. So it may lag behind another process, but never at the
//! moment at which a command is written: a command that says what it saw is refused if that has moved since.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use huoshui_kernel::Fault;

use crate::faults::CONFLICT;

/// Watches one collection.
#[derive(Clone, Debug)]
pub struct Watch(Arc<AtomicU64>);

/// A collection as it was at a moment. What is read of it after this was made is as new or newer.
#[derive(Clone, Debug)]
pub struct Seen {
    watch: Watch,
    at: u64,
}

impl Watch {
    /// The collection as it is now, as far as this process knows. Make it before reading anything that is to rest on it.
    #[must_use]
    pub fn now(&self) -> Seen {
        Seen { watch: self.clone(), at: self.0.load(Ordering::Acquire) }
    }
}

impl Seen {
    /// A number that stands for the collection as it was; never zero.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.at
    }

    /// What a command is told that rests on a collection which has moved on.
    pub(crate) fn fault(&self) -> Fault {
        let now = self.watch.0.load(Ordering::Acquire);
        Fault::new(&CONFLICT).with("stream", "*").with("actual", now).with("expected", self.at)
    }

    pub(crate) fn holds(&self) -> bool {
        self.watch.0.load(Ordering::Acquire) == self.at
    }
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.watch.0, &other.watch.0) && self.at == other.at
    }
}

impl Eq for Seen {}

/// The collections that somebody watches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watches(Arc<Mutex<HashMap<String, Watch>>>);

impl Watches {
    pub(crate) fn of(&self, collection: &str) -> Watch {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watch = all.entry(collection.to_owned()).or_insert_with(|| Watch(Arc::new(AtomicU64::new(1))));
        watch.clone()
    }

    /// Documents of these collections have changed, and whoever looks sees it.
    pub(crate) fn moved<'a>(&self, collections: impl Iterator<Item = &'a str>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for watch in collections.filter_map(|collection| all.get(collection)) {
            watch.0.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Another process has written; what, is not known.
    pub(crate) fn all_moved(&self) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().for_each(|watch| {
            watch.0.fetch_add(1, Ordering::AcqRel);
        });
    }
}
