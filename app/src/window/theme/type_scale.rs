//! The sizes text comes in, and how text of one size and one ink is laid out.

use std::sync::Arc;

use egui::epaint::text::VariationCoords;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{FontFamily, FontId, Galley, RichText, Ui};

use super::tokens::Ink;

/// A step of the type scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Name of a dataset at the head of its modal, large figures: 24/32 bold.
    Display,
    /// Title of a page: 24/32 semibold.
    Page,
    /// Name of the application: 20/28 semibold.
    App,
    /// Titles of cards and sections, names of datasets: 18/28 semibold.
    Card,
    /// Values in tiles: 18/28.
    Value,
    /// Titles inside a modal's forms and charts: 16/24 semibold.
    Section,
    /// Everything else: 16/24.
    Body,
    /// Labels, captions, text of samples: 14/20.
    Small,
    /// Head and foot lines of samples, counts in bars: 12/16.
    Meta,
    /// Tokens and access tokens: 14/20, every character equally wide.
    Mono,
}

impl Type {
    /// Size of the letters, in points.
    pub fn size(self) -> f32 {
        match self {
            Self::Display | Self::Page => 24.0,
            Self::App => 20.0,
            Self::Card | Self::Value => 18.0,
            Self::Section | Self::Body => 16.0,
            Self::Small | Self::Mono => 14.0,
            Self::Meta => 12.0,
        }
    }

    /// Distance from one line to the next, in points.
    pub fn line_height(self) -> f32 {
        match self {
            Self::Display | Self::Page => 32.0,
            Self::App | Self::Card | Self::Value => 28.0,
            Self::Section | Self::Body => 24.0,
            Self::Small | Self::Mono => 20.0,
            Self::Meta => 16.0,
        }
    }

    /// Weight of the letters: 400 is regular, 700 bold.
    fn weight(self) -> f32 {
        match self {
            Self::Display => 700.0,
            Self::Page | Self::App | Self::Card | Self::Section => 600.0,
            Self::Value | Self::Body | Self::Small | Self::Meta | Self::Mono => 400.0,
        }
    }

    /// The font and size.
    pub fn font(self) -> FontId {
        let family = if self == Self::Mono { FontFamily::Monospace } else { FontFamily::Proportional };
        FontId::new(self.size(), family)
    }

    /// How a run of this text is drawn.
    pub fn format(self, ink: Ink) -> TextFormat {
        let coords = if self.weight() > 400.0 {
            VariationCoords::new([(b"wght", self.weight())])
        } else {
            VariationCoords::default()
        };
        TextFormat {
            font_id: self.font(),
            line_height: Some(self.line_height()),
            color: ink.color(),
            coords,
            ..TextFormat::default()
        }
    }

    /// Text for egui's own widgets, such as labels.
    pub fn rich(self, ink: Ink, text: impl Into<String>) -> RichText {
        let rich = RichText::new(text).font(self.font()).line_height(Some(self.line_height())).color(ink.color());
        if self.weight() > 400.0 { rich.variation(b"wght", self.weight()) } else { rich }
    }

    /// Lays text out on one line, cut off with an ellipsis at `width` points.
    pub fn line(self, ui: &Ui, ink: Ink, text: &str, width: f32) -> Arc<Galley> {
        self.lay_out(ui, ink, text, TextWrapping::truncate_at_width(width.max(0.0)))
    }

    /// Lays text out over at most `rows` lines, wrapped at `width` points.
    pub fn paragraph(self, ui: &Ui, ink: Ink, text: &str, width: f32, rows: usize) -> Arc<Galley> {
        let wrapping = TextWrapping { max_rows: rows, ..TextWrapping::wrap_at_width(width.max(0.0)) };
        self.lay_out(ui, ink, text, wrapping)
    }

    fn lay_out(self, ui: &Ui, ink: Ink, text: &str, wrap: TextWrapping) -> Arc<Galley> {
        let mut job = LayoutJob::single_section(text.to_owned(), self.format(ink));
        job.wrap = wrap;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    }
}
