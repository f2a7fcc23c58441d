//! The icon that says how something stands.

use egui::{Rect, Ui, Vec2};

use crate::window::theme::{Icon, Ink, icons};

/// How something stands, as far as its icon is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It waits for its turn.
    Queued,
    /// Bytes come in.
    Downloading,
    /// It is worked on.
    Processing,
    /// It can be used.
    Ready,
    /// Stopped, to go on later.
    Paused,
    /// It failed.
    Error,
    /// Stopped for good.
    Cancelled,
}

impl Status {
    /// The word on the badge.
    pub fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Downloading => "Downloading",
            Self::Processing => "Processing",
            Self::Ready => "Ready",
            Self::Paused => "Paused",
            Self::Error => "Error",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Whether work is under way.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Downloading | Self::Processing)
    }
}

/// Draws the icon, 20 high; the one for a download turns.
pub fn status_icon(ui: &mut Ui, status: Status) -> Rect {
    const SIZE: f32 = 20.0;
    let (_, rect) = ui.allocate_space(Vec2::splat(SIZE));
    let (icon, ink) = match status {
        Status::Queued => (Icon::Clock, Ink::Muted),
        Status::Downloading => (Icon::Loader, Ink::Info),
        Status::Processing => (Icon::Activity, Ink::Warn),
        Status::Ready => (Icon::CircleCheck, Ink::Accent),
        Status::Paused => (Icon::CirclePause, Ink::Muted),
        Status::Error => (Icon::CircleAlert, Ink::Error),
        Status::Cancelled => (Icon::Ban, Ink::Muted),
    };
    if status == Status::Downloading {
        icons::paint_spinning(ui, rect, icon, SIZE, ink);
    } else {
        icons::paint(ui.painter(), rect, icon, SIZE, ink);
    }
    rect
}
