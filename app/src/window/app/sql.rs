//! What the SQL tab asks of the studio, and what comes back.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mistudio_core::jobs::{Answer, Control, Pending};
use mistudio_core::sql::{
    MOST_COPIED, MOST_COPIED_BYTES, PastQuery, ResultPage, ResultSet, ResultState, SavedQuery, SchemaTree, Session,
};
use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::subset::RowFormat;
use mistudio_core::units;

use super::detail::{Question, ask, ask_long, take};
use super::{NO_ANSWER, under_way};
use crate::window::asked::Asked;
use crate::window::model::{CopyForm, Sql, SqlAnswer, SqlCommand, SqlPlot, SqlState};
use crate::window::sql::SqlTab;
use crate::window::widgets::{ToastKind, Toasts};

/// Rows that are read at once.
const AT_ONCE: u64 = 200;
/// Characters of a value that the table gets.
const CLAMP: usize = 2_000;
/// Pause between two looks at how far a query or an export is.
const LOOK: Duration = Duration::from_millis(100);

/// The tab, what it shows, and the questions under way.
#[derive(Default)]
pub(super) struct OpenSql {
    pub(super) tab: SqlTab,
    pub(super) data: Sql,
    /// Made by the first query, whatever becomes of that one.
    session: Arc<Mutex<Option<Arc<Session>>>>,
    running: Option<Running>,
    /// Queries that were told to stop and are not over yet.
    stopping: Vec<Pending<Result<ResultSet, Failure>>>,
    result: Option<ResultSet>,
    looking: Question<Found>,
    reading: Question<ResultPage>,
    plotting: Question<SqlPlot>,
    copying: Question<(String, String)>,
    /// Exports and datasets that are being made; each goes on whatever else is done.
    writing: Vec<Pending<Result<String, String>>>,
    /// Changes of the kept queries.
    keeping: Vec<Pending<Result<String, String>>>,
    /// The catalog that the tables are those of.
    generation: u64,
}

/// What there is to be asked for, and to take up. Of each it is told by itself whether it can be read.
struct Found {
    tree: SchemaTree,
    saved: Result<Vec<SavedQuery>, String>,
    history: Result<Vec<PastQuery>, String>,
}

/// The rows that are to be exported: those that were on screen when that was asked for.
pub(super) struct RowsExport {
    result: ResultSet,
    query: Arc<str>,
    format: RowFormat,
}

/// A query that runs.
struct Running {
    began: Instant,
    pending: Pending<Result<ResultSet, Failure>>,
    /// The result, once its columns are known.
    early: Arc<Mutex<Option<ResultSet>>>,
}

/// Why a query failed: the sentence and its place.
struct Failure {
    message: String,
    place: Option<(std::ops::Range<usize>, (usize, usize))>,
    stopped: bool,
}

impl OpenSql {
    /// Carries out what was asked for on the tab, but for what needs a system dialog.
    pub(super) fn carry_out(&mut self, command: SqlCommand, studio: &Studio) {
        self.data.writable = studio.access().is_writer();
        match command {
            SqlCommand::Look => self.look(studio),
            SqlCommand::Run { text, part } => self.run(studio, &text, part),
            SqlCommand::Stop => self.stop(),
            SqlCommand::Read(offset) => self.read(studio, offset),
            SqlCommand::CopyValue(row, column) => {
                let Some(result) = self.result.clone() else { return };
                self.copying = Some(ask(studio, move |_, _| {
                    let value = result.value(row, column)?;
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    Ok((text, "Copied.".to_owned()))
                }));
            }
            SqlCommand::CopyRows(form) => {
                let Some(result) = self.result.clone() else { return };
                self.data.copying.wait();
                self.copying = Some(ask_long(studio, move |_, control| {
                    let copied = match form {
                        CopyForm::Tsv => result.as_tsv(0, u64::MAX, control)?,
                        CopyForm::Markdown => result.as_markdown(0, u64::MAX, control)?,
                    };
                    let said = copied_words(copied.rows, result.rows());
                    Ok((copied.text, said))
                }));
            }
            SqlCommand::Plot(query) => {
                let (Some(result), Some(answer)) = (self.result.clone(), &mut self.data.answer) else { return };
                answer.plot.wait();
                self.plotting = Some(ask_long(studio, move |_, control| {
                    let so_far = (!result.is_over()).then(|| result.rows());
                    let data = result.plot(&query, control)?;
                    Ok(SqlPlot { query, data, so_far })
                }));
            }
            SqlCommand::SaveDataset(name) => {
                let (Some(result), Some(answer)) = (self.result.clone(), &self.data.answer) else { return };
                let query = Arc::clone(&answer.query);
                self.write(studio, move |studio, control| {
                    studio.save_result(&result, &query, &name, control)?;
                    Ok(format!("The dataset {name} is being made."))
                });
            }
            SqlCommand::SaveQuery { name, text, overwrite } => self.keep(studio, move |studio| {
                studio.save_query(&name, &text, overwrite)?;
                Ok(format!("The query {name} is kept."))
            }),
            SqlCommand::RenameQuery(name, new) => self.keep(studio, move |studio| {
                studio.rename_query(&name, &new)?;
                Ok(format!("The query is called {new} now."))
            }),
            SqlCommand::RemoveQuery(name) => self.keep(studio, move |studio| {
                studio.remove_query(&name)?;
                Ok(format!("The query {name} is removed."))
            }),
            SqlCommand::ForgetHistory => self.keep(studio, |studio| {
                studio.forget_query_history()?;
                Ok("The history is forgotten.".to_owned())
            }),
            // A place is asked for first, by whoever has the dialogs.
            SqlCommand::Export(_) => {}
        }
    }

