//! Policies: all versions, and the rules in force on a date, compiled.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use huoshui_formula::value::Type;
use huoshui_formula::{Schema, Value};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use serde::Deserialize;

use crate::cards::{Card, Graded, Scale, Scorecard};
use crate::decide::frame::Frame;
use crate::decide::layout::Layout;
use crate::features::{self, Feature};
use crate::gates::{GateList, Gates, StageRule, Stages};
use crate::policy::{self, PolicyRef, entry_fault, reference, unknown};
use crate::product::{Product, ReadyProduct, Schemas};
use crate::relations::Relation;
use crate::suspended::{Suspended, bank_of, each};
use crate::tags::{self, Tag};
use crate::value::{Cell, CodeName, Field, Kind, Texts};

/// Every version of every policy, as the files have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Policies {
    pub relations: Vec<Relation>,
    pub features: Vec<Feature>,
    pub tags: Vec<Tag>,
    pub gates: Vec<GateList>,
    pub stages: Vec<StageRule>,
    pub scales: Vec<Scale>,
    pub scorecards: Vec<Scorecard>,
    pub products: Vec<Product>,
}

/// A file may hold entries of any kind.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    relation: Vec<Relation>,
    feature: Vec<Feature>,
    tag: Vec<Tag>,
    gates: Vec<GateList>,
    stages: Vec<StageRule>,
    scale: Vec<Scale>,
    scorecard: Vec<Scorecard>,
    product: Vec<Product>,
}

/// The fields of an application that formulas may name, after the features.
pub(crate) struct Application;
pub(crate) const APPLICATION: Application = Application;

impl Application {
    pub fn purposes(&self) -> [&'static str; 5] {
        ["working_capital", "research", "equipment", "ip", "other"]
    }

    pub fn fields(&self) -> Vec<Field> {
        let names = [
            ("流动资金", "Working capital"),
            ("研发", "Research and development"),
            ("设备购置", "Equipment"),
            ("知识产权运用", "Use of intellectual property"),
            ("其他", "Other"),
        ];
        let codes = self.purposes().into_iter().zip(names).map(|(code, (zh, en))| CodeName {
            code: code.to_owned(),
            zh: zh.to_owned(),
            en: en.to_owned(),
        });
        let field = |code: &str, zh: &str, en: &str, kind, unit: (&str, &str)| Field {
            code: code.into(),
            name: Texts { zh: zh.to_owned(), en: en.to_owned() },
            kind,
            unit: Texts { zh: unit.0.to_owned(), en: unit.1.to_owned() },
            codes: Vec::new(),
            negative: false,
            most: None,
        };
        vec![
            field("apply_amount", "申请金额", "Amount applied for", Kind::Money, ("元", "CNY")),
            field("apply_months", "申请期限", "Tenor applied for", Kind::Int, ("个月", "months")),
            Field { codes: codes.collect(), ..field("apply_purpose", "用途", "Purpose", Kind::Code, ("", "")) },
            field("lpr", "贷款市场报价利率", "Loan prime rate", Kind::Rate, ("", "")),
        ]
    }
}

/// The rules in force on a date.
#[derive(Debug)]
pub struct Rules {
    /// The date.
    pub date: Date,
    pub(crate) relations: Vec<Relation>,
    pub(crate) features: Vec<features::Compiled>,
    pub(crate) derived: features::Derived,
    /// The features' fields, then the application's.
    pub(crate) fields: Vec<Field>,
    pub(crate) index: HashMap<Arc<str>, usize>,
    pub(crate) feature_schema: Schema,
    pub(crate) scored_schema: Schema,
    pub(crate) tags: Vec<tags::Compiled>,
    pub(crate) gates: Vec<Gates>,
    pub(crate) stages: Vec<Stages>,
    pub(crate) scales: Vec<Graded>,
    pub(crate) cards: Vec<Card>,
    pub(crate) products: Vec<ReadyProduct>,
    /// By the products' codes.
    pub(crate) layouts: HashMap<String, Layout>,
    /// The values of each field's codes, ready to be handed to formulas.
    texts: Vec<Vec<Value>>,
    pub(crate) refs: Vec<PolicyRef>,
    /// What of banks' own does not fit the others' rules: it rests until it does, and stops nobody else.
    pub(crate) suspended: Vec<Suspended>,
}

/// The most entries of one kind.
const MOST: usize = 2_000;

