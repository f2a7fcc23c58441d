//! The dialog that publishes a dataset or a tokenization. Nothing is sent before it has shown what would be.

use egui::{Id, Ui};
use mistudio_core::units;

use super::asked::Asked;
use super::command::{Command, Commands, Secret};
use super::model::{PublishForm, PublishOffer, PublishSubject};
use super::theme::{Icon, Ink, Type};
use super::untrusted;
use super::widgets::{Button, Modal, TextField, gap, paragraph, text, tile, toggle_row};

/// The most lines of a list that are shown.
const LISTED: usize = 8;

/// Longest card that is laid out, in bytes.
const CARD: usize = 16 * 1024;

/// What is typed and chosen in the dialog.
#[derive(Debug)]
pub struct PublishDialog {
    subject: PublishSubject,
    repository: String,
    config: String,
    token: String,
    private: bool,
    licence: String,
    replace: bool,
    shows_card: bool,
    /// What the newest plan was asked for.
    planned: Option<PublishForm>,
}

/// How things stand.
#[derive(Debug, Clone, Copy)]
pub struct PublishView<'a> {
    /// What publishing would change, as far as it was asked.
    pub offer: &'a Asked<PublishOffer>,
    /// Whether it is being begun.
    pub sending: bool,
    /// Why it could not be begun.
    pub error: Option<&'a str>,
}

impl PublishDialog {
    /// A dialog that knows what there is to know.
    pub fn new(subject: PublishSubject) -> Self {
        Self {
            repository: subject.repository.clone(),
            config: subject.config.clone(),
            licence: subject.licence.clone(),
            subject,
            token: String::new(),
            private: true,
            replace: false,
            shows_card: false,
            planned: None,
        }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &Ui, view: PublishView<'_>, commands: &mut Commands) {
        let subtitle = untrusted::line(&self.subject.name, untrusted::LINE);
        let modal = Modal::new(Id::unique("publish"), "Publish to HuggingFace").subtitle(&subtitle).width(720.0);
        if modal.show(ui, |ui| self.body(ui, view, commands)) {
            commands.push(Command::ClosePublish);
        }
    }

    fn body(&mut self, ui: &mut Ui, view: PublishView<'_>, commands: &mut Commands) {
        let busy = view.sending || view.offer.is_waiting();
        let entered = self.form(ui, view, !busy);
        let form = self.filled();
        let ready = !busy && !form.repository.is_empty();
        let is_current = self.planned.as_ref() == Some(&form);
        gap(ui, 16.0);
        let check = Button::secondary("Show What Will Be Published")
            .icon(Icon::Eye)
            .enabled(ready)
            .busy(view.offer.is_waiting().then_some("Asking the Hub..."));
        if ui.add(check).clicked() || (entered && ready) {
            self.planned = Some(form.clone());
            commands.push(Command::PlanPublish(form.clone()));
        }
        let offer = view.offer.answer.as_deref().filter(|_| is_current && view.offer.failure().is_none());
        if let Some(offer) = offer {
            gap(ui, 16.0);
            self.offer(ui, offer);
        }
        gap(ui, 16.0);
        let publish = Button::primary("Publish")
            .icon(Icon::Upload)
            .enabled(ready && offer.is_some())
            .busy(view.sending.then_some("Publishing..."));
        if ui.add(publish).clicked() {
            commands.push(Command::Publish(form));
        }
    }

