//! What the sources of samples promise: the texts of conversations, the order of a seed, the numbers of the dataset's rows.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::pipeline::tokenize_in_shards;
use super::testing::{bytes, dataset, json_dataset, rows, texts, tokenizer};
use super::{
    Conversation, Input, Layout, OnBadSample, PackingMode, PackingSettings, Padding, Report, Sample, Settings,
    TokenizeError, preview,
};
use crate::data::DatasetFiles;
use crate::jobs::{Control, Stop, control};
use crate::tokenizer::Tokenizer;

/// So small that every thousand rows are a shard.
const SMALL_SHARD: u64 = 1;

fn attempt(
    files: &DatasetFiles,
    tokenizer: &Tokenizer,
    settings: &Settings,
    destination: &Path,
    control: &Control,
) -> Result<Report, TokenizeError> {
    let input = Input { files, dataset_revision: "test", origin: None, threads: NonZeroUsize::new(2) };
    tokenize_in_shards(input, tokenizer, settings, destination, control, SMALL_SHARD)
}

fn unframed() -> Settings {
    Settings { padding: Padding::DoNotPad, max_length: 64, ..Settings::default() }
}

/// A tokenizer with that chat template.
fn with_template(folder: &Path, template: &str) -> Tokenizer {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/spbpe");
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        fs::copy(Path::new(golden).join(name), folder.join(name)).unwrap();
    }
    fs::write(folder.join("chat_template.jinja"), template).unwrap();
    Tokenizer::open(folder).unwrap()
}

const TEMPLATE: &str = "{% for m in messages %}{% if m.content == 'bad' %}{{ raise_exception('no ' ~ m.role) }}{% endif %}\
    <{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}";

fn talks() -> Vec<Value> {
    vec![
        json!({ "messages": [{"role": "user", "content": "Hi\nthere"}, {"role": "assistant", "content": "Yes."}] }),
        json!({ "messages": [{"role": "user", "content": "bad"}] }),
        json!({ "messages": null }),
        json!({ "messages": [] }),
        json!({ "messages": [{"role": "user", "content": "<s> last"}], "text": "other" }),
    ]
}

fn ids_of(tokenizer: &Tokenizer, text: &str, framed: bool) -> Vec<i32> {
    let mut ids = Vec::new();
    let mut encoder = tokenizer.encoder();
    if framed { encoder.encode_framed_into(text, &mut ids) } else { encoder.encode_into(text, &mut ids) }.unwrap();
    ids.into_iter().map(|id| id as i32).collect()
}

#[test]
fn a_flattened_conversation_is_the_text_that_is_shown_and_searched() {
    let folder = tempfile::tempdir().unwrap();
    let files = json_dataset(folder.path(), &talks(), 2);
    let tokenizer = tokenizer("spbpe");
    let settings = Settings { text_column: "messages".into(), on_bad_sample: OnBadSample::Skip, ..unframed() };
    let destination = folder.path().join("result");
    let report = attempt(&files, &tokenizer, &settings, &destination, &control().0).unwrap();
    let shown = talks().into_iter().filter_map(|row| crate::ingest::conversation_text(&row["messages"]));
    let expected: Vec<Vec<i32>> = shown.map(|text| ids_of(&tokenizer, &text, true)).collect();
    let found = rows(&destination);
    assert_eq!((found.ids, found.samples), (expected, vec![0, 1, 3, 4]));
    assert_eq!(report.audit.splits[0].counts.skipped_samples, [2]);
}

#[test]
fn a_chat_template_renders_and_no_special_tokens_are_added_to_its_own() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = json_dataset(folder.path(), &talks(), 2);
    let tokenizer = with_template(home.path(), TEMPLATE);
    let settings = Settings {
        text_column: "messages".into(),
        conversation: Conversation::ChatTemplate,
        on_bad_sample: OnBadSample::Skip,
        ..unframed()
    };
    let destination = folder.path().join("result");
    let report = attempt(&files, &tokenizer, &settings, &destination, &control().0).unwrap();
    let expected = ["<user>Hi\nthere</s><assistant>Yes.</s>", "<user><s> last</s>"];
    let found = rows(&destination);
    assert_eq!(found.ids, expected.map(|text| ids_of(&tokenizer, text, false)));
    assert_eq!(found.samples, [0, 4]);
    assert_eq!(report.audit.splits[0].counts.skipped_samples, [1, 2, 3]);
    assert!(report.audit.notes.iter().any(|note| note.contains("no tools")), "{:?}", report.audit.notes);

    let strict = Settings { on_bad_sample: OnBadSample::Stop, ..settings.clone() };
    let error = attempt(&files, &tokenizer, &strict, &folder.path().join("strict"), &control().0).unwrap_err();
    let expected =
        "Tokenization failed: Unable to process sample 1: the chat template refuses it: no user (split train)";
    assert_eq!(error.to_string(), expected);

    let shown = preview(&Sample::Conversation(talks()[0]["messages"].clone()), &tokenizer, &settings).unwrap();
    assert_eq!(shown.rows[0].ids(), found.ids[0].iter().map(|&id| id as u32).collect::<Vec<_>>());
    assert_eq!(shown.texts, ["<user>Hi\nthere</s><assistant>Yes.</s>"]);
    let typed = preview(&"text".into(), &tokenizer, &settings).unwrap();
    assert!(typed.bad.unwrap().starts_with("it is no conversation"));
}

