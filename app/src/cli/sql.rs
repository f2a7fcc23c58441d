//! sql, queries.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};
use mistudio_core::jobs::control;
use mistudio_core::sql::{ResultSet, ResultState, Session, SqlError};
use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::subset::RowFormat;
use mistudio_core::units;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::output::{Output, lined_up, one_line};
use super::progress::{say_paused, wait_for_job, work};
use super::sql_args::{QueriesAction, SqlArgs, SqlFormat, SqlRun};
use super::tokens::usage;

/// Rows that a terminal is shown where nothing else is said.
const SHOWN_ROWS: u64 = 100;
/// Characters of a value that a terminal is shown.
const SHOWN: usize = 60;
/// Rows taken at once while printing.
const AT_ONCE: u64 = 2048;

pub(super) fn sql(studio: &Studio, args: &SqlArgs, output: Output) -> Result<Outcome> {
    let query = match (&args.query, &args.file) {
        (Some(text), None) if text == "-" => io::read_to_string(io::stdin()).context("The query cannot be read")?,
        (Some(text), None) => text.clone(),
        (None, Some(file)) => {
            fs::read_to_string(file).with_context(|| format!("The query cannot be read: {}", file.display()))?
        }
        _ => return Ok(usage("Give a query, - to read it from stdin, or --file.")),
    };
    run(studio, &query, &args.run, output)
}

/// Runs a query and does with its result what the flags say.
fn run(studio: &Studio, query: &str, args: &SqlRun, output: Output) -> Result<Outcome> {
    let format = match (args.format, &args.out) {
        (Some(format), _) => format,
        (None, Some(out)) => SqlFormat::from(RowFormat::of_path(out).map_err(StudioError::from)?),
        (None, None) => SqlFormat::Table,
    };
    let goes_to_a_file = args.out.is_some() || args.save_as.is_some();
    if !goes_to_a_file && matches!(format, SqlFormat::Parquet | SqlFormat::Arrow) {
        return Ok(usage("Parquet and Arrow are written to a file: name it with --out."));
    }
    let for_people = format == SqlFormat::Table && !goes_to_a_file && !output.json;
    let most = args.limit.or(for_people.then_some(SHOWN_ROWS));
    let session = studio.sql_session()?;
    let answered = work(|control| studio.sql(&session, query, most, control, |_| {}));
    let result = match answered {
        Ok(Some(result)) => result,
        Ok(None) => {
            eprintln!("Interrupted.");
            return Ok(Outcome::Interrupted);
        }
        Err(error) => return Err(with_place(error, query)),
    };
    for note in result.notes() {
        eprintln!("{}", one_line(note));
    }
    if let Some(name) = &args.save_as {
        return save(studio, &result, query, name, output);
    }
    match (&args.out, format.rows()) {
        (Some(out), Some(format)) => export(studio, &result, query, out, format, args.overwrite, output),
        (Some(out), None) => write_text(&result, out, format, args.overwrite, output),
        (None, _) if output.json => print(&result, SqlFormat::Json, &mut io::stdout().lock()),
        (None, Some(format)) => print_rows(studio, &session, &result, format),
        (None, None) => print(&result, format, &mut io::stdout().lock()),
    }
}

/// The error with the line it is about and a mark under the place.
fn with_place(error: anyhow::Error, query: &str) -> anyhow::Error {
    let Some(StudioError::Sql(cause)) = error.downcast_ref::<StudioError>() else { return error };
    let (Some((line, column)), Some(span)) = (cause.place(query), cause.span()) else { return error };
    let text = query.lines().nth(line - 1).unwrap_or_default();
    // Long lines are shown around the place.
    let from = column.saturating_sub(SHOWN);
    let shown: String = text.chars().skip(from).take(2 * SHOWN).map(|c| if c == '\t' { ' ' } else { c }).collect();
    let marked = query.get(span).map_or(1, |marked| marked.lines().next().unwrap_or_default().chars().count());
    let room = shown.chars().count().saturating_sub(column - 1 - from).max(1);
    let head = format!("line {line}: ");
    let mark = "^".repeat(marked.clamp(1, room));
    let indent = " ".repeat(head.chars().count() + column - 1 - from);
    anyhow::anyhow!("{error}\n{head}{shown}\n{indent}{mark}")
}

