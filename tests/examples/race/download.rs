//! Downloads from the loopback Hub, against `hf download`.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mistudio_core::hub::{FetchLimits, FetchPlan, HubClient, HubOptions, RepoKind, RepoRef};
use mistudio_core::jobs::control;
use mistudio_tests::hub::{Content, Fault, LoopbackHub, Options, Repo};
use mistudio_tests::program::eventually;

use crate::measure::{Running, Taken, median, medians};
use crate::peer::{Peer, fresh, work_folder};

const RUNS: usize = 5;
const BLOCK: u64 = 1 << 20;
const REPO: &str = "race/data";

/// Many small files, and few large ones: time, processor time, memory, and the time to the first byte.
pub(crate) fn download() -> Result<()> {
    let peer = Peer::with("hub", &["huggingface_hub==2.4.0"])?;
    println!("{:<34} {:>34} {:>34} {:>7}", "", "miStudio", "hf download", "ratio");
    for (what, files, size) in [("1,000 files of 20 KB", 1_000, 20 << 10), ("4 files of 256 MB", 4, 256 << 20)] {
        let hub = serve(files, size)?;
        let (mut ours, mut theirs, mut first) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
        for _ in 0..RUNS {
            let (dest, other) = (work_folder()?.join("ours"), work_folder()?.join("theirs"));
            fresh(&dest)?;
            fresh(&other)?;
            let (taken, waited) = timed(&hub, &mut our_fetch(&hub, &dest)?)?;
            ours.push(taken);
            first[0].push(waited);
            let (taken, waited) = timed(&hub, &mut their_fetch(&peer, &hub, &other))?;
            theirs.push(taken);
            first[1].push(waited);
            ensure!(same_files(&dest, &other)?, "the two sides have different files");
            fresh(&dest)?;
            fresh(&other)?;
        }
        let (ours, theirs) = (medians(&ours), medians(&theirs));
        let ratio = theirs.wall.as_secs_f64() / ours.wall.as_secs_f64();
        println!("{what:<34} {:>34} {:>34} {ratio:>6.1}x", ours.to_string(), theirs.to_string());
        let [ours, theirs] = first.map(median);
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        let milliseconds = |wait: Duration| format!("{} ms", wait.as_millis());
        println!(
            "{:<34} {:>34} {:>34} {ratio:>6.1}x",
            "  start to first byte",
            milliseconds(ours),
            milliseconds(theirs)
        );
    }
    Ok(())
}

/// Kills both sides in the middle of a file and lets them go on: what is fetched twice, at the speed of a fast line and
/// as fast as it goes, where the system's buffers are full of bytes that nobody has taken yet.
pub(crate) fn killed() -> Result<()> {
    let peer = Peer::with("hub", &["huggingface_hub==2.4.0"])?;
    let size = 512 << 20;
    let hub = serve(1, size)?;
    let (dest, other) = (work_folder()?.join("ours"), work_folder()?.join("theirs"));
    println!("one file of 512 MB, killed at about a half, then continued; fetched twice:");
    for (how, limit) in [("1 Gbit/s", Some(120 << 20)), ("unlimited", None)] {
        hub.clear_faults();
        if let Some(limit) = limit {
            hub.lasting_fault(&path(0, 1), Fault::BytesPerSecond(limit));
        }
        for (who, folder) in [("miStudio", &dest), ("hf download", &other)] {
            let command =
                || if who == "miStudio" { our_fetch(&hub, folder) } else { Ok(their_fetch(&peer, &hub, folder)) };
            fresh(folder)?;
            hub.clear_requests();
            let mut running = Running::start(&mut command()?)?;
            ensure!(eventually(|| served(&hub) > size / 2), "no bytes came");
            running.child.kill()?;
            running.child.wait()?;
            let first = served(&hub);
            let taken = Running::start(&mut command()?)?.end()?;
            let twice = served(&hub) - size;
            println!("{how:<12} {who:<12} {:>8.2} MB ({:.0} MB had come; then {taken})", mb(twice), mb(first));
            fresh(folder)?;
        }
    }
    Ok(())
}

