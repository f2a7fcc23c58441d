//! Local files of one format into the Parquet files of one dataset.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::bad_rows::{BadRowPolicy, BadRows};
use super::blocks::{BLOCK_BYTES, Block, Blocks};
use super::csv::{self, CsvDialect, CsvOptions, CsvRows};
use super::error::IngestError;
use super::format::Format;
use super::json::{JsonRows, Layout};
use super::outputs::{ConvertedFile, Encoded, Folder, Outputs};
use super::pipeline::{Feed, ordered, workers};
use super::rows::{Decoded, MAX_COLUMNS, Rows, Rules};
use super::source::{Encoding, Source};
use super::text::{TextRows, TextUnit};
use super::writer::Encoder;
use crate::jobs::{Control, Unit};
use crate::units::counted;

/// Of each file, this much is looked at before the conversion begins.
const SAMPLE_BYTES: usize = 1 << 20;

/// At most so many files are looked at before the conversion begins.
const SAMPLE_FILES: usize = 32;

/// Rows of a smaller block are gathered with those of others.
const SMALL_BYTES: usize = 4 << 20;

/// One local file to convert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// What messages call it, and what tells its format: its path within the dataset.
    pub name: String,
    /// The split its rows belong to.
    pub split: String,
}

/// How to read the files.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ConvertOptions {
    /// What one sample of a text file is.
    pub text_unit: TextUnit,
    /// What is known about the layout of separated values.
    pub csv: CsvOptions,
    /// For bytes that are not text.
    pub encoding: Encoding,
    /// For rows that cannot be read.
    pub bad_rows: BadRowPolicy,
}

/// What a conversion did.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The Parquet files, split by split, in row order.
    pub files: Vec<ConvertedFile>,
    /// The files read, split by split, in row order.
    pub sources: Vec<SourceRows>,
    /// The columns of every file.
    pub schema: SchemaRef,
    /// The rows left out.
    pub bad_rows: BadRows,
    /// How the values of each source were separated, in the order of `sources`; empty for other formats.
    pub dialects: Vec<CsvDialect>,
}

/// One file read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRows {
    /// Its name within the dataset.
    pub name: String,
    /// The split its rows went to.
    pub split: String,
    /// Rows taken from it.
    pub rows: u64,
    /// Its size as it is on disk.
    pub bytes: u64,
}

/// Converts `files`, all of one format, into Parquet files in the folder `dest`, which is made if it is not there.
///
/// All files get one schema, exact over every row. Rows keep their order; the files of a split are taken in the order
/// given. Either all Parquet files are complete and in place when this returns, or none is there.
///
/// Progress is in bytes of the source files. A value that does not fit what the beginning of the data promised costs
/// a second pass.
pub fn convert(
    files: &[SourceFile],
    dest: &Path,
    options: &ConvertOptions,
    control: &Control,
) -> Result<Converted, IngestError> {
    let Some(first) = files.first() else { return Err(IngestError::NoFiles(dest.to_path_buf())) };
    let (format, _) = Format::expect_of_name(&first.name)?;
    for file in files {
        let (other, _) = Format::expect_of_name(&file.name)?;
        if other != format {
            return Err(IngestError::MixedFormats {
                first: first.name.clone(),
                first_format: format.label(),
                second: file.name.clone(),
                second_format: other.label(),
            });
        }
    }
    let files = by_split(files);
    match format {
        Format::Text => Conversion { files, dest, options, control }.run(&TextRows::new(options.text_unit)),
        Format::Jsonl | Format::Json => {
            let mut layouts = Vec::with_capacity(files.len());
            for file in &files {
                control.check()?;
                layouts.push(Layout::detect(&mut Source::open(&file.path, &file.name, options.encoding)?, format)?);
            }
            Conversion { files, dest, options, control }.run(&JsonRows::new(layouts))
        }
        Format::Csv | Format::Tsv => {
            let mut rows = CsvRows::new();
            let sniffer = csv::sniffer(&files[0].name)?;
            for file in &files {
                control.check()?;
                let mut source = Source::open(&file.path, &file.name, options.encoding)?;
                rows.add(&mut source, &file.name, format, &options.csv, &sniffer)?;
            }
            let converted = Conversion { files, dest, options, control }.run(&rows)?;
            Ok(Converted { dialects: rows.dialects(), ..converted })
        }
        Format::Parquet => Err(IngestError::Unsupported {
            name: first.name.clone(),
            detail: ": Parquet is used as it is and not converted".to_owned(),
        }),
    }
}

