use super::{Control, Stop, Stopped};
use crate::catalog::{CatalogError, Transaction};

/// Which pool an operation runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// Waits for the network most of the time.
    Network,
    /// Keeps the processors busy.
    Cpu,
}

/// Why an operation did not finish.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// It was asked to stop, and did.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// It failed; the text is for the user.
    #[error("{0}")]
    Failed(String),
}

impl OperationError {
    /// A failure with the text of `error`.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It did all of its work.
    Done,
    /// It was asked to stop.
    Stopped(Stop),
    /// It failed, and this is why.
    Failed(String),
}

/// One kind of work: what it does, and what its end means for the catalog.
pub trait Operation: Send + 'static {
    /// The pool it runs on.
    fn pool(&self) -> Pool;

    /// Does the work: files first, nothing in the catalog. Calls `control.check()` often enough to stop within a
    /// second.
    fn run(&mut self, control: &Control) -> Result<(), OperationError>;

    /// Writes down what the end means, in the transaction that also ends the job's record. Work that follows from it
    /// is saved as a queued job here and started by the runner after the commit.
    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError>;

    /// Tidies up after the commit: removes files that nothing refers to any more.
    fn finish(&mut self, _end: &End) {}
}
