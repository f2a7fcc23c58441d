//! The running window: the open workspace, what is on screen, and the one place where commands are carried out.
//!
//! A frame draws plain values and collects commands; `logic` takes in what has come from the background and carries the
//! commands out. Whatever may take time goes to the studio as a question; a newer question replaces an older one.

mod adding;
mod cards;
mod carry_out;
mod deleting;
mod detail;
mod inspection;
mod opening;
mod palette;
mod publish;
mod recent;
mod row_work;
mod rows;
mod samples;
mod sql;
mod statistics;
#[cfg(test)]
mod tests;
mod tokenizing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::Ui;
use mistudio_core::catalog::Snapshot;
use mistudio_core::jobs::{Answer, Live, Pending, Report};
use mistudio_core::studio::{Access, Studio};
use mistudio_core::subset::Choice;

use super::activity;
use super::asked::AskedState;
use super::command::{Command, Commands};
use super::datasets_panel::{DatasetsPanel, DatasetsView};
use super::model::{
    DatasetCard, DatasetId, ExportForm, InspectRequest, JobCard, PlotExport, RunningWork, StatisticsExport, Tab,
    Workspace, WorkspaceState,
};
use super::palette::Palette;
use super::shell::Shell;
use super::widgets::{Status, ToastKind, Toasts};
use super::{delete, drop, welcome};
use crate::words;
use adding::Adding;
use deleting::Deleting;
use detail::{News, OpenDetail};
use inspection::{OpenInspection, Search, Submitted};
use opening::Opening;
use publish::OpenPublish;
use recent::Recent;
use row_work::RowWork;

/// Opens the window on a workspace, on the last one where none is named, or on the welcome screen.
pub fn run(folder: Option<PathBuf>) -> anyhow::Result<()> {
    super::run::open(|context| App::new(context.clone(), folder))
        .map_err(|error| anyhow::anyhow!("The window cannot be opened: {error}"))
}

/// Pause between two looks at how far an export is.
const LOOK: Duration = Duration::from_millis(200);

/// Something that was asked of the background and whose end is only told: what it says when it worked.
type Deed = Pending<Result<Option<String>, String>>;

/// The whole state of the window.
pub(super) struct App {
    context: egui::Context,
    recent: Recent,
    opening: Option<Opening>,
    /// Why the last workspace asked for did not open.
    refused: Option<String>,
    open: Option<OpenWorkspace>,
    chosen: Option<Pending<Option<Chosen>>>,
    commands: Commands,
    toasts: Toasts,
}

/// What a system dialog was opened for, and what was chosen in it.
enum Chosen {
    NewWorkspace(PathBuf),
    Workspace(PathBuf),
    Data(Vec<PathBuf>),
    Tokenizer(PathBuf),
    Export(ExportForm, PathBuf),
    Rows(sql::RowsExport, PathBuf),
    Statistics(StatisticsExport, PathBuf),
    Plot(PlotExport, PathBuf),
    Samples(DatasetId, Choice, PathBuf),
}

/// An open workspace and what is on screen of it.
struct OpenWorkspace {
    studio: Studio,
    workspace: Workspace,
    read_only: Option<String>,
    /// What was last drawn from, to draw anew only what changed.
    snapshot: Arc<Snapshot>,
    live: Arc<Live>,
    cards: Vec<DatasetCard>,
    jobs: Vec<JobCard>,
    tab: Tab,
    panel: DatasetsPanel,
    submission: AskedState,
    submitting: Option<(InspectRequest, Pending<Result<Submitted, String>>)>,
    search: Search,
    inspecting: Option<OpenInspection>,
    adding: Option<Adding>,
    deleting: Deleting,
    row_work: RowWork,
    detail: Option<OpenDetail>,
    publishing: Option<OpenPublish>,
    palette: Option<Palette>,
    sql: sql::OpenSql,
    deeds: Vec<Deed>,
    /// Samples that are being written into files, by their dataset.
    sample_exports: Vec<(DatasetId, Deed)>,
    /// Whether what was found at opening has been told.
    greeted: bool,
    /// Events up to this time have been told.
    told: chrono::DateTime<chrono::Utc>,
}

