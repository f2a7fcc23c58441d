//! Samples that are nearly the same: looking for them, and what was found.

use std::collections::BTreeSet;

use egui::Ui;
use mistudio_core::stats::{Cluster, NearDuplicates, NearSettings, Shingles};
use mistudio_core::units;

use super::parts::{percent, pressable, sample_title, title_row};
use crate::window::asked::Asked;
use crate::window::command::{Command, Commands, SampleKey};
use crate::window::model::{DatasetId, Figures, NearSample, Statistics};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, Choice, Expander, StatTile, card, gap, paragraph, progress_row, select, stat_tiles, text,
};

/// Characters of a sample that are shown.
const EXCERPT: usize = 160;

/// What of a text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Compared {
    #[default]
    FiveWords,
    ThreeWords,
    TenChars,
}

impl Choice for Compared {
    const ALL: &'static [Self] = &[Self::FiveWords, Self::ThreeWords, Self::TenChars];

    fn label(self) -> &'static str {
        match self {
            Self::FiveWords => "Runs of 5 words",
            Self::ThreeWords => "Runs of 3 words",
            Self::TenChars => "Runs of 10 characters (scripts without spaces)",
        }
    }
}

/// From which similarity on two texts are nearly the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Threshold {
    Loose,
    #[default]
    Usual,
    Strict,
}

impl Choice for Threshold {
    const ALL: &'static [Self] = &[Self::Loose, Self::Usual, Self::Strict];

    fn label(self) -> &'static str {
        match self {
            Self::Loose => "70% the same or more",
            Self::Usual => "80% the same or more",
            Self::Strict => "90% the same or more",
        }
    }
}

/// What is chosen and open on the card.
#[derive(Debug, Default)]
pub(super) struct NearCard {
    compared: Compared,
    threshold: Threshold,
    open: BTreeSet<SampleKey>,
}

impl NearCard {
    fn settings(&self) -> NearSettings {
        let shingles = match self.compared {
            Compared::FiveWords => Shingles::Words(5),
            Compared::ThreeWords => Shingles::Words(3),
            Compared::TenChars => Shingles::Chars(10),
        };
        let threshold = match self.threshold {
            Threshold::Loose => 0.7,
            Threshold::Usual => 0.8,
            Threshold::Strict => 0.9,
        };
        NearSettings { shingles, threshold, ..NearSettings::default() }
    }