    /// What is on screen, to be exported once a place is chosen.
    pub(super) fn rows_to_export(&self, format: RowFormat) -> Option<RowsExport> {
        let query = Arc::clone(&self.data.answer.as_ref()?.query);
        Some(RowsExport { result: self.result.clone()?, query, format })
    }

    /// Writes all rows to that place.
    pub(super) fn export(&mut self, studio: &Studio, export: RowsExport, to: PathBuf) {
        let RowsExport { result, query, format } = export;
        // The dialog has asked whether a file there may be replaced.
        self.write(studio, move |studio, control| {
            let written = studio.export_result(&result, &query, &to, Some(format), true, control)?;
            let (rows, size) = (units::counted(written.rows, "row"), units::size(written.bytes));
            Ok(format!("{rows} ({size}) were written to {}.", written.path.display()))
        });
    }

    fn look(&mut self, studio: &Studio) {
        self.data.tree.wait();
        self.data.examples = studio.example_queries();
        self.generation = studio.snapshot().generation;
        self.looking = Some(ask(studio, |studio, _| {
            Ok(Found {
                tree: studio.sql_schema(),
                saved: studio.saved_queries().map_err(|error| error.to_string()),
                history: studio.query_history().map_err(|error| error.to_string()),
            })
        }));
    }