/// 20 GB through our side alone: memory and speed.
pub(crate) fn huge() -> Result<()> {
    let hub = serve(4, 5 << 30)?;
    let dest = work_folder()?.join("ours");
    fresh(&dest)?;
    let taken = Running::start(&mut our_fetch(&hub, &dest)?)?.end()?;
    let rate = 20.0 * 1024.0 / taken.wall.as_secs_f64();
    println!("4 files of 5 GB: {taken}, {rate:.0} MB/s, written, verified and synced");
    fresh(&dest)
}

/// The body of our side's process: inspect, fetch, verify, as a download of the program does.
pub(crate) fn fetch(arguments: &[String]) -> Result<()> {
    let [endpoint, dest] = arguments else { anyhow::bail!("fetch ENDPOINT FOLDER") };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let client = HubClient::new(HubOptions { endpoint: Some(endpoint.clone()), ..HubOptions::default() })?;
    let (control, _handle) = control();
    runtime.block_on(async {
        let repo = RepoRef::parse(REPO, RepoKind::Dataset, endpoint)?;
        let snapshot = client.describe(&repo.id, None, &control).await?;
        let plan = FetchPlan { repo: repo.id, sha: snapshot.sha, files: snapshot.files, dest: dest.into() };
        client.fetch(&plan, FetchLimits::default(), &control).await?;
        Ok(())
    })
}

fn serve(files: u64, size: u64) -> Result<LoopbackHub> {
    // Little room for bytes that wait to be sent: what counts as served has about arrived.
    let options = Options { send_buffer: Some(64 << 10), ..Options::default() };
    Ok(LoopbackHub::start_with(options, [repo(files, size)])?)
}

fn repo(files: u64, size: u64) -> Repo {
    let add = |repo: Repo, number| repo.file(&path(number, files), Content::generated(number, size));
    (0..files).fold(Repo::dataset(REPO), add)
}

fn path(number: u64, files: u64) -> String {
    format!("data/train-{number:05}-of-{files:05}.parquet")
}

fn our_fetch(hub: &LoopbackHub, dest: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["fetch", hub.endpoint()]).arg(dest);
    Ok(command)
}

fn their_fetch(peer: &Peer, hub: &LoopbackHub, dest: &Path) -> Command {
    let mut command = peer.command("hf");
    command.args(["download", REPO, "--repo-type", "dataset", "--quiet", "--local-dir"]).arg(dest);
    command.env("HF_ENDPOINT", hub.endpoint()).env("HF_HOME", dest.join(".home")).env("HF_HUB_DISABLE_XET", "1");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A run from start to end, and from its start to the first byte of data that the Hub sent.
fn timed(hub: &LoopbackHub, command: &mut Command) -> Result<(Taken, Duration)> {
    hub.clear_requests();
    let running = Running::start(command)?;
    ensure!(eventually(|| served(hub) > 0), "no bytes came");
    let first = running.age();
    Ok((running.end()?, first))
}

fn served(hub: &LoopbackHub) -> u64 {
    hub.requests().iter().filter(|request| request.file.is_some()).map(|request| request.served).sum()
}

fn same_files(one: &Path, other: &Path) -> Result<bool> {
    let mut any = false;
    for entry in std::fs::read_dir(one.join("data"))? {
        let path = entry?.path();
        let theirs = other.join(path.strip_prefix(one)?);
        if !same_bytes(&path, &theirs)? {
            return Ok(false);
        }
        any = true;
    }
    Ok(any)
}

/// Block by block: what this process holds would count as held by those it starts.
fn same_bytes(one: &Path, other: &Path) -> Result<bool> {
    let open = |path: &Path| std::fs::File::open(path).with_context(|| format!("{} is missing", path.display()));
    let (mut one, mut other) = (open(one)?, open(other)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        one.by_ref().take(BLOCK).read_to_end(&mut left)?;
        other.by_ref().take(BLOCK).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
