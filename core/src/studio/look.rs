//! Looking into a dataset: rows and statistics.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::operations::{Spec, Statistics};
use super::token_rows::token_rows;
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, Status};
use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::samples::{Condition, Filter, Literal, Page, PageQuery, Row, SampleReader};
use crate::stats::{Stats, StatsError};

/// Readers kept open at once: paging on must not read the footers again.
const KEPT: usize = 4;

/// The column of token rows with the tokens of each.
const TOKENS: &str = "num_tokens";

/// The readers that are open, the newest last.
#[derive(Default)]
pub(super) struct Readers(Mutex<Vec<Open>>);

/// An open reader and what it was opened for.
struct Open {
    files: DatasetFiles,
    seen: Vec<Seen>,
    reader: Arc<SampleReader>,
}

/// A file's size and time, where it is there: one that was written again from outside is read anew.
type Seen = Option<(u64, Option<SystemTime>)>;

/// The files as they are now.
fn look_at(files: &DatasetFiles) -> Vec<Seen> {
    let all = files.splits.iter().flat_map(|split| &split.files);
    all.map(|file| std::fs::metadata(&file.path).ok().map(|found| (found.len(), found.modified().ok()))).collect()
}

impl Studio {
    /// A page of a dataset's rows, or of the token rows of one of its tokenizations.
    pub fn samples(
        &self,
        dataset: &str,
        tokenization: Option<&str>,
        query: &PageQuery,
        control: &Control,
    ) -> Result<Page, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let (reader, query) = self.asked(entry, tokenization, query, control)?;
        Ok(reader.page(&query, control)?)
    }

    /// As [`samples`](Self::samples), one row after the other, so that no more than a few of them are held. `each` gets
    /// the number of all rows that could be shown, and a row, until it returns `false`; the number is the answer.
    pub fn each_sample(
        &self,
        dataset: &str,
        tokenization: Option<&str>,
        query: &PageQuery,
        control: &Control,
        each: impl FnMut(u64, Row) -> bool,
    ) -> Result<u64, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let (reader, query) = self.asked(entry, tokenization, query, control)?;
        Ok(reader.each_row(&query, control, each)?)
    }

    /// Who reads the rows of a dataset or of one of its tokenizations, and what to ask.
    fn asked<'q>(
        &self,
        entry: &DatasetEntry,
        tokenization: Option<&str>,
        query: &'q PageQuery,
        control: &Control,
    ) -> Result<(Arc<SampleReader>, Cow<'q, PageQuery>), StudioError> {
        let Some(id) = tokenization else {
            return Ok((self.prepared(entry, query.filter.as_ref(), control)?, Cow::Borrowed(query)));
        };
        let reader = self.reader(self.token_files(entry, id, control)?);
        let speaks_of_tokens = |condition: &Condition| matches!(condition, Condition::Tokens { .. });
        let Some(filter) = query.filter.as_ref().filter(|filter| filter.conditions.iter().any(speaks_of_tokens)) else {
            return Ok((reader, Cow::Borrowed(query)));
        };
        let filter = Some(of_token_rows(id, filter)?);
        Ok((reader, Cow::Owned(PageQuery { filter, ..query.clone() })))
    }

    /// Chosen rows of a dataset, each by its split and its 0-based number there, in the order given.
    pub fn rows_at(
        &self,
        dataset: &str,
        rows: &[(String, u64)],
        clamp_chars: Option<usize>,
        control: &Control,
    ) -> Result<Vec<Row>, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        Ok(self.reader(entry.data_files(self.layout())).rows_at(rows, None, clamp_chars, control)?)
    }

    /// The stored statistics of a dataset, with the tokens of one of its tokenizations: the named one, else the newest
    /// where there is one.
    pub fn stats(&self, dataset: &str, tokenization: Option<&str>) -> Result<Stats, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let id = &entry.record.id;
        let mut stats = self.text_stats(entry)?;
        let chosen = match tokenization {
            Some(id) => Some(entry.tokenization(Some(id))?),
            None => entry.tokenizations.first(),
        };
        if let Some(chosen) = chosen {
            stats.tokens = match Stats::load(&self.layout().token_stats(id, &chosen.id)) {
                Err(StatsError::NotStored(_)) => None,
                loaded => loaded?.tokens,
            };
        }
        Ok(stats)
    }

    /// The stored statistics of a dataset's text and columns. Those of another text column than its own say nothing.
    pub(super) fn text_stats(&self, entry: &DatasetEntry) -> Result<Stats, StudioError> {
        let missing = || StudioError::NoStatistics(entry.record.name.clone());
        let stats = match Stats::load(&self.layout().text_stats(&entry.record.id)) {
            Err(StatsError::NotStored(_)) => return Err(missing()),
            loaded => loaded?,
        };
        if stats.are_of(entry.record.text_column.as_deref()) { Ok(stats) } else { Err(missing()) }
    }

    /// Begins to count everything about a dataset's text and columns again, and returns the job's id. A new text column is checked
    /// here and kept when the job is done.
    pub fn recompute_stats(&self, dataset: &str, text_column: Option<String>) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        if let Some(column) = &text_column {
            let columns = entry.text_columns();
            if !columns.contains(column) {
                return Err(StudioError::NoTextIn { name: entry.record.name.clone(), column: column.clone(), columns });
            }
        }
        let id = entry.record.id.clone();
        self.jobs().check_free(&id)?;
        let job = Spec::Statistics(Statistics { dataset_id: id.clone(), text_column })
            .job(format!("Statistics of {}", entry.record.name));
        let saved = job.clone();
        self.catalog().write(move |transaction| {
            transaction.update_dataset(&id, |dataset| dataset.become_status(Status::Processing))?;
            transaction.save(&saved)
        })?;
        self.start(&job, None)?;
        Ok(job.id)
    }

    pub(super) fn reader(&self, files: DatasetFiles) -> Arc<SampleReader> {
        let seen = look_at(&files);
        let mut readers = self.inner.readers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = readers.iter().position(|known| known.files == files) {
            let found = readers.remove(place);
            if found.seen == seen {
                let reader = Arc::clone(&found.reader);
                readers.push(found);
                return reader;
            }
        }
        if readers.len() >= KEPT {
            readers.remove(0);
        }
        let reader = Arc::new(SampleReader::open(files.clone()));
        readers.push(Open { files, seen, reader: Arc::clone(&reader) });
        reader
    }

    pub(super) fn token_files(
        &self,
        entry: &DatasetEntry,
        id: &str,
        control: &Control,
    ) -> Result<DatasetFiles, StudioError> {
        let folder = self.layout().absolute(&entry.tokenization(Some(id))?.path);
        token_rows(&folder, entry.splits.iter().map(|split| split.name.as_str()), control)
    }
}