    fn run(&mut self, studio: &Studio, text: &str, part: Range<usize>) {
        let Some(query) = text.get(part.clone()) else { return };
        self.stop();
        let query: Arc<str> = query.into();
        let start = Start::of(text, part.start);
        // What failed was about other rows. What is still being written goes on.
        self.data.not_written = None;
        if self.copying.is_none() {
            self.data.copying = Asked::default();
        }
        self.data.answer = Some(SqlAnswer {
            query: Arc::clone(&query),
            at: part.start,
            columns: Vec::new(),
            rows: 0,
            elapsed: Duration::ZERO,
            state: SqlState::Running,
            notes: Vec::new(),
            page: None,
            plot: Asked::default(),
        });
        self.result = None;
        (self.reading, self.plotting) = (None, None);
        let early = Arc::new(Mutex::new(None));
        let (tell, kept, typed) = (Arc::clone(&early), Arc::clone(&self.session), Arc::clone(&query));
        let pending = studio.ask_long(move |studio, control| {
            let session = session(&kept, studio).map_err(|error| failure(&error, &typed, start))?;
            let asked_at = Instant::now();
            let outcome = studio.sql(&session, &typed, None, control, |result| {
                *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.clone());
            });
            if studio.access().is_writer()
                && let Err(error) = studio.remember_query(&typed, outcome.as_ref().ok(), asked_at.elapsed())
            {
                tracing::warn!(%error, "the query is not in the history");
            }
            outcome.map_err(|error| failure(&error, &typed, start))
        });
        self.running = Some(Running { began: Instant::now(), pending, early });
    }

    fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        if let Some(answer) = &mut self.data.answer {
            answer.state = SqlState::Stopped;
            answer.elapsed = running.began.elapsed();
        }
        running.pending.cancel();
        self.stopping.push(running.pending);
    }

    fn read(&mut self, studio: &Studio, offset: u64) {
        let Some(result) = self.result.clone() else { return };
        self.reading = Some(ask(studio, move |_, _| Ok(result.page(offset, AT_ONCE, Some(CLAMP))?)));
    }

    /// Makes something of an answer that is kept, beside whatever else is being made.
    fn write(
        &mut self,
        studio: &Studio,
        deed: impl FnOnce(&Studio, &Control) -> Result<String, StudioError> + Send + 'static,
    ) {
        self.data.not_written = None;
        self.writing.push(ask_long(studio, deed));
    }

    /// Changes the kept queries.
    fn keep(&mut self, studio: &Studio, deed: impl FnOnce(&Studio) -> Result<String, StudioError> + Send + 'static) {
        self.data.keeping.wait();
        self.keeping.push(ask(studio, move |studio, _| deed(studio)));
    }

    /// Takes in what has come.
    pub(super) fn take_news(&mut self, studio: &Studio, toasts: &mut Toasts, context: &egui::Context) {
        if let Some(answer) = take(&mut self.looking) {
            match answer {
                Ok(Found { tree, saved, history }) => {
                    self.data.tree.settle(Ok(tree));
                    self.data.saved.settle(saved);
                    self.data.history.settle(history);
                }
                Err(why) => self.data.tree.settle(Err(why)),
            }
        }
        // New tables are offered as they come, once somebody has looked.
        let is_shown = self.data.tree.answer.is_some();
        if is_shown && self.looking.is_none() && self.generation != studio.snapshot().generation {
            self.look(studio);
        }
        self.take_answer(studio, context);
        self.take_stopped(studio, context);
        if let (Some(page), Some(answer)) = (take(&mut self.reading), &mut self.data.answer) {
            match page {
                Ok(page) => answer.page = Some(Arc::new(page)),
                Err(message) => answer.state = SqlState::Failed { message, place: None },
            }
        }
        if let (Some(plot), Some(answer)) = (take(&mut self.plotting), &mut self.data.answer) {
            answer.plot.settle(plot);
        }
        match take(&mut self.copying) {
            None => {}
            Some(Ok((text, said))) => {
                context.copy_text(text);
                self.data.copying = Asked::default();
                toasts.push(ToastKind::Good, said);
            }
            Some(Err(why)) => self.data.copying.settle(Err(why)),
        }
        self.take_deeds(studio, toasts, context);
    }

    /// Takes in what has become of what is kept of answers and queries.
    fn take_deeds(&mut self, studio: &Studio, toasts: &mut Toasts, context: &egui::Context) {
        for outcome in take_all(&mut self.writing) {
            match outcome {
                Ok(said) => toasts.push(ToastKind::Good, said),
                Err(why) => {
                    // It may be of an answer that is not on screen any more.
                    toasts.push(ToastKind::Bad, why.clone());
                    self.data.not_written = Some(why);
                }
            }
        }
        self.data.writing = self.writing.iter().map(|pending| under_way(&pending.report())).collect();
        if !self.writing.is_empty() {
            context.request_repaint_after(LOOK);
        }
        for outcome in take_all(&mut self.keeping) {
            if let Ok(said) = &outcome {
                toasts.push(ToastKind::Good, said.clone());
                self.look(studio);
            }
            self.data.keeping.settle(outcome);
        }
        if !self.keeping.is_empty() {
            self.data.keeping.wait();
        }
    }

    fn take_answer(&mut self, studio: &Studio, context: &egui::Context) {
        let (Some(running), Some(answer)) = (&self.running, &mut self.data.answer) else { return };
        answer.elapsed = running.began.elapsed();
        if self.result.is_none() {
            self.result.clone_from(&running.early.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let outcome = match running.pending.poll() {
            Answer::Waiting => None,
            Answer::Ready(outcome) => Some(outcome),
            Answer::Lost => Some(Err(Failure { message: NO_ANSWER.to_owned(), place: None, stopped: false })),
        };
        let is_over = outcome.is_some();
        match outcome {
            None => context.request_repaint_after(LOOK),
            Some(Ok(result)) => {
                answer.elapsed = result.elapsed();
                answer.state = match result.state() {
                    ResultState::Failed(message) => SqlState::Failed { message, place: None },
                    ResultState::Stopped => SqlState::Stopped,
                    ResultState::Running | ResultState::Finished | ResultState::Cut => SqlState::Done,
                };
                self.result = Some(result);
            }
            Some(Err(Failure { message, place, stopped })) => {
                answer.state = if stopped { SqlState::Stopped } else { SqlState::Failed { message, place } };
            }
        }
        if let Some(result) = &self.result {
            answer.rows = result.rows();
            answer.notes = result.notes().to_vec();
            let first = answer.columns.is_empty();
            answer.columns = result.columns().to_vec();
            // The first rows are read at once, and once more when all are there.
            if (first || is_over) && answer.rows > 0 && self.reading.is_none() {
                let offset = answer.page.as_ref().map_or(0, |page| page.offset);
                let result = result.clone();
                self.reading = Some(ask(studio, move |_, _| Ok(result.page(offset, AT_ONCE, Some(CLAMP))?)));
            }
        }
        if is_over {
            self.running = None;
            self.after_query(studio);
        }
    }

    /// What is left of queries that were told to stop.
    fn take_stopped(&mut self, studio: &Studio, context: &egui::Context) {
        let before = self.stopping.len();
        self.stopping.retain(|pending| matches!(pending.poll(), Answer::Waiting));
        if self.stopping.len() < before {
            self.after_query(studio);
        }
        if !self.stopping.is_empty() {
            context.request_repaint_after(LOOK);
        }
    }

    /// Every query that is over is in the history.
    fn after_query(&mut self, studio: &Studio) {
        if studio.access().is_writer() {
            self.look(studio);
        }
    }
}

/// The session of the tab, which is made where there is none yet.
fn session(kept: &Mutex<Option<Arc<Session>>>, studio: &Studio) -> Result<Arc<Session>, StudioError> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(session) = &*kept {
        return Ok(Arc::clone(session));
    }
    let session = Arc::new(studio.sql_session()?);
    *kept = Some(Arc::clone(&session));
    Ok(session)
}

