//! JSON values straight into Arrow columns of a known shape, without a tree in between.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, ListArray, NullBufferBuilder, StringBuilder, StructArray,
    UInt64Builder,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::shape::{Object, Shape, fits_float, may_be_rounded, twice};

/// The columns of a block while its rows are read.
pub(crate) struct Columns {
    object: ObjectColumn,
    seen: Seen,
}

/// What was met while values were put into columns.
#[derive(Default)]
struct Seen {
    /// A value that has no place.
    misfit: Cell<bool>,
    /// A number behind which a whole number of more than 64 bits may stand.
    huge: Cell<bool>,
}

impl Columns {
    /// Columns for about `rows` rows with `bytes` of text in all.
    pub(crate) fn new(shape: &Object, rows: usize, bytes: usize) -> Self {
        Self { object: ObjectColumn::new(shape, rows, bytes), seen: Seen::default() }
    }

    /// Reads one row: an object, or a string, which counts as an object with that `text`. After an error the columns
    /// hold a part of the row and are of no further use.
    pub(crate) fn read_row(&mut self, row: &str) -> Result<(), RowError> {
        let mut deserializer = serde_json::Deserializer::from_str(row);
        let put = PutRow { object: &mut self.object, seen: &self.seen };
        match put.deserialize(&mut deserializer).and_then(|()| deserializer.end()) {
            Ok(()) => Ok(()),
            Err(_) if self.seen.misfit.get() => Err(RowError::Misfit),
            Err(error) => Err(RowError::Malformed(error)),
        }
    }

    /// Whether a whole number of more than 64 bits may have been rounded.
    pub(crate) fn may_be_rounded(&self) -> bool {
        self.seen.huge.get()
    }

    /// The columns, all of the same length.
    pub(crate) fn finish(self) -> Result<Vec<ArrayRef>, ArrowError> {
        self.object.children.into_iter().map(Column::finish).collect()
    }
}

/// Why a row could not be read into columns.
#[derive(Debug)]
pub(crate) enum RowError {
    /// It may be well-formed, but holds a key or a value that the shape has no place for.
    Misfit,
    /// It is not well-formed.
    Malformed(serde_json::Error),
}

enum Column {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Json(StringBuilder),
    /// So many nulls.
    Null(usize),
    List(ListColumn),
    Object(ObjectColumn),
}

struct ListColumn {
    ends: Vec<i32>,
    valid: NullBufferBuilder,
    items: Box<Column>,
}

struct ObjectColumn {
    names: Vec<String>,
    index: HashMap<String, usize>,
    children: Vec<Column>,
    /// For each key, the last row that had it.
    seen: Vec<usize>,
    valid: NullBufferBuilder,
    rows: usize,
}

impl Column {
    fn new(shape: &Shape, rows: usize, bytes: usize) -> Self {
        match shape {
            shape if shape.is_json_text() => Self::Json(StringBuilder::with_capacity(rows, 0)),
            Shape::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            Shape::Number(_) => match shape.data_type() {
                DataType::Float64 => Self::Float(Float64Builder::with_capacity(rows)),
                DataType::UInt64 => Self::UInt(UInt64Builder::with_capacity(rows)),
                _ => Self::Int(Int64Builder::with_capacity(rows)),
            },
            Shape::Text => Self::Text(StringBuilder::with_capacity(rows, bytes)),
            Shape::List(items) => Self::List(ListColumn {
                ends: Vec::with_capacity(rows),
                valid: NullBufferBuilder::new(rows),
                items: Box::new(Self::new(items, rows, 0)),
            }),
            Shape::Object(object) => Self::Object(ObjectColumn::new(object, rows, 0)),
            Shape::Null | Shape::Mixed => Self::Null(0),
        }
    }

    fn len(&self) -> usize {
        use arrow::array::ArrayBuilder;
        match self {
            Self::Bool(builder) => builder.len(),
            Self::Int(builder) => builder.len(),
            Self::UInt(builder) => builder.len(),
            Self::Float(builder) => builder.len(),
            Self::Text(builder) | Self::Json(builder) => builder.len(),
            Self::Null(count) => *count,
            Self::List(list) => list.ends.len(),
            Self::Object(object) => object.rows,
        }
    }

    fn put_null(&mut self) {
        match self {
            Self::Bool(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
            Self::UInt(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Text(builder) | Self::Json(builder) => builder.append_null(),
            Self::Null(count) => *count += 1,
            Self::List(list) => list.end(false),
            Self::Object(object) => {
                for child in &mut object.children {
                    child.put_null();
                }
                object.valid.append_null();
                object.rows += 1;
            }
        }
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::UInt(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) | Self::Json(mut builder) => Arc::new(builder.finish()),
            Self::Null(count) => arrow::array::new_null_array(&DataType::Utf8, count),
            Self::List(mut list) => {
                let items = list.items.finish()?;
                let field = Arc::new(Field::new_list_field(items.data_type().clone(), true));
                let mut offsets = list.ends;
                offsets.insert(0, 0);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(ListArray::try_new(field, offsets, items, list.valid.finish())?)
            }
            Self::Object(mut object) => {
                let children = object.children.into_iter().map(Self::finish).collect::<Result<Vec<_>, _>>()?;
                let fields: Fields = object
                    .names
                    .iter()
                    .zip(&children)
                    .map(|(name, child)| Field::new(name, child.data_type().clone(), true))
                    .collect();
                Arc::new(StructArray::try_new(fields, children, object.valid.finish())?)
            }
        })
    }
}

