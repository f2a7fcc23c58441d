//! One Arrow value as JSON, the way a person reads it.
//!
//! Lists stay lists, structs and maps with text keys become objects. What JSON has no form for becomes text: bytes
//! (hexadecimal), decimals (all digits), dates, times and durations (ISO 8601), NaN and the infinities.
//! One odd value never keeps the others from being shown.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use serde_json::{Map, Number, Value};

use super::plain::PlainTexts;
use crate::units;

/// What instants are shown in.
const UTC: &str = "+00:00";
/// Bytes of a binary value that are spelled out.
const SHOWN_BYTES: usize = 32;

/// Items of the lists and maps of a clamped value that are there, in all of them together.
const SHOWN_ITEMS: usize = 200;

/// Cuts long texts and lists, and remembers how long the texts were.
#[derive(Debug)]
pub(crate) struct Clamp {
    limit: Option<usize>,
    /// Items of lists that may still be there.
    items: usize,
    chars: u64,
    cut: bool,
}

impl Clamp {
    pub(crate) fn to(limit: Option<usize>) -> Self {
        Self { limit, items: if limit.is_some() { SHOWN_ITEMS } else { usize::MAX }, chars: 0, cut: false }
    }

    /// Whether anything was cut.
    pub(crate) fn cut(&self) -> bool {
        self.cut
    }

    /// Characters in all texts seen, before cutting.
    pub(crate) fn chars(&self) -> u64 {
        self.chars
    }

    /// How many of so many items may be there.
    fn take_items(&mut self, count: usize) -> usize {
        let shown = count.min(self.items);
        self.items -= shown;
        self.cut |= shown < count;
        shown
    }

    /// Counts the characters of items that are not there.
    fn pass_over(&mut self, values: &dyn Array, from: usize) -> Result<(), ArrowError> {
        if values.data_type().is_primitive() {
            return Ok(());
        }
        let mut passed = Self { limit: Some(0), items: 0, chars: 0, cut: false };
        for place in from..values.len() {
            to_json(values, place, &mut passed)?;
        }
        self.chars += passed.chars;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Value {
        let Some(limit) = self.limit else { return Value::String(text.to_owned()) };
        self.chars += text.chars().count() as u64;
        match text.char_indices().nth(limit) {
            Some((end, _)) => {
                self.cut = true;
                Value::String(text[..end].to_owned())
            }
            None => Value::String(text.to_owned()),
        }
    }
}

/// The value at `place`, whole.
pub(crate) fn value_at(array: &dyn Array, place: usize) -> Result<Value, ArrowError> {
    to_json(array, place, &mut Clamp::to(None))
}

/// The value at `place`.
pub(crate) fn to_json(array: &dyn Array, place: usize, clamp: &mut Clamp) -> Result<Value, ArrowError> {
    if array.is_null(place) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(place)),
        DataType::Int8 => integer::<Int8Type>(array, place),
        DataType::Int16 => integer::<Int16Type>(array, place),
        DataType::Int32 => integer::<Int32Type>(array, place),
        DataType::Int64 => integer::<Int64Type>(array, place),
        DataType::UInt8 => integer::<UInt8Type>(array, place),
        DataType::UInt16 => integer::<UInt16Type>(array, place),
        DataType::UInt32 => integer::<UInt32Type>(array, place),
        DataType::UInt64 => integer::<UInt64Type>(array, place),
        DataType::Float16 => short_float(array.as_primitive::<Float16Type>().value(place).to_f32()),
        DataType::Float32 => short_float(array.as_primitive::<Float32Type>().value(place)),
        DataType::Float64 => float(array.as_primitive::<Float64Type>().value(place)),
        DataType::Utf8 => clamp.text(array.as_string::<i32>().value(place)),
        DataType::LargeUtf8 => clamp.text(array.as_string::<i64>().value(place)),
        DataType::Utf8View => clamp.text(array.as_string_view().value(place)),
        DataType::Binary => bytes(array.as_binary::<i32>().value(place)),
        DataType::LargeBinary => bytes(array.as_binary::<i64>().value(place)),
        DataType::BinaryView => bytes(array.as_binary_view().value(place)),
        DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary().value(place)),
        DataType::List(_) => list(&array.as_list::<i32>().value(place), clamp)?,
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(place), clamp)?,
        DataType::ListView(_) => list(&array.as_list_view::<i32>().value(place), clamp)?,
        DataType::LargeListView(_) => list(&array.as_list_view::<i64>().value(place), clamp)?,
        DataType::FixedSizeList(..) => list(&array.as_fixed_size_list().value(place), clamp)?,
        DataType::Struct(_) => Value::Object(object(array.as_struct(), place, clamp)?),
        DataType::Map(..) => map(array.as_map(), place, clamp)?,
        DataType::Dictionary(..) => {
            let single = array.slice(place, 1);
            let dictionary = single.as_any_dictionary();
            to_json(dictionary.values(), dictionary.normalized_keys()[0], clamp)?
        }
        DataType::Timestamp(unit, Some(_)) => {
            // The stored instant is UTC whatever the zone; naming it so needs no table of time zones.
            let utc = cast(&array.slice(place, 1), &DataType::Timestamp(*unit, Some(UTC.into())))?;
            Value::String(formatted(&utc, 0)?)
        }
        // Dates, times, decimals, durations, intervals, unions, run-length encoded values.
        _ => Value::String(formatted(array, place)?),
    })
}

