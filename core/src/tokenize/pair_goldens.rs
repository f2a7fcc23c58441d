//! Python's rows of pairs, held against the pipeline and the preview: what `tests/python/pair_goldens.py` and
//! `tests/python/token_type_goldens.py` wrote.

use std::fs::{self, File};
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::testing::{json_dataset, rows};
use super::{Input, OnBadSample, Padding, Preview, PreviewRow, Sample, Settings, preview, tokenize};
use crate::jobs::control;
use crate::tokenizer::Tokenizer;

#[derive(Deserialize)]
struct Golden<R = Vec<u32>> {
    pairs: Vec<(String, String)>,
    tokenizers: Vec<Held<R>>,
}

#[derive(Deserialize)]
struct Held<R> {
    kind: String,
    post_processor: Value,
    cases: Vec<Case<R>>,
}

#[derive(Deserialize)]
struct Case<R> {
    settings: Settings,
    rows: Vec<Option<Vec<R>>>,
}

fn golden<R: DeserializeOwned>(name: &str) -> Golden<R> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name);
    serde_json::from_reader(GzDecoder::new(File::open(file).unwrap())).unwrap()
}

impl<R> Held<R> {
    /// The tokenizer, with the post-processor that Python's had.
    fn tokenizer(&self, folder: &Path) -> Tokenizer {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/tokenizers").join(&self.kind);
        fs::copy(golden.join("tokenizer_config.json"), folder.join("tokenizer_config.json")).unwrap();
        let mut json: Value = serde_json::from_slice(&fs::read(golden.join("tokenizer.json")).unwrap()).unwrap();
        if !self.post_processor.is_null() {
            json["post_processor"] = self.post_processor.clone();
        }
        fs::write(folder.join("tokenizer.json"), json.to_string()).unwrap();
        Tokenizer::open(folder).unwrap()
    }
}

fn of_pairs(settings: &Settings) -> Settings {
    let second_text_column = Some("second".to_owned());
    Settings { second_text_column, padding: Padding::DoNotPad, on_bad_sample: OnBadSample::Skip, ..settings.clone() }
}

#[test]
fn pairs_are_cut_and_split_as_python_does() {
    let golden: Golden = golden("pairs.json.gz");
    let folder = tempfile::tempdir().unwrap();
    let (mut same, mut refused) = (0, 0);
    for cases in &golden.tokenizers {
        let tokenizer = cases.tokenizer(folder.path());
        for Case { settings, rows } in &cases.cases {
            let settings = of_pairs(settings);
            let special = settings.special_len(&tokenizer);
            if settings.stride > 0 && settings.stride >= settings.max_length.saturating_sub(special) {
                assert!(!settings.problems(&tokenizer, None).is_empty(), "{settings:?}");
                continue;
            }
            for ((first, second), expected) in golden.pairs.iter().zip(rows) {
                let sample = Sample::Pair(first.clone(), second.clone());
                let Preview { rows: found, bad, .. } = preview(&sample, &tokenizer, &settings).unwrap();
                let said = || format!("{}, {:?}: {sample:?} for {settings:?}", cases.kind, cases.post_processor);
                if let Some(expected) = expected {
                    let found: Vec<Vec<u32>> = found.iter().map(PreviewRow::ids).collect();
                    assert_eq!((&found, &bad), (expected, &None), "{}", said());
                    same += 1;
                } else {
                    assert!(bad.is_some(), "{}", said());
                    refused += 1;
                }
            }
        }
    }
    assert!(same > 10_000 && refused > 2_000, "{same} {refused}");
}

