//! What evaluations of a product need beyond its files: where everything is that it names, and what reads what. Worked out
//! once, when the rules are compiled.

use huoshui_formula::{Expr, Node, Value};
use huoshui_kernel::Ppm;
use huoshui_kernel::fault::Result;

use super::evaluate::Outcome;
use crate::cards::Card;
use crate::policy::{PolicyRef, hash, internal};
use crate::product::ReadyProduct;
use crate::rules::Rules;

/// Of one product.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The product's name, version and hash.
    pub product: PolicyRef,
    /// The place of its list of gates among the rules'.
    pub gates: usize,
    /// The place of its rule of stages.
    pub stages: Option<usize>,
    /// Its cards; the last is for no stage.
    pub seats: Vec<Seat>,
    pub amount: usize,
    pub months: usize,
    pub purpose: usize,
    pub lpr: usize,
    /// The columns that each cap reads.
    pub caps: Vec<Vec<usize>>,
    /// For each field the values at which something turns, ascending, where the field is only ever compared with constants;
    /// none where anything computes with it.
    pub turns: Vec<Option<Vec<i64>>>,
}

/// A card under a product.
#[derive(Debug)]
pub(crate) struct Seat {
    /// Its place among the rules' cards.
    pub card: usize,
    /// The place of its scale.
    pub scale: usize,
    /// The fields that the product reads when this card is chosen, ascending.
    pub reads: Vec<usize>,
    /// For each grade of the scale what it does to an application, if anything.
    pub verdicts: Vec<Option<Outcome>>,
    /// For each grade its spread, ppm.
    pub spreads: Vec<Option<i64>>,
    /// The card's name, version and hash.
    pub named: PolicyRef,
    /// The policies that take part in a decision by this card, in the order of the rules …
    pub policies: Vec<PolicyRef>,
    /// … and SHA-256 over their canonical list, in hex.
    pub digest: String,
}

impl Layout {
    pub fn new(rules: &Rules, product: &ReadyProduct) -> Result<Self> {
        let entry = &product.entry;
        let gates = rules.gate_list(&entry.gates)?;
        let stages = entry.by_stage.as_ref().map(|by| rules.stage_rule(&by.rule)).transpose()?;
        let at = |code: &str| rules.index.get(code).copied().unwrap_or(usize::MAX);
        let (amount, months, purpose, lpr) = (at("apply_amount"), at("apply_months"), at("apply_purpose"), at("lpr"));
        let caps: Vec<Vec<usize>> = product.caps.iter().map(|(e, _)| e.columns()).collect();
        let mut common: Vec<usize> = vec![amount, months, purpose, lpr];
        common.extend(gates.ready.iter().flat_map(|r| r.reads.iter().copied()));
        common.extend(stages.iter().flat_map(|s| s.ready.iter().flat_map(|r| r.reads.iter().copied())));
        common.extend(caps.iter().flatten().copied());
        common.extend(product.steps.iter().flat_map(|(r, _)| r.reads.iter().copied()));
        common.extend(product.levels.iter().flat_map(|r| r.reads.iter().copied()));
        let mut codes: Vec<&str> = Vec::new();
        if let Some(by) = &entry.by_stage {
            codes.extend(by.cards.values().map(String::as_str));
            codes.push(&by.unknown);
        }
        codes.extend(entry.card.as_deref());
        let seats = codes.iter().map(|code| Seat::new(rules, product, code, &common)).collect::<Result<Vec<_>>>()?;

        let mut exprs: Vec<&Expr> = gates.ready.iter().map(|r| &r.expr).collect();
        exprs.extend(stages.iter().flat_map(|s| s.ready.iter().map(|r| &r.expr)));
        exprs.extend(product.caps.iter().map(|(e, _)| e));
        exprs.extend(product.steps.iter().map(|(r, _)| &r.expr));
        exprs.extend(product.levels.iter().map(|r| &r.expr));
        let mut turns = vec![Some(Vec::new()); rules.fields.len()];
        exprs.iter().for_each(|e| compared(e, &mut turns));
        // The application's own values set line, price and bounds; other features follow from some of the features.
        let computed = rules.derived.read().chain([amount, months, purpose, lpr]);
        computed.for_each(|i| poison(&mut turns, i));
        for part in seats.iter().filter_map(|s| rules.cards.get(s.card)).flat_map(|c| &c.parts) {
            if let Some(Some(turns)) = turns.get_mut(part.field) {
                turns.extend(&part.edges);
            }
        }
        for turns in turns.iter_mut().flatten() {
            turns.sort_unstable();
            turns.dedup();
        }
        let place = |all: &[crate::gates::Stages], code: &str| all.iter().position(|s| s.rule.code == code);
        Ok(Self {
            product: named(rules, "product", &entry.code)?,
            gates: rules.gates.iter().position(|g| g.list.code == gates.list.code).unwrap_or(usize::MAX),
            stages: stages.and_then(|s| place(&rules.stages, &s.rule.code)),
            seats,
            amount,
            months,
            purpose,
            lpr,
            caps,
            turns,
        })
    }

