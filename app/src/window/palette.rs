//! The command palette: everything that can be done from here, found by typing a part of its name.

use egui::{Align2, Id, Key, Modifiers, Rect, ScrollArea, Ui, UiBuilder, vec2};

use super::command::{Command, Commands};
use super::theme::{Icon, Ink, RADIUS, Type, shadow, tokens};
use super::untrusted;
use super::widgets::{ENTRY_HEIGHT, TextField, entry, gap, text};

const WIDTH: f32 = 640.0;
/// From the top of the window.
const TOP: f32 = 96.0;
const LIST: f32 = 360.0;

/// Something that can be done.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its icon.
    pub icon: Icon,
    /// What it does, as it is found.
    pub words: String,
    /// What it is about, for example "Dataset".
    pub about: &'static str,
    /// Which commands it gives, in this order.
    pub commands: Vec<Command>,
}

/// The open palette.
#[derive(Debug)]
pub struct Palette {
    actions: Vec<Action>,
    typed: String,
    /// The place of the marked action among those that are listed.
    marked: usize,
    /// Whether the field has been given the keyboard.
    began: bool,
}

impl Palette {
    /// A palette of these actions.
    pub fn new(actions: Vec<Action>) -> Self {
        Self { actions, typed: String::new(), marked: 0, began: false }
    }

    /// Draws it; true once it is done with, by Esc, a click beside it, or an action that was chosen.
    #[must_use]
    pub fn ui(&mut self, ui: &Ui, commands: &mut Commands) -> bool {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let (up, down, enter) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown), pressed(Key::Enter));
        let id = Id::unique("palette");
        let area = egui::Modal::default_area(id)
            .anchor(Align2::CENTER_TOP, vec2(0.0, TOP))
            .role(egui::Role::Dialog)
            .accessible_name("Commands");
        let frame = egui::Frame::new()
            .fill(tokens().modal)
            .corner_radius(egui::CornerRadius::same(RADIUS))
            .inner_margin(egui::Margin::same(12))
            .shadow(shadow());
        let modal = egui::Modal::new(id).area(area).frame(frame).backdrop_color(tokens().scrim);
        let response = modal.show(ui.ctx(), |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 48.0));
            ui.spacing_mut().item_spacing.y = 0.0;
            let field = TextField::new("Command", &mut self.typed)
                .hint("Type a command or the name of a dataset...")
                .hide_label()
                .show(ui);
            if !std::mem::replace(&mut self.began, true) {
                field.request_focus();
            }
            if field.changed() {
                self.marked = 0;
            }
            gap(ui, 8.0);
            self.list(ui, (up, down, enter))
        });
        if let Some(chosen) = response.inner.and_then(|place| self.actions.get(place)) {
            for command in &chosen.commands {
                commands.push(command.clone());
            }
            return true;
        }
        response.should_close()
    }

    /// Draws the actions that match; the place of the one that was chosen.
    fn list(&mut self, ui: &mut Ui, (up, down, enter): (bool, bool, bool)) -> Option<usize> {
        let found = self.found();
        if found.is_empty() {
            text(ui, Type::Small, Ink::Muted, "Nothing here is called that.");
            gap(ui, 8.0);
            return None;
        }
        let count = found.len();
        self.marked = match (up, down) {
            (true, false) => (self.marked + count - 1) % count,
            (false, true) => (self.marked + 1) % count,
            _ => self.marked.min(count - 1),
        };
        let mut chosen = enter.then(|| found[self.marked]);
        let marked = self.marked;
        // A workspace has thousands of these; only those in sight are drawn.
        ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST).show_viewport(ui, |ui, shown| {
            let whole = ui.max_rect();
            let line = |place: usize| {
                let top = whole.top() + place as f32 * ENTRY_HEIGHT;
                Rect::from_x_y_ranges(whole.x_range(), top..=top + ENTRY_HEIGHT)
            };
            ui.set_height(count as f32 * ENTRY_HEIGHT);
            if up || down {
                ui.scroll_to_rect(line(marked), None);
            }
            let first = (shown.top() / ENTRY_HEIGHT).floor().max(0.0) as usize;
            let in_sight = (shown.bottom() / ENTRY_HEIGHT).ceil().max(0.0) as usize;
            for (place, &action) in found.iter().enumerate().take(in_sight).skip(first) {
                let Action { icon, words, about, .. } = &self.actions[action];
                let mut ui = ui.new_child(UiBuilder::new().id_salt(action).max_rect(line(place)));
                let words = untrusted::line(words, untrusted::LINE);
                if entry(&mut ui, *icon, &words, about, place == marked).clicked() {
                    chosen = Some(action);
                }
            }
        });
        chosen
    }

    /// The places of the actions whose words hold each part that is typed.
    fn found(&self) -> Vec<usize> {
        let typed = self.typed.to_lowercase();
        let holds = |action: &Action| {
            let words = action.words.to_lowercase();
            typed.split_whitespace().all(|part| words.contains(part))
        };
        (0..self.actions.len()).filter(|&place| holds(&self.actions[place])).collect()
    }
}

