use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int64Array, NullArray, RecordBatch, StringArray, UnionArray,
};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Schema, UnionFields};
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use tempfile::TempDir;

use crate::ingest::{ConvertOptions, Converted, IngestError, SourceFile, convert};
use crate::jobs::{Stop, control};

fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(rows.clone().map(|n| format!("text {n}"))));
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(rows)) as ArrayRef), ("text", texts)])
        .unwrap()
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn converted(files: &[(&str, &[u8])]) -> (TempDir, Result<Converted, IngestError>) {
    let folder = tempfile::tempdir().unwrap();
    let sources: Vec<_> = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            SourceFile::new(path, *name, "train")
        })
        .collect();
    let (control, handle) = control();
    let outcome = convert(&sources, &folder.path().join("made"), &ConvertOptions::default(), &control);
    assert_eq!(outcome.is_ok(), folder.path().join("made").exists(), "only a whole conversion leaves something");
    if outcome.is_ok() {
        assert_eq!(handle.report().fraction(), Some(1.0));
    }
    (folder, outcome)
}

/// Reads a file without converting it, and counts its rows.
fn rows_of(bytes: &[u8]) -> Result<usize, IngestError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, bytes).unwrap();
    let (control, _handle) = control();
    let mut batches = super::Batches::open(&SourceFile::new(file.path(), "a.arrow", "train"), &control)?;
    let target = super::Target::new("a.arrow", batches.schema())?.schema();
    let mut rows = 0;
    while let Some(batch) = batches.next(&control)? {
        rows += super::conform(&target, &batch).map_or(0, |batch| batch.num_rows());
    }
    Ok(rows)
}

fn refused(files: &[(&str, &[u8])]) -> String {
    converted(files).1.unwrap_err().to_string()
}

fn table(files: &[(&str, &[u8])]) -> RecordBatch {
    let (_folder, outcome) = converted(files);
    crate::ingest::convert::read_back(&outcome.unwrap())
}

fn numbers(table: &RecordBatch) -> Vec<i64> {
    table["n"].as_primitive::<arrow::datatypes::Int64Type>().values().to_vec()
}

#[test]
fn a_file_and_a_stream_give_the_same_rows_compressed_or_not() {
    let batches = [batch(0..3), batch(3..1000), batch(1000..1001)];
    let expected = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    for (name, bytes) in [
        ("a.arrow", stream(&batches)),
        ("a.arrow", file(&batches, None)),
        ("a.arrow", file(&batches, Some(CompressionType::LZ4_FRAME))),
        ("a.arrow", file(&batches, Some(CompressionType::ZSTD))),
        ("a.arrow.gz", gzip(&file(&batches, None))),
        ("a.arrow.zst", zstd::encode_all(&stream(&batches)[..], 1).unwrap()),
    ] {
        assert_eq!(table(&[(name, &bytes)]), expected, "{name}");
    }
}

#[test]
fn files_share_columns_in_any_order_and_the_first_difference_is_named() {
    let swapped = batch(3..6).project(&[1, 0]).unwrap();
    let found = table(&[("a.arrow", &stream(&[batch(0..3)])), ("b.arrow", &stream(&[swapped]))]);
    assert_eq!(numbers(&found), (0..6).collect::<Vec<_>>());
    let other = RecordBatch::try_from_iter([
        ("n", Arc::new(StringArray::from(vec!["1"])) as ArrayRef),
        ("text", Arc::new(StringArray::from(vec!["x"])) as ArrayRef),
    ]);
    let error = refused(&[("a.arrow", &stream(&[batch(0..3)])), ("b.arrow", &stream(&[other.unwrap()]))]);
    assert!(error.starts_with("b.arrow does not fit a.arrow: its column \"n\" is string, not int64."), "{error}");
    let fewer = batch(0..1).project(&[0]).unwrap();
    let error = refused(&[("a.arrow", &stream(&[batch(0..3)])), ("b.arrow", &stream(&[fewer]))]);
    assert!(error.contains("it has no column \"text\""), "{error}");
}

#[test]
fn texts_of_any_width_and_columns_of_nothing_fit_each_other() {
    let kinds = [DataType::LargeUtf8, DataType::Utf8View, DataType::Utf8];
    let mut files: Vec<Vec<u8>> =
        vec![stream(&[RecordBatch::try_from_iter([("text", Arc::new(NullArray::new(2)) as ArrayRef)]).unwrap()])];
    for kind in &kinds {
        let texts = arrow::compute::cast(&StringArray::from(vec!["one", "two"]), kind).unwrap();
        files.push(stream(&[RecordBatch::try_from_iter([("text", texts)]).unwrap()]));
    }
    let names = ["a.arrow", "b.arrow", "c.arrow", "d.arrow"];
    let files: Vec<(&str, &[u8])> = names.into_iter().zip(files.iter().map(Vec::as_slice)).collect();
    let found = table(&files);
    assert_eq!(found["text"].data_type(), &DataType::LargeUtf8);
    assert_eq!((found.num_rows(), found["text"].null_count()), (8, 2));
}

