//! Rows as they should be, in every layout.

use super::*;
use crate::tokenize::{Layout, PackingMode, PackingSettings, Padding, TokenChoice};

fn layouts(kind: &str) -> Vec<(&'static str, Settings)> {
    let base = Settings { max_length: 32, ..Settings::default() };
    // Two of the tokenizers have no beginning-of-sequence token.
    let token = if matches!(kind, "unigram" | "wordpiece") { TokenChoice::Id(3) } else { TokenChoice::Bos };
    let token = Some(token);
    let known = tokenizer(kind);
    let special = (0..known.id_limit()).rev().find(|&id| known.is_special(id));
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
        (
            "packed as SAELens does",
            Settings { layout: Layout::Packed, packing: packed(PackingMode::SaeLens), ..base.clone() },
        ),
        (
            "packed as SAELens does with a token that the tokenizer may lack",
            Settings { layout: Layout::Packed, max_length: 32, ..Settings::saelens("text") },
        ),
        (
            "packed one sample a row",
            Settings {
                layout: Layout::Packed,
                packing: PackingSettings {
                    begin_sequence_token: Some(TokenChoice::Id(7)),
                    disable_concat_sequences: true,
                    ..packed(PackingMode::SaeLens)
                },
                ..base.clone()
            },
        ),
        (
            "packed as sparsify does",
            Settings {
                layout: Layout::Packed,
                packing: PackingSettings {
                    sequence_separator_token: special.map(TokenChoice::Id),
                    ..packed(PackingMode::Sparsify)
                },
                ..base.clone()
            },
        ),
        (
            "packed as TransformerLens does, filled up",
            Settings {
                layout: Layout::Packed,
                max_length: 60_000,
                packing: packed(PackingMode::TransformerLens),
                ..base
            },
        ),
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

use crate::audit::{Figures, StoredAudit};
use crate::catalog::Tokenization;

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

/// What the catalog keeps of the rows in a folder.
fn record(folder: &Path) -> Tokenization {
    let json =
        |name: &str| -> serde_json::Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    let audit = crate::tokenize::audit_of(folder).unwrap().unwrap();
    Tokenization {
        id: "tok_1".into(),
        dataset_id: "ds_1".into(),
        tokenizer: audit.tokenizer,
        tokenizer_sha256: audit.tokenizer_sha256,
        settings: json("settings.json")["settings"].clone(),
        settings_hash: String::new(),
        path: String::new(),
        rows: audit.total.rows,
        tokens: audit.total.tokens,
        pad_tokens: audit.total.pads,
        unique_tokens: audit.total.unique_tokens,
        avg_length: 0.0,
        size_bytes: 0,
        audit: json("audit.json"),
        created_at: crate::catalog::now(),
    }
}

#[test]
fn filling_that_no_column_tells_is_no_change_whether_it_was_kept_or_not() {
    // Of this tokenizer, one token begins, ends and fills up.
    let tokenizer = tokenizer("bytelevel");
    let settings = crate::tokenize::BuiltInPreset::TransformerLens.settings(&tokenizer, "text");
    let folder = tempfile::tempdir().unwrap();
    let rows = made(folder.path(), "bytelevel", &Settings { max_length: 60_000, ..settings });
    let kept = record(&rows);
    assert!(kept.pad_tokens > 1_000 && kept.rows == 1);
    let audited = |record: &Tokenization| {
        let mut report = report(&rows, Some(&tokenizer), None);
        StoredAudit::compare(record, &mut report);
        report
    };
    let found = audited(&kept);
    assert_eq!(found.findings, []);
    assert_eq!((found.total.tokens, found.total.pads), (kept.tokens, kept.pad_tokens));

    // As an earlier version has left it.
    let mut audit = kept.audit.clone();
    assert!(audit["splits"][0].as_object_mut().unwrap().remove("filled_rows").is_some());
    fs::write(rows.join("audit.json"), audit.to_string()).unwrap();
    let old = Tokenization { audit, ..kept.clone() };
    let found = audited(&old);
    assert_eq!(found.findings, []);
    assert_eq!((found.total.tokens, found.total.pads), (kept.tokens + kept.pad_tokens, 0));
    assert!(found.notes.iter().any(|note| note.contains("cannot be told from tokens")), "{:?}", found.notes);

    let mut shorter = Rows::of_column(&rows, "tokens");
    shorter.ids[0].pop();
    write(&rows.join(FILE), vec![("tokens", ints(&shorter.ids))], 64);
    assert!(audited(&old).findings.iter().any(|finding| finding.kind == Kind::StoredAuditDisagrees));
}

#[test]
fn what_sae_lens_says_of_a_token_that_the_tokenizer_lacks_is_no_promise() {
    for kind in ["wordpiece", "spbpe"] {
        let folder = tempfile::tempdir().unwrap();
        let rows = made(folder.path(), kind, &Settings { max_length: 32, ..Settings::saelens("text") });
        for name in ["settings.json", "audit.json", "README.md"] {
            fs::remove_file(rows.join(name)).unwrap();
        }
        let report = report(&rows, Some(&tokenizer(kind)), None);
        assert_eq!(report.findings, [], "{kind}");
        assert_eq!(report.promised.begins_with_bos, Some(kind == "spbpe"));
    }
}
