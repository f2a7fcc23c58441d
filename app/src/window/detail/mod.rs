//! The detail of one dataset: a modal with four tabs.

mod overview;
mod pager;
mod samples;
mod statistics;
mod tokenization;

use egui::{Id, Ui};
use mistudio_core::units;

use super::command::{Command, Commands};
use super::model::{DatasetId, Detail, DetailTab};
use super::untrusted;
use super::widgets::Modal;

pub use samples::SamplesTab;
pub use statistics::StatisticsTab;
pub use tokenization::TokenizationTab;

const TABS: [(DetailTab, &str); 4] = [
    (DetailTab::Overview, "Overview"),
    (DetailTab::Samples, "Samples"),
    (DetailTab::Tokenization, "Tokenization"),
    (DetailTab::Statistics, "Statistics"),
];

/// What is typed, chosen and scrolled in the detail of one dataset.
pub struct DetailModal {
    dataset: DatasetId,
    tab: DetailTab,
    overview: overview::OverviewTab,
    samples: SamplesTab,
    tokenization: TokenizationTab,
    statistics: StatisticsTab,
}

impl DetailModal {
    /// A detail that opens on its overview.
    pub fn new(dataset: DatasetId) -> Self {
        Self {
            samples: SamplesTab::new(dataset.clone()),
            tokenization: TokenizationTab::new(dataset.clone()),
            statistics: StatisticsTab::new(dataset.clone()),
            overview: overview::OverviewTab::default(),
            tab: DetailTab::default(),
            dataset,
        }
    }

    /// Of which dataset.
    pub fn dataset(&self) -> &DatasetId {
        &self.dataset
    }

    /// The tab shown.
    pub fn tab(&self) -> DetailTab {
        self.tab
    }

    /// Goes to another tab.
    pub fn show_tab(&mut self, tab: DetailTab) {
        self.tab = tab;
    }

    /// The rows that are to be on screen, for whoever reads them.
    pub fn samples(&self) -> &SamplesTab {
        &self.samples
    }

    /// The same, to change what it shows.
    pub fn samples_mut(&mut self) -> &mut SamplesTab {
        &mut self.samples
    }

    /// Draws the detail.
    pub fn ui(&mut self, ui: &Ui, detail: &Detail, commands: &mut Commands) {
        let name = untrusted::line(&detail.overview.name, untrusted::LINE);
        let subtitle = match detail.overview.samples {
            Some(samples) => format!("{} • {}", detail.overview.size, units::counted(samples, "sample")),
            None => detail.overview.size.clone(),
        };
        let modal = Modal::new(Id::unique("detail"), &name).subtitle(&subtitle);
        let tab = self.tab;
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::F)) {
            self.tab = DetailTab::Samples;
            self.samples.focus_search();
            if tab != DetailTab::Samples {
                commands.push(Command::ShowDetailTab(DetailTab::Samples));
            }
        }
        let end = modal.show_with_tabs(ui, Some((&TABS, tab)), |ui| match tab {
            DetailTab::Overview => self.overview.ui(ui, &self.dataset, &detail.overview, commands),
            DetailTab::Samples => self.samples.ui(ui, &detail.samples, commands),
            DetailTab::Tokenization => self.tokenization.ui(ui, &detail.tokenization, commands),
            DetailTab::Statistics => self.statistics.ui(ui, &detail.statistics, commands),
        });
        if let Some(tab) = end.tab.filter(|tab| *tab != self.tab) {
            self.tab = tab;
            commands.push(Command::ShowDetailTab(tab));
        }
        if end.closed {
            commands.push(Command::CloseDetail);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::{By, Queryable as _};

    use super::*;
    use crate::window::testing;

    #[test]
    fn every_tab_opens_and_escape_closes_the_detail() {
        let state = (DetailModal::new(DatasetId(Arc::from("ds_1"))), Detail::default(), Commands::default());
        let mut harness = testing::harness(
            |ui, (modal, detail, commands): &mut (DetailModal, Detail, Commands)| modal.ui(ui, detail, commands),
            state,
        );
        for (tab, name) in [TABS[1], TABS[2], TABS[3], TABS[0]] {
            harness.get(By::new().label(name).role(egui::Role::Tab)).click();
            harness.run_steps(4);
            assert_eq!(harness.state().0.tab(), tab);
        }
        harness.key_press(egui::Key::Escape);
        harness.run_steps(2);
        assert_eq!(harness.state_mut().2.take().last(), Some(&Command::CloseDetail));
    }

    #[test]
    fn control_f_goes_to_the_search_of_the_samples() {
        let state = (DetailModal::new(DatasetId(Arc::from("ds_1"))), Detail::default(), Commands::default());
        let mut harness = testing::harness(
            |ui, (modal, detail, commands): &mut (DetailModal, Detail, Commands)| modal.ui(ui, detail, commands),
            state,
        );
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::F);
        harness.run_steps(4);
        assert!(harness.get(By::new().label("Search in samples").role(egui::Role::TextInput)).is_focused());
    }
}
