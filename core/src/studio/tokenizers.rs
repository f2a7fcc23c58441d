//! The tokenizers of the workspace: adding from disk or the Hub, opening once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use super::inspect::client;
use super::{Studio, StudioError};
use crate::catalog::{self, Event, TokenizerRecord};
use crate::hub::{FetchLimits, FetchPlan, RemoteFile, RepoKind, RepoRef, Secret};
use crate::jobs::Control;
use crate::tokenizer::{self, Tokenizer};

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

/// What is written aside has a name that the next start sweeps.
const ASIDE: &str = ".write-tokenizer-";

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
        self.check_tokenizer_name(&wanted)?;
        let dest = self.layout().tokenizer(&wanted);
        let (repo, revision) = match request {
            TokenizerRequest::Path(path) => {
                self.bring_in(path, &wanted)?;
                (None, None)
            }
            TokenizerRequest::Repo { typed, revision, token } => {
                let (fetched, repo, sha) = self.fetch_tokenizer(typed, revision.as_deref(), token.clone(), control)?;
                self.bring_in(fetched.path(), &wanted)?;
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

    /// Refuses a name that a tokenizer has, or that a training under way is to have.
    pub(super) fn check_tokenizer_name(&self, name: &str) -> Result<(), StudioError> {
        let snapshot = self.snapshot();
        // Where names differ by case alone, some systems have one folder for both.
        if let Some(known) = snapshot.tokenizers.iter().find(|known| known.name.eq_ignore_ascii_case(name)) {
            return Err(StudioError::TokenizerExists(known.name.clone()));
        }
        let targets = snapshot.jobs.iter().map(|job| job.target.as_str());
        let same = targets.filter(|target| target.eq_ignore_ascii_case(name));
        Ok(same.chain([name]).try_for_each(|target| self.jobs().check_free(target))?)
    }

    /// Copies a tokenizer into the workspace. A folder that is there already and belongs to no tokenizer is never
    /// changed: it is taken as it is where it is what was asked for, and in the way otherwise.
    fn bring_in(&self, source: &Path, name: &str) -> Result<(), StudioError> {
        let dest = self.layout().tokenizer(name);
        if fs::symlink_metadata(&dest).is_err() {
            tokenizer::import(source, &dest)?;
            return Ok(());
        }
        let place = |path: &Path| fs::canonicalize(path).ok();
        let folder = if source.is_dir() { Some(source) } else { source.parent() };
        let is_itself = folder.is_some_and(|folder| place(folder) == place(&dest));
        if is_itself && (source.is_dir() || source.ends_with("tokenizer.json")) {
            return Ok(());
        }
        let aside = self.aside(ASIDE)?;
        let copy = aside.path().join(name);
        tokenizer::import(source, &copy)?;
        // A program that was killed between the files and the catalog has left just this.
        if tokenizer::is_same(&copy, &dest)? {
            return Ok(());
        }
        Err(StudioError::TokenizerFolder { name: name.to_owned(), path: dest })
    }

    /// A folder in the workspace that goes away, and that the next start sweeps where this program is killed.
    fn aside(&self, prefix: &str) -> Result<TempDir, StudioError> {
        let root = self.layout().root();
        let io = |source| StudioError::Io { what: "A folder cannot be made", path: root.into(), source };
        tempfile::Builder::new().prefix(prefix).tempdir_in(root).map_err(io)
    }

    /// Fetches the tokenizer files of a model repository: the folder with them, the repository and its commit.
    fn fetch_tokenizer(
        &self,
        typed: &str,
        revision: Option<&str>,
        token: Option<Secret>,
        control: &Control,
    ) -> Result<(TempDir, String, String), StudioError> {
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
        let staging = self.aside(".fetch-")?;
        let plan =
            FetchPlan { repo: repo.id.clone(), sha: snapshot.sha.clone(), files, dest: staging.path().to_path_buf() };
        runtime.block_on(client.fetch(&plan, FetchLimits::default(), control))?;
        Ok((staging, repo.id.to_string(), snapshot.sha))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn studio() -> (TempDir, Studio) {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "Mine").unwrap();
        (folder, studio)
    }

    fn golden(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/tokenizers").join(name)
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn add(studio: &Studio, source: &Path, name: Option<&str>) -> Result<TokenizerRecord, StudioError> {
        studio.add_tokenizer(&TokenizerRequest::Path(source.to_owned()), name, &crate::jobs::control().0)
    }

    #[test]
    fn a_folder_that_somebody_put_into_the_workspace_is_added_where_it_is() {
        let (_folder, studio) = studio();
        let mine = studio.layout().tokenizer("mine");
        copy(&golden("spbpe"), &mine);
        fs::write(mine.join("notes.txt"), "mine").unwrap();
        let before = names(&mine);
        let record = add(&studio, &mine, None).unwrap();
        assert_eq!((record.name.as_str(), record.path.as_str()), ("mine", "tokenizers/mine"));
        assert_eq!(names(&mine), before);
        assert_eq!(studio.open_tokenizer(&record).unwrap().sha256(), record.sha256);

        let other = studio.layout().tokenizer("other");
        copy(&golden("wordpiece"), &other);
        assert_eq!(add(&studio, &other.join("tokenizer.json"), None).unwrap().name, "other");
        assert!(studio.verify(false, &crate::jobs::control().0).unwrap().ok);
    }

    #[test]
    fn a_folder_of_that_name_which_is_another_tokenizer_or_none_stays_as_it_is() {
        let (folder, studio) = studio();
        let mine = studio.layout().tokenizer("mine");
        copy(&golden("spbpe"), &mine);
        copy(&golden("wordpiece"), &mine.join("inner"));
        let before = names(&mine);
        for source in [golden("bytelevel"), mine.join("inner")] {
            let refused = add(&studio, &source, Some("mine")).unwrap_err();
            assert!(matches!(&refused, StudioError::TokenizerFolder { name, .. } if name == "mine"), "{refused}");
        }
        assert!(add(&studio, &folder.path().join("nothing"), Some("mine")).is_err());
        assert_eq!(names(&mine), before);
        assert!(studio.snapshot().tokenizers.is_empty());
        assert!(names(studio.layout().root()).iter().all(|name| !name.starts_with(".write-")));
        assert_eq!(names(&studio.layout().tokenizers()), ["mine"]);
    }

    #[test]
    fn what_a_killed_run_left_is_taken_up_and_a_chat_template_tells_it_from_others() {
        let (_folder, studio) = studio();
        let mine = studio.layout().tokenizer("mine");
        tokenizer::import(&golden("spbpe"), &mine).unwrap();
        fs::write(mine.join("chat_template.jinja"), "{{ messages }}").unwrap();
        assert!(matches!(add(&studio, &golden("spbpe"), Some("mine")), Err(StudioError::TokenizerFolder { .. })));
        fs::remove_file(mine.join("chat_template.jinja")).unwrap();
        assert_eq!(add(&studio, &golden("spbpe"), Some("mine")).unwrap().name, "mine");
    }

    #[test]
    fn what_a_killed_import_left_is_swept_and_other_folders_are_not() {
        let (folder, studio) = studio();
        let left = studio.layout().tokenizers().join(".write-importing-abc");
        copy(&golden("spbpe"), &left);
        let mine = studio.layout().tokenizer("mine");
        copy(&golden("spbpe"), &mine);
        drop(studio);
        let studio = Studio::open(&folder.path().join("space")).unwrap();
        assert_eq!(names(&studio.layout().tokenizers()), ["mine"]);
        // An import that is under way has such a name.
        let copied = tokenizer::import(&golden("spbpe"), &studio.layout().tokenizer("other")).unwrap();
        assert_eq!(copied.files.len(), 2);
    }

    #[test]
    fn names_that_differ_by_case_alone_are_the_same_name() {
        let (_folder, studio) = studio();
        add(&studio, &golden("spbpe"), Some("small")).unwrap();
        let refused = add(&studio, &golden("bytelevel"), Some("SMALL")).unwrap_err();
        assert!(matches!(&refused, StudioError::TokenizerExists(name) if name == "small"), "{refused}");
    }

    #[test]
    fn tokenizers_that_differ_in_their_chat_template_alone_are_not_taken_for_each_other() {
        let (folder, studio) = studio();
        let records = ["first", "second"].map(|name| {
            let source = folder.path().join(name);
            copy(&golden("spbpe"), &source);
            fs::write(source.join("chat_template.jinja"), format!("{name}: {{{{ messages }}}}")).unwrap();
            add(&studio, &source, None).unwrap()
        });
        assert_eq!(records[0].sha256, records[1].sha256);
        let opened = records.each_ref().map(|record| studio.open_tokenizer(record).unwrap());
        assert_eq!(opened.each_ref().map(|tokenizer| tokenizer.name().to_owned()), ["first", "second"]);
        let templates = opened.each_ref().map(|opened| opened.chat_template().unwrap().unwrap().sha256().to_owned());
        assert_ne!(templates[0], templates[1]);
        assert!(Arc::ptr_eq(&opened[0], &studio.open_tokenizer(&records[0]).unwrap()));
    }
}
