//! Real Parquet files for the tests of this room and of the search room.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::data::{DataFile, DatasetFiles, SplitFiles};

/// Writes one file with row groups of `group_rows` and Parquet pages of `page_rows`, with a dictionary or plainly.
pub(crate) fn write(
    path: &Path,
    columns: Vec<(&str, ArrayRef)>,
    group_rows: usize,
    page_rows: usize,
    dictionary: bool,
) -> DataFile {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group_rows))
        .set_data_page_row_count_limit(page_rows)
        .set_write_batch_size(page_rows)
        .set_dictionary_enabled(dictionary)
        .build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    DataFile { path: path.to_owned(), rows: batch.num_rows() as u64 }
}

/// A dataset whose splits hold one text column, split by split and file by file; every second file of a split has a
/// dictionary, the others hold plain texts.
pub(crate) fn texts(folder: &Path, splits: &[(&str, Vec<Vec<Option<String>>>)], group_rows: usize) -> DatasetFiles {
    let split = |(name, files): &(&str, Vec<Vec<Option<String>>>)| SplitFiles {
        name: (*name).to_owned(),
        files: files
            .iter()
            .enumerate()
            .map(|(index, rows)| {
                let texts: ArrayRef = Arc::new(arrow::array::StringArray::from(rows.clone()));
                let numbers = (0..rows.len()).map(|row| row as i64 + 1000 * index as i64);
                let numbers: ArrayRef = Arc::new(arrow::array::Int64Array::from_iter_values(numbers));
                write(
                    &folder.join(format!("{name}-{index}.parquet")),
                    vec![("text", texts), ("n", numbers)],
                    group_rows,
                    7,
                    index % 2 == 1,
                )
            })
            .collect(),
    };
    DatasetFiles { splits: splits.iter().map(split).collect() }
}

/// A file in which one text is in so many rows that decoded they are more than 2^31 bytes, and encoded a few kilobytes.
pub(crate) fn one_long_text(folder: &Path) -> (DataFile, String) {
    let (text, rows) = ("x".repeat(900 << 10), 2400);
    let values: ArrayRef = Arc::new(arrow::array::StringArray::from(vec![text.as_str()]));
    let keys = arrow::array::Int32Array::from(vec![0; rows]);
    let column = arrow::array::DictionaryArray::new(keys, values);
    // As a writer leaves it that knows no dictionaries in memory, only in files.
    let plain = vec![("text", Arc::new(column) as ArrayRef)];
    let path = folder.join("long.parquet");
    let batch = RecordBatch::try_from_iter(plain).unwrap();
    let properties = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None).build();
    let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true).with_properties(properties);
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = ArrowWriter::try_new_with_options(file, batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (DataFile { path, rows: rows as u64 }, text)
}
