//! A reason as a decision holds it.

use serde::{Deserialize, Serialize};

use super::evaluate::Outcome;
use super::flips::Effect;
use crate::value::Texts;

/// A change of one value that helps, tried and found true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    /// The field.
    pub field: String,
    /// Its value now; null where it is missing. Money in fen, rates in ppm, ratios as decimals in text.
    pub from: serde_json::Value,
    /// The value that helps.
    pub to: serde_json::Value,
    /// The lane's number of that value.
    pub lane: i64,
    /// How it helps.
    pub effect: Effect,
    /// The outcome then.
    pub outcome: Outcome,
    /// The score then.
    pub score: i32,
}

/// What a reason is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// A gate.
    Gate,
    /// A bound of the product on the application.
    Bound,
    /// A missing value.
    Missing,
    /// Points lost on the card.
    Score,
    /// The line.
    Line,
    /// The authority.
    Authority,
    /// A formula that failed, or a rule that always refers.
    Rule,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable code: `gate.…`, `bound.…`, `missing.…`, `score.…`, `line.…`, `authority.…`, `rule.…`.
    pub code: String,
    /// What it is about.
    pub kind: ReasonKind,
    /// Whether it stands in the way of an approval.
    pub blocks: bool,
    /// Plain Chinese and English, what would change it included.
    pub text: Texts,
    /// The field that it names.
    pub field: Option<String>,
    /// The change that helps.
    pub flip: Option<Flip>,
}

/// A reason without a value: the rules themselves ask for a person.
pub(super) fn rule(code: &str) -> Reason {
    Reason {
        code: format!("rule.{code}"),
        kind: ReasonKind::Rule,
        blocks: true,
        text: Texts {
            zh: "该产品的规则要求人工处理".to_owned(),
            en: "the product's rules ask for a person".to_owned(),
        },
        field: None,
        flip: None,
    }
}
