use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use super::{dataset, look_at, write};
use crate::data::DatasetFiles;
use crate::jobs::control;
use crate::stats::{LeakedRow, LongSample, Stats, StatsError, Working, duplicate_rows, texts};

fn column(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<StringArray>())
}

/// Three splits, one without rows, in several files and row groups, with texts that occur in two places.
fn files(folder: &std::path::Path) -> DatasetFiles {
    let write = |name: &str, values: &[Option<&str>]| write(folder, name, vec![("text", column(values))], 2);
    dataset(vec![
        (
            "train",
            vec![
                write("a", &[Some("one"), Some("two"), Some(""), Some("one"), None]),
                write("b", &[Some("three"), Some("one"), Some("")]),
            ],
        ),
        ("empty", vec![write("c", &[])]),
        ("test", vec![write("d", &[Some("new"), Some("two"), Some("one"), Some("two"), None])]),
    ])
}

#[test]
fn duplicates_are_counted_within_splits_and_across_them_and_empty_texts_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let found = look_at(&files(folder.path()), "text", &control().0).unwrap().quality.duplicates;
    assert_eq!((found.different, found.texts, found.rows, found.repeated), (4, 2, 7, 5));
    let splits: Vec<_> = found.splits.iter().map(|split| (split.name.as_str(), split.texts, split.repeated)).collect();
    assert_eq!(splits, [("train", 1, 2), ("empty", 0, 0), ("test", 1, 1)]);
    let [leak] = found.leaks.as_slice() else { panic!("{:?}", found.leaks) };
    assert_eq!((leak.from.as_str(), leak.to.as_str()), ("train", "test"));
    assert_eq!((leak.texts, leak.from_rows, leak.to_rows), (2, 4, 3));
    let row = |to_row, from_row| LeakedRow { to_row, from_row };
    assert_eq!(leak.first, [row(1, 1), row(2, 0)]);
}

#[test]
fn which_rows_are_duplicates_is_stored_in_the_order_of_the_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let stored = folder.path().join("stats/text");
    let working = Working::beside(&stored).unwrap();
    let found = texts(&files, "text", &working, &control().0).unwrap();
    let stats = Stats { text: Some(found.lengths), quality: Some(found.quality), ..Stats::default() };
    stats.save_from(working, &stored).unwrap();
    assert_eq!(Stats::load(&stored).unwrap(), stats);
    let mut rows = Vec::new();
    duplicate_rows(&stored, |row| {
        rows.push(format!("{} {} = {} {}", row.split, row.row, row.first_split, row.first_row));
    })
    .unwrap();
    let expected = [
        "train 0 = train 0",
        "train 1 = train 1",
        "train 3 = train 0",
        "train 6 = train 0",
        "test 1 = train 1",
        "test 2 = train 0",
        "test 3 = train 1",
    ];
    assert_eq!(rows, expected);

    let database = duckdb::Connection::open_in_memory().unwrap();
    let count = |table: &str, condition: &str| {
        let path = stored.join(table);
        let sql = format!("SELECT count(*) FROM '{}' WHERE {condition}", path.display());
        database.query_row(&sql, [], |row| row.get::<_, u64>(0)).unwrap()
    };
    assert_eq!(count("duplicates.parquet", "split <> first_split OR row <> first_row"), 5);
    assert_eq!(count("leaks.parquet", "texts = 2"), 1);
    assert_eq!(count("longest.parquet", "chars = 5 AND split = 'train' AND row = 5"), 1);
    assert_eq!(count("quality.parquet", "measure = 'repeated_rows' AND split IS NULL AND count = 5"), 1);
    assert_eq!(count("histograms.parquet", "unit = 'chars' AND bins = 'standard' AND split IS NULL"), 7);

    // As a version left it that did not look for them.
    std::fs::remove_file(stored.join("duplicates.parquet")).unwrap();
    assert!(matches!(duplicate_rows(&stored, |_| ()), Err(StatsError::NotStored(_))));
}

#[test]
fn the_longest_samples_are_named_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let found = look_at(&files(folder.path()), "text", &control().0).unwrap().quality.longest;
    let sample = |split: &str, row, chars| LongSample { split: split.to_owned(), row, chars };
    assert_eq!(found[..3], [sample("train", 5, 5), sample("train", 0, 3), sample("train", 1, 3)]);
    assert_eq!(found.len(), 11);
}

#[test]
fn statistics_of_the_first_version_load_without_what_they_lack() {
    let folder = tempfile::tempdir().unwrap();
    let stored = folder.path().join("text");
    let texts = look_at(&files(folder.path()), "text", &control().0).unwrap();
    let stats = Stats { text: Some(texts.lengths), quality: Some(texts.quality), ..Stats::default() };
    stats.save(&stored).unwrap();
    let path = stored.join("summary.json");
    let mut summary: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    summary["version"] = 1.into();
    summary.as_object_mut().unwrap().remove("quality");
    std::fs::write(&path, summary.to_string()).unwrap();
    let loaded = Stats::load(&stored).unwrap();
    assert_eq!((loaded.text, loaded.quality), (stats.text, None));
    summary["version"] = 99.into();
    std::fs::write(&path, summary.to_string()).unwrap();
    assert!(matches!(Stats::load(&stored), Err(StatsError::Damaged { .. })));
}
