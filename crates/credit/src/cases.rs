//! Cases beside each policy: what a banker expects of it, in a table, run by `huoshui policy test`.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::decide::{Inputs, Outcome, Request};
use crate::faults;
use crate::policy;
use crate::profile::Profile;
use crate::rules::{Policies, Rules};
use crate::tags;
use crate::value::{Cell, Field, Kind, Why};

mod rows;

/// A case file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
struct File {
    date: Date,
    /// Profiles that cases begin with.
    #[serde(default)]
    base: BTreeMap<String, BTreeMap<String, toml::Value>>,
    case: Vec<Case>,
}

/// A case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Another date than the file's.
    date: Option<Date>,
    /// The profile to begin with.
    base: Option<String>,
    /// Values that replace those of the base.
    #[serde(default)]
    profile: BTreeMap<String, toml::Value>,
    /// Rows of relations, for cases of features: every cell of a row by column.
    #[serde(default)]
    rows: BTreeMap<String, Vec<BTreeMap<String, toml::Value>>>,
    /// Relations that answered without rows.
    #[serde(default)]
    empty: Vec<String>,
    /// Of those two, the ones whose answer is out of date.
    #[serde(default)]
    stale: Vec<String>,
    /// The columns that were released of a relation, where not all were.
    #[serde(default)]
    released: BTreeMap<String, Vec<String>>,
    /// Relations that did not answer, and why.
    #[serde(default)]
    silent: BTreeMap<String, Why>,
    /// The day from which the rows cover; without it, all that any window asks for.
    covers_from: Option<Date>,
    /// The day up to which a consent let rows through; without it, all.
    covers_to: Option<Date>,
    /// The day of which the rows are; without it, the profile's.
    known_to: Option<Date>,
    /// The application.
    request: Option<RequestText>,
    expect: Expect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestText {
    product: String,
    amount: String,
    months: u16,
    purpose: String,
    lpr: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expect {
    outcome: Option<Outcome>,
    grade: Option<String>,
    score: Option<i32>,
    /// With `card`: the score by that card.
    card: Option<String>,
    stage: Option<String>,
    line: Option<String>,
    rate: Option<String>,
    /// The first reasons, in order.
    reasons: Vec<String>,
    tags: BTreeMap<String, tags::Answer>,
    features: BTreeMap<String, toml::Value>,
}

/// What a case gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The file.
    pub file: String,
    /// The case.
    pub name: String,
    /// Whether everything was as expected.
    pub pass: bool,
    /// What was not: (what, expected, got).
    pub failures: Vec<(String, String, String)>,
    /// How many things it checked.
    pub checks: u32,
}

/// A case as inputs of a decision, for tests that go on from it.
#[derive(Clone, Debug)]
pub struct CaseInputs {
    /// The case.
    pub name: String,
    /// The business date.
    pub date: Date,
    /// The inputs.
    pub inputs: Inputs,
    /// The outcome that the case expects.
    pub outcome: Option<Outcome>,
}

/// Runs the cases of a file. A case that cannot be run is the fault `credit.cases`; one that expects something else fails.
pub fn run_cases(policies: &Policies, file: &str, text: &str) -> Result<Vec<CaseResult>> {
    let cases = read(file, text)?;
    let mut rules: BTreeMap<Date, Rules> = BTreeMap::new();
    let mut results = Vec::new();
    for case in &cases.case {
        let date = case.date.unwrap_or(cases.date);
        let rules = in_force(policies, date, &mut rules)?;
        results.push(Run { file, cases: &cases, case, rules, failures: Vec::new(), checks: 0 }.run()?);
    }
    Ok(results)
}

/// The cases of a file that ask for a decision, as inputs.
pub fn case_inputs(policies: &Policies, file: &str, text: &str) -> Result<Vec<CaseInputs>> {
    let cases = read(file, text)?;
    let mut rules: BTreeMap<Date, Rules> = BTreeMap::new();
    let mut all = Vec::new();
    for case in cases.case.iter().filter(|c| c.request.is_some()) {
        let date = case.date.unwrap_or(cases.date);
        let rules = in_force(policies, date, &mut rules)?;
        let run = Run { file, cases: &cases, case, rules, failures: Vec::new(), checks: 0 };
        if let Some(inputs) = run.inputs()? {
            all.push(CaseInputs { name: case.name.clone(), date, inputs, outcome: case.expect.outcome });
        }
    }
    Ok(all)
}

