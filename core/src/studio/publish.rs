//! Asking for a dataset or a tokenization to be published, and for what that would change.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::operations::{Publish, Spec};
use super::token_rows::token_rows;
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, JobState, Snapshot, Tokenization};
use crate::checksum::hex;
use crate::hub::publish::{
    CardFacts, Content, ContentSplit, Draft, LocalFile, Origin, TokenFacts, UploadSource, Wanted,
};
use crate::hub::{HubClient, HubOptions, RepoKind, RepoRef, Secret};
use crate::ingest;
use crate::jobs::Control;
use crate::workspace::Layout;

/// What to publish, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own, named where it is made")]
pub struct PublishRequest {
    /// The dataset, by id or name.
    pub dataset: String,
    /// Its token rows of this id instead of its text.
    pub tokenization: Option<String>,
    /// The repository: `owner/name`, a name of one's own, or a pasted address.
    pub repo: String,
    /// The config; `default` where none is named.
    pub config: Option<String>,
    /// Let everyone read it. A repository that is public already is refused without this.
    pub public: bool,
    /// The licence; where none is given, the one the data came with.
    pub licence: Option<String>,
    /// Prose for the card; where none is given, the card's own stays, or the one the data came with.
    pub description: Option<String>,
    /// The branch; `main` where none is named.
    pub branch: Option<String>,
    /// Propose the change in a pull request instead of making it.
    pub pull_request: bool,
    /// Replace what is there in the same place.
    pub replace: bool,
    /// The files that the plan would replace, as the user was shown them: where it would be others by the time they are
    /// replaced, nothing is published.
    pub replaces: Vec<String>,
    /// Only for a plan: nothing is to be published afterwards, so that no token is needed where the Hub asks for none.
    pub dry_run: bool,
}

/// What publishing would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishPlan {
    /// The repository.
    pub repo: String,
    /// Its page.
    pub url: String,
    /// Whether it is there already.
    pub exists: bool,
    /// Whether it is private, or will be.
    pub private: bool,
    /// The branch.
    pub branch: String,
    /// The config.
    pub config: String,
    /// The splits in order.
    pub splits: Vec<PublishSplit>,
    /// Every file that is there afterwards, with its bytes; the card is the last.
    pub files: Vec<(String, u64)>,
    /// Bytes of all files.
    pub size_bytes: u64,
    /// Files that are there and would be replaced or go.
    pub replaces: Vec<String>,
    /// The text of the card.
    pub card: String,
}

/// A split as it would be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishSplit {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its files.
    pub files: u64,
    /// Their bytes.
    pub size_bytes: u64,
}

/// A publication that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publishing {
    /// What the job works on.
    pub target: String,
    /// The job.
    pub job_id: String,
}

/// What was published where, as the dataset's metadata keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The repository.
    pub repo: String,
    /// The config.
    pub config: String,
    /// The page of the repository, or of the pull request.
    pub url: String,
    /// The commit that holds it.
    pub revision: String,
    /// When, ISO 8601.
    pub at: String,
    /// Its files, the card among them.
    pub files: u64,
    /// Bytes that were sent.
    pub uploaded_bytes: u64,
    /// Bytes that were on the Hub already.
    pub skipped_bytes: u64,
}

impl Studio {
    /// What publishing would change. Asks the Hub, and changes nothing.
    pub fn publish_plan(
        &self,
        request: &PublishRequest,
        token: Option<Secret>,
        control: &Control,
    ) -> Result<PublishPlan, StudioError> {
        let snapshot = self.snapshot();
        let client = HubClient::new(HubOptions { token, ..HubOptions::default() })?;
        let spec = spec(&snapshot, request, client.endpoint())?;
        let content = content(&snapshot, self.layout(), &spec, control)?;
        let draft = async {
            if request.dry_run {
                client.look(&spec.wanted, &content, control).await
            } else {
                client.draft(&spec.wanted, &content, control).await
            }
        };
        let draft = self.context().runtime.block_on(async {
            tokio::select! {
                draft = draft => draft.map_err(StudioError::from),
                stopped = control.stopped() => Err(StudioError::Stopped(stopped)),
            }
        })?;
        Ok(plan(&content, &draft))
    }

