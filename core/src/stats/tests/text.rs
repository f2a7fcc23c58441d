use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int64Array, LargeStringArray, NullArray, StringArray, StringViewArray};
use arrow::datatypes::Int32Type;

use super::look_at;
use super::{dataset, write};
use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::jobs::{Stop, control};
use crate::stats::{Bins, Stats, StatsError, TextStats};

fn text_lengths(files: &DatasetFiles, column: &str, control: &Control) -> Result<TextStats, StatsError> {
    look_at(files, column, control).map(|texts| texts.lengths)
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<StringArray>())
}

#[test]
fn splits_and_their_files_are_measured_over_all_rows() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name, values: &[Option<&str>]| write(folder.path(), name, vec![("text", texts(values))], 2);
    let files = dataset(vec![
        // Five texts of 3, 0, 1, 2 and 11 characters, and a null, in two files and four row groups.
        (
            "train",
            vec![
                write("a", &[Some("abc"), Some(""), None]),
                write("b", &[Some("é"), Some("日本"), Some("two words\t\n")]),
            ],
        ),
        ("empty", vec![write("c", &[])]),
        ("test", vec![write("d", &[Some("   ")])]),
        ("none", vec![]),
    ]);
    let (control, handle) = control();
    let stats = text_lengths(&files, "text", &control).unwrap();
    let train = &stats.splits[0].lengths;
    assert_eq!((train.rows, train.nulls, train.empty, train.blank), (6, 1, 1, 1));
    let chars = train.chars.summary().unwrap();
    assert_eq!((chars.count, chars.total, chars.min, chars.median, chars.max), (5, 17, 0, 2.0, 11));
    assert_eq!((chars.p25, chars.p75), (1.0, 3.0));
    assert_eq!(train.words.iter().collect::<Vec<_>>(), [(0, 1), (1, 3), (2, 1)]);
    for empty in [&stats.splits[1].lengths, &stats.splits[3].lengths] {
        assert_eq!((empty.rows, empty.chars.summary()), (0, None));
    }
    assert_eq!((stats.overall.rows, stats.overall.nulls, stats.overall.blank), (7, 1, 2));
    assert_eq!(stats.overall.chars.histogram(&Bins::Standard).counts, [6, 0, 0, 0, 0, 0, 0]);
    assert_eq!((handle.report().done, handle.report().total), (7, Some(7)));
}

#[test]
fn a_null_is_no_text_of_length_zero() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(vec![(
        "train",
        vec![
            write(folder.path(), "a", vec![("text", texts(&[None, None]))], 10),
            write(folder.path(), "b", vec![("text", Arc::new(NullArray::new(3)))], 10),
        ],
    )]);
    let stats = text_lengths(&files, "text", &control().0).unwrap();
    assert_eq!((stats.overall.rows, stats.overall.nulls, stats.overall.empty), (5, 5, 0));
    assert_eq!(stats.overall.chars.summary(), None);
}

#[test]
fn every_kind_of_text_column_gives_the_same_lengths() {
    let folder = tempfile::tempdir().unwrap();
    let values = [Some("a"), None, Some("bc d"), Some("a"), Some("ééé")];
    let kinds: Vec<ArrayRef> = vec![
        texts(&values),
        Arc::new(values.iter().copied().collect::<LargeStringArray>()),
        Arc::new(values.iter().copied().collect::<StringViewArray>()),
        Arc::new(values.iter().copied().collect::<DictionaryArray<Int32Type>>()),
    ];
    for (place, kind) in kinds.into_iter().enumerate() {
        let file = write(folder.path(), &place.to_string(), vec![("other", texts(&values)), ("text", kind)], 2);
        let stats = text_lengths(&dataset(vec![("train", vec![file])]), "text", &control().0).unwrap();
        assert_eq!(stats.overall.chars.iter().collect::<Vec<_>>(), [(1, 2), (3, 1), (4, 1)], "{place}");
        assert_eq!(stats.overall.nulls, 1);
    }
}

