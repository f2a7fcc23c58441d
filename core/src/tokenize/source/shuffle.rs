//! A copy of a split's samples in the order of a seed, made with bounded memory.
//!
//! Rows go into buckets by the first bits of their keys, and a bucket that is too large to be sorted at once into smaller
//! ones by the next bits. What is read later is one bucket after the other, each sorted when its turn comes. The list of
//! the buckets is written last: a folder with a list is complete, and one without is made again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt64Array};
use arrow::compute::take;
use arrow::datatypes::UInt64Type;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use super::columns::SplitColumns;
use super::order::Order;
use super::scatter::{Bucket, parts, whole};
use crate::jobs::{Control, Unit};
use crate::tokenize::error::TokenizeError;
use crate::tokenize::unit::Chunk;
use crate::workspace::free_space;

/// How large buckets are, and how many.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Text that a bucket is meant to hold, in bytes: so much is sorted at once. One with four times as much is split.
    bucket_bytes: u64,
    /// Buckets that grow at once, which is a power of two.
    buckets: u64,
}

const LIMITS: Limits = Limits { bucket_bytes: 32 << 20, buckets: 256 };

/// Rows are as good as text: of so many bytes each.
const ROW_BYTES: u64 = 32;

/// Text that waits in memory for being written, in bytes, of all buckets together.
const WAITING: usize = 32 << 20;

/// Rows of a chunk.
const CHUNK_ROWS: usize = 1_024;

/// Rows between two looks at whether the job should stop.
const CHECK_EVERY: u64 = 256;

/// The file that says that all others are there.
const LIST: &str = "buckets.json";

/// A split in the order of a seed.
#[derive(Debug)]
pub(super) struct Shuffled {
    folder: PathBuf,
    order: Order,
    buckets: Vec<Finished>,
}

/// A bucket on the disk. Its keys are all below those of the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Finished {
    file: String,
    rows: u64,
    /// Bytes of text.
    bytes: u64,
    /// The file's size.
    size: u64,
}

impl Shuffled {
    /// The split in the order of `seed`, as an earlier run left it in `folder`, else made there now.
    pub(super) fn open(
        columns: &SplitColumns<'_>,
        seed: u64,
        folder: &Path,
        control: &Control,
    ) -> Result<Self, TokenizeError> {
        Self::open_with(columns, seed, folder, control, LIMITS)
    }

    fn open_with(
        columns: &SplitColumns<'_>,
        seed: u64,
        folder: &Path,
        control: &Control,
        limits: Limits,
    ) -> Result<Self, TokenizeError> {
        let order = Order::new(seed, columns.name());
        if let Some(buckets) = complete(folder, columns.rows()) {
            return Ok(Self { folder: folder.to_owned(), order, buckets });
        }
        let work = Work { folder, order: &order, pairs: columns.has_second(), control, limits };
        work.clear()?;
        enough_room(columns.bytes, folder)?;
        control.phase("Shuffling", Unit::Rows, Some(columns.rows()));
        let chunks = columns.chunks(0, columns.rows());
        let mut row = 0;
        let numbered = chunks.map(|chunk| {
            let mut chunk = chunk?;
            let first = row;
            row += chunk.len() as u64;
            chunk.numbers = Some(UInt64Array::from_iter_values(first..row));
            Ok(chunk)
        });
        let size = columns.bytes + ROW_BYTES * columns.rows();
        let buckets = work.scatter(numbered, &Keys { size, bits: 0, name: "b".to_owned() }, true)?;
        let buckets = work.split_large(buckets)?;
        let list = serde_json::to_vec(&buckets).map_err(|error| in_folder(folder)(error.into()))?;
        let aside = folder.join("buckets.tmp");
        let written = File::create(&aside).and_then(|mut file| {
            io::Write::write_all(&mut file, &list)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&aside, folder.join(LIST))).map_err(in_folder(folder))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(in_folder(folder))?;
        Ok(Self { folder: folder.to_owned(), order, buckets })
    }

    /// The rows that are at the places `from..to` of the order.
    pub(super) fn chunks(&self, from: u64, to: u64) -> impl Iterator<Item = Result<Chunk, TokenizeError>> + '_ {
        let mut start = 0;
        let parts = self.buckets.iter().filter_map(move |bucket| {
            let first = start;
            start += bucket.rows;
            let (begin, end) = (from.max(first), to.min(start));
            (begin < end).then(|| (bucket, (begin - first) as usize, (end - begin) as usize))
        });
        parts.flat_map(|(bucket, skip, rows)| {
            let path = self.folder.join(&bucket.file);
            let sorted = self.sorted(&path).map_err(|error| unreadable(&path, &error));
            let pieces = match sorted {
                Ok(sorted) => {
                    let end = (skip + rows).min(sorted.len());
                    let starts = (skip..end).step_by(CHUNK_ROWS);
                    starts.map(|start| Ok(sorted.slice(start, CHUNK_ROWS.min(end - start)))).collect()
                }
                Err(error) => vec![Err(error)],
            };
            pieces.into_iter()
        })
    }

    fn sorted(&self, path: &Path) -> Result<Chunk, ArrowError> {
        let chunk = whole(path)?;
        let numbers = numbers_of(&chunk)?;
        let mut places: Vec<(u64, u64, u64)> =
            numbers.values().iter().zip(0..).map(|(&number, place)| (self.order.key(number), number, place)).collect();
        places.sort_unstable();
        let places = UInt64Array::from_iter_values(places.into_iter().map(|(_, _, place)| place));
        let texts = |texts: ArrayRef| Ok::<_, ArrowError>(take(&texts, &places, None)?.as_string_view().clone());
        Ok(Chunk {
            first: texts(Arc::new(chunk.first.clone()))?,
            second: chunk.second.clone().map(|second| texts(Arc::new(second))).transpose()?,
            numbers: Some(take(numbers, &places, None)?.as_primitive::<UInt64Type>().clone()),
        })
    }
}

