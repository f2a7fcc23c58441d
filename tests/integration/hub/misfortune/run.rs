//! One unlucky download: its runs, and how each of them ends.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;
use mistudio_core::hub::{FetchLimits, FetchPlan, FetchReport, HubClient, HubError};
use mistudio_core::jobs::control;
use mistudio_tests::hub::LoopbackHub;
use mistudio_tests::hub::misfortune::{Ending, Litter, Misfortune};

use super::super::{MIB, plan};
use super::checks::{Sent, Watch, begins_anew, complete, corrupts, is_right_if_there, no_address};
use super::impatient;
use super::tally::Tally;

/// Far longer than any run takes: a run that waits for something that never comes fails instead of hanging.
const FOREVER: Duration = Duration::from_mins(2);

/// A stop takes effect within a second; the rest is for a machine that is busy with other things.
const STOP: Duration = super::super::PROMPTLY;

/// Each fault can end a run; a download that takes more runs than that does not get on.
const MOST_RUNS: usize = 100;

pub(super) struct Download<'a> {
    hub: &'a LoopbackHub,
    client: &'a HubClient,
    misfortune: &'a Misfortune,
    folder: tempfile::TempDir,
    rng: Rng,
    tally: Tally,
    /// Files whose parts a crash has left other than the program wrote them.
    littered: Vec<String>,
}

impl<'a> Download<'a> {
    pub(super) fn new(hub: &'a LoopbackHub, client: &'a HubClient, misfortune: &'a Misfortune) -> Self {
        Self {
            hub,
            client,
            misfortune,
            folder: tempfile::tempdir().unwrap(),
            rng: Rng::with_seed(!misfortune.seed),
            tally: Tally::default(),
            littered: Vec::new(),
        }
    }

    /// Runs it until it is complete.
    pub(super) async fn through(mut self) -> Tally {
        let plan = plan(self.client, &format!("unlucky/{}", self.misfortune.seed), self.folder.path()).await;
        let mut endings = self.misfortune.endings.iter().copied();
        let mut done = false;
        while !done {
            self.tally.runs += 1;
            assert!((self.tally.runs as usize) < MOST_RUNS, "the download does not get on");
            let ending = endings.next().unwrap_or(Ending::Left);
            let run = tokio::time::timeout(FOREVER, self.run(&plan, ending)).await;
            done = run.unwrap_or_else(|_| panic!("a run hangs"));
            for file in &self.misfortune.files {
                is_right_if_there(self.folder.path(), file);
            }
        }
        self.account();
        self.tally
    }

    /// One run; whether the download is complete.
    async fn run(&mut self, plan: &FetchPlan, ending: Ending) -> bool {
        let (control, handle) = control();
        let mut watch = Watch::new(self.folder.path(), self.misfortune);
        // Not every run of the program is the same client.
        let own = self.rng.bool().then(|| impatient(self.hub.endpoint()));
        let client = own.as_ref().unwrap_or(self.client);
        let fetching = client.fetch(plan, FetchLimits::default(), &control);
        tokio::pin!(fetching);
        let result = match ending {
            Ending::Left => tokio::select! {
                result = &mut fetching => result,
                () = watch.until(&handle, None) => unreachable!("the sender lives"),
            },
            Ending::Stopped(stop, changes) => tokio::select! {
                result = &mut fetching => result,
                () = watch.until(&handle, Some(changes)) => {
                    handle.stop(stop);
                    let asked = Instant::now();
                    let result = fetching.await;
                    self.tally.slowest_stop = self.tally.slowest_stop.max(asked.elapsed());
                    assert!(asked.elapsed() < STOP, "stopping took {:?}", asked.elapsed());
                    self.tally.fault(format!("{stop:?}"));
                    result
                }
            },
            Ending::Dropped(changes) => tokio::select! {
                result = &mut fetching => result,
                () = watch.until(&handle, Some(changes)) => {
                    self.tally.fault("dropped");
                    return false;
                }
            },
            Ending::Killed(thousandths) => {
                self.kill(thousandths).await;
                return false;
            }
        };
        self.judge(result)
    }

    /// Whether a run may end so; whether it is the end.
    fn judge(&mut self, result: Result<FetchReport, HubError>) -> bool {
        let error = match result {
            Ok(report) => {
                complete(self.folder.path(), self.misfortune);
                assert_eq!(report.files, self.misfortune.files.len() as u64);
                return true;
            }
            Err(error) => error,
        };
        let text = error.to_string();
        no_address(&text);
        no_address(&format!("{error:?}"));
        match error {
            HubError::Stopped(_) => {}
            HubError::Network { progress: Some((done, total)), .. } => {
                assert!(done <= total, "{text}");
                assert!(text.ends_with("Resume continues from there."), "{text}");
                self.tally.error(&text);
            }
            HubError::Corrupted { file, .. } => {
                let in_xet = self.misfortune.files.iter().any(|victim| victim.path == file && victim.xet);
                let struck = self.hub.struck(&file);
                let blamed = struck.iter().any(|fault| corrupts(fault) || in_xet) || self.littered.contains(&file);
                assert!(blamed, "nothing corrupted {file}");
                self.tally.error("corrupted");
            }
            other => panic!("not an error of the table: {other:?}"),
        }
        for file in &self.misfortune.files {
            if file.lasting.is_some() && !self.hub.struck(&file.path).is_empty() {
                self.hub.clear_faults_of(&file.path);
            }
        }
        false
    }

