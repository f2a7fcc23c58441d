//! What a Hub can do wrong, and what becomes of it.

use std::time::{Duration, Instant};

use mistudio_core::hub::{FetchPlan, FetchReport, HubClient, HubError};
use mistudio_core::jobs::{Handle, Stop, control};
use mistudio_tests::hub::{Content, Fault, Kind, LoopbackHub, Repo};

use super::{MIB, client, fetch, on_disk, plan, settled};

const FILE: &str = "x.parquet";

fn hub() -> LoopbackHub {
    LoopbackHub::start([Repo::dataset("o/n").file(FILE, Content::generated(1, 2 * MIB)).file("y.csv", "a\n")]).unwrap()
}

/// Fetches, and returns every note that was shown on the way.
async fn fetch_noting(client: &HubClient, plan: &FetchPlan) -> (Result<FetchReport, HubError>, Vec<String>) {
    let (control, handle) = control();
    let mut notes: Vec<String> = Vec::new();
    let watching = async {
        let mut reports = handle.watch();
        while reports.changed().await.is_ok() {
            let note = reports.borrow_and_update().note.clone();
            notes.extend(note.filter(|note| notes.last() != Some(note)));
        }
    };
    let result = tokio::select! {
        result = fetch(client, plan, &control) => result,
        () = watching => unreachable!("the sender lives"),
    };
    assert_eq!(handle.report().note, None, "the note outlives the download");
    (result, notes)
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_are_fetched_once_more_and_then_given_up() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(FILE, Fault::WrongByteAt(MIB));
    hub.fault(FILE, Fault::WrongByteAt(MIB));
    let (result, notes) = fetch_noting(&client, &plan).await;
    assert_eq!(
        result.unwrap_err().to_string(),
        "File x.parquet is corrupted (sha256 differs), and was so when downloaded again. Delete and download again."
    );
    assert_eq!(notes, ["File x.parquet is corrupted (sha256 differs). It will be downloaded again."]);
    assert!(!folder.path().join(FILE).exists());

    hub.fault("y.csv", Fault::WrongByteAt(0));
    let other = tempfile::tempdir().unwrap();
    let plan = FetchPlan { dest: other.path().to_owned(), ..plan };
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(report.refetched, ["y.csv"]);
    assert_eq!(on_disk(other.path())["y.csv"], b"a\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_waited_out_whichever_way_it_is_told() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(FILE, Fault::too_many_requests(1));
    hub.fault(FILE, Fault::rate_limited(1));
    let began = Instant::now();
    let (result, notes) = fetch_noting(&client, &plan).await;
    assert_eq!(result.unwrap().retries, 0);
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(notes.first().map(String::as_str), Some("Rate limited by Hugging Face. Retrying in 1 s."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_asks_for_an_eternity_gets_an_hour() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    let told = async |control: Handle| {
        let mut reports = control.watch();
        let told = reports.wait_for(|report| report.note.is_some()).await.unwrap().note.clone();
        control.stop(Stop::Cancel);
        told.unwrap()
    };
    for fault in [Fault::too_many_requests(u64::MAX), Fault::rate_limited(u64::MAX)] {
        hub.fault(FILE, fault.clone());
        let (fetching, handle) = control();
        let (result, note) = tokio::join!(fetch(&client, &plan, &fetching), told(handle));
        assert!(matches!(result, Err(HubError::Stopped(_))), "{result:?}");
        assert_eq!(note, "Rate limited by Hugging Face. Retrying in 3600 s.");
    }
    hub.fault("/api/datasets/o/n/revision/main", Fault::too_many_requests(u64::MAX));
    let (describing, handle) = control();
    let (result, note) = tokio::join!(client.describe(&plan.repo, None, &describing), told(handle));
    assert!(matches!(result, Err(HubError::Stopped(_))));
    assert_eq!(note, "Rate limited by Hugging Face. Retrying in 3600 s.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_away_is_asked_three_times_more() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    for _ in 0..3 {
        hub.fault(FILE, Fault::unavailable());
    }
    let (result, notes) = fetch_noting(&client, &plan).await;
    assert_eq!(result.unwrap().retries, 3);
    assert!(notes.iter().all(|note| note.starts_with("Network error: Hugging Face answered 503. Retrying in ")));

    let other = tempfile::tempdir().unwrap();
    hub.lasting_fault(FILE, Fault::unavailable());
    hub.clear_requests();
    let plan = FetchPlan { dest: other.path().to_owned(), ..plan };
    let error = fetch(&client, &plan, &control().0).await.unwrap_err().to_string();
    assert!(error.starts_with("Network error: Hugging Face answered 503. Downloaded "), "{error}");
    assert_eq!(hub.requests().iter().filter(|request| request.file.as_deref() == Some(FILE)).count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_connection_is_dead_after_a_while() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(FILE, Fault::StallAfter(MIB));
    let began = Instant::now();
    let (result, notes) = fetch_noting(&client, &plan).await;
    assert_eq!(result.unwrap().retries, 1);
    assert!(notes[0].starts_with("Network error: no data for 1 s. Retrying in "), "{notes:?}");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert!(hub.served(FILE) <= 2 * MIB + MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_for_good_ends_the_whole_run_and_keeps_the_rest() {
    let hub = hub();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let mut plan = plan(&client, "o/n", folder.path()).await;
    let mut gone = plan.files[0].clone();
    gone.path = "gone.csv".into();
    plan.files.push(gone);
    hub.lasting_fault(FILE, Fault::BytesPerSecond(MIB / 2));
    let error = fetch(&client, &plan, &control().0).await.unwrap_err().to_string();
    assert_eq!(error, "Repository 'o/n' has no file 'gone.csv' any more. Inspect it again.");
    settled(&hub, FILE).await;
    assert!(hub.served(FILE) < 2 * MIB, "the others went on");
    hub.clear_faults();
    plan.files.pop();
    fetch(&client, &plan, &control().0).await.unwrap();
    assert!(hub.served(FILE) < 3 * MIB);
    assert_eq!(hub.sha(Kind::Dataset, "o/n", "main"), Some(plan.sha));
}