/// What is known of rows that are to be put into buckets.
struct Keys {
    /// Their text, in bytes, as far as is known.
    size: u64,
    /// How many of the first bits their keys share.
    bits: u32,
    /// What the names of their buckets' files begin with.
    name: String,
}

/// The making of the buckets.
struct Work<'a> {
    folder: &'a Path,
    order: &'a Order,
    pairs: bool,
    control: &'a Control,
    limits: Limits,
}

impl Work<'_> {
    /// Empties the folder of what was not completed.
    fn clear(&self) -> Result<(), TokenizeError> {
        match fs::remove_dir_all(self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(in_folder(self.folder)(error)),
            _ => {}
        }
        fs::create_dir_all(self.folder).map_err(in_folder(self.folder))
    }

    /// Puts rows into buckets by the bits of their keys that come next.
    fn scatter(
        &self,
        chunks: impl Iterator<Item = Result<Chunk, TokenizeError>>,
        keys: &Keys,
        counts: bool,
    ) -> Result<Vec<Finished>, TokenizeError> {
        let Limits { bucket_bytes, buckets } = self.limits;
        let wanted = keys.size.div_ceil(bucket_bytes).next_power_of_two().clamp(1, buckets);
        let bits = wanted.trailing_zeros();
        let name = |place: u64| format!("{}-{place:03}.arrow", keys.name);
        let mut buckets = Vec::with_capacity(wanted as usize);
        for place in 0..wanted {
            let path = self.folder.join(name(place));
            buckets.push(Bucket::create(&path, self.pairs).map_err(|error| unwritable(&path, error))?);
        }
        let most = (WAITING / buckets.len()).max(64 << 10);
        let mut rows = 0;
        for chunk in chunks {
            let chunk = chunk?;
            let numbers = numbers_of(&chunk).map_err(|error| unreadable(self.folder, &error))?;
            for row in 0..chunk.len() {
                if rows % CHECK_EVERY == 0 {
                    self.control.check()?;
                }
                rows += 1;
                let number = numbers.value(row);
                let key = self.order.key(number);
                let place = if bits == 0 { 0 } else { (key << keys.bits) >> (u64::BITS - bits) };
                let bucket = &mut buckets[place as usize];
                let pushed = bucket.push(number, chunk.row(row), most);
                pushed.map_err(|error| unwritable(bucket.path(), error))?;
            }
            if counts {
                self.control.add_done(chunk.len() as u64);
            }
        }
        let mut finished = Vec::with_capacity(buckets.len());
        for (bucket, place) in buckets.into_iter().zip(0..) {
            self.control.check()?;
            let path = bucket.path().to_owned();
            let (rows, bytes) = (bucket.rows, bucket.bytes);
            let size = bucket.finish().map_err(|error| unwritable(&path, error))?;
            finished.push(Finished { file: name(place), rows, bytes, size });
        }
        Ok(finished)
    }

    /// Splits the buckets that are too large, and what becomes of them where that is too large again.
    fn split_large(&self, buckets: Vec<Finished>) -> Result<Vec<Finished>, TokenizeError> {
        let mut open: Vec<(Finished, u32)> = buckets.into_iter().map(|bucket| (bucket, 0)).rev().collect();
        let total = open.len() as u64;
        for (_, bits) in &mut open {
            *bits = total.trailing_zeros();
        }
        let mut finished = Vec::with_capacity(open.len());
        while let Some((bucket, bits)) = open.pop() {
            let size = bucket.bytes + ROW_BYTES * bucket.rows;
            let is_large = size > 4 * self.limits.bucket_bytes;
            // A single row is as small as can be, however long its text.
            if !is_large || bucket.rows < 2 || bits + self.limits.buckets.trailing_zeros() > u64::BITS {
                finished.push(bucket);
                continue;
            }
            let path = self.folder.join(&bucket.file);
            let rows = parts(&path).map_err(|error| unreadable(&path, &error))?;
            let rows = rows.map(|chunk| chunk.map_err(|error| unreadable(&path, &error)));
            let name = bucket.file.trim_end_matches(".arrow").to_owned();
            let smaller = self.scatter(rows, &Keys { size, bits, name }, false)?;
            fs::remove_file(&path).map_err(in_folder(&path))?;
            let bits = bits + (smaller.len() as u64).trailing_zeros();
            open.extend(smaller.into_iter().rev().map(|bucket| (bucket, bits)));
        }
        Ok(finished)
    }
}

