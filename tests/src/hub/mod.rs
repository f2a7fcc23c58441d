//! A Hub on the loopback interface, a fair imitation of the Hugging Face Hub for tests.
//!
//! It answers as the Hub answers, header by header, to the requests of `hf-hub`, `huggingface_hub` and `datasets`;
//! `tests/python/check_loopback_hub.py` holds it to that with the Python clients. What it adds is a memory of every
//! request and faults on order. It is no part of the program and must never be reached by it.
//!
//! ```no_run
//! use mistudio_tests::hub::{Content, Fault, LoopbackHub, Repo};
//!
//! let hub = LoopbackHub::start([Repo::dataset("owner/name")
//!     .file("README.md", "# A dataset\n")
//!     .file("data/train-00000-of-00001.parquet", Content::generated(1, 5_000_000))])?;
//! hub.fault("data/train-00000-of-00001.parquet", Fault::CutAfter(1_000_000));
//! println!("{}", hub.endpoint());
//! # Ok::<(), std::io::Error>(())
//! ```

mod answer;
mod api;
mod body;
mod content;
mod faults;
mod log;
pub mod misfortune;
mod repo;
mod resolve;
mod route;
mod serve;
mod state;
mod wire;
mod write;
mod xet;

use std::io;
use std::sync::{Arc, PoisonError};

use axum::Router;
use tokio::runtime::{Builder, Runtime};

pub use content::Content;
pub use faults::Fault;
pub use log::Request;
pub use repo::{Gated, Kind, Repo};
pub use resolve::SIGNATURE;
use state::{State, Store};
use wire::{Door, Line};
pub use write::ANY_UPLOAD;

/// How the Hub is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Entries on a page of a tree listing.
    pub tree_page: usize,
    /// Bytes of an answer that the system may hold for a caller who does not read them; `None` for as many as it
    /// likes, which is megabytes on the loopback interface and makes it hard to say what a caller has got.
    pub send_buffer: Option<u32>,
    /// No body comes faster than that.
    pub bytes_per_second: Option<u64>,
    /// Where callers are sent for files in Xet storage; `None` for this Hub's own imitation of it.
    pub xet_endpoint: Option<String>,
    /// Uploads larger than this go part by part, each of this size.
    pub chunk_size: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tree_page: 1000,
            send_buffer: None,
            bytes_per_second: None,
            xet_endpoint: None,
            chunk_size: 16_000_000,
        }
    }
}

/// A running Hub; it stops when dropped.
#[derive(Debug)]
pub struct LoopbackHub {
    state: Arc<State>,
    runtime: Option<Runtime>,
}

impl LoopbackHub {
    /// Serves these repositories on a free port of 127.0.0.1.
    pub fn start(repos: impl IntoIterator<Item = Repo>) -> io::Result<Self> {
        Self::start_with(Options::default(), repos)
    }

    /// Serves these repositories as the options say.
    pub fn start_with(options: Options, repos: impl IntoIterator<Item = Repo>) -> io::Result<Self> {
        let mut store = Store::default();
        for repo in repos {
            let repo = repo.commit()?;
            store.repos.insert((repo.kind, repo.id.clone()), repo);
        }
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("loopback-hub").enable_all().build()?;
        let (hub, cdn) = {
            let _inside = runtime.enter();
            (Door::open(options.port, options.send_buffer)?, Door::open(0, options.send_buffer)?)
        };
        let state = Arc::new(State::new(options, (hub.endpoint()?, cdn.endpoint()?), store));
        let app = Router::new().fallback(serve::handle).with_state(Arc::clone(&state));
        for door in [hub, cdn] {
            let app = app.clone().into_make_service_with_connect_info::<Line>();
            runtime.spawn(async move { axum::serve(door, app).await });
        }
        Ok(Self { state, runtime: Some(runtime) })
    }

