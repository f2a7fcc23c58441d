//! Queries that are kept: each a file `NAME.sql` in the workspace's `queries` folder, for any editor and any version
//! control, and the list of those that were run.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SqlError;
use crate::workspace::{Layout, sync_dir, write_atomic};

/// Larger files are nobody's query.
const LARGEST: u64 = 1 << 20;
/// The file that keeps what was run.
const HISTORY: &str = "history.jsonl";
/// Queries that the history keeps.
const KEPT: usize = 200;
/// The longest text that the history keeps, in bytes.
const LONGEST: usize = 1 << 16;

/// Bytes at the end of the history that are read.
const MOST_HISTORY: u64 = 16 << 20;

/// A query that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedQuery {
    /// Its name; that of its file without the ending.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A query that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastQuery {
    /// When.
    pub at: DateTime<Utc>,
    /// Its text.
    pub text: String,
    /// The rows it gave; nothing where it failed or was stopped.
    pub rows: Option<u64>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// The queries that are kept, by name. Files that are too large or no text are left out, as are those of other kinds.
pub fn saved(layout: &Layout) -> Result<Vec<SavedQuery>, SqlError> {
    let folder = layout.queries();
    let failed = || SqlError::io("The saved queries cannot be listed", layout.queries());
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed())?,
    };
    let mut queries = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed())?;
        let file = entry.file_name();
        let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".sql")) else { continue };
        let is_one = entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST);
        if is_one
            && check_name(name).is_ok()
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            queries.push(SavedQuery { name: name.to_owned(), text });
        }
    }
    queries.sort_by_key(|query| (query.name.to_lowercase(), query.name.clone()));
    Ok(queries)
}

/// The query of that name, in whatever case.
pub fn saved_query(layout: &Layout, name: &str) -> Result<SavedQuery, SqlError> {
    let queries = saved(layout)?;
    let found = queries.iter().find(|query| query.name == name);
    let found = found.or_else(|| queries.iter().find(|query| query.name.to_lowercase() == name.to_lowercase()));
    let missing = || SqlError::NoSuchQuery {
        name: name.to_owned(),
        known: queries.iter().map(|query| query.name.clone()).collect(),
    };
    found.cloned().ok_or_else(missing)
}

/// Keeps a query under a name.
pub fn save_query(layout: &Layout, name: &str, text: &str, overwrite: bool) -> Result<(), SqlError> {
    check_name(name)?;
    let old = same(layout, name)?;
    if old.is_some() && !overwrite {
        return Err(SqlError::QueryExists(name.to_owned()));
    }
    let path = path(layout, old.as_deref().unwrap_or(name));
    let failed = || SqlError::io("The query cannot be saved", path.clone());
    fs::create_dir_all(layout.queries()).map_err(failed())?;
    let ending = if text.ends_with('\n') { "" } else { "\n" };
    write_atomic(&path, format!("{text}{ending}").as_bytes()).map_err(failed())
}

/// Gives a kept query another name.
pub fn rename_query(layout: &Layout, name: &str, new: &str) -> Result<(), SqlError> {
    check_name(new)?;
    let old = saved_query(layout, name)?.name;
    if same(layout, new)?.is_some_and(|same| same != old) {
        return Err(SqlError::QueryExists(new.to_owned()));
    }
    let (from, to) = (path(layout, &old), path(layout, new));
    let renamed = fs::rename(&from, &to).and_then(|()| sync_dir(&layout.queries()));
    renamed.map_err(SqlError::io("The query cannot be renamed", from))
}

/// Removes a kept query.
pub fn remove_query(layout: &Layout, name: &str) -> Result<(), SqlError> {
    let path = path(layout, &saved_query(layout, name)?.name);
    let removed = fs::remove_file(&path).and_then(|()| sync_dir(&layout.queries()));
    removed.map_err(SqlError::io("The query cannot be removed", path))
}

/// What was run, newest first.
pub fn history(layout: &Layout) -> Result<Vec<PastQuery>, SqlError> {
    let path = layout.queries().join(HISTORY);
    let failed = || SqlError::io("The history of queries cannot be read", path.clone());
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed()(error)),
        // A pipe, say, would be waited for.
        Ok(metadata) if !metadata.is_file() => {
            return Err(failed()(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")));
        }
        Ok(_) => {}
    }
    let mut file = fs::File::open(&path).map_err(failed())?;
    // What was run last stands at the end.
    let length = file.metadata().map_err(failed())?.len();
    file.seek(io::SeekFrom::Start(length.saturating_sub(MOST_HISTORY))).map_err(failed())?;
    let mut bytes = Vec::new();
    file.take(MOST_HISTORY).read_to_end(&mut bytes).map_err(failed())?;
    // A line that a kill cut short, or that somebody else has spoilt, is not worth an error.
    let lines = bytes.rsplit(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).take(KEPT).collect())
}

/// Adds to the history. The same text run again moves to the top; a text beyond 64 KB is not kept.
pub fn remember(layout: &Layout, query: &PastQuery) -> Result<(), SqlError> {
    if query.text.len() > LONGEST {
        return Ok(());
    }
    let mut past = history(layout)?;
    past.retain(|old| old.text != query.text);
    past.insert(0, query.clone());
    past.truncate(KEPT);
    let path = layout.queries().join(HISTORY);
    let failed = || SqlError::io("The history of queries cannot be written", path.clone());
    let mut lines = Vec::new();
    for query in past.iter().rev() {
        serde_json::to_writer(&mut lines, query).map_err(io::Error::from).map_err(failed())?;
        lines.write_all(b"\n").map_err(failed())?;
    }
    fs::create_dir_all(layout.queries()).map_err(failed())?;
    write_atomic(&path, &lines).map_err(failed())
}

