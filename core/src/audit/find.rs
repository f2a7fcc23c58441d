//! Which files are to be audited, and which of them are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::AuditError;
use crate::export::ABOUT;

/// Folders inside folders that are looked into; datasets lie no deeper.
const DEPTH: usize = 4;

/// Missing files of one series that are named; more are only counted.
const NAMED: usize = 10;

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Parquet,
    Arrow,
}

/// One file with rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub path: PathBuf,
    /// As seen from the folder that was named.
    pub name: String,
    pub form: Form,
    /// Its split, by place in [`Found::splits`].
    pub split: usize,
}

/// A file that ought to be there, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MissingFile {
    pub name: String,
    pub why: String,
}

/// What is at a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Where the files that describe the rows would be.
    pub folder: PathBuf,
    /// In the order of their rows.
    pub files: Vec<FoundFile>,
    /// In the order of their files.
    pub splits: Vec<String>,
    /// Of those that names alone promise, the first; the others are only counted.
    pub missing: Vec<MissingFile>,
    /// How many more are missing.
    pub more_missing: u64,
}

/// `dataset_dict.json` of a folder that `datasets` saved.
#[derive(Deserialize)]
struct Splits {
    splits: Vec<String>,
}

/// `state.json` of one split in it.
#[derive(Deserialize)]
struct State {
    #[serde(rename = "_data_files")]
    files: Vec<StateFile>,
    #[serde(rename = "_split", default)]
    split: Option<String>,
}

#[derive(Deserialize)]
struct StateFile {
    filename: String,
}

pub(super) fn find(path: &Path) -> Result<Found, AuditError> {
    if path.is_file() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut found = Found { folder: path.parent().unwrap_or(path).to_owned(), ..Found::default() };
        let form = match form_of(&name) {
            Some(form) => form,
            None => form_within(path)?.ok_or_else(|| other_format(path))?,
        };
        let split = Numbered::of(&name).map_or_else(|| stem(&name).to_owned(), |numbered| numbered.split);
        found.add(path.to_owned(), name, form, &split);
        return Ok(found);
    }
    if !path.is_dir() {
        return Err(AuditError::NotThere(path.to_owned()));
    }
    let mut found = Found { folder: path.to_owned(), ..Found::default() };
    if !found.saved(path)? {
        found.by_names(path)?;
    }
    if found.files.is_empty() && found.missing.is_empty() {
        // An export in a format that only its trainer reads.
        let is_export = path.join(ABOUT).is_file();
        return Err(if is_export { other_format(path) } else { AuditError::NothingToAudit(path.to_owned()) });
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, path: PathBuf, name: String, form: Form, split: &str) {
        let place = self.splits.iter().position(|known| known == split).unwrap_or_else(|| {
            self.splits.push(split.to_owned());
            self.splits.len() - 1
        });
        self.files.push(FoundFile { path, name, form, split: place });
    }

    /// Reads a folder that `datasets` saved; `false` if it is none.
    fn saved(&mut self, folder: &Path) -> Result<bool, AuditError> {
        if let Some(Splits { splits }) = record(&folder.join("dataset_dict.json"))? {
            for split in splits {
                let inside = folder.join(&split);
                if let Some(state) = record(&inside.join("state.json"))? {
                    self.of_state(&inside, &format!("{split}/"), &split, &state);
                } else {
                    let why = format!("dataset_dict.json lists the split '{split}'");
                    self.missing.push(MissingFile { name: format!("{split}/state.json"), why });
                }
            }
            return Ok(true);
        }
        let Some(state) = record::<State>(&folder.join("state.json"))? else { return Ok(false) };
        let split = state.split.clone().unwrap_or_else(|| "train".to_owned());
        self.of_state(folder, "", &split, &state);
        Ok(true)
    }

    fn of_state(&mut self, folder: &Path, prefix: &str, split: &str, state: &State) {
        for StateFile { filename } in &state.files {
            let (path, name) = (folder.join(filename), format!("{prefix}{filename}"));
            if path.is_file() {
                self.add(path, name, Form::Arrow, split);
            } else {
                self.missing.push(MissingFile { name, why: format!("{prefix}state.json lists it") });
            }
        }
    }

    fn by_names(&mut self, folder: &Path) -> Result<(), AuditError> {
        let mut names = Vec::new();
        names_in(folder, "", DEPTH, &mut names)?;
        names.sort();
        // Arrow files beside Parquet are caches of them.
        let is_parquet = names.iter().any(|name| form_of(name) == Some(Form::Parquet));
        let wanted = if is_parquet { Form::Parquet } else { Form::Arrow };
        let mut series: BTreeMap<(String, u64), BTreeSet<u64>> = BTreeMap::new();
        for name in names.into_iter().filter(|name| form_of(name) == Some(wanted)) {
            let file = name.rsplit('/').next().unwrap_or(&name);
            let split = match Numbered::of(file) {
                Some(Numbered { split, number, of }) => {
                    let start = &name[..name.len() - file.len()];
                    series.entry((format!("{start}{split}"), of)).or_default().insert(number);
                    split
                }
                None => stem(file).to_owned(),
            };
            self.add(folder.join(&name), name, wanted, &split);
        }
        let extension = if wanted == Form::Parquet { "parquet" } else { "arrow" };
        for ((start, of), numbers) in series {
            // A name can promise any number of files.
            let absent = of - numbers.range(..of).count() as u64;
            self.more_missing = self.more_missing.saturating_add(absent.saturating_sub(NAMED as u64));
            let absent = (0..of).filter(|number| !numbers.contains(number)).take(NAMED);
            self.missing.extend(absent.map(|number| MissingFile {
                name: format!("{start}-{number:05}-of-{of:05}.{extension}"),
                why: format!("the others are called … of {of:05}"),
            }));
        }
        Ok(())
    }
}

