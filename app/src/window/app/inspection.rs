//! Looking at a repository of the Hub: the questions behind the search field and the view, and what they show.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use mistudio_core::hub::{NamedRef, Secret as Token};
use mistudio_core::jobs::{Answer, Control, Pending};
use mistudio_core::studio::{ConfigOffer, DownloadRequest, HubFacts, Inspection, Studio, StudioError};
use mistudio_core::units;

use super::NO_ANSWER;
use crate::window::asked::{Asked, AskedState};
use crate::window::command::{Commands, Secret};
use crate::window::inspect::{InspectModal, InspectView};
use crate::window::model::{ChosenConfig, ConfigChoice, HubMatch, HubSearch, InspectRequest, Inspected, SplitChoice};

/// The most datasets that are offered for what is typed.
const MATCHES: usize = 12;
/// The most branches and tags that are offered; any other can be typed.
const REVISIONS: usize = 200;

/// The search behind the field for a repository.
#[derive(Default)]
pub(super) struct Search {
    pub(super) shown: HubSearch,
    pending: Option<Pending<Result<Vec<HubMatch>, String>>>,
}

impl Search {
    /// Asks for matches. An older question is given up.
    pub(super) fn ask(&mut self, studio: &Studio, text: String, token: Option<Secret>) {
        self.shown.found.wait();
        self.pending = Some(studio.ask_long(move |studio, control| {
            let found = studio.search_hub(&text, MATCHES, of_core(token.as_ref()), control);
            let found = found.map_err(|error| error.to_string())?;
            Ok(found
                .into_iter()
                .map(|found| HubMatch {
                    id: found.id,
                    downloads: found.downloads,
                    likes: found.likes,
                    gated: found.gated,
                    private: found.private,
                })
                .collect())
        }));
    }

    /// Gives the question up, and its matches.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    pub(super) fn take_news(&mut self) {
        match self.pending.as_ref().map(Pending::poll) {
            None | Some(Answer::Waiting) => return,
            Some(Answer::Ready(found)) => {
                if found.is_err() {
                    self.shown.found.answer = None;
                }
                self.shown.found.settle(found);
            }
            Some(Answer::Lost) => self.shown.found = Asked::default(),
        }
        self.pending = None;
    }
}

/// A repository as it was found, and as it is shown.
pub(super) struct Found {
    inspection: Inspection,
    shown: Inspected,
}

/// Why nothing was found.
struct Refusal {
    text: String,
    /// Where access can be had, if that is what is missing.
    page: Option<String>,
}

/// How a submission of the form ended that was not refused.
pub(super) enum Submitted {
    /// The download has begun.
    Begun,
    /// There is a choice to make first.
    Choose(Box<Found>),
}

/// Takes the repository's default config, or finds that there is a choice to make first.
pub(super) fn submit(
    studio: &Studio,
    repository: &str,
    token: Option<&Secret>,
    control: &Control,
) -> Result<Submitted, StudioError> {
    let inspection = studio.inspect(repository, None, of_core(token), control)?;
    let takes_itself = inspection.config(None).is_ok_and(|config| config.problem.is_none());
    if !takes_itself {
        let shown = shown(&inspection, studio.free_bytes()?);
        return Ok(Submitted::Choose(Box::new(Found { inspection, shown })));
    }
    studio.download(&inspection, &DownloadRequest::default(), of_core(token))?;
    Ok(Submitted::Begun)
}

/// The open view of a repository. The token that was typed lives no longer than this.
pub(super) struct OpenInspection {
    modal: InspectModal,
    request: InspectRequest,
    inspection: Option<Arc<Inspection>>,
    answer: Asked<Inspected>,
    note: Option<String>,
    page: Option<String>,
    submission: AskedState,
    asking: Option<Pending<Result<Found, Refusal>>>,
    submitting: Option<Pending<Result<(), String>>>,
}

impl OpenInspection {
    /// A view that begins to look.
    pub(super) fn ask(studio: &Studio, request: InspectRequest) -> Self {
        let mut open = Self::new(request);
        open.look(studio);
        open
    }

    /// A view of what has been found already.
    pub(super) fn of(found: Found, request: InspectRequest) -> Self {
        let mut open = Self::new(request);
        open.take(found);
        open
    }

    fn new(request: InspectRequest) -> Self {
        Self {
            modal: InspectModal::default(),
            request,
            inspection: None,
            answer: Asked::default(),
            note: None,
            page: None,
            submission: AskedState::NotAsked,
            asking: None,
            submitting: None,
        }
    }

