//! Asking the workspace in SQL, and what becomes of an answer.

use std::fs::File;
use std::path::Path;

use super::{Studio, StudioError};
use crate::catalog::now;
use crate::jobs::{Control, Unit};
use crate::sql::{self, ExampleQuery, PastQuery, ResultSet, ResultState, SavedQuery, SchemaTree, Session, SqlError};
use crate::subset::{Origin, Provenance, RowFormat, RowWriter, SourceDataset, SplitRows, Written};

/// A result in a format, in a temporary file that goes with this.
#[derive(Debug)]
pub struct FormattedResult {
    /// The file, at its beginning.
    pub file: File,
    /// What the format could not say, a sentence each.
    pub notes: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Studio {
    /// A place to ask questions in; what a query makes temporarily lasts as long as it.
    pub fn sql_session(&self) -> Result<Session, StudioError> {
        Ok(Session::open(self.layout(), self.settings())?)
    }

    /// Runs a query over the workspace as it is now: see [`Session::run`].
    pub fn sql(
        &self,
        session: &Session,
        typed: &str,
        most_rows: Option<u64>,
        control: &Control,
        begun: impl FnOnce(&ResultSet),
    ) -> Result<ResultSet, StudioError> {
        Ok(session.run(typed, &self.snapshot(), most_rows, control, begun)?)
    }

    /// Everything that a query can ask for.
    pub fn sql_schema(&self) -> SchemaTree {
        SchemaTree::of(self.layout(), &self.snapshot())
    }

    /// Queries to begin with, written for this workspace.
    pub fn example_queries(&self) -> Vec<ExampleQuery> {
        sql::examples(&self.snapshot())
    }

    /// Writes all rows of a result into a file, and beside it which query gave them. Stopped, it leaves nothing.
    pub fn export_result(
        &self,
        result: &ResultSet,
        query: &str,
        to: &Path,
        format: Option<RowFormat>,
        overwrite: bool,
        control: &Control,
    ) -> Result<Written, StudioError> {
        check_whole(result)?;
        let format = format.map_or_else(|| RowFormat::of_path(to), Ok)?;
        self.check_not_own(to)?;
        self.write_result(result, query, to, format, overwrite, control)
    }

    /// All rows of a result in a format, to be read from the beginning: what would be in a file of that format.
    pub fn formatted_result(
        &self,
        session: &Session,
        result: &ResultSet,
        format: RowFormat,
        control: &Control,
    ) -> Result<FormattedResult, StudioError> {
        check_whole(result)?;
        let io = |source| StudioError::Io { what: "A temporary file cannot be made", path: session.scratch(), source };
        let folder = tempfile::tempdir_in(session.scratch()).map_err(io)?;
        let path = folder.path().join(format!("result.{}", format.ending()));
        let written = self.write_result(result, "", &path, format, false, control)?;
        let file = File::open(&written.path).map_err(io)?;
        Ok(FormattedResult { file, notes: written.notes, _folder: folder })
    }

    fn write_result(
        &self,
        result: &ResultSet,
        query: &str,
        to: &Path,
        format: RowFormat,
        overwrite: bool,
        control: &Control,
    ) -> Result<Written, StudioError> {
        let mut writer = RowWriter::create(to, format, result.schema(), overwrite)?;
        control.phase("Writing", Unit::Rows, Some(result.rows()));
        for batch in result.batches() {
            control.check()?;
            let batch = batch?;
            writer.write(&batch)?;
            control.add_done(batch.num_rows() as u64);
        }
        let mut provenance = Provenance::new(self.origin_of(query));
        provenance.rows = vec![SplitRows { split: "train".to_owned(), rows: writer.rows() }];
        Ok(writer.finish(&provenance)?)
    }

    /// Makes a dataset of all rows of a result and returns its id. The rows are written while this runs; a job then
    /// computes the rest.
    pub fn save_result(
        &self,
        result: &ResultSet,
        query: &str,
        name: &str,
        control: &Control,
    ) -> Result<String, StudioError> {
        check_whole(result)?;
        self.save_rows(name, self.origin_of(query), result.schema(), control, |put| {
            for batch in result.batches() {
                if !put(&batch?) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn origin_of(&self, query: &str) -> Origin {
        let snapshot = self.snapshot();
        let read = snapshot.datasets.iter().filter(|entry| sql::reads(query, entry));
        Origin::Query { sql: query.to_owned(), sources: read.map(|entry| SourceDataset::of(entry)).collect() }
    }

    /// The queries that are kept, by name.
    pub fn saved_queries(&self) -> Result<Vec<SavedQuery>, StudioError> {
        Ok(sql::saved(self.layout())?)
    }

    /// The kept query of that name.
    pub fn saved_query(&self, name: &str) -> Result<SavedQuery, StudioError> {
        Ok(sql::saved_query(self.layout(), name)?)
    }

    /// Keeps a query under a name.
    pub fn save_query(&self, name: &str, text: &str, overwrite: bool) -> Result<(), StudioError> {
        self.check_writable()?;
        Ok(sql::save_query(self.layout(), name, text, overwrite)?)
    }

    /// Gives a kept query another name.
    pub fn rename_query(&self, name: &str, new: &str) -> Result<(), StudioError> {
        self.check_writable()?;
        Ok(sql::rename_query(self.layout(), name, new)?)
    }

    /// Removes a kept query.
    pub fn remove_query(&self, name: &str) -> Result<(), StudioError> {
        self.check_writable()?;
        Ok(sql::remove_query(self.layout(), name)?)
    }

    /// The queries that were run, newest first.
    pub fn query_history(&self) -> Result<Vec<PastQuery>, StudioError> {
        Ok(sql::history(self.layout())?)
    }

    /// Adds a query that has ended to the history; without a result, it failed or was stopped.
    pub fn remember_query(
        &self,
        text: &str,
        result: Option<&ResultSet>,
        took: std::time::Duration,
    ) -> Result<(), StudioError> {
        self.check_writable()?;
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let past = PastQuery { at: now(), text: text.to_owned(), rows: result.map(ResultSet::rows), milliseconds };
        Ok(sql::remember(self.layout(), &past)?)
    }

    /// Forgets which queries were run.
    pub fn forget_query_history(&self) -> Result<(), StudioError> {
        self.check_writable()?;
        Ok(sql::forget_history(self.layout())?)
    }
}

/// Fails unless all rows that were wanted are there.
fn check_whole(result: &ResultSet) -> Result<(), SqlError> {
    match result.state() {
        ResultState::Finished | ResultState::Cut => Ok(()),
        ResultState::Running => Err(SqlError::NotUsable("The rows still come. Wait for the query to end.")),
        ResultState::Stopped | ResultState::Failed(_) => {
            Err(SqlError::NotUsable("The query did not end well, so its rows are not whole. Run it again."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;
    use crate::sql::testing::copy_example;

    fn studio() -> (tempfile::TempDir, Studio) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("space");
        copy_example(&root);
        (folder, Studio::open(&root).unwrap())
    }

    #[test]
    fn a_result_becomes_a_file_of_every_format_and_a_dataset_with_its_query() {
        let (folder, studio) = studio();
        let (control, _handle) = control();
        let session = studio.sql_session().unwrap();
        let dataset = sql::identifier(&studio.snapshot().datasets[0].record.name);
        let query = format!(
            "SELECT i, 'text ' || i AS text, [i] AS list FROM range(3) r(i), (SELECT 1 FROM samples.{dataset} LIMIT 1)"
        );
        let result = studio.sql(&session, &query, None, &control, |_| {}).unwrap();
        for format in RowFormat::ALL {
            let to = folder.path().join(format!("result.{}", format.ending()));
            let written = studio.export_result(&result, &query, &to, None, false, &control).unwrap();
            assert_eq!((written.rows, written.format), (3, format));
            assert!(studio.export_result(&result, &query, &to, None, false, &control).is_err());
        }
        let inside = studio.layout().datasets().join("x.csv");
        assert!(studio.export_result(&result, &query, &inside, None, false, &control).is_err());
        let lines = std::fs::read_to_string(folder.path().join("result.csv")).unwrap();
        assert_eq!(lines.lines().count(), 4);
        let id = studio.save_result(&result, &query, "Made of SQL", &control).unwrap();
        studio.block_on(async {
            while studio.is_working_on(&id) {
                studio.news().await;
            }
        });
        let snapshot = studio.snapshot();
        let entry = snapshot.dataset("Made of SQL").unwrap();
        assert_eq!(entry.record.status, crate::catalog::Status::Ready, "{:?}", entry.record.error_message);
        assert_eq!(entry.record.num_samples, Some(3));
        let Origin::Query { sql, sources } = Provenance::of(&entry.record).unwrap().origin else { panic!() };
        assert_eq!((sql, sources.len()), (query, 1));
        // The session that was open before sees it.
        let count =
            studio.sql(&session, "SELECT count(*) FROM samples.\"Made of SQL\"", None, &control, |_| {}).unwrap();
        assert_eq!(count.value(0, 0).unwrap(), serde_json::json!(3));
    }

    #[test]
    fn queries_and_history_are_kept_by_a_writer_and_read_by_all() {
        let (_folder, studio) = studio();
        studio.save_query("mine", "SELECT 1", false).unwrap();
        studio.remember_query("SELECT 1", None, std::time::Duration::from_millis(3)).unwrap();
        let beside = Studio::open_read_only(studio.layout().root()).unwrap();
        assert_eq!(beside.saved_query("mine").unwrap().text, "SELECT 1\n");
        assert_eq!(beside.query_history().unwrap()[0].milliseconds, 3);
        assert!(matches!(beside.save_query("other", "SELECT 2", false), Err(StudioError::ReadOnly(_))));
        assert!(studio.verify(false, &control().0).unwrap().ok);
    }
}
