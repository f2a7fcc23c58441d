//! The Hugging Face Hub: what a repository holds, which file belongs to which split, and getting the bytes.
//!
//! [`RepoRef::parse`] reads what a person typed; [`HubClient::describe`] says what is there, pinned to a commit, before
//! any data is fetched; [`HubClient::fetch`] brings files to a folder and continues where an earlier run ended.
//!
//! [`publish`] goes the other way: files of this machine become a dataset repository, with its card.
//!
//! This room writes nothing but the files it was told to fetch, runs nothing that came from a repository, and shows an
//! access token to nobody but the Hub it belongs to.

mod address;
mod client;
mod error;
mod fetch;
mod login;
mod patience;
pub mod publish;
mod ranged;
mod refs;
mod repo_id;
mod search;
mod secret;
mod snapshot;
pub mod splits;
mod tree;

pub use client::{HubClient, HubOptions};
pub use error::HubError;
pub use fetch::{FetchLimits, FetchPlan, FetchReport};
pub use refs::{CONVERTED, NamedRef, RepoRefs};
pub use repo_id::{RepoId, RepoKind, RepoRef};
pub use search::Match;
pub use secret::Secret;
pub use snapshot::{RemoteFile, RepoSnapshot};
