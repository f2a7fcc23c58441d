//! What the statistics tab asks of the studio, and what comes back.

mod figures;
mod files;

#[cfg(test)]
pub(in crate::window::app) use files::write_statistics;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mistudio_core::catalog::{DatasetEntry, JobState, Snapshot, Status, Tokenization};
use mistudio_core::jobs::{Answer, Live, LiveJob, Pending};
use mistudio_core::stats::NearSettings;
use mistudio_core::studio::Studio;

use super::detail::{Question, ask, ask_long, take};
use super::{NO_ANSWER, under_way};
use crate::window::asked::AskedState;
use crate::window::command::{Command, SampleKey};
use crate::window::model::{
    CompareRequest, Compared, DatasetId, Figures, JobId, NearSample, OtherSide, RunningWork, Statistics, StatisticsOf,
    TokensOf,
};
use crate::words;

/// Pause between two looks at how far a comparison is.
const LOOK: Duration = Duration::from_millis(200);

/// The questions under way.
#[derive(Default)]
pub(super) struct StatisticsQuestions {
    figures: Question<Option<Figures>>,
    /// Whether something has become new while the figures were read.
    is_stale: bool,
    beginning: Question<()>,
    finding: Question<()>,
    clusters: HashMap<SampleKey, Pending<Result<Vec<NearSample>, String>>>,
    comparing: Question<Compared>,
}

impl StatisticsQuestions {
    /// Carries out what was asked for on the tab.
    pub(super) fn carry_out(&mut self, command: Command, studio: &Studio, data: &mut Statistics) {
        match command {
            Command::RecomputeStatistics(id) => self.recompute(studio, data, id.0, None),
            Command::ChooseTextColumn(id, column) => self.recompute(studio, data, id.0, Some(column)),
            Command::AskStatistics(id, of) => {
                data.of = of;
                self.ask(studio, data, id.0);
            }
            Command::FindNearDuplicates(id, settings) => self.find(studio, data, id.0, settings),
            Command::AskCluster(id, key) => {
                data.clusters.entry(key.clone()).or_default().wait();
                let first = key.clone();
                let question = ask(studio, move |studio, control| figures::cluster(studio, &id.0, &first, control));
                self.clusters.insert(key, question);
            }
            Command::Compare(CompareRequest { this, other }) => {
                data.comparison.wait();
                self.comparing = Some(ask_long(studio, move |studio, control| {
                    let found = studio.compare(&this, &other.named, control)?;
                    Ok(Compared { other: other.dataset, found })
                }));
            }
            Command::StopComparing => {
                self.comparing = None;
                data.comparison.state =
                    if data.comparison.answer.is_some() { AskedState::Done } else { AskedState::NotAsked };
            }
            _ => {}
        }
    }

    /// Reads the figures again: now, or once those have come that are being read.
    pub(super) fn ask_again(&mut self, studio: &Studio, data: &mut Statistics, id: Arc<str>) {
        if self.figures.is_some() {
            self.is_stale = true;
        } else {
            self.ask(studio, data, id);
        }
    }

    /// Reads the figures.
    pub(super) fn ask(&mut self, studio: &Studio, data: &mut Statistics, id: Arc<str>) {
        data.figures.wait();
        self.is_stale = false;
        let of = data.of.clone();
        self.figures = Some(ask(studio, move |studio, _| figures::figures(studio, &id, &of)));
    }

    /// Counts everything again, of another text column where one was chosen.
    fn recompute(&mut self, studio: &Studio, data: &mut Statistics, id: Arc<str>, text_column: Option<String>) {
        data.figures.wait();
        self.beginning = Some(ask(studio, move |studio, _| studio.recompute_stats(&id, text_column).map(drop)));
    }

    fn find(&mut self, studio: &Studio, data: &mut Statistics, id: Arc<str>, settings: NearSettings) {
        data.near_failure = None;
        data.clusters.clear();
        self.clusters.clear();
        self.finding = Some(ask(studio, move |studio, _| studio.find_near_duplicates(&id, settings).map(drop)));
    }

    /// Takes in what has come; true when the figures are other ones.
    pub(super) fn take_news(
        &mut self,
        studio: &Studio,
        data: &mut Statistics,
        id: &Arc<str>,
        context: &egui::Context,
    ) -> bool {
        let before = data.figures.answer.clone();
        if let Some(Err(error)) = take(&mut self.beginning) {
            data.figures.state = AskedState::Failed(error);
        }
        match take(&mut self.figures) {
            None => {}
            Some(Ok(Some(figures))) => {
                let near = |figures: &Figures| figures.near.as_ref().and_then(|near| near.as_ref().ok()).cloned();
                if data.figures.answer.as_ref().is_none_or(|old| near(old) != near(&figures)) {
                    data.clusters.clear();
                    self.clusters.clear();
                }
                data.figures.settle(Ok(figures));
            }
            Some(Ok(None)) => {
                data.figures.answer = None;
                data.figures.state = AskedState::NotAsked;
            }
            Some(Err(error)) => data.figures.settle(Err(error)),
        }
        if self.is_stale && self.figures.is_none() {
            self.ask(studio, data, Arc::clone(id));
        }
        if let Some(Err(error)) = take(&mut self.finding) {
            data.near_failure = Some(error);
        }
        self.clusters.retain(|key, pending| {
            let answer = match pending.poll() {
                Answer::Waiting => return true,
                Answer::Ready(answer) => answer,
                Answer::Lost => Err(NO_ANSWER.to_owned()),
            };
            data.clusters.entry(key.clone()).or_default().settle(answer);
            false
        });
        if let Some(answer) = take(&mut self.comparing) {
            data.comparison.settle(answer);
        }
        data.comparing = self.comparing.as_ref().map(|pending| {
            context.request_repaint_after(LOOK);
            under_way(&pending.report())
        });
        match (&before, &data.figures.answer) {
            (Some(before), Some(now)) => !Arc::ptr_eq(before, now),
            (before, now) => before.is_some() != now.is_some(),
        }
    }
}

