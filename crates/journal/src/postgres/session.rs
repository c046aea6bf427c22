//! A connection with the small runtime that drives it, used from one thread at a time like any blocking client.

use std::future::Future;

use huoshui_kernel::fault::Result;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use crate::faults::storage;

/// A connection and its runtime.
pub(crate) struct Session {
    runtime: tokio::runtime::Runtime,
    conn: PgConnection,
}

impl Session {
    pub(crate) fn connect(options: &PgConnectOptions, durable: bool) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(storage)?;
        let limit = std::time::Duration::from_secs(30);
        let conn = runtime.block_on(async {
            let mut conn = tokio::time::timeout(limit, PgConnection::connect_with(options))
                .await
                .map_err(storage)?
                .map_err(storage)?;
            // Said anew for every connection: a server's own setting must not decide whether an answer can be lost.
            let commit = if durable { "SET synchronous_commit TO on" } else { "SET synchronous_commit TO off" };
            sqlx::query(commit).execute(&mut conn).await.map_err(storage)?;
            Ok::<_, huoshui_kernel::Fault>(conn)
        })?;
        Ok(Self { runtime, conn })
    }

    /// Runs asynchronous work to its end. Must not be called from within another runtime; see [`off_runtime`].
    pub(crate) fn wait<'a, T, F: Future<Output = T>>(&'a mut self, work: impl FnOnce(&'a mut PgConnection) -> F) -> T {
        let Self { runtime, conn } = self;
        runtime.block_on(work(conn))
    }
}

/// Runs blocking work on this thread, or on one of its own when this thread already drives a runtime.
pub(crate) fn off_runtime<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    if tokio::runtime::Handle::try_current().is_err() {
        return work();
    }
    std::thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|_| Err(storage("a reading thread ended"))))
}
