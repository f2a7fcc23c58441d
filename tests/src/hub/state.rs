//! What the loopback Hub knows while it serves.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use axum::http::{HeaderMap, header};

use super::Options;
use super::answer::Refusal;
use super::faults::{Fault, Faults, Stage};
use super::log::Entry;
use super::repo::{Kind, Repo};
use super::resolve::page;
use super::write::Storage;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    endpoint: String,
    /// Where large files are: another origin, as on the real Hub, which therefore must never see a token.
    cdn: String,
    pub(crate) store: RwLock<Store>,
    pub(crate) log: Mutex<Vec<Entry>>,
    faults: Mutex<Faults>,
    /// Which accesses to Xet storage are good: those of this generation.
    pub(crate) xet_generation: AtomicU64,
    pub(crate) storage: Storage,
}

/// Repositories, the tokens that open them, and former names.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) repos: BTreeMap<(Kind, String), Repo>,
    pub(crate) tokens: HashMap<String, String>,
    /// Those of the tokens that may write.
    pub(crate) write_tokens: HashSet<String>,
    pub(crate) renamed: BTreeMap<(Kind, String), String>,
}

/// Who asks: nobody in particular, or a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller(pub(crate) Option<String>);

impl State {
    pub(crate) fn new(options: Options, (endpoint, cdn): (String, String), store: Store) -> Self {
        Self {
            options,
            endpoint,
            cdn,
            store: RwLock::new(store),
            log: Mutex::default(),
            faults: Mutex::default(),
            xet_generation: AtomicU64::default(),
            storage: Storage::default(),
        }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn cdn(&self) -> &str {
        &self.cdn
    }

    pub(crate) fn faults_mut(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self, path: &str, stage: Stage) -> Vec<Fault> {
        self.faults_mut().take(path, stage)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Who carries these headers.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Caller(None)) };
        // What name and password come to is a token like any other here: mirrors take them, the Hub does not.
        let text = value.to_str().unwrap_or_default();
        let token = text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("Basic ")).unwrap_or_default();
        self.tokens.get(token).map(|user| Caller(Some(user.clone()))).ok_or_else(Refusal::credentials)
    }

    /// What the token of these headers is made for.
    pub(crate) fn role(&self, headers: &HeaderMap) -> &'static str {
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if self.write_tokens.contains(token.trim_start_matches("Bearer ")) { "write" } else { "read" }
    }

    /// A repository that this caller may know of.
    pub(crate) fn repo(&self, kind: Kind, id: &str, caller: &Caller) -> Result<&Repo, Refusal> {
        self.repos
            .get(&(kind, id.to_owned()))
            .filter(|repo| !repo.private || caller.reads(repo))
            .ok_or_else(|| Refusal::repository(caller.0.is_some()))
    }
}

impl Caller {
    /// Whether they may read a private or gated repository.
    pub(crate) fn reads(&self, repo: &Repo) -> bool {
        let owner = repo.id.split_once('/').map(|(owner, _)| owner);
        self.0.as_deref().is_some_and(|user| owner == Some(user) || repo.readers.contains(user))
    }

    /// Fails where the files of a gated repository are not for them.
    pub(crate) fn enter(&self, repo: &Repo, endpoint: &str) -> Result<(), Refusal> {
        if repo.gated.is_none() || self.reads(repo) {
            return Ok(());
        }
        let page = page(endpoint, repo.kind, &repo.id);
        Err(Refusal::gated(repo.kind.singular(), &repo.id, &page, self.0.is_some()))
    }
}
