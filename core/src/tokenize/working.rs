//! The folder in which a result grows, and the journal that lets the next run go on where the last one stopped.
//!
//! Beside the result's place stands `.<name>.working/` with
//!
//! - `plan.json`, what the run is doing; a folder with another plan is thrown away,
//! - `result/`, the finished shards under their final names,
//! - `journal/<shard>.json`, one for each finished shard, written after it,
//! - `writing.parquet`, the shard being written,
//! - `begun.json`, when the run began, where a chat template may ask for that,
//! - `shuffled/`, the samples in the order of a seed, where there is one.
//!
//! A shard counts as finished when its journal entry is there and its file has the size noted. When all are, `result/`
//! is renamed to the result's place, in one step.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{Local, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::audit::{Audit, Counts, Tally};
use super::error::TokenizeError;
use super::packing::Unfinished;
use super::plan::Plan;
use super::settings::Layout;

/// The file of a result that says what is in it.
pub(crate) const AUDIT: &str = "audit.json";

/// A finished shard, as the journal has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Finished {
    /// The file's size.
    pub bytes: u64,
    counts: Counts,
    /// How often each id occurs.
    frequencies: Occurrences,
    /// How many rows of each length there are.
    lengths: Occurrences,
    /// Where rows are packed: the row that has begun and goes on in the next shard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unfinished: Option<UnfinishedRow>,
}

/// What occurs, and how often, in one line: `id:count id:count …`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Occurrences(String);

impl Occurrences {
    fn of(pairs: impl Iterator<Item = (u64, u64)>) -> Self {
        Self(pairs.map(|(what, count)| format!("{what}:{count}")).collect::<Vec<_>>().join(" "))
    }

    /// Nothing for a word that is no such pair.
    fn pairs(&self) -> impl Iterator<Item = Option<(u64, u64)>> {
        self.0.split_ascii_whitespace().map(|word| {
            let (what, count) = word.split_once(':')?;
            Some((what.parse().ok()?, count.parse().ok()?))
        })
    }
}

/// A row that has begun, with its ids in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct UnfinishedRow {
    ids: String,
    of_documents: u64,
    first_sample: u64,
    last_sample: u64,
}

impl UnfinishedRow {
    fn new(row: &Unfinished<i32>) -> Self {
        let Unfinished { tokens, of_documents, first_sample, last_sample } = row;
        let ids = tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        Self { ids, of_documents: *of_documents, first_sample: *first_sample, last_sample: *last_sample }
    }

    /// Nothing where a word is no id.
    fn row(&self) -> Option<Unfinished<i32>> {
        let Self { ids, of_documents, first_sample, last_sample } = self;
        let tokens = ids.split_ascii_whitespace().map(|id| id.parse().ok()).collect::<Option<Vec<i32>>>()?;
        let (of_documents, first_sample, last_sample) = (*of_documents, *first_sample, *last_sample);
        Some(Unfinished { tokens, of_documents, first_sample, last_sample })
    }
}

impl Finished {
    fn new(bytes: u64, tally: &Tally, unfinished: Option<&Unfinished<i32>>) -> Self {
        Self {
            bytes,
            counts: tally.counts.clone(),
            frequencies: Occurrences::of(tally.frequencies.iter().map(|(id, count)| (id.into(), count))),
            lengths: Occurrences::of(tally.lengths.iter()),
            unfinished: unfinished.map(UnfinishedRow::new),
        }
    }

    /// The packed row that goes on in the next shard.
    pub(super) fn unfinished(&self) -> Option<Unfinished<i32>> {
        self.unfinished.as_ref().and_then(UnfinishedRow::row)
    }

    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally { counts: self.counts.clone(), ..Tally::default() };
        // Entries with a word that is no pair of numbers are not sound and never get here.
        for (id, count) in self.frequencies.pairs().flatten() {
            tally.frequencies.add_many(id as u32, count);
        }
        for (length, count) in self.lengths.pairs().flatten() {
            tally.lengths.add_many(length, count);
        }
        tally
    }

    fn is_sound(&self, layout: Layout) -> bool {
        let is_whole = layout != Layout::Packed || self.unfinished().is_some();
        is_whole && self.frequencies.pairs().chain(self.lengths.pairs()).all(|pair| pair.is_some())
    }
}

/// The folder of one run.
#[derive(Debug)]
pub(super) struct Working {
    root: PathBuf,
    destination: PathBuf,
}

/// The working folder of a result.
fn root_of(destination: &Path) -> Option<PathBuf> {
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(destination.file_name()?);
    hidden.push(".working");
    Some(destination.parent()?.join(hidden))
}

/// Gives up a run that was stopped: removes its finished shards, and the result where it is there.
pub fn discard(destination: &Path) -> io::Result<()> {
    if let Some(root) = root_of(destination) {
        crate::workspace::remove_tree(&root)?;
    }
    crate::workspace::remove_at_once(destination)
}

/// The audit beside the rows of a result; nothing where there is none.
pub fn audit_of(destination: &Path) -> Result<Option<Audit>, TokenizeError> {
    let path = destination.join(AUDIT);
    let failed = |reason: String| TokenizeError::Audit { path: path.clone(), reason };
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| failed(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error.to_string())),
    }
}

