//! The credit engine over what the platform holds: rules in force on a day, what departments know of a firm or of all of
//! them, decisions as events, what-if, and how a policy comes into force.
//!
//! Whoever holds the data folder computes over it freely; through the service an institution gets only what an enterprise
//! consented to ([`crate::exchange`]).

pub mod bank;
pub mod book;
pub mod city;
pub mod decisions;
pub mod drafts;
pub mod faults;
pub mod fold;
mod instant;
pub mod kept;
pub mod monitor;
pub mod needs;
pub mod overrides;
pub mod own;
pub mod persons;
pub mod profiles;
pub mod record;
pub mod reports;
pub mod retain;
pub mod snapshots;
pub mod supply;
pub mod tested;
pub mod whatif;

use std::sync::Arc;

use huoshui_journal::hash;
use huoshui_kernel::fault::{Fault, Result};

pub use book::Book;

use crate::exchange::Exchange;
use crate::exchange::actor::{Actor, Party};

/// The credit engine of one process.
pub struct Credit {
    /// The exchange that facts come through.
    pub exchange: Arc<Exchange>,
    /// Rules in force.
    pub book: Book,
    /// Departments' data as held: for what-if, and for a firm that looks at itself.
    pub held: supply::Held,
    /// Profiles that decisions were made on a moment ago.
    snapshots: snapshots::Snapshots,
}

impl Credit {
    /// Over an exchange.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn open(exchange: Arc<Exchange>) -> Result<Self> {
        let workspace = exchange.workspace.clone();
        let (book, held) = (Book::new(workspace.clone()), supply::Held::open(workspace)?);
        Ok(Self { exchange, book, held, snapshots: snapshots::Snapshots::default() })
    }
}

/// The institution for which the actor acts.
fn institution(actor: &Actor) -> Result<&str> {
    match &actor.party {
        Party::Institution(code, _) => Ok(code),
        _ => Err(Fault::new(&huoshui_exchange::faults::NOT_A_RECIPIENT).with("recipient", &actor.account)),
    }
}

/// An id that the same actor and key always make again.
fn id_of(operation: &str, actor: &Actor, key: &str) -> String {
    hash::hex(&hash::command_id(&actor.account, operation, key))
}

/// Whether a text can be an id of ours; another one names nothing.
fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}
