use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use proptest::prelude::*;
use regex::RegexBuilder;

use super::build::{Sizes, build_in};
use super::*;
use crate::data::DatasetFiles;
use crate::jobs::{Stop, control};
use crate::samples::fixture::{texts, write};
use crate::samples::{Filter, SampleReader};
use crate::search::{Answered, Found, Hit, Mode, Query, SearchError, WhyScan, Window, each_hit, search};

type Rows = Vec<Option<String>>;

const SMALL: Sizes = Sizes { bytes: 2000, rows: 40, arena: usize::MAX };

fn index(files: &DatasetFiles, columns: &[&str], folder: &Path, sizes: Sizes) -> TextIndex {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    build_in(sizes, files, &columns, folder, &control().0).unwrap();
    open(folder, files).unwrap()
}

fn open(folder: &Path, files: &DatasetFiles) -> Result<TextIndex, WhyScan> {
    TextIndex::open(folder, files, &control().0).unwrap()
}

fn ask(files: &DatasetFiles, index: Result<&TextIndex, WhyScan>, query: &Query, window: Window) -> Found {
    let reader = SampleReader::open(files.clone());
    search(&reader, index, query, &window, &control().0, |_| ()).unwrap()
}

/// What is in texts, of many scripts, with what is odd about each.
const PIECES: [&str; 62] = [
    "the ",
    "The",
    "THE ",
    "cat",
    "cats ",
    "scatter",
    "of",
    " of the ",
    "quokka ",
    "x86_64",
    "_",
    "7",
    "42 ",
    "3.14",
    "e\u{301}",
    "é",
    "É",
    "K",
    "\u{212A}",
    "s",
    "ſ",
    "ß",
    "İ",
    "i",
    "ı",
    "Привет ",
    "ПРИВЕТ",
    "мир",
    "ΟΔΟΣ ",
    "οδος",
    "日本",
    "日",
    "本",
    "語 ",
    "ひらがな",
    "カタカナー",
    "한국어 ",
    "한",
    "ไทย",
    "แมว ",
    "كان ",
    "عربي",
    "שלום ",
    "👩🏽‍🚀",
    "🙂 ",
    ", ",
    ".",
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "-",
    "(",
    ")",
    "\"",
    "。",
    "\u{0}",
    "\u{200d}",
    "\u{200b}",
    "a",
    "—",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        40 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => (400_usize..700).prop_map(|length| "Ab".repeat(length)),
        1 => (900_usize..1200).prop_map(|length| "-".repeat(length)),
        2 => any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..14).prop_map(|pieces| pieces.concat())
}

fn rows() -> impl Strategy<Value = Rows> {
    prop::collection::vec(prop::option::weighted(0.95, text()), 0..50)
}

/// Cut out of a text, or foreign to it.
fn needle(splits: &[(&str, Vec<Rows>)], own: bool, place: prop::sample::Index, length: usize, other: &str) -> String {
    let all: Vec<&String> = splits.iter().flat_map(|(_, files)| files.iter().flatten().flatten()).collect();
    if own && !all.is_empty() {
        let text: Vec<char> = all[place.index(all.len())].chars().collect();
        if !text.is_empty() {
            let start = place.index(text.len());
            return text[start..(start + length).min(text.len())].iter().collect();
        }
    }
    other.to_owned()
}

/// Split and row of every row in which a regular expression finds the text.
fn brute_force(splits: &[(&str, Vec<Rows>)], query: &Query) -> Vec<(String, u64)> {
    let pattern = if query.mode == Mode::Regex { query.text.clone() } else { regex::escape(&query.text) };
    let pattern = if query.whole_word { format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}") } else { pattern };
    let regex = RegexBuilder::new(&pattern).case_insensitive(!query.match_case).build().unwrap();
    rows_where(splits, query, |text| regex.is_match(text))
}

fn rows_where(splits: &[(&str, Vec<Rows>)], query: &Query, holds: impl Fn(&str) -> bool) -> Vec<(String, u64)> {
    let wanted = splits.iter().filter(|(name, _)| query.split.as_ref().is_none_or(|split| split == name));
    wanted
        .flat_map(|(name, files)| {
            files
                .iter()
                .enumerate()
                .flat_map(|(file, rows)| rows.iter().enumerate().map(move |(row, text)| (1000 * file + row, text)))
                .enumerate()
                .map(|(row, found)| ((*name).to_owned(), row as u64, found))
        })
        .filter(|(_, _, (number, text))| {
            text.as_ref().is_some_and(|text| holds(text)) && (query.filter.is_none() || number % 1000 % 3 == 1)
        })
        .map(|(name, row, _)| (name, row))
        .collect()
}

