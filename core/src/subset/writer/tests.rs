use std::fs::File;

use arrow::array::{Int32Array, ListArray, StringArray, TimestampSecondArray, UnionArray};
use arrow::datatypes::{DataType, Date32Type, Field, UnionFields};
use arrow::ipc::reader::FileReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::subset::Origin;
use crate::subset::fixture::odd;

fn provenance() -> Provenance {
    Provenance::new(Origin::Query { sql: "SELECT 1".into(), sources: Vec::new() })
}

fn write(place: &Path, rows: &[RecordBatch], overwrite: bool) -> Result<Written, SubsetError> {
    let format = RowFormat::of_path(place)?;
    let mut writer = RowWriter::create(place, format, &rows[0].schema(), overwrite)?;
    for rows in rows {
        writer.write(rows)?;
    }
    writer.finish(&provenance())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn parquet_keeps_every_value_and_type() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("odd.parquet");
    let written = write(&place, &[odd(), odd()], false).unwrap();
    assert_eq!((written.rows, written.bytes), (8, fs::metadata(&place).unwrap().len()));
    let read = ParquetRecordBatchReaderBuilder::try_new(File::open(&place).unwrap()).unwrap().build().unwrap();
    let read: Vec<RecordBatch> = read.map(Result::unwrap).collect();
    assert_eq!(read[0].schema(), odd().schema());
    assert_eq!(read[0].slice(0, 4), odd());
    assert_eq!(read[0].slice(4, 4), odd());
}

#[test]
fn arrow_keeps_every_value_and_spells_dictionaries_out() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("odd.arrow");
    write(&place, &[odd()], false).unwrap();
    let read = FileReader::try_new(File::open(&place).unwrap(), None).unwrap().next().unwrap().unwrap();
    let expected = recast(&dense(&odd().schema()), &odd()).unwrap();
    assert_eq!(read, expected);
    assert_eq!(expected.column_by_name("dictionary").unwrap().data_type(), &DataType::Utf8);
}

#[test]
fn json_says_every_value_and_counts_those_it_has_no_form_for() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("odd.jsonl");
    let written = write(&place, &[odd()], false).unwrap();
    assert_eq!(written.notes, ["3 numbers that are NaN or infinite are null here: JSON has no form for them."]);
    let text = fs::read_to_string(&place).unwrap();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[1]["text"], " q\"uo,te\r\n\tд 日本");
    assert_eq!((&rows[2]["text"], &rows[3]["text"]), (&json!(""), &serde_json::Value::Null));
    assert_eq!(rows[1]["huge"], json!(u64::MAX));
    assert_eq!(rows[0]["zoned"], "1970-01-01T00:00:01.500Z");
    assert_eq!(rows[0]["day"], "2024-10-04");
    assert_eq!(rows[1]["bytes"].as_str().unwrap(), "07".repeat(40));
    assert_eq!(rows[0]["turns"], json!([{"role": "user", "n": 1}, {"role": "бот", "n": null}]));
    assert_eq!(rows[1]["map"], json!({"к\"": 2, "": 3}));
    assert_eq!(rows[0]["short"], json!(0.1));
    let decimal = text.lines().nth(1).unwrap();
    assert!(decimal.contains("\"money\":-100000000000000000000000000000000000.07"), "{decimal}");
    assert!(rows[3].as_object().unwrap().values().all(serde_json::Value::is_null));
}

