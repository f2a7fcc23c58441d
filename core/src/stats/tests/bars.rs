//! What a bar counts is what its condition finds.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float32Array, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;

use super::{dataset, look_at, write};
use crate::data::DatasetFiles;
use crate::jobs::control;
use crate::samples::{Condition, Filter, PageQuery, page};
use crate::stats::{Bins, LengthUnit, columns};

fn files(folder: &std::path::Path) -> DatasetFiles {
    let mut random = fastrand::Rng::with_seed(3);
    let rows = 500;
    let text = |random: &mut fastrand::Rng| {
        let words = ["a", "Привет", "日本 ", "x\u{a0}y", "\u{2003}z", "a\u{1f}b", "\n"];
        (0..random.usize(..90)).map(|_| words[random.usize(..words.len())].to_owned() + " ").collect::<String>()
    };
    let mut some = |nulls: u32| random.u32(..10) >= nulls;
    let there: Vec<bool> = (0..rows).map(|_| some(2)).collect();
    let given = |row: usize| there[row];
    let mut random = fastrand::Rng::with_seed(4);
    let texts: StringArray = (0..rows).map(|row| given(row).then(|| text(&mut random))).collect();
    let whole: Int64Array = (0..rows).map(|row| given(row).then(|| random.i64(-50..1000))).collect();
    let decimals: Float64Array = (0..rows).map(|row| given(row).then(|| random.f64() * 7.0)).collect();
    // The edges between these are no single-precision numbers.
    let singles: Float32Array = (0..rows).map(|row| given(row).then(|| (row % 11) as f32 / 10.0)).collect();
    let truths: BooleanArray = (0..rows).map(|row| given(row).then(|| random.bool())).collect();
    let labels: StringArray =
        (0..rows).map(|row| given(row).then(|| ["it's", "b", "日本"][random.usize(..3)])).collect();
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(
        (0..rows).map(|row| given(row).then(|| vec![Some(1); random.usize(..30)])),
    );
    let days: Date32Array = (0..rows).map(|row| given(row).then(|| random.i32(0..3000))).collect();
    let far: Date32Array =
        (0..rows).map(|row| given(row).then(|| if row % 9 == 0 { 109_000_000 } else { random.i32(0..3000) })).collect();
    let times: TimestampMicrosecondArray =
        (0..rows).map(|row| given(row).then(|| random.i64(0..50_000_000_000))).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a \"text\"", Arc::new(texts)),
        ("whole", Arc::new(whole)),
        ("decimals", Arc::new(decimals)),
        ("singles", Arc::new(singles)),
        ("truths", Arc::new(truths)),
        ("labels", Arc::new(labels)),
        ("lists", Arc::new(lists)),
        ("days", Arc::new(days)),
        ("far days", Arc::new(far)),
        ("times", Arc::new(times)),
    ];
    dataset(vec![("train", vec![write(folder, "a.parquet", columns, 100)])])
}

fn rows_that_meet(files: &DatasetFiles, condition: &Condition) -> u64 {
    let filter = Some(Filter { conditions: vec![condition.clone()] });
    let query = PageQuery { limit: 1, filter, ..PageQuery::default() };
    page(files, &query, &control().0).unwrap_or_else(|error| panic!("{condition:?}: {error}")).total
}

#[test]
fn a_bar_of_any_column_filters_what_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    for column in columns(&files, None, None, &control().0).unwrap() {
        let mut bars = 0;
        for histogram in [&column.histogram, &column.log_histogram].into_iter().flatten() {
            for (bar, count) in histogram.counts.iter().enumerate() {
                let condition = column.bar_condition(histogram, bar).unwrap();
                assert_eq!(rows_that_meet(&files, &condition), *count, "{} {bar} {:?}", column.name, histogram.edges);
                bars += 1;
            }
        }
        for top in &column.top {
            if let Some(condition) = column.value_condition(&top.value) {
                assert_eq!(rows_that_meet(&files, &condition), top.count, "{} {}", column.name, top.value);
                bars += 1;
            }
        }
        assert!(bars > 1, "{}", column.name);
        assert_eq!(rows_that_meet(&files, &column.null_condition()), column.nulls, "{}", column.name);
    }
}

#[test]
fn a_bar_of_lengths_filters_what_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let name = "a \"text\"";
    let lengths = look_at(&files, name, &control().0).unwrap().lengths.overall;
    for (unit, table) in [(LengthUnit::Chars, &lengths.chars), (LengthUnit::Words, &lengths.words)] {
        for bins in [Bins::Standard, Bins::Equal(7), Bins::Log(7), Bins::Custom(vec![13, 50])] {
            let histogram = table.histogram(&bins);
            for (bar, count) in histogram.counts.iter().enumerate() {
                let condition = histogram.range(bar).unwrap().condition(unit, name).unwrap();
                assert_eq!(rows_that_meet(&files, &condition), *count, "{unit:?} {bins:?} {bar}");
            }
        }
    }
    assert_eq!(lengths.chars.histogram(&Bins::Standard).range(0).unwrap().condition(LengthUnit::Tokens, name), None);
}
