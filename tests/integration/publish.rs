//! Publishing on the command line, and getting back what was published.

use std::path::PathBuf;
use std::process::Command;

use mistudio_tests::hub::{ANY_UPLOAD, Fault, Kind, LoopbackHub, Options, Repo};
use mistudio_tests::program::{Program, contents, eventually, new_workspace, repository};
use serde_json::Value;

const TOKEN: &str = "hf_a_very_secret_token";
const REPO: &str = "me/stories";

struct Scene {
    _folder: tempfile::TempDir,
    root: PathBuf,
    hub: LoopbackHub,
    program: Program,
}

/// An empty workspace, and a Hub where `me` may write.
fn scene_with(options: Options, repos: impl IntoIterator<Item = Repo>) -> Scene {
    let hub = LoopbackHub::start_with(options, repos).unwrap();
    hub.add_write_token(TOKEN, "me");
    let (folder, root, program) = new_workspace().unwrap();
    let program = program.with("HF_ENDPOINT", hub.endpoint()).with("HF_TOKEN", TOKEN);
    Scene { _folder: folder, root, hub, program }
}

fn scene(repos: impl IntoIterator<Item = Repo>) -> Scene {
    scene_with(Options::default(), repos)
}

impl Scene {
    /// Adds a dataset of three splits, one of whose names YAML would take for a boolean.
    fn add_stories(&self) -> Value {
        let source = tempfile::tempdir().unwrap();
        for (split, rows) in [("train", 300), ("validation", 20), ("no", 7)] {
            let line = |row| format!("{{\"text\": \"{split} story {row}\", \"stars\": {row}}}\n");
            let lines: String = (0..rows).map(line).collect();
            let folder = source.path().join("stories").join("data");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{split}-00000-of-00001.jsonl")), lines).unwrap();
        }
        self.program.json(&["add", source.path().join("stories").to_str().unwrap()]).unwrap()
    }

    fn paths(&self, repo: &str) -> Vec<String> {
        self.hub.paths(Kind::Dataset, repo, "main")
    }

    fn card(&self, repo: &str) -> String {
        let card = self.hub.content(Kind::Dataset, repo, "main", "README.md").unwrap();
        String::from_utf8(card.to_vec().unwrap()).unwrap()
    }

    fn refused(&self, args: &[&str]) -> String {
        let ran = self.program.run(args).unwrap();
        assert_eq!(ran.code, Some(1), "{args:?}: {}", ran.stdout);
        ran.stderr
    }

    /// Neither the workspace nor anything printed may hold the token or a signed address.
    fn holds_no_secret(&self, printed: &[&str]) {
        for (path, bytes) in contents(&self.root).unwrap() {
            for secret in [TOKEN, "X-Amz-Signature"] {
                let found = memchr::memmem::find(&bytes, secret.as_bytes());
                assert!(found.is_none(), "{secret} is in {}", path.display());
            }
        }
        assert!(!printed.iter().any(|text| text.contains(TOKEN) || text.contains("Signature")));
    }
}

/// Splits with their rows, as a record lists them.
fn splits(record: &Value) -> Vec<(String, u64)> {
    let all = record["splits"].as_array().unwrap();
    all.iter().map(|split| (split["name"].as_str().unwrap().into(), split["num_samples"].as_u64().unwrap())).collect()
}

