//! Turning the dataset into tokens: the settings, a preview, and what is there already.

mod form;
mod preview;
mod results;

use egui::Ui;

use self::form::Form;
use self::preview::PreviewPart;
use self::results::Results;
use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Tokenization, TokenizeRequest, TokenizeSettings};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, gap, paragraph, progress_row, rule};

/// What is typed and chosen on this tab.
#[derive(Debug)]
pub struct TokenizationTab {
    dataset: DatasetId,
    form: Form,
    preview: PreviewPart,
    results: Results,
}

impl TokenizationTab {
    /// The usual settings.
    pub fn new(dataset: DatasetId) -> Self {
        Self { dataset, form: Form::new(), preview: PreviewPart::default(), results: Results::default() }
    }

    /// The settings, if they are complete.
    pub fn settings(&self, data: &Tokenization) -> Option<TokenizeSettings> {
        self.form.settings(data)
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, data: &Tokenization, commands: &mut Commands) {
        let before = self.settings(data);
        self.form.ui(ui, &self.dataset, data, commands);
        let settings = self.settings(data);
        section(ui);
        self.preview.ui(ui, &self.dataset, data, (settings.as_ref(), before != settings), commands);
        section(ui);
        self.apply(ui, data, settings, commands);
        if !data.results.is_empty() {
            section(ui);
            if let Some(settings) = self.results.ui(ui, &self.dataset, data, commands) {
                self.form.set(&settings, data);
            }
        }
    }

