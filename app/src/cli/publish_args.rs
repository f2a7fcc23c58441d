//! The flags of publish.

use std::path::PathBuf;

use clap::Args;

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
