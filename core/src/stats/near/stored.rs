//! Near-duplicates on disk: one Parquet file with a row for each row of a cluster, the report in its metadata.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::KeyValue;

use super::clusters::Clusters;
use super::{Cluster, NAMED, NearDuplicates, Places, Selection};
use crate::jobs::Control;
use crate::stats::StatsError;
use crate::stats::grouping::Grouping;
use crate::stats::store::{Working, column, compressed, mistyped, sync_folder};

/// Under which the report stands in the file.
const REPORT: &str = "mistudio.near_duplicates";

/// A row that is nearly the same as another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearDuplicateRow<'a> {
    /// Its split.
    pub split: &'a str,
    /// Its 0-based row in that split.
    pub row: u64,
    /// The split of its cluster's first row.
    pub cluster_split: &'a str,
    /// Its cluster's first row; it may be this one.
    pub cluster_row: u64,
    /// Jaccard similarity to that row. In a chain of rows, each near the next, it may be below the threshold.
    pub similarity: f64,
}

/// What is known of a cluster while it is counted.
struct Counted {
    rows: u64,
    split: usize,
    mixed: bool,
}

/// Writes the rows in the order of the dataset, and completes the report.
#[expect(clippy::too_many_arguments, reason = "it is the end of one operation, and these are what that has made")]
pub(super) fn write(
    found: &mut NearDuplicates,
    mut clusters: Clusters,
    equal_texts: &Grouping<2>,
    copies: &Selection,
    places: &Places,
    working: &Working,
    path: &Path,
    control: &Control,
) -> Result<(), StatsError> {
    // Row, the first row of its cluster, and the bits of their similarity.
    let rows = Grouping::<3>::of_rows(working.path(), places.rows());
    let mut writer = rows.writer();
    let mut connected = clusters.rows();
    connected.sort_unstable();
    for row in connected {
        control.check()?;
        let first = clusters.first(row);
        writer.push([row, first, clusters.similarity(row, first)?.to_bits()])?;
    }
    equal_texts.sorted(control, |records| {
        for [row, of] in records {
            // The first of several copies may be among the connected rows.
            if row == of && clusters.contains(*row) {
                continue;
            }
            let first = clusters.first(*of);
            writer.push([*row, first, clusters.similarity(*of, first)?.to_bits()])?;
        }
        Ok(())
    })?;
    writer.finish()?;
    drop(clusters);

    let written = working.path().join("near_duplicates");
    let failed = |error: &dyn std::fmt::Display| StatsError::write(path)(std::io::Error::other(error.to_string()));
    let field = |name, kind| Field::new(name, kind, false);
    let schema = Arc::new(Schema::new(vec![
        field("split", DataType::Utf8),
        field("row", DataType::Int64),
        field("cluster_split", DataType::Utf8),
        field("cluster_row", DataType::Int64),
        field("similarity", DataType::Float64),
    ]));
    let file = File::create(&written).map_err(StatsError::write(&written))?;
    let mut parquet =
        ArrowWriter::try_new(file, Arc::clone(&schema), Some(compressed())).map_err(|error| failed(&error))?;
    let mut counted: BTreeMap<u64, Counted> = BTreeMap::new();
    rows.sorted(control, |records| {
        for [row, first, _] in records {
            let split = places.index(*row);
            let cluster = counted.entry(*first).or_insert(Counted { rows: 0, split, mixed: false });
            cluster.rows += 1;
            cluster.mixed |= cluster.split != split;
            found.rows += 1;
            found.exact_copies += u64::from(copies.contains(*row));
        }
        let split = |of: usize| -> StringArray { records.iter().map(|record| Some(places.of(record[of]).0)).collect() };
        let row = |of: usize| -> Int64Array { records.iter().map(|record| places.of(record[of]).1 as i64).collect() };
        let similarity: Float64Array = records.iter().map(|record| f64::from_bits(record[2])).collect();
        let columns = vec![
            Arc::new(split(0)) as _,
            Arc::new(row(0)) as _,
            Arc::new(split(1)) as _,
            Arc::new(row(1)) as _,
            Arc::new(similarity) as _,
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| failed(&error))?;
        parquet.write(&batch).map_err(|error| failed(&error))
    })?;
    found.clusters = counted.len() as u64;
    found.repeated = found.rows - found.clusters;
    found.across_splits = counted.values().filter(|cluster| cluster.mixed).count() as u64;
    let mut largest: Vec<(Reverse<u64>, u64)> =
        counted.iter().map(|(first, cluster)| (Reverse(cluster.rows), *first)).collect();
    largest.sort_unstable();
    let name = |(Reverse(rows), first): &(Reverse<u64>, u64)| {
        let (split, row) = places.of(*first);
        Cluster { split: split.to_owned(), row, rows: *rows }
    };
    found.largest = largest.iter().take(NAMED).map(name).collect();
    let report = serde_json::to_string(found).map_err(|error| failed(&error))?;
    parquet.append_key_value_metadata(KeyValue::new(REPORT.to_owned(), report));
    let file = parquet.into_inner().map_err(|error| failed(&error))?;
    file.sync_all().map_err(StatsError::write(&written))?;
    fs::rename(&written, path).map_err(StatsError::write(path))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// The report that is stored in a file; nothing where there is no file.
pub fn near_duplicates(path: &Path) -> Result<Option<NearDuplicates>, StatsError> {
    let Some(reader) = open(path)? else { return Ok(None) };
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let report =
        metadata.into_iter().flatten().find(|entry| entry.key == REPORT).and_then(|entry| entry.value.as_ref());
    let report = report.ok_or_else(|| StatsError::damaged(path, "the report is missing"))?;
    serde_json::from_str(report).map(Some).map_err(|error| StatsError::damaged(path, error))
}

/// Calls `each` with every row that is nearly the same as another, in the order of the dataset.
pub fn near_duplicate_rows(path: &Path, mut each: impl FnMut(NearDuplicateRow<'_>)) -> Result<(), StatsError> {
    let Some(reader) = open(path)? else { return Err(StatsError::NotStored(path.to_owned())) };
    for batch in reader.build().map_err(|error| StatsError::damaged(path, error))? {
        let batch = batch.map_err(|error| StatsError::damaged(path, error))?;
        let text = |name| column(&batch, name, path)?.as_string_opt::<i32>().ok_or_else(|| mistyped(path, name));
        let number =
            |name| column(&batch, name, path)?.as_primitive_opt::<Int64Type>().ok_or_else(|| mistyped(path, name));
        let (split, cluster_split) = (text("split")?, text("cluster_split")?);
        let (row, cluster_row) = (number("row")?, number("cluster_row")?);
        let similarity = column(&batch, "similarity", path)?.as_primitive_opt::<Float64Type>();
        let similarity = similarity.ok_or_else(|| mistyped(path, "similarity"))?;
        for place in 0..batch.num_rows() {
            each(NearDuplicateRow {
                split: split.value(place),
                row: row.value(place).unsigned_abs(),
                cluster_split: cluster_split.value(place),
                cluster_row: cluster_row.value(place).unsigned_abs(),
                similarity: similarity.value(place),
            });
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<Option<ParquetRecordBatchReaderBuilder<File>>, StatsError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StatsError::damaged(path, error)),
    };
    ParquetRecordBatchReaderBuilder::try_new(file).map(Some).map_err(|error| StatsError::damaged(path, error))
}
