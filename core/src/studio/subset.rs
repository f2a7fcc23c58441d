//! Chosen rows as a new dataset or as a file, and rows of a query as a new dataset.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde_json::json;

use super::operations::{InputFile, InputSplit, Process, ProcessOptions, Spec, nothing, share};
use super::tokenizations::check_ready;
use super::{Studio, StudioError, provenance};
use crate::catalog::{Dataset, DatasetEntry, Event, Source, Status, merge_metadata};
use crate::ingest::{StorableColumns, conform};
use crate::jobs::{Control, Unit};
use crate::subset::{
    self, Choice, Origin, PROVENANCE_KEY, Provenance, RowFormat, RowWriter, SourceDataset, SplitRows, SubsetError,
    Written,
};
use crate::workspace::{Layout, remove_tree};

/// Rows of a dataset that are to be a dataset of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct SubsetRequest {
    /// The dataset, by id or name.
    pub dataset: String,
    /// Which of its rows.
    pub choice: Choice,
    /// What to call the new dataset; refused where one has that name.
    pub name: String,
}

/// Rows of a dataset that are to be a file.
#[derive(Debug, Clone, PartialEq)]
pub struct RowExport {
    /// The dataset, by id or name.
    pub dataset: String,
    /// Which of its rows.
    pub choice: Choice,
    /// The file. No job remembers it: a workspace holds no path of one machine.
    pub to: PathBuf,
    /// Its format; that of its name where none is given.
    pub format: Option<RowFormat>,
    /// Whether a file that is there is replaced.
    pub overwrite: bool,
}

/// The folders of datasets that are being written and that the catalog does not know yet.
#[derive(Debug, Default)]
pub(super) struct Unborn(Mutex<HashSet<String>>);