#[test]
fn a_template_that_is_missing_or_wrong_is_a_problem_and_a_column_of_texts_is_named() {
    let home = tempfile::tempdir().unwrap();
    let settings = Settings { conversation: Conversation::ChatTemplate, ..unframed() };
    let said = |tokenizer: &Tokenizer| settings.problems(tokenizer, None)[0].to_string();
    assert!(said(&tokenizer("spbpe")).starts_with("this tokenizer has no chat template"));
    let broken = said(&with_template(home.path(), "a\n{% if %}"));
    assert!(broken.contains("cannot be used: syntax error") && broken.ends_with("(line 2)"), "{broken}");

    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &[&[Some("text")]]);
    let tokenizer = with_template(home.path(), TEMPLATE);
    let error = attempt(&files, &tokenizer, &settings, &folder.path().join("result"), &control().0).unwrap_err();
    assert!(error.to_string().starts_with(
        "These settings cannot be used: the column \"text\" holds text, and a chat template renders conversations"
    ));
    let other = with_template(home.path(), "{{ messages }}");
    assert_ne!(settings.tokenizer_identity(&tokenizer), settings.tokenizer_identity(&other));
    assert_eq!(unframed().tokenizer_identity(&tokenizer), unframed().tokenizer_identity(&other));
}

#[test]
fn a_template_that_asks_for_the_date_gets_one_and_the_same_after_an_interruption() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rows: Vec<Value> =
        (0..30_300).map(|n| json!({ "messages": [{"role": "user", "content": n.to_string()}] })).collect();
    let files = json_dataset(folder.path(), &rows, 9_000);
    let tokenizer = with_template(home.path(), "{{ strftime_now('%Y-%m-%d %H:%M:%S.%f') }}{{ messages[0].content }}");
    let conversation = Conversation::ChatTemplate;
    let settings = Settings { text_column: "messages".into(), conversation, ..unframed() };
    let destination = folder.path().join("result");
    let stopped = stopped_after(2_000, |control| attempt(&files, &tokenizer, &settings, &destination, control));
    assert!(matches!(stopped, Err(TokenizeError::Stopped(_))), "{stopped:?}");
    let report = attempt(&files, &tokenizer, &settings, &destination, &control().0).unwrap();
    assert!(report.resumed > 0);
    let found = super::testing::rows(&destination);
    let written = |row: usize| {
        let ids: Vec<u32> = found.ids[row].iter().map(|&id| id as u32).collect();
        tokenizer.decode(&ids, false).unwrap()
    };
    let (first, last) = (written(0), written(30_299));
    assert_eq!(first.strip_suffix('0'), last.strip_suffix("30299"));
    assert!(report.audit.notes.iter().any(|note| note.contains("may write the date")));
}

/// Runs until so many rows are done, then asks for a stop.
fn stopped_after<T>(rows: u64, run: impl FnOnce(&Control) -> T) -> T {
    let (control, handle) = control();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let begun = Instant::now();
            while handle.report().done < rows && begun.elapsed() < Duration::from_mins(1) {
                std::thread::yield_now();
            }
            handle.stop(Stop::Pause);
        });
        run(&control)
    })
}

fn shuffled(seed: u64) -> Settings {
    Settings { shuffle_seed: Some(seed), ..unframed() }
}

fn sample_dataset(folder: &Path, count: usize) -> DatasetFiles {
    let texts = texts(count);
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    let (first, rest) = texts.split_at(count / 3);
    dataset(folder, &[first, rest])
}

