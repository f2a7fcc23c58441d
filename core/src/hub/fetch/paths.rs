//! From paths in a repository to paths on disk, none of which may leave the folder.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::FetchPlan;
use super::journal::Journal;
use super::standing::FINISHED;
use super::xet::SCRATCH;
use crate::hub::error::HubError;
use crate::hub::snapshot::RemoteFile;

/// What Windows keeps out of file names.
const NOT_ON_WINDOWS: [char; 7] = ['<', '>', ':', '"', '|', '?', '*'];

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
    let mut places = HashSet::new();
    let mut targets = Vec::with_capacity(plan.files.len());
    for file in &plan.files {
        let unsafe_path = || HubError::UnsafePath { repo: plan.repo.to_string(), path: file.path.clone() };
        let path = place(&plan.dest, &file.path).ok_or_else(unsafe_path)?;
        let (part, journal) = (with_suffix(&path, ".part"), with_suffix(&path, ".part.json"));
        // Two files must not share a place, nor one be where another's part goes.
        for place in [&path, &part, &journal, &Journal::next(&journal)] {
            if !places.insert(place.clone()) {
                return Err(unsafe_path());
            }
        }
        targets.push(Target { file: file.clone(), path, part, journal });
    }
    Ok(targets)
}

fn place(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut place = folder.to_owned();
    for name in path.split('/') {
        let is_plain = !matches!(name, "" | "." | "..")
            && !name.contains(['\\', '\0'])
            && !(cfg!(windows) && (name.contains(NOT_ON_WINDOWS) || name.ends_with(['.', ' '])));
        if !is_plain {
            return None;
        }
        place.push(name);
    }
    let ours = path.split('/').next().is_some_and(|first| [FINISHED, SCRATCH].contains(&first));
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

    #[test]
    fn paths_stay_in_the_folder() {
        let folder = Path::new("/w/files");
        assert_eq!(place(folder, "data/a b.csv"), Some(PathBuf::from("/w/files/data/a b.csv")));
        for path in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/.", "a\\..\\b", "a\0b", FINISHED, SCRATCH] {
            assert_eq!(place(folder, path), None, "{path:?}");
        }
    }

    #[test]
    fn no_file_is_where_the_part_of_another_goes() {
        use crate::hub::repo_id::{RepoId, RepoKind};
        let file = |path: &str| RemoteFile { path: path.into(), size: 1, oid: String::new(), sha256: None, xet: false };
        let plan = |files| FetchPlan {
            repo: RepoId { kind: RepoKind::Dataset, owner: "o".into(), name: "n".into() },
            sha: "0".repeat(40),
            files,
            dest: "/w".into(),
        };
        assert_eq!(targets(&plan(vec![file("a"), file("b")])).unwrap().len(), 2);
        assert!(targets(&plan(vec![file("a"), file("a.part")])).is_err());
        assert!(targets(&plan(vec![file("a"), file("a")])).is_err());
    }
}
