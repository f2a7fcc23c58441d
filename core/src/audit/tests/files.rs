//! Columns of the wrong kind, files that are damaged or missing, folders that `datasets` saved.

use std::io::BufWriter;

use arrow::array::{FixedSizeListArray, Float32Array, Int16Array};
use arrow::ipc::writer::StreamWriter;

use super::*;
use crate::audit::{AuditError, Severity};

fn packed_rows(folder: &Path) -> Rows {
    Rows::of(&made(folder, "spbpe", &Settings { max_length: 32, ..Settings::saelens("text") }))
}

fn kinds(report: &Report) -> Vec<(Kind, Severity, Option<&str>)> {
    let kind = |finding: &'_ super::super::Finding| (finding.kind, finding.severity);
    let files = report.findings.iter().map(|finding| finding.first.first().map(|place| place.file.as_str()));
    report.findings.iter().map(kind).zip(files).map(|((kind, severity), file)| (kind, severity, file)).collect()
}

#[test]
fn columns_of_the_wrong_kind_are_named_with_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let floats: ArrayRef = Arc::new(Float32Array::from(vec![1.0, 2.0]));
    let nested = list([1, 1].into_iter(), ints(&[vec![1, 2], vec![3]]));
    let wrong: [(&str, ArrayRef, Kind, &str); 5] = [
        ("input_ids", Arc::new(StringArray::from(vec!["1 2", "3"])), Kind::WrongType, "input_ids holds string"),
        ("input_ids", list([1, 1].into_iter(), floats), Kind::WrongType, "input_ids holds list"),
        ("input_ids", nested, Kind::WrongType, "input_ids holds list"),
        ("input_ids", Arc::new(Int32Array::from(vec![1, 2])), Kind::WrongType, "input_ids holds int32"),
        ("text", Arc::new(StringArray::from(vec!["a", "b"])), Kind::MissingColumn, "its columns are text"),
    ];
    for (name, column, kind, note) in wrong {
        write(&path, vec![(name, column)], 10);
        let report = report(&path, None, None);
        assert_eq!(kinds(&report), [(kind, Severity::Error, Some("x.parquet"))]);
        assert!(report.findings[0].first[0].note.starts_with(note), "{:?}", report.findings[0]);
    }
}

#[test]
fn lists_of_one_length_and_of_every_width_are_read_and_missing_ids_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let ids = (0..40).map(|row| Some((0..8).map(move |at| Some((row * 8 + at) as i16)).collect::<Vec<_>>()));
    let fixed = FixedSizeListArray::from_iter_primitive::<arrow::datatypes::Int16Type, _, _>(ids, 8);
    write(&path, vec![("tokens", Arc::new(fixed) as ArrayRef)], 10);
    let clean = report(&path, None, None);
    assert_eq!((clean.total.rows, clean.total.unique_ids, clean.promised.length), (40, 320, Some(8)));
    assert_eq!(clean.findings, []);

    let rows = (0..40).map(|row| match row {
        3 => None,
        5 => Some(vec![Some(5), None]),
        row => Some(vec![Some(5), Some(100 + row)]),
    });
    let rows = ListArray::from_iter_primitive::<Int32Type, _, _>(rows);
    write(&path, vec![("input_ids", Arc::new(rows) as ArrayRef)], 10);
    assert_eq!(found(&report(&path, None, None)), [(Kind::NullRows, vec![3]), (Kind::NullIds, vec![5])]);
}

#[test]
fn a_type_that_cannot_hold_the_vocabulary_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let rows = packed_rows(folder.path());
    let tokenizer = tokenizer("spbpe");
    let narrow: arrow::array::Int8Array =
        rows.ids.iter().flatten().map(|&id| (id % 100) as i8).collect::<Vec<_>>().into();
    write(&path, vec![("input_ids", list(rows.ids.iter().map(Vec::len), Arc::new(narrow)))], 64);
    let report = report(&path, Some(&tokenizer), None);
    let finding = report.findings.iter().find(|finding| finding.kind == Kind::TooNarrow).unwrap();
    assert!(finding.message.starts_with("Ids are stored as int8, which ends at 127;"), "{}", finding.message);
    let wide: Int16Array = rows.ids.iter().flatten().map(|&id| id as i16).collect::<Vec<_>>().into();
    write(&path, vec![("input_ids", list(rows.ids.iter().map(Vec::len), Arc::new(wide)))], 64);
    assert_eq!(super::report(&path, Some(&tokenizer), None).findings, []);
}