#[test]
fn a_seed_gives_every_sample_once_in_an_order_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 5_300);
    let tokenizer = tokenizer("spbpe");
    let run = |settings: &Settings, name: &str| {
        let destination = folder.path().join(name);
        attempt(&files, &tokenizer, settings, &destination, &control().0).unwrap();
        rows(&destination)
    };
    let plain = run(&unframed(), "plain");
    let mixed = run(&shuffled(7), "seven");
    assert_eq!(mixed.samples.iter().collect::<BTreeSet<_>>().len(), 5_300);
    assert_ne!(mixed.samples, plain.samples);
    for (sample, ids) in mixed.samples.iter().zip(&mixed.ids) {
        assert_eq!(ids, &plain.ids[*sample as usize]);
    }
    let again = folder.path().join("again");
    let input = Input { files: &files, dataset_revision: "test", origin: None, threads: NonZeroUsize::new(7) };
    tokenize_in_shards(input, &tokenizer, &shuffled(7), &again, &control().0, SMALL_SHARD).unwrap();
    assert_eq!(bytes(&again), bytes(&folder.path().join("seven")));
    assert_ne!(run(&shuffled(8), "eight").samples, mixed.samples);
    // Neither the copy nor anything else is left.
    assert!(
        fs::read_dir(folder.path()).unwrap().all(|entry| !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.'))
    );
}

#[test]
fn a_shuffle_goes_on_after_a_stop_and_names_the_rows_of_the_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts: Vec<Option<&str>> = vec![Some("a b c"); 30_300];
    texts[1_234] = None;
    texts[29_000] = None;
    let files = dataset(folder.path(), &[&texts[..9_000], &texts[9_000..]]);
    let tokenizer = tokenizer("spbpe");
    let settings = Settings { on_bad_sample: OnBadSample::Skip, ..shuffled(1) };
    let whole = folder.path().join("whole");
    attempt(&files, &tokenizer, &settings, &whole, &control().0).unwrap();
    for rows in [0, 100, 31_000] {
        let destination = folder.path().join(format!("stopped-{rows}"));
        let (control, handle) = control();
        let stopped = std::thread::scope(|scope| {
            scope.spawn(move || {
                let begun = Instant::now();
                // The two phases count one after the other.
                let done = || {
                    let report = handle.report();
                    if report.phase == "Tokenizing" { 30_300 + report.done } else { report.done }
                };
                while done() < rows && begun.elapsed() < Duration::from_mins(1) {
                    std::thread::yield_now();
                }
                handle.stop(Stop::Pause);
            });
            attempt(&files, &tokenizer, &settings, &destination, &control)
        });
        assert!(matches!(stopped, Err(TokenizeError::Stopped(_))), "{stopped:?}");
        let report = attempt(&files, &tokenizer, &settings, &destination, &super::source_tests::control().0).unwrap();
        let mut skipped = report.audit.splits[0].counts.skipped_samples.clone();
        skipped.sort_unstable();
        assert_eq!(skipped, [1_234, 29_000]);
        assert_eq!(bytes(&destination), bytes(&whole));
    }
    let strict = Settings { on_bad_sample: OnBadSample::Stop, ..settings };
    let error =
        attempt(&files, &tokenizer, &strict, &folder.path().join("strict"), &control().0).unwrap_err().to_string();
    assert!(error.contains("sample 1,234: ") || error.contains("sample 29,000: "), "{error}");
}

#[test]
fn packed_rows_of_shuffled_samples_are_those_of_the_samples_in_that_order() {
    let folder = tempfile::tempdir().unwrap();
    let files = sample_dataset(folder.path(), 4_200);
    let tokenizer = tokenizer("spbpe");
    for mode in [PackingMode::Exact, PackingMode::SaeLens] {
        let packing = PackingSettings { mode, ..PackingSettings::default() };
        let packed = |seed| Settings {
            layout: Layout::Packed,
            max_length: 32,
            packing: packing.clone(),
            shuffle_seed: seed,
            ..unframed()
        };
        let order = {
            let destination = folder.path().join(format!("order-{mode:?}"));
            attempt(&files, &tokenizer, &shuffled(3), &destination, &control().0).unwrap();
            rows(&destination).samples
        };
        let texts = texts(4_200);
        let texts: Vec<Option<&str>> = order.iter().map(|&row| Some(texts[row as usize].as_str())).collect();
        let inner = tempfile::tempdir().unwrap();
        let in_order = dataset(inner.path(), &[&texts]);
        let result = |files: &DatasetFiles, seed, name: &str| {
            let destination = folder.path().join(format!("{name}-{mode:?}"));
            attempt(files, &tokenizer, &packed(seed), &destination, &control().0).unwrap();
            rows(&destination).ids
        };
        assert_eq!(result(&files, Some(3), "seed"), result(&in_order, None, "copy"));
    }
}
