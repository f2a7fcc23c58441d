//! Carrying out what the user asked for. Nothing here waits: what takes time becomes a question to the studio.

use std::path::PathBuf;

use mistudio_core::jobs::{Control, Stop, ask_alone};
use mistudio_core::studio::{RowExport, Studio, StudioError, TokenizerRequest};
use mistudio_core::subset::{Choice, RowFormat};
use mistudio_core::units;

use super::detail::OpenDetail;
use super::inspection::{self, OpenInspection};
use super::publish::OpenPublish;
use super::{App, Chosen, OpenWorkspace, is_about_workspaces};
use crate::window::asked::AskedState;
use crate::window::command::Command;
use crate::window::model::{DatasetId, DownloadRequest, InspectRequest, SqlCommand};

impl App {
    /// Carries out one command.
    pub(super) fn carry_out(&mut self, command: Command) {
        if is_about_workspaces(&command) {
            return self.carry_out_without(command);
        }
        let Some(open) = &mut self.open else { return };
        match command {
            Command::CloseWorkspace => self.close(),
            Command::RevealWorkspace => reveal(open.studio.layout().root().to_path_buf()),
            Command::ChooseLocalFiles => {
                let files = rfd::AsyncFileDialog::new().set_title("Add local data").pick_files();
                self.choose(async {
                    files.await.map(|files| Chosen::Data(files.iter().map(|file| file.path().into()).collect()))
                });
            }
            Command::ChooseLocalFolder => {
                let folder = rfd::AsyncFileDialog::new().set_title("Add a folder").pick_folder();
                self.choose(async { folder.await.map(|folder| Chosen::Data(vec![folder.path().into()])) });
            }
            Command::AddTokenizerFromFile => {
                let file = rfd::AsyncFileDialog::new()
                    .set_title("Add a tokenizer")
                    .add_filter("tokenizer.json", &["json"])
                    .pick_file();
                self.choose(async { file.await.map(|file| Chosen::Tokenizer(file.path().into())) });
            }
            Command::Sql(SqlCommand::Export(format)) => {
                // The rows that are on screen now, whatever is run while the dialog is open.
                let Some(export) = open.sql.rows_to_export(format) else { return };
                let dialog = rfd::AsyncFileDialog::new().set_title("Export the rows");
                let file = dialog.set_file_name(format!("result.{}", format.ending())).save_file();
                self.choose(async move { file.await.map(|file| Chosen::Rows(export, file.path().into())) });
            }
            Command::ExportTokenization(form) => {
                let folder = rfd::AsyncFileDialog::new().set_title("Export to a folder").pick_folder();
                self.choose(async { folder.await.map(|folder| Chosen::Export(form, folder.path().into())) });
            }
            Command::ExportSamples(id, choice) => {
                let mut dialog = rfd::AsyncFileDialog::new().set_title("Export samples").set_file_name("samples.jsonl");
                for format in RowFormat::ALL {
                    dialog = dialog.add_filter(format.label(), &[format.ending()]);
                }
                let file = dialog.save_file();
                self.choose(async { file.await.map(|file| Chosen::Samples(id, choice, file.path().into())) });
            }
            Command::ExportStatistics(export) => self.choose_statistics_file(export),
            Command::ExportPlot(export) => self.choose_plot_file(export),
            Command::Copy(text) => self.context.copy_text(text),
            Command::OpenPage(page) => self.context.open_url(egui::OpenUrl::new_tab(page)),
            other => open.carry_out(other, &self.context),
        }
    }

    fn carry_out_without(&mut self, command: Command) {
        match command {
            Command::OpenRecent(folder) => self.open_workspace(folder, false),
            Command::CreateWorkspace => {
                let folder = rfd::AsyncFileDialog::new().set_title("Choose an empty folder").pick_folder();
                self.choose(async { folder.await.map(|folder| Chosen::NewWorkspace(folder.path().into())) });
            }
            Command::OpenWorkspace => {
                let folder = rfd::AsyncFileDialog::new().set_title("Open a workspace").pick_folder();
                self.choose(async { folder.await.map(|folder| Chosen::Workspace(folder.path().into())) });
            }
            _ => {}
        }
    }