impl Policies {
    /// Reads policy files, given as (name, text), and checks the rules of every day on which anything begins. Case files
    /// (`*.cases.toml`) are passed over.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut all = Self::default();
        for (name, text) in files.into_iter().filter(|(name, _)| !name.ends_with(".cases.toml")) {
            let file: File = policy::read(name, text)?;
            all.relations.extend(file.relation);
            all.features.extend(file.feature);
            all.tags.extend(file.tag);
            all.gates.extend(file.gates);
            all.stages.extend(file.stages);
            all.scales.extend(file.scale);
            all.scorecards.extend(file.scorecard);
            all.products.extend(file.product);
        }
        let counts = [all.relations.len(), all.features.len(), all.tags.len(), all.products.len()];
        if counts.iter().any(|n| *n > MOST) {
            return Err(entry_fault(
                "policies",
                format!("一类超过 {MOST} 条"),
                format!("over {MOST} entries of a kind"),
            ));
        }
        for date in all.beginnings() {
            all.on(date)?;
        }
        Ok(all)
    }

    /// The policies that ship with the program.
    pub fn embedded() -> Result<Self> {
        Self::load(crate::embedded::POLICIES.iter().copied())
    }

    /// The codes of what is computed, said or decided of a firm: features, tags and products.
    #[must_use]
    pub fn codes(&self) -> BTreeSet<&str> {
        let first = self.features.iter().map(|e| e.code.as_str()).chain(self.tags.iter().map(|e| e.code.as_str()));
        first.chain(self.products.iter().map(|e| e.code.as_str())).collect()
    }

    /// Every day on which some version begins.
    #[must_use]
    pub fn beginnings(&self) -> Vec<Date> {
        let mut all: Vec<Date> = self.features.iter().map(|e| e.effective_from).collect();
        all.extend(self.tags.iter().map(|e| e.effective_from));
        all.extend(self.gates.iter().map(|e| e.effective_from));
        all.extend(self.stages.iter().map(|e| e.effective_from));
        all.extend(self.scales.iter().map(|e| e.effective_from));
        all.extend(self.scorecards.iter().map(|e| e.effective_from));
        all.extend(self.products.iter().map(|e| e.effective_from));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The rules in force on a date, compiled. Costs some milliseconds: keep them for the day.
    pub fn on(&self, date: Date) -> Result<Rules> {
        crate::gates::unique("relations", self.relations.iter().map(|r| r.resource.as_str()))?;
        let features = policy::on(&self.features, date)?;
        let compiled = features::compiled(&features, &self.relations)?;
        let mut fields: Vec<Field> = compiled.iter().map(|f| f.field.clone()).collect();
        let own = fields.len();
        let feature_schema = schema(&fields, &[])?;
        fields.extend(APPLICATION.fields());
        let base = schema(&fields, &[])?;
        let scored = [("score", Type::Int), ("pd", Type::Rate), ("grade", Type::Text)];
        let scored_schema = schema(&fields, &scored)?;
        let lined_schema = schema(&fields, &[&scored[..], &[("line", Type::Money)]].concat())?;
        let tags = policy::on(&self.tags, date)?;
        let gates = policy::on(&self.gates, date)?;
        let stages = policy::on(&self.stages, date)?;
        let scales = policy::on(&self.scales, date)?;
        let cards = policy::on(&self.scorecards, date)?;
        let products = policy::on(&self.products, date)?;
        let mut refs = Vec::new();
        collect(&mut refs, &features)?;
        collect(&mut refs, &tags)?;
        collect(&mut refs, &gates)?;
        collect(&mut refs, &stages)?;
        collect(&mut refs, &scales)?;
        collect(&mut refs, &cards)?;
        collect(&mut refs, &products)?;
        let schemas = Schemas { scored: &scored_schema, lined: &lined_schema };
        let text = |f: &Field| f.codes.iter().map(|c| Value::Text(c.code.as_str().into())).collect();
        let mut suspended = Vec::new();
        let mut rules = Rules {
            date,
            relations: self.relations.clone(),
            derived: features::Derived::new(&compiled)?,
            features: compiled,
            index: fields.iter().enumerate().map(|(i, f)| (Arc::clone(&f.code), i)).collect(),
            tags: tags.into_iter().map(|t| tags::Compiled::new(t, &feature_schema)).collect::<Result<_>>()?,
            gates: each(gates, &mut suspended, |g| Gates::new(g, &base))?,
            stages: each(stages, &mut suspended, |s| Stages::new(s, &feature_schema))?,
            scales: scales.into_iter().map(Graded::new).collect::<Result<_>>()?,
            cards: each(cards, &mut suspended, |c| Card::new(c, &fields, own))?,
            products: each(products, &mut suspended, |p| ReadyProduct::new(p, &schemas))?,
            layouts: HashMap::new(),
            texts: fields.iter().map(text).collect(),
            fields,
            feature_schema,
            scored_schema,
            refs,
            suspended,
        };
        rules.linked()?;
        let layout = |p: &ReadyProduct| Ok((p.entry.code.clone(), Layout::new(&rules, p)?));
        rules.layouts = rules.products.iter().map(layout).collect::<Result<_>>()?;
        Ok(rules)
    }
}

