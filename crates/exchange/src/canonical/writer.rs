//! Writes canonical JSON straight from a value, without a tree of it in memory: members are written in the order in which
//! they come and put in order where an object ends.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{self, Error as _};
use serde_json::{Error, Value};

type Done = Result<(), Error>;

/// A member of an object that is being written: its key, and where it begins.
struct Member {
    key: Cow<'static, str>,
    begin: usize,
}

/// Writes one value.
pub(super) struct Writer {
    out: Vec<u8>,
    /// Members of the objects that are open, the innermost last.
    members: Vec<Member>,
    spare: Vec<u8>,
}

impl Writer {
    pub(super) fn new(room: usize) -> Self {
        Self { out: Vec::with_capacity(room), members: Vec::new(), spare: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn plain<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        serde_json::to_writer(&mut self.out, value)
    }

    fn object(&mut self) -> Object<'_> {
        self.out.push(b'{');
        let (begin, first) = (self.out.len(), self.members.len());
        Object { writer: self, begin, first, ends: 1 }
    }

    fn list(&mut self) -> List<'_> {
        self.out.push(b'[');
        let begin = self.out.len();
        List { writer: self, begin, ends: 0 }
    }

    /// An object whose only member is this one; it is closed with what is inside.
    fn tagged(&mut self, variant: &str) -> Done {
        self.out.push(b'{');
        self.plain(variant)?;
        self.out.push(b':');
        Ok(())
    }
}

/// An object being written.
pub(super) struct Object<'a> {
    writer: &'a mut Writer,
    begin: usize,
    /// The first of its members.
    first: usize,
    /// Braces to close: two where the object is inside that of a variant.
    ends: usize,
}

impl Object<'_> {
    fn key(&mut self, key: Cow<'static, str>) -> Done {
        let writer = &mut *self.writer;
        if writer.out.len() > self.begin {
            writer.out.push(b',');
        }
        let begin = writer.out.len();
        writer.plain(&*key)?;
        writer.out.push(b':');
        writer.members.push(Member { key, begin });
        Ok(())
    }

    fn close(self) -> Done {
        let Writer { out, members, spare } = self.writer;
        let own = members.get_mut(self.first..).unwrap_or_default();
        if !own.is_sorted_by(|a, b| a.key.as_bytes() < b.key.as_bytes()) {
            // Each ends where the next one begins, less the comma between them.
            let ends: Vec<usize> = own.iter().skip(1).map(|m| m.begin - 1).chain([out.len()]).collect();
            let mut order: Vec<(&Member, usize)> = own.iter().zip(ends).collect();
            order.sort_by_key(|(member, _)| member.key.as_bytes());
            spare.clear();
            let mut rest = order.into_iter().peekable();
            while let Some((member, end)) = rest.next() {
                // Of a key given twice the last one counts.
                if rest.peek().is_some_and(|(next, _)| next.key == member.key) {
                    continue;
                }
                if !spare.is_empty() {
                    spare.push(b',');
                }
                spare.extend_from_slice(out.get(member.begin..end).unwrap_or_default());
            }
            out.truncate(self.begin);
            out.extend_from_slice(spare);
        }
        members.truncate(self.first);
        out.extend(std::iter::repeat_n(b'}', self.ends));
        Ok(())
    }
}

/// A list being written.
pub(super) struct List<'a> {
    writer: &'a mut Writer,
    begin: usize,
    /// Braces to close after it: one where the list is inside the object of a variant.
    ends: usize,
}

impl List<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        if self.writer.out.len() > self.begin {
            self.writer.out.push(b',');
        }
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Done {
        self.writer.out.push(b']');
        self.writer.out.extend(std::iter::repeat_n(b'}', self.ends));
        Ok(())
    }
}

macro_rules! plainly {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Done {
            self.plain(&value)
        })*
    };
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    plainly!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8]
    );

    // Two programs may print one float differently, and then their hashes differ.
    fn serialize_f32(self, value: f32) -> Done {
        Err(Error::custom(format_args!("{value}: not a whole number")))
    }

    fn serialize_f64(self, value: f64) -> Done {
        Err(Error::custom(format_args!("{value}: not a whole number")))
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.plain(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.tagged(variant)?;
        value.serialize(&mut *self)?;
        self.out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, Error> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, Error> {
        self.tagged(variant)?;
        Ok(List { ends: 1, ..self.list() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, Error> {
        Ok(self.object())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, Error> {
        Ok(self.object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, Error> {
        self.tagged(variant)?;
        Ok(Object { ends: 2, ..self.object() })
    }
}

/// What a map's key is called: a text, or what is written as one.
fn key_of<T: Serialize + ?Sized>(key: &T) -> Result<String, Error> {
    match serde_json::to_value(key)? {
        Value::String(text) => Ok(text),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        _ => Err(Error::custom("a key that is no text")),
    }
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.key(Cow::Owned(key_of(key)?))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Done {
        self.close()
    }
}

impl ser::SerializeStruct for Object<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.key(Cow::Borrowed(key))?;
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Done {
        self.close()
    }
}

impl ser::SerializeStructVariant for Object<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        ser::SerializeStruct::serialize_field(self, key, value)
    }

    fn end(self) -> Done {
        self.close()
    }
}

macro_rules! lists {
    ($($kind:ident: $method:ident),*) => {
        $(impl ser::$kind for List<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.item(value)
            }

            fn end(self) -> Done {
                self.close()
            }
        })*
    };
}

lists!(
    SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);
