//! What publishing would change, before anything is changed.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::card::{self, CardFacts, CardSplit, Declared};
use super::error::PublishError;
use super::{UploadFile, UploadPlan, UploadReport, UploadSource, hash};
use crate::hub::client::HubClient;
use crate::hub::error::HubError;
use crate::hub::repo_id::{RepoId, RepoKind};
use crate::hub::snapshot::RepoSnapshot;
use crate::hub::splits::{Config, Format, LayoutError, RepoFile, infer};
use crate::jobs::{Control, Unit};

const MAIN: &str = "main";
const CARD: &str = "README.md";

/// All that a new repository holds.
const ATTRIBUTES: &str = ".gitattributes";

const DEFAULT: &str = "default";

/// Where to publish, and what that may do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wanted {
    /// The repository. Without an owner it is one of the token's user.
    pub repo: RepoId,
    /// The branch; `main` where none is named.
    pub branch: Option<String>,
    /// The config; `default` where none is named.
    pub config: Option<String>,
    /// A repository that is created is private, and one that is public is refused.
    pub private: bool,
    /// What is there in the same place may be replaced.
    pub replace: bool,
    /// Propose the change in a pull request instead of making it.
    pub pull_request: bool,
}

/// What to publish.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The splits in order.
    pub splits: Vec<ContentSplit>,
    /// What the card says of it. Repository, config and splits are filled in.
    pub facts: CardFacts,
}

/// A split to publish.
#[derive(Debug, Clone, Default)]
pub struct ContentSplit {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its Parquet files in row order.
    pub files: Vec<LocalFile>,
}

/// A Parquet file of this machine.
#[derive(Debug, Clone)]
pub struct LocalFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// Their sha256 in hex, where it is known.
    pub sha256: Option<String>,
}

/// What publishing would change.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are facts about a repository, independent of each other")]
pub struct Draft {
    /// The repository.
    pub repo: RepoId,
    /// Its page.
    pub page: String,
    /// Whether it is there already.
    pub exists: bool,
    /// Whether it is private, or will be.
    pub private: bool,
    /// The branch.
    pub branch: String,
    /// The config.
    pub config: String,
    /// The files that are there afterwards, the card last.
    pub files: Vec<UploadFile>,
    /// Files of the same config that go.
    pub remove: Vec<String>,
    /// Files that are there and would be others afterwards, or go. Where it is not known what a file holds, it is among
    /// them if it may be replaced.
    pub replaces: Vec<String>,
    /// The text of the card.
    pub card: String,
    /// Whether the repository was created for it.
    pub created: bool,
    pull_request: bool,
    summary: String,
    base: Option<RepoSnapshot>,
}

impl Content {
    /// Computes the checksums that nobody knows yet.
    pub async fn hash(&mut self, control: &Control) -> Result<(), PublishError> {
        let files = || self.splits.iter().flat_map(|split| &split.files).filter(|file| file.sha256.is_none());
        let total: u64 = files().map(|file| file.size).sum();
        if total > 0 {
            control.phase("Hashing", Unit::Bytes, Some(total));
        }
        for file in self.splits.iter_mut().flat_map(|split| &mut split.files) {
            if file.sha256.is_none() {
                file.sha256 = Some(hash(file.path.clone(), control.clone()).await?);
            }
        }
        Ok(())
    }
}

impl Draft {
    /// Refuses to replace anything but these files, which the user was shown.
    pub fn replaces_only(&self, shown: &[String]) -> Result<(), PublishError> {
        let shown: HashSet<&str> = shown.iter().map(String::as_str).collect();
        let files: Vec<String> = self.replaces.iter().filter(|path| !shown.contains(path.as_str())).cloned().collect();
        if files.is_empty() { Ok(()) } else { Err(PublishError::Unseen { repo: self.repo.to_string(), files }) }
    }
}

impl HubClient {
    /// Says what publishing would change. Asks the Hub who the token belongs to and what is there; changes nothing.
    pub async fn draft(&self, wanted: &Wanted, content: &Content, control: &Control) -> Result<Draft, PublishError> {
        check(wanted)?;
        let account = self.writer(control).await?;
        self.draft_of(wanted, account.user, content, control).await
    }