/// Draws anew what depends on the catalog and the running jobs.
pub(super) fn project(data: &mut Statistics, entry: &DatasetEntry, snapshot: &Snapshot, live: &Live) {
    let id = entry.record.id.as_str();
    let tokens_of = |found: &Tokenization| TokensOf { id: found.id.clone(), label: label(found) };
    data.tokenizations = entry.tokenizations.iter().map(tokens_of).collect();
    if let StatisticsOf::Tokenization(chosen) = &data.of
        && !data.tokenizations.iter().any(|of| of.id == *chosen)
    {
        data.of = StatisticsOf::Newest;
    }
    let kind_of =
        |job: &LiveJob| snapshot.jobs.iter().find(|known| known.id == job.id).map(|known| known.kind.as_str());
    let computes = |job: &&LiveJob| job.target == id && matches!(kind_of(job), Some("statistics" | "process"));
    let running = |job: &LiveJob| RunningWork {
        words: words::of_job(job).join(" • "),
        share: job.report.fraction().map(|share| share as f32),
    };
    data.computing = live.jobs.iter().find(computes).map(running);

    let own = snapshot.jobs.iter().find(|job| {
        let of = job.spec.get("dataset_id").and_then(serde_json::Value::as_str);
        job.kind == "near_duplicates" && of == Some(id)
    });
    data.near_running = own.filter(|job| job.state.is_active()).map(|job| {
        let waiting = || RunningWork { words: "Waiting for its turn".to_owned(), share: None };
        let live = live.jobs.iter().find(|running| running.id == job.id);
        (JobId(Arc::from(job.id.as_str())), live.map_or_else(waiting, running))
    });
    if let Some(job) = own {
        match job.state {
            JobState::Failed => data.near_failure.clone_from(&job.error),
            JobState::Running | JobState::Queued => data.near_failure = None,
            _ => {}
        }
    }
    data.others = others(data, entry, snapshot);
}

/// What the dataset can be compared with: its other tokenizations, and every other dataset that can be read.
fn others(data: &Statistics, entry: &DatasetEntry, snapshot: &Snapshot) -> Vec<OtherSide> {
    let shown = data.figures.answer.as_ref().and_then(|figures| figures.tokenization.as_ref());
    let mut others = Vec::new();
    for other in &snapshot.datasets {
        let is_this = other.record.id == entry.record.id;
        let dataset = DatasetId(Arc::from(other.record.id.as_str()));
        if other.record.status != Status::Ready || (is_this && shown.is_none()) {
            continue;
        }
        let tokenizations = other.tokenizations.iter().filter(|found| Some(&found.id) != shown.map(|shown| &shown.id));
        others.extend(tokenizations.map(|found| OtherSide {
            named: found.id.clone(),
            dataset: dataset.clone(),
            label: format!("{} • {}", other.record.name, label(found)),
        }));
        if !is_this && other.tokenizations.is_empty() {
            let label = other.record.name.clone();
            others.push(OtherSide { named: other.record.id.clone(), dataset, label });
        }
    }
    others
}

/// A tokenization as people read it.
fn label(found: &Tokenization) -> String {
    format!("{} • {}", found.tokenizer, words::of_stored_settings(&found.settings))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use mistudio_tests::program::example_workspace;

    use super::*;

    #[test]
    fn what_becomes_new_while_figures_are_read_is_read_too() {
        let folder = tempfile::tempdir().unwrap();
        example_workspace(folder.path()).unwrap();
        let studio = Studio::open(folder.path()).unwrap();
        let id: Arc<str> = studio.snapshot().datasets[0].record.id.as_str().into();
        let (mut questions, mut data) = (StatisticsQuestions::default(), Statistics::default());
        let context = egui::Context::default();
        questions.ask(&studio, &mut data, Arc::clone(&id));
        questions.ask_again(&studio, &mut data, Arc::clone(&id));
        let mut answers = 0;
        let began = Instant::now();
        while data.figures.is_waiting() {
            assert!(began.elapsed() < Duration::from_mins(1), "the figures never came");
            answers += usize::from(questions.take_news(&studio, &mut data, &id, &context));
            std::thread::yield_now();
        }
        assert_eq!(answers, 2);
    }
}
