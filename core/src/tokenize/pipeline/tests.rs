//! What the pipeline promises: order, the same bytes however it is run, going on after a stop, honest failures.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{Report, tokenize_in_shards};
use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::jobs::{Stop, control};
use crate::stats::{PaddingSide, token_stats};
use crate::tokenize::testing::{bytes, dataset, parquet_files, rows, texts, tokenizer};
use crate::tokenize::{
    Input, Layout, OnBadSample, PackingMode, PackingSettings, Padding, Settings, Side, TokenizeError, Truncation,
    tokenize,
};

/// So small that every thousand rows are a shard.
pub(super) const SMALL_SHARD: u64 = 1;

pub(super) fn run(files: &DatasetFiles, settings: &Settings, destination: &Path, threads: usize) -> Report {
    let input = Input { files, dataset_revision: "test", origin: None, threads: NonZeroUsize::new(threads) };
    let tokenizer = tokenizer("spbpe");
    tokenize_in_shards(input, &tokenizer, settings, destination, &control().0, SMALL_SHARD).unwrap()
}

fn settings() -> Settings {
    Settings { max_length: 32, ..Settings::default() }
}

pub(super) fn sample_dataset(folder: &Path, count: usize) -> DatasetFiles {
    let texts = texts(count);
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    let (first, rest) = texts.split_at(count / 3);
    dataset(folder, &[first, rest])
}

#[test]
fn every_sample_is_a_row_in_order_and_the_audit_counts_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 5_300);
    let destination = folder.path().join("result");
    let report = run(&files, &settings(), &destination, 3);
    let rows = rows(&destination);
    assert_eq!(rows.samples, (0..5_300).collect::<Vec<i64>>());
    assert_eq!(report.shards, 6);

    let counts = &report.audit.total;
    let real: i64 = rows.tokens.iter().map(|&tokens| i64::from(tokens)).sum();
    let masked: i64 = rows.masks.iter().flatten().map(|&real| i64::from(real)).sum();
    assert_eq!((counts.rows, counts.tokens as i64, masked), (5_300, real, real));
    assert_eq!(counts.tokens + counts.pads, 5_300 * 32);
    assert!(rows.ids.iter().all(|row| row.len() == 32));
    assert_eq!(counts.rows_starting_with_bos, 5_300);
    assert_eq!((counts.rows_with_bos_inside, counts.ids_outside_vocabulary, counts.rows_of_wrong_length), (0, 0, 0));
    assert_eq!(counts.special_tokens["<s>"], 5_300);
    assert!(counts.cut_samples > 0 && counts.tokens_cut > counts.cut_samples);
    assert_eq!((counts.shortest, counts.longest), (Some(1), Some(32)));
    assert_eq!((counts.round_trip.checked, counts.round_trip.same), (6, 6));
    let written: crate::tokenize::Audit =
        serde_json::from_slice(&fs::read(destination.join("audit.json")).unwrap()).unwrap();
    assert_eq!(written, report.audit);
}

#[test]
fn the_result_is_the_same_to_the_byte_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 5_300);
    for padding in [Padding::MaxLength, Padding::Longest, Padding::DoNotPad] {
        let settings = Settings { padding, ..settings() };
        let result = |threads: usize| {
            let destination = folder.path().join(format!("{padding:?}-{threads}"));
            run(&files, &settings, &destination, threads);
            bytes(&destination)
        };
        let one = result(1);
        assert_eq!(one.len(), 9);
        assert_eq!(one, result(2));
        assert_eq!(one, result(7));
    }
}

/// The result's files, as statistics read them.
fn result_files(destination: &Path, report: &Report) -> DatasetFiles {
    let rows = |path: &Path| {
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        reader.metadata().file_metadata().num_rows() as u64
    };
    let files = parquet_files(destination).into_iter().map(|path| DataFile { rows: rows(&path), path }).collect();
    let name = report.audit.splits[0].split.clone();
    DatasetFiles { splits: vec![SplitFiles { name, files }] }
}

