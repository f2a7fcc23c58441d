//! The form that adds a condition to the filter.

use egui::Ui;
use mistudio_core::samples::{Condition, Literal, parse_range};
use mistudio_core::studio::TokenLens;

use crate::window::model::{Lens, Samples};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, Choice, Select, TextField, gap, paragraph, select, text, tile};

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Chars,
    Words,
    Tokens,
    Value,
    Range,
    Null,
    Duplicates,
    Split,
    Sql,
}

impl Choice for Kind {
    const ALL: &'static [Self] = &[
        Self::Chars,
        Self::Words,
        Self::Tokens,
        Self::Value,
        Self::Range,
        Self::Null,
        Self::Duplicates,
        Self::Split,
        Self::Sql,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Chars => "Length in characters",
            Self::Words => "Length in words",
            Self::Tokens => "Length in tokens",
            Self::Value => "Value of a column",
            Self::Range => "Range of a column",
            Self::Null => "Column without value",
            Self::Duplicates => "Only exact duplicates",
            Self::Split => "Split",
            Self::Sql => "SQL condition",
        }
    }
}

/// What is typed and chosen in the form.
#[derive(Debug, Default)]
pub(super) struct FilterForm {
    kind: Kind,
    column: usize,
    lens: usize,
    split: usize,
    from: String,
    to: String,
    value: String,
    sql: String,
    error: Option<String>,
    /// What is being checked.
    pending: Option<Condition>,
}

/// What the user did with the form.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FormEnd {
    /// The condition is to be checked.
    Check(Condition),
    /// The condition was checked and is good.
    Add(Condition),
    /// The form is to be closed.
    Close,
}

