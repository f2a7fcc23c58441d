use std::sync::Arc;

use arrow::array::{Array, ArrayRef, FixedSizeListArray, Int32Array, LargeListArray, ListArray};
use arrow::datatypes::{Field, Int8Type, Int32Type, Int64Type, UInt16Type};

use super::{dataset, write};
use crate::data::{DatasetFiles, FilledRows};
use crate::jobs::control;
use crate::stats::{PaddingSide, Stats, TokenStats, token_stats};

type Rows<'a> = &'a [Option<Vec<Option<i32>>>];

#[expect(clippy::unnecessary_wraps, reason = "rows are optional, and most of them are there")]
fn row(ids: &[i32]) -> Option<Vec<Option<i32>>> {
    Some(ids.iter().map(|id| Some(*id)).collect())
}

fn lists(rows: Rows<'_>) -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows.iter().cloned()))
}

fn numbers(values: &[i32]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

fn count(files: &DatasetFiles, padding: PaddingSide) -> TokenStats {
    token_stats(files, "input_ids", padding, &FilledRows::default(), &control().0).unwrap()
}

#[test]
fn a_pad_is_never_a_token_whichever_way_the_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let ids = lists(&[row(&[7, 8, 0, 0]), row(&[9, 0, 0, 0])]);
    let mask: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int8Type, _, _>([
        Some([1, 1, 0, 0].map(Some)),
        Some([1, 0, 0, 0].map(Some)),
    ]));
    let columns = [
        vec![("input_ids", Arc::clone(&ids)), ("attention_mask", mask)],
        vec![("input_ids", ids), ("num_tokens", numbers(&[2, 1]))],
    ];
    for (place, columns) in columns.into_iter().enumerate() {
        let file = write(folder.path(), &place.to_string(), columns, 1);
        let stats = count(&dataset(vec![("train", vec![file])]), PaddingSide::Right);
        assert_eq!((stats.overall.total(), stats.overall.pads), (3, 5));
        assert_eq!(stats.frequencies.iter().collect::<Vec<_>>(), [(7, 1), (8, 1), (9, 1)]);
        assert!((stats.overall.mean() - 1.5).abs() < 1e-12);
        assert!((stats.overall.padding_share() - 0.625).abs() < 1e-12);
    }
}

#[test]
fn a_token_with_the_id_of_the_pad_is_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let columns = vec![("input_ids", lists(&[row(&[0, 5, 0, 0])])), ("num_tokens", numbers(&[3]))];
    let stats = count(&dataset(vec![("train", vec![write(folder.path(), "a", columns, 9)])]), PaddingSide::Right);
    assert_eq!(stats.frequencies.iter().collect::<Vec<_>>(), [(0, 2), (5, 1)]);
}

#[test]
fn with_pads_on_the_left_the_tokens_are_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let columns = vec![("input_ids", lists(&[row(&[0, 0, 3, 4])])), ("num_tokens", numbers(&[2]))];
    let stats = count(&dataset(vec![("train", vec![write(folder.path(), "a", columns, 9)])]), PaddingSide::Left);
    assert_eq!(stats.frequencies.iter().collect::<Vec<_>>(), [(3, 1), (4, 1)]);
}

#[test]
fn every_kind_of_list_and_number_is_counted_alike() {
    let folder = tempfile::tempdir().unwrap();
    let values: ArrayRef = numbers(&[1, 2, 3, 4]);
    let field = Arc::new(Field::new("item", values.data_type().clone(), true));
    let kinds: Vec<ArrayRef> = vec![
        lists(&[row(&[1, 2]), row(&[3, 4])]),
        Arc::new(LargeListArray::from_iter_primitive::<Int64Type, _, _>([
            Some([1, 2].map(Some)),
            Some([3, 4].map(Some)),
        ])),
        Arc::new(ListArray::from_iter_primitive::<UInt16Type, _, _>([Some([1, 2].map(Some)), Some([3, 4].map(Some))])),
        Arc::new(FixedSizeListArray::new(field, 2, values, None)),
    ];
    for (place, kind) in kinds.into_iter().enumerate() {
        let file = write(folder.path(), &place.to_string(), vec![("input_ids", kind)], 1);
        let stats = count(&dataset(vec![("train", vec![file])]), PaddingSide::Right);
        assert_eq!(stats.frequencies.ranked(), [(1, 1), (2, 1), (3, 1), (4, 1)], "{place}");
        assert_eq!(stats.overall.tokens.iter().collect::<Vec<_>>(), [(2, 2)], "{place}");
    }
}

