//! The flags of stats and compare.

use std::path::PathBuf;

use clap::Args;
use mistudio_core::stats::{Bins, Shingles};

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// Whose tokens to count; the newest tokenization where there is one.
    #[arg(long)]
    pub(super) tokenization: Option<String>,
    /// Count everything again.
    #[arg(long)]
    pub(super) recompute: bool,
    /// Take this column as the dataset's text from now on, and count everything again.
    #[arg(long, value_name = "COLUMN")]
    pub(super) text_column: Option<String>,
    /// How lengths are grouped: standard, equal:N, log:N, or where bars begin, for example 0,128,512.
    #[arg(long, default_value = "standard", value_parser = bins)]
    pub(super) bins: Bins,
    /// Write everything into a file: .json, .csv or .parquet.
    #[arg(long, value_name = "FILE")]
    pub(super) export: Option<PathBuf>,
    /// Draw lengths, rank (tokens by rank), curve (tokens lost at any maximum length) or a column.
    #[arg(long, value_name = "lengths|rank|curve|COLUMN", requires = "out")]
    pub(super) plot: Option<String>,
    /// Where to draw it: a .png or .svg file.
    #[arg(long, value_name = "FILE", requires = "plot")]
    pub(super) out: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    pub(super) overwrite: bool,
    /// Look for samples that are nearly the same: hashes find the candidates, and each is compared exactly.
    #[arg(long)]
    pub(super) near_duplicates: bool,
    /// The least Jaccard similarity of near-duplicates, above 0 and at most 1.
    #[arg(long, requires = "near_duplicates", default_value_t = 0.8)]
    pub(super) threshold: f64,
    /// What of a text near-duplicates are told by: words:N or chars:N.
    #[arg(long, requires = "near_duplicates", default_value_t = Shingles::Words(5))]
    pub(super) shingles: Shingles,
    /// What the hash functions come from; the same number finds the same rows.
    #[arg(long, requires = "near_duplicates", default_value_t = 0)]
    pub(super) seed: u64,
}

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// A dataset by id or name, with its newest tokenization, or a tokenization by id.
    pub(super) a: String,
    /// The other.
    pub(super) b: String,
}

fn bins(text: &str) -> Result<Bins, String> {
    let count = |number: &str| number.parse().ok().filter(|count| (1..=10_000).contains(count));
    let parsed = match text.split_once(':') {
        Some(("equal", number)) => count(number).map(Bins::Equal),
        Some(("log", number)) => count(number).map(Bins::Log),
        Some(_) => None,
        None if text == "standard" => Some(Bins::Standard),
        None => text.split(',').map(|edge| edge.trim().parse().ok()).collect::<Option<Vec<u64>>>().map(Bins::Custom),
    };
    parsed.ok_or_else(|| "give standard, equal:N, log:N, or numbers with commas between".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_chosen_by_a_word_a_number_or_their_edges() {
        assert_eq!(bins("standard"), Ok(Bins::Standard));
        assert_eq!(bins("equal:20"), Ok(Bins::Equal(20)));
        assert_eq!(bins("log:8"), Ok(Bins::Log(8)));
        assert_eq!(bins("0, 128,512"), Ok(Bins::Custom(vec![0, 128, 512])));
        for wrong in ["", "equal:0", "log:x", "1,2,x", "wide:3", "-1"] {
            assert!(bins(wrong).is_err(), "{wrong}");
        }
    }
}
