//! Turning the dataset into tokens: the settings, a preview, and what is there already.

use egui::Ui;
use mistudio_core::units;

use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::{
    DatasetId, Padding, PreviewRequest, Tokenization, TokenizationResult, TokenizeRequest, TokenizeSettings, Truncation,
};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, IconButton, NumberField, Select, TextField, chips, gap, paragraph, progress_row, rule, select, text, tile,
    toggle_row,
};

/// Longest text that is previewed, in bytes.
const PREVIEW: usize = 100_000;

/// Longest row on offer, in tokens.
const LONGEST: u64 = 1_048_576;

/// Length of a row until the user says otherwise, in tokens.
const USUAL: u64 = 512;

/// What is typed and chosen on this tab.
#[derive(Debug)]
pub struct TokenizationTab {
    dataset: DatasetId,
    tokenizer: usize,
    repository: String,
    max_length: NumberField,
    /// Whether the user has chosen the length, so that another tokenizer does not change it.
    length_chosen: bool,
    padding: Padding,
    truncation: Truncation,
    special_tokens: bool,
    attention_mask: bool,
    sample: String,
}

impl TokenizationTab {
    /// The usual settings.
    pub fn new(dataset: DatasetId) -> Self {
        Self {
            dataset,
            tokenizer: 0,
            repository: String::new(),
            max_length: NumberField::new(USUAL, 1..=LONGEST),
            length_chosen: false,
            padding: Padding::default(),
            truncation: Truncation::default(),
            special_tokens: true,
            attention_mask: true,
            sample: String::new(),
        }
    }

    /// The settings, if they are complete.
    pub fn settings(&self, data: &Tokenization) -> Option<TokenizeSettings> {
        Some(TokenizeSettings {
            tokenizer: data.tokenizers.get(self.tokenizer)?.name.clone(),
            max_length: self.max_length.value().ok()?,
            padding: self.padding,
            truncation: self.truncation,
            special_tokens: self.special_tokens,
            attention_mask: self.attention_mask,
        })
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, data: &Tokenization, commands: &mut Commands) {
        let before = self.settings(data);
        self.form(ui, data, commands);
        let settings = self.settings(data);
        section(ui);
        self.preview(ui, data, settings.as_ref(), before != settings, commands);
        section(ui);
        self.apply(ui, data, settings, commands);
        if !data.results.is_empty() {
            section(ui);
            text(ui, Type::Section, Ink::Text, "Tokenizations");
            for result in &data.results {
                gap(ui, 12.0);
                if result_tile(ui, result, data.writable) {
                    commands.push(Command::AskPublish(self.dataset.clone(), Some(result.id.clone())));
                }
            }
        }
    }

    fn form(&mut self, ui: &mut Ui, data: &Tokenization, commands: &mut Commands) {
        let idle = data.running.is_none() && data.writable;
        text(ui, Type::Section, Ink::Text, "Tokenization Configuration");
        gap(ui, 16.0);
        self.tokenizers(ui, data, idle, commands);
        gap(ui, 16.0);
        self.follow_model(data);
        if self.max_length.show(ui, "Max Sequence Length", idle) {
            self.length_chosen = true;
        }
        gap(ui, 16.0);
        ui.add_enabled_ui(idle, |ui| {
            select(ui, "Padding Strategy", &mut self.padding);
            gap(ui, 16.0);
            select(ui, "Truncation Strategy", &mut self.truncation);
        });
        gap(ui, 16.0);
        toggle_row(ui, "Add Special Tokens", &mut self.special_tokens, idle);
        gap(ui, 16.0);
        toggle_row(ui, "Return Attention Mask", &mut self.attention_mask, idle);
    }

    /// The tokenizers of the workspace, and after them a way to add one.
    fn tokenizers(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool, commands: &mut Commands) {
        let mut names: Vec<String> =
            data.tokenizers.iter().map(|tokenizer| untrusted::line(&tokenizer.name, untrusted::LINE)).collect();
        let adds = names.len();
        names.push("Add…".to_owned());
        self.tokenizer = self.tokenizer.min(adds);
        Select::new("Tokenizer").enabled(idle).show(ui, &mut self.tokenizer, &names);
        if self.tokenizer != adds {
            return;
        }
        gap(ui, 16.0);
        tile(ui, |ui| {
            let busy = data.adding.is_waiting();
            let error = data.adding.failure().map(|why| untrusted::line(why, 2 * untrusted::LINE));
            TextField::new("Model Repository or Folder", &mut self.repository)
                .hint("e.g., openai-community/gpt2")
                .error(error.as_deref())
                .enabled(idle && !busy)
                .show(ui);
            gap(ui, 12.0);
            ui.horizontal(|ui| {
                let ready = idle && !self.repository.trim().is_empty();
                let words = busy.then_some("Adding...");
                let button = Button::secondary("Add from HuggingFace").icon(Icon::Download).enabled(ready).busy(words);
                if ui.add(button).clicked() {
                    commands.push(Command::AddTokenizerFromHub(self.repository.trim().to_owned()));
                }
                let file = Button::secondary("Add from File").icon(Icon::FolderOpen).enabled(idle && !busy);
                if ui.add(file).clicked() {
                    commands.push(Command::AddTokenizerFromFile);
                }
            });
        });
    }

