//! What the dataset is.

use egui::{Ui, vec2};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};
use mistudio_core::units;

use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Overview, ReadingFacts};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, Select, StatTile, fact_tile, gap, paragraph, stat_tiles, text, tile, tile_columns,
};

/// Longest description that is laid out, in bytes. A dataset card may be a book.
const DESCRIPTION: usize = 32 * 1024;

/// What the Markdown of the description needs to remember between frames.
#[derive(Default)]
pub(super) struct OverviewTab {
    markdown: CommonMarkCache,
}

impl OverviewTab {
    pub(super) fn ui(&mut self, ui: &mut Ui, dataset: &DatasetId, overview: &Overview, commands: &mut Commands) {
        text(ui, Type::Card, Ink::Text, "Dataset Information");
        gap(ui, 16.0);
        tile_columns(ui, 2, overview.facts.len(), 84.0, |ui, place| {
            let (label, value) = &overview.facts[place];
            fact_tile(ui, label, &untrusted::line(value, untrusted::LINE));
        });
        if overview.text_columns.len() > 1 {
            gap(ui, 16.0);
            let mut place = overview.text_column;
            let names: Vec<String> =
                overview.text_columns.iter().map(|name| untrusted::line(name, untrusted::LINE)).collect();
            if Select::new("Text Column").enabled(overview.can_choose).show(ui, &mut place, &names) {
                let chosen = overview.text_columns[place].clone();
                commands.push(Command::ChooseTextColumn(dataset.clone(), chosen));
            }
        }
        reading(ui, &overview.reading);
        gap(ui, 16.0);
        let publish = Button::quiet("Publish to HuggingFace…").icon(Icon::Upload).enabled(overview.can_publish);
        if ui.add(publish).clicked() {
            commands.push(Command::AskPublish(dataset.clone(), None));
        }
        gap(ui, PADDING);
        text(ui, Type::Card, Ink::Text, "Description");
        gap(ui, 16.0);
        tile(ui, |ui| self.description(ui, overview.description.as_deref()));
        gap(ui, PADDING);
        text(ui, Type::Card, Ink::Text, "Quick Stats");
        gap(ui, 16.0);
        stat_tiles(ui, 3, &quick_stats(overview));
    }

    fn description(&mut self, ui: &mut Ui, description: Option<&str>) {
        let Some(description) = description.map(str::trim).filter(|description| !description.is_empty()) else {
            paragraph(ui, Type::Body, Ink::Muted, "This dataset came without a description.");
            return;
        };
        let head = untrusted::head(description, DESCRIPTION);
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        // The fonts' own line height is about 1.2 of their size; the type scale has 1.5.
        ui.spacing_mut().extra_text_line_spacing = 4.0;
        ui.visuals_mut().override_text_color = Some(Ink::Label.color());
        CommonMarkViewer::new().show(ui, &mut self.markdown, &untrusted::block(head));
        if head.len() < description.len() {
            let rest = units::size((description.len() - head.len()) as u64);
            paragraph(ui, Type::Small, Ink::Muted, format!("The description goes on for another {rest}."));
        }
    }
}

/// What could not be read, with the first rows; what was left out; what else is worth knowing.
fn reading(ui: &mut Ui, reading: &ReadingFacts) {
    if *reading == ReadingFacts::default() {
        return;
    }
    gap(ui, PADDING);
    tile(ui, |ui| {
        if reading.bad_rows > 0 {
            let heading = format!("{} could not be read", units::counted(reading.bad_rows, "row"));
            text(ui, Type::Section, Ink::Warn, heading);
        }
        for (place, reason, excerpt) in &reading.first {
            let line =
                format!("{}: {}", untrusted::line(place, untrusted::LINE), untrusted::line(reason, untrusted::LINE));
            text(ui, Type::Small, Ink::Label, line);
            text(ui, Type::Mono, Ink::Faint, untrusted::line(excerpt, untrusted::LINE));
        }
        if let Some(more) = reading.bad_rows.checked_sub(reading.first.len() as u64).filter(|more| *more > 0) {
            text(ui, Type::Small, Ink::Muted, format!("and {} more", units::count(more)));
        }
        for file in &reading.left_out {
            text(ui, Type::Small, Ink::Muted, format!("Left out: {}", untrusted::line(file, untrusted::LINE)));
        }
        for note in &reading.notes {
            paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, untrusted::LINE));
        }
    });
}

