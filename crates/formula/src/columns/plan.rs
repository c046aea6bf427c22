//! Formulas as one graph without repetition: a sub-expression that stands in several filters and arguments of a query is
//! computed once for each chunk of rows.

use std::collections::HashMap;
use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::ir::{Arith, Cmp, DatePart, Expr, LikePattern, Node, RoundMode, Schema};
use crate::value::{Type, Value};

/// A node of the graph.
pub(super) type Id = usize;

/// What a node does. Operands stand before it in the graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    Const(Value),
    /// Index into [`Plan::columns`].
    Column(usize),
    Neg(Id),
    Arith(Arith, Id, Id),
    Compare(Cmp, Id, Id),
    And(Vec<Id>),
    Or(Vec<Id>),
    Not(Id),
    IsNull(Id),
    /// A number or date among constants; whether a NULL is among them.
    InNums(Id, Vec<i64>, bool),
    /// Index into [`Plan::tests`], over the codes of a text column.
    ColumnTest(usize),
    /// The same over any other text.
    TextTest(Id, TextTest),
    Case(Vec<(Id, Id)>, Id),
    Coalesce(Vec<Id>),
    NullIf(Id, Id),
    Abs(Id),
    Least(Vec<Id>),
    Greatest(Vec<Id>),
    Round {
        arg: Id,
        unit: i64,
        divide: i64,
        mode: RoundMode,
    },
    DatePart(DatePart, Id),
    AddDays(Id, Id),
    AddMonths(Id, i64),
    DaysBetween(Id, Id),
}

impl Op {
    fn operands(&self) -> Vec<Id> {
        match self {
            Self::Const(_) | Self::Column(_) | Self::ColumnTest(_) => Vec::new(),
            Self::Neg(a)
            | Self::Not(a)
            | Self::IsNull(a)
            | Self::InNums(a, _, _)
            | Self::TextTest(a, _)
            | Self::Abs(a)
            | Self::Round { arg: a, .. }
            | Self::DatePart(_, a)
            | Self::AddMonths(a, _) => vec![*a],
            Self::Arith(_, a, b)
            | Self::Compare(_, a, b)
            | Self::NullIf(a, b)
            | Self::AddDays(a, b)
            | Self::DaysBetween(a, b) => vec![*a, *b],
            Self::And(all) | Self::Or(all) | Self::Coalesce(all) | Self::Least(all) | Self::Greatest(all) => {
                all.clone()
            }
            Self::Case(whens, otherwise) => {
                whens.iter().flat_map(|(c, v)| [*c, *v]).chain(std::iter::once(*otherwise)).collect()
            }
        }
    }
}

/// A question about one text that constants answer; asked once for each entry of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum TextTest {
    Compare(Cmp, Arc<str>),
    In(Vec<Arc<str>>, bool),
    Like(LikePattern),
}

impl TextTest {
    /// None is NULL.
    pub fn ask(&self, text: &str) -> Option<bool> {
        match self {
            Self::Compare(cmp, with) => Some(holds(*cmp, text.cmp(with))),
            Self::In(items, null) => match items.iter().any(|item| **item == *text) {
                false if *null => None,
                found => Some(found),
            },
            Self::Like(pattern) => Some(pattern.matches(text)),
        }
    }
}

/// A test of a text column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ColumnTest {
    pub column: usize,
    pub test: TextTest,
    /// The text that is asked about where the column is NULL: `COALESCE(column, text)`.
    pub instead: Option<Arc<str>>,
}

pub(super) fn holds(cmp: Cmp, order: std::cmp::Ordering) -> bool {
    match cmp {
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
    }
}

/// A node with the type of its result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlanNode {
    pub op: Op,
    pub ty: Type,
}

/// A column that is read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub name: Arc<str>,
    pub ty: Type,
    /// Text: its values are needed as codes of the plan's common pool.
    pub pooled: bool,
    /// Text: its values are needed as codes of a domain of its own (a group key, a distinct count).
    pub domain: bool,
}

/// The graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub nodes: Vec<PlanNode>,
    pub columns: Vec<Source>,
    /// Which column is asked what.
    pub tests: Vec<ColumnTest>,
    /// Whether the node is needed; rewriting leaves some behind that are not.
    pub live: Vec<bool>,
    ids: HashMap<PlanNode, Id>,
    by_schema: HashMap<usize, usize>,
}

fn internal(detail: &str) -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", detail)
}

impl Plan {
    pub fn node(&self, id: Id) -> Result<&PlanNode> {
        self.nodes.get(id).ok_or_else(|| internal("a node is missing"))
    }