    fn apply(&self, ui: &mut Ui, data: &Tokenization, settings: Option<TokenizeSettings>, commands: &mut Commands) {
        if let Some((words, share)) = &data.running {
            progress_row(ui, &untrusted::line(words, untrusted::LINE), *share);
            gap(ui, 16.0);
        }
        // Settings that could not even be checked say why when they are applied.
        let checked = data.problems.answer.as_deref().filter(|_| data.problems.state == AskedState::Done);
        let has_problem = checked.is_some_and(|problems| !problems.is_empty());
        let button = Button::primary("Apply & Tokenize Dataset")
            .icon(Icon::CircleCheck)
            .enabled(settings.is_some() && data.writable && !has_problem)
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

#[cfg(test)]
mod tests {
    mod forms;

    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

    use super::*;
    use crate::window::asked::Asked;
    use mistudio_core::tokenize::{Layout, Settings, Side};

    use crate::window::model::{
        Preview, PreviewRow, PreviewSubject, SettingProblem, TokenizationResult, TokenizerChoice, TokenizerFacts,
    };
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
        let gpt2 = TokenizerChoice { name: "gpt2".to_owned() };
        Tokenization { tokenizers: vec![gpt2], writable: true, ..Tokenization::default() }
    }

    /// What was asked for, apart from the settings' own checks.
    fn taken(harness: &mut Harness<'static, Screen>) -> Vec<Command> {
        let mut given = harness.state_mut().commands.take();
        given.retain(|command| !matches!(command, Command::CheckSettings(_) | Command::LookAtTokenizer(_)));
        given
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
        let given = taken(&mut harness);
        let [Command::Tokenize(request)] = &given[..] else { panic!("one command: {given:?}") };
        let settings = &request.settings;
        assert_eq!((settings.tokenizer.as_str(), settings.rows.max_length), ("gpt2", 512));
        assert!(settings.rows.add_special_tokens && !settings.rows.return_attention_mask);
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
        assert_eq!(taken(&mut harness), [wanted]);
    }

    #[test]
    fn each_tokenization_can_be_published() {
        let result = |id: &str, tokenizer: &str| TokenizationResult {
            id: id.to_owned(),
            tokenizer: tokenizer.to_owned(),
            settings: "512 tokens".to_owned(),
            left_out: vec![],
            rows: 10,
            tokens: 100,
            warning: None,
            made_with: None,
            running: None,
            checked: None,
            audit: vec![("Rows starting with BOS".to_owned(), "10 (100.0 %)".to_owned())],
            notes: vec![],
        };
        let results = vec![result("tok_1", "gpt2"), result("tok_2", "llama")];
        let mut harness = screen(Tokenization { results, ..gpt2() });
        harness.get_by_label("Publish tokenization with llama").scroll_to_me();
        harness.run();
        harness.get_by_label("Publish tokenization with llama").click();
        harness.run();
        let wanted = Command::AskPublish(DatasetId(Arc::from("ds_1")), Some("tok_2".to_owned()));
        assert_eq!(taken(&mut harness), [wanted]);
    }

    #[test]
    fn the_length_follows_a_model_that_takes_less() {
        let facts = TokenizerFacts {
            name: "gpt2".to_owned(),
            suggested: Settings { max_length: 77, padding_side: Side::Left, ..Settings::default() },
            lines: vec!["BPE, 50,257 tokens".to_owned()],
            notes: vec![],
        };
        let mut harness = screen(Tokenization { facts: Asked::done(facts), ..gpt2() });
        harness.run();
        let state = harness.state();
        let settings = state.tab.settings(&state.data).map(|settings| settings.rows);
        let wanted = settings.map(|rows| (rows.max_length, rows.padding_side));
        assert_eq!(wanted, Some((77, Side::Left)));
        harness.get_by_label("BPE, 50,257 tokens");
    }

    #[test]
    fn a_preview_shows_its_tokens_and_follows_what_is_typed() {
        let chip = Chip { text: " the".to_owned(), id: 262, span: Some((0, 4)), kind: ChipKind::Text };
        let row = PreviewRow { chips: vec![chip], length: 1, ..PreviewRow::default() };
        let preview = Preview { rows: vec![row], tokens: 1, ..Preview::default() };
        let mut harness = screen(Tokenization { preview: Asked::done(preview), ..gpt2() });
        harness.get_by_label("·the, id 262");
        harness.get_by_label("1 token");
        harness.get_by_label("Text to preview").focus();
        harness.run();
        harness.event(egui::Event::Text("hello".to_owned()));
        harness.run();
        let given = taken(&mut harness);
        let hello = PreviewSubject::Text("hello".to_owned());
        assert!(matches!(&given[..], [Command::Preview(request)] if request.subject == hello), "{given:?}");
    }

    /// Chooses another layout.
    fn choose_layout(harness: &mut Harness<'static, Screen>, label: &str) {
        harness.get(By::new().label("Layout").role(egui::Role::ComboBox)).click();
        harness.run();
        harness.get_by_label(label).click();
        harness.run();
    }

    fn has_list(harness: &Harness<'static, Screen>, label: &str) -> bool {
        harness.query(By::new().label(label).role(egui::Role::ComboBox)).is_some()
    }

    #[test]
    fn each_layout_shows_its_own_fields_and_is_checked_anew() {
        let mut harness = screen(gpt2());
        assert!(has_list(&harness, "Truncation Strategy"));
        choose_layout(&mut harness, "Split Long Samples (windows with stride)");
        assert!(!has_list(&harness, "Truncation Strategy") && has_list(&harness, "Padding Strategy"));
        harness.state_mut().commands.take();
        choose_layout(&mut harness, "Packed Contexts (fixed length)");
        assert!(!has_list(&harness, "Padding Strategy") && has_list(&harness, "Token between Samples"));
        assert!(harness.query_by_label("Return Attention Mask").is_none());
        let given = harness.state_mut().commands.take();
        let [Command::CheckSettings(settings)] = &given[..] else { panic!("one check: {given:?}") };
        assert_eq!(settings.rows.layout, Layout::Packed);
    }

    #[test]
    fn a_problem_stands_under_its_field_and_nothing_can_be_tokenized() {
        let message = "stride must be less than the 6 tokens of a text that a window holds; it is 6".to_owned();
        let problems = Asked::done(vec![SettingProblem { setting: "stride", message }]);
        let mut harness = screen(Tokenization { problems, ..gpt2() });
        assert!(harness.query_by_label_contains("Stride must be less").is_none(), "it is no setting of this layout");
        choose_layout(&mut harness, "Split Long Samples (windows with stride)");
        harness.get_by_label("Stride must be less than the 6 tokens of a text that a window holds; it is 6.");
        assert!(harness.get_by_label("Apply & Tokenize Dataset").accesskit_node().is_disabled());
    }

    #[test]
    fn a_preview_shows_where_rows_begin_and_that_the_last_goes_on() {
        let chip = |text: &str| Chip { text: text.to_owned(), id: 1, span: None, kind: ChipKind::Text };
        let row = |text: &str, unfinished| PreviewRow {
            chips: vec![chip(text)],
            length: 1,
            unfinished,
            ..PreviewRow::default()
        };
        let preview = Preview { rows: vec![row("a", false), row("b", true)], tokens: 2, ..Preview::default() };
        let harness = screen(Tokenization { preview: Asked::done(preview), ..gpt2() });
        harness.get_by_label("Row 1 • 1 token");
        harness.get_by_label("Row 2 • 1 token • goes on with the next sample");
        harness.get_by_label("2 tokens • 2 rows");
    }
}