fn places(found: &Found) -> Vec<(String, u64)> {
    found.hits.iter().map(|hit| (hit.split.clone(), hit.row)).collect()
}

const ALL: Window = Window { offset: 0, limit: 10_000, clamp_chars: None };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn an_index_finds_what_reading_every_row_finds(
        train in prop::collection::vec(rows(), 1..3),
        test in rows(),
        needles in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>(), 1_usize..12, text()), 12),
        patterns in prop::collection::vec(prop::sample::select(&[
            "the ca[tr]", "^the", "[кК]", "s|日本", "\\w+\\s", "(?:ab)+", "cat.*the", "of the|привет", "日.?本", "x86_\\d+", "é", "(?-i)The",
        ][..]), 3),
        options in prop::collection::vec((any::<bool>(), any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2)), 15),
        ends in prop::collection::vec((prop::bool::weighted(0.25), prop::bool::weighted(0.25)), 15),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let splits = [("train", train), ("test", vec![test])];
        let files = texts(folder.path(), &splits, 20);
        let opened = index(&files, &["text"], &folder.path().join("index"), SMALL);
        let needles = needles.into_iter().map(|(own, place, length, other)| (needle(&splits, own, place, length, &other), Mode::Contains));
        let queries = needles.chain(patterns.into_iter().map(|pattern| (pattern.to_owned(), Mode::Regex)));
        for (((text, mode), (match_case, whole_word, one_split, filtered)), spaces) in queries.zip(options).zip(ends) {
            let text = match spaces {
                _ if mode == Mode::Regex => text,
                (before, after) => format!("{}{text}{}", if before { " " } else { "" }, if after { " " } else { "" }),
            };
            if text.is_empty() {
                continue;
            }
            let query = Query {
                text, mode, match_case, whole_word,
                columns: vec!["text".into()],
                split: one_split.then(|| "test".into()),
                filter: filtered.then(|| Filter::sql("n % 1000 % 3 = 1")),
                no_index: false,
            };
            let expected = brute_force(&splits, &query);
            let found = ask(&files, Ok(&opened), &query, ALL);
            prop_assert_eq!(places(&found), expected, "{:?} {:?}", &query, found.answered);
            prop_assert_eq!(found.total, found.hits.len() as u64);
            let scanned = ask(&files, Ok(&opened), &Query { no_index: true, ..query.clone() }, ALL);
            prop_assert_eq!(&scanned.answered, &Answered::Scan { why: WhyScan::Asked });
            prop_assert_eq!(scanned.hits, found.hits);
            let (offset, limit) = (found.total / 3, 4);
            let page = ask(&files, Ok(&opened), &query, Window { offset, limit, clamp_chars: None });
            let from = places(&page);
            prop_assert_eq!(&from[..], &brute_force(&splits, &query)[offset as usize..][..from.len()]);
            prop_assert_eq!((page.total, page.hits.len() as u64), (found.total, u64::from(limit).min(found.total - offset)));
        }
    }

    #[test]
    fn an_index_ranks_as_reading_every_row_ranks_and_as_the_definition_says(
        train in prop::collection::vec(rows(), 1..3),
        test in rows(),
        words in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>(), 1_usize..10, prop::sample::select(&PIECES[..])), 8),
        (one_split, filtered) in (prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let splits = [("train", train), ("test", vec![test])];
        let files = texts(folder.path(), &splits, 20);
        let opened = index(&files, &["text"], &folder.path().join("index"), SMALL);
        let texts: Vec<Option<&str>> = splits.iter().flat_map(|(_, files)| files.iter().flatten().map(Option::as_deref)).collect();
        let words: Vec<String> = words.iter().map(|(own, place, length, other)| needle(&splits, *own, *place, *length, other).replace(['"', '(', ')'], " ")).collect();
        let quoted = |place: usize| format!("\"{}\"", words[place]);
        let queries = [
            quoted(0),
            format!("{} {}", quoted(1), quoted(2)),
            format!("{} AND {}", quoted(3), quoted(4)),
            format!("{} -{}", quoted(5), quoted(6)),
            format!("({} OR {}) AND {}", quoted(0), quoted(7), quoted(2)),
        ];
        for text in queries {
            let query = Query {
                text,
                mode: Mode::Words,
                columns: vec!["text".into()],
                split: one_split.then(|| "test".into()),
                filter: filtered.then(|| Filter::sql("n % 1000 % 3 = 1")),
                ..Query::default()
            };
            if query.validate().is_err() {
                continue;
            }
            let found = ask(&files, Ok(&opened), &query, ALL);
            prop_assert_eq!(&found.answered, &Answered::Index);
            let scanned = ask(&files, Err(WhyScan::NoIndex), &query, ALL);
            prop_assert_eq!(scanned.total, found.total);
            prop_assert_eq!(scanned.hits, &found.hits[..], "{:?}", query);
            let page = ask(&files, Ok(&opened), &query, Window { offset: 2, limit: 3, clamp_chars: None });
            let expected_page: Vec<Hit> = found.hits.iter().skip(2).take(3).cloned().collect();
            prop_assert_eq!(page.hits, expected_page);
            let oracle = Oracle::new(&query.text, &texts);
            let mut expected: BTreeMap<(String, u64), f32> = BTreeMap::new();
            for place in rows_where(&splits, &query, |text| oracle.score(text).is_some()) {
                let text = text_at(&splits, &place);
                expected.insert(place, oracle.score(text).unwrap());
            }
            let scores: BTreeMap<(String, u64), f32> = found.hits.iter().map(|hit| ((hit.split.clone(), hit.row), hit.score.unwrap())).collect();
            prop_assert_eq!(scores.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{:?}", query);
            for (place, score) in scores {
                prop_assert!((score - expected[&place]).abs() <= 1e-4 * score.abs(), "{:?} {:?}", query, place);
            }
            prop_assert!(found.hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
        }
    }
}

fn text_at<'t>(splits: &'t [(&str, Vec<Rows>)], (split, row): &(String, u64)) -> &'t str {
    let (_, files) = splits.iter().find(|(name, _)| name == split).unwrap();
    files.iter().flatten().nth(*row as usize).unwrap().as_deref().unwrap()
}

