//! The field for a repository, with the datasets of the Hub that match what is typed.
//!
//! A question goes out a moment after the last key, never for an address or for what was chosen, and never twice for
//! the same text; while nothing is typed this asks for nothing and draws nothing anew.

use egui::{CornerRadius, EventFilter, Frame, Key, Margin, Modifiers, Popup, PopupCloseBehavior, RectAlign, Response};
use egui::{Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use mistudio_core::units;

use super::asked::AskedState;
use super::command::{Command, Commands, Secret};
use super::model::{HubMatch, HubSearch};
use super::theme::{Icon, Ink, SMALL_RADIUS, Type, icons, popup_frame, tokens};
use super::untrusted;
use super::widgets::{TextField, text};

/// Seconds between the last key and the question.
const PAUSE: f64 = 0.3;
/// The shortest text that is asked for, in characters.
const SHORTEST: usize = 2;
const ROW: f32 = 44.0;
/// The most that is in sight at once.
const HEIGHT: f32 = 7.5 * ROW;

/// What is typed, and where its search stands.
#[derive(Debug, Default)]
pub struct RepositoryField {
    text: String,
    /// When the text last changed, while its question has not gone out.
    typed_at: Option<f64>,
    /// Whether the list may be shown.
    open: bool,
    /// The match that Enter takes.
    marked: Option<usize>,
    focused: bool,
    /// Whether the pointer is on the list, which a click there must not close.
    on_list: bool,
}

/// What there is to draw the field with.
#[derive(Debug, Clone, Copy)]
pub struct RepositoryView<'a> {
    /// The matches.
    pub search: &'a HubSearch,
    /// Why the last request was refused.
    pub error: Option<&'a str>,
    /// Whether it can be typed in.
    pub enabled: bool,
}

/// What the user did in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldEnd {
    /// Nothing that ends it.
    Typing,
    /// Pressed Enter, or chose a match: the repository is to be looked at.
    Entered,
}

impl RepositoryField {
    /// What is typed, without the spaces around it.
    pub fn repository(&self) -> &str {
        self.text.trim()
    }

    /// Types a text, as a person would.
    #[cfg(test)]
    pub fn fill(&mut self, text: &str) {
        text.clone_into(&mut self.text);
    }

    /// Draws it. A question to the Hub carries `token`.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        view: RepositoryView<'_>,
        token: Option<Secret>,
        commands: &mut Commands,
    ) -> FieldEnd {
        let matches: &[HubMatch] = view.search.found.answer.as_deref().map_or(&[], Vec::as_slice);
        let was_listed = self.open && (self.focused || self.on_list) && is_searchable(self.repository());
        let mut picked = if was_listed { self.keys(ui, matches.len()) } else { None };

        let field = TextField::new("Dataset Repository", &mut self.text)
            .hint("e.g., roneneldan/TinyStories")
            .error(view.error)
            .enabled(view.enabled)
            .show(ui);
        let now = ui.input(|input| input.time);
        if field.changed() {
            self.open = true;
            self.marked = None;
            self.typed_at = is_searchable(self.repository()).then_some(now);
            if self.typed_at.is_none() && view.search.found.state != AskedState::NotAsked {
                commands.push(Command::StopSearch);
            }
        }
        self.ask_in_time(ui, now, token, commands);
        self.focused = field.has_focus();
        let listed = self.open && (self.focused || self.on_list) && is_searchable(self.repository());
        if listed {
            // Esc closes the list and leaves the keyboard where it is.
            let filter = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(field.id, filter));
            picked = picked.or(self.list(&field, view.search, matches));
        } else {
            self.on_list = false;
        }
        if let Some(found) = picked.and_then(|place| matches.get(place)) {
            self.text.clone_from(&found.id);
            self.settle();
            return FieldEnd::Entered;
        }
        if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && !self.repository().is_empty() {
            self.settle();
            return FieldEnd::Entered;
        }
        FieldEnd::Typing
    }

    /// What is typed is what was meant: there is nothing to search for until it changes.
    pub fn settle(&mut self) {
        self.open = false;
        self.on_list = false;
        self.typed_at = None;
        self.marked = None;
    }

    fn ask_in_time(&mut self, ui: &Ui, now: f64, token: Option<Secret>, commands: &mut Commands) {
        let Some(typed_at) = self.typed_at else { return };
        let left = typed_at + PAUSE - now;
        if left > 0.0 {
            ui.request_repaint_after(std::time::Duration::from_secs_f64(left));
            return;
        }
        self.typed_at = None;
        commands.push(Command::SearchHub(self.repository().to_owned(), token));
    }

    /// Takes the keys that belong to the list before the field sees them; the match that Enter takes.
    fn keys(&mut self, ui: &Ui, count: usize) -> Option<usize> {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Escape) {
            self.open = false;
            return None;
        }
        if count > 0 && pressed(Key::ArrowDown) {
            self.marked = Some(self.marked.map_or(0, |marked| (marked + 1) % count));
        }
        if count > 0 && pressed(Key::ArrowUp) {
            self.marked = Some(self.marked.map_or(count - 1, |marked| (marked + count - 1) % count));
        }
        if self.marked.is_some() && pressed(Key::Enter) { self.marked } else { None }
    }

    /// Draws the list; the match that was clicked.
    fn list(&mut self, field: &Response, search: &HubSearch, matches: &[HubMatch]) -> Option<usize> {
        let width = field.rect.width();
        let quiet = match (search.found.failure(), search.found.is_waiting()) {
            (Some(why), _) => Some(format!("Search is not available. {}", untrusted::line(why, untrusted::LINE))),
            (None, true) if matches.is_empty() => Some("Searching Hugging Face…".to_owned()),
            (None, false) if matches.is_empty() && search.found.answer.is_some() => {
                Some("No dataset has such a name. Enter looks at what is typed.".to_owned())
            }
            _ => None,
        };
        if quiet.is_none() && matches.is_empty() {
            return None;
        }
        let marked = self.marked;
        let shown = Popup::from_response(field)
            .open(true)
            .close_behavior(PopupCloseBehavior::IgnoreClicks)
            .align(RectAlign::BOTTOM_START)
            .gap(4.0)
            .frame(popup_frame())
            .accessible_name("Matching datasets")
            .show(|ui| {
                ui.set_width(width - 10.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                if let Some(quiet) = quiet {
                    let margin = Margin::symmetric(12, 10);
                    Frame::new().inner_margin(margin).show(ui, |ui| text(ui, Type::Small, Ink::Muted, quiet));
                }
                let mut clicked = None;
                // The list grows with its matches; egui would keep it as high as it was at first.
                let area = ScrollArea::vertical().max_height(HEIGHT).min_scrolled_height(HEIGHT);
                area.show(ui, |ui| {
                    for (place, found) in matches.iter().enumerate() {
                        if match_row(ui, found, marked == Some(place)).clicked() {
                            clicked = Some(place);
                        }
                    }
                });
                clicked
            })?;
        self.on_list = shown.response.contains_pointer();
        shown.inner
    }
}

