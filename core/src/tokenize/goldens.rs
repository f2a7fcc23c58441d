//! The rows of Python, held against the pipeline and the preview: what `tests/python/tokenize_goldens.py` wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::testing::{dataset, rows, tokenizer};
use super::{Input, Padding, PreviewRow, Settings, preview, tokenize};
use crate::jobs::control;

fn golden(name: &str) -> Golden {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
    serde_json::from_slice(&fs::read(Path::new(folder).join(name)).unwrap()).unwrap()
}

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    #[serde(rename = "transformers")]
    _version: String,
    #[serde(flatten)]
    tokenizers: BTreeMap<String, Vec<Case>>,
}

#[derive(Deserialize)]
struct Case {
    settings: Settings,
    rows: Option<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<Vec<u32>>,
    attention_mask: Vec<String>,
    /// Where a text may be several rows, the number of each row's.
    #[serde(default)]
    samples: Vec<i64>,
}

fn mask(text: &str) -> Vec<i8> {
    text.bytes().map(|digit| (digit - b'0') as i8).collect()
}

#[test]
fn every_combination_of_settings_gives_pythons_rows() {
    let golden = golden("tokenize.json");
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<Option<&str>> = golden.texts.iter().map(|text| Some(text.as_str())).collect();
    let files = dataset(folder.path(), &[&texts]);
    let mut held = 0;
    for (kind, cases) in &golden.tokenizers {
        let tokenizer = tokenizer(kind);
        for (number, Case { settings, rows: expected }) in cases.iter().enumerate() {
            // Every run waits for the disk several times; the preview below covers the other lengths.
            if settings.max_length != 8 {
                continue;
            }
            let destination = folder.path().join(format!("{kind}-{number}"));
            let input = Input { files: &files, dataset_revision: "golden", origin: None, threads: None };
            let report = tokenize(input, &tokenizer, settings, &destination, &control().0);
            let Some(expected) = expected else {
                assert!(report.unwrap_err().to_string().contains("do_not_truncate"), "{kind}: {settings:?}");
                continue;
            };
            report.unwrap();
            let found = rows(&destination);
            let ids: Vec<Vec<u32>> = found.ids.iter().map(|row| row.iter().map(|&id| id as u32).collect()).collect();
            assert_eq!(ids, expected.input_ids, "{kind}: ids for {settings:?}");
            let masks: Vec<Vec<i8>> = expected.attention_mask.iter().map(|row| mask(row)).collect();
            assert_eq!(found.masks, masks, "{kind}: masks for {settings:?}");
            held += 1;
        }
    }
    assert!(held > 50, "{held}");
}

#[test]
fn the_preview_shows_the_rows_that_a_run_writes() {
    let golden = golden("tokenize.json");
    for (kind, cases) in &golden.tokenizers {
        let tokenizer = tokenizer(kind);
        for Case { settings, rows } in cases.iter().filter(|case| case.settings.padding != Padding::Longest) {
            let Some(rows) = rows else { continue };
            for (number, text) in golden.texts.iter().enumerate() {
                let preview = preview(&text.as_str().into(), &tokenizer, settings).unwrap();
                assert_eq!(preview.rows[0].ids(), rows.input_ids[number], "{kind}: {text:?} for {settings:?}");
                let mask: String = preview.rows[0].mask().iter().map(ToString::to_string).collect();
                assert_eq!(mask, rows.attention_mask[number], "{kind}: mask of {text:?} for {settings:?}");
            }
        }
    }
}

#[test]
fn windows_are_those_that_python_returns_as_overflowing() {
    let golden = golden("windows.json");
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<Option<&str>> = golden.texts.iter().map(|text| Some(text.as_str())).collect();
    let files = dataset(folder.path(), &[&texts]);
    let mut held = 0;
    for (kind, cases) in &golden.tokenizers {
        let tokenizer = tokenizer(kind);
        for (number, Case { settings, rows: expected }) in cases.iter().enumerate() {
            let Some(expected) = expected else { panic!("{kind}: {settings:?} has no rows") };
            if settings.padding != Padding::Longest {
                let previews =
                    golden.texts.iter().map(|text| preview(&text.as_str().into(), &tokenizer, settings).unwrap());
                let shown: Vec<PreviewRow> = previews.flat_map(|preview| preview.rows).collect();
                let ids: Vec<Vec<u32>> = shown.iter().map(PreviewRow::ids).collect();
                assert_eq!(ids, expected.input_ids, "{kind}: preview for {settings:?}");
            }
            // Every run waits for the disk several times.
            if settings.max_length != 6 {
                continue;
            }
            let destination = folder.path().join(format!("{kind}-{number}"));
            let input = Input { files: &files, dataset_revision: "golden", origin: None, threads: None };
            let report = tokenize(input, &tokenizer, settings, &destination, &control().0).unwrap();
            let found = rows(&destination);
            let ids: Vec<Vec<u32>> = found.ids.iter().map(|row| row.iter().map(|&id| id as u32).collect()).collect();
            assert_eq!(ids, expected.input_ids, "{kind}: ids for {settings:?}");
            let masks: Vec<Vec<i8>> = expected.attention_mask.iter().map(|row| mask(row)).collect();
            assert_eq!(found.masks, masks, "{kind}: masks for {settings:?}");
            assert_eq!(found.samples, expected.samples, "{kind}: samples for {settings:?}");
            let real: Vec<i32> = masks.iter().map(|mask| mask.iter().map(|&real| i32::from(real)).sum()).collect();
            assert_eq!(found.tokens, real);
            assert_eq!((report.audit.total.tokens_cut, report.audit.total.samples), (0, golden.texts.len() as u64));
            held += 1;
        }
    }
    assert!(held > 100, "{held}");
}
