//! What a granted pull is to fetch.

use std::sync::Arc;

use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use crate::catalogue::Resource;
use crate::consent::PurposeRef;
use crate::purpose::{Frequency, Mode};

/// One resource to fetch: its version in force, the fields that may leave, the range of dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The resource in the version that is in force.
    pub resource: Arc<Resource>,
    /// The fields that may leave, in the schema's order.
    pub fields: Vec<String>,
    /// Rows dated from here …
    pub from: Date,
    /// … to here, inclusive.
    pub to: Date,
    /// Where fields are a natural person's: the mark of the person who consented. Rows of others stay away.
    pub person: Option<String>,
}

/// Fields that the signer saw and that are no more what they were; they are left out of a pull that named none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The resource.
    pub resource: String,
    /// The fields.
    pub fields: Vec<String>,
}

/// The count that this pull adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Pulls in the window before this one.
    pub used: u32,
    /// The consent's frequency.
    pub frequency: Frequency,
    /// Where the window begins: pulls later than this count. Microseconds since 1970-01-01 UTC.
    pub window_from: i64,
}

/// What a pull may fetch and release. Made by [`super::decide`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The consent's id.
    pub consent: String,
    /// The enterprise.
    pub subject: Uscc,
    /// The institution that pulls.
    pub recipient: String,
    /// The purpose as it was signed.
    pub purpose: PurposeRef,
    /// What may leave.
    pub mode: Mode,
    /// The day of the pull in Beijing.
    pub today: Date,
    /// For how many days after their time stale data may serve; 0 for never.
    pub stale_days: u16,
    /// How long the recipient may keep what it gets, days.
    pub retention_days: u16,
    /// What to fetch, in the consent's order.
    pub fetches: Vec<Fetch>,
    /// What the consent names and is left out.
    pub dropped: Vec<Dropped>,
    /// The count.
    pub usage: Usage,
}

impl Plan {
    /// What to fetch of a resource.
    #[must_use]
    pub fn fetch(&self, resource: &str) -> Option<&Fetch> {
        self.fetches.iter().find(|f| f.resource.code == resource)
    }
}
