//! The flags of inspect, download, add and resume.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