fn save(studio: &Studio, result: &ResultSet, query: &str, name: &str, output: Output) -> Result<Outcome> {
    let Some(id) = work(|control| studio.save_result(result, query, name, control))? else {
        eprintln!("Interrupted. No dataset was made.");
        return Ok(Outcome::Interrupted);
    };
    let snapshot = studio.snapshot();
    let job = snapshot.job_of(&id).map(|job| job.id.clone()).unwrap_or_default();
    let outcome = wait_for_job(studio, &id, &job)?;
    if outcome == Outcome::Done {
        super::output::print_record(&studio.snapshot(), &id, output)?;
    } else {
        say_paused(name);
    }
    Ok(outcome)
}

fn export(
    studio: &Studio,
    result: &ResultSet,
    query: &str,
    out: &Path,
    format: RowFormat,
    overwrite: bool,
    output: Output,
) -> Result<Outcome> {
    let exported = work(|control| studio.export_result(result, query, out, Some(format), overwrite, control))?;
    let Some(written) = exported else {
        eprintln!("Interrupted. Nothing was written.");
        return Ok(Outcome::Interrupted);
    };
    output.print(&written, || {
        let (rows, size) = (units::counted(written.rows, "row"), units::size(written.bytes));
        println!("Wrote {rows} as {} ({size}) to {}", written.format.label(), written.path.display());
        for note in &written.notes {
            println!("  {}", one_line(note));
        }
    })?;
    Ok(Outcome::Done)
}

/// CSV, TSV and JSONL on stdout are what they are in a file.
fn print_rows(studio: &Studio, session: &Session, result: &ResultSet, format: RowFormat) -> Result<Outcome> {
    let Some(mut written) = work(|control| studio.formatted_result(session, result, format, control))? else {
        eprintln!("Interrupted.");
        return Ok(Outcome::Interrupted);
    };
    end_of_output(io::copy(&mut written.file, &mut io::stdout().lock()).map(drop))?;
    for note in &written.notes {
        eprintln!("{}", one_line(note));
    }
    Ok(Outcome::Done)
}

/// A reader that has seen enough, `head` say, is no error.
fn end_of_output(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("The output cannot be written"),
    }
}

/// A table, Markdown or JSON in a file.
fn write_text(result: &ResultSet, out: &Path, format: SqlFormat, overwrite: bool, output: Output) -> Result<Outcome> {
    if out.exists() && !overwrite {
        return Err(SqlError::FileExists(out.to_owned()).into());
    }
    let mut text = Vec::new();
    print(result, format, &mut text)?;
    mistudio_core::workspace::write_atomic(out, &text)
        .with_context(|| format!("The file cannot be written: {}", out.display()))?;
    let rows = result.rows();
    output.print(&json!({ "path": out, "rows": rows }), || {
        println!("Wrote {} to {}", units::counted(rows, "row"), out.display());
    })?;
    Ok(Outcome::Done)
}

fn print(result: &ResultSet, format: SqlFormat, to: &mut impl io::Write) -> Result<Outcome> {
    match format {
        SqlFormat::Markdown => {
            let (control, _handle) = control();
            let table = result.as_markdown(0, u64::MAX, &control)?;
            end_of_output(to.write_all(table.text.as_bytes()))?;
            if table.rows < result.rows() {
                let (written, all) = (units::counted(table.rows, "row"), units::counted(result.rows(), "row"));
                eprintln!("Only {written} of {all}: a table in Markdown ends there. Take another format for the rest.");
            }
        }
        SqlFormat::Json => print_json(result, to)?,
        _ => print_table(result, to)?,
    }
    Ok(Outcome::Done)
}

