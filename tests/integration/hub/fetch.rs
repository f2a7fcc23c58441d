//! Downloads that go well, and those that must not begin.

use mistudio_core::hub::FetchPlan;
use mistudio_core::jobs::control;
use mistudio_tests::hub::{Content, LoopbackHub, Repo};

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
    let one = mistudio_core::hub::FetchLimits { files_at_once: 1, ..Default::default() };
    let error = client.fetch(&plan, one, &control().0).await.unwrap_err().to_string();
    assert!(error.starts_with("Disk full while writing b.parquet."), "{error}");
    std::fs::remove_file(&part).unwrap();
    hub.clear_requests();
    let report = fetch(&client, &plan, &control().0).await.unwrap();
    assert_eq!((report.already, hub.served("a.csv")), (1, 0));
    assert_eq!(on_disk(folder.path()).len(), 2);
}