/// The buckets in a folder that was completed.
fn complete(folder: &Path, rows: u64) -> Option<Vec<Finished>> {
    let buckets: Vec<Finished> = serde_json::from_slice(&fs::read(folder.join(LIST)).ok()?).ok()?;
    let is_there =
        |bucket: &Finished| fs::metadata(folder.join(&bucket.file)).is_ok_and(|metadata| metadata.len() == bucket.size);
    let is_whole = buckets.iter().all(is_there) && buckets.iter().map(|bucket| bucket.rows).sum::<u64>() == rows;
    is_whole.then_some(buckets)
}

fn enough_room(needed: u64, folder: &Path) -> Result<(), TokenizeError> {
    let free = free_space(folder).map_err(in_folder(folder))?.available;
    if free < needed {
        return Err(TokenizeError::NoRoomToShuffle { needed, free, folder: folder.to_owned() });
    }
    Ok(())
}

fn numbers_of(chunk: &Chunk) -> Result<&UInt64Array, ArrowError> {
    let missing = || ArrowError::InvalidArgumentError("rows without numbers".to_owned());
    chunk.numbers.as_ref().ok_or_else(missing)
}

fn in_folder(path: &Path) -> impl Fn(io::Error) -> TokenizeError + '_ {
    |source| TokenizeError::Write { path: path.to_owned(), source }
}

fn unwritable(path: &Path, error: ArrowError) -> TokenizeError {
    let source = match error {
        ArrowError::IoError(_, source) => source,
        other => io::Error::other(other.to_string()),
    };
    TokenizeError::Write { path: path.to_owned(), source }
}

fn unreadable(path: &Path, error: &ArrowError) -> TokenizeError {
    TokenizeError::Shuffled { path: path.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::jobs::control;
    use crate::tokenize::settings::Settings;
    use crate::tokenize::source::Columns;
    use crate::tokenize::testing::{dataset, texts};

    fn rows(shuffled: &Shuffled, from: u64, to: u64) -> Vec<(u64, Option<String>)> {
        let mut rows = Vec::new();
        for chunk in shuffled.chunks(from, to) {
            let chunk = chunk.unwrap();
            let numbers = chunk.numbers.clone().unwrap();
            rows.extend((0..chunk.len()).map(|row| (numbers.value(row), chunk.row(row).0.map(str::to_owned))));
        }
        rows
    }

    #[test]
    fn the_order_does_not_depend_on_how_many_buckets_there_are_and_begins_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let texts = texts(3_000);
        let texts: Vec<Option<&str>> =
            texts.iter().map(|text| Some(text.as_str()).filter(|text| !text.is_empty())).collect();
        let files = dataset(folder.path(), &[&texts[..700], &texts[700..]]);
        let settings = Settings::default();
        let columns = SplitColumns::open(&files.splits[0], Columns::of(&settings)).unwrap();
        let control = control().0;
        let open = |name: &str, bucket_bytes, buckets| {
            let limits = Limits { bucket_bytes, buckets };
            Shuffled::open_with(&columns, 5, &folder.path().join(name), &control, limits).unwrap()
        };
        let one = open("one", 32 << 20, 256);
        assert_eq!(one.buckets.len(), 1);
        let all = rows(&one, 0, 3_000);
        assert_eq!(all.iter().map(|(row, _)| *row).collect::<BTreeSet<_>>(), (0..3_000).collect());
        assert!(all.iter().all(|(row, text)| text.as_deref() == texts[*row as usize]));

        let many = open("many", 32 << 10, 256);
        assert!((8..=32).contains(&many.buckets.len()), "{}", many.buckets.len());
        assert_eq!(rows(&many, 0, 3_000), all);
        // Two at once are too few, so that they are split again and again.
        let split = open("split", 16 << 10, 2);
        assert!(split.buckets.len() >= 4, "{}", split.buckets.len());
        assert_eq!(rows(&split, 0, 3_000), all);
        assert_eq!(rows(&many, 1_234, 2_345), all[1_234..2_345]);
    }

    #[test]
    fn what_was_completed_is_used_again_and_what_was_not_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let files = dataset(folder.path(), &[&[Some("a"), Some("b"), Some("c")]]);
        let settings = Settings::default();
        let columns = SplitColumns::open(&files.splits[0], Columns::of(&settings)).unwrap();
        let place = folder.path().join("copy");
        let open = || Shuffled::open(&columns, 5, &place, &control().0).unwrap();
        let made = open();
        let file = place.join(&made.buckets[0].file);
        let written = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        let first = written(&file);
        assert_eq!(rows(&open(), 0, 3), rows(&made, 0, 3));
        assert_eq!(written(&file), first);
        fs::write(&file, "half").unwrap();
        assert_eq!(rows(&open(), 0, 3).len(), 3);
    }

    #[test]
    fn a_disk_without_room_is_told_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let error = enough_room(u64::MAX, folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("Shuffling needs about ") && error.contains("leave the seed out"), "{error}");
    }
}
