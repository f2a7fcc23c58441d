//! Statistics on disk, as Parquet that SQL reads directly.
//!
//! | file | columns |
//! | --- | --- |
//! | `lengths.parquet` | `split`, `unit` (`chars`, `words` or `tokens`), `length`, `count` |
//! | `token_frequencies.parquet` | `id`, `count` |
//! | `columns.parquet` | one row for each column: its type, counts and summary |
//! | `column_values.parquet` | `column`, `part` (`bar`, `log_bar` or `top`), `position`, `low`, `high`, `value`, `count` |
//! | `histograms.parquet` | `split` (null: all), `unit`, `bins` (`standard`, `equal` or `log`), `position`, `low`, `high` (null: no end), `count`; a bar holds lengths from `low` up to, not including, `high` |
//! | `quality.parquet` | `split` (null: all), `measure`, `item`, `count`; the measures are `rows`, `nulls`, `empty`, `blank`, `script_characters`, `control_characters`, `texts_with_controls`, `replacement_characters`, `texts_with_replacements`, `different_texts`, `duplicate_texts`, `duplicate_rows`, `repeated_rows` |
//! | `longest.parquet` | `position`, `split`, `row`, `chars` |
//! | `leaks.parquet` | `from_split`, `to_split`, `texts`, `from_rows`, `to_rows` |
//! | `duplicates.parquet` | one row for each row whose text occurs more than once, in the dataset's order: `split`, `row`, `first_split`, `first_row` (0-based in their splits; where the text comes first, the two are the same) |
//! | `summary.json` | the counts that are no tables |
//!
//! All but the last two are there whatever was measured, if only without rows. `duplicates.parquet` is there where texts
//! were measured. Statistics that an older version stored lack some of them; they load, without what they lack.
//!
//! A folder is written beside the old one, forced to disk, and put in its place. If the program dies between, there is
//! either the old folder, or the new one, or none, which means that statistics are computed again.

mod columns;
mod tables;

pub(super) use tables::measured;

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use super::frequencies::Frequencies;
use super::lengths::LengthTable;
use super::quality::TextQuality;
use super::text::{SplitText, TextLengths, TextStats};
use super::tokens::{SplitTokens, TokenLengths, TokenStats};
use super::{SplitRows, Stats, StatsError};

const LENGTHS: &str = "lengths.parquet";
const FREQUENCIES: &str = "token_frequencies.parquet";
const SUMMARY: &str = "summary.json";
pub(super) const DUPLICATES: &str = "duplicates.parquet";
/// How the names of folders begin that are not in their place yet; one that is left over may be deleted.
const ASIDE: &str = ".stats-";
/// What a folder is called within such a one that another takes the place of.
const OLD: &str = "old";
/// How often statistics are read at most that are replaced meanwhile.
const TRIES: usize = 20;
/// How long the place of a folder that is being replaced may be empty.
const PAUSE: Duration = Duration::from_millis(5);
/// The layout of the folder that this code writes. Those before it lack parts, and are read without them.
const VERSION: u32 = 2;