impl Working {
    /// Opens the working folder of `destination`, or a new one, and says which shards in it are finished, by file name.
    pub(super) fn open(
        destination: &Path,
        plan: &Plan,
        layout: Layout,
    ) -> Result<(Self, BTreeMap<String, Finished>), TokenizeError> {
        let exists = || TokenizeError::Exists { folder: destination.to_owned() };
        let Some(root) = root_of(destination) else { return Err(exists()) };
        let working = Self { root, destination: destination.to_owned() };
        if destination.exists() {
            working.remove()?;
            return Err(exists());
        }
        if working.plan().as_ref() != Some(plan) {
            working.remove()?;
            for folder in [working.result(), working.journal()] {
                fs::create_dir_all(&folder).map_err(write(&folder))?;
            }
            working.put(&working.root.join("plan.json"), plan)?;
        }
        let mut finished = BTreeMap::new();
        for shard in plan.shards() {
            let name = plan.file_name(&shard);
            if let Some(entry) = working.entry(&name).filter(|entry| entry.is_sound(layout)) {
                finished.insert(name, entry);
            }
        }
        Ok((working, finished))
    }

    /// The file for the shard being written, emptied.
    pub(super) fn begin(&self) -> Result<(PathBuf, File), TokenizeError> {
        let path = self.root.join("writing.parquet");
        let file = File::create(&path).map_err(write(&path))?;
        Ok((path, file))
    }

    /// Puts the written shard into the result: on the disk first, then under its name, then into the journal.
    pub(super) fn finish(
        &self,
        name: &str,
        written: &Path,
        file: &File,
        tally: &Tally,
        unfinished: Option<&Unfinished<i32>>,
    ) -> Result<Finished, TokenizeError> {
        file.sync_all().map_err(write(written))?;
        let bytes = file.metadata().map_err(write(written))?.len();
        let place = self.result().join(name);
        fs::rename(written, &place).map_err(write(&place))?;
        sync_folder(&self.result())?;
        let finished = Finished::new(bytes, tally, unfinished);
        self.put(&self.journal().join(format!("{name}.json")), &finished)?;
        Ok(finished)
    }

    /// Writes one of the files that describe the result.
    pub(super) fn describe(&self, name: &str, content: &impl Serialize) -> Result<(), TokenizeError> {
        self.put(&self.result().join(name), content)
    }

    /// The same for a file that is not JSON.
    pub(super) fn describe_in_words(&self, name: &str, content: &str) -> Result<(), TokenizeError> {
        self.put_bytes(&self.result().join(name), content.as_bytes())
    }

    /// Makes the result appear, complete, and clears up.
    pub(super) fn complete(self) -> Result<(), TokenizeError> {
        sync_folder(&self.result())?;
        fs::rename(self.result(), &self.destination).map_err(write(&self.destination))?;
        if let Some(parent) = self.destination.parent() {
            sync_folder(parent)?;
        }
        self.remove()
    }

    /// Where the samples stand in another order than the dataset's, while the run lasts.
    pub(super) fn shuffled(&self) -> PathBuf {
        self.root.join("shuffled")
    }

    /// The local time at which the run began, also where it was interrupted since.
    pub(super) fn begun(&self) -> Result<NaiveDateTime, TokenizeError> {
        let path = self.root.join("begun.json");
        let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let now = Local::now().naive_local();
        self.put(&path, &now)?;
        Ok(now)
    }

    fn result(&self) -> PathBuf {
        self.root.join("result")
    }

    fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// The plan in the folder; a damaged one is as good as none.
    fn plan(&self) -> Option<Plan> {
        serde_json::from_slice(&fs::read(self.root.join("plan.json")).ok()?).ok()
    }

    /// The journal's entry for a shard that is still there as noted; what is damaged is done again.
    fn entry(&self, name: &str) -> Option<Finished> {
        let entry = fs::read(self.journal().join(format!("{name}.json"))).ok()?;
        let entry: Finished = serde_json::from_slice(&entry).ok()?;
        let size = fs::metadata(self.result().join(name)).ok()?.len();
        (size == entry.bytes).then_some(entry)
    }

    fn put(&self, path: &Path, content: &impl Serialize) -> Result<(), TokenizeError> {
        let mut json = serde_json::to_vec_pretty(content).map_err(|error| write(path)(error.into()))?;
        json.push(b'\n');
        self.put_bytes(path, &json)
    }

    fn put_bytes(&self, path: &Path, content: &[u8]) -> Result<(), TokenizeError> {
        let aside = self.root.join("writing.json");
        let mut file = File::create(&aside).map_err(write(&aside))?;
        file.write_all(content).and_then(|()| file.sync_all()).map_err(write(&aside))?;
        fs::rename(&aside, path).map_err(write(path))?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    fn remove(&self) -> Result<(), TokenizeError> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(write(&self.root)(error)),
            _ => Ok(()),
        }
    }
}

/// Turns an error of the system into one that names the path.
pub(super) fn write(path: &Path) -> impl Fn(io::Error) -> TokenizeError + '_ {
    move |source| TokenizeError::Write { path: path.to_owned(), source }
}

fn sync_folder(folder: &Path) -> Result<(), TokenizeError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(write(folder))
}
