//! Which configs and splits are to be downloaded.

use egui::{Align, Layout, Rect, Ui, pos2};
use mistudio_core::studio::DiskEstimate;
use mistudio_core::units;

use crate::window::model::{ChosenConfig, ConfigChoice, Inspected};
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{CHECK_ROW, Check, CheckRow, TextField, gap, long_list, text, tile};

/// The most that is in sight at once.
const HEIGHT: f32 = 9.5 * CHECK_ROW;
/// With more configs than these there is a field to find one.
const FEW: usize = 8;

/// What is ticked.
#[derive(Debug, Default)]
pub(super) struct Selection {
    configs: Vec<Ticked>,
    find: String,
}

#[derive(Debug, Clone)]
struct Ticked {
    /// Whether its splits are listed.
    open: bool,
    splits: Vec<bool>,
}

/// A line of the list, by its places in the repository's configs and splits.
#[derive(Debug, Clone, Copy)]
enum Row {
    Config(usize),
    Problem(usize),
    Split(usize, usize),
}

impl Selection {
    /// All of the default config, or of the only one; nothing where there is neither.
    pub(super) fn new(inspected: &Inspected) -> Self {
        let only = inspected.configs.len() == 1;
        let ticked = |config: &ConfigChoice| {
            let taken = (config.default || only) && config.problem.is_none();
            Ticked { open: taken, splits: vec![taken; config.splits.len()] }
        };
        Self { configs: inspected.configs.iter().map(ticked).collect(), find: String::new() }
    }

    /// What is ticked, config by config.
    pub(super) fn chosen(&self, inspected: &Inspected) -> Vec<ChosenConfig> {
        let chosen = |(config, ticked): (&ConfigChoice, &Ticked)| {
            let splits: Vec<String> = config
                .splits
                .iter()
                .zip(&ticked.splits)
                .filter(|(_, ticked)| **ticked)
                .map(|(split, _)| split.name.clone())
                .collect();
            (!splits.is_empty()).then(|| ChosenConfig { config: config.name.clone(), splits })
        };
        inspected.configs.iter().zip(&self.configs).filter_map(chosen).collect()
    }

    /// How many configs and files are ticked.
    pub(super) fn counts(&self, inspected: &Inspected) -> (usize, u64) {
        let (mut configs, mut files) = (0, 0);
        for (config, ticked) in inspected.configs.iter().zip(&self.configs) {
            let taken = config.splits.iter().zip(&ticked.splits).filter(|(_, ticked)| **ticked);
            files += taken.map(|(split, _)| split.files).sum::<u64>();
            configs += usize::from(ticked.splits.contains(&true));
        }
        (configs, files)
    }