/// The codes of features, tags, products and cards that cases of a file hold to something.
///
/// # Errors
/// `credit.policy_unreadable`, `credit.cases`.
pub fn named(file: &str, text: &str) -> Result<BTreeSet<String>> {
    let mut codes = BTreeSet::new();
    for case in read(file, text)?.case {
        codes.extend(case.expect.features.into_keys().chain(case.expect.tags.into_keys()));
        codes.extend(case.expect.card.into_iter().chain(case.request.map(|r| r.product)));
    }
    Ok(codes)
}

/// The rules of a day, compiled once for a file.
fn in_force<'r>(policies: &Policies, date: Date, known: &'r mut BTreeMap<Date, Rules>) -> Result<&'r Rules> {
    use std::collections::btree_map::Entry;
    Ok(match known.entry(date) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => entry.insert(policies.on(date)?),
    })
}

fn read(file: &str, text: &str) -> Result<File> {
    let cases: File = policy::read(file, text)?;
    if cases.case.is_empty() {
        return Err(wrong(file, "没有用例", "there is no case"));
    }
    Ok(cases)
}

fn wrong(file: &str, zh: impl std::fmt::Display, en: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::CASES).with("file", file).with("zh", zh).with("en", en)
}

struct Run<'a> {
    file: &'a str,
    cases: &'a File,
    case: &'a Case,
    rules: &'a Rules,
    failures: Vec<(String, String, String)>,
    checks: u32,
}

impl Run<'_> {
    fn run(mut self) -> Result<CaseResult> {
        let profile = self.profile()?;
        self.columns_agree()?;
        let expect = &self.case.expect;
        for (code, value) in &expect.features {
            let field = self.field(code)?;
            let (want, got) = (cell(&field, value)?, profile.cell(code));
            let alike = match (want, got) {
                // `missing` alone stands for any reason.
                (Cell::Missing(Why::NotAsked), Cell::Missing(_)) => true,
                (want, got) => want == got,
            };
            self.check(code, alike, &show(&field, want), &show(&field, got));
        }
        if !expect.tags.is_empty() {
            let tags = self.rules.tags(&profile);
            for (code, want) in &expect.tags {
                let got = tags.iter().find(|t| t.code == *code).map(|t| t.answer);
                self.check(code, got == Some(*want), &format!("{want:?}"), &format!("{got:?}"));
            }
        }
        if let Some(card) = &expect.card {
            let advice = self.rules.advice(&profile, card)?;
            self.equal("score", expect.score.as_ref(), Some(&advice.score));
            self.equal("grade", expect.grade.as_ref(), Some(&advice.grade));
        } else if let Some(inputs) = self.inputs()? {
            let decision = self.rules.decide(&inputs)?;
            let named = |o: &Outcome| o.names().1.to_owned();
            self.equal("outcome", expect.outcome.as_ref().map(named).as_ref(), Some(&named(&decision.outcome)));
            self.equal("grade", expect.grade.as_ref(), Some(&decision.grade));
            self.equal("score", expect.score.as_ref(), Some(&decision.score));
            self.equal("stage", expect.stage.as_ref(), decision.stage.as_ref());
            let line = expect.line.as_deref().map(huoshui_kernel::Fen::parse_yuan).transpose()?.map(|f| f.0);
            self.equal("line", line.as_ref(), decision.line_fen.as_ref());
            let rate = expect.rate.as_deref().map(huoshui_kernel::Ppm::parse_percent).transpose()?.map(|p| p.0);
            self.equal("rate", rate.as_ref(), decision.rate_ppm.as_ref());
            for (i, want) in expect.reasons.iter().enumerate() {
                self.equal(&format!("reason {}", i + 1), Some(want), decision.reasons.get(i).map(|r| &r.code));
            }
        }
        if self.checks == 0 {
            let name = &self.case.name;
            return Err(wrong(self.file, format!("“{name}”什么也不检查"), format!("“{name}” checks nothing")));
        }
        Ok(CaseResult {
            file: self.file.to_owned(),
            name: self.case.name.clone(),
            pass: self.failures.is_empty(),
            failures: self.failures,
            checks: self.checks,
        })
    }

    fn check(&mut self, what: &str, pass: bool, want: &str, got: &str) {
        self.checks += 1;
        if !pass {
            self.failures.push((what.to_owned(), want.to_owned(), got.to_owned()));
        }
    }

    fn equal<T: PartialEq + std::fmt::Display>(&mut self, what: &str, want: Option<&T>, got: Option<&T>) {
        if let Some(want) = want {
            let shown = got.map_or_else(|| "–".to_owned(), ToString::to_string);
            self.check(what, got == Some(want), &want.to_string(), &shown);
        }
    }

    fn field(&self, code: &str) -> Result<Field> {
        let unknown = || {
            let file = self.file;
            wrong(file, format!("没有特征 {code}"), format!("there is no feature {code}"))
        };
        self.rules.field(code).cloned().ok_or_else(unknown)
    }

    /// The profile: computed from rows where there are any, then the base's values, then the case's own.
    fn profile(&self) -> Result<Profile> {
        let date = self.case.date.unwrap_or(self.cases.date);
        let mut profile = if self.has_answers() {
            self.rules.profile(FIRM, date, &self.supplies(date)?)?
        } else {
            Profile::new(FIRM, date)
        };
        let base =
            match &self.case.base {
                None => None,
                Some(name) => Some(self.cases.base.get(name).ok_or_else(|| {
                    wrong(self.file, format!("没有 base.{name}"), format!("there is no base.{name}"))
                })?),
            };
        for (code, value) in base.into_iter().flatten().chain(&self.case.profile) {
            let field = self.field(code)?;
            let version = self.rules.features().find(|f| f.code == *code).map_or(1, |f| f.version);
            profile.put(code, version, cell(&field, value)?);
        }
        Ok(profile)
    }

    fn inputs(&self) -> Result<Option<Inputs>> {
        let Some(asked) = &self.case.request else { return Ok(None) };
        let request = Request {
            product: asked.product.clone(),
            amount_fen: huoshui_kernel::Fen::parse_yuan(&asked.amount)?.0,
            months: asked.months,
            purpose: asked.purpose.clone(),
            lpr_ppm: huoshui_kernel::Ppm::parse_percent(&asked.lpr)?.0,
        };
        Ok(Some(Inputs { profile: self.profile()?, bank: None, request, salt: "case".to_owned() }))
    }
}