    /// Looks again, at another revision where one is named.
    pub(super) fn ask_again(&mut self, studio: &Studio, revision: Option<String>) {
        if revision.is_some() {
            self.request.revision = revision;
        }
        self.look(studio);
    }

    fn look(&mut self, studio: &Studio) {
        self.answer.wait();
        self.note = None;
        self.page = None;
        self.submission = AskedState::NotAsked;
        let request = self.request.clone();
        self.asking = Some(studio.ask_long(move |studio, control| {
            let look = || {
                let token = of_core(request.token.as_ref());
                let inspection = studio.inspect(&request.repository, request.revision.as_deref(), token, control)?;
                let shown = shown(&inspection, studio.free_bytes()?);
                Ok(Found { inspection, shown })
            };
            look().map_err(|error: StudioError| Refusal {
                page: match &error {
                    StudioError::Hub(error) => error.page().map(str::to_owned),
                    _ => None,
                },
                text: error.to_string(),
            })
        }));
    }

    /// Begins to download what was chosen.
    pub(super) fn download(&mut self, studio: &Studio, chosen: Vec<ChosenConfig>) {
        let Some(inspection) = self.inspection.clone() else { return };
        self.submission = AskedState::Waiting;
        let token = self.request.token.clone();
        self.submitting = Some(studio.ask_long(move |studio, _| {
            let configs = chosen.into_iter().map(|chosen| (chosen.config, chosen.splits));
            let requests = DownloadRequest::for_configs(&inspection, configs, None);
            let begun = studio.download_all(&inspection, &requests, of_core(token.as_ref()).as_ref());
            begun.map(|_| ()).map_err(|error| error.to_string())
        }));
    }

    /// Draws the view.
    pub(super) fn ui(&mut self, ui: &egui::Ui, writable: bool, commands: &mut Commands) {
        let view = InspectView {
            repository: &self.request.repository,
            answer: &self.answer,
            note: self.note.as_deref(),
            page: self.page.as_deref(),
            submission: &self.submission,
            writable,
        };
        self.modal.ui(ui, view, commands);
    }

    /// Takes in what has come. `true`: what was chosen is being downloaded, and the view is done.
    pub(super) fn take_news(&mut self) -> bool {
        self.note = self.asking.as_ref().and_then(|asking| asking.report().note);
        let lost = || NO_ANSWER.to_owned();
        match self.asking.as_ref().map(Pending::poll) {
            None | Some(Answer::Waiting) => {}
            Some(Answer::Ready(Ok(found))) => self.take(found),
            Some(Answer::Ready(Err(refusal))) => {
                self.asking = None;
                self.page = refusal.page;
                self.answer.settle(Err(refusal.text));
            }
            Some(Answer::Lost) => {
                self.asking = None;
                self.answer.settle(Err(lost()));
            }
        }
        let ended = match self.submitting.as_ref().map(Pending::poll) {
            None | Some(Answer::Waiting) => return false,
            Some(Answer::Ready(ended)) => ended,
            Some(Answer::Lost) => Err(lost()),
        };
        self.submitting = None;
        match ended {
            Ok(()) => true,
            Err(error) => {
                self.submission = AskedState::Failed(error);
                false
            }
        }
    }

    fn take(&mut self, found: Found) {
        self.asking = None;
        self.inspection = Some(Arc::new(found.inspection));
        self.answer.settle(Ok(found.shown));
    }
}

/// The token as the core takes it.
pub(super) fn of_core(token: Option<&Secret>) -> Option<Token> {
    token.and_then(|token| Token::new(token.reveal()))
}

/// What the view shows of a repository.
fn shown(inspection: &Inspection, free_bytes: u64) -> Inspected {
    let hub = inspection.hub.as_ref();
    let (revisions, more_revisions) = hub.map(revisions).unwrap_or_default();
    let mut configs: Vec<ConfigChoice> = inspection.configs.iter().map(config).collect();
    configs.sort_by_key(|config| !config.default);
    let is_parquet = inspection.problem.is_none() && inspection.configs.iter().all(|config| !config.converts);
    Inspected {
        id: inspection.source.clone(),
        page: hub.map(|hub| hub.page.clone()).unwrap_or_default(),
        revision: hub.map(|hub| hub.revision_asked.clone()).unwrap_or_default(),
        commit: inspection.revision.clone().unwrap_or_default(),
        revisions,
        more_revisions,
        about: hub.map(|hub| about(inspection, hub)).unwrap_or_default(),
        facts: facts(inspection, hub),
        description: inspection.card.description.clone(),
        gated: inspection.gated,
        offers_parquet: inspection.offers_converted() && !is_parquet,
        configs,
        left_out: inspection.ignored.iter().map(|ignored| (ignored.path.clone(), ignored.reason.text())).collect(),
        notes: inspection.notes.clone(),
        problem: inspection.problem.clone(),
        free_bytes,
    }
}

