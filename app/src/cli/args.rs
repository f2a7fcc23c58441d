//! Every command, as clap reads it. The flags of most are in files of their own.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::dataset_args::{ListArgs, RmArgs};
use super::get_args::{AddArgs, DownloadArgs, InspectArgs, ResumeArgs};
use super::look_args::{SamplesArgs, SearchArgs};
use super::preset_args::PresetArgs;
use super::publish_args::PublishArgs;
use super::row_args::{ExportRowsArgs, SubsetArgs};
use super::sql_args::{QueriesArgs, SqlArgs};
use super::stats_args::{CompareArgs, StatsArgs};
use super::token_args::{AuditArgs, ExportArgs, PreviewArgs, TokenizeArgs};
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

/// A word of the core, which says itself which there are.
pub(super) fn word<T: std::str::FromStr<Err = String>>(text: &str) -> Result<T, String> {
    text.parse()
}

#[derive(Debug, Args)]
pub(super) struct DatasetArg {
    /// The dataset, by id or name.
    pub(super) dataset: String,
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
