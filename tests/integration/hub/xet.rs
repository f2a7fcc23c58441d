//! Files in Xet storage: the same parts, checksums and resumes as over plain HTTP.

use std::time::Instant;

use mistudio_core::hub::{FetchPlan, HubError};
use mistudio_core::jobs::{Stop, control};
use mistudio_tests::hub::{Content, Fault, LoopbackHub, Options, Repo};

use super::{MIB, PROMPTLY, client, fetch, on_disk, plan, settled};

const FILE: &str = "data/train-00000-of-00001.parquet";

/// One chunk, which comes again at the seam.
const CHUNK: u64 = 64 * 1024;

fn stories(options: Options) -> (LoopbackHub, Content) {
    let content = Content::generated(5, 9 * MIB + 77_777);
    let repo = Repo::dataset("o/n").file(FILE, content.clone()).xet(FILE).file("small.csv", "text\na\n");
    (LoopbackHub::start_with(options, [repo]).unwrap(), content)
}

/// Which requests went where: to Xet storage, and for the file over plain HTTP.
fn requests(hub: &LoopbackHub) -> (usize, usize) {
    let asked = hub.requests();
    let of = |prefix: &str| asked.iter().filter(|request| request.path.starts_with(prefix)).count();
    (of("/xet/blocks/"), of("/cdn/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_xet_storage_arrives_whole_and_leaves_nothing_else() {
    let (hub, content) = stories(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!((report.without_xet, report.fetched), (None, content.size() + 7));
    let there = on_disk(folder.path());
    assert_eq!(there[FILE], content.to_vec().unwrap());
    assert_eq!(there.len(), 2, "{:?}", there.keys());
    assert!(!folder.path().join(".download.xet").exists());
    let (blocks, over_http) = requests(&hub);
    assert!(blocks >= 10 && over_http == 0, "{blocks} blocks, {over_http} requests over plain HTTP");
    let stray: Vec<_> = hub.requests().into_iter().filter(|request| request.status >= 400).collect();
    assert!(stray.is_empty(), "{stray:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_the_transfer_and_a_resume_goes_on_at_the_chunk() {
    let (hub, content) = stories(Options { bytes_per_second: Some(MIB), ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    let (control, handle) = control();
    let asked = async {
        handle.watch().wait_for(|report| report.done >= 2 * MIB).await.unwrap();
        handle.stop(Stop::Pause);
        Instant::now()
    };
    let (result, asked) = tokio::join!(fetch(&client, &plan, &control), asked);
    assert!(asked.elapsed() < PROMPTLY, "{:?}", asked.elapsed());
    assert!(matches!(result, Err(HubError::Stopped(_))), "{result:?}");
    let here = std::fs::metadata(folder.path().join(format!("{FILE}.part"))).unwrap().len();
    assert!(here >= 2 * MIB - 7);
    // What goes on behind the back of a stop would end only with the whole file.
    settled(&hub, FILE).await;
    let before = hub.served(FILE);
    assert!(before < content.size(), "the transfer went on");
    hub.clear_requests();
    fetch(&client, &plan, &super::control().0).await.unwrap();
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    let rest = content.size() - here;
    let framing = 8 * (rest / CHUNK + 2) + 20 * 400;
    assert!(hub.served(FILE) <= rest + CHUNK + framing, "{} sent of {rest} left, {before} before", hub.served(FILE));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_break_are_taken_up_again() {
    let (hub, content) = stories(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    for fault in [Fault::CutAfter(1000), Fault::StorageStatus(500), Fault::StorageStatus(403), Fault::CutAfter(0)] {
        hub.fault(FILE, fault);
    }
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(report.without_xet, None);
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert_eq!(requests(&hub).1, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_that_has_expired_is_asked_for_again() {
    let (hub, content) = stories(Options { bytes_per_second: Some(4 * MIB), ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(FILE, Fault::CutAfter(CHUNK));
    hub.fault(FILE, Fault::CutAfter(CHUNK));
    let (control, handle) = control();
    let expire = async {
        handle.watch().wait_for(|report| report.done > 0).await.unwrap();
        hub.expire_xet();
    };
    let (report, ()) = tokio::join!(fetch(&client, &plan, &control), expire);
    assert_eq!(report.unwrap().without_xet, None);
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bytes_from_xet_storage_are_found_and_come_another_way() {
    let (hub, content) = stories(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(FILE, Fault::WrongByteAt(1000));
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!(report.refetched, [FILE]);
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert_eq!(requests(&hub).1, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_xet_storage_cannot_be_reached_the_file_comes_over_plain_http_and_it_is_told() {
    // Nobody listens there.
    let nobody = Some("http://127.0.0.1:1/xet".to_owned());
    let (hub, content) = stories(Options { xet_endpoint: nobody, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan: FetchPlan = plan(&client, "o/n", folder.path()).await;
    let (control, handle) = control();
    let mut notes = Vec::new();
    let watching = async {
        let mut reports = handle.watch();
        while reports.changed().await.is_ok() {
            notes.extend(reports.borrow_and_update().note.clone());
        }
    };
    let report = tokio::select! {
        report = fetch(&client, &plan, &control) => report.unwrap(),
        () = watching => unreachable!("the sender lives"),
    };
    assert_eq!(report.without_xet.as_deref(), Some("the connection to Xet storage broke"));
    assert!(notes.iter().any(|note| note.ends_with("Downloading over plain HTTP instead.")), "{notes:?}");
    assert!(notes.iter().all(|note| !note.contains("127.0.0.1")), "{notes:?}");
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
    assert_eq!(requests(&hub), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_gives_no_access_to_xet_storage_still_gives_the_file() {
    let status = |code| Fault::Status { code, headers: Vec::new() };
    for (fault, why) in [
        (status(404), "Hugging Face answered 404 when asked for access to it"),
        (status(403), "Hugging Face answered 403 when asked for access to it"),
        (Fault::unavailable(), "Hugging Face answered 503 when asked for access to it"),
        (status(200), "the Hub gives no access to it"),
    ] {
        let (hub, content) = stories(Options::default());
        let folder = tempfile::tempdir().unwrap();
        let client = client(&hub, None);
        let plan = plan(&client, "o/n", folder.path()).await;
        hub.lasting_fault(&format!("/api/datasets/o/n/xet-read-token/{}", plan.sha), fault);
        let report = fetch(&client, &plan, &control().0).await.unwrap();
        assert_eq!(report.without_xet.as_deref(), Some(why));
        assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
        assert_eq!(requests(&hub), (0, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_that_is_lost_on_the_way_is_asked_for_again() {
    let (hub, content) = stories(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault(&format!("/api/datasets/o/n/xet-read-token/{}", plan.sha), Fault::Reset);
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!((report.without_xet, report.retries), (None, 1));
    assert_eq!(on_disk(folder.path())[FILE], content.to_vec().unwrap());
}
