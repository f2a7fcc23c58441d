//! What a repository or a local folder holds, before any of its data is read.

use serde::Serialize;

use super::{Studio, StudioError};
use crate::hub::splits::{self, Card, Ignored, RepoFile};
use crate::hub::{HubClient, HubOptions, RemoteFile, RepoKind, RepoRef, RepoSnapshot, Secret};
use crate::jobs::Control;

/// What there is to download or to add.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The repository's id, or the local path's last name.
    pub source: String,
    /// The commit it is pinned to; nothing for local data.
    pub revision: Option<String>,
    /// The formats found, the most frequent first, with how many files each has.
    pub formats: Vec<String>,
    /// The configs to choose from, each with its splits.
    pub configs: Vec<ConfigOffer>,
    /// The files that belong to no split, each with the reason.
    pub ignored: Vec<Ignored>,
    /// What the card says.
    pub card: Card,
    /// What a careful user would like to know, in sentences.
    pub notes: Vec<String>,
    /// Whether its terms must be accepted first.
    pub gated: bool,
    /// Every file of the repository, as the Hub lists it.
    #[serde(skip)]
    pub files: Vec<RemoteFile>,
    /// The repository, where there is one.
    #[serde(skip)]
    pub repo: Option<RepoRef>,
}

/// One config to choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigOffer {
    /// Its name.
    pub name: String,
    /// Whether it is taken where none is chosen.
    pub default: bool,
    /// The format of its files.
    pub format: String,
    /// Whether it can be taken; why not, where it cannot.
    pub problem: Option<String>,
    /// Its splits in order.
    pub splits: Vec<SplitOffer>,
}

/// One split to choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitOffer {
    /// Its name.
    pub name: String,
    /// Its files in row order, relative to the repository or folder.
    pub files: Vec<String>,
    /// Their bytes.
    pub size_bytes: u64,
    /// Whether the Hub converted only its beginning.
    pub partial: bool,
}

impl Inspection {
    /// The config of that name, or the default one. The error lists what there is.
    pub fn config(&self, name: Option<&str>) -> Result<&ConfigOffer, StudioError> {
        let found = match name {
            Some(name) => self.configs.iter().find(|config| config.name == name),
            None if self.configs.len() == 1 => self.configs.first(),
            None => self.configs.iter().find(|config| config.default),
        };
        found.ok_or_else(|| StudioError::NoSuchConfig {
            source_name: self.source.clone(),
            wanted: name.map(str::to_owned),
            offered: self.configs.iter().map(|config| config.name.clone()).collect(),
        })
    }
}

impl ConfigOffer {
    /// The splits of these names, all where none is named.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<&SplitOffer>, StudioError> {
        if names.is_empty() {
            return Ok(self.splits.iter().collect());
        }
        if let Some(missing) = names.iter().find(|name| self.splits.iter().all(|split| split.name != **name)) {
            return Err(StudioError::NoSuchSplit {
                config: self.name.clone(),
                wanted: missing.clone(),
                offered: self.splits.iter().map(|split| split.name.clone()).collect(),
            });
        }
        Ok(self.splits.iter().filter(|split| names.contains(&split.name)).collect())
    }
}

/// A client for the Hub as `token` or as whoever the environment says.
pub(super) fn client(token: Option<Secret>) -> Result<HubClient, StudioError> {
    Ok(HubClient::new(HubOptions { token, ..HubOptions::default() })?)
}

/// What a repository on the Hub holds, for those without an open workspace. Not for the thread that draws.
pub fn inspect_remote(
    typed: &str,
    revision: Option<&str>,
    token: Option<Secret>,
    control: &Control,
) -> Result<Inspection, StudioError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(crate::jobs::JobsError::Threads)?;
    inspect_repo(runtime.handle(), typed, revision, token, control)
}

/// What a repository holds. `typed` is an id or a pasted address; a revision in the address counts unless another is
/// given.
fn inspect_repo(
    runtime: &tokio::runtime::Handle,
    typed: &str,
    revision: Option<&str>,
    token: Option<Secret>,
    control: &Control,
) -> Result<Inspection, StudioError> {
    let client = client(token)?;
    let mut repo = RepoRef::parse(typed, RepoKind::Dataset, client.endpoint())?;
    repo.revision = revision.map(str::to_owned).or(repo.revision);
    let asked = client.describe(&repo.id, repo.revision.as_deref(), control);
    let snapshot = runtime.block_on(async {
        tokio::select! {
            described = asked => described.map_err(StudioError::from),
            stopped = control.stopped() => Err(StudioError::Stopped(stopped)),
        }
    })?;
    offer_repo(repo, snapshot)
}

fn offer_repo(repo: RepoRef, snapshot: RepoSnapshot) -> Result<Inspection, StudioError> {
    let files: Vec<RepoFile> =
        snapshot.files.iter().map(|file| RepoFile { path: file.path.clone(), size: file.size }).collect();
    let source = repo.id.to_string();
    let converted = repo.revision.as_deref().is_some_and(|revision| revision.contains("refs/convert/parquet"));
    let layout =
        if converted { splits::infer_converted(&files) } else { splits::infer(&files, snapshot.readme.as_deref()) };
    let layout = layout.and_then(|layout| layout.require_supported().map(|()| layout));
    let layout = layout.map_err(|error| StudioError::Layout(error.describe(&source)))?;
    Ok(offer(source, Some(snapshot.sha), layout, &files, snapshot.gated, snapshot.files, Some(repo)))
}

fn offer(
    source: String,
    revision: Option<String>,
    layout: splits::Layout,
    files: &[RepoFile],
    gated: bool,
    remote: Vec<RemoteFile>,
    repo: Option<RepoRef>,
) -> Inspection {
    let sizes: std::collections::HashMap<&str, u64> =
        files.iter().map(|file| (file.path.as_str(), file.size)).collect();
    let offer_split = |split: splits::Split| SplitOffer {
        size_bytes: split.files.iter().filter_map(|file| sizes.get(file.as_str())).sum(),
        name: split.name,
        files: split.files,
        partial: split.partial,
    };
    let configs = layout
        .configs
        .into_iter()
        .map(|config| {
            let unreadable = || format!("{} files are not read by this version.", config.format.label());
            ConfigOffer {
                problem: config
                    .problem
                    .as_ref()
                    .map(ToString::to_string)
                    .or_else(|| (!config.format.is_supported()).then(unreadable)),
                name: config.name,
                default: config.default,
                format: config.format.label().to_owned(),
                splits: config.splits.into_iter().map(offer_split).collect(),
            }
        })
        .collect();
    Inspection {
        source,
        revision,
        formats: layout.formats.iter().map(ToString::to_string).collect(),
        configs,
        ignored: layout.ignored,
        card: layout.card,
        notes: layout.notes,
        gated,
        files: remote,
        repo,
    }
}

impl Studio {
    /// What a repository on the Hub holds.
    pub fn inspect(
        &self,
        typed: &str,
        revision: Option<&str>,
        token: Option<Secret>,
        control: &Control,
    ) -> Result<Inspection, StudioError> {
        inspect_repo(&self.context().runtime, typed, revision, token, control)
    }
}
