//! What is known about JSON values: the narrowest shape that holds all those seen.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use arrow::datatypes::{DataType, Field, Fields};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// An object inside a row with more distinct keys than this uses its keys as data; it is kept as JSON text.
const MAX_NESTED_KEYS: usize = 512;

/// The shape of the values of one column, or of something nested in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Shape {
    /// Nothing but null.
    #[default]
    Null,
    /// true and false.
    Bool,
    /// Numbers only.
    Number(Numbers),
    /// Strings only.
    Text,
    /// Kinds that have no common column: each value as its JSON text, strings as they are.
    Mixed,
    /// Lists of one shape.
    List(Box<Shape>),
    /// Objects.
    Object(Object),
}

/// What kinds of numbers were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may have been seen, with or without the others")]
pub(crate) struct Numbers {
    negative: bool,
    /// Whole numbers above the largest `i64`.
    above_i64: bool,
    fractional: bool,
    /// Whole numbers that floating point does not tell from their neighbours.
    wide: bool,
    /// Numbers so large that a whole number of more than 64 bits may stand behind them.
    huge: bool,
    /// Whole numbers of more than 64 bits.
    beyond: bool,
}

/// Up to here floating point holds every whole number.
const EXACT_IN_FLOAT: u64 = 1 << 53;

/// The first whole number that no signed 64 bits hold, as floating point.
const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;

/// Whether floating point holds this whole number and no other in its place.
pub(super) fn fits_float(magnitude: u64) -> bool {
    magnitude <= EXACT_IN_FLOAT
}

/// Whether a whole number of more than 64 bits may have been read as this one.
pub(super) fn may_be_rounded(value: f64) -> bool {
    value.abs() >= BEYOND_I64
}

impl Numbers {
    fn data_type(self) -> DataType {
        match self {
            // No type holds them, and floating point would change their digits.
            Self { beyond: true, .. } | Self { fractional: true, wide: true, .. } => DataType::Utf8,
            Self { fractional: true, .. } => DataType::Float64,
            // No integer type holds both.
            Self { negative: true, above_i64: true, .. } => DataType::Utf8,
            Self { above_i64: true, .. } => DataType::UInt64,
            _ => DataType::Int64,
        }
    }

    fn join(&mut self, other: Self) {
        self.negative |= other.negative;
        self.above_i64 |= other.above_i64;
        self.fractional |= other.fractional;
        self.wide |= other.wide;
        self.huge |= other.huge;
        self.beyond |= other.beyond;
    }
}

/// The keys of an object and the shapes of their values, in order of first appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    pub(crate) keys: Vec<(String, Shape)>,
    index: HashMap<String, usize>,
    /// For each key, the last object that had it; tells a key that comes twice in one object.
    seen: Vec<u64>,
    objects: u64,
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl Object {
    fn position(&mut self, key: &str, guess: usize) -> usize {
        if self.keys.get(guess).is_some_and(|(name, _)| name == key) {
            return guess;
        }
        if let Some(&position) = self.index.get(key) {
            return position;
        }
        self.index.insert(key.to_owned(), self.keys.len());
        self.keys.push((key.to_owned(), Shape::Null));
        self.seen.push(0);
        self.keys.len() - 1
    }

    /// Widens the keys by those of one more object.
    pub(crate) fn observe<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        self.objects += 1;
        let mut guess = 0;
        while let Some(position) = map.next_key_seed(KeyOf { object: self, guess })? {
            if std::mem::replace(&mut self.seen[position], self.objects) == self.objects {
                return Err(twice(&self.keys[position].0));
            }
            map.next_value_seed(Observe(&mut self.keys[position].1))?;
            guess = position + 1;
        }
        Ok(())
    }

    pub(crate) fn join(&mut self, other: Object) {
        for (place, (key, shape)) in other.keys.into_iter().enumerate() {
            let position = self.position(&key, place);
            self.keys[position].1.join(shape);
        }
    }

    pub(super) fn has_huge(&self) -> bool {
        self.keys.iter().any(|(_, shape)| shape.has_huge())
    }

    /// As [`Shape::note_beyond`], for a row.
    pub(super) fn note_beyond(&mut self, written: &str) -> bool {
        let Ok(values) = serde_json::from_str::<HashMap<Cow<'_, str>, &RawValue>>(written) else { return false };
        self.keys.iter_mut().fold(false, |found, (key, shape)| {
            values.get(key.as_str()).is_some_and(|value| shape.note_beyond(value.get())) || found
        })
    }

    /// The columns that are kept as JSON text, each with the reason, in sentences.
    pub(super) fn explain(&self, path: &str, notes: &mut Vec<String>) {
        for (key, shape) in &self.keys {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            shape.explain(&path, notes);
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        self.keys.iter().map(|(key, shape)| Field::new(key, shape.data_type(), true)).collect()
    }
}

