//! More that can be told of a dataset than its stored statistics say: tokens by name, duplicates, comparisons.

use super::operations::{FindNearDuplicates, Spec};
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::catalog::{CatalogError, DatasetEntry, Tokenization};
use crate::jobs::Control;
use crate::samples::Selection;
use crate::stats::{
    self, ComparedSide, Comparison, NearDuplicates, NearSettings, Stats, StatsError, TokenReport, TokenStats,
};

/// One side of a comparison, with what is stored of it.
struct Side {
    entry: std::sync::Arc<DatasetEntry>,
    tokenization: Option<Tokenization>,
    stats: Stats,
}

impl Studio {
    /// The tokens of a tokenization, told with the words of its tokenizer: the named one, else the newest.
    pub fn token_report(&self, dataset: &str, tokenization: Option<&str>) -> Result<TokenReport, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        let chosen = entry.tokenization(tokenization)?;
        let tokens = self.tokens_of(entry, chosen)?.ok_or_else(|| no_statistics(entry))?;
        let tokenizer = self.open_tokenizer(snapshot.tokenizer(&chosen.tokenizer)?)?;
        Ok(TokenReport::new(&tokens, Some(&tokenizer)))
    }

    /// The rows of a dataset whose text occurs more than once, numbered through all its splits in order: every one of
    /// them, or only those that come after another of the same text.
    pub fn duplicate_rows(&self, dataset: &str, only_repeated: bool) -> Result<Selection, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        text_column(entry)?;
        self.text_stats(entry)?;
        let folder = self.layout().text_stats(&entry.record.id);
        let mut rows = Rows::of(entry);
        let found = stats::duplicate_rows(&folder, |row| {
            if !only_repeated || (row.split, row.row) != (row.first_split, row.first_row) {
                rows.insert(row.split, row.row);
            }
        });
        rows.after(found, entry)
    }

    /// The rows of a dataset that are nearly the same as another, numbered in the same way; only those that are not the
    /// first of their cluster, if asked for.
    pub fn near_duplicate_rows(&self, dataset: &str, only_repeated: bool) -> Result<Selection, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        if self.near_duplicates(dataset)?.is_none() {
            return Err(StudioError::NoNearDuplicates(entry.record.name.clone()));
        }
        let mut rows = Rows::of(entry);
        let found = stats::near_duplicate_rows(&self.layout().near_duplicates(&entry.record.id), |row| {
            if !only_repeated || (row.split, row.row) != (row.cluster_split, row.cluster_row) {
                rows.insert(row.split, row.row);
            }
        });
        rows.after(found, entry)
    }

    /// The samples of a dataset that are nearly the same, once they were looked for. What was found in another text
    /// column than the dataset's own says nothing.
    pub fn near_duplicates(&self, dataset: &str) -> Result<Option<NearDuplicates>, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        let found = stats::near_duplicates(&self.layout().near_duplicates(&entry.record.id))?;
        Ok(found.filter(|found| Some(&found.column) == entry.record.text_column.as_ref()))
    }

    /// Begins to look for samples that are nearly the same, and returns the job's id.
    pub fn find_near_duplicates(&self, dataset: &str, settings: NearSettings) -> Result<String, StudioError> {
        self.check_writable()?;
        settings.check()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let column = text_column(entry)?.to_owned();
        let dataset_id = entry.record.id.clone();
        self.jobs().check_free(&dataset_id)?;
        let job = Spec::NearDuplicates(FindNearDuplicates { dataset_id, column, settings })
            .job(format!("Near-duplicates of {}", entry.record.name));
        let saved = job.clone();
        self.catalog().write(move |transaction| transaction.save(&saved))?;
        self.start(&job, None)?;
        Ok(job.id)
    }

    /// Two datasets or two tokenizations side by side; each is the id of a tokenization, or the id or name of a dataset,
    /// whose newest tokenization counts where it has one. Takes as long as reading the texts of two datasets once.
    pub fn compare(&self, a: &str, b: &str, control: &Control) -> Result<Comparison, StudioError> {
        let (a, b) = (self.side(a)?, self.side(b)?);
        let vocabulary = match (&a, &b) {
            (
                Side { tokenization: Some(one), stats: Stats { tokens: Some(tokens), .. }, .. },
                Side { tokenization: Some(other), stats: Stats { tokens: Some(other_tokens), .. }, .. },
            ) => {
                let snapshot = self.snapshot();
                let open = |chosen: &Tokenization| self.open_tokenizer(snapshot.tokenizer(&chosen.tokenizer)?);
                Some(stats::compare_vocabulary((tokens, &*open(one)?), (other_tokens, &*open(other)?)))
            }
            _ => None,
        };
        let samples = if a.entry.record.id == b.entry.record.id {
            None
        } else {
            let files = [&a, &b].map(|side| side.entry.data_files(self.layout()));
            let columns = (text_column(&a.entry)?, text_column(&b.entry)?);
            Some(stats::compare_samples((&files[0], columns.0), (&files[1], columns.1), control)?)
        };
        Ok(Comparison {
            lengths: stats::compare_lengths(&a.stats, &b.stats),
            vocabulary,
            samples,
            a: a.describe(),
            b: b.describe(),
        })
    }

    fn side(&self, named: &str) -> Result<Side, StudioError> {
        let snapshot = self.snapshot();
        let (entry, tokenization) = match snapshot.dataset(named) {
            Ok(entry) => (std::sync::Arc::clone(entry), entry.tokenizations.first().cloned()),
            Err(CatalogError::NotFound { .. }) => {
                let (entry, tokenization) = self.tokenization(named, None)?;
                (entry, Some(tokenization))
            }
            Err(error) => return Err(error.into()),
        };
        let stats = self.stats(&entry.record.id, tokenization.as_ref().map(|chosen| chosen.id.as_str()))?;
        Ok(Side { entry, tokenization, stats })
    }

    fn tokens_of(&self, entry: &DatasetEntry, chosen: &Tokenization) -> Result<Option<TokenStats>, StudioError> {
        match Stats::load(&self.layout().token_stats(&entry.record.id, &chosen.id)) {
            Err(StatsError::NotStored(_)) => Ok(None),
            loaded => Ok(loaded?.tokens),
        }
    }
}

