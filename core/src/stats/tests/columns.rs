use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::datatypes::Int32Type;

use super::{dataset, look_at, write};
use crate::jobs::{Stop, control};
use crate::stats::{ColumnStats, ColumnType, Stats, StatsError, TopValue, columns};

fn described(columns_of: Vec<(&str, ArrayRef)>) -> Vec<ColumnStats> {
    let folder = tempfile::tempdir().unwrap();
    // A folder whose name DuckDB would take for a pattern.
    let odd = folder.path().join("a[b]*'c");
    std::fs::create_dir(&odd).unwrap();
    let file = write(&odd, "x.parquet", columns_of, 1000);
    let (control, handle) = control();
    let described = columns(&dataset(vec![("train", vec![file]), ("empty", vec![])]), None, None, &control).unwrap();
    assert_eq!(handle.report().fraction(), Some(1.0));
    let stats = Stats { columns: described.clone(), ..Stats::default() };
    stats.save(&folder.path().join("stats")).unwrap();
    assert_eq!(Stats::load(&folder.path().join("stats")).unwrap(), stats);
    described
}

fn one(array: ArrayRef) -> ColumnStats {
    described(vec![("a \"quoted\" name", array)]).remove(0)
}

fn top(values: &[(&str, u64)]) -> Vec<TopValue> {
    values.iter().map(|(value, count)| TopValue { value: (*value).to_owned(), count: *count }).collect()
}

#[test]
fn whole_numbers_have_bars_of_whole_width() {
    let column = one(Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(2), None, Some(25)])));
    assert_eq!((column.kind, column.rows, column.nulls, column.distinct), (ColumnType::Int, 5, 1, Some(3)));
    let numbers = column.numbers.unwrap();
    assert_eq!((numbers.min, numbers.p25, numbers.median, numbers.p75, numbers.max), (1.0, 1.75, 2.0, 7.75, 25.0));
    assert!((numbers.mean - 7.5).abs() < 1e-12 && numbers.percentiles_exact);
    // (42.25 + 2 * 30.25 + 306.25) / 3
    assert!((numbers.std - (409.0_f64 / 3.0).sqrt()).abs() < 1e-9);
    let bars = column.histogram.unwrap();
    // (25 - 1 + 1) / 10, rounded up, is 3: nine bars, the last ending at 25.
    assert_eq!(bars.edges, [1.0, 4.0, 7.0, 10.0, 13.0, 16.0, 19.0, 22.0, 25.0, 25.0]);
    assert_eq!(bars.counts, [3, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(column.top, top(&[("2", 2), ("1", 1), ("25", 1)]));
}

#[test]
fn what_is_no_finite_number_is_counted_apart() {
    let column =
        one(Arc::new(Float64Array::from(vec![Some(0.0), Some(10.0), Some(f64::NAN), Some(f64::INFINITY), None])));
    assert_eq!((column.kind, column.nulls, column.not_finite, column.distinct), (ColumnType::Float, 1, 2, Some(2)));
    let numbers = column.numbers.unwrap();
    assert_eq!((numbers.min, numbers.median, numbers.max), (0.0, 5.0, 10.0));
    assert_eq!(column.top, top(&[("0.0", 1), ("10.0", 1)]));
    assert_eq!(column.histogram.unwrap().counts, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn texts_of_few_values_are_labels_and_others_have_lengths() {
    let label = one(Arc::new(StringArray::from(vec![Some("b"), Some("a"), Some("b"), None])));
    assert_eq!((label.kind, label.distinct), (ColumnType::StringLabel, Some(2)));
    assert_eq!(label.top, top(&[("b", 2), ("a", 1)]));
    let texts: Vec<String> = (0..11).map(|number| "é".repeat(number + 100)).chain(["é".repeat(100)]).collect();
    let text = one(Arc::new(StringArray::from(texts)));
    assert_eq!((text.kind, text.distinct), (ColumnType::StringText, Some(11)));
    let lengths = text.numbers.unwrap();
    assert_eq!((lengths.min, lengths.max), (100.0, 110.0));
    // Of long texts only those that occur more than once are listed.
    assert_eq!(text.top, top(&[("é".repeat(100).as_str(), 2)]));
}

#[test]
fn the_rule_for_labels_is_that_of_the_viewer() {
    let of = |different: usize, rows: usize| {
        let values: Vec<String> = (0..rows).map(|row| (row % different).to_string()).collect();
        one(Arc::new(StringArray::from(values))).kind
    };
    assert_eq!(of(10, 10), ColumnType::StringLabel);
    assert_eq!(of(11, 54), ColumnType::StringText);
    assert_eq!(of(11, 55), ColumnType::StringLabel);
    assert_eq!(of(1000, 5000), ColumnType::StringLabel);
    assert_eq!(of(1001, 6000), ColumnType::StringText);
    let ten_and_a_null = (0..11).map(|row| (row < 10).then(|| row.to_string()));
    assert_eq!(one(Arc::new(ten_and_a_null.collect::<StringArray>())).kind, ColumnType::StringText);
    let labels = one(Arc::new((0..100).map(|row| Some((row % 20).to_string())).collect::<StringArray>()));
    assert_eq!(labels.top.len(), 20);
}

#[test]
fn truths_lists_and_times_are_told_apart() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), Some(vec![]), None]);
    let described = described(vec![
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), Some(true), None]))),
        ("list", Arc::new(lists)),
        ("day", Arc::new(Date32Array::from(vec![Some(0), Some(31), None]))),
        ("time", Arc::new(TimestampMicrosecondArray::from(vec![Some(0), Some(1_500_000), None]))),
    ]);
    let [flag, list, day, time] = described.as_slice() else { panic!("{described:?}") };
    assert_eq!((flag.kind, flag.nulls, &flag.top), (ColumnType::Bool, 1, &top(&[("true", 2)])));
    assert_eq!((list.kind, list.nulls, list.distinct), (ColumnType::List, 1, None));
    assert_eq!(list.numbers.map(|numbers| (numbers.min, numbers.max)), Some((0.0, 2.0)));
    let range = |column: &ColumnStats| column.range.clone().unwrap();
    assert_eq!((day.kind, range(day)), (ColumnType::Datetime, ("1970-01-01".to_owned(), "1970-02-01".to_owned())));
    assert_eq!(range(time).1, "1970-01-01 00:00:01.5");
    assert_eq!(time.numbers.map(|numbers| (numbers.mean, numbers.max)), Some((750_000.0, 1_500_000.0)));
}

