//! One suite, run over every store: whatever holds for one holds for all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod conformance;

use std::sync::Arc;

use conformance::Place;
use huoshui_journal::{Clock, Journal, Options};

struct SqlitePlace(tempfile::TempDir);

impl Place for SqlitePlace {
    fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self, clock: Arc<dyn Clock>, options: Options) -> Journal {
        Journal::open_sqlite(self.address(), clock, options).unwrap()
    }

    fn address(&self) -> String {
        self.0.path().join("journal.db").display().to_string()
    }
}

conformance::suite!(sqlite, super::SqlitePlace);

/// The same file with next to nothing indexed in memory, so that every case meets rows moved into the file's indexes.
struct MovingPlace(SqlitePlace);

impl Place for MovingPlace {
    fn fresh() -> Self {
        Self(SqlitePlace::fresh())
    }

    fn open(&self, clock: Arc<dyn Clock>, options: Options) -> Journal {
        self.0.open(clock, Options { recent: 12, ..options })
    }

    fn address(&self) -> String {
        self.0.address()
    }
}

conformance::suite!(sqlite_moving, super::MovingPlace);

struct PostgresPlace(String);

impl Place for PostgresPlace {
    fn fresh() -> Self {
        Self(huoshui_testkit::Postgres::shared().unwrap().fresh_database().unwrap())
    }

    fn open(&self, clock: Arc<dyn Clock>, options: Options) -> Journal {
        Journal::open_postgres_blocking(&self.0, clock, options).unwrap()
    }

    fn address(&self) -> String {
        self.0.clone()
    }
}

conformance::suite!(postgres, super::PostgresPlace);
