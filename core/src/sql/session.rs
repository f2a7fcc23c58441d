//! One session: a private database with the workspace's tables, views and functions, and one query at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use duckdb::Connection;

use super::failure::{Failure, refusal};
use super::functions::{self, Tokenizers};
use super::names::quoted;
use super::result::{Collector, ResultColumn, ResultSet, ResultState, is_numeric, type_name};
use super::scratch::Scratch;
use super::script::{Statement, statements};
use super::views::{View, mentions, views};
use super::{SqlError, sandbox};
use crate::catalog::{Snapshot, mirror, mirror_again};
use crate::jobs::Control;
use crate::samples::interruptible;
use crate::workspace::{Layout, Settings};

/// Schema and name of a view, the name in lower case: DuckDB's names know no case.
type ViewName = (&'static str, String);

/// How often a query that waits for another looks whether it may begin.
const LOOK: Duration = Duration::from_millis(10);

/// A place to ask questions in. What a query makes temporarily lasts as long as it.
pub struct Session {
    layout: Layout,
    settings: Settings,
    scratch: Arc<Scratch>,
    tokenizers: Tokenizers,
    engine: Mutex<Option<Engine>>,
}

/// The database of a session.
struct Engine {
    connection: Connection,
    /// The snapshot its tables are filled from.
    generation: u64,
    /// The views that there are to make.
    views: BTreeMap<ViewName, View>,
    /// Those that are made, and what made them.
    made: BTreeMap<ViewName, String>,
    /// The files that it may open.
    allowed: BTreeSet<PathBuf>,
}

impl Session {
    /// A session over a workspace. The database itself is made with the first query.
    pub fn open(layout: &Layout, settings: &Settings) -> Result<Self, SqlError> {
        Ok(Self {
            layout: layout.clone(),
            settings: settings.clone(),
            scratch: Arc::new(Scratch::make(layout)?),
            tokenizers: Tokenizers::of(layout),
            engine: Mutex::default(),
        })
    }

    /// The folder for what is not kept; it goes with the session and its results.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.scratch.results()
    }

    /// Runs what was typed, statement after statement, over the workspace as the snapshot has it, and returns the result
    /// of the last one. `begun` gets that result as soon as its columns are known, while its rows still come. At most
    /// `most_rows` are fetched, where a number is given. Another query of this session is waited for.
    pub fn run(
        &self,
        typed: &str,
        snapshot: &Snapshot,
        most_rows: Option<u64>,
        control: &Control,
        begun: impl FnOnce(&ResultSet),
    ) -> Result<ResultSet, SqlError> {
        let started = Instant::now();
        let statements = statements(typed)?;
        let mut engine = self.wait(control)?;
        let mut notes = Vec::new();
        let Engine { connection, views, made, .. } = self.prepare(&mut engine, typed, snapshot, &mut notes, control)?;
        self.tokenizers.stop(false);
        let stop = || self.tokenizers.stop(true);
        let mut why_missing = Vec::new();
        let outcome = interruptible(connection, control, stop, || {
            make_views(connection, views, made, typed, &mut notes, control)?;
            why_missing.clone_from(&notes);
            let (last, before) = statements.split_last().ok_or(SqlError::Empty)?;
            for statement in before {
                control.check()?;
                let new_result = |columns, schema| ResultSet::begin(columns, schema, Vec::new(), started);
                self.carry_out(connection, statement, Some(0), new_result)?;
            }
            control.check()?;
            let new_result = |columns, schema| {
                let result = ResultSet::begin(columns, schema, notes, started);
                begun(&result);
                result
            };
            self.carry_out(connection, last, most_rows, new_result)
        });
        if outcome.is_err() {
            // Here, for within what a stop interrupts it would be interrupted itself. There may be no transaction.
            let _ = connection.execute_batch("ROLLBACK");
        }
        control.check()?;
        outcome.map_err(|error| match error {
            SqlError::Query { message, kind, span } if kind == "Catalog" && !why_missing.is_empty() => {
                SqlError::Query { message: format!("{message}\n{}", why_missing.join("\n")), kind, span }
            }
            error => error,
        })
    }

    /// Waits for the database: one query at a time.
    fn wait(&self, control: &Control) -> Result<MutexGuard<'_, Option<Engine>>, SqlError> {
        loop {
            control.check()?;
            match self.engine.try_lock() {
                Ok(engine) => return Ok(engine),
                // What a panicked query left behind is not trusted.
                Err(TryLockError::Poisoned(poisoned)) => {
                    let mut engine = poisoned.into_inner();
                    *engine = None;
                    self.engine.clear_poison();
                    return Ok(engine);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            }
        }
    }

    /// Brings tables and views up to the snapshot, as far as the query speaks of them.
    fn prepare<'e>(
        &self,
        slot: &'e mut Option<Engine>,
        typed: &str,
        snapshot: &Snapshot,
        notes: &mut Vec<String>,
        control: &Control,
    ) -> Result<&'e mut Engine, SqlError> {
        if let Some(engine) = slot.as_mut().filter(|engine| engine.generation != snapshot.generation)
            && let Err(error) = engine.follow(&self.layout, snapshot, control)
        {
            // What followed by half is not asked any more.
            *slot = None;
            return Err(error);
        }
        // A database that is locked cannot be given more files: it is made anew, without what was temporary.
        if let Some(engine) = slot.as_ref().filter(|engine| !engine.may_read(typed)) {
            if engine.has_temporary()? {
                notes
                    .push("New data has come into the workspace, so what was temporary is gone. Make it again.".into());
            }
            *slot = None;
        }
        self.tokenizers.set(&snapshot.tokenizers);
        let engine = if let Some(engine) = slot {
            engine
        } else {
            slot.insert(Engine::new(&self.layout, &self.settings, &self.scratch, &self.tokenizers, snapshot, control)?)
        };
        Ok(engine)
    }

    /// Runs one statement, in a transaction in which nothing can be changed but what is temporary. One that fails leaves
    /// its transaction to be rolled back.
    fn carry_out(
        &self,
        connection: &Connection,
        statement: &Statement,
        most_rows: Option<u64>,
        begin: impl FnOnce(Vec<ResultColumn>, SchemaRef) -> ResultSet,
    ) -> Result<ResultSet, SqlError> {
        connection.execute_batch("BEGIN TRANSACTION READ ONLY").map_err(SqlError::session)?;
        check(connection, statement)?;
        let result = self.stream(connection, statement, most_rows, begin)?;
        connection.execute_batch("COMMIT").map_err(|error| refusal(&error, statement))?;
        Ok(result)
    }

    fn stream(
        &self,
        connection: &Connection,
        statement: &Statement,
        most_rows: Option<u64>,
        begin: impl FnOnce(Vec<ResultColumn>, SchemaRef) -> ResultSet,
    ) -> Result<ResultSet, SqlError> {
        let mut prepared = connection.prepare(&statement.text).map_err(|error| refusal(&error, statement))?;
        // The types are asked for before the stream takes the statement.
        let mut types = Vec::new();
        for column in 0..prepared.column_count() {
            let of = prepared.column_logical_type(column);
            types.push((type_name(&of), is_numeric(&of)));
        }
        let stream = prepared.stream_arrow([]).map_err(|error| refusal(&error, statement))?;
        let schema = stream.get_schema();
        let fields = schema.fields().iter().zip(types);
        let columns = fields.map(|(field, (kind, numeric))| ResultColumn { name: field.name().clone(), kind, numeric });
        let result = begin(columns.collect(), schema.clone());
        let most_bytes = self.settings.sql.temp_gb.saturating_mul(1_000_000_000);
        let mut collector = Collector::new(result.clone(), Arc::clone(&self.scratch), most_bytes);
        let mut left = most_rows.unwrap_or(u64::MAX);
        let collect = || -> Result<ResultState, SqlError> {
            for batch in stream {
                let batch = batch.map_err(|error| refusal(&error, statement))?;
                let rows = batch.num_rows() as u64;
                collector.push(batch.slice(0, rows.min(left) as usize))?;
                if rows > left {
                    return Ok(ResultState::Cut);
                }
                left -= rows;
            }
            Ok(ResultState::Finished)
        };
        match collect() {
            Ok(state) => {
                result.end(state);
                Ok(result)
            }
            Err(error) => {
                result.end(ResultState::Failed(error.to_string()));
                Err(error)
            }
        }
    }
}