/// The error for a key that one object holds twice; which of the values counts is anybody's guess.
pub(crate) fn twice<E: Error>(key: &str) -> E {
    E::custom(format_args!("the key {key:?} comes twice in one object"))
}

struct KeyOf<'a> {
    object: &'a mut Object,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for KeyOf<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<usize, E> {
        Ok(self.object.position(key, self.guess))
    }
}

impl Shape {
    /// The Arrow type of a column of this shape.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            // Parquet has no column of nothing; text can become anything later.
            Self::Null | Self::Text | Self::Mixed => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Number(numbers) => numbers.data_type(),
            Self::List(inner) => DataType::List(Field::new_list_field(inner.data_type(), true).into()),
            // Parquet has no group without members: `{}` alone is kept as text.
            Self::Object(object) if object.keys.is_empty() => DataType::Utf8,
            Self::Object(object) => DataType::Struct(object.fields()),
        }
    }

    /// Whether the column holds every value as its JSON text.
    pub(crate) fn is_json_text(&self) -> bool {
        match self {
            Self::Mixed => true,
            Self::Number(numbers) => numbers.data_type() == DataType::Utf8,
            Self::Object(object) => object.keys.is_empty(),
            _ => false,
        }
    }

    /// Widens this shape so that it holds the values of the other too.
    pub(crate) fn join(&mut self, other: Shape) {
        match (&mut *self, other) {
            (_, Self::Null) | (Self::Mixed, _) | (Self::Bool, Self::Bool) | (Self::Text, Self::Text) => {}
            (Self::Null, other) => *self = other,
            (Self::Number(mine), Self::Number(others)) => mine.join(others),
            (Self::List(mine), Self::List(others)) => mine.join(*others),
            (Self::Object(mine), Self::Object(others)) => {
                mine.join(others);
                self.limit_keys();
            }
            _ => *self = Self::Mixed,
        }
    }

    /// Whether whole numbers of more than 64 bits may be among those seen.
    pub(super) fn has_huge(&self) -> bool {
        match self {
            Self::Number(numbers) => numbers.huge,
            Self::List(inner) => inner.has_huge(),
            Self::Object(object) => object.has_huge(),
            _ => false,
        }
    }

    /// Notes whole numbers of more than 64 bits in a value, which has been observed, by looking at how it is written.
    /// Answers whether there was one that was not known of.
    pub(super) fn note_beyond(&mut self, written: &str) -> bool {
        match self {
            Self::Number(numbers) => {
                let is_beyond = written.parse::<i64>().is_err()
                    && written.parse::<u64>().is_err()
                    && written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
                let is_new = is_beyond && !numbers.beyond;
                numbers.beyond |= is_beyond;
                is_new
            }
            Self::List(inner) => {
                let items: Vec<&RawValue> = serde_json::from_str(written).unwrap_or_default();
                // Each item is looked at, whatever came before it.
                let found: Vec<bool> = items.iter().map(|item| inner.note_beyond(item.get())).collect();
                found.contains(&true)
            }
            Self::Object(object) => object.note_beyond(written),
            _ => false,
        }
    }

    /// Adds to `notes` the columns that are kept as JSON text, each with the reason. `path` names this one.
    fn explain(&self, path: &str, notes: &mut Vec<String>) {
        let reason = match self {
            Self::Mixed => "its values are of several kinds",
            Self::Number(Numbers { beyond: true, .. }) => "it has whole numbers of more than 64 bits",
            Self::Number(Numbers { wide: true, fractional: true, .. }) => {
                "it has fractions beside whole numbers that floating point would round"
            }
            Self::Number(numbers) if numbers.data_type() == DataType::Utf8 => {
                "it has negative numbers beside whole numbers of 64 bits"
            }
            Self::List(inner) => return inner.explain(&format!("{path}[]"), notes),
            Self::Object(object) => return object.explain(path, notes),
            _ => return,
        };
        notes.push(format!("The column {path} is kept as it is written in JSON, because {reason}."));
    }

    fn limit_keys(&mut self) {
        if matches!(self, Self::Object(object) if object.keys.len() > MAX_NESTED_KEYS) {
            *self = Self::Mixed;
        }
    }
}

