//! The event store: events of streams, current states beside them, many commands to one durable commit.
//!
//! A [`Command`] appends events to several streams at expected versions, changes documents, and answers; it happens whole
//! or not at all, once per idempotency key. Two stores, one meaning: SQLite in the process, PostgreSQL beyond it. Knows
//! nothing of what events mean.
//!
//! ```
//! use std::sync::Arc;
//! use huoshui_journal::{Command, Expected, Journal, Options, StepClock};
//! # let folder = tempfile::tempdir().unwrap();
//! let clock = Arc::new(StepClock::new(1_700_000_000_000_000, 1));
//! let journal = Journal::open_sqlite(folder.path().join("journal.db"), clock, Options::default())?;
//! let command = Command::new("bank-1", "open", "key-1", b"the request")
//!     .event("line/1", Expected::Version(0), "line.opened", 1, *br#"{"limit":100}"#)
//!     .answer(*b"opened");
//! assert!(journal.append_blocking(command.clone())?.first_time);
//! assert!(!journal.append_blocking(command)?.first_time); // the same answer, no second effect
//! assert_eq!(journal.read_stream("line/1", 1, 10)?.len(), 1);
//! # Ok::<(), huoshui_kernel::Fault>(())
//! ```

mod blobs;
mod clock;
mod command;
mod event;
pub mod faults;
mod group;
pub mod hash;
mod journal;
pub mod limits;
mod list;
pub mod merkle;
mod postgres;
mod proof;
mod queue;
mod seal;
mod sign;
mod sqlite;
mod upcast;
mod vault;
mod verify;
mod watch;

pub use blobs::Blobs;
pub use clock::{Clock, ShiftedClock, StepClock, SystemClock};
pub use command::{Append, Columns, Command, Expected, NewEvent, StateChange, StateDoc};
pub use event::{Event, Page, Positioned, Receipt, StreamVersion};
pub use journal::{Journal, Options};
pub use list::{Column, Query, Test, Value};
pub use proof::{ConsistencyProof, InclusionProof, check_consistency, check_inclusion};
pub use seal::{Publisher, Seal, SealFile, Sealer};
pub use sign::{Ed25519, Signer, TrustedKeys, Verifier};
pub use upcast::{Step, Upcasters};
pub use vault::Keep;
pub use verify::{Against, Finding, Fold, Problem, Report};
pub use watch::{Seen, Watch};
