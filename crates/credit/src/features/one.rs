//! The features of one firm, row by row: the plain reference that the pass over the whole city is held against.

use huoshui_formula::Value;
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

use super::{Compiled, Derived, cell, plan};
use crate::cells::{firm_rows, position};
use crate::relations::{Absent, Answer, Relation, Source, Supply};
use crate::value::{Cell, Why};

/// The cells of all features in order. Rows of other firms in the sources are passed over.
pub(crate) fn one(
    (features, derived): (&[Compiled], &Derived),
    relations: &[Relation],
    uscc: &str,
    as_of: Date,
    supplies: &[Supply],
) -> Result<Vec<Cell>> {
    let mut cells = vec![Cell::Missing(Why::NotAsked); features.len()];
    for (at, relation) in relations.iter().enumerate() {
        let answer = plan::answer(relation, supplies, as_of)?;
        if answer.is_none() {
            continue;
        }
        let mut rows = None;
        for (one, cell) in features.iter().zip(&mut cells).filter(|(f, _)| f.relation == Some(at)) {
            *cell = match (plan::refusal(one, relation, answer, as_of), answer) {
                (Some(why), _) => Cell::Missing(why),
                (None, Some(Answer::Ready(source))) => {
                    let rows = match &mut rows {
                        Some(rows) => rows,
                        empty => empty.insert(firm_rows(relation, source, uscc)?),
                    };
                    value(one, relation, source, rows, as_of)?
                }
                (None, _) => Cell::Missing(Why::NotAsked),
            };
        }
    }
    derived.fill(features, &mut cells, &mut Vec::new());
    Ok(cells)
}

fn value(one: &Compiled, relation: &Relation, source: &Source, rows: &[Vec<Value>], as_of: Date) -> Result<Cell> {
    if rows.is_empty() && relation.absent == Absent::Unknown {
        return Ok(Cell::Missing(Why::NotCovered));
    }
    let hollow = |name: &String| {
        position(relation, name).is_some_and(|at| rows.iter().any(|r| matches!(r.get(at), Some(Value::Null) | None)))
    };
    if one.filled.iter().any(hollow) {
        return Ok(Cell::Missing(Why::Incomplete));
    }
    let query = one.query(relation, as_of, source.as_of)?;
    // An overflow is this firm's alone: it is missing, and the decision refers to a person.
    let Ok(results) = query.run(rows.iter().map(Vec::as_slice)) else {
        return Ok(Cell::Missing(Why::Unusable));
    };
    Ok(match results.first().map(Vec::as_slice) {
        Some([value]) | Some([value, Value::Bool(true)]) => cell(one, value),
        Some([_, _]) => Cell::Missing(Why::Incomplete),
        _ => Cell::Missing(Why::Unusable),
    })
}
