//! Opening the window.

use std::sync::Arc;

use eframe::egui_glow;
use eframe::{NativeOptions, Renderer};
use egui::{Context, IconData, ViewportBuilder, vec2};

use super::theme;

/// Title of the window and name under which the system knows the program.
const TITLE: &str = "miStudio";
const APP_ID: &str = "mistudio";

/// Opens the window and draws `app` until it is closed. `make` runs once the window is there, before its first frame;
/// the context it gets can be cloned, and wakes the window from any thread with `request_repaint`.
pub fn open<A: eframe::App + 'static>(make: impl FnOnce(&Context) -> A) -> eframe::Result {
    eframe::run_native(
        TITLE,
        options(),
        Box::new(|creation| {
            theme::install(&creation.egui_ctx);
            Ok(Box::new(make(&creation.egui_ctx)))
        }),
    )
}

fn options() -> NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id(APP_ID)
        .with_icon(Arc::new(IconData::default()))
        .with_inner_size(vec2(1280.0, 900.0))
        .with_min_inner_size(vec2(960.0, 640.0))
        .with_drag_and_drop(true);
    NativeOptions {
        viewport,
        renderer: Renderer::Glow,
        dithering: false,
        glow_options: egui_glow::GlowConfiguration::default(),
        ..NativeOptions::default()
    }
}
