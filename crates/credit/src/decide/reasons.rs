//! Reasons in order: what refuses, what refers, what is missing, what cost points, what bounds the terms.

use huoshui_formula::Expr;
use huoshui_formula::value::Type;
use huoshui_kernel::Fen;
use huoshui_kernel::Lang::{self, En, Zh};
use huoshui_kernel::fault::Result;
use huoshui_kernel::money::Unit;

use super::evaluate::{Binding, Block, Bound, Evaluation, Outcome, Prepared};
use super::flips::{Effect, Search, Tried};
use super::frame::Frame;
use super::reach::Silent;
use super::reason::{Flip, Reason, ReasonKind, rule};
use crate::value::{Cell, Field, Texts, Why};

/// Where what is missing was to come from, for the text.
pub(super) type SourceOf<'a> = &'a dyn Fn(usize) -> Option<Silent>;

pub(super) struct Reasons<'a, 'r> {
    pub prepared: &'a Prepared<'r>,
    pub evaluation: &'a Evaluation<'r>,
    pub source: SourceOf<'a>,
    plain: bool,
    search: Search<'a, 'r>,
}

impl<'a, 'r> Reasons<'a, 'r> {
    /// Of a frame that was just evaluated. `plain`: said as people do, as since the second edition.
    pub fn new(
        prepared: &'a Prepared<'r>,
        frame: Frame,
        evaluation: &'a Evaluation<'r>,
        source: SourceOf<'a>,
        plain: bool,
    ) -> Self {
        Self { prepared, evaluation, source, plain, search: Search::new(prepared, frame, evaluation, plain) }
    }

    /// The cells of the frame.
    pub fn cells(&self) -> &[Cell] {
        &self.search.cells
    }

    /// All reasons. Blocks come first, refusals before referrals and each in the order of the rules; then at most
    /// `reasons` of the card, most points lost first and equals in the order of the card; then the line and the authority.
    pub fn all(&self) -> Result<Vec<Reason>> {
        let mut blocks: Vec<Block> = self.evaluation.blocks.clone();
        blocks.sort_by_key(|b| !self.prepared.refuses(*b));
        let mut all = Vec::new();
        let mut score_blocks = false;
        for block in blocks {
            match block {
                Block::Grade(_) => score_blocks = true,
                Block::Authority => all.push(self.authority(true)?),
                block => all.push(self.block(block)?),
            }
        }
        all.extend(self.score(score_blocks)?);
        if self.evaluation.outcome.approves() {
            all.extend(self.line()?);
            if self.evaluation.outcome != Outcome::Automatic {
                // Where no value brings a lower authority there is nothing to say.
                all.push(self.authority(false)?);
                all.retain(|r| r.kind != ReasonKind::Authority || r.flip.is_some());
            }
        }
        Ok(all)
    }

    fn block(&self, block: Block) -> Result<Reason> {
        let gone = move |after: &Evaluation<'r>| !after.blocks.contains(&block);
        match block {
            Block::Gate(i) | Block::Broken(i) => {
                let (gate, ready) = (self.prepared.gates.list.gate.get(i), self.prepared.gates.ready.get(i));
                let (Some(gate), Some(ready)) = (gate, ready) else { return Ok(rule("gate")) };
                let tried = self.first(&ready.reads, &[&ready.expr], &gone)?;
                let text = Texts { zh: gate.zh.clone(), en: gate.en.clone() };
                let field = tried.map(|t| t.field).or_else(|| ready.reads.first().copied());
                Ok(self.reason(format!("gate.{}", gate.code), ReasonKind::Gate, true, text, field, tried))
            }
            Block::Bound(bound) => self.bound(bound, &gone),
            Block::Missing(field) => self.missing(field, &gone),
            Block::Line(i) => self.too_little(i, &gone),
            Block::GatesEnd => Ok(rule("gates_end")),
            Block::Cap(i) => {
                let code = self.prepared.product.entry.cap.get(i).map_or("", |c| c.code.as_str());
                let mut reason = rule("cap");
                reason.code = format!("rule.cap.{code}");
                Ok(reason)
            }
            _ => Ok(rule("other")),
        }
    }

