//! How a policy comes into force: draft, validated, approved, published; three persons, a what-if on file, a date that
//! has not passed. And overrides: a person who decides otherwise than the rules says why, and it is counted.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::decide::Outcome;
use crate::faults;
use crate::policy::PolicyRef;
use crate::product::Level;
use crate::value::CodeName;

/// A person, by the identity that signed in.
pub type Person = String;

/// What happens to a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Event {
    /// A developer puts a draft, named by its hash.
    Drafted { policy: PolicyRef, by: Person, on: Date },
    /// A validator ran its cases and looked at its what-if.
    Validated { by: Person, on: Date, cases: u32, what_if: String },
    /// An approver agrees that it begins on a day.
    Approved { by: Person, on: Date, effective_from: Date },
    /// It is in force from that day on.
    Published { by: Person, on: Date },
    /// It is given up, for a reason.
    Withdrawn { by: Person, on: Date, reason: String },
}

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Status {
    Draft,
    Validated,
    Approved,
    Published,
    Withdrawn,
}

/// A draft with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Draft {
    pub policy: PolicyRef,
    pub status: Status,
    pub developer: Person,
    pub validator: Option<Person>,
    pub approver: Option<Person>,
    pub what_if: Option<String>,
    pub effective_from: Option<Date>,
    /// The last day on which anything happened.
    pub last: Date,
}

impl Draft {
    fn refuse(&self, step: (&str, &str), hint: (&str, &str)) -> Fault {
        Fault::new(&faults::GOVERNANCE)
            .with("code", format!("{} v{}", self.policy.code, self.policy.version))
            .with("zh", step.0)
            .with("en", step.1)
            .with("hint_zh", hint.0)
            .with("hint_en", hint.1)
    }

    /// The next state, or why the step may not be taken. The first event makes the draft.
    pub fn apply(draft: Option<&Self>, event: &Event) -> Result<Self> {
        let Some(draft) = draft else { return Self::first(event) };
        let mut next = draft.clone();
        let order = ("按 起草、验证、批准、发布 的次序办理", "draft, validate, approve, publish: in this order");
        let persons = ("起草、验证、批准须由三个人办理", "developer, validator and approver must be three persons");
        let on = match event {
            Event::Drafted { on, .. }
            | Event::Validated { on, .. }
            | Event::Approved { on, .. }
            | Event::Published { on, .. }
            | Event::Withdrawn { on, .. } => *on,
        };
        if on < draft.last {
            return Err(draft.refuse(
                ("倒签日期", "dated back"),
                ("日期不能早于上一步", "a step is never earlier than the one before"),
            ));
        }
        next.last = on;
        match event {
            Event::Drafted { .. } => return Err(draft.refuse(("再次起草", "drafted again"), order)),
            Event::Validated { by, cases, what_if, .. } => {
                let step = ("验证", "validated");
                if draft.status != Status::Draft {
                    return Err(draft.refuse(step, order));
                }
                if *by == draft.developer {
                    return Err(draft.refuse(step, persons));
                }
                if *cases == 0 || what_if.len() != 64 || !what_if.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(draft.refuse(
                        step,
                        ("须跑过用例，并附上试算报告的哈希", "run its cases and attach the hash of the what-if report"),
                    ));
                }
                (next.status, next.validator, next.what_if) =
                    (Status::Validated, Some(by.clone()), Some(what_if.clone()));
            }
            Event::Approved { by, on, effective_from } => {
                let step = ("批准", "approved");
                if draft.status != Status::Validated {
                    return Err(draft.refuse(step, order));
                }
                if *by == draft.developer || Some(by) == draft.validator.as_ref() {
                    return Err(draft.refuse(step, persons));
                }
                if effective_from < on {
                    return Err(draft
                        .refuse(step, ("生效日期不能早于批准日期", "it cannot begin before the day of its approval")));
                }
                (next.status, next.approver, next.effective_from) =
                    (Status::Approved, Some(by.clone()), Some(*effective_from));
            }
            Event::Published { on, .. } => {
                let step = ("发布", "published");
                if draft.status != Status::Approved {
                    return Err(draft.refuse(step, order));
                }
                if draft.effective_from.is_none_or(|from| from < *on) {
                    return Err(draft.refuse(
                        step,
                        (
                            "生效日期已过，请重新批准",
                            "the day on which it was to begin has passed: have it approved anew",
                        ),
                    ));
                }
                next.status = Status::Published;
            }
            Event::Withdrawn { reason, .. } => {
                let step = ("撤回", "withdrawn");
                if matches!(draft.status, Status::Published | Status::Withdrawn) {
                    return Err(draft.refuse(
                        step,
                        ("已发布的政策用新版本替换", "a published policy is replaced by a new version"),
                    ));
                }
                if reason.trim().is_empty() {
                    return Err(draft.refuse(step, ("请写明原因", "say why")));
                }
                next.status = Status::Withdrawn;
            }
        }
        Ok(next)
    }

    fn first(event: &Event) -> Result<Self> {
        match event {
            Event::Drafted { policy, by, on } => Ok(Self {
                policy: policy.clone(),
                status: Status::Draft,
                developer: by.clone(),
                validator: None,
                approver: None,
                what_if: None,
                effective_from: None,
                last: *on,
            }),
            _ => Err(Fault::new(&faults::GOVERNANCE)
                .with("code", "–")
                .with("zh", "在起草之前处理")
                .with("en", "handled before it is drafted")
                .with("hint_zh", "先起草")
                .with("hint_en", "draft it first")),
        }
    }
}