#[test]
fn times_without_end_and_times_too_far_away_are_counted_apart() {
    let count = 200_500;
    let times = (0..count).map(|second| second * 1_000_000).chain([i64::MAX, -i64::MAX]).collect::<Vec<_>>();
    let infinite = one(Arc::new(TimestampMicrosecondArray::from(times)));
    assert_eq!((infinite.kind, infinite.not_finite, &infinite.note), (ColumnType::Datetime, 2, &None));
    assert_eq!(infinite.distinct, Some(count as u64));
    assert_eq!(infinite.histogram.unwrap().counts.iter().sum::<u64>(), count as u64);
    assert_eq!(infinite.range.unwrap().0, "1970-01-01 00:00:00");

    // In the year 300,000 or so there are more microseconds since 1970 than can be counted.
    let far = one(Arc::new(Date32Array::from(vec![Some(0), Some(109_000_000), None, Some(31)])));
    assert_eq!((far.kind, far.nulls, far.not_finite, far.distinct), (ColumnType::Datetime, 1, 1, Some(2)));
    assert_eq!(far.range, Some(("1970-01-01".to_owned(), "1970-02-01".to_owned())));
    let only = one(Arc::new(Date32Array::from(vec![Some(109_000_000)])));
    assert_eq!((only.not_finite, only.range, only.numbers, only.top), (1, None, None, Vec::new()));
}

#[test]
fn whole_numbers_that_a_double_rounds_keep_every_digit_of_their_ends_and_say_that_the_rest_is_rounded() {
    const LARGE: i64 = 9_007_199_254_740_993;
    let large = one(Arc::new(Int64Array::from(vec![LARGE, LARGE + 2, i64::MAX])));
    assert_eq!(large.exact_range, Some((LARGE.to_string(), i64::MAX.to_string())));
    assert!(!large.numbers.unwrap().percentiles_exact);
    let signed = one(Arc::new(Int64Array::from(vec![i64::MIN, 5])));
    assert_eq!(signed.exact_range, Some((i64::MIN.to_string(), "5".to_owned())));
    let unsigned = one(Arc::new(UInt64Array::from(vec![u64::MAX])));
    assert_eq!(unsigned.exact_range, Some((u64::MAX.to_string(), u64::MAX.to_string())));
    // As a double it is the number before it, which is the last that all doubles tell apart.
    let first = one(Arc::new(Int64Array::from(vec![1, LARGE])));
    assert_eq!(first.exact_range, Some(("1".to_owned(), LARGE.to_string())));
    let small = one(Arc::new(Int64Array::from(vec![LARGE - 2, -1])));
    assert_eq!((small.exact_range, small.numbers.unwrap().percentiles_exact), (None, true));
}