impl FilterForm {
    /// Draws the form.
    pub(super) fn ui(&mut self, ui: &mut Ui, samples: &Samples) -> Option<FormEnd> {
        if let (Some(pending), Some((checked, outcome))) = (&self.pending, &samples.checked)
            && pending == checked
        {
            let condition = self.pending.take()?;
            match outcome {
                Ok(()) => return Some(FormEnd::Add(condition)),
                Err(why) => self.error = Some(why.clone()),
            }
        }
        let mut end = None;
        tile(ui, |ui| {
            let (before, mut enter) = (self.kind, false);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                ui.allocate_ui(egui::vec2(260.0, 70.0), |ui| select(ui, "Condition", &mut self.kind));
                enter = self.fields(ui, samples);
            });
            if self.kind != before {
                self.error = None;
            }
            if let Some(error) = &self.error {
                gap(ui, 8.0);
                paragraph(ui, Type::Small, Ink::Error, untrusted::block(untrusted::head(error, 2_000)).into_owned());
            }
            gap(ui, 12.0);
            ui.horizontal(|ui| {
                let busy = self.pending.as_ref().map(|_| "Checking…");
                let add = ui.add(Button::quiet("Add").icon(Icon::Plus).busy(busy)).clicked();
                if (add || enter) && self.pending.is_none() {
                    match self.condition(samples) {
                        Ok(condition) => {
                            self.error = None;
                            self.pending = Some(condition.clone());
                            end = Some(FormEnd::Check(condition));
                        }
                        Err(why) => self.error = Some(why),
                    }
                }
                if ui.add(Button::quiet("Cancel")).clicked() {
                    end = Some(FormEnd::Close);
                }
            });
        });
        end
    }

    /// Draws what the chosen kind of condition needs; true when Enter was pressed in a field.
    fn fields(&mut self, ui: &mut Ui, samples: &Samples) -> bool {
        let columns: Vec<String> = samples.columns.iter().map(|column| untrusted::line(&column.name, 60)).collect();
        let column = |ui: &mut Ui, chosen: &mut usize| {
            Select::new("Column").width(220.0).show(ui, chosen, &columns);
        };
        match self.kind {
            Kind::Chars | Kind::Words => return self.range(ui),
            Kind::Tokens => {
                let lenses: Vec<String> = filtering(samples).map(|lens| lens.label.clone()).collect();
                if lenses.is_empty() {
                    text(ui, Type::Small, Ink::Muted, "This needs a tokenization with one row for each sample.");
                } else {
                    Select::new("Tokenization").width(300.0).show(ui, &mut self.lens, &lenses);
                    return self.range(ui);
                }
            }
            Kind::Value => {
                column(ui, &mut self.column);
                let value = TextField::new("Value", &mut self.value).show(ui);
                return entered(ui, &value);
            }
            Kind::Range => {
                column(ui, &mut self.column);
                return self.range(ui);
            }
            Kind::Null | Kind::Duplicates => column(ui, &mut self.column),
            Kind::Split => {
                let splits: Vec<String> = samples.splits.iter().map(|split| untrusted::line(split, 60)).collect();
                Select::new("Split of the rows").width(220.0).show(ui, &mut self.split, &splits);
            }
            Kind::Sql => {
                let field = TextField::new("Condition in SQL", &mut self.sql)
                    .hint("length(text) > 200 AND split = 'train'")
                    .mono();
                let sql = field.show(ui);
                return entered(ui, &sql);
            }
        }
        false
    }

    fn range(&mut self, ui: &mut Ui) -> bool {
        const WIDTH: f32 = 150.0;
        let from = TextField::new("From", &mut self.from).hint("any").width(WIDTH).show(ui);
        let to = TextField::new("To", &mut self.to).hint("any").width(WIDTH).show(ui);
        entered(ui, &from) || entered(ui, &to)
    }

    fn condition(&self, samples: &Samples) -> Result<Condition, String> {
        let range = || {
            let typed = format!("{}..{}", self.from.trim(), self.to.trim());
            parse_range(&typed).map_err(|_| "Whole numbers are needed, the first not above the second.".to_owned())
        };
        let chosen = || samples.columns.get(self.column).map(|column| column.name.clone());
        let column = || chosen().ok_or_else(|| "Choose a column.".to_owned());
        let the_text = || samples.text_column.clone().ok_or_else(|| "This dataset has no text column yet.".to_owned());
        let literal = |typed: &str| {
            Some(typed.trim()).filter(|typed| !typed.is_empty()).map(|typed| Literal::Text(typed.to_owned()))
        };
        Ok(match self.kind {
            Kind::Chars => {
                let (min, max) = range()?;
                Condition::Chars { column: the_text()?, min, max }
            }
            Kind::Words => {
                let (min, max) = range()?;
                Condition::Words { column: the_text()?, min, max }
            }
            Kind::Tokens => {
                let (min, max) = range()?;
                let lens = filtering(samples).nth(self.lens).map(|lens| &lens.lens);
                let Some(TokenLens::Tokenization(id)) = lens else {
                    return Err("Tokenize the dataset first, with one row for each sample.".to_owned());
                };
                Condition::Tokens { tokenization: id.clone(), min, max }
            }
            Kind::Value => Condition::Equals { column: column()?, value: Literal::Text(self.value.clone()) },
            Kind::Range => match (literal(&self.from), literal(&self.to)) {
                (None, None) => return Err("Type at least one end of the range.".to_owned()),
                (from, to) => Condition::Range { column: column()?, from, to, to_included: true },
            },
            Kind::Null => Condition::IsNull { column: column()? },
            Kind::Duplicates => Condition::Duplicates { column: column()? },
            Kind::Split => {
                let split = samples.splits.get(self.split).ok_or("This dataset has no split.")?;
                Condition::Split { names: vec![split.clone()] }
            }
            Kind::Sql if self.sql.trim().is_empty() => return Err("Type a condition.".to_owned()),
            Kind::Sql => Condition::Sql(self.sql.clone()),
        })
    }
}

fn entered(ui: &Ui, field: &egui::Response) -> bool {
    field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// The tokenizations that rows can be chosen by.
fn filtering(samples: &Samples) -> impl Iterator<Item = &Lens> {
    samples.lenses.iter().filter(|lens| lens.filters)
}
