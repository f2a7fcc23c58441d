//! Work on finished token rows that takes as long as reading them: audits of their files, exports. It goes on while its
//! dataset is not on screen.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use mistudio_core::audit::{Finding, Severity};
use mistudio_core::jobs::{Answer, Pending};
use mistudio_core::studio::{ExportRequest, Studio, TokenizationAudit};
use mistudio_core::units;

use super::{NO_ANSWER, under_way};
use crate::window::model::{AuditFinding, ExportForm, RowAudit, Tokenization};
use crate::window::widgets::{ToastKind, Toasts};

/// Pause between two looks at how far the work is.
const LOOK: Duration = Duration::from_millis(200);

/// What is under way, and what audits have found since the workspace was opened; by the tokenization's id.
#[derive(Default)]
pub(super) struct RowWork {
    running: HashMap<String, Running>,
    audits: HashMap<String, Result<RowAudit, String>>,
}

enum Running {
    Audit(Pending<Result<RowAudit, String>>),
    Export(Pending<Result<String, String>>),
}

impl RowWork {
    /// Audits a tokenization from its files.
    pub(super) fn audit(&mut self, studio: &Studio, tokenization: String) {
        let id = tokenization.clone();
        let pending = studio.ask_long(move |studio, control| {
            let found = studio.audit_tokenization(&id, None, None, None, control);
            found.map(|audit| shown(&audit)).map_err(|error| error.to_string())
        });
        self.audits.remove(&tokenization);
        self.running.insert(tokenization, Running::Audit(pending));
    }

    /// Exports a tokenization to that folder.
    pub(super) fn export(&mut self, studio: &Studio, form: ExportForm, to: PathBuf) {
        let ExportForm { tokenization, format, split } = form;
        let request =
            ExportRequest { named: tokenization.clone(), tokenization: None, format, to, split, overwrite: false };
        let pending = studio.ask_long(move |studio, control| {
            let done = studio.export(&request, control).map_err(|error| error.to_string())?;
            let rows = units::counted(done.splits.iter().map(|split| split.rows).sum(), "row");
            Ok(format!("{rows} were exported to {}.", done.folder.display()))
        });
        self.running.insert(tokenization, Running::Export(pending));
    }

    /// Stops what is done with a tokenization.
    pub(super) fn stop(&mut self, tokenization: &str) {
        self.running.remove(tokenization);
    }

    /// Takes in what has come.
    pub(super) fn take_news(&mut self, toasts: &mut Toasts, context: &egui::Context) {
        let audits = &mut self.audits;
        self.running.retain(|id, running| match running {
            Running::Audit(pending) => match pending.poll() {
                Answer::Waiting => true,
                Answer::Ready(outcome) => {
                    audits.insert(id.clone(), outcome);
                    false
                }
                Answer::Lost => {
                    audits.insert(id.clone(), Err(NO_ANSWER.to_owned()));
                    false
                }
            },
            Running::Export(pending) => {
                let (kind, words) = match pending.poll() {
                    Answer::Waiting => return true,
                    Answer::Ready(Ok(said)) => (ToastKind::Good, said),
                    Answer::Ready(Err(error)) => (ToastKind::Bad, error),
                    Answer::Lost => (ToastKind::Bad, NO_ANSWER.to_owned()),
                };
                toasts.push(kind, words);
                false
            }
        });
        if !self.running.is_empty() {
            context.request_repaint_after(LOOK);
        }
    }

    /// Puts how things stand beside the results on screen.
    pub(super) fn show(&self, data: &mut Tokenization) {
        for result in &mut data.results {
            result.running = self.running.get(&result.id).map(|running| {
                let report = match running {
                    Running::Audit(pending) => pending.report(),
                    Running::Export(pending) => pending.report(),
                };
                under_way(&report)
            });
            result.checked = self.audits.get(&result.id).cloned();
        }
    }
}

fn shown(audit: &TokenizationAudit) -> RowAudit {
    let finding = |finding: &Finding| AuditFinding {
        is_error: finding.severity == Severity::Error,
        is_warning: finding.severity == Severity::Warning,
        message: finding.message.clone(),
        first: finding.first.iter().map(ToString::to_string).collect(),
    };
    RowAudit {
        rows: audit.report.total.rows,
        tokens: audit.report.total.tokens,
        findings: audit.report.findings.iter().map(finding).collect(),
    }
}