#[test]
fn a_column_without_values_has_no_numbers() {
    let column = one(Arc::new(Int64Array::from(vec![None::<i64>, None])));
    assert_eq!((column.nulls, column.distinct, column.numbers, column.histogram), (2, Some(0), None, None));
    assert!(column.top.is_empty());
}

#[test]
fn very_many_different_numbers_have_exact_percentiles_too() {
    let column = one(Arc::new((0..300_000_i64).collect::<Int64Array>()));
    let numbers = column.numbers.unwrap();
    assert_eq!((numbers.min, numbers.max, column.distinct), (0.0, 299_999.0, Some(300_000)));
    assert!(numbers.percentiles_exact);
    assert!((numbers.median - 149_999.5).abs() < 1e-9 && (numbers.p99 - 296_999.01).abs() < 1e-6);
    assert_eq!(column.histogram.unwrap().counts, [30_000; 10]);
}

#[test]
fn a_stop_interrupts_a_query_that_is_running() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<String> = (0..200_000).map(|number| format!("{number:0>600}")).collect();
    let file = write(folder.path(), "a", vec![("a", Arc::new(StringArray::from(many)))], 100_000);
    let (control, handle) = control();
    let mut asked = None;
    std::thread::scope(|scope| {
        let working = scope.spawn(|| columns(&dataset(vec![("train", vec![file; 8])]), None, None, &control));
        std::thread::sleep(std::time::Duration::from_millis(150));
        handle.stop(Stop::Cancel);
        asked = Some(std::time::Instant::now());
        assert!(matches!(working.join().unwrap(), Err(StatsError::Stopped(_))));
    });
    assert!(asked.unwrap().elapsed() < std::time::Duration::from_secs(1), "{:?}", asked.unwrap().elapsed());
}

#[test]
fn a_stop_before_it_begins_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a", vec![("a", Arc::new(Int64Array::from(vec![1])))], 9);
    let (control, handle) = control();
    handle.stop(Stop::Cancel);
    assert!(matches!(
        columns(&dataset(vec![("train", vec![file])]), None, None, &control),
        Err(StatsError::Stopped(_))
    ));
}

#[test]
fn the_order_of_numbers_does_not_depend_on_how_many_there_are() {
    let count = 150_000;
    let column = one(Arc::new(Int64Array::from_iter_values(0..count)));
    let numbers = column.numbers.unwrap();
    assert_eq!((numbers.min, numbers.median, numbers.max), (0.0, (count - 1) as f64 / 2.0, (count - 1) as f64));
    assert_eq!(column.histogram.unwrap().counts, [15_000; 10]);
}

#[test]
fn what_the_pass_over_the_texts_knows_is_what_reading_the_column_again_finds() {
    let folder = tempfile::tempdir().unwrap();
    let text = |row: usize| match row % 50 {
        0 => None,
        1 => Some(String::new()),
        2 | 3 => Some("the same long text, which comes again and again, with more than sixty-four characters".into()),
        _ => Some(format!("{row} {}", "long text é ".repeat(row % 23 + 3))),
    };
    let column: ArrayRef = Arc::new((0..6000).map(text).collect::<StringArray>());
    let files = dataset(vec![("train", vec![write(folder.path(), "a", vec![("t", column)], 500)])]);
    let texts = look_at(&files, "t", &control().0).unwrap();
    let known = columns(&files, Some(("t", &texts)), None, &control().0).unwrap().remove(0);
    let mut read = columns(&files, None, None, &control().0).unwrap().remove(0);
    assert_eq!(read.top[..2], known.top[..2]);
    let about = known.distinct_approximate.unwrap() as f64 / known.distinct.unwrap() as f64;
    assert!((0.9..1.1).contains(&about), "{about}");
    (read.distinct_approximate, read.top) = (known.distinct_approximate, known.top.clone());
    assert_eq!(read, known);
}

#[test]
fn columns_may_be_called_as_the_queries_call_theirs() {
    let names = ["value", "times", "digest", "bar", "data", "frequent"];
    let long = |row: usize| Some(format!("{} {}", "a long text that is told by its digest ".repeat(3), row % 400));
    let texts: ArrayRef = Arc::new((0..500).map(long).collect::<StringArray>());
    let numbers: ArrayRef = Arc::new((0..500).map(|row| i64::from(row % 7)).collect::<Int64Array>());
    for array in [texts, numbers] {
        let expected = one(Arc::clone(&array));
        for column in described(names.iter().map(|name| (*name, Arc::clone(&array))).collect()) {
            assert!(column.top.len() > 5, "{}", column.name);
            assert_eq!(ColumnStats { name: expected.name.clone(), ..column }, expected);
        }
    }
}
