//! Every tree that was put to the Python library, put to [`infer`], and the answers compared.
//!
//! The answers are made by `tests/python/split_goldens.py`. The environment variable `SPLIT_GOLDENS` names another
//! file of answers to compare with.

use serde_json::Value;

use super::{LayoutError, RepoFile, infer};

/// Trees thought out for each rule, and random ones of ordinary names.
const GOLDENS: &[u8] = include_bytes!("../../../../tests/golden/splits.json");

/// Random trees of odd names, shards with gaps, mixed formats, and cards in every form that people write.
const ODD: &[u8] = include_bytes!("../../../../tests/golden/splits-odd.json.gz");

fn cases() -> Vec<Value> {
    match std::env::var_os("SPLIT_GOLDENS") {
        Some(path) => read(&std::fs::read(path).unwrap()),
        None => [read(GOLDENS), read(ODD)].concat(),
    }
}

fn read(bytes: &[u8]) -> Vec<Value> {
    let goldens: Value = if bytes.starts_with(&[0x1f, 0x8b]) {
        serde_json::from_reader(flate2::read::GzDecoder::new(bytes)).unwrap()
    } else {
        serde_json::from_slice(bytes).unwrap()
    };
    goldens["cases"].as_array().unwrap().clone()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

fn ask(files: &[&str], readme: Option<&str>) -> Result<super::Layout, LayoutError> {
    let files: Vec<RepoFile> = files.iter().map(|path| RepoFile { path: (*path).to_owned(), size: 0 }).collect();
    infer(&files, readme)
}

/// What is wrong with our answer, if anything.
fn difference(case: &Value) -> Option<String> {
    let files = texts(&case["files"]);
    let expected = &case["answer"];
    let layout = match (ask(&files, case["readme"].as_str()), expected.get("error")) {
        (Err(_), Some(_)) => return None,
        (Err(error), None) => return Some(format!("refused: {error}")),
        (Ok(_), Some(error)) => return Some(format!("accepted, but Python says {error}")),
        (Ok(layout), None) => layout,
    };
    let default = layout.default_config().map(|config| config.name.as_str());
    if default != expected["default"].as_str() {
        return Some(format!("default is {default:?}"));
    }
    let wanted = expected["configs"].as_array().unwrap();
    let names: Vec<&str> = layout.configs.iter().map(|config| config.name.as_str()).collect();
    if names != wanted.iter().map(|config| config["name"].as_str().unwrap()).collect::<Vec<_>>() {
        return Some(format!("configurations are {names:?}"));
    }
    for (config, wanted) in layout.configs.iter().zip(wanted) {
        if wanted.get("error").is_some() != config.problem.is_some() {
            return Some(format!("{}: problem is {:?}", config.name, config.problem));
        }
        if wanted.get("error").is_some() {
            continue;
        }
        let splits: Vec<(&str, Vec<&str>)> = config
            .splits
            .iter()
            .map(|split| (split.name.as_str(), split.files.iter().map(String::as_str).collect()))
            .collect();
        let wanted_splits: Vec<(&str, Vec<&str>)> = wanted["splits"]
            .as_array()
            .unwrap()
            .iter()
            .map(|split| {
                let places = split[1].as_array().unwrap().iter();
                (split[0].as_str().unwrap(), places.map(|place| files[place.as_u64().unwrap() as usize]).collect())
            })
            .collect();
        if splits != wanted_splits {
            return Some(format!("{}: splits are {splits:?} instead of {wanted_splits:?}", config.name));
        }
        let format = serde_json::to_value(config.format).unwrap();
        if !wanted["format"].is_null() && format != wanted["format"] {
            return Some(format!("{}: format is {format}", config.name));
        }
    }
    None
}

#[test]
fn every_tree_gets_the_answer_of_the_python_library() {
    let cases = cases();
    assert!(cases.len() >= 1_000 || std::env::var_os("SPLIT_GOLDENS").is_some());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("{}: {}\n  {}", case["name"], difference(case)?, case["answer"])))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn no_file_is_dropped_in_silence() {
    for case in cases() {
        let files = texts(&case["files"]);
        let Ok(layout) = ask(&files, case["readme"].as_str()) else { continue };
        for path in files {
            let used = layout
                .configs
                .iter()
                .flat_map(|config| &config.splits)
                .any(|split| split.files.iter().any(|file| file == path));
            let ignored = layout.ignored.iter().filter(|ignored| ignored.path == path).count();
            assert_eq!(usize::from(used) + ignored, 1, "{} in {}", path, case["name"]);
        }
    }
}