/// DuckDB's own parser must see in a query what was seen here: one statement, that asks.
fn check(connection: &Connection, statement: &Statement) -> Result<(), SqlError> {
    let Some(query) = statement.query() else { return Ok(()) };
    // By their full names: a macro of the same name would be found before them. The tree stays in DuckDB, for it may be
    // deeper than others take.
    let tree = "WITH parsed AS (SELECT system.main.json_serialize_sql(?) AS tree) SELECT \
                system.main.json_extract_string(tree, '$.error') = 'true', \
                system.main.json_extract_string(tree, '$.error_type'), \
                system.main.json_array_length(tree, '$.statements') FROM parsed";
    let (failed, kind, count) = connection
        .query_row(tree, [query], |row| {
            Ok((row.get::<_, bool>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<u64>>(2)?))
        })
        .map_err(SqlError::session)?;
    let refused =
        |reason: &str| Err(SqlError::Refused { reason: reason.to_owned(), span: Some(statement.range.clone()) });
    if !failed {
        return match count {
            Some(1) => Ok(()),
            _ => refused("This is more than one statement. Put a semicolon between them."),
        };
    }
    // A PIVOT that must look at the data first, wherever it stands, and a change of something temporary after WITH, have
    // no tree; what is wrong with a query is told, with its place, when it is prepared.
    let begins = |word: &str| query.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let has_tree = !["with", "from"].iter().any(|word| begins(word)) && !query.to_ascii_lowercase().contains("pivot");
    if kind.as_deref() == Some("not implemented") && has_tree {
        return refused("This is no query. Begin with SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE or PIVOT.");
    }
    Ok(())
}