impl ListColumn {
    /// Ends one list after the items put since the last.
    fn end(&mut self, valid: bool) {
        // A block is far below 2 GiB and an item takes at least one byte of it.
        self.ends.push(self.items.len() as i32);
        self.valid.append(valid);
    }
}

impl ObjectColumn {
    fn new(shape: &Object, rows: usize, bytes: usize) -> Self {
        let names: Vec<String> = shape.keys.iter().map(|(name, _)| name.clone()).collect();
        // Which of several text columns holds most is not known; the builders grow where the share is too small.
        let each = bytes / shape.keys.iter().filter(|(_, shape)| *shape == Shape::Text).count().max(1);
        Self {
            index: names.iter().cloned().enumerate().map(|(position, name)| (name, position)).collect(),
            children: shape.keys.iter().map(|(_, shape)| Column::new(shape, rows, each)).collect(),
            seen: vec![0; names.len()],
            valid: NullBufferBuilder::new(rows),
            rows: 0,
            names,
        }
    }

    fn put<'de, A: MapAccess<'de>>(&mut self, mut map: A, seen: &Seen) -> Result<(), A::Error> {
        self.rows += 1;
        let mut guess = 0;
        let mut filled = 0;
        while let Some(position) = map.next_key_seed(KeyOf { object: self, guess })? {
            let Some(position) = position else { return Err(no_place(seen)) };
            if std::mem::replace(&mut self.seen[position], self.rows) == self.rows {
                return Err(twice(&self.names[position]));
            }
            map.next_value_seed(Put { column: &mut self.children[position], seen })?;
            guess = position + 1;
            filled += 1;
        }
        if filled < self.children.len() {
            for (child, _) in self.children.iter_mut().zip(&self.seen).filter(|(_, seen)| **seen != self.rows) {
                child.put_null();
            }
        }
        self.valid.append_non_null();
        Ok(())
    }

    /// Puts a string that stands in the place of a row.
    fn put_text<E: Error>(&mut self, text: &str, seen: &Seen) -> Result<(), E> {
        let Some(&position) = self.index.get(super::TEXT) else { return Err(no_place(seen)) };
        self.rows += 1;
        for (other, child) in self.children.iter_mut().enumerate() {
            if other == position {
                Put { column: child, seen }.visit_str(text)?;
            } else {
                child.put_null();
            }
        }
        self.valid.append_non_null();
        Ok(())
    }
}

fn no_place<E: Error>(seen: &Seen) -> E {
    seen.misfit.set(true);
    E::custom("a value of another kind than before")
}

struct KeyOf<'a> {
    object: &'a ObjectColumn,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        if self.object.names.get(self.guess).is_some_and(|name| name == key) {
            return Ok(Some(self.guess));
        }
        Ok(self.object.index.get(key).copied())
    }
}

/// Puts a whole row.
struct PutRow<'a> {
    object: &'a mut ObjectColumn,
    seen: &'a Seen,
}

impl<'de> DeserializeSeed<'de> for PutRow<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PutRow<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(super::ROW_KIND)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.object.put_text(text, self.seen)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.object.put(map, self.seen)
    }
}

/// Puts one value into one column.
struct Put<'a> {
    column: &'a mut Column,
    seen: &'a Seen,
}

impl<'de> DeserializeSeed<'de> for Put<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Column::Json(builder) = self.column else { return deserializer.deserialize_any(self) };
        // As written, digit by digit; only strings are taken out of their quotes.
        match <&RawValue>::deserialize(deserializer)?.get() {
            "null" => builder.append_null(),
            text if text.starts_with('"') => {
                builder.append_value(serde_json::from_str::<Cow<'_, str>>(text).map_err(D::Error::custom)?);
            }
            text => builder.append_value(text),
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Put<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.column.put_null();
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.column {
            Column::Bool(builder) => builder.append_value(value),
            _ => return Err(no_place(self.seen)),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match self.column {
            Column::Int(builder) => builder.append_value(value),
            Column::Float(builder) if fits_float(value.unsigned_abs()) => builder.append_value(value as f64),
            Column::UInt(builder) if value >= 0 => builder.append_value(value as u64),
            _ => return Err(no_place(self.seen)),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match (self.column, i64::try_from(value)) {
            (Column::Int(builder), Ok(value)) => builder.append_value(value),
            (Column::Float(builder), _) if fits_float(value) => builder.append_value(value as f64),
            (Column::UInt(builder), _) => builder.append_value(value),
            _ => return Err(no_place(self.seen)),
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.column {
            Column::Float(builder) => {
                self.seen.huge.set(self.seen.huge.get() || may_be_rounded(value));
                builder.append_value(value);
            }
            _ => return Err(no_place(self.seen)),
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        match self.column {
            Column::Text(builder) | Column::Json(builder) => builder.append_value(value),
            _ => return Err(no_place(self.seen)),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Column::List(list) = self.column else { return Err(no_place(self.seen)) };
        while items.next_element_seed(Put { column: &mut list.items, seen: self.seen })?.is_some() {}
        list.end(true);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.column {
            Column::Object(object) => object.put(map, self.seen),
            _ => Err(no_place(self.seen)),
        }
    }
}
