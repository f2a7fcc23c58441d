//! What a session answers.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{Example, values};
use crate::catalog::Snapshot;
use crate::jobs::{Stop, control};
use crate::sql::{ResultState, SqlError};

#[test]
fn the_catalogs_tables_and_the_data_are_there_to_be_asked() {
    let example = Example::open();
    let entry = &example.snapshot.datasets[0];
    let name = crate::sql::identifier(&entry.record.name);
    let rows: u64 = entry.files.iter().map(|file| file.rows).sum();
    assert_eq!(example.value("SELECT count(*) FROM datasets"), json!(example.snapshot.datasets.len()));
    assert_eq!(example.value(&format!("SELECT count(*) FROM samples.{name}")), json!(rows));
    let tokenization = &entry.tokenizations[0];
    assert_eq!(example.value(&format!("SELECT count(*) FROM tokens.{}", tokenization.id)), json!(tokenization.rows));
    for table in ["splits", "columns", "files", "tokenizers", "tokenizations", "jobs", "events"] {
        assert_ne!(example.value(&format!("SELECT count(*) FROM {table}")), json!(0), "{table}");
    }
    for view in ["lengths", "column_values", "columns", "token_frequencies"] {
        assert_ne!(example.value(&format!("SELECT count(*) FROM stats.{view}")), json!(0), "{view}");
    }
    let counted =
        format!("SELECT sum(count) FROM stats.lengths WHERE tokenization = '{}' AND unit = 'tokens'", tokenization.id);
    assert_eq!(example.value(&counted).to_string().trim_matches('"'), tokenization.rows.to_string());
}

#[test]
fn temporary_things_last_from_query_to_query_and_the_last_statement_answers() {
    let example = Example::open();
    let made = "CREATE TEMP TABLE mine AS SELECT 7 AS a; INSERT INTO mine VALUES (8); SELECT * FROM mine ORDER BY a";
    assert_eq!(example.values(made), [[json!(7)], [json!(8)]]);
    example.run("CREATE TEMP VIEW seen AS SELECT a + 1 AS b FROM mine; CREATE TEMP MACRO twice(x) AS 2 * x").unwrap();
    assert_eq!(example.values("SELECT twice(b) FROM seen ORDER BY 1"), [[json!(16)], [json!(18)]]);
    example.run("UPDATE mine SET a = 1; DELETE FROM mine WHERE a = 2; DROP VIEW seen").unwrap();
    assert_eq!(example.value("SELECT sum(a)::INT FROM mine"), json!(2));
}

#[test]
fn an_error_tells_the_place_in_what_was_typed() {
    let example = Example::open();
    for (query, marked) in [
        ("SELECT 1; -- é\nSELECT nope FROM datasets", "nope"),
        ("SELECT $$it's$$, 1 FRM datasets", "datasets"),
        ("SELECT 'abc'::INT FROM range(3)", "::INT"),
        ("SELECT upper(1, 2, 3)", "upper(1, 2, 3)"),
    ] {
        let error = example.run(query).unwrap_err();
        let span = error.span().unwrap_or_else(|| panic!("{query}: {error}"));
        assert_eq!(&query[span], marked, "{error}");
    }
    let error = example.run("SELECT 1; -- é\nSELECT nope FROM datasets").unwrap_err();
    assert_eq!(error.place("SELECT 1; -- é\nSELECT nope FROM datasets"), Some((2, 8)));
    assert!(matches!(error, SqlError::Query { ref kind, .. } if kind == "Binder"), "{error:?}");
}

