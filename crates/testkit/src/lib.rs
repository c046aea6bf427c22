//! Servers that tests start and stop themselves: no fixed port, no set-up step, nothing left behind.
//!
//! ```no_run
//! let url = huoshui_testkit::Postgres::shared()?.fresh_database()?; // postgres://… of an empty database
//! # Ok::<(), huoshui_testkit::Unavailable>(())
//! ```

mod account;
mod postgres;

pub use postgres::Postgres;

/// Why a test server cannot run here, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(String);

impl Unavailable {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}