    /// A run in a process of its own, killed when so much of it is on disk.
    async fn kill(&mut self, thousandths: u64) {
        let folder = self.folder.path().to_owned();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hub::misfortune::run::downloads_until_killed", "--ignored"])
            .env("LOOPBACK_ENDPOINT", self.hub.endpoint())
            .env("LOOPBACK_FOLDER", &folder)
            .env("LOOPBACK_SEED", self.misfortune.seed.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let total: u64 = self.misfortune.files.iter().map(|file| file.content.size()).sum();
        while child.try_wait().unwrap().is_none() && size_of(&folder) * 1000 < total * thousandths + 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        self.tally.fault("killed");
        if let Some(litter) = Misfortune::litter(&mut self.rng) {
            self.litter(litter);
        }
    }

    /// Leaves what a crash could have left.
    fn litter(&mut self, litter: Litter) {
        let file = &self.misfortune.files[self.rng.usize(..self.misfortune.files.len())];
        let beside = |end: &str| self.folder.path().join(format!("{}{end}", file.path));
        let in_place = beside("").exists();
        let half = |path: &Path| {
            let bytes = std::fs::read(path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        };
        match litter {
            Litter::NewJournal if beside(".part").exists() => std::fs::write(beside(".part.json~"), "{\"ur").unwrap(),
            Litter::OldJournal if in_place => std::fs::write(beside(".part.json"), "{}").unwrap(),
            Litter::TornJournal if beside(".part.json").exists() => {
                half(&beside(".part.json"));
                self.littered.push(file.path.clone());
            }
            Litter::TornList if self.folder.path().join(".download.jsonl").exists() => {
                half(&self.folder.path().join(".download.jsonl"));
            }
            Litter::ShortPart if beside(".part").exists() => {
                half(&beside(".part"));
                self.littered.push(file.path.clone());
            }
            Litter::ZeroTail if beside(".part").exists() => {
                let mut bytes = std::fs::read(beside(".part")).unwrap();
                let whole = bytes.len();
                bytes[whole - whole / 3..].fill(0);
                std::fs::write(beside(".part"), bytes).unwrap();
                self.littered.push(file.path.clone());
            }
            _ => return,
        }
        self.tally.fault(format!("{litter:?}"));
    }

    /// Says what was sent how often, and fails where that was too often.
    fn account(&mut self) {
        self.tally.downloads = 1;
        for file in &self.misfortune.files {
            let struck = self.hub.struck(&file.path);
            let littered = self.littered.iter().filter(|path| **path == file.path).count();
            let anew = struck.iter().filter(|fault| begins_anew(fault)).count() + littered;
            let sent = Sent::of(self.hub, file, anew > 0 || file.xet);
            let size = file.content.size();
            self.tally.bytes += size;
            self.tally.served += sent.bytes;
            for fault in &struck {
                self.tally.fault(format!("{}{}", if file.xet { "xet " } else { "" }, fault.kind()));
            }
            if file.xet {
                // What of it may come twice is bounded by the library's buffers, which hold all of these files.
                continue;
            }
            // Each such fault costs the file at most twice: once when it strikes, once when it is over. A lasting one
            // strikes as often as the file is tried.
            let most = (1 + 2 * anew as u64) * size + sent.breaks * MIB.min(size);
            assert!(
                sent.bytes <= most,
                "{}: {} bytes sent of a file of {size}, at most {most} needed: {struck:?}",
                file.path,
                sent.bytes
            );
            self.tally.twice.extend(sent.twice);
        }
    }
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The process that is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the downloads that are killed"]
async fn downloads_until_killed() {
    let variable = |name: &str| std::env::var(name).ok();
    let Some(endpoint) = variable("LOOPBACK_ENDPOINT") else { return };
    let (folder, seed) = (variable("LOOPBACK_FOLDER").unwrap(), variable("LOOPBACK_SEED").unwrap());
    let client = impatient(&endpoint);
    let plan = plan(&client, &format!("unlucky/{seed}"), Path::new(&folder)).await;
    drop(client.fetch(&plan, FetchLimits::default(), &control().0).await);
}
