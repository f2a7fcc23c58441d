//! An open workspace and everything one can do with it.
//!
//! A [`Studio`] is a cheap handle: the window and the command line hold clones of it and call its methods. Those that
//! read the newest state ([`snapshot`](Studio::snapshot), [`live`](Studio::live)) never wait and may be called in a
//! frame. All others may touch the disk or the network and belong on a worker: [`ask`](Studio::ask) runs them there.
//!
//! This room composes the others; it holds no format, no SQL and no protocol of its own.

mod access;
mod add;
mod audit;
mod delete;
mod download;
mod error;
mod estimate;
mod export;
mod inspect;
mod local;
mod look;
mod once;
mod opened;
mod operations;
mod presets;
mod provenance;
mod publish;
mod reading;
mod recover;
mod resume;
mod sample_tokens;
mod search;
mod sql;
mod stats;
mod stop;
mod storage;
mod subset;
mod token_rows;
mod tokenizations;
mod tokenizers;
mod train;
mod verify;
mod wait;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

pub use access::{Access, ReadOnlyReason};
pub use add::{AddOptions, AddRequest};
pub use audit::TokenizationAudit;
pub use delete::{DeletePlan, Freed, Pinned};
pub use download::DownloadRequest;
pub use error::StudioError;
pub use estimate::DiskEstimate;
pub use export::ExportRequest;
pub use inspect::{ConfigOffer, HubFacts, Inspection, SplitOffer, inspect_remote};
pub use local::{LocalInspection, inspect_local};
pub use presets::{Preset, PresetFault};
pub use publish::{PublishPlan, PublishRequest, PublishSplit, Published, Publishing};
pub use reading::{LeftOut, LeftOutFile, Reading};
pub use sample_tokens::{PartTokens, TokenCounts, TokenLens, has_row_per_sample};
pub use search::IndexState;
pub use sql::FormattedResult;
pub use storage::{DatasetStorage, Storage};
pub use subset::{RowExport, SubsetRequest};
pub use tokenizations::{TokenizeRequest, Tokenized};
pub use tokenizers::TokenizerRequest;
pub use train::{TrainRequest, Trained};
pub use verify::{FileProblem, Verification};

use crate::catalog::{Catalog, Snapshot};
use crate::jobs::{Control, Jobs, Live, Pending};
use crate::workspace::{Layout, Settings, WorkspaceError, WriterLock, take_requests};
use opened::Opened;
use operations::Context;

/// How often requests of other processes are looked for: what they ask for is to take effect within a second.
const LOOK_FOR_REQUESTS: Duration = Duration::from_millis(300);

/// A handle on an open workspace.
#[derive(Clone)]
pub struct Studio {
    inner: Arc<Inner>,
}

// Dropped from the first field to the last: work ends, the catalog closes, and only then may another process write.
struct Inner {
    jobs: Jobs,
    readers: look::Readers,
    unborn: subset::Unborn,
    indexes: search::Indexes,
    context: Context,
    access: Access,
    _lock: Option<WriterLock>,
}

