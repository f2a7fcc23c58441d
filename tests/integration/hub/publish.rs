//! Uploads to the loopback Hub: whole, in parts, broken off and taken up again, refused in words.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mistudio_core::hub::publish::{PublishError, UploadFile, UploadPlan, UploadReport, UploadSource};
use mistudio_core::hub::{HubClient, RepoKind};
use mistudio_core::jobs::{Control, Stop, control};
use mistudio_tests::hub::{ANY_UPLOAD, Content, Fault, Kind, LoopbackHub, Options, Repo};

use super::{MIB, client, describe, id};

const TOKEN: &str = "hf_write_secret";

struct Scene {
    hub: LoopbackHub,
    client: HubClient,
    folder: tempfile::TempDir,
}

/// A Hub that takes parts of a megabyte, and an empty repository there.
async fn scene() -> Scene {
    let options = Options { chunk_size: MIB, ..Options::default() };
    let hub = LoopbackHub::start_with(options, []).unwrap();
    hub.add_write_token(TOKEN, "me");
    let client = client(&hub, Some(TOKEN));
    assert!(client.create_dataset(&id(RepoKind::Dataset, "me/stories"), true, &control().0).await.unwrap());
    Scene { hub, client, folder: tempfile::tempdir().unwrap() }
}

impl Scene {
    fn file(&self, name: &str, content: &Content) -> UploadFile {
        let path: PathBuf = self.folder.path().join(name.replace('/', "-"));
        std::fs::write(&path, content.to_vec().unwrap()).unwrap();
        let source = UploadSource::Local { path, size: content.size(), sha256: None };
        UploadFile { path: name.to_owned(), source }
    }

    async fn plan(&self, files: Vec<UploadFile>) -> UploadPlan {
        let now = describe(&self.client, "me/stories").await.unwrap();
        UploadPlan {
            repo: now.repo,
            branch: "main".to_owned(),
            parent: now.sha,
            there: now.files,
            files,
            remove: Vec::new(),
            summary: "Publish stories".to_owned(),
            pull_request: false,
        }
    }

    async fn upload(&self, files: Vec<UploadFile>) -> Result<UploadReport, PublishError> {
        self.client.upload(&self.plan(files).await, &control().0).await
    }

    fn holds(&self, path: &str, content: &Content) {
        let there = self.hub.content(Kind::Dataset, "me/stories", "main", path);
        let there = there.unwrap_or_else(|| panic!("{path} is not there"));
        assert!(there.to_vec().unwrap() == content.to_vec().unwrap(), "{path} is another");
    }

    fn is_empty(&self) -> bool {
        self.hub.paths(Kind::Dataset, "me/stories", "main") == [".gitattributes"]
    }
}