/// The files, those of one split together; splits in order of first appearance.
fn by_split(files: &[SourceFile]) -> Vec<&SourceFile> {
    let mut splits: Vec<&str> = Vec::new();
    for file in files {
        if !splits.contains(&file.split.as_str()) {
            splits.push(&file.split);
        }
    }
    splits.iter().flat_map(|split| files.iter().filter(move |file| file.split == *split)).collect()
}

struct Conversion<'a> {
    files: Vec<&'a SourceFile>,
    dest: &'a Path,
    options: &'a ConvertOptions,
    control: &'a Control,
}

/// What became of one block.
struct Worked {
    file: usize,
    bytes_read: u64,
    rows: u64,
    bad: BadRows,
    output: Encoded,
}

/// Why writing ended before everything was written.
enum Ended {
    /// A value does not fit the shape.
    Misfit,
    Failed(IngestError),
}

impl<E: Into<IngestError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Conversion<'_> {
    fn run<R: Rows>(&self, rows: &R) -> Result<Converted, IngestError> {
        let sizes = self.sizes()?;
        let folder = Folder::make(self.dest)?;
        let (mut shape, sample) = self.sample(rows)?;
        let mut converted = Err(Ended::Misfit);
        if !rows.schema(&shape).fields().is_empty() {
            converted = self.write(rows, &shape, &sample, &sizes);
        }
        if matches!(converted, Err(Ended::Misfit)) {
            shape = self.observe_all(rows, &sizes)?;
            if rows.schema(&shape).fields().is_empty() {
                return Err(IngestError::NoColumns { name: self.names() });
            }
            if rows.schema(&shape).fields().len() > MAX_COLUMNS {
                return Err(IngestError::TooManyColumns { name: self.names(), limit: MAX_COLUMNS });
            }
            converted = self.write(rows, &shape, &sample, &sizes);
        }
        match converted {
            Ok(converted) => {
                folder.stay();
                Ok(converted)
            }
            Err(Ended::Failed(error)) => Err(error),
            // The shape was made from every value, so this one was not there when it was made.
            Err(Ended::Misfit) => Err(IngestError::Changed { name: self.names() }),
        }
    }

    /// The files in a few words.
    fn names(&self) -> String {
        match self.files.as_slice() {
            [one] => one.name.clone(),
            files => format!("{} and {}", files[0].name, counted(files.len() as u64 - 1, "more file")),
        }
    }

    fn sizes(&self) -> Result<Vec<u64>, IngestError> {
        let size = |file: &&SourceFile| match fs::metadata(&file.path) {
            Ok(found) => Ok(found.len()),
            Err(source) => Err(IngestError::reading(&file.path, source)),
        };
        self.files.iter().map(size).collect()
    }

    fn rules(&self, file: usize) -> Rules<'_> {
        Rules { name: &self.files[file].name, bad_rows: self.options.bad_rows, encoding: self.options.encoding }
    }

    fn blocks<'r, R: Rows>(&'r self, rows: &'r R, file: usize, target: usize) -> Result<Blocks<'r>, IngestError> {
        let SourceFile { path, name, .. } = self.files[file];
        let source = Source::open(path, name, self.options.encoding)?;
        Ok(Blocks::new(file, name, source, rows.cutter(file), target).with_hint(rows.too_large_hint()))
    }

    /// Observes the first stretch of the first files. Broken rows are left for the conversion to tell, in order.
    fn sample<R: Rows>(&self, rows: &R) -> Result<(R::Shape, Vec<Block>), IngestError> {
        let mut shape = R::Shape::default();
        let mut sample = Vec::new();
        for file in 0..self.files.len().min(SAMPLE_FILES) {
            if let Some(block) = self.blocks(rows, file, SAMPLE_BYTES)?.next(self.control)? {
                rows.join(&mut shape, rows.observe(&block, self.rules(file).skipping())?);
                sample.push(block);
            }
        }
        Ok((shape, sample))
    }

    fn feed<R: Rows, T>(&self, rows: &R, feed: &Feed<Block, T>) -> Result<(), IngestError> {
        for file in 0..self.files.len() {
            let mut blocks = self.blocks(rows, file, BLOCK_BYTES)?;
            while let Some(block) = blocks.next(self.control)? {
                if !feed.put(block) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn observe_all<R: Rows>(&self, rows: &R, sizes: &[u64]) -> Result<R::Shape, IngestError> {
        self.control.phase("Finding the type of every column", Unit::Bytes, Some(sizes.iter().sum()));
        let mut shape = R::Shape::default();
        let observe = |block: Block| {
            self.control.check()?;
            Ok((block.file, block.bytes_read, rows.observe(&block, self.rules(block.file))?))
        };
        ordered(
            workers(),
            |feed| self.feed(rows, feed),
            observe,
            |observed: Result<_, IngestError>| {
                let (file, bytes_read, observed) = observed?;
                self.control.check()?;
                rows.join(&mut shape, observed);
                self.progress(file, bytes_read, sizes);
                Ok(())
            },
        )?;
        Ok(shape)
    }

    fn progress(&self, file: usize, bytes_read: u64, sizes: &[u64]) {
        self.control.set_done(sizes[..file].iter().sum::<u64>() + bytes_read);
        self.control.update(|report| report.files = Some((file as u64, sizes.len() as u64)));
    }

    /// Writes everything, or finds that the shape does not hold every value.
    fn write<R: Rows>(&self, rows: &R, shape: &R::Shape, sample: &[Block], sizes: &[u64]) -> Result<Converted, Ended> {
        self.control.phase("Converting", Unit::Bytes, Some(sizes.iter().sum()));
        let schema = rows.schema(shape);
        let unencoded = |error| IngestError::writing_parquet(self.dest, error);
        let encoder = Encoder::new(&schema, self.first_rows(rows, shape, sample).as_ref()).map_err(unencoded)?;
        let work = |block: Block| -> Result<Worked, Ended> {
            self.control.check()?;
            let Decoded::Rows(batch, bad) = rows.decode(shape, &block, self.rules(block.file))? else {
                return Err(Ended::Misfit);
            };
            let Block { file, bytes_read, bytes, .. } = block;
            let small = bytes.len() < SMALL_BYTES;
            drop(bytes);
            self.control.check()?;
            let count = batch.num_rows() as u64;
            let output =
                if small { Encoded::Few(batch) } else { Encoded::Groups(encoder.encode(&batch).map_err(unencoded)?) };
            Ok(Worked { file, bytes_read, rows: count, bad, output })
        };
        let mut outputs = Outputs::new(self.dest, &encoder);
        let mut counts = vec![0; self.files.len()];
        ordered(
            workers(),
            |feed| self.feed(rows, feed).map_err(Ended::Failed),
            work,
            |worked: Result<_, Ended>| {
                let worked = worked?;
                self.control.check()?;
                outputs.bad_rows.append(worked.bad);
                outputs.append(&self.files[worked.file].split, worked.output)?;
                counts[worked.file] += worked.rows;
                self.progress(worked.file, worked.bytes_read, sizes);
                Ok(())
            },
        )?;
        if counts.iter().all(|count| *count == 0) {
            return Err(IngestError::Empty { name: self.names() }.into());
        }
        let (files, bad_rows) = outputs.keep()?;
        let source = |((file, rows), bytes): ((&&SourceFile, u64), &u64)| SourceRows {
            name: file.name.clone(),
            split: file.split.clone(),
            rows,
            bytes: *bytes,
        };
        let sources = self.files.iter().zip(counts).zip(sizes).map(source).collect();
        Ok(Converted { files, sources, schema, bad_rows, dialects: Vec::new() })
    }

    /// The first rows that can be read, to choose encodings by; where there are none the defaults do.
    fn first_rows<R: Rows>(&self, rows: &R, shape: &R::Shape, sample: &[Block]) -> Option<RecordBatch> {
        sample.iter().find_map(|block| match rows.decode(shape, block, self.rules(block.file).skipping()) {
            Ok(Decoded::Rows(batch, _)) if batch.num_rows() > 0 => Some(batch),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