#[test]
fn damaged_and_missing_files_are_named_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let rows = packed_rows(folder.path());
    let data = folder.path().join("data");
    let part = |number: usize| data.join(format!("train-{number:05}-of-00004.parquet"));
    let third = rows.ids.len() / 3;
    for (place, number) in [0, 1, 3].into_iter().enumerate() {
        write(&part(number), vec![("input_ids", ints(&rows.ids[place * third..(place + 1) * third]))], 16);
    }
    let tokenizer = tokenizer("spbpe");
    let missing = report(&data, Some(&tokenizer), None);
    let gap = "train-00002-of-00004.parquet";
    assert_eq!(kinds(&missing), [(Kind::MissingFiles, Severity::Error, Some(gap))]);
    assert_eq!(missing.total.rows, 3 * third as u64);

    fs::copy(part(1), part(2)).unwrap();
    let bytes = fs::read(part(2)).unwrap();
    fs::write(part(2), &bytes[..bytes.len() / 2]).unwrap();
    let cut = report(&data, Some(&tokenizer), None);
    assert_eq!(kinds(&cut), [(Kind::Unreadable, Severity::Error, Some(gap))]);
    assert_eq!(cut.total.rows, 3 * third as u64);
    fs::write(part(2), b"").unwrap();
    assert_eq!(kinds(&report(&data, Some(&tokenizer), None)), [(Kind::Unreadable, Severity::Error, Some(gap))]);

    // Damage inside the data.
    let mut damaged = bytes;
    damaged[60..400].fill(0xA5);
    fs::write(part(2), damaged).unwrap();
    let inside = report(&data, None, None);
    assert!(inside.findings.iter().any(|finding| finding.kind == Kind::Unreadable), "{:#?}", inside.findings);
}

/// Writes rows the way `datasets` saves them: Arrow streams, and records that name them.
fn save(folder: &Path, files: &[&[Vec<i32>]]) {
    let train = folder.join("train");
    fs::create_dir_all(&train).unwrap();
    let name = |number: usize| format!("data-{number:05}-of-{:05}.arrow", files.len());
    for (number, rows) in files.iter().enumerate() {
        let field = Arc::new(Field::new("item", DataType::Int32, true));
        let values: Int32Array = rows.iter().flatten().copied().collect::<Vec<_>>().into();
        let rows = ListArray::new(field, OffsetBuffer::from_lengths(rows.iter().map(Vec::len)), Arc::new(values), None);
        let batch = RecordBatch::try_from_iter([("input_ids", Arc::new(rows) as ArrayRef)]).unwrap();
        let file = BufWriter::new(File::create(train.join(name(number))).unwrap());
        let mut writer = StreamWriter::try_new(file, &batch.schema()).unwrap();
        for from in (0..batch.num_rows()).step_by(10) {
            writer.write(&batch.slice(from, 10.min(batch.num_rows() - from))).unwrap();
        }
        writer.finish().unwrap();
    }
    let listed: Vec<_> = (0..files.len()).map(|number| serde_json::json!({ "filename": name(number) })).collect();
    let state = serde_json::json!({
        "_data_files": listed, "_fingerprint": "0123456789abcdef", "_format_columns": null, "_format_kwargs": {},
        "_format_type": null, "_output_all_columns": false, "_split": "train",
    });
    fs::write(train.join("state.json"), state.to_string()).unwrap();
    let ids = serde_json::json!({ "feature": { "dtype": "int32", "_type": "Value" }, "_type": "List" });
    let info = serde_json::json!({ "citation": "", "description": "", "features": { "input_ids": ids } });
    fs::write(train.join("dataset_info.json"), info.to_string()).unwrap();
    fs::write(folder.join("dataset_dict.json"), r#"{"splits": ["train"]}"#).unwrap();
}

#[test]
fn a_folder_that_datasets_saved_is_audited_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = packed_rows(folder.path()).ids;
    let saved = folder.path().join("saved");
    let half = ids.len() / 2;
    let tokenizer = tokenizer("spbpe");
    save(&saved, &[&ids[..half], &ids[half..]]);
    let clean = report(&saved, Some(&tokenizer), None);
    assert_eq!(clean.findings, []);
    assert_eq!(
        (clean.total.rows, clean.splits[0].split.as_str(), clean.splits[0].files),
        (ids.len() as u64, "train", 2)
    );
    // One split by itself is such a folder, too.
    assert_eq!(report(&saved.join("train"), Some(&tokenizer), None).total, clean.total);

    ids[half + 23][7] = 77_777;
    save(&saved, &[&ids[..half], &ids[half..]]);
    let spoilt = report(&saved, Some(&tokenizer), None);
    assert_eq!(found(&spoilt), [(Kind::IdsOutsideVocabulary, vec![23])]);
    assert_eq!(spoilt.findings[0].first[0].file, "train/data-00001-of-00002.arrow");

    let second = saved.join("train/data-00001-of-00002.arrow");
    let bytes = fs::read(&second).unwrap();
    fs::write(&second, &bytes[..bytes.len() - 300]).unwrap();
    let cut = report(&saved, Some(&tokenizer), None);
    assert!(cut.findings.iter().any(|finding| finding.kind == Kind::Unreadable && finding.first[0].row.is_some()));
    fs::remove_file(&second).unwrap();
    let gone = report(&saved, Some(&tokenizer), None);
    assert_eq!(kinds(&gone), [(Kind::MissingFiles, Severity::Error, Some("train/data-00001-of-00002.arrow"))]);
}