/// A filter on the rows of a dataset as one on the token rows of a tokenization, which say themselves how many tokens they
/// have.
fn of_token_rows(id: &str, filter: &Filter) -> Result<Filter, StudioError> {
    let number = |tokens: &u64| Literal::Int(i64::try_from(*tokens).unwrap_or(i64::MAX));
    let conditions = filter.conditions.iter().map(|condition| match condition {
        Condition::Tokens { tokenization, .. } if tokenization != id => {
            Err(StudioError::OtherTokens { shown: id.to_owned(), asked: tokenization.clone() })
        }
        Condition::Tokens { min, max, .. } => Ok(Condition::Range {
            column: TOKENS.to_owned(),
            from: min.as_ref().map(number),
            to: max.as_ref().map(number),
            to_included: true,
        }),
        other => Ok(other.clone()),
    });
    Ok(Filter { conditions: conditions.collect::<Result<_, _>>()? })
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::jobs::control;
    use crate::subset::Origin;

    fn rows(first: i64, word: &str) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(first..first + 100));
        let texts: ArrayRef =
            Arc::new(StringArray::from_iter_values((first..first + 100).map(|row| format!("{word} {row}"))));
        RecordBatch::try_from_iter_with_nullable([("n", numbers, true), ("text", texts, true)]).unwrap()
    }

    #[test]
    fn a_file_that_was_written_again_is_read_anew_and_no_kept_answer_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let (control, _handle) = control();
        let origin = Origin::Query { sql: "SELECT 1".into(), sources: Vec::new() };
        let put = |put: &mut dyn FnMut(&RecordBatch) -> bool| {
            put(&rows(0, "before"));
            Ok::<(), StudioError>(())
        };
        let id = studio.save_rows("numbers", origin, &rows(0, "before").schema(), &control, put).unwrap();
        studio.block_on(async {
            while studio.is_working_on(&id) {
                studio.news().await;
            }
        });
        let query = PageQuery { filter: Some(Filter::sql("n % 10 = 3")), ..PageQuery::default() };
        let seen = || {
            let page = studio.samples("numbers", None, &query, &control).unwrap();
            (page.total, page.rows[0].row, page.rows[0].values["text"].clone())
        };
        assert_eq!(seen(), (10, 3, "before 3".into()));
        let entry = studio.snapshot().dataset("numbers").unwrap().clone();
        let path = entry.data_files(studio.layout()).splits[0].files[0].path.clone();
        let again = rows(2000, "written again with longer texts");
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), again.schema(), None).unwrap();
        writer.write(&again.slice(1, 99)).unwrap();
        writer.write(&again.slice(0, 1)).unwrap();
        writer.close().unwrap();
        assert_eq!(seen(), (10, 2, "written again with longer texts 2003".into()));
    }

    #[test]
    fn token_rows_are_chosen_by_their_own_tokens_and_by_no_others() {
        let tokens = |id: &str, min, max| Condition::Tokens { tokenization: id.to_owned(), min, max };
        let sql = Condition::Sql("sample_id > 3".to_owned());
        let filter = Filter { conditions: vec![sql.clone(), tokens("tok_1", Some(10), None)] };
        let own = of_token_rows("tok_1", &filter).unwrap();
        assert_eq!(own.conditions[0], sql);
        assert_eq!(own.describe(), "sample_id > 3 and num_tokens ≥ 10");
        let refused = of_token_rows("tok_2", &filter).unwrap_err().to_string();
        assert_eq!(
            refused,
            "The rows of the tokenization tok_2 cannot be chosen by their tokens in tok_1. Choose them by those in tok_2."
        );
    }
}
