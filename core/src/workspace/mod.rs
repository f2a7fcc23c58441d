//! The workspace folder: where everything lies, what a person may set, who may write.
//!
//! A workspace is a plain folder that can be copied to another machine and opened there. This room knows its layout
//! and its lock; it never looks into the catalog or the data, and stores no absolute path, no secret and no user name.

mod atomic;
mod error;
mod layout;
mod lock;
mod requests;
mod settings;
mod size;

pub use atomic::{remove_at_once, remove_tree, sync_dir, write_atomic};
pub use error::WorkspaceError;
pub use layout::Layout;
pub use lock::{Holder, WriterLock, is_held};
pub use requests::{leave_request, take_requests};
pub use settings::{DefaultTokenization, FORMAT_VERSION, Limits, Settings, SqlLimits};
pub use size::{FreeSpace, free_space, tree_size};
