//! Authorization: Cedar policies decide every request, and the answer names the policy.
//!
//! The actions are the operations of the contract: they are read from the OpenAPI document, so that an endpoint without a
//! policy that permits it is closed, and a policy about an endpoint that does not exist refuses to load.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use cedar_policy::{
    Authorizer, Context, Decision as Cedar, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId,
    PolicySet, Request, RestrictedExpression as Value, Schema, ValidationMode, Validator,
};
use huoshui_app::access::{Actor, Kind};
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;

/// The entities' schema; the actions are added from the contract.
const SCHEMA: &str = include_str!("../../../policies/authorization/entities.cedarschema");
/// The policies, by file.
pub const FILES: &[(&str, &str)] = &[
    ("machines.cedar", include_str!("../../../policies/authorization/machines.cedar")),
    ("public.cedar", include_str!("../../../policies/authorization/public.cedar")),
    ("access.cedar", include_str!("../../../policies/authorization/access.cedar")),
    ("registry.cedar", include_str!("../../../policies/authorization/registry.cedar")),
    ("filings.cedar", include_str!("../../../policies/authorization/filings.cedar")),
    ("figures.cedar", include_str!("../../../policies/authorization/figures.cedar")),
    ("exchange.cedar", include_str!("../../../policies/authorization/exchange.cedar")),
    ("credit.cedar", include_str!("../../../policies/authorization/credit.cedar")),
    ("operations.cedar", include_str!("../../../policies/authorization/operations.cedar")),
];

/// What an operation's contract says about who may ask.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// The scope that a machine's key needs; none means that machines cannot ask.
    pub scope: Option<String>,
    /// Whether nobody need sign in.
    pub public: bool,
    /// Whether the handler decides, once it knows the resource (`x-resource`).
    pub deferred: bool,
    /// Whether it changes something and so needs an idempotency key.
    pub keyed: bool,
    /// Whether it takes files, which may come slowly: its body is `multipart/form-data` or
    /// `application/octet-stream` in the contract.
    pub upload: bool,
    action: EntityUid,
}

impl Operation {
    pub(crate) fn new(id: &str) -> Result<Self> {
        let action = uid("Action", id)?;
        Ok(Self { id: id.to_owned(), scope: None, public: false, deferred: false, keyed: false, upload: false, action })
    }
}

/// Whose something is: the organisation, or its entry in the registry. Empty where it is nobody's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resource {
    /// The organisation's id.
    pub organisation: String,
    /// An institution's or department's code, or a USCC.
    pub subject: String,
}

impl Resource {
    /// What belongs to an entry of the registry.
    #[must_use]
    pub fn of(subject: impl Into<String>) -> Self {
        Self { organisation: String::new(), subject: subject.into() }
    }

    /// What belongs to an organisation.
    #[must_use]
    pub fn in_organisation(organisation: impl Into<String>) -> Self {
        Self { organisation: organisation.into(), subject: String::new() }
    }
}

/// What was decided, and which policy did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is permitted.
    pub permitted: bool,
    /// The policies that decided, by id; `default-deny` when none permits.
    pub policy: String,
}

/// Who asks, as Cedar sees it; built once a session, and shared by its clones.
#[derive(Clone)]
pub struct Principal(Arc<Who>);

struct Who {
    uid: EntityUid,
    entity: Entity,
    /// What was decided about this caller already. Policies stay as they are while the program runs, and a caller's attributes
    /// while the caller is remembered: the same question has the same answer.
    decided: Mutex<HashMap<(String, Resource), Decision>>,
}

/// Decisions remembered of one caller; beyond them all are forgotten.
const REMEMBERED: usize = 256;

/// Cedar, loaded and checked.
pub struct Gate {
    authorizer: Authorizer,
    policies: PolicySet,
}

