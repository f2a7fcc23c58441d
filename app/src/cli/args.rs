//! Every command and flag, as clap reads them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mistudio_core::catalog::{SortKey, Source, Status};
use mistudio_core::export::Format;

use super::row_args::{ExportRowsArgs, SubsetArgs};
use super::setting_args::SettingArgs;
use super::source_args::SourceArgs;
use super::sql_args::{QueriesArgs, SqlArgs};
use super::stats_args::{CompareArgs, StatsArgs};
use super::tokenizer_args::TokenizerArgs;

/// Get, look into and tokenize text datasets.
///
/// Without a command, opens the window on WORKSPACE, or on the last one.
#[derive(Debug, Parser)]
#[command(name = "mistudio", version, subcommand_precedence_over_arg = true, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// The workspace folder to open in the window.
    #[arg(value_name = "WORKSPACE")]
    pub(super) folder: Option<PathBuf>,

    /// The workspace folder that a command works on; else the current folder, where it is one.
    #[arg(long, global = true, env = "MISTUDIO_WORKSPACE", value_name = "DIR")]
    pub(super) workspace: Option<PathBuf>,

    /// Print exactly one JSON document on stdout.
    #[arg(long, global = true)]
    pub(super) json: bool,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a workspace in a new or empty folder.
    Init(InitArgs),
    /// List the datasets.
    List(ListArgs),
    /// Show one dataset with its splits, files, columns and tokenizations.
    Show(DatasetArg),
    /// Show what a repository on the Hub or a local path holds, before anything is read.
    Inspect(InspectArgs),
    /// Download a dataset from the Hub. Ctrl+C pauses.
    Download(DownloadArgs),
    /// Add local files or a folder.
    Add(AddArgs),
    /// Continue what was paused, interrupted or failed.
    Resume(ResumeArgs),
    /// Pause the work on a dataset, also that of another process.
    Pause(DatasetArg),
    /// Give up the work on a dataset, also that of another process, with its partial files.
    Cancel(DatasetArg),
    /// Delete datasets with all that hangs on them, or one tokenization.
    Rm(RmArgs),
    /// Print rows.
    Samples(SamplesArgs),
    /// Find text in every row.
    Search(SearchArgs),
    /// Make the index that searches are answered by, again or for a dataset that has none.
    Index(DatasetArg),
    /// Make a dataset of chosen rows of another.
    Subset(SubsetArgs),
    /// Write chosen rows into a file: JSONL, CSV, TSV, Parquet or Arrow, with their provenance beside it.
    ExportRows(ExportRowsArgs),
    /// Print exact statistics over all rows.
    Stats(Box<StatsArgs>),
    /// Hold two datasets or two tokenizations against each other: lengths, tokens, shared samples.
    Compare(CompareArgs),
    /// Ask the workspace in SQL.
    Sql(SqlArgs),
    /// List, show, save, rename, remove and run saved queries.
    Queries(QueriesArgs),
    /// Add and list tokenizers.
    Tokenizer(TokenizerArgs),
    /// Turn a dataset's text into token rows.
    Tokenize(TokenizeArgs),
    /// Show what a text becomes.
    Preview(PreviewArgs),
    /// Check every token row of a tokenization, or of any file or folder. Exit code 1 where there are errors.
    Audit(AuditArgs),
    /// Write a tokenization in the format of a trainer. The result itself is Parquet already.
    Export(ExportArgs),
    /// List, show, save and remove named settings of token rows.
    Preset(PresetArgs),
    /// Publish a dataset or a tokenization to the Hub, with a card. Ctrl+C pauses.
    Publish(PublishArgs),
    /// List the jobs, newest first.
    Jobs,
    /// Check every file against the catalog.
    Verify(VerifyArgs),
    /// Print a completion script for a shell.
    Completions(CompletionArgs),
    /// Print the manual page.
    Man,
    /// The process that trains, started by the program itself.
    #[command(name = mistudio_core::tokenizer::HELPER_COMMAND, hide = true)]
    TrainHelper,
}

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The folder; it must be empty or not there yet.
    pub(super) dir: PathBuf,
    /// The workspace's name; the folder's where nothing is given.
    #[arg(long)]
    pub(super) name: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Only those in this status.
    #[arg(long, value_parser = word::<Status>)]
    pub(super) status: Option<Status>,
    /// Only those from there: HuggingFace or Local.
    #[arg(long, value_parser = word::<Source>)]
    pub(super) source: Option<Source>,
    /// Only those whose name holds this.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// The column to sort by; a leading `-` sorts from the largest down.
    #[arg(long, default_value = "-created_at", allow_hyphen_values = true)]
    pub(super) sort: Sort,
    /// How many, at most 500.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=500))]
    pub(super) limit: u64,
    /// How many to leave out first.
    #[arg(long, default_value_t = 0)]
    pub(super) offset: usize,
}

