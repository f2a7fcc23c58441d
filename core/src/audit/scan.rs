//! Reading every row: row groups and Arrow files are shared out among threads, each with one batch in memory.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::column::{Cell, ID_COLUMNS, Lists, element, label, plain};
use super::duplicates::{Duplicates, hash};
use super::error::AuditError;
use super::find::{Form, Found, FoundFile};
use super::look::{Looker, Row};
use super::promise::Promise;
use super::report::Kind;
use super::spots::Spots;
use super::tally::Tally;
use crate::data::FilledRows;
use crate::ingest::{ArrowBatches, SourceFile, inspect_parquet};
use crate::jobs::{Control, Stopped};

/// Decoded bytes of one batch of a Parquet file.
const BATCH_BYTES: u64 = 4 << 20;
/// Rows of one.
const BATCH_ROWS: u64 = 8_192;
/// More threads than this only wait for the disk.
const MAX_THREADS: usize = 8;
/// Ids between two looks for a stop.
const CHECK_IDS: usize = 1 << 20;
/// Rows whose text is encoded again, in all files together.
const TRIED: u64 = 400;

const MASK: &str = "attention_mask";
const NUM_TOKENS: &str = "num_tokens";
const SAMPLE_ID: &str = "sample_id";

/// What the files say of their columns.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// The column with the ids, of the first file that has one.
    pub column: Option<String>,
    /// The type of its ids.
    pub id_type: Option<DataType>,
    /// What is wrong with whole files.
    pub found: BTreeMap<Kind, Spots>,
}

/// Rows to be read by whichever thread is free.
struct Piece<'a> {
    file: usize,
    found: &'a FoundFile,
    column: String,
    part: Part,
    /// Its rows, as the file says.
    rows: u64,
}

enum Part {
    /// A row group of a Parquet file.
    Group { metadata: ArrowReaderMetadata, group: usize, first_row: u64 },
    /// A whole Arrow file.
    Whole,
}

/// Where a piece's samples begin and end, to be held against the pieces before and after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Samples {
    split: usize,
    file: u32,
    row: u64,
    first: i64,
    last: i64,
}

/// Everything that reading has told.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub tally: Tally,
    pub columns: Columns,
    pub duplicates: Duplicates,
}

/// What all threads share.
struct Shared<'a> {
    /// Rows that are filled up although no column says so.
    filled: &'a FilledRows,
    /// Rows of the dataset by split, where they are known.
    source_rows: Vec<Option<u64>>,
    shuffled: bool,
    /// Among so many pieces the rows to be tried are spread.
    pieces: u64,
    duplicates: Mutex<Duplicates>,
    samples: Mutex<BTreeMap<usize, Samples>>,
    control: &'a Control,
}

/// Reads all rows of all files. `looker` makes what looks at rows on one thread.
pub(super) fn scan<'l>(
    found: &Found,
    source_rows: &BTreeMap<String, u64>,
    promise: &Promise,
    threads: usize,
    looker: impl Fn() -> Looker<'l> + Sync,
    control: &Control,
) -> Result<Scanned, AuditError> {
    let (pieces, mut columns, rows) = pieces(found, promise, control)?;
    control.phase("Auditing", crate::jobs::Unit::Rows, Some(rows));
    let shared = Shared {
        filled: &promise.filled,
        source_rows: found.splits.iter().map(|split| source_rows.get(split).copied()).collect(),
        shuffled: promise.shuffled,
        pieces: pieces.len() as u64,
        duplicates: Mutex::default(),
        samples: Mutex::default(),
        control,
    };
    let threads = threads.min(MAX_THREADS).min(pieces.len()).max(1);
    let queue = Mutex::new(pieces.into_iter().enumerate().collect::<VecDeque<_>>());
    let work = || -> Result<(Tally, Spots), Stopped> {
        let mut looker = looker();
        let mut unreadable = Spots::default();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some((place, piece)) = next else { return Ok((looker.tally, unreadable)) };
            let mut read = 0;
            // The decoders check most of what they are given and panic at the rest.
            let ended = catch_unwind(AssertUnwindSafe(|| shared.read(place, &piece, &mut looker, &mut read)));
            let file = piece.file as u32;
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(Bad::Stopped(stopped))) => {
                    queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    return Err(stopped);
                }
                Ok(Err(Bad::Data(why))) => unreadable.add(file, piece.first_row() + read, || why),
                Err(_) => unreadable.add(file, piece.first_row() + read, || "it cannot be decoded".to_owned()),
            }
        }
    };
    let tallies = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut tallies = vec![work()];
        for other in others {
            tallies.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        tallies.into_iter().collect::<Result<Vec<_>, _>>()
    })?;
    let mut tally = Tally::default();
    for (part, unreadable) in &tallies {
        tally.merge(part);
        if unreadable.count > 0 {
            columns.found.entry(Kind::Unreadable).or_default().merge(unreadable);
        }
    }
    let samples = shared.samples.into_inner().unwrap_or_else(PoisonError::into_inner);
    between_pieces(&samples, &mut tally);
    Ok(Scanned { tally, columns, duplicates: shared.duplicates.into_inner().unwrap_or_else(PoisonError::into_inner) })
}

