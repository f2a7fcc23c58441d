//! Clean rows have no findings; each fault that is planted into them is found, alone, and where it is.

mod clean;
mod files;
mod planted;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int8Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

use super::{Kind, Report, Request, audit};
use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::jobs::control;
use crate::tokenize::{Input, Settings, tokenize};
use crate::tokenizer::Tokenizer;

/// Samples of every dataset here.
const SAMPLES: usize = 300;

fn tokenizer(kind: &str) -> Tokenizer {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers");
    Tokenizer::open(&Path::new(folder).join(kind)).unwrap()
}

/// Texts of which no two are the same.
fn texts() -> Vec<String> {
    let words = ["the", "model", "reads", "a", "naïve", "token", "and", "writes", "it", "down", "again", "slowly"];
    let text = |number: usize| {
        // Words and numbers that no other text has, so that no piece of a text comes twice.
        let jumbled = |at: usize| (number * 1_000 + at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let word = |at: usize| format!("{} {}", words[jumbled(at) % words.len()], jumbled(at) % 9_973);
        let words: Vec<String> = (0..10 + number % 20).map(word).collect();
        format!("Sample {number} says that {}", words.join(" "))
    };
    (0..SAMPLES).map(text).collect()
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, group: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// A finished tokenization of those texts.
fn made(folder: &Path, kind: &str, settings: &Settings) -> PathBuf {
    let source = folder.join("texts.parquet");
    write(&source, vec![("text", Arc::new(StringArray::from(texts())) as ArrayRef)], 100);
    let files = vec![DataFile { path: source, rows: SAMPLES as u64 }];
    let files = DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files }] };
    let input = Input { files: &files, dataset_revision: "main@1", origin: None, threads: None };
    let destination = folder.join("rows");
    let (control, _handle) = control();
    tokenize(input, &tokenizer(kind), settings, &destination, &control).unwrap();
    destination
}

/// The columns of token rows.
#[derive(Debug, Clone, Default)]
struct Rows {
    ids: Vec<Vec<i32>>,
    mask: Vec<Vec<i8>>,
    samples: Vec<i64>,
    tokens: Vec<i32>,
}

const FILE: &str = "train-00000-of-00001.parquet";

impl Rows {
    fn of(folder: &Path) -> Self {
        Self::of_column(folder, "input_ids")
    }

    fn of_column(folder: &Path, column: &str) -> Self {
        let mut rows = Self::default();
        let file = File::open(folder.join(FILE)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let ids = batch[column].as_list::<i32>();
            rows.ids.extend(ids.iter().map(|row| row.unwrap().as_primitive::<Int32Type>().values().to_vec()));
            if let Some(mask) = batch.column_by_name("attention_mask") {
                let mask = mask.as_list::<i32>().iter();
                rows.mask.extend(mask.map(|row| row.unwrap().as_primitive::<Int8Type>().values().to_vec()));
            }
            if let Some(samples) = batch.column_by_name("sample_id") {
                rows.samples.extend(samples.as_primitive::<Int64Type>().values());
                rows.tokens.extend(batch["num_tokens"].as_primitive::<Int32Type>().values());
            }
        }
        rows
    }

    fn columns(&self) -> Vec<(&'static str, ArrayRef)> {
        let mut columns = vec![("input_ids", ints(&self.ids))];
        if !self.mask.is_empty() {
            let values: Int8Array = self.mask.iter().flatten().copied().collect::<Vec<_>>().into();
            columns.push(("attention_mask", list(self.mask.iter().map(Vec::len), Arc::new(values))));
        }
        if !self.samples.is_empty() {
            columns.push(("sample_id", Arc::new(Int64Array::from(self.samples.clone()))));
            columns.push(("num_tokens", Arc::new(Int32Array::from(self.tokens.clone()))));
        }
        columns
    }

    /// Writes them in place of those of a tokenization.
    fn put(&self, folder: &Path) {
        write(&folder.join(FILE), self.columns(), 64);
    }
}

fn ints(rows: &[Vec<i32>]) -> ArrayRef {
    let values: Int32Array = rows.iter().flatten().copied().collect::<Vec<_>>().into();
    list(rows.iter().map(Vec::len), Arc::new(values))
}

fn list(lengths: impl Iterator<Item = usize>, values: ArrayRef) -> ArrayRef {
    let field = Arc::new(Field::new("element", values.data_type().clone(), true));
    Arc::new(ListArray::new(field, OffsetBuffer::from_lengths(lengths), values, None))
}

fn report(path: &Path, tokenizer: Option<&Tokenizer>, length: Option<u64>) -> Report {
    let (control, _handle) = control();
    let source_rows = BTreeMap::from([("train".to_owned(), SAMPLES as u64)]);
    audit(Request { path, tokenizer, length, source_rows: &source_rows, threads: None }, &control).unwrap()
}

/// What was found, and in which rows first.
fn found(report: &Report) -> Vec<(Kind, Vec<u64>)> {
    let rows = |places: &[super::Place]| places.iter().filter_map(|place| place.row).collect();
    report.findings.iter().map(|finding| (finding.kind, rows(&finding.first))).collect()
}