#[test]
fn a_column_that_is_not_there_or_not_text_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let files =
        dataset(vec![("train", vec![write(folder.path(), "a", vec![("n", numbers), ("t", texts(&[None]))], 9)])]);
    let missing = text_lengths(&files, "text", &control().0).unwrap_err().to_string();
    assert!(missing.starts_with("there is no column 'text'; the columns are: n, t ("), "{missing}");
    let wrong = text_lengths(&files, "n", &control().0).unwrap_err().to_string();
    assert!(wrong.starts_with("the column 'n' is Int64, but must be text ("), "{wrong}");
}

#[test]
fn a_stop_ends_it_and_a_damaged_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a", vec![("text", texts(&[Some("x")]))], 9);
    let files = dataset(vec![("train", vec![file])]);
    let (control, handle) = control();
    handle.stop(Stop::Cancel);
    assert!(matches!(text_lengths(&files, "text", &control), Err(StatsError::Stopped(_))));
    std::fs::write(folder.path().join("a"), b"not Parquet at all").unwrap();
    let (control, _) = crate::jobs::control();
    assert!(matches!(text_lengths(&files, "text", &control), Err(StatsError::Parquet { .. })));
}

#[test]
fn what_is_kept_does_not_grow_with_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<Option<&str>> = (0..50_000).map(|row| Some(&"some words in a row"[..row % 19])).collect();
    let file = write(folder.path(), "a", vec![("text", texts(&values))], 10_000);
    let many = dataset(vec![("train", vec![file.clone(); 4])]);
    let stats = text_lengths(&many, "text", &control().0).unwrap();
    assert_eq!(stats.overall.rows, 200_000);
    assert_eq!((stats.overall.chars.distinct(), stats.overall.words.distinct()), (19, 6));
}

#[test]
fn what_is_stored_is_read_back_the_same_and_replaces_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a", vec![("text", texts(&[Some("a b"), None, Some("")]))], 9);
    let files = dataset(vec![("train", vec![file]), ("test", vec![])]);
    let stored = folder.path().join("dataset/stats");
    assert!(matches!(Stats::load(&stored), Err(StatsError::NotStored(_))));
    let stats = Stats { text: Some(text_lengths(&files, "text", &control().0).unwrap()), ..Stats::default() };
    Stats::default().save(&stored).unwrap();
    stats.save(&stored).unwrap();
    assert_eq!(Stats::load(&stored).unwrap(), stats);
    let beside: Vec<_> =
        std::fs::read_dir(stored.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["stats"]);

    let sql = "SELECT sum(count)::BIGINT, max(length) FROM read_parquet(?) WHERE unit = 'chars'";
    let database = duckdb::Connection::open_in_memory().unwrap();
    let path = stored.join("lengths.parquet").to_string_lossy().into_owned();
    let read = |row: &duckdb::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    assert_eq!(database.query_row(sql, [path], read).unwrap(), (2, 3));

    std::fs::write(stored.join("summary.json"), "{").unwrap();
    assert!(matches!(Stats::load(&stored), Err(StatsError::Damaged { .. })));
}

#[test]
fn the_document_has_the_shape_that_the_command_line_promises() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a", vec![("text", texts(&[Some("four"), Some("")]))], 9);
    let rest = write(folder.path(), "b", vec![("text", texts(&[None, Some("x y")]))], 9);
    let files = dataset(vec![("train", vec![file.clone(), rest]), ("test", vec![])]);
    let stats = Stats { text: Some(text_lengths(&files, "text", &control().0).unwrap()), ..Stats::default() };
    let document = serde_json::to_value(stats.document(&Bins::Standard)).unwrap();
    let lengths = &document["lengths"];
    assert_eq!(lengths["unit"], "chars");
    for key in ["min", "p25", "median", "p75", "p95", "p99", "max", "mean", "std"] {
        assert!(lengths[key].is_number(), "{key}");
    }
    assert_eq!(lengths["histogram"]["edges"], serde_json::json!([0, 100, 200, 400, 600, 800, 1000]));
    assert_eq!(lengths["histogram"]["counts"], serde_json::json!([3, 0, 0, 0, 0, 0, 0]));
    assert_eq!(document["splits"][0], serde_json::json!({"name": "train", "num_samples": 4, "share": 1.0}));
    let quality = &document["quality"];
    assert_eq!((&quality["nulls"], &quality["empty"], &quality["blank"]), (&1.into(), &1.into(), &1.into()));
    assert!(document["tokens"].is_null() && document["columns"].is_object());
}
