//! The plain `duckdb` shell, started in the workspace folder: what `duckdb catalog.duckdb` sees there.
//!
//! The shell is this very test program, run again in that folder with the DuckDB that is compiled in: a test's own folder
//! is that of all tests at once.

use std::fs;
use std::path::Path;
use std::process::Command;

use duckdb::{AccessMode, Config, Connection};
use mistudio_tests::program::{Program, contents, new_workspace, repository};
use serde_json::{Value, json};

const QUESTION: &str = "MISTUDIO_TEST_SHELL";
const ANSWER: &str = "answer: ";

/// The views over stored statistics.
const VIEWS: [&str; 10] = [
    "lengths",
    "histograms",
    "token_frequencies",
    "quality",
    "longest",
    "leaks",
    "duplicates",
    "near_duplicates",
    "columns",
    "column_values",
];

/// Not a test but the shell of the others.
#[test]
#[ignore = "run by the tests of this file, in a folder of theirs"]
fn answers_in_its_folder() {
    let Ok(question) = std::env::var(QUESTION) else { return };
    let config = Config::default().access_mode(AccessMode::ReadOnly).unwrap();
    let catalog = Connection::open_with_flags("catalog.duckdb", config).unwrap();
    let mut statement = catalog.prepare(&format!("SELECT to_json(asked)::VARCHAR FROM ({question}) AS asked")).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    for row in rows {
        println!("{ANSWER}{}", row.unwrap());
    }
}

/// The rows of a query, as the shell started in that folder has them.
fn shell(folder: &Path, question: &str) -> Vec<Value> {
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["shell::answers_in_its_folder", "--exact", "--ignored", "--nocapture"])
        .current_dir(folder)
        .env(QUESTION, question)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{question}: {said}{}", String::from_utf8_lossy(&ran.stderr));
    // The harness may have written on the same line before.
    let answer = |line: &str| line.split_once(ANSWER).map(|(_, row)| serde_json::from_str(row).unwrap());
    said.lines().filter_map(answer).collect()
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in contents(from).unwrap() {
        let place = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, bytes).unwrap();
    }
}

fn count(folder: &Path, relation: &str) -> u64 {
    shell(folder, &format!("SELECT count(*) AS n FROM {relation}"))[0]["n"].as_u64().unwrap()
}

#[test]
fn the_example_shows_its_tables_rows_tokens_and_statistics_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a moved, “odd” [folder] ы");
    copy(&repository().join("workspace-example"), &root);
    let before = contents(&root).unwrap();
    for (table, rows) in [("datasets", 1), ("splits", 3), ("columns", 4), ("tokenizations", 2)] {
        assert_eq!(count(&root, table), rows, "{table}");
    }
    assert!(count(&root, "jobs") >= 3);
    assert_eq!(count(&root, "samples.\"little-stories\""), 4000);
    let tokens = shell(&root, "SELECT id, rows FROM tokenizations");
    for tokenization in &tokens {
        let id = tokenization["id"].as_str().unwrap();
        assert_eq!(json!(count(&root, &format!("tokens.{id}"))), tokenization["rows"]);
        let rows = shell(
            &root,
            &format!(
                "SELECT sum(count)::BIGINT AS n FROM stats.lengths WHERE tokenization = '{id}' AND unit = 'tokens'"
            ),
        );
        assert_eq!(rows[0]["n"], tokenization["rows"]);
        let used = format!("(SELECT * FROM stats.token_frequencies WHERE tokenization = '{id}')");
        let unique = shell(&root, &format!("SELECT unique_tokens AS n FROM tokenizations WHERE id = '{id}'"));
        assert_eq!(json!(count(&root, &used)), unique[0]["n"]);
    }
    let lengths = shell(
        &root,
        "SELECT dataset, split, sum(count)::BIGINT AS n, max(length) AS longest FROM stats.lengths \
         WHERE unit = 'chars' AND tokenization IS NULL GROUP BY ALL ORDER BY split",
    );
    let longest = shell(
        &root,
        "SELECT split, count(*) AS n, max(length(text)) AS longest FROM samples.\"little-stories\" GROUP BY ALL ORDER BY split",
    );
    assert_eq!(lengths.len(), 3);
    for (stored, counted) in lengths.iter().zip(&longest) {
        assert_eq!(stored["dataset"], "little-stories");
        assert_eq!(
            (&stored["split"], &stored["n"], &stored["longest"]),
            (&counted["split"], &counted["n"], &counted["longest"])
        );
    }
    let bars = shell(
        &root,
        "SELECT low, high, sum(count)::BIGINT AS n FROM stats.histograms \
         WHERE unit = 'chars' AND bins = 'standard' AND split IS NULL GROUP BY ALL ORDER BY low",
    );
    let edges: Vec<(&Value, &Value)> = bars.iter().map(|bar| (&bar["low"], &bar["high"])).collect();
    assert_eq!((edges[0], edges[6]), ((&json!(0), &json!(100)), (&json!(1000), &Value::Null)));
    assert_eq!(bars.iter().map(|bar| bar["n"].as_u64().unwrap()).sum::<u64>(), 4000);
    let columns = shell(&root, "SELECT name, type FROM stats.columns WHERE dataset = 'little-stories' ORDER BY name");
    assert_eq!(columns[0], json!({ "name": "grade", "type": "float" }));
    assert_eq!(columns.len(), 4);
    assert!(count(&root, "stats.column_values") > 4);
    assert!(contents(&root).unwrap() == before, "looking has changed a byte");
}

