//! The command palette in the whole window.

use egui::{Key, Modifiers};
use mistudio_tests::program::example_workspace;

use super::*;

#[test]
fn a_tab_of_a_dataset_is_two_keys_and_a_few_letters_away() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = Window::on(Studio::open(folder.path()).unwrap());
    window.wait_for("Open little-stories");
    window.0.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.0.run_steps(4);
    window.0.event(Event::Text("stories samp".to_owned()));
    window.0.run_steps(4);
    window.press(Key::Enter);
    window.wait_for("Showing 1-50 of");

    // Again, from within the dataset.
    window.0.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.0.run_steps(4);
    window.0.event(Event::Text("activity".to_owned()));
    window.0.run_steps(4);
    window.press(Key::Enter);
    let open = window.0.state().open.as_ref().unwrap();
    assert!(open.tab == Tab::Activity && open.detail.is_none() && open.palette.is_none());
}

#[test]
fn another_tab_of_the_open_dataset_leaves_what_was_picked_in_it() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = Window::on(Studio::open(folder.path()).unwrap());
    window.wait_for("Open little-stories");
    let go = |window: &mut Window, words: &str| {
        window.0.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.0.run_steps(4);
        window.0.event(Event::Text(words.to_owned()));
        window.0.run_steps(4);
        window.press(Key::Enter);
    };
    go(&mut window, "stories samp");
    window.wait_for("Pick Sample #2 • train");
    window.press_button("Pick Sample #2 • train");
    window.wait_for("1 sample picked");
    go(&mut window, "stories over");
    window.wait_for_none("1 sample picked");
    go(&mut window, "stories samp");
    window.wait_for("1 sample picked");
}

#[test]
fn nothing_of_the_open_dataset_is_worked_out_again_while_nothing_is_new() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = Window::on(Studio::open(folder.path()).unwrap());
    let id = window.datasets()[0].id.clone();
    window.give(Command::OpenDataset(id));
    let overview =
        |window: &Window| window.0.state().open.as_ref().unwrap().detail.as_ref().unwrap().data.overview.name.as_ptr();
    let before = overview(&window);
    window.0.run_steps(5);
    assert_eq!(overview(&window), before);
}