    /// Two values of a field under one key give the same evaluation.
    pub fn key(&self, field: usize, value: i64) -> i64 {
        let Some(Some(turns)) = self.turns.get(field) else { return value };
        let below = turns.partition_point(|t| *t < value);
        let on = turns.get(below) == Some(&value);
        i64::try_from(below).unwrap_or(i64::MAX / 2) * 2 + i64::from(on)
    }
}

impl Seat {
    fn new(rules: &Rules, product: &ReadyProduct, code: &str, common: &[usize]) -> Result<Self> {
        let (card, entry) = (rules.card(code)?, &product.entry);
        let scale = rules.scale(&card.entry.scale)?;
        let mut reads = common.to_vec();
        reads.extend(card.parts.iter().map(|p| p.field));
        // Score, grade and line are worked out here; only fields can be missing.
        reads.retain(|i| *i < rules.fields.len());
        reads.sort_unstable();
        reads.dedup();
        let grades = &scale.scale.grade;
        let verdict = |code: &String| {
            if entry.accept.contains(code) {
                None
            } else if entry.refer.contains(code) {
                Some(Outcome::Refer)
            } else {
                Some(Outcome::Refuse)
            }
        };
        let spread = |code: &String| {
            let text = entry.price.spread.get(code)?;
            Ppm::parse_percent(text).ok().map(|p| p.0)
        };
        let same = |c: &Card| c.entry.code == card.entry.code;
        let rule = entry.by_stage.as_ref().map(|b| b.rule.as_str());
        let read = |code: &str| rules.index.get(code).is_some_and(|i| reads.binary_search(i).is_ok());
        let part = |r: &&PolicyRef| match r.kind.as_str() {
            "feature" => read(&r.code),
            "gates" => r.code == entry.gates,
            "stages" => Some(r.code.as_str()) == rule,
            "scale" => r.code == card.entry.scale,
            "scorecard" => r.code == card.entry.code,
            "product" => r.code == entry.code,
            _ => false,
        };
        let policies: Vec<PolicyRef> = rules.refs.iter().filter(part).cloned().collect();
        Ok(Self {
            named: named(rules, "scorecard", &card.entry.code)?,
            digest: hash(&policies)?,
            policies,
            card: rules.cards.iter().position(same).unwrap_or(usize::MAX),
            scale: rules.scales.iter().position(|s| s.scale.code == scale.scale.code).unwrap_or(usize::MAX),
            reads,
            verdicts: grades.iter().map(|g| verdict(&g.code)).collect(),
            spreads: grades.iter().map(|g| spread(&g.code)).collect(),
        })
    }
}

fn named(rules: &Rules, kind: &str, code: &str) -> Result<PolicyRef> {
    let found = rules.refs.iter().find(|r| r.kind == kind && r.code == code);
    found.cloned().ok_or_else(|| internal("a policy without a reference"))
}

fn poison(turns: &mut [Option<Vec<i64>>], field: usize) {
    if let Some(turns) = turns.get_mut(field) {
        *turns = None;
    }
}

/// Notes the constants that fields are compared with, and the fields that something else is done with.
fn compared(expr: &Expr, turns: &mut [Option<Vec<i64>>]) {
    let number = |e: &Expr| if let Node::Const(Value::Num(n)) = e.node { Some(n) } else { None };
    let column = |e: &Expr| if let Node::Column(i) = e.node { Some(i) } else { None };
    let found = match &expr.node {
        Node::Compare(_, a, b) => match (column(a), number(b), column(b), number(a)) {
            (Some(i), Some(n), ..) | (.., Some(i), Some(n)) => Some((i, vec![n])),
            _ => None,
        },
        Node::Between { arg, low, high, .. } => match (column(arg), number(low), number(high)) {
            (Some(i), Some(low), Some(high)) => Some((i, vec![low, high])),
            _ => None,
        },
        Node::In { arg, items, .. } => column(arg).zip(items.iter().map(number).collect::<Option<Vec<i64>>>()),
        Node::IsNull { arg, .. } => column(arg).map(|i| (i, Vec::new())),
        Node::Column(i) => {
            poison(turns, *i);
            None
        }
        _ => None,
    };
    match found {
        Some((i, constants)) => {
            if let Some(Some(turns)) = turns.get_mut(i) {
                turns.extend(constants);
            }
        }
        None => expr.children().into_iter().for_each(|c| compared(c, turns)),
    }
}
