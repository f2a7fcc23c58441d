use std::sync::Arc;
use std::sync::mpsc::channel;

use arrow::array::{ArrayRef, Int64Array, StringArray};

use super::{dataset, look_at, write};
use crate::jobs::control;
use crate::stats::{Stats, StatsError, columns};

fn of_texts(folder: &std::path::Path, name: &str, rows: usize) -> Stats {
    let texts: ArrayRef = Arc::new((0..rows).map(|row| Some(format!("{name} {row}"))).collect::<StringArray>());
    let files = dataset(vec![("train", vec![write(folder, name, vec![(name, texts)], 100)])]);
    let texts = look_at(&files, name, &control().0).unwrap();
    let described = columns(&files, None, None, &control().0).unwrap();
    Stats {
        text_column: Some(name.to_owned()),
        text: Some(texts.lengths),
        quality: Some(texts.quality),
        columns: described,
        ..Stats::default()
    }
}

#[test]
fn statistics_that_are_replaced_while_they_are_read_are_the_old_or_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let stored = folder.path().join("stats/text");
    let both = [of_texts(folder.path(), "a", 50), of_texts(folder.path(), "b", 70)];
    both[0].save(&stored).unwrap();
    let (read, reads) = channel();
    std::thread::scope(|scope| {
        let (both, stored) = (&both, &stored);
        let saving = scope.spawn(move || {
            for round in 0..200 {
                // Between two of them they are read at least once.
                while reads.try_recv().is_ok() {}
                reads.recv().unwrap();
                both[(round + 1) % 2].save(stored).unwrap();
            }
        });
        let mut seen = [false; 2];
        while !saving.is_finished() {
            let loaded = Stats::load(stored).unwrap();
            let place = both.iter().position(|known| *known == loaded).expect("half old and half new");
            seen[place] = true;
            // It has gone once it has saved often enough.
            let _gone = read.send(());
        }
        assert_eq!(seen, [true; 2]);
    });
}

#[test]
fn statistics_know_of_which_text_column_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let stored = folder.path().join("stats/text");
    let stats = of_texts(folder.path(), "body", 5);
    stats.save(&stored).unwrap();
    let loaded = Stats::load(&stored).unwrap();
    assert_eq!(loaded, stats);
    assert!(loaded.are_of(Some("body")) && !loaded.are_of(Some("text")) && !loaded.are_of(None));

    // As a version left them that did not store it.
    let path = stored.join("summary.json");
    let mut summary: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    for later in ["text_column", "made", "rows"] {
        summary.as_object_mut().unwrap().remove(later).unwrap();
    }
    std::fs::write(&path, summary.to_string()).unwrap();
    assert!(Stats::load(&stored).unwrap().are_of(Some("text")));

    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let files = dataset(vec![("train", vec![write(folder.path(), "n", vec![("n", numbers)], 9)])]);
    let without = Stats { columns: columns(&files, None, None, &control().0).unwrap(), ..Stats::default() };
    assert!(without.are_of(None) && !without.are_of(Some("n")));
    assert!(matches!(Stats::load(&folder.path().join("none")), Err(StatsError::NotStored(_))));
}