fn quick_stats(overview: &Overview) -> [StatTile; 3] {
    let unknown = || "–".to_owned();
    let samples = overview.samples.map_or_else(unknown, units::count);
    let (mean, unit) = overview.mean_length.clone().unwrap_or_else(|| (unknown(), "not computed yet".to_owned()));
    let vocabulary = overview.vocabulary.map_or_else(unknown, units::count);
    let newest = overview.tokens_of.as_ref().map(|name| format!(" • newest: {}", untrusted::line(name, 60)));
    let newest = newest.unwrap_or_default();
    let unit = if unit == "tokens" { format!("{unit}{newest}") } else { unit };
    let of = match overview.vocabulary {
        Some(_) => format!("unique tokens{newest}"),
        None => "not tokenized yet".to_owned(),
    };
    [
        StatTile::new("Total Samples", samples, Ink::Accent),
        StatTile::new("Avg Length", mean, Ink::Info).caption(unit),
        StatTile::new("Vocabulary", vocabulary, Ink::Violet).caption(of),
    ]
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, Queryable as _};

    use super::*;

    #[test]
    fn a_description_of_any_size_and_any_markdown_is_drawn_in_part() {
        let overview = Overview {
            description: Some(
                "# Title\n\n![x](file:///etc/passwd) <script>alert(1)</script> | a | b |\n".repeat(20_000),
            ),
            ..Overview::default()
        };
        let mut harness = Harness::builder()
            .with_context_setup(crate::window::theme::install)
            .allow_missing_glyphs()
            .with_wait_for_pending_images(false)
            .build_ui_state(
                |ui, tab: &mut OverviewTab| tab.ui(ui, &DatasetId("ds_1".into()), &overview, &mut Commands::default()),
                OverviewTab::default(),
            );
        harness.run_steps(2);
        harness.get_by_label_contains("The description goes on for another");
    }

    #[test]
    fn figures_of_tokens_say_whose_they_are() {
        let overview = Overview {
            mean_length: Some(("487".to_owned(), "tokens".to_owned())),
            vocabulary: Some(900),
            tokens_of: Some("gpt2".to_owned()),
            ..Overview::default()
        };
        let captions = quick_stats(&overview).map(|tile| tile.caption.unwrap_or_default());
        assert_eq!(captions[1..], ["tokens • newest: gpt2", "unique tokens • newest: gpt2"]);
    }

    #[test]
    fn another_column_can_be_chosen_as_the_text() {
        let overview = Overview {
            text_columns: vec!["text".to_owned(), "summary".to_owned()],
            can_choose: true,
            ..Overview::default()
        };
        let mut harness = crate::window::testing::harness(
            |ui, (tab, commands): &mut (OverviewTab, Commands)| {
                tab.ui(ui, &DatasetId("ds_1".into()), &overview, commands);
            },
            (OverviewTab::default(), Commands::default()),
        );
        harness.get(By::new().label("Text Column").role(egui::Role::ComboBox)).click();
        harness.run();
        harness.get_by_label("summary").click();
        harness.run();
        let given = harness.state_mut().1.take();
        assert_eq!(given, [Command::ChooseTextColumn(DatasetId("ds_1".into()), "summary".to_owned())]);
    }

    #[test]
    fn a_dataset_that_is_ready_can_be_published() {
        for can_publish in [true, false] {
            let overview = Overview { can_publish, ..Overview::default() };
            let mut harness = crate::window::testing::harness(
                |ui, (tab, commands): &mut (OverviewTab, Commands)| {
                    tab.ui(ui, &DatasetId("ds_1".into()), &overview, commands);
                },
                (OverviewTab::default(), Commands::default()),
            );
            harness.get_by_label("Publish to HuggingFace…").click();
            harness.run();
            let given = harness.state_mut().1.take();
            let asked = Command::AskPublish(DatasetId("ds_1".into()), None);
            assert_eq!(given, if can_publish { vec![asked] } else { Vec::new() });
        }
    }

    #[test]
    fn rows_that_could_not_be_read_are_counted_and_the_first_shown() {
        let reading = ReadingFacts {
            bad_rows: 3,
            first: vec![("a.jsonl line 7".to_owned(), "expected value".to_owned(), "{\"text\":".to_owned())],
            left_out: vec!["b.jsonl (empty)".to_owned()],
            notes: Vec::new(),
        };
        let overview = Overview { reading, ..Overview::default() };
        let harness = crate::window::testing::harness(
            |ui, tab: &mut OverviewTab| tab.ui(ui, &DatasetId("ds_1".into()), &overview, &mut Commands::default()),
            OverviewTab::default(),
        );
        for line in [
            "3 rows could not be read",
            "a.jsonl line 7: expected value",
            "{\"text\":",
            "and 2 more",
            "Left out: b.jsonl (empty)",
        ] {
            harness.get_by_label(line);
        }
    }

    #[test]
    fn what_is_not_known_yet_is_not_made_up() {
        let tiles = quick_stats(&Overview { samples: Some(10_000), ..Overview::default() });
        assert_eq!(tiles[0].value, "10,000");
        assert_eq!(tiles[1].value, "–");
        assert_eq!(tiles[2].caption.as_deref(), Some("not tokenized yet"));
    }
}
