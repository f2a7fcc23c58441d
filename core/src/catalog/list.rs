//! Which datasets, in which order, how many at a time.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{DatasetEntry, Snapshot, Source, Status};

/// A question for datasets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Only those in this status.
    pub status: Option<Status>,
    /// Only those from there.
    pub source: Option<Source>,
    /// Only those whose name holds this, in any case.
    pub name: Option<String>,
    /// The order.
    pub sort: SortKey,
    /// From the largest to the smallest.
    pub descending: bool,
    /// How many, at most 500.
    pub limit: usize,
    /// How many to leave out first.
    pub offset: usize,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self {
            status: None,
            source: None,
            name: None,
            sort: SortKey::CreatedAt,
            descending: true,
            limit: 100,
            offset: 0,
        }
    }
}

impl ListQuery {
    /// The most that one call lists.
    pub const MAX_LIMIT: usize = 500;
}

super::records::word_enum! {
    /// The columns a list can be sorted by.
    SortKey {
        /// By id.
        Id = "id",
        /// By name.
        Name = "name",
        /// By source.
        Source = "source",
        /// By repository.
        HfRepoId = "hf_repo_id",
        /// By status.
        Status = "status",
        /// By progress.
        Progress = "progress",
        /// By rows.
        NumSamples = "num_samples",
        /// By tokens.
        NumTokens = "num_tokens",
        /// By mean length.
        AvgSeqLength = "avg_seq_length",
        /// By distinct tokens.
        VocabSize = "vocab_size",
        /// By size.
        SizeBytes = "size_bytes",
        /// By format.
        Format = "format",
        /// By the time it was added.
        CreatedAt = "created_at",
        /// By the time of its last change.
        UpdatedAt = "updated_at",
    }
}

impl Snapshot {
    /// The datasets that match, one window of them, and how many match in all.
    pub fn list(&self, query: &ListQuery) -> (Vec<Arc<DatasetEntry>>, usize) {
        let part = query.name.as_ref().map(|name| name.to_lowercase());
        let mut matching: Vec<&Arc<DatasetEntry>> = self
            .datasets
            .iter()
            .filter(|entry| query.status.is_none_or(|status| entry.record.status == status))
            .filter(|entry| query.source.is_none_or(|source| entry.record.source == source))
            .filter(|entry| part.as_ref().is_none_or(|part| entry.record.name.to_lowercase().contains(part)))
            .collect();
        matching.sort_by(|a, b| {
            let order = compare(query.sort, a, b);
            if query.descending { order.reverse() } else { order }
        });
        let total = matching.len();
        let limit = query.limit.min(ListQuery::MAX_LIMIT);
        (matching.into_iter().skip(query.offset).take(limit).cloned().collect(), total)
    }
}

fn compare(key: SortKey, a: &DatasetEntry, b: &DatasetEntry) -> Ordering {
    let (a, b) = (&a.record, &b.record);
    let float = |a: Option<f64>, b: Option<f64>| a.unwrap_or(-1.0).total_cmp(&b.unwrap_or(-1.0));
    match key {
        SortKey::Id => a.id.cmp(&b.id),
        SortKey::Name => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
        SortKey::Source => a.source.word().cmp(b.source.word()),
        SortKey::HfRepoId => a.hf_repo_id.cmp(&b.hf_repo_id),
        SortKey::Status => a.status.word().cmp(b.status.word()),
        SortKey::Progress => float(a.progress, b.progress),
        SortKey::NumSamples => a.num_samples.cmp(&b.num_samples),
        SortKey::NumTokens => a.num_tokens.cmp(&b.num_tokens),
        SortKey::AvgSeqLength => float(a.avg_seq_length, b.avg_seq_length),
        SortKey::VocabSize => a.vocab_size.cmp(&b.vocab_size),
        SortKey::SizeBytes => a.size_bytes.cmp(&b.size_bytes),
        SortKey::Format => a.format.cmp(&b.format),
        SortKey::CreatedAt => a.created_at.cmp(&b.created_at),
        SortKey::UpdatedAt => a.updated_at.cmp(&b.updated_at),
    }
    .then_with(|| a.id.cmp(&b.id))
}
