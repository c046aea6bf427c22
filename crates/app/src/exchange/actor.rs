//! Who acts, as whoever let the request in established it.

use huoshui_exchange::purpose::RecipientKind;
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};

use crate::access;
use crate::faults;

/// On whose behalf an account acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// An enterprise.
    Enterprise(Uscc),
    /// An institution that may receive data, by code.
    Institution(String, RecipientKind),
    /// A municipal department, by code.
    Department(String),
    /// Whoever runs or supervises the platform.
    Operator,
}

impl Party {
    /// The name under which notices reach it.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Enterprise(uscc) => enterprise(uscc),
            Self::Institution(code, _) => institution(code),
            Self::Department(code) => department(code),
            Self::Operator => "operator".to_owned(),
        }
    }
}

/// Where an enterprise gets its notices.
#[must_use]
pub fn enterprise(uscc: &Uscc) -> String {
    format!("enterprise:{uscc}")
}

/// Where an institution gets its notices.
#[must_use]
pub fn institution(code: &str) -> String {
    format!("institution:{code}")
}

/// Where a department gets its notices.
#[must_use]
pub fn department(code: &str) -> String {
    format!("department:{code}")
}

/// Where a person gets their own notices.
#[must_use]
pub fn person(account: &str) -> String {
    format!("person:{account}")
}

/// An account and its party. Every command is recorded under the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: String,
    /// For whom.
    pub party: Party,
}

impl Actor {
    /// The actor whom access control let in. An institution without an entry in the registry (a fund, an equity market)
    /// goes by its organisation's id.
    ///
    /// # Errors
    /// `data.damaged` for an enterprise or department without its entry, which access control excludes.
    pub fn of(who: &access::Actor) -> Result<Self> {
        use access::Kind as K;
        let missing = || Fault::new(&faults::DAMAGED).with("what", format_args!("organisation/{}", who.organisation));
        let code = || who.subject.clone().unwrap_or_else(|| who.organisation.clone());
        let party = match who.kind {
            K::Enterprise => Party::Enterprise(Uscc::parse(who.subject.as_deref().ok_or_else(missing)?)?),
            K::Department => Party::Department(who.subject.clone().ok_or_else(missing)?),
            K::Bank => Party::Institution(code(), RecipientKind::Bank),
            K::Insurer => Party::Institution(code(), RecipientKind::Insurer),
            K::Guarantor => Party::Institution(code(), RecipientKind::Guarantor),
            K::EquityInvestor => Party::Institution(code(), RecipientKind::EquityInvestor),
            K::EquityMarket => Party::Institution(code(), RecipientKind::EquityMarket),
            K::Regulator | K::Operator => Party::Operator,
        };
        Ok(Self { account: who.id.clone(), party })
    }
}
