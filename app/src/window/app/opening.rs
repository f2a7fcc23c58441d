//! Opening a workspace off the thread that draws.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use mistudio_core::jobs::{Answer, Pending, ask_alone};
use mistudio_core::studio::Studio;
use mistudio_core::workspace::Layout;

/// A workspace on its way.
pub(super) struct Opening {
    pub(super) folder: PathBuf,
    create: bool,
    answer: Pending<Result<Studio, String>>,
}

impl Opening {
    pub(super) fn start(folder: PathBuf, create: bool, context: egui::Context) -> Self {
        let root = folder.clone();
        let answer = ask_alone("open workspace", move || {
            let opened = open(&root, create);
            context.request_repaint();
            opened
        });
        Self { folder, create, answer }
    }

    pub(super) fn poll(&self) -> Answer<Result<Studio, String>> {
        self.answer.poll()
    }

    /// What is going on, in words.
    pub(super) fn words(&self) -> String {
        let verb = if self.create { "Creating" } else { "Opening" };
        format!("{verb} {}…", self.folder.display())
    }
}

fn open(root: &PathBuf, create: bool) -> Result<Studio, String> {
    let studio = if create {
        let name = root.file_name().map_or_else(|| "workspace".into(), |name| name.to_string_lossy().into_owned());
        Studio::create(root, &name)
    } else {
        Studio::open(root)
    };
    let studio = studio.map_err(|error| error.to_string())?;
    crate::log::init(studio.access().is_writer().then(|| Layout::new(root).logs()));
    Ok(studio)
}

/// Closes the window as its button does when the system or the terminal asks the program to end, so that running work
/// is kept and the workspace's lock is given back.
pub(super) fn close_on_signal(context: egui::Context) {
    drop(ask_alone("signals", move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime.map(|runtime| runtime.block_on(asked_to_end())) {
            Ok(Ok(())) => {
                context.send_viewport_cmd(egui::ViewportCommand::Close);
                context.request_repaint();
            }
            Ok(Err(error)) | Err(error) => tracing::warn!(%error, "signals are not heard"),
        }
    }));
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// What happened after this belongs to the workspace's opening.
pub(super) fn a_moment_ago() -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(5)
}
