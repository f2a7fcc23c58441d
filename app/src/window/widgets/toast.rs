//! News of what ended in the background, in the lower right corner.

use egui::{Align2, Area, CornerRadius, Frame, Id, Margin, Order, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use super::button::IconButton;
use crate::window::theme::{Icon, Ink, RADIUS, Type, icons, shadow, tokens};
use crate::window::untrusted;

/// Seconds good news stays. Bad news stays until it is closed.
const STAY: f64 = 6.0;

/// The most that are kept; older ones make room.
const MOST: usize = 5;

const WIDTH: f32 = 400.0;

/// What kind of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastKind {
    /// Something ended well.
    Good,
    /// Something worth knowing.
    Info,
    /// Something failed.
    Bad,
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What kind.
    pub kind: ToastKind,
    /// What happened, in a sentence.
    pub text: String,
}

/// The news on screen.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Shown>,
    next: u64,
}

#[derive(Debug)]
struct Shown {
    number: u64,
    toast: Toast,
    /// When it goes, in the window's time; set at its first picture.
    until: Option<f64>,
}

impl Toasts {
    /// Adds news.
    pub fn push(&mut self, kind: ToastKind, text: impl Into<String>) {
        let toast = Toast { kind, text: text.into() };
        if self.shown.last().is_some_and(|last| last.toast == toast) {
            return;
        }
        self.shown.push(Shown { number: self.next, toast, until: None });
        self.next += 1;
        if self.shown.len() > MOST {
            self.shown.remove(0);
        }
    }

    /// Draws the news over everything else, and forgets what is old or was closed.
    pub fn show(&mut self, ui: &Ui) {
        if self.shown.is_empty() {
            return;
        }
        let now = ui.input(|input| input.time);
        for shown in &mut self.shown {
            if shown.until.is_none() && shown.toast.kind != ToastKind::Bad {
                shown.until = Some(now + STAY);
            }
        }
        self.shown.retain(|shown| shown.until.is_none_or(|until| until > now));
        if let Some(soonest) = self.shown.iter().filter_map(|shown| shown.until).min_by(f64::total_cmp) {
            ui.ctx().request_repaint_after_secs((soonest - now) as f32 + 0.01);
        }
        let mut closed = None;
        Area::new(Id::unique("toasts"))
            .order(Order::Tooltip)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-24.0, -24.0))
            .accessible_name("Notifications")
            .show(ui.ctx(), |ui| {
                ui.set_width(WIDTH);
                ui.spacing_mut().item_spacing.y = 12.0;
                for shown in &self.shown {
                    if draw(ui, shown) {
                        closed = Some(shown.number);
                    }
                }
            });
        self.shown.retain(|shown| Some(shown.number) != closed);
    }
}

/// Draws one; true when it was closed.
fn draw(ui: &mut Ui, shown: &Shown) -> bool {
    let (icon, ink) = match shown.toast.kind {
        ToastKind::Good => (Icon::CircleCheck, Ink::Accent),
        ToastKind::Info => (Icon::Info, Ink::Info),
        ToastKind::Bad => (Icon::CircleAlert, Ink::Error),
    };
    let frame = Frame::new()
        .fill(tokens().modal)
        .stroke(Stroke::new(1.0, tokens().strong_line))
        .corner_radius(CornerRadius::same(RADIUS))
        .shadow(shadow())
        .inner_margin(Margin::same(16));
    let inner = frame.show(ui, |ui| {
        ui.push_id(shown.number, |ui| {
            ui.horizontal_top(|ui| {
                icons::show(ui, icon, 20.0, ink);
                let words = untrusted::line(&shown.toast.text, 2 * untrusted::LINE);
                let galley = Type::Small.paragraph(ui, Ink::Label, &words, WIDTH - 32.0 - 28.0 - 36.0, 6);
                let size = Vec2::new(WIDTH - 32.0 - 28.0 - 36.0, galley.size().y);
                let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
                response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &words));
                ui.painter().galley(rect.min, galley, Ink::Label.color());
                ui.add(IconButton::new(Icon::X, "Dismiss").size(16.0)).clicked()
            })
            .inner
        })
        .inner
    });
    inner.inner
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[test]
    fn bad_news_stays_until_it_is_closed_and_good_news_goes_by_itself() {
        let mut toasts = Toasts::default();
        toasts.push(ToastKind::Good, "TinyStories is ready.");
        toasts.push(ToastKind::Bad, "Network error.");
        let mut harness = testing::harness(|ui, toasts: &mut Toasts| toasts.show(ui), toasts);
        harness.run_steps(4);
        harness.get_by_label("TinyStories is ready.");
        harness.run_steps(40);
        assert!(harness.query_by_label("TinyStories is ready.").is_none());
        harness.get_by_label("Network error.");
        harness.get_by_label("Dismiss").click();
        harness.run_steps(4);
        assert!(harness.query_by_label("Network error.").is_none());
    }

    #[test]
    fn a_flood_of_news_keeps_only_the_newest() {
        let mut toasts = Toasts::default();
        for number in 0..1_000 {
            toasts.push(ToastKind::Bad, format!("Failure {number}"));
            toasts.push(ToastKind::Bad, format!("Failure {number}"));
        }
        assert_eq!(toasts.shown.len(), MOST);
        assert_eq!(toasts.shown[MOST - 1].toast.text, "Failure 999");
    }
}
