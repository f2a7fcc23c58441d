//! Statistics of real Parquet files, with answers worked out by hand.

mod bars;
mod columns;
mod compare;
mod near;
mod quality;
mod stored;
mod text;
mod tokens;

use std::fs::File;
use std::path::Path;

use arrow::array::{ArrayRef, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::{StatsError, Texts, Working};
use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::jobs::Control;

/// Writes one Parquet file whose row groups have at most `group` rows.
fn write(folder: &Path, name: &str, columns: Vec<(&str, ArrayRef)>, group: usize) -> DataFile {
    let path = folder.join(name);
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    DataFile { path, rows: batch.num_rows() as u64 }
}

fn dataset(splits: Vec<(&str, Vec<DataFile>)>) -> DatasetFiles {
    let split = |(name, files): (&str, Vec<DataFile>)| SplitFiles { name: name.to_owned(), files };
    DatasetFiles { splits: splits.into_iter().map(split).collect() }
}

/// Looks at the texts of a dataset and keeps no table of it.
fn look_at(files: &DatasetFiles, column: &str, control: &Control) -> Result<Texts, StatsError> {
    let folder = tempfile::tempdir().unwrap();
    super::texts(files, column, &Working::beside(&folder.path().join("stats")).unwrap(), control)
}