/// A name that says which of how many files it is: `train-00003-of-00005.parquet`.
struct Numbered {
    split: String,
    number: u64,
    of: u64,
}

impl Numbered {
    fn of(file: &str) -> Option<Self> {
        let digits = |text: &str| text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        let read = |name: &str| {
            let mut parts = name.rsplitn(4, '-');
            let (of, word, number, split) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            let is_numbered = word == "of" && digits(of) && digits(number);
            is_numbered.then_some(())?;
            Some(Self { split: split.to_owned(), number: number.parse().ok()?, of: of.parse().ok()? })
        };
        // The Hub's own files have a digest behind their number.
        read(stem(file)).or_else(|| read(stem(file).rsplit_once('-')?.0))
    }
}

/// What a file is by its first bytes, whatever it is called; nothing where it is neither.
fn form_within(path: &Path) -> Result<Option<Form>, AuditError> {
    let mut head = Vec::new();
    let opened = fs::File::open(path).map_err(AuditError::reading(path))?;
    opened.take(6).read_to_end(&mut head).map_err(AuditError::reading(path))?;
    let is_arrow = head.starts_with(b"ARROW1") || head.starts_with(&[0xff; 4]);
    Ok(if head.starts_with(b"PAR1") { Some(Form::Parquet) } else { is_arrow.then_some(Form::Arrow) })
}

/// Rows in a format that is not read, with what they were made of where an export says so.
fn other_format(path: &Path) -> AuditError {
    let folder = if path.is_dir() { Some(path) } else { path.parent() };
    // Each split may have a folder of its own.
    let mut near = folder.into_iter().flat_map(|folder| [Some(folder), folder.parent()]).flatten();
    let about = near.find_map(|folder| fs::read(folder.join(ABOUT)).ok());
    let about = about.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok()).unwrap_or_default();
    let made_of = about["tokenization"].as_str().map(str::to_owned);
    AuditError::OtherFormat { path: path.to_owned(), made_of }
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

fn form_of(name: &str) -> Option<Form> {
    match Path::new(name).extension()?.to_str()? {
        "parquet" => Some(Form::Parquet),
        "arrow" => Some(Form::Arrow),
        _ => None,
    }
}

