//! Rows that are at hand already, from another dataset or a query, into the Parquet files of a new dataset.

use std::path::Path;
use std::sync::OnceLock;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;

use super::error::IngestError;
use super::gather::Gather;
use super::outputs::{ConvertedFile, Encoded, Folder, Outputs};
use super::pipeline::{Feed, ordered, workers};
use super::writer::{Encoder, RowGroup};
use crate::jobs::Control;

/// Rows of one split that make a row group, on their way to be encoded.
struct Group {
    split: String,
    batches: Vec<RecordBatch>,
}

type Worked<E> = Result<(String, Vec<RowGroup>), E>;

/// Writes the rows that `produce` hands to its argument, with their split, into Parquet files in the folder `dest`. The
/// argument returns `false` once no more is wanted, because writing has failed. Rows keep their order; those of a split come
/// together. All batches have the columns of `schema`.
///
/// Either all files are complete and in place when this returns, or none is there. The files are the same for any number
/// of threads. No rows make no files.
pub fn store_rows<E: From<IngestError> + Send>(
    schema: &SchemaRef,
    dest: &Path,
    control: &Control,
    produce: impl FnOnce(&mut dyn FnMut(&str, RecordBatch) -> bool) -> Result<(), E> + Send,
) -> Result<Vec<ConvertedFile>, E> {
    let folder = Folder::make(dest)?;
    let unencoded = |error| IngestError::writing_parquet(dest, error);
    // Encodings are chosen by the look of the first rows, which are not there yet.
    let encoder: OnceLock<Encoder> = OnceLock::new();
    let work = |group: Group| -> Worked<E> {
        control.check().map_err(IngestError::from)?;
        let Some(encoder) = encoder.get() else { return Ok((group.split, Vec::new())) };
        let rows = concat_batches(encoder.schema(), &group.batches).map_err(IngestError::from)?;
        Ok((group.split, encoder.encode(&rows).map_err(unencoded)?))
    };
    let mut outputs: Option<Outputs<'_>> = None;
    ordered(
        workers(),
        |feed| -> Result<(), E> {
            let (split, gather) = (String::new(), Gather::default());
            let mut gathered = Gathered { schema, encoder: &encoder, feed, split, gather, failed: None };
            produce(&mut |split, batch| gathered.add(split, &batch))?;
            gathered.end();
            gathered.failed.map_or(Ok(()), |error| Err(unencoded(error).into()))
        },
        work,
        |worked: Worked<E>| -> Result<(), E> {
            let (split, groups) = worked?;
            control.check().map_err(IngestError::from)?;
            if let Some(encoder) = encoder.get() {
                let outputs = outputs.get_or_insert_with(|| Outputs::new(dest, encoder));
                outputs.append(&split, Encoded::Groups(groups))?;
            }
            Ok(())
        },
    )?;
    let Some(outputs) = outputs else { return Ok(Vec::new()) };
    let (files, _) = outputs.keep()?;
    folder.stay();
    Ok(files)
}

/// Gathers the batches of each split into row groups, and hands those on.
struct Gathered<'a, E> {
    schema: &'a SchemaRef,
    encoder: &'a OnceLock<Encoder>,
    feed: &'a Feed<Group, Worked<E>>,
    split: String,
    gather: Gather,
    failed: Option<parquet::errors::ParquetError>,
}

impl<E> Gathered<'_, E> {
    /// `false` once nobody wants any more.
    fn add(&mut self, split: &str, batch: &RecordBatch) -> bool {
        if split != self.split {
            if !self.end() {
                return false;
            }
            split.clone_into(&mut self.split);
        }
        self.gather.add(batch).into_iter().all(|group| self.hand_on(group))
    }

    /// Hands on what is left of the split.
    fn end(&mut self) -> bool {
        let left = self.gather.take();
        left.is_empty() || self.hand_on(left)
    }

    fn hand_on(&mut self, batches: Vec<RecordBatch>) -> bool {
        if self.encoder.get().is_none() {
            match Encoder::new(self.schema, batches.first()) {
                Ok(encoder) => drop(self.encoder.set(encoder)),
                Err(error) => {
                    self.failed = Some(error);
                    return false;
                }
            }
        }
        self.feed.put(Group { split: self.split.clone(), batches })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int32Type;

    use super::*;
    use crate::ingest::convert::{Converted, read_back};
    use crate::jobs::{Stop, control};

    fn batch(from: i64, rows: i64) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + rows));
        let texts: ArrayRef =
            Arc::new(StringArray::from_iter_values((from..from + rows).map(|n| format!("text {n} дд"))));
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
            (from..from + rows).map(|n| (n % 3 != 0).then(|| vec![Some(n as i32), None])),
        ));
        RecordBatch::try_from_iter_with_nullable([("n", numbers, true), ("text", texts, true), ("list", lists, true)])
            .unwrap()
    }

    fn stored(dest: &Path) -> Vec<ConvertedFile> {
        let (control, _handle) = control();
        store_rows::<IngestError>(&batch(0, 1).schema(), dest, &control, |put| {
            for start in (0..150_000).step_by(1000) {
                assert!(put("train", batch(start, 1000)));
            }
            assert!(put("test", batch(7, 3)));
            Ok(())
        })
        .unwrap()
    }

    #[test]
    fn rows_keep_their_order_and_splits_and_make_row_groups_of_the_usual_size() {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("files");
        let files = stored(&dest);
        let names: Vec<_> = files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["train-00000-of-00001.parquet", "test-00000-of-00001.parquet"]);
        assert_eq!((files[0].rows, files[1].rows), (150_000, 3));
        let converted = Converted {
            files: files[..1].to_vec(),
            sources: Vec::new(),
            schema: batch(0, 1).schema(),
            bad_rows: crate::ingest::BadRows::default(),
            dialects: Vec::new(),
            notes: Vec::new(),
        };
        assert_eq!(read_back(&converted), batch(0, 150_000));
        let info = crate::ingest::inspect_parquet(&files[0].path, "x").unwrap();
        assert_eq!(info.row_groups, 3);
        let twice = stored(&folder.path().join("again"));
        assert_eq!(twice[0].sha256, files[0].sha256);
    }

    #[test]
    fn what_fails_or_is_stopped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("files");
        let (control, handle) = control();
        let failed = store_rows::<IngestError>(&batch(0, 1).schema(), &dest, &control, |put| {
            put("train", batch(0, 200_000));
            Err(IngestError::NoFiles("on purpose".into()))
        });
        assert!(matches!(failed, Err(IngestError::NoFiles(_))));
        assert!(!dest.exists());
        let stopped = store_rows::<IngestError>(&batch(0, 1).schema(), &dest, &control, |put| {
            put("train", batch(0, 100_000));
            handle.stop(Stop::Cancel);
            while put("train", batch(0, 100_000)) {}
            Ok(())
        });
        assert!(matches!(stopped, Err(IngestError::Stopped(_))));
        assert!(!dest.exists());
        let none = store_rows::<IngestError>(&batch(0, 1).schema(), &dest, &crate::jobs::control().0, |_| Ok(()));
        assert_eq!(none.unwrap(), []);
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}
