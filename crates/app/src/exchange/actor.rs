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

/// How an actor was let in: for the access log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// The policy of authorization that permitted the request.
    pub policy: Option<String>,
    /// The id of the key that a machine used.
    pub key: Option<String>,
}

/// An account and its party. Every command is recorded under the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: String,
    /// For whom.
    pub party: Party,
    /// How it was let in; nothing where no door stood between.
    pub admitted: Admitted,
}

impl Actor {
    /// An account that acts for a party, let in by nobody.
    #[must_use]
    pub fn new(account: String, party: Party) -> Self {
        Self { account, party, admitted: Admitted::default() }
    }

    /// The same, let in by this policy of authorization.
    #[must_use]
    pub fn by(mut self, policy: String) -> Self {
        self.admitted.policy = (!policy.is_empty()).then_some(policy);
        self
    }

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
        let key = who.machine.then(|| who.id.strip_prefix("key:").unwrap_or(&who.id).to_owned());
        Ok(Self { account: who.id.clone(), party, admitted: Admitted { policy: None, key } })
    }
}
