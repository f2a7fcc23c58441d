//! The font that both the window and pictures are written in.

/// Inter.
pub(crate) const INTER: &[u8] = include_bytes!("../assets/fonts/Inter.ttf");
