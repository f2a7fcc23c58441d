//! Work that takes time: one pool for the network, one for the CPU, with progress, cancel and resume.

mod control;

pub use control::{Control, Handle, Report, Stop, Stopped, Unit, control};