/// A column and a direction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sort {
    pub(super) key: SortKey,
    pub(super) descending: bool,
}

impl std::str::FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        Ok(Self { key: name.parse()?, descending })
    }
}

fn word<T: std::str::FromStr<Err = String>>(text: &str) -> Result<T, String> {
    text.parse()
}

#[derive(Debug, Args)]
pub(super) struct DatasetArg {
    /// The dataset, by id or name.
    pub(super) dataset: String,
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// A repository (owner/name or a pasted address) or a local path.
    pub(super) source: String,
    /// A branch, tag or commit.
    #[arg(long)]
    pub(super) revision: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct DownloadArgs {
    /// The repository: owner/name or a pasted address.
    pub(super) repo: String,
    /// A config; may be given several times, and each becomes a dataset. The default one where none is named.
    #[arg(long)]
    pub(super) config: Vec<String>,
    /// A split; may be given several times. All where none is named.
    #[arg(long)]
    pub(super) split: Vec<String>,
    /// A branch, tag or commit; refs/convert/parquet is the Hub's own Parquet of the dataset.
    #[arg(long)]
    pub(super) revision: Option<String>,
    /// What to call the dataset; of several, each is called NAME-CONFIG.
    #[arg(long)]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) bad: BadDataArgs,
}

/// What to do with data that cannot be read.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct BadDataArgs {
    /// Skip and count rows that cannot be read, instead of refusing the file.
    #[arg(long)]
    pub(super) skip_bad_rows: bool,
    /// Replace bytes that are not UTF-8, instead of refusing the file.
    #[arg(long)]
    pub(super) replace_bad_text: bool,
}

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Files, or one folder.
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
    /// What to call the dataset.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// The column that holds the text; detected where none is named.
    #[arg(long)]
    pub(super) text_column: Option<String>,
    /// What one sample of a text file is.
    #[arg(long, value_enum, default_value_t = TxtUnit::Lines)]
    pub(super) txt: TxtUnit,
    /// Leave Parquet where it is and only refer to it.
    #[arg(long)]
    pub(super) reference: bool,
    #[command(flatten)]
    pub(super) bad: BadDataArgs,
    /// The character between CSV values; detected where none is named.
    #[arg(long)]
    pub(super) delimiter: Option<char>,
    /// The character around CSV values, or `none`; detected where nothing is said.
    #[arg(long, value_parser = quote)]
    pub(super) quote: Option<String>,
    /// Whether the first CSV line names the columns; detected where nothing is said.
    #[arg(long)]
    pub(super) header: Option<bool>,
}