/// Whether a text is worth asking the Hub for: long enough, no address, and no access token in the wrong field.
fn is_searchable(text: &str) -> bool {
    let is_address = text.contains("://") || text.contains('@') || text.matches('/').count() > 1;
    let hosts = ["huggingface.co", "www.huggingface.co", "hf.co", "datasets/"];
    let is_token = text.len() >= 20 && text.starts_with("hf_") && !text.contains('/');
    text.chars().count() >= SHORTEST && !is_address && !is_token && !hosts.iter().any(|host| text.starts_with(host))
}

fn match_row(ui: &mut Ui, found: &HubMatch, marked: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    let id = untrusted::line(&found.id, untrusted::LINE);
    let mark = match (found.gated, found.private) {
        (_, true) => Some("Private"),
        (true, false) => Some("Gated"),
        (false, false) => None,
    };
    response.widget_info(|| {
        let (downloads, likes) = (units::counted(found.downloads, "download"), units::counted(found.likes, "like"));
        let mark = mark.map(|mark| format!(", {}", mark.to_lowercase())).unwrap_or_default();
        WidgetInfo::selected(Role::ListBoxOption, true, marked, format!("{id}, {downloads}, {likes}{mark}"))
    });
    if marked || response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::same(SMALL_RADIUS), tokens().quiet);
    }
    if marked {
        response.scroll_to_me(None);
    }
    let middle = rect.center().y;
    let mut right = rect.right() - 12.0;
    for (icon, number, width) in [(Icon::Heart, found.likes, 84.0), (Icon::Download, found.downloads, 132.0)] {
        let galley = Type::Small.line(ui, Ink::Muted, &units::count(number), width - 24.0);
        let left = right - width;
        icons::paint(
            ui.painter(),
            egui::Rect::from_center_size(pos2(left + 8.0, middle), vec2(16.0, 16.0)),
            icon,
            14.0,
            Ink::Faint,
        );
        ui.painter().galley(pos2(left + 22.0, middle - galley.size().y / 2.0), galley, Ink::Muted.color());
        right = left;
    }
    let badge = mark.map(|mark| Type::Meta.line(ui, Ink::Warn, mark, 80.0));
    let badge_width = badge.as_ref().map_or(0.0, |badge| badge.size().x + 24.0);
    let name = Type::Body.line(ui, Ink::Text, &id, right - rect.left() - 24.0 - badge_width);
    let left = rect.left() + 12.0;
    let after = left + name.size().x + 8.0;
    ui.painter().galley(pos2(left, middle - name.size().y / 2.0), name, Ink::Text.color());
    if let Some(badge) = badge {
        let pill = egui::Rect::from_min_size(pos2(after, middle - 10.0), vec2(badge.size().x + 16.0, 20.0));
        ui.painter().rect_filled(pill, CornerRadius::same(10), tokens().badge);
        ui.painter().galley(pill.min + vec2(8.0, (20.0 - badge.size().y) / 2.0), badge, Ink::Warn.color());
    }
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

    use super::*;
    use crate::window::asked::Asked;

    #[derive(Default)]
    struct Screen {
        field: RepositoryField,
        search: HubSearch,
        commands: Commands,
        entered: usize,
    }

    fn screen() -> Harness<'static, Screen> {
        let builder = Harness::builder().with_step_dt(0.05).with_context_setup(crate::window::theme::install);
        let mut harness = builder.build_ui_state(
            |ui, state: &mut Screen| {
                let Screen { field, search, commands, entered } = state;
                let view = RepositoryView { search, error: None, enabled: true };
                let end = field.ui(ui, view, Secret::new("hf_t"), commands);
                *entered += usize::from(end == FieldEnd::Entered);
            },
            Screen::default(),
        );
        harness.get(By::new().label("Dataset Repository").role(Role::TextInput)).focus();
        harness.run();
        harness
    }

    fn type_text(harness: &mut Harness<'_, Screen>, text: &str) {
        for letter in text.chars() {
            harness.event(egui::Event::Text(letter.to_string()));
        }
        harness.step();
    }

    /// Lets a second or more pass, picture by picture.
    fn pass(harness: &mut Harness<'_, Screen>, seconds: usize) {
        harness.run_steps(20 * seconds);
    }

    fn found(id: &str, gated: bool) -> HubMatch {
        HubMatch { id: id.to_owned(), downloads: 1234, likes: 1, gated, private: false }
    }

    fn with_matches() -> Harness<'static, Screen> {
        let mut harness = screen();
        type_text(&mut harness, "stories");
        pass(&mut harness, 1);
        harness.state_mut().search.found = Asked::done(vec![found("a/stories", false), found("b/stories", true)]);
        harness.run_steps(4);
        harness
    }

    #[test]
    fn fast_typing_asks_once_a_moment_after_the_last_key() {
        let mut harness = screen();
        type_text(&mut harness, "tiny");
        let early = harness.state_mut().commands.take();
        assert_eq!(early, [], "nothing is asked while keys come");
        pass(&mut harness, 1);
        let asked = harness.state_mut().commands.take();
        assert_eq!(asked, [Command::SearchHub("tiny".to_owned(), Secret::new("hf_t"))]);
        pass(&mut harness, 2);
        assert!(harness.state_mut().commands.is_empty(), "idle asks for nothing");
    }

    #[test]
    fn what_is_no_name_is_not_searched_for() {
        for text in
            ["a", "https://huggingface.co/datasets/o/n", "hf.co/datasets/o/n", "datasets/o/n", "a/b/c", "o/n@v1"]
        {
            assert!(!is_searchable(text), "{text}");
        }
        assert!(!is_searchable(&format!("hf_{}", "aB3".repeat(11))), "a token goes nowhere");
        for text in ["ab", "roneneldan/Tiny", "日本"] {
            assert!(is_searchable(text), "{text}");
        }
        let mut harness = screen();
        harness.state_mut().search.found.wait();
        type_text(&mut harness, "a");
        pass(&mut harness, 1);
        assert_eq!(harness.state_mut().commands.take(), [Command::StopSearch], "what was asked before is given up");
    }

    #[test]
    fn arrows_and_enter_choose_a_match_and_no_new_question_follows() {
        let mut harness = with_matches();
        harness.state_mut().commands.take();
        harness.get_by_label("b/stories, 1,234 downloads, 1 like, gated");
        for key in [Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::ArrowUp, Key::Enter] {
            harness.key_press(key);
            harness.run_steps(2);
        }
        assert_eq!(harness.state().field.repository(), "b/stories");
        assert_eq!(harness.state().entered, 1);
        pass(&mut harness, 1);
        assert!(harness.query_by_label_contains("1,234 downloads").is_none(), "the list closes");
        assert!(harness.state_mut().commands.is_empty());
    }

    #[test]
    fn a_click_chooses_a_match() {
        let mut harness = with_matches();
        harness.get_by_label("a/stories, 1,234 downloads, 1 like").click();
        harness.run_steps(4);
        assert_eq!(harness.state().field.repository(), "a/stories");
        assert_eq!(harness.state().entered, 1);
    }

    #[test]
    fn escape_closes_the_list_and_typing_goes_on() {
        let mut harness = with_matches();
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        assert!(harness.query_by_label_contains("1,234 downloads").is_none());
        assert!(harness.get(By::new().label("Dataset Repository").role(Role::TextInput)).is_focused());
        type_text(&mut harness, "x");
        harness.run_steps(2);
        assert_eq!(harness.state().field.repository(), "storiesx");
        harness.get_by_label_contains("a/stories");
    }

    #[test]
    fn enter_without_a_marked_match_takes_what_is_typed() {
        let mut harness = with_matches();
        harness.key_press(Key::Enter);
        harness.run_steps(2);
        assert_eq!((harness.state().entered, harness.state().field.repository()), (1, "stories"));
    }

    #[test]
    fn a_search_that_fails_is_one_quiet_line() {
        let mut harness = screen();
        type_text(&mut harness, "stories");
        harness.state_mut().search.found.state =
            AskedState::Failed("Network error: cannot connect to the Hub.".to_owned());
        harness.run_steps(4);
        let line = harness.get_by_label_contains("Search is not available.");
        assert_eq!(line.accesskit_node().role(), Role::Label);
    }
}
