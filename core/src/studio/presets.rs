//! Named presets: settings of a tokenization that are kept in the workspace.
//!
//! Each is one file, `presets/<name>.json`, that can be copied into any workspace. It holds what decides about rows, and
//! nothing of one dataset: no column and no splits. Files are read when they are asked for, so that one that was copied
//! there is a preset at once, and one that cannot be read says so without standing in the way of the others.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::tokenizers::check_name;
use super::{Studio, StudioError};
use crate::tokenize::{BuiltInPreset, Settings};
use crate::tokenizer::Tokenizer;
use crate::workspace::{sync_dir, write_atomic};

/// The newest form of the file that this program writes and reads.
const FORMAT: u32 = 1;

/// A file larger than this is no preset, in bytes: the largest list of stop words fits in several times.
const LARGEST: u64 = 4 << 20;

/// A preset, as a list shows it.
#[derive(Debug)]
pub struct Preset {
    /// Its name.
    pub name: String,
    /// Whether every workspace has it. Then its settings depend on the tokenizer.
    pub built_in: Option<BuiltInPreset>,
    /// The settings of a saved one, without column and splits, or why its file cannot be read.
    pub saved: Option<Result<Settings, PresetFault>>,
}

/// Why the file of a saved preset cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("The preset '{name}' cannot be read: {reason}. Correct the file or remove the preset: {}", path.display())]
pub struct PresetFault {
    /// The preset.
    pub name: String,
    /// What is wrong, with its line where there is one.
    pub reason: String,
    /// The file.
    pub path: PathBuf,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    mistudio_preset: u32,
    settings: Settings,
}

impl Studio {
    /// Every preset: the built-in ones first, then the saved ones by name.
    pub fn presets(&self) -> Result<Vec<Preset>, StudioError> {
        let built_in = BuiltInPreset::ALL.into_iter();
        let built_in =
            built_in.map(|preset| Preset { name: preset.name().to_owned(), built_in: Some(preset), saved: None });
        let saved = self.saved_names()?.into_iter().map(|name| {
            let saved = Some(read(&self.layout().preset(&name), &name));
            Preset { name, built_in: None, saved }
        });
        Ok(built_in.chain(saved).collect())
    }

    /// The settings of a preset for this tokenizer and column.
    pub fn preset(&self, name: &str, tokenizer: &Tokenizer, text_column: &str) -> Result<Settings, StudioError> {
        if let Ok(preset) = name.parse::<BuiltInPreset>() {
            return Ok(preset.settings(tokenizer, text_column));
        }
        Ok(Settings { text_column: text_column.to_owned(), ..self.saved_preset(name)? })
    }

    /// The settings of a saved preset, without a dataset's column and splits.
    pub fn saved_preset(&self, name: &str) -> Result<Settings, StudioError> {
        let path = self.layout().preset(&self.saved_name(name)?);
        Ok(read(&path, name)?)
    }

    /// Keeps settings under a name. A preset that is there already is only replaced where `overwrite` says so.
    pub fn save_preset(&self, name: &str, settings: &Settings, overwrite: bool) -> Result<(), StudioError> {
        self.check_writable()?;
        check_name(name)?;
        if name.parse::<BuiltInPreset>().is_ok() {
            return Err(StudioError::BuiltInPreset(name.to_owned()));
        }
        // Where names differ by case alone, some systems have one file for both.
        let names = self.saved_names()?;
        let same = names.iter().find(|known| known.eq_ignore_ascii_case(name));
        if same.is_some() && !overwrite {
            return Err(StudioError::PresetExists(name.to_owned()));
        }
        let name = same.map_or(name, String::as_str);
        let settings = of_no_dataset(settings.normalized());
        let path = self.layout().preset(name);
        let io = |source| StudioError::Io { what: "The preset cannot be saved", path: path.clone(), source };
        let text = serde_json::to_string_pretty(&Saved { mistudio_preset: FORMAT, settings });
        let text = text.map_err(|error| io(error.into()))?;
        fs::create_dir_all(self.layout().presets()).map_err(io)?;
        write_atomic(&path, text.as_bytes()).map_err(io)
    }

    /// Removes a saved preset. What was made with it stays.
    pub fn remove_preset(&self, name: &str) -> Result<(), StudioError> {
        self.check_writable()?;
        if name.parse::<BuiltInPreset>().is_ok() {
            return Err(StudioError::BuiltInPreset(name.to_owned()));
        }
        let path = self.layout().preset(&self.saved_name(name)?);
        let removed = fs::remove_file(&path).and_then(|()| sync_dir(&self.layout().presets()));
        removed.map_err(|source| StudioError::Io { what: "The preset cannot be removed", path, source })
    }

    /// The saved preset of that name, as its file writes it.
    fn saved_name(&self, name: &str) -> Result<String, StudioError> {
        let names = self.saved_names()?;
        if let Some(found) = names.iter().find(|known| *known == name) {
            return Ok(found.clone());
        }
        let known = BuiltInPreset::ALL.iter().map(|preset| preset.name().to_owned()).chain(names).collect();
        Err(StudioError::NoSuchPreset { name: name.to_owned(), known })
    }

    fn saved_names(&self) -> Result<Vec<String>, StudioError> {
        let folder = self.layout().presets();
        let io = |source| StudioError::Io { what: "The presets cannot be listed", path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(io)?.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".json"));
            // Other files are none of ours; a name that no preset can have is nobody's preset.
            names.extend(name.filter(|name| check_name(name).is_ok()).map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }
}

