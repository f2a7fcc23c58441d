use std::io;
use std::path::PathBuf;

use super::Holder;

/// Why a workspace could not be created, opened or locked.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The folder has no `workspace.toml`.
    #[error("There is no workspace here. Create one with `mistudio init`, or choose another folder: {}", .0.display())]
    NotAWorkspace(PathBuf),
    /// A new workspace was asked for in a folder that already holds something.
    #[error("This folder is not empty, so no workspace was created in it. Choose an empty or a new folder: {}", .0.display())]
    NotEmpty(PathBuf),
    /// `workspace.toml` does not say what it should.
    #[error("workspace.toml cannot be read: {reason}. Correct the file and open the workspace again: {}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The workspace was made by a newer program.
    #[error(
        "This workspace has format {found}, and this version of miStudio reads formats up to {known}. \
         Open it with a newer miStudio."
    )]
    TooNew {
        /// The format of the folder.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// Another process writes to this workspace.
    #[error("The workspace is open in {0}. It can be looked at, but not changed, until that one closes it.")]
    Locked(Holder),
    /// The folder cannot be written to.
    #[error("The workspace is on a disk or folder that cannot be written to, so it can only be looked at: {}", .0.display())]
    ReadOnlyMedia(PathBuf),
    /// Anything the file system refused.
    #[error("{what}: {source}: {}", path.display())]
    Io {
        /// What was being done, as the beginning of a sentence.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WorkspaceError {
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
