//! From paths in a repository to paths on disk, none of which may leave the folder.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::FetchPlan;
use super::journal::Journal;
use super::standing::FINISHED;
use super::xet::SCRATCH;
use crate::hub::error::HubError;
use crate::hub::snapshot::RemoteFile;

/// What Windows keeps out of file names, beside control characters.
const NOT_ON_WINDOWS: [char; 7] = ['<', '>', ':', '"', '|', '?', '*'];

/// What Windows takes for a device, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// What is behind the numbered devices of Windows: `COM1`, `LPT²`.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// Which names a system takes for the same file, and which for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Any other bytes are another name.
    Exact,
    /// Neither case nor how accents are written tells two names apart: macOS.
    Folded,
    /// So it is here, and some names are no files: Windows.
    Windows,
}

/// The rules of this system.
const HERE: Names = if cfg!(windows) {
    Names::Windows
} else if cfg!(target_vendor = "apple") {
    Names::Folded
} else {
    Names::Exact
};

impl Names {
    /// Two paths with the same key are the same file. Rather too many paths share a key than too few: the files of a
    /// dataset do not differ by case alone, but for those that mean harm.
    fn key(self, path: &str) -> String {
        if self == Self::Exact {
            return path.to_owned();
        }
        // Upper case first: several small letters, such as both small sigmas, share a capital.
        path.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
    }

    fn holds(self, name: &str) -> bool {
        let is_plain = !matches!(name, "" | "." | "..") && !name.contains(['\\', '\0']);
        is_plain && (self != Self::Windows || holds_on_windows(name))
    }
}

fn holds_on_windows(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_lowercase();
    let is_numbered = NUMBERED_DEVICES
        .iter()
        .filter_map(|device| stem.strip_prefix(device))
        .any(|number| matches!(number, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"));
    !name.contains(NOT_ON_WINDOWS)
        && !name.contains(char::is_control)
        && !name.ends_with(['.', ' '])
        && !DEVICES.contains(&stem.as_str())
        && !is_numbered
}

/// One file and where it goes.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) file: RemoteFile,
    /// Its place once verified.
    pub(super) path: PathBuf,
    /// Its place until then.
    pub(super) part: PathBuf,
    /// The journal of the part.
    pub(super) journal: PathBuf,
}

impl Target {
    /// Removes what stands beside a file that is in place: its journals, and a part that nobody needs.
    pub(super) fn tidy(&self) -> io::Result<()> {
        for beside in [&self.part, &self.journal, &Journal::next(&self.journal)] {
            match fs::remove_file(beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The files of a plan with their places. Refuses the plan as a whole if one path is not safe: a repository that tries
/// is not one to trust with the rest.
pub(super) fn targets(plan: &FetchPlan) -> Result<Vec<Target>, HubError> {
    targets_on(HERE, plan)
}

fn targets_on(names: Names, plan: &FetchPlan) -> Result<Vec<Target>, HubError> {
    let mut places = HashSet::new();
    let mut targets = Vec::with_capacity(plan.files.len());
    for file in &plan.files {
        let unsafe_path = || HubError::UnsafePath { repo: plan.repo.to_string(), path: file.path.clone() };
        let path = place(names, &plan.dest, &file.path).ok_or_else(unsafe_path)?;
        let (part, journal) = (with_suffix(&path, ".part"), with_suffix(&path, ".part.json"));
        // Two files must not share a place, nor one be where another's part goes.
        for place in [&path, &part, &journal, &Journal::next(&journal)] {
            let in_folder = place.strip_prefix(&plan.dest).unwrap_or(place);
            if !places.insert(names.key(&in_folder.to_string_lossy())) {
                return Err(unsafe_path());
            }
        }
        targets.push(Target { file: file.clone(), path, part, journal });
    }
    Ok(targets)
}

fn place(names: Names, folder: &Path, path: &str) -> Option<PathBuf> {
    let mut place = folder.to_owned();
    for name in path.split('/') {
        if !names.holds(name) {
            return None;
        }
        place.push(name);
    }
    let is_ours = |first: &str| [FINISHED, SCRATCH].map(|ours| names.key(ours)).contains(&names.key(first));
    let ours = path.split('/').next().is_some_and(is_ours);
    (!ours).then_some(place)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::hub::repo_id::{RepoId, RepoKind};

    fn plan(paths: &[&str]) -> FetchPlan {
        let file = |path: &&str| RemoteFile {
            path: (*path).to_owned(),
            size: 1,
            oid: String::new(),
            sha256: None,
            xet: false,
        };
        FetchPlan {
            repo: RepoId { kind: RepoKind::Dataset, owner: "o".into(), name: "n".into() },
            sha: "0".repeat(40),
            files: paths.iter().map(file).collect(),
            dest: "/w".into(),
        }
    }

    #[test]
    fn paths_stay_in_the_folder() {
        let folder = Path::new("/w/files");
        for names in [Names::Exact, Names::Folded, Names::Windows] {
            assert_eq!(place(names, folder, "data/a b.csv"), Some(PathBuf::from("/w/files/data/a b.csv")));
            for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/.", "a\\..\\b", "a\0b", FINISHED, SCRATCH] {
                assert_eq!(place(names, folder, path), None, "{path:?}");
            }
        }
    }

    #[test]
    fn no_file_is_where_the_part_of_another_goes() {
        assert_eq!(targets(&plan(&["a", "b"])).unwrap().len(), 2);
        assert!(targets(&plan(&["a", "a.part"])).is_err());
        assert!(targets(&plan(&["a", "a"])).is_err());
    }

    #[test]
    fn names_that_a_system_takes_for_one_are_refused_there_and_only_there() {
        let accents = ["data/caf\u{e9}.csv", "data/cafe\u{301}.csv"];
        for pair in [["A.parquet", "a.parquet"], ["x.csv", "X.CSV.part"], ["ς", "Σ"], accents] {
            assert_eq!(targets_on(Names::Exact, &plan(&pair)).unwrap().len(), 2, "{pair:?}");
            assert!(targets_on(Names::Folded, &plan(&pair)).is_err(), "{pair:?}");
            assert!(targets_on(Names::Windows, &plan(&pair)).is_err(), "{pair:?}");
        }
        for ours in [".Download.jsonl", ".DOWNLOAD.xet/x"] {
            assert!(targets_on(Names::Exact, &plan(&[ours])).is_ok(), "{ours}");
            assert!(targets_on(Names::Folded, &plan(&[ours])).is_err(), "{ours}");
        }
        let different = ["Data/a.csv", "data/b.csv", "c.csv"];
        assert_eq!(targets_on(Names::Windows, &plan(&different)).unwrap().len(), 3);
    }

    #[test]
    fn devices_are_no_files_on_windows() {
        for path in ["CON", "data/nul.csv", "aux .txt", "COM1", "lpt².json", "a:b", "x?", "tail.", "a\u{1}b"] {
            assert!(targets_on(Names::Windows, &plan(&[path])).is_err(), "{path:?}");
            assert!(targets_on(Names::Exact, &plan(&[path])).is_ok(), "{path:?}");
        }
        for path in ["console.csv", "com.csv", "com12.csv", "data/null.csv", ".aux"] {
            assert!(targets_on(Names::Windows, &plan(&[path])).is_ok(), "{path:?}");
        }
    }
}
