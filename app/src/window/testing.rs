//! What the tests of this room share.

use egui::Ui;
use egui_kittest::Harness;

/// A window of 1280 by 900 in the program's own style that draws `ui` over `state`. A character that the program's own
/// fonts lack is a box, as on a system that has no font for it either.
pub(crate) fn harness<'a, State>(ui: impl FnMut(&mut Ui, &mut State) + 'a, state: State) -> Harness<'a, State> {
    Harness::builder()
        .with_size(egui::vec2(1280.0, 900.0))
        .with_context_setup(super::theme::install)
        .allow_missing_glyphs()
        .build_ui_state(ui, state)
}