impl App {
    fn new(context: egui::Context, folder: Option<PathBuf>) -> Self {
        opening::close_on_signal(context.clone());
        let recent = Recent::read();
        let folder = folder.or_else(|| recent.last());
        let mut app = Self {
            context,
            recent,
            opening: None,
            refused: None,
            open: None,
            chosen: None,
            commands: Commands::default(),
            toasts: Toasts::default(),
        };
        if let Some(folder) = folder {
            app.open_workspace(folder, false);
        }
        app
    }

    fn open_workspace(&mut self, folder: PathBuf, create: bool) {
        let same = |open: &OpenWorkspace| {
            std::path::absolute(open.studio.layout().root()).ok() == std::path::absolute(&folder).ok()
        };
        if self.open.as_ref().is_some_and(same) {
            return;
        }
        self.close();
        self.refused = None;
        self.opening = Some(Opening::start(folder, create, self.context.clone()));
    }

    /// Takes in a workspace that was being opened.
    fn take_opened(&mut self) {
        let Some(opening) = &self.opening else { return };
        match opening.poll() {
            Answer::Waiting => {}
            Answer::Ready(Ok(studio)) => {
                let folder = opening.folder.clone();
                self.opening = None;
                let waker = self.context.clone();
                studio.on_news(move || waker.request_repaint());
                let open = OpenWorkspace::new(studio);
                self.recent.remember(&open.workspace.name, &folder);
                self.open = Some(open);
            }
            Answer::Ready(Err(error)) => {
                self.refused = Some(error);
                self.opening = None;
            }
            Answer::Lost => {
                self.refused = Some("The workspace could not be opened: its opening ended without a word.".into());
                self.opening = None;
            }
        }
    }

    fn take_chosen(&mut self) {
        let Some(pending) = &self.chosen else { return };
        let chosen = match pending.poll() {
            Answer::Waiting => return,
            Answer::Ready(chosen) => chosen,
            Answer::Lost => None,
        };
        self.chosen = None;
        match (chosen, &mut self.open) {
            (Some(Chosen::NewWorkspace(folder)), _) => self.open_workspace(folder, true),
            (Some(Chosen::Workspace(folder)), _) => self.open_workspace(folder, false),
            (Some(Chosen::Data(paths)), Some(open)) if !paths.is_empty() => open.propose(paths),
            (Some(Chosen::Statistics(export, to)), Some(open)) => open.export_statistics(export, to),
            (Some(Chosen::Plot(export, to)), Some(open)) => open.export_plot(export, to),
            (Some(Chosen::Export(form, to)), Some(open)) => open.row_work.export(&open.studio, form, to),
            (Some(Chosen::Samples(id, choice, to)), Some(open)) => {
                open.export_samples(&id, choice, to);
            }
            (Some(Chosen::Rows(export, to)), Some(open)) => open.sql.export(&open.studio, export, to),
            (Some(Chosen::Tokenizer(path)), Some(open)) => open.add_tokenizer(path.to_string_lossy().into_owned()),
            _ => {}
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        self.step(context);
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        if let Some(seconds) = frame.info().cpu_usage {
            tracing::trace!(target: "mistudio::frames", "the last frame took {:.2} ms", seconds * 1000.0);
        }
        self.draw(ui);
    }
}

impl App {
    /// Takes in what has come from the background, and carries out what the last frame asked for.
    fn step(&mut self, context: &egui::Context) {
        self.take_opened();
        self.take_chosen();
        if let Some(open) = &mut self.open {
            open.take_news(&mut self.toasts, context);
        }
        for command in self.commands.take() {
            self.carry_out(command);
        }
    }