#[test]
fn as_many_rows_of_arrow_files_are_encoded_again_as_of_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let rows = packed_rows(folder.path()).ids;
    let tokenizer = tokenizer("spbpe");
    let again = |path: &Path| {
        let report = report(path, Some(&tokenizer), None);
        report.notes.into_iter().find(|note| note.ends_with("encoded again.")).unwrap()
    };
    let (parquet, saved) = (folder.path().join("x.parquet"), folder.path().join("saved"));
    write(&parquet, vec![("input_ids", ints(&rows))], rows.len());
    save(&saved, &[&rows]);
    assert!(rows.len() > 101, "more than a few");
    assert_eq!(again(&saved), again(&parquet));
}

#[test]
fn a_stop_is_heard_and_nothing_is_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), "spbpe", &Settings::saelens("text"));
    let (control, handle) = control();
    handle.stop(crate::jobs::Stop::Cancel);
    let source_rows = BTreeMap::new();
    let request = Request { path: &path, tokenizer: None, length: None, source_rows: &source_rows, threads: None };
    assert!(matches!(audit(request, &control), Err(AuditError::Stopped(_))));
    let nowhere = folder.path().join("nowhere");
    let request = Request { path: &nowhere, ..request };
    assert!(matches!(audit(request, &control), Err(AuditError::NotThere(_))));
}

#[test]
fn ids_of_the_widest_type_are_wide_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let ids: Vec<Vec<i32>> = packed_rows(folder.path()).ids;
    let values = ids.iter().flatten().map(|&id| id as u64);
    let values: ArrayRef = Arc::new(arrow::array::UInt64Array::from_iter_values(values));
    write(&path, vec![("input_ids", list(ids.iter().map(Vec::len), values))], 10);
    let report = report(&path, Some(&tokenizer("spbpe")), None);
    assert_eq!((report.id_type.as_deref(), &report.findings[..]), (Some("uint64"), &[][..]));
}

#[test]
fn all_files_that_names_promise_are_counted_and_the_first_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for number in [0, 3] {
        let name = format!("train-{number:05}-of-99999.parquet");
        write(&folder.path().join(name), vec![("input_ids", ints(&[vec![1, 2]]))], 10);
    }
    let report = report(folder.path(), None, None);
    let missing = report.findings.iter().find(|finding| finding.kind == Kind::MissingFiles).unwrap();
    assert_eq!((missing.count, missing.first.len()), (99_997, 5));
    assert!(missing.message.starts_with("99,997 files are missing"), "{}", missing.message);
    assert_eq!(missing.first[2].file, "train-00004-of-99999.parquet");
}