fn uid(kind: &str, id: &str) -> Result<EntityUid> {
    let name = EntityTypeName::from_str(kind).map_err(|e| invalid(&e))?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

fn invalid(why: &dyn std::fmt::Display) -> Fault {
    Fault::new(&faults::POLICIES).with("why", why)
}

impl Gate {
    /// Loads the policies that ship with the program, for these operations.
    ///
    /// # Errors
    /// `auth.policies`: a policy that does not parse, has no id, shares one, or does not fit the schema.
    pub fn load<'a>(operations: impl Iterator<Item = &'a Operation>) -> Result<Self> {
        Self::read(FILES, operations)
    }

    /// Loads policies from texts, each with the name of its file.
    ///
    /// # Errors
    /// As [`Gate::load`].
    pub fn read<'a>(files: &[(&str, &str)], operations: impl Iterator<Item = &'a Operation>) -> Result<Self> {
        let schema = schema(operations)?;
        let mut policies = PolicySet::new();
        for (file, text) in files {
            let parsed = PolicySet::from_str(text).map_err(|e| invalid(&format!("{file}: {e:?}")))?;
            for policy in parsed.policies() {
                let id = policy.annotation("id").ok_or_else(|| invalid(&format!("{file}: a policy has no @id")))?;
                let named: Policy = policy.new_id(PolicyId::new(id));
                policies.add(named).map_err(|e| invalid(&format!("{file}: {e}")))?;
            }
        }
        let checked = Validator::new(schema).validate(&policies, ValidationMode::Strict);
        if !checked.validation_passed() {
            let all: Vec<String> = checked.validation_errors().map(ToString::to_string).collect();
            return Err(invalid(&all.join("; ")));
        }
        Ok(Self { authorizer: Authorizer::new(), policies })
    }

    /// The ids of all policies.
    #[must_use]
    pub fn policies(&self) -> BTreeSet<String> {
        self.policies.policies().map(|p| p.id().to_string()).collect()
    }

    /// Whether this principal may do this with that. Anything that goes wrong denies.
    #[must_use]
    pub fn decide(&self, principal: &Principal, operation: &Operation, resource: &Resource) -> Decision {
        self.ask(principal, operation, resource)
            .unwrap_or_else(|_| Decision { permitted: false, policy: "error".to_owned() })
    }

    /// As [`Gate::decide`], from memory where this caller asked the same before.
    #[must_use]
    pub fn recall(&self, principal: &Principal, operation: &Operation, resource: &Resource) -> Decision {
        let question = (operation.id.clone(), resource.clone());
        let known = principal.0.decided.lock().ok().and_then(|decided| decided.get(&question).cloned());
        if let Some(known) = known {
            return known;
        }
        let decision = self.decide(principal, operation, resource);
        if let Ok(mut decided) = principal.0.decided.lock() {
            if decided.len() >= REMEMBERED {
                decided.clear();
            }
            decided.insert(question, decision.clone());
        }
        decision
    }

    fn ask(&self, principal: &Principal, operation: &Operation, resource: &Resource) -> Result<Decision> {
        let place = uid("Resource", "asked")?;
        let attributes = HashMap::from([
            ("organisation".to_owned(), Value::new_string(resource.organisation.clone())),
            ("subject".to_owned(), Value::new_string(resource.subject.clone())),
        ]);
        let entity = Entity::new(place.clone(), attributes, HashSet::new()).map_err(|e| invalid(&e))?;
        let entities = Entities::from_entities([principal.0.entity.clone(), entity], None).map_err(|e| invalid(&e))?;
        let scope = operation.scope.clone().unwrap_or_default();
        let context = Context::from_pairs([("scope".to_owned(), Value::new_string(scope))]).map_err(|e| invalid(&e))?;
        let request = Request::new(principal.0.uid.clone(), operation.action.clone(), place, context, None)
            .map_err(|e| invalid(&e))?;
        let answer = self.authorizer.is_authorized(&request, &self.policies, &entities);
        let mut reasons: Vec<String> = answer.diagnostics().reason().map(ToString::to_string).collect();
        reasons.sort();
        // A policy that cannot be evaluated may be the one that forbids: never permit past it.
        let failed = answer.diagnostics().errors().next().is_some();
        let permitted = answer.decision() == Cedar::Allow && !failed;
        let policy = if failed {
            "error".to_owned()
        } else if reasons.is_empty() {
            "default-deny".to_owned()
        } else {
            reasons.join(",")
        };
        Ok(Decision { permitted, policy })
    }
}

