//! What cleaning and the sample filter promise of a whole run: exact counts, the same for any number of threads and
//! after a stop.

use std::path::Path;

use super::tests::{run, stopped_half_way};
use crate::data::DatasetFiles;
use crate::tokenize::testing::{bytes, dataset, rows};
use crate::tokenize::{
    Cleaning, CleaningStep, DropReason, JunkMode, Layout, PackingMode, PackingSettings, Padding, SampleFilter, Settings,
};

/// Every fourth sample is junk, every fourth has markup, every fourth is empty once it is cleaned.
fn texts(count: usize) -> Vec<String> {
    let text = |row: usize| match row % 4 {
        0 => format!("the model {row} has a token"),
        1 => "#### ---- !!".to_owned(),
        2 => format!("<p>the model {row}</p>"),
        _ => "<br>".to_owned(),
    };
    (0..count).map(text).collect()
}

fn files(folder: &Path, count: usize) -> DatasetFiles {
    let texts = texts(count);
    let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
    dataset(folder, &[&texts])
}

fn settings() -> Settings {
    Settings {
        max_length: 16,
        padding: Padding::DoNotPad,
        cleaning: [CleaningStep::HtmlTags].into_iter().collect(),
        filter: SampleFilter { mode: JunkMode::Standard, ..SampleFilter::default() },
        ..Settings::default()
    }
}

fn packed() -> Settings {
    let packing = PackingSettings { mode: PackingMode::Exact, ..PackingSettings::default() };
    Settings { layout: Layout::Packed, max_length: 50, packing, ..settings() }
}

#[test]
fn junk_is_left_out_and_listed_and_the_rest_is_as_if_it_had_never_been_there() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), 5_000);
    let destination = folder.path().join("result");
    let audit = run(&files, &settings(), &destination, 2).audit;
    let kept: Vec<i64> = (0..5_000).filter(|row| row % 2 == 0).collect();
    let found = rows(&destination);
    assert_eq!(found.samples, kept);

    let counts = &audit.splits[0].counts;
    assert_eq!((counts.samples, counts.rows, counts.skipped), (5_000, 2_500, 0));
    let filter = counts.filter.as_ref().unwrap();
    assert_eq!(filter.samples_filtered, 2_500);
    let listed = |reason: DropReason| (filter.reasons[&reason].count, filter.reasons[&reason].samples.clone());
    assert_eq!(listed(DropReason::Junk), (1_250, (0..1_000).map(|place| place * 4 + 1).collect()));
    assert_eq!(listed(DropReason::Empty), (1_250, (0..1_000).map(|place| place * 4 + 3).collect()));
    let total = audit.total.filter.as_ref().unwrap();
    assert!(total.reasons.values().all(|dropped| dropped.samples.is_empty()));
    assert_eq!((total.samples_filtered, total.tokens_filtered), (2_500, filter.tokens_filtered));

    let cleaning = counts.cleaning.as_ref().unwrap();
    let step = cleaning.steps[&CleaningStep::HtmlTags];
    assert_eq!((step.texts_changed, step.characters_removed), (2_500, 1_250 * (7 + 4)));
    let characters: usize = texts(5_000).iter().map(String::len).sum();
    assert_eq!((cleaning.characters, cleaning.texts_changed, cleaning.steps.len()), (characters as u64, 2_500, 1));

    let plain: Vec<String> = texts(5_000).iter().map(|text| text.replace("<p>", "").replace("</p>", "")).collect();
    let plain: Vec<Option<&str>> = plain.iter().step_by(2).map(|text| Some(text.as_str())).collect();
    let other = tempfile::tempdir().unwrap();
    let without = Settings { cleaning: Cleaning::default(), filter: SampleFilter::default(), ..settings() };
    let unfiltered = run(&dataset(other.path(), &[&plain]), &without, &other.path().join("result"), 2).audit;
    assert_eq!(rows(&other.path().join("result")).ids, found.ids);
    assert_eq!((unfiltered.total.cleaning, unfiltered.total.filter), (None, None));
}

#[test]
fn packed_rows_hold_nothing_of_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), 5_000);
    let destination = folder.path().join("packed");
    let audit = run(&files, &packed(), &destination, 2).audit;
    let unpacked = run(&files, &settings(), &folder.path().join("unpacked"), 2).audit;
    let packing = audit.total.packing.unwrap();
    assert_eq!(packing.kept + packing.dropped, unpacked.total.tokens);
    assert_eq!(audit.total.filter, unpacked.total.filter);
}

#[test]
fn cleaned_and_filtered_rows_are_the_same_for_any_number_of_threads_and_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), 20_000);
    for (name, settings) in [("rows", settings()), ("packed", packed())] {
        let result = |threads: usize| {
            let destination = folder.path().join(format!("{name}-{threads}"));
            run(&files, &settings, &destination, threads);
            bytes(&destination)
        };
        let one = result(1);
        assert_eq!(one, result(2));
        let destination = folder.path().join(format!("{name}-stopped"));
        stopped_half_way(&files, &settings, &destination);
        let report = run(&files, &settings, &destination, 3);
        assert!(report.resumed >= 3 && report.resumed < report.shards, "{}", report.resumed);
        assert_eq!(bytes(&destination), one);
    }
}
