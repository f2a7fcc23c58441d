//! The tokenizations that are there: what is in them, and what can be done with them.

use egui::{Align, Layout, Ui};
use mistudio_core::export::Format;
use mistudio_core::units;

use crate::window::command::{Command, Commands};
use crate::window::model::{
    AuditFinding, DatasetId, ExportForm, RowAudit, RunningWork, Tokenization, TokenizationResult, TokenizeSettings,
};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, IconButton, Select, gap, paragraph, progress_row, select, text, tile};

/// Width of the names of what an audit counted.
const NAMES: f32 = 280.0;

/// What is open.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The one whose audit is shown.
    audited: Option<String>,
    /// The one that is to be exported, and the format.
    exporting: Option<String>,
    format: Option<Format>,
    /// 0 is all splits, then the splits in order.
    split: usize,
}

impl Results {
    /// Draws them. Returns the settings of one that are to be used again.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        data: &Tokenization,
        commands: &mut Commands,
    ) -> Option<TokenizeSettings> {
        text(ui, Type::Section, Ink::Text, "Tokenizations");
        let mut again = None;
        for result in &data.results {
            gap(ui, 12.0);
            tile(ui, |ui| {
                if self.one(ui, (dataset, data), result, commands) {
                    again.clone_from(&result.made_with);
                }
            });
        }
        again
    }

    fn one(
        &mut self,
        ui: &mut Ui,
        (dataset, data): (&DatasetId, &Tokenization),
        result: &TokenizationResult,
        commands: &mut Commands,
    ) -> bool {
        let writable = data.writable;
        let mut again = false;
        let tokenizer = untrusted::line(&result.tokenizer, untrusted::LINE);
        let is_open = self.audited.as_ref() == Some(&result.id);
        ui.horizontal(|ui| {
            text(ui, Type::Body, Ink::Text, &*tokenizer);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let action = |ui: &mut Ui, icon, name: &str| {
                    ui.add(IconButton::new(icon, &format!("{name} with {tokenizer}")).size(16.0)).clicked()
                };
                if writable && action(ui, Icon::Trash2, "Delete tokenization") {
                    commands.push(Command::AskDeleteTokenization(dataset.clone(), result.id.clone()));
                }
                if action(ui, Icon::FolderOutput, "Export tokenization") {
                    let is_chosen = self.exporting.as_ref() == Some(&result.id);
                    self.exporting = (!is_chosen).then(|| result.id.clone());
                }
                if writable && action(ui, Icon::Upload, "Publish tokenization") {
                    commands.push(Command::AskPublish(dataset.clone(), Some(result.id.clone())));
                }
                if result.made_with.is_some() {
                    again = action(ui, Icon::RotateCcw, "Use again the settings of the tokenization");
                }
                let icon = if is_open { Icon::ChevronUp } else { Icon::ClipboardCheck };
                let name = if is_open { "Close the audit of the tokenization" } else { "Audit of the tokenization" };
                if action(ui, icon, name) {
                    self.audited = (!is_open).then(|| result.id.clone());
                }
            });
        });
        gap(ui, 4.0);
        let (rows, tokens) = (units::counted(result.rows, "row"), units::counted(result.tokens, "token"));
        let words = format!("{} • {rows} • {tokens}", untrusted::line(&result.settings, untrusted::LINE));
        paragraph(ui, Type::Small, Ink::Muted, words);
        if !result.left_out.is_empty() {
            gap(ui, 4.0);
            let words = format!("Not in the rows: {}", result.left_out.join(" • "));
            paragraph(ui, Type::Small, Ink::Label, untrusted::line(&words, 2 * untrusted::LINE));
        }
        if let Some(warning) = &result.warning {
            gap(ui, 4.0);
            paragraph(ui, Type::Small, Ink::Warn, untrusted::line(warning, untrusted::LINE));
        }
        if let Some(RunningWork { words, share }) = &result.running {
            gap(ui, 12.0);
            progress_row(ui, &untrusted::line(words, untrusted::LINE), *share);
            gap(ui, 8.0);
            if ui.add(Button::secondary("Stop")).clicked() {
                commands.push(Command::StopRowWork(result.id.clone()));
            }
        }
        if self.exporting.as_ref() == Some(&result.id) {
            gap(ui, 12.0);
            self.export(ui, result, &data.splits, commands);
        }
        if is_open {
            gap(ui, 12.0);
            audit(ui, result, commands);
        }
        again
    }

    fn export(&mut self, ui: &mut Ui, result: &TokenizationResult, splits: &[String], commands: &mut Commands) {
        let idle = result.running.is_none();
        let words = "The result is Parquet already: datasets, polars, DuckDB and SAELens load it from the workspace.";
        paragraph(ui, Type::Small, Ink::Muted, words);
        gap(ui, 8.0);
        let format = self.format.get_or_insert(Format::Hf);
        select(ui, "Export as", format);
        gap(ui, 12.0);
        let mut names = vec!["All Splits".to_owned()];
        names.extend(splits.iter().map(|split| untrusted::line(split, untrusted::LINE)));
        Select::new("Split to Export").show(ui, &mut self.split, &names);
        gap(ui, 12.0);
        if ui.add(Button::secondary("Choose a Folder...").icon(Icon::FolderOpen).enabled(idle)).clicked() {
            let split = self.split.checked_sub(1).and_then(|place| splits.get(place)).cloned();
            let form = ExportForm { tokenization: result.id.clone(), format: *format, split };
            commands.push(Command::ExportTokenization(form));
            self.exporting = None;
        }
    }
}