/// Widens a shape by the value it is given.
pub(crate) struct Observe<'a>(pub(crate) &'a mut Shape);

impl<'de> DeserializeSeed<'de> for Observe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Observe<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.0.join(Shape::Bool);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.join(Shape::Number(Numbers {
            negative: value < 0,
            wide: !fits_float(value.unsigned_abs()),
            ..Numbers::default()
        }));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.join(Shape::Number(Numbers {
            above_i64: i64::try_from(value).is_err(),
            wide: !fits_float(value),
            ..Numbers::default()
        }));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        let huge = may_be_rounded(value);
        self.0.join(Shape::Number(Numbers { fractional: true, huge, ..Numbers::default() }));
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.0.join(Shape::Text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.join(Shape::List(Box::default()));
        match self.0 {
            Shape::List(inner) => while items.next_element_seed(Observe(inner))?.is_some() {},
            // What is inside a mixed value cannot change its shape, but it must still be well-formed.
            _ => while items.next_element_seed(Observe(&mut Shape::Mixed))?.is_some() {},
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.join(Shape::Object(Object::default()));
        if let Shape::Object(object) = self.0 {
            object.observe(map)?;
            self.0.limit_keys();
        } else {
            while map.next_key::<IgnoredAny>()?.is_some() {
                map.next_value_seed(Observe(&mut Shape::Mixed))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn shape(values: &[Value]) -> Shape {
        let mut shape = Shape::Null;
        for value in values {
            let text = value.to_string();
            Observe(&mut shape).deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        }
        shape
    }

    fn type_of(values: &[Value]) -> DataType {
        shape(values).data_type()
    }

    #[test]
    fn numbers_take_the_narrowest_type_that_keeps_every_digit() {
        assert_eq!(type_of(&[json!(1), json!(-2), json!(null)]), DataType::Int64);
        assert_eq!(type_of(&[json!(1), json!(2.5)]), DataType::Float64);
        assert_eq!(type_of(&[json!(u64::MAX), json!(0)]), DataType::UInt64);
        assert_eq!(type_of(&[json!(u64::MAX), json!(-1)]), DataType::Utf8);
        assert_eq!(type_of(&[json!(1_u64 << 53), json!(0.5)]), DataType::Float64);
        assert_eq!(type_of(&[json!((1_u64 << 53) + 1), json!(0.5)]), DataType::Utf8);
    }

    #[test]
    fn kinds_that_do_not_mix_and_columns_of_nothing_become_text() {
        assert_eq!(shape(&[json!(1), json!("a")]), Shape::Mixed);
        assert_eq!(shape(&[json!([1]), json!({"a": 1})]), Shape::Mixed);
        assert_eq!(type_of(&[json!(null)]), DataType::Utf8);
        assert_eq!(type_of(&[json!({})]), DataType::Utf8);
        assert_eq!(type_of(&[json!([])]), DataType::List(Field::new_list_field(DataType::Utf8, true).into()));
    }

    #[test]
    fn nested_values_keep_their_type_and_keys_their_order() {
        let found = type_of(&[json!({"b": [1]}), json!({"a": true, "b": [2.5, null]})]);
        let list = DataType::List(Field::new_list_field(DataType::Float64, true).into());
        let fields = vec![Field::new("b", list, true), Field::new("a", DataType::Boolean, true)];
        assert_eq!(found, DataType::Struct(fields.into()));
    }

    #[test]
    fn an_object_whose_keys_are_data_is_kept_as_text() {
        let rows: Vec<_> = (0..=MAX_NESTED_KEYS).map(|id| json!({ format!("id{id}"): 1 })).collect();
        assert_eq!(shape(&rows), Shape::Mixed);
        assert!(matches!(shape(&rows[1..]), Shape::Object(_)));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            "[a-c]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn observing_in_parts_and_joining_is_observing_all(values in prop::collection::vec(any_json(), 0..12), cut in 0..12_usize) {
            let cut = cut.min(values.len());
            let mut joined = shape(&values[..cut]);
            joined.join(shape(&values[cut..]));
            prop_assert_eq!(joined.data_type(), type_of(&values));
        }
    }
}
