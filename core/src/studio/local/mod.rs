//! Local files and folders: which of them are data, of which split, and what is inside, before any row is kept.
//!
//! The rules are those of the Hub. Three things are known here beyond them: what the Python library left beside data
//! it saved to disk, what ZIP archives hold, and that an empty file is no reason to refuse its neighbours.

mod archives;
mod saved;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(super) use archives::{SplitSources, is_archive, unpacked};

use serde::Serialize;
use serde_json::{Map, Value};

use super::StudioError;
use super::inspect::{ConfigOffer, Inspection, SplitOffer};
use crate::hub::splits::{self, Config, Format, Ignored, Layout, Reason, RepoFile};
use crate::ingest::{self, ColumnInfo, ConvertOptions, CsvDialect, IngestError, SourceFile, TextColumn};
use crate::jobs::Control;
use crate::samples::row_of;

/// What a folder, or several files, hold.
pub(super) struct Local {
    /// What messages call it.
    source: String,
    /// Where each file is and its size in bytes, by its name in the folder.
    files: HashMap<String, (PathBuf, u64)>,
    pub(super) layout: Layout,
    /// No card says what the splits are, so a single archive is looked into for them.
    pub(super) by_rules: bool,
}

/// Looks at one folder, or at any number of files. Their rows are not read.
pub(super) fn look(paths: &[PathBuf]) -> Result<Local, StudioError> {
    let Some(first) = paths.first() else {
        return Err(StudioError::Layout("Name at least one file or folder to add.".into()));
    };
    let source = last_name(first);
    let listed = if let [only] = paths { ingest::list_local(only)? } else { several(paths)? };
    let (full, empty): (Vec<_>, Vec<_>) = listed.into_iter().partition(|file| file.bytes > 0);
    if full.is_empty() {
        return Err(IngestError::Empty { name: source }.into());
    }
    let named: Vec<RepoFile> = full.iter().map(|file| RepoFile { path: file.name.clone(), size: file.bytes }).collect();
    let files: HashMap<_, _> = full.into_iter().map(|file| (file.name, (file.path, file.bytes))).collect();
    let read = |name: &str| files.get(name).and_then(|(path, _)| std::fs::read(path).ok());
    let readme = read("README.md").map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let described = |error: splits::LayoutError| StudioError::Layout(error.describe(&source));
    let (mut layout, by_rules) = if let Some(layout) = saved::layout(&named, &read)? {
        (layout, false)
    } else {
        let mut layout = splits::infer(&named, readme.as_deref()).map_err(described)?;
        layout.require_supported().map_err(described)?;
        // Here they are opened at once.
        layout.notes.retain(|note| note != splits::IN_ARCHIVES);
        let ruled = readme.is_none() || splits::infer(&named, None).is_ok_and(|ruled| ruled.configs == layout.configs);
        (layout, ruled)
    };
    layout.ignored.extend(empty.into_iter().map(|file| Ignored { path: file.name, reason: Reason::Empty }));
    Ok(Local { source, files, layout, by_rules })
}

/// Several files that were named one by one.
fn several(paths: &[PathBuf]) -> Result<Vec<ingest::LocalFile>, StudioError> {
    let mut files: Vec<ingest::LocalFile> = Vec::with_capacity(paths.len());
    for path in paths {
        let listed = ingest::list_local(path)?;
        let Some(file) = listed.into_iter().next().filter(|_| path.is_file()) else {
            return Err(StudioError::Layout(format!(
                "Add one folder at a time, or any number of files; this is neither: {}",
                path.display()
            )));
        };
        if files.iter().any(|known| known.name == file.name) {
            return Err(StudioError::Layout(format!("Two of the files are called '{}'. Rename one.", file.name)));
        }
        files.push(file);
    }
    Ok(files)
}

