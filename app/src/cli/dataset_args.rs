//! The flags of list and rm.

use clap::Args;
use mistudio_core::catalog::{SortKey, Source, Status};

use super::args::word;

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
