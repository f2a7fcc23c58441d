//! Carrying out what the user asked for. Nothing here waits: what takes time becomes a question to the studio.

use std::path::PathBuf;

use mistudio_core::hub::Secret as Token;
use mistudio_core::jobs::{Control, Stop, ask_alone};
use mistudio_core::studio::{DeletePlan, DownloadRequest, Studio, StudioError, TokenizerRequest};
use mistudio_core::units;

use super::detail::OpenDetail;
use super::{App, Chosen, OpenWorkspace, is_about_workspaces};
use crate::window::asked::AskedState;
use crate::window::command::Command;
use crate::window::model::{self, DatasetId, Deletion};

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
            Command::Copy(text) => self.context.copy_text(text),
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
    fn choose(&mut self, dialog: impl Future<Output = Option<Chosen>> + Send + 'static) {
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
            Command::ReloadDatasets => self.deed(|studio, _| studio.refresh().map(|()| None)),
            Command::Download(request) => self.download(request),
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
                self.detail = Some(OpenDetail::new(&self.studio, &self.snapshot, &self.live, id));
            }
            Command::CloseDetail => self.detail = None,
            Command::PauseDataset(id) => {
                self.deed(move |studio, _| studio.stop_dataset(&id.0, Stop::Pause).map(|()| None));
            }
            Command::CancelDataset(id) => {
                self.deed(move |studio, _| studio.stop_dataset(&id.0, Stop::Cancel).map(|()| None));
            }
            Command::ResumeDataset(id) => self.deed(move |studio, _| studio.resume_dataset(&id.0, None).map(|_| None)),
            Command::AskDelete(id) => self.ask_delete(id),
            Command::Delete(id) => self.delete(id),
            Command::CloseDelete => self.deletion = None,
            Command::PauseJob(id) => self.deed(move |studio, _| studio.stop_job(&id.0, Stop::Pause).map(|()| None)),
            Command::CancelJob(id) => self.deed(move |studio, _| studio.stop_job(&id.0, Stop::Cancel).map(|()| None)),
            Command::ResumeJob(id) => self.deed(move |studio, _| studio.resume_job(&id.0, None).map(|_| None)),
            Command::AddTokenizerFromHub(typed) => self.add_tokenizer(typed),
            other => {
                if let Some(detail) = &mut self.detail {
                    detail.carry_out(other, &self.studio, &self.snapshot, context);
                }
            }
        }
    }

    /// Asks for something whose end is only told.
    fn deed(&mut self, work: impl FnOnce(&Studio, &Control) -> Result<Option<String>, StudioError> + Send + 'static) {
        let pending = self.studio.ask(move |studio, control| work(studio, control).map_err(|error| error.to_string()));
        self.deeds.push(pending);
    }

    fn download(&mut self, request: model::DownloadRequest) {
        self.submission = AskedState::Waiting;
        self.submitting = Some(self.studio.ask(move |studio, control| {
            let token = request.token.as_ref().and_then(|token| Token::new(token.reveal()));
            let download = || {
                let inspection = studio.inspect(&request.repository, None, token.clone(), control)?;
                studio.download(&inspection, &DownloadRequest::default(), token)
            };
            download().map(|_| None).map_err(|error| error.to_string())
        }));
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

    fn ask_delete(&mut self, id: DatasetId) {
        self.plan = Some(self.studio.ask(move |studio, _| {
            studio.delete_plan(&id.0).map(|plan| deletion(&id, plan)).map_err(|error| error.to_string())
        }));
    }

    fn delete(&mut self, id: DatasetId) {
        let Some((deletion, pending)) = &mut self.deletion else { return };
        deletion.running = true;
        deletion.error = None;
        if self.detail.as_ref().is_some_and(|detail| *detail.modal.dataset() == id) {
            self.detail = None;
        }
        *pending =
            Some(self.studio.ask(move |studio, _| {
                studio.delete(&[id.0.to_string()]).map(|_| None).map_err(|error| error.to_string())
            }));
    }
}

/// What the question before a deletion says.
fn deletion(id: &DatasetId, plan: DeletePlan) -> Deletion {
    let mut goes_along: Vec<String> = plan
        .tokenizations
        .iter()
        .map(|(tokenization, tokenizer)| format!("Tokenization {tokenization} with {tokenizer}"))
        .collect();
    if plan.external_files > 0 {
        let files = units::counted(plan.external_files as u64, "external file");
        goes_along.push(format!("Only the reference to {files}: those stay where they are"));
    }
    let mut pinned_by: Vec<String> = plan
        .pinned_by
        .iter()
        .map(|reference| {
            let note = reference.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
            format!("{} '{}' ({}{note})", reference.kind, reference.name, reference.state)
        })
        .collect();
    if plan.is_busy {
        pinned_by.push("A running job: cancel it first, or wait for it".to_owned());
    }
    Deletion {
        id: id.clone(),
        name: plan.name,
        size: plan.size_bytes,
        goes_along,
        pinned_by,
        running: false,
        error: None,
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
