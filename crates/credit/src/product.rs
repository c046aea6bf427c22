//! Products: which gates, which card, how much, how long, at what price, and who may say yes.

use huoshui_formula::row::Program;
use huoshui_formula::{Expr, Schema, Type};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fen, Ppm};
use serde::{Deserialize, Serialize};

use crate::gates::{Ready, unique};
use crate::policy::{entry, entry_fault, formula, formula_fault};
use crate::rules::APPLICATION;
use crate::suspended::bank_of;
use crate::value::{CodeName, Texts};

/// A product as its file has it; `policies/products/README.md` explains the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Product {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub zh: String,
    pub en: String,
    /// The bank whose own it is, by its code, with which `code` then begins: `B0001.growth_loan`. None for a template that
    /// every bank may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// That the score is advice and the decision the bank's.
    pub note: Texts,
    pub gates: String,
    /// One card for all …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// … or one for each stage of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_stage: Option<ByStage>,
    pub amount: Amounts,
    pub tenor: Tenors,
    pub purposes: Vec<String>,
    pub accept: Vec<String>,
    pub refer: Vec<String>,
    pub refuse: Vec<String>,
    pub cap: Vec<Cap>,
    pub price: Price,
    pub authority: Vec<Authority>,
    /// Who decides where no authority is enough: only `refer`.
    pub otherwise: Level,
    /// The most reasons from the card that a decision gives.
    pub reasons: u8,
    /// Why a person may decide otherwise; nobody overrides a decision on a product without them.
    #[serde(default, rename = "override", skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<CodeName>,
}
entry!(Product, "product");

impl Product {
    /// Whether a bank may use it: a template, or its own.
    #[must_use]
    pub fn open_to(&self, institution: &str) -> bool {
        self.institution.as_deref().is_none_or(|own| own == institution)
    }

    /// The code says whose it is, so that banks never meet at one code.
    fn names_its_bank(&self) -> bool {
        let plain = |code: &str| {
            !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        match &self.institution {
            None => plain(&self.code),
            Some(own) => {
                let rest = self.code.strip_prefix(own.as_str()).and_then(|rest| rest.strip_prefix('.'));
                !own.is_empty() && rest.is_some_and(plain)
            }
        }
    }
}

/// What a bank's file may hold beside its products: lists of gates, rules of stages and cards of its own.
const BESIDE: [&str; 3] = ["gates", "stages", "scorecard"];

/// Whose products a file holds: a bank's own, by its code, or no bank's. A bank's own stand in files that hold nothing else but the
/// bank's own gates, stages and cards, whose codes begin with the bank's as the products' do.
///
/// # Errors
/// `credit.policy_unreadable`, `credit.policy_contradiction`.
pub fn owner(file: &str, text: &str) -> Result<Option<String>> {
    let tables: toml::Table = crate::policy::read(file, text)?;
    let products = tables.get("product").and_then(|p| p.as_array()).map(Vec::as_slice).unwrap_or_default();
    let of = |product: &toml::Value| product.get("institution").and_then(|i| i.as_str()).map(str::to_owned);
    let entries = |kind: &str| tables.get(kind).and_then(|p| p.as_array()).map(Vec::as_slice).unwrap_or_default();
    let code = |entry: &toml::Value| entry.get("code").and_then(|c| c.as_str()).unwrap_or_default().to_owned();
    let Some(own) = products.iter().find_map(of) else {
        // A stop in a code says whose it is; without a product that names its bank it is nobody's.
        let strange = BESIDE.iter().flat_map(|kind| entries(kind)).map(code).find(|c| bank_of(c).is_some());
        return match strange {
            None => Ok(None),
            Some(code) => Err(entry_fault(
                &code,
                "含句点的代码只用于银行自己的政策，须与该银行的产品同在一个文件",
                "a code with a stop is of a bank's own, which stands in one file with a product of that bank",
            )),
        };
    };
    let only = tables.keys().all(|kind| kind == "product" || BESIDE.contains(&kind.as_str()));
    let beside = BESIDE.iter().flat_map(|kind| entries(kind)).all(|e| bank_of(&code(e)) == Some(own.as_str()));
    if only && beside && products.iter().all(|p| of(p).as_ref() == Some(&own)) {
        return Ok(Some(own));
    }
    Err(entry_fault(
        file,
        format!("{own} 自己的产品须单独成文件，除自己的准入清单、阶段和打分卡（代码以“{own}.”开头）外不含其他内容"),
        format!(
            "the products of {own} must stand in a file of their own, with nothing else but gates, stages and cards whose codes begin with “{own}.”"
        ),
    ))
}

/// A card for each stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ByStage {
    pub rule: String,
    pub cards: std::collections::BTreeMap<String, String>,
    /// The card where the stage cannot be told; the application is then referred.
    pub unknown: String,
}

/// Amounts, in yuan or 万元.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Amounts {
    pub min: String,
    pub max: String,
    /// A line is rounded down to a multiple of it.
    pub unit: String,
}

/// Months.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Tenors {
    pub min: u16,
    pub max: u16,
}

/// A bound on the line: a formula of money. The line is the least of all caps, of the amount asked for and of the most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Cap {
    pub code: String,
    pub formula: String,
    pub zh: String,
    pub en: String,
}

/// The rate: the base (LPR) and the grade's spread and every step whose condition holds, within floor and ceiling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Price {
    pub floor: String,
    pub ceiling: String,
    pub spread: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub step: Vec<Step>,
}