#[test]
fn a_published_dataset_comes_back_as_it_was() {
    let scene = scene([]);
    let added = scene.add_stories();
    let planned = scene.program.json(&["publish", "stories", REPO, "--dry-run", "--license", "mit"]).unwrap();
    assert_eq!((planned["exists"].as_bool(), planned["private"].as_bool()), (Some(false), Some(true)));
    assert_eq!(planned["files"].as_array().unwrap().len(), 4);
    assert_eq!(scene.hub.is_private(Kind::Dataset, REPO), None, "a plan changes nothing");

    let anonymous = scene.program.clone().with("HF_TOKEN", "");
    let alone = anonymous.json(&["publish", "stories", REPO, "--dry-run", "--license", "mit"]).unwrap();
    assert_eq!(alone, planned, "a plan needs no token");
    let mine = anonymous.run(&["publish", "stories", "stories", "--dry-run"]).unwrap();
    assert!(mine.stderr.contains("Name the repository as owner/name."), "{}", mine.stderr);

    let asked = scene.refused(&["publish", "stories", REPO]);
    assert!(asked.contains("Nothing was published. Add --yes"), "{asked}");
    let made = scene.program.json(&["publish", "stories", REPO, "--license", "mit", "--yes"]).unwrap();
    assert_eq!(made["url"], format!("{}/datasets/{REPO}", scene.hub.endpoint()));
    assert_eq!(made["files"], 4);
    assert_eq!(Some(made["revision"].as_str().unwrap().to_owned()), scene.hub.sha(Kind::Dataset, REPO, "main"));
    assert_eq!(scene.hub.is_private(Kind::Dataset, REPO), Some(true));
    assert_eq!(scene.card(REPO), planned["card"].as_str().unwrap(), "what was planned was published");
    let shown = scene.program.json(&["show", "stories"]).unwrap();
    assert_eq!((&shown["status"], &shown["metadata"]["published"]["repo"]), (&"ready".into(), &REPO.into()));

    let again = scene.program.json(&["publish", "stories", REPO, "--license", "mit", "--yes"]).unwrap();
    assert_eq!((&again["revision"], &again["uploaded_bytes"]), (&made["revision"], &0.into()));

    let back = scene.program.json(&["download", REPO, "--name", "back"]).unwrap();
    assert_eq!(splits(&back), splits(&added));
    assert_eq!(back["columns"], added["columns"]);
    assert_eq!(back["metadata"]["card"]["license"], "mit");
    let rows =
        |name: &str| scene.program.json(&["samples", name, "--split", "no", "--limit", "100"]).unwrap()["rows"].clone();
    assert_eq!(rows("back"), rows("stories"));
    scene.holds_no_secret(&[&made.to_string()]);
}