fn read(path: &Path, name: &str) -> Result<Settings, PresetFault> {
    let fault = |reason: String| PresetFault { name: name.to_owned(), reason, path: path.to_owned() };
    let size = fs::metadata(path).map_err(|error| fault(error.to_string()))?.len();
    if size > LARGEST {
        return Err(fault("it is too large to be one".to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    match json.get("mistudio_preset").and_then(serde_json::Value::as_u64) {
        None => return Err(fault("it does not say that it is a preset of miStudio".to_owned())),
        Some(format) if format > u64::from(FORMAT) => {
            return Err(fault(format!("it has format {format}, and this miStudio reads formats up to {FORMAT}")));
        }
        Some(_) => {}
    }
    let saved: Saved = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    Ok(of_no_dataset(saved.settings))
}

/// The settings without what belongs to one dataset.
fn of_no_dataset(settings: Settings) -> Settings {
    let Settings { text_column, splits, second_text_column, .. } = Settings::default();
    Settings { text_column, splits, second_text_column, ..settings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::{Cleaning, Layout};

    fn studio() -> (tempfile::TempDir, Studio) {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "Mine").unwrap();
        (folder, studio)
    }

    fn tokenizer() -> Tokenizer {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/bytelevel");
        Tokenizer::open(Path::new(folder)).unwrap()
    }

    #[test]
    fn settings_are_kept_without_what_belongs_to_one_dataset() {
        let (_folder, studio) = studio();
        let settings = Settings {
            layout: Layout::Packed,
            max_length: 77,
            text_column: "story".into(),
            splits: vec!["train".into()],
            second_text_column: Some("summary".into()),
            cleaning: Cleaning::all(),
            ..Settings::default()
        }
        .normalized();
        studio.save_preset("mine", &settings, false).unwrap();
        let found = studio.preset("mine", &tokenizer(), "body").unwrap();
        assert_eq!(
            found,
            Settings { text_column: "body".into(), splits: Vec::new(), second_text_column: None, ..settings }
        );
        // As an earlier version wrote it, or a person.
        let text =
            r#"{"mistudio_preset": 1, "settings": {"second_text_column": "summary", "truncation": "only_second"}}"#;
        fs::write(studio.layout().preset("by-hand"), text).unwrap();
        assert_eq!(studio.saved_preset("by-hand").unwrap().second_text_column, None);
        studio.remove_preset("by-hand").unwrap();
        let names: Vec<String> = studio.presets().unwrap().into_iter().map(|preset| preset.name).collect();
        assert_eq!(names, ["saelens", "transformerlens", "sparsify", "mine"]);
        assert!(studio.verify(false, &crate::jobs::control().0).unwrap().ok);
    }

    #[test]
    fn a_preset_is_replaced_only_when_asked_and_a_built_in_one_never() {
        let (_folder, studio) = studio();
        let length = |max_length| Settings { max_length, ..Settings::default() };
        studio.save_preset("mine", &length(1), false).unwrap();
        assert!(matches!(studio.save_preset("Mine", &length(2), false), Err(StudioError::PresetExists(_))));
        assert_eq!(studio.preset("mine", &tokenizer(), "text").unwrap(), length(1));
        studio.save_preset("mine", &length(2), true).unwrap();
        assert_eq!(studio.preset("mine", &tokenizer(), "text").unwrap(), length(2));
        for overwrite in [false, true] {
            let refused = studio.save_preset("SAELens", &length(3), overwrite);
            assert!(matches!(refused, Err(StudioError::BuiltInPreset(_))));
        }
        assert!(matches!(studio.save_preset("../mine", &length(3), true), Err(StudioError::BadName(_))));
        studio.remove_preset("mine").unwrap();
        let gone = studio.preset("mine", &tokenizer(), "text").unwrap_err().to_string();
        assert_eq!(gone, "There is no preset 'mine'. There are saelens, transformerlens, sparsify.");
        assert!(matches!(studio.remove_preset("sparsify"), Err(StudioError::BuiltInPreset(_))));
    }

    #[test]
    fn a_file_that_is_no_preset_gets_a_sentence_and_the_others_are_there() {
        let (_folder, studio) = studio();
        studio.save_preset("good", &Settings::default(), false).unwrap();
        let put = |name: &str, text: &str| fs::write(studio.layout().preset(name), text).unwrap();
        put("broken", "{\n  nonsense");
        put("newer", r#"{"mistudio_preset": 9, "settings": {}}"#);
        put("other", r#"{"layout": "packed"}"#);
        put("unknown", r#"{"mistudio_preset": 1, "settings": {"max_lenght": 3}}"#);
        fs::write(studio.layout().presets().join("notes.txt"), "mine").unwrap();
        let said = |name: &str| studio.preset(name, &tokenizer(), "text").unwrap_err().to_string();
        assert!(said("broken").starts_with("The preset 'broken' cannot be read: "), "{}", said("broken"));
        assert!(said("broken").contains("line 2"), "{}", said("broken"));
        assert!(said("newer").contains("it has format 9"));
        assert!(said("other").contains("it does not say that it is a preset"));
        assert!(said("unknown").contains("unknown field `max_lenght`"), "{}", said("unknown"));
        let listed = studio.presets().unwrap();
        assert_eq!(listed.len(), 3 + 5);
        let sound = listed.iter().filter(|preset| matches!(preset.saved, Some(Ok(_)))).count();
        assert_eq!(sound, 1);
    }
}