#[test]
fn separated_values_tell_empty_from_null_and_nest_json() {
    let folder = tempfile::tempdir().unwrap();
    let odd = odd();
    let wanted = ["text", "list", "turns", "short", "zoned", "dictionary"];
    let places: Vec<usize> = wanted.iter().map(|name| odd.schema().index_of(name).unwrap()).collect();
    let rows = odd.project(&places).unwrap();
    let place = folder.path().join("odd.csv");
    write(&place, std::slice::from_ref(&rows), false).unwrap();
    assert_eq!(
        fs::read_to_string(&place).unwrap(),
        "text,list,turns,short,zoned,dictionary\n\
         plain,\"[1,null]\",\"[{\"\"role\"\":\"\"user\"\",\"\"n\"\":1},{\"\"role\"\":\"\"бот\"\",\"\"n\"\":null}]\",0.1,\
         1970-01-01T00:00:01.500Z,x\n\
         \" q\"\"uo,te\r\n\tд 日本\",[-2],\"[{\"\"role\"\":null,\"\"n\"\":3}]\",NaN,1969-12-31T23:59:59.999Z,\"y, z\"\n\
         \"\",[],[],0.0,1970-01-01T00:00:00Z,x\n\
         ,,,,,\n"
    );
    let tabs = folder.path().join("odd.tsv");
    write(&tabs, &[rows.project(&[0, 5]).unwrap()], false).unwrap();
    let text = fs::read_to_string(&tabs).unwrap();
    assert!(text.starts_with("text\tdictionary\nplain\tx\n\" q\"\"uo,te\r\n\tд 日本\"\ty, z\n"), "{text}");
}

#[test]
fn a_null_in_a_single_column_is_still_a_row() {
    let folder = tempfile::tempdir().unwrap();
    let texts: arrow::array::ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("b")]));
    let rows = RecordBatch::try_from_iter_with_nullable([("text", texts, true)]).unwrap();
    let place = folder.path().join("one.csv");
    let written = write(&place, &[rows], false).unwrap();
    assert_eq!(fs::read_to_string(&place).unwrap(), "text\na\n\"\"\nb\n");
    assert_eq!(written.notes, ["A null is an empty text here: in a file of one column a null would be no row."]);
}

#[test]
fn a_file_appears_whole_with_its_provenance_and_is_never_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("rows.jsonl");
    let mut writer = RowWriter::create(&place, RowFormat::Jsonl, &odd().schema(), false).unwrap();
    writer.write(&odd()).unwrap();
    assert!(!place.exists());
    drop(writer);
    assert_eq!(names(folder.path()), Vec::<String>::new());

    let written = write(&place, &[odd()], false).unwrap();
    assert_eq!(names(folder.path()), ["rows.jsonl", "rows.jsonl.provenance.json"]);
    let beside: serde_json::Value = serde_json::from_slice(&fs::read(&written.provenance).unwrap()).unwrap();
    assert_eq!(beside["file"]["sha256"], written.sha256);
    let (control, _handle) = crate::jobs::control();
    assert_eq!(crate::checksum::sha256_of(&place, &control).unwrap(), written.sha256);
    assert_eq!((&beside["file"]["rows"], &beside["origin"]["sql"]), (&json!(4), &json!("SELECT 1")));

    let refused = write(&place, &[odd()], false).unwrap_err();
    assert!(matches!(refused, SubsetError::Exists(_)), "{refused}");
    let before = fs::read(&place).unwrap();
    write(&place, &[odd().slice(0, 1)], true).unwrap();
    assert!(fs::read(&place).unwrap().len() < before.len());
    fs::remove_file(&place).unwrap();
    // What tells of other rows is not overwritten either.
    assert!(matches!(write(&place, &[odd()], false), Err(SubsetError::Exists(_))));
    assert!(matches!(write(folder.path().join("a/b.csv").as_path(), &[odd()], false), Err(SubsetError::NotAPlace(_))));
    fs::create_dir(folder.path().join("dir.csv")).unwrap();
    assert!(matches!(write(&folder.path().join("dir.csv"), &[odd()], true), Err(SubsetError::Exists(_))));
}

