//! One fault after the other, in rows that are clean otherwise.

use super::*;
use crate::audit::Severity;

/// Plants a fault into the rows of a tokenizer and says what is found.
fn plant(kind: &str, settings: &Settings, spoil: impl FnOnce(&mut Rows)) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), kind, settings);
    let mut rows = Rows::of(&path);
    spoil(&mut rows);
    rows.put(&path);
    report(&path, Some(&tokenizer(kind)), None)
}

fn filled() -> Settings {
    Settings { max_length: 64, ..Settings::default() }
}

fn packed() -> Settings {
    Settings { max_length: 32, ..Settings::saelens("text") }
}

#[track_caller]
fn assert_found(report: &Report, kind: Kind, severity: Severity, rows: &[u64]) {
    assert_eq!(found(report), [(kind, rows.to_vec())], "{:#?}", report.findings);
    assert_eq!(report.findings[0].severity, severity);
    assert_eq!(report.findings[0].first[0].file, FILE);
}

#[test]
fn a_missing_bos_is_found_in_rows_and_in_packed_rows() {
    let report = plant("spbpe", &packed(), |rows| {
        for row in [3, 70] {
            rows.ids[row].remove(0);
            rows.ids[row].push(300);
        }
    });
    assert_found(&report, Kind::MissingBos, Severity::Error, &[3, 70]);
    let message = &report.findings[0].message;
    assert!(message.starts_with("2 of ") && message.contains("<s> (id "), "{message}");

    let report = plant("spbpe", &filled(), |rows| rows.ids.iter_mut().for_each(|row| row[0] = 300));
    assert_found(&report, Kind::MissingBos, Severity::Error, &[0, 1, 2, 3, 4]);
    assert!(report.findings[0].message.starts_with("No rows begin with <s>"), "{}", report.findings[0].message);
    assert_eq!(report.findings[0].count, SAMPLES as u64);
}

#[test]
fn bos_inside_is_found_where_rows_are_samples_and_bos_twice_at_the_start_is_told_apart() {
    let bos = tokenizer("spbpe").special_tokens().id(crate::tokenizer::Role::Bos).unwrap() as i32;
    let report = plant("spbpe", &filled(), |rows| rows.ids[5][9] = bos);
    assert_found(&report, Kind::BosInside, Severity::Warning, &[5]);
    let report = plant("spbpe", &filled(), |rows| rows.ids[6][1] = bos);
    assert_found(&report, Kind::DoubledBos, Severity::Error, &[6]);
    let report = plant("spbpe", &packed(), |rows| rows.ids[5][9] = bos);
    assert_eq!(report.findings, []);
}

#[test]
fn ids_that_are_no_token_are_found() {
    let report = plant("wordpiece", &filled(), |rows| {
        rows.ids[299][1] = 1_000_000;
        rows.ids[100][3] = -100;
    });
    assert_found(&report, Kind::IdsOutsideVocabulary, Severity::Error, &[100, 299]);
    assert_eq!(report.findings[0].first[0].note, "id -100 at position 3");
}

#[test]
fn rows_of_other_lengths_are_found() {
    let report = plant("bytelevel", &packed(), |rows| rows.ids[40].truncate(31));
    assert_found(&report, Kind::ShortRows, Severity::Error, &[40]);
    let report = plant("bytelevel", &packed(), |rows| rows.ids[41].push(65));
    assert_found(&report, Kind::LongRows, Severity::Error, &[41]);
    assert!(report.findings[0].message.contains("longer than the 32 that settings.json promises"));

    // Where nobody promises a length, what nearly all rows have is it.
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Rows::of(&made(folder.path(), "bytelevel", &packed()));
    rows.ids[12].truncate(7);
    let path = folder.path().join(FILE);
    write(&path, rows.columns(), 64);
    let tokenizer = tokenizer("bytelevel");
    assert_found(&super::report(&path, Some(&tokenizer), None), Kind::ShortRows, Severity::Warning, &[12]);
    assert_found(&super::report(&path, Some(&tokenizer), Some(32)), Kind::ShortRows, Severity::Error, &[12]);
    let all = super::report(&path, None, Some(31));
    assert_eq!(all.findings[0].kind, Kind::ShortRows);
    assert_eq!((all.findings[1].kind, all.findings[1].count), (Kind::LongRows, all.total.rows - 1));
}

#[test]
fn filling_where_it_should_not_be_is_found() {
    let report = plant("wordpiece", &filled(), |rows| {
        rows.ids[8].fill(tokenizer("wordpiece").pad().unwrap().id as i32);
        rows.mask[8].fill(0);
        rows.tokens[8] = 0;
    });
    assert_found(&report, Kind::OnlyPads, Severity::Warning, &[8]);
    let pad = tokenizer("wordpiece").pad().unwrap().id as i32;
    let report = plant("wordpiece", &filled(), |rows| {
        rows.ids[9][4] = pad;
        rows.mask[9][4] = 0;
        rows.tokens[9] -= 1;
    });
    assert_found(&report, Kind::PadsInside, Severity::Error, &[9]);
    let without = Settings { return_attention_mask: false, ..filled() };
    let report = plant("wordpiece", &without, |rows| {
        rows.ids[10][4] = pad;
        rows.tokens[10] -= 1;
    });
    assert_found(&report, Kind::PadsInside, Severity::Error, &[10]);
}