#[test]
fn tokens_are_counted_while_they_are_written_as_they_would_be_afterwards() {
    for settings in [
        settings(),
        Settings { padding_side: Side::Left, return_attention_mask: false, ..settings() },
        Settings { layout: Layout::Windows, stride: 3, padding: Padding::Longest, ..settings() },
        Settings { layout: Layout::Packed, ..settings() },
        filled_up(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let files = sample_dataset(folder.path(), 30_300);
        let destination = folder.path().join("tok");
        stopped_half_way(&files, &settings, &destination);
        let report = run(&files, &settings, &destination, 2);
        assert!(report.resumed > 0);
        let side = match settings.padding_side {
            Side::Left => PaddingSide::Left,
            Side::Right => PaddingSide::Right,
        };
        let filled = report.audit.splits.iter().flat_map(|split| split.filled_rows.clone()).collect();
        let counted = token_stats(&result_files(&destination, &report), "input_ids", side, &filled, &control().0);
        let counted = counted.unwrap();
        assert!(counted.frequencies.unique() > 20);
        assert_eq!(report.tokens, counted, "{settings:?}");
    }
}

/// Rows so long that each group of a thousand samples fills up its only one.
fn filled_up() -> Settings {
    let packing = PackingSettings { mode: PackingMode::TransformerLens, ..PackingSettings::default() };
    Settings { layout: Layout::Packed, max_length: 60_000, packing, ..Settings::default() }
}

#[test]
fn rows_that_are_filled_up_are_told_by_file_and_number_however_the_files_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 2_300);
    let tokenizer = tokenizer("spbpe");
    for (shards, shard_bytes) in [(3, SMALL_SHARD), (1, 1 << 30)] {
        let destination = folder.path().join(format!("in-{shards}"));
        let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
        let made =
            tokenize_in_shards(input, &tokenizer, &filled_up(), &destination, &control().0, shard_bytes).unwrap();
        let [split] = &made.audit.splits[..] else { panic!("one split") };
        let places: Vec<(String, u64)> = split.filled_rows.iter().map(|row| (row.file.clone(), row.row)).collect();
        let expected = (0..3).map(|group| {
            let (number, row) = if shards == 1 { (0, group) } else { (group, 0) };
            (format!("train-{number:05}-of-{shards:05}.parquet"), row)
        });
        assert_eq!(places, expected.collect::<Vec<_>>());
        let pad = tokenizer.pad().unwrap().id as i32;
        for (row, told) in rows(&destination).ids.iter().zip(&split.filled_rows) {
            let (tokens, filling) = row.split_at(told.tokens as usize);
            assert!(filling.iter().all(|&id| id == pad) && tokens.last() != Some(&pad));
        }
        let tokens: u64 = split.filled_rows.iter().map(|row| row.tokens).sum();
        assert_eq!((tokens, 3 * 60_000 - tokens), (made.audit.total.tokens, made.audit.total.pads));
    }
}

#[test]
fn numbers_of_left_out_samples_are_kept_by_split_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = dataset(folder.path(), &[&[Some("a"), None]]);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    files.splits.extend(dataset(&other, &[&[None, Some("b"), None]]).splits);
    files.splits[1].name = "test".into();
    let settings = Settings { on_bad_sample: OnBadSample::Skip, ..settings() };
    let audit = run(&files, &settings, &folder.path().join("result"), 2).audit;
    let kept: Vec<&[u64]> = audit.splits.iter().map(|split| &split.counts.skipped_samples[..]).collect();
    assert_eq!(kept, [&[1][..], &[0, 2]]);
    assert_eq!((audit.total.skipped, audit.total.skipped_samples), (3, Vec::new()));
}

#[test]
fn longest_fills_up_to_the_longest_of_each_thousand_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts = vec![Some("a"); 2_500];
    texts[1_700] = Some("a a a a a a a a");
    let files = dataset(folder.path(), &[&texts]);
    let destination = folder.path().join("result");
    run(&files, &Settings { padding: Padding::Longest, ..settings() }, &destination, 2);
    let lengths: Vec<usize> = rows(&destination).ids.iter().map(Vec::len).collect();
    assert!(lengths[..1_000].iter().all(|&length| length == 2));
    assert!(lengths[1_000..2_000].iter().all(|&length| length == 9));
    assert!(lengths[2_000..].iter().all(|&length| length == 2));
}

