//! The jobs: what runs, what waits, what ended and how.

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use super::command::{Command, Commands};
use super::model::JobCard;
use super::theme::{GAP, Icon, Ink, PADDING, Type};
use super::untrusted;
use super::widgets::{CardFrame, EmptyState, IconButton, Status, badge, gap, progress_row, status_icon, text};

const CARD: f32 = 98.0;
const PROGRESS: f32 = 52.0;
const MESSAGE: f32 = 28.0;

/// Draws the screen over the jobs, newest first.
pub fn ui(ui: &mut Ui, jobs: &[JobCard], writable: bool, commands: &mut Commands) {
    text(ui, Type::Page, Ink::Text, "Activity");
    gap(ui, PADDING);
    if jobs.is_empty() {
        let hint = "Downloads, conversions and tokenizations show up here while they run and after.";
        EmptyState { icon: Icon::Activity, title: "Nothing has run yet.", hint }.show(ui);
        return;
    }
    let seen = ui.clip_rect().y_range();
    let (left, width) = (ui.cursor().left(), ui.available_width());
    let start = ui.cursor().top();
    let mut top = start;
    for job in jobs {
        let height = height(job);
        if top + height + 2.0 * CARD >= seen.min && top <= seen.max + 2.0 * CARD {
            let rect = Rect::from_min_size(pos2(left, top), vec2(width, height));
            let mut child = ui.new_child(UiBuilder::new().id_salt(&*job.id.0).max_rect(rect));
            job_card(&mut child, job, height, writable, commands);
        }
        top += height + GAP;
    }
    ui.allocate_space(vec2(width, top - GAP - start));
}

fn shows_progress(job: &JobCard) -> bool {
    job.status.is_running()
}

fn height(job: &JobCard) -> f32 {
    let progress = if shows_progress(job) { PROGRESS } else { 0.0 };
    let message = if job.error.is_some() { MESSAGE } else { 0.0 };
    CARD + progress + message
}

/// The word on a job's badge: a job that is done is not "ready".
fn state(status: Status) -> &'static str {
    match status {
        Status::Ready => "Done",
        Status::Downloading | Status::Processing => "Running",
        Status::Error => "Failed",
        other => other.label(),
    }
}

fn job_card(ui: &mut Ui, job: &JobCard, height: f32, writable: bool, commands: &mut Commands) {
    let title = format!("{} {}", job.kind, untrusted::line(&job.target, untrusted::LINE));
    let spoken = format!("{title}, {}", state(job.status));
    let frame = CardFrame { id: ui.scope_id().with("card"), height, name: &spoken, clickable: false };
    frame.show(ui, |ui, _| {
        let inside = ui.max_rect();
        let row = Rect::from_min_size(inside.min, vec2(inside.width(), 48.0));
        let layout = Layout::right_to_left(Align::Center);
        let mut row = ui.new_child(UiBuilder::new().id_salt("controls").max_rect(row).layout(layout));
        row.spacing_mut().item_spacing.x = 12.0;
        badge(&mut row, state(job.status));
        status_icon(&mut row, job.status);
        row.spacing_mut().item_spacing.x = 4.0;
        let mut button = |offered: bool, icon, what: &str, command: Command| {
            if writable && offered && row.add(IconButton::new(icon, &format!("{what} {title}")).size(16.0)).clicked() {
                commands.push(command);
            }
        };
        button(job.can_cancel, Icon::X, "Cancel", Command::CancelJob(job.id.clone()));
        button(job.can_pause, Icon::Pause, "Pause", Command::PauseJob(job.id.clone()));
        button(job.can_resume, Icon::Play, "Resume", Command::ResumeJob(job.id.clone()));
        let room = row.min_rect().left() - inside.left() - GAP;

        let name = Type::Card.line(ui, Ink::Text, &title, room);
        ui.painter().galley(inside.min, name, Ink::Text.color());
        let when = if job.status.is_running() || job.activity.is_empty() {
            job.when.clone()
        } else {
            format!("{} • {}", job.when, job.activity)
        };
        let when = Type::Small.line(ui, Ink::Muted, &untrusted::line(&when, untrusted::LINE), room);
        ui.painter().galley(pos2(inside.left(), inside.top() + 28.0), when, Ink::Muted.color());

        let rest = Rect::from_min_max(pos2(inside.left(), inside.top() + 48.0), inside.max);
        let mut below = ui.new_child(UiBuilder::new().id_salt("below").max_rect(rest));
        below.spacing_mut().item_spacing.y = 0.0;
        if let Some(error) = &job.error {
            gap(&mut below, 8.0);
            text(&mut below, Type::Small, Ink::Error, untrusted::line(error, untrusted::LINE));
        }
        if shows_progress(job) {
            gap(&mut below, 16.0);
            progress_row(&mut below, &untrusted::line(&job.activity, untrusted::LINE), job.progress);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::model::JobId;
    use crate::window::testing;

    fn job(status: Status) -> JobCard {
        JobCard {
            id: JobId(Arc::from("7")),
            kind: "Download".to_owned(),
            target: "TinyStories".to_owned(),
            status,
            progress: Some(0.5),
            activity: "Fetching • 12.3 MB/s • 2 min left".to_owned(),
            error: None,
            when: "Oct 6, 2025".to_owned(),
            can_pause: status.is_running(),
            can_resume: status == Status::Paused,
            can_cancel: status.is_running(),
        }
    }

    #[test]
    fn a_running_job_can_be_paused_and_cancelled_and_a_paused_one_resumed() {
        for (status, button, command) in [
            (Status::Processing, "Pause Download TinyStories", Command::PauseJob(job(Status::Paused).id)),
            (Status::Processing, "Cancel Download TinyStories", Command::CancelJob(job(Status::Paused).id)),
            (Status::Paused, "Resume Download TinyStories", Command::ResumeJob(job(Status::Paused).id)),
        ] {
            let mut harness = testing::harness(
                |ui, commands: &mut Commands| super::ui(ui, &[job(status)], true, commands),
                Commands::default(),
            );
            harness.get_by_label(button).click();
            harness.run_steps(3);
            assert_eq!(harness.state_mut().take(), [command]);
        }
    }

    #[test]
    fn nothing_run_yet_has_a_face() {
        let harness =
            testing::harness(|ui, commands: &mut Commands| super::ui(ui, &[], true, commands), Commands::default());
        harness.get_by_label("Nothing has run yet.");
    }
}
