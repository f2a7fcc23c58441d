//! Statistics from the command line, and columns against the rules of the Hub's viewer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use mistudio_core::data::{DataFile, DatasetFiles, SplitFiles};
use mistudio_core::jobs::control;
use mistudio_core::stats::{self, ColumnStats};
use mistudio_tests::program::{Program, new_workspace, repository};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

/// A workspace with two datasets of JSONL, of which the first one's splits share texts.
fn workspace() -> (tempfile::TempDir, Program) {
    let (folder, _, program) = new_workspace().unwrap();
    let story = |row: usize| {
        let words: Vec<String> = (0..40).map(|word| format!("word{}", (row * 31 + word * 7) % 997)).collect();
        words.join(" ")
    };
    let write = |name: &str, splits: &[(&str, Vec<String>)]| {
        let source = folder.path().join(name);
        fs::create_dir_all(&source).unwrap();
        for (split, texts) in splits {
            let lines: Vec<String> = texts
                .iter()
                .enumerate()
                .map(|(row, text)| {
                    json!({ "text": text, "number": row, "kind": if row % 2 == 0 { "a" } else { "b" } }).to_string()
                })
                .collect();
            fs::write(source.join(format!("{split}.jsonl")), lines.join("\n")).unwrap();
        }
        program.json(&["add", source.to_str().unwrap(), "--name", name]).unwrap();
    };
    let mut train: Vec<String> = (0..30).map(story).collect();
    // A copy, a nearly equal one, an empty one, one with a control character.
    train.extend([story(3), format!("{} end", story(4)), String::new(), "Привет\u{1} 日本".to_owned()]);
    write("one", &[("train", train), ("test", vec![story(5), story(900), story(5)])]);
    write("two", &[("train", (20..40).map(story).collect())]);
    (folder, program)
}