/// What is not in a table.
#[derive(Debug, Serialize, Deserialize)]
struct StoredSummary {
    version: u32,
    /// Other each time, so that a reader sees when the folder was replaced while it read.
    #[serde(default)]
    made: String,
    #[serde(default)]
    text_column: Option<String>,
    #[serde(default)]
    rows: Vec<SplitRows>,
    text: Option<Vec<StoredText>>,
    tokens: Option<Vec<StoredTokens>>,
    #[serde(default)]
    quality: Option<TextQuality>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredText {
    split: String,
    rows: u64,
    nulls: u64,
    empty: u64,
    blank: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredTokens {
    split: String,
    rows: u64,
    nulls: u64,
    pads: u64,
}

/// A folder beside stored statistics for what is on its way there, and for what does not fit in memory. It goes when
/// this is dropped; one that a killed program left is swept at the next start.
#[derive(Debug)]
pub struct Working(tempfile::TempDir);

impl Working {
    /// Such a folder for the statistics that are to be stored in `folder`.
    pub fn beside(folder: &Path) -> Result<Self, StatsError> {
        let parent = folder.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(StatsError::write(parent))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(ASIDE);
        // Folders for everyone who may look at the workspace, as this user makes them.
        #[cfg(unix)]
        builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777));
        builder.tempdir_in(parent).map(Self).map_err(StatsError::write(parent))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Stats {
    /// Writes everything into the folder, in place of what is there.
    pub fn save(&self, folder: &Path) -> Result<(), StatsError> {
        self.save_from(Working::beside(folder)?, folder)
    }

    /// The same, with the tables that were written into the working folder on the way.
    pub fn save_from(&self, working: Working, folder: &Path) -> Result<(), StatsError> {
        let parent = folder.parent().unwrap_or(Path::new("."));
        // A folder of its own inside, because the outer one is closed to other users.
        let written = working.path().join("new");
        fs::create_dir(&written).map_err(StatsError::write(&written))?;
        self.write_into(&written)?;
        let duplicates = working.path().join(DUPLICATES);
        if duplicates.exists() {
            fs::rename(&duplicates, written.join(DUPLICATES)).map_err(StatsError::write(&written))?;
        }
        sync_folder(&written)?;
        if folder.exists() {
            fs::rename(folder, working.path().join(OLD)).map_err(StatsError::write(folder))?;
        }
        fs::rename(&written, folder).map_err(StatsError::write(folder))?;
        sync_folder(parent)?;
        working.0.close().map_err(StatsError::write(parent))
    }

    fn write_into(&self, folder: &Path) -> Result<(), StatsError> {
        let mut lengths: Vec<(&str, &str, &LengthTable)> = Vec::new();
        for split in self.text.iter().flat_map(|text| &text.splits) {
            lengths.push((&split.name, "chars", &split.lengths.chars));
            lengths.push((&split.name, "words", &split.lengths.words));
        }
        for split in self.tokens.iter().flat_map(|tokens| &tokens.splits) {
            lengths.push((&split.name, "tokens", &split.lengths.tokens));
        }
        write_lengths(&folder.join(LENGTHS), &lengths)?;
        columns::write(folder, &self.columns)?;
        tables::write(folder, self)?;
        if let Some(tokens) = &self.tokens {
            write_frequencies(&folder.join(FREQUENCIES), &tokens.frequencies)?;
        }
        let summary = StoredSummary {
            version: VERSION,
            made: format!("{:016x}", fastrand::u64(..)),
            text_column: self.text_column.clone(),
            rows: self.rows.clone(),
            text: self.text.as_ref().map(|text| text.splits.iter().map(StoredText::from).collect()),
            tokens: self.tokens.as_ref().map(|tokens| tokens.splits.iter().map(StoredTokens::from).collect()),
            quality: self.quality.clone(),
        };
        let path = folder.join(SUMMARY);
        let json = serde_json::to_vec_pretty(&summary).map_err(|error| StatsError::write(&path)(error.into()))?;
        let mut file = File::create(&path).map_err(StatsError::write(&path))?;
        file.write_all(&json).and_then(|()| file.sync_all()).map_err(StatsError::write(&path))
    }

    /// Reads what [`save`](Self::save) wrote, all of it from one and the same time: while another process replaces the
    /// folder, it is read again.
    pub fn load(folder: &Path) -> Result<Self, StatsError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let again = tries < TRIES;
            let summary = match read_summary(folder) {
                Err(StatsError::NotStored(_)) if again && is_being_replaced(folder) => {
                    std::thread::sleep(PAUSE);
                    continue;
                }
                read => read?,
            };
            let loaded = Self::load_once(folder, &summary);
            if read_summary(folder).is_ok_and(|now| now == summary) {
                return loaded;
            }
            if !again {
                return Err(StatsError::damaged(folder, "they are replaced again and again"));
            }
        }
    }

    fn load_once(folder: &Path, summary: &[u8]) -> Result<Self, StatsError> {
        let summary = parse_summary(folder, summary)?;
        let lengths = read_lengths(&folder.join(LENGTHS))?;
        let table = |split: &str, unit: &str| {
            let of = |(known, counted, _, _): &&(String, String, u64, u64)| known == split && counted == unit;
            lengths.iter().filter(of).map(|(_, _, length, count)| (*length, *count)).collect::<LengthTable>()
        };
        let text = summary.text.map(|splits| {
            TextStats::of(
                splits
                    .into_iter()
                    .map(|StoredText { split, rows, nulls, empty, blank }| SplitText {
                        lengths: TextLengths {
                            rows,
                            nulls,
                            empty,
                            blank,
                            chars: table(&split, "chars"),
                            words: table(&split, "words"),
                        },
                        name: split,
                    })
                    .collect(),
            )
        });
        let tokens = match summary.tokens {
            Some(splits) => {
                let splits = splits
                    .into_iter()
                    .map(|StoredTokens { split, rows, nulls, pads }| SplitTokens {
                        lengths: TokenLengths { rows, nulls, pads, tokens: table(&split, "tokens") },
                        name: split,
                    })
                    .collect();
                Some(TokenStats::of(splits, read_frequencies(&folder.join(FREQUENCIES))?))
            }
            None => None,
        };
        Ok(Self {
            text_column: summary.text_column,
            rows: summary.rows,
            text,
            tokens,
            quality: summary.quality,
            columns: columns::read(folder)?,
        })
    }
}

fn read_summary(folder: &Path) -> Result<Vec<u8>, StatsError> {
    let path = folder.join(SUMMARY);
    fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => StatsError::NotStored(folder.to_owned()),
        _ => StatsError::damaged(&path, error),
    })
}

fn parse_summary(folder: &Path, summary: &[u8]) -> Result<StoredSummary, StatsError> {
    let path = folder.join(SUMMARY);
    let summary: StoredSummary = serde_json::from_slice(summary).map_err(|error| StatsError::damaged(&path, error))?;
    if (1..=VERSION).contains(&summary.version) {
        Ok(summary)
    } else {
        Err(StatsError::damaged(&path, format!("they have the layout {}", summary.version)))
    }
}