/// The files in a folder by their paths within it; hidden ones and what they hide are none.
fn names_in(folder: &Path, prefix: &str, depth: usize, into: &mut Vec<String>) -> Result<(), AuditError> {
    for entry in fs::read_dir(folder).map_err(AuditError::reading(folder))? {
        let entry = entry.map_err(AuditError::reading(folder))?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if name.starts_with('.') {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            if depth > 0 {
                names_in(&path, &format!("{prefix}{name}/"), depth - 1, into)?;
            }
        } else {
            into.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

/// A record of `datasets`, if it is there and is one: other programs call their files `state.json` too.
fn record<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>, AuditError> {
    match fs::read(path) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.is_data() => Ok(None),
            Err(error) => Err(AuditError::Describes { path: path.to_owned(), reason: error.to_string() }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AuditError::reading(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn names(found: &Found) -> Vec<(&str, &str)> {
        found.files.iter().map(|file| (file.name.as_str(), found.splits[file.split].as_str())).collect()
    }

    #[test]
    fn files_of_a_folder_fall_into_splits_and_gaps_in_their_numbers_are_seen() {
        let folder = folder(&[
            ("data/train-00000-of-00003.parquet", ""),
            ("data/train-00002-of-00003-1a2b3c.parquet", ""),
            ("data/test-00000-of-00001.parquet", ""),
            ("notes.txt", ""),
            (".hidden/x.parquet", ""),
            ("cache.arrow", ""),
        ]);
        let found = find(folder.path()).unwrap();
        let expected = [
            ("data/test-00000-of-00001.parquet", "test"),
            ("data/train-00000-of-00003.parquet", "train"),
            ("data/train-00002-of-00003-1a2b3c.parquet", "train"),
        ];
        assert_eq!(names(&found), expected);
        let missing: Vec<&str> = found.missing.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(missing, ["data/train-00001-of-00003.parquet"]);
    }

    #[test]
    fn a_folder_of_datasets_is_read_by_its_records() {
        let folder = folder(&[
            ("dataset_dict.json", r#"{"splits": ["train", "test"]}"#),
            ("train/state.json", r#"{"_data_files": [{"filename": "b.arrow"}, {"filename": "a.arrow"}]}"#),
            ("train/b.arrow", ""),
            ("train/cache-1.arrow", ""),
        ]);
        let found = find(folder.path()).unwrap();
        assert_eq!(names(&found), [("train/b.arrow", "train")]);
        let missing: Vec<&str> = found.missing.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(missing, ["train/a.arrow", "test/state.json"]);
    }

    #[test]
    fn nothing_to_audit_is_said() {
        let folder = folder(&[("a.txt", "")]);
        assert!(matches!(find(folder.path()), Err(AuditError::NothingToAudit(_))));
        assert!(matches!(find(&folder.path().join("b")), Err(AuditError::NotThere(_))));
    }

    #[test]
    fn rows_of_a_trainer_are_no_damaged_parquet_and_what_they_were_made_of_is_named() {
        let array = "\u{93}NUMPY and numbers";
        let folder = folder(&[
            ("train.npy", array),
            ("export.json", r#"{"tokenization": "tok_1"}"#),
            ("alone/rows.npy", array),
            ("parquet", "PAR1"),
        ]);
        for path in ["train.npy", "alone/rows.npy"] {
            let said = find(&folder.path().join(path)).unwrap_err().to_string();
            assert!(said.starts_with("An audit reads Parquet and Arrow, and this is neither. "), "{said}");
            assert!(said.contains("It was exported from tok_1: audit that instead."), "{said}");
        }
        fs::remove_file(folder.path().join("export.json")).unwrap();
        let said = find(&folder.path().join("train.npy")).unwrap_err().to_string();
        assert!(said.contains("Audit the rows that it was made of instead."), "{said}");
        assert_eq!(find(&folder.path().join("parquet")).unwrap().files[0].form, Form::Parquet);
    }
}
