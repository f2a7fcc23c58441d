//! ZIP archives in the place of data files.
//!
//! As in the Python library an archive belongs to the split its own path tells, and its files have the format most
//! of them have. Where one archive is everything, the files in it are split by the same rules as those of a folder.

use std::collections::HashMap;
use std::io::Read as _;

use crate::hub::splits::{self, Format, Ignored, Layout, RepoFile};
use crate::ingest::{self, ArchiveFile, SourceFile};
use crate::studio::StudioError;

/// The largest record of `save_to_disk` that is read from an archive.
const MAX_RECORD_BYTES: u64 = 16 << 20;

/// The files of one split, in row order.
#[derive(Debug, Clone)]
pub(in crate::studio) struct SplitSources {
    pub(in crate::studio) name: String,
    pub(in crate::studio) files: Vec<SourceFile>,
}

/// Files of which none is an archive any more.
pub(in crate::studio) struct Unpacked {
    pub(in crate::studio) splits: Vec<SplitSources>,
    /// The format of the files in archives, if there are archives.
    pub(in crate::studio) format: Option<Format>,
    /// Files in archives that belong to no split.
    pub(in crate::studio) left_out: Vec<Ignored>,
}

/// Whether a file of that name is a ZIP archive.
pub(in crate::studio) fn is_archive(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("zip"))
}

/// Puts the files in archives in the archives' place. `by_rules`: a single archive that is everything is split by the
/// paths in it.
pub(in crate::studio) fn unpacked(splits: Vec<SplitSources>, by_rules: bool) -> Result<Unpacked, StudioError> {
    let all = || splits.iter().flat_map(|split| &split.files);
    if !all().any(|file| is_archive(&file.name)) {
        return Ok(Unpacked { splits, format: None, left_out: Vec::new() });
    }
    let mut archives: HashMap<String, Archive> = HashMap::new();
    for file in all().filter(|file| is_archive(&file.name)) {
        if !archives.contains_key(&file.name) {
            archives.insert(file.name.clone(), Archive::open(file)?);
        }
    }
    if let (true, [split], 1) = (by_rules, splits.as_slice(), all().count())
        && let Some(archive) = split.files.first().and_then(|file| archives.get(&file.name))
        && let Some(unpacked) = archive.split_by_rules()?
    {
        return Ok(unpacked);
    }
    let everything: Vec<RepoFile> = archives.values().flat_map(Archive::listed).collect();
    let names = || all().filter(|file| is_archive(&file.name)).map(|file| file.name.as_str());
    let described =
        |error: splits::LayoutError| StudioError::Layout(error.describe(names().next().unwrap_or("the archive")));
    let layout = splits::infer_archives(&everything).map_err(described)?;
    layout.require_supported().map_err(described)?;
    let format = layout.configs.first().map(|config| config.format);
    let kept: Vec<&String> =
        layout.configs.iter().flat_map(|config| &config.splits).flat_map(|split| &split.files).collect();
    let kept: std::collections::HashSet<&String> = kept.into_iter().collect();
    let mut placed = Vec::with_capacity(splits.len());
    for split in &splits {
        let mut files = Vec::new();
        for file in &split.files {
            match archives.get(&file.name) {
                None => files.push(file.clone()),
                Some(archive) => {
                    let mut members: Vec<&ArchiveFile> =
                        archive.files.iter().filter(|member| kept.contains(&archive.name_of(member))).collect();
                    members.sort_by(|one, other| walk_order(&one.name).cmp(&walk_order(&other.name)));
                    for member in members {
                        files.push(archive.source_of(member, &split.name)?);
                    }
                }
            }
        }
        placed.push(SplitSources { name: split.name.clone(), files });
    }
    Ok(Unpacked { splits: placed, format, left_out: layout.ignored })
}

/// The order in which a folder is walked: its own files first, then folder by folder, each by name.
fn walk_order(name: &str) -> Vec<(bool, &str)> {
    let pieces = name.split('/').collect::<Vec<_>>();
    let last = pieces.len() - 1;
    pieces.into_iter().enumerate().map(|(place, piece)| (place < last, piece)).collect()
}

