//! Who asks, and what Cedar says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use huoshui_app::access::{Actor, Asker};
use huoshui_kernel::fault::Fault;

use super::Key;
use crate::authorize::{Operation, Principal, Resource};
use crate::state::App;
use crate::{Problem, faults};

/// Who asks. Where the contract says `x-resource`, the handler must ask [`Permit::on`] before it answers: an answer
/// without a decision is withheld.
#[derive(Clone)]
pub struct Permit {
    pub(crate) inner: Arc<PermitInner>,
}

pub(crate) struct PermitInner {
    pub app: App,
    pub actor: Option<Arc<Actor>>,
    pub token: Option<String>,
    pub principal: Principal,
    pub operation: Operation,
    pub decided: AtomicBool,
    pub policy: std::sync::Mutex<String>,
}

impl Permit {
    /// Who signed in.
    ///
    /// # Errors
    /// `auth.required` on an operation that is open to all.
    pub fn actor(&self) -> Result<&Arc<Actor>, Problem> {
        self.inner.actor.as_ref().ok_or_else(|| Fault::new(&faults::UNAUTHENTICATED).into())
    }

    /// Who asks and under which key, for a command.
    ///
    /// # Errors
    /// As [`Permit::actor`].
    pub fn asker<'a>(&'a self, key: &'a Key) -> Result<Asker<'a>, Problem> {
        Ok(Asker { actor: &self.actor()?.id, key: &key.0 })
    }

    /// The token that was sent.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.inner.token.as_deref()
    }

    /// Decides on a resource that the handler has found.
    ///
    /// # Errors
    /// `auth.denied`, naming the policy.
    pub fn on(&self, resource: &Resource) -> Result<(), Problem> {
        let inner = &*self.inner;
        let decision = inner.app.gate().recall(&inner.principal, &inner.operation, resource);
        inner.decided.store(true, Ordering::Release);
        if let Ok(mut policy) = inner.policy.lock() {
            policy.clone_from(&decision.policy);
        }
        if decision.permitted { Ok(()) } else { Err(Problem::denied(&inner.operation.id, &decision.policy)) }
    }

    /// The policy that decided last.
    #[must_use]
    pub fn policy(&self) -> String {
        self.inner.policy.lock().map(|p| p.clone()).unwrap_or_default()
    }

    /// What the caller's expensive questions are counted under.
    #[must_use]
    pub fn caller(&self) -> String {
        self.inner.actor.as_ref().map_or_else(|| "anonymous".to_owned(), |actor| actor.id.clone())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Permit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Fault::new(&faults::UNDECIDED).into())
    }
}
