//! A decision as a tree, for people: each part with what it gave and whether the outcome hangs on it.

use huoshui_formula::row;
use huoshui_kernel::Lang::{self, En, Zh};
use huoshui_kernel::fault::Result;
use huoshui_kernel::money::Unit;
use huoshui_kernel::{Fen, Ppm};
use serde::{Deserialize, Serialize};

use super::evaluate::{Binding, Block, Evaluation, Prepared};
use crate::value::{Cell, Texts, Why};

/// A branch of the explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// What was looked at.
    pub title: Texts,
    /// What it gave.
    pub result: Texts,
    /// Whether the outcome hangs on it.
    pub decided: bool,
    /// The parts of it.
    pub parts: Vec<Branch>,
}

impl Branch {
    fn new(zh: impl Into<String>, en: impl Into<String>, result: (String, String), decided: bool) -> Self {
        Self {
            title: Texts { zh: zh.into(), en: en.into() },
            result: Texts { zh: result.0, en: result.1 },
            decided,
            parts: Vec::new(),
        }
    }

    /// Indented lines; `←` marks what decided.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let mut out = String::new();
        self.lines(0, lang, &mut out);
        out
    }

    fn lines(&self, depth: usize, lang: Lang, out: &mut String) {
        use std::fmt::Write as _;
        let (colon, mark) = if lang == Zh { ("：", "  ← 决定结果") } else { (": ", "  ← decided") };
        let mark = if self.decided && depth > 0 { mark } else { "" };
        let indent = " ".repeat(depth * 2);
        let result = self.result.get(lang).replace('\n', &format!("\n{indent}  "));
        let _ = writeln!(out, "{indent}{}{colon}{result}{mark}", self.title.get(lang));
        self.parts.iter().for_each(|p| p.lines(depth + 1, lang, out));
    }
}

fn both(text: impl std::fmt::Display) -> (String, String) {
    (text.to_string(), text.to_string())
}

pub(super) fn explain(prepared: &Prepared<'_>, cells: &[Cell], evaluation: &Evaluation<'_>) -> Result<Branch> {
    let entry = &prepared.product.entry;
    let (zh, en) = evaluation.outcome.names();
    let mut root = Branch::new(&entry.zh, &entry.en, (zh.to_owned(), en.to_owned()), true);
    root.parts.push(gates(prepared, cells, evaluation)?);
    root.parts.push(missing(prepared, cells, evaluation));
    root.parts.push(score(prepared, cells, evaluation));
    root.parts.push(line(prepared, evaluation));
    root.parts.push(price(prepared, evaluation));
    root.parts.push(authority(prepared, evaluation));
    Ok(root)
}

fn gates(prepared: &Prepared<'_>, cells: &[Cell], evaluation: &Evaluation<'_>) -> Result<Branch> {
    let list = &prepared.gates.list;
    let hit = evaluation.blocks.iter().filter(|b| matches!(b, Block::Gate(_) | Block::Broken(_))).count();
    let result = (format!("{hit} 项触发，共 {} 项", list.gate.len()), format!("{hit} of {} hit", list.gate.len()));
    let mut branch = Branch::new(&list.zh, &list.en, result, hit > 0);
    let row = prepared.rules.row(cells);
    for (i, (gate, ready)) in list.gate.iter().zip(&prepared.gates.ready).enumerate() {
        let result = match ready.holds(&row) {
            Some(true) => ("触发", "hit"),
            Some(false) => ("未触发", "clear"),
            None => ("无法判断", "cannot be told"),
        };
        let decided = evaluation.blocks.contains(&Block::Gate(i));
        let mut part = Branch::new(&gate.zh, &gate.en, (result.0.to_owned(), result.1.to_owned()), decided);
        if let Ok(why) = row::explain(&ready.expr, &row, &gate.when, &prepared.rules.scored_schema) {
            let text = why.render(Zh).trim_end().to_owned();
            part.parts.push(Branch::new("条件", "condition", (text, why.render(En).trim_end().to_owned()), false));
        }
        branch.parts.push(part);
    }
    Ok(branch)
}

