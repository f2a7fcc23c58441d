//! The Hub client against a Hub on the loopback interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do its helpers")]

mod describe;
mod faults;
mod fetch;
mod misfortune;
mod publish;
mod resume;
mod xet;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use mistudio_core::hub::{
    FetchLimits, FetchPlan, FetchReport, HubClient, HubError, HubOptions, RepoId, RepoKind, RepoRef, RepoSnapshot,
    Secret,
};
use mistudio_core::jobs::{Control, control};
use mistudio_tests::hub::LoopbackHub;

const MIB: u64 = 1024 * 1024;

/// What is promised within a second comes at once or not at all; this much a busy machine may make of it.
const PROMPTLY: Duration = Duration::from_secs(10);

/// Waits until no bytes of a file are on their way any more.
async fn settled(hub: &LoopbackHub, file: &str) {
    let until_none = async {
        while hub.sending(file) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PROMPTLY, until_none).await.unwrap_or_else(|_| panic!("{file} is still being sent"));
}

/// A client that waits as little as a test can afford.
fn client(hub: &LoopbackHub, token: Option<&str>) -> HubClient {
    let options = HubOptions {
        endpoint: Some(hub.endpoint().to_owned()),
        token: token.and_then(Secret::new),
        stall: Duration::from_secs(1),
        backoff: Duration::from_millis(20),
    };
    HubClient::new(options).unwrap()
}

fn id(kind: RepoKind, typed: &str) -> RepoId {
    RepoRef::parse(typed, kind, "https://huggingface.co").unwrap().id
}

async fn describe(client: &HubClient, typed: &str) -> Result<RepoSnapshot, HubError> {
    client.describe(&id(RepoKind::Dataset, typed), None, &control().0).await
}

/// A plan for every file of a dataset.
async fn plan(client: &HubClient, typed: &str, dest: &Path) -> FetchPlan {
    let snapshot = describe(client, typed).await.unwrap();
    FetchPlan { repo: snapshot.repo, sha: snapshot.sha, files: snapshot.files, dest: dest.to_owned() }
}

async fn fetch(client: &HubClient, plan: &FetchPlan, control: &Control) -> Result<FetchReport, HubError> {
    client.fetch(plan, FetchLimits::default(), control).await
}

/// Every file below a folder, by its path in it.
fn on_disk(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
