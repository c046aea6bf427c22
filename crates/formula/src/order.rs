//! The order of values in results: ascending, texts by their bytes, NULL last.

use std::cmp::Ordering;

use crate::value::Value;

/// A value that sorts as results do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sorted(pub Value);

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        fn rank(v: &Value) -> u8 {
            match v {
                Value::Bool(_) => 0,
                Value::Num(_) => 1,
                Value::Date(_) => 2,
                Value::Text(_) => 3,
                Value::Null => 4,
            }
        }
        match (&self.0, &other.0) {
            (Value::Num(a), Value::Num(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