#[test]
fn splits_are_counted_apart_and_ids_together() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name, rows: Rows<'_>| write(folder.path(), name, vec![("input_ids", lists(rows))], 2);
    let files = dataset(vec![
        ("train", vec![file("a", &[row(&[1, 1, 2]), row(&[]), None]), file("b", &[row(&[2])])]),
        ("test", vec![file("c", &[row(&[2, 3])])]),
        ("empty", vec![file("d", &[])]),
    ]);
    let stats = count(&files, PaddingSide::Right);
    let train = &stats.splits[0].lengths;
    assert_eq!((train.rows, train.nulls, train.total()), (4, 1, 4));
    assert_eq!(train.tokens.iter().collect::<Vec<_>>(), [(0, 1), (1, 1), (3, 1)]);
    assert_eq!(stats.splits[1].lengths.total(), 2);
    assert_eq!(stats.splits[2].lengths.rows, 0);
    assert_eq!(stats.frequencies.ranked(), [(2, 3), (1, 2), (3, 1)]);
    assert_eq!(stats.frequencies.unique(), 3);

    let stored = folder.path().join("stats");
    let stats = Stats { tokens: Some(stats), ..Stats::default() };
    stats.save(&stored).unwrap();
    assert_eq!(Stats::load(&stored).unwrap(), stats);
    let document = serde_json::to_value(stats.document(&crate::stats::Bins::Standard)).unwrap();
    assert_eq!(document["lengths"]["unit"], "tokens");
    assert_eq!((&document["tokens"]["total"], &document["tokens"]["unique"]), (&6.into(), &3.into()));
}

#[test]
fn a_row_that_contradicts_itself_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let short: ArrayRef =
        Arc::new(ListArray::from_iter_primitive::<Int8Type, _, _>([Some([Some(1)]), Some([Some(1)])]));
    for (columns, problem) in [
        (
            vec![("input_ids", lists(&[row(&[1]), row(&[1, -5])]))],
            "row 1 of a token file has the impossible token id -5",
        ),
        (
            vec![("input_ids", lists(&[row(&[1]), row(&[2, 3])])), ("num_tokens", numbers(&[1, 3]))],
            "row 1 of a token file has 2 ids but says 3 of them are tokens",
        ),
        (
            vec![("input_ids", lists(&[row(&[1]), row(&[2, 3])])), ("attention_mask", short)],
            "row 1 of a token file has 2 ids but a mask of 1",
        ),
    ] {
        let files = dataset(vec![("train", vec![write(folder.path(), "a", columns, 1)])]);
        let message = token_stats(&files, "input_ids", PaddingSide::Right, &FilledRows::default(), &control().0)
            .unwrap_err()
            .to_string();
        assert!(message.starts_with(problem), "{message}");
    }
}

#[test]
fn what_is_kept_does_not_grow_with_the_rows() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (0..20_000).map(|number| row(&[number % 100, 7])).collect();
    let file = write(folder.path(), "a", vec![("input_ids", lists(&rows))], 5_000);
    let stats = count(&dataset(vec![("train", vec![file; 3])]), PaddingSide::Right);
    assert_eq!((stats.overall.rows, stats.overall.total()), (60_000, 120_000));
    assert_eq!((stats.frequencies.unique(), stats.overall.tokens.distinct()), (100, 1));
}
