//! What an editor and a plot need, held against the database itself.

use serde_json::json;

use super::Example;
use crate::jobs::{Stop, control};
use crate::sql::builtins::BUILTINS;
use crate::sql::{
    LONGEST_LABEL, MOST_COPIED, MOST_COPIED_BYTES, PlotKind, PlotQuery, SchemaTree, SqlError, examples, identifier,
};

#[test]
fn every_example_runs_and_gives_rows() {
    let example = Example::open();
    let found = examples(&example.snapshot);
    assert_eq!(found.len(), 16);
    for query in found {
        let result =
            example.run(&query.text).unwrap_or_else(|error| panic!("{}: {error}\n{}", query.title, query.text));
        assert!(result.rows() > 0, "{}\n{}", query.title, query.text);
        assert!(result.notes().is_empty(), "{:?}", result.notes());
    }
}

#[test]
fn a_workspace_without_data_has_examples_too() {
    let found = examples(&crate::catalog::Snapshot::default());
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|query| !query.text.contains('{')));
}

#[test]
fn the_tree_is_what_the_database_has() {
    let example = Example::open();
    let tree = SchemaTree::of(&example.layout, &example.snapshot);
    for schema in ["main", "stats", "samples", "tokens"] {
        assert!(tree.tables.iter().any(|table| table.schema == schema), "{schema}");
    }
    for table in &tree.tables {
        assert!(!table.about.is_empty());
        let described = example.values(&format!("DESCRIBE {}", table.insert));
        let names: Vec<&str> = described.iter().map(|row| row[0].as_str().unwrap()).collect();
        let told: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(told, names, "{}", table.insert);
        if ["main", "stats"].contains(&table.schema) {
            let types: Vec<&str> = described.iter().map(|row| row[1].as_str().unwrap()).collect();
            assert_eq!(table.columns.iter().map(|column| column.kind.as_str()).collect::<Vec<_>>(), types);
            assert!(table.columns.iter().all(|column| !column.about.is_empty()), "{}", table.insert);
        }
    }
    let shown =
        example.values("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' AND table_name <> 'meta'");
    assert_eq!(shown.len(), tree.tables.iter().filter(|table| table.schema == "main").count());
}

#[test]
fn every_function_that_is_offered_is_there() {
    let example = Example::open();
    assert!(BUILTINS.is_sorted());
    let known = example.values("SELECT DISTINCT function_name FROM duckdb_functions()");
    let known: Vec<&str> = known.iter().map(|row| row[0].as_str().unwrap()).collect();
    let grammar = [
        "coalesce",
        "current_date",
        "dense_rank",
        "first_value",
        "if",
        "lag",
        "last_value",
        "lead",
        "ntile",
        "nullif",
        "percent_rank",
        "rank",
        "row_number",
        "unnest",
    ];
    for (name, _) in BUILTINS {
        assert!(known.contains(name) || grammar.contains(name), "{name}");
    }
    for function in SchemaTree::of(&example.layout, &example.snapshot).functions {
        assert!(known.contains(&function.name) && function.signature.starts_with(function.name));
    }
}

#[test]
fn copied_rows_are_what_spreadsheets_and_markdown_take() {
    let example = Example::open();
    let result = example
        .run("SELECT * FROM (VALUES (1, E'a\\tb\\nc', [1, 2]), (2, NULL, []), (3, 'x|y', [3])) t(id, note, list)")
        .unwrap();
    let (control, handle) = control();
    assert_eq!(result.as_tsv(0, 10, &control).unwrap().text, "id\tnote\tlist\n1\ta b c\t[1,2]\n2\t\t[]\n3\tx|y\t[3]\n");
    assert_eq!(
        result.as_markdown(1, 2, &control).unwrap().text,
        "| id | note | list |\n| ---: | --- | --- |\n| 2 |  | [] |\n| 3 | x\\|y | [3] |\n"
    );
    handle.stop(Stop::Cancel);
    assert!(matches!(result.as_tsv(0, 10, &control), Err(SqlError::Stopped(_))));
}

#[test]
fn no_more_is_copied_than_a_clipboard_takes_and_its_rows_are_told() {
    let example = Example::open();
    let (control, _handle) = control();
    let long = example.run("SELECT repeat('x', 1000000) AS text FROM range(100)").unwrap();
    let copied = long.as_tsv(0, u64::MAX, &control).unwrap();
    assert!(copied.text.len() <= MOST_COPIED_BYTES);
    assert_eq!(copied.rows, 67);
    assert_eq!(copied.text.lines().count(), 68, "whole rows, and the names of the columns");
    let many = example.run("FROM range(150000)").unwrap();
    assert_eq!(many.as_tsv(5, u64::MAX, &control).unwrap().rows, MOST_COPIED);
}