fn card() -> UploadFile {
    UploadFile { path: "README.md".to_owned(), source: UploadSource::Text("# Stories\n".to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_every_size_arrive_in_one_commit() {
    let scene = scene().await;
    assert_eq!(scene.hub.is_private(Kind::Dataset, "me/stories"), Some(true));
    let contents = [
        ("data/small.parquet", Content::generated(1, 1000)),
        ("data/parts.parquet", Content::generated(2, 5 * MIB + 17)),
        ("data/even.parquet", Content::generated(3, 2 * MIB)),
        ("data/twin.parquet", Content::generated(3, 2 * MIB)),
        ("notes.txt", Content::from("a text\n")),
    ];
    let mut files: Vec<UploadFile> = contents.iter().map(|(name, content)| scene.file(name, content)).collect();
    files.push(card());
    let (control, handle) = control();
    let plan = scene.plan(files).await;
    let report = scene.client.upload(&plan, &control).await.unwrap();
    for (name, content) in &contents {
        scene.holds(name, content);
    }
    scene.holds("README.md", &Content::from("# Stories\n"));
    let total: u64 = contents.iter().map(|(_, content)| content.size()).sum::<u64>() + 10;
    assert_eq!(report.files, 6);
    assert_eq!((report.uploaded, report.skipped), (total - 2 * MIB, 2 * MIB), "a content is sent once");
    assert_eq!(Some(&report.commit), scene.hub.sha(Kind::Dataset, "me/stories", "main").as_ref());
    assert_eq!((handle.report().done, handle.report().total), (total, Some(total)));
    assert_eq!(handle.report().files, Some((6, 6)));
    let commits = scene.hub.requests().iter().filter(|request| request.path.contains("/commit/")).count();
    assert_eq!(commits, 1);
    let storage = scene.hub.requests().into_iter().filter(|request| request.method == "PUT");
    assert!(storage.clone().count() >= 9 && storage.into_iter().all(|request| !request.token));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_not_sent_again_and_nothing_new_makes_no_commit() {
    let scene = scene().await;
    let content = Content::generated(1, 3 * MIB);
    let files = || vec![scene.file("data/a.parquet", &content), card()];
    let first = scene.upload(files()).await.unwrap();
    scene.hub.clear_received();
    let again = scene.upload(files()).await.unwrap();
    assert_eq!((again.commit, again.uploaded), (first.commit, 0));
    let moved = vec![scene.file("data/b.parquet", &content), card()];
    let mut plan = scene.plan(moved).await;
    plan.remove = vec!["data/a.parquet".to_owned()];
    scene.client.upload(&plan, &control().0).await.unwrap();
    assert_eq!(scene.hub.received(None), 0, "the Hub had these bytes under another name");
    let paths = scene.hub.paths(Kind::Dataset, "me/stories", "main");
    assert_eq!(paths, [".gitattributes", "README.md", "data/b.parquet"]);
}

/// Uploads slowly and asks to stop once this many bytes are on their way.
async fn upload_some(scene: &Scene, plan: &UploadPlan, bytes: u64) -> Duration {
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::BytesPerSecond(4 * MIB));
    let (control, handle) = control();
    let asked = async {
        let mut reports = handle.watch();
        reports.wait_for(|report| report.phase == "Uploading" && report.done >= bytes).await.unwrap();
        handle.stop(Stop::Pause);
        Instant::now()
    };
    let (result, asked) = tokio::join!(scene.client.upload(plan, &control), asked);
    assert!(matches!(result, Err(PublishError::Stopped(_))), "{result:?}");
    scene.hub.clear_faults();
    asked.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_takes_effect_at_once_and_whole_objects_are_not_sent_again() {
    let scene = scene().await;
    let contents: Vec<Content> = (0..6).map(|seed| Content::generated(seed, 2 * MIB)).collect();
    let named = |place: usize| format!("data/{place}.parquet");
    let files: Vec<UploadFile> =
        contents.iter().enumerate().map(|(place, content)| scene.file(&named(place), content)).collect();
    let plan = scene.plan(files).await;
    let took = upload_some(&scene, &plan, 7 * MIB).await;
    assert!(took < super::PROMPTLY, "{took:?}");
    assert!(scene.is_empty(), "nothing shows before all is there");
    scene.client.upload(&plan, &control().0).await.unwrap();
    for (place, content) in contents.iter().enumerate() {
        scene.holds(&named(place), content);
    }
    let twice = scene.hub.received(None) - 12 * MIB;
    assert!(twice <= 4 * MIB, "{twice} bytes were sent twice: more than the two objects on their way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_breaks_off_is_sent_again_and_it_alone() {
    let scene = scene().await;
    let content = Content::generated(5, 6 * MIB);
    let file = scene.file("data/a.parquet", &content);
    for _ in 0..3 {
        scene.hub.fault(ANY_UPLOAD, Fault::CutAfter(MIB / 2));
    }
    scene.hub.fault(ANY_UPLOAD, Fault::unavailable());
    scene.hub.fault(ANY_UPLOAD, Fault::too_many_requests(1));
    let report = scene.upload(vec![file]).await.unwrap();
    scene.holds("data/a.parquet", &content);
    assert!(report.retries >= 4, "{report:?}");
    let twice = scene.hub.received(None) - content.size();
    assert!(twice <= 3 * MIB, "{twice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_host_that_falls_silent_is_asked_again() {
    let scene = scene().await;
    let content = Content::generated(5, 8 * MIB);
    let options = Options { chunk_size: 16 * MIB, ..Options::default() };
    let hub = LoopbackHub::start_with(options, [Repo::dataset("me/stories").file(".gitattributes", "")]).unwrap();
    hub.add_write_token(TOKEN, "me");
    let client = client(&hub, Some(TOKEN));
    let scene = Scene { hub, client, ..scene };
    let file = scene.file("data/a.parquet", &content);
    scene.hub.fault(ANY_UPLOAD, Fault::StallAfter(1000));
    scene.upload(vec![file]).await.unwrap();
    scene.holds("data/a.parquet", &content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_network_says_how_much_is_on_the_hub() {
    let scene = scene().await;
    let small = scene.file("data/a.parquet", &Content::generated(5, 1000));
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::CutAfter(1));
    let error = scene.upload(vec![small]).await.unwrap_err().to_string();
    assert!(error.starts_with("Network error: the connection broke"), "{error}");
    assert!(error.ends_with("0 B of 1000 B are on the Hub; Resume sends the rest."), "{error}");
    assert!(!error.contains("http") && !error.contains("Signature"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_expired_are_asked_for_again_and_damage_is_found() {
    let scene = scene().await;
    let content = Content::generated(6, 3 * MIB);
    let file = scene.file("data/a.parquet", &content);
    scene.hub.fault(ANY_UPLOAD, Fault::Status { code: 403, headers: Vec::new() });
    scene.hub.fault(ANY_UPLOAD, Fault::WrongByteAt(70_000));
    let report = scene.upload(vec![file]).await.unwrap();
    scene.holds("data/a.parquet", &content);
    assert!(report.retries >= 1, "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_refuses_to_the_end_is_named_as_the_cause() {
    let scene = scene().await;
    for (name, size) in [("data/whole.parquet", 1000), ("data/parts.parquet", 3 * MIB)] {
        scene.hub.lasting_fault(ANY_UPLOAD, Fault::Status { code: 403, headers: Vec::new() });
        let error = scene.upload(vec![scene.file(name, &Content::generated(6, size))]).await.unwrap_err();
        let told = format!("Hugging Face refused to take 'me/stories': its storage answered 403 to {name}.");
        assert_eq!(error.to_string(), told);
        scene.hub.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_never_arrives_whole_is_another_than_it_was_said_to_be() {
    let scene = scene().await;
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::WrongByteAt(7));
    let error = scene.upload(vec![scene.file("data/a.parquet", &Content::generated(6, 1000))]).await.unwrap_err();
    assert!(matches!(error, PublishError::Changed { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_says_nothing_is_asked_again_before_long() {
    let scene = scene().await;
    for path in ["/api/datasets/me/stories/preupload/main", "/datasets/me/stories.git/info/lfs/objects/batch"] {
        scene.hub.fault(path, Fault::Silent);
    }
    let content = Content::generated(6, 1000);
    let uploading = scene.upload(vec![scene.file("data/a.parquet", &content)]);
    tokio::time::timeout(Duration::from_mins(1), uploading).await.expect("not the five minutes of a commit").unwrap();
    scene.holds("data/a.parquet", &content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_host_that_wants_to_be_asked_at_once_is_not_asked_without_end() {
    let scene = scene().await;
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::too_many_requests(0));
    let uploading = scene.upload(vec![scene.file("data/a.parquet", &Content::generated(6, 1000))]);
    // Asked at once, it would answer a thousand times in this while; with growing waits, a few dozen times at most.
    let ended = tokio::time::timeout(Duration::from_secs(1), uploading).await;
    let asked = scene.hub.requests().iter().filter(|request| request.method == "PUT").count();
    assert!((1..100).contains(&asked), "{asked}");
    assert!(ended.is_err(), "too many requests are a state, not a failure");
    scene.hub.clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_files_do_not_fill_the_memory() {
    let scene = scene().await;
    let contents: Vec<Content> = (0..5).map(|seed| Content::generated(seed, 9 * MIB)).collect();
    let named = |place: usize| format!("notes/{place}.txt");
    let mut files: Vec<UploadFile> =
        contents.iter().enumerate().map(|(place, content)| scene.file(&named(place), content)).collect();
    files.push(card());
    let report = scene.upload(files).await.unwrap();
    assert_eq!(report.uploaded, 45 * MIB + 10);
    assert_eq!(scene.hub.received(None), 18 * MIB, "27 MiB and the card fit into the commit, the rest is in LFS");
    for (place, content) in contents.iter().enumerate() {
        scene.holds(&named(place), content);
    }
    scene.holds("README.md", &Content::from("# Stories\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_is_not_published() {
    let scene = scene().await;
    let content = Content::generated(6, 1000);
    let UploadFile { path, source } = scene.file("data/a.parquet", &content);
    let UploadSource::Local { path: local, size, .. } = source else { panic!() };
    let wrong = UploadSource::Local { path: local.clone(), size, sha256: Some("0".repeat(64)) };
    let error = scene.upload(vec![UploadFile { path: path.clone(), source: wrong }]).await.unwrap_err();
    assert!(matches!(error, PublishError::Changed { .. }), "{error}");
    let longer = UploadSource::Local { path: local, size: size + 1, sha256: None };
    let error = scene.upload(vec![UploadFile { path, source: longer }]).await.unwrap_err();
    assert!(matches!(error, PublishError::Changed { .. }), "{error}");
    assert!(scene.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_moved_on_is_left_as_it_is() {
    let scene = scene().await;
    let plan = scene.plan(vec![card()]).await;
    scene.hub.push(Kind::Dataset, "me/stories", "other.txt", "by somebody else").unwrap();
    let error = scene.client.upload(&plan, &control().0).await.unwrap_err();
    assert!(matches!(error, PublishError::Conflict { .. }), "{error}");
    assert_eq!(scene.hub.paths(Kind::Dataset, "me/stories", "main"), [".gitattributes", "other.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_recognized() {
    let scene = scene().await;
    let content = Content::generated(6, 1000);
    let plan = scene.plan(vec![scene.file("data/a.parquet", &content), card()]).await;
    let first = scene.client.upload(&plan, &control().0).await.unwrap();
    // The same plan again, as after an answer that never came: its parent is not the newest commit any more.
    let stale = UploadPlan { there: Vec::new(), ..plan };
    assert_eq!(scene.client.upload(&stale, &control().0).await.unwrap().commit, first.commit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_hub_is_waited_for() {
    let scene = scene().await;
    for path in ["/api/datasets/me/stories/preupload/main", "/api/datasets/me/stories/commit/main"] {
        scene.hub.fault(path, Fault::unavailable());
        scene.hub.fault(path, Fault::rate_limited(1));
    }
    scene.hub.fault("/datasets/me/stories.git/info/lfs/objects/batch", Fault::unavailable());
    scene.hub.fault("/datasets/me/stories.git/info/lfs/objects/verify", Fault::unavailable());
    let content = Content::generated(6, 1000);
    scene.upload(vec![scene.file("data/a.parquet", &content)]).await.unwrap();
    scene.holds("data/a.parquet", &content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_can_be_proposed_instead_of_made() {
    let scene = scene().await;
    let mut plan = scene.plan(vec![card()]).await;
    plan.pull_request = true;
    let report = scene.client.upload(&plan, &control().0).await.unwrap();
    assert!(report.pull_request.unwrap().ends_with("/datasets/me/stories/discussions/1"));
    assert!(scene.is_empty());
    assert!(scene.hub.content(Kind::Dataset, "me/stories", "refs/pr/1", "README.md").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_write_is_told_so() {
    let scene = scene().await;
    scene.hub.add_token("hf_read", "me");
    scene.hub.add_write_token("hf_other", "other");
    let ask = |token: Option<&'static str>| client(&scene.hub, token);
    let quiet: Control = control().0;
    let said =
        async |token| ask(token).writer(&quiet).await.map(|account| account.user).map_err(|error| error.to_string());
    assert!(said(None).await.unwrap_err().starts_with("Publishing needs a Hugging Face access token"));
    assert!(said(Some("hf_nobody")).await.unwrap_err().contains("does not accept this access token"));
    assert!(said(Some("hf_read")).await.unwrap_err().starts_with("The access token of 'me' may only read."));
    assert_eq!(said(Some(TOKEN)).await.unwrap(), "me");
    let repo = id(RepoKind::Dataset, "me/mine");
    let error = ask(Some("hf_other")).create_dataset(&repo, true, &quiet).await.unwrap_err().to_string();
    assert!(error.starts_with("This access token may not write to 'me/mine' (You don't have the rights"), "{error}");
    assert!(!ask(Some(TOKEN)).create_dataset(&id(RepoKind::Dataset, "me/stories"), true, &quiet).await.unwrap());
    let plan = scene.plan(vec![card()]).await;
    scene.hub.fault("/api/datasets/me/stories/preupload/main", Fault::Status { code: 403, headers: Vec::new() });
    let error = scene.client.upload(&plan, &quiet).await.unwrap_err();
    assert!(matches!(error, PublishError::WriteDenied { .. }), "{error}");
    assert!(scene.is_empty() && Path::new(scene.folder.path()).exists());
}
