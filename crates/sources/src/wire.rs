//! The words of the protocol: what is asked in a path, what comes back in JSON.

use std::fmt;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use crate::ask::Ask;
use crate::faults;

/// Most columns of an answer.
const MAX_COLUMNS: usize = 256;

/// What `records` answers.
#[derive(Deserialize)]
pub(crate) struct Records {
    pub department: String,
    pub resource: String,
    pub schema: u32,
    pub uscc: String,
    pub as_of: String,
    pub covers_from: String,
    pub columns: Columns,
    pub rows: Vec<Row>,
    pub known: bool,
}

/// What `schema` answers.
#[derive(Deserialize)]
pub(crate) struct Schema {
    pub department: String,
    pub resource: String,
    pub schema: u32,
    pub columns: Columns,
}

/// A column as the department has it.
#[derive(Deserialize)]
pub(crate) struct WireColumn {
    pub name: String,
    pub kind: String,
}

/// At most [`MAX_COLUMNS`].
pub(crate) struct Columns(pub Vec<WireColumn>);

/// A row of at most [`MAX_COLUMNS`] cells, none of them a list or an object.
pub(crate) struct Row(pub Vec<Value>);

struct Cell(Value);

/// Reads a list no longer than [`MAX_COLUMNS`]: a longer one is refused where it goes too far, not when it is in memory.
struct Short<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Short<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX_COLUMNS} items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Self::Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = seq.next_element()? {
            if out.len() == MAX_COLUMNS {
                return Err(de::Error::custom("too many items"));
            }
            out.push(item);
        }
        Ok(out)
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_seq(Short(std::marker::PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let cells: Vec<Cell> = deserializer.deserialize_seq(Short(std::marker::PhantomData))?;
        Ok(Self(cells.into_iter().map(|c| c.0).collect()))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Plain;
        impl Visitor<'_> for Plain {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true, false or null")
            }
            fn visit_unit<E: de::Error>(self) -> std::result::Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E: de::Error>(self, flag: bool) -> std::result::Result<Value, E> {
                Ok(Value::from(flag))
            }
            fn visit_i64<E: de::Error>(self, n: i64) -> std::result::Result<Value, E> {
                Ok(Value::from(n))
            }
            fn visit_u64<E: de::Error>(self, n: u64) -> std::result::Result<Value, E> {
                i64::try_from(n).map(Value::from).map_err(|_| E::custom("too large"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Value, E> {
                Ok(Value::from(text))
            }
        }
        // Floats, lists and objects have no visit of theirs, so they are refused before they are built.
        deserializer.deserialize_any(Plain).map(Self)
    }
}

/// Reads a body. The fault gives the place, never the text: it may be about a person.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|why| {
        let spec = if why.is_data() { &faults::NOT_PROTOCOL } else { &faults::NOT_JSON };
        Fault::new(spec).with("line", why.line()).with("place", why.column())
    })
}

/// Whether a text is a code: small letters, digits and underscores, so that it needs no escape and hides nothing.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The path of a resource's schema, below the base.
pub(crate) fn schema_path(code: &str) -> Result<String> {
    if !is_code(code) {
        return Err(Fault::new(&faults::BAD_ASK).with("what", "resource"));
    }
    Ok(format!("/v1/resources/{code}/schema"))
}

/// The path of a question, below the base.
pub(crate) fn records_path(ask: &Ask) -> Result<String> {
    use std::fmt::Write as _;
    let bad = |what: &'static str| Fault::new(&faults::BAD_ASK).with("what", what);
    let resource = &ask.resource;
    if !is_code(&resource.code) {
        return Err(bad("resource"));
    }
    if resource.columns.is_empty() || resource.columns.len() > MAX_COLUMNS {
        return Err(bad("fields"));
    }
    if ask.from.is_some_and(|from| ask.to.is_some_and(|to| from > to)) {
        return Err(bad("from > to"));
    }
    let mut path = format!("/v1/resources/{}/records?uscc={}", resource.code, ask.uscc.as_str());
    for (name, day) in [("from", ask.from), ("to", ask.to)] {
        if let Some(day) = day {
            let _ = write!(path, "&{name}={day}");
        }
    }
    path.push_str("&fields=");
    for (i, column) in resource.columns.iter().enumerate() {
        if !is_code(&column.name) {
            return Err(bad("fields"));
        }
        path.push_str(if i == 0 { "" } else { "," });
        path.push_str(&column.name);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str) -> std::result::Result<usize, &'static str> {
        parse::<Vec<Row>>(json.as_bytes()).map(|rows| rows.len()).map_err(|f| f.code())
    }

    #[test]
    fn cells_are_plain_and_lists_short() {
        assert_eq!(rows(r#"[["a",1,-1,true,null],[]]"#), Ok(2));
        for (json, code) in [
            ("[[1.5]]", "source.not_protocol"),
            ("[[1e3]]", "source.not_protocol"),
            ("[[9223372036854775808]]", "source.not_protocol"),
            ("[[[]]]", "source.not_protocol"),
            ("[[{}]]", "source.not_protocol"),
            ("[1]", "source.not_protocol"),
            ("[[1e999]]", "source.not_json"),
            ("[[1]", "source.not_json"),
            ("<html>", "source.not_json"),
            ("", "source.not_json"),
        ] {
            assert_eq!(rows(json), Err(code), "{json}");
        }
        let long = |n: usize| format!("[[{}]]", vec!["1"; n].join(","));
        assert_eq!(rows(&long(256)), Ok(1));
        assert_eq!(rows(&long(257)), Err("source.not_protocol"));
    }

    #[test]
    fn nesting_costs_no_stack() {
        // Where a cell stands, nesting is refused at its first step; in a field that nobody reads it is passed over.
        let nested = format!("{}1{}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(rows(&nested), Err("source.not_protocol"));
        let schema = r#""department":"swj","resource":"vat","schema":1,"columns":[]"#;
        assert!(parse::<Schema>(format!(r#"{{{schema},"extra":{nested}}}"#).as_bytes()).is_ok());
    }
}