fn quote(text: &str) -> Result<String, String> {
    if text == "none" || text.len() == 1 {
        Ok(text.to_owned())
    } else {
        Err("give one ASCII character, or none".into())
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum TxtUnit {
    /// Each line.
    Lines,
    /// What stands between blank lines.
    Blocks,
    /// Each file.
    Files,
}

#[derive(Debug, Args)]
pub(super) struct ResumeArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    #[command(flatten)]
    pub(super) bad: BadDataArgs,
}

#[derive(Debug, Args)]
pub(super) struct RmArgs {
    /// The datasets, by id or name.
    #[arg(required = true)]
    pub(super) datasets: Vec<String>,
    /// Delete only this tokenization of the one dataset that is named.
    #[arg(long, value_name = "ID")]
    pub(super) tokenization: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

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

#[derive(Debug, Args)]
pub(super) struct TokenizeArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// The tokenizer, by name.
    #[arg(long)]
    pub(super) tokenizer: String,
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    #[command(flatten)]
    pub(super) source: SourceArgs,
    /// Put the samples of each split in an order that depends on this number alone; the dataset's order where there is
    /// none.
    #[arg(long, value_name = "SEED")]
    pub(super) shuffle_seed: Option<u64>,
    /// A split; may be given several times. All where none is named.
    #[arg(long)]
    pub(super) split: Vec<String>,
    /// Skip and count samples that cannot be processed, instead of stopping.
    #[arg(long, overrides_with = "stop_at_bad_samples")]
    pub(super) skip_bad_samples: bool,
    /// Stop at a sample that cannot be processed, where a preset skips it.
    #[arg(long)]
    pub(super) stop_at_bad_samples: bool,
}

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// The tokenizer, by name.
    #[arg(long)]
    pub(super) tokenizer: String,
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    #[command(flatten)]
    pub(super) source: SourceArgs,
    /// The text, or - to read it from stdin.
    #[arg(required_unless_present = "row", conflicts_with_all = ["row", "dataset"])]
    pub(super) text: Option<String>,
    /// A second text, for a pair.
    #[arg(long, value_name = "TEXT", requires = "text")]
    pub(super) second_text: Option<String>,
    /// The dataset that --row is of, by id or name.
    #[arg(long, requires = "row")]
    pub(super) dataset: Option<String>,
    /// Take this row of a dataset, from 0, instead of a text.
    #[arg(long, requires = "dataset")]
    pub(super) row: Option<u64>,
    /// The split that --row is in; the first where none is named.
    #[arg(long, requires = "row")]
    pub(super) split: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// A tokenization's id, a dataset by id or name, a Parquet or Arrow file, or a folder of them.
    #[arg(value_name = "WHAT")]
    pub(super) what: String,
    /// The tokenization of the dataset; the newest where none is named.
    pub(super) tokenization: Option<String>,
    /// The tokenizer that the rows should be of: its name in the workspace, or its folder. A tokenization has its own.
    #[arg(long, value_name = "NAME|PATH")]
    pub(super) tokenizer: Option<String>,
    /// How many ids each row should have; else what the files beside the rows promise, else what nearly all rows have.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) length: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// A tokenization's id, or a dataset by id or name.
    #[arg(value_name = "TOKENIZATION")]
    pub(super) what: String,
    /// The tokenization of the dataset; the newest where none is named.
    #[arg(value_name = "OF_DATASET")]
    pub(super) tokenization: Option<String>,
    /// hf (what `load_from_disk` of datasets opens), megatron (.bin and .idx), npy, or datatrove (.ds).
    #[arg(long, value_parser = word::<Format>)]
    pub(super) format: Format,
    /// The folder to write; it must be empty or not there yet.
    #[arg(long, value_name = "FOLDER")]
    pub(super) to: PathBuf,
    /// Only this split.
    #[arg(long)]
    pub(super) split: Option<String>,
    /// Replace an earlier export in the same folder.
    #[arg(long)]
    pub(super) overwrite: bool,
}

#[derive(Debug, Args)]
pub(super) struct PresetArgs {
    #[command(subcommand)]
    pub(super) action: PresetAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum PresetAction {
    /// List the presets, built in and saved.
    List,
    /// Print the settings of one.
    Show(PresetShowArgs),
    /// Save settings under a name.
    Save(Box<PresetSaveArgs>),
    /// Remove a saved one.
    Rm(PresetRmArgs),
}

#[derive(Debug, Args)]
pub(super) struct PresetShowArgs {
    /// Its name.
    pub(super) name: String,
    /// The tokenizer to show a built-in one for.
    #[arg(long)]
    pub(super) tokenizer: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct PresetSaveArgs {
    /// What to call it.
    pub(super) name: String,
    /// The tokenizer whose own settings stand where nothing is given.
    #[arg(long)]
    pub(super) tokenizer: String,
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    /// Replace the one of that name.
    #[arg(long)]
    pub(super) overwrite: bool,
}

#[derive(Debug, Args)]
pub(super) struct PresetRmArgs {
    /// Its name.
    pub(super) name: String,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct PublishArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// The repository: owner/name, or a name of your own.
    pub(super) repo: String,
    /// Publish the token rows of this tokenization instead of the text.
    #[arg(long)]
    pub(super) tokenization: Option<String>,
    /// Publish as this config of the repository, beside the others.
    #[arg(long)]
    pub(super) config: Option<String>,
    /// Let everyone read it; a new repository is private without this.
    #[arg(long, conflicts_with = "private")]
    pub(super) public: bool,
    /// Only for those who may read the repository; this is so without any flag.
    #[arg(long)]
    pub(super) private: bool,
    /// The licence, as the Hub names it (mit, cc-by-4.0, …); the one the data came with where nothing is given.
    #[arg(long = "license", alias = "licence")]
    pub(super) licence: Option<String>,
    /// A file of Markdown that describes the dataset on its card.
    #[arg(long, value_name = "FILE")]
    pub(super) description: Option<PathBuf>,
    /// The branch.
    #[arg(long, value_name = "BRANCH")]
    pub(super) revision: Option<String>,
    /// Propose the change in a pull request instead of making it.
    #[arg(long)]
    pub(super) create_pr: bool,
    /// Replace what is there in the same place.
    #[arg(long)]
    pub(super) replace: bool,
    /// Only say what would be published.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Repair what can be repaired.
    #[arg(long)]
    pub(super) repair: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompletionArgs {
    /// The shell.
    pub(super) shell: clap_complete::Shell,
}
