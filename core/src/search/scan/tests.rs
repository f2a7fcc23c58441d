use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use regex::RegexBuilder;

use crate::data::DatasetFiles;
use crate::jobs::{Stop, control};
use crate::samples::SampleReader;
use crate::samples::fixture::{texts, write};
use crate::search::{Found, Hit, Mode, Query, SearchError, Window, search};

type Rows = Vec<Option<String>>;

fn ask(files: &DatasetFiles, query: &Query, window: Window) -> Found {
    search(&SampleReader::open(files.clone()), query, &window, &control().0, |_| ()).unwrap()
}

/// Split, row, text and spans of every hit, by a regular expression over rows held in memory.
fn brute_force(splits: &[(&str, Vec<Rows>)], query: &Query) -> Vec<(String, u64, Vec<[usize; 2]>)> {
    let pattern = if query.mode == Mode::Regex { query.text.clone() } else { regex::escape(&query.text) };
    let pattern = if query.whole_word { format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}") } else { pattern };
    let regex = RegexBuilder::new(&pattern).case_insensitive(!query.match_case).build().unwrap();
    let mut hits = Vec::new();
    for (name, files) in splits.iter().filter(|(name, _)| query.split.as_ref().is_none_or(|split| split == name)) {
        for (row, text) in files.iter().flatten().enumerate() {
            let Some(text) = text else { continue };
            let found: Vec<_> = regex.find_iter(text).map(|found| [found.start(), found.end()]).collect();
            if !found.is_empty() {
                let spans = found.into_iter().filter(|[start, end]| start < end).collect();
                hits.push(((*name).to_owned(), row as u64, spans));
            }
        }
    }
    hits
}

fn plain(hits: Vec<Hit>) -> Vec<(String, u64, Vec<[usize; 2]>)> {
    hits.into_iter().map(|hit| (hit.split, hit.row, hit.spans)).collect()
}

const PIECES: [&str; 24] = [
    "the ",
    "The",
    "THE ",
    "quokka ",
    "K",
    "\u{212A}",
    "s",
    "ſ",
    "ß",
    "İ",
    "i",
    "Привет ",
    "ПРИВЕТ",
    "日本",
    "語",
    "كان ",
    "x86_64",
    "_",
    "e\u{301}",
    "é",
    "É",
    "👩🏽‍🚀",
    "\n",
    "a sentence that no view can hold inline. ",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..9).prop_map(|pieces| pieces.concat())
}

/// Some rows, many of them equal, so that files hold dictionaries as well as plain texts.
fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec(prop::option::weighted(0.9, text()), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_search_finds_what_reading_every_row_finds(
        train in prop::collection::vec(rows(), 1..4),
        test in rows(),
        needle in prop::sample::select(&PIECES[..]),
        more in prop::option::of(prop::sample::select(&PIECES[..])),
        pattern in prop::option::weighted(0.3, prop::sample::select(&["th.", "^the", "[кК]", "s|日", "\\w+\\s", "a*", "i$"][..])),
        (match_case, whole_word, one_split) in any::<(bool, bool, bool)>(),
        (offset, limit) in (0_u64..20, 1_u32..20),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let splits = [("train", train), ("test", vec![test])];
        let files = texts(folder.path(), &splits, 20);
        let query = Query {
            text: pattern.map_or_else(|| format!("{needle}{}", more.unwrap_or_default()), str::to_owned),
            mode: if pattern.is_some() { Mode::Regex } else { Mode::Contains },
            match_case,
            whole_word,
            columns: vec!["text".into()],
            split: one_split.then(|| "test".into()),
            ..Query::default()
        };
        let expected = brute_force(&splits, &query);
        let found = ask(&files, &query, Window { offset, limit, clamp_chars: None });
        prop_assert_eq!(found.total, expected.len() as u64, "{:?}", query);
        let window: Vec<_> = expected.into_iter().skip(offset as usize).take(limit as usize).collect();
        prop_assert_eq!(plain(found.hits), window, "{:?}", query);
    }
}

/// Two files of 3,000 distinct long rows, so that texts are stored plainly; every 100th says so.
fn numbered(folder: &Path) -> DatasetFiles {
    let rows = |file: usize| -> Rows {
        let text = |row: usize| {
            format!("row {row} of file {file} {}{}", "filler ".repeat(30), if row % 100 == 7 { "Marked" } else { "" })
        };
        (0..3000).map(|row| Some(text(row))).collect()
    };
    texts(folder, &[("train", vec![rows(0), rows(1)])], 500)
}

