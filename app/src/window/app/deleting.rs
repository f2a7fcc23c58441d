//! The question before a deletion, and the deletion.

use mistudio_core::catalog::Snapshot;
use mistudio_core::jobs::{Answer, Pending};
use mistudio_core::studio::{DeletePlan, Studio};
use mistudio_core::units;

use super::{Deed, ended};
use crate::window::model::{DatasetId, Deletion};
use crate::window::widgets::{ToastKind, Toasts};

/// What is asked, and what is under way.
#[derive(Default)]
pub(super) struct Deleting {
    asked: Option<(Deletion, Option<Deed>)>,
    plan: Option<Pending<Result<Deletion, String>>>,
}

impl Deleting {
    /// The question that is on screen.
    pub(super) fn shown(&self) -> Option<&Deletion> {
        self.asked.as_ref().map(|(deletion, _)| deletion)
    }

    /// Finds out what the deletion of a dataset would mean, to ask then.
    pub(super) fn ask(&mut self, studio: &Studio, id: DatasetId) {
        self.plan = Some(studio.ask(move |studio, _| {
            studio.delete_plan(&id.0).map(|plan| deletion(&id, plan)).map_err(|error| error.to_string())
        }));
    }

    /// Asks whether a tokenization is to go; nothing where it is gone already.
    pub(super) fn ask_tokenization(&mut self, snapshot: &Snapshot, id: &DatasetId, tokenization: &str) {
        self.asked = tokenization_deletion(snapshot, id, tokenization).map(|deletion| (deletion, None));
    }

    /// Deletes what was asked about.
    pub(super) fn carry_out(&mut self, studio: &Studio, id: DatasetId, tokenization: Option<String>) {
        let Some((deletion, pending)) = &mut self.asked else { return };
        deletion.running = true;
        deletion.error = None;
        *pending = Some(studio.ask_long(move |studio, _| {
            let deleted = match tokenization {
                Some(tokenization) => studio.delete_tokenization(&id.0, &tokenization).map(drop),
                None => studio.delete(&[id.0.to_string()]).map(drop),
            };
            deleted.map(|()| None).map_err(|error| error.to_string())
        }));
    }

    /// Leaves everything as it is.
    pub(super) fn close(&mut self) {
        self.asked = None;
    }

    /// Takes in what has come.
    pub(super) fn take_news(&mut self, toasts: &mut Toasts) {
        if let Some((deletion, pending)) = &mut self.asked
            && let Some(outcome) = pending.as_ref().and_then(ended)
        {
            *pending = None;
            deletion.running = false;
            match outcome {
                Ok(_) => self.asked = None,
                Err(reason) => deletion.error = Some(reason),
            }
        }
        match self.plan.as_ref().map(Pending::poll) {
            None | Some(Answer::Waiting) => {}
            Some(Answer::Ready(Ok(deletion))) => {
                self.plan = None;
                self.asked = Some((deletion, None));
            }
            Some(Answer::Ready(Err(error))) => {
                self.plan = None;
                toasts.push(ToastKind::Bad, error);
            }
            Some(Answer::Lost) => self.plan = None,
        }
    }
}

/// What the question before a deletion says.
fn deletion(id: &DatasetId, plan: DeletePlan) -> Deletion {
    let mut goes_along: Vec<String> = plan
        .tokenizations
        .iter()
        .map(|(tokenization, tokenizer)| format!("Tokenization {tokenization} with {tokenizer}"))
        .collect();
    if plan.external_files > 0 {
        let files = units::counted(plan.external_files as u64, "external file");
        goes_along.push(format!("Only the reference to {files}: those stay where they are"));
    }
    let mut pinned_by: Vec<String> = plan
        .pinned_by
        .iter()
        .map(|reference| {
            let note = reference.note.as_ref().map(|note| format!(", {note}")).unwrap_or_default();
            format!("{} '{}' ({}{note})", reference.kind, reference.name, reference.state)
        })
        .collect();
    if plan.is_busy {
        pinned_by.push("A running job: cancel it first, or wait for it".to_owned());
    }
    Deletion {
        id: id.clone(),
        tokenization: None,
        name: plan.name,
        size: plan.size_bytes,
        goes_along,
        pinned_by,
        running: false,
        error: None,
    }
}

/// What the question before the deletion of a tokenization says; nothing where it is gone.
fn tokenization_deletion(snapshot: &Snapshot, id: &DatasetId, tokenization: &str) -> Option<Deletion> {
    let entry = snapshot.dataset(&id.0).ok()?;
    let found = entry.tokenization(Some(tokenization)).ok()?;
    Some(Deletion {
        id: id.clone(),
        tokenization: Some(found.id.clone()),
        name: format!("the tokenization of {} with {}", entry.record.name, found.tokenizer),
        size: found.size_bytes,
        goes_along: Vec::new(),
        pinned_by: Vec::new(),
        running: false,
        error: None,
    })
}