/// One document: the columns, the rows as objects, and how it went.
fn print_json(result: &ResultSet, to: &mut impl io::Write) -> Result<()> {
    let names = unique_names(result);
    let mut write = || -> Result<io::Result<()>> {
        let head = json!({ "columns": result.columns(), "total": result.rows(), "complete": result.state() == ResultState::Finished, "seconds": result.elapsed().as_secs_f64() });
        let head = serde_json::to_string_pretty(&head)?;
        let head = head.trim_end_matches(['}', '\n']);
        if let Err(error) = write!(to, "{head},\n  \"rows\": [") {
            return Ok(Err(error));
        }
        let mut at = 0;
        while at < result.rows() {
            let page = result.page(at, AT_ONCE, None)?;
            for row in page.rows {
                let object: Map<String, Value> =
                    names.iter().cloned().zip(row.into_iter().map(|cell| cell.value)).collect();
                let comma = if at == 0 { "" } else { "," };
                at += 1;
                if let Err(error) = write!(to, "{comma}\n    {}", Value::Object(object)) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(writeln!(to, "\n  ]\n}}"))
    };
    end_of_output(write()?)
}

/// The columns' names, each another: a document has one value for each name.
fn unique_names(result: &ResultSet) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in result.columns() {
        let mut name = column.name.clone();
        let mut next = 2;
        while names.contains(&name) {
            name = format!("{}_{next}", column.name);
            next += 1;
        }
        names.push(name);
    }
    names
}

fn print_table(result: &ResultSet, to: &mut impl io::Write) -> Result<()> {
    let page = result.page(0, u64::MAX, Some(SHOWN + 1))?;
    let mut rows = vec![result.columns().iter().map(|column| one_line(&column.name)).collect::<Vec<_>>()];
    for row in &page.rows {
        rows.push(row.iter().map(|cell| shown(&cell.text())).collect());
    }
    let mut text = lined_up(&rows);
    let more = if result.state() == ResultState::Cut { " and more; --limit shows them" } else { "" };
    let seconds = result.elapsed().as_secs_f64();
    let summary = format!("{}{more} ({seconds:.2} s)\n", units::counted(result.rows(), "row"));
    text.push_str(&summary);
    end_of_output(to.write_all(text.as_bytes()))
}

/// A value on one line, cut where a table has no more room.
fn shown(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let line = one_line(&head);
    if text.chars().nth(SHOWN).is_some() { line + "…" } else { line }
}

/// Whether a run of a saved query writes to the workspace.
pub(super) fn writes(action: &QueriesAction) -> bool {
    match action {
        QueriesAction::Save { .. } | QueriesAction::Rm { .. } | QueriesAction::Rename { .. } => true,
        QueriesAction::Run { run, .. } => run.save_as.is_some(),
        QueriesAction::List { .. } | QueriesAction::Show { .. } => false,
    }
}

pub(super) fn queries(studio: &Studio, action: &QueriesAction, output: Output) -> Result<Outcome> {
    match action {
        QueriesAction::List { examples } => {
            if *examples {
                let examples = studio.example_queries();
                output.print(&json!({ "examples": examples }), || {
                    for example in &examples {
                        println!("-- {}\n{};\n", example.title, example.text);
                    }
                })?;
            } else {
                let saved = studio.saved_queries()?;
                output.print(&json!({ "queries": saved }), || {
                    for query in &saved {
                        let first = query.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                        println!("{:<24} {}", query.name, shown(first));
                    }
                })?;
            }
        }
        QueriesAction::Show { name } => {
            let query = studio.saved_query(name)?;
            output.print(&query, || print!("{}", query.text))?;
        }
        QueriesAction::Save { name, query, overwrite } => {
            let text = if query == "-" {
                io::read_to_string(io::stdin()).context("The query cannot be read")?
            } else {
                query.clone()
            };
            studio.save_query(name, &text, *overwrite)?;
            output.print(&json!({ "name": name, "text": text }), || println!("Saved the query '{name}'."))?;
        }
        QueriesAction::Rename { name, new } => {
            studio.rename_query(name, new)?;
            output.print(&json!({ "name": new }), || println!("'{name}' is called '{new}' now."))?;
        }
        QueriesAction::Rm { name } => {
            studio.remove_query(name)?;
            output.print(&json!({ "removed": name }), || println!("Removed the query '{name}'."))?;
        }
        QueriesAction::Run { name, run: how } => {
            let query = studio.saved_query(name)?;
            return run(studio, &query.text, how, output);
        }
    }
    Ok(Outcome::Done)
}
