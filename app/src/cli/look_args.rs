//! The flags of samples and search, and the conditions on rows.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct SamplesArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// Only this split.
    #[arg(long)]
    pub(super) split: Option<String>,
    /// The first row, from 0.
    #[arg(long, default_value_t = 0)]
    pub(super) offset: u64,
    /// How many rows.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) limit: u32,
    /// Put the rows in the order of this column; rows without a value come last.
    #[arg(long, value_name = "COLUMN")]
    pub(super) sort: Option<String>,
    /// The largest first.
    #[arg(long, requires = "sort")]
    pub(super) descending: bool,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// Show the rows of this tokenization instead of the text.
    #[arg(long)]
    pub(super) tokenization: Option<String>,
}

/// Which rows; conditions that are all to hold.
#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Only rows that meet this SQL condition, for example "length(text) > 100 AND row < 1000".
    #[arg(long, value_name = "SQL")]
    pub(super) r#where: Option<String>,
    /// Only rows whose text has so many characters, for example 10..200, 10.. or ..200.
    #[arg(long, value_name = "RANGE")]
    pub(super) chars: Option<String>,
    /// Only rows whose text has so many words.
    #[arg(long, value_name = "RANGE")]
    pub(super) word_count: Option<String>,
    /// Only rows with so many tokens in a tokenization that has one row a sample.
    #[arg(long, value_name = "RANGE")]
    pub(super) tokens: Option<String>,
    /// The tokenization that --tokens speaks of; where none is named, the one whose rows are shown, else the newest.
    #[arg(long, value_name = "ID", requires = "tokens")]
    pub(super) tokens_of: Option<String>,
    /// Only rows whose text stands in another row too.
    #[arg(long)]
    pub(super) duplicates: bool,
    /// Only rows with this value in a column; `null` for no value. May be given several times.
    #[arg(long = "column-value", value_name = "NAME=VALUE")]
    pub(super) column_values: Vec<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct SearchArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// What to find.
    pub(super) query: String,
    /// How to read the query.
    #[arg(long, value_enum, default_value_t = SearchMode::Contains)]
    pub(super) mode: SearchMode,
    /// Search for words, "phrases", AND, OR, -not and parentheses; the best rows come first. Short for --mode words.
    #[arg(long, conflicts_with_all = ["mode", "regex"])]
    pub(super) words: bool,
    /// The query is a regular expression. Short for --mode regex.
    #[arg(long, conflicts_with = "mode")]
    pub(super) regex: bool,
    /// Tell upper from lower case.
    #[arg(long, conflicts_with = "words")]
    pub(super) match_case: bool,
    /// Match whole words only.
    #[arg(long, conflicts_with = "words")]
    pub(super) whole_word: bool,
    /// Search this column; may be given several times. Else the text column.
    #[arg(long)]
    pub(super) column: Vec<String>,
    /// Read every row even where an index could answer.
    #[arg(long)]
    pub(super) no_index: bool,
    /// Only this split.
    #[arg(long)]
    pub(super) split: Option<String>,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// How many hits.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) limit: u32,
    /// How many hits to leave out first.
    #[arg(long, default_value_t = 0)]
    pub(super) offset: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SearchMode {
    /// The text as it is.
    Contains,
    /// A regular expression, in the syntax of Rust's regex crate.
    Regex,
    /// Words, "phrases", AND, OR, -not and parentheses; the best rows come first.
    Words,
}
