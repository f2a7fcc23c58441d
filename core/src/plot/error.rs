//! Why a plot could not become a picture.

/// A failure of this room.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The SVG cannot be read.
    #[error("the plot cannot be drawn: {0}")]
    Svg(#[from] resvg::usvg::Error),
    /// The picture is too large for memory.
    #[error("the plot cannot be drawn: {width} x {height} pixels are too many")]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// The picture cannot be written as PNG.
    #[error("the plot cannot be written as PNG: {0}")]
    Encode(String),
}