    /// The same for whoever only wants to know: a token is needed where the repository cannot be seen without one, or
    /// where its owner is whoever the token belongs to.
    pub async fn look(&self, wanted: &Wanted, content: &Content, control: &Control) -> Result<Draft, PublishError> {
        check(wanted)?;
        let owner = match (wanted.repo.owner.is_empty(), self.is_anonymous()) {
            (false, _) => wanted.repo.owner.clone(),
            (true, true) => return Err(PublishError::NoOwner { name: wanted.repo.to_string() }),
            (true, false) => self.writer(control).await?.user,
        };
        self.draft_of(wanted, owner, content, control).await
    }

    /// The draft, for the repository of `owner` where it names none.
    async fn draft_of(
        &self,
        wanted: &Wanted,
        owner: String,
        content: &Content,
        control: &Control,
    ) -> Result<Draft, PublishError> {
        let mut repo = wanted.repo.clone();
        if repo.owner.is_empty() {
            repo.owner = owner;
        }
        let branch = wanted.branch.clone().unwrap_or_else(|| MAIN.to_owned());
        let base = match self.describe(&repo, Some(&branch), control).await {
            Ok(snapshot) => Some(snapshot),
            Err(HubError::RepoNotFound { .. }) if branch == MAIN => None,
            Err(HubError::RepoNotFound { .. }) => {
                return Err(PublishError::NewBranch { repo: repo.to_string(), branch });
            }
            Err(error) => return Err(error.into()),
        };
        if wanted.private && base.as_ref().is_some_and(|base| !base.private) {
            return Err(PublishError::Public { repo: repo.to_string() });
        }
        let page = repo.page(self.endpoint());
        Site::of(&repo, base.as_ref())?.draft(wanted, content, (branch, page), base.clone())
    }

    /// Publishes a draft: creates the repository where it is not there, which the draft says from then on, and makes
    /// the commit.
    pub async fn publish(&self, draft: &mut Draft, control: &Control) -> Result<UploadReport, PublishError> {
        let base = match &draft.base {
            Some(base) => base.clone(),
            None => self.site(draft, control).await?,
        };
        let plan = UploadPlan {
            repo: draft.repo.clone(),
            branch: draft.branch.clone(),
            parent: base.sha,
            there: base.files,
            files: draft.files.clone(),
            remove: draft.remove.clone(),
            summary: draft.summary.clone(),
            pull_request: draft.pull_request,
        };
        self.upload(&plan, control).await
    }