impl Side {
    fn describe(&self) -> ComparedSide {
        ComparedSide {
            dataset: self.entry.record.name.clone(),
            tokenization: self.tokenization.as_ref().map(|chosen| chosen.id.clone()),
            tokenizer: self.tokenization.as_ref().map(|chosen| chosen.tokenizer.clone()),
            rows: self.entry.splits.iter().map(|split| split.num_samples).sum(),
            tokens: self.stats.tokens.as_ref().map(|tokens| tokens.overall.total()),
        }
    }
}

/// Rows of a dataset, as they are collected.
struct Rows {
    starts: Vec<(String, u64)>,
    rows: Selection,
}

impl Rows {
    fn of(entry: &DatasetEntry) -> Self {
        let mut rows = 0;
        let starts = entry.splits.iter().map(|split| {
            let start = rows;
            rows += split.num_samples;
            (split.name.clone(), start)
        });
        let starts = starts.collect();
        Self { starts, rows: Selection::none(rows) }
    }

    fn insert(&mut self, split: &str, row: u64) {
        if let Some((_, start)) = self.starts.iter().find(|(name, _)| name == split) {
            self.rows.insert(start + row);
        }
    }

    fn after(self, found: Result<(), StatsError>, entry: &DatasetEntry) -> Result<Selection, StudioError> {
        match found {
            Ok(()) => Ok(self.rows),
            Err(StatsError::NotStored(_)) => Err(no_statistics(entry)),
            Err(error) => Err(error.into()),
        }
    }
}

fn no_statistics(entry: &DatasetEntry) -> StudioError {
    StudioError::NoStatistics(entry.record.name.clone())
}

fn text_column(entry: &DatasetEntry) -> Result<&str, StudioError> {
    let column = entry.record.text_column.as_deref();
    column.ok_or_else(|| StudioError::NoTextColumn(entry.record.name.clone()))
}
