//! Opening a workspace off the thread that draws.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use mistudio_core::jobs::{Answer, Pending, ask_alone};
use mistudio_core::studio::{Access, ReadOnlyReason, Studio};
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

/// How long a workspace that this window is closing is waited for.
const CLOSING: Duration = Duration::from_secs(30);

/// Whether it is this very program that holds the workspace.
fn is_our_own(studio: &Studio) -> bool {
    matches!(studio.access(), Access::ReadOnly(ReadOnlyReason::HeldBy(holder)) if holder.pid == std::process::id())
}

fn open(root: &PathBuf, create: bool) -> Result<Studio, String> {
    let studio = if create {
        let name = root.file_name().map_or_else(|| "workspace".into(), |name| name.to_string_lossy().into_owned());
        Studio::create(root, &name)
    } else {
        Studio::open(root)
    };
    let mut studio = studio.map_err(|error| error.to_string())?;
    // The same window may still be closing it: its jobs stop first.
    let begun = Instant::now();
    while is_our_own(&studio) && begun.elapsed() < CLOSING {
        drop(studio);
        std::thread::sleep(Duration::from_millis(100));
        studio = Studio::open(root).map_err(|error| error.to_string())?;
    }
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