    /// What the ticked splits need of the disk.
    pub(super) fn estimate(&self, inspected: &Inspected) -> DiskEstimate {
        let parts = inspected.configs.iter().zip(&self.configs).map(|(config, ticked)| {
            let taken = config.splits.iter().zip(&ticked.splits).filter(|(_, ticked)| **ticked);
            (taken.map(|(split, _)| split.bytes).sum(), config.converts)
        });
        DiskEstimate::new(parts, inspected.free_bytes)
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, inspected: &Inspected) {
        let count = inspected.configs.len();
        ui.horizontal(|ui| {
            text(ui, Type::Card, Ink::Text, "Configs and Splits");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let words = if count == 1 { String::new() } else { "Each config becomes a dataset".to_owned() };
                text(ui, Type::Small, Ink::Muted, words);
            });
        });
        gap(ui, 12.0);
        if count > FEW {
            let hint = format!("Find one of {} configs", units::count(count as u64));
            TextField::new("Find a config", &mut self.find).hide_label().hint(&hint).show(ui);
            gap(ui, 12.0);
        }
        let rows = self.rows(inspected);
        tile(ui, |ui| {
            if rows.is_empty() {
                text(ui, Type::Small, Ink::Muted, "No config has such a name.");
            }
            long_list(ui, "configs", HEIGHT, (CHECK_ROW, rows.len()), |ui, rect, place| match rows[place] {
                Row::Config(config) => self.config_row(ui, rect, &inspected.configs[config], config),
                Row::Problem(config) => problem_row(ui, rect, &inspected.configs[config]),
                Row::Split(config, split) => self.split_row(ui, rect, &inspected.configs[config], (config, split)),
            });
        });
    }

    fn rows(&self, inspected: &Inspected) -> Vec<Row> {
        let find = self.find.trim().to_lowercase();
        let mut rows = Vec::new();
        for (place, (config, ticked)) in inspected.configs.iter().zip(&self.configs).enumerate() {
            if !find.is_empty() && !config.name.to_lowercase().contains(&find) {
                continue;
            }
            rows.push(Row::Config(place));
            if config.problem.is_some() {
                rows.push(Row::Problem(place));
            } else if ticked.open {
                rows.extend((0..config.splits.len()).map(|split| Row::Split(place, split)));
            }
        }
        rows
    }

    fn config_row(&mut self, ui: &mut Ui, rect: Rect, config: &ConfigChoice, place: usize) {
        let ticked = &mut self.configs[place];
        let check = match (ticked.splits.contains(&true), ticked.splits.contains(&false)) {
            (true, false) => Check::All,
            (true, true) => Check::Some,
            (false, _) => Check::None,
        };
        let bytes = config.splits.iter().map(|split| split.bytes).sum();
        let splits = units::counted(config.splits.len() as u64, "split");
        let detail = if config.problem.is_some() {
            "Cannot be chosen".to_owned()
        } else {
            format!("{} • {splits} • {}", config.format, units::size(bytes))
        };
        let row = CheckRow {
            name: &untrusted::line(&config.name, untrusted::LINE),
            marks: if config.default && config.name != "default" { &["default"] } else { &[] },
            detail: &detail,
            check,
            enabled: config.problem.is_none() && !config.splits.is_empty(),
            indented: false,
        };
        if row.show(ui, rect).clicked() {
            let take = check != Check::All;
            ticked.splits.fill(take);
            ticked.open = take;
        }
    }

    fn split_row(&mut self, ui: &mut Ui, rect: Rect, config: &ConfigChoice, (place, split): (usize, usize)) {
        let choice = &config.splits[split];
        let ticked = &mut self.configs[place].splits[split];
        let row = CheckRow {
            name: &untrusted::line(&choice.name, untrusted::LINE),
            marks: if choice.partial { &["partial"] } else { &[] },
            detail: &format!("{} • {}", units::counted(choice.files, "file"), units::size(choice.bytes)),
            check: if *ticked { Check::All } else { Check::None },
            enabled: true,
            indented: true,
        };
        if row.show(ui, rect).clicked() {
            *ticked = !*ticked;
        }
    }
}

/// Why a config cannot be chosen.
fn problem_row(ui: &mut Ui, rect: Rect, config: &ConfigChoice) {
    let words = untrusted::line(config.problem.as_deref().unwrap_or_default(), untrusted::LINE);
    let galley = Type::Small.line(ui, Ink::Error, &words, rect.width() - 60.0);
    ui.painter().galley(pos2(rect.left() + 42.0, rect.top() + 6.0), galley, Ink::Error.color());
    let says = ui.interact(rect, ui.scope_id().with("problem"), egui::Sense::hover());
    says.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    says.on_hover_text(&words);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::model::SplitChoice;

    fn config(name: &str, default: bool, problem: Option<&str>) -> ConfigChoice {
        let split = |name: &str| SplitChoice { name: name.to_owned(), files: 2, bytes: 100, partial: false };
        ConfigChoice {
            name: name.to_owned(),
            default,
            format: "JSON".to_owned(),
            converts: true,
            problem: problem.map(str::to_owned),
            splits: vec![split("train"), split("test")],
        }
    }

    fn names(inspected: &Inspected) -> Vec<String> {
        Selection::new(inspected).chosen(inspected).into_iter().map(|chosen| chosen.config).collect()
    }

    #[test]
    fn the_default_config_is_ticked_and_one_with_a_problem_never() {
        let of = |configs| Inspected { configs, ..Inspected::default() };
        assert_eq!(names(&of(vec![config("a", false, None), config("b", true, None)])), ["b"]);
        assert_eq!(names(&of(vec![config("a", false, None)])), ["a"]);
        assert_eq!(names(&of(vec![config("a", true, Some("broken"))])), Vec::<String>::new());
        assert_eq!(names(&of(vec![config("a", false, None), config("b", false, None)])), Vec::<String>::new());
    }

    #[test]
    fn what_is_ticked_is_what_is_counted() {
        let inspected =
            Inspected { configs: vec![config("a", true, None), config("b", false, None)], ..Inspected::default() };
        let mut selection = Selection::new(&inspected);
        selection.configs[0].splits[0] = false;
        selection.configs[1].splits[1] = true;
        assert_eq!(selection.counts(&inspected), (2, 4));
        let estimate = selection.estimate(&inspected);
        assert_eq!((estimate.selected_bytes, estimate.required_bytes), (200, 400));
        let chosen = selection.chosen(&inspected);
        assert_eq!(chosen[0], ChosenConfig { config: "a".to_owned(), splits: vec!["test".to_owned()] });
        assert_eq!(chosen[1].splits, ["test"]);
    }
}
