//! The parts of the form that open: each says what it was told, in the settings that are sent.

use egui::Role;
use mistudio_core::export::Format;
use mistudio_core::tokenize::{CleaningStep, JunkMode, Share};
use mistudio_core::tokenizer::TrainKind;

use super::*;
use crate::window::model::{AuditFinding, ExportForm, PresetChoice, RowAudit};

/// Presses the control of that role and name, wherever it is.
fn press(harness: &mut Harness<'static, Screen>, role: Role, label: &str) {
    harness.get(By::new().label(label).role(role)).scroll_to_me();
    harness.run();
    harness.get(By::new().label(label).role(role)).click();
    harness.run();
}

/// Types into the field of that name.
fn fill(harness: &mut Harness<'static, Screen>, label: &str, typed: &str) {
    let is_field = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() != Role::Label;
    harness.get_all_by_label(label).find(is_field).unwrap().focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run();
    harness.event(egui::Event::Text(typed.to_owned()));
    harness.run();
}

fn settings(harness: &Harness<'static, Screen>) -> Option<Settings> {
    let state = harness.state();
    state.tab.settings(&state.data).map(|settings| settings.rows)
}

fn result(id: &str) -> TokenizationResult {
    TokenizationResult {
        id: id.to_owned(),
        tokenizer: "gpt2".to_owned(),
        settings: "512 tokens".to_owned(),
        left_out: vec![],
        rows: 10,
        tokens: 100,
        warning: None,
        made_with: None,
        running: None,
        checked: None,
        audit: vec![],
        notes: vec![],
    }
}

#[test]
fn cleaning_is_off_until_a_step_is_switched_on() {
    let mut harness = screen(gpt2());
    press(&mut harness, Role::DisclosureTriangle, "Text Cleaning");
    assert_eq!(settings(&harness).unwrap().cleaning.steps().count(), 0);
    harness.state_mut().commands.take();
    press(&mut harness, Role::Switch, "Web addresses: taken out");
    let steps: Vec<_> = settings(&harness).unwrap().cleaning.steps().collect();
    assert_eq!(steps, [CleaningStep::Urls]);
    let given = harness.state_mut().commands.take();
    let is_check = |command: &Command| matches!(command, Command::CheckSettings(sent) if sent.rows.cleaning.has(CleaningStep::Urls));
    assert!(given.iter().any(is_check), "the new settings are checked: {given:?}");
}

#[test]
fn the_filter_says_what_is_typed_and_nothing_is_sent_while_a_number_is_none() {
    let mut harness = screen(gpt2());
    press(&mut harness, Role::DisclosureTriangle, "Sample Filter");
    press(&mut harness, Role::ComboBox, "Junk Tokens");
    let strict = JunkMode::Strict;
    harness.get_by_label(crate::window::widgets::Choice::label(strict)).click();
    harness.run();
    fill(&mut harness, "Left Out from This Share of Junk", "0.25");
    fill(&mut harness, "Fewest Tokens a Sample May Have", "12");
    let filter = settings(&harness).unwrap().filter;
    assert_eq!((filter.mode, filter.threshold, filter.min_tokens), (strict, Share::new(0.25), 12));

    fill(&mut harness, "Left Out from This Share of Junk", "2");
    harness.get_by_label("A number from 0 to 1 is needed.");
    assert_eq!(settings(&harness), None);
    assert!(harness.get_by_label("Apply & Tokenize Dataset").accesskit_node().is_disabled());
}

#[test]
fn the_column_of_the_ids_can_be_named() {
    let mut harness = screen(gpt2());
    assert_eq!(settings(&harness).unwrap().ids_column, "input_ids");
    fill(&mut harness, "Column of the Ids", "tokens");
    assert_eq!(settings(&harness).unwrap().ids_column, "tokens");
}

#[test]
fn token_types_are_asked_for_by_a_switch() {
    let mut harness = screen(gpt2());
    assert!(!settings(&harness).unwrap().return_token_type_ids);
    press(&mut harness, Role::Switch, "Return Token Type IDs (pairs)");
    assert!(settings(&harness).unwrap().return_token_type_ids);
}