/// Forgets what was run.
pub fn forget_history(layout: &Layout) -> Result<(), SqlError> {
    let path = layout.queries().join(HISTORY);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(SqlError::io("The history of queries cannot be removed", path)(error))
        }
        _ => Ok(()),
    }
}

/// The query whose name is the same on a system that knows no case.
fn same(layout: &Layout, name: &str) -> Result<Option<String>, SqlError> {
    let lower = name.to_lowercase();
    Ok(saved(layout)?.into_iter().map(|query| query.name).find(|known| known.to_lowercase() == lower))
}

fn path(layout: &Layout, name: &str) -> PathBuf {
    layout.queries().join(format!("{name}.sql"))
}

/// A name becomes the name of a file on any system.
fn check_name(name: &str) -> Result<(), SqlError> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_');
    let begins = name.starts_with(char::is_alphanumeric);
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |prefix: &str| stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest != "0");
    let is_device = ["con", "prn", "aux", "nul"].contains(&stem.as_str()) || numbered("com") || numbered("lpt");
    let is_short = name.chars().count() <= 80 && name.len() <= 200;
    if begins && is_short && name.chars().all(is_plain) && !name.ends_with(['.', ' ']) && !is_device {
        return Ok(());
    }
    Err(SqlError::BadQueryName(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        (folder, layout)
    }

    fn names(layout: &Layout) -> Vec<String> {
        saved(layout).unwrap().into_iter().map(|query| query.name).collect()
    }

    #[test]
    fn queries_are_files_that_can_be_kept_renamed_and_removed() {
        let (_folder, layout) = layout();
        assert!(names(&layout).is_empty());
        save_query(&layout, "Long texts", "SELECT 1", false).unwrap();
        save_query(&layout, "öfter", "SELECT 2\n", false).unwrap();
        assert_eq!(fs::read_to_string(layout.queries().join("Long texts.sql")).unwrap(), "SELECT 1\n");
        assert!(matches!(save_query(&layout, "long texts", "SELECT 3", false), Err(SqlError::QueryExists(_))));
        save_query(&layout, "long TEXTS", "SELECT 3", true).unwrap();
        assert_eq!(saved_query(&layout, "LONG texts").unwrap().text, "SELECT 3\n");
        rename_query(&layout, "long texts", "LONG texts").unwrap();
        assert!(matches!(rename_query(&layout, "LONG texts", "Öfter"), Err(SqlError::QueryExists(_))));
        fs::write(layout.queries().join("other.txt"), "mine").unwrap();
        fs::write(layout.queries().join("no text.sql"), [0xFF, 0xFE]).unwrap();
        assert_eq!(names(&layout), ["LONG texts", "öfter"]);
        remove_query(&layout, "öfter").unwrap();
        let gone = saved_query(&layout, "öfter").unwrap_err().to_string();
        assert_eq!(gone, "There is no saved query 'öfter'. There are LONG texts.");
    }

    #[test]
    fn a_name_leads_nowhere_else_and_is_one_on_every_system() {
        let (_folder, layout) = layout();
        for name in
            ["", "../x", "a/b", "a\\b", ".hidden", "a.", "a ", "con", "NUL.x", "lpt1", "a\nb", "a:b", &"x".repeat(81)]
        {
            assert!(matches!(save_query(&layout, name, "SELECT 1", true), Err(SqlError::BadQueryName(_))), "{name:?}");
        }
        assert!(!layout.queries().exists());
    }

    #[test]
    fn a_history_that_others_have_spoilt_gives_what_can_be_read_of_its_end() {
        let (_folder, layout) = layout();
        let past = PastQuery { at: crate::catalog::now(), text: "SELECT 1".into(), rows: None, milliseconds: 5 };
        remember(&layout, &past).unwrap();
        let path = layout.queries().join(HISTORY);
        let line = fs::read(&path).unwrap();
        let mut spoilt = vec![b' '; MOST_HISTORY as usize];
        spoilt.extend(b"\n\xFF\xFE\n{\"text\": 5}\n");
        spoilt.extend(&line);
        spoilt.extend(b"\xFF");
        fs::write(&path, spoilt).unwrap();
        assert_eq!(history(&layout).unwrap(), std::slice::from_ref(&past));
        remember(&layout, &PastQuery { text: "SELECT 2".into(), ..past }).unwrap();
        assert_eq!(history(&layout).unwrap().len(), 2);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(history(&layout).unwrap_err().to_string().contains("not a file"));
    }

    #[test]
    fn the_history_keeps_the_newest_each_text_once() {
        let (_folder, layout) = layout();
        let past = |text: String| PastQuery { at: crate::catalog::now(), text, rows: Some(1), milliseconds: 5 };
        for i in 0..KEPT + 10 {
            remember(&layout, &past(format!("SELECT {i}"))).unwrap();
        }
        remember(&layout, &past("SELECT 50".into())).unwrap();
        remember(&layout, &past("x".repeat(LONGEST + 1))).unwrap();
        let found = history(&layout).unwrap();
        assert_eq!(found.len(), KEPT);
        assert_eq!(found[0].text, "SELECT 50");
        assert_eq!(found.iter().filter(|query| query.text == "SELECT 50").count(), 1);
        forget_history(&layout).unwrap();
        assert!(history(&layout).unwrap().is_empty());
    }
}