fn missing(prepared: &Prepared<'_>, cells: &[Cell], evaluation: &Evaluation<'_>) -> Branch {
    let fields: Vec<usize> =
        evaluation.blocks.iter().filter_map(|b| if let Block::Missing(f) = b { Some(*f) } else { None }).collect();
    let result = (format!("{} 项", fields.len()), fields.len().to_string());
    let mut branch = Branch::new("缺失的数据", "Missing data", result, !fields.is_empty());
    for (field, cell) in fields.iter().filter_map(|f| prepared.rules.fields.get(*f).zip(cells.get(*f))) {
        let why = if let Cell::Missing(why) = cell { *why } else { Why::NotAsked };
        let result = (why.text(Zh).to_owned(), why.text(En).to_owned());
        branch.parts.push(Branch::new(&field.name.zh, &field.name.en, result, true));
    }
    branch
}

fn score(prepared: &Prepared<'_>, cells: &[Cell], evaluation: &Evaluation<'_>) -> Branch {
    let card = &evaluation.card.entry;
    let grade = evaluation.graded.grade(evaluation.grade).map_or("", |g| &g.code);
    let pd = Ppm(evaluation.pd).percent(2);
    let result = (
        format!("{} 分，等级 {grade}，违约概率 {pd}%", evaluation.score),
        format!("{}, grade {grade}, probability of default {pd}%", evaluation.score),
    );
    let decided = evaluation.blocks.iter().any(|b| matches!(b, Block::Grade(_)));
    let mut branch = Branch::new(&card.zh, &card.en, result, decided);
    branch.parts.push(Branch::new("起始分", "start", both(card.start), false));
    for part in &evaluation.card.parts {
        let field = prepared.rules.fields.get(part.field);
        let cell = cells.get(part.field).copied().unwrap_or(Cell::Missing(Why::NotAsked));
        let (points, best) = (part.of(cell), part.best);
        let Some(field) = field else { continue };
        let result = (
            format!("{} → {points} 分（最高 {best}）", field.show(cell, Zh)),
            format!("{} → {points} (best {best})", field.show(cell, En)),
        );
        branch.parts.push(Branch::new(&field.name.zh, &field.name.en, result, false));
    }
    branch
}

fn line(prepared: &Prepared<'_>, evaluation: &Evaluation<'_>) -> Branch {
    let wan = |lang| evaluation.line.map_or("–".to_owned(), |l| Fen(l).show(Unit::Wan, 2, lang));
    let by = match evaluation.binding {
        Binding::Requested => ("申请金额".to_owned(), "the amount applied for".to_owned()),
        Binding::Product => ("产品上限".to_owned(), "the product's most".to_owned()),
        Binding::Cap(i) => {
            prepared.product.entry.cap.get(i).map_or_else(Default::default, |c| (c.zh.clone(), c.en.clone()))
        }
    };
    let result = (format!("{}（由{}决定）", wan(Zh), by.0), format!("{} (set by {})", wan(En), by.1));
    Branch::new("额度", "Line", result, evaluation.blocks.iter().any(|b| matches!(b, Block::Line(_))))
}

fn price(prepared: &Prepared<'_>, evaluation: &Evaluation<'_>) -> Branch {
    let rate = evaluation.rate.map_or("–".to_owned(), |r| format!("{}%", Ppm(r).percent(4)));
    let mut branch = Branch::new("利率", "Rate", both(rate), false);
    for step in evaluation.steps.iter().filter_map(|i| prepared.product.entry.price.step.get(*i)) {
        branch.parts.push(Branch::new(&step.zh, &step.en, both(&step.by), false));
    }
    branch
}

fn authority(prepared: &Prepared<'_>, evaluation: &Evaluation<'_>) -> Branch {
    let level = evaluation.level.and_then(|i| prepared.product.entry.authority.get(i));
    let result = level.map_or_else(
        || ("转人工或拒绝".to_owned(), "a person, or refused".to_owned()),
        |l| (l.zh.clone(), l.en.clone()),
    );
    Branch::new("审批权限", "Authority", result, level.is_some() || evaluation.blocks.contains(&Block::Authority))
}