/// Runs until some shards are finished, then is stopped.
pub(super) fn stopped_half_way(files: &DatasetFiles, settings: &Settings, destination: &Path) {
    let input = Input { files, dataset_revision: "test", origin: None, threads: NonZeroUsize::new(2) };
    let tokenizer = tokenizer("spbpe");
    let (control, handle) = control();
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            let begun = Instant::now();
            while handle.report().done < 4_000 && begun.elapsed() < Duration::from_mins(1) {
                std::thread::yield_now();
            }
            handle.stop(Stop::Pause);
        });
        tokenize_in_shards(input, &tokenizer, settings, destination, &control, SMALL_SHARD)
    });
    assert!(matches!(result, Err(TokenizeError::Stopped(_))), "{result:?}");
    assert!(!destination.exists());
}

#[test]
fn after_a_stop_the_next_run_goes_on_and_the_bytes_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 30_300);
    let whole = folder.path().join("whole");
    run(&files, &settings(), &whole, 2);
    let destination = folder.path().join("stopped");
    stopped_half_way(&files, &settings(), &destination);
    let report = run(&files, &settings(), &destination, 3);
    assert!(report.resumed >= 3 && report.resumed < report.shards, "{}", report.resumed);
    assert_eq!(bytes(&destination), bytes(&whole));
    assert!(!working(&destination).exists());
}

#[test]
fn what_a_kill_left_half_written_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 30_300);
    let whole = folder.path().join("whole");
    run(&files, &settings(), &whole, 2);
    let destination = folder.path().join("killed");
    stopped_half_way(&files, &settings(), &destination);

    let root = working(&destination);
    let journal = root.join("journal");
    let finished = fs::read_dir(&journal).unwrap().count() as u64;
    fs::write(root.join("result/train-00000-of-00031.parquet"), "half").unwrap();
    fs::write(journal.join("train-00001-of-00031.parquet.json"), "{\"bytes\": 1").unwrap();
    fs::remove_file(root.join("result/train-00002-of-00031.parquet")).unwrap();
    fs::write(root.join("writing.parquet"), "half").unwrap();
    let report = run(&files, &settings(), &destination, 2);
    assert_eq!(report.resumed, finished - 3);
    assert_eq!(bytes(&destination), bytes(&whole));
}

/// Set for the process that is going to be killed: where it works.
const KILLED_RUN: &str = "MISTUDIO_KILLED_RUN";

#[test]
fn after_a_kill_the_next_run_goes_on_and_the_bytes_are_the_same() {
    let this = "tokenize::pipeline::tests::after_a_kill_the_next_run_goes_on_and_the_bytes_are_the_same";
    killed_and_gone_on(this, &settings());
}

/// Starts `test` again as a process of its own, in which this function only runs, kills it, and goes on.
pub(super) fn killed_and_gone_on(test: &str, settings: &Settings) {
    let result = |folder: &Path| folder.join("killed");
    if let Some(folder) = std::env::var_os(KILLED_RUN).map(PathBuf::from) {
        run(&sample_dataset(&folder, 30_300), settings, &result(&folder), 2);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 30_300);
    let whole = folder.path().join("whole");
    run(&files, settings, &whole, 2);

    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program).args(["--exact", test]).env(KILLED_RUN, folder.path()).spawn().unwrap();
    let journal = working(&result(folder.path())).join("journal");
    let begun = Instant::now();
    while fs::read_dir(&journal).map_or(0, Iterator::count) < 3 && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!result(folder.path()).exists());

    let report = run(&files, settings, &result(folder.path()), 2);
    assert!(report.resumed >= 3 && report.resumed < report.shards, "{}", report.resumed);
    assert_eq!(bytes(&result(folder.path())), bytes(&whole));
}