/// The answers that have come; the others stay.
fn take_all<T>(pending: &mut Vec<Pending<Result<T, String>>>) -> Vec<Result<T, String>> {
    let mut taken = Vec::new();
    pending.retain(|pending| {
        match pending.poll() {
            Answer::Waiting => return true,
            Answer::Ready(answer) => taken.push(answer),
            Answer::Lost => taken.push(Err(NO_ANSWER.to_owned())),
        }
        false
    });
    taken
}

/// What is told of rows that are on the clipboard.
fn copied_words(copied: u64, all: u64) -> String {
    let rows = units::counted(copied, "row");
    if copied >= all {
        return format!("Copied {rows}.");
    }
    let (most, bytes) = (units::count(MOST_COPIED), units::size(MOST_COPIED_BYTES as u64));
    let all = units::count(all);
    format!("Copied {rows} of {all}: at most {most} rows and {bytes} are copied. Export takes all of them.")
}

/// Where the query begins in the text that it stands in.
#[derive(Debug, Clone, Copy)]
struct Start {
    byte: usize,
    /// Lines before its own.
    lines: usize,
    /// Characters before it on its line.
    chars: usize,
}

impl Start {
    fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { byte, lines: before.matches('\n').count(), chars: line.chars().count() }
    }
}

/// Why a query failed, with the place in the text that it stands in.
fn failure(error: &StudioError, query: &str, start: Start) -> Failure {
    let (place, stopped) = match error {
        StudioError::Sql(cause) => {
            (cause.span().zip(cause.place(query)), matches!(cause, mistudio_core::sql::SqlError::Stopped(_)))
        }
        other => (None, matches!(other, StudioError::Stopped(_))),
    };
    let place = place.map(|(span, (line, column))| {
        let span = span.start + start.byte..span.end + start.byte;
        (span, (line + start.lines, if line == 1 { column + start.chars } else { column }))
    });
    Failure { message: error.to_string(), place, stopped }
}
