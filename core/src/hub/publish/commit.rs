//! The order of an upload, and the one commit that makes it show.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::Run;
use super::error::PublishError;
use super::lfs::{Action, BATCH};
use super::object::{OBJECTS_AT_ONCE, Object};
use super::wire::Ask;
use crate::hub::error::{HubError, Refusal};

/// Files asked about in one request.
const ASKED_AT_ONCE: usize = 256;

/// Larger files are kept in LFS whatever the Hub says of them: in a commit they would be held in memory.
const LARGEST_IN_GIT: u64 = 10 * 1024 * 1024;

/// The most bytes of files within one commit, which is held in memory: what goes beyond is kept in LFS, too.
const MOST_IN_GIT: u64 = 32 * 1024 * 1024;

/// What the repository is at now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Committed {
    pub(super) commit: String,
    pub(super) pull_request: Option<String>,
}

impl Run<'_> {
    pub(super) async fn all(&self, files: &[Object]) -> Result<Committed, PublishError> {
        let there: HashMap<&str, _> = self.plan.there.iter().map(|file| (file.path.as_str(), file)).collect();
        let mut different = Vec::new();
        for object in files {
            match there.get(object.path()) {
                Some(file) if object.is_there(file).await? => self.was_there(object),
                _ => different.push(object),
            }
        }
        let removed: Vec<&str> =
            self.plan.remove.iter().map(String::as_str).filter(|path| there.contains_key(path)).collect();
        if different.is_empty() && removed.is_empty() {
            // All of it was committed by a run that ended before it could say so.
            self.progress.file_verified();
            return Ok(Committed { commit: self.plan.parent.clone(), pull_request: None });
        }
        let in_git = self.in_git(&different).await?;
        let (small, large): (Vec<&Object>, Vec<&Object>) =
            different.iter().copied().partition(|object| in_git.contains(object.path()));
        self.send(&large).await?;
        self.control.update(|report| report.note = Some("Everything is on the Hub. Committing.".to_owned()));
        let committed = self.commit(&small, &large, &removed, files).await?;
        for object in small {
            self.uploaded.fetch_add(object.size(), Ordering::Relaxed);
            self.was_there(object);
        }
        self.progress.file_verified();
        Ok(committed)
    }

    /// Counts a file whose bytes were not counted on their way.
    fn was_there(&self, object: &Object) {
        self.progress.passed(object.size());
        self.arrived();
    }

    /// Counts a file. The last one counts when the commit is made: until then nothing shows.
    fn arrived(&self) {
        if self.arrived.fetch_add(1, Ordering::Relaxed) + 1 < self.plan.files.len() as u64 {
            self.progress.file_verified();
        }
    }

    /// The paths that the Hub wants within the commit itself, as far as there is room for them. Texts, which are cards,
    /// always have it.
    async fn in_git(&self, objects: &[&Object]) -> Result<HashSet<String>, PublishError> {
        let mut found = HashSet::new();
        let texts: u64 = objects.iter().filter(|object| object.is_text()).map(|object| object.size()).sum();
        let mut room = MOST_IN_GIT.saturating_sub(texts);
        let mut url = self.client.ranged.api_url(&self.plan.repo, &["preupload", &self.plan.branch]);
        self.proposing(&mut url);
        for some in objects.chunks(ASKED_AT_ONCE) {
            let asked =
                |object: &&Object| json!({ "path": object.path(), "sample": object.sample(), "size": object.size() });
            let body = json!({ "files": some.iter().map(asked).collect::<Vec<_>>() });
            let answer = self.client.ask(&Ask::post(url.clone(), &body), self.control).await?;
            let answer = answer.map_err(|refusal| self.refused(&refusal))?;
            for object in some {
                let said = answer["files"].as_array().into_iter().flatten().find(|file| file["path"] == object.path());
                let said = said.ok_or_else(|| HubError::Answer { what: format!("nothing about {}", object.path()) })?;
                if said["shouldIgnore"] == true {
                    let what = format!("its .gitignore leaves out {}", object.path());
                    return Err(PublishError::Refused { repo: self.plan.repo.to_string(), what });
                }
                let is_regular = said["uploadMode"] == "regular";
                let fits = object.size() <= LARGEST_IN_GIT.min(room);
                if is_regular && fits && !object.is_text() {
                    room -= object.size();
                }
                // The storage host takes no empty object.
                if object.size() == 0 || (is_regular && (fits || object.is_text())) {
                    found.insert(object.path().to_owned());
                }
            }
        }
        Ok(found)
    }

    /// Brings large files to the Hub's storage, each content once.
    async fn send(&self, objects: &[&Object]) -> Result<(), PublishError> {
        let mut seen = HashSet::new();
        let (once, again): (Vec<&Object>, Vec<&Object>) =
            objects.iter().copied().partition(|object| seen.insert(object.sha256()));
        for batch in once.chunks(BATCH) {
            let mut actions = self.actions(batch).await?;
            let mut missing = Vec::new();
            for object in batch {
                match actions.remove(object.sha256()) {
                    Some(action) => missing.push(self.one(object, action)),
                    None => self.was_there(object),
                }
            }
            let sending = futures::stream::iter(missing).buffer_unordered(OBJECTS_AT_ONCE);
            sending.try_collect::<Vec<()>>().await?;
        }
        for object in again {
            self.was_there(object);
        }
        Ok(())
    }

    async fn one(&self, object: &Object, action: Action) -> Result<(), PublishError> {
        self.object(object, action).await?;
        self.arrived();
        Ok(())
    }

    async fn commit(
        &self,
        small: &[&Object],
        large: &[&Object],
        removed: &[&str],
        files: &[Object],
    ) -> Result<Committed, PublishError> {
        let mut body = String::new();
        // Writing to a string cannot fail.
        let mut add = |key: &str, value: Value| {
            let _ = writeln!(body, "{}", json!({ "key": key, "value": value }));
        };
        let parent = &self.plan.parent;
        add("header", json!({ "summary": self.plan.summary, "description": "", "parentCommit": parent }));
        for path in removed {
            add("deletedFile", json!({ "path": path }));
        }
        for object in large {
            let (path, oid, size) = (object.path(), object.sha256(), object.size());
            add("lfsFile", json!({ "path": path, "algo": "sha256", "oid": oid, "size": size }));
        }
        for object in small {
            let content = STANDARD.encode(object.bytes().await?);
            add("file", json!({ "path": object.path(), "encoding": "base64", "content": content }));
        }
        let mut url = self.client.ranged.api_url(&self.plan.repo, &["commit", &self.plan.branch]);
        self.proposing(&mut url);
        let ask = Ask::lines(url, body.into()).long();
        let answer = if self.plan.pull_request {
            // Asked twice there might be two of them.
            self.client.ask_once(&ask).await?
        } else {
            self.client.ask(&ask, self.control).await?
        };
        match answer {
            Ok(answer) => committed(&answer),
            // The commit may be this one, where the answer to an earlier try was lost.
            Err(refusal) if matches!(refusal.status, 409 | 412) => {
                self.found(files, removed).await?.ok_or_else(|| self.refused(&refusal))
            }
            Err(refusal) => Err(self.refused(&refusal)),
        }
    }

    /// The newest commit, if it holds exactly what was to be committed.
    async fn found(&self, files: &[Object], removed: &[&str]) -> Result<Option<Committed>, PublishError> {
        if self.plan.pull_request {
            return Ok(None);
        }
        let now = self.client.describe(&self.plan.repo, Some(&self.plan.branch), self.control).await?;
        let there: HashMap<&str, _> = now.files.iter().map(|file| (file.path.as_str(), file)).collect();
        if removed.iter().any(|path| there.contains_key(path)) {
            return Ok(None);
        }
        for object in files {
            match there.get(object.path()) {
                Some(file) if object.is_there(file).await? => {}
                _ => return Ok(None),
            }
        }
        Ok(Some(Committed { commit: now.sha, pull_request: None }))
    }

    fn proposing(&self, url: &mut reqwest::Url) {
        if self.plan.pull_request {
            url.set_query(Some("create_pr=1"));
        }
    }

    /// What a refusal to write means for this upload.
    pub(super) fn refused(&self, refusal: &Refusal) -> PublishError {
        PublishError::refused(refusal, &self.plan.repo, &self.plan.branch, self.client.is_anonymous())
    }
}

fn committed(answer: &Value) -> Result<Committed, PublishError> {
    let commit =
        answer["commitOid"].as_str().ok_or_else(|| HubError::Answer { what: "without a commit".to_owned() })?;
    let pull_request = answer["pullRequestUrl"].as_str().map(str::to_owned);
    Ok(Committed { commit: commit.to_owned(), pull_request })
}