impl Engine {
    fn new(
        layout: &Layout,
        settings: &Settings,
        scratch: &Scratch,
        tokenizers: &Tokenizers,
        snapshot: &Snapshot,
        control: &Control,
    ) -> Result<Self, SqlError> {
        let connection = sandbox::open(scratch, settings)?;
        mirror(&connection, snapshot)?;
        functions::register(&connection, tokenizers).map_err(SqlError::session)?;
        let views = by_name(views(layout, snapshot, control)?);
        let files: BTreeSet<PathBuf> = views.values().flat_map(|view| &view.files).cloned().collect();
        sandbox::lock(&connection, &files)?;
        Ok(Self { connection, generation: snapshot.generation, views, made: BTreeMap::new(), allowed: files })
    }

    /// Takes over what another snapshot holds.
    fn follow(&mut self, layout: &Layout, snapshot: &Snapshot, control: &Control) -> Result<(), SqlError> {
        mirror_again(&self.connection, snapshot)?;
        self.views = by_name(views(layout, snapshot, control)?);
        let gone: Vec<ViewName> = self.made.keys().filter(|name| !self.views.contains_key(*name)).cloned().collect();
        for name in gone {
            self.connection.execute_batch(&drop_view(&name)).map_err(SqlError::session)?;
            self.made.remove(&name);
        }
        self.generation = snapshot.generation;
        Ok(())
    }

    /// Whether every file that the query may be about can be opened.
    fn may_read(&self, typed: &str) -> bool {
        let mut asked = asked(&self.views, &self.made, typed);
        asked.all(|(_, view)| view.files.iter().all(|file| self.allowed.contains(file)))
    }

    fn has_temporary(&self) -> Result<bool, SqlError> {
        let count = "SELECT (SELECT count(*) FROM duckdb_tables() WHERE temporary) \
                     + (SELECT count(*) FROM duckdb_views() WHERE temporary AND NOT internal) \
                     + (SELECT count(*) FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal)";
        self.connection
            .query_row(count, [], |row| row.get::<_, i64>(0))
            .map(|count| count > 0)
            .map_err(SqlError::session)
    }
}

/// The views that a query may be about: to make one DuckDB reads its files' footers, which takes too long for all. Those
/// that are made are among them, for a temporary view of an earlier query may be over them.
fn asked<'v>(
    views: &'v BTreeMap<ViewName, View>,
    made: &BTreeMap<ViewName, String>,
    typed: &str,
) -> impl Iterator<Item = (&'v ViewName, &'v View)> {
    let lower = typed.to_lowercase();
    let lists = ["show", "information_schema", "duckdb_", "pg_", "sqlite_master", "pragma_", "query"];
    let all = lists.iter().any(|word| lower.contains(word));
    views.iter().filter(move |(name, _)| {
        let (schema, view) = name;
        all || mentions(&lower, view) || (*schema == "stats" && lower.contains("stats")) || made.contains_key(*name)
    })
}

/// Makes the views that the query may be about, where they are not made yet or have changed.
fn make_views(
    connection: &Connection,
    views: &BTreeMap<ViewName, View>,
    made: &mut BTreeMap<ViewName, String>,
    typed: &str,
    notes: &mut Vec<String>,
    control: &Control,
) -> Result<(), SqlError> {
    let is_new = |(name, view): &(&ViewName, &View)| match &view.statement {
        Ok(statement) => made.get(*name) != Some(statement),
        Err(_) => true,
    };
    let wanted: Vec<(&ViewName, &View)> = asked(views, made, typed).filter(is_new).collect();
    for (name, view) in wanted {
        control.check()?;
        let making = view.statement.as_ref().map_err(|reason| (*reason).to_owned()).and_then(|statement| {
            let done = connection.execute_batch(statement);
            done.map(|()| statement.clone()).map_err(|error| Failure::read(&error).message)
        });
        match making {
            Ok(statement) => drop(made.insert(name.clone(), statement)),
            Err(reason) => {
                control.check()?;
                // What it was before must not answer any more.
                if made.remove(name).is_some() {
                    connection.execute_batch(&drop_view(name)).map_err(SqlError::session)?;
                }
                notes.push(format!("{}.{} cannot be read: {reason}.", name.0, quoted(&name.1)));
            }
        }
    }
    Ok(())
}

fn drop_view((schema, name): &ViewName) -> String {
    format!("DROP VIEW IF EXISTS memory.{schema}.{}", quoted(name))
}

fn by_name(views: Vec<View>) -> BTreeMap<ViewName, View> {
    views.into_iter().map(|view| ((view.schema, view.name.to_lowercase()), view)).collect()
}