impl Studio {
    /// Creates a workspace in an empty or new folder and opens it.
    pub fn create(root: &Path, name: &str) -> Result<Self, StudioError> {
        let layout = Layout::new(root);
        match std::fs::read_dir(root) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(WorkspaceError::NotEmpty(root.to_path_buf()).into());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::create_dir_all(root).map_err(WorkspaceError::io("The folder cannot be created", root))?;
            }
            Err(error) => return Err(WorkspaceError::io("The folder cannot be read", root)(error).into()),
        }
        let lock = WriterLock::acquire(&layout)?;
        Catalog::create(&layout)?;
        // The settings come last: a folder is a workspace from this moment on, and whole.
        Settings::new(name).write(&layout)?;
        drop(lock);
        Self::open(root)
    }

    /// Opens a workspace for writing, or for reading only where another process or the disk does not allow more.
    /// [`access`](Self::access) says which. Opening writes nothing unless a crashed run left something to tidy up.
    pub fn open(root: &Path) -> Result<Self, StudioError> {
        let layout = Layout::new(root);
        let settings = Settings::read(&layout)?;
        let (access, lock) = match WriterLock::acquire(&layout) {
            Ok(lock) => (Access::Writer, Some(lock)),
            Err(WorkspaceError::Locked(holder)) => (Access::ReadOnly(ReadOnlyReason::HeldBy(holder)), None),
            Err(WorkspaceError::ReadOnlyMedia(_)) => (Access::ReadOnly(ReadOnlyReason::Media), None),
            Err(error) => return Err(error.into()),
        };
        Self::assemble(layout, settings, access, lock)
    }

    /// Opens a workspace for reading only, beside whoever writes to it.
    pub fn open_read_only(root: &Path) -> Result<Self, StudioError> {
        let layout = Layout::new(root);
        let settings = Settings::read(&layout)?;
        Self::assemble(layout, settings, Access::ReadOnly(ReadOnlyReason::Asked), None)
    }

    fn assemble(
        layout: Layout,
        settings: Settings,
        access: Access,
        lock: Option<WriterLock>,
    ) -> Result<Self, StudioError> {
        let catalog = Catalog::open(&layout, access.is_writer())?;
        if access.is_writer() {
            recover::recover(&layout, &catalog)?;
            if let Err(error) = crate::sql::sweep(&layout) {
                tracing::warn!(%error, "temporary files of an earlier run stay behind");
            }
            // What was asked of a process that is gone is not meant for this one.
            take_requests(&layout);
        } else {
            recover::show_interrupted(&layout, &catalog)?;
        }
        let jobs = Jobs::new(catalog.clone(), settings.limits)?;
        if let Access::ReadOnly(ReadOnlyReason::HeldBy(_)) = &access {
            follow(&jobs, &layout, &catalog);
        }
        let opened = Opened::default();
        let context = Context { layout, settings: Arc::new(settings), catalog, runtime: jobs.runtime(), opened };
        let inner = Arc::new(Inner {
            jobs,
            readers: look::Readers::default(),
            unborn: subset::Unborn::default(),
            indexes: search::Indexes::default(),
            context,
            access,
            _lock: lock,
        });
        let weak: Weak<Inner> = Arc::downgrade(&inner);
        inner.jobs.on_follow(move |queued| {
            if let Some(inner) = weak.upgrade() {
                Self { inner }.start_queued(&queued);
            }
        });
        if inner.access.is_writer() {
            let weak = Arc::downgrade(&inner);
            inner.jobs.every(LOOK_FOR_REQUESTS, move || {
                if let Some(inner) = weak.upgrade() {
                    Self { inner }.obey();
                }
            });
        }
        Ok(Self { inner })
    }

    /// Whether this handle may write, and why not.
    pub fn access(&self) -> &Access {
        &self.inner.access
    }

    /// Where everything lies.
    pub fn layout(&self) -> &Layout {
        &self.inner.context.layout
    }

    /// `workspace.toml`.
    pub fn settings(&self) -> &Settings {
        &self.inner.context.settings
    }

    /// What is in the workspace, as of the newest commit. Never waits.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.inner.context.catalog.snapshot()
    }

    /// The running jobs. Never waits.
    pub fn live(&self) -> Arc<Live> {
        self.inner.jobs.live()
    }

    /// Reads what another process wrote; for a handle that is open for reading only.
    pub fn refresh(&self) -> Result<(), StudioError> {
        self.catalog().refresh()?;
        recover::show_interrupted(self.layout(), self.catalog())
    }

    /// Calls `wake` whenever the snapshot, a running job or an answer is new.
    pub fn on_news(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.inner.jobs.on_news(wake);
    }

    /// Works on a short question in the background; dropping the returned value cancels it.
    pub fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Self, &Control) -> T + Send + 'static) -> Pending<T> {
        let studio = self.clone();
        self.inner.jobs.ask(move |control| question(&studio, control))
    }

    /// The same for a question that may take as long as the data are large or the Hub is slow; short ones do not wait
    /// for it.
    pub fn ask_long<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Self, &Control) -> T + Send + 'static,
    ) -> Pending<T> {
        let studio = self.clone();
        self.inner.jobs.ask_long(move |control| question(&studio, control))
    }

    fn context(&self) -> &Context {
        &self.inner.context
    }

    fn catalog(&self) -> &Catalog {
        &self.inner.context.catalog
    }

    fn jobs(&self) -> &Jobs {
        &self.inner.jobs
    }

    fn check_writable(&self) -> Result<(), StudioError> {
        match &self.inner.access {
            Access::Writer => Ok(()),
            Access::ReadOnly(reason) => Err(StudioError::ReadOnly(reason.clone())),
        }
    }
}

/// Keeps a reader up to date with what another process writes, and with whether it lives: looks once a second.
fn follow(jobs: &Jobs, layout: &Layout, catalog: &Catalog) {
    let (layout, path, catalog) = (layout.clone(), layout.catalog(), catalog.clone());
    let age = move || std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
    let known = Mutex::new(age());
    jobs.every(Duration::from_secs(1), move || {
        let now = age();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != now {
            match catalog.refresh() {
                Ok(()) => *known = now,
                // The other process is in the middle of a burst of writes; the next second will do.
                Err(error) => tracing::debug!(%error, "the catalog could not be read again yet"),
            }
        }
        if let Err(error) = recover::show_interrupted(&layout, &catalog) {
            tracing::debug!(%error, "what was left running is looked at again in a second");
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn short_questions_are_answered_while_more_long_ones_run_than_there_are_threads() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "Test").unwrap();
        let (open, gate) = sync_channel::<()>(0);
        let gate = Arc::new(Mutex::new(gate));
        let long: Vec<_> = (0..30)
            .map(|_| {
                let gate = Arc::clone(&gate);
                studio.ask_long(move |_, _| gate.lock().unwrap_or_else(PoisonError::into_inner).recv())
            })
            .collect();
        let (tell, told) = sync_channel(1);
        let short = studio.ask(move |_, _| tell.send(5));
        assert_eq!(told.recv_timeout(Duration::from_mins(1)), Ok(5));
        drop((open, short, long));
    }
}
