//! Looking at a repository of the Hub, and finding one.

use std::time::Duration;

use super::{HubFacts, Inspection, offer};
use crate::hub::splits::{self, Layout, RepoFile};
use crate::hub::{CONVERTED, HubClient, HubOptions, Match, RepoKind, RepoRef, RepoRefs, RepoSnapshot, Secret};
use crate::jobs::Control;
use crate::studio::{Studio, StudioError};

/// A client for the Hub as `token` or as whoever the environment says.
pub(in crate::studio) fn client(token: Option<Secret>) -> Result<HubClient, StudioError> {
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

impl Studio {
    /// What a repository on the Hub holds. `typed` is an id or a pasted address; a revision in the address counts
    /// unless another is given. The token serves this question alone.
    pub fn inspect(
        &self,
        typed: &str,
        revision: Option<&str>,
        token: Option<Secret>,
        control: &Control,
    ) -> Result<Inspection, StudioError> {
        inspect_repo(&self.context().runtime, typed, revision, token, control)
    }

    /// The datasets of the Hub that match what was typed so far, most downloaded first, at most `limit`. The token
    /// serves this question alone.
    pub fn search_hub(
        &self,
        text: &str,
        limit: usize,
        token: Option<Secret>,
        control: &Control,
    ) -> Result<Vec<Match>, StudioError> {
        let client = client(token)?;
        Ok(self.context().runtime.block_on(client.search(text, limit, control))?)
    }
}

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
    runtime.block_on(async {
        tokio::select! {
            inspection = look(&client, repo, control) => inspection,
            stopped = control.stopped() => Err(StudioError::Stopped(stopped)),
        }
    })
}

/// How long the list of branches and tags is waited for.
const REFS_WAIT: Duration = Duration::from_secs(15);

async fn look(client: &HubClient, repo: RepoRef, control: &Control) -> Result<Inspection, StudioError> {
    let described = async { client.describe(&repo.id, repo.revision.as_deref(), control).await };
    // Without its branches and tags a repository can still be downloaded, so that failure is only told.
    let named = async { Ok(tokio::time::timeout(REFS_WAIT, client.refs(&repo.id, control)).await) };
    let (mut snapshot, refs) = futures::try_join!(described, named)?;
    let mut notes = Vec::new();
    let mut missing = |why: String| {
        notes.push(format!("The branches and tags could not be listed. {why}"));
        RepoRefs::default()
    };
    let refs = match refs {
        Ok(Ok(refs)) => refs,
        Ok(Err(error)) => missing(error.to_string()),
        Err(_) => missing("The Hub took too long over them.".to_owned()),
    };
    let is_converted = snapshot.revision.contains(CONVERTED)
        || refs.converted.as_ref().is_some_and(|converted| converted.sha == snapshot.sha);
    if is_converted && snapshot.readme.is_none() {
        snapshot.readme = client.card(&repo.id, control).await?;
    }
    let page = repo.id.page(client.endpoint());
    let mut inspection = offer_repo(repo, snapshot, (refs, is_converted), page);
    inspection.notes.extend(notes);
    Ok(inspection)
}

fn offer_repo(
    repo: RepoRef,
    snapshot: RepoSnapshot,
    (refs, is_converted): (RepoRefs, bool),
    page: String,
) -> Inspection {
    let files: Vec<RepoFile> =
        snapshot.files.iter().map(|file| RepoFile { path: file.path.clone(), size: file.size }).collect();
    let source = repo.id.to_string();
    let readme = snapshot.readme.as_deref();
    let layout = if is_converted { converted(&files, readme) } else { splits::infer(&files, readme) };
    let (layout, problem) = match layout {
        Ok(layout) => {
            let problem = layout.require_supported().err();
            (layout, problem)
        }
        Err(error) => (splits::without_splits(&files, readme), Some(error)),
    };
    let problem = problem.map(|error| error.describe(&source));
    let offered = offer::of_layout(source, layout, &files);
    let licence = offered.card.license.clone();
    Inspection {
        revision: Some(snapshot.sha),
        problem,
        gated: snapshot.gated,
        hub: Some(HubFacts {
            revision_asked: snapshot.revision,
            page,
            licence: licence.or_else(|| Some(snapshot.licences.join(", ")).filter(|licences| !licences.is_empty())),
            private: snapshot.private,
            downloads: snapshot.downloads,
            likes: snapshot.likes,
            last_modified: snapshot.last_modified,
            refs,
            is_converted,
        }),
        files: snapshot.files,
        repo: Some(repo),
        ..offered
    }
}

/// The layout of the converted branch, with the card of `main`, for it has none of its own.
fn converted(files: &[RepoFile], readme: Option<&str>) -> Result<Layout, splits::LayoutError> {
    let mut layout = splits::infer_converted(files)?;
    if let Some(readme) = readme {
        layout.card = splits::read_card(readme).0;
    }
    Ok(layout)
}