/// Finds samples that go back from one piece to the next of its split.
fn between_pieces(samples: &BTreeMap<usize, Samples>, tally: &mut Tally) {
    let mut before: BTreeMap<usize, i64> = BTreeMap::new();
    for piece in samples.values() {
        if let Some(last) = before.insert(piece.split, piece.last).filter(|last| *last > piece.first) {
            let note = || format!("sample {} after {last}", piece.first);
            tally.found(Kind::SamplesOutOfOrder).add(piece.file, piece.row, note);
        }
    }
}

/// The files' row groups, what is wrong with files, and how many rows there are in all, as the files say.
fn pieces<'a>(
    found: &'a Found,
    promise: &Promise,
    control: &Control,
) -> Result<(Vec<Piece<'a>>, Columns, u64), Stopped> {
    let (mut pieces, mut columns, mut rows) = (Vec::new(), Columns::default(), 0_u64);
    for (file, found) in found.files.iter().enumerate() {
        control.check()?;
        let mut bad = |kind: Kind, note: String| columns.found.entry(kind).or_default().add(file as u32, None, || note);
        let mut arrow_rows = 0;
        let opened = match found.form {
            Form::Parquet => open_parquet(found).map(|metadata| (metadata.schema().as_ref().clone(), Some(metadata))),
            Form::Arrow => match ArrowBatches::open(&source(found), control) {
                Ok(batches) => {
                    let schema = batches.schema().as_ref().clone();
                    arrow_rows = batches.count_rows(control)?;
                    Ok((schema, None))
                }
                Err(crate::ingest::IngestError::Stopped(stopped)) => return Err(stopped),
                Err(error) => Err(error.to_string()),
            },
        };
        let (schema, metadata) = match opened {
            Ok(opened) => opened,
            Err(why) => {
                bad(Kind::Unreadable, why);
                continue;
            }
        };
        let mut called = promise.column.as_deref().into_iter().chain(ID_COLUMNS);
        let Some(field) = called.find_map(|name| schema.field_with_name(name).ok()) else {
            bad(Kind::MissingColumn, names(&schema));
            continue;
        };
        let Some(ids) = element(field.data_type()) else {
            bad(Kind::WrongType, format!("{} holds {}", field.name(), label(field.data_type())));
            continue;
        };
        if let Ok(mask) = schema.field_with_name(MASK)
            && element(mask.data_type()).is_none()
            && !is_truth(mask.data_type())
        {
            bad(Kind::WrongType, format!("{MASK} holds {}", label(mask.data_type())));
            continue;
        }
        columns.column.get_or_insert_with(|| field.name().clone());
        columns.id_type.get_or_insert_with(|| ids.data_type().clone());
        let column = field.name().clone();
        match metadata {
            None => {
                rows += arrow_rows;
                pieces.push(Piece { file, found, column, part: Part::Whole, rows: arrow_rows });
            }
            Some(metadata) => {
                let mut first_row = 0;
                for (group, about) in metadata.metadata().row_groups().iter().enumerate() {
                    let part = Part::Group { metadata: metadata.clone(), group, first_row };
                    let rows = u64::try_from(about.num_rows()).unwrap_or(0);
                    pieces.push(Piece { file, found, column: column.clone(), part, rows });
                    first_row += rows;
                }
                rows += first_row;
            }
        }
    }
    Ok((pieces, columns, rows))
}