#[cfg(test)]
mod tests {
    use egui::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, Queryable as _};

    use super::*;
    use crate::window::model::Tab;
    use crate::window::testing;

    struct Screen {
        palette: Option<Palette>,
        commands: Commands,
    }

    fn open() -> Harness<'static, Screen> {
        let action = |words: &str, command| Action {
            icon: Icon::Database,
            words: words.to_owned(),
            about: "",
            commands: vec![command],
        };
        let actions = vec![
            action("Go to Datasets", Command::ShowTab(Tab::Datasets)),
            action("Go to Activity", Command::ShowTab(Tab::Activity)),
            action("Open Workspace…", Command::OpenWorkspace),
        ];
        let mut harness = testing::harness(
            |ui, state: &mut Screen| {
                if let Some(palette) = &mut state.palette
                    && palette.ui(ui, &mut state.commands)
                {
                    state.palette = None;
                }
            },
            Screen { palette: Some(Palette::new(actions)), commands: Commands::default() },
        );
        harness.run();
        harness
    }

    fn taken(harness: &mut Harness<'static, Screen>) -> Vec<Command> {
        harness.state_mut().commands.take()
    }

    #[test]
    fn what_is_typed_finds_and_enter_does_it() {
        let mut harness = open();
        harness.event(egui::Event::Text("acti go".to_owned()));
        harness.run();
        assert!(harness.query_by_label("Open Workspace…").is_none());
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(taken(&mut harness), [Command::ShowTab(Tab::Activity)]);
        assert!(harness.state().palette.is_none());
    }

    #[test]
    fn arrows_go_round_and_a_click_does_it_too() {
        let mut harness = open();
        harness.key_press(Key::ArrowUp);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(taken(&mut harness), [Command::OpenWorkspace]);

        let mut harness = open();
        harness.get_by_label("Go to Activity").click();
        harness.run();
        assert_eq!(taken(&mut harness), [Command::ShowTab(Tab::Activity)]);
    }

    #[test]
    fn of_ten_thousand_actions_only_those_in_sight_are_drawn_and_the_last_is_one_key_away() {
        let mut harness = open();
        let action = |number: usize| Action {
            icon: Icon::Database,
            words: format!("Action {number}"),
            about: "",
            commands: vec![Command::OpenPage(number.to_string())],
        };
        harness.state_mut().palette = Some(Palette::new((0..10_000).map(action).collect()));
        harness.run();
        let drawn = |harness: &Harness<'static, Screen>| harness.query_all(By::new().role(Role::MenuItem)).count();
        assert!((8..20).contains(&drawn(&harness)), "{} drawn", drawn(&harness));
        harness.key_press(Key::ArrowUp);
        harness.run_steps(30);
        harness.get_by_label("Action 9999");
        assert!((8..20).contains(&drawn(&harness)));
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(taken(&mut harness), [Command::OpenPage("9999".to_owned())]);
    }

    #[test]
    fn nothing_happens_where_nothing_is_found_and_escape_closes() {
        let mut harness = open();
        harness.event(egui::Event::Text("zzz".to_owned()));
        harness.run();
        harness.get_by_label("Nothing here is called that.");
        harness.key_press(Key::Enter);
        harness.run();
        assert!(harness.state().palette.is_some() && taken(&mut harness).is_empty());
        harness.key_press(Key::Escape);
        harness.run();
        assert!(harness.state().palette.is_none());
    }
}