/// What a search for words means, said once more in the plainest way: words by one regular expression, scores by the
/// formula of BM25 with the lengths that tantivy keeps.
struct Oracle {
    expression: String,
    phrases: Vec<Vec<String>>,
    rows: f32,
    average: f32,
    rows_with: HashMap<String, f32>,
}

impl Oracle {
    fn words(text: &str) -> Vec<String> {
        let unspaced = r"[\w&&[\p{Han}\p{Hira}\p{Kana}\p{Bopo}\p{Yi}\p{Thai}\p{Lao}\p{Khmr}\p{Mymr}\p{Tibt}\p{Java}\p{Bali}\p{Lana}\p{Talu}\p{Tale}\p{Tavt}\p{Tang}\p{Nshu}]]";
        let regex = regex::Regex::new(&format!(r"{unspaced}|[\w--{unspaced}]+")).unwrap();
        // The regex crate alone says which letters are alike: each stands for the first in its class.
        let least = |char: char| {
            let mut class =
                regex_syntax::hir::ClassUnicode::new([regex_syntax::hir::ClassUnicodeRange::new(char, char)]);
            class.try_case_fold_simple().unwrap();
            class.ranges()[0].start()
        };
        regex.find_iter(text).map(|found| found.as_str().chars().map(least).collect()).collect()
    }

    fn new(text: &str, texts: &[Option<&str>]) -> Self {
        // The queries of the test quote every word; what is between the quotes are the operators.
        let parts: Vec<&str> = text.split('"').collect();
        let phrases: Vec<Vec<String>> = parts.iter().skip(1).step_by(2).map(|part| Self::words(part)).collect();
        let expression =
            parts.iter().enumerate().map(|(place, part)| if place % 2 == 1 { "#" } else { part }).collect();
        let held: Vec<Vec<String>> = texts.iter().map(|text| text.map(Self::words).unwrap_or_default()).collect();
        let rows_with = phrases
            .iter()
            .flatten()
            .map(|word| (word.clone(), held.iter().filter(|words| words.contains(word)).count() as f32));
        let average = held.iter().map(Vec::len).sum::<usize>() as f32 / held.len() as f32;
        Self { expression, rows_with: rows_with.collect(), rows: held.len() as f32, average, phrases }
    }

