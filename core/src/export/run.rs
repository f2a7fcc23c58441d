//! An export from beginning to end.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::destination::{ABOUT, Destination};
use super::error::ExportError;
use super::{datatrove, hf, megatron, npy, out};
use crate::data::{DatasetFiles, FilledRow, FilledRows, SplitFiles};
use crate::jobs::{Control, Unit};
use crate::units::{count, counted};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The folder that `datasets.load_from_disk` opens: Arrow streams, all columns as they are.
    Hf,
    /// Megatron's indexed datasets, `.bin` and `.idx` for each split.
    Megatron,
    /// NumPy arrays, one or more for each split.
    Npy,
    /// datatrove's token files, a folder for each split.
    Datatrove,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Hf, Self::Megatron, Self::Npy, Self::Datatrove];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hf => "hf",
            Self::Megatron => "megatron",
            Self::Npy => "npy",
            Self::Datatrove => "datatrove",
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|format| format.to_string() == text);
        found.ok_or_else(|| format!("\"{text}\" is neither hf, megatron, npy nor datatrove"))
    }
}

/// Token rows to export.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Their Parquet files.
    pub files: &'a DatasetFiles,
    /// What they are called: the tokenization's id.
    pub name: &'a str,
    /// What the column with the ids is called.
    pub ids_column: &'a str,
    /// What `settings.json` beside them says: an export repeats it, so that its rows can be audited like these.
    pub made_with: &'a Value,
    /// Their tokenizer's repository or name.
    pub tokenizer: &'a str,
    /// The lowest number above every id, where it is known.
    pub id_limit: Option<u64>,
    /// Whether rows are filled up on the left.
    pub pads_left: bool,
    /// Rows that are filled up although no column says so.
    pub filled: &'a FilledRows,
    /// Filling of such rows of which nobody kept where it is, so that it is taken for tokens.
    pub pads_among_tokens: u64,
    /// Where long samples are windows that are not to be joined again.
    pub windows: Option<Windows>,
    /// Tokens and filling in all rows, about; by this the disk is asked for room.
    pub ids: u64,
}

/// Rows of one sample that are no parts of one text: they share tokens, or have special tokens of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Tokens that two neighbours share.
    pub stride: u64,
    /// Tokens in all rows that stand in the row before, too.
    pub repeated: u64,
    /// Whether each has special tokens of its own.
    pub is_framed: bool,
}

impl Windows {
    /// From what `settings.json` beside the rows says; nothing where rows of one sample, one after the other, are its text.
    pub fn of(made_with: &Value, repeated: u64) -> Option<Self> {
        let settings = &made_with["settings"];
        let stride = settings["stride"].as_u64().unwrap_or(0);
        let has = |frame: &str| {
            let ids = made_with["tokenizer"][frame].as_object().into_iter().flat_map(|parts| parts.values());
            ids.filter_map(Value::as_array).any(|ids| !ids.is_empty())
        };
        let is_framed = settings["add_special_tokens"].as_bool() == Some(true) && has("frame");
        let is_pair = settings["second_text_column"].is_string();
        let is_windows = settings["layout"].as_str() == Some("windows");
        (is_windows && (stride > 0 || is_framed || is_pair)).then_some(Self { stride, repeated, is_framed })
    }

    fn note(self) -> String {
        let mut why = Vec::new();
        if self.repeated > 0 {
            let (stride, repeated) = (counted(self.stride, "token"), count(self.repeated));
            why.push(format!("neighbours share {stride} of the text that is split, and {repeated} stand twice in all"));
        }
        if self.is_framed {
            why.push("each has special tokens of its own".to_owned());
        }
        let why = if why.is_empty() { "they may share tokens".to_owned() } else { why.join(", and ") };
        format!("A long sample is several windows, which are not joined again: {why}.")
    }
}

/// Where to and how.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The format.
    pub format: Format,
    /// The folder, which must not be there, be empty, or be an earlier export that is to be replaced.
    pub to: &'a Path,
    /// One split; all where none is named.
    pub split: Option<&'a str>,
    /// Whether an earlier export in the same place is replaced.
    pub overwrite: bool,
}

/// What was exported, as `export.json` says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The format.
    pub format: Format,
    /// The folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The tokenization.
    pub tokenization: String,
    /// Its tokenizer.
    pub tokenizer: String,
    /// Each split.
    pub splits: Vec<ExportedSplit>,
    /// What the reader of the files should know, a sentence each.
    pub notes: Vec<String>,
}