fn open_parquet(found: &FoundFile) -> Result<ArrowReaderMetadata, String> {
    inspect_parquet(&found.path, &found.name).map_err(|error| error.to_string())?;
    let file = File::open(&found.path).map_err(|error| error.to_string())?;
    ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(|error| error.to_string())
}

fn source(found: &FoundFile) -> SourceFile {
    SourceFile::new(&found.path, &found.name, "")
}

fn names(schema: &Schema) -> String {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    format!("its columns are {}", names.join(", "))
}

/// Why a piece was not read to its end.
enum Bad {
    Stopped(Stopped),
    Data(String),
}

impl From<Stopped> for Bad {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl Piece<'_> {
    fn first_row(&self) -> u64 {
        match &self.part {
            Part::Group { first_row, .. } => *first_row,
            Part::Whole => 0,
        }
    }

    /// Reads the piece batch by batch.
    fn batches(&self, control: &Control, mut each: impl FnMut(&RecordBatch) -> Result<(), Bad>) -> Result<(), Bad> {
        let Part::Group { metadata, group, .. } = &self.part else {
            let of_ingest = |error| match error {
                crate::ingest::IngestError::Stopped(stopped) => Bad::Stopped(stopped),
                error => Bad::Data(error.to_string()),
            };
            let mut batches = ArrowBatches::open(&source(self.found), control).map_err(of_ingest)?;
            while let Some(batch) = batches.next(control).map_err(of_ingest)? {
                each(&batch)?;
            }
            return Ok(());
        };
        let data = |error: &dyn std::fmt::Display| Bad::Data(error.to_string());
        let file = File::open(&self.found.path).map_err(|error| data(&error))?;
        let wanted = [self.column.as_str(), MASK, NUM_TOKENS, SAMPLE_ID];
        let roots = wanted.iter().filter_map(|name| metadata.schema().index_of(name).ok());
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
        let about = metadata.metadata().row_group(*group);
        let chosen = about.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf));
        // Ids may be far larger decoded than encoded: four bytes or more each.
        let bytes: u64 = chosen.map(|(_, column)| column.num_values().max(0).unsigned_abs() * 8).sum();
        let row_bytes = bytes / about.num_rows().max(1).unsigned_abs() + 1;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
            .with_projection(mask)
            .with_row_groups(vec![*group])
            .with_batch_size((BATCH_BYTES / row_bytes).clamp(1, BATCH_ROWS) as usize)
            .build()
            .map_err(|error| data(&error))?;
        for batch in reader {
            control.check()?;
            each(&batch.map_err(|error| data(&error))?)?;
        }
        Ok(())
    }

    /// Of so many rows of this piece, the text of one is encoded again, until `tried` are.
    fn step(&self, tried: u64) -> u64 {
        (self.rows / tried.max(1)).max(1)
    }
}