    /// Draws everything.
    fn draw(&mut self, ui: &mut Ui) {
        let Self { open, recent, refused, opening, commands, toasts, .. } = self;
        let Some(open) = open else {
            let shell = Shell { workspace: None, tab: Tab::Datasets, running: 0 };
            shell.ui(ui, commands, |ui, commands| {
                let waiting = opening.as_ref().map(Opening::words);
                welcome::ui(ui, &recent.known, waiting.as_deref().or(refused.as_deref()), commands);
            });
            toasts.show(ui);
            return;
        };
        let writable = open.read_only.is_none();
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::K)) {
            open.palette = match open.palette {
                None => Some(open.palette()),
                Some(_) => None,
            };
        }
        let is_under_way = |job: &&JobCard| job.status.is_running() || job.status == Status::Queued;
        let running = open.jobs.iter().filter(is_under_way).count() as u64;
        let shell = Shell { workspace: Some(&open.workspace), tab: open.tab, running };
        shell.ui(ui, commands, |ui, commands| match open.tab {
            Tab::Datasets => {
                let view = DatasetsView {
                    datasets: &open.cards,
                    state: &AskedState::Done,
                    search: &open.search.shown,
                    submission: &open.submission,
                    read_only: open.read_only.as_deref(),
                };
                open.panel.ui(ui, view, commands);
            }
            Tab::Sql => open.sql.tab.ui(ui, &open.sql.data, commands),
            Tab::Activity => activity::ui(ui, &open.jobs, writable, commands),
        });
        if let Some(detail) = &mut open.detail {
            detail.modal.ui(ui, &detail.data, commands);
        }
        if let Some(inspecting) = &mut open.inspecting {
            inspecting.ui(ui, writable, commands);
        }
        if let Some(publishing) = &mut open.publishing {
            let (dialog, view) = publishing.parts();
            dialog.ui(ui, view, commands);
        }
        if let Some(adding) = &mut open.adding {
            adding.ui(ui, commands);
        }
        if let Some(deletion) = open.deleting.shown() {
            delete::ui(ui, deletion, commands);
        }
        if open.palette.as_mut().is_some_and(|palette| palette.ui(ui, commands)) {
            open.palette = None;
        }
        let is_covered = open.detail.is_some() || open.inspecting.is_some() || open.publishing.is_some();
        if open.adding.is_none() && !is_covered {
            drop::ui(ui, writable, commands);
        }
        toasts.show(ui);
        // Commands are carried out by the next `logic`; without one in sight the click would wait for the next input.
        if !commands.is_empty() {
            ui.ctx().request_repaint();
        }
    }
}

impl OpenWorkspace {
    fn new(studio: Studio) -> Self {
        let read_only = match studio.access() {
            Access::Writer => None,
            Access::ReadOnly(reason) => Some(reason.to_string()),
        };
        let state = match &read_only {
            None => WorkspaceState::Open,
            Some(by) => WorkspaceState::ReadOnly { by: by.clone() },
        };
        let workspace = Workspace { name: studio.settings().name.clone(), state };
        let (snapshot, live) = (studio.snapshot(), studio.live());
        let mut open = Self {
            workspace,
            read_only,
            cards: Vec::new(),
            jobs: Vec::new(),
            tab: Tab::default(),
            panel: DatasetsPanel::default(),
            submission: AskedState::NotAsked,
            submitting: None,
            search: Search::default(),
            inspecting: None,
            adding: None,
            deleting: Deleting::default(),
            row_work: RowWork::default(),
            detail: None,
            publishing: None,
            palette: None,
            sql: sql::OpenSql::default(),
            deeds: Vec::new(),
            sample_exports: Vec::new(),
            greeted: false,
            // What was found when it was opened is told too.
            told: snapshot.events.iter().map(|event| event.at).max().unwrap_or_default().min(opening::a_moment_ago()),
            snapshot,
            live,
            studio,
        };
        open.project();
        open
    }

    /// Takes in everything the background has to say since the last frame.
    fn take_news(&mut self, toasts: &mut Toasts, context: &egui::Context) {
        let (snapshot, live) = (self.studio.snapshot(), self.studio.live());
        let is_new = snapshot.generation != self.snapshot.generation;
        let is_live_new = *live != *self.live;
        if is_new || is_live_new {
            self.snapshot = snapshot;
            self.live = live;
            self.project();
        }
        if is_new || !self.greeted {
            self.greeted = true;
            self.tell(toasts);
        }
        self.take_deeds(toasts);
        self.take_sample_exports(toasts, context);
        let news = News { snapshot: is_new, live: is_live_new };
        if let Some(detail) = &mut self.detail
            && detail.take_news(&self.studio, (&self.snapshot, &self.live), news, (&mut *toasts, context))
        {
            self.detail = None;
        }
        self.row_work.take_news(toasts, context);
        self.sql.take_news(&self.studio, toasts, context);
        if let Some(detail) = &mut self.detail {
            self.row_work.show(&mut detail.data.tokenization);
            let own = self.sample_exports.iter().filter(|(id, _)| id == detail.modal.dataset());
            detail.data.samples.exporting = own.map(|(_, deed)| under_way(&deed.report())).collect();
        }
        if let Some(said) = self.publishing.as_mut().and_then(OpenPublish::take_news) {
            self.publishing = None;
            toasts.push(ToastKind::Info, said);
        }
    }

