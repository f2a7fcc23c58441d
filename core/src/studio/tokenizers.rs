//! The tokenizers of the workspace: adding from disk or the Hub, opening once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::inspect::client;
use super::{Studio, StudioError};
use crate::catalog::{self, Event, TokenizerRecord};
use crate::hub::{FetchLimits, FetchPlan, RemoteFile, RepoKind, RepoRef, Secret};
use crate::jobs::Control;
use crate::tokenizer::{self, Tokenizer};
use crate::workspace::remove_tree;

/// The files of a model repository that make a tokenizer.
const TOKENIZER_FILES: [&str; 9] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "config.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
];

/// Those of them of which one must be there.
const VOCABULARIES: [&str; 3] = ["tokenizer.json", "vocab.json", "vocab.txt"];

/// Where a tokenizer comes from.
#[derive(Debug, Clone)]
pub enum TokenizerRequest {
    /// A folder with `tokenizer.json`, or that file.
    Path(PathBuf),
    /// A model repository on the Hub.
    Repo {
        /// Its id, or a pasted address.
        typed: String,
        /// A branch, tag or commit.
        revision: Option<String>,
        /// An access token, for this request alone.
        token: Option<Secret>,
    },
}

impl Studio {
    /// Adds a tokenizer and returns its record.
    pub fn add_tokenizer(
        &self,
        request: &TokenizerRequest,
        name: Option<&str>,
        control: &Control,
    ) -> Result<TokenizerRecord, StudioError> {
        self.check_writable()?;
        let wanted = match (name, request) {
            (Some(name), _) => name.to_owned(),
            (None, TokenizerRequest::Path(path)) => name_of_path(path),
            (None, TokenizerRequest::Repo { typed, .. }) => {
                typed.trim_end_matches('/').rsplit('/').next().unwrap_or(typed).to_owned()
            }
        };
        check_name(&wanted)?;
        if self.snapshot().tokenizer(&wanted).is_ok() {
            return Err(StudioError::TokenizerExists(wanted));
        }
        // A training of that name may be about to put its folder there.
        self.jobs().check_free(&wanted)?;
        let dest = self.layout().tokenizer(&wanted);
        // Left by a run that was killed between the files and the catalog.
        remove_tree(&dest).map_err(|source| StudioError::Io {
            what: "An old folder is in the way",
            path: dest.clone(),
            source,
        })?;
        let (repo, revision) = match request {
            TokenizerRequest::Path(path) => {
                tokenizer::import(path, &dest)?;
                (None, None)
            }
            TokenizerRequest::Repo { typed, revision, token } => {
                let (repo, sha) = self.fetch_tokenizer(typed, revision.as_deref(), token.clone(), &dest, control)?;
                (Some(repo), Some(sha))
            }
        };
        let opened = Tokenizer::open(&dest)?;
        let record = TokenizerRecord {
            path: self.layout().relative(&dest).unwrap_or_default(),
            kind: opened.kind().to_string(),
            vocab_size: opened.vocab_size() as u64,
            sha256: opened.sha256().to_owned(),
            engine: opened.engine().to_string(),
            model_max_length: opened.model_max_length().map(|length| length as u64),
            hf_repo_id: repo,
            revision,
            created_at: catalog::now(),
            name: wanted,
        };
        let saved = record.clone();
        self.catalog().write(move |transaction| {
            transaction.save(&saved)?;
            let message = format!("Added tokenizer '{}' ({} ids).", saved.name, crate::units::count(saved.vocab_size));
            transaction.save(&Event::new("tokenizer", &saved.name, message))
        })?;
        Ok(record)
    }

    /// Fetches the tokenizer files of a model repository, checks them, and moves them to `dest`.
    fn fetch_tokenizer(
        &self,
        typed: &str,
        revision: Option<&str>,
        token: Option<Secret>,
        dest: &Path,
        control: &Control,
    ) -> Result<(String, String), StudioError> {
        let client = client(token)?;
        let mut repo = RepoRef::parse(typed, RepoKind::Model, client.endpoint())?;
        repo.revision = revision.map(str::to_owned).or(repo.revision);
        let runtime = &self.context().runtime;
        let snapshot = runtime.block_on(client.describe(&repo.id, repo.revision.as_deref(), control))?;
        let has_whole = snapshot.files.iter().any(|file| file.path == "tokenizer.json");
        // The vocabulary by itself is of no use beside the whole.
        let is_spare = |path: &str| has_whole && ["vocab.json", "merges.txt", "vocab.txt"].contains(&path);
        let files: Vec<RemoteFile> = snapshot
            .files
            .into_iter()
            .filter(|file| TOKENIZER_FILES.contains(&file.path.as_str()) && !is_spare(&file.path))
            .collect();
        if files.iter().all(|file| !VOCABULARIES.contains(&file.path.as_str())) {
            return Err(StudioError::Layout(format!(
                "'{}' has neither tokenizer.json nor vocab.json nor vocab.txt. Choose a model with a fast tokenizer, or convert this one in Python: `AutoTokenizer.from_pretrained(...).save_pretrained(folder)`, then add the folder.",
                repo.id
            )));
        }
        let staging = tempfile::Builder::new()
            .prefix(".fetch-")
            .tempdir_in(self.layout().root())
            .map_err(|source| StudioError::Io { what: "A folder cannot be made", path: dest.into(), source })?;
        let plan =
            FetchPlan { repo: repo.id.clone(), sha: snapshot.sha.clone(), files, dest: staging.path().to_path_buf() };
        runtime.block_on(client.fetch(&plan, FetchLimits::default(), control))?;
        tokenizer::import(staging.path(), dest)?;
        Ok((repo.id.to_string(), snapshot.sha))
    }

    /// The tokenizer of that record, opened; kept open for the next question.
    pub fn open_tokenizer(&self, record: &TokenizerRecord) -> Result<Arc<Tokenizer>, StudioError> {
        Ok(self.context().opened.get(&record.sha256, &self.layout().absolute(&record.path))?)
    }
}

fn name_of_path(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = if path.is_dir() { Some(absolute.as_path()) } else { absolute.parent() };
    folder.and_then(Path::file_name).map_or_else(|| "tokenizer".into(), |name| name.to_string_lossy().into_owned())
}

/// A name becomes the name of a folder or file on any system.
pub(super) fn check_name(name: &str) -> Result<(), StudioError> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if name.is_empty() || name.len() > 100 || !is_plain || name.starts_with('.') || name.ends_with('.') {
        return Err(StudioError::BadName(name.to_owned()));
    }
    Ok(())
}