    /// Begins to publish. The dataset can be read meanwhile. The token serves this run alone and is written nowhere.
    pub fn publish(&self, request: &PublishRequest, token: Option<Secret>) -> Result<Publishing, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let client = HubClient::new(HubOptions { token: token.clone(), ..HubOptions::default() })?;
        let spec = spec(&snapshot, request, client.endpoint())?;
        let name = &snapshot.dataset(&spec.dataset_id)?.record.name;
        let title = match &spec.tokenization_id {
            Some(id) => format!("Publish tokens {id} of {name} to {}", spec.wanted.repo),
            None => format!("Publish {name} to {}", spec.wanted.repo),
        };
        let job = Spec::Publish(Box::new(spec)).job(title);
        self.jobs().check_free(&job.target)?;
        let saved = job.clone();
        let earlier: Vec<String> = snapshot
            .jobs
            .iter()
            .filter(|known| known.target == job.target && known.state.is_resumable())
            .map(|known| known.id.clone())
            .collect();
        self.catalog().write(move |transaction| {
            // What was asked for now counts; what it sent is found on the Hub.
            for id in &earlier {
                transaction.update_job(id, |job| job.state = JobState::Cancelled)?;
            }
            transaction.save(&saved)
        })?;
        self.start(&job, token)?;
        Ok(Publishing { target: job.target, job_id: job.id })
    }

    /// What was published last of a dataset, or of one of its tokenizations.
    pub fn published(&self, dataset: &str, tokenization: Option<&str>) -> Result<Option<Published>, StudioError> {
        let snapshot = self.snapshot();
        let metadata = &snapshot.dataset(dataset)?.record.metadata;
        let kept = match tokenization {
            None => metadata.get("published"),
            Some(id) => metadata.get("published_tokenizations").and_then(|all| all.get(id)),
        };
        Ok(kept.and_then(|kept| serde_json::from_value(kept.clone()).ok()))
    }
}

/// The request in the form in which a job remembers it.
fn spec(snapshot: &Snapshot, request: &PublishRequest, endpoint: &str) -> Result<Publish, StudioError> {
    let entry = snapshot.dataset(&request.dataset)?;
    check_ready(entry)?;
    let tokenization_id = match &request.tokenization {
        Some(id) => Some(entry.tokenization(Some(id))?.id.clone()),
        None => None,
    };
    let repo = RepoRef::parse(&request.repo, RepoKind::Dataset, endpoint)?;
    let given =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let wanted = Wanted {
        repo: repo.id,
        branch: given(&request.branch).or(repo.revision),
        config: given(&request.config),
        private: !request.public,
        replace: request.replace,
        pull_request: request.pull_request,
    };
    let mut hash = Sha256::new();
    for part in [&entry.record.id, tokenization_id.as_deref().unwrap_or_default(), &wanted.repo.to_string()]
        .into_iter()
        .chain([wanted.branch.as_deref().unwrap_or_default(), wanted.config.as_deref().unwrap_or_default()])
    {
        hash.update(part);
        hash.update([0]);
    }
    Ok(Publish {
        dataset_id: entry.record.id.clone(),
        tokenization_id,
        // The same thing to the same place has the same target, and is never sent twice at once.
        target: format!("pub_{}", &hex(&hash.finalize())[..12]),
        wanted,
        licence: given(&request.licence),
        description: given(&request.description),
        replaces: request.replaces.clone(),
    })
}

fn plan(content: &Content, draft: &Draft) -> PublishPlan {
    let size = |source: &UploadSource| match source {
        UploadSource::Local { size, .. } => *size,
        UploadSource::Text(text) => text.len() as u64,
    };
    let files: Vec<(String, u64)> = draft.files.iter().map(|file| (file.path.clone(), size(&file.source))).collect();
    let splits = content.splits.iter().map(|split| PublishSplit {
        name: split.name.clone(),
        rows: split.rows,
        files: split.files.len() as u64,
        size_bytes: split.files.iter().map(|file| file.size).sum(),
    });
    PublishPlan {
        repo: draft.repo.to_string(),
        url: draft.page.clone(),
        exists: draft.exists,
        private: draft.private,
        branch: draft.branch.clone(),
        config: draft.config.clone(),
        splits: splits.collect(),
        size_bytes: files.iter().map(|(_, size)| size).sum(),
        files,
        replaces: draft.replaces.clone(),
        card: draft.card.clone(),
    }
}