    /// Draws the card.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        statistics: &Statistics,
        shown: &Figures,
        commands: &mut Commands,
    ) {
        card(ui, |ui| {
            title_row(ui, "Near-Duplicates", |_| {});
            if let Some((job, running)) = &statistics.near_running {
                progress_row(ui, &untrusted::line(&running.words, untrusted::LINE), running.share);
                gap(ui, 12.0);
                if ui.add(Button::quiet("Stop")).clicked() {
                    commands.push(Command::CancelJob(job.clone()));
                }
                gap(ui, 16.0);
            }
            if let Some(why) = &statistics.near_failure {
                let words = format!("The search ended without a result: {}", untrusted::line(why, untrusted::LINE));
                paragraph(ui, Type::Small, Ink::Error, words);
                gap(ui, 12.0);
            }
            match &shown.near {
                Some(Ok(found)) => self.found(ui, dataset, statistics, found, commands),
                Some(Err(why)) => {
                    paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, untrusted::LINE));
                    gap(ui, 16.0);
                }
                None => {
                    let words = "Samples that differ only in a few words are found by MinHash, and every pair is then \
                                 compared exactly. It reads all texts twice.";
                    paragraph(ui, Type::Small, Ink::Muted, words);
                    gap(ui, 16.0);
                }
            }
            self.form(ui, dataset, statistics, shown, commands);
        });
    }

    fn form(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        statistics: &Statistics,
        shown: &Figures,
        commands: &mut Commands,
    ) {
        super::parts::halves(
            ui,
            |ui| select(ui, "What Is Compared", &mut self.compared),
            |ui| select(ui, "How Much Is the Same", &mut self.threshold),
        );
        gap(ui, 16.0);
        let words = if shown.near.is_some() { "Find Again" } else { "Find Near-Duplicates" };
        let can = statistics.writable && statistics.near_running.is_none() && shown.text_column.is_some();
        if ui.add(Button::secondary(words).icon(Icon::CopyCheck).enabled(can)).clicked() {
            self.open.clear();
            commands.push(Command::FindNearDuplicates(dataset.clone(), self.settings()));
        }
    }

    fn found(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        statistics: &Statistics,
        found: &NearDuplicates,
        commands: &mut Commands,
    ) {
        let shingles = match found.settings.shingles {
            Shingles::Words(size) => format!("runs of {}", units::counted(size as u64, "word")),
            Shingles::Chars(size) => format!("runs of {}", units::counted(size as u64, "character")),
        };
        let of = format!("{shingles}, {} the same or more", percent(found.settings.threshold));
        stat_tiles(
            ui,
            4,
            &[
                StatTile::new("Clusters", units::count(found.clusters), Ink::Accent).caption(of),
                StatTile::new("Samples in Them", units::count(found.rows), Ink::Info)
                    .caption(format!("{} exact copies", units::count(found.exact_copies))),
                StatTile::new("Too Many", units::count(found.repeated), Ink::Violet)
                    .caption("if each cluster kept one"),
                StatTile::new("Across Splits", units::count(found.across_splits), Ink::Warn).caption("clusters"),
            ],
        );
        gap(ui, 16.0);
        if found.clusters > found.largest.len() as u64 {
            text(ui, Type::Small, Ink::Muted, format!("The {} largest clusters:", found.largest.len()));
            gap(ui, 8.0);
        }
        for cluster in &found.largest {
            self.cluster(ui, dataset, statistics, cluster, commands);
            gap(ui, 8.0);
        }
        gap(ui, PADDING - 8.0);
    }

    fn cluster(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        statistics: &Statistics,
        cluster: &Cluster,
        commands: &mut Commands,
    ) {
        let key = SampleKey { split: cluster.split.clone(), row: cluster.row };
        let was_open = self.open.contains(&key);
        let mut is_open = was_open;
        let count = units::counted(cluster.rows, "sample");
        let asked = statistics.clusters.get(&key);
        Expander::new(&sample_title(&key), &count).show(ui, &mut is_open, |ui| {
            if members(ui, cluster, asked, dataset, commands) {
                commands.push(Command::AskCluster(dataset.clone(), key.clone()));
            }
        });
        if is_open && !was_open {
            self.open.insert(key.clone());
            if asked.is_none() {
                commands.push(Command::AskCluster(dataset.clone(), key));
            }
        } else if was_open && !is_open {
            self.open.remove(&key);
        }
    }
}

/// The samples of an open cluster; true when they are to be read again.
fn members(
    ui: &mut Ui,
    cluster: &Cluster,
    asked: Option<&Asked<Vec<NearSample>>>,
    dataset: &DatasetId,
    commands: &mut Commands,
) -> bool {
    if let Some(why) = asked.and_then(Asked::failure) {
        paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, untrusted::LINE));
        gap(ui, 8.0);
        return ui.add(Button::quiet("Retry").icon(Icon::RotateCcw)).clicked();
    }
    let Some(samples) = asked.and_then(|asked| asked.answer.as_deref()) else {
        text(ui, Type::Small, Ink::Muted, "Reading the samples…");
        return false;
    };
    for sample in samples {
        let more = format!("{} the same", percent(sample.similarity));
        if pressable(ui, &sample_title(&sample.key), &more) {
            commands.push(Command::ShowSample(dataset.clone(), sample.key.clone()));
        }
        gap(ui, 4.0);
        paragraph(ui, Type::Small, Ink::Muted, untrusted::line(&sample.text, EXCERPT));
        gap(ui, 8.0);
    }
    if let Some(more) = cluster.rows.checked_sub(samples.len() as u64).filter(|more| *more > 0) {
        text(ui, Type::Small, Ink::Faint, format!("and {}", units::counted(more, "more sample")));
    }
    false
}
