use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};

use super::{dataset, write};
use crate::data::DatasetFiles;
use crate::jobs::{Stop, control};
use crate::stats::{
    NearDuplicates, NearSettings, Shingles, StatsError, find_near_duplicates, near_duplicate_rows, near_duplicates,
};

const THRESHOLD: f64 = 0.8;

/// Texts of 40 to 120 words; most are an earlier one with some of its words changed, some are copies, some are short.
fn corpus(seed: u64, size: usize) -> Vec<Option<String>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut texts: Vec<Option<String>> = Vec::new();
    for row in 0..size {
        let kind = random.u32(..20);
        let text = match kind {
            0 => None,
            1 => Some(String::new()),
            2 => Some("short text".to_owned()),
            _ if row > 10 && kind < 14 => texts[random.usize(..row)].clone().map(|text| {
                let share = random.f64() * 0.06;
                let changed = text.split_whitespace().map(|word| {
                    if random.f64() < share { format!("c{}", random.u32(..10_000)) } else { word.to_owned() }
                });
                changed.collect::<Vec<_>>().join(" ")
            }),
            _ => {
                let words = (0..random.u32(40..120)).map(|_| format!("w{}", random.u32(..5_000)));
                Some(words.collect::<Vec<_>>().join(" "))
            }
        };
        texts.push(text);
    }
    texts
}

fn files(folder: &std::path::Path, texts: &[Option<String>]) -> DatasetFiles {
    let column = |texts: &[Option<String>]| -> ArrayRef { Arc::new(texts.iter().cloned().collect::<StringArray>()) };
    let (one, rest) = texts.split_at(texts.len() / 3);
    let (two, three) = rest.split_at(rest.len() / 2);
    dataset(vec![
        (
            "train",
            vec![write(folder, "a", vec![("t", column(one))], 50), write(folder, "b", vec![("t", column(two))], 70)],
        ),
        ("test", vec![write(folder, "c", vec![("t", column(three))], 30)]),
    ])
}

/// Shingles in the plainest way: the words themselves.
fn plain(text: &str, shingles: Shingles) -> HashSet<Vec<String>> {
    let (parts, size): (Vec<String>, usize) = match shingles {
        Shingles::Words(size) => (text.split_whitespace().map(str::to_owned).collect(), size),
        Shingles::Chars(size) => (text.chars().map(String::from).collect(), size),
    };
    match parts.len() {
        0 => HashSet::new(),
        few if few < size => HashSet::from([parts]),
        _ => parts.windows(size).map(<[String]>::to_vec).collect(),
    }
}

/// Every pair that is near enough, by comparing every text with every other.
fn brute_force(texts: &[Option<String>], shingles: Shingles) -> Vec<(usize, usize)> {
    let sets: Vec<_> = texts.iter().map(|text| plain(text.as_deref().unwrap_or_default(), shingles)).collect();
    let mut pairs = Vec::new();
    for (one, set) in sets.iter().enumerate() {
        for (two, other) in sets.iter().enumerate().skip(one + 1) {
            let shared = set.intersection(other).count();
            let all = set.len() + other.len() - shared;
            if all > 0 && shared as f64 / all as f64 >= THRESHOLD {
                pairs.push((one, two));
            }
        }
    }
    pairs
}

/// The cluster of each row that is in one.
fn clusters_of(pairs: &[(usize, usize)], rows: usize) -> Vec<usize> {
    let mut of: Vec<usize> = (0..rows).collect();
    loop {
        let before = of.clone();
        for (one, two) in pairs {
            let first = of[*one].min(of[*two]);
            (of[*one], of[*two]) = (first, first);
        }
        if of == before {
            return of;
        }
    }
}

/// Finds, and reads back each row of a cluster with its cluster's first row, numbered through the splits.
fn found(files: &DatasetFiles, settings: NearSettings) -> (NearDuplicates, BTreeMap<usize, usize>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stats/near_duplicates.parquet");
    assert_eq!(near_duplicates(&path).unwrap(), None);
    let report = find_near_duplicates(files, "t", settings, &path, &control().0).unwrap();
    assert_eq!(near_duplicates(&path).unwrap().as_ref(), Some(&report));
    let beside: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
    let number =
        |split: &str, row: u64| row as usize + if split == "test" { files.splits[0].rows() as usize } else { 0 };
    let mut rows = BTreeMap::new();
    let mut last = None;
    near_duplicate_rows(&path, |row| {
        let here = number(row.split, row.row);
        assert!(last < Some(here), "rows are in order, each once");
        last = Some(here);
        assert!((0.0..=1.0).contains(&row.similarity));
        rows.insert(here, number(row.cluster_split, row.cluster_row));
    })
    .unwrap();
    (report, rows)
}

