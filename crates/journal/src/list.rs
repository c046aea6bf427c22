//! Lists of documents: filter and sort on declared index columns, page by key.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::BAD_CURSOR;
use crate::hash;

/// One of the eight index columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Text column 0 to 3.
    Text(u8),
    /// Integer column 0 to 3.
    Int(u8),
}

impl Column {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text(0) => "t1",
            Self::Text(1) => "t2",
            Self::Text(2) => "t3",
            Self::Text(_) => "t4",
            Self::Int(0) => "i1",
            Self::Int(1) => "i2",
            Self::Int(2) => "i3",
            Self::Int(_) => "i4",
        }
    }
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
}

/// A condition on one column. A document without the column meets none but [`Test::Missing`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Equal to this.
    Is(Value),
    /// This or more.
    AtLeast(Value),
    /// Less than this.
    Below(Value),
    /// Not there.
    Missing,
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// All must hold.
    pub tests: Vec<(Column, Test)>,
    /// The column to sort by, ids breaking ties; none sorts by id. Documents without it come last.
    pub order: Option<Column>,
    /// From the greatest down.
    pub descending: bool,
}

impl Query {
    /// Adds a condition.
    #[must_use]
    pub fn filter(mut self, column: Column, test: Test) -> Self {
        self.tests.push((column, test));
        self
    }

    /// Sorts by a column.
    #[must_use]
    pub fn sort(mut self, column: Column, descending: bool) -> Self {
        self.order = Some(column);
        self.descending = descending;
        self
    }
}

/// The place after which a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The sort column's value; none among the documents without it.
    pub key: Option<Value>,
    pub id: String,
}

impl Cursor {
    pub(crate) fn encode(&self, collection: &str, query: &Query) -> String {
        let key = match &self.key {
            None => serde_json::Value::Null,
            Some(Value::Text(text)) => text.as_str().into(),
            Some(Value::Int(int)) => (*int).into(),
        };
        serde_json::json!([fingerprint(collection, query), key, self.id]).to_string()
    }

    pub(crate) fn decode(text: &str, collection: &str, query: &Query) -> Result<Self> {
        let bad = || Fault::new(&BAD_CURSOR).field("cursor");
        let (of, key, id): (String, serde_json::Value, String) = serde_json::from_str(text).map_err(|_| bad())?;
        let key = match (key, query.order) {
            (serde_json::Value::Null, _) => None,
            (serde_json::Value::String(text), Some(Column::Text(_))) => Some(Value::Text(text)),
            (serde_json::Value::Number(n), Some(Column::Int(_))) => Some(Value::Int(n.as_i64().ok_or_else(bad)?)),
            _ => return Err(bad()),
        };
        if of == fingerprint(collection, query) { Ok(Self { key, id }) } else { Err(bad()) }
    }
}

/// Tells lists apart, so that a cursor cannot be used on another one and skip rows silently.
fn fingerprint(collection: &str, query: &Query) -> String {
    hash::hex(&hash::bytes(format!("{collection}\0{query:?}").as_bytes())).chars().take(16).collect()
}

/// One statement of a list, for either store.
pub(crate) struct Select {
    pub sql: String,
    pub args: Vec<Value>,
}

/// The columns of a document, in the order in which the stores read them.
pub(crate) const STATE_COLUMNS: &str = "collection, id, version, doc, t1, t2, t3, t4, i1, i2, i3, i4, hash";

/// The statement for the documents that have the sort column (`with_key`), or for those that lack it. `mark` is the
/// placeholder's first character: `?` or `$`.
pub(crate) fn select(
    collection: &str,
    query: &Query,
    after: Option<&Cursor>,
    with_key: bool,
    rows: usize,
    mark: char,
) -> Select {
    let mut args = Vec::new();
    let mut arg = |value: Value| {
        args.push(value);
        format!("{mark}{}", args.len())
    };
    let mut sql =
        format!("SELECT {STATE_COLUMNS} FROM states WHERE collection = {}", arg(Value::Text(collection.to_owned())));
    for (column, test) in &query.tests {
        let name = column.name();
        sql.push_str(&match test {
            Test::Is(value) => format!(" AND {name} = {}", arg(value.clone())),
            Test::AtLeast(value) => format!(" AND {name} >= {}", arg(value.clone())),
            Test::Below(value) => format!(" AND {name} < {}", arg(value.clone())),
            Test::Missing => format!(" AND {name} IS NULL"),
        });
    }
    let order = query.order.map(Column::name);
    if let Some(name) = order {
        sql.push_str(&format!(" AND {name} IS {}", if with_key { "NOT NULL" } else { "NULL" }));
    }
    let (than, way) = if query.descending { ("<", "DESC") } else { (">", "ASC") };
    if let Some(cursor) = after {
        sql.push_str(&match (order, &cursor.key) {
            (Some(name), Some(key)) if with_key => {
                format!(" AND ({name}, id) {than} ({}, {})", arg(key.clone()), arg(Value::Text(cursor.id.clone())))
            }
            // The cursor stands among documents with the key: all those without come after it.
            (Some(_), Some(_)) => String::new(),
            _ => format!(" AND id {than} {}", arg(Value::Text(cursor.id.clone()))),
        });
    }
    match order {
        Some(name) if with_key => sql.push_str(&format!(" ORDER BY {name} {way}, id {way} LIMIT {rows}")),
        _ => sql.push_str(&format!(" ORDER BY id {way} LIMIT {rows}")),
    }
    Select { sql, args }
}

/// Runs a list over a store that can run one statement: at most two, however many rows.
pub(crate) fn page(
    collection: &str,
    query: &Query,
    cursor: Option<&str>,
    limit: usize,
    mark: char,
    mut run: impl FnMut(Select) -> Result<Vec<crate::command::StateDoc>>,
) -> Result<crate::event::Page<crate::command::StateDoc>> {
    let limit = limit.clamp(1, crate::limits::PAGE_ROWS);
    let after = cursor.map(|c| Cursor::decode(c, collection, query)).transpose()?;
    let key_of = |doc: &crate::command::StateDoc| match query.order? {
        Column::Text(n) => doc.columns.text.get(usize::from(n))?.clone().map(Value::Text),
        Column::Int(n) => doc.columns.int.get(usize::from(n))?.map(Value::Int),
    };
    // One row more than asked tells whether another page follows.
    let wanted = limit + 1;
    let mut items = Vec::new();
    let among_keyless = query.order.is_some() && after.as_ref().is_some_and(|c| c.key.is_none());
    if !among_keyless {
        items = run(select(collection, query, after.as_ref(), true, wanted, mark))?;
    }
    if query.order.is_some() && items.len() < wanted {
        items.extend(run(select(collection, query, after.as_ref(), false, wanted - items.len(), mark))?);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|doc| Cursor { key: key_of(doc), id: doc.id.clone() }.encode(collection, query));
    Ok(crate::event::Page { items, next })
}