    /// Waits for a system dialog in the background.
    pub(super) fn choose(&mut self, dialog: impl Future<Output = Option<Chosen>> + Send + 'static) {
        let context = self.context.clone();
        self.chosen = Some(ask_alone("dialog", move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let chosen = runtime.ok().and_then(|runtime| runtime.block_on(dialog));
            context.request_repaint();
            chosen
        }));
    }

    /// Goes back to the welcome screen. What runs is stopped where it can go on, away from this thread.
    pub(super) fn close(&mut self) {
        if let Some(open) = self.open.take() {
            drop(ask_alone("close workspace", move || drop(open)));
        }
    }
}

impl OpenWorkspace {
    fn carry_out(&mut self, command: Command, context: &egui::Context) {
        match command {
            Command::ShowTab(tab) => self.tab = tab,
            Command::Sql(command) => self.sql.carry_out(command, &self.studio),
            Command::ReloadDatasets => self.deed(|studio, _| studio.refresh().map(|()| None)),
            Command::Download(request) => self.download(request),
            Command::SearchHub(text, token) => self.search.ask(&self.studio, text, token),
            Command::StopSearch => self.search.stop(),
            Command::Inspect(request) => {
                self.search.stop();
                self.inspecting = Some(OpenInspection::ask(&self.studio, request));
            }
            Command::InspectAgain(revision) => {
                if let Some(inspecting) = &mut self.inspecting {
                    inspecting.ask_again(&self.studio, revision);
                }
            }
            Command::DownloadChosen(chosen) => {
                if let Some(inspecting) = &mut self.inspecting {
                    inspecting.download(&self.studio, chosen);
                }
            }
            Command::CloseInspect => self.inspecting = None,
            Command::Dropped(paths) => self.propose(paths),
            Command::LookLocal(question) => {
                if let Some(adding) = &mut self.adding {
                    adding.look(&self.studio, question);
                }
            }
            Command::AddLocal(request) => {
                if let Some(adding) = &mut self.adding {
                    adding.add(&self.studio, request);
                }
            }
            Command::CloseAddLocal => self.adding = None,
            Command::OpenDataset(id) => {
                self.detail_of(id);
            }
            Command::ShowSamples(id, condition) => self.detail_of(id).show_samples(condition),
            Command::ShowSplit(id, split) => self.detail_of(id).show_split(&split),
            Command::ShowSample(id, key) => self.detail_of(id).show_sample(&key),
            Command::CloseDetail => self.detail = None,
            other => self.carry_out_work(other, context),
        }
    }

    /// The detail of a dataset, which is opened where another one is or none.
    fn detail_of(&mut self, id: DatasetId) -> &mut OpenDetail {
        let open = self.detail.take().filter(|open| *open.modal.dataset() == id);
        let open = open.unwrap_or_else(|| OpenDetail::new(&self.studio, &self.snapshot, &self.live, id));
        self.detail.insert(open)
    }