#[test]
fn a_large_result_goes_to_disk_and_every_page_of_it_is_there() {
    let example = Example::open();
    let result = example.run("SELECT i, 'row ' || i AS name, [i, i + 1] AS pair FROM range(1_000_000) r(i)").unwrap();
    assert_eq!((result.rows(), result.state()), (1_000_000, ResultState::Finished));
    assert!(result.disk_bytes() > 1 << 20);
    for offset in [0, 4_095, 65_530, 500_000, 999_990] {
        let page = result.page(offset, 10, None).unwrap();
        assert_eq!((page.rows.len(), page.total), (10, 1_000_000));
        for (row, at) in page.rows.iter().zip(offset..) {
            assert_eq!(row[1].value, json!(format!("row {at}")));
            assert_eq!(row[2].value, json!([at, at + 1]));
        }
    }
    assert_eq!(result.page(2_000_000, 10, None).unwrap().rows.len(), 0);
    let in_order = result.batches().map(|batch| batch.unwrap().num_rows() as u64).sum::<u64>();
    assert_eq!(in_order, 1_000_000);
    let folder = example.layout.tmp();
    let kept = || walk(&folder).len();
    assert!(kept() > 1);
    drop(result);
    assert_eq!(kept(), 1, "{:?}", walk(&folder));
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn rows_can_be_seen_while_others_still_come_and_a_stop_is_heard() {
    let example = Example::open();
    let (control, handle) = control();
    let seen = Mutex::new(None);
    let endless = "SELECT i FROM range(1_000_000_000_000) r(i)";
    std::thread::scope(|scope| {
        scope.spawn(|| {
            loop {
                let result: Option<crate::sql::ResultSet> = seen.lock().unwrap().clone();
                if result.is_some_and(|result| {
                    result.rows() > 100_000 && result.page(99_990, 10, None).unwrap().rows.len() == 10
                }) {
                    handle.stop(Stop::Cancel);
                    return;
                }
                std::thread::yield_now();
            }
        });
        let outcome = example.session.run(endless, &example.snapshot, None, &control, |result| {
            *seen.lock().unwrap() = Some(result.clone());
        });
        assert!(matches!(outcome, Err(SqlError::Stopped(_))), "{outcome:?}");
    });
    let result = seen.into_inner().unwrap().unwrap();
    assert!(result.is_over());
    assert_eq!(example.value("SELECT 42"), json!(42));
}

#[test]
fn a_query_that_never_gives_a_row_is_stopped_too() {
    let example = Example::open();
    for endless in [
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT 1 FROM t) SELECT count(*) FROM t",
        "SELECT count(*) FROM range(100_000_000) a, range(100_000_000) b WHERE a.range + b.range = -1",
        "SELECT sum(sleep_ms(100)) FROM range(100_000)",
    ] {
        let (control, handle) = control();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                // Nothing tells that it has begun; before that it must stop as well.
                std::thread::sleep(std::time::Duration::from_millis(100));
                handle.stop(Stop::Cancel);
            });
            example.session.run(endless, &example.snapshot, None, &control, |_| {})
        });
        assert!(matches!(outcome, Err(SqlError::Stopped(_))), "{endless}: {outcome:?}");
    }
}

#[test]
fn no_more_rows_are_fetched_than_were_wanted() {
    let example = Example::open();
    let (control, _handle) = control();
    let run = |query, most| example.session.run(query, &example.snapshot, Some(most), &control, |_| {}).unwrap();
    let result = run("SELECT i FROM range(1_000_000_000_000) r(i)", 5_000);
    assert_eq!((result.rows(), result.state()), (5_000, ResultState::Cut));
    assert_eq!(run("SELECT i FROM range(3) r(i)", 3).state(), ResultState::Finished);
    assert_eq!(run("SELECT 1; SELECT 2", 1).rows(), 1);
}

#[test]
fn values_of_every_type_have_a_form_and_a_type_has_its_name() {
    let example = Example::open();
    let result = example
        .run(
            "SELECT 1::HUGEINT AS huge, 1.5::DECIMAL(5,2) AS dec, uuid() AS id, INTERVAL 1 DAY AS span, \
             TIME '01:02:03' AS time, 'a'::ENUM('a','b') AS enum, {'x': 1, 'y': ['z']} AS struct, MAP {'k': 2} AS map, \
             'x'::BLOB AS blob, TIMESTAMPTZ '2020-01-01 00:00:00+00' AS at, DATE '2020-02-03' AS day, \
             union_value(num := 2) AS one, NULL AS nothing, 'é' AS text, TRUE AS yes, '101'::BIT AS bits, 1e300 AS double",
        )
        .unwrap();
    let types: Vec<&str> = result.columns().iter().map(|column| column.kind.as_str()).collect();
    assert_eq!(types[..3], ["HUGEINT", "DECIMAL(5,2)", "UUID"]);
    assert_eq!(types[6..8], ["STRUCT(x INTEGER, y VARCHAR[])", "MAP(VARCHAR, INTEGER)"]);
    let row = values(&result).remove(0);
    assert_eq!(row[0], json!("1"));
    assert_eq!(row[1], json!("1.50"));
    assert_eq!(row[6], json!({"x": 1, "y": ["z"]}));
    assert_eq!((row[5].clone(), row[10].clone(), row[12].clone()), (json!("a"), json!("2020-02-03"), json!(null)));
}