#[test]
fn views_come_and_go_with_datasets_of_any_name() {
    let (folder, root, program) = new_workspace().unwrap();
    for view in VIEWS {
        assert_eq!(count(&root, &format!("stats.{view}")), 0, "{view}");
    }
    let described = shell(&root, "SELECT column_type AS t FROM (DESCRIBE stats.lengths) WHERE column_name = 'length'");
    assert_eq!(described, [json!({ "t": "BIGINT" })]);

    let names = ["plain", "it's \"ours\"", "Ёлка и снег", "with space; DROP TABLE datasets"];
    let source = folder.path().join("rows.jsonl");
    for (rows, name) in names.iter().enumerate() {
        let lines: Vec<String> = (0..=rows).map(|row| json!({ "text": "x".repeat(row + 1) }).to_string()).collect();
        fs::write(&source, lines.join("\n")).unwrap();
        program.json(&["add", source.to_str().unwrap(), "--name", name]).unwrap();
    }
    let moved = folder.path().join("moved");
    fs::rename(&root, &moved).unwrap();
    for (rows, name) in names.iter().enumerate() {
        let quoted = format!("samples.\"{}\"", name.replace('"', "\"\""));
        assert_eq!(count(&moved, &quoted), rows as u64 + 1, "{name}");
        let mine = format!("WHERE dataset = '{}' AND unit = 'chars'", name.replace('\'', "''"));
        let lengths = shell(&moved, &format!("SELECT length, count FROM stats.lengths {mine} ORDER BY length"));
        assert_eq!(lengths.len(), rows + 1, "{name}");
        assert_eq!(lengths[rows], json!({ "length": rows + 1, "count": 1 }));
    }

    let program = Program::on(&moved);
    let golden = repository().join("tests/golden/tokenizers/bytelevel");
    program.json(&["tokenizer", "add", golden.to_str().unwrap(), "--name", "tiny"]).unwrap();
    program.json(&["tokenize", names[1], "--tokenizer", "tiny"]).unwrap();
    assert!(count(&moved, "stats.token_frequencies") > 0);
    for name in names {
        assert_eq!(program.run(&["rm", name, "--yes"]).unwrap().code, Some(0));
    }
    for view in VIEWS {
        assert_eq!(count(&moved, &format!("stats.{view}")), 0, "{view}");
    }
    assert_eq!(
        shell(&moved, "SELECT view_name AS v FROM duckdb_views() WHERE schema_name = 'samples'"),
        [] as [Value; 0]
    );
}

#[test]
fn a_catalog_of_the_first_format_gets_the_views_when_it_is_opened_for_writing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("space");
    copy(&repository().join("workspace-example"), &root);
    {
        let catalog = Connection::open(root.join("catalog.duckdb")).unwrap();
        catalog.execute_batch("DROP SCHEMA stats CASCADE; UPDATE meta SET format_version = 1; CHECKPOINT").unwrap();
    }
    let program = Program::on(&root);
    let refused = program.run(&["list"]).unwrap();
    assert!(refused.stderr.contains("Open the workspace once for writing"), "{}", refused.stderr);
    drop(mistudio_core::studio::Studio::open(&root).unwrap());
    assert_eq!(count(&root, "stats.columns"), 4);
    assert_eq!(program.json(&["list"]).unwrap()["total"], 1);
    let kept = root.join("catalog.format-1.duckdb");
    assert!(kept.exists(), "a copy of the catalog as it was is kept");
}