    fn leaf(&self, phrase: &[String], words: &[String]) -> Option<f32> {
        let count =
            if phrase.is_empty() { 0 } else { words.windows(phrase.len()).filter(|window| *window == phrase).count() };
        let kept = tantivy::fieldnorm::FieldNormReader::id_to_fieldnorm(
            tantivy::fieldnorm::FieldNormReader::fieldnorm_to_id(words.len() as u32),
        );
        let weight: f32 = phrase
            .iter()
            .map(|word| {
                let with = self.rows_with[word];
                (1.0 + (self.rows - with + 0.5) / (with + 0.5)).ln()
            })
            .sum();
        let count = count as f32;
        (count > 0.0).then(|| weight * 2.2 * count / (count + 1.2 * (0.25 + 0.75 * kept as f32 / self.average)))
    }

    fn score(&self, text: &str) -> Option<f32> {
        let words = Self::words(text);
        let leaves: Vec<Option<f32>> = self.phrases.iter().map(|phrase| self.leaf(phrase, &words)).collect();
        // A phrase without a word is not there: it neither asks for anything nor is in the way.
        let known: Vec<bool> = self.phrases.iter().map(|phrase| !phrase.is_empty()).collect();
        let any = |places: &[usize]| {
            let found: Vec<f32> = places.iter().filter_map(|place| leaves[*place]).collect();
            (!found.is_empty()).then(|| found.into_iter().sum::<f32>())
        };
        let all = |parts: &[(Option<f32>, bool)]| {
            let asked: Vec<Option<f32>> = parts.iter().filter(|(_, known)| *known).map(|(score, _)| *score).collect();
            if asked.is_empty() { None } else { asked.into_iter().sum::<Option<f32>>() }
        };
        match self.expression.as_str() {
            "#" => leaves[0],
            "# #" => any(&[0, 1]),
            "# AND #" => all(&[(leaves[0], known[0]), (leaves[1], known[1])]),
            "# -#" => leaves[0].filter(|_| leaves[1].is_none()),
            "(# OR #) AND #" => all(&[(any(&[0, 1]), known[0] || known[1]), (leaves[2], known[2])]),
            other => panic!("{other}"),
        }
    }
}

/// Some rows of one file.
fn dataset(folder: &Path, rows: &[&str]) -> DatasetFiles {
    texts(folder, &[("train", vec![rows.iter().map(|row| Some((*row).to_owned())).collect()])], 5)
}

#[test]
fn most_questions_are_answered_without_reading_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let files =
        dataset(folder.path(), &["The quick brown fox, x86_64", "the lazy dog", "日本語 and the rest", "scatter"]);
    let opened = index(&files, &[], &folder.path().join("index"), SMALL);
    assert_eq!(opened.columns(), ["text"]);
    for (text, rows) in [
        ("THE", 3),
        ("quick brown", 1),
        ("fox, x86", 1),
        ("本語 a", 1),
        ("cat", 1),
        (" ", 3),
        ("zebra", 0),
        ("lazy ", 1),
        (" cat", 0),
        (" dog", 1),
    ] {
        let found = ask(&files, Ok(&opened), &Query::contains(text, &["text"]), ALL);
        assert_eq!((found.total, &found.answered, found.used_index), (rows, &Answered::Index, true), "{text}");
    }
    let read = |query: &Query| ask(&files, Ok(&opened), query, ALL).answered;
    let contains = |text: &str| Query::contains(text, &["text"]);
    // Where characters without spaces touch, the usual gap is none.
    for text in ["the ", " and ", " lazy "] {
        assert_eq!(read(&contains(text)), Answered::Index, "{text}");
    }
    assert_eq!(read(&Query { whole_word: true, ..contains("the") }), Answered::IndexAndRows { rows: 1 });
    assert_eq!(read(&Query { match_case: true, ..contains("fox") }), Answered::IndexAndRows { rows: 1 });
    assert_eq!(read(&Query { match_case: true, ..contains("86") }), Answered::Index);
    assert_eq!(read(&Query { mode: Mode::Regex, ..contains("bro.n fox") }), Answered::IndexAndRows { rows: 1 });
    assert_eq!(read(&Query { mode: Mode::Regex, ..contains("^.") }), Answered::Scan { why: WhyScan::NoText });
}

