//! One writer at a time.
//!
//! The lock is the operating system's lock on the file `.lock`, so it ends with the process that holds it, however
//! that process ends. What the file says is only for people: who to look for.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Layout, WorkspaceError};

/// The process that may write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// The machine it runs on.
    pub host: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)
    }
}

/// How often taking the lock is tried, and how long it is waited between: a look at whether it is held takes it, too, for
/// a few microseconds.
const TRIES: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(5);

/// Whether a living process may write to the workspace. Nothing is written to find out; where it cannot be told, it is
/// taken to live.
pub fn is_held(layout: &Layout) -> bool {
    let file = match File::open(layout.lock()) {
        Ok(file) => file,
        Err(error) => return error.kind() != io::ErrorKind::NotFound,
    };
    // The look ends with the file.
    file.try_lock_shared().is_err()
}

/// The right to write to a workspace; given back when dropped.
#[derive(Debug)]
pub struct WriterLock {
    file: File,
    path: PathBuf,
    left_by: Option<Holder>,
}

impl WriterLock {
    /// Takes the lock, or says who holds it. A lock left by a dead process is taken over.
    pub fn acquire(layout: &Layout) -> Result<Self, WorkspaceError> {
        let path = layout.lock();
        let mut tries = 0;
        loop {
            let mut file = open(layout, &path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(BETWEEN);
                    continue;
                }
                Err(TryLockError::WouldBlock) => {
                    let holder = read_holder(&mut file).unwrap_or(Holder { pid: 0, host: "an unknown machine".into() });
                    return Err(WorkspaceError::Locked(holder));
                }
                Err(TryLockError::Error(error)) => {
                    return Err(WorkspaceError::io("The workspace cannot be locked", &path)(error));
                }
            }
            // Its last holder may have removed the file between our opening and our locking it.
            if !is_still_there(&file, &path) {
                continue;
            }
            let left_by = read_holder(&mut file);
            let holder = Holder { pid: std::process::id(), host: host_name() };
            write_holder(&mut file, &holder).map_err(WorkspaceError::io("The lock file cannot be written", &path))?;
            return Ok(Self { file, path, left_by });
        }
    }

    /// The dead process whose lock this one took over, if there was one.
    pub fn left_by(&self) -> Option<&Holder> {
        self.left_by.as_ref()
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Removed before it is unlocked, so nobody can lock a file that is about to vanish unnoticed.
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "the lock file stays behind; the next start takes it over");
        }
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock ends with this process");
        }
    }
}

fn open(layout: &Layout, path: &std::path::Path) -> Result<File, WorkspaceError> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(|error| {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                WorkspaceError::ReadOnlyMedia(layout.root().to_path_buf())
            }
            _ => WorkspaceError::io("The workspace cannot be locked", path)(error),
        }
    })
}

fn read_holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write_holder(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(serde_json::to_string(holder)?.as_bytes())?;
    file.flush()
}

fn host_name() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

#[cfg(unix)]
fn is_still_there(file: &File, path: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(named)) => ours.ino() == named.ino() && ours.dev() == named.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_there(_file: &File, path: &std::path::Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_writer_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let first = WriterLock::acquire(&layout).unwrap();
        let Err(WorkspaceError::Locked(holder)) = WriterLock::acquire(&layout) else { panic!("locked twice") };
        assert_eq!(holder.pid, std::process::id());
        assert!(is_held(&layout));
        drop(first);
        assert!(!layout.lock().exists());
        assert!(!is_held(&layout));
        WriterLock::acquire(&layout).unwrap();
    }

    #[test]
    fn a_lock_left_by_a_dead_process_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        fs::write(layout.lock(), r#"{"pid":4242,"host":"gone"}"#).unwrap();
        assert!(!is_held(&layout));
        let lock = WriterLock::acquire(&layout).unwrap();
        assert_eq!(lock.left_by().unwrap().pid, 4242);
    }
}
