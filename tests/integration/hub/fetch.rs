//! Downloads that go well, and those that must not begin.

use mistudio_core::hub::{FetchLimits, FetchPlan, HubClient, HubOptions};
use mistudio_core::jobs::control;
use mistudio_tests::hub::{Content, Fault, LoopbackHub, Repo};

use super::{MIB, client, fetch, on_disk, plan};

#[tokio::test(flavor = "multi_thread")]
async fn files_arrive_in_the_layout_of_the_repository_and_only_once() {
    let large = Content::generated(1, 3 * MIB + 17);
    let mut repo = Repo::dataset("o/n")
        .file("data/train-00000-of-00001.parquet", large.clone())
        .file("odd names/a b#1%.csv", "text\nhello\n")
        .file("empty.txt", "");
    for number in 0..20 {
        repo = repo.file(&format!("many/{number}.json"), format!("[{number}]"));
    }
    let hub = LoopbackHub::start([repo]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    let (control, handle) = control();
    let report = fetch(&client, &plan, &control).await.unwrap();
    let files = on_disk(folder.path());
    assert_eq!(files.len(), 23, "{:?}", files.keys());
    assert_eq!(files["data/train-00000-of-00001.parquet"], large.to_vec().unwrap());
    assert_eq!(files["odd names/a b#1%.csv"], b"text\nhello\n");
    assert_eq!(files["many/7.json"], b"[7]");
    assert_eq!((report.files, report.already, report.fetched), (23, 0, report.bytes));
    let shown = handle.report();
    assert_eq!((shown.done, shown.total, shown.files), (report.bytes, Some(report.bytes), Some((23, 23))));

    hub.clear_requests();
    let again = fetch(&client, &plan, &control).await.unwrap();
    assert_eq!((again.already, again.fetched), (23, 0));
    assert_eq!(hub.requests(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_goes_to_the_hub_and_nowhere_else() {
    let repo = Repo::dataset("o/n").private().reader("friend");
    let hub = LoopbackHub::start([repo.file("x.parquet", Content::generated(1, 1000))]).unwrap();
    hub.add_token("hf_friend", "friend");
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, Some("hf_friend"));
    let plan = plan(&client, "o/n", folder.path()).await;
    fetch(&client, &plan, &control().0).await.unwrap();
    let (storage, hub): (Vec<_>, Vec<_>) =
        hub.requests().into_iter().partition(|request| request.path.starts_with("/cdn/"));
    assert!(storage.iter().all(|request| !request.token) && !storage.is_empty());
    assert!(hub.iter().all(|request| request.token));
    for (name, bytes) in on_disk(folder.path()) {
        assert!(!String::from_utf8_lossy(&bytes).contains("hf_friend"), "the token is in {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_the_address_opens_the_hub_and_is_shown_and_stored_nowhere() {
    let repo = Repo::dataset("o/n").private().reader("friend");
    let hub = LoopbackHub::start([repo.file("x.parquet", Content::generated(1, 3 * MIB))]).unwrap();
    // What `me:hush` is in a header.
    hub.add_token("bWU6aHVzaA==", "friend");
    let endpoint = Some(hub.endpoint().replace("://", "://me:hush@"));
    let folder = tempfile::tempdir().unwrap();
    let backoff = std::time::Duration::from_millis(20);
    let client = HubClient::new(HubOptions { endpoint, backoff, ..HubOptions::default() }).unwrap();
    let plan = plan(&client, "o/n", folder.path()).await;
    hub.fault("x.parquet", Fault::CutAfter(2 * MIB));
    for _ in 0..4 {
        hub.fault("x.parquet", Fault::CutAfter(0));
    }
    let error = fetch(&client, &plan, &control().0).await.unwrap_err();
    assert!(!format!("{error} {error:?} {client:?}").contains("hush"));
    let left = on_disk(folder.path());
    assert!(left.contains_key("x.parquet.part.json"), "{:?}", left.keys());
    for (name, bytes) in left {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hush") && !text.contains("bWU6"), "the password is in {name}");
    }
    fetch(&client, &plan, &control().0).await.unwrap();
    let to_storage = hub.requests().into_iter().filter(|request| request.path.starts_with("/cdn/"));
    assert!(to_storage.clone().count() > 0 && to_storage.into_iter().all(|request| !request.token));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_leaves_the_folder_stops_everything() {
    let hub = LoopbackHub::start([Repo::dataset("o/n").file("good.csv", "a\n").file("../evil.csv", "b\n")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", &folder.path().join("files")).await;
    let error = fetch(&client, &plan, &control().0).await.unwrap_err().to_string();
    assert!(error.contains("'../evil.csv'"), "{error}");
    assert!(on_disk(folder.path()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dataset_larger_than_the_disk_is_not_begun() {
    let hub = LoopbackHub::start([Repo::dataset("o/n").file("x.csv", "a\n")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let mut plan: FetchPlan = plan(&client, "o/n", folder.path()).await;
    plan.files[0].size = 1 << 60;
    let error = fetch(&client, &plan, &control().0).await.unwrap_err().to_string();
    assert!(error.starts_with("Insufficient storage: Dataset requires 1024.0 PB but only "), "{error}");
    assert_eq!(hub.served("x.csv"), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_keeps_what_is_verified() {
    let repo = Repo::dataset("o/n").file("a.csv", "first\n").file("b.parquet", Content::generated(2, 2 * MIB));
    let hub = LoopbackHub::start([repo]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let plan = plan(&client, "o/n", folder.path()).await;
    // What is written to this device fails as on a full disk.
    let part = folder.path().join("b.parquet.part");
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let one = FetchLimits { files_at_once: 1, ..Default::default() };
    let error = client.fetch(&plan, one, &control().0).await.unwrap_err().to_string();
    assert!(error.starts_with("Disk full while writing b.parquet."), "{error}");
    std::fs::remove_file(&part).unwrap();
    hub.clear_requests();
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!((report.already, hub.served("a.csv")), (1, 0));
    assert_eq!(on_disk(folder.path()).len(), 2);
}

/// A file in place that is larger than any disk, so that it is found right or wrong never, beside a small one.
#[cfg(target_os = "linux")]
async fn with_an_endless_file(hub: &LoopbackHub, folder: &std::path::Path) -> (HubClient, FetchPlan) {
    const ENDLESS: u64 = 1 << 43;
    let client = client(hub, None);
    let mut plan = plan(&client, "o/n", folder).await;
    plan.files.iter_mut().find(|file| file.path == "endless.parquet").unwrap().size = ENDLESS;
    std::fs::File::create(folder.join("endless.parquet")).unwrap().set_len(ENDLESS).unwrap();
    (client, plan)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_checked_takes_no_room_on_the_disk() {
    use mistudio_core::hub::HubError;
    use mistudio_core::jobs::Stop;

    let repo = Repo::dataset("o/n").file("endless.parquet", "a\n").file("x.parquet", Content::generated(1, 2 * MIB));
    let hub = LoopbackHub::start([repo]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (client, plan) = with_an_endless_file(&hub, folder.path()).await;
    // So slow that the disk is asked in the meantime, once a second.
    hub.lasting_fault("x.parquet", Fault::BytesPerSecond(MIB * 3 / 4));
    let (control, handle) = control();
    let other_is_here = async {
        handle.watch().wait_for(|report| report.files == Some((1, 2))).await.unwrap();
        handle.stop(Stop::Cancel);
        std::future::pending::<()>().await;
    };
    let result = tokio::select! {
        result = fetch(&client, &plan, &control) => result,
        () = other_is_here => unreachable!("it waits for ever"),
    };
    assert!(matches!(result, Err(HubError::Stopped(_))), "{result:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_for_good_ends_the_checking_of_other_files() {
    let hub = LoopbackHub::start([Repo::dataset("o/n").file("endless.parquet", "a\n").file("x.csv", "a\n")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (client, mut plan) = with_an_endless_file(&hub, folder.path()).await;
    plan.files.iter_mut().find(|file| file.path == "x.csv").unwrap().path = "gone.csv".to_owned();
    let limit = std::time::Duration::from_mins(1);
    let fetching = tokio::time::timeout(limit, async { fetch(&client, &plan, &control().0).await });
    let error = fetching.await.expect("the checking goes on").unwrap_err().to_string();
    assert_eq!(error, "Repository 'o/n' has no file 'gone.csv' any more. Inspect it again.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_found_right_is_not_read_again() {
    let hub = LoopbackHub::start([Repo::dataset("o/n").file("a.csv", "a\n").file("b.csv", "b\n")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&hub, None);
    let mut plan = plan(&client, "o/n", folder.path()).await;
    std::fs::write(folder.path().join("a.csv"), "a\n").unwrap();
    plan.files[1].path = "gone.csv".to_owned();
    let one = FetchLimits { files_at_once: 1, ..Default::default() };
    client.fetch(&plan, one, &control().0).await.unwrap_err();
    let list = on_disk(folder.path()).remove(".download.jsonl").unwrap_or_default();
    assert!(String::from_utf8_lossy(&list).contains("a.csv"), "nobody remembers that a.csv is right");
}
