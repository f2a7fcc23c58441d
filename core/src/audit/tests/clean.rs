//! Rows as they should be, in every layout.

use super::*;
use crate::tokenize::{Layout, PackingMode, PackingSettings, Padding, TokenChoice};

fn layouts(kind: &str) -> Vec<(&'static str, Settings)> {
    let base = Settings { max_length: 32, ..Settings::default() };
    // Two of the tokenizers have no beginning-of-sequence token.
    let token = if matches!(kind, "unigram" | "wordpiece") { TokenChoice::Id(3) } else { TokenChoice::Bos };
    let token = Some(token);
    let packed = |mode| PackingSettings {
        mode,
        begin_batch_token: token,
        sequence_separator_token: token,
        ..PackingSettings::default()
    };
    vec![
        ("filled up", base.clone()),
        ("filled up to the longest", Settings { padding: Padding::Longest, ..base.clone() }),
        ("not filled up", Settings { padding: Padding::DoNotPad, ..base.clone() }),
        ("without a mask", Settings { return_attention_mask: false, ..base.clone() }),
        ("without special tokens", Settings { add_special_tokens: false, ..base.clone() }),
        ("windows", Settings { layout: Layout::Windows, stride: 3, ..base.clone() }),
        ("packed", Settings { layout: Layout::Packed, packing: packed(PackingMode::Exact), ..base.clone() }),
        ("packed as SAELens does", Settings { layout: Layout::Packed, packing: packed(PackingMode::SaeLens), ..base }),
    ]
}

#[test]
fn our_own_rows_are_clean_in_every_layout_and_with_every_tokenizer() {
    for kind in ["bytelevel", "spbpe", "unigram", "wordpiece"] {
        let tokenizer = tokenizer(kind);
        for (name, settings) in layouts(kind) {
            let folder = tempfile::tempdir().unwrap();
            let rows = made(folder.path(), kind, &settings);
            let report = report(&rows, Some(&tokenizer), None);
            assert_eq!(report.findings, [], "{kind}, {name}");
            let own = crate::tokenize::audit_of(&rows).unwrap().unwrap().total;
            let ours = [own.rows, own.tokens, own.pads, own.unique_tokens];
            let Figures { rows, tokens, pads, unique_ids, .. } = report.total;
            assert_eq!([rows, tokens, pads, unique_ids], ours, "{kind}, {name}");
        }
    }
}

use crate::audit::Figures;

#[test]
fn rows_of_others_without_a_word_beside_them_are_clean() {
    for (kind, column) in [("bytelevel", "tokens"), ("spbpe", "tokens"), ("spbpe", "input_ids")] {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { max_length: 64, ..Settings::saelens("text") };
        let ids = Rows::of(&made(folder.path(), kind, &settings)).ids;
        // Both libraries save 64-bit ids.
        let values: Int64Array = ids.iter().flatten().map(|&id| i64::from(id)).collect::<Vec<_>>().into();
        let path = folder.path().join("other/data/train-00000-of-00001.parquet");
        write(&path, vec![(column, list(ids.iter().map(Vec::len), Arc::new(values)))], 7);
        let report = report(&folder.path().join("other"), Some(&tokenizer(kind)), None);
        assert_eq!(report.findings, [], "{kind}");
        assert_eq!((report.promised.length, report.promised.begins_with_bos), (Some(64), Some(true)));
        assert_eq!(report.total.rows_starting_with_bos, Some(report.total.rows));
        assert_eq!(report.column.as_deref(), Some(column));
        let asked = super::report(&folder.path().join("other"), Some(&tokenizer(kind)), Some(64));
        assert_eq!(asked.findings, [], "{kind}");
    }
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let rows = made(folder.path(), "spbpe", &Settings { max_length: 16, ..Settings::default() });
    let mut broken = Rows::of(&rows);
    for row in [250, 3, 77, 180, 9, 200, 201] {
        broken.ids[row][2] = 1_000_000;
        broken.ids[row + 1] = broken.ids[1].clone();
    }
    broken.put(&rows);
    let tokenizer = tokenizer("spbpe");
    let reports = [1, 4].map(|threads| {
        let (control, _handle) = control();
        let threads = std::num::NonZeroUsize::new(threads);
        let source_rows = BTreeMap::new();
        let request =
            Request { path: &rows, tokenizer: Some(&tokenizer), length: None, source_rows: &source_rows, threads };
        audit(request, &control).unwrap()
    });
    assert_eq!(reports[0], reports[1]);
    assert!(!reports[0].is_clean());
}