fn config(offer: &ConfigOffer) -> ConfigChoice {
    ConfigChoice {
        name: offer.name.clone(),
        default: offer.default,
        format: offer.format.clone(),
        converts: offer.converts,
        problem: offer.problem.clone(),
        splits: offer
            .splits
            .iter()
            .map(|split| SplitChoice {
                name: split.name.clone(),
                files: split.files.len() as u64,
                bytes: split.size_bytes,
                partial: split.partial,
            })
            .collect(),
    }
}

/// What stands under the name.
fn about(inspection: &Inspection, hub: &HubFacts) -> Vec<String> {
    let mut about = vec![units::counted(hub.downloads, "download"), units::counted(hub.likes, "like")];
    if let Some(name) = inspection.card.pretty_name.as_ref().filter(|name| **name != inspection.source) {
        about.insert(0, name.clone());
    }
    if hub.private {
        about.push("Private".to_owned());
    }
    if inspection.gated {
        about.push("Gated".to_owned());
    }
    about
}

fn facts(inspection: &Inspection, hub: Option<&HubFacts>) -> Vec<(String, String)> {
    let unknown = || "Not stated".to_owned();
    let files = units::counted(inspection.total_files, "file");
    let formats = match inspection.formats.as_slice() {
        [] => "No data files".to_owned(),
        formats => formats.join(", "),
    };
    let date = |text: &String| {
        let date = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
        Some(date.format("%b %-d, %Y").to_string())
    };
    [
        ("Licence", hub.and_then(|hub| hub.licence.clone()).unwrap_or_else(unknown)),
        ("Total Size", format!("{} in {files}", units::size(inspection.total_bytes))),
        ("Formats", formats),
        ("Last Changed", hub.and_then(|hub| hub.last_modified.as_ref()).and_then(date).unwrap_or_else(unknown)),
    ]
    .map(|(label, value)| (label.to_owned(), value))
    .into()
}

/// The revisions to choose from, with the one that is shown among them, and how many more there are.
fn revisions(hub: &HubFacts) -> (Vec<(String, String)>, usize) {
    let name = |found: &NamedRef| (found.name.clone(), found.name.clone());
    let mut offered: Vec<(String, String)> = Vec::new();
    offered.extend(hub.refs.branches.iter().take(1).map(name));
    if let Some(converted) = &hub.refs.converted {
        offered.push((format!("Converted Parquet ({})", converted.name), converted.name.clone()));
    }
    offered.extend(hub.refs.branches.iter().skip(1).map(name));
    offered.extend(hub.refs.tags.iter().map(|tag| (format!("{} (tag)", tag.name), tag.name.clone())));
    let more = offered.len().saturating_sub(REVISIONS);
    offered.truncate(REVISIONS);
    if offered.iter().all(|(_, name)| *name != hub.revision_asked) {
        offered.insert(0, (hub.revision_asked.clone(), hub.revision_asked.clone()));
    }
    (offered, more)
}

#[cfg(test)]
mod tests {
    use mistudio_core::hub::RepoRefs;

    use super::*;

    fn named(name: &str) -> NamedRef {
        NamedRef { name: name.to_owned(), sha: "0".repeat(40) }
    }

    fn hub(asked: &str, refs: RepoRefs) -> HubFacts {
        HubFacts {
            revision_asked: asked.to_owned(),
            page: "https://huggingface.co/datasets/a/b".to_owned(),
            licence: None,
            private: false,
            downloads: 1,
            likes: 0,
            last_modified: Some("2025-10-06T08:00:00.000Z".to_owned()),
            refs,
            is_converted: false,
        }
    }

    #[test]
    fn main_and_the_converted_branch_are_offered_first_and_what_is_shown_is_always_among_them() {
        let refs = RepoRefs {
            branches: vec![named("main"), named("dev")],
            tags: vec![named("v1")],
            converted: Some(named("refs/convert/parquet")),
        };
        let (offered, more) = revisions(&hub("main", refs.clone()));
        let labels: Vec<&str> = offered.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["main", "Converted Parquet (refs/convert/parquet)", "dev", "v1 (tag)"]);
        assert_eq!(more, 0);
        let (offered, _) = revisions(&hub("1a2b3c4", refs));
        assert_eq!(offered[0].1, "1a2b3c4");
        let many =
            RepoRefs { branches: (0..500).map(|place| named(&format!("b{place}"))).collect(), ..RepoRefs::default() };
        assert_eq!(revisions(&hub("b0", many)).1, 300);
    }
}