#[test]
fn the_first_hits_come_before_the_count_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(numbered(folder.path()));
    let mut told: Vec<(u64, u64, Vec<Hit>)> = Vec::new();
    let query = Query::contains("marked", &["text"]);
    let window = Window { offset: 2, limit: 10, clamp_chars: Some(20) };
    let found = search(&reader, &query, &window, &control().0, |progress| {
        told.push((progress.total, progress.rows_scanned, progress.hits.to_vec()));
    })
    .unwrap();
    assert_eq!((found.total, found.exact, found.used_index, found.hits.len()), (60, true, false, 10));
    assert_eq!((found.hits[0].row, found.hits[0].column.as_str()), (207, "text"));
    assert_eq!(&found.hits[0].text[found.hits[0].spans[0][0]..found.hits[0].spans[0][1]], "Marked");
    assert!(told.iter().any(|(total, _, hits)| !hits.is_empty() && *total < 60), "{told:?}");
    for pair in told.windows(2) {
        assert!(pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1 && pair[1].2.starts_with(&pair[0].2));
    }
    assert_eq!(told.last().unwrap(), &(60, 6000, found.hits));
}

#[test]
fn a_search_stops_when_asked_from_its_own_callback() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(numbered(folder.path()));
    let (operation, owner) = control();
    let query = Query::contains("row", &["text"]);
    let mut asked = None;
    let outcome = search(&reader, &query, &Window::default(), &operation, |_| {
        owner.stop(Stop::Cancel);
        asked.get_or_insert_with(Instant::now);
    });
    assert!(matches!(outcome, Err(SearchError::Stopped(_))));
    assert!(asked.unwrap().elapsed() < Duration::from_millis(100));
}

#[test]
fn all_text_columns_are_searched_when_none_is_named_and_a_hit_is_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let title = arrow::array::LargeStringArray::from(vec![Some("a cat"), Some("a dog"), None, Some("bird")]);
    let body: arrow::array::DictionaryArray<arrow::datatypes::Int32Type> =
        vec![Some("no cat"), Some("CAT"), Some("cat"), None].into_iter().collect();
    let number = arrow::array::Int32Array::from(vec![1, 2, 3, 4]);
    let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
        ("title", std::sync::Arc::new(title)),
        ("n", std::sync::Arc::new(number)),
        ("body", std::sync::Arc::new(body)),
    ];
    let file = write(&folder.path().join("a.parquet"), columns, 2, 2, true);
    let files = DatasetFiles { splits: vec![crate::data::SplitFiles { name: "train".into(), files: vec![file] }] };
    let found = ask(&files, &Query::contains("cat", &[]), Window::default());
    let seen: Vec<_> = found.hits.iter().map(|hit| (hit.row, hit.column.as_str(), hit.text.as_str())).collect();
    assert_eq!(seen, [(0, "title", "a cat"), (1, "body", "CAT"), (2, "body", "cat")]);
    assert_eq!(found.total, 3);
    let reader = SampleReader::open(files);
    let fails = |column| {
        search(&reader, &Query::contains("x", &[column]), &Window::default(), &control().0, |_| ()).unwrap_err()
    };
    assert_eq!(fails("n").to_string(), "the column “n” cannot be searched: it does not hold text");
    assert_eq!(fails("none").to_string(), "there is no column “none”; this dataset has title, n, body");
}

#[test]
fn a_search_looks_only_among_the_rows_of_its_filter() {
    let folder = tempfile::tempdir().unwrap();
    let files = numbered(folder.path());
    let query = Query {
        filter: Some(crate::samples::Filter::sql("n < 1000 and n % 200 = 7")),
        ..Query::contains("marked", &["text"])
    };
    let found = ask(&files, &query, Window::default());
    let rows: Vec<u64> = found.hits.iter().map(|hit| hit.row).collect();
    assert_eq!((found.total, rows), (5, vec![7, 207, 407, 607, 807]));
}

#[test]
fn a_place_across_two_rows_is_no_match() {
    let folder = tempfile::tempdir().unwrap();
    // Each text ends as the next begins, and the bytes between them in the file are a length: each has 48 bytes, which is the digit 0.
    let row = |row: usize| Some(format!("ab{}{row:04}ab", "-".repeat(40)));
    let files = texts(folder.path(), &[("train", vec![(0..2000).map(row).collect()])], 2000);
    for text in ["abab", "b0\u{0}\u{0}\u{0}a", "ab0", "\u{0}", "ab\u{0}"] {
        for match_case in [true, false] {
            let query = Query { match_case, ..Query::contains(text, &["text"]) };
            assert_eq!(ask(&files, &query, Window::default()).total, 0, "{text:?}");
        }
    }
    assert_eq!(ask(&files, &Query::contains("1999AB", &["text"]), Window::default()).total, 1);
}
