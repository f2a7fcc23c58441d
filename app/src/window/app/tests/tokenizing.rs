//! The tokenization tab in the whole window, over real token rows.

use mistudio_tests::program::example_workspace;

use super::*;

#[test]
fn token_rows_are_made_checked_and_their_settings_kept() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = Window::on(Studio::open(folder.path()).unwrap());
    window.wait_for("Open little-stories");
    window.press_button("Open little-stories");
    window.wait_for("Tokenization");
    window.press_button("Tokenization");
    window.wait_for("Apply & Tokenize Dataset");

    // What the core finds wrong with the settings stands under the field.
    window.fill("Max Sequence Length", "64");
    window.fill("Column of the Ids", "num_tokens");
    let problem = "here is a column num_tokens already";
    window.wait_for(problem);
    window.fill("Column of the Ids", "tokens");
    window.draw_until("no problem", |window| window.query_by_label_contains(problem).is_none());

    window.press_button("Save as Preset");
    window.fill("Name of the Preset", "short");
    window.press_button("Save Preset");
    let presets = || Studio::open_read_only(folder.path()).unwrap().presets().unwrap();
    window.draw_until("the preset is there", |_| presets().iter().any(|preset| preset.name == "short"));

    window.press_button("Apply & Tokenize Dataset");
    let tokenizations = || {
        let studio = Studio::open_read_only(folder.path()).unwrap();
        studio.snapshot().datasets[0].tokenizations.clone()
    };
    window.draw_until("the token rows", |_| tokenizations().len() == 3);
    let made = tokenizations().into_iter().find(|made| made.settings["ids_column"] == "tokens").unwrap();
    assert_eq!(made.settings["max_length"], 64);
}
