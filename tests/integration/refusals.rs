//! What a user of the command line reads when a download cannot go on, row by row, and what is never said: the token.

use std::path::Path;

use mistudio_tests::hub::{Content, Fault, Gated, LoopbackHub, Repo};
use mistudio_tests::program::{Program, Ran, contents, eventually, new_workspace};

const FILE: &str = "data/train-00000-of-00001.parquet";
const TOKEN: &str = "hf_ThisTokenMustNotBeFoundAnywhere";

fn parquet() -> Vec<u8> {
    let example = mistudio_tests::program::repository().join("workspace-example/datasets");
    let files = contents(&example).unwrap();
    let of_data = |path: &Path| path.components().any(|part| part.as_os_str() == "files");
    files.into_iter().find(|(path, _)| of_data(path)).unwrap().1
}

struct Scene {
    folder: tempfile::TempDir,
    hub: LoopbackHub,
    program: Program,
}

fn scene() -> Scene {
    let hub = LoopbackHub::start([
        Repo::dataset("me/stories").file(FILE, parquet()),
        Repo::dataset("me/large").file("data/train.parquet", Content::generated(1, 6 << 20)),
        Repo::dataset("me/gated").file(FILE, parquet()).gated(Gated::Manual).reader("reader"),
        Repo::dataset("me/private").file(FILE, parquet()).private().reader("reader"),
        Repo::dataset("me/pictures").file("a.png", vec![1]).file("b.png", vec![2]),
    ])
    .unwrap();
    hub.add_token(TOKEN, "reader");
    hub.add_token("hf_of_another", "other");
    let (folder, _, program) = new_workspace().unwrap();
    let program = program.with("HF_ENDPOINT", hub.endpoint());
    Scene { folder, hub, program }
}

#[test]
fn a_refusal_before_the_download_is_said_word_for_word_and_creates_nothing() {
    let scene = scene();
    let (anonymous, other) = (scene.program.clone(), scene.program.clone().with("HF_TOKEN", "hf_of_another"));
    let page = format!("{}/datasets/me/gated", scene.hub.endpoint());
    let cases = [
        (
            &anonymous,
            "x y",
            "'x y' is not a Hugging Face repository id. Expected owner/name, for example roneneldan/TinyStories."
                .to_owned(),
        ),
        (
            &anonymous,
            "me/none",
            "Repository 'me/none' not found. Please check the repository name and try again. \
             If it is private, provide an access token."
                .to_owned(),
        ),
        (
            &anonymous,
            "me/private",
            "Repository 'me/private' not found. Please check the repository name and try again. \
             If it is private, provide an access token."
                .to_owned(),
        ),
        (
            &other,
            "me/private",
            "Repository 'me/private' not found. Please check the repository name and try again.\n".to_owned(),
        ),
        (
            &anonymous,
            "me/gated",
            format!(
                "Repository 'me/gated' requires authentication. Provide a Hugging Face access token. \
                 Its terms are accepted at {page}"
            ),
        ),
        (
            &other,
            "me/gated",
            format!("Access denied to 'me/gated'. Request access on its page, then try again. {page}"),
        ),
        (&anonymous, "me/pictures", "No supported data files in 'me/pictures'.".to_owned()),
    ];
    for (program, repo, text) in cases {
        let ran = program.run(&["download", repo]).unwrap();
        assert_eq!(ran.code, Some(1), "{repo}");
        assert!(ran.stderr.contains(&format!("Error: {text}")), "{repo}: {}", ran.stderr);
    }
    assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 0);
    assert!(!scene.folder.path().join("space/datasets").exists());
}

#[test]
fn too_many_requests_are_a_state_and_not_a_failure() {
    let scene = scene();
    scene.hub.fault(FILE, Fault::too_many_requests(1));
    scene.hub.fault(FILE, Fault::rate_limited(1));
    let ran = scene.program.run(&["download", "me/stories"]).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("Rate limited by Hugging Face. Retrying in "), "{}", ran.stderr);
}

#[test]
fn a_lost_network_says_how_much_is_here_and_resume_goes_on() {
    let scene = scene();
    scene.hub.fault("data/train.parquet", Fault::CutAfter(3 << 20));
    let child = scene.program.start(&["download", "me/large"]).unwrap();
    assert!(eventually(|| scene.hub.served("data/train.parquet") >= 3 << 20));
    scene.hub.lasting_fault("data/train.parquet", Fault::unavailable());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Error: Network error: "), "{}", ran.stderr);
    assert!(ran.stderr.contains(". Downloaded 3.0 of 6.0 MB; Resume continues from there."), "{}", ran.stderr);
    scene.hub.clear_faults();
    // These bytes are no Parquet: what is promised here is that they arrive.
    let resumed = scene.program.run(&["resume", "large"]).unwrap();
    assert!(!resumed.stderr.contains("Network error"), "{}", resumed.stderr);
    assert!(scene.hub.served("data/train.parquet") <= (6 << 20) + (1 << 20));
}

#[test]
fn a_corrupted_file_is_fetched_once_more_and_then_refused() {
    let scene = scene();
    scene.hub.fault(FILE, Fault::WrongByteAt(100));
    let ran = scene.program.run(&["download", "me/stories"]).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    scene.hub.lasting_fault("data/train.parquet", Fault::WrongByteAt(100));
    let ran = scene.program.run(&["download", "me/large"]).unwrap();
    assert_eq!(ran.code, Some(1));
    let said = "File data/train.parquet is corrupted (sha256 differs), and was so when downloaded again. \
                Delete and download again.";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let left = contents(&scene.folder.path().join("space/datasets")).unwrap();
    let whole = left.iter().filter(|(path, _)| path.ends_with("data/train.parquet")).count();
    assert_eq!(whole, 0, "a corrupted file never gets its name");
}

#[test]
fn the_token_is_found_nowhere_afterwards() {
    let scene = scene();
    let program = scene.program.clone().with("HF_TOKEN", TOKEN).with("RUST_LOG", "trace");
    let mut said = String::new();
    let mut run = |args: &[&str]| {
        let ran = program.run(args).unwrap();
        said.push_str(&ran.stdout);
        said.push_str(&ran.stderr);
        ran.code
    };
    assert_eq!(run(&["inspect", "me/private"]), Some(0));
    scene.hub.fault(FILE, Fault::CutAfter(1000));
    scene.hub.fault(FILE, Fault::too_many_requests(1));
    assert_eq!(run(&["download", "me/private"]), Some(0));
    assert_eq!(run(&["download", "me/gated"]), Some(0));
    scene.hub.lasting_fault("data/train.parquet", Fault::unavailable());
    assert_eq!(run(&["download", "me/large"]), Some(1));
    assert_eq!(run(&["download", "me/none"]), Some(1));
    for args in [&["jobs", "--json"][..], &["show", "private", "--json"], &["verify"], &["list", "--json"]] {
        assert_eq!(run(args), Some(0), "{args:?}");
    }
    assert!(said.contains("me/private") && said.contains("TRACE"), "there is something to search");
    assert!(!said.contains(TOKEN));
    // A part of it would be as bad, and so would the header that carries it in another coding.
    assert!(!said.contains(&TOKEN[3..]));
    let files = contents(scene.folder.path()).unwrap();
    assert!(files.iter().any(|(path, _)| path.components().any(|part| part.as_os_str() == "logs")));
    for (path, bytes) in files {
        let found = memchr::memmem::find(&bytes, &TOKEN.as_bytes()[3..]);
        assert_eq!(found, None, "{}", path.display());
    }
}