#[test]
fn several_columns_are_searched_and_one_that_is_not_in_the_index_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let column = |texts: [&str; 3]| std::sync::Arc::new(arrow::array::StringArray::from(texts.to_vec()));
    let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
        ("title", column(["a cat", "a dog", "none"])),
        ("body", column(["no", "The CAT sat", "the bird"])),
        ("note", column(["x", "y", "a cat"])),
    ];
    let file = write(&folder.path().join("a.parquet"), columns, 2, 2, false);
    let files = DatasetFiles { splits: vec![crate::data::SplitFiles { name: "train".into(), files: vec![file] }] };
    let opened = index(&files, &["body", "title"], &folder.path().join("index"), SMALL);
    let seen = |query: &Query| {
        let found = ask(&files, Ok(&opened), query, ALL);
        let hits: Vec<_> = found.hits.into_iter().map(|hit: Hit| (hit.row, hit.column)).collect();
        (hits, found.answered)
    };
    let (hits, answered) = seen(&Query::contains("cat", &["title", "body"]));
    assert_eq!((hits, answered), (vec![(0, "title".into()), (1, "body".into())], Answered::Index));
    let words = Query { mode: Mode::Words, ..Query::contains("cat sat", &["body", "title"]) };
    let (hits, answered) = seen(&words);
    assert_eq!((hits, answered), (vec![(1, "body".into()), (0, "title".into())], Answered::Index));
    let (hits, answered) = seen(&Query::contains("cat", &[]));
    assert_eq!(hits.len(), 3);
    assert_eq!(answered, Answered::Scan { why: WhyScan::OtherColumn { column: "note".into() } });
}

#[test]
fn an_index_of_other_files_or_with_a_wrong_byte_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &["one", "two", "three"]);
    let place = folder.path().join("index");
    assert_eq!(open(&place, &files).unwrap_err(), WhyScan::NoIndex);
    drop(index(&files, &[], &place, SMALL));
    for entry in walk(&place) {
        let whole = std::fs::read(&entry).unwrap();
        let mut wrong = whole.clone();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 4;
        std::fs::write(&entry, wrong).unwrap();
        let refused = open(&place, &files).unwrap_err();
        assert!(matches!(refused, WhyScan::Damaged { .. }), "{}: {refused}", entry.display());
        std::fs::remove_file(&entry).unwrap();
        let refused = open(&place, &files).unwrap_err();
        assert!(matches!(refused, WhyScan::Damaged { .. } | WhyScan::NoIndex), "{}: {refused}", entry.display());
        std::fs::write(&entry, whole).unwrap();
    }
    #[cfg(unix)]
    for entry in walk(&place) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&entry).unwrap().permissions());
        let usual = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&files.splits[0].files[0].path).unwrap().permissions(),
        );
        assert_eq!(mode, usual, "{}", entry.display());
    }
    let opened = open(&place, &files).unwrap();
    assert!(opened.is_current());
    let changed = dataset(folder.path(), &["one", "two", "thr33"]);
    assert!(!opened.is_current());
    let refused = open(&place, &changed).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the index is out of date: data file 1 has changed since it was made; make it again"
    );
    let mut longer = changed.clone();
    longer.splits[0].files.push(changed.splits[0].files[0].clone());
    assert!(matches!(open(&place, &longer).unwrap_err(), WhyScan::Stale { .. }));
    let found = ask(&changed, Err(refused), &Query::contains("thr33", &[]), ALL);
    assert_eq!((found.total, found.used_index), (1, false));
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_build_that_is_stopped_leaves_the_old_index_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &["one", "two", "three"]);
    let place = folder.path().join("new/index");
    drop(index(&files, &[], &place, SMALL));
    let (operation, owner) = control();
    owner.stop(Stop::Cancel);
    let outcome = build_in(SMALL, &files, &[], &place, &operation);
    assert!(matches!(outcome, Err(SearchError::Stopped(_))), "{outcome:?}");
    assert_eq!(std::fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    open(&place, &files).unwrap();
    drop(index(&files, &[], &place, SMALL));
    assert_eq!(std::fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
}

#[test]
fn an_index_that_is_being_opened_hears_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path(), &["one", "two", "three"]);
    let place = folder.path().join("index");
    drop(index(&files, &[], &place, SMALL));
    let (operation, owner) = control();
    owner.stop(Stop::Cancel);
    assert!(TextIndex::open(&place, &files, &operation).is_err());
    let file = walk(&place).pop().unwrap();
    assert!(super::manifest::record(&file, "name".into(), &operation).unwrap().is_err(), "a stop is heard in a file");
}