/// One archive and what it holds.
struct Archive {
    file: SourceFile,
    files: Vec<ArchiveFile>,
}

impl Archive {
    fn open(file: &SourceFile) -> Result<Self, StudioError> {
        Ok(Self { file: file.clone(), files: ingest::list_archive(&file.path, &file.name)? })
    }

    /// What messages call a file in it.
    fn name_of(&self, member: &ArchiveFile) -> String {
        format!("{}/{}", self.file.name, member.name)
    }

    /// Its files that hold anything, called as messages call them.
    fn listed(&self) -> Vec<RepoFile> {
        let full = self.files.iter().filter(|member| member.bytes > 0);
        full.map(|member| RepoFile { path: self.name_of(member), size: member.bytes }).collect()
    }

    fn source_of(&self, member: &ArchiveFile, split: &str) -> Result<SourceFile, StudioError> {
        let name = self.name_of(member);
        member.member.check_readable(&name)?;
        let mut source = SourceFile::new(&self.file.path, name, split);
        source.member = Some(member.member.clone());
        Ok(source)
    }

    /// Its files as if they were a folder, where their paths tell splits.
    fn split_by_rules(&self) -> Result<Option<Unpacked>, StudioError> {
        let full = self.files.iter().filter(|member| member.bytes > 0);
        let files: Vec<RepoFile> =
            full.map(|member| RepoFile { path: member.name.clone(), size: member.bytes }).collect();
        let saved = super::saved::layout(&files, &|name| self.record(name))?;
        let layout = match saved {
            Some(layout) => layout,
            // What cannot be split by its paths belongs to the archive's own split.
            None => match splits::infer(&files, None) {
                Ok(layout) if splits::tells_splits(&layout) => layout,
                _ => return Ok(None),
            },
        };
        layout.require_supported().map_err(|error| StudioError::Layout(error.describe(&self.file.name)))?;
        self.placed(&layout).map(Some)
    }

    fn placed(&self, layout: &Layout) -> Result<Unpacked, StudioError> {
        let by_name: HashMap<&str, &ArchiveFile> =
            self.files.iter().map(|member| (member.name.as_str(), member)).collect();
        let config = layout.configs.first();
        let mut splits = Vec::new();
        for split in config.iter().flat_map(|config| &config.splits) {
            let members = split.files.iter().filter_map(|name| by_name.get(name.as_str()));
            let files = members.map(|member| self.source_of(member, &split.name)).collect::<Result<_, _>>()?;
            splits.push(SplitSources { name: split.name.clone(), files });
        }
        let prefixed = |ignored: &Ignored| Ignored {
            path: format!("{}/{}", self.file.name, ignored.path),
            reason: ignored.reason,
        };
        let left_out = layout.ignored.iter().map(prefixed).collect();
        Ok(Unpacked { splits, format: config.map(|config| config.format), left_out })
    }

    /// The bytes of a small file in it.
    fn record(&self, name: &str) -> Option<Vec<u8>> {
        let member = self.files.iter().find(|member| member.name == name && member.bytes <= MAX_RECORD_BYTES)?;
        let source = self.source_of(member, "").ok()?;
        let mut bytes = Vec::new();
        ingest::open_raw(&source).ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_walked_files_first() {
        let mut names = ["a/b.txt", "z.txt", "a/c/a.txt", "b.txt", "a.txt/x"];
        names.sort_by(|one, other| walk_order(one).cmp(&walk_order(other)));
        assert_eq!(names, ["b.txt", "z.txt", "a/b.txt", "a/c/a.txt", "a.txt/x"]);
    }

    #[test]
    fn an_archive_is_told_by_its_last_suffix() {
        assert!(is_archive("a/b.ZIP") && is_archive("a.jsonl.zip"));
        assert!(!is_archive("a.zip.jsonl") && !is_archive("zip"));
    }
}