    fn project(&mut self) {
        self.cards = cards::datasets(&self.snapshot, &self.live);
        for card in &mut self.cards {
            if let Some(end) = self.studio.unwritten_end(&card.id.0) {
                card.status = Status::Error;
                card.error = Some(end);
            }
        }
        self.jobs = cards::jobs(&self.snapshot, &self.live);
    }

    /// Tells what has ended since the last time.
    fn tell(&mut self, toasts: &mut Toasts) {
        let told = self.told;
        for event in self.snapshot.events.iter().rev().filter(|event| event.at > told) {
            let kind = match event.kind.as_str() {
                "failed" => ToastKind::Bad,
                "interrupted" | "swept" | "deleted" => ToastKind::Info,
                // That something began shows on its card.
                "added" => continue,
                _ => ToastKind::Good,
            };
            toasts.push(kind, event.message.clone());
        }
        self.told = self.snapshot.events.iter().map(|event| event.at).max().unwrap_or(told).max(told);
    }

    fn take_deeds(&mut self, toasts: &mut Toasts) {
        self.deeds.retain(|deed| match ended(deed) {
            None => true,
            Some(Ok(said)) => {
                if let Some(said) = said {
                    toasts.push(ToastKind::Good, said);
                }
                false
            }
            Some(Err(error)) => {
                toasts.push(ToastKind::Bad, error);
                false
            }
        });
        self.take_submitted();
        if self.adding.as_mut().is_some_and(Adding::settle) {
            self.adding = None;
        }
        self.deleting.take_news(toasts);
    }

    fn take_sample_exports(&mut self, toasts: &mut Toasts, context: &egui::Context) {
        self.sample_exports.retain(|(_, deed)| {
            match ended(deed) {
                None => return true,
                Some(Ok(said)) => said.into_iter().for_each(|said| toasts.push(ToastKind::Good, said)),
                Some(Err(error)) => toasts.push(ToastKind::Bad, error),
            }
            false
        });
        if !self.sample_exports.is_empty() {
            context.request_repaint_after(LOOK);
        }
    }

    /// Takes in what the form and the view of a repository have asked for.
    fn take_submitted(&mut self) {
        self.search.take_news();
        if let Some((request, pending)) = &self.submitting {
            let outcome = match pending.poll() {
                Answer::Waiting => None,
                Answer::Ready(outcome) => Some(outcome),
                Answer::Lost => Some(Err(NO_ANSWER.into())),
            };
            match outcome {
                None => {}
                Some(Ok(Submitted::Begun)) => self.begun(),
                Some(Ok(Submitted::Choose(found))) => {
                    self.inspecting = Some(OpenInspection::of(*found, request.clone()));
                    self.submission = AskedState::NotAsked;
                    self.submitting = None;
                }
                Some(Err(error)) => {
                    self.submission = AskedState::Failed(error);
                    self.submitting = None;
                }
            }
        }
        if self.inspecting.as_mut().is_some_and(OpenInspection::take_news) {
            self.inspecting = None;
            self.begun();
        }
    }

    /// A download from the form has begun: the form and its token are done with.
    fn begun(&mut self) {
        self.submission = AskedState::NotAsked;
        self.submitting = None;
        self.search.stop();
        self.panel.clear();
    }

    /// Opens the dialog that adds local data.
    fn propose(&mut self, paths: Vec<PathBuf>) {
        self.adding = Some(Adding::new(paths));
    }
}

/// What is said where the work ended without a word.
const NO_ANSWER: &str = "It ended without an answer; the log says why.";

/// How far something is that was asked of the background.
fn under_way(report: &Report) -> RunningWork {
    RunningWork { words: words::of_report(report).join(" • "), share: report.fraction().map(|share| share as f32) }
}

/// How a deed ended, if it has.
fn ended(deed: &Deed) -> Option<Result<Option<String>, String>> {
    match deed.poll() {
        Answer::Waiting => None,
        Answer::Ready(outcome) => Some(outcome),
        Answer::Lost => Some(Err(NO_ANSWER.into())),
    }
}

/// Whether a command makes sense without an open workspace.
fn is_about_workspaces(command: &Command) -> bool {
    matches!(command, Command::CreateWorkspace | Command::OpenWorkspace | Command::OpenRecent(_))
}