/// Whether the old folder has just been put aside, so that the new one is about to come.
fn is_being_replaced(folder: &Path) -> bool {
    let aside = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(ASIDE);
    let entries = folder.parent().and_then(|parent| fs::read_dir(parent).ok());
    entries.into_iter().flatten().flatten().any(|entry| aside(&entry) && entry.path().join(OLD).exists())
}

impl From<&SplitText> for StoredText {
    fn from(split: &SplitText) -> Self {
        let TextLengths { rows, nulls, empty, blank, .. } = split.lengths;
        Self { split: split.name.clone(), rows, nulls, empty, blank }
    }
}

impl From<&SplitTokens> for StoredTokens {
    fn from(split: &SplitTokens) -> Self {
        let TokenLengths { rows, nulls, pads, .. } = split.lengths;
        Self { split: split.name.clone(), rows, nulls, pads }
    }
}

fn write_lengths(path: &Path, tables: &[(&str, &str, &LengthTable)]) -> Result<(), StatsError> {
    let rows = || {
        tables
            .iter()
            .flat_map(|&(split, unit, table)| table.iter().map(move |(length, count)| (split, unit, length, count)))
    };
    let split: StringArray = rows().map(|(split, ..)| Some(split)).collect();
    let unit: StringArray = rows().map(|(_, unit, ..)| Some(unit)).collect();
    let length: Int64Array = rows().map(|(_, _, length, _)| length as i64).collect();
    let count: Int64Array = rows().map(|(.., count)| count as i64).collect();
    write_parquet(
        path,
        vec![
            ("split", Arc::new(split)),
            ("unit", Arc::new(unit)),
            ("length", Arc::new(length)),
            ("count", Arc::new(count)),
        ],
    )
}

fn write_frequencies(path: &Path, frequencies: &Frequencies) -> Result<(), StatsError> {
    let id: Int64Array = frequencies.iter().map(|(id, _)| i64::from(id)).collect();
    let count: Int64Array = frequencies.iter().map(|(_, count)| count as i64).collect();
    write_parquet(path, vec![("id", Arc::new(id)), ("count", Arc::new(count))])
}

/// How every table here is written.
pub(super) fn compressed() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build()
}

fn write_parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) -> Result<(), StatsError> {
    let failed = |error: &dyn std::fmt::Display| StatsError::write(path)(std::io::Error::other(error.to_string()));
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .map_err(|error| failed(&error))?;
    let file = File::create(path).map_err(StatsError::write(path))?;
    let write = || {
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(compressed()))?;
        writer.write(&batch)?;
        writer.into_inner()
    };
    write().map_err(|error| failed(&error))?.sync_all().map_err(StatsError::write(path))
}

fn read_lengths(path: &Path) -> Result<Vec<(String, String, u64, u64)>, StatsError> {
    let mut lengths = Vec::new();
    for batch in read_parquet(path)? {
        let text = |name: &str| column(&batch, name, path)?.as_string_opt::<i32>().ok_or_else(|| mistyped(path, name));
        let (split, unit) = (text("split")?, text("unit")?);
        let (length, count) = (numbers(&batch, "length", path)?, numbers(&batch, "count", path)?);
        lengths.extend((0..batch.num_rows()).map(|row| {
            (
                split.value(row).to_owned(),
                unit.value(row).to_owned(),
                length[row].unsigned_abs(),
                count[row].unsigned_abs(),
            )
        }));
    }
    Ok(lengths)
}

fn read_frequencies(path: &Path) -> Result<Frequencies, StatsError> {
    let mut frequencies = Frequencies::default();
    for batch in read_parquet(path)? {
        for (id, count) in numbers(&batch, "id", path)?.iter().zip(numbers(&batch, "count", path)?) {
            let id = u32::try_from(*id).map_err(|_| StatsError::damaged(path, format!("{id} is no token id")))?;
            frequencies.add_many(id, count.unsigned_abs());
        }
    }
    Ok(frequencies)
}

fn read_parquet(path: &Path) -> Result<Vec<RecordBatch>, StatsError> {
    let file = File::open(path).map_err(|error| StatsError::damaged(path, error))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| StatsError::damaged(path, error))?;
    reader.map(|batch| batch.map_err(|error| StatsError::damaged(path, error))).collect()
}

pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str, path: &Path) -> Result<&'a ArrayRef, StatsError> {
    batch.column_by_name(name).ok_or_else(|| StatsError::damaged(path, format!("the column {name} is missing")))
}

fn numbers<'a>(batch: &'a RecordBatch, name: &str, path: &Path) -> Result<&'a [i64], StatsError> {
    let numbers = column(batch, name, path)?.as_primitive_opt::<Int64Type>().ok_or_else(|| mistyped(path, name))?;
    Ok(numbers.values())
}

pub(super) fn mistyped(path: &Path, name: &str) -> StatsError {
    StatsError::damaged(path, format!("the column {name} has another type"))
}

/// Forces a folder's entries to disk, where the system can.
pub(super) fn sync_folder(folder: &Path) -> Result<(), StatsError> {
    if cfg!(unix) {
        File::open(folder).and_then(|opened| opened.sync_all()).map_err(StatsError::write(folder))?;
    }
    Ok(())
}