#[test]
fn a_tokenization_goes_beside_its_dataset_as_another_config() {
    let scene = scene([]);
    scene.add_stories();
    let golden = repository().join("tests/golden/tokenizers/bytelevel");
    scene.program.json(&["tokenizer", "add", golden.to_str().unwrap(), "--name", "tiny"]).unwrap();
    let made = scene.program.json(&["tokenize", "stories", "--tokenizer", "tiny", "--max-length", "32"]).unwrap();
    let id = made["id"].as_str().unwrap();
    scene.program.json(&["publish", "stories", REPO, "--yes"]).unwrap();
    let in_the_way = scene.refused(&["publish", "stories", REPO, "--tokenization", id, "--yes"]);
    assert!(in_the_way.contains("holds other data: data/no-00000-of-00001.parquet"), "{in_the_way}");
    let published = scene
        .program
        .json(&["publish", "stories", REPO, "--tokenization", id, "--config", "tiny-32", "--yes"])
        .unwrap();
    assert_eq!(published["config"], "tiny-32");

    let seen = scene.program.json(&["inspect", REPO]).unwrap();
    let configs: Vec<(&str, bool)> = seen["configs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|config| (config["name"].as_str().unwrap(), config["default"].as_bool().unwrap()))
        .collect();
    assert_eq!(configs, [("default", true), ("tiny-32", false)]);
    let back = scene.program.json(&["download", REPO, "--config", "tiny-32", "--name", "tokens"]).unwrap();
    assert_eq!(back["num_samples"], made["rows"]);
    let columns: Vec<&str> =
        back["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert_eq!(columns[..2], ["input_ids", "attention_mask"]);
    let card = scene.card(REPO);
    for part in
        [made["tokenizer_sha256"].as_str().unwrap(), made["settings_hash"].as_str().unwrap(), "\"max_length\": 32"]
    {
        assert!(card.contains(part), "{part} is not in {card}");
    }
    let shown = scene.program.json(&["show", "stories"]).unwrap();
    assert_eq!(shown["metadata"]["published_tokenizations"][id]["config"], "tiny-32");
}

#[test]
fn what_is_there_is_replaced_only_when_told_and_what_others_wrote_stays() {
    let card = "---\nlicense: cc-by-4.0\n---\n# Old stories\n\nBy hand.\n";
    let old = Repo::dataset(REPO)
        .private()
        .file("README.md", card)
        .file("LICENSE.txt", "by hand\n")
        .file("data/train-00000-of-00002.parquet", vec![1, 2, 3])
        .file("data/train-00001-of-00002.parquet", vec![4, 5, 6]);
    let scene = scene([old]);
    scene.add_stories();
    let refused = scene.refused(&["publish", "stories", REPO, "--yes"]);
    assert!(refused.contains("holds other data: data/train-00000-of-00002.parquet, data/train-00001"), "{refused}");
    assert_eq!(scene.paths(REPO).len(), 4, "nothing was touched");
    let plan = scene.program.json(&["publish", "stories", REPO, "--replace", "--dry-run"]).unwrap();
    assert_eq!(plan["replaces"].as_array().unwrap().len(), 2);
    scene.program.json(&["publish", "stories", REPO, "--replace", "--yes"]).unwrap();
    let expected = [
        "LICENSE.txt",
        "README.md",
        "data/no-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet",
    ];
    assert_eq!(scene.paths(REPO), expected);
    let card = scene.card(REPO);
    assert!(card.contains("license: cc-by-4.0\n") && card.contains("# Old stories\n\nBy hand.\n"), "{card}");
}

#[test]
fn what_came_after_the_user_looked_is_not_replaced() {
    let old = Repo::dataset(REPO).private().file("data/train-00000-of-00002.parquet", vec![1, 2, 3]);
    let scene = scene([old]);
    scene.add_stories();
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::StallAfter(1));
    let mut child = scene.program.start(&["publish", "stories", REPO, "--replace", "--yes"]).unwrap();
    assert!(eventually(|| scene.hub.received(None) > 0));
    child.kill().unwrap();
    child.wait().unwrap();
    scene.hub.clear_faults();
    let newer = "data/train-00001-of-00002.parquet";
    scene.hub.push(Kind::Dataset, REPO, newer, vec![4, 5, 6]).unwrap();
    let before = scene.paths(REPO);
    let refused = scene.refused(&["resume", "stories"]);
    assert!(refused.contains(&format!("more would be replaced now: {newer}. Nothing was changed there.")), "{refused}");
    assert_eq!(scene.paths(REPO), before);
    scene.program.json(&["publish", "stories", REPO, "--replace", "--yes"]).unwrap();
    assert!(!scene.paths(REPO).iter().any(|path| path == newer), "once it was shown it goes");
}

#[test]
fn files_of_another_config_are_never_replaced() {
    let scene = scene([]);
    scene.add_stories();
    scene.program.json(&["publish", "stories", REPO, "--yes"]).unwrap();
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("others").join("train-00000-of-00001.jsonl");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "{\"text\": \"another story\"}\n").unwrap();
    scene.program.json(&["add", file.parent().unwrap().to_str().unwrap()]).unwrap();
    let path = "data/train-00000-of-00001.parquet";
    let content = || scene.hub.content(Kind::Dataset, REPO, "main", path).unwrap().to_vec().unwrap();
    let before = content();
    for replace in [&["--dry-run"][..], &["--replace", "--yes"]] {
        let refused = scene.refused(&[&["publish", "others", REPO, "--config", "data"], replace].concat());
        assert!(refused.contains(&format!("File {path} of '{REPO}' belongs to its config 'default'")), "{refused}");
    }
    assert!(content() == before);
}

