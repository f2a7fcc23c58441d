//! Local files of one format into the Parquet files of one dataset.

mod batches;
mod records;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::archive::Member;
use super::bad_rows::{BadRowPolicy, BadRows};
use super::csv::{self, CsvDialect, CsvOptions, CsvRows};
use super::error::IngestError;
use super::format::Format;
use super::json::{JsonRows, Layout};
use super::outputs::{ConvertedFile, Encoded, Outputs};
use super::pipeline::{Feed, ordered, workers};
use super::rows::Rules;
use super::source::{Encoding, Source};
use super::text::{TextRows, TextUnit};
use super::writer::Encoder;
use crate::jobs::Control;
use crate::units::counted;

/// One local file to convert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// What messages call it, and what tells its format: its path within the dataset.
    pub name: String,
    /// The split its rows belong to.
    pub split: String,
    /// Where in the archive at `path` it is, if that is one.
    pub member: Option<Member>,
}

impl SourceFile {
    /// A file that is not in an archive.
    pub fn new(path: impl Into<PathBuf>, name: impl Into<String>, split: impl Into<String>) -> Self {
        Self { path: path.into(), name: name.into(), split: split.into(), member: None }
    }
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
    /// What a reader of the columns should know about them, in sentences.
    pub notes: Vec<String>,
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
    let conversion = Conversion { files: by_split(files), dest, options, control };
    match format {
        Format::Text => conversion.run(&TextRows::new(options.text_unit)),
        Format::Jsonl | Format::Json => conversion.run(&conversion.json(format)?),
        Format::Csv | Format::Tsv => {
            let rows = conversion.separated(format)?;
            let converted = conversion.run(&rows)?;
            Ok(Converted { dialects: rows.dialects(), ..converted })
        }
        Format::Arrow => conversion.run_batches(),
        Format::Parquet => Err(IngestError::Unsupported {
            name: first.name.clone(),
            detail: ": Parquet is used as it is and not converted".to_owned(),
        }),
    }
}

/// The first rows of a file that is neither Parquet nor Arrow, as they would be converted, and how its values are
/// separated. No rows where none can be read.
pub(super) fn first_rows(
    file: &SourceFile,
    options: &ConvertOptions,
    control: &Control,
) -> Result<(Option<RecordBatch>, Option<CsvDialect>), IngestError> {
    let conversion = Conversion { files: vec![file], dest: Path::new(""), options, control };
    match Format::expect_of_name(&file.name)?.0 {
        format @ (Format::Jsonl | Format::Json) => Ok((conversion.look(&conversion.json(format)?)?, None)),
        format @ (Format::Csv | Format::Tsv) => {
            let rows = conversion.separated(format)?;
            Ok((conversion.look(&rows)?, rows.dialects().into_iter().next()))
        }
        Format::Text => Ok((conversion.look(&TextRows::new(options.text_unit))?, None)),
        Format::Arrow | Format::Parquet => Ok((None, None)),
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
    fn json(&self, format: Format) -> Result<JsonRows, IngestError> {
        let mut layouts = Vec::with_capacity(self.files.len());
        for file in &self.files {
            self.control.check()?;
            layouts.push(Layout::detect(&mut Source::open(file, self.options.encoding)?, format)?);
        }
        Ok(JsonRows::new(layouts))
    }

    fn separated(&self, format: Format) -> Result<CsvRows, IngestError> {
        let mut rows = CsvRows::new();
        let sniffer = csv::sniffer(&self.files[0].name)?;
        for file in &self.files {
            self.control.check()?;
            let mut source = Source::open(file, self.options.encoding)?;
            rows.add(&mut source, &file.name, format, &self.options.csv, &sniffer)?;
        }
        Ok(rows)
    }

    /// The files in a few words.
    fn names(&self) -> String {
        match self.files.as_slice() {
            [one] => one.name.clone(),
            files => format!("{} and {}", files[0].name, counted(files.len() as u64 - 1, "more file")),
        }
    }

    fn sizes(&self) -> Result<Vec<u64>, IngestError> {
        let size = |file: &&SourceFile| match (&file.member, fs::metadata(&file.path)) {
            (_, Err(source)) => Err(IngestError::reading(&file.path, source)),
            (Some(member), _) => Ok(member.compressed()),
            (None, Ok(found)) => Ok(found.len()),
        };
        self.files.iter().map(size).collect()
    }

    fn rules(&self, file: usize) -> Rules<'_> {
        Rules { name: &self.files[file].name, bad_rows: self.options.bad_rows, encoding: self.options.encoding }
    }

    fn progress(&self, file: usize, bytes_read: u64, sizes: &[u64]) {
        self.control.set_done(sizes[..file].iter().sum::<u64>() + bytes_read);
        self.control.update(|report| report.files = Some((file as u64, sizes.len() as u64)));
    }

    /// Works on items from all files, on several threads, and writes their rows in order.
    fn fill<T: Send>(
        &self,
        encoder: &Encoder,
        sizes: &[u64],
        produce: impl FnOnce(&Feed<T, Result<Worked, Ended>>) -> Result<(), IngestError> + Send,
        work: impl Fn(T) -> Result<Worked, Ended> + Sync,
    ) -> Result<Converted, Ended> {
        let mut outputs = Outputs::new(self.dest, encoder);
        let mut counts = vec![0; self.files.len()];
        ordered(
            workers(),
            |feed| produce(feed).map_err(Ended::Failed),
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
        self.control.set_done(sizes.iter().sum());
        let source = |((file, rows), bytes): ((&&SourceFile, u64), &u64)| SourceRows {
            name: file.name.clone(),
            split: file.split.clone(),
            rows,
            bytes: *bytes,
        };
        let sources = self.files.iter().zip(counts).zip(sizes).map(source).collect();
        let schema = Arc::clone(encoder.schema());
        Ok(Converted { files, sources, schema, bad_rows, dialects: Vec::new(), notes: Vec::new() })
    }
}

#[cfg(test)]
pub(crate) use tests::read as read_back;

#[cfg(test)]
mod tests;