#[test]
fn a_run_writes_the_rows_of_the_preview_and_counts_what_is_cut() {
    let golden: Golden = golden("pairs.json.gz");
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<Value> =
        golden.pairs.iter().map(|(first, second)| json!({ "text": first, "second": second })).collect();
    let files = json_dataset(folder.path(), &samples, 3);
    let home = tempfile::tempdir().unwrap();
    let cases = &golden.tokenizers[2];
    let tokenizer = cases.tokenizer(home.path());
    let wanted = |case: &&Case<Vec<u32>>| {
        case.settings.max_length == 9 && case.settings.stride != 3 && case.settings.add_special_tokens
    };
    for (number, Case { settings, rows: expected }) in cases.cases.iter().filter(wanted).enumerate() {
        let destination = folder.path().join(number.to_string());
        let input = Input { files: &files, dataset_revision: "golden", origin: None, threads: None };
        let report = tokenize(input, &tokenizer, &of_pairs(settings), &destination, &control().0).unwrap();
        let found = rows(&destination);
        let ids: Vec<Vec<u32>> = found.ids.iter().map(|row| row.iter().map(|&id| id as u32).collect()).collect();
        let kept: Vec<Vec<u32>> = expected.iter().flatten().flatten().cloned().collect();
        assert_eq!(ids, kept, "{settings:?}");
        let samples = expected.iter().zip(0..).flat_map(|(rows, sample)| rows.iter().flatten().map(move |_| sample));
        assert_eq!(found.samples, samples.collect::<Vec<i64>>(), "{settings:?}");
        let counts = &report.audit.total;
        let bad = expected.iter().filter(|rows| rows.is_none()).count() as u64;
        assert_eq!((counts.samples, counts.skipped), (golden.pairs.len() as u64, bad), "{settings:?}");
        assert_eq!(counts.rows_of_wrong_length, 0);
    }
}

/// Ids and types of a row.
type Typed = (Vec<u32>, Vec<i8>);

fn typed(settings: &Settings) -> Settings {
    let padding = settings.padding;
    Settings { padding, return_token_type_ids: true, ..of_pairs(settings) }
}

#[test]
fn the_two_texts_are_told_apart_as_python_does() {
    let golden: Golden<Typed> = golden("token_types.json.gz");
    let folder = tempfile::tempdir().unwrap();
    let mut same = 0;
    for cases in &golden.tokenizers {
        let tokenizer = cases.tokenizer(folder.path());
        for Case { settings, rows } in &cases.cases {
            let settings = typed(settings);
            if !settings.problems(&tokenizer, None).is_empty() {
                continue;
            }
            for ((first, second), expected) in golden.pairs.iter().zip(rows) {
                let Some(expected) = expected.as_ref().filter(|rows| fit(rows, &settings)) else { continue };
                let sample = Sample::Pair(first.clone(), second.clone());
                let Preview { rows: found, .. } = preview(&sample, &tokenizer, &settings).unwrap();
                let found: Vec<Typed> = found.into_iter().map(|row| (row.ids(), row.types)).collect();
                assert_eq!(&found, expected, "{}, {:?}: {settings:?}", cases.kind, cases.post_processor);
                same += 1;
            }
        }
    }
    assert!(same > 1_500, "{same}");
}

/// Python also gives rows that are longer than asked for.
fn fit(rows: &[Typed], settings: &Settings) -> bool {
    rows.iter().all(|(ids, _)| ids.len() <= settings.max_length)
}

#[test]
fn a_run_writes_the_types_and_only_where_they_are_asked_for() {
    let golden: Golden<Typed> = golden("token_types.json.gz");
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<Value> =
        golden.pairs.iter().map(|(first, second)| json!({ "text": first, "second": second })).collect();
    let files = json_dataset(folder.path(), &samples, 3);
    let home = tempfile::tempdir().unwrap();
    let cases = golden.tokenizers.iter().find(|cases| cases.kind == "wordpiece").unwrap();
    let tokenizer = cases.tokenizer(home.path());
    let run = |settings: &Settings, name: &str| {
        let destination = folder.path().join(name);
        let input = Input { files: &files, dataset_revision: "golden", origin: None, threads: None };
        tokenize(input, &tokenizer, settings, &destination, &control().0).unwrap();
        super::testing::rows(&destination)
    };
    let wanted = |case: &&Case<Typed>| case.settings.max_length == 14 && case.settings.stride == 0;
    for (number, Case { settings, rows: expected }) in cases.cases.iter().filter(wanted).enumerate() {
        let settings = typed(settings);
        let found = run(&settings, &number.to_string());
        let found: Vec<Typed> =
            found.ids.iter().map(|row| row.iter().map(|&id| id as u32).collect()).zip(found.types).collect();
        let kept: Vec<Typed> = expected.iter().flatten().flatten().cloned().collect();
        assert_eq!(found, kept, "{settings:?}");
        let without = run(&Settings { return_token_type_ids: false, ..settings }, &format!("{number} without"));
        assert!(without.types.is_empty());
    }
}
