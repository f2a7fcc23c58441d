//! The tokens that a tokenization uses, and what a limit on its rows would cost.

use std::sync::Arc;

use egui::{Align, Label, Layout, Ui};
use mistudio_core::stats::{Cut, NamedToken, TokenReport};
use mistudio_core::units;

use super::parts::{export_plot, halves, percent, save_plot, title_row};
use crate::window::command::Commands;
use crate::window::model::Figures;
use crate::window::theme::{Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Curves, NumberField, Series, StatTile, Table, TableColumn, Toggle, card, gap, paragraph, stat_tiles, table_cell,
    text,
};
use crate::words;

const PLOT: f32 = 240.0;
const TABLE: f32 = 360.0;
/// The limit that is asked about first, and the greatest that can be.
const LIMIT: u64 = 512;
const MOST: u64 = 1 << 24;
/// Characters of a token that are shown.
const TOKEN: usize = 80;

/// Which tokens are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Most,
    Least,
    Never,
    Special,
}

const LISTS: [(List, &str); 4] = [
    (List::Most, "Most Frequent"),
    (List::Least, "Least Frequent"),
    (List::Never, "Never Used"),
    (List::Special, "Special Tokens"),
];

/// What is chosen on the card.
pub(super) struct TokensCard {
    list: List,
    limit: NumberField,
    drawn: Option<Drawn>,
}

/// The lines of both plots, kept as long as they are of the same figures.
struct Drawn {
    of: Arc<Figures>,
    ranks: [Series; 1],
    cuts: [Series; 3],
}

impl Default for TokensCard {
    fn default() -> Self {
        Self { list: List::Most, limit: NumberField::new(LIMIT, 1..=MOST), drawn: None }
    }
}

impl TokensCard {
    /// Draws the card.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        shown: &Arc<Figures>,
        report: &Result<TokenReport, String>,
        commands: &mut Commands,
    ) {
        card(ui, |ui| {
            title_row(ui, "Tokens", |ui| {
                let label = shown.tokenization.as_ref().map_or("", |of| of.label.as_str());
                text(ui, Type::Small, Ink::Muted, untrusted::line(label, 80));
            });
            match report {
                Err(why) => drop(paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, untrusted::LINE))),
                Ok(report) => self.report(ui, shown, report, commands),
            }
        });
    }

    fn report(&mut self, ui: &mut Ui, shown: &Arc<Figures>, report: &TokenReport, commands: &mut Commands) {
        stat_tiles(ui, 4, &tiles(report));
        gap(ui, PADDING);
        let is_there = self.drawn.as_ref().is_some_and(|drawn| Arc::ptr_eq(&drawn.of, shown));
        if !is_there {
            self.drawn = Some(Drawn::new(shown, report));
        }
        if let Some(drawn) = &self.drawn {
            let limit = &mut self.limit;
            let (ranks, cuts) = halves(ui, |ui| drawn.ranks(ui), |ui| drawn.cuts(ui, limit));
            if ranks {
                export_plot(commands, format!("{}-tokens-by-rank", shown.name), report.plot_ranks(&shown.name));
            }
            if cuts {
                export_plot(commands, format!("{}-cut-by-length", shown.name), report.plot_cuts(&shown.name));
            }
        }
        gap(ui, PADDING);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            for (list, name) in LISTS {
                if ui.add(Toggle::new(name, self.list == list)).clicked() {
                    self.list = list;
                }
            }
        });
        gap(ui, 12.0);
        self.listed(ui, report);
    }

    fn listed(&self, ui: &mut Ui, report: &TokenReport) {
        let (tokens, none) = match self.list {
            List::Most => (&report.most_frequent, "No token occurs."),
            List::Least => (&report.least_frequent, "No token occurs."),
            List::Never => (&report.never_used_first, "Every token of the vocabulary occurs."),
            List::Special => (&report.special, "The vocabulary has no special tokens."),
        };
        if tokens.is_empty() {
            paragraph(ui, Type::Small, Ink::Muted, none);
            return;
        }
        if self.list == List::Never
            && let Some(never) = report.never_used
        {
            let words = format!("{} never occur; the first by id:", units::counted(never, "token"));
            text(ui, Type::Small, Ink::Muted, words);
            gap(ui, 8.0);
        }
        token_table(ui, tokens);
    }
}