#[test]
fn labels_of_a_plot_are_short_tell_long_values_apart_and_sums_are_told() {
    let example = Example::open();
    let (control, _handle) = control();
    let query = PlotQuery { kind: PlotKind::Bar, x: 0, y: Some(1), colour: None };
    let rows = "SELECT repeat('x', 100000) || i % 2 AS text, i AS n FROM range(5) r(i)";
    let bars = example.run(rows).unwrap().plot(&query, &control).unwrap();
    assert_eq!(bars.series[0].points, [[0.0, 6.0], [1.0, 4.0]]);
    assert!(bars.labels.iter().all(|label| label.chars().count() == LONGEST_LABEL + 1 && label.ends_with('…')));
    assert_eq!(bars.notes, ["Where several rows have the same value along the bottom, the bar is their sum."]);
    let single = example.run("SELECT 'a' AS text, 1 AS n").unwrap().plot(&query, &control).unwrap();
    assert!(single.notes.is_empty());
}

#[test]
fn a_plot_has_the_points_of_the_rows() {
    let example = Example::open();
    let (control, _handle) = control();
    let plot =
        |query: &str, kind, x, y, colour| example.run(query).unwrap().plot(&PlotQuery { kind, x, y, colour }, &control);
    let rows = "SELECT i AS x, i * i AS y, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END AS kind FROM range(6) r(i)";
    let line = plot(rows, PlotKind::Line, 0, Some(1), Some(2)).unwrap();
    assert_eq!(line.series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(), ["even", "odd"]);
    assert_eq!(line.series[1].points, [[1.0, 1.0], [3.0, 9.0], [5.0, 25.0]]);
    let bars = plot(rows, PlotKind::Bar, 2, None, None).unwrap();
    assert_eq!(
        (bars.labels.clone(), bars.series[0].points.clone()),
        (vec!["even".into(), "odd".into()], vec![[0.0, 3.0], [1.0, 3.0]])
    );
    let histogram = plot("SELECT unnest([0, 1, 1, 50]) AS x", PlotKind::Histogram, 0, None, None).unwrap();
    assert_eq!(histogram.series[0].points, [[0.5, 1.0], [1.5, 2.0], [49.5, 1.0]]);
    let times = plot("SELECT DATE '1970-01-02' AS day, 1 AS n", PlotKind::Line, 0, Some(1), None).unwrap();
    assert!(times.x_is_time);
    assert_eq!(times.series[0].points, [[86_400.0, 1.0]]);
    assert!(matches!(plot("SELECT 'a' AS x, 1 AS y", PlotKind::Line, 0, Some(1), None), Err(SqlError::Plot(_))));
    assert!(matches!(plot("SELECT 1 AS x, 'a' AS y", PlotKind::Scatter, 0, Some(1), None), Err(SqlError::Plot(_))));
}

#[test]
fn many_points_are_thinned_and_the_plot_says_so() {
    let example = Example::open();
    let (control, _handle) = control();
    let rows = "SELECT i AS x, CASE WHEN i = 77_777 THEN 1000 ELSE i % 10 END AS y FROM range(300_000) r(i) UNION ALL SELECT NULL, 1";
    let result = example.run(rows).unwrap();
    let plot = |kind, y| result.plot(&PlotQuery { kind, x: 0, y, colour: None }, &control).unwrap();
    let line = plot(PlotKind::Line, Some(1));
    assert!(line.series[0].points.len() <= crate::sql::MOST_POINTS);
    assert!(line.series[0].points.contains(&[77_777.0, 1000.0]), "the peak must be seen");
    assert!(line.notes.iter().any(|note| note.contains("300,001 points")), "{:?}", line.notes);
    assert!(line.notes.iter().any(|note| note.starts_with("1 rows without a number")), "{:?}", line.notes);
    let cloud = plot(PlotKind::Scatter, Some(1));
    assert!(cloud.series[0].points.len() <= crate::sql::MOST_POINTS && cloud.notes[0].starts_with("Every 16th"));
    let bars = plot(PlotKind::Bar, Some(1));
    assert_eq!((bars.labels.len(), bars.notes.len()), (crate::sql::MOST_BARS, 1));
    let histogram = plot(PlotKind::Histogram, None);
    assert_eq!(histogram.series[0].points.iter().map(|[_, y]| *y as u64).sum::<u64>(), 300_000);
}

#[test]
fn what_suits_the_columns_is_suggested() {
    let example = Example::open();
    let suggested = |query: &str| PlotQuery::suggested(example.run(query).unwrap().columns());
    assert_eq!(
        suggested("SELECT 'a' AS x, 1 AS y").map(|plot| (plot.kind, plot.x, plot.y)),
        Some((PlotKind::Bar, 0, Some(1)))
    );
    assert_eq!(suggested("SELECT 1 AS x, 2 AS y").map(|plot| plot.kind), Some(PlotKind::Line));
    assert_eq!(suggested("SELECT 1 AS x").map(|plot| plot.kind), Some(PlotKind::Histogram));
    assert_eq!(suggested("SELECT now() AS x, 1 AS y").map(|plot| plot.kind), Some(PlotKind::Line));
    assert_eq!(suggested("SELECT 'a' AS x"), None);
}

#[test]
fn odd_names_can_be_asked_for_as_they_are_offered() {
    let example = Example::open();
    for name in ["a b", "order", "x\"y", "Größe", "1st", "select"] {
        let quoted = identifier(name);
        assert_eq!(example.value(&format!("SELECT {quoted} FROM (SELECT 7 AS {quoted})")), json!(7));
    }
}
