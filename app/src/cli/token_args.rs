//! The flags of tokenize, preview, audit and export.

use std::path::PathBuf;

use clap::Args;
use mistudio_core::export::Format;

use super::args::word;
use super::setting_args::SettingArgs;
use super::source_args::SourceArgs;

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
#[command(override_usage = "mistudio preview --tokenizer <TOKENIZER> [OPTIONS] <TEXT>\n       \
                            mistudio preview --tokenizer <TOKENIZER> [OPTIONS] --dataset <DATASET> --row <ROW>")]
pub(super) struct PreviewArgs {
    /// The tokenizer, by name.
    #[arg(long)]
    pub(super) tokenizer: String,
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    #[command(flatten)]
    pub(super) source: SourceArgs,
    /// The text, or - to read it from stdin.
    #[arg(required_unless_present_any = ["row", "dataset"], conflicts_with_all = ["row", "dataset"])]
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::args::Cli;

    #[test]
    fn a_preview_of_a_dataset_asks_for_a_row_and_for_no_text() {
        let refused = |flags: &[&str]| {
            let words = [&["mistudio", "preview", "--tokenizer", "t"], flags].concat();
            Cli::try_parse_from(words).unwrap_err().to_string()
        };
        let said = refused(&["--dataset", "stories"]);
        let missing = said.split("Usage").next().unwrap();
        assert!(missing.contains("--row <ROW>") && !missing.contains("TEXT"), "{said}");
        assert!(refused(&[]).contains("--dataset <DATASET> --row <ROW>"), "both ways are shown");
    }
}
