//! Downloads that end early and go on: nothing that is here is fetched again.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mistudio_core::hub::{FetchPlan, HubClient, HubError};
use mistudio_core::jobs::{Stop, control};
use mistudio_tests::hub::{Content, Fault, Kind, LoopbackHub, Repo};

use super::{MIB, PROMPTLY, client, fetch, on_disk, plan, settled};

const FILE: &str = "data/train-00000-of-00001.parquet";

fn stories() -> (LoopbackHub, Content) {
    let content = Content::generated(3, 12 * MIB + 5);
    let repo = Repo::dataset("o/n").file(FILE, content.clone()).file("small.csv", "text\na\n");
    (LoopbackHub::start([repo]).unwrap(), content)
}

/// Fetches slowly and asks to stop once this many bytes are here; returns how long stopping took.
async fn fetch_some(hub: &LoopbackHub, client: &HubClient, plan: &FetchPlan, bytes: u64, stop: Stop) -> Duration {
    hub.lasting_fault(FILE, Fault::BytesPerSecond(8 * MIB));
    let (control, handle) = control();
    let asked = async {
        let mut reports = handle.watch();
        reports.wait_for(|report| report.done >= bytes).await.unwrap();
        handle.stop(stop);
        Instant::now()
    };
    let (result, asked) = tokio::join!(fetch(client, plan, &control), asked);
    let took = asked.elapsed();
    assert!(matches!(result, Err(HubError::Stopped(stopped)) if stopped.0 == stop), "{result:?}");
    hub.clear_faults();
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_takes_effect_at_once_and_a_resume_continues() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    for bytes in [3 * MIB, 6 * MIB] {
        let took = fetch_some(&hub, &client, &plan, bytes, Stop::Pause).await;
        assert!(took < PROMPTLY, "{took:?}");
        settled(&hub, FILE).await;
        assert!(hub.served(FILE) < content.size(), "the transfer went on");
    }
    let here = std::fs::metadata(folder.path().join(format!("{FILE}.part"))).unwrap().len();
    assert!(here >= 6 * MIB - 100);
    let (control, handle) = control();
    let mut first = u64::MAX;
    let mut last = 0;
    let fetching = fetch(&client, &plan, &control);
    let watching = async {
        let mut reports = handle.watch();
        while reports.changed().await.is_ok() {
            let report = reports.borrow_and_update().clone();
            if report.phase == "Downloading" && report.done > 0 {
                assert!(report.done >= last, "progress went back from {last} to {}", report.done);
                (first, last) = (first.min(report.done), report.done);
            }
        }
    };
    let report = tokio::select! {
        report = fetching => report.unwrap(),
        () = watching => unreachable!("the sender lives"),
    };
    assert!(first >= here, "began at {first} with {here} on disk");
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert!(report.fetched <= content.size() + 7 - here);
    let twice = hub.served(FILE) - content.size();
    assert!(twice < MIB, "{twice} bytes were fetched twice");
    assert_eq!(hub.served("small.csv"), 7);
    let resumed = hub.requests().into_iter().rev().find(|request| request.served > 7).unwrap();
    assert_eq!(resumed.range, Some(format!("bytes={here}-")));
    assert_eq!(resumed.status, 206);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_is_dropped_continues() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.lasting_fault(FILE, Fault::BytesPerSecond(8 * MIB));
    let (control, handle) = control();
    let mut reports = handle.watch();
    tokio::select! {
        result = fetch(&client, &plan, &control) => panic!("{result:?}"),
        report = reports.wait_for(|report| report.done >= 2 * MIB) => drop(report.unwrap()),
    }
    hub.clear_faults();
    settled(&hub, FILE).await;
    fetch(&client, &plan, &control).await.unwrap();
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert!(hub.served(FILE) - content.size() < MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_are_taken_up_where_they_broke() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    for _ in 0..5 {
        hub.fault(FILE, Fault::CutAfter(2 * MIB));
    }
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(report.retries, 5);
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert!(hub.served(FILE) - content.size() < MIB, "{} of {}", hub.served(FILE), content.size());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_network_says_how_much_is_here_and_resume_continues() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(FILE, Fault::CutAfter(6 * MIB));
    for _ in 0..4 {
        hub.fault(FILE, Fault::CutAfter(0));
    }
    let error = fetch(&client, &plan, &control().0).await.unwrap_err().to_string();
    assert!(error.starts_with("Network error: the connection broke"), "{error}");
    assert!(error.ends_with("Downloaded 6.0 of 12.0 MB; Resume continues from there."), "{error}");
    assert!(!error.contains("http"), "{error}");
    fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert!(hub.served(FILE) - content.size() < MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_is_begun_anew_and_it_alone() {
    let (hub, _) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let first = plan(&client, "o/n", folder.path()).await;
    fetch_some(&hub, &client, &first, 3 * MIB, Stop::Shutdown).await;
    let changed = Content::generated(4, 12 * MIB + 5);
    hub.push(Kind::Dataset, "o/n", FILE, changed.clone()).unwrap();
    hub.clear_requests();
    let second = plan(&client, "o/n", folder.path()).await;
    assert_ne!(first.sha, second.sha);
    let report = fetch(&client, &second, &control().0).await.unwrap();
    assert_eq!((report.already, report.refetched.len()), (1, 0));
    assert_eq!(on_disk(folder.path())[FILE], changed.to_vec().unwrap());
    assert_eq!((hub.served(FILE), hub.served("small.csv")), (changed.size(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tag_for_the_same_path_begins_the_file_anew() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    fetch_some(&hub, &client, &plan, 3 * MIB, Stop::Pause).await;
    hub.clear_requests();
    hub.fault(FILE, Fault::Etag("another".into()));
    hub.fault(FILE, Fault::Etag("another".into()));
    fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert!(hub.requests().iter().any(|request| request.range.is_none() && request.served == content.size()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_ranges_sends_all_again_and_the_file_is_right() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    fetch_some(&hub, &client, &plan, 3 * MIB, Stop::Pause).await;
    hub.lasting_fault(FILE, Fault::IgnoreRange);
    fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
}

/// The other half of the test below: downloads until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by a_killed_program_continues"]
async fn downloads_until_killed() {
    // With `--ignored` it is started by nobody in particular.
    let Ok(endpoint) = std::env::var("LOOPBACK_ENDPOINT") else { return };
    let folder = std::env::var("LOOPBACK_FOLDER").unwrap();
    let options = mistudio_core::hub::HubOptions { endpoint: Some(endpoint), ..Default::default() };
    let client = HubClient::new(options).unwrap();
    let plan = plan(&client, "o/n", Path::new(&folder)).await;
    fetch(&client, &plan, &control().0).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_continues() {
    let (hub, content) = stories();
    let folder = tempfile::tempdir().unwrap();
    hub.lasting_fault(FILE, Fault::BytesPerSecond(8 * MIB));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hub::resume::downloads_until_killed", "--ignored"])
        .env("LOOPBACK_ENDPOINT", hub.endpoint())
        .env("LOOPBACK_FOLDER", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let part = folder.path().join(format!("{FILE}.part"));
    let began = Instant::now();
    while std::fs::metadata(&part).map_or(0, |part| part.len()) < 4 * MIB {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is downloaded");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    hub.clear_faults();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    let twice = hub.served(FILE) - content.size();
    assert!(twice < MIB, "{twice} bytes were fetched twice");
}