const NOT_SEEN: &str = "/api/datasets/me/stories/revision/main";

fn not_found() -> Fault {
    Fault::Status { code: 404, headers: vec![("X-Error-Code", "RepoNotFound".to_owned())] }
}

#[test]
fn a_name_that_is_taken_out_of_sight_is_told_from_a_change() {
    let scene = scene([Repo::dataset(REPO).private().file("secret.txt", "x")]);
    scene.add_stories();
    scene.hub.lasting_fault(NOT_SEEN, not_found());
    let refused = scene.refused(&["publish", "stories", REPO, "--yes"]);
    let told = format!("There is a repository '{REPO}' already, and this access token may not see it.");
    assert!(refused.contains(&told), "{refused}");
}

#[test]
fn a_repository_whose_creation_was_never_confirmed_is_taken_up() {
    let scene = scene([Repo::dataset(REPO).private().file(".gitattributes", "")]);
    scene.add_stories();
    // Neither the plan nor the job sees what a first try has made.
    scene.hub.fault(NOT_SEEN, not_found());
    scene.hub.fault(NOT_SEEN, not_found());
    scene.program.json(&["publish", "stories", REPO, "--yes"]).unwrap();
    assert_eq!(scene.paths(REPO).len(), 5);
}

#[test]
fn a_repository_that_was_created_in_vain_is_mentioned() {
    let scene = scene([]);
    scene.add_stories();
    let refusal = Fault::Status { code: 403, headers: Vec::new() };
    scene.hub.lasting_fault("/api/datasets/me/stories/preupload/main", refusal);
    let page = format!("{}/datasets/{REPO}", scene.hub.endpoint());
    let refused = scene.refused(&["publish", "stories", REPO, "--yes"]);
    let told = format!("The repository was created for it and stays, without the data: {page}");
    assert!(refused.contains(&told), "{refused}");
    assert_eq!(scene.paths(REPO), [".gitattributes"]);
    let again = scene.refused(&["resume", "stories"]);
    assert!(!again.contains("was created for it"), "{again}");
}

#[test]
fn a_large_file_goes_in_parts_and_a_killed_program_goes_on() {
    let scene = scene_with(Options { chunk_size: 1 << 20, ..Options::default() }, []);
    let source = tempfile::tempdir().unwrap();
    let folder = source.path().join("long").join("data");
    std::fs::create_dir_all(&folder).unwrap();
    let mut state = 7_u64;
    for part in 0..4 {
        // Text that does not compress, so that the Parquet is as large as it is.
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{:x}", state >> 8)
        };
        let lines: Vec<String> =
            (0..60_000).map(|_| format!("{{\"text\": \"{}{}{}{}\"}}\n", word(), word(), word(), word())).collect();
        let lines = lines.concat();
        std::fs::write(folder.join(format!("part{part}-00000-of-00001.jsonl")), lines).unwrap();
    }
    let added = scene.program.json(&["add", source.path().join("long").to_str().unwrap()]).unwrap();
    let total = added["size_bytes"].as_u64().unwrap();
    assert!(total > 5 << 20, "{total}");
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::BytesPerSecond(1 << 20));
    let mut child = scene.program.start(&["publish", "long", "me/long", "--yes"]).unwrap();
    assert!(eventually(|| scene.hub.received(None) > total * 5 / 8));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(scene.paths("me/long"), [".gitattributes"], "half of a dataset does not show");
    scene.hub.clear_faults();
    let resumed = scene.program.json(&["resume", "long"]).unwrap();
    assert_eq!(resumed["metadata"]["published"]["repo"], "me/long");
    assert!(resumed["metadata"]["published"]["skipped_bytes"].as_u64().unwrap() > 0, "{resumed}");
    let twice = scene.hub.received(None) - total;
    let largest = added["files"].as_array().unwrap().iter().map(|file| file["size_bytes"].as_u64().unwrap()).max();
    assert!(twice <= 2 * largest.unwrap(), "{twice} bytes were sent twice: more than what was on its way");
    let back = scene.program.json(&["download", "me/long", "--name", "back"]).unwrap();
    assert_eq!(splits(&back), splits(&added));
    let parts = scene.hub.requests().iter().filter(|request| request.method == "PUT").count();
    assert!(parts >= 8, "{parts}");
    scene.holds_no_secret(&[]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_pauses_and_the_dataset_stays_ready() {
    let scene = scene([]);
    scene.add_stories();
    scene.hub.lasting_fault(ANY_UPLOAD, Fault::StallAfter(1));
    let mut child = scene.program.start(&["publish", "stories", REPO, "--yes", "--json"]).unwrap();
    assert!(eventually(|| scene.hub.received(None) > 0));
    assert_eq!(scene.program.json(&["samples", "stories"]).unwrap()["total"], 327, "it can be read meanwhile");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let asked = std::time::Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed().as_millis() < 2_000, "{:?}", asked.elapsed());
    let shown = scene.program.json(&["show", "stories"]).unwrap();
    assert_eq!(shown["status"], "ready");
    scene.hub.clear_faults();
    scene.program.json(&["resume", "stories"]).unwrap();
    assert_eq!(scene.paths(REPO).len(), 5);
    let jobs = scene.program.json(&["jobs"]).unwrap();
    assert_eq!((&jobs["jobs"][0]["kind"], &jobs["jobs"][0]["state"]), (&"publish".into(), &"done".into()));
}

