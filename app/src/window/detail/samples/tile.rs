//! Samples as tiles.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};
use mistudio_core::units;
use serde_json::Value;

use super::marked::Part;
use super::{SamplesTab, title_of};
use crate::window::command::{Command, Commands, CopyForm, SampleKey};
use crate::window::model::{PartMarks, Sample, SamplePage, Samples};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{IconButton, gap, paragraph, text, tile};

/// Text that a closed sample lays out, in bytes: more than three lines of the widest window.
pub(super) const CLOSED: usize = 2 * 1024;
/// Space between tiles.
const BETWEEN: f32 = 12.0;
/// Tiles this far out of sight are still drawn, so that Tab finds the next one.
const NEAR: f32 = 400.0;
/// Other columns named under a sample.
const FACTS: usize = 6;

/// How high the closed tiles of a page are, so that those out of sight need not be laid out.
#[derive(Debug, Default)]
pub(super) struct Heights {
    of: usize,
    width: f32,
    known: HashMap<SampleKey, f32>,
}

impl Heights {
    /// Forgets what was measured of another page or at another width.
    fn keep_for(&mut self, page: &Arc<SamplePage>, width: f32) {
        let of = Arc::as_ptr(page) as usize;
        if self.of != of || (self.width - width).abs() > 0.5 {
            *self = Self { of, width, known: HashMap::new() };
        }
    }
}

