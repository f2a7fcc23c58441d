//! What the commands about tokenizers take.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct TokenizerArgs {
    #[command(subcommand)]
    pub(super) action: TokenizerAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenizerAction {
    /// Add a tokenizer from a model repository, a folder or a tokenizer.json.
    Add(TokenizerAddArgs),
    /// Train a tokenizer on the text of a dataset. Ctrl+C pauses.
    Train(TokenizerTrainArgs),
    /// Show everything about a tokenizer.
    Show(TokenizerShowArgs),
    /// List the tokenizers.
    List,
    /// Delete a tokenizer that no token rows were made with.
    Rm(TokenizerRmArgs),
}

#[derive(Debug, Args)]
pub(super) struct TokenizerRmArgs {
    /// The tokenizer.
    pub(super) name: String,
    /// Do not ask.
    #[arg(long)]
    pub(super) yes: bool,
}

/// What `tokenizer train --kind` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TrainKindArg {
    /// Byte-level BPE, as GPT-2 has it.
    Bpe,
    /// Unigram over pieces that begin with a mark for space, as T5 has it.
    Unigram,
    /// Word pieces, as BERT has them.
    Wordpiece,
}

#[derive(Debug, Args)]
pub(super) struct TokenizerTrainArgs {
    /// What to call it.
    pub(super) name: String,
    /// The dataset, by id or name.
    #[arg(long)]
    pub(super) dataset: String,
    /// The algorithm.
    #[arg(long, value_enum, default_value_t = TrainKindArg::Bpe)]
    pub(super) kind: TrainKindArg,
    /// Ids in all, special tokens included; 32,000 where nothing is given, for Unigram 16,000.
    #[arg(long)]
    pub(super) vocab_size: Option<usize>,
    /// Join two pieces only where they occur together this often; 2 where nothing is given.
    #[arg(long)]
    pub(super) min_frequency: Option<u64>,
    /// A special token beside those that the kind always has; may be given again.
    #[arg(long)]
    pub(super) special: Vec<String>,
    /// Lower-case all text.
    #[arg(long, conflicts_with = "cased")]
    pub(super) lowercase: bool,
    /// Keep upper and lower case, where the kind would not: WordPiece.
    #[arg(long)]
    pub(super) cased: bool,
    /// The column that holds the texts; the dataset's text column where none is named.
    #[arg(long)]
    pub(super) text_column: Option<String>,
    /// A split to read; may be given again. All where none is named.
    #[arg(long)]
    pub(super) split: Vec<String>,
    /// Read no further text after this much: 500M, 1G, or bytes.
    #[arg(long, value_parser = size)]
    pub(super) max_bytes: Option<u64>,
    /// Read at most so many samples.
    #[arg(long)]
    pub(super) max_samples: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct TokenizerShowArgs {
    /// The tokenizer, by name.
    pub(super) name: String,
}

/// A size as people write it: a number, with K, M, G or T for powers of 1,000 and KiB, MiB, GiB, TiB for those of 1,024.
fn size(typed: &str) -> Result<u64, String> {
    let wrong = || format!("'{typed}' is no size; write 500M, 1G or a number of bytes");
    let digits = typed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(typed.len());
    let (number, unit) = typed.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let base: f64 = if unit.ends_with("ib") { 1024.0 } else { 1000.0 };
    let power = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(wrong()),
    };
    Ok((number * base.powi(power)) as u64)
}

#[derive(Debug, Args)]
pub(super) struct TokenizerAddArgs {
    /// A model repository (openai-community/gpt2), a folder, or a tokenizer.json.
    pub(super) source: String,
    /// What to call it.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// A branch, tag or commit of the repository.
    #[arg(long)]
    pub(super) revision: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("1200"), Ok(1_200));
        assert_eq!(size("1.5G"), Ok(1_500_000_000));
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("2 KiB"), Ok(2_048));
        for wrong in ["", "G", "1X", "-1", "1.2.3"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
