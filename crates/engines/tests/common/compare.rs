//! Runs the same selections on all four executors and collects where they differ.
//!
//! A row whose result is an error would fail a whole statement. So the row executor runs first; where it gives a value, the
//! expression joins a big selection as `CASE WHEN ok THEN e END`, with `ok` a column; where it gives an error, the expression
//! runs on that row alone and every executor must refuse it.

use std::collections::BTreeMap;

use huoshui_engines::{Postgres, Sqlite, batches};
use huoshui_formula::ir::{Aggregate, Cmp, Output};
use huoshui_formula::row::{self, Program};
use huoshui_formula::{Column, Expr, Node, Query, Schema, Type, Value, columns};
use huoshui_kernel::fault::Result;

use super::expr;
use super::operators::{Case, group_key};
use super::table::{GROUP, ROW, Table};

/// How many expressions share a statement.
const TOGETHER: usize = 40;

/// How often each operator met each class of operand.
#[derive(Default)]
pub struct Coverage(pub BTreeMap<(String, usize, &'static str), usize>);

pub struct Harness {
    postgres: Postgres,
    /// Rows in error to try for an expression even where its operands have been covered.
    pub errors_each: usize,
    pub enough: usize,
    pub differences: Vec<String>,
    pub coverage: Coverage,
    pub compared: usize,
    pub refused: usize,
}

struct Loaded<'p> {
    rows: Vec<Vec<Value>>,
    batches: Vec<arrow_array::RecordBatch>,
    sqlite: Sqlite,
    postgres: &'p mut Postgres,
}

impl Loaded<'_> {
    fn run(&mut self, query: &Query) -> [(&'static str, Result<Vec<Vec<Value>>>); 4] {
        [
            ("row", row::run(query, self.rows.iter().map(Vec::as_slice))),
            ("columns", columns::run(query, &self.batches)),
            ("SQLite", self.sqlite.run(query)),
            ("PostgreSQL", self.postgres.run(query)),
        ]
    }
}

impl Harness {
    pub fn new(url: &str) -> Self {
        Self {
            postgres: Postgres::connect(url).unwrap(),
            errors_each: 3,
            enough: 100,
            differences: Vec::new(),
            coverage: Coverage::default(),
            compared: 0,
            refused: 0,
        }
    }

    /// Loads a table with one more truth column for each expression of a batch.
    fn load<'p>(postgres: &'p mut Postgres, table: &Table, ok: &[Vec<bool>]) -> (Schema, Loaded<'p>) {
        let mut schema = table.schema.clone();
        for i in 0..ok.len() {
            schema.columns.push(Column { name: format!("ok{i}").into(), ty: Type::Bool });
        }
        let rows: Vec<Vec<Value>> = table
            .rows
            .iter()
            .enumerate()
            .map(|(r, row)| row.iter().cloned().chain(ok.iter().map(|o| Value::Bool(o[r]))).collect())
            .collect();
        let batch = batches::from_rows(&schema, &rows).unwrap();
        let cut = rows.len() / 3;
        let batches = vec![batch.slice(0, cut), batch.slice(cut, rows.len() - cut)];
        let sqlite = Sqlite::load(&schema, &rows).unwrap();
        postgres.load(&schema, &rows).unwrap();
        (schema, Loaded { rows, batches, sqlite, postgres })
    }

    /// Compares expressions over columns on every row of a table.
    pub fn scalars(&mut self, table: &Table, cases: &[Case]) {
        for part in cases.chunks(TOGETHER) {
            let results: Vec<Vec<Result<Value>>> = part
                .iter()
                .map(|c| {
                    let program = Program::new(&c.expr).unwrap();
                    table.rows.iter().map(|r| program.eval(r)).collect()
                })
                .collect();
            let ok: Vec<Vec<bool>> = results.iter().map(|r| r.iter().map(Result::is_ok).collect()).collect();
            let (schema, mut loaded) = Self::load(&mut self.postgres, table, &ok);
            let guarded = |i: usize, e: &Expr| {
                let test = expr(Node::Column(GROUP + 1 + i), Type::Bool);
                let otherwise = Box::new(expr(Node::Const(Value::Null), e.ty));
                expr(Node::Case { whens: vec![(test, e.clone())], otherwise }, e.ty)
            };
            let outputs: Vec<Output> = part
                .iter()
                .enumerate()
                .map(|(i, c)| Output { name: format!("o{i}").into(), expr: guarded(i, &c.expr) })
                .collect();
            let query = Query { schema: schema.clone(), outputs, ..Query::default() };
            let want: Vec<Vec<Value>> = (0..table.rows.len())
                .map(|r| results.iter().map(|c| c[r].clone().unwrap_or(Value::Null)).collect())
                .collect();
            for (engine, got) in loaded.run(&query) {
                compare_rows(engine, part, table, &want, got, &mut self.differences);
            }
            for (i, case) in part.iter().enumerate() {
                let operands = case.expr.columns();
                for r in 0..table.rows.len() {
                    let cells: Vec<_> =
                        operands.iter().map(|c| (case.label.clone(), *c, table.classes[r][*c])).collect();
                    let mut tried = ok[i][r];
                    if !tried {
                        let count = |k: &(String, usize, &'static str)| self.coverage.0.get(k).copied().unwrap_or(0);
                        let scarce = cells.iter().any(|k| count(k) < self.enough);
                        let few = ok[i][..r].iter().filter(|o| !**o).count() < self.errors_each;
                        tried = scarce || few;
                        if tried {
                            self.refused += 1;
                            single(&schema, case, r, &mut loaded, &mut self.differences);
                        }
                    }
                    if tried {
                        self.compared += 1;
                        for key in cells {
                            *self.coverage.0.entry(key).or_default() += 1;
                        }
                    }
                }
            }
        }
    }

    /// Compares aggregates over small groups.
    pub fn aggregates(&mut self, table: &Table, cases: &[(String, Aggregate)]) {
        let mut groups: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (r, row) in table.rows.iter().enumerate() {
            let Value::Num(g) = row[GROUP] else { panic!("group") };
            groups.entry(g).or_default().push(r);
        }
        for part in cases.chunks(TOGETHER) {
            let query_of = |a: &Aggregate| Query {
                schema: table.schema.clone(),
                grouped: true,
                aggregates: vec![a.clone()],
                outputs: vec![Output { name: "a".into(), expr: expr(Node::AggregateRef(0), a.ty) }],
                ..Query::default()
            };
            let mut ok = vec![vec![true; table.rows.len()]; part.len()];
            let mut failing: Vec<Vec<i64>> = vec![Vec::new(); part.len()];
            for (i, (_, a)) in part.iter().enumerate() {
                let alone = query_of(a);
                for (g, members) in &groups {
                    if row::run(&alone, members.iter().map(|r| table.rows[*r].as_slice())).is_err() {
                        members.iter().for_each(|r| ok[i][*r] = false);
                        failing[i].push(*g);
                    }
                }
            }
            let (schema, mut loaded) = Self::load(&mut self.postgres, table, &ok);
            let mut query =
                Query { schema: schema.clone(), grouped: true, keys: vec![group_key()], ..Query::default() };
            query.outputs.push(Output { name: "key".into(), expr: expr(Node::GroupKey(0), Type::Int) });
            for (i, (_, a)) in part.iter().enumerate() {
                let allowed = expr(Node::Column(GROUP + 1 + i), Type::Bool);
                let filter = match &a.filter {
                    Some(f) => expr(Node::And(vec![allowed, f.clone()]), Type::Bool),
                    None => allowed,
                };
                query.aggregates.push(Aggregate { filter: Some(filter), ..a.clone() });
                query.outputs.push(Output { name: format!("a{i}").into(), expr: expr(Node::AggregateRef(i), a.ty) });
            }
            let mut answers = loaded.run(&query).into_iter();
            let want = answers.next().unwrap().1.unwrap();
            for (engine, got) in answers {
                match got {
                    Err(e) => self.differences.push(format!("{engine}: aggregates: {e}")),
                    Ok(got) => {
                        for (w, g) in want.iter().zip(&got) {
                            for (i, (label, _)) in part.iter().enumerate() {
                                if w[i + 1] != g[i + 1] {
                                    let note = format!(
                                        "{engine}: {label} of group {:?}: {:?}, row: {:?}",
                                        w[0],
                                        g[i + 1],
                                        w[i + 1]
                                    );
                                    self.differences.push(note);
                                }
                            }
                        }
                        if want.len() != got.len() {
                            self.differences.push(format!("{engine}: {} groups, row: {}", got.len(), want.len()));
                        }
                    }
                }
            }
            for (i, (label, a)) in part.iter().enumerate() {
                let operands: Vec<usize> = a.args.iter().chain(&a.filter).flat_map(Expr::columns).collect();
                for (g, members) in &groups {
                    if failing[i].contains(g) {
                        let place = failing[i].iter().position(|x| x == g).unwrap();
                        let count = |r: usize, c: usize| {
                            let key = (label.clone(), c, table.classes[r][c]);
                            self.coverage.0.get(&key).copied().unwrap_or(0)
                        };
                        let scarce = members.iter().any(|r| operands.iter().any(|c| count(*r, *c) < self.enough));
                        if place >= self.errors_each * 4 && !scarce {
                            continue;
                        }
                        let mut alone = query_of(a);
                        alone.schema = schema.clone();
                        alone.filter = Some(equals(GROUP, *g));
                        self.refused += 1;
                        must_refuse(label, &format!("group {g}"), loaded.run(&alone), &mut self.differences);
                    }
                    for r in members {
                        self.compared += 1;
                        for c in &operands {
                            *self.coverage.0.entry((label.clone(), *c, table.classes[*r][*c])).or_default() += 1;
                        }
                    }
                }
            }
        }
    }

    /// Compares grouped queries whose results compute over aggregates. Groups in error are set aside and tried alone.
    pub fn grouped(&mut self, table: &Table, queries: &[(String, Query)]) {
        let mut groups: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (r, row) in table.rows.iter().enumerate() {
            let Value::Num(g) = row[GROUP] else { panic!("group") };
            groups.entry(g).or_default().push(r);
        }
        for part in queries.chunks(TOGETHER) {
            let mut ok = vec![vec![true; table.rows.len()]; part.len()];
            let mut failing: Vec<Vec<i64>> = vec![Vec::new(); part.len()];
            for (i, (_, query)) in part.iter().enumerate() {
                for (g, members) in &groups {
                    if row::run(query, members.iter().map(|r| table.rows[*r].as_slice())).is_err() {
                        members.iter().for_each(|r| ok[i][*r] = false);
                        failing[i].push(*g);
                    }
                }
            }
            let (schema, mut loaded) = Self::load(&mut self.postgres, table, &ok);
            for (i, (label, query)) in part.iter().enumerate() {
                let mut query = query.clone();
                query.schema = schema.clone();
                query.filter = Some(expr(Node::Column(GROUP + 1 + i), Type::Bool));
                let mut answers = loaded.run(&query).into_iter();
                let want = answers.next().unwrap().1.unwrap();
                self.compared += want.len();
                for (engine, got) in answers {
                    if got.as_ref().ok() != Some(&want) {
                        let got = got.map(|g| {
                            g.iter().zip(&want).find(|(a, b)| a != b).map(|(a, b)| format!("{a:?}, row: {b:?}"))
                        });
                        self.differences.push(format!("{engine}: {label}: {got:?}; {:?}", query.outputs));
                    }
                }
                for g in failing[i].iter().take(self.errors_each) {
                    query.filter = Some(equals(GROUP, *g));
                    self.refused += 1;
                    must_refuse(
                        label,
                        &format!("group {g}; {:?}", query.outputs),
                        loaded.run(&query),
                        &mut self.differences,
                    );
                }
            }
        }
    }

    /// Compares whole queries that cannot fail, row by row.
    pub fn queries(&mut self, table: &Table, queries: &[(String, Query)]) {
        let (_, mut loaded) = Self::load(&mut self.postgres, table, &[]);
        for (label, query) in queries {
            let mut answers = loaded.run(query).into_iter();
            let want = answers.next().unwrap().1.unwrap();
            for (engine, got) in answers {
                if got.as_ref().ok() != Some(&want) {
                    self.differences.push(format!("{engine}: {label}: {got:?}, row: {want:?}"));
                }
            }
        }
    }
}

fn equals(column: usize, n: i64) -> Expr {
    let (a, b) = (expr(Node::Column(column), Type::Int), expr(Node::Const(Value::Num(n)), Type::Int));
    expr(Node::Compare(Cmp::Eq, Box::new(a), Box::new(b)), Type::Bool)
}

fn single(schema: &Schema, case: &Case, r: usize, loaded: &mut Loaded<'_>, differences: &mut Vec<String>) {
    let query = Query {
        schema: schema.clone(),
        filter: Some(equals(ROW, r as i64)),
        outputs: vec![Output { name: "o".into(), expr: case.expr.clone() }],
        ..Query::default()
    };
    must_refuse(
        &case.label,
        &format!("{:?} on {}", case.expr, shown(case, &loaded.rows[r])),
        loaded.run(&query),
        differences,
    );
}

fn must_refuse(
    label: &str,
    place: &str,
    answers: [(&'static str, Result<Vec<Vec<Value>>>); 4],
    differences: &mut Vec<String>,
) {
    for (engine, got) in answers {
        match got {
            Err(e) if e.code() == "formula.overflow" => {}
            other => differences.push(format!("{engine}: {label}: {other:?}, row: overflow; {place}")),
        }
    }
}

fn compare_rows(
    engine: &str,
    part: &[Case],
    table: &Table,
    want: &[Vec<Value>],
    got: Result<Vec<Vec<Value>>>,
    differences: &mut Vec<String>,
) {
    let got = match got {
        Ok(got) if got.len() == want.len() => got,
        Ok(got) => return differences.push(format!("{engine}: {} rows instead of {}", got.len(), want.len())),
        Err(e) => {
            let labels: Vec<_> = part.iter().map(|c| c.label.as_str()).collect();
            return differences.push(format!("{engine}: {e} in one of {}", labels.join("; ")));
        }
    };
    for (r, (w, g)) in want.iter().zip(&got).enumerate() {
        for (i, case) in part.iter().enumerate() {
            if w[i] != g[i] {
                let cells = shown(case, &table.rows[r]);
                let note = format!("{engine}: {}: {:?}, row: {:?} on {cells}; {:?}", case.label, g[i], w[i], case.expr);
                differences.push(note);
            }
        }
    }
}

fn shown(case: &Case, row: &[Value]) -> String {
    let cells: Vec<String> = case.expr.columns().into_iter().map(|c| format!("{c}={:?}", row[c])).collect();
    cells.join(" ")
}