    /// Carries out what is about the work on datasets, tokenizations and jobs.
    fn carry_out_work(&mut self, command: Command, context: &egui::Context) {
        match command {
            Command::PauseDataset(id) => {
                self.deed(move |studio, _| studio.stop_dataset(&id.0, Stop::Pause).map(|_| None));
            }
            Command::CancelDataset(id) => {
                self.deed(move |studio, _| studio.stop_dataset(&id.0, Stop::Cancel).map(|_| None));
            }
            Command::ResumeDataset(id) => {
                let token = inspection::of_core(self.panel.token().as_ref());
                self.deed(move |studio, _| studio.resume_dataset(&id.0, token).map(|_| None));
            }
            Command::AcceptRemedy(id, remedy) => {
                let token = inspection::of_core(self.panel.token().as_ref());
                self.deed(move |studio, _| studio.resume_with(&id.0, remedy, token).map(|_| None));
            }
            Command::StopSubmission => {
                self.submitting = None;
                self.submission = AskedState::NotAsked;
            }
            Command::AuditTokenization(id) => self.row_work.audit(&self.studio, id),
            Command::StopRowWork(id) => self.row_work.stop(&id),
            Command::AskDelete(id) => self.deleting.ask(&self.studio, id),
            Command::AskDeleteTokenization(id, tokenization) => {
                self.deleting.ask_tokenization(&self.snapshot, &id, &tokenization);
            }
            Command::Delete(id, tokenization) => {
                if tokenization.is_none() && self.detail.as_ref().is_some_and(|open| *open.modal.dataset() == id) {
                    self.detail = None;
                }
                self.deleting.carry_out(&self.studio, id, tokenization);
            }
            Command::CloseDelete => self.deleting.close(),
            Command::PauseJob(id) => self.deed(move |studio, _| studio.stop_job(&id.0, Stop::Pause).map(|()| None)),
            Command::CancelJob(id) => self.deed(move |studio, _| studio.stop_job(&id.0, Stop::Cancel).map(|()| None)),
            Command::ResumeJob(id) => {
                let token = inspection::of_core(self.panel.token().as_ref());
                self.deed(move |studio, _| studio.resume_job(&id.0, token).map(|_| None));
            }
            Command::AskPublish(id, tokenization) => {
                self.publishing = OpenPublish::new(&self.snapshot, &id, tokenization);
            }
            Command::PlanPublish(form) => {
                if let Some(publishing) = &mut self.publishing {
                    publishing.plan(&self.studio, form);
                }
            }
            Command::Publish(form) => {
                if let Some(publishing) = &mut self.publishing {
                    publishing.publish(&self.studio, form);
                }
            }
            Command::ClosePublish => self.publishing = None,
            Command::AddTokenizerFromHub(typed) => self.add_tokenizer(typed),
            other => {
                if let Some(detail) = &mut self.detail {
                    detail.carry_out(other, &self.studio, context);
                }
            }
        }
    }

    /// Asks for something whose end is only told.
    fn deed(&mut self, work: impl FnOnce(&Studio, &Control) -> Result<Option<String>, StudioError> + Send + 'static) {
        let pending =
            self.studio.ask_long(move |studio, control| work(studio, control).map_err(|error| error.to_string()));
        self.deeds.push(pending);
    }

    /// Writes chosen samples into a file. The dialog has asked already whether one that is there is to be replaced.
    pub(super) fn export_samples(&mut self, id: &DatasetId, choice: Choice, to: PathBuf) {
        let dataset = id.0.to_string();
        let pending = self.studio.ask_long(move |studio, control| {
            let request = RowExport { dataset, choice, to, format: None, overwrite: true };
            let written = studio.export_rows(&request, control).map_err(|error| error.to_string())?;
            let rows = units::counted(written.rows, "row");
            let notes: String = written.notes.iter().flat_map(|note| [" ", note]).collect();
            Ok(Some(format!("{rows} were written to {}.{notes}", written.path.display())))
        });
        self.sample_exports.push((id.clone(), pending));
    }

    fn download(&mut self, request: DownloadRequest) {
        self.submission = AskedState::Waiting;
        let DownloadRequest { repository, token } = request;
        let request = InspectRequest { repository, revision: None, token };
        let asked = request.clone();
        let pending = self.studio.ask_long(move |studio, control| {
            inspection::submit(studio, &asked.repository, asked.token.as_ref(), control)
                .map_err(|error| error.to_string())
        });
        self.submitting = Some((request, pending));
    }

    /// Adds a tokenizer from a path or a repository.
    pub(super) fn add_tokenizer(&mut self, source: String) {
        let path = PathBuf::from(&source);
        let request = if path.is_absolute() {
            TokenizerRequest::Path(path)
        } else {
            TokenizerRequest::Repo { typed: source, revision: None, token: None }
        };
        if let Some(detail) = &mut self.detail {
            detail.add_tokenizer(&self.studio, request);
        }
    }
}

/// Shows a folder in the system's file manager.
fn reveal(folder: PathBuf) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    drop(ask_alone("file manager", move || {
        if let Err(error) = std::process::Command::new(program).arg(&folder).status() {
            tracing::warn!(%error, program, "the file manager could not be started");
        }
    }));
}
