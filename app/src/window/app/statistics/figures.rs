//! From what is stored of a dataset to what the tab shows.

use mistudio_core::jobs::Control;
use mistudio_core::stats::{self, LengthUnit, TextQuality};
use mistudio_core::studio::{Studio, StudioError, has_row_per_sample};

use super::label;
use crate::window::app::rows;
use crate::window::command::SampleKey;
use crate::window::model::{Figures, NearSample, StatisticsOf, TokensOf};

/// Samples of a cluster that are read.
const MEMBERS: usize = 20;
/// Characters of each that are read.
const EXCERPT: usize = 300;

/// The figures of a dataset; none while they were never computed.
pub(super) fn figures(studio: &Studio, id: &str, of: &StatisticsOf) -> Result<Option<Figures>, StudioError> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(id)?;
    let chosen = match of {
        StatisticsOf::Newest => entry.tokenizations.first(),
        StatisticsOf::Tokenization(tokenization) => Some(entry.tokenization(Some(tokenization))?),
        StatisticsOf::Text => None,
    };
    let mut stats = match studio.stats(id, chosen.map(|chosen| chosen.id.as_str())) {
        Ok(stats) => stats,
        Err(StudioError::NoStatistics(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    if chosen.is_none() {
        stats.tokens = None;
    }
    let report = chosen
        .filter(|_| stats.tokens.is_some())
        .map(|chosen| studio.token_report(id, Some(&chosen.id)).map_err(|error| error.to_string()));
    let mut figures = Figures {
        name: entry.record.name.clone(),
        samples: entry.splits.iter().map(|split| split.num_samples).sum(),
        splits: stats.splits(),
        text_column: entry.record.text_column.clone(),
        tokenization: chosen.map(|chosen| TokensOf { id: chosen.id.clone(), label: label(chosen) }),
        row_is_sample: chosen.is_some_and(has_row_per_sample),
        characters: stats.quality.as_ref().map(TextQuality::characters),
        near: studio.near_duplicates(id).map_err(|error| error.to_string()).transpose(),
        report,
        lengths: Vec::new(),
        stats,
    };
    figures.lengths = [LengthUnit::Tokens, LengthUnit::Chars, LengthUnit::Words]
        .into_iter()
        .filter_map(|unit| Some((unit, figures.table(unit)?.summary()?)))
        .collect();
    Ok(Some(figures))
}

/// The first samples of the cluster of near-duplicates that begins with `first`, in the dataset's order.
pub(super) fn cluster(
    studio: &Studio,
    id: &str,
    first: &SampleKey,
    control: &Control,
) -> Result<Vec<NearSample>, StudioError> {
    let mut members: Vec<(SampleKey, f64)> = Vec::new();
    stats::near_duplicate_rows(&studio.layout().near_duplicates(id), |row| {
        if members.len() < MEMBERS && (row.cluster_split, row.cluster_row) == (first.split.as_str(), first.row) {
            members.push((SampleKey { split: row.split.to_owned(), row: row.row }, row.similarity));
        }
    })?;
    let places: Vec<(String, u64)> = members.iter().map(|(key, _)| (key.split.clone(), key.row)).collect();
    let texts = rows::beginnings(studio, id, &places, EXCERPT, control)?;
    let sample = |((key, similarity), text)| NearSample { key, similarity, text };
    Ok(members.into_iter().zip(texts).map(sample).collect())
}
