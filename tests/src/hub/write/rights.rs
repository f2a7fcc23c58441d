//! Who may write where.

use axum::http::{HeaderMap, header};

use crate::hub::answer::Refusal;
use crate::hub::repo::{Kind, Repo};
use crate::hub::state::Store;

/// Somebody who is signed in, with a token that may write.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) user: String,
}

impl Writer {
    /// Who carries these headers. A token that is made for reading may not write, whoever it belongs to.
    pub(super) fn of(store: &Store, headers: &HeaderMap) -> Result<Self, Refusal> {
        let caller = store.caller(headers)?;
        let user = caller.0.ok_or_else(|| Refusal::denied(401, "Invalid username or password."))?;
        let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !store.write_tokens.contains(token.trim_start_matches("Bearer ")) {
            return Err(Refusal::denied(403, "You must use a write token to upload to a repository."));
        }
        Ok(Self { user })
    }

    /// A repository that they may write to, or open a pull request on.
    pub(super) fn repo<'s>(
        &self,
        store: &'s Store,
        (kind, id): (Kind, &str),
        pull_request: bool,
    ) -> Result<&'s Repo, Refusal> {
        let caller = crate::hub::state::Caller(Some(self.user.clone()));
        let repo = store.repo(kind, id, &caller)?;
        if pull_request || self.owns(repo) {
            return Ok(repo);
        }
        Err(Refusal::denied(403, "Forbidden: pass `create_pr=1` as a query parameter to create a Pull Request"))
    }

    fn owns(&self, repo: &Repo) -> bool {
        let owner = repo.id.split_once('/').map(|(owner, _)| owner);
        owner == Some(self.user.as_str()) || repo.writers.contains(&self.user)
    }
}
