//! What packed rows promise: those of SAELens in its mode, nothing lost between shards, the same bytes however they are
//! made.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::tests::{killed_and_gone_on, run, sample_dataset, stopped_half_way, working};
use super::{Input, Origin, tokenize_in_shards};
use crate::checksum::hex;
use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::jobs::control;
use crate::tokenize::testing::{bytes, dataset, rows, tokenizer};
use crate::tokenize::{Layout, PackingMode, PackingSettings, Settings, TokenChoice, tokenize};

fn packed(mode: PackingMode) -> Settings {
    let packing = PackingSettings { mode, ..PackingSettings::default() };
    Settings { layout: Layout::Packed, max_length: 50, packing, ..Settings::default() }
}

#[derive(Deserialize)]
struct Case {
    tokenizer: String,
    settings: CaseSettings,
    rows: usize,
    digest: String,
}

#[derive(Deserialize)]
struct CaseSettings {
    context_size: usize,
    begin_batch_token: Option<TokenChoice>,
    begin_sequence_token: Option<TokenChoice>,
    sequence_separator_token: Option<TokenChoice>,
    disable_concat_sequences: bool,
}

#[test]
fn saelens_mode_makes_the_rows_of_saelens_from_thousands_of_documents() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The example has one dataset, whose id is another one each time it is made.
    let dataset = fs::read_dir(root.join("workspace-example/datasets")).unwrap().next().unwrap().unwrap().path();
    let path = dataset.join("files/train-00000-of-00001.parquet");
    let files =
        DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files: vec![DataFile { path, rows: 3_200 }] }] };
    let golden = fs::read(root.join("tests/golden/saelens_rows.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_slice(&golden).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in cases.iter().enumerate() {
        let given = &case.settings;
        let packing = PackingSettings {
            mode: PackingMode::SaeLens,
            begin_batch_token: given.begin_batch_token,
            begin_sequence_token: given.begin_sequence_token,
            sequence_separator_token: given.sequence_separator_token,
            disable_concat_sequences: given.disable_concat_sequences,
        };
        let settings =
            Settings { layout: Layout::Packed, max_length: given.context_size, packing, ..Settings::default() };
        let destination = folder.path().join(number.to_string());
        let input = Input { files: &files, dataset_revision: "stories", origin: None, threads: None };
        tokenize(input, &tokenizer(&case.tokenizer), &settings, &destination, &control().0).unwrap();
        let ids = rows(&destination).ids;
        assert_eq!(ids.len(), case.rows, "{}: {settings:?}", case.tokenizer);
        let digest = hex(&Sha256::digest(serde_json::to_vec(&ids).unwrap()));
        assert_eq!(digest[..16], case.digest, "{}: {settings:?}", case.tokenizer);
    }
    assert_eq!(cases.len(), 24);
}

#[test]
fn the_result_is_the_same_to_the_byte_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 5_300);
    for mode in [PackingMode::Exact, PackingMode::SaeLens] {
        let result = |threads: usize| {
            let destination = folder.path().join(format!("{mode:?}-{threads}"));
            run(&files, &packed(mode), &destination, threads);
            bytes(&destination)
        };
        let one = result(1);
        // Six shards, and the four files that describe them.
        assert_eq!(one.len(), 10);
        assert_eq!(one, result(2));
        assert_eq!(one, result(3));
    }
}

#[test]
fn exact_rows_go_on_from_shard_to_shard_and_every_token_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 5_300);
    let settings = packed(PackingMode::Exact);
    let (many, one) = (folder.path().join("many"), folder.path().join("one"));
    let report = run(&files, &settings, &many, 2);
    let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
    let whole = tokenize(input, &tokenizer("spbpe"), &settings, &one, &control().0).unwrap();
    assert_eq!((report.shards, whole.shards), (6, 1));
    let found = rows(&many);
    assert_eq!(found, rows(&one));
    assert!(found.ids.iter().all(|row| row.len() == 50 && row[0] == 1) && found.samples.is_empty());

    let counts = &report.audit.total;
    let unpacked = Settings { max_length: 100_000, padding: crate::tokenize::Padding::DoNotPad, ..Settings::default() };
    let all = run(&files, &unpacked, &folder.path().join("unpacked"), 2).audit.total.tokens;
    let packing = counts.packing.as_ref().unwrap();
    assert_eq!(packing.kept + packing.dropped, all);
    assert_eq!(packing.kept + packing.added, counts.tokens);
    assert_eq!((counts.rows, counts.tokens), (found.ids.len() as u64, found.ids.len() as u64 * 50));
    assert_eq!((counts.pads, counts.rows_of_wrong_length, counts.rows_starting_with_bos), (0, 0, counts.rows));
    assert!(packing.dropped < 50 && counts.rows_with_bos_inside > 0);
    let in_split = report.audit.splits[0].counts.packing.as_ref().unwrap();
    let [stretch] = &in_split.dropped_stretches[..] else { panic!("{in_split:?}") };
    assert_eq!((stretch.tokens, stretch.last_sample), (packing.dropped, 5_299));
    assert!(stretch.first_sample > 5_290 && packing.dropped_stretches.is_empty());
}