/// The schema: entities from the file, one action an operation.
fn schema<'a>(operations: impl Iterator<Item = &'a Operation>) -> Result<Schema> {
    let mut text = SCHEMA.to_owned();
    for operation in operations {
        let _ = writeln!(
            text,
            "action \"{}\" appliesTo {{ principal: [Actor], resource: [Resource], context: Asked }};",
            operation.id
        );
    }
    let (schema, _) = Schema::from_cedarschema_str(&text).map_err(|e| invalid(&format!("{e:?}")))?;
    Ok(schema)
}

impl Principal {
    /// A person or machine.
    ///
    /// # Errors
    /// `auth.policies`, which the types exclude.
    pub fn of(actor: &Actor) -> Result<Self> {
        Self::new(
            &actor.id,
            actor.kind.code(),
            &actor.organisation,
            actor.subject.as_deref().unwrap_or_default(),
            (actor.admin, actor.machine, actor.demo),
            actor.scopes.iter(),
        )
    }

    /// Somebody who did not sign in.
    ///
    /// # Errors
    /// As [`Principal::of`].
    pub fn anonymous() -> Result<Self> {
        Self::new("anonymous", "anonymous", "", "", (false, false, false), std::iter::empty())
    }

    fn new<'a>(
        id: &str,
        kind: &str,
        organisation: &str,
        subject: &str,
        (admin, machine, demo): (bool, bool, bool),
        scopes: impl Iterator<Item = &'a String>,
    ) -> Result<Self> {
        let uid = uid("Actor", id)?;
        let text = |t: &str| Value::new_string(t.to_owned());
        let attributes = HashMap::from([
            ("kind".to_owned(), text(kind)),
            ("organisation".to_owned(), text(organisation)),
            ("subject".to_owned(), text(subject)),
            ("admin".to_owned(), Value::new_bool(admin)),
            ("machine".to_owned(), Value::new_bool(machine)),
            ("demo".to_owned(), Value::new_bool(demo)),
            ("scopes".to_owned(), Value::new_set(scopes.map(|s| text(s)))),
        ]);
        let entity = Entity::new(uid.clone(), attributes, HashSet::new()).map_err(|e| invalid(&e))?;
        Ok(Self(Arc::new(Who { uid, entity, decided: Mutex::default() })))
    }
}

/// Kinds whose members may be told apart in policies; kept here so that a test can hold the schema's comment to it.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    Kind::ALL.iter().map(|kind| kind.code()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_decision_is_the_callers_own_and_the_same_as_anew() {
        let mut operation = Operation::new("probe").unwrap();
        operation.scope = Some("exchange:pull".to_owned());
        let contract = crate::routes::contract().unwrap().operations().unwrap();
        let gate = Gate::load(contract.values()).unwrap();
        let of = |scope: &str| {
            let scopes = [scope.to_owned()];
            Principal::new("key:1", "bank", "org", "B0001", (false, true, false), scopes.iter()).unwrap()
        };
        // The same id, and other scopes: as after a key was issued anew.
        let (with, without) = (of("exchange:pull"), of("credit:read"));
        for _ in 0..2 {
            for (caller, permitted) in [(&with, true), (&without, false)] {
                let recalled = gate.recall(caller, &operation, &Resource::default());
                assert_eq!(recalled, gate.decide(caller, &operation, &Resource::default()));
                assert_eq!(recalled.permitted, permitted, "{recalled:?}");
            }
        }
        // Many questions do not grow the memory beyond its bound.
        for n in 0..2 * REMEMBERED {
            let _ = gate.recall(&with, &operation, &Resource::of(n.to_string()));
        }
        assert!(with.0.decided.lock().unwrap().len() <= REMEMBERED);
    }
}