#[test]
fn statistics_of_a_workspace_are_told_exported_drawn_and_compared() {
    let (folder, program) = workspace();
    let found = program.json(&["stats", "one"]).unwrap();
    let quality = &found["quality"];
    assert_eq!((&quality["empty"], &quality["nulls"]), (&json!(1), &json!(0)));
    let duplicates = &quality["duplicates"];
    assert_eq!((&duplicates["texts"], &duplicates["repeated"]), (&json!(2), &json!(3)));
    let leak = &duplicates["leaks"][0];
    assert_eq!(
        (&leak["from"], &leak["to"], &leak["texts"], &leak["to_rows"]),
        (&json!("train"), &json!("test"), &json!(1), &json!(2))
    );
    assert_eq!(quality["characters"]["scripts"]["Cyrillic"], 6);
    assert_eq!(quality["characters"]["controls"]["U+0001"], 1);
    assert_eq!(quality["longest"].as_array().unwrap().len(), 20);
    assert_eq!((&found["near_duplicates"], &found["token_report"]), (&Value::Null, &Value::Null));
    let log = program.json(&["stats", "one", "--bins", "0,10,100"]).unwrap();
    assert_eq!(log["lengths"]["histogram"]["edges"], json!([0, 10, 100]));

    let near = program.json(&["stats", "one", "--near-duplicates", "--shingles", "words:3"]).unwrap();
    let near = &near["near_duplicates"];
    // The copy, the one with a word more, and the two of the other split.
    assert_eq!((&near["rows"], &near["clusters"], &near["across_splits"]), (&json!(7), &json!(3), &json!(1)));
    assert_eq!(program.json(&["stats", "one"]).unwrap()["near_duplicates"], *near, "it is kept");

    let tokenizer = repository().join("tests/golden/tokenizers/bytelevel");
    program.json(&["tokenizer", "add", tokenizer.to_str().unwrap(), "--name", "tiny"]).unwrap();
    for dataset in ["one", "two"] {
        program.json(&["tokenize", dataset, "--tokenizer", "tiny", "--padding", "do_not_pad"]).unwrap();
    }
    let tokens = program.json(&["stats", "one"]).unwrap()["token_report"].clone();
    let sum = |of: &Value| of["total"].as_u64().unwrap();
    assert!(sum(&tokens) > 0 && tokens["used_share"].as_f64().unwrap() > 0.0);
    assert!(tokens["most_frequent"][0]["text"].is_string());
    assert_eq!(
        tokens["used"].as_u64().unwrap() + tokens["never_used"].as_u64().unwrap(),
        tokens["vocabulary"].as_u64().unwrap()
    );
    let cuts = tokens["cuts"].as_array().unwrap();
    assert_eq!(cuts.last().unwrap()["tokens_cut"], 0.0);

    let compared = program.json(&["compare", "one", "two"]).unwrap();
    assert_eq!(compared["samples"]["shared_texts"], 10);
    assert_eq!(compared["vocabulary"]["by"], "id");
    assert_eq!(compared["lengths"][0]["unit"], "tokens");
    let same = program.json(&["compare", "one", "one"]).unwrap();
    assert_eq!((&same["samples"], &same["vocabulary"]["jaccard"]), (&Value::Null, &json!(1.0)));

    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    for name in ["x.json", "x.csv", "x.parquet"] {
        program.json(&["stats", "one", "--export", &path(name)]).unwrap();
        assert!(fs::metadata(path(name)).unwrap().len() > 1000, "{name}");
    }
    for what in ["lengths", "rank", "curve", "number", "kind", "column:text"] {
        for ending in ["png", "svg"] {
            let drawn = |name: &str| {
                let file = path(&format!("{name}-{}.{ending}", what.replace(':', "-")));
                program.json(&["stats", "one", "--plot", what, "--out", &file]).unwrap();
                fs::read(file).unwrap()
            };
            let picture = drawn("first");
            assert_eq!(picture, drawn("second"), "{what}: the same plot is the same bytes");
            let begins: &[u8] = if ending == "png" { b"\x89PNG" } else { b"<svg " };
            assert!(picture.starts_with(begins) && picture.len() > 1000, "{what} {ending}");
        }
    }
    let (kept, own) = (path("x.csv"), path("space/datasets/x.csv"));
    let before = fs::read(&kept).unwrap();
    for (flags, problem) in [
        (vec!["--export", &kept], "Choose another name, or have it overwritten"),
        (vec!["--plot", "rank", "--out", &path("first-rank.png")], "Choose another name, or have it overwritten"),
        (vec!["--export", &own], "A file cannot be written here"),
        (vec!["--export", &own, "--overwrite"], "A file cannot be written here"),
        (vec!["--plot", "nothing", "--out", "x.png"], "There is no plot 'nothing'"),
        (vec!["--plot", "rank", "--out", "x.gif"], "neither a .png nor a .svg"),
        (vec!["--export", "x.xlsx"], "Let it end in .json, .csv or .parquet"),
        (vec!["--near-duplicates", "--threshold", "2"], "the threshold must be above 0 and at most 1"),
    ] {
        let ran = program.run(&[vec!["stats", "one"], flags].concat()).unwrap();
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(problem), "{}", ran.stderr);
    }
    assert_eq!(fs::read(&kept).unwrap(), before, "a file is not replaced without being asked for");
    program.json(&["stats", "one", "--bins", "equal:3", "--export", &kept, "--overwrite"]).unwrap();
    assert_ne!(fs::read(&kept).unwrap(), before);
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn a_dataset_without_a_text_column_has_statistics_of_its_columns() {
    let (folder, _, program) = new_workspace().unwrap();
    let source = folder.path().join("numbers");
    fs::create_dir_all(&source).unwrap();
    fs::write(source.join("train.csv"), "a,b\n1,0.5\n2,1.5\n9007199254740993,2.5\n").unwrap();
    program.json(&["add", source.to_str().unwrap(), "--name", "numbers"]).unwrap();
    let check = |found: &Value| {
        assert_eq!(found["splits"], json!([{ "name": "train", "num_samples": 3, "share": 1.0 }]));
        assert_eq!((&found["lengths"], &found["quality"]), (&Value::Null, &Value::Null));
        assert_eq!(found["columns"]["a"]["exact_range"], json!(["1", "9007199254740993"]));
        assert_eq!(found["columns"]["b"]["numbers"]["median"], 1.5);
    };
    check(&program.json(&["stats", "numbers"]).unwrap());
    check(&program.json(&["stats", "numbers", "--recompute"]).unwrap());
    let told = program.run(&["stats", "numbers"]).unwrap().stdout;
    assert!(told.contains("Column a: int, 1 to 9007199254740993"), "{told}");
    let export = folder.path().join("x.csv");
    program.json(&["stats", "numbers", "--export", export.to_str().unwrap()]).unwrap();
    assert!(fs::read_to_string(export).unwrap().contains("exact_max,,,,,9007199254740993"));
    let refused = program.run(&["stats", "numbers", "--near-duplicates"]).unwrap();
    assert!(refused.stderr.contains("has no text column"), "{}", refused.stderr);
}

#[test]
fn a_column_that_cannot_be_read_leaves_a_dataset_without_statistics_and_says_why() {
    let (folder, _, program) = new_workspace().unwrap();
    let source = folder.path().join("damaged.parquet");
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..50).map(|row| format!("a text {row}"))));
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..50));
    let batch = RecordBatch::try_from_iter([("text", texts), ("number", numbers)]).unwrap();
    let mut writer = ArrowWriter::try_new(fs::File::create(&source).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let (start, length) = writer.close().unwrap().row_group(0).column(0).byte_range();
    let mut bytes = fs::read(&source).unwrap();
    bytes[start as usize..(start + length) as usize].fill(0xff);
    fs::write(&source, bytes).unwrap();

    let added = program.run(&["add", source.to_str().unwrap(), "--name", "damaged", "--reference"]).unwrap();
    assert_eq!(added.code, Some(0), "{}", added.stderr);
    assert!(added.stderr.contains("There are no statistics. Recompute them to try again: "), "{}", added.stderr);
    assert_eq!(program.json(&["list", "--status", "ready"]).unwrap()["total"], 1);
    let none = program.run(&["stats", "damaged"]).unwrap();
    assert!(none.stderr.contains("'damaged' has no statistics yet"), "{}", none.stderr);
}