fn audit(ui: &mut Ui, result: &TokenizationResult, commands: &mut Commands) {
    for (name, value) in &result.audit {
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(NAMES, 20.0), |ui| {
                ui.set_width(NAMES);
                text(ui, Type::Small, Ink::Muted, untrusted::line(name, untrusted::LINE));
            });
            text(ui, Type::Small, Ink::Label, untrusted::line(value, untrusted::LINE));
        });
        gap(ui, 4.0);
    }
    for note in &result.notes {
        gap(ui, 4.0);
        paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, 4 * untrusted::LINE));
    }
    gap(ui, 12.0);
    match &result.checked {
        None => {}
        Some(Err(why)) => {
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 4 * untrusted::LINE));
            gap(ui, 8.0);
        }
        Some(Ok(checked)) => {
            checked_again(ui, checked);
            gap(ui, 8.0);
        }
    }
    let button = Button::secondary("Check the Files Again").icon(Icon::ClipboardCheck);
    if ui.add(button.enabled(result.running.is_none())).clicked() {
        commands.push(Command::AuditTokenization(result.id.clone()));
    }
}

/// What an audit of the files found.
fn checked_again(ui: &mut Ui, checked: &RowAudit) {
    let (rows, tokens) = (units::counted(checked.rows, "row"), units::counted(checked.tokens, "token"));
    let any = |is: fn(&AuditFinding) -> bool| checked.findings.iter().any(is);
    let (verdict, ink) = if any(|finding| finding.is_error) {
        ("Something is wrong", Ink::Error)
    } else if any(|finding| finding.is_warning) {
        ("No errors, but something to look at", Ink::Warn)
    } else {
        ("Nothing is wrong", Ink::Accent)
    };
    text(ui, Type::Small, ink, format!("{verdict}: {rows} with {tokens} were read."));
    for finding in &checked.findings {
        gap(ui, 4.0);
        let ink = match (finding.is_error, finding.is_warning) {
            (true, _) => Ink::Error,
            (false, true) => Ink::Warn,
            (false, false) => Ink::Muted,
        };
        paragraph(ui, Type::Small, ink, untrusted::line(&finding.message, 4 * untrusted::LINE));
        if !finding.first.is_empty() {
            let places = format!("First in {}", finding.first.join(", "));
            paragraph(ui, Type::Meta, Ink::Faint, untrusted::line(&places, 2 * untrusted::LINE));
        }
    }
}
