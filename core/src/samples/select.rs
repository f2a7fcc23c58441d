//! Answering filters and orders: which rows pass, and which comes before which.

use std::fmt::Write as _;
use std::ops::Range;

use super::clause::{SqlColumn, chars, clause, find, quoted, text};
use super::layout::Layout;
use super::sandbox::Sandbox;
use super::sort::{Order, OrderWriter, Sort, SortBy};
use super::{FileSpan, Filter, Footers, SamplesError, Selection, condition};
use crate::jobs::Control;

/// Names DuckDB gives to what is not in the file; a column of that name would hide it.
const NEEDED: [&str; 2] = ["file_index", "file_row_number"];
/// The names under which they are handed on, which no column has.
const FILE: &str = "\"file of the row\"";
const ROW: &str = "\"row of the file\"";

/// The rows in `range` for which every condition on their own values holds.
pub(super) fn select(
    layout: &Layout,
    range: Range<u64>,
    filter: &Filter,
    footers: &Footers,
    control: &Control,
) -> Result<Selection, SamplesError> {
    let mut selection = Selection::none(layout.total());
    let files = Files::of(layout, range, footers, control)?;
    if files.is_empty() {
        return Ok(selection);
    }
    let sandbox = Sandbox::open(files.paths())?;
    let (sql, values) = query(&sandbox, &files, filter, control)?;
    sandbox.pairs(&sql, values, control, |file, row| {
        selection.insert(files.number(file, row));
        Ok(())
    })?;
    Ok(selection)
}

/// Fails, saying why, if the filter cannot be applied to these files; reads no rows.
pub(super) fn validate(layout: &Layout, filter: &Filter, control: &Control) -> Result<(), SamplesError> {
    let files = Files { layout, spans: layout.spans().iter().collect() };
    if files.is_empty() || filter.is_empty() {
        return Ok(());
    }
    let sandbox = Sandbox::open(files.paths())?;
    let (sql, _) = query(&sandbox, &files, filter, control)?;
    sandbox.prepare(&sql, control)
}

/// The rows whose value of a column stands in another row of the dataset too.
pub(super) fn duplicates(
    layout: &Layout,
    column: &str,
    footers: &Footers,
    control: &Control,
) -> Result<Selection, SamplesError> {
    let mut selection = Selection::none(layout.total());
    let files = Files::of(layout, 0..layout.total(), footers, control)?;
    if files.is_empty() {
        return Ok(selection);
    }
    let sandbox = Sandbox::with_spill(files.paths())?;
    let (source, columns) = source(&sandbox, &files, control)?;
    let value = quoted(&find(column, &columns)?.name);
    // 128 bits of a value tell it from every other one; they are all that is held of it.
    let sql = format!(
        "WITH hashed AS MATERIALIZED (SELECT {FILE}, {ROW}, md5_number({value}::VARCHAR) AS hash \
         FROM {source} WHERE {value} IS NOT NULL) \
         SELECT {FILE}, {ROW} FROM hashed \
         WHERE hash IN (SELECT hash FROM hashed GROUP BY hash HAVING count(*) > 1)"
    );
    sandbox.pairs(&sql, Vec::new(), control, |file, row| {
        selection.insert(files.number(file, row));
        Ok(())
    })?;
    Ok(selection)
}

/// All rows in an order.
pub(super) fn order(layout: &Layout, sort: &Sort, footers: &Footers, control: &Control) -> Result<Order, SamplesError> {
    let scratch = |source| SamplesError::Scratch { source };
    let mut order = OrderWriter::new().map_err(scratch)?;
    let files = Files::of(layout, 0..layout.total(), footers, control)?;
    if !files.is_empty() {
        let sandbox = Sandbox::with_spill(files.paths())?;
        let (source, columns) = source(&sandbox, &files, control)?;
        let direction = if sort.descending { "DESC" } else { "ASC" };
        let keys = match &sort.by {
            SortBy::Row => format!("{FILE} {direction}, {ROW} {direction}"),
            SortBy::Column(column) => {
                format!("{} {direction} NULLS LAST, {FILE}, {ROW}", quoted(&find(column, &columns)?.name))
            }
            SortBy::Chars(column) => {
                format!("{} {direction} NULLS LAST, {FILE}, {ROW}", chars(column, &columns)?)
            }
        };
        let sql = format!("SELECT {FILE}, {ROW} FROM {source} ORDER BY {keys}");
        sandbox.pairs(&sql, Vec::new(), control, |file, row| order.push(files.number(file, row)).map_err(scratch))?;
    }
    order.finish().map_err(scratch)
}