#[test]
fn after_a_stop_packing_goes_on_with_the_row_that_had_begun() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 30_300);
    for mode in [PackingMode::Exact, PackingMode::SaeLens] {
        let settings = packed(mode);
        let whole = folder.path().join(format!("whole-{mode:?}"));
        run(&files, &settings, &whole, 2);
        let destination = folder.path().join(format!("stopped-{mode:?}"));
        stopped_half_way(&files, &settings, &destination);
        let report = run(&files, &settings, &destination, 3);
        assert!(report.resumed >= 3 && report.resumed < report.shards, "{}", report.resumed);
        assert_eq!(bytes(&destination), bytes(&whole), "{mode:?}");
    }
}

#[test]
fn after_a_kill_packing_goes_on_with_the_row_that_had_begun() {
    let this = "tokenize::pipeline::packed_tests::after_a_kill_packing_goes_on_with_the_row_that_had_begun";
    killed_and_gone_on(this, &packed(PackingMode::Exact));
}

#[test]
fn shards_that_a_kill_took_are_packed_again_between_those_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 30_300);
    let settings = packed(PackingMode::Exact);
    let whole = folder.path().join("whole");
    run(&files, &settings, &whole, 2);
    let destination = folder.path().join("killed");
    stopped_half_way(&files, &settings, &destination);

    let root = working(&destination);
    let journal = root.join("journal");
    let finished = fs::read_dir(&journal).unwrap().count() as u64;
    fs::remove_file(root.join("result/train-00000-of-00031.parquet")).unwrap();
    // A journal entry whose row is no row is none.
    let entry = journal.join("train-00002-of-00031.parquet.json");
    let mut damaged: Value = serde_json::from_slice(&fs::read(&entry).unwrap()).unwrap();
    damaged["unfinished"]["ids"] = "1 2 x".into();
    fs::write(&entry, damaged.to_string()).unwrap();
    let report = run(&files, &settings, &destination, 2);
    assert_eq!(report.resumed, finished - 2);
    assert_eq!(bytes(&destination), bytes(&whole));
}

#[test]
fn a_row_of_one_sample_leaves_out_shorter_ones_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &[&[Some("a a a a a a"), Some("a"), None, Some("a a a")]]);
    let packing = PackingSettings { disable_concat_sequences: true, ..PackingSettings::default() };
    let settings = Settings {
        max_length: 4,
        packing,
        on_bad_sample: crate::tokenize::OnBadSample::Skip,
        ..packed(PackingMode::Exact)
    };
    let destination = folder.path().join("result");
    let audit = run(&files, &settings, &destination, 2).audit;
    assert_eq!(rows(&destination).ids.len(), 2);
    let packing = audit.splits[0].counts.packing.as_ref().unwrap();
    assert_eq!((packing.left_out, audit.total.skipped, packing.kept), (1, 1, 8));
    let stretches: Vec<(u64, u64)> =
        packing.dropped_stretches.iter().map(|stretch| (stretch.first_sample, stretch.tokens)).collect();
    assert_eq!(stretches, [(0, 3), (1, 2)]);
}

#[test]
fn packed_rows_say_what_they_are_in_the_words_of_saelens() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &[&[Some("the model has a token"); 20]]);
    let settings = Settings { max_length: 8, ..Settings::saelens("text") };
    let destination = folder.path().join("result");
    let origin = Origin {
        dataset: "owner/stories".into(),
        dataset_config: Some("small".into()),
        dataset_commit: Some("c0ffee".into()),
        tokenizer: Some("owner/model".into()),
        tokenizer_commit: None,
    };
    let input = Input { files: &files, dataset_revision: "test", origin: Some(&origin), threads: None };
    // This tokenizer has no beginning-of-sequence token.
    let tokenizer = tokenizer("wordpiece");
    let audit = tokenize_in_shards(input, &tokenizer, &settings, &destination, &control().0, 1).unwrap().audit;
    assert_eq!(audit.notes.len(), 2);
    assert!(
        audit.notes[0].starts_with("begin_batch_token asks for the beginning-of-sequence token; the tokenizer has")
    );

    let said: Value = serde_json::from_slice(&fs::read(destination.join("sae_lens.json")).unwrap()).unwrap();
    let keys: Vec<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "sae_lens_version",
        "tokenizer_name",
        "original_dataset",
        "original_dataset_name",
        "original_split",
        "original_data_files",
        "original_column_name",
        "context_size",
        "shuffled",
        "seed",
        "begin_batch_token",
        "begin_sequence_token",
        "sequence_separator_token",
        "disable_concat_sequences",
        "use_chat_formatting",
        "mistudio",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&said["tokenizer_name"], &said["original_split"]), (&"owner/model".into(), &"train".into()));
    assert_eq!((&said["context_size"], &said["begin_batch_token"]), (&8.into(), &"bos".into()));
    assert_eq!(said["mistudio"]["packed"]["kept"], audit.total.packing.unwrap().kept);
    let readme = fs::read_to_string(destination.join("README.md")).unwrap();
    assert!(readme.contains("  - split: \"train\"\n    path: \"train-?????-of-00001.parquet\"\n---\n"), "{readme}");
}
