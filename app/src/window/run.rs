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

/// The icon of the window: three bars on a dark square with round corners.
fn icon() -> IconData {
    const SIDE: u32 = 64;
    const CORNER: i32 = 14;
    // Left edge and top of each bar; all are as wide and stand on the same line.
    const BARS: [(i32, i32); 3] = [(14, 34), (27, 24), (40, 14)];
    const WIDTH: i32 = 10;
    const FOOT: i32 = 50;
    let tokens = theme::tokens();
    let side = SIDE as i32;
    let pixel = |x: i32, y: i32| {
        // How far beyond the middle of the nearest corner, if at all.
        let beyond = |at: i32| (CORNER - at).max(at - (side - 1 - CORNER)).max(0);
        if beyond(x).pow(2) + beyond(y).pow(2) > CORNER.pow(2) {
            return [0; 4];
        }
        let is_bar = |(left, top): &(i32, i32)| (*left..left + WIDTH).contains(&x) && (*top..FOOT).contains(&y);
        let colour = if BARS.iter().any(is_bar) { tokens.progress_light } else { tokens.modal };
        colour.to_srgba_unmultiplied()
    };
    let rgba = (0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y))).collect();
    IconData { rgba, width: SIDE, height: SIDE }
}

fn options() -> NativeOptions {
    let viewport = ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id(APP_ID)
        .with_icon(Arc::new(icon()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_has_an_icon_with_round_corners() {
        let icon = icon();
        assert_eq!(icon.rgba.len(), (icon.width * icon.height * 4) as usize);
        let alpha = |x: u32, y: u32| icon.rgba[((y * icon.width + x) * 4 + 3) as usize];
        assert_eq!([alpha(0, 0), alpha(63, 63), alpha(32, 32)], [0, 0, 255]);
        let colours: std::collections::BTreeSet<&[u8]> = icon.rgba.chunks(4).collect();
        assert_eq!(colours.len(), 3);
    }
}