#[test]
fn long_texts_are_cut_for_a_page_and_whole_when_asked_for() {
    let example = Example::open();
    let result = example.run("SELECT repeat('é', 100_000) AS long, 'short' AS short").unwrap();
    let page = result.page(0, 1, Some(1000)).unwrap();
    assert_eq!(page.rows[0][0].cut_from, Some(100_000));
    assert_eq!(page.rows[0][0].value.as_str().unwrap().chars().count(), 1000);
    assert_eq!(page.rows[0][1].cut_from, None);
    assert_eq!(result.value(0, 0).unwrap().as_str().unwrap().chars().count(), 100_000);
}

#[test]
fn plans_and_descriptions_are_answers_too() {
    let example = Example::open();
    for query in [
        "EXPLAIN SELECT * FROM datasets",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN (FORMAT json) SELECT 1",
        "DESCRIBE datasets",
        "SHOW TABLES",
        "SHOW ALL TABLES",
        "SUMMARIZE splits",
        "FROM splits",
        "TABLE splits",
        "VALUES (1), (2)",
        "(SELECT 1)",
        "PIVOT splits ON name USING sum(num_samples)",
        "WITH t AS (SELECT 1 AS a) SELECT * FROM t",
    ] {
        let result = example.run(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert!(result.rows() > 0, "{query}");
    }
}

#[test]
fn what_has_a_name_of_the_catalog_is_not_touched_when_the_workspace_changes() {
    let mut example = Example::open();
    example
        .run("CREATE TEMP TABLE splits AS SELECT 42 AS mine; CREATE TEMP MACRO json_serialize_sql(x) AS '{}'")
        .unwrap();
    let datasets = example.value("SELECT count(*) FROM datasets");
    let mut next = Snapshot::clone(&example.snapshot);
    next.generation += 1;
    next.jobs.clear();
    example.snapshot = Arc::new(next);
    assert_eq!(example.value("SELECT mine FROM splits"), json!(42));
    assert_eq!(example.value("SELECT count(*) FROM jobs"), json!(0));
    assert_eq!(example.value("SELECT count(*) FROM datasets"), datasets);
    assert_ne!(example.value("SELECT count(*) FROM memory.main.splits"), json!(0));
}

#[test]
fn a_temporary_view_follows_the_rows_that_it_is_over() {
    let mut example = Example::open();
    let name = example.snapshot.datasets[0].record.name.replace('"', "\"\"");
    let count = |example: &Example, of: &str| example.value(&format!("SELECT count(*) FROM {of}"));
    let samples = format!("samples.\"{name}\"");
    example.run(&format!("CREATE TEMP VIEW mine AS SELECT * FROM {samples}")).unwrap();
    let before = count(&example, "mine");
    let mut next = Snapshot::clone(&example.snapshot);
    next.generation += 1;
    let removed = Arc::make_mut(&mut next.datasets[0]).files.pop().unwrap();
    example.snapshot = Arc::new(next);
    let after = count(&example, "mine");
    assert_eq!(before.as_u64().unwrap() - after.as_u64().unwrap(), removed.rows);
    assert_eq!(after, count(&example, &samples));
}

#[test]
fn long_chains_and_pivots_within_other_queries_are_queries() {
    let example = Example::open();
    let chain = vec!["1"; 300].join(" + ");
    assert_eq!(example.value(&format!("SELECT {chain}")), json!(300));
    let pivot = "SELECT * FROM (PIVOT (SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v)) ON k USING sum(v))";
    let rows: Vec<f64> = example.values(pivot)[0]
        .iter()
        .map(|value| value.as_str().map_or_else(|| value.as_f64(), |text| text.parse().ok()).unwrap())
        .collect();
    assert_eq!(rows, [1.0, 2.0]);
}

#[test]
fn whenever_a_query_is_stopped_the_next_one_is_answered() {
    let example = Example::open();
    for microseconds in (0..15_000).step_by(250) {
        let (control, handle) = control();
        let (tell, told) = std::sync::mpsc::channel();
        let outcome = std::thread::scope(|scope| {
            scope.spawn(move || {
                let began: std::time::Instant = told.recv().unwrap();
                while began.elapsed() < std::time::Duration::from_micros(microseconds) {
                    std::thread::yield_now();
                }
                handle.stop(Stop::Cancel);
            });
            let query = "SELECT i, 'row ' || i AS words FROM range(100_000) r(i)";
            example.session.run(query, &example.snapshot, None, &control, |_| {
                tell.send(std::time::Instant::now()).unwrap();
            })
        });
        assert!(matches!(outcome, Ok(_) | Err(SqlError::Stopped(_))), "{microseconds}: {outcome:?}");
        assert_eq!(example.value("SELECT 42"), json!(42), "{microseconds}");
    }
}