#[test]
fn a_working_folder_of_other_settings_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let texts: Vec<Option<&str>> = (0..2_500).map(|row| if row == 2_400 { None } else { Some("a b c") }).collect();
    let files = dataset(folder.path(), &[&texts]);
    let destination = folder.path().join("result");
    let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
    let tokenizer = tokenizer("spbpe");
    let attempt =
        |settings: &Settings| tokenize_in_shards(input, &tokenizer, settings, &destination, &control().0, SMALL_SHARD);
    assert!(attempt(&settings()).is_err());
    assert!(working(&destination).exists());
    let report = attempt(&Settings { max_length: 31, on_bad_sample: OnBadSample::Skip, ..settings() }).unwrap();
    assert_eq!(report.resumed, 0);
    assert_eq!(report.audit.splits[0].counts.skipped_samples, [2_400]);
    assert_eq!((report.audit.total.samples, report.audit.total.rows), (2_500, 2_499));
    assert_eq!(rows(&destination).samples[2_399..2_401], [2_399, 2_401]);
}

#[test]
fn the_first_bad_sample_stops_the_run_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let long = "token ".repeat(60);
    let mut texts = vec![Some("short"); 4_000];
    for row in [1_234, 1_300, 3_999] {
        texts[row] = Some(&long);
    }
    let files = dataset(folder.path(), &[&texts]);
    let settings = Settings { truncation: Truncation::DoNotTruncate, ..settings() };
    let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
    let error = tokenize(input, &tokenizer("spbpe"), &settings, &folder.path().join("result"), &control().0);
    let message = error.unwrap_err().to_string();
    assert!(message.starts_with("Tokenization failed: Unable to process sample 1,234: it has 62 tokens"), "{message}");
}

#[test]
fn a_stop_is_heard_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let long = "Attention is all you need, naïve 你好. ".repeat(4_000);
    let texts: Vec<Option<&str>> = vec![Some(&long); 1_200];
    let files = dataset(folder.path(), &[&texts]);
    let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
    let tokenizer = tokenizer("unigram");
    let (control, handle) = control();
    std::thread::scope(|scope| {
        let asked = scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            handle.stop(Stop::Cancel);
            Instant::now()
        });
        let result = tokenize(input, &tokenizer, &settings(), &folder.path().join("result"), &control);
        let asked = asked.join().unwrap();
        assert!(matches!(result, Err(TokenizeError::Stopped(_))), "{result:?}");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    });
}

#[test]
fn an_empty_split_is_a_file_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &[&[]]);
    let destination = folder.path().join("result");
    let report = run(&files, &settings(), &destination, 2);
    assert_eq!((report.shards, report.audit.total.rows), (1, 0));
    assert!(rows(&destination).ids.is_empty());
    assert!(destination.join("train-00000-of-00001.parquet").exists());
}

#[test]
fn a_result_that_is_there_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 100);
    let destination = folder.path().join("result");
    run(&files, &settings(), &destination, 1);
    let before = bytes(&destination);
    let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
    let again = tokenize(input, &tokenizer("spbpe"), &settings(), &destination, &control().0);
    assert!(matches!(again, Err(TokenizeError::Exists { .. })));
    assert_eq!(bytes(&destination), before);
}

#[test]
fn a_wrong_column_is_named_with_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 100);
    let message = |column: &str| {
        let input = Input { files: &files, dataset_revision: "test", origin: None, threads: None };
        let settings = Settings { text_column: column.into(), ..settings() };
        tokenize(input, &tokenizer("spbpe"), &settings, &folder.path().join("result"), &control().0)
            .unwrap_err()
            .to_string()
    };
    let absent = "These settings cannot be used: the dataset has no column \"content\"; choose one of id, text";
    assert_eq!(message("content"), absent);
    let numbers = "These settings cannot be used: the column \"id\" holds numbers, not text; choose a text column";
    assert_eq!(message("id"), numbers);
}

pub(super) fn working(destination: &Path) -> PathBuf {
    let name = destination.file_name().unwrap().to_str().unwrap();
    destination.with_file_name(format!(".{name}.working"))
}
