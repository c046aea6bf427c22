//! A resource as a table shape, so that its files are read and written like every other.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::{CellKind, CodeName, ColumnShape, TableShape};

use super::{Code, FieldKind, Resource, Sensitivity};

/// Shapes by the digest of the description that they were made from.
static SHAPES: LazyLock<Mutex<HashMap<String, &'static TableShape>>> = LazyLock::new(Mutex::default);

/// Shapes are `'static` because those of the built-in tables are constants, and readers, writers and pages all take such;
/// a described one is therefore leaked, once for each version of a resource in the life of the process: a few kilobytes
/// each, and versions are few.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

impl Sensitivity {
    /// Names for people: Chinese, English.
    #[must_use]
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Public => ("公开", "public"),
            Self::Business => ("经营信息", "business"),
            Self::Confidential => ("商业秘密", "confidential"),
            Self::Personal => ("个人信息", "personal"),
        }
    }
}

fn codes(codes: &[Code]) -> &'static [CodeName] {
    let names: Vec<CodeName> = codes.iter().map(|c| CodeName::new(leak(&c.code), leak(&c.zh), leak(&c.en))).collect();
    Box::leak(names.into_boxed_slice())
}

impl Resource {
    /// The resource as a table: `uscc` first, then the fields; its key is `uscc` with the key fields. Made once for each
    /// description in the life of the process.
    pub fn shape(&self) -> Result<&'static TableShape> {
        let digest = self.digest()?;
        // A panic elsewhere cannot leave the map half-written: entries go in whole.
        let mut shapes = SHAPES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = shapes.get(&digest) {
            return Ok(shape);
        }
        let shape = self.make_shape();
        shapes.insert(digest, shape);
        Ok(shape)
    }

    fn make_shape(&self) -> &'static TableShape {
        let note = ("企业", "the enterprise");
        let mut columns = vec![ColumnShape::required("uscc", "统一社会信用代码", CellKind::Uscc, note)];
        columns.extend(self.fields.iter().map(|field| ColumnShape {
            name: leak(&field.name),
            zh: leak(&field.zh),
            kind: match field.kind {
                FieldKind::Text => CellKind::Text,
                FieldKind::Int => CellKind::Int,
                FieldKind::Money => CellKind::Money,
                FieldKind::Rate => CellKind::Rate,
                FieldKind::Date => CellKind::Date,
                FieldKind::Flag => CellKind::Flag,
                FieldKind::Uscc => CellKind::Uscc,
                FieldKind::Code => CellKind::Code(codes(&field.codes)),
            },
            required: field.required,
            max_len: usize::from(field.max_len),
            note: field.sensitivity.label(),
        }));
        let mut key = vec!["uscc"];
        key.extend(self.key.iter().map(|name| leak(name)));
        Box::leak(Box::new(TableShape {
            name: leak(&self.code),
            zh: leak(&self.zh),
            columns: Box::leak(columns.into_boxed_slice()),
            key: Box::leak(key.into_boxed_slice()),
        }))
    }
}
