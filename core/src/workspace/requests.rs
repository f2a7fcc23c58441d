//! Asking the process that holds the workspace to stop a job.
//!
//! Only one process may write to the catalog. Another one leaves a file named after the job in `.requests`; the holder
//! looks there, does what is asked and removes the file. The files are empty: their names say everything.

use std::fs;
use std::io;

use super::{Layout, WorkspaceError};

/// Leaves a request: `what` is to be done with the job. Both are words of letters, digits and underscores.
pub fn leave_request(layout: &Layout, job: &str, what: &str) -> Result<(), WorkspaceError> {
    let path = layout.requests().join(format!("{job}.{what}"));
    let leave = || fs::create_dir_all(layout.requests()).and_then(|()| fs::write(&path, []));
    // The holder may remove the folder, which it found empty, between the two.
    let left = leave().or_else(|error| if error.kind() == io::ErrorKind::NotFound { leave() } else { Err(error) });
    left.map_err(WorkspaceError::io("The request cannot be left for the process that holds the workspace", &path))
}

/// Takes all requests that were left, as pairs of a job and what is to be done with it. Nothing but requests is
/// touched: a workspace comes from anywhere, and what is called `.requests` in it may be a link to something else.
pub fn take_requests(layout: &Layout) -> Vec<(String, String)> {
    let folder = layout.requests();
    if !fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir()) {
        return Vec::new();
    }
    let requests = match fs::read_dir(&folder) {
        Ok(entries) => entries.flatten().filter_map(|entry| take(&entry)).collect(),
        Err(_) => return Vec::new(),
    };
    // Fails while another request is being left, which the next look finds.
    let _still_used: io::Result<()> = fs::remove_dir(&folder);
    requests
}

/// The request of a file, which is removed first: what cannot be removed would be done again and again.
fn take(entry: &fs::DirEntry) -> Option<(String, String)> {
    let name = entry.file_name();
    let (job, what) = name.to_str()?.split_once('.')?;
    let is_request = job.starts_with("job_") && what.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_request || !entry.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
        return None;
    }
    if let Err(error) = fs::remove_file(entry.path()) {
        tracing::warn!(%error, "a request of another process could not be taken");
        return None;
    }
    Some((job.to_owned(), what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_once_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        assert_eq!(take_requests(&layout), []);
        leave_request(&layout, "job_1", "cancel").unwrap();
        leave_request(&layout, "job_1", "cancel").unwrap();
        assert_eq!(take_requests(&layout), [("job_1".to_owned(), "cancel".to_owned())]);
        assert_eq!(take_requests(&layout), []);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_request_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("space"));
        fs::create_dir_all(layout.requests()).unwrap();
        for (name, text) in [("job_1.txt", "text"), ("notes.cancel", ""), ("job_2.CANCEL", "")] {
            fs::write(layout.requests().join(name), text).unwrap();
        }
        assert_eq!(take_requests(&layout), []);
        assert_eq!(fs::read_dir(layout.requests()).unwrap().count(), 3);
        #[cfg(unix)]
        {
            let linked = Layout::new(folder.path().join("other"));
            fs::create_dir(linked.root()).unwrap();
            leave_request(&layout, "job_3", "cancel").unwrap();
            std::os::unix::fs::symlink(layout.requests(), linked.requests()).unwrap();
            assert_eq!(take_requests(&linked), []);
            assert!(layout.requests().join("job_3.cancel").exists());
        }
    }
}