fn integer<T: ArrowPrimitiveType>(array: &dyn Array, place: usize) -> Value
where
    T::Native: Into<Number>,
{
    Value::Number(array.as_primitive::<T>().value(place).into())
}

/// A single-precision number with the digits it is written with, not those of its double.
fn short_float(value: f32) -> Value {
    value.to_string().parse().map_or_else(|_| float(f64::from(value)), float)
}

fn float(value: f64) -> Value {
    let spelled = || match value {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    };
    Number::from_f64(value).map_or_else(|| Value::String(spelled().to_owned()), Value::Number)
}

/// Bytes as `0x…`; of long ones the beginning and the size.
fn bytes(value: &[u8]) -> Value {
    let shown = &value[..value.len().min(SHOWN_BYTES)];
    let mut text = String::with_capacity(2 + 2 * shown.len());
    text.push_str("0x");
    for byte in shown {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    if value.len() > shown.len() {
        let _ = write!(text, "… ({})", units::size(value.len() as u64));
    }
    Value::String(text)
}

fn list(values: &ArrayRef, clamp: &mut Clamp) -> Result<Value, ArrowError> {
    let shown = clamp.take_items(values.len());
    let mut items = (0..shown).map(|place| to_json(values, place, clamp)).collect::<Result<Vec<_>, _>>()?;
    if shown < values.len() {
        items.push(more(values.len() - shown));
        clamp.pass_over(values, shown)?;
    }
    Ok(Value::Array(items))
}

/// What stands for items that are not there.
fn more(count: usize) -> Value {
    Value::String(format!("… {} more", units::count(count as u64)))
}

fn object(array: &StructArray, place: usize, clamp: &mut Clamp) -> Result<Map<String, Value>, ArrowError> {
    let fields = array.fields().iter().zip(array.columns());
    fields.map(|(field, column)| Ok((field.name().clone(), to_json(column, place, clamp)?))).collect()
}

/// An object where the keys are distinct texts, a list of key-value pairs otherwise.
fn map(array: &MapArray, place: usize, clamp: &mut Clamp) -> Result<Value, ArrowError> {
    let entries = array.value(place);
    let shown = clamp.take_items(entries.len());
    let mut pairs = Vec::with_capacity(shown + 1);
    for entry in 0..shown {
        let key = to_json(entries.column(0), entry, &mut Clamp::to(clamp.limit))?;
        pairs.push((key, to_json(entries.column(1), entry, clamp)?));
    }
    if shown < entries.len() {
        pairs.push((Value::String("…".to_owned()), more(entries.len() - shown)));
        clamp.pass_over(entries.column(1), shown)?;
    }
    let mut object = Map::with_capacity(pairs.len());
    for (key, value) in &pairs {
        if let Value::String(key) = key {
            object.insert(key.clone(), value.clone());
        }
    }
    if object.len() == pairs.len() {
        return Ok(Value::Object(object));
    }
    let pair = |(key, value)| Value::Object(Map::from_iter([("key".to_owned(), key), ("value".to_owned(), value)]));
    Ok(Value::Array(pairs.into_iter().map(pair).collect()))
}

fn formatted(array: &dyn Array, place: usize) -> Result<String, ArrowError> {
    let mut text = String::new();
    PlainTexts::of(array)?.put(place, &mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, Date32Array, Decimal128Array, DictionaryArray, DurationSecondArray, Float32Array, Float64Array,
        Int32Array, Int32Builder, ListArray, MapBuilder, StringArray, StringBuilder, StringViewArray,
        Time64MicrosecondArray, TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
    };
    use arrow::datatypes::{Date32Type, Field, Fields, Int32Type};
    use serde_json::json;

    use super::*;

    fn shown(array: impl Array) -> Vec<Value> {
        (0..array.len()).map(|place| to_json(&array, place, &mut Clamp::to(None)).unwrap()).collect()
    }

    #[test]
    fn numbers_keep_the_digits_they_were_stored_with() {
        assert_eq!(shown(UInt64Array::from(vec![Some(u64::MAX), None])), [json!(u64::MAX), Value::Null]);
        assert_eq!(shown(Float32Array::from(vec![0.1, 1e30])), [json!(0.1), json!(1e30)]);
        let odd = Float64Array::from(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5]);
        assert_eq!(shown(odd), [json!("NaN"), json!("Infinity"), json!("-Infinity"), json!(-0.5)]);
        let decimals = Decimal128Array::from(vec![1234, -5]).with_precision_and_scale(38, 2).unwrap();
        assert_eq!(shown(decimals), [json!("12.34"), json!("-0.05")]);
    }

    #[test]
    fn times_are_iso_8601_and_zoned_ones_say_utc() {
        assert_eq!(shown(Date32Array::from(vec![0, 20000])), [json!("1970-01-01"), json!("2024-10-04")]);
        assert_eq!(shown(TimestampSecondArray::from(vec![86_399])), [json!("1970-01-01T23:59:59")]);
        let zoned = TimestampMicrosecondArray::from(vec![1_500_000]).with_timezone("Europe/Berlin");
        assert_eq!(shown(zoned), [json!("1970-01-01T00:00:01.500Z")]);
    }

    #[test]
    fn a_date_that_no_calendar_has_is_said_as_what_it_stands_for() {
        let days = Date32Array::from(vec![i32::MAX, -i32::MAX, i32::MIN, 2_000_000_000, 0]);
        let expected = ["infinity", "-infinity", "-infinity", "2000000000 days", "1970-01-01"];
        assert_eq!(shown(days), expected);
        let times = TimestampMicrosecondArray::from(vec![i64::MAX, -i64::MAX, i64::MAX - 1, 0]);
        let expected = ["infinity", "-infinity", "9223372036854775806 µs", "1970-01-01T00:00:00"];
        assert_eq!(shown(times.clone()), expected);
        let expected = ["infinity", "-infinity", "9223372036854775806 µs", "1970-01-01T00:00:00Z"];
        assert_eq!(shown(times.with_timezone("Europe/Berlin")), expected);
        let hours = Time64MicrosecondArray::from(vec![i64::MAX, 1]);
        assert_eq!(shown(hours), ["9223372036854775807 µs", "00:00:00.000001"]);
        assert_eq!(shown(DurationSecondArray::from(vec![i64::MAX])), ["9223372036854775807 s"]);
        let lists = ListArray::from_iter_primitive::<Date32Type, _, _>(vec![Some(vec![Some(0), Some(i32::MAX)])]);
        assert_eq!(shown(lists), [json!(["1970-01-01", "infinity"])]);
    }

    #[test]
    fn bytes_are_hexadecimal_and_long_ones_say_their_size() {
        let bytes = BinaryArray::from_vec(vec![b"\x00\xff", &[7; 2048]]);
        assert_eq!(shown(bytes), [json!("0x00ff"), json!(format!("0x{}… (2.0 KB)", "07".repeat(32)))]);
    }

    #[test]
    fn texts_of_every_layout_read_alike() {
        assert_eq!(
            shown(StringViewArray::from(vec!["日本", "a text too long to be inline"]))[1],
            "a text too long to be inline"
        );
        let dictionary: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("y"), Some("x")].into_iter().collect();
        assert_eq!(shown(dictionary), [json!("x"), Value::Null, json!("y"), json!("x")]);
    }

    #[test]
    fn of_long_lists_and_maps_the_first_items_are_there_and_all_characters_are_counted() {
        let numbers = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some((0..5_000_000).map(Some))]);
        let mut clamp = Clamp::to(Some(10));
        let Value::Array(items) = to_json(&numbers, 0, &mut clamp).unwrap() else { panic!("a list") };
        assert_eq!((items.len(), items.last()), (SHOWN_ITEMS + 1, Some(&json!("… 4,999,800 more"))));
        assert!(clamp.cut());

        let mut words = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        for place in 0..1_000 {
            words.keys().append_value(place.to_string());
            words.values().append_value("abc");
        }
        words.append(true).unwrap();
        let words = words.finish();
        let mut clamp = Clamp::to(Some(10));
        let Value::Object(pairs) = to_json(&words, 0, &mut clamp).unwrap() else { panic!("an object") };
        assert_eq!((pairs.len(), pairs.get("…")), (SHOWN_ITEMS + 1, Some(&json!("… 800 more"))));
        assert_eq!(clamp.chars(), 3_000);
        assert_eq!(value_at(&words, 0).unwrap().as_object().unwrap().len(), 1_000);
    }

    #[test]
    fn nested_values_stay_nested() {
        let lists =
            ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
        assert_eq!(shown(lists), [json!([1, null]), Value::Null, json!([])]);
        let fields =
            Fields::from(vec![Field::new("role", DataType::Utf8, true), Field::new("n", DataType::Int32, true)]);
        let columns: Vec<ArrayRef> =
            vec![Arc::new(StringArray::from(vec!["user"])), Arc::new(Int32Array::from(vec![3]))];
        assert_eq!(shown(StructArray::new(fields, columns, None)), [json!({"role": "user", "n": 3})]);
        let mut words = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
        words.keys().append_value("a");
        words.values().append_value(1);
        words.append(true).unwrap();
        assert_eq!(shown(words.finish()), [json!({"a": 1})]);
        let mut numbers = MapBuilder::new(None, Int32Builder::new(), Int32Builder::new());
        numbers.keys().append_value(5);
        numbers.values().append_null();
        numbers.append(true).unwrap();
        assert_eq!(shown(numbers.finish()), [json!([{"key": 5, "value": null}])]);
    }
}