/// What is published: the files, and what the card says of them.
pub(super) fn content(
    snapshot: &Snapshot,
    layout: &Layout,
    spec: &Publish,
    control: &Control,
) -> Result<Content, StudioError> {
    let entry = snapshot.dataset(&spec.dataset_id)?;
    check_ready(entry)?;
    let card = entry.record.metadata.get("card");
    let text = |key: &str| card.and_then(|card| card.get(key)).and_then(Value::as_str).map(str::to_owned);
    let languages = card.and_then(|card| card.get("languages")).and_then(Value::as_array);
    let mut facts = CardFacts {
        title: text("pretty_name").unwrap_or_else(|| entry.record.name.clone()),
        licence: spec.licence.clone(),
        inherited_licence: text("license"),
        description: spec.description.clone(),
        inherited_description: text("description").filter(|text| !text.trim().is_empty()),
        languages: languages.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        origin: entry.record.hf_repo_id.clone().map(|repo| Origin {
            repo,
            revision: entry.record.revision.clone(),
            config: entry.record.config.clone(),
        }),
        ..CardFacts::default()
    };
    let splits = match &spec.tokenization_id {
        None => {
            facts.columns = entry.columns.iter().map(|column| (column.name.clone(), column.kind.clone())).collect();
            text_splits(entry, layout)
        }
        Some(id) => {
            let tokenization = entry.tokenization(Some(id))?;
            facts.tokens = Some(token_facts(snapshot, tokenization));
            let (splits, columns) = token_splits(entry, &layout.absolute(&tokenization.path), control)?;
            facts.columns = columns;
            splits
        }
    };
    Ok(Content { splits, facts })
}

fn text_splits(entry: &DatasetEntry, layout: &Layout) -> Vec<ContentSplit> {
    let files_of = |name: &str| {
        let own = entry.files.iter().filter(|file| file.split == name);
        own.map(|file| LocalFile {
            path: layout.absolute(&file.path),
            size: file.size_bytes,
            // Outside the workspace others may change it, so what was known of it proves nothing.
            sha256: file.sha256.clone().filter(|_| !file.external),
        })
        .collect()
    };
    let split = |name: &String, rows| ContentSplit { name: name.clone(), rows, files: files_of(name) };
    entry.splits.iter().map(|known| split(&known.name, known.num_samples)).collect()
}

type Columns = Vec<(String, String)>;

fn token_splits(
    entry: &DatasetEntry,
    folder: &Path,
    control: &Control,
) -> Result<(Vec<ContentSplit>, Columns), StudioError> {
    let found = token_rows(folder, entry.splits.iter().map(|split| split.name.as_str()), control)?;
    let first = found.splits.iter().flat_map(|split| &split.files).next();
    let columns = match first {
        Some(file) => ingest::columns(&ingest::inspect_parquet(&file.path, &file.path.display().to_string())?.schema),
        None => Vec::new(),
    };
    let mut splits = Vec::new();
    for split in found.splits {
        let mut files = Vec::new();
        for file in &split.files {
            let what = "The token rows cannot be read";
            let io = |source| StudioError::Io { what, path: file.path.clone(), source };
            let size = std::fs::metadata(&file.path).map_err(io)?.len();
            files.push(LocalFile { path: file.path.clone(), size, sha256: None });
        }
        splits.push(ContentSplit { rows: split.rows(), name: split.name, files });
    }
    Ok((splits, columns.into_iter().map(|column| (column.name, column.kind)).collect()))
}

fn token_facts(snapshot: &Snapshot, found: &Tokenization) -> TokenFacts {
    let record = snapshot.tokenizers.iter().find(|known| known.sha256 == found.tokenizer_sha256);
    TokenFacts {
        tokenizer: found.tokenizer.clone(),
        tokenizer_repo: record.and_then(|record| Some((record.hf_repo_id.clone()?, record.revision.clone()))),
        tokenizer_sha256: found.tokenizer_sha256.clone(),
        vocab_size: found.audit.get("vocab_size").and_then(Value::as_u64),
        settings: found.settings.clone(),
        settings_hash: found.settings_hash.clone(),
        tokens: found.tokens,
        pads: found.pad_tokens,
        mean_length: found.avg_length,
    }
}