    /// Creates the repository of a draft.
    async fn site(&self, draft: &mut Draft, control: &Control) -> Result<RepoSnapshot, PublishError> {
        draft.created = self.create_dataset(&draft.repo, draft.private, control).await?;
        let repo = draft.repo.to_string();
        match self.describe(&draft.repo, Some(MAIN), control).await {
            Ok(base) if draft.created => Ok(base),
            // The answer to a first try may have been lost. What it made is as empty as it would be now; what somebody
            // else put there is not in the draft.
            Ok(base) if base.private == draft.private && base.files.iter().all(|file| file.path == ATTRIBUTES) => {
                draft.created = true;
                Ok(base)
            }
            Ok(_) => Err(PublishError::Conflict { repo }),
            Err(HubError::RepoNotFound { .. }) if !draft.created => Err(PublishError::Hidden { repo }),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is wrong with a wish whatever is on the Hub.
fn check(wanted: &Wanted) -> Result<(), PublishError> {
    if wanted.repo.kind != RepoKind::Dataset {
        return Err(PublishError::NotADataset { typed: wanted.repo.to_string() });
    }
    match wanted.config.as_ref().filter(|config| !is_config_name(config)) {
        Some(config) => Err(PublishError::BadConfig(config.clone())),
        None => Ok(()),
    }
}

/// What is in the repository, as far as it concerns a new config.
struct Site<'a> {
    repo: &'a RepoId,
    base: Option<&'a RepoSnapshot>,
    configs: Vec<Config>,
}

impl<'a> Site<'a> {
    fn of(repo: &'a RepoId, base: Option<&'a RepoSnapshot>) -> Result<Self, PublishError> {
        let configs = match base {
            None => Vec::new(),
            Some(base) => match infer(&listed(base), base.readme.as_deref()) {
                Ok(layout) => layout.configs,
                Err(LayoutError::NoSupportedFiles { .. }) => Vec::new(),
                Err(error) => {
                    let reason = format!("{}.", error.to_string().trim_end_matches('.'));
                    return Err(PublishError::Card { repo: repo.to_string(), reason });
                }
            },
        };
        Ok(Self { repo, base, configs })
    }

    fn draft(
        &self,
        wanted: &Wanted,
        content: &Content,
        (branch, page): (String, String),
        base: Option<RepoSnapshot>,
    ) -> Result<Draft, PublishError> {
        let config = self.config(wanted)?;
        let (splits, mut files) = named(&config, content);
        let (replaces, remove) = self.replaced(&config, &files, wanted.replace)?;
        if !wanted.replace && !replaces.is_empty() {
            return Err(PublishError::Occupied { repo: self.repo.to_string(), files: replaces });
        }
        let mut facts = content.facts.clone();
        facts.repo = self.repo.to_string();
        facts.config.clone_from(&config);
        facts.splits = splits;
        let card = self.card(&facts, &files, &remove)?;
        files.push(UploadFile { path: CARD.to_owned(), source: UploadSource::Text(card.clone()) });
        let what = if facts.tokens.is_some() { "token rows" } else { "data" };
        Ok(Draft {
            page,
            exists: base.is_some(),
            private: base.as_ref().map_or(wanted.private, |base| base.private),
            branch,
            files,
            remove,
            replaces,
            card,
            created: false,
            pull_request: wanted.pull_request,
            summary: format!("Publish the {what} of config {config}"),
            base,
            repo: self.repo.clone(),
            config,
        })
    }

    /// The config to write. One that nobody named must not change which one is the default.
    fn config(&self, wanted: &Wanted) -> Result<String, PublishError> {
        let named = wanted.config.clone();
        if named.is_none() && !self.configs.is_empty() && self.configs.iter().all(|config| config.name != DEFAULT) {
            let configs = self.configs.iter().map(|config| config.name.clone()).collect();
            return Err(PublishError::NeedsConfig { repo: self.repo.to_string(), configs });
        }
        Ok(named.unwrap_or_else(|| DEFAULT.to_owned()))
    }

    /// The paths that would hold something else or nothing afterwards, and of these the ones that go. What nobody can
    /// tell yet is replaced where it may be, so that the user sees it. Files of another config are never touched.
    fn replaced(
        &self,
        config: &str,
        files: &[UploadFile],
        may_replace: bool,
    ) -> Result<(Vec<String>, Vec<String>), PublishError> {
        let (mut replaces, mut remove) = (Vec::new(), Vec::new());
        let sent: HashMap<&str, &UploadSource> = files.iter().map(|file| (file.path.as_str(), &file.source)).collect();
        let mut owners: HashMap<&str, Vec<&str>> = HashMap::new();
        for known in &self.configs {
            for path in known.splits.iter().flat_map(|split| &split.files) {
                owners.entry(path).or_default().push(&known.name);
            }
        }
        for there in self.base.into_iter().flat_map(|base| &base.files) {
            let owners = owners.get(there.path.as_str()).map_or(&[][..], Vec::as_slice);
            let other = owners.iter().find(|owner| **owner != config);
            match sent.get(there.path.as_str()) {
                Some(source) => {
                    if is_same(source, there.size, there.sha256.as_deref()).unwrap_or(!may_replace) {
                        continue;
                    }
                    if let Some(other) = other {
                        let (repo, file) = (self.repo.to_string(), there.path.clone());
                        return Err(PublishError::OfAnother { repo, file, config: (*other).to_owned() });
                    }
                    replaces.push(there.path.clone());
                }
                None if other.is_none() && !owners.is_empty() => {
                    replaces.push(there.path.clone());
                    remove.push(there.path.clone());
                }
                None => {}
            }
        }
        Ok((replaces, remove))
    }

    /// The text of the card, held to its promise: what it declares is read back with the same splits and files, and
    /// what else the repository offers is as it was.
    fn card(&self, facts: &CardFacts, files: &[UploadFile], remove: &[String]) -> Result<String, PublishError> {
        let refused = |reason: String| PublishError::Card { repo: self.repo.to_string(), reason };
        let others: Vec<&Config> = self.configs.iter().filter(|config| config.name != facts.config).collect();
        if let Some(other) = others.iter().find(|config| config.format != Format::Parquet) {
            let reason = format!(
                "Its config '{}' is {}, and the Python library reads all configs of a repository in one format.",
                other.name,
                other.format.label()
            );
            return Err(refused(reason));
        }
        let inferred = match self.configs.as_slice() {
            [only] => Some(Declared {
                name: only.name.clone(),
                splits: only.splits.iter().map(|split| (split.name.clone(), split.files.clone())).collect(),
            }),
            _ => None,
        };
        let existing = self.base.and_then(|base| base.readme.as_deref());
        let card = card::write(facts, existing, inferred.as_ref()).map_err(refused)?;

        let mut after: Vec<RepoFile> = self.base.map(listed).unwrap_or_default();
        let known: HashSet<&str> =
            remove.iter().map(String::as_str).chain(files.iter().map(|file| &*file.path)).collect();
        after.retain(|file| !known.contains(file.path.as_str()) && file.path != CARD);
        after.extend(files.iter().map(|file| RepoFile { path: file.path.clone(), size: 1 }));
        after.push(RepoFile { path: CARD.to_owned(), size: 1 });
        let read = infer(&after, Some(&card)).map_err(|error| refused(format!("It would not load: {error}.")))?;
        let own: Vec<(&str, &[String])> =
            facts.splits.iter().map(|split| (split.name.as_str(), split.files.as_slice())).collect();
        let found = read.config(&facts.config);
        let found: Option<Vec<(&str, &[String])>> = found
            .map(|config| config.splits.iter().map(|split| (split.name.as_str(), split.files.as_slice())).collect());
        if found.as_deref() != Some(&own) {
            return Err(refused(format!("The config '{}' would not be read back as it is.", facts.config)));
        }
        for other in others {
            let now = read.config(&other.name);
            if now.is_none_or(|now| now.splits != other.splits || (other.default && !now.default)) {
                return Err(refused(format!("Its config '{}' would change.", other.name)));
            }
        }
        Ok(card)
    }
}

fn listed(base: &RepoSnapshot) -> Vec<RepoFile> {
    base.files.iter().map(|file| RepoFile { path: file.path.clone(), size: file.size }).collect()
}

/// Whether what is to be sent is what is there; nothing where its checksum is not known yet and the size is the same.
fn is_same(source: &UploadSource, there: u64, sha256: Option<&str>) -> Option<bool> {
    match source {
        UploadSource::Local { size, .. } if *size != there => Some(false),
        UploadSource::Local { sha256: own, .. } => own.as_deref().map(|own| sha256 == Some(own)),
        UploadSource::Text(_) => Some(false),
    }
}

/// The files under the names they get: `data/train-00000-of-00002.parquet`, or in a folder named after their config.
fn named(config: &str, content: &Content) -> (Vec<CardSplit>, Vec<UploadFile>) {
    let folder = if config == DEFAULT { "data" } else { config };
    let (mut splits, mut files) = (Vec::new(), Vec::new());
    for split in content.splits.iter().filter(|split| !split.files.is_empty()) {
        let count = split.files.len();
        let mut paths = Vec::with_capacity(count);
        for (place, file) in split.files.iter().enumerate() {
            let path = format!("{folder}/{}-{place:05}-of-{count:05}.parquet", split.name);
            let source = UploadSource::Local { path: file.path.clone(), size: file.size, sha256: file.sha256.clone() };
            files.push(UploadFile { path: path.clone(), source });
            paths.push(path);
        }
        let bytes = split.files.iter().map(|file| file.size).sum();
        splits.push(CardSplit { name: split.name.clone(), files: paths, rows: split.rows, bytes });
    }
    (splits, files)
}

/// The name becomes a folder in the repository and, where the dataset is loaded, one in a cache.
fn is_config_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && !name.ends_with('.')
}
