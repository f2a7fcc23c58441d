//! Where token rows come from, through the program: conversations, pairs, an order of a seed, a row in the preview.

use std::fs;
use std::path::Path;

use mistudio_tests::program::{Program, new_workspace, repository};
use serde_json::{Value, json};

/// A workspace with two datasets and a tokenizer that has a chat template.
fn scene() -> (tempfile::TempDir, Program) {
    let (folder, _, program) = new_workspace().unwrap();
    let add = |name: &str, rows: &[Value]| {
        let file = folder.path().join(format!("{name}.jsonl"));
        fs::write(&file, rows.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")).unwrap();
        program.json(&["add", file.to_str().unwrap(), "--name", name]).unwrap();
    };
    let talk = |n: usize| {
        let turns =
            json!([{"from": "human", "value": format!("Question {n}?")}, {"from": "gpt", "value": "An answer."}]);
        json!({ "id": n, "conversations": turns })
    };
    add("talks", &(0..30).map(talk).collect::<Vec<_>>());
    let pair =
        |n: usize| json!({ "question": format!("What is {n} and what is more?"), "answer": format!("It is {n}.") });
    add("pairs", &(0..30).map(pair).collect::<Vec<_>>());
    let tokenizer = folder.path().join("tokenizer");
    fs::create_dir(&tokenizer).unwrap();
    let golden = repository().join("tests/golden/tokenizers/wordpiece");
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        fs::copy(golden.join(name), tokenizer.join(name)).unwrap();
    }
    let template = "{% for m in messages %}{{ m.role }} says {{ m.content }}{{ sep_token }}{% endfor %}";
    fs::write(tokenizer.join("chat_template.jinja"), template).unwrap();
    program.json(&["tokenizer", "add", tokenizer.to_str().unwrap(), "--name", "tiny"]).unwrap();
    (folder, program)
}

fn token_rows(program: &Program, dataset: &str, made: &Value) -> Vec<Value> {
    let id = made["id"].as_str().unwrap();
    let page = program.json(&["samples", dataset, "--tokenization", id, "--limit", "100"]).unwrap();
    page["rows"].as_array().unwrap().clone()
}

fn unpadded(row: &Value) -> Vec<u64> {
    let count = row["num_tokens"].as_u64().unwrap() as usize;
    row["input_ids"].as_array().unwrap().iter().take(count).map(|id| id.as_u64().unwrap()).collect()
}

fn shown(preview: &Value) -> Vec<u64> {
    let ids = preview["rows"][0]["ids"].as_array().unwrap();
    ids.iter().map(|id| id.as_u64().unwrap()).collect()
}

#[test]
fn conversations_become_rows_flattened_or_rendered_and_the_preview_shows_them() {
    let (_folder, program) = scene();
    let tokenize = |flags: &[&str]| {
        let args = [&["tokenize", "talks", "--tokenizer", "tiny", "--max-length", "64"], flags].concat();
        program.json(&args).unwrap()
    };
    let preview = |flags: &[&str]| {
        let args = ["preview", "--tokenizer", "tiny", "--max-length", "64", "--padding", "do_not_pad"];
        program.json(&[&args[..], flags].concat()).unwrap()
    };
    let flat = token_rows(&program, "talks", &tokenize(&[]));
    let row = preview(&["--dataset", "talks", "--row", "3"]);
    assert_eq!(row["texts"], json!(["human: Question 3?\n\ngpt: An answer."]));
    assert_eq!(unpadded(&flat[3]), shown(&row));

    let rendered = token_rows(&program, "talks", &tokenize(&["--chat-template"]));
    let row = preview(&["--dataset", "talks", "--row", "3", "--conversation", "chat-template"]);
    assert_eq!(row["texts"], json!(["user says Question 3?[SEP]assistant says An answer.[SEP]"]));
    assert_eq!(unpadded(&rendered[3]), shown(&row));
    assert_ne!(unpadded(&rendered[3]), unpadded(&flat[3]));

    let past = program.run(&["preview", "--tokenizer", "tiny", "--dataset", "talks", "--row", "30"]).unwrap();
    assert!(past.code != Some(0) && past.stderr.contains("has 30 rows and so no row 30"), "{past:?}");
    let plain = program.run(&["tokenize", "pairs", "--tokenizer", "tiny", "--chat-template"]).unwrap();
    assert!(plain.code != Some(0) && plain.stderr.contains("holds text, and a chat template"), "{plain:?}");
}

