//! A new tokenizer, trained on the dataset.

use egui::Ui;
use mistudio_core::tokenizer::{TrainKind, TrainSettings};

use super::rows::offer;
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Tokenization, TrainForm};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, NumberField, TextField, gap, progress_row, text, tile, toggle_row};

/// The largest vocabulary that can be typed.
const LARGEST: u64 = 2_000_000;

/// What is typed and chosen to train a tokenizer.
#[derive(Debug)]
pub(super) struct TrainPart {
    name: String,
    kind: TrainKind,
    vocab_size: NumberField,
    min_frequency: NumberField,
    special_tokens: String,
    lowercase: bool,
    limited: bool,
    megabytes: NumberField,
}

impl Default for TrainPart {
    fn default() -> Self {
        let mut part = Self {
            name: String::new(),
            kind: TrainKind::Bpe,
            vocab_size: NumberField::new(0, 1..=LARGEST),
            min_frequency: NumberField::new(2, 1..=u64::MAX),
            special_tokens: String::new(),
            lowercase: false,
            limited: false,
            megabytes: NumberField::new(1_024, 1..=1 << 20),
        };
        part.follow_kind();
        part
    }
}

impl TrainPart {
    /// What is usual for the kind.
    fn follow_kind(&mut self) {
        let usual = TrainSettings::defaults(self.kind);
        self.vocab_size.set(usual.vocab_size as u64);
        self.lowercase = usual.lowercase;
    }

    /// What is asked for, if it is complete.
    fn settings(&self) -> Option<TrainSettings> {
        let usual = TrainSettings::defaults(self.kind);
        let weighs_pairs = usual.min_frequency.is_some();
        Some(TrainSettings {
            vocab_size: self.vocab_size.value().ok()? as usize,
            min_frequency: if weighs_pairs { Some(self.min_frequency.value().ok()?) } else { None },
            special_tokens: self.special_tokens.split_whitespace().map(str::to_owned).collect(),
            lowercase: self.lowercase,
            max_bytes: if self.limited { Some(self.megabytes.value().ok()? << 20) } else { None },
            ..usual
        })
    }

    /// Draws it; training takes the text column and the splits that are chosen for tokenizing.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        (dataset, data): (&DatasetId, &Tokenization),
        idle: bool,
        commands: &mut Commands,
    ) {
        tile(ui, |ui| {
            text(ui, Type::Small, Ink::Muted, "Or trained on the texts of this dataset.");
            gap(ui, 12.0);
            let error = data.training.failure().map(|why| untrusted::line(why, 4 * untrusted::LINE));
            TextField::new("Name of the New Tokenizer", &mut self.name)
                .hint("e.g., my-bpe-8k")
                .error(error.as_deref())
                .enabled(idle)
                .show(ui);
            gap(ui, 12.0);
            let before = self.kind;
            offer(ui, idle, "Kind", &mut self.kind);
            if before != self.kind {
                self.follow_kind();
            }
            gap(ui, 12.0);
            self.vocab_size.show(ui, "Vocabulary Size", idle);
            gap(ui, 12.0);
            if self.kind != TrainKind::Unigram {
                self.min_frequency.show(ui, "Least Frequency of a Pair", idle);
                gap(ui, 12.0);
            }
            let own = self.kind.own_tokens().join(" ");
            TextField::new("More Special Tokens, Parted by Spaces", &mut self.special_tokens)
                .hint(&format!("beside {own}"))
                .enabled(idle)
                .show(ui);
            gap(ui, 12.0);
            toggle_row(ui, "Lower-Case All Text", &mut self.lowercase, idle);
            gap(ui, 12.0);
            toggle_row(ui, "Read Only the First Part of the Text", &mut self.limited, idle);
            if self.limited {
                gap(ui, 12.0);
                self.megabytes.show(ui, "Megabytes of Text", idle);
            }
            gap(ui, 12.0);
            if let Some((words, share)) = &data.training_running {
                progress_row(ui, &untrusted::line(words, untrusted::LINE), *share);
                gap(ui, 12.0);
            }
            let settings = self.settings().filter(|_| !self.name.trim().is_empty());
            let busy = (data.training_running.is_some() || data.training.is_waiting()).then_some("Training...");
            let button = Button::secondary("Train Tokenizer")
                .icon(Icon::GraduationCap)
                .enabled(idle && settings.is_some())
                .busy(busy);
            if ui.add(button).clicked()
                && let Some(settings) = settings
            {
                let name = self.name.trim().to_owned();
                commands.push(Command::TrainTokenizer(TrainForm { dataset: dataset.clone(), name, settings }));
            }
        });
    }
}
