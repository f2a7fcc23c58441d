//! Work that takes time: one pool for the network, one for the CPU, and two that answer questions, short and
//! long ones.
//!
//! Every thread of the core that is not a room's own scoped helper is started here, and ends with the [`Jobs`] that
//! started it. A job's record is in the catalog from the moment it is asked for, so a restart knows what was running.
//! A worker that panics fails its job with the message; it takes nothing else with it.

mod answer;
mod control;
mod life;
mod live;
mod operation;
mod places;
mod pool;
mod runner;
mod ticker;

pub use answer::{Answer, Pending, ask_alone};
pub use control::{Control, Handle, Report, Stop, Stopped, Unit, control};
pub use live::{Live, LiveJob};
pub use operation::{End, Operation, OperationError, Pool};
pub use runner::{Jobs, JobsError};
