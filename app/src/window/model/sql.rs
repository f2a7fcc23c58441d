//! What the SQL tab shows and asks for.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use mistudio_core::sql::{
    ExampleQuery, PastQuery, PlotData, PlotQuery, ResultColumn, ResultPage, SavedQuery, SchemaTree,
};
use mistudio_core::subset::RowFormat;

use super::RunningWork;
use crate::window::asked::Asked;

/// What the tab shows.
#[derive(Debug, Clone, Default)]
pub struct Sql {
    /// What a query can ask for.
    pub tree: Asked<SchemaTree>,
    /// Queries to begin with.
    pub examples: Vec<ExampleQuery>,
    /// Queries that are kept.
    pub saved: Asked<Vec<SavedQuery>>,
    /// Queries that were run, the newest first.
    pub history: Asked<Vec<PastQuery>>,
    /// The newest query's answer.
    pub answer: Option<SqlAnswer>,
    /// Whether rows are being copied, or why they were not.
    pub copying: Asked<()>,
    /// The exports and the datasets that are being made of answers.
    pub writing: Vec<RunningWork>,
    /// Why the last of those that ended was not made.
    pub not_written: Option<String>,
    /// Whether a change of the kept queries is under way, or why it was not made.
    pub keeping: Asked<String>,
    /// Whether queries can be kept and datasets made.
    pub writable: bool,
}

/// The answer to a query, as far as it has come.
#[derive(Debug, Clone)]
pub struct SqlAnswer {
    /// The query.
    pub query: Arc<str>,
    /// Where in the editor's text it began, in bytes.
    pub at: usize,
    /// The columns, once they are known.
    pub columns: Vec<ResultColumn>,
    /// The rows that are there.
    pub rows: u64,
    /// How long it has taken.
    pub elapsed: Duration,
    /// How it stands.
    pub state: SqlState,
    /// What the user should know about it, as sentences.
    pub notes: Vec<String>,
    /// The rows that were read last.
    pub page: Option<Arc<ResultPage>>,
    /// Its plot.
    pub plot: Asked<SqlPlot>,
}

/// A plot of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlPlot {
    /// What was asked for.
    pub query: PlotQuery,
    /// What is drawn.
    pub data: PlotData,
    /// The rows that it is of, where more were still to come.
    pub so_far: Option<u64>,
}

/// How a query stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlState {
    /// It runs.
    Running,
    /// All rows are there.
    Done,
    /// It was stopped.
    Stopped,
    /// It failed.
    Failed {
        /// Why, as a sentence.
        message: String,
        /// The bytes of the editor's text it is about, and the line and column they begin at, from 1.
        place: Option<(Range<usize>, (usize, usize))>,
    },
}

/// What can be asked for on the tab.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlCommand {
    /// Find out what there is to be asked for.
    Look,
    /// Run a part of the editor's text in place of the query that runs.
    Run {
        /// The text.
        text: String,
        /// The part, in bytes.
        part: Range<usize>,
    },
    /// Stop the query.
    Stop,
    /// Read the rows around this one.
    Read(u64),
    /// Put one whole value on the clipboard.
    CopyValue(u64, usize),
    /// Put the rows on the clipboard.
    CopyRows(CopyForm),
    /// Work out a plot.
    Plot(PlotQuery),
    /// Ask for a place and write all rows there.
    Export(RowFormat),
    /// Make a dataset of that name of all rows.
    SaveDataset(String),
    /// Keep a query under a name.
    SaveQuery {
        /// The name.
        name: String,
        /// The query.
        text: String,
        /// Whether one of that name is replaced.
        overwrite: bool,
    },
    /// Give a kept query another name.
    RenameQuery(String, String),
    /// Remove a kept query.
    RemoveQuery(String),
    /// Forget which queries were run.
    ForgetHistory,
}

/// How rows are put on the clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyForm {
    /// With tabs, as spreadsheets take them.
    Tsv,
    /// As a table in Markdown.
    Markdown,
}