/// The firm of all cases: cases are about policies, not about firms.
const FIRM: &str = "91110000600037341L";

fn show(field: &Field, cell: Cell) -> String {
    match cell {
        Cell::Missing(why) => format!("missing ({})", why.text(huoshui_kernel::Lang::En)),
        cell => huoshui_formula::format::to_text(&field.value(cell), field.kind.ty()),
    }
}

/// A value as a case writes it: a whole number, true or false, a text (a literal of the language, a bare code, `missing`
/// or `missing:denied`).
fn cell(field: &Field, value: &toml::Value) -> Result<Cell> {
    let refuse = || Fault::new(&faults::VALUE).with("field", &field.code).with("value", value);
    match value {
        toml::Value::Boolean(b) if field.kind == Kind::Flag => Ok(Cell::Known(i64::from(*b))),
        toml::Value::Integer(n) if field.kind == Kind::Int => Ok(Cell::Known(*n)),
        toml::Value::Integer(0) => Ok(Cell::Known(0)),
        toml::Value::String(text) if text == "missing" => Ok(Cell::Missing(Why::NotAsked)),
        toml::Value::String(text) => match text.strip_prefix("missing:") {
            Some(why) => serde_json::from_value(why.into()).map(Cell::Missing).map_err(|_| refuse()),
            None if field.kind == Kind::Code => field.code_lane(text).map(Cell::Known).ok_or_else(refuse),
            None if field.kind == Kind::Money => {
                huoshui_kernel::Fen::parse_yuan(text).map(|f| Cell::Known(f.0)).map_err(|_| refuse())
            }
            None => field.parse(text).map(Cell::Known),
        },
        _ => Err(refuse()),
    }
}