/// A step of the rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Step {
    pub code: String,
    pub when: String,
    /// In percent, as `-0.10%`.
    pub by: String,
    pub zh: String,
    pub en: String,
}

/// Who may say yes, from the lowest; the first whose condition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Authority {
    pub level: Level,
    pub when: String,
    pub zh: String,
    pub en: String,
}

/// A level of authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The machine.
    Automatic,
    /// A branch.
    Branch,
    /// Head office.
    HeadOffice,
    /// A person must look; nobody has said yes.
    Refer,
}

/// A product made ready.
#[derive(Debug)]
pub(crate) struct ReadyProduct {
    pub entry: Product,
    pub min: i64,
    pub max: i64,
    pub unit: i64,
    pub caps: Vec<(Expr, Program)>,
    pub floor: i64,
    pub ceiling: i64,
    pub steps: Vec<(Ready, i64)>,
    pub levels: Vec<Ready>,
}

/// The schemas of the three places where a product's formulas stand, each a beginning of the next.
pub(crate) struct Schemas<'a> {
    pub scored: &'a Schema,
    pub lined: &'a Schema,
}

impl ReadyProduct {
    pub fn new(entry: Product, schemas: &Schemas<'_>) -> Result<Self> {
        let code = entry.code.clone();
        let wrong = |zh: &str, en: &str| entry_fault(&code, zh, en);
        let yuan =
            |t: &str| Fen::parse_yuan(t).map(|f| f.0).map_err(|_| wrong("金额无法识别", "an amount is no money"));
        let percent =
            |t: &str| Ppm::parse_percent(t).map(|p| p.0).map_err(|_| wrong("利率无法识别", "a rate is no percentage"));
        let (min, max, unit) = (yuan(&entry.amount.min)?, yuan(&entry.amount.max)?, yuan(&entry.amount.unit)?);
        if min <= 0 || min > max || unit <= 0 || unit > min || entry.tenor.min == 0 || entry.tenor.min > entry.tenor.max
        {
            return Err(wrong("金额或期限的上下限颠倒", "amounts or tenors are the wrong way round"));
        }
        if !entry.names_its_bank() {
            return Err(wrong(
                "代码须为小写字母、数字和下划线；银行自己的产品以“机构代码.”开头",
                "a code is lower-case letters, digits and underscores; a bank's own begins with the bank's code and a stop",
            ));
        }
        if entry.otherwise != Level::Refer || entry.authority.iter().any(|a| a.level == Level::Refer) {
            return Err(wrong("otherwise 须为 refer，且只有它是", "otherwise must be refer, and nothing else may"));
        }
        if entry.card.is_some() == entry.by_stage.is_some() {
            return Err(wrong("card 与 by_stage 须恰有一个", "give either card or by_stage"));
        }
        let purposes = &APPLICATION.purposes();
        if entry.purposes.is_empty() || entry.purposes.iter().any(|p| !purposes.contains(&p.as_str())) {
            return Err(wrong("用途代码有误", "a purpose is unknown"));
        }
        unique(&code, entry.cap.iter().map(|c| c.code.as_str()))?;
        unique(&code, entry.price.step.iter().map(|c| c.code.as_str()))?;
        unique(&code, entry.overrides.iter().map(|c| c.code.as_str()))?;
        let (floor, ceiling) = (percent(&entry.price.floor)?, percent(&entry.price.ceiling)?);
        if floor > ceiling || floor < 0 {
            return Err(wrong("利率上下限颠倒", "the rate's floor is over its ceiling"));
        }
        let cap = |c: &Cap| -> Result<(Expr, Program)> {
            let expr = formula(&format!("{code}.{}", c.code), &c.formula, Type::Money, schemas.scored)?;
            let program = Program::new(&expr).map_err(|f| formula_fault(&code, &f))?;
            Ok((expr, program))
        };
        let step =
            |s: &Step| Ok((Ready::new(&format!("{code}.{}", s.code), &s.when, schemas.scored)?, percent(&s.by)?));
        let caps = entry.cap.iter().map(cap).collect::<Result<Vec<_>>>()?;
        let steps = entry.price.step.iter().map(step).collect::<Result<Vec<_>>>()?;
        let levels =
            entry.authority.iter().map(|a| Ready::new(&code, &a.when, schemas.lined)).collect::<Result<Vec<_>>>()?;
        Ok(Self { min, max, unit, caps, floor, ceiling, steps, levels, entry })
    }

    /// Every grade of the scale must be accepted, referred or refused, just once, and each accepted one have a spread.
    pub fn fits(&self, scale: &crate::cards::Scale) -> Result<()> {
        let entry = &self.entry;
        let mut named: Vec<&String> = entry.accept.iter().chain(&entry.refer).chain(&entry.refuse).collect();
        let mut all: Vec<&String> = scale.grade.iter().map(|g| &g.code).collect();
        named.sort();
        all.sort();
        if named != all {
            return Err(entry_fault(
                &entry.code,
                format!("accept、refer、refuse 须把 {} 的每一级恰好说一次", scale.code),
                format!("accept, refer and refuse must name each grade of {} once", scale.code),
            ));
        }
        for grade in &entry.accept {
            let spread = entry.price.spread.get(grade).map(|t| Ppm::parse_percent(t));
            if !matches!(spread, Some(Ok(_))) {
                return Err(entry_fault(
                    &entry.code,
                    format!("等级 {grade} 没有利差"),
                    format!("the grade {grade} has no spread"),
                ));
            }
        }
        Ok(())
    }
}
