use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use crate::tier::Tier;

/// A row of the table [`crate::shapes::ROSTER`], as read: one enterprise, one tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterRow {
    /// Who.
    pub uscc: Uscc,
    /// Its name on the list.
    pub name: String,
    /// Code or name.
    pub district: String,
    /// What is recognised.
    pub tier: Tier,
    /// The certificate's number.
    pub certificate_no: String,
    /// First day of the term.
    pub valid_from: Date,
    /// Last day of the term, inclusive.
    pub valid_to: Date,
    /// The batch of the announcement.
    pub batch: String,
}
