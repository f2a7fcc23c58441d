//! Rows of odd types and values, for the tests of this room.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray,
    FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int32Array, Int32Builder, LargeStringArray, ListArray,
    MapBuilder, RecordBatch, StringArray, StringBuilder, StructArray, Time64MicrosecondArray,
    TimestampMillisecondArray, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int32Type};

/// Four rows: a plain one, a nasty one, an empty one, and one of nulls.
pub(super) fn odd() -> RecordBatch {
    let turns = turns();
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for pairs in [&[("a", 1)][..], &[("к\"", 2), ("", 3)], &[]] {
        for (key, value) in pairs {
            map.keys().append_value(key);
            map.values().append_value(*value);
        }
        map.append(true).unwrap();
    }
    map.append(false).unwrap();
    let dictionary: DictionaryArray<Int32Type> = vec![Some("x"), Some("y, z"), Some("x"), None].into_iter().collect();
    let pair = Arc::new(Field::new("item", DataType::Float32, true));
    let pairs = Float32Array::from(vec![1.5, 2.0, f32::NAN, 0.1, 0.0, 0.0, 0.0, 0.0]);
    let nulls = vec![true, true, true, false].into();
    let lists = vec![Some(vec![Some(1), None]), Some(vec![Some(-2)]), Some(vec![]), None];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("text", Arc::new(StringArray::from(vec![Some("plain"), Some(" q\"uo,te\r\n\tд 日本"), Some(""), None]))),
        ("large", Arc::new(LargeStringArray::from(vec![Some("a"), Some("NULL"), Some("5"), None]))),
        ("small", Arc::new(Int8Array::from(vec![Some(1), Some(-128), Some(0), None]))),
        ("huge", Arc::new(UInt64Array::from(vec![Some(1), Some(u64::MAX), Some(0), None]))),
        ("short", Arc::new(Float32Array::from(vec![Some(0.1), Some(f32::NAN), Some(0.0), None]))),
        ("number", Arc::new(Float64Array::from(vec![Some(1e300), Some(f64::NEG_INFINITY), Some(-0.0), None]))),
        ("is", Arc::new(BooleanArray::from(vec![Some(true), Some(false), Some(false), None]))),
        ("money", Arc::new(decimals())),
        ("day", Arc::new(Date32Array::from(vec![Some(20_000), Some(-1), Some(0), None]))),
        ("hour", Arc::new(Time64MicrosecondArray::from(vec![Some(86_399_999_999), Some(1), Some(0), None]))),
        (
            "zoned",
            Arc::new(
                TimestampMillisecondArray::from(vec![Some(1_500), Some(-1), Some(0), None])
                    .with_timezone("Europe/Berlin"),
            ),
        ),
        ("bytes", Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), Some(&[7; 40]), Some(b""), None]))),
        ("fixed", Arc::new(fixed())),
        ("dictionary", Arc::new(dictionary)),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
        ("pair", Arc::new(FixedSizeListArray::new(pair, 2, Arc::new(pairs), Some(nulls)))),
        ("turns", Arc::new(turns)),
        ("map", Arc::new(map.finish())),
    ];
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn decimals() -> Decimal128Array {
    let all_digits = 10_i128.pow(37) + 7;
    Decimal128Array::from(vec![Some(1234), Some(-all_digits), Some(0), None]).with_precision_and_scale(38, 2).unwrap()
}

fn fixed() -> FixedSizeBinaryArray {
    let values = [Some([1, 2]), Some([0, 255]), Some([0, 0]), None];
    FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 2).unwrap()
}

/// A list of structs, as conversations are.
fn turns() -> ListArray {
    let fields = Fields::from(vec![Field::new("role", DataType::Utf8, true), Field::new("n", DataType::Int32, true)]);
    let roles: ArrayRef = Arc::new(StringArray::from(vec![Some("user"), Some("бот"), None]));
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let turns = StructArray::new(fields.clone(), vec![roles, numbers], None);
    let item = Arc::new(Field::new("item", DataType::Struct(fields), true));
    let offsets = OffsetBuffer::from_lengths([2, 1, 0, 0]);
    ListArray::new(item, offsets, Arc::new(turns), Some(vec![true, true, true, false].into()))
}