#[test]
fn a_ranked_search_of_one_split_looks_at_no_more_rows_than_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |count: usize| -> Rows { (0..count).map(|row| Some(format!("row {row}"))).collect() };
    let files = texts(folder.path(), &[("train", vec![rows(30)]), ("test", vec![rows(7)])], 5);
    let opened = index(&files, &[], &folder.path().join("index"), SMALL);
    let reader = SampleReader::open(files);
    let query = Query { mode: Mode::Words, split: Some("test".into()), ..Query::contains("row", &["text"]) };
    for (index, rows) in [(Ok(&opened), 7), (Err(WhyScan::NoIndex), 44)] {
        let (operation, owner) = control();
        let mut seen = (0, 0);
        let found = search(&reader, index, &query, &ALL, &operation, |progress| {
            seen = (progress.rows_scanned, progress.rows_total);
        });
        assert_eq!((found.unwrap().total, seen), (7, (rows, rows)));
        let report = owner.report();
        assert_eq!((report.done, report.total), (rows, Some(rows)));
    }
}

#[test]
fn hits_come_one_by_one_as_all_at_once_and_from_any_row_group_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |from: usize| -> Rows {
        (from..from + 60).map(|row| Some(format!("{row} cats {}", "and cat ".repeat(row % 7)))).collect()
    };
    let files = texts(folder.path(), &[("train", vec![rows(0), rows(60)]), ("test", vec![rows(200)])], 5);
    let opened = index(&files, &[], &folder.path().join("index"), SMALL);
    let reader = SampleReader::open(files.clone());
    let window = Window { offset: 20, limit: 100, clamp_chars: None };
    for mode in [Mode::Contains, Mode::Words] {
        let query = Query { mode, ..Query::contains("cat", &["text"]) };
        let all = ask(&files, Ok(&opened), &query, window);
        assert_eq!(all.hits.len(), if mode == Mode::Contains { 100 } else { 100.min(all.total as usize - 20) });
        let mut hits = Vec::new();
        let found = each_hit(&reader, Ok(&opened), &query, &window, &control().0, |found, hit| {
            assert_eq!((found.total, found.hits.len()), (all.total, 0));
            hits.push(hit);
            true
        });
        assert_eq!((found.unwrap().answered, hits), (all.answered, all.hits));
    }
}

#[test]
fn a_segment_whose_words_take_too_much_memory_is_written_early() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..40).map(|row| format!("row {row} of all")).collect();
    let files = dataset(folder.path(), &rows.iter().map(String::as_str).collect::<Vec<_>>());
    let sizes = Sizes { bytes: u64::MAX, rows: 1000, arena: 0 };
    let opened = index(&files, &[], &folder.path().join("index"), sizes);
    assert_eq!(opened.segments.len(), 40);
    assert_eq!(ask(&files, Ok(&opened), &Query::contains("of all", &[]), ALL).total, 40);
}

#[test]
fn the_first_page_does_not_wait_for_the_count_and_a_search_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<String> = (0..400).map(|row| format!("row {row} of all")).collect();
    let files = dataset(folder.path(), &rows.iter().map(String::as_str).collect::<Vec<_>>());
    let opened = index(&files, &[], &folder.path().join("index"), SMALL);
    let reader = SampleReader::open(files);
    let window = Window { limit: 3, ..Window::default() };
    let query = Query::contains("of all", &["text"]);
    let mut first = None;
    let found = search(&reader, Ok(&opened), &query, &window, &control().0, |progress| {
        assert_eq!(progress.answered, &Answered::Index);
        if first.is_none() && progress.hits.len() == 3 {
            first = Some(progress.total);
        }
    });
    assert_eq!(found.unwrap().total, 400);
    assert!(first.unwrap() < 400, "{first:?}");
    let (operation, owner) = control();
    let outcome = search(&reader, Ok(&opened), &query, &window, &operation, |_| owner.stop(Stop::Cancel));
    assert!(matches!(outcome, Err(SearchError::Stopped(_))));
}