#[test]
fn dictionaries_become_their_values_even_where_all_of_them_together_have_too_many_keys() {
    let label = |from: usize| {
        let labels: Vec<String> = (from..from + 100).map(|n| format!("l{n}")).collect();
        let labels: DictionaryArray<Int8Type> = labels.iter().map(String::as_str).collect();
        RecordBatch::try_from_iter([("label", Arc::new(labels) as ArrayRef)]).unwrap()
    };
    let found = table(&[("a.arrow", &stream(&[label(0), label(100), label(200)]))]);
    assert_eq!(found["label"].data_type(), &DataType::Utf8);
    assert_eq!(found["label"].as_string::<i32>().value(299), "l299");
}

#[test]
fn an_arrow_file_cut_short_anywhere_is_told() {
    for whole in [stream(&[batch(0..3), batch(3..9)]), file(&[batch(0..3), batch(3..9)], None)] {
        assert_eq!(table(&[("a.arrow", &whole)]).num_rows(), 9);
        for kept in 1..whole.len() {
            let error = rows_of(&whole[..kept]).unwrap_err().to_string();
            assert!(error.starts_with("a.arrow is not a complete Arrow file: "), "{kept}: {error}");
        }
        assert_eq!(
            refused(&[("a.arrow", b"")]),
            "a.arrow is empty: it holds no rows. Check that it was written or downloaded completely."
        );
    }
    let whole = stream(&[batch(0..3), batch(3..9)]);
    let error = refused(&[("a.arrow", &whole[..whole.len() - 40])]);
    assert!(error.contains("it ends inside batch 2"), "{error}");
}

#[test]
fn any_byte_turned_over_is_an_error_or_other_rows_and_never_a_crash() {
    for whole in [
        stream(&[batch(0..3), batch(3..9)]),
        file(&[batch(0..3)], Some(CompressionType::LZ4_FRAME)),
        file(&[batch(0..3)], Some(CompressionType::ZSTD)),
    ] {
        for place in 0..whole.len() {
            for flip in [0xff, 0x01, 0x80] {
                let mut broken = whole.clone();
                broken[place] ^= flip;
                if let Err(error) = rows_of(&broken) {
                    assert!(error.to_string().starts_with("a.arrow"), "{place}: {error}");
                }
            }
        }
    }
}

#[test]
fn what_parquet_cannot_hold_is_refused_by_the_name_of_the_column() {
    let fields = UnionFields::from_fields(vec![Field::new("i", DataType::Int64, true)]);
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let union = UnionArray::try_new(fields, ScalarBuffer::from(vec![0_i8, 0]), None, vec![numbers]).unwrap();
    let rows = RecordBatch::try_from_iter([("either", Arc::new(union) as ArrayRef)]).unwrap();
    let error = refused(&[("a.arrow", &stream(&[rows]))]);
    assert!(error.starts_with("a.arrow: the column \"either\" cannot be kept in Parquet"), "{error}");
    let twice = Schema::new(vec![Field::new("a", DataType::Int32, true), Field::new("a", DataType::Int32, true)]);
    let column: ArrayRef = Arc::new(arrow::array::PrimitiveArray::<Int32Type>::from(vec![1]));
    let rows = RecordBatch::try_new(Arc::new(twice), vec![Arc::clone(&column), column]).unwrap();
    let error = refused(&[("a.arrow", &stream(&[rows]))]);
    assert!(error.contains("two columns have that name"), "{error}");
}

#[test]
fn names_and_content_that_disagree_are_told() {
    let error = refused(&[("a.jsonl", &file(&[batch(0..1)], None))]);
    assert_eq!(error, "a.jsonl is not what its name says: it holds Arrow data. Rename it to end in .arrow.");
    let error = refused(&[("a.arrow", b"{\"text\": 1}\n")]);
    assert!(error.starts_with("a.arrow is not a complete Arrow file"), "{error}");
    let empty = stream(&[batch(0..0)]);
    assert!(refused(&[("a.arrow", &empty)]).starts_with("a.arrow is empty"));
    assert_eq!(table(&[("a.arrow", &empty), ("b.arrow", &stream(&[batch(0..2)]))]).num_rows(), 2);
}

#[test]
fn a_large_batch_is_cut_into_row_groups_and_a_stop_is_heard() {
    let long = "x".repeat(1000);
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..50_000).map(|n| format!("{n} {long}"))));
    let whole = stream(&[RecordBatch::try_from_iter([("text", texts)]).unwrap()]);
    let (folder, outcome) = converted(&[("a.arrow", &whole)]);
    let info = crate::ingest::inspect_parquet(&outcome.unwrap().files[0].path, "a").unwrap();
    assert!(info.row_groups > 2, "{} row groups", info.row_groups);
    let (control, handle) = control();
    handle.stop(Stop::Cancel);
    let source = SourceFile::new(folder.path().join("a.arrow"), "a.arrow", "train");
    let stopped = convert(&[source], &folder.path().join("again"), &ConvertOptions::default(), &control);
    assert!(matches!(stopped, Err(IngestError::Stopped(_))));
    assert!(!folder.path().join("again").exists());
}
