//! Work that ended is taken up again the moment that its end can be read.

use std::fs;

use mistudio_core::catalog::Status;
use mistudio_core::studio::{AddRequest, Studio};

#[test]
fn what_failed_is_taken_up_as_soon_as_the_failure_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Studio::create(&folder.path().join("space"), "Test").unwrap();
    let source = folder.path().join("broken.jsonl");
    fs::write(&source, "{\"text\": \"one\"}\nno JSON\n").unwrap();
    let request = AddRequest { paths: vec![source], ..AddRequest::default() };
    let id = studio.add(&request).unwrap();
    for round in 0..40 {
        loop {
            let snapshot = studio.snapshot();
            if snapshot.dataset(&id).unwrap().record.status == Status::Error {
                break;
            }
            std::thread::yield_now();
        }
        let taken_up = studio.resume_dataset(&id, None);
        assert!(taken_up.is_ok(), "{round}: {taken_up:?}");
    }
}