/// A person decides otherwise than the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Override {
    /// SHA-256 of the decision, as its record has it.
    pub decision: String,
    pub product: String,
    pub from: Outcome,
    /// `true`: lent although the rules did not approve; `false`: not lent although they did.
    pub lend: bool,
    pub by: Person,
    pub level: Level,
    pub on: Date,
    /// A code of the product's list of reasons.
    pub reason: String,
    /// In words.
    pub note: String,
}

/// What an override is held against.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// The product's list of reasons ([`crate::product::Product::overrides`]).
    pub reasons: &'a [CodeName],
    /// What people decided before, in order.
    pub before: &'a [Override],
    /// The lowest level that may lend what is asked for, by the product's authorities.
    pub enough: Level,
}

impl Override {
    /// A machine overrides nothing, a reason is one of the product's list and given in words besides, a refusal is lifted by head
    /// office alone, a branch lends no more than it might have by itself, and an override that changes nothing is none.
    pub fn check(&self, terms: &Terms<'_>) -> Result<()> {
        let refuse = |said: (&str, &str), hint: (&str, &str)| {
            Err(Fault::new(&faults::OVERRIDE)
                .with("zh", said.0)
                .with("en", said.1)
                .with("hint_zh", hint.0)
                .with("hint_en", hint.1))
        };
        if matches!(self.level, Level::Automatic | Level::Refer) {
            return refuse(("没有权限", "no authority"), ("由支行或总行办理", "a branch or head office does it"));
        }
        if !terms.reasons.iter().any(|r| r.code == self.reason) {
            let known = |name: fn(&CodeName) -> &str| {
                let all: Vec<String> = terms.reasons.iter().map(|r| format!("{} {}", r.code, name(r))).collect();
                if all.is_empty() { "–".to_owned() } else { all.join("; ") }
            };
            let fault = Fault::new(&faults::OVERRIDE_REASON).with("product", &self.product);
            return Err(fault.with("zh", known(|r| &r.zh)).with("en", known(|r| &r.en)).field("reason"));
        }
        if self.note.trim().chars().count() < 10 {
            return refuse(
                ("没有写明理由", "no reason given in words"),
                ("写明理由，至少十个字", "say why in at least ten characters"),
            )
            .map_err(|fault| fault.field("note"));
        }
        let stands = terms.before.last().map_or(self.from.approves(), |last| last.lend);
        if self.lend == stands {
            return refuse(("结果没有变化", "nothing would change"), ("无需改变", "there is nothing to override"))
                .map_err(|fault| fault.field("lend"));
        }
        if self.lend && self.level != Level::HeadOffice {
            if self.from == Outcome::Refuse {
                return refuse(
                    ("拒绝的申请只有总行可以放行", "only head office may lift a refusal"),
                    ("报总行", "bring it to head office"),
                );
            }
            if !matches!(terms.enough, Level::Automatic | Level::Branch) {
                return refuse(
                    ("超出支行在该产品上的审批权限", "it is beyond what a branch may approve of this product"),
                    ("报总行", "bring it to head office"),
                );
            }
        }
        Ok(())
    }
}

/// Overrides counted, for the monthly report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct OverrideReport {
    pub decisions: u64,
    pub overrides: u64,
    pub lent_against: u64,
    pub not_lent_against: u64,
    pub by_reason: BTreeMap<String, u64>,
    pub by_person: BTreeMap<String, u64>,
    pub by_product: BTreeMap<String, u64>,
}

/// Counts overrides among so many decisions.
#[must_use]
pub fn report(decisions: u64, overrides: &[Override]) -> OverrideReport {
    let mut report = OverrideReport { decisions, overrides: overrides.len() as u64, ..OverrideReport::default() };
    for one in overrides {
        *(if one.lend { &mut report.lent_against } else { &mut report.not_lent_against }) += 1;
        *report.by_reason.entry(one.reason.clone()).or_default() += 1;
        *report.by_person.entry(one.by.clone()).or_default() += 1;
        *report.by_product.entry(one.product.clone()).or_default() += 1;
    }
    report
}
