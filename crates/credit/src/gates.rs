//! Gates: conditions that stop an application before any score, and the stages of a firm's life.

use huoshui_formula::row::Program;
use huoshui_formula::{Expr, Schema};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use crate::policy::{entry, entry_fault};
use crate::tags::sound;

/// What a gate does when its condition is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// Refuse.
    Refuse,
    /// Refer to a person.
    Refer,
}

/// How a list of gates ends when none of them stops the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// On to the score.
    Continue,
    /// Refer to a person, always.
    Refer,
}

/// A gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Gate {
    pub code: String,
    pub when: String,
    pub outcome: GateOutcome,
    pub zh: String,
    pub en: String,
}

/// A list of gates as its file has it; `policies/gates/README.md` explains the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct GateList {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub zh: String,
    pub en: String,
    pub otherwise: Otherwise,
    pub gate: Vec<Gate>,
}
entry!(GateList, "gates");

/// A stage of a firm's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Stage {
    pub code: String,
    pub when: String,
    pub zh: String,
    pub en: String,
}

/// A rule of stages: the first whose condition is true; one that is unknown ends the search without a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StageRule {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub stage: Vec<Stage>,
    /// The stage of all others.
    pub otherwise: LastStage,
}
entry!(StageRule, "stages");

/// The stage of a firm that no condition claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LastStage {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// A list made ready.
#[derive(Debug)]
pub(crate) struct Gates {
    pub list: GateList,
    pub ready: Vec<Ready>,
}

/// A condition made ready.
#[derive(Debug)]
pub(crate) struct Ready {
    pub expr: Expr,
    pub reads: Vec<usize>,
    program: Program,
}

impl Ready {
    pub fn new(code: &str, when: &str, schema: &Schema) -> Result<Self> {
        let (expr, program) = sound(code, when, schema)?;
        Ok(Self { reads: expr.columns(), expr, program })
    }

    /// True, false, or None: unknown, or an error.
    pub fn holds(&self, row: &[huoshui_formula::Value]) -> Option<bool> {
        self.program.eval_bool(row).unwrap_or(None)
    }
}

impl Gates {
    pub fn new(list: GateList, schema: &Schema) -> Result<Self> {
        unique(&list.code, list.gate.iter().map(|g| g.code.as_str()))?;
        let ready = list.gate.iter().map(|g| Ready::new(&g.code, &g.when, schema)).collect::<Result<Vec<_>>>()?;
        Ok(Self { list, ready })
    }
}

/// A rule of stages made ready.
#[derive(Debug)]
pub(crate) struct Stages {
    pub rule: StageRule,
    pub ready: Vec<Ready>,
}

impl Stages {
    pub fn new(rule: StageRule, schema: &Schema) -> Result<Self> {
        let codes = rule.stage.iter().map(|s| s.code.as_str()).chain(std::iter::once(rule.otherwise.code.as_str()));
        unique(&rule.code, codes)?;
        let ready = rule.stage.iter().map(|s| Ready::new(&s.code, &s.when, schema)).collect::<Result<Vec<_>>>()?;
        Ok(Self { rule, ready })
    }

    /// The stage's code; None where it cannot be told.
    pub fn stage(&self, row: &[huoshui_formula::Value]) -> Option<&str> {
        for (stage, ready) in self.rule.stage.iter().zip(&self.ready) {
            match ready.holds(row) {
                Some(true) => return Some(&stage.code),
                Some(false) => {}
                None => return None,
            }
        }
        Some(&self.rule.otherwise.code)
    }

    /// All stages.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.rule.stage.iter().map(|s| s.code.as_str()).chain(std::iter::once(self.rule.otherwise.code.as_str()))
    }
}

pub(crate) fn unique<'a>(owner: &str, codes: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for code in codes {
        if !seen.insert(code) {
            return Err(entry_fault(owner, format!("{code} 出现了两次"), format!("{code} appears twice")));
        }
    }
    Ok(())
}
