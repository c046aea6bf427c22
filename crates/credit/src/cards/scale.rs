//! Scales of grades: bounds on the probability of default.

use huoshui_formula::Value;
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Ppm};
use serde::{Deserialize, Serialize};

use crate::policy::{entry, entry_fault};

/// A grade: every probability up to `max_pd` that no better grade claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Grade {
    pub code: String,
    /// In percent, as `0.5%`; none for the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_pd: Option<String>,
    pub zh: String,
    pub en: String,
}

/// A scale, best grade first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Scale {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub grade: Vec<Grade>,
}
entry!(Scale, "scale");

/// A scale made ready.
#[derive(Clone, Debug)]
pub(crate) struct Graded {
    pub scale: Scale,
    bounds: Vec<i64>,
    /// The grades' codes for formulas.
    texts: Vec<Value>,
}

impl Graded {
    pub fn new(scale: Scale) -> Result<Self> {
        let wrong = || {
            entry_fault(
                &scale.code,
                "max_pd 须递增，最后一级没有 max_pd",
                "max_pd must ascend, and the last grade has none",
            )
        };
        crate::gates::unique(&scale.code, scale.grade.iter().map(|g| g.code.as_str()))?;
        let Some((last, others)) = scale.grade.split_last() else { return Err(wrong()) };
        let bounds = others
            .iter()
            .map(|g| g.max_pd.as_deref().and_then(|t| Ppm::parse_percent(t).ok()).map(|p| p.0).ok_or_else(wrong))
            .collect::<Result<Vec<i64>>>()?;
        if last.max_pd.is_some() || bounds.windows(2).any(|w| matches!(w, [a, b] if a >= b)) {
            return Err(wrong());
        }
        let texts = scale.grade.iter().map(|g| Value::Text(g.code.as_str().into())).collect();
        Ok(Self { scale, bounds, texts })
    }

    /// A grade's code for formulas; empty where there is none.
    pub fn text(&self, at: usize) -> Value {
        self.texts.get(at).cloned().unwrap_or_else(|| Value::Text("".into()))
    }

    /// The place of the grade of a probability.
    pub fn of(&self, pd: i64) -> usize {
        self.bounds.partition_point(|bound| *bound < pd)
    }

    /// A grade.
    pub fn grade(&self, at: usize) -> Option<&Grade> {
        self.scale.grade.get(at)
    }
}
