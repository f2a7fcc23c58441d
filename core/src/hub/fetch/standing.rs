//! What of a plan is on disk already, from an earlier run.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::digest::content;
use super::journal::Journal;
use super::paths::Target;
use super::xet::SCRATCH;
use crate::hub::error::HubError;
use crate::jobs::Control;

/// The name of the list of finished files, at the top of the folder while a download is under way.
pub(super) const FINISHED: &str = ".download.jsonl";

/// How one file of a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// In place, and verified by an earlier run.
    Finished,
    /// In place with the right size, but nobody says it was verified.
    Unchecked,
    /// The first so many bytes are here.
    Part(u64),
    /// Nothing is here.
    Missing,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    path: String,
    content: String,
    /// When the file was last changed, in nanoseconds: another time, another file.
    changed: u64,
}

/// The list of files that were verified, so that a download of many hours is not read again at every resume.
#[derive(Debug)]
pub(super) struct Finished {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

/// Looks at what is on disk, and whether the disk has room for the rest.
pub(super) async fn survey(
    dest: &Path,
    targets: Vec<Target>,
    control: Control,
) -> Result<(Vec<(Target, Standing)>, Finished), HubError> {
    let dest = dest.to_owned();
    tokio::task::spawn_blocking(move || survey_now(&dest, targets, &control)).await.map_err(|_| HubError::Worker)?
}

/// Removes what the Xet library has put into the folder, now or before a crash.
pub(super) async fn remove_scratch(dest: &Path) -> Result<(), HubError> {
    let path = dest.join(SCRATCH);
    let removing = tokio::task::spawn_blocking(move || match fs::remove_dir_all(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(HubError::Disk { action: "remove the working folder of the download", path, source })
        }
        _ => Ok(()),
    });
    removing.await.map_err(|_| HubError::Worker)?
}

fn survey_now(
    dest: &Path,
    targets: Vec<Target>,
    control: &Control,
) -> Result<(Vec<(Target, Standing)>, Finished), HubError> {
    let cannot = |action| move |source| HubError::Disk { action, path: dest.to_owned(), source };
    fs::create_dir_all(dest).map_err(cannot("make the folder for the download"))?;
    let path = dest.join(FINISHED);
    let verified = read_list(&path);
    let mut missing = 0;
    let mut surveyed = Vec::with_capacity(targets.len());
    for target in targets {
        control.check()?;
        let standing = standing(&target, &verified);
        if standing == Standing::Finished {
            // A crash may have come between giving the file its name and removing its journal.
            target.tidy().map_err(cannot("tidy up the download"))?;
        }
        missing += match standing {
            Standing::Finished | Standing::Unchecked => 0,
            Standing::Part(here) => target.file.size - here,
            Standing::Missing => target.file.size,
        };
        surveyed.push((target, standing));
    }
    let available = fs4::available_space(dest).map_err(cannot("ask for the free space of the disk"))?;
    if missing > available {
        return Err(HubError::InsufficientStorage { required: missing, available });
    }
    Ok((surveyed, Finished { path, file: Mutex::default() }))
}

fn standing(target: &Target, verified: &HashMap<String, Line>) -> Standing {
    match fs::metadata(&target.path) {
        Ok(there) if there.is_file() && there.len() == target.file.size => {
            let line = verified.get(&target.file.path);
            let same =
                line.is_some_and(|line| line.content == content(&target.file) && Some(line.changed) == changed(&there));
            if same { Standing::Finished } else { Standing::Unchecked }
        }
        _ => {
            let length = fs::metadata(&target.part).map_or(0, |part| part.len());
            match Journal::read(&target.journal).filter(|journal| journal.content == content(&target.file)) {
                Some(journal) if length > 0 => Standing::Part(journal.good(length)),
                _ => Standing::Missing,
            }
        }
    }
}

fn changed(metadata: &fs::Metadata) -> Option<u64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_nanos() as u64)
}

/// The lines of the list; those that a crash cut off are left out, and their files checked again.
fn read_list(path: &Path) -> HashMap<String, Line> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    lines.map(|line| (line.path.clone(), line)).collect()
}

impl Finished {
    /// Adds a file that is in place and verified.
    pub(super) fn add(&self, target: &Target) -> io::Result<()> {
        let Some(changed) = changed(&fs::metadata(&target.path)?) else { return Ok(()) };
        let line = Line { path: target.file.path.clone(), content: content(&target.file).to_owned(), changed };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            *file = Some(OpenOptions::new().create(true).append(true).open(&self.path)?);
        }
        match file.as_mut() {
            Some(file) => file.write_all(&text),
            None => Ok(()),
        }
    }

    /// Removes the list: the download is complete.
    pub(super) fn forget(&self) -> Result<(), HubError> {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(HubError::Disk { action: "remove the list of the download", path: self.path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}