/// The files of a dataset that a question is about.
struct Files<'a> {
    layout: &'a Layout,
    spans: Vec<&'a FileSpan>,
}

impl<'a> Files<'a> {
    /// Those that hold the rows of `range`, which are those of whole files.
    fn of(layout: &'a Layout, range: Range<u64>, footers: &Footers, control: &Control) -> Result<Self, SamplesError> {
        let wanted = |span: &&FileSpan| !span.rows.is_empty() && range.contains(&span.rows.start);
        let spans: Vec<&FileSpan> = layout.spans().iter().filter(wanted).collect();
        // DuckDB trusts the files it is given; a file of other length would shift every row after it.
        for span in &spans {
            control.check()?;
            footers.open(span)?;
        }
        Ok(Self { layout, spans })
    }

    fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    fn paths(&self) -> impl Iterator<Item = &std::path::Path> {
        self.spans.iter().map(|span| span.path.as_path())
    }

    /// The number of a row through the whole dataset.
    fn number(&self, file: u64, row: u64) -> u64 {
        self.spans[file as usize].rows.start + row
    }
}

/// The query for file and row number of every row that passes, after checking what the user wrote.
fn query(
    sandbox: &Sandbox,
    files: &Files<'_>,
    filter: &Filter,
    control: &Control,
) -> Result<(String, Vec<duckdb::types::Value>), SamplesError> {
    filter.free_conditions().try_for_each(|sql| condition::check(sandbox.connection(), sql))?;
    let (source, columns) = source(sandbox, files, control)?;
    let (condition, values) = clause(filter, &columns)?;
    Ok((format!("SELECT {FILE}, {ROW} FROM {source} WHERE {condition}"), values))
}

/// The rows of the files with their columns, `split` and `row` where no column has that name, and the place of each.
fn source(sandbox: &Sandbox, files: &Files<'_>, control: &Control) -> Result<(String, Vec<SqlColumn>), SamplesError> {
    let columns = sandbox.columns(control)?;
    let is_column = |name: &str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    if let Some(taken) = NEEDED.into_iter().find(|name| is_column(name)) {
        let message = format!("the column “{taken}” has a name that DuckDB needs for itself; rename it in the files");
        return Err(SamplesError::Filter { message });
    }
    // Writing to a string cannot fail.
    let mut place = String::new();
    let list = |value: &dyn Fn(&FileSpan) -> String| {
        format!(
            "([{}])[files.file_index::BIGINT + 1]",
            files.spans.iter().map(|span| value(span)).collect::<Vec<_>>().join(", ")
        )
    };
    if !is_column("split") {
        let _ = write!(place, "{} AS split, ", list(&|span| text(files.layout.address(span.rows.start).0)));
    }
    if !is_column("row") {
        let first = list(&|span| files.layout.address(span.rows.start).1.to_string());
        let _ = write!(place, "{first}::BIGINT + files.file_row_number AS \"row\", ");
    }
    // The outer query sees the columns of the file and of its place alone, not what DuckDB adds to them.
    let source = format!(
        "(SELECT files.*, {place}files.file_index::UBIGINT AS {FILE}, files.file_row_number::UBIGINT AS {ROW} \
         FROM {} AS files) AS sample",
        sandbox.source()
    );
    Ok((source, columns))
}
