//! The example workspace, for tests that must not touch it.

use std::fs;
use std::path::Path;

/// Copies the example workspace to a new folder.
pub(crate) fn copy_example(to: &Path) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../workspace-example"), to);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        // Another program may have the example open.
        if name.to_string_lossy().starts_with('.') || name == "tmp" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}
