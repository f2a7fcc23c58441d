//! Asking the process that holds the workspace to stop a job.
//!
//! Only one process may write to the catalog. Another one leaves a file named after the job in `.requests`; the holder
//! looks there, does what is asked and removes the file. The files are empty: their names say everything.

use std::fs;
use std::io;
use std::path::Path;

use super::{Layout, WorkspaceError};

/// Leaves a request: `what` is to be done with the job. Both are words of letters, digits and underscores.
pub fn leave_request(layout: &Layout, job: &str, what: &str) -> Result<(), WorkspaceError> {
    let path = layout.requests().join(format!("{job}.{what}"));
    let left = fs::create_dir_all(layout.requests()).and_then(|()| fs::write(&path, []));
    left.map_err(WorkspaceError::io("The request cannot be left for the process that holds the workspace", &path))
}

/// Takes all requests that were left, as pairs of a job and what is to be done with it.
pub fn take_requests(layout: &Layout) -> Vec<(String, String)> {
    let folder = layout.requests();
    let requests = match fs::read_dir(&folder) {
        Ok(entries) => entries.flatten().filter_map(|entry| take(&entry.path())).collect(),
        Err(_) => return Vec::new(),
    };
    // Fails while another request is being left, which the next look finds.
    let _still_used: io::Result<()> = fs::remove_dir(&folder);
    requests
}

/// The request of a file, which is removed first: what cannot be removed would be done again and again.
fn take(path: &Path) -> Option<(String, String)> {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(%error, "a request of another process could not be taken");
        return None;
    }
    let (job, what) = path.file_name()?.to_str()?.split_once('.')?;
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
}
