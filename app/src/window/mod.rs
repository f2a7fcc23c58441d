//! The window: the shell, its screens, and the parts they are made of.
//!
//! A screen is a struct that owns what the user has typed, chosen and scrolled, with one `ui` that draws plain values
//! from [`model`] and puts what was asked for into [`command::Commands`]. No view reads a file, asks the catalog, waits
//! for a lock, or starts work; nothing here may block a frame.

pub mod activity;
pub mod add_local;
mod app;
pub mod asked;
pub mod command;
pub mod datasets_panel;
pub mod delete;
pub mod detail;
pub mod drop;
pub mod hub_search;
pub mod inspect;
pub mod model;
pub mod palette;
pub mod publish;
pub mod run;
pub mod shell;
pub mod sql;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
pub mod untrusted;
pub mod welcome;
pub mod widgets;

pub use app::run;