#[test]
fn what_a_killed_export_left_goes_with_the_next_and_what_is_being_written_stays() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".mistudio-export-abc"), "half").unwrap();
    let other = RowWriter::create(&folder.path().join("b.csv"), RowFormat::Csv, &odd().schema(), false).unwrap();
    write(&folder.path().join("a.jsonl"), &[odd()], false).unwrap();
    assert!(!folder.path().join(".mistudio-export-abc").exists());
    other.finish(&provenance()).unwrap();
    assert_eq!(names(folder.path()), ["a.jsonl", "a.jsonl.provenance.json", "b.csv", "b.csv.provenance.json"]);
}

#[test]
fn a_result_without_rows_is_a_file_with_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    for format in RowFormat::ALL {
        let place = folder.path().join(format!("none.{format}"));
        let written = write(&place, &[odd().slice(0, 0)], false).unwrap();
        assert_eq!(written.rows, 0);
    }
    assert!(fs::read_to_string(folder.path().join("none.csv")).unwrap().starts_with("text,large,"));
    let info = crate::ingest::inspect_parquet(&folder.path().join("none.parquet"), "x").unwrap();
    assert_eq!(info.schema.fields().len(), odd().num_columns());
}

#[test]
fn a_column_without_a_place_in_the_format_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let one: arrow::array::ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let fields = UnionFields::try_new([0], [Field::new("a", DataType::Int32, true)]).unwrap();
    let union = UnionArray::try_new(fields, vec![0].into(), None, vec![Arc::clone(&one)]).unwrap();
    let union: arrow::array::ArrayRef = Arc::new(union);
    let rows = RecordBatch::try_from_iter_with_nullable([("either", union, false)]).unwrap();
    let error = write(&folder.path().join("a.jsonl"), std::slice::from_ref(&rows), false).unwrap_err().to_string();
    assert!(error.starts_with("The column \"either\" cannot be written as JSONL: "), "{error}");
    let error = write(&folder.path().join("a.parquet"), &[rows], false).unwrap_err().to_string();
    assert!(error.contains("\"either\""), "{error}");
    let twice = RecordBatch::try_new(
        Arc::new(Schema::new(vec![Field::new("a", DataType::Int32, true), Field::new("a", DataType::Int32, true)])),
        vec![Arc::clone(&one), one],
    );
    let error = write(&folder.path().join("a.csv"), &[twice.unwrap()], false).unwrap_err().to_string();
    assert!(error.contains("two columns have that name"), "{error}");
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_date_that_no_calendar_has_is_said_as_what_it_stands_for_and_the_other_rows_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let at: arrow::array::ArrayRef = Arc::new(TimestampSecondArray::from(vec![
        Some(i64::MAX),
        Some(-i64::MAX),
        Some(i64::MAX / 1000),
        None,
        Some(0),
    ]));
    let days = ListArray::from_iter_primitive::<Date32Type, _, _>(vec![
        Some(vec![Some(i32::MAX), None]),
        None,
        Some(vec![]),
        None,
        Some(vec![Some(0)]),
    ]);
    let columns: Vec<(&str, arrow::array::ArrayRef, bool)> = vec![("at", at, true), ("days", Arc::new(days), true)];
    let rows = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let place = folder.path().join("a.jsonl");
    write(&place, std::slice::from_ref(&rows), false).unwrap();
    assert_eq!(
        fs::read_to_string(&place).unwrap(),
        "{\"at\":\"infinity\",\"days\":[\"infinity\",null]}\n\
         {\"at\":\"-infinity\",\"days\":null}\n\
         {\"at\":\"9223372036854775 s\",\"days\":[]}\n\
         {\"at\":null,\"days\":null}\n\
         {\"at\":\"1970-01-01T00:00:00\",\"days\":[\"1970-01-01\"]}\n"
    );
    let place = folder.path().join("a.csv");
    write(&place, &[rows], false).unwrap();
    assert_eq!(
        fs::read_to_string(&place).unwrap(),
        "at,days\ninfinity,\"[\"\"infinity\"\",null]\"\n-infinity,\n9223372036854775 s,[]\n,\n\
         1970-01-01T00:00:00,\"[\"\"1970-01-01\"\"]\"\n"
    );
}