    /// The first of these fields with a change that helps most.
    fn first(
        &self,
        fields: &[usize],
        exprs: &[&Expr],
        wanted: &dyn Fn(&Evaluation<'r>) -> bool,
    ) -> Result<Option<Tried>> {
        let mut best: Option<Tried> = None;
        for field in fields.iter().filter(|f| **f < self.cells().len()) {
            let tried = self.search.best(*field, exprs, wanted)?;
            if let Some(tried) = tried
                && best.is_none_or(|b| tried.effect < b.effect)
            {
                best = Some(tried);
                // Nothing helps more, and of equals the first counts.
                if tried.effect == Effect::Outcome {
                    break;
                }
            }
        }
        Ok(best)
    }

    fn bound(&self, bound: Bound, gone: &dyn Fn(&Evaluation<'r>) -> bool) -> Result<Reason> {
        let (p, entry) = (self.prepared, &self.prepared.product.entry);
        let yuan = |fen: i64, lang| Fen(fen).show(Unit::Wan, 2, lang);
        let (code, field, zh, en) = match bound {
            Bound::Least => (
                "least",
                p.layout.amount,
                format!("申请金额低于产品下限 {}", yuan(p.product.min, Zh)),
                format!("less than the product's least, {}", yuan(p.product.min, En)),
            ),
            Bound::Most => (
                "most",
                p.layout.amount,
                format!("申请金额高于产品上限 {}", yuan(p.product.max, Zh)),
                format!("more than the product's most, {}", yuan(p.product.max, En)),
            ),
            Bound::Shortest => (
                "shortest",
                p.layout.months,
                format!("期限短于 {} 个月", entry.tenor.min),
                format!("shorter than {} months", entry.tenor.min),
            ),
            Bound::Longest => (
                "longest",
                p.layout.months,
                format!("期限长于 {} 个月", entry.tenor.max),
                format!("longer than {} months", entry.tenor.max),
            ),
            Bound::Purpose => {
                ("purpose", p.layout.purpose, "产品不支持该用途".to_owned(), "not a purpose of the product".to_owned())
            }
        };
        let constant = |n: i64, ty: Type| Expr {
            node: huoshui_formula::Node::Const(huoshui_formula::Value::Num(n)),
            ty,
            span: huoshui_formula::Span::default(),
        };
        let bounds = [
            constant(p.product.min, Type::Money),
            constant(p.product.max, Type::Money),
            constant(entry.tenor.min.into(), Type::Int),
            constant(entry.tenor.max.into(), Type::Int),
        ];
        let tried = self.search.best(field, &bounds.iter().collect::<Vec<_>>(), gone)?;
        Ok(self.reason(format!("bound.{code}"), ReasonKind::Bound, true, Texts { zh, en }, Some(field), tried))
    }

    fn missing(&self, field: usize, gone: &dyn Fn(&Evaluation<'r>) -> bool) -> Result<Reason> {
        let p = self.prepared;
        let mut exprs: Vec<&Expr> = p.gates.ready.iter().map(|g| &g.expr).collect();
        exprs.extend(p.product.caps.iter().map(|(e, _)| e));
        exprs.extend(p.product.levels.iter().map(|l| &l.expr));
        exprs.extend(p.product.steps.iter().map(|(s, _)| &s.expr));
        exprs.retain(|e| e.columns().contains(&field));
        let tried = self.search.best(field, &exprs, gone)?;
        let Some(known) = p.rules.fields.get(field) else { return Ok(rule("missing")) };
        let why = match self.cells().get(field) {
            Some(Cell::Missing(why)) => *why,
            _ => Why::NotAsked,
        };
        let source = (self.source)(field);
        let (zh, en) = match source {
            Some(Silent { resource, wanted }) => (
                format!("（{}，来源 {resource}{}）", why.text(Zh), wanted.zh),
                format!(" ({}; source {resource}{})", why.text(En), wanted.en),
            ),
            None => (format!("（{}）", why.text(Zh)), format!(" ({})", why.text(En))),
        };
        let text = Texts {
            zh: format!("缺少“{}”{zh}，缺失不予自动通过", known.name.zh),
            en: format!("“{}” is missing{en}, and what is missing is never approved", known.name.en),
        };
        Ok(self.reason(format!("missing.{}", known.code), ReasonKind::Missing, true, text, Some(field), tried))
    }

    fn score(&self, blocks: bool) -> Result<Vec<Reason>> {
        let cell = |field: usize| self.cells().get(field).copied().unwrap_or(Cell::Missing(Why::NotAsked));
        let mut lost: Vec<_> = self
            .evaluation
            .card
            .parts
            .iter()
            // What is missing has its own reason.
            .filter(|p| cell(p.field).known().is_some())
            .map(|p| (p.best - p.of(cell(p.field)), p))
            .filter(|(lost, _)| *lost > 0)
            .collect();
        lost.sort_by_key(|(lost, _)| std::cmp::Reverse(*lost));
        let most = usize::from(self.prepared.product.entry.reasons);
        let mut all = Vec::new();
        for (_, part) in lost {
            if all.len() == most {
                break;
            }
            let got = part.of(cell(part.field));
            let tried =
                self.search.best(part.field, &[], &|after: &Evaluation<'r>| after.score > self.evaluation.score)?;
            // A better bin that some gate or cap punishes helps nobody: then there is nothing true to say.
            let (Some(tried), Some(field)) = (tried, self.prepared.rules.fields.get(part.field)) else { continue };
            let text = Texts {
                zh: format!("“{}”得 {got} 分，最高 {} 分", field.name.zh, part.best),
                en: format!("“{}” scores {got}, the best is {}", field.name.en, part.best),
            };
            all.push(self.reason(
                format!("score.{}", part.code),
                ReasonKind::Score,
                blocks,
                text,
                Some(part.field),
                Some(tried),
            ));
        }
        Ok(all)
    }

    /// A cap that leaves less than the product's least.
    fn too_little(&self, i: usize, gone: &dyn Fn(&Evaluation<'r>) -> bool) -> Result<Reason> {
        let caps = self.prepared.product.entry.cap.get(i).zip(self.prepared.product.caps.get(i));
        let Some((cap, (expr, _))) = caps else { return Ok(rule("line")) };
        let fields = expr.columns();
        let tried = self.first(&fields, &[expr], gone)?;
        let least = |lang| Fen(self.prepared.product.min).show(Unit::Wan, 2, lang);
        let text = Texts {
            zh: format!("按“{}”可贷额度低于产品下限 {}", cap.zh, least(Zh)),
            en: format!("by “{}” the line is below the product's least, {}", cap.en, least(En)),
        };
        let field = tried.map(|t| t.field).or_else(|| fields.first().copied());
        Ok(self.reason(format!("line.{}", cap.code), ReasonKind::Line, true, text, field, tried))
    }

    /// The cap that sets the line, if it leaves less than was asked for.
    fn line(&self) -> Result<Option<Reason>> {
        let Binding::Cap(i) = self.evaluation.binding else { return Ok(None) };
        let caps = self.prepared.product.entry.cap.get(i).zip(self.prepared.product.caps.get(i));
        let Some((cap, (expr, _))) = caps else { return Ok(None) };
        let line = self.evaluation.line;
        let fields = expr.columns();
        let free = |after: &Evaluation<'r>| after.line > line && after.binding != Binding::Cap(i);
        let more = |after: &Evaluation<'r>| after.line > line;
        let tried = match self.first(&fields, &[], &free)? {
            Some(tried) => Some(tried),
            None => self.first(&fields, &[], &more)?,
        };
        if tried.is_none() {
            return Ok(None);
        }
        let shown = |lang| line.map_or_else(String::new, |l| Fen(l).show(Unit::Wan, 2, lang));
        let text = Texts {
            zh: format!("额度受“{}”限制，为 {}", cap.zh, shown(Zh)),
            en: format!("the line is bounded by “{}” to {}", cap.en, shown(En)),
        };
        let field = tried.map(|t| t.field).or_else(|| fields.first().copied());
        Ok(Some(self.reason(format!("line.{}", cap.code), ReasonKind::Line, false, text, field, tried)))
    }

    fn authority(&self, blocks: bool) -> Result<Reason> {
        let exprs: Vec<&Expr> = self.prepared.product.levels.iter().map(|l| &l.expr).collect();
        let mut fields = vec![self.prepared.layout.amount];
        for field in exprs.iter().flat_map(|e| e.columns()).chain(self.evaluation.card.parts.iter().map(|p| p.field)) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        let outcome = self.evaluation.outcome;
        fields.retain(|field| self.search.promise(*field) == Effect::Outcome);
        let tried = self.first(&fields, &exprs, &|after: &Evaluation<'r>| after.outcome < outcome)?;
        let level = self.evaluation.level.and_then(|i| self.prepared.product.entry.authority.get(i));
        let text = match level {
            Some(level) => Texts { zh: level.zh.clone(), en: level.en.clone() },
            None => Texts { zh: "超出各级审批权限".to_owned(), en: "beyond every authority".to_owned() },
        };
        let name = match outcome {
            Outcome::Branch => "branch",
            Outcome::HeadOffice => "head_office",
            _ => "none",
        };
        Ok(self.reason(format!("authority.{name}"), ReasonKind::Authority, blocks, text, tried.map(|t| t.field), tried))
    }

    fn is(&self, field: &Field, is: Cell, to: Cell, lang: Lang) -> String {
        if self.plain { beside(field, is, to, lang) } else { field.stored(is, lang) }
    }

    fn were(&self, field: &Field, to: Cell, lang: Lang) -> String {
        if self.plain { field.shown(to, lang, EXACT) } else { field.stored(to, lang) }
    }

    fn reason(
        &self,
        code: String,
        kind: ReasonKind,
        blocks: bool,
        mut text: Texts,
        field: Option<usize>,
        tried: Option<Tried>,
    ) -> Reason {
        let fields = &self.prepared.rules.fields;
        if tried.is_none() && blocks {
            text.zh.push_str("。单改此项无济于事，须与其他原因一并解决");
            text.en.push_str(". No change of this alone would help; it goes with the other reasons");
        }
        let flip = tried.and_then(|tried| {
            let known = fields.get(tried.field)?;
            let from = self.cells().get(tried.field).copied().unwrap_or(Cell::Missing(Why::NotAsked));
            let to = Cell::Known(tried.to);
            text.zh = format!(
                "{}。“{}”现为{}，若为{}，{}",
                text.zh,
                known.name.zh,
                self.is(known, from, to, Zh),
                self.were(known, to, Zh),
                self.then(&tried, Zh)
            );
            text.en = format!(
                "{}. “{}” is {}; were it {}, {}",
                text.en,
                known.name.en,
                self.is(known, from, to, En),
                self.were(known, to, En),
                self.then(&tried, En)
            );
            Some(Flip {
                field: known.code.to_string(),
                from: known.json(from),
                to: known.json(to),
                lane: tried.to,
                effect: tried.effect,
                outcome: tried.outcome,
                score: tried.score,
            })
        });
        let field = field.and_then(|f| fields.get(f)).map(|f| f.code.to_string());
        Reason { code, kind, blocks, text, field, flip }
    }

    fn then(&self, tried: &Tried, lang: Lang) -> String {
        let (now, e) = (self.evaluation.outcome, tried);
        let wan = |fen: Option<i64>| fen.map_or_else(String::new, |f| Fen(f).show(Unit::Wan, 2, lang));
        let rate = |r: Option<i64>| r.map_or_else(String::new, |r| format!("{}%", huoshui_kernel::Ppm(r).percent(2)));
        match (e.effect, lang) {
            (Effect::Outcome, Zh) => format!("结果由“{}”变为“{}”", now.names().0, e.outcome.names().0),
            (Effect::Outcome, En) => format!("it would be {} and not {}", e.outcome.names().1, now.names().1),
            (Effect::Obstacle, Zh) => "这一障碍消除，其余原因仍在".to_owned(),
            (Effect::Obstacle, En) => "this obstacle would be gone, others remain".to_owned(),
            (Effect::Score, Zh) => format!("得分由 {} 升至 {}", self.evaluation.score, e.score),
            (Effect::Score, En) => format!("the score would rise from {} to {}", self.evaluation.score, e.score),
            (Effect::Terms, Zh) if e.line > self.evaluation.line => {
                format!("额度由 {} 升至 {}", wan(self.evaluation.line), wan(e.line))
            }
            (Effect::Terms, En) if e.line > self.evaluation.line => {
                format!("the line would rise from {} to {}", wan(self.evaluation.line), wan(e.line))
            }
            (Effect::Terms, Zh) => format!("利率由 {} 降至 {}", rate(self.evaluation.rate), rate(e.rate)),
            (Effect::Terms, En) => {
                format!("the rate would fall from {} to {}", rate(self.evaluation.rate), rate(e.rate))
            }
        }
    }
}

/// The decimals of a percentage that hold every ratio.
const EXACT: u32 = 10;

/// A value as it is, in as few decimals as tell it from what it would have to be.
fn beside(field: &Field, is: Cell, to: Cell, lang: Lang) -> String {
    let rounded = |cell, decimals| field.shown(cell, lang, decimals);
    let bare = |text: String| text.trim_start_matches("约").trim_start_matches("about ").to_owned();
    let goal = rounded(to, EXACT);
    let decimals = (2..EXACT).find(|decimals| bare(rounded(is, *decimals)) != goal).unwrap_or(EXACT);
    rounded(is, decimals)
}