/// What was exported of one split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedSplit {
    /// Its name.
    pub split: String,
    /// The type of the ids, as NumPy calls it.
    pub id_type: String,
    /// Rows.
    pub rows: u64,
    /// Samples that the rows are of, where the format knows where they end; rows of several samples count as one, and so
    /// do windows that are not to be joined again.
    pub documents: u64,
    /// Real tokens.
    pub tokens: u64,
    /// Filling that was kept; the rest was left out.
    pub pads: u64,
    /// Its files, within the folder.
    pub files: Vec<String>,
    /// Rows among them that are filled up although nothing else in these files says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled_rows: Vec<FilledRow>,
}

/// Writes the rows in another format. Progress counts rows; stopped, it leaves nothing.
pub fn export(input: Input<'_>, request: Request<'_>, control: &Control) -> Result<Exported, ExportError> {
    let splits = chosen(input.files, request.split)?;
    let rows: u64 = splits.iter().map(|split| split.rows()).sum();
    let share = rows as f64 / input.files.rows().max(1) as f64;
    let ids = (input.ids as f64 * share) as u64;
    let destination = Destination::begin(request.to, request.overwrite, size(&input, request.format, ids, rows))?;
    control.phase("Exporting", Unit::Rows, Some(rows));
    let mut written = Vec::with_capacity(splits.len());
    let mut notes = Vec::new();
    for split in &splits {
        control.check()?;
        let split = match request.format {
            Format::Hf => hf::write(&input, split, &destination, control)?,
            Format::Megatron => megatron::write(&input, split, &destination, control)?,
            Format::Npy => npy::write(&input, split, &destination, control, &mut notes)?,
            Format::Datatrove => datatrove::write(&input, split, &destination, control)?,
        };
        written.push(split);
    }
    if request.format == Format::Hf {
        let names: Vec<&str> = splits.iter().map(|split| split.name.as_str()).collect();
        out::put_json(destination.folder().join("dataset_dict.json"), &json!({ "splits": names }))?;
    }
    notes.extend(about(request.format, &input));
    let exported = Exported {
        format: request.format,
        folder: PathBuf::new(),
        tokenization: input.name.to_owned(),
        tokenizer: input.tokenizer.to_owned(),
        splits: written,
        notes,
    };
    let by = concat!("miStudio ", env!("CARGO_PKG_VERSION"));
    let mut document = json!({ "made_by": by, "made_with": input.made_with });
    if let (Some(document), Ok(Value::Object(said))) = (document.as_object_mut(), serde_json::to_value(&exported)) {
        document.extend(said);
    }
    out::put_json(destination.folder().join(ABOUT), &document)?;
    control.check()?;
    Ok(Exported { folder: destination.complete()?, ..exported })
}

fn chosen<'f>(files: &'f DatasetFiles, split: Option<&str>) -> Result<Vec<&'f SplitFiles>, ExportError> {
    let Some(wanted) = split else { return Ok(files.splits.iter().collect()) };
    files.split(wanted).map(|split| vec![split]).ok_or_else(|| ExportError::NoSplit {
        wanted: wanted.to_owned(),
        offered: files.splits.iter().map(|split| split.name.clone()).collect(),
    })
}

/// About how many bytes an export of so many ids in so many rows takes.
fn size(input: &Input<'_>, format: Format, ids: u64, rows: u64) -> u64 {
    let narrow = if input.id_limit.is_some_and(|limit| limit <= NARROW) { 2 } else { 4 };
    match format {
        // Ids and masks; offsets, samples and lengths.
        Format::Hf => ids * 5 + rows * 24,
        // Sizes, pointers and documents, of which the first and last wait in files of their own.
        Format::Megatron => ids * narrow + rows * 32,
        Format::Npy => ids * (narrow + 1) + rows * 8,
        Format::Datatrove => ids * narrow + rows * 8,
    }
}

/// Ids below this fit into 16 bits.
pub(super) const NARROW: u64 = 1 << 16;

fn about(format: Format, input: &Input<'_>) -> Vec<String> {
    let is_packed = input.made_with["settings"]["layout"] == "packed";
    let documents = match input.windows {
        Some(_) => "Each row is a document.",
        None if is_packed => "Each packed row is a document, whichever samples are in it.",
        None if format == Format::Megatron => "Each row is a sequence and each sample a document.",
        None => "Samples stand one after the other; the index says where each ends.",
    };
    let mut notes = Vec::new();
    match format {
        Format::Hf => notes.push("Every column is as in the tokenization, filling and masks included.".to_owned()),
        Format::Megatron | Format::Datatrove => {
            notes.push(format!("{documents} Filling is left out."));
            notes.extend(input.windows.map(Windows::note));
        }
        Format::Npy => {}
    }
    if input.pads_among_tokens > 0 && format != Format::Hf {
        let pads = counted(input.pads_among_tokens, "pad");
        notes.push(format!(
            "{pads} at the ends of packed rows could not be told from tokens and count as such: the tokenization does not \
             say which rows are filled up. Make it again to have that said."
        ));
    }
    notes
}
