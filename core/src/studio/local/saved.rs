//! Folders that the Python library `datasets` made with `save_to_disk`.
//!
//! Its own records say more than names can: `dataset_dict.json` lists the splits in their order, and the `state.json`
//! beside the Arrow files lists those in the order of their rows.

use std::collections::HashSet;

use serde::Deserialize;

use crate::hub::splits::{Card, Config, Format, FormatCount, Ignored, Layout, Reason, RepoFile, Split};
use crate::studio::StudioError;

const SPLITS: &str = "dataset_dict.json";
const STATE: &str = "state.json";

#[derive(Deserialize)]
struct Splits {
    splits: Vec<String>,
}

#[derive(Deserialize)]
struct State {
    #[serde(rename = "_data_files")]
    data_files: Vec<DataFile>,
    #[serde(rename = "_split", default)]
    split: Option<String>,
}

#[derive(Deserialize)]
struct DataFile {
    filename: String,
}

/// The layout that the records describe, or nothing if there are none. `read` gives the bytes of a small file.
pub(super) fn layout(
    files: &[RepoFile],
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Option<Layout>, StudioError> {
    let splits = if let Some(listed) = record::<Splits>(SPLITS, read)? {
        let split = |name: String| {
            let state = record::<State>(&format!("{name}/{STATE}"), read)?;
            let state = state.ok_or_else(|| refused(SPLITS, &format!("it lists '{name}', which has no {STATE}")))?;
            of_state(name.clone(), &format!("{name}/"), &state, files)
        };
        listed.splits.into_iter().map(split).collect::<Result<Vec<_>, _>>()?
    } else if let Some(state) = record::<State>(STATE, read)? {
        vec![of_state(state.split.clone().unwrap_or_else(|| "train".to_owned()), "", &state, files)?]
    } else {
        return Ok(None);
    };
    let used: HashSet<&String> = splits.iter().flat_map(|split| &split.files).collect();
    let describes = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        [SPLITS, STATE, "dataset_info.json", "README.md"].contains(&name)
    };
    let ignored = files.iter().filter(|file| !used.contains(&file.path)).map(|file| Ignored {
        path: file.path.clone(),
        reason: if describes(&file.path) { Reason::DescribesTheDataset } else { Reason::InNoSplit },
    });
    let (ignored, count) = (ignored.collect(), used.len());
    let note = "Saved by the Python library datasets; its own records tell the splits and the order of their files.";
    Ok(Some(Layout {
        configs: vec![Config {
            name: "default".to_owned(),
            default: true,
            format: Format::Arrow,
            splits,
            problem: None,
        }],
        ignored,
        card: Card::default(),
        formats: vec![FormatCount { format: Some(Format::Arrow), name: "Arrow".to_owned(), files: count }],
        notes: vec![note.to_owned()],
    }))
}

/// A record, if it is there and is one of `save_to_disk`: other programs call their files `state.json` too.
fn record<T: for<'de> Deserialize<'de>>(
    name: &str,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<Option<T>, StudioError> {
    let Some(bytes) = read(name) else { return Ok(None) };
    match serde_json::from_slice(&bytes) {
        Ok(record) => Ok(Some(record)),
        Err(error) if error.is_data() => Ok(None),
        Err(error) => Err(refused(name, &format!("it is no complete JSON: {error}"))),
    }
}

fn of_state(name: String, folder: &str, state: &State, files: &[RepoFile]) -> Result<Split, StudioError> {
    let known: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut paths = Vec::with_capacity(state.data_files.len());
    for file in &state.data_files {
        let path = format!("{folder}{}", file.filename);
        if !known.contains(path.as_str()) {
            let reason = format!("it lists '{}', which is not there. Copy the folder again", file.filename);
            return Err(refused(&format!("{folder}{STATE}"), &reason));
        }
        paths.push(path);
    }
    Ok(Split { name, files: paths, partial: false })
}

fn refused(name: &str, reason: &str) -> StudioError {
    StudioError::Layout(format!("{name} does not describe this folder: {reason}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(contents: &[(&str, &str)]) -> Result<Option<Layout>, StudioError> {
        let files: Vec<RepoFile> =
            contents.iter().map(|(path, _)| RepoFile { path: (*path).to_owned(), size: 1 }).collect();
        let read = |name: &str| {
            contents.iter().find(|(path, _)| *path == name).map(|(_, content)| content.as_bytes().to_vec())
        };
        layout(&files, &read)
    }

    const ONE: &str = r#"{"_data_files": [{"filename": "b.arrow"}, {"filename": "a.arrow"}], "_split": "test"}"#;

    #[test]
    fn records_tell_the_splits_and_the_order_of_files() {
        let found = ask(&[("state.json", ONE), ("a.arrow", ""), ("b.arrow", ""), ("c.arrow", "")]).unwrap().unwrap();
        let split = &found.configs[0].splits[0];
        assert_eq!((split.name.as_str(), &split.files), ("test", &vec!["b.arrow".to_owned(), "a.arrow".to_owned()]));
        let left_out: Vec<_> = found.ignored.iter().map(|file| (file.path.as_str(), file.reason)).collect();
        assert_eq!(left_out, [("state.json", Reason::DescribesTheDataset), ("c.arrow", Reason::InNoSplit)]);
    }

    #[test]
    fn a_record_that_names_what_is_not_there_is_refused_and_another_programs_file_is_no_record() {
        let error = ask(&[("state.json", ONE), ("a.arrow", "")]).unwrap_err().to_string();
        assert!(error.starts_with("state.json does not describe this folder: it lists 'b.arrow'"), "{error}");
        let outside = r#"{"_data_files": [{"filename": "../outside.arrow"}]}"#;
        assert!(ask(&[("state.json", outside), ("a.arrow", "")]).is_err());
        let missing = ask(&[("dataset_dict.json", r#"{"splits": ["train"]}"#)]).unwrap_err().to_string();
        assert!(missing.contains("it lists 'train', which has no state.json"), "{missing}");
        assert!(ask(&[("state.json", r#"{"step": 12}"#), ("a.jsonl", "")]).unwrap().is_none());
        assert!(ask(&[("state.json", "{\"_data"), ("a.arrow", "")]).is_err());
    }
}