#[test]
fn a_refusal_says_what_to_do_and_nothing_is_published() {
    let public = Repo::dataset("me/open").file("notes.md", "open\n");
    let configs = "---\nconfigs:\n- config_name: en\n  data_files: en.parquet\n---\n";
    let named = Repo::dataset("me/named").private().file("README.md", configs).file("en.parquet", vec![1]);
    let lines = Repo::dataset("me/lines").private().file("train.jsonl", "{\"text\": \"x\"}\n");
    let scene = scene([public, named, lines, Repo::dataset("other/theirs").file("script.py", "x")]);
    scene.add_stories();
    scene.hub.add_token("hf_reads_only", "me");
    let cases = [
        (vec!["x y"], "'x y' is not a Hugging Face repository id."),
        (vec!["me/open"], "Repository 'me/open' is public: everyone could read what is published there."),
        (vec!["me/named"], "has the configs en. Name the config to publish as."),
        (vec!["me/lines", "--config", "mine"], "Its config 'default' is JSON"),
        (vec!["me/new", "--config", "../x"], "'../x' cannot be the name of a config."),
        (vec!["me/new", "--revision", "dev"], "does not exist yet, and begins with the branch main"),
        (vec!["other/theirs", "--public"], "This access token may not write to 'other/theirs'"),
        (vec!["other/new"], "This access token may not write to 'other/new' (You don't have the rights to create"),
    ];
    for (args, text) in cases {
        let refused = scene.refused(&[&["publish", "stories"], args.as_slice(), &["--yes"]].concat());
        assert!(refused.contains(text), "{args:?}: {refused}");
    }
    for (token, text) in [
        ("", "Publishing needs a Hugging Face access token with write access."),
        ("hf_nobody_knows", "Hugging Face does not accept this access token."),
        ("hf_reads_only", "The access token of 'me' may only read."),
    ] {
        let ran = scene.program.clone().with("HF_TOKEN", token).run(&["publish", "stories", REPO, "--yes"]).unwrap();
        assert_eq!(ran.code, Some(1), "{token}");
        assert!(ran.stderr.contains(text), "{token}: {}", ran.stderr);
        assert!(token.is_empty() || !ran.stderr.contains(token));
    }
    assert_eq!(scene.hub.is_private(Kind::Dataset, REPO), None);
    scene.holds_no_secret(&[]);
}