    /// Its address, for `HF_ENDPOINT`: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> &str {
        self.state.endpoint()
    }

    /// Makes a token valid for a user.
    pub fn add_token(&self, token: &str, user: &str) {
        self.change(|store| {
            store.tokens.insert(token.to_owned(), user.to_owned());
        });
    }

    /// Makes a token valid for a user who may write with it.
    pub fn add_write_token(&self, token: &str, user: &str) {
        self.add_token(token, user);
        self.change(|store| store.write_tokens.insert(token.to_owned()));
    }

    /// Redirects a former name of a repository to its present one.
    pub fn rename(&self, kind: Kind, former: &str, present: &str) {
        self.change(|store| {
            store.renamed.insert((kind, former.to_owned()), present.to_owned());
        });
    }

    /// Adds or replaces a file on `main` as a new commit; what was there stays under its sha. Nothing happens if there
    /// is no such repository.
    pub fn push(&self, kind: Kind, id: &str, path: &str, content: impl Into<Content>) -> io::Result<()> {
        let content = content.into();
        self.change(|store| {
            if let Some(repo) = store.repos.get_mut(&(kind, id.to_owned())) {
                *repo = repo.clone().file(path, content).commit()?;
            }
            Ok(())
        })
    }

    /// Removes a file from `main` as a new commit.
    pub fn remove(&self, kind: Kind, id: &str, path: &str) {
        self.change(|store| {
            if let Some(repo) = store.repos.get_mut(&(kind, id.to_owned())) {
                *repo = repo.clone().without(path);
            }
        });
    }

    /// The commit a revision stands for now.
    pub fn sha(&self, kind: Kind, id: &str, revision: &str) -> Option<String> {
        let store = self.state.store.read().unwrap_or_else(PoisonError::into_inner);
        let repo = store.repos.get(&(kind, id.to_owned()))?;
        repo.revision(revision).map(|(sha, _)| sha.to_owned())
    }

    /// Orders a fault for the next request of a file (by its path in its repository) or of a URL path (`/api/…`).
    pub fn fault(&self, path: &str, fault: Fault) {
        self.state.faults_mut().queue(path, fault);
    }

    /// Orders a fault for every request of a file or URL path until [`clear_faults`](Self::clear_faults).
    pub fn lasting_fault(&self, path: &str, fault: Fault) {
        self.state.faults_mut().last(path, fault);
    }

    /// Takes back every fault that has not struck.
    pub fn clear_faults(&self) {
        self.state.faults_mut().clear();
    }

    /// Takes back the faults of one file or URL path that have not struck.
    pub fn clear_faults_of(&self, path: &str) {
        self.state.faults_mut().clear_of(path);
    }

    /// The faults that have struck a file or URL path, oldest first.
    pub fn struck(&self, path: &str) -> Vec<Fault> {
        self.state.faults_mut().struck(path)
    }

    /// Lets every access to Xet storage that was given so far expire.
    pub fn expire_xet(&self) {
        self.state.xet_generation.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.state.log().iter().map(log::Entry::snapshot).collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state.log().clear();
    }

    /// Bytes of a file sent in all requests so far.
    pub fn served(&self, file: &str) -> u64 {
        let requests = self.requests();
        requests.iter().filter(|request| request.file.as_deref() == Some(file)).map(|request| request.served).sum()
    }

    /// Answers with bytes of a file that are on their way and have not ended, one way or the other.
    pub fn sending(&self, file: &str) -> usize {
        let log = self.state.log();
        let of_file = log.iter().filter(|entry| entry.request.file.as_deref() == Some(file));
        of_file.filter(|entry| entry.is_on_its_way()).count()
    }

    /// Bytes that came to the storage host in all requests so far: of one file, by its sha256, or of all.
    pub fn received(&self, sha256: Option<&str>) -> u64 {
        self.state.storage.received(sha256)
    }

    /// Forgets the bytes that came so far.
    pub fn clear_received(&self) {
        self.state.storage.forget_received();
    }

    /// Makes every upload address that was given out worthless.
    pub fn expire_uploads(&self) {
        self.state.storage.expire();
    }

    /// Whether there is such a repository, and whether it is private.
    pub fn is_private(&self, kind: Kind, id: &str) -> Option<bool> {
        let store = self.state.store.read().unwrap_or_else(PoisonError::into_inner);
        store.repos.get(&(kind, id.to_owned())).map(|repo| repo.private)
    }

    /// What a file holds at a revision.
    pub fn content(&self, kind: Kind, id: &str, revision: &str, path: &str) -> Option<Content> {
        let store = self.state.store.read().unwrap_or_else(PoisonError::into_inner);
        let (_, commit) = store.repos.get(&(kind, id.to_owned()))?.revision(revision)?;
        commit.get(path).map(|stored| stored.content.clone())
    }

    /// The paths of all files at a revision.
    pub fn paths(&self, kind: Kind, id: &str, revision: &str) -> Vec<String> {
        let store = self.state.store.read().unwrap_or_else(PoisonError::into_inner);
        let repo = store.repos.get(&(kind, id.to_owned()));
        repo.and_then(|repo| repo.revision(revision))
            .map(|(_, files)| files.keys().cloned().collect())
            .unwrap_or_default()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Store) -> T) -> T {
        change(&mut self.state.store.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for LoopbackHub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