fn collect<E: policy::Entry>(refs: &mut Vec<PolicyRef>, entries: &[E]) -> Result<()> {
    for entry in entries {
        refs.push(reference(entry)?);
    }
    Ok(())
}

fn schema(fields: &[Field], more: &[(&str, Type)]) -> Result<Schema> {
    let own = fields.iter().map(|f| (f.code.to_string(), f.kind.ty()));
    Schema::new(own.chain(more.iter().map(|(name, ty)| ((*name).to_owned(), *ty))))
}

impl Rules {
    /// A scorecard.
    pub fn card(&self, code: &str) -> Result<&Card> {
        let all = || self.cards.iter().map(|c| c.entry.code.as_str()).filter(|c| bank_of(c).is_none());
        let found = self.cards.iter().find(|c| c.entry.code == code);
        found.ok_or_else(|| unknown(("打分卡", "scorecard"), code, self.date, all()))
    }

    pub(crate) fn scale(&self, code: &str) -> Result<&Graded> {
        let all = || self.scales.iter().map(|c| c.scale.code.as_str());
        let found = self.scales.iter().find(|c| c.scale.code == code);
        found.ok_or_else(|| unknown(("等级表", "scale of grades"), code, self.date, all()))
    }

    pub(crate) fn gate_list(&self, code: &str) -> Result<&Gates> {
        let all = || self.gates.iter().map(|c| c.list.code.as_str()).filter(|c| bank_of(c).is_none());
        let found = self.gates.iter().find(|c| c.list.code == code);
        found.ok_or_else(|| unknown(("准入清单", "list of gates"), code, self.date, all()))
    }

    pub(crate) fn stage_rule(&self, code: &str) -> Result<&Stages> {
        let all = || self.stages.iter().map(|c| c.rule.code.as_str()).filter(|c| bank_of(c).is_none());
        let found = self.stages.iter().find(|c| c.rule.code == code);
        found.ok_or_else(|| unknown(("阶段规则", "rule of stages"), code, self.date, all()))
    }

    pub(crate) fn product(&self, code: &str) -> Result<&ReadyProduct> {
        let all = || self.products.iter().map(|c| c.entry.code.as_str()).filter(|c| bank_of(c).is_none());
        let found = self.products.iter().find(|c| c.entry.code == code);
        found.ok_or_else(|| unknown(("产品", "product"), code, self.date, all()))
    }

    /// The products.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.iter().map(|p| &p.entry)
    }

    /// The features, in the order of a table's lanes.
    pub fn features(&self) -> impl Iterator<Item = &Feature> {
        self.features.iter().map(|f| &f.feature)
    }

    /// The fields that formulas and applications may name: features first.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// A field.
    #[must_use]
    pub fn field(&self, code: &str) -> Option<&Field> {
        self.index.get(code).and_then(|i| self.fields.get(*i))
    }

    /// The value of a field for a formula; NULL where it is missing.
    pub(crate) fn value(&self, field: usize, cell: Cell) -> Value {
        match (cell, self.texts.get(field)) {
            (Cell::Known(n), Some(texts)) if !texts.is_empty() => {
                usize::try_from(n).ok().and_then(|i| texts.get(i)).cloned().unwrap_or(Value::Null)
            }
            _ => self.fields.get(field).map_or(Value::Null, |f| f.value(cell)),
        }
    }

    /// Puts a value into a frame, with what follows from it.
    pub(crate) fn set(&self, cells: &mut [Cell], field: usize, cell: Cell) {
        let mut frame = Frame::new(self, cells);
        self.change(&mut frame, field, cell, &mut Vec::new());
        cells.copy_from_slice(&frame.cells);
    }

    /// The same, noting every place that was written.
    pub(crate) fn change(&self, frame: &mut Frame, field: usize, cell: Cell, changed: &mut Vec<usize>) {
        if let (Some(place), Some(value)) = (frame.cells.get_mut(field), frame.row.get_mut(field)) {
            *place = cell;
            *value = self.value(field, cell);
            changed.push(field);
            self.derived.follow(&self.features, frame, field, changed);
        }
    }

    /// The relations that features read.
    #[must_use]
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// Every policy in force with its hash.
    #[must_use]
    pub fn refs(&self) -> &[PolicyRef] {
        &self.refs
    }
}