#[test]
fn what_is_found_is_near_and_what_is_near_is_found() {
    for shingles in [Shingles::Words(5), Shingles::Chars(9)] {
        let folder = tempfile::tempdir().unwrap();
        let texts = corpus(11, 400);
        let settings = NearSettings { shingles, threshold: THRESHOLD, ..NearSettings::default() };
        let (report, rows) = found(&files(folder.path(), &texts), settings);
        let pairs = brute_force(&texts, shingles);
        assert!(pairs.len() > 200, "{}", pairs.len());
        let near = clusters_of(&pairs, texts.len());
        // Precision is 1: rows of a found cluster are in one cluster of those that compare everything.
        for (row, first) in &rows {
            assert_eq!(near[*row], near[*first], "{row} {first}");
        }
        let met = pairs.iter().filter(|(one, two)| rows.get(one).is_some_and(|first| rows.get(two) == Some(first)));
        let recall = met.count() as f64 / pairs.len() as f64;
        assert!(recall >= 0.99, "{recall}");
        let all = texts.len() * (texts.len() - 1) / 2;
        assert!(report.compared < all as u64 / 20, "{} of {all} pairs were compared", report.compared);
        assert_eq!(report.rows, rows.len() as u64);
        let clusters: BTreeSet<usize> = rows.values().copied().collect();
        assert_eq!((report.clusters, report.repeated), (clusters.len() as u64, (rows.len() - clusters.len()) as u64));
        assert_eq!(report.largest.iter().map(|cluster| cluster.rows).max(), report.largest.first().map(|c| c.rows));
    }
}

#[test]
fn copies_are_in_one_cluster_and_empty_texts_in_none() {
    let folder = tempfile::tempdir().unwrap();
    let texts = ["one two three four five six", "", "other", "one two three four five six", "", "other"];
    let texts: Vec<_> = texts.iter().map(|text| Some((*text).to_owned())).collect();
    let (report, rows) = found(&files(folder.path(), &texts), NearSettings::default());
    assert_eq!(rows.into_iter().collect::<Vec<_>>(), [(0, 0), (2, 2), (3, 0), (5, 2)]);
    assert_eq!((report.exact_copies, report.across_splits, report.compared), (2, 1, 0));
}

#[test]
fn a_crowd_of_one_family_is_one_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<String> = (0..200).map(|word| format!("w{word}")).collect();
    let texts: Vec<_> = (0..300).map(|row| Some(format!("{} end {row}", words.join(" ")))).collect();
    let (report, rows) = found(&files(folder.path(), &texts), NearSettings::default());
    assert_eq!((report.clusters, report.rows, rows.len()), (1, 300, 300));
    assert!(rows.values().all(|first| *first == 0));
}

#[test]
fn the_same_seed_finds_the_same_and_another_threshold_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &corpus(5, 300));
    let of = |threshold, seed| found(&files, NearSettings { threshold, seed, ..NearSettings::default() });
    assert_eq!(of(0.8, 3), of(0.8, 3));
    assert!(of(0.5, 3).0.rows > of(0.95, 3).0.rows);
}

#[test]
fn settings_that_compare_nothing_are_refused_and_a_stop_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &corpus(5, 30));
    let path = folder.path().join("near.parquet");
    for settings in [
        NearSettings { threshold: 0.0, ..NearSettings::default() },
        NearSettings { threshold: f64::NAN, ..NearSettings::default() },
        NearSettings { shingles: Shingles::Words(0), ..NearSettings::default() },
        NearSettings { permutations: 0, ..NearSettings::default() },
    ] {
        let refused = find_near_duplicates(&files, "t", settings, &path, &control().0);
        assert!(matches!(refused, Err(StatsError::NearSettings(_))), "{settings:?}");
    }
    let (control, handle) = control();
    handle.stop(Stop::Cancel);
    let stopped = find_near_duplicates(&files, "t", NearSettings::default(), &path, &control);
    assert!(matches!(stopped, Err(StatsError::Stopped(_))) && !path.exists());
}

#[test]
fn a_stop_in_the_middle_is_heard_and_leaves_what_was_found_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = files(folder.path(), &corpus(5, 300));
    let path = folder.path().join("stats/near_duplicates.parquet");
    let before = find_near_duplicates(&files, "t", NearSettings::default(), &path, &control().0).unwrap();
    // So many rows that they would take minutes.
    let train = &mut files.splits[0].files;
    *train = vec![train[0].clone(); 20_000];
    let (control, handle) = control();
    let stopped = std::thread::scope(|scope| {
        let finding = scope.spawn(|| find_near_duplicates(&files, "t", NearSettings::default(), &path, &control));
        while handle.report().done == 0 && !finding.is_finished() {
            std::thread::yield_now();
        }
        handle.stop(Stop::Cancel);
        finding.join().unwrap()
    });
    assert!(matches!(stopped, Err(StatsError::Stopped(_))), "{stopped:?}");
    assert_eq!(near_duplicates(&path).unwrap(), Some(before));
    let beside: Vec<_> = std::fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}