impl Shared<'_> {
    /// Reads one piece; `read` counts its rows.
    fn read(&self, place: usize, piece: &Piece<'_>, looker: &mut Looker<'_>, read: &mut u64) -> Result<(), Bad> {
        let most_tried = share_of(place as u64, self.pieces);
        let (file, split, step) = (piece.file as u32, piece.found.split, piece.step(most_tried));
        let (mut ids, mut mask, mut buffer) = (Vec::new(), Vec::new(), Vec::new());
        let (mut tried, mut since_check) = (0, 0);
        let mut samples: Option<Samples> = None;
        piece.batches(self.control, |batch| {
            let column = |name: &str| batch.column_by_name(name);
            let lists = column(&piece.column).and_then(Lists::new);
            let lists = lists.ok_or_else(|| Bad::Data("its columns change".to_owned()))?;
            let masks = column(MASK).map(masks).transpose()?;
            let told = column(NUM_TOKENS).and_then(plain);
            let sample_ids = column(SAMPLE_ID).and_then(plain);
            let mut hashes = Vec::new();
            for at in 0..batch.num_rows() {
                let number = piece.first_row() + *read;
                let wanted = read.is_multiple_of(step) && tried < most_tried;
                *read += 1;
                let missing = match lists.row(at, &mut ids) {
                    Cell::Null => {
                        looker.null(file, number, split);
                        continue;
                    }
                    Cell::List { missing } => missing,
                };
                since_check += ids.len();
                if since_check > CHECK_IDS {
                    self.control.check()?;
                    since_check = 0;
                }
                let masked = masks.as_ref().map(|masks| masks.row(at, &mut mask));
                let row = Row {
                    file,
                    number,
                    split,
                    ids: &ids,
                    mask: match masked {
                        Some(Cell::List { missing: 0 }) => Some(&mask),
                        // A mask that is missing, or values of it, says of no token that it is one.
                        Some(_) => Some(&[]),
                        None => None,
                    },
                    num_tokens: match &told {
                        Some(told) => told[at],
                        None => self.filled.tokens(&piece.found.name, number).and_then(|told| i64::try_from(told).ok()),
                    },
                    tried: wanted,
                };
                if missing > 0 {
                    looker.null_ids(&row, missing);
                    continue;
                }
                tried += u64::from(wanted);
                if looker.row(&row) {
                    hashes.push((hash(&ids, &mut buffer), (file, number)));
                }
                if let Some(sample) = sample_ids.as_ref().and_then(|samples| samples[at]) {
                    self.sample(sample, &row, &mut samples, looker);
                }
            }
            let mut duplicates = self.duplicates.lock().unwrap_or_else(PoisonError::into_inner);
            for (hash, place) in hashes {
                duplicates.add(hash, place);
            }
            drop(duplicates);
            self.control.add_done(batch.num_rows() as u64);
            Ok(())
        })?;
        if let Some(samples) = samples.filter(|_| !self.shuffled) {
            self.samples.lock().unwrap_or_else(PoisonError::into_inner).insert(place, samples);
        }
        Ok(())
    }

    fn sample(&self, sample: i64, row: &Row<'_>, samples: &mut Option<Samples>, looker: &mut Looker<'_>) {
        let &Row { file, number, split, .. } = row;
        let rows = self.source_rows[split];
        if sample < 0 || rows.is_some_and(|rows| sample.unsigned_abs() >= rows) {
            looker.tally.found(Kind::SamplesOutside).add(file, number, || format!("sample {sample}"));
            return;
        }
        let Some(samples) = samples else {
            *samples = Some(Samples { split, file, row: number, first: sample, last: sample });
            return;
        };
        if sample < samples.last && !self.shuffled {
            let note = || format!("sample {sample} after {}", samples.last);
            looker.tally.found(Kind::SamplesOutOfOrder).add(file, number, note);
        }
        samples.last = sample;
    }
}

/// How many of the rows to be tried are in one of so many pieces; with many pieces, none in most of them.
fn share_of(place: u64, pieces: u64) -> u64 {
    let before = |place: u64| (u128::from(place) * u128::from(TRIED) / u128::from(pieces.max(1))) as u64;
    before(place + 1) - before(place)
}

/// The masks of a batch; those of truth values become numbers.
fn masks(column: &ArrayRef) -> Result<Lists, Bad> {
    let numbers = match column.data_type() {
        DataType::List(item) if is_truth(column.data_type()) => {
            let kind = DataType::List(Field::new(item.name(), DataType::Int8, true).into());
            cast(column, &kind).map_err(|error| Bad::Data(error.to_string()))?
        }
        _ => column.clone(),
    };
    Lists::new(&numbers).ok_or_else(|| Bad::Data("its columns change".to_owned()))
}

/// Whether a column holds lists of truth values.
fn is_truth(kind: &DataType) -> bool {
    matches!(kind, DataType::List(item) if item.data_type() == &DataType::Boolean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_that_are_tried_are_spread_over_all_pieces() {
        for pieces in [1, 3, 400, 401, 30_000] {
            let shares: Vec<u64> = (0..pieces).map(|place| share_of(place, pieces)).collect();
            assert_eq!(shares.iter().sum::<u64>(), TRIED, "{pieces}");
            assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{pieces}");
        }
    }
}
