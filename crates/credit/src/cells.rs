//! Arrow cells as values of the language.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use huoshui_formula::Value;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::relations::{Relation, Source, USCC};

/// The place of a column in a relation's rows, `uscc` being 0.
pub(crate) fn position(relation: &Relation, name: &str) -> Option<usize> {
    relation.columns.iter().position(|c| c.name == name).map(|i| i + 1)
}

/// A batch's column of this name.
pub(crate) fn column<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b ArrayRef> {
    batch.schema_ref().fields().iter().position(|f| f.name().eq_ignore_ascii_case(name)).map(|i| batch.column(i))
}

/// A cell; NULL where there is none, or where its type is not of the language.
pub(crate) fn cell(array: &ArrayRef, row: usize) -> Value {
    if row >= array.len() || array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Int64 => Value::Num(array.as_primitive::<Int64Type>().value(row)),
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Date32 => Value::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).into()),
        DataType::Dictionary(_, _) => match array.as_dictionary_opt::<Int32Type>() {
            Some(coded) => coded.key(row).map_or(Value::Null, |key| cell(coded.values(), key)),
            None => Value::Null,
        },
        _ => Value::Null,
    }
}

/// The rows of one firm in a relation's columns; columns that were not released are NULL.
pub(crate) fn firm_rows<'s>(relation: &Relation, source: &'s Source, uscc: &str) -> Result<Cow<'s, [Vec<Value>]>> {
    if source.batches.is_empty() {
        return Ok(Cow::Borrowed(&source.own));
    }
    let mut rows = source.own.clone();
    for batch in &source.batches {
        let firms = column(batch, USCC).ok_or_else(|| {
            Fault::new(&faults::SOURCE)
                .with("resource", &relation.resource)
                .with("column", USCC)
                .with("zh", "没有这一列")
                .with("en", "it is not there")
        })?;
        let arrays: Vec<Option<&ArrayRef>> = relation.columns.iter().map(|c| column(batch, &c.name)).collect();
        for row in 0..batch.num_rows() {
            let firm = cell(firms, row);
            if matches!(&firm, Value::Text(t) if **t == *uscc) {
                let own = arrays.iter().map(|a| a.map_or(Value::Null, |a| cell(a, row)));
                rows.push(std::iter::once(firm).chain(own).collect());
            }
        }
    }
    Ok(Cow::Owned(rows))
}

#[cfg(test)]
mod tests {
    use huoshui_kernel::Date;
    use serde_json::json;

    use super::*;
    use crate::relations::{Absent, Authority, Column, ColumnKind, Cycle};

    /// The same rows by way of a batch and straight from the cells, of every kind and with empty ones; a cell of another
    /// kind is refused alike.
    #[test]
    fn rows_straight_from_cells_are_those_of_a_batch() {
        let kinds = [
            ("text", ColumnKind::Text),
            ("code", ColumnKind::Code),
            ("count", ColumnKind::Int),
            ("money", ColumnKind::Money),
            ("rate", ColumnKind::Rate),
            ("date", ColumnKind::Date),
            ("flag", ColumnKind::Flag),
            ("never", ColumnKind::Text),
        ];
        let column =
            |(name, kind): (&str, ColumnKind)| Column { name: name.to_owned(), kind, optional: true, negative: false };
        let relation = Relation {
            resource: "things".to_owned(),
            zh: "事".to_owned(),
            en: "Things".to_owned(),
            authority: Authority::Department,
            absent: Absent::Nothing,
            cycle: Cycle::Monthly,
            lag_days: 0,
            kept_months: None,
            fresh: None,
            columns: kinds.map(column).to_vec(),
        };
        // In another order than the relation's, with one that it does not know and one left out.
        let columns = ["flag", "date", "other", "rate", "money", "count", "code", "text"].map(str::to_owned);
        let rows = vec![
            vec![
                json!(true),
                json!("2025-09-30"),
                json!({}),
                json!(-5),
                json!(70),
                json!(3),
                json!("A"),
                json!("活水"),
            ],
            vec![json!(null); 8],
            vec![json!(false)],
        ];
        let firm = "91110108MA0000001X";
        let day = Date::constant(2025, 9, 30);
        let source = |batches, own| Source {
            batches,
            own,
            released: columns.to_vec(),
            as_of: day,
            covers_from: day,
            covers_to: day,
            reference: String::new(),
            stale: false,
        };
        let by_batch = source(vec![relation.batch(firm, &columns, &rows).unwrap()], Vec::new());
        let straight = source(Vec::new(), relation.rows(firm, &columns, &rows).unwrap());
        let got = firm_rows(&relation, &straight, firm).unwrap();
        assert_eq!(firm_rows(&relation, &by_batch, firm).unwrap(), got);
        assert_eq!(got[0][4..7], [Value::Num(70), Value::Num(-5), Value::Date(20_361)]);
        for (at, wrong) in [(0, json!(1)), (1, json!("2025-13-01")), (1, json!(5)), (3, json!(1.5)), (7, json!(true))] {
            let mut rows = rows.clone();
            rows[0][at] = wrong;
            let (one, other) = (relation.batch(firm, &columns, &rows), relation.rows(firm, &columns, &rows));
            assert_eq!(one.unwrap_err().code(), "credit.source_shape");
            assert_eq!(other.unwrap_err().code(), "credit.source_shape");
        }
    }
}
