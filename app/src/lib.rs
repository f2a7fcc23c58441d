//! The miStudio program: a window and a command line over the same core.
//!
//! Nothing here touches SQL, Parquet or the network; `mistudio_core` does.

pub mod cli;
mod fonts;
mod log;
pub mod window;
mod words;