impl SamplesTab {
    pub(super) fn tiles(&mut self, ui: &mut Ui, page: &Arc<SamplePage>, samples: &Samples, commands: &mut Commands) {
        self.heights.keep_for(page, ui.available_width());
        for (place, sample) in page.rows.iter().enumerate() {
            if place > 0 {
                gap(ui, BETWEEN);
            }
            let is_open = self.open.contains_key(&sample.key);
            if let Some(height) = self.heights.known.get(&sample.key).filter(|_| !is_open) {
                let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), *height));
                if !ui.clip_rect().expand(NEAR).intersects(rect) {
                    ui.allocate_space(rect.size());
                    continue;
                }
            }
            let id = ui.push_id((&sample.key.split, sample.key.row), |ui| self.sample(ui, sample, samples, commands));
            if !is_open {
                self.heights.known.insert(sample.key.clone(), id.response.rect.height());
            }
        }
    }

    /// Draws one sample.
    pub(super) fn sample(&mut self, ui: &mut Ui, sample: &Sample, samples: &Samples, commands: &mut Commands) {
        let open = self.open.contains_key(&sample.key);
        tile(ui, |ui| {
            self.head(ui, sample, samples, open, commands);
            gap(ui, 8.0);
            if open {
                self.whole(ui, sample, samples, commands);
            } else {
                // A line break at the end is no line of its own.
                let shown = untrusted::head(&sample.text, CLOSED).trim_end();
                let marks = self.marks(&sample.key, samples);
                Part { shown, start: sample.start, hits: &sample.hits, marks, cut: true }.show(ui, 3);
            }
            if let Some(Err(why)) = self.part_marks(&sample.key, samples).map(|marks| marks.found.as_ref()) {
                gap(ui, 4.0);
                paragraph(ui, Type::Meta, Ink::Error, untrusted::line(why, untrusted::LINE));
            }
            gap(ui, 8.0);
            text(ui, Type::Meta, Ink::Faint, self.meta(sample, samples));
        });
    }

    fn head(&mut self, ui: &mut Ui, sample: &Sample, samples: &Samples, open: bool, commands: &mut Commands) {
        const ICONS: f32 = 4.0 * 24.0;
        let title = title_of(&sample.key);
        let (_, line) = ui.allocate_space(vec2(ui.available_width(), 16.0));
        let galley = Type::Meta.line(ui, Ink::Faint, &title, line.width() - ICONS - 8.0);
        ui.painter().galley(line.min, galley, Ink::Faint.color());
        // The icons are taller than the line they stand in.
        let right = Rect::from_min_max(
            pos2(line.right() - ICONS, line.top() - 4.0),
            pos2(line.right() + 4.0, line.top() + 20.0),
        );
        let layout = Layout::right_to_left(Align::Center);
        let mut buttons = ui.new_child(UiBuilder::new().id_salt("buttons").max_rect(right).layout(layout));
        buttons.spacing_mut().item_spacing.x = 0.0;
        let (icon, does) = if open { (Icon::ChevronUp, "Close") } else { (Icon::ChevronDown, "Expand") };
        if buttons.add(IconButton::new(icon, &format!("{does} {title}")).size(16.0)).clicked() {
            self.turn(&sample.key);
        }
        for (icon, name, form) in [(Icon::Copy, "Copy", CopyForm::Text), (Icon::Braces, "Copy as JSON", CopyForm::Json)]
        {
            if buttons.add(IconButton::new(icon, &format!("{name} {title}")).size(16.0)).clicked() {
                commands.push(self.copy(sample, samples, form));
            }
        }
        let picked = self.picked.contains(&sample.key);
        let (icon, does) = if picked { (Icon::SquareCheckBig, "Unpick") } else { (Icon::Square, "Pick") };
        if buttons.add(IconButton::new(icon, &format!("{does} {title}")).size(16.0)).clicked() {
            self.turn_pick(&sample.key);
        }
    }

    /// Opens a closed sample, and closes an open one.
    pub(super) fn turn(&mut self, key: &SampleKey) {
        if self.open.remove(key).is_none() {
            self.open.insert(key.clone(), 0);
        }
    }

    pub(super) fn turn_pick(&mut self, key: &SampleKey) {
        if !self.picked.remove(key) {
            self.picked.insert(key.clone());
        }
    }

    /// Copies at once what is here, and asks for the rest first where something is not.
    fn copy(&self, sample: &Sample, samples: &Samples, form: CopyForm) -> Command {
        let whole = samples.whole.get(&sample.key).and_then(|whole| whole.answer.as_deref());
        let here = match form {
            CopyForm::Text => {
                whole.map(|whole| whole.text.clone()).or_else(|| sample.whole.then(|| sample.text.clone()))
            }
            CopyForm::Json => {
                let values = whole.map(|whole| &whole.values).or_else(|| sample.complete.then_some(&sample.values));
                values.map(|values| Value::Object(values.clone()).to_string())
            }
        };
        match here {
            Some(here) => Command::Copy(here),
            None => Command::CopySample(self.dataset.clone(), sample.key.clone(), form),
        }
    }

    fn meta(&self, sample: &Sample, samples: &Samples) -> String {
        let mut words = format!("Length: {} chars", units::count(sample.chars));
        if let Some(tokens) = self.tokens_of(&sample.key, samples) {
            words = format!("{words} • {tokens}");
        }
        let others = sample.values.keys().filter(|name| Some(*name) != samples.text_column.as_ref());
        for name in others.take(FACTS) {
            let value = sample.lines.get(name).map_or("…", String::as_str);
            let (name, value) = (title(&untrusted::line(name, 40)), untrusted::line(value, 80));
            words = format!("{words} • {name}: {value}");
        }
        words
    }

    /// The number of tokens in words, where one is asked for and here.
    pub(super) fn tokens_of(&self, key: &SampleKey, samples: &Samples) -> Option<String> {
        let lens = self.lens(samples)?;
        if samples.tokens.request.as_ref().is_none_or(|request| request.lens != lens.lens) {
            return None;
        }
        let counted = samples.tokens.counts.get(key)?;
        Some(counted.map_or_else(|| "not tokenized".to_owned(), |tokens| units::counted(tokens, "token")))
    }

    /// The tokens to be drawn in a sample's text, as far as they are here.
    pub(super) fn marks<'a>(&self, key: &SampleKey, samples: &'a Samples) -> &'a [crate::window::model::TokenMark] {
        self.part_marks(key, samples).and_then(|marks| marks.found.as_deref().ok()).unwrap_or_default()
    }

    /// What is known of the tokens in a sample's text, where they are to be drawn: those of the part that was on screen
    /// last, while those of another are on their way.
    pub(super) fn part_marks<'a>(&self, key: &SampleKey, samples: &'a Samples) -> Option<&'a PartMarks> {
        let lens = self.lens(samples).filter(|_| self.shows_tokens)?;
        let asked = samples.tokens.request.as_ref().filter(|request| !request.parts.is_empty())?;
        samples.tokens.marks.get(key).filter(|_| asked.lens == lens.lens)
    }
}

/// A column's name as a caption: `web_source` is "Web source".
fn title(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
