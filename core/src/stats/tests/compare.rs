use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{dataset, look_at, write};
use crate::data::DatasetFiles;
use crate::jobs::control;
use crate::stats::{Bins, ExportFormat, LengthUnit, Stats, columns, compare_lengths, compare_samples};

fn files(folder: &std::path::Path, name: &str, train: &[&str], test: &[&str]) -> DatasetFiles {
    let column = |texts: &[&str]| -> ArrayRef { Arc::new(StringArray::from(texts.to_vec())) };
    let write = |split: &str, texts| write(folder, &format!("{name}-{split}"), vec![("t", column(texts))], 2);
    dataset(vec![("train", vec![write("train", train)]), ("test", vec![write("test", test)])])
}

#[test]
fn shared_samples_are_counted_by_text_and_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let one = files(folder.path(), "one", &["a", "b", "", "b", "c"], &["d"]);
    let other = files(folder.path(), "other", &["", "x"], &["b", "d", "d", "y"]);
    let found = compare_samples((&one, "t"), (&other, "t"), &control().0).unwrap();
    assert_eq!((found.a_texts, found.b_texts, found.shared_texts, found.a_rows, found.b_rows), (4, 4, 2, 3, 3));
    let first: Vec<_> =
        found.first.iter().map(|row| (row.a_split.as_str(), row.a_row, row.b_split.as_str(), row.b_row)).collect();
    assert_eq!(first, [("train", 1, "test", 0), ("test", 0, "test", 1)]);
}

#[test]
fn lengths_are_held_against_each_other_in_the_same_bars() {
    let folder = tempfile::tempdir().unwrap();
    let stats = |name, texts: &[&str]| {
        let files = files(folder.path(), name, texts, &[]);
        Stats { text: Some(look_at(&files, "t", &control().0).unwrap().lengths), ..Stats::default() }
    };
    let (one, other) = (stats("one", &["a", "bb bb"]), stats("other", &["a", "a", &"long ".repeat(400)]));
    let compared = compare_lengths(&one, &other);
    assert_eq!(compared.iter().map(|lengths| lengths.unit).collect::<Vec<_>>(), [LengthUnit::Chars, LengthUnit::Words]);
    for lengths in compared {
        assert_eq!(lengths.a_histogram.edges, lengths.b_histogram.edges);
        assert_eq!(lengths.a_histogram.counts.iter().sum::<u64>(), 2);
        assert_eq!(lengths.b_histogram.counts.iter().sum::<u64>(), 3);
        assert_eq!((lengths.a.unwrap().count, lengths.b.unwrap().count), (2, 3));
    }
    assert!(compare_lengths(&one, &Stats::default()).is_empty());
}

#[test]
fn an_export_says_the_same_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), "one", &["a, \"b\"\nc", "a, \"b\"\nc", "longer text"], &["a, \"b\"\nc", "é"]);
    let texts = look_at(&files, "t", &control().0).unwrap();
    let described = columns(&files, None, None, &control().0).unwrap();
    let stats =
        Stats { text: Some(texts.lengths), quality: Some(texts.quality), columns: described, ..Stats::default() };
    let write = |format, name: &str| {
        let path = folder.path().join(name);
        assert_eq!(ExportFormat::of(&path), Some(format));
        stats.export(&Bins::Standard, None, None, format, &path).unwrap();
        stats.export(&Bins::Standard, None, None, format, &path).unwrap();
        path
    };
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(write(ExportFormat::Json, "x.json")).unwrap()).unwrap();
    assert_eq!(json["quality"]["duplicates"]["repeated"], 2);
    assert_eq!(json["split_lengths"][1]["units"][0]["max"], 8);
    let parquet = write(ExportFormat::Parquet, "x.parquet");
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&parquet).unwrap()).unwrap();
    let rows: usize = reader.build().unwrap().map(|batch| batch.unwrap().column(0).len()).sum();
    let csv = write(ExportFormat::Csv, "x.csv");
    let records: Vec<csv::StringRecord> = csv::Reader::from_path(&csv).unwrap().records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows);
    let figure = |section: &str, name: &str, item: &str| {
        let found =
            records.iter().find(|row| &row[0] == section && &row[2] == name && &row[3] == item && row[1].is_empty());
        found.map(|row| row[7].parse::<f64>().unwrap())
    };
    assert_eq!(figure("lengths", "chars", "max"), Some(11.0));
    assert_eq!(figure("quality", "repeated_rows", ""), Some(2.0));
    assert_eq!(figure("columns", "t", "distinct"), Some(3.0));
    assert!(records.iter().any(|row| &row[0] == "column_values" && &row[8] == "a, \"b\"\nc"));
    assert_eq!(ExportFormat::of(std::path::Path::new("x.xlsx")), None);
}