#[test]
fn figures_of_another_text_column_than_the_datasets_are_not_shown() {
    let (folder, program) = workspace();
    let datasets = folder.path().join("space/datasets");
    let summaries: Vec<_> = fs::read_dir(datasets).unwrap().flatten().map(|entry| entry.path()).collect();
    for summary in summaries.iter().map(|dataset| dataset.join("stats/text/summary.json")) {
        let mut stored: Value = serde_json::from_slice(&fs::read(&summary).unwrap()).unwrap();
        assert_eq!(stored["text_column"], "text");
        stored["text_column"] = "kind".into();
        fs::write(summary, stored.to_string()).unwrap();
    }
    let none = program.run(&["stats", "one"]).unwrap();
    assert!(none.stderr.contains("'one' has no statistics yet"), "{}", none.stderr);
    let of_kind = program.json(&["stats", "one", "--text-column", "kind"]).unwrap();
    assert_eq!(of_kind["units"][0]["max"], 1);
    let of_text = program.json(&["stats", "one", "--text-column", "text"]).unwrap();
    assert!(of_text["units"][0]["max"].as_u64().unwrap() > 100);
}

fn golden(name: &str) -> std::path::PathBuf {
    repository().join("tests/golden").join(name)
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

/// Fails unless the bars are those of the viewer.
fn same_bars(name: &str, edges: &[f64], counts: &[u64], theirs: &Value) {
    let their_edges: Vec<f64> = theirs["edges"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
    assert_eq!(edges.len(), their_edges.len(), "{name}");
    assert!(edges.iter().zip(&their_edges).all(|(one, other)| near(*one, *other)), "{name} {edges:?} {their_edges:?}");
    assert_eq!(json!(counts), theirs["counts"], "{name}");
}

fn same_as_the_viewer(column: &ColumnStats, theirs: &Value) {
    let name = &column.name;
    assert_eq!(serde_json::to_value(column.kind).unwrap(), theirs["type"], "{name}");
    // To the viewer what is no number has no value.
    assert_eq!(column.nulls + column.not_finite, theirs["nulls"], "{name}");
    if let Some(distinct) = theirs.get("distinct") {
        assert_eq!(column.distinct, distinct.as_u64(), "{name}");
    }
    if let Some(frequencies) = theirs["frequencies"].as_object() {
        let ours = column.top.iter().map(|top| (top.value.clone(), json!(top.count)));
        assert_eq!(ours.collect::<serde_json::Map<_, _>>().len(), frequencies.len(), "{name}");
        for top in &column.top {
            assert_eq!(frequencies.get(&top.value), Some(&json!(top.count)), "{name} {}", top.value);
        }
        return;
    }
    if let Some(seconds) = theirs.get("seconds") {
        let bars = column.histogram.as_ref().unwrap();
        let since: Vec<f64> = bars.edges.iter().map(|edge| ((edge - bars.edges[0]) / 1e6).floor()).collect();
        return same_bars(name, &since, &bars.counts, seconds);
    }
    let Some(numbers) = column.numbers else {
        assert!(theirs.get("min").is_none(), "{name}");
        return;
    };
    for (figure, ours) in [
        ("min", numbers.min),
        ("p1", numbers.p1),
        ("p5", numbers.p5),
        ("p25", numbers.p25),
        ("median", numbers.median),
        ("p75", numbers.p75),
        ("p95", numbers.p95),
        ("p99", numbers.p99),
        ("max", numbers.max),
        ("mean", numbers.mean),
        ("std", numbers.std),
    ] {
        let theirs = theirs[figure].as_f64().unwrap();
        assert!(near(ours, theirs), "{name} {figure}: {ours} and not {theirs}");
    }
    let bars = column.histogram.as_ref().unwrap();
    same_bars(name, &bars.edges, &bars.counts, &theirs["histogram"]);
}

#[test]
fn columns_are_described_as_the_hubs_viewer_describes_them() {
    let theirs: Value = serde_json::from_slice(&fs::read(golden("columns.json")).unwrap()).unwrap();
    let file = DataFile { path: Path::new(&golden("columns.parquet")).to_owned(), rows: 1200 };
    let files = DatasetFiles { splits: vec![SplitFiles { name: "train".to_owned(), files: vec![file] }] };
    let ours = stats::columns(&files, None, None, &control().0).unwrap();
    assert_eq!(ours.len(), theirs.as_object().unwrap().len());
    for column in &ours {
        same_as_the_viewer(column, &theirs[column.name.as_str()]);
    }
}