impl Unborn {
    pub(super) fn has(&self, folder: &Path) -> bool {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

impl Studio {
    /// How many rows a choice means.
    pub fn count_chosen(&self, dataset: &str, choice: &Choice, control: &Control) -> Result<u64, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let reader = self.reader(entry.data_files(self.layout()));
        control.phase("Choosing", Unit::Rows, None);
        let rows = with_columns(entry, choice).resolve(&reader, control)?;
        Ok(rows.count(0..reader.layout().total()))
    }

    /// Begins to make a dataset of chosen rows and returns its id. The rows are found here first, so that an empty choice
    /// makes none; a job then writes them, and everything is computed as for any dataset.
    pub fn subset(&self, request: &SubsetRequest, control: &Control) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        self.check_new_name(&request.name)?;
        let choice = with_columns(entry, &request.choice);
        let rows = self.count_chosen(&entry.record.id, &choice, control)?;
        if rows == 0 {
            return Err(nothing(&entry.record.name, &choice.describe()).into());
        }
        let source = SourceDataset::of(entry);
        let size = share(entry.record.size_bytes.unwrap_or(0), rows, source.rows);
        self.check_disk([(size, false)])?;
        let source_id = source.id.clone();
        let provenance = Provenance::new(Origin::Subset { source: Box::new(source), choice, picked_rows: None });
        let mut dataset = new_dataset(self.layout(), &request.name, &provenance)?;
        dataset.size_bytes = Some(size);
        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs: Vec::new(),
            options: ProcessOptions { text_column: entry.record.text_column.clone(), ..ProcessOptions::default() },
            from_hub: false,
            source_dataset_id: Some(source_id),
        };
        let unborn = self.bear(&dataset.id);
        provenance::write(self.layout(), &dataset.id, &provenance)?;
        let id = self.begin_named(dataset, Spec::Process(process), &provenance.label())?;
        unborn.is_born();
        Ok(id)
    }

    /// Makes a dataset of rows from anywhere, the result of a query say, and returns its id; all are of the split `train`.
    /// `produce` hands its batches to its argument until that returns `false`. The rows are written while this runs; a job
    /// then computes the rest. Stopped or failed, it leaves nothing.
    pub fn save_rows<E: From<StudioError> + Send>(
        &self,
        name: &str,
        origin: Origin,
        schema: &SchemaRef,
        control: &Control,
        produce: impl FnOnce(&mut dyn FnMut(&RecordBatch) -> bool) -> Result<(), E> + Send,
    ) -> Result<String, E> {
        self.check_writable()?;
        self.check_new_name(name)?;
        let schema = StorableColumns::new("The result", schema).map_err(StudioError::from)?.schema();
        let mut provenance = Provenance::new(origin);
        let dataset = new_dataset(self.layout(), name, &provenance)?;
        let unborn = self.bear(&dataset.id);
        let dest = self.layout().files(&dataset.id);
        control.phase("Writing", Unit::Rows, None);
        let stored = subset::store::<Saving<E>>(&schema, &dest, control, |put| {
            let mut unfit = None;
            produce(&mut |batch| match conform(&schema, batch) {
                Ok(batch) => {
                    let rows = batch.num_rows() as u64;
                    let goes_on = put(TRAIN, batch);
                    control.add_done(rows);
                    goes_on
                }
                Err(error) => {
                    unfit = Some(error);
                    false
                }
            })
            .map_err(Saving::Reading)?;
            unfit.map_or(Ok(()), |error| Err(error.into()))
        });
        let stored = stored.map_err(Saving::into_error)?;
        let rows: u64 = stored.iter().map(|file| file.rows).sum();
        if rows == 0 {
            return Err(StudioError::from(nothing(name, "the result has no rows")).into());
        }
        provenance.rows = vec![SplitRows { split: TRAIN.to_owned(), rows }];
        provenance::write(self.layout(), &dataset.id, &provenance).map_err(StudioError::from)?;
        let file = |path: &Path| InputFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            path: None,
            remote: None,
        };
        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs: vec![InputSplit {
                name: TRAIN.to_owned(),
                files: stored.iter().map(|stored| file(&stored.path)).collect(),
            }],
            options: ProcessOptions::default(),
            // They lie in the dataset's own folder, as what was downloaded does.
            from_hub: true,
            source_dataset_id: None,
        };
        let mut dataset = dataset;
        dataset.size_bytes = Some(stored.iter().map(|file| file.bytes).sum());
        merge_metadata(&mut dataset.metadata, &json!({ PROVENANCE_KEY: provenance.brief() }))
            .map_err(StudioError::from)?;
        let id = self.begin_named(dataset, Spec::Process(process), &provenance.label())?;
        unborn.is_born();
        Ok(id)
    }

    /// Writes chosen rows into a file, and beside it what they were taken from. Takes as long as reading and writing them;
    /// stopped, it leaves nothing. The workspace is only read.
    pub fn export_rows(&self, request: &RowExport, control: &Control) -> Result<Written, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        let format = request.format.map_or_else(|| RowFormat::of_path(&request.to), Ok)?;
        if self.is_own(&request.to) {
            return Err(SubsetError::NotAPlace(request.to.clone()).into());
        }
        let choice = with_columns(entry, &request.choice);
        let reader = self.reader(entry.data_files(self.layout()));
        control.phase("Choosing", Unit::Rows, None);
        let rows = choice.resolve(&reader, control)?;
        let total = rows.count(0..reader.layout().total());
        if total == 0 {
            return Err(nothing(&entry.record.name, &choice.describe()).into());
        }
        let schema = subset::schema(&reader)?;
        let mut writer = RowWriter::create(&request.to, format, &schema, request.overwrite)?;
        control.phase("Writing", Unit::Rows, Some(total));
        let mut splits: Vec<SplitRows> = Vec::new();
        subset::chosen(&reader, &rows, &schema, control, |split, batch| {
            writer.write(&batch)?;
            let count = batch.num_rows() as u64;
            match splits.last_mut().filter(|last| last.split == split) {
                Some(last) => last.rows += count,
                None => splits.push(SplitRows { split: split.to_owned(), rows: count }),
            }
            Ok(true)
        })?;
        let source = Box::new(SourceDataset::of(entry));
        let mut provenance = Provenance::new(Origin::Subset { source, choice, picked_rows: None });
        provenance.rows = splits;
        Ok(writer.finish(&provenance)?)
    }

    /// Whether a file in this place would be one of the workspace's own.
    pub(super) fn is_own(&self, place: &Path) -> bool {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (Ok(folder), Ok(root)) = (folder.canonicalize(), self.layout().root().canonicalize()) else { return false };
        let own = Layout::new(&root);
        let folders = [own.datasets(), own.tokenizers(), own.presets(), own.logs()];
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        folders.iter().any(|own| folder.starts_with(own))
            || (folder == root && (name == "workspace.toml" || name.starts_with("catalog.")))
    }

    /// Fails unless a new dataset may have this name.
    fn check_new_name(&self, name: &str) -> Result<(), StudioError> {
        super::download::check_name(name)?;
        let wanted = name.to_lowercase();
        match self.snapshot().datasets.iter().find(|entry| entry.record.name.to_lowercase() == wanted) {
            Some(_) => Err(StudioError::DatasetExists(name.to_owned())),
            None => Ok(()),
        }
    }

    /// Saves a new dataset under exactly its name with its first job, and starts the job.
    fn begin_named(&self, dataset: Dataset, spec: Spec, label: &str) -> Result<String, StudioError> {
        let (id, name) = (dataset.id.clone(), dataset.name.clone());
        let job = spec.job(format!("Make {name}"));
        let saved = job.clone();
        let message = format!("'{name}' is being made: {label}.");
        let is_free = self.catalog().write(move |transaction| {
            // Looked at again here: of two that want one name at once, one is refused.
            if transaction.free_dataset_name(&dataset.name)? != dataset.name {
                return Ok(false);
            }
            transaction.save(&dataset)?;
            transaction.save(&saved)?;
            transaction.save(&Event::new("added", &dataset.id, message))?;
            Ok(true)
        })?;
        if !is_free {
            return Err(StudioError::DatasetExists(name));
        }
        self.start(&job, None)?;
        Ok(id)
    }

    fn bear(&self, id: &str) -> Bearing<'_> {
        self.inner.unborn.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        Bearing { studio: self, id: id.to_owned(), is_born: false }
    }
}

