//! Saying what is there before anything is fetched, and why it cannot be said.

use std::time::Instant;

use mistudio_core::hub::{HubClient, HubError, HubOptions, NamedRef, RepoKind};
use mistudio_core::jobs::{Stop, control};
use mistudio_tests::hub::{Content, Fault, Gated, Kind, LoopbackHub, Options, Repo};
use serde_json::json;

use super::{PROMPTLY, client, describe, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_pinned_and_complete_whatever_the_number_of_pages() {
    let mut repo =
        Repo::dataset("o/n.v1").file("README.md", "---\nlicense: mit\n---\n").card(json!({"license": "mit"}));
    for number in 0..7 {
        repo = repo.file(&format!("data/train-{number:05}-of-00007.parquet"), Content::generated(number, 1000));
    }
    let options = Options { tree_page: 3, ..Options::default() };
    let hub = LoopbackHub::start_with(options, [repo.file_on("dev", "x.csv", "a\n").tag("v1", "main")]).unwrap();
    let client = client(&hub, None);
    let snapshot = describe(&client, "o/n.v1").await.unwrap();
    assert_eq!(Some(&snapshot.sha), hub.sha(Kind::Dataset, "o/n.v1", "main").as_ref());
    assert_eq!(snapshot.revision, "main");
    assert_eq!(snapshot.files.len(), 8);
    assert_eq!(
        (snapshot.private, snapshot.gated, snapshot.licences.as_slice()),
        (false, false, &["mit".to_owned()][..])
    );
    assert_eq!(snapshot.readme.as_deref(), Some("---\nlicense: mit\n---\n"));
    let data = snapshot.files.iter().find(|file| file.path.starts_with("data/")).unwrap();
    assert_eq!((data.size, data.sha256.as_ref().map(String::len)), (1000, Some(64)));

    let repo = id(RepoKind::Dataset, "o/n.v1");
    let tagged = client.describe(&repo, Some("v1"), &control().0).await.unwrap();
    assert_eq!((tagged.sha, tagged.revision.as_str()), (snapshot.sha, "v1"));
    let branch = client.describe(&repo, Some("dev"), &control().0).await.unwrap();
    assert_eq!((branch.files.len(), branch.readme), (1, None));
    let error = client.describe(&repo, Some("nowhere"), &control().0).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Repository 'o/n.v1' has no revision 'nowhere'. Give a branch, a tag or a commit sha."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_and_tags_are_listed_apart_with_main_first() {
    let hub = LoopbackHub::start([
        Repo::dataset("o/n")
            .file("train.csv", "a\n")
            .file_on("dev", "x.csv", "a\n")
            .file_on("a-branch", "x.csv", "b\n")
            .file_on("refs/convert/parquet", "default/train/0000.parquet", Content::generated(1, 100))
            .tag("v1", "main"),
        Repo::dataset("o/plain").file("train.csv", "a\n"),
    ])
    .unwrap();
    let client = client(&hub, None);
    let refs = client.refs(&id(RepoKind::Dataset, "o/n"), &control().0).await.unwrap();
    let names = |refs: &[NamedRef]| refs.iter().map(|found| found.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&refs.branches), ["main", "a-branch", "dev"]);
    assert_eq!(names(&refs.tags), ["v1"]);
    assert_eq!(Some(refs.tags[0].sha.clone()), hub.sha(Kind::Dataset, "o/n", "main"));
    let converted = refs.converted.unwrap();
    assert_eq!(converted.name, "refs/convert/parquet");
    assert_eq!(Some(converted.sha), hub.sha(Kind::Dataset, "o/n", "refs/convert/parquet"));

    let plain = client.refs(&id(RepoKind::Dataset, "o/plain"), &control().0).await.unwrap();
    assert_eq!((plain.branches.len(), plain.tags.len(), plain.converted), (1, 0, None));
    let missing = client.refs(&id(RepoKind::Dataset, "o/none"), &control().0).await.unwrap_err();
    assert!(missing.to_string().starts_with("Repository 'o/none' not found."), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn models_legacy_names_and_former_names_are_found() {
    let hub = LoopbackHub::start([
        Repo::model("o/tiny").file("tokenizer.json", "{}"),
        Repo::model("gpt2").file("tokenizer.json", "{}"),
        Repo::dataset("squad").file("train.csv", "a\n"),
        Repo::dataset("o/new").file("train.csv", "a\n"),
    ])
    .unwrap();
    hub.rename(Kind::Dataset, "o/old", "o/new");
    let client = client(&hub, None);
    for name in ["o/tiny", "gpt2"] {
        let model = client.describe(&id(RepoKind::Model, name), None, &control().0).await.unwrap();
        assert_eq!(model.files[0].path, "tokenizer.json");
    }
    for name in ["squad", "o/old"] {
        assert_eq!(describe(&client, name).await.unwrap().files[0].path, "train.csv");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_reads_why_in_the_words_of_the_table() {
    let hub = LoopbackHub::start([
        Repo::dataset("o/secret").private().reader("friend").file("train.csv", "a\n"),
        Repo::dataset("o/terms").gated(Gated::Manual).reader("friend").file("train.csv", "a\n"),
    ])
    .unwrap();
    hub.add_token("hf_friend", "friend");
    hub.add_token("hf_other", "other");
    let text = async |token: Option<&str>, name: &str| match describe(&client(&hub, token), name).await {
        Ok(snapshot) => format!("{} files", snapshot.files.len()),
        Err(error) => error.to_string(),
    };
    let missing =
        |name: &str| format!("Repository '{name}' not found. Please check the repository name and try again.");
    let hint = " If it is private, provide an access token.";
    for name in ["o/none", "o/secret"] {
        assert_eq!(text(None, name).await, missing(name) + hint);
        assert_eq!(text(Some("hf_other"), name).await, missing(name));
    }
    assert_eq!(text(Some("hf_friend"), "o/secret").await, "1 files");
    assert_eq!(
        text(None, "o/terms").await,
        format!(
            "Repository 'o/terms' requires authentication. Provide a Hugging Face access token. \
             Its terms are accepted at {}/datasets/o/terms",
            hub.endpoint()
        )
    );
    assert!(
        text(Some("hf_other"), "o/terms")
            .await
            .starts_with("Access denied to 'o/terms'. Request access on its page, then try again.")
    );
    assert_eq!(text(Some("hf_friend"), "o/terms").await, "1 files");
    let wrong = text(Some("hf_wrong"), "o/terms").await;
    assert!(wrong.starts_with("Hugging Face does not accept this access token."), "{wrong}");
    assert!(!wrong.contains("hf_wrong"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_asks_for_patience_gets_it() {
    let hub = LoopbackHub::start([Repo::dataset("o/n").file("train.csv", "a\n")]).unwrap();
    hub.fault("/api/datasets/o/n/revision/main", Fault::too_many_requests(1));
    hub.fault("/api/datasets/o/n/revision/main", Fault::unavailable());
    let (control, handle) = control();
    let (client, repo) = (client(&hub, None), id(RepoKind::Dataset, "o/n"));
    let mut notes = Vec::new();
    let describing = client.describe(&repo, None, &control);
    let watching = async {
        let mut reports = handle.watch();
        while reports.changed().await.is_ok() {
            notes.extend(reports.borrow_and_update().note.clone());
        }
    };
    let snapshot = tokio::select! {
        snapshot = describing => snapshot.unwrap(),
        () = watching => unreachable!("the sender lives"),
    };
    assert_eq!(snapshot.files.len(), 1);
    assert_eq!(notes.first().map(String::as_str), Some("Rate limited by Hugging Face. Retrying in 1 s."));
    assert_eq!(handle.report().note, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_not_there_is_a_network_error() {
    let hub = LoopbackHub::start([]).unwrap();
    let client = client(&hub, None);
    drop(hub);
    let error = describe(&client, "o/n").await.unwrap_err().to_string();
    assert!(error.starts_with("Network error: cannot connect to the Hub"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_offers_what_the_caller_may_see() {
    let hub = LoopbackHub::start([
        Repo::dataset("o/stories").popularity(5, 1),
        Repo::dataset("p/TinyStories").popularity(50, 2),
        Repo::dataset("o/stories-secret").private(),
        Repo::dataset("o/other"),
    ])
    .unwrap();
    let client = client(&hub, None);
    let ids = async |text, limit| {
        let found = client.search(text, limit, &control().0).await.unwrap();
        found.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("stories", 10).await, ["p/TinyStories", "o/stories"]);
    assert_eq!(ids("stories", 1).await, ["p/TinyStories"]);
    assert!(ids("nothing like it", 10).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_no_longer_wanted_ends_at_once() {
    // A Hub that takes the connection and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Some(format!("http://{}", silent.local_addr().unwrap()));
    // With the patience of the program, not of a test: only the stop can end this search in time.
    let client = HubClient::new(HubOptions { endpoint, ..HubOptions::default() }).unwrap();
    let (control, handle) = control();
    let searching = client.search("stories", 10, &control);
    let stop = async {
        let connection = silent.accept().await.unwrap();
        handle.stop(Stop::Cancel);
        (Instant::now(), connection)
    };
    let (found, (stopped, _connection)) = tokio::join!(searching, stop);
    assert!(matches!(found, Err(HubError::Stopped(_))), "{found:?}");
    assert!(stopped.elapsed() < PROMPTLY);
}
