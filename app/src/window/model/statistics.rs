//! What the statistics tab shows and asks for.

use std::collections::HashMap;
use std::sync::Arc;

use mistudio_core::plot::Plot;
use mistudio_core::samples::Condition;
use mistudio_core::stats::{
    Bins, Characters, Comparison, LengthRange, LengthTable, LengthUnit, NearDuplicates, SplitShare, Stats, Summary,
    TokenReport,
};

use super::{DatasetId, JobId, RunningWork};
use crate::window::asked::Asked;
use crate::window::command::SampleKey;

/// The figures of a dataset, as far as they are here.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// The tokenizations of the dataset, the newest first.
    pub tokenizations: Vec<TokensOf>,
    /// Whose tokens were last asked for.
    pub of: StatisticsOf,
    /// The figures.
    pub figures: Asked<Figures>,
    /// How far they are while they are computed.
    pub computing: Option<RunningWork>,
    /// The search for near-duplicates while it runs.
    pub near_running: Option<(JobId, RunningWork)>,
    /// Why it ended without a result, the last time.
    pub near_failure: Option<String>,
    /// The samples of the clusters that were opened, by the first of each.
    pub clusters: HashMap<SampleKey, Asked<Vec<NearSample>>>,
    /// What the dataset can be compared with.
    pub others: Vec<OtherSide>,
    /// The comparison last asked for.
    pub comparison: Asked<Compared>,
    /// How far it is while it is made.
    pub comparing: Option<RunningWork>,
    /// Whether anything can be computed here.
    pub writable: bool,
}

/// A tokenization whose tokens can be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensOf {
    /// Its id.
    pub id: String,
    /// What the user reads.
    pub label: String,
}

/// Whose tokens the figures are about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum StatisticsOf {
    /// Those of the newest tokenization, where there is one.
    #[default]
    Newest,
    /// Those of the tokenization of that id.
    Tokenization(String),
    /// Nobody's: the text by itself.
    Text,
}

/// The figures of a dataset over all its rows.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The dataset's name.
    pub name: String,
    /// Its rows.
    pub samples: u64,
    /// Its splits and their rows.
    pub splits: Vec<SplitShare>,
    /// The column that holds its text.
    pub text_column: Option<String>,
    /// The tokenization whose tokens are counted, and its label.
    pub tokenization: Option<TokensOf>,
    /// Whether each of its rows is a sample, so that samples can be chosen by their tokens.
    pub row_is_sample: bool,
    /// What is stored.
    pub stats: Stats,
    /// Lengths in each unit that was measured, tokens first.
    pub lengths: Vec<(LengthUnit, Summary)>,
    /// The tokens with their texts, or why they cannot be told.
    pub report: Option<Result<TokenReport, String>>,
    /// What all texts are made of; none where an older version stored the statistics.
    pub characters: Option<Characters>,
    /// The samples that are nearly the same, once they were looked for, or why they cannot be read.
    pub near: Option<Result<NearDuplicates, String>>,
}

impl Figures {
    /// Every length that occurs, in that unit.
    pub fn table(&self, unit: LengthUnit) -> Option<&LengthTable> {
        match unit {
            LengthUnit::Tokens => self.stats.tokens.as_ref().map(|tokens| &tokens.overall.tokens),
            LengthUnit::Chars => self.stats.text.as_ref().map(|text| &text.overall.chars),
            LengthUnit::Words => self.stats.text.as_ref().map(|text| &text.overall.words),
        }
    }

    /// The samples of such a length; nothing where they cannot be told by it.
    pub fn of_length(&self, unit: LengthUnit, range: LengthRange) -> Option<Condition> {
        let (min, max) = (Some(range.min), range.max);
        match unit {
            LengthUnit::Tokens => {
                let tokenization = self.tokenization.as_ref().filter(|_| self.row_is_sample)?.id.clone();
                Some(Condition::Tokens { tokenization, min, max })
            }
            LengthUnit::Chars => Some(Condition::Chars { column: self.text_column.clone()?, min, max }),
            LengthUnit::Words => Some(Condition::Words { column: self.text_column.clone()?, min, max }),
        }
    }
}

/// A sample that is nearly the same as the first of its cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct NearSample {
    /// Where it stands.
    pub key: SampleKey,
    /// How much of it is the same as in the first, 0 to 1.
    pub similarity: f64,
    /// The beginning of its text.
    pub text: String,
}

/// What a dataset can be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSide {
    /// What it is: the id of a dataset or of a tokenization.
    pub named: String,
    /// The dataset that it is or belongs to.
    pub dataset: DatasetId,
    /// What the user reads.
    pub label: String,
}

/// Two sides to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareRequest {
    /// The id of the dataset or of the tokenization that is on screen.
    pub this: String,
    /// What it is compared with.
    pub other: OtherSide,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The dataset that the other side is or belongs to.
    pub other: DatasetId,
    /// What was found.
    pub found: Comparison,
}

/// Statistics to be written into a file.
#[derive(Debug, Clone, PartialEq)]
pub struct StatisticsExport {
    /// Of which dataset.
    pub dataset: DatasetId,
    /// Its name, for the file's.
    pub name: String,
    /// With whose tokens.
    pub of: StatisticsOf,
    /// The bars of lengths.
    pub bins: Bins,
}

/// A plot to be written as a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PlotExport {
    /// The file's name, without an ending.
    pub name: String,
    /// What to draw.
    pub plot: Arc<Plot>,
}