#[test]
fn pairs_become_one_row_each_or_windows_and_packing_refuses_them() {
    let (_folder, program) = scene();
    let pairs = ["--text-column", "question", "--second-text-column", "answer"];
    let tokenize = |flags: &[&str]| {
        program.run(&[&["--json", "tokenize", "pairs", "--tokenizer", "tiny"], &pairs[..], flags].concat()).unwrap()
    };
    let end = tokenize(&["--max-length", "64"]);
    assert_eq!(end.code, Some(0), "{end:?}");
    let rows = token_rows(&program, "pairs", &serde_json::from_str(&end.stdout).unwrap());
    let typed = ["What is 4 and what is more?", "--second-text", "It is 4."];
    let preview = ["preview", "--tokenizer", "tiny", "--max-length", "64", "--padding", "do_not_pad"];
    let typed = program.json(&[&preview[..], &typed].concat()).unwrap();
    assert_eq!(unpadded(&rows[4]), shown(&typed));
    let of_row = program.json(&[&preview[..], &pairs, &["--dataset", "pairs", "--row", "4"]].concat()).unwrap();
    assert_eq!(of_row, typed);
    assert_eq!(shown(&typed).iter().filter(|&&id| id == 3).count(), 2);

    let windows = ["--layout", "windows", "--max-length", "14", "--truncation", "only_first"];
    let end = tokenize(&windows);
    assert_eq!(end.code, Some(0), "{end:?}");
    let made: Value = serde_json::from_str(&end.stdout).unwrap();
    assert!(made["rows"].as_u64().unwrap() > 30, "{made}");
    let refused = tokenize(&["--layout", "packed"]);
    assert!(refused.code != Some(0) && refused.stderr.contains("know no pairs"), "{refused:?}");
    let refused = tokenize(&windows[..4]);
    assert!(refused.stderr.contains("choose only_first or only_second"), "{refused:?}");
}

#[test]
fn a_seed_shuffles_the_same_way_in_every_workspace() {
    let orders = [(), ()].map(|()| {
        let (folder, program) = scene();
        let args = ["tokenize", "pairs", "--tokenizer", "tiny", "--text-column", "answer", "--shuffle-seed", "42"];
        let made = program.json(&args).unwrap();
        let rows = token_rows(&program, "pairs", &made);
        let order: Vec<u64> = rows.iter().map(|row| row["sample_id"].as_u64().unwrap()).collect();
        for row in &rows {
            let sample = row["sample_id"].as_u64().unwrap();
            let preview = ["preview", "--tokenizer", "tiny", "--padding", "do_not_pad"];
            if sample % 10 == 0 {
                let expected = program.json(&[&preview[..], &[&format!("It is {sample}.")]].concat()).unwrap();
                assert_eq!(unpadded(row), shown(&expected));
            }
        }
        assert!(no_working_folder(&folder.path().join("space/datasets")));
        order
    });
    assert_eq!(orders[0], orders[1]);
    let mut sorted = orders[0].clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..30).collect::<Vec<u64>>());
    assert_ne!(sorted, orders[0]);
}

fn no_working_folder(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().map(Result::unwrap).all(|entry| {
        let is_working = entry.file_name().to_string_lossy().ends_with(".working");
        !is_working && (!entry.path().is_dir() || no_working_folder(&entry.path()))
    })
}
