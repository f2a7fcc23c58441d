//! Asking for a tokenizer to be trained.

use sha2::{Digest, Sha256};

use super::operations::{Spec, Train};
use super::tokenizations::check_ready;
use super::tokenizers::check_name;
use super::{Studio, StudioError};
use crate::catalog::{JobState, data_identity};
use crate::checksum::hex;
use crate::jobs::Stop;
use crate::tokenizer::{TrainProblem, TrainSettings};

/// What to train a tokenizer on, and how.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// The dataset, by id or name.
    pub dataset: String,
    /// The name of the new tokenizer.
    pub name: String,
    /// Everything else. Where it names no text column, the dataset's own is meant.
    pub settings: TrainSettings,
}

/// A training that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// The name the tokenizer will have; also what the job works on.
    pub name: String,
    /// The job.
    pub job_id: String,
}

impl Studio {
    /// Everything that is wrong with a request, all at once.
    pub fn train_problems(&self, request: &TrainRequest) -> Result<Vec<TrainProblem>, StudioError> {
        Ok(self.resolve_training(request)?.1)
    }

    /// Begins to train a tokenizer. An interrupted or paused training of the same name is taken up where it asked for
    /// the same, and given up where not; it counts the words again either way.
    pub fn train_tokenizer(&self, request: &TrainRequest) -> Result<Trained, StudioError> {
        self.check_writable()?;
        check_name(&request.name)?;
        let (spec, problems) = self.resolve_training(request)?;
        if !problems.is_empty() {
            return Err(StudioError::TrainSettings(problems));
        }
        let snapshot = self.snapshot();
        self.check_tokenizer_name(&request.name)?;
        let entry = snapshot.dataset(&request.dataset)?;
        let training = spec.clone();
        let spec = Spec::Train(Box::new(spec));
        let job = spec.job(format!("Train {} on {}", request.name, entry.record.name));
        let earlier = snapshot.jobs.iter().filter(|earlier| earlier.kind == job.kind && earlier.target == job.target);
        for earlier in earlier.filter(|earlier| earlier.state.is_resumable() && earlier.state != JobState::Failed) {
            if earlier.spec == job.spec {
                return Ok(Trained { name: job.target, job_id: self.resume_job(&earlier.id, None)? });
            }
            self.stop_job(&earlier.id, Stop::Cancel)?;
        }
        // Said before the work, which may take hours.
        training.check_place(self.layout())?;
        let saved = job.clone();
        self.catalog().write(move |transaction| transaction.save(&saved))?;
        self.start(&job, None)?;
        Ok(Trained { name: job.target, job_id: job.id })
    }

    fn resolve_training(&self, request: &TrainRequest) -> Result<(Train, Vec<TrainProblem>), StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        let mut settings = request.settings.clone();
        if settings.text_column.is_empty() {
            settings.text_column = entry.record.text_column.clone().unwrap_or_default();
        }
        let files = entry.data_files(self.layout());
        let splits: Vec<&str> = files.splits.iter().map(|split| split.name.as_str()).collect();
        let mut problems = settings.problems(&splits);
        let column = &settings.text_column;
        if !column.is_empty() && entry.columns.iter().all(|known| known.name != *column) {
            let known: Vec<&str> = entry.columns.iter().map(|known| known.name.as_str()).collect();
            let message = format!("the dataset has no column \"{column}\"; it has {}", known.join(", "));
            problems.push(TrainProblem { setting: "text_column", message });
        }
        let dataset_revision = data_identity(&entry.files);
        let hash = hash(&dataset_revision, &settings);
        let spec = Train {
            dataset_id: entry.record.id.clone(),
            tokenizer: request.name.clone(),
            settings,
            dataset_revision,
            hash,
        };
        Ok((spec, problems))
    }
}

/// What tells one training from any other: data and settings.
fn hash(dataset_revision: &str, settings: &TrainSettings) -> String {
    // Length-prefixed, so that no two pairs run together to the same bytes.
    let settings = serde_json::json!(settings).to_string();
    let mut digest = Sha256::new();
    for part in [dataset_revision, &settings] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}