    /// The text column that the node reads, if that is all it does.
    pub fn text_column(&self, id: Id) -> Option<usize> {
        match self.nodes.get(id) {
            Some(PlanNode { op: Op::Column(column), ty: Type::Text }) => Some(*column),
            _ => None,
        }
    }

    /// The node that reads a column.
    pub fn column_node(&self, column: usize) -> Option<Id> {
        self.nodes.iter().position(|node| node.op == Op::Column(column))
    }

    /// The node's texts will be read as codes of the common pool.
    pub fn pool(&mut self, id: Id) {
        if let Some(source) = self.text_column(id).and_then(|column| self.columns.get_mut(column)) {
            source.pooled = true;
        }
    }

    /// Marks what the roots need, and the columns whose texts are moved about or compared with one another.
    pub fn seal(&mut self, roots: impl IntoIterator<Item = Id>) {
        self.live = vec![false; self.nodes.len()];
        roots.into_iter().for_each(|root| self.revive(root));
        // Operands stand before their users, so one pass backwards reaches everything.
        for id in (0..self.nodes.len()).rev() {
            let Some(node) = self.nodes.get(id).filter(|_| self.live.get(id) == Some(&true)) else { continue };
            let moves = !matches!(node.op, Op::IsNull(_));
            for operand in node.op.operands() {
                self.revive(operand);
                if moves {
                    self.pool(operand);
                }
            }
        }
    }

    fn revive(&mut self, id: Id) {
        if let Some(live) = self.live.get_mut(id) {
            *live = true;
        }
    }

    /// The column's texts will be read as codes of its own domain.
    pub fn domain(&mut self, column: usize) {
        if let Some(source) = self.columns.get_mut(column) {
            source.domain = true;
        }
    }

    /// Adds an expression and gives its node.
    pub fn add(&mut self, expr: &Expr, schema: &Schema) -> Result<Id> {
        let mut go = |arg: &Expr| self.add(arg, schema);
        let op = match &expr.node {
            Node::Const(value) => Op::Const(value.clone()),
            Node::Column(index) => return self.column(*index, schema),
            Node::GroupKey(_) | Node::AggregateRef(_) => {
                return Err(internal("a group key or an aggregate inside a row's expression"));
            }
            Node::Neg(a) => Op::Neg(go(a)?),
            Node::Arith(how, a, b) => Op::Arith(*how, go(a)?, go(b)?),
            Node::Compare(cmp, a, b) => {
                let (a, b) = (go(a)?, go(b)?);
                return self.compare(*cmp, a, b);
            }
            Node::And(sides) => Op::And(sides.iter().map(go).collect::<Result<_>>()?),
            Node::Or(sides) => Op::Or(sides.iter().map(go).collect::<Result<_>>()?),
            Node::Not(a) => {
                let a = go(a)?;
                return Ok(self.not_if(true, a));
            }
            Node::IsNull { arg, negated } => {
                let arg = go(arg)?;
                let id = self.put(Op::IsNull(arg), Type::Bool);
                return Ok(self.not_if(*negated, id));
            }
            Node::In { arg, items, negated } => {
                let id = self.in_list(arg, items, schema)?;
                return Ok(self.not_if(*negated, id));
            }
            Node::Between { arg, low, high, negated } => {
                let (arg, low, high) = (go(arg)?, go(low)?, go(high)?);
                let sides = vec![self.compare(Cmp::Ge, arg, low)?, self.compare(Cmp::Le, arg, high)?];
                let id = self.put(Op::And(sides), Type::Bool);
                return Ok(self.not_if(*negated, id));
            }
            Node::Like { arg, pattern, negated } => {
                let arg = go(arg)?;
                let id = self.text_test(arg, TextTest::Like(pattern.clone()));
                return Ok(self.not_if(*negated, id));
            }
            Node::Case { whens, otherwise } => {
                let whens = whens.iter().map(|(c, v)| Ok((go(c)?, go(v)?))).collect::<Result<Vec<_>>>()?;
                Op::Case(whens, go(otherwise)?)
            }
            Node::Coalesce(args) => Op::Coalesce(args.iter().map(go).collect::<Result<_>>()?),
            Node::NullIf(a, b) => Op::NullIf(go(a)?, go(b)?),
            Node::Abs(a) => Op::Abs(go(a)?),
            Node::Least(args) => Op::Least(args.iter().map(go).collect::<Result<_>>()?),
            Node::Greatest(args) => Op::Greatest(args.iter().map(go).collect::<Result<_>>()?),
            Node::Round { arg, unit, divide, mode } => {
                if *unit <= 0 || *divide <= 0 {
                    return Err(internal("a grid that is not positive"));
                }
                Op::Round { arg: go(arg)?, unit: *unit, divide: *divide, mode: *mode }
            }
            Node::DatePart(part, a) => Op::DatePart(*part, go(a)?),
            Node::AddDays(a, b) => Op::AddDays(go(a)?, go(b)?),
            Node::AddMonths(a, months) => Op::AddMonths(go(a)?, *months),
            Node::DaysBetween(a, b) => Op::DaysBetween(go(a)?, go(b)?),
        };
        Ok(self.put(op, expr.ty))
    }

