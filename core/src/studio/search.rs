//! Searching a dataset, and the index that makes it quick.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::once::Once;
use super::operations::{Index, Spec, searched_columns};
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::data::DatasetFiles;
use crate::jobs::{Control, Stopped};
use crate::samples::SampleReader;
use crate::search::{self, Found, Hit, Progress, Query, TextIndex, WhyScan, Window};
use crate::workspace::tree_size;

/// Indexes kept open at once: opening one reads all of it.
const KEPT: usize = 4;

/// The indexes that are open, the newest last, and those that are being opened.
#[derive(Default)]
pub(super) struct Indexes {
    open: Mutex<Vec<(Key, Arc<TextIndex>)>>,
    opening: Once<Key, Result<Arc<TextIndex>, WhyScan>>,
}

/// What an open index was opened for; an index that was made again has another time.
#[derive(Clone, PartialEq)]
struct Key {
    dataset: String,
    files: DatasetFiles,
    made: Option<SystemTime>,
}

/// What a search needs.
struct Sought {
    query: Query,
    reader: Arc<SampleReader>,
    index: Result<Arc<TextIndex>, WhyScan>,
}

fn as_ref(index: &Result<Arc<TextIndex>, WhyScan>) -> Result<&TextIndex, WhyScan> {
    index.as_deref().map_err(WhyScan::clone)
}

/// Whether a dataset can be searched by an index.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum IndexState {
    /// It can.
    Ready {
        /// The columns in the index.
        columns: Vec<String>,
        /// What it takes on disk, in bytes.
        bytes: u64,
    },
    /// It is being made.
    Building,
    /// It cannot; searches read every row.
    Missing {
        /// Why not.
        #[serde(flatten)]
        why: WhyScan,
    },
}

impl Studio {
    /// Finds text in every row. Columns that `query` does not name are the dataset's text column, or all string columns
    /// where it has none. `on_progress` hears of the first hits and of the growing total. The answer says whether the
    /// index gave it, and why not otherwise; it is the same either way.
    pub fn search(
        &self,
        dataset: &str,
        query: &Query,
        window: &Window,
        control: &Control,
        on_progress: impl FnMut(&Progress<'_>),
    ) -> Result<Found, StudioError> {
        let Sought { query, reader, index } = self.sought(dataset, query, control)?;
        Ok(search::search(&reader, as_ref(&index), &query, window, control, on_progress)?)
    }

    /// As [`search`](Self::search), but the hits come one after the other, so that no more than a few texts are held. `each`
    /// gets the answer without its hits, and a hit, until it returns `false`.
    pub fn each_hit(
        &self,
        dataset: &str,
        query: &Query,
        window: &Window,
        control: &Control,
        each: impl FnMut(&Found, Hit) -> bool,
    ) -> Result<Found, StudioError> {
        let Sought { query, reader, index } = self.sought(dataset, query, control)?;
        Ok(search::each_hit(&reader, as_ref(&index), &query, window, control, each)?)
    }

    /// What a search needs: the query with its columns, and who reads the rows and the index.
    fn sought(&self, dataset: &str, query: &Query, control: &Control) -> Result<Sought, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let mut query = query.clone();
        if query.columns.is_empty() {
            query.columns = searched_columns(entry.record.text_column.as_ref(), &entry.columns);
        }
        let files = entry.data_files(self.layout());
        let index =
            if query.no_index { Err(WhyScan::Asked) } else { self.text_index(&entry.record.id, &files, control)? };
        let reader = self.prepared(entry, query.filter.as_ref(), control)?;
        Ok(Sought { query, reader, index })
    }

    /// Whether a dataset can be searched by an index. The first time this reads all of the index.
    pub fn index_state(&self, dataset: &str, control: &Control) -> Result<IndexState, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let id = &entry.record.id;
        if snapshot.jobs.iter().any(|job| job.kind == "index" && job.target == *id && job.state.is_active()) {
            return Ok(IndexState::Building);
        }
        Ok(match self.text_index(id, &entry.data_files(self.layout()), control)? {
            Ok(index) => {
                let folder = self.layout().index(id);
                let bytes = tree_size(&folder).map_err(|source| StudioError::Io {
                    what: "The index cannot be measured",
                    path: folder,
                    source,
                })?;
                IndexState::Ready { columns: index.columns().to_vec(), bytes }
            }
            Err(why) => IndexState::Missing { why },
        })
    }

    /// Begins to make the index of a dataset, in place of the one it has, and returns the job's id. Until it is ready
    /// the dataset can be read and searched as before.
    pub fn index(&self, dataset: &str) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let id = entry.record.id.clone();
        self.jobs().check_free(&id)?;
        let job = Spec::Index(Index { dataset_id: id }).job(format!("Index {}", entry.record.name));
        let saved = job.clone();
        self.catalog().write(move |transaction| transaction.save(&saved))?;
        self.start(&job, None)?;
        Ok(job.id)
    }

    /// Lets go of the open indexes of a dataset, whose files are about to go.
    pub(super) fn close_index(&self, id: &str) {
        self.open_indexes().retain(|(key, _)| key.dataset != id);
    }

    /// The index of a dataset, or why it cannot be used. Two who ask at once wait for one opening.
    fn text_index(
        &self,
        id: &str,
        files: &DatasetFiles,
        control: &Control,
    ) -> Result<Result<Arc<TextIndex>, WhyScan>, Stopped> {
        let folder = self.layout().index(id);
        let key = Key { dataset: id.to_owned(), files: files.clone(), made: made(&folder) };
        let kept = || {
            let mut open = self.open_indexes();
            open.retain(|(known, index)| known.dataset != id || *known == key && index.is_current());
            open.iter().find(|(known, _)| *known == key).map(|(_, index)| Arc::clone(index))
        };
        if let Some(index) = kept() {
            return Ok(Ok(index));
        }
        // Not under the lock: opening takes a while, and other datasets must not wait for it.
        self.inner.indexes.opening.make(&key, control, || {
            // Another may have opened it between the look above and this one's turn.
            if let Some(index) = kept() {
                return Ok(Ok(index));
            }
            let index = match TextIndex::open(&folder, files, control)? {
                Ok(index) => Arc::new(index),
                Err(why) => return Ok(Err(why)),
            };
            let mut open = self.open_indexes();
            if open.len() >= KEPT {
                open.remove(0);
            }
            open.push((key.clone(), Arc::clone(&index)));
            Ok(Ok(index))
        })
    }

    fn open_indexes(&self) -> std::sync::MutexGuard<'_, Vec<(Key, Arc<TextIndex>)>> {
        self.inner.indexes.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When an index was made.
fn made(folder: &Path) -> Option<SystemTime> {
    std::fs::metadata(folder.join("manifest")).and_then(|metadata| metadata.modified()).ok()
}
