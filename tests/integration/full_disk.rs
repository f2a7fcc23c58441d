//! A disk that fills up while a download writes to it.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use mistudio_tests::hub::{Fault, LoopbackHub, Repo};
use mistudio_tests::program::{Program, eventually};

/// A disk of a few megabytes, where this user may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mounted = cfg!(target_os = "linux")
            && Command::new("mount")
                .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
                .arg(folder.path())
                .output()
                .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the small disk stays mounted");
    }
}

#[test]
fn a_full_disk_is_named_keeps_what_is_there_and_resumes() {
    let Some(disk) = SmallDisk::mount("24m") else {
        eprintln!("skipped: this user may not mount a small disk, so none can be filled");
        return;
    };
    let parquet = {
        let example = mistudio_tests::program::repository().join("workspace-example/datasets");
        let files = mistudio_tests::program::contents(&example).unwrap();
        let of_data = |path: &Path| path.components().any(|part| part.as_os_str() == "files");
        files.into_iter().find(|(path, _)| of_data(path)).unwrap().1
    };
    let size = parquet.len() as u64;
    let file = "data/train-00000-of-00001.parquet";
    let hub = LoopbackHub::start([Repo::dataset("me/stories").file(file, parquet)]).unwrap();
    hub.lasting_fault(file, Fault::BytesPerSecond(size / 2));
    let root = disk.path().join("space");
    let program = Program::on(&root).with("HF_ENDPOINT", hub.endpoint());
    program.json(&["init", root.to_str().unwrap()]).unwrap();
    let child = program.start(&["download", "me/stories"]).unwrap();
    // The catalog has what it needs to remember the download; from here on only its bytes are written.
    assert!(eventually(|| hub.served(file) > size / 8));

    let filler = disk.path().join("filler");
    let mut filling = std::fs::File::create(&filler).unwrap();
    while filling.write_all(&[0; 4096]).is_ok() {}
    let ran = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    // Which of the two sees it first, the write or the look at the free space, is a race.
    let full = said.contains(&format!("Disk full while writing {file}."));
    assert!(full || said.contains("Insufficient storage: "), "{said}");

    drop(filling);
    std::fs::remove_file(filler).unwrap();
    hub.clear_faults();
    let resumed = program.json(&["resume", "stories"]).unwrap();
    assert_eq!(resumed["status"], "ready");
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn a_disk_that_others_fill_ends_the_download_before_it_is_full() {
    let Some(disk) = SmallDisk::mount("64m") else {
        eprintln!("skipped: this user may not mount a small disk, so none can be filled");
        return;
    };
    let size = 12 << 20;
    let hub =
        LoopbackHub::start([Repo::dataset("me/lines").file("train.txt", b"line of text\n".repeat(size / 13))]).unwrap();
    hub.lasting_fault("train.txt", Fault::StallAfter(1 << 20));
    let root = disk.path().join("space");
    let program = Program::on(&root).with("HF_ENDPOINT", hub.endpoint());
    program.json(&["init", root.to_str().unwrap()]).unwrap();
    let child = program.start(&["download", "me/lines"]).unwrap();
    assert!(eventually(|| hub.served("train.txt") >= 1 << 20));

    let filler = disk.path().join("filler");
    let free = mistudio_core::workspace::free_space(disk.path()).unwrap().available;
    std::fs::write(&filler, vec![0; (free - (6 << 20)) as usize]).unwrap();
    let ran = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("Insufficient storage: Dataset requires "), "{said}");
    assert!(said.contains("available. Please free up space or delete unused datasets."), "{said}");

    std::fs::remove_file(filler).unwrap();
    hub.clear_faults();
    assert_eq!(program.json(&["resume", "lines"]).unwrap()["status"], "ready");
    assert!(hub.served("train.txt") < (size as u64) + (1 << 20), "the beginning is not fetched again");
}

#[test]
fn a_subset_that_does_not_fit_is_refused_before_it_begins() {
    let Some(disk) = SmallDisk::mount("64m") else {
        eprintln!("skipped: this user may not mount a small disk, so none can be filled");
        return;
    };
    let source = tempfile::tempdir().unwrap();
    let path = source.path().join("rows.jsonl");
    let mut random = fastrand::Rng::with_seed(1);
    let mut letters = |count: usize| (0..count).map(|_| random.alphanumeric()).collect::<String>();
    let lines: Vec<String> =
        (0..20_000).map(|row| format!("{{\"n\": {row}, \"text\": \"{}\"}}", letters(400))).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let root = disk.path().join("space");
    let program = Program::on(&root);
    program.json(&["init", root.to_str().unwrap()]).unwrap();
    program.json(&["add", path.to_str().unwrap()]).unwrap();

    let filler = disk.path().join("filler");
    let free = mistudio_core::workspace::free_space(disk.path()).unwrap().available;
    std::fs::write(&filler, vec![0; (free - (3 << 20)) as usize]).unwrap();
    let refused = program.run(&["subset", "rows", "--name", "most", "--where", "n % 10 <> 0"]).unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("Insufficient storage: Dataset requires "), "{}", refused.stderr);
    assert_eq!(program.json(&["list"]).unwrap()["total"], 1);

    std::fs::remove_file(filler).unwrap();
    let made = program.json(&["subset", "rows", "--name", "most", "--where", "n % 10 <> 0"]).unwrap();
    assert_eq!(made["num_samples"], 18_000);
}