    /// Until the user chooses a length, it is the usual one, or less where the model takes less.
    fn follow_model(&mut self, data: &Tokenization) {
        let takes = data.tokenizers.get(self.tokenizer).and_then(|tokenizer| tokenizer.model_max_length);
        let length = takes.unwrap_or(USUAL).clamp(1, USUAL);
        if !self.length_chosen && self.max_length.value() != Ok(length) {
            self.max_length.set(length);
        }
    }

    fn preview(
        &mut self,
        ui: &mut Ui,
        data: &Tokenization,
        settings: Option<&TokenizeSettings>,
        settings_changed: bool,
        commands: &mut Commands,
    ) {
        text(ui, Type::Section, Ink::Text, "Preview");
        gap(ui, 12.0);
        let too_long = self.sample.len() > PREVIEW;
        let limit = format!("Only the first {} are previewed.", units::size(PREVIEW as u64));
        let typed = TextField::new("Text to preview", &mut self.sample)
            .hint("Enter text to preview tokenization...")
            .hide_label()
            .rows(3)
            .error(too_long.then_some(limit.as_str()))
            .show(ui);
        gap(ui, 16.0);
        let ready = settings.is_some() && !self.sample.is_empty();
        let pressed = ui.add(Button::secondary("Tokenize Preview").enabled(ready)).clicked();
        // It follows what is typed, and once there is one, what is chosen.
        let follows = typed.changed() || (data.preview.state != AskedState::NotAsked && settings_changed);
        if ready
            && (pressed || follows)
            && let Some(settings) = settings
        {
            let text = untrusted::head(&self.sample, PREVIEW).to_owned();
            commands.push(Command::Preview(PreviewRequest { text, settings: settings.clone() }));
        }
        if let Some(why) = data.preview.failure() {
            gap(ui, 12.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
        } else if let Some(preview) = data.preview.answer.as_deref() {
            gap(ui, 12.0);
            tile(ui, |ui| {
                chips(ui, &preview.chips);
                gap(ui, 8.0);
                let mut words = units::counted(preview.tokens, "token");
                if preview.cut > 0 {
                    words = format!("{words} • {} cut off", units::count(preview.cut));
                }
                text(ui, Type::Small, Ink::Muted, words);
            });
        }
    }

    fn apply(&self, ui: &mut Ui, data: &Tokenization, settings: Option<TokenizeSettings>, commands: &mut Commands) {
        if let Some((words, share)) = &data.running {
            progress_row(ui, &untrusted::line(words, untrusted::LINE), *share);
            gap(ui, 16.0);
        }
        let button = Button::primary("Apply & Tokenize Dataset")
            .icon(Icon::CircleCheck)
            .enabled(settings.is_some() && data.writable)
            .busy(data.running.is_some().then_some("Processing Dataset..."));
        if ui.add(button).clicked()
            && let Some(settings) = settings
        {
            commands.push(Command::Tokenize(TokenizeRequest { dataset: self.dataset.clone(), settings }));
        }
        if let Some(error) = &data.error {
            gap(ui, 8.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(error, 2 * untrusted::LINE));
        }
    }
}

fn section(ui: &mut Ui) {
    gap(ui, PADDING);
    rule(ui);
    gap(ui, PADDING);
}

/// What there is of a tokenization; `true` when it is to be published.
fn result_tile(ui: &mut Ui, result: &TokenizationResult, writable: bool) -> bool {
    let shown = tile(ui, |ui| {
        let tokenizer = untrusted::line(&result.tokenizer, untrusted::LINE);
        let mut pressed = false;
        ui.horizontal(|ui| {
            text(ui, Type::Body, Ink::Text, &*tokenizer);
            if writable {
                let name = format!("Publish tokenization with {tokenizer}");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    pressed = ui.add(IconButton::new(Icon::Upload, &name).size(16.0)).clicked();
                });
            }
        });
        gap(ui, 4.0);
        let (rows, tokens) = (units::counted(result.rows, "row"), units::counted(result.tokens, "token"));
        let words = format!("{} • {rows} • {tokens}", untrusted::line(&result.settings, untrusted::LINE));
        text(ui, Type::Small, Ink::Muted, words);
        if let Some(warning) = &result.warning {
            gap(ui, 4.0);
            paragraph(ui, Type::Small, Ink::Warn, untrusted::line(warning, untrusted::LINE));
        }
        pressed
    });
    shown.inner
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

    use super::*;
    use crate::window::asked::Asked;
    use crate::window::model::{Preview, TokenizerChoice};
    use crate::window::testing;
    use crate::window::widgets::{Chip, ChipKind};

    struct Screen {
        tab: TokenizationTab,
        data: Tokenization,
        commands: Commands,
    }

    fn screen(data: Tokenization) -> Harness<'static, Screen> {
        let tab = TokenizationTab::new(DatasetId(Arc::from("ds_1")));
        testing::harness(
            |ui, state: &mut Screen| {
                egui::ScrollArea::vertical().show(ui, |ui| state.tab.ui(ui, &state.data, &mut state.commands));
            },
            Screen { tab, data, commands: Commands::default() },
        )
    }

    fn gpt2() -> Tokenization {
        let gpt2 = TokenizerChoice { name: "gpt2".to_owned(), vocabulary: 50_257, model_max_length: Some(1_024) };
        Tokenization { tokenizers: vec![gpt2], writable: true, ..Tokenization::default() }
    }

    #[test]
    fn pressing_the_button_sends_every_setting() {
        let mut harness = screen(gpt2());
        harness.get_by_label("Return Attention Mask").click();
        harness.run();
        let apply = harness.get_by_label("Apply & Tokenize Dataset");
        apply.scroll_to_me();
        harness.run();
        harness.get_by_label("Apply & Tokenize Dataset").click();
        harness.run();
        let given = harness.state_mut().commands.take();
        let [Command::Tokenize(request)] = &given[..] else { panic!("one command: {given:?}") };
        let settings = &request.settings;
        assert_eq!((settings.tokenizer.as_str(), settings.max_length), ("gpt2", 512));
        assert!(settings.special_tokens && !settings.attention_mask);
    }

    #[test]
    fn without_a_tokenizer_one_can_be_added_and_nothing_can_be_tokenized() {
        let mut harness = screen(Tokenization { tokenizers: vec![], ..gpt2() });
        assert!(harness.get_by_label("Apply & Tokenize Dataset").accesskit_node().is_disabled());
        harness.get(By::new().label("Model Repository or Folder").role(egui::Role::TextInput)).focus();
        harness.run();
        harness.event(egui::Event::Text("openai-community/gpt2".to_owned()));
        harness.run();
        harness.get_by_label("Add from HuggingFace").click();
        harness.run();
        let wanted = Command::AddTokenizerFromHub("openai-community/gpt2".to_owned());
        assert_eq!(harness.state_mut().commands.take(), [wanted]);
    }

    #[test]
    fn each_tokenization_can_be_published() {
        let result = |id: &str, tokenizer: &str| TokenizationResult {
            id: id.to_owned(),
            tokenizer: tokenizer.to_owned(),
            settings: "512 tokens".to_owned(),
            rows: 10,
            tokens: 100,
            warning: None,
        };
        let results = vec![result("tok_1", "gpt2"), result("tok_2", "llama")];
        let mut harness = screen(Tokenization { results, ..gpt2() });
        harness.get_by_label("Publish tokenization with llama").scroll_to_me();
        harness.run();
        harness.get_by_label("Publish tokenization with llama").click();
        harness.run();
        let wanted = Command::AskPublish(DatasetId(Arc::from("ds_1")), Some("tok_2".to_owned()));
        assert_eq!(harness.state_mut().commands.take(), [wanted]);
    }

    #[test]
    fn the_length_follows_a_model_that_takes_less() {
        let mut data = gpt2();
        data.tokenizers[0].model_max_length = Some(77);
        let mut harness = screen(data);
        harness.run();
        let state = harness.state();
        assert_eq!(state.tab.settings(&state.data).map(|settings| settings.max_length), Some(77));
    }

    #[test]
    fn a_preview_shows_its_tokens_and_follows_what_is_typed() {
        let chip = Chip { text: " the".to_owned(), id: 262, span: Some((0, 4)), kind: ChipKind::Text };
        let preview = Preview { chips: vec![chip], tokens: 1, cut: 0 };
        let mut harness = screen(Tokenization { preview: Asked::done(preview), ..gpt2() });
        harness.get_by_label("·the, id 262");
        harness.get_by_label("1 token");
        harness.get_by_label("Text to preview").focus();
        harness.run();
        harness.event(egui::Event::Text("hello".to_owned()));
        harness.run();
        let given = harness.state_mut().commands.take();
        assert!(matches!(&given[..], [Command::Preview(request)] if request.text == "hello"), "{given:?}");
    }
}
