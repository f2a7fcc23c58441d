//! What an audit says.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Whoever trains on these rows trains on something else than they think.
    Error,
    /// It may be meant so, and should be looked at.
    Warning,
    /// Good to know.
    Information,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        })
    }
}

/// What was found. Reports list kinds of the same severity in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The rows are said to be another tokenizer's than the one they were audited with, or decode and encode to other ids.
    OtherTokenizer,
    /// A file cannot be read, or only in part.
    Unreadable,
    /// Files of a split are not there.
    MissingFiles,
    /// A file has no column of token ids.
    MissingColumn,
    /// The column of token ids holds something else.
    WrongType,
    /// The type of the ids cannot hold the vocabulary.
    TooNarrow,
    /// Ids that the vocabulary does not have, negative ones among them.
    IdsOutsideVocabulary,
    /// Rows that are missing (null).
    NullRows,
    /// Ids that are missing (null) inside a row.
    NullIds,
    /// Rows without the beginning-of-sequence token at their start.
    MissingBos,
    /// Rows that begin with that token twice.
    DoubledBos,
    /// That token further on in a row.
    BosInside,
    /// Rows shorter than promised.
    ShortRows,
    /// Rows longer than promised.
    LongRows,
    /// Rows of no ids.
    EmptyRows,
    /// Rows of nothing but filling.
    OnlyPads,
    /// Filling between real tokens.
    PadsInside,
    /// The attention mask says something else than the ids.
    MaskDisagrees,
    /// `num_tokens` says something else than the row.
    NumTokensDisagrees,
    /// `sample_id` goes back.
    SamplesOutOfOrder,
    /// `sample_id` names a row that the dataset does not have.
    SamplesOutside,
    /// Rows that are the same as another.
    Duplicates,
    /// Tokens that stand for what the vocabulary does not know are many; they are counted, not rows.
    UnknownTokens,
    /// What was counted while the rows were made is not what is in their files.
    StoredAuditDisagrees,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// Rows it concerns; files for those kinds that concern files.
    pub count: u64,
    /// Both in a sentence, with what to do where that is known.
    pub message: String,
    /// Where it is, first places first; at most five of them.
    pub first: Vec<Place>,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as seen from the audited folder.
    pub file: String,
    /// The row in that file, counted from 0; nothing where the file as a whole is meant.
    pub row: Option<u64>,
    /// What is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(row) = self.row {
            write!(f, " row {}", crate::units::count(row))?;
        }
        if !self.note.is_empty() {
            write!(f, ": {}", self.note)?;
        }
        Ok(())
    }
}

/// What is in the rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Rows read.
    pub rows: u64,
    /// Real tokens; special ones count, filling never does.
    pub tokens: u64,
    /// Filling, as far as it can be told from tokens.
    pub pads: u64,
    /// Different ids.
    pub unique_ids: u64,
    /// The highest id.
    pub highest_id: Option<i64>,
    /// Rows that begin with the beginning-of-sequence token; nothing where it is not known.
    pub rows_starting_with_bos: Option<u64>,
    /// Rows with that token further on.
    pub rows_with_bos_inside: Option<u64>,
    /// How often each special token occurs among the real tokens; empty without a tokenizer.
    pub special_tokens: BTreeMap<String, u64>,
    /// Ids of the shortest row, filling included.
    pub shortest: Option<u64>,
    /// Ids of the longest row.
    pub longest: Option<u64>,
}

/// The sizes of one split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFigures {
    /// Its name, told from the names of its files.
    pub split: String,
    /// Its files.
    pub files: u64,
    /// Its rows.
    pub rows: u64,
    /// Its real tokens.
    pub tokens: u64,
    /// Its filling.
    pub pads: u64,
}

/// The tokenizer that the rows were held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedTokenizer {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub sha256: String,
    /// Its vocabulary's size.
    pub vocab_size: u64,
}

/// What the rows were expected to be, and who says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promised {
    /// Ids of every row, where all are to have as many.
    pub length: Option<u64>,
    /// The most ids a row may have.
    pub longest: Option<u64>,
    /// Whether every row is to begin with the beginning-of-sequence token.
    pub begins_with_bos: Option<bool>,
    /// Who says so, for people: a file's name, "as asked for", "what most rows are".
    pub by: Vec<String>,
}

/// The whole audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was audited, as it was named.
    pub path: String,
    /// The column with the ids.
    pub column: Option<String>,
    /// The type of the ids, for example `int32`.
    pub id_type: Option<String>,
    /// What the rows were held against; nothing where no tokenizer was named.
    pub tokenizer: Option<UsedTokenizer>,
    /// What they were expected to be.
    pub promised: Promised,
    /// What they are.
    pub total: Figures,
    /// Each split.
    pub splits: Vec<SplitFigures>,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// How far the audit goes, where it does not look at everything.
    pub notes: Vec<String>,
}

impl Report {
    /// Findings of that severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether there is no error.
    pub fn is_clean(&self) -> bool {
        self.count(Severity::Error) == 0
    }
}