    /// The fields; `true` where the user pressed Enter in one.
    fn form(&mut self, ui: &mut Ui, view: PublishView<'_>, enabled: bool) -> bool {
        let error = view.error.or(view.offer.failure()).map(|error| untrusted::line(error, 3 * untrusted::LINE));
        let repository = TextField::new("Dataset Repository", &mut self.repository)
            .hint("e.g., your-name/stories")
            .error(error.as_deref())
            .enabled(enabled)
            .show(ui);
        gap(ui, 16.0);
        let token =
            TextField::new("Access Token with write access (optional, else the one of this machine)", &mut self.token)
                .hint("hf_xxxxxxxxxxxxxxxxxxxx")
                .mono()
                .secret()
                .enabled(enabled)
                .show(ui);
        gap(ui, 16.0);
        let config = TextField::new("Config (optional)", &mut self.config).hint("default").enabled(enabled).show(ui);
        gap(ui, 16.0);
        let licence =
            TextField::new("Licence (optional)", &mut self.licence).hint("e.g., cc-by-4.0").enabled(enabled).show(ui);
        gap(ui, 16.0);
        toggle_row(ui, "Private Repository", &mut self.private, enabled);
        gap(ui, 16.0);
        toggle_row(ui, "Replace What Is There in the Same Place", &mut self.replace, enabled);
        let left = [repository, token, config, licence].iter().any(egui::Response::lost_focus);
        left && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    fn filled(&self) -> PublishForm {
        let given = |typed: &str| Some(typed.trim()).filter(|typed| !typed.is_empty()).map(str::to_owned);
        PublishForm {
            dataset: self.subject.dataset.clone(),
            tokenization: self.subject.tokenization.clone(),
            repository: self.repository.trim().to_owned(),
            config: given(&self.config),
            token: Secret::new(&self.token),
            private: self.private,
            // The one the data came with is taken by itself, and gives way to that of a card that is there.
            licence: given(&self.licence).filter(|licence| *licence != self.subject.licence),
            replace: self.replace,
        }
    }

    fn offer(&mut self, ui: &mut Ui, offer: &PublishOffer) {
        tile(ui, |ui| {
            for (name, value) in &offer.facts {
                line(ui, Ink::Label, &format!("{name}: {value}"));
            }
            gap(ui, 8.0);
            listed(ui, Ink::Label, offer.splits.iter().map(|(name, amount)| format!("{name} • {amount}")));
            if !offer.replaces.is_empty() {
                gap(ui, 8.0);
                line(ui, Ink::Warn, "What is replaced or goes:");
                listed(ui, Ink::Warn, offer.replaces.iter().cloned());
            }
        });
        gap(ui, 12.0);
        let (label, icon) =
            if self.shows_card { ("Hide the Card", Icon::ChevronDown) } else { ("Show the Card", Icon::ChevronRight) };
        if ui.add(Button::quiet(label).icon(icon)).clicked() {
            self.shows_card = !self.shows_card;
        }
        if self.shows_card {
            gap(ui, 12.0);
            let head = untrusted::head(&offer.card, CARD);
            tile(ui, |ui| {
                paragraph(ui, Type::Mono, Ink::Label, untrusted::block(head));
                if head.len() < offer.card.len() {
                    let rest = units::size((offer.card.len() - head.len()) as u64);
                    paragraph(ui, Type::Small, Ink::Muted, format!("The card goes on for another {rest}."));
                }
            });
        }
    }
}

fn line(ui: &mut Ui, ink: Ink, words: &str) {
    text(ui, Type::Small, ink, untrusted::line(words, untrusted::LINE));
}

fn listed(ui: &mut Ui, ink: Ink, lines: impl ExactSizeIterator<Item = String>) {
    let count = lines.len();
    for words in lines.take(LISTED) {
        line(ui, ink, &words);
    }
    if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
        text(ui, Type::Small, Ink::Muted, format!("and {} more", units::count(more as u64)));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

    use super::*;
    use crate::window::model::DatasetId;
    use crate::window::testing;

    struct Screen {
        dialog: PublishDialog,
        offer: Asked<PublishOffer>,
        error: Option<String>,
        commands: Commands,
    }

    fn screen() -> Harness<'static, Screen> {
        let subject = PublishSubject {
            dataset: DatasetId(Arc::from("ds_1")),
            tokenization: None,
            name: "TinyStories".to_owned(),
            repository: "me/stories".to_owned(),
            config: String::new(),
            licence: "mit".to_owned(),
        };
        testing::harness(
            |ui, screen: &mut Screen| {
                let view = PublishView { offer: &screen.offer, sending: false, error: screen.error.as_deref() };
                screen.dialog.ui(ui, view, &mut screen.commands);
            },
            Screen {
                dialog: PublishDialog::new(subject),
                offer: Asked::default(),
                error: None,
                commands: Commands::default(),
            },
        )
    }

    fn offer() -> PublishOffer {
        PublishOffer {
            facts: vec![("Repository".to_owned(), "me/stories, new, private".to_owned())],
            splits: vec![("train".to_owned(), "2,000 rows in 1 file, 1.0 MB".to_owned())],
            replaces: vec!["data/old.parquet".to_owned()],
            card: "---\nlicense: mit\n---\n# Stories\n".to_owned(),
        }
    }

    #[test]
    fn nothing_is_published_before_it_was_shown_and_a_change_asks_again() {
        let mut harness = screen();
        harness.run();
        assert!(harness.get_by_label("Publish").accesskit_node().is_disabled());
        harness.get_by_label("Show What Will Be Published").click();
        harness.run();
        let given = harness.state_mut().commands.take();
        let [Command::PlanPublish(form)] = &given[..] else { panic!("{given:?}") };
        assert_eq!((form.repository.as_str(), form.private, form.replace), ("me/stories", true, false));
        assert_eq!((form.licence.as_deref(), form.config.as_deref()), (None, None));
        harness.state_mut().offer.settle(Ok(offer()));
        harness.run();
        harness.get_by_label("Repository: me/stories, new, private");
        harness.get_by_label("train • 2,000 rows in 1 file, 1.0 MB");
        harness.get_by_label("data/old.parquet");
        let publish = harness.get_by_label("Publish");
        publish.scroll_to_me();
        harness.run();
        harness.get_by_label("Publish").click();
        harness.run();
        assert_eq!(harness.state_mut().commands.take(), [Command::Publish(form.clone())]);
        harness.get_by_label("Private Repository").click();
        harness.run();
        assert!(harness.get_by_label("Publish").accesskit_node().is_disabled(), "the plan was for another form");
        assert!(harness.query_by_label("data/old.parquet").is_none());
    }

    #[test]
    fn the_card_can_be_read_before_it_is_sent() {
        let mut harness = screen();
        harness.get_by_label("Show What Will Be Published").click();
        harness.run();
        harness.state_mut().offer.settle(Ok(offer()));
        harness.run();
        assert!(harness.query_by_label_contains("license: mit").is_none());
        harness.get_by_label("Show the Card").scroll_to_me();
        harness.run();
        harness.get_by_label("Show the Card").click();
        harness.run();
        harness.get_by_label_contains("license: mit");
    }

    #[test]
    fn a_refusal_stands_under_the_repository_and_the_token_is_not_shown() {
        let mut harness = screen();
        harness.get(By::new().label_contains("Access Token").role(egui::Role::PasswordInput)).focus();
        harness.run();
        harness.event(egui::Event::Text("hf_abc".to_owned()));
        harness.run();
        assert!(harness.query_by_label_contains("hf_abc").is_none());
        harness.state_mut().error = Some("Repository 'me/stories' holds other data: a.".to_owned());
        harness.run();
        harness.get_by_label("Repository 'me/stories' holds other data: a.");
        harness.key_press(egui::Key::Escape);
        harness.run_steps(2);
        assert_eq!(harness.state_mut().commands.take().last(), Some(&Command::ClosePublish));
    }
}