#[test]
fn settings_are_saved_as_a_preset_and_taken_over_from_one() {
    let preset = PresetChoice { name: "mine".to_owned(), description: "256 tokens".to_owned(), is_built_in: false };
    let mut harness = screen(Tokenization { presets: vec![preset], ..gpt2() });
    press(&mut harness, Role::DisclosureTriangle, "Save as Preset");
    assert!(harness.get_by_label("Save Preset").accesskit_node().is_disabled(), "it has no name yet");
    fill(&mut harness, "Name of the Preset", " gemma-1024 ");
    press(&mut harness, Role::Button, "Save Preset");
    let given = taken(&mut harness);
    let [Command::SavePreset { name, settings: saved, overwrite: false }] = &given[..] else {
        panic!("one command: {given:?}")
    };
    assert_eq!((name.as_str(), Some(&**saved)), ("gemma-1024", settings(&harness).as_ref()));

    press(&mut harness, Role::ComboBox, "Preset");
    harness.get_by_label("mine").click();
    harness.run();
    let wanted = Command::UsePreset { name: "mine".to_owned(), tokenizer: "gpt2".to_owned() };
    assert_eq!(taken(&mut harness), [wanted]);
    let rows = Settings { max_length: 256, ..Settings::default() };
    let come = TokenizeSettings { tokenizer: "gpt2".to_owned(), rows };
    harness.state_mut().data.preset = Asked::done(come);
    harness.run();
    assert_eq!(settings(&harness).unwrap().max_length, 256);
    press(&mut harness, Role::Button, "Remove This Preset");
    assert_eq!(taken(&mut harness), [Command::RemovePreset("mine".to_owned())]);
}

#[test]
fn a_tokenizer_is_trained_as_the_form_says() {
    let mut harness = screen(Tokenization { tokenizers: vec![], text_columns: vec!["text".to_owned()], ..gpt2() });
    fill(&mut harness, "Name of the New Tokenizer", "my-bpe");
    fill(&mut harness, "Vocabulary Size", "500");
    fill(&mut harness, "More Special Tokens, Parted by Spaces", "<user> <model>");
    press(&mut harness, Role::Button, "Train Tokenizer");
    let given = taken(&mut harness);
    let [Command::TrainTokenizer(form)] = &given[..] else { panic!("one command: {given:?}") };
    assert_eq!((form.name.as_str(), form.settings.kind, form.settings.vocab_size), ("my-bpe", TrainKind::Bpe, 500));
    assert_eq!(form.settings.special_tokens, ["<user>", "<model>"]);
}

#[test]
fn rows_are_exported_in_the_chosen_format_with_the_chosen_split() {
    let splits = vec!["train".to_owned(), "validation".to_owned()];
    let mut harness = screen(Tokenization { results: vec![result("tok_1")], splits, ..gpt2() });
    press(&mut harness, Role::Button, "Export tokenization with gpt2");
    press(&mut harness, Role::ComboBox, "Split to Export");
    harness.get_by_label("validation").click();
    harness.run();
    press(&mut harness, Role::Button, "Choose a Folder...");
    let split = Some("validation".to_owned());
    let wanted = ExportForm { tokenization: "tok_1".to_owned(), format: Format::Hf, split };
    assert_eq!(taken(&mut harness), [Command::ExportTokenization(wanted)]);
}

#[test]
fn the_files_are_checked_again_and_what_is_wrong_says_where() {
    let finding = AuditFinding {
        is_error: true,
        is_warning: false,
        message: "3 rows do not begin with BOS".to_owned(),
        first: vec!["train, row 7".to_owned()],
    };
    let checked = RowAudit { rows: 10, tokens: 100, findings: vec![finding] };
    let mut harness = screen(Tokenization { results: vec![result("tok_1")], ..gpt2() });
    press(&mut harness, Role::Button, "Audit of the tokenization with gpt2");
    press(&mut harness, Role::Button, "Check the Files Again");
    assert_eq!(taken(&mut harness), [Command::AuditTokenization("tok_1".to_owned())]);
    harness.state_mut().data.results[0].checked = Some(Ok(checked));
    harness.run();
    harness.get_by_label("Something is wrong: 10 rows with 100 tokens were read.");
    harness.get_by_label("3 rows do not begin with BOS");
    harness.get_by_label("First in train, row 7");
}
