//! What the choice costs, and the button that takes it.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};
use mistudio_core::studio::DiskEstimate;
use mistudio_core::units;

use super::InspectView;
use super::selection::Selection;
use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::Inspected;
use crate::window::theme::{GAP, Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, gap, paragraph, text};

pub(super) const HEIGHT: f32 = 96.0;
const BUTTON: f32 = 384.0;

pub(super) fn ui(
    ui: &mut Ui,
    view: InspectView<'_>,
    inspected: &Inspected,
    selection: &Selection,
    commands: &mut Commands,
) {
    let inside = ui.max_rect();
    let (configs, files) = selection.counts(inspected);
    let estimate = selection.estimate(inspected);
    let shortage = estimate.shortage().map(|shortage| shortage.to_string());
    let sending = *view.submission == AskedState::Waiting;

    let button_width = BUTTON.min(inside.width() / 2.0);
    let words = Rect::from_min_max(inside.min, pos2(inside.right() - button_width - GAP, inside.bottom()));
    let mut left = ui.new_child(UiBuilder::new().id_salt("words").max_rect(words));
    left.spacing_mut().item_spacing.y = 0.0;
    let refused = match view.submission {
        AskedState::Failed(why) => Some(why.as_str()),
        _ => shortage.as_deref(),
    };
    said(&mut left, inspected, refused, (configs, files), &estimate);

    let place =
        Rect::from_min_size(pos2(inside.right() - button_width, inside.center().y - 24.0), vec2(button_width, 48.0));
    let label = match configs {
        0 | 1 => "Download Dataset from HuggingFace".to_owned(),
        several => format!("Download {several} Datasets from HuggingFace"),
    };
    let ready = view.writable && configs > 0 && shortage.is_none() && !view.answer.is_waiting();
    let button = Button::primary(&label)
        .icon(Icon::Download)
        .enabled(ready && !sending)
        .busy(sending.then_some("Downloading..."));
    let mut right = ui.new_child(UiBuilder::new().id_salt("button").max_rect(place));
    if right.add(button).clicked() {
        commands.push(Command::DownloadChosen(selection.chosen(inspected)));
    }
}

/// What is chosen and what it needs, or what is in the way.
fn said(
    ui: &mut Ui,
    inspected: &Inspected,
    refused: Option<&str>,
    (configs, files): (usize, u64),
    estimate: &DiskEstimate,
) {
    let free = units::size(estimate.free_bytes);
    if let Some(refused) = refused {
        gap(ui, 16.0);
        paragraph(ui, Type::Small, Ink::Error, untrusted::line(refused, untrusted::LINE));
        return;
    }
    gap(ui, 26.0);
    if configs == 0 {
        let what = if inspected.problem.is_some() {
            "Nothing of this revision can be downloaded"
        } else if inspected.configs.len() > 1 {
            "Tick the configs to download"
        } else {
            "Tick the splits to download"
        };
        text(ui, Type::Body, Ink::Muted, what);
        gap(ui, 2.0);
        text(ui, Type::Small, Ink::Muted, format!("{free} free"));
        return;
    }
    let several = if configs > 1 { format!(" of {configs} configs") } else { String::new() };
    let chosen = units::size(estimate.selected_bytes);
    text(ui, Type::Body, Ink::Text, format!("{chosen} in {}{several}", units::counted(files, "file")));
    gap(ui, 2.0);
    let needs = match estimate.processing_bytes {
        0 => format!("{free} free"),
        added => format!("Processing adds up to {} • {free} free", units::size(added)),
    };
    text(ui, Type::Small, Ink::Muted, needs);
}