/// The split of rows that have none.
const TRAIN: &str = "train";

/// A dataset whose folder is there before its record: without the record, the folder goes too. After a kill the next start
/// sweeps it.
struct Bearing<'s> {
    studio: &'s Studio,
    id: String,
    is_born: bool,
}

impl Bearing<'_> {
    fn is_born(mut self) {
        self.is_born = true;
    }
}

impl Drop for Bearing<'_> {
    fn drop(&mut self) {
        if !self.is_born
            && let Err(error) = remove_tree(&self.studio.layout().dataset(&self.id))
        {
            tracing::warn!(%error, "what was written of a dataset could not be removed; the next start will");
        }
        self.studio.inner.unborn.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// Why rows from anywhere were not saved.
enum Saving<E> {
    Reading(E),
    Writing(crate::ingest::IngestError),
}

impl<E> From<crate::ingest::IngestError> for Saving<E> {
    fn from(error: crate::ingest::IngestError) -> Self {
        Self::Writing(error)
    }
}

impl<E: From<StudioError>> Saving<E> {
    fn into_error(self) -> E {
        match self {
            Self::Reading(error) => error,
            Self::Writing(error) => StudioError::from(SubsetError::from(error)).into(),
        }
    }
}

/// The choice with the columns that a search means where it names none.
fn with_columns(entry: &DatasetEntry, choice: &Choice) -> Choice {
    let mut choice = choice.clone();
    if let Some(query) = choice.search.as_mut().filter(|query| query.columns.is_empty()) {
        query.columns = entry.searched_columns();
    }
    choice
}

fn new_dataset(layout: &Layout, name: &str, provenance: &Provenance) -> Result<Dataset, StudioError> {
    let mut dataset = Dataset::new(name, Source::Local, Status::Processing);
    dataset.progress = Some(0.0);
    dataset.format = Some(RowFormat::Parquet.label().to_owned());
    dataset.raw_path = layout.relative(&layout.files(&dataset.id));
    merge_metadata(&mut dataset.metadata, &json!({ PROVENANCE_KEY: provenance.brief() }))?;
    Ok(dataset)
}