#[test]
fn a_mask_that_does_not_fit_is_found_whatever_is_wrong_with_it() {
    let spoils: [fn(&mut Rows, usize); 5] = [
        // A token masked away at the end, one inside, filling taken for a token, a value that is none, one too few.
        |rows, row| {
            let last = rows.tokens[row] as usize - 1;
            rows.mask[row][last] = 0;
        },
        |rows, row| rows.mask[row][5] = 0,
        |rows, row| rows.mask[row][511] = 1,
        |rows, row| rows.mask[row][0] = 2,
        |rows, row| rows.mask[row].truncate(511),
    ];
    for kind in ["wordpiece", "spbpe"] {
        let side = Settings { padding_side: crate::tokenize::Side::Right, max_length: 512, ..filled() };
        for (place, spoil) in spoils.iter().enumerate() {
            // Where filling is the end of a sequence, too, a mask can say so.
            if kind == "spbpe" && place == 2 {
                continue;
            }
            let mut broken = 0;
            let report = plant(kind, &side, |rows| {
                broken = rows.tokens.iter().position(|&tokens| tokens < 500).unwrap();
                spoil(rows, broken);
            });
            assert_found(&report, Kind::MaskDisagrees, Severity::Error, &[broken as u64]);
        }
    }
}

#[test]
fn numbers_of_tokens_and_samples_that_cannot_be_are_found() {
    let report = plant("unigram", &filled(), |rows| rows.tokens[20] += 1);
    assert_found(&report, Kind::NumTokensDisagrees, Severity::Error, &[20]);
    let without = Settings { return_attention_mask: false, ..filled() };
    let report = plant("bytelevel", &without, |rows| rows.tokens[21] -= 2);
    assert_found(&report, Kind::NumTokensDisagrees, Severity::Error, &[21]);
    let report = plant("unigram", &filled(), |rows| rows.samples.swap(30, 31));
    assert_found(&report, Kind::SamplesOutOfOrder, Severity::Warning, &[31]);
    // From one row group to the next.
    let report = plant("unigram", &filled(), |rows| rows.samples.swap(63, 64));
    assert_found(&report, Kind::SamplesOutOfOrder, Severity::Warning, &[64]);
    let report = plant("unigram", &filled(), |rows| rows.samples[299] = 300);
    assert_found(&report, Kind::SamplesOutside, Severity::Error, &[299]);
}

#[test]
fn empty_and_repeated_rows_are_found() {
    let open = Settings { padding: crate::tokenize::Padding::DoNotPad, max_length: 256, ..Settings::default() };
    let report = plant("bytelevel", &open, |rows| {
        rows.ids[17].clear();
        rows.mask[17].clear();
        rows.tokens[17] = 0;
    });
    assert_found(&report, Kind::EmptyRows, Severity::Warning, &[17]);
    let report = plant("bytelevel", &packed(), |rows| {
        rows.ids[50] = rows.ids[2].clone();
        rows.ids[90] = rows.ids[2].clone();
        rows.ids[91] = rows.ids[3].clone();
    });
    assert_found(&report, Kind::Duplicates, Severity::Warning, &[50, 91]);
    assert_eq!(report.findings[0].count, 3);
    assert!(report.findings[0].first[0].note.ends_with("row 2"), "{:?}", report.findings[0]);
}

#[test]
fn another_tokenizer_is_found_by_what_is_said_and_by_what_text_becomes() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), "bytelevel", &packed());
    let other = tokenizer("wordpiece");
    let report = super::report(&path, Some(&other), None);
    let first = &report.findings[0];
    assert_eq!((first.kind, first.severity), (Kind::OtherTokenizer, Severity::Error));
    let said = "settings.json says that these rows were made with the tokenizer 'bytelevel'";
    assert!(first.message.starts_with(said), "{}", first.message);

    // Nothing beside the rows: their text alone tells.
    let alone = folder.path().join("alone").join(FILE);
    for (mine, theirs) in [("bytelevel", "unigram"), ("unigram", "bytelevel"), ("spbpe", "wordpiece")] {
        let folder = tempfile::tempdir().unwrap();
        let open = Settings { padding: crate::tokenize::Padding::DoNotPad, add_special_tokens: false, ..filled() };
        let rows = Rows::of(&made(folder.path(), mine, &open));
        write(&alone, rows.columns(), 64);
        let report = super::report(&alone, Some(&tokenizer(theirs)), None);
        let strange = report.findings.iter().find(|finding| finding.kind == Kind::OtherTokenizer);
        let strange = strange.unwrap_or_else(|| panic!("{mine} as {theirs}: {:#?}", report.findings));
        assert_eq!(strange.severity, Severity::Error);
        let own = super::report(&alone, Some(&tokenizer(mine)), None);
        assert!(own.findings.iter().all(|finding| finding.kind != Kind::OtherTokenizer), "{mine}");
    }
}

#[test]
fn much_that_is_unknown_is_said() {
    let unknown = tokenizer("wordpiece").special_tokens().id(crate::tokenizer::Role::Unk).unwrap() as i32;
    let report = plant("wordpiece", &filled(), |rows| {
        rows.ids.iter_mut().for_each(|row| row[20..29].fill(unknown));
    });
    assert_eq!(found(&report), [(Kind::UnknownTokens, vec![])]);
    assert_eq!(report.findings[0].count, 9 * SAMPLES as u64);
}
