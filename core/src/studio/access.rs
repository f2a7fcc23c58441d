use std::fmt;

use crate::workspace::Holder;

/// What a [`Studio`](super::Studio) may do with its workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Writer,
    /// Looking only.
    ReadOnly(ReadOnlyReason),
}

impl Access {
    /// Whether it may write.
    pub fn is_writer(&self) -> bool {
        matches!(self, Self::Writer)
    }
}

/// Why a workspace is open for reading only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadOnlyReason {
    /// Another process writes to it.
    HeldBy(Holder),
    /// The disk or the folder cannot be written to.
    Media,
    /// It was asked for so.
    Asked,
}

impl fmt::Display for ReadOnlyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeldBy(holder) => write!(f, "it is open in {holder}; close it there first"),
            Self::Media => f.write_str("its disk or folder cannot be written to"),
            Self::Asked => f.write_str("it was opened only to look at it"),
        }
    }
}
