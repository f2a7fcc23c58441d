//! Datasets to tokenize and results to look into, for the tests of this room.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Int8Type, Int32Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

use serde_json::Value;

use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::tokenizer::Tokenizer;

/// One of the small tokenizers kept with the tests.
pub(super) fn tokenizer(kind: &str) -> Tokenizer {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers");
    Tokenizer::open(&Path::new(folder).join(kind)).unwrap()
}

/// A file with the columns `id` and `text`, in row groups of `group` rows.
pub(super) fn file(path: PathBuf, texts: &[Option<&str>], group: usize) -> DataFile {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..texts.len() as i64));
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("id", ids, false),
        ("text", Arc::new(StringArray::from(texts.to_vec())), true),
    ]);
    write(path, &batch.unwrap(), group)
}

fn write(path: PathBuf, batch: &RecordBatch, group: usize) -> DataFile {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    DataFile { path, rows: batch.num_rows() as u64 }
}

/// A dataset with one split, `train`, in files of the given texts.
pub(super) fn dataset(folder: &Path, files: &[&[Option<&str>]]) -> DatasetFiles {
    let files = files.iter().enumerate();
    let files = files.map(|(at, texts)| file(folder.join(format!("part-{at}.parquet")), texts, 700)).collect();
    DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files }] }
}

/// A dataset with one split, `train`, of rows given as JSON objects, so many a file.
pub(super) fn json_dataset(folder: &Path, rows: &[Value], rows_a_file: usize) -> DatasetFiles {
    let lines = rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let (schema, _) = arrow::json::reader::infer_json_schema(lines.as_bytes(), None).unwrap();
    let reader = arrow::json::ReaderBuilder::new(Arc::new(schema)).with_batch_size(rows_a_file);
    let batches = reader.build(lines.as_bytes()).unwrap().map(Result::unwrap).enumerate();
    let files = batches.map(|(at, batch)| write(folder.join(format!("rows-{at}.parquet")), &batch, 700)).collect();
    DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files }] }
}

/// Texts of many lengths, the same every time.
pub(super) fn texts(count: usize) -> Vec<String> {
    let words = ["the", "model", "token", "naïve", "你好", "1234", "x = y + 1;", "\n", "Attention", "is", "all"];
    let word = |row: usize, at: usize| words[(row * 7 + at * at * 3 + at) % words.len()];
    (0..count).map(|row| (0..row * 31 % 40).map(|at| word(row, at)).collect::<Vec<_>>().join(" ")).collect()
}

/// The columns of a result, files in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) ids: Vec<Vec<i32>>,
    pub(super) masks: Vec<Vec<i8>>,
    pub(super) types: Vec<Vec<i8>>,
    pub(super) samples: Vec<i64>,
    pub(super) tokens: Vec<i32>,
}

pub(super) fn rows(folder: &Path) -> Rows {
    let mut rows = Rows::default();
    for path in parquet_files(folder) {
        for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let ids = batch.column_by_name("input_ids").unwrap().as_list::<i32>();
            rows.ids.extend(ids.iter().map(|row| row.unwrap().as_primitive::<Int32Type>().values().to_vec()));
            for (name, into) in [("attention_mask", &mut rows.masks), ("token_type_ids", &mut rows.types)] {
                if let Some(found) = batch.column_by_name(name) {
                    let found = found.as_list::<i32>().iter();
                    into.extend(found.map(|row| row.unwrap().as_primitive::<Int8Type>().values().to_vec()));
                }
            }
            // Packed rows have ids alone.
            if batch.num_columns() > 1 {
                let column = |name: &str| batch.column_by_name(name).unwrap().clone();
                rows.samples.extend(column("sample_id").as_primitive::<Int64Type>().values());
                rows.tokens.extend(column("num_tokens").as_primitive::<Int32Type>().values());
            }
        }
    }
    rows
}

pub(super) fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    files.sort();
    files
}

/// Every file of a result with its bytes.
pub(super) fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}