    fn put(&mut self, op: Op, ty: Type) -> Id {
        let node = PlanNode { op, ty };
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = self.nodes.len();
        self.ids.insert(node.clone(), id);
        self.nodes.push(node);
        id
    }

    fn not_if(&mut self, negated: bool, id: Id) -> Id {
        if negated { self.put(Op::Not(id), Type::Bool) } else { id }
    }

    fn column(&mut self, index: usize, schema: &Schema) -> Result<Id> {
        let column = schema.columns.get(index).ok_or_else(|| internal("a column outside the schema"))?;
        let next = self.columns.len();
        let at = *self.by_schema.entry(index).or_insert(next);
        if at == next {
            self.columns.push(Source { name: column.name.clone(), ty: column.ty, pooled: false, domain: false });
        }
        Ok(self.put(Op::Column(at), column.ty))
    }

    fn compare(&mut self, cmp: Cmp, a: Id, b: Id) -> Result<Id> {
        let (left, right) = (self.node(a)?, self.node(b)?);
        if left.ty == Type::Text {
            if let Op::Const(Value::Text(text)) = &right.op {
                let test = TextTest::Compare(cmp, text.clone());
                return Ok(self.text_test(a, test));
            }
            if let Op::Const(Value::Text(text)) = &left.op {
                let swapped = match cmp {
                    Cmp::Lt => Cmp::Gt,
                    Cmp::Le => Cmp::Ge,
                    Cmp::Gt => Cmp::Lt,
                    Cmp::Ge => Cmp::Le,
                    same => same,
                };
                let test = TextTest::Compare(swapped, text.clone());
                return Ok(self.text_test(b, test));
            }
        }
        Ok(self.put(Op::Compare(cmp, a, b), Type::Bool))
    }

    fn text_test(&mut self, arg: Id, test: TextTest) -> Id {
        let Some((column, instead)) = self.testable(arg) else {
            return self.put(Op::TextTest(arg, test), Type::Bool);
        };
        let wanted = ColumnTest { column, test, instead };
        let at = self.tests.iter().position(|known| *known == wanted).unwrap_or(self.tests.len());
        if at == self.tests.len() {
            self.tests.push(wanted);
        }
        self.put(Op::ColumnTest(at), Type::Bool)
    }

    /// A text column, or one with a constant in place of NULL: optional texts are mostly read so.
    fn testable(&self, arg: Id) -> Option<(usize, Option<Arc<str>>)> {
        if let Some(column) = self.text_column(arg) {
            return Some((column, None));
        }
        let Op::Coalesce(args) = &self.nodes.get(arg)?.op else { return None };
        let (first, rest) = args.split_first()?;
        match &self.nodes.get(*rest.first()?)?.op {
            Op::Const(Value::Text(text)) => Some((self.text_column(*first)?, Some(text.clone()))),
            _ => None,
        }
    }

    /// Constants are asked in one go; anything else is the OR of the comparisons, which is what IN means.
    fn in_list(&mut self, arg: &Expr, items: &[Expr], schema: &Schema) -> Result<Id> {
        let ty = arg.ty;
        let arg = self.add(arg, schema)?;
        let constants: Option<Vec<&Value>> = items
            .iter()
            .map(|item| match &item.node {
                Node::Const(value) => Some(value),
                _ => None,
            })
            .collect();
        if let Some(constants) = constants.filter(|_| ty != Type::Bool) {
            let null = constants.contains(&&Value::Null);
            if ty == Type::Text {
                let texts = constants.iter().filter_map(|v| match v {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                });
                let test = TextTest::In(texts.collect(), null);
                return Ok(self.text_test(arg, test));
            }
            let mut nums: Vec<i64> = constants
                .iter()
                .filter_map(|v| match v {
                    Value::Num(n) => Some(*n),
                    Value::Date(d) => Some(i64::from(*d)),
                    _ => None,
                })
                .collect();
            nums.sort_unstable();
            nums.dedup();
            return Ok(self.put(Op::InNums(arg, nums, null), Type::Bool));
        }
        let mut sides = Vec::with_capacity(items.len());
        for item in items {
            let item = self.add(item, schema)?;
            sides.push(self.compare(Cmp::Eq, arg, item)?);
        }
        Ok(self.put(Op::Or(sides), Type::Bool))
    }
}
