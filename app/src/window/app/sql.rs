//! What the SQL tab asks of the studio, and what comes back.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mistudio_core::jobs::{Answer, Pending};
use mistudio_core::sql::{PastQuery, PlotData, ResultPage, ResultSet, ResultState, SavedQuery, SchemaTree, Session};
use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::subset::RowFormat;
use mistudio_core::units;

use super::NO_ANSWER;
use super::detail::{Question, ask, take};
use crate::window::model::{CopyForm, Sql, SqlAnswer, SqlCommand, SqlState};
use crate::window::sql::SqlTab;
use crate::window::widgets::{ToastKind, Toasts};

/// Rows that are read at once.
const AT_ONCE: u64 = 200;
/// Characters of a value that the table gets.
const CLAMP: usize = 2_000;
/// Rows that are copied at most with one press.
const COPIED: u64 = mistudio_core::sql::MOST_COPIED;
/// Pause between two looks at how far a query is.
const LOOK: Duration = Duration::from_millis(100);

/// The tab, what it shows, and the questions under way.
#[derive(Default)]
pub(super) struct OpenSql {
    pub(super) tab: SqlTab,
    pub(super) data: Sql,
    session: Option<Arc<Session>>,
    running: Option<Running>,
    result: Option<ResultSet>,
    looking: Question<(SchemaTree, Vec<SavedQuery>, Vec<PastQuery>)>,
    reading: Question<ResultPage>,
    plotting: Question<PlotData>,
    copying: Question<String>,
    working: Question<String>,
    /// The catalog that the tables are those of.
    generation: u64,
}

/// A query that runs.
struct Running {
    began: Instant,
    pending: Pending<Result<(Arc<Session>, ResultSet), Failure>>,
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
            SqlCommand::Run(query) => self.run(studio, query),
            SqlCommand::Stop => self.stop(),
            SqlCommand::Read(offset) => self.read(studio, offset),
            SqlCommand::CopyValue(row, column) => {
                let Some(result) = self.result.clone() else { return };
                self.copying = Some(ask(studio, move |_, _| {
                    let value = result.value(row, column)?;
                    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                }));
            }
            SqlCommand::CopyRows(form) => {
                let Some(result) = self.result.clone() else { return };
                self.data.work.wait();
                self.copying = Some(ask(studio, move |_, _| {
                    Ok(match form {
                        CopyForm::Tsv => result.as_tsv(0, COPIED)?,
                        CopyForm::Markdown => result.as_markdown(0, COPIED)?,
                    })
                }));
            }
            SqlCommand::Plot(query) => {
                let (Some(result), Some(answer)) = (self.result.clone(), &mut self.data.answer) else { return };
                answer.plot.wait();
                self.plotting = Some(ask(studio, move |_, control| Ok(result.plot(&query, control)?)));
            }
            SqlCommand::SaveDataset(name) => self.with_result(studio, move |studio, result, query, control| {
                studio.save_result(result, query, &name, control)?;
                Ok(format!("The dataset {name} is being made."))
            }),
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

    /// Writes all rows to that place.
    pub(super) fn export(&mut self, studio: &Studio, format: RowFormat, to: PathBuf) {
        // The dialog has asked whether a file there may be replaced.
        self.with_result(studio, move |studio, result, query, control| {
            let written = studio.export_result(result, query, &to, Some(format), true, control)?;
            let (rows, size) = (units::counted(written.rows, "row"), units::size(written.bytes));
            Ok(format!("{rows} ({size}) were written to {}.", written.path.display()))
        });
    }

    fn look(&mut self, studio: &Studio) {
        self.data.tree.wait();
        self.data.examples = studio.example_queries();
        self.generation = studio.snapshot().generation;
        self.looking =
            Some(ask(studio, |studio, _| Ok((studio.sql_schema(), studio.saved_queries()?, studio.query_history()?))));
    }