impl Drawn {
    fn new(of: &Arc<Figures>, report: &TokenReport) -> Self {
        let rank = |point: &mistudio_core::stats::RankPoint| {
            format!("rank {}\n{}\nid {}", units::count(point.rank), units::counted(point.count, "time"), point.id)
        };
        let ranks = Series {
            name: "Tokens".to_owned(),
            ink: Ink::Info,
            points: report.ranks.iter().map(|point| (point.rank as f64, point.count as f64)).collect(),
            labels: report.ranks.iter().map(rank).collect(),
        };
        let cut = |name: &str, ink: Ink, share: fn(&Cut) -> f64| Series {
            name: name.to_owned(),
            ink,
            points: report.cuts.iter().map(|cut| (cut.max_length as f64, share(cut))).collect(),
            labels: report.cuts.iter().map(cut_words).collect(),
        };
        let cuts = [
            cut("Tokens cut", Ink::Error, |cut| cut.tokens_cut),
            cut("Samples cut", Ink::Warn, |cut| cut.rows_cut),
            cut("Padding if filled up", Ink::Info, |cut| cut.padding),
        ];
        Self { of: Arc::clone(of), ranks: [ranks], cuts }
    }

    /// Frequency by rank; true when it is to be saved.
    fn ranks(&self, ui: &mut Ui) -> bool {
        let save = plot_head(ui, "Frequency by Rank", "the frequency by rank");
        Curves {
            name: "Frequency by rank",
            series: &self.ranks,
            x: "rank",
            log_x: true,
            log_y: true,
            share: false,
            filled: false,
            height: PLOT,
        }
        .show(ui);
        save
    }

    /// What any limit costs; true when it is to be saved.
    fn cuts(&self, ui: &mut Ui, limit: &mut NumberField) -> bool {
        let save = plot_head(ui, "What Do I Lose at a Maximum Length?", "what a maximum length costs");
        Curves {
            name: "What a maximum length costs",
            series: &self.cuts,
            x: "maximum length in tokens",
            log_x: true,
            log_y: false,
            share: true,
            filled: false,
            height: PLOT,
        }
        .show(ui);
        gap(ui, 12.0);
        limit.show(ui, "Maximum Length", true);
        if let (Ok(limit), Some(tokens)) = (limit.value(), &self.of.stats.tokens) {
            gap(ui, 8.0);
            let cut = Cut::at(&tokens.overall.tokens, limit);
            paragraph(ui, Type::Small, Ink::Label, cut_words(&cut).replace('\n', " • "));
        }
        save
    }
}

/// The title of a plot, and the button that saves it.
fn plot_head(ui: &mut Ui, title: &str, what: &str) -> bool {
    let mut save = false;
    ui.horizontal(|ui| {
        text(ui, Type::Small, Ink::Label, title);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| save = save_plot(ui, what));
    });
    gap(ui, 8.0);
    save
}

fn cut_words(cut: &Cut) -> String {
    format!(
        "At {}: {} of all tokens cut\n{} of samples cut\n{} padding if every row is filled up",
        units::count(cut.max_length),
        percent(cut.tokens_cut),
        percent(cut.rows_cut),
        percent(cut.padding)
    )
}

fn tiles(report: &TokenReport) -> [StatTile; 4] {
    let of = match (report.used_share, report.vocabulary) {
        (Some(share), Some(all)) => format!("{} of {}", percent(share), units::count(all)),
        _ => "vocabulary not known".to_owned(),
    };
    let never = report.never_used.map_or_else(|| "–".to_owned(), units::count);
    let mut tiles = [
        StatTile::new("Unique Tokens Used", units::count(report.used), Ink::Accent).caption(of),
        StatTile::new("Never Used", never, Ink::Info).caption("tokens of the vocabulary"),
        StatTile::new("Padding", percent(report.padding_share), Ink::Violet)
            .caption(units::counted(report.pads, "pad")),
        StatTile::new("Packing Efficiency", percent(report.packing_efficiency), Ink::Warn).caption("tokens of all ids"),
    ];
    if let Some(unknown @ 1..) = report.unknown_ids {
        tiles[1].caption = Some(format!("{} not in the vocabulary", units::counted(unknown, "id")));
    }
    tiles
}

fn token_table(ui: &mut Ui, tokens: &[NamedToken]) {
    let column = |title, width, right| TableColumn { right, sortable: false, ..TableColumn::new(title, width) };
    let columns = [
        column("#", 64.0, true),
        column("Token", 360.0, false),
        column("Id", 110.0, true),
        column("Count", 140.0, true),
        column("Share", 110.0, true),
    ];
    Table::new("Tokens", &columns, tokens.len()).height(TABLE).show(ui, |ui, row, column| {
        let token = &tokens[row];
        match column {
            0 => table_cell(ui, Ink::Faint, &units::count(row as u64 + 1), &[]),
            1 => {
                let words = token.words.as_deref().map(words::of_token);
                let words = words.as_deref().unwrap_or("(not in the vocabulary)");
                ui.add(Label::new(Type::Mono.rich(Ink::Text, untrusted::line(words, TOKEN))).truncate());
            }
            2 => table_cell(ui, Ink::Muted, &token.id.to_string(), &[]),
            3 => table_cell(ui, Ink::Text, &units::count(token.count), &[]),
            _ => table_cell(ui, Ink::Muted, &percent(token.share), &[]),
        }
    });
}