fn last_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl Local {
    /// The config that is taken where none is chosen.
    pub(super) fn config(&self) -> Result<&Config, StudioError> {
        let configs = &self.layout.configs;
        let found = if let [only] = configs.as_slice() { Some(only) } else { self.layout.default_config() };
        let found = found.ok_or_else(|| StudioError::NoSuchConfig {
            source_name: self.source.clone(),
            wanted: None,
            offered: configs.iter().map(|config| config.name.clone()).collect(),
        })?;
        match problem(found) {
            Some(problem) => Err(StudioError::Layout(problem)),
            None => Ok(found),
        }
    }

    /// The files of a config, split by split; archives as they are.
    pub(super) fn sources(&self, config: &Config) -> Vec<SplitSources> {
        let source = |split: &splits::Split, name: &String| {
            let (path, _) = self.files.get(name)?;
            Some(SourceFile::new(path, name, &split.name))
        };
        let split = |split: &splits::Split| SplitSources {
            name: split.name.clone(),
            files: split.files.iter().filter_map(|name| source(split, name)).collect(),
        };
        config.splits.iter().map(split).collect()
    }

    /// What can be chosen, with the contents of archives.
    pub(super) fn inspection(self) -> Inspection {
        let mut ignored = self.layout.ignored.clone();
        let configs = self.layout.configs.iter().map(|config| self.offer(config, &mut ignored)).collect();
        Inspection {
            source: self.source,
            revision: None,
            formats: self.layout.formats.iter().map(ToString::to_string).collect(),
            configs,
            ignored,
            card: self.layout.card,
            notes: self.layout.notes,
            problem: None,
            total_bytes: self.files.values().map(|(_, bytes)| bytes).sum(),
            total_files: self.files.len() as u64,
            gated: false,
            hub: None,
            files: Vec::new(),
            repo: None,
        }
    }

    fn offer(&self, config: &Config, ignored: &mut Vec<Ignored>) -> ConfigOffer {
        let mut offer = ConfigOffer {
            name: config.name.clone(),
            default: config.default,
            format: config.format.label().to_owned(),
            converts: config.format != Format::Parquet,
            problem: problem(config),
            splits: Vec::new(),
        };
        let mut sources = self.sources(config);
        match unpacked(sources.clone(), self.by_rules) {
            Ok(unpacked) => {
                ignored.extend(unpacked.left_out);
                offer.format = unpacked.format.map_or(offer.format, |format| format!("{} in ZIP", format.label()));
                sources = unpacked.splits;
            }
            Err(error) => offer.problem = offer.problem.or(Some(error.to_string())),
        }
        let size = |file: &SourceFile| match &file.member {
            Some(member) => member.size(),
            None => self.files.get(&file.name).map_or(0, |(_, bytes)| *bytes),
        };
        offer.splits = sources
            .into_iter()
            .map(|split| SplitOffer {
                size_bytes: split.files.iter().map(size).sum(),
                files: split.files.into_iter().map(|file| file.name).collect(),
                partial: false,
                name: split.name,
            })
            .collect();
        offer
    }
}

/// Why a config cannot be used, if so.
fn problem(config: &Config) -> Option<String> {
    let unreadable = || format!("{} files are not read by this version.", config.format.label());
    let problem = config.problem.as_ref().map(ToString::to_string);
    problem.or_else(|| (!config.format.is_supported()).then(unreadable))
}

/// What local files hold: their layout, and a look at the first of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LocalInspection {
    /// The splits, what is left out, and why.
    #[serde(flatten)]
    pub inspection: Inspection,
    /// The columns, as the beginning of the first file shows them.
    pub columns: Vec<ColumnInfo>,
    /// The column that is taken for the text where none is chosen.
    pub text_column: Option<TextColumn>,
    /// How the values of the first file are separated, where they are.
    pub csv: Option<CsvDialect>,
    /// The first rows, long texts cut.
    pub first_rows: Vec<Map<String, Value>>,
    /// Why the beginning of the first file cannot be read.
    pub unreadable: Option<String>,
}

/// How many rows a look at the first file shows.
const SHOWN_ROWS: usize = 5;

/// How many characters of each text it shows.
const SHOWN_CHARS: usize = 200;

/// What local files hold, or one folder, as `options` would read them. Only the beginning of the first file is read.
pub fn inspect_local(
    paths: &[PathBuf],
    options: &ConvertOptions,
    control: &Control,
) -> Result<LocalInspection, StudioError> {
    let local = look(paths)?;
    let first = local.config().ok().and_then(|config| {
        let splits = unpacked(local.sources(config), local.by_rules).ok()?.splits;
        splits.into_iter().flat_map(|split| split.files).next()
    });
    let seen = first.map_or(Ok(None), |first| ingest::preview(&first, options, control));
    let mut found = LocalInspection {
        inspection: local.inspection(),
        columns: Vec::new(),
        text_column: None,
        csv: None,
        first_rows: Vec::new(),
        unreadable: None,
    };
    match seen {
        Ok(None) => {}
        Err(IngestError::Stopped(stopped)) => return Err(stopped.into()),
        Err(error) => found.unreadable = Some(error.to_string()),
        Ok(Some(seen)) => {
            for place in 0..seen.rows.num_rows().min(SHOWN_ROWS) {
                found.first_rows.push(row_of(&seen.rows, place, "", 0, Some(SHOWN_CHARS))?.values);
            }
            found.columns = seen.columns;
            found.text_column = seen.text_column;
            found.csv = seen.dialect;
        }
    }
    Ok(found)
}