    fn run(&mut self, studio: &Studio, query: String) {
        self.stop();
        let query: Arc<str> = query.into();
        self.data.work = crate::window::asked::Asked::default();
        self.data.answer = Some(SqlAnswer {
            query: Arc::clone(&query),
            columns: Vec::new(),
            rows: 0,
            elapsed: Duration::ZERO,
            state: SqlState::Running,
            notes: Vec::new(),
            page: None,
            plot: crate::window::asked::Asked::default(),
        });
        self.result = None;
        (self.reading, self.plotting) = (None, None);
        let early = Arc::new(Mutex::new(None));
        let (tell, session, typed) = (Arc::clone(&early), self.session.clone(), Arc::clone(&query));
        let pending = studio.ask(move |studio, control| {
            let session = match session {
                Some(session) => session,
                None => Arc::new(studio.sql_session().map_err(|error| failure(&error, &typed))?),
            };
            let asked_at = Instant::now();
            let outcome = studio.sql(&session, &typed, None, control, |result| {
                *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.clone());
            });
            if studio.access().is_writer()
                && let Err(error) = studio.remember_query(&typed, outcome.as_ref().ok(), asked_at.elapsed())
            {
                tracing::warn!(%error, "the query is not in the history");
            }
            match outcome {
                Ok(result) => Ok((session, result)),
                Err(error) => Err(failure(&error, &typed)),
            }
        });
        self.running = Some(Running { began: Instant::now(), pending, early });
    }

    fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        if let Some(answer) = &mut self.data.answer {
            answer.state = SqlState::Stopped;
            answer.elapsed = running.began.elapsed();
        }
        // Letting go of the pending answer cancels the query.
        drop(running.pending);
    }

    fn read(&mut self, studio: &Studio, offset: u64) {
        let Some(result) = self.result.clone() else { return };
        self.reading = Some(ask(studio, move |_, _| Ok(result.page(offset, AT_ONCE, Some(CLAMP))?)));
    }

    fn with_result(
        &mut self,
        studio: &Studio,
        deed: impl FnOnce(&Studio, &ResultSet, &str, &mistudio_core::jobs::Control) -> Result<String, StudioError>
        + Send
        + 'static,
    ) {
        let (Some(result), Some(answer)) = (self.result.clone(), &self.data.answer) else { return };
        let query = Arc::clone(&answer.query);
        self.data.work.wait();
        self.working = Some(ask(studio, move |studio, control| deed(studio, &result, &query, control)));
    }

    fn keep(&mut self, studio: &Studio, deed: impl FnOnce(&Studio) -> Result<String, StudioError> + Send + 'static) {
        self.data.work.wait();
        self.working = Some(ask(studio, move |studio, _| deed(studio)));
    }

    /// Takes in what has come.
    pub(super) fn take_news(&mut self, studio: &Studio, toasts: &mut Toasts, context: &egui::Context) {
        if let Some(answer) = take(&mut self.looking) {
            match answer {
                Ok((tree, saved, history)) => {
                    self.data.tree.settle(Ok(tree));
                    self.data.saved.settle(Ok(saved));
                    self.data.history.settle(Ok(history));
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
            Some(Ok(text)) => {
                context.copy_text(text);
                self.data.work = crate::window::asked::Asked::default();
                toasts.push(ToastKind::Good, "Copied.");
            }
            Some(Err(why)) => self.data.work.settle(Err(why)),
        }
        if let Some(done) = take(&mut self.working) {
            if let Ok(said) = &done {
                toasts.push(ToastKind::Good, said.clone());
                self.look(studio);
            }
            self.data.work.settle(done);
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
            Some(Ok((session, result))) => {
                self.session = Some(session);
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
            if studio.access().is_writer() {
                self.look(studio);
            }
        }
    }
}

fn failure(error: &StudioError, query: &str) -> Failure {
    let (place, stopped) = match error {
        StudioError::Sql(cause) => {
            (cause.span().zip(cause.place(query)), matches!(cause, mistudio_core::sql::SqlError::Stopped(_)))
        }
        other => (None, matches!(other, StudioError::Stopped(_))),
    };
    Failure { message: error.to_string(), place, stopped }
}
