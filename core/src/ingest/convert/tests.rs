use std::fs::File;
use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::ingest::csv::QuoteChoice;
use crate::jobs::{Stop, control};

/// A folder with files in it, and a place for what they are converted to.
struct Bench {
    folder: TempDir,
    files: Vec<SourceFile>,
    options: ConvertOptions,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), files: Vec::new(), options: ConvertOptions::default() }
    }

    fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let mut bench = Self::new();
        bench.add(name, content);
        bench
    }

    fn add(&mut self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        self.files.push(SourceFile::new(path, name, "train"));
    }

    fn dest(&self) -> PathBuf {
        self.folder.path().join("made/data")
    }

    fn convert(&self) -> Result<Converted, IngestError> {
        let (control, handle) = control();
        let converted = convert(&self.files, &self.dest(), &self.options, &control)?;
        assert_eq!(handle.report().fraction(), Some(1.0), "progress ends at the end");
        let rows: u64 = converted.files.iter().map(|file| file.rows).sum();
        assert_eq!(rows, converted.sources.iter().map(|source| source.rows).sum::<u64>());
        for file in &converted.files {
            assert_eq!(file.bytes, std::fs::metadata(&file.path).unwrap().len());
        }
        Ok(converted)
    }

    fn refused(&self) -> String {
        let error = self.convert().unwrap_err().to_string();
        assert!(!self.folder.path().join("made").exists(), "something was left behind");
        error
    }

    fn table(&self) -> RecordBatch {
        read(&self.convert().unwrap())
    }
}

/// All rows of a conversion.
pub(crate) fn read(converted: &Converted) -> RecordBatch {
    let mut batches = Vec::new();
    for file in &converted.files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path).unwrap()).unwrap();
        batches.extend(reader.build().unwrap().map(Result::unwrap));
    }
    concat_batches(&converted.schema, &batches).unwrap()
}

fn column(table: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = table.column_by_name(name).unwrap();
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options).unwrap();
    (0..column.len()).map(|row| column.is_valid(row).then(|| formatter.value(row).to_string())).collect()
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}

#[test]
fn json_lines_keep_their_types_and_missing_keys_are_null() {
    let bench = Bench::with(
        "a.jsonl",
        "{\"id\": 1, \"text\": \"é\\n\\u0041\", \"tags\": [\"x\", null], \"meta\": {\"score\": 0.5}}\n\n  \r\n{\"text\": null, \"late\": true}\n",
    );
    let converted = bench.convert().unwrap();
    assert_eq!(converted.files[0].path, bench.dest().join("train-00000-of-00001.parquet"));
    assert_eq!(converted.sources[0].rows, 2);
    let table = read(&converted);
    assert_eq!(column(&table, "id"), [Some("1".into()), None]);
    assert_eq!(column(&table, "text"), [Some("é\nA".into()), None]);
    assert_eq!(column(&table, "tags"), [Some("[x, ]".into()), None]);
    assert_eq!(column(&table, "meta"), [Some("{score: 0.5}".into()), None]);
    assert_eq!(column(&table, "late"), [None, Some("true".into())]);
}

#[test]
fn a_type_that_changes_at_the_last_line_is_right_from_the_first() {
    let lines = (0..60_000).map(|id| format!("{{\"id\": {id}, \"n\": null, \"m\": 7}}"));
    let lines = lines.chain(["{\"id\": 0.5, \"n\": {\"a\": 1}, \"m\": \"seven\", \"new\": 1}".to_owned()]);
    let table = Bench::with("a.jsonl", joined(lines)).table();
    assert_eq!(table.num_rows(), 60_001);
    let types: Vec<_> = table.schema().fields().iter().map(|field| field.data_type().to_string()).collect();
    assert_eq!(types, ["Float64", "Struct(\"a\": Int64)", "Utf8", "Int64"]);
    assert_eq!(column(&table, "m")[59_999..], some(&["7", "seven"]));
    assert_eq!(column(&table, "new")[60_000], Some("1".into()));
}

#[test]
fn a_broken_line_among_many_is_refused_by_its_number_or_skipped_and_shown() {
    let mut lines: Vec<String> = (0..300_000)
        .map(|id| format!("{{\"id\": {id}, \"text\": \"row {id} of some length to fill blocks with\"}}"))
        .collect();
    lines[234_566] = "{\"id\": 234566, \"text\": \"no end".to_owned();
    lines[299_000] = "{\"id\": \"another type\", \"id\": 2}".to_owned();
    let mut bench = Bench::with("train.jsonl", lines.join("\n"));
    let error = bench.refused();
    assert!(error.starts_with("train.jsonl line 234,567: EOF while parsing a string, at byte 30"), "{error}");

    bench.options.bad_rows = BadRowPolicy::Skip;
    let converted = bench.convert().unwrap();
    assert_eq!(converted.files[0].rows, 299_998);
    assert_eq!(converted.schema.field(0).data_type(), &DataType::Int64, "a broken row leaves no trace in the types");
    let bad: Vec<_> = converted.bad_rows.first.iter().map(|row| (row.line, row.reason.as_str())).collect();
    assert_eq!(converted.bad_rows.count, 2);
    assert_eq!(bad[0].0, 234_567);
    assert_eq!(bad[1], (299_001, "the key \"id\" comes twice in one object, at byte 27"));
    let ids = read(&converted);
    let ids = ids.column(0).as_primitive::<Int64Type>();
    assert_eq!((ids.value(234_565), ids.value(234_566)), (234_565, 234_567), "order is kept");
}

#[test]
fn a_json_file_may_be_an_array_lines_or_printed_over_many_lines() {
    let rows = json!([{"text": "a"}, {"text": "b", "n": [1, 2]}]);
    let values = rows.as_array().unwrap();
    let lines = joined(values.iter().map(Value::to_string));
    let pretty = joined(values.iter().map(|row| format!("{row:#}")));
    for content in [rows.to_string(), format!("{rows:#}\n"), lines, pretty] {
        let table = Bench::with("a.json", &content).table();
        assert_eq!(column(&table, "text"), some(&["a", "b"]), "{content}");
        assert_eq!(column(&table, "n"), [None, Some("[1, 2]".into())]);
    }
    assert_eq!(column(&Bench::with("a.json", "[\"x\", \"y\"]").table(), "text"), some(&["x", "y"]));
    let error = Bench::with("a.json", "[\n {\"a\": 1},\n {\"a\":\n   oops}\n]").refused();
    assert!(error.starts_with("a.json line 4: expected value, at byte 4"), "{error}");
    let error = Bench::with("a.json", "[\n {\"a\": 1}\n").refused();
    assert!(error.starts_with("a.json line 3: the array is not closed before the end of the file."), "{error}");
}

#[test]
fn a_line_that_is_no_object_is_refused() {
    let error = Bench::with("a.jsonl", "{\"a\": 1}\n[1, 2]\n").refused();
    assert!(error.starts_with("a.jsonl line 2: invalid type: sequence, expected an object such as"), "{error}");
}

#[test]
fn text_is_one_sample_per_line_paragraph_or_file() {
    let mut bench = Bench::with("a.txt", "one\r\n\ntwo\nthree\n");
    assert_eq!(column(&bench.table(), "text"), some(&["one", "", "two", "three"]));
    bench.options.text_unit = TextUnit::Paragraph;
    assert_eq!(column(&bench.table(), "text"), some(&["one", "two\nthree"]));
    bench.options.text_unit = TextUnit::File;
    bench.add("b.txt", "second");
    let converted = bench.convert().unwrap();
    assert_eq!(column(&read(&converted), "text"), some(&["one\r\n\ntwo\nthree\n", "second"]));
    assert_eq!(converted.sources.iter().map(|source| source.rows).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_place_or_replaced() {
    let mut bench = Bench::with("notes.txt", b"one\ntwo\nan \xff here\n");
    let error = bench.refused();
    assert!(error.starts_with("notes.txt line 3, byte 4: not UTF-8 text."), "{error}");
    bench.options.encoding = Encoding::Replace;
    assert_eq!(column(&bench.table(), "text"), some(&["one", "two", "an \u{fffd} here"]));
    // In an array the records move when bytes before them are replaced.
    let mut bench = Bench::with("a.json", b"[{\"a\": \"\xff\"},\n{\"a\": \"\xff\xfe\"}, {\"a\": \"z\"}]");
    assert!(bench.refused().starts_with("a.json line 1, byte 9: not UTF-8"));
    bench.options.encoding = Encoding::Replace;
    assert_eq!(column(&bench.table(), "a"), some(&["\u{fffd}", "\u{fffd}\u{fffd}", "z"]));
}

#[test]
fn compressed_files_are_read_and_count_as_their_compressed_size() {
    let text = "{\"text\": \"a line\"}\n".repeat(5000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let twice = [gzip.clone(), gzip].concat();
    let mut bench = Bench::with("a.jsonl.gz", &twice);
    bench.add("b.jsonl.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    let converted = bench.convert().unwrap();
    assert_eq!(converted.sources.iter().map(|source| source.rows).collect::<Vec<_>>(), [10_000, 5_000]);
    assert_eq!(converted.sources[0].bytes, twice.len() as u64);
}

#[test]
fn files_without_rows_are_refused() {
    assert!(Bench::with("a.jsonl", "").refused().starts_with("a.jsonl is empty: it holds no rows."));
    assert!(Bench::with("a.jsonl", "\n \n").refused().starts_with("a.jsonl holds no row with a named value."));
    assert!(Bench::with("a.jsonl", "{}\n").refused().starts_with("a.jsonl holds no row with a named value."));
    let mut bench = Bench::with("a.txt", "\n\n");
    bench.options.text_unit = TextUnit::Paragraph;
    assert!(bench.refused().starts_with("a.txt is empty"));
    assert!(Bench::with("a.png", "x").refused().contains("Supported: .parquet"));
    let mut bench = Bench::with("a.txt", "x");
    bench.add("b.jsonl", "{}");
    assert!(bench.refused().starts_with("One dataset has one format, but a.txt is text and b.jsonl is JSONL."));
}

#[test]
fn splits_have_files_of_their_own_and_one_schema() {
    let mut bench = Bench::with("a.jsonl", "{\"a\": 1}\n");
    bench.add("t.jsonl", "{\"a\": 2.5}\n");
    bench.add("b.jsonl", "{\"b\": \"x\"}\n");
    bench.files[1].split = "test".to_owned();
    let converted = bench.convert().unwrap();
    let files: Vec<_> = converted.files.iter().map(|file| (file.split.as_str(), file.rows)).collect();
    assert_eq!(files, [("train", 2), ("test", 1)]);
    assert_eq!(column(&read(&converted), "a"), [Some("1.0".into()), None, Some("2.5".into())]);
    assert_eq!(column(&read(&converted), "b"), [None, Some("x".into()), None]);
}

#[test]
fn keys_that_are_data_are_refused_as_columns() {
    let lines = (0..5000).map(|id| format!("{{\"id{id}\": \"{}\"}}", "x".repeat(1000)));
    let error = Bench::with("a.jsonl", joined(lines)).refused();
    assert!(error.starts_with("a.jsonl has more than 4,096 columns."), "{error}");
}

#[test]
fn many_small_files_share_row_groups() {
    let mut bench = Bench::new();
    bench.options.text_unit = TextUnit::File;
    for number in 0..500 {
        bench.add(&format!("{number}.txt"), format!("file {number}"));
    }
    let converted = bench.convert().unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&converted.files[0].path).unwrap()).unwrap();
    assert_eq!(reader.metadata().num_row_groups(), 1);
    assert_eq!(converted.files[0].rows, 500);
}

#[test]
fn a_cancel_takes_effect_within_a_second_and_leaves_nothing() {
    let line = format!("{{\"text\": \"{}\"}}\n", "words and more words ".repeat(40));
    let bench = Bench::with("a.jsonl", line.repeat(150_000));
    let (control, handle) = control();
    std::thread::scope(|scope| {
        let work = scope.spawn(|| convert(&bench.files, &bench.dest(), &bench.options, &control));
        while handle.report().done == 0 {
            std::thread::yield_now();
        }
        let asked = std::time::Instant::now();
        handle.stop(Stop::Cancel);
        assert!(matches!(work.join().unwrap(), Err(IngestError::Stopped(_))));
        assert!(asked.elapsed().as_secs_f64() < 1.0);
    });
    assert!(!bench.folder.path().join("made").exists());
}

#[test]
fn a_folder_without_rights_is_named() {
    let mut bench = Bench::with("a.jsonl", "{\"a\": 1}\n");
    let blocker = bench.folder.path().join("made");
    std::fs::write(&blocker, "a file where the folder should be").unwrap();
    let error = bench.convert().unwrap_err().to_string();
    assert!(error.starts_with("Could not write"), "{error}");
    std::fs::remove_file(blocker).unwrap();
    bench.files[0].path = PathBuf::from("/nowhere/a.jsonl");
    assert!(bench.refused().starts_with("Could not read /nowhere/a.jsonl"));
}

/// Tables whose columns each have one type, as rows of JSON.
fn table() -> impl Strategy<Value = Vec<Value>> {
    let text = prop_oneof!["\\PC{0,20}", "[ -~\\n\\r\\t\"\\\\]{0,30}"];
    let row = (
        proptest::option::of(any::<i64>()),
        proptest::option::of(any::<f64>().prop_filter("JSON has no infinities", |value| value.is_finite())),
        proptest::option::of(text),
        proptest::option::of(any::<bool>()),
        proptest::option::of(prop::collection::vec(any::<i32>(), 0..4)),
    );
    prop::collection::vec(row, 1..60).prop_map(|rows| {
        rows.into_iter()
            .map(|(int, float, text, flag, list)| {
                json!({"int": int, "float": float, "text": text, "flag": flag, "list": list, "kept": 1})
            })
            .collect()
    })
}

fn as_json(table: &RecordBatch) -> Vec<Value> {
    let mut writer = arrow::json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow::json::writer::JsonArray>(Vec::new());
    writer.write(table).unwrap();
    writer.finish().unwrap();
    serde_json::from_slice(&writer.into_inner()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_written_as_json_lines_is_read_back_equal(rows in table()) {
        let lines = joined(rows.iter().map(Value::to_string));
        let array = Value::from(rows.clone()).to_string();
        for (name, content) in [("a.jsonl", lines), ("a.json", array)] {
            let read = as_json(&Bench::with(name, content).table());
            for (read, written) in read.iter().zip(&rows) {
                for (key, value) in written.as_object().unwrap() {
                    // A column of floats that are all whole is written with a fraction again.
                    prop_assert_eq!(read[key].as_f64().map(f64::to_bits), value.as_f64().map(f64::to_bits));
                    prop_assert!(value.is_number() || &read[key] == value, "{} {:?} {:?}", key, read[key], value);
                }
            }
            prop_assert_eq!(read.len(), rows.len());
        }
    }
}

#[test]
fn separated_values_are_typed_and_quoted_line_ends_belong_to_the_value() {
    let text = "id;text;score;flag\n1;\"one; \"\"quoted\"\"\nand a second line\";0.5;true\n2;;;\n3;\"\";7;false\n";
    let bench = Bench::with("a.csv", text);
    let converted = bench.convert().unwrap();
    assert_eq!(converted.dialects[0].delimiter, ';');
    assert!(converted.dialects[0].header);
    let table = read(&converted);
    let types: Vec<_> = table.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(types, [DataType::Int64, DataType::Utf8, DataType::Float64, DataType::Boolean]);
    assert_eq!(column(&table, "text"), [Some("one; \"quoted\"\nand a second line".into()), None, Some(String::new())]);
    assert_eq!(column(&table, "score"), [Some("0.5".into()), None, Some("7.0".into())]);
}

#[test]
fn a_row_with_too_few_or_too_many_values_is_refused_by_line_or_skipped() {
    let mut lines = vec!["id,text".to_owned()];
    lines.extend((0..200_000).map(|id| format!("{id},\"text\nof {id}\"")));
    lines[150_001] = "150000,a,b".to_owned();
    let mut bench = Bench::with("a.csv", lines.join("\n"));
    let error = bench.refused();
    assert!(error.starts_with("a.csv line 300,002: expected 2 values, found 3."), "{error}");
    bench.options.bad_rows = BadRowPolicy::Skip;
    let converted = bench.convert().unwrap();
    assert_eq!((converted.files[0].rows, converted.bad_rows.count), (199_999, 1));
    assert_eq!(converted.bad_rows.first[0].excerpt, "150000,a,b");
}

#[test]
fn a_quote_left_open_is_told_where_it_was_opened() {
    let error = Bench::with("a.csv", "id,text\n1,\"a\"\n2,\"b\n3,c\n").refused();
    assert!(error.starts_with("a.csv line 3: a quote is opened here and not closed"), "{error}");
}

#[test]
fn a_column_of_numbers_with_a_word_at_the_end_is_text_from_the_first_row() {
    let lines = (0..400_000).map(|id| format!("{id},{}", id % 10));
    let lines = ["id,code".to_owned()].into_iter().chain(lines).chain(["400000,007".to_owned()]);
    let table = Bench::with("a.csv", joined(lines)).table();
    assert_eq!(table.schema().field(0).data_type(), &DataType::Int64);
    let code = column(&table, "code");
    assert_eq!((code[9].as_deref(), code[400_000].as_deref()), (Some("9"), Some("007")));
}

#[test]
fn tabs_separate_a_tsv_file_and_the_user_has_the_last_word() {
    let mut bench = Bench::with("a.tsv", "a, b\tc\n1\t2\n");
    let table = bench.table();
    assert_eq!(column(&table, "a, b"), some(&["1"]));
    bench.options.csv =
        CsvOptions { header: Some(false), text_columns: vec!["column1".to_owned()], ..CsvOptions::default() };
    let table = bench.table();
    assert_eq!(column(&table, "column0"), some(&["a, b", "1"]));
    bench.options.csv.header = Some(true);
    bench.options.csv.text_columns = vec!["c".to_owned()];
    assert_eq!(bench.table().schema().field(1).data_type(), &DataType::Utf8);
}

#[test]
fn files_with_other_columns_or_another_order_come_together_by_name() {
    let mut bench = Bench::with("a.csv", "id,text\n1,one\n2,two\n");
    bench.add("b.csv", "text;lang;id\ndrei;de;3\nvier;de;4\n");
    let converted = bench.convert().unwrap();
    assert_eq!(converted.dialects.iter().map(|dialect| dialect.delimiter).collect::<Vec<_>>(), [',', ';']);
    let table = read(&converted);
    assert_eq!(column(&table, "id"), some(&["1", "2", "3", "4"]));
    assert_eq!(column(&table, "lang"), [None, None, Some("de".into()), Some("de".into())]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_the_csv_crate_writes_is_read_back_equal(
        rows in prop::collection::vec((any::<i64>(), prop_oneof!["\\PC{0,12}", "[a-c,;\"\\n\\r\t ]{0,12}"], any::<f32>().prop_filter("text", |value| value.is_finite())), 1..40),
        always in any::<bool>(),
    ) {
        let style = if always { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary };
        let mut writer = ::csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(["int", "text", "float"]).unwrap();
        for (int, text, float) in &rows {
            writer.write_record([&int.to_string(), text, &format!("{float:?}")]).unwrap();
        }
        let mut bench = Bench::with("a.csv", writer.into_inner().unwrap());
        bench.options.csv = CsvOptions { delimiter: Some(','), quote: QuoteChoice::Character('"'), header: Some(true), text_columns: vec!["text".to_owned()] };
        let table = bench.table();
        prop_assert_eq!(table.num_rows(), rows.len());
        let read = column(&table, "text");
        for (row, (int, text, float)) in rows.iter().enumerate() {
            prop_assert_eq!(table.column(0).as_primitive::<Int64Type>().value(row), *int);
            // A value that is not there and an empty one look the same unless quoted.
            prop_assert_eq!(read[row].clone().unwrap_or_default(), text.clone());
            let read = table.column(2).as_primitive::<arrow::datatypes::Float64Type>().value(row);
            prop_assert_eq!(read.to_bits(), format!("{float:?}").parse::<f64>().unwrap().to_bits());
        }
    }
}

#[test]
fn whole_numbers_keep_every_digit_whatever_stands_beside_them() {
    let huge = "123456789012345678901234567890";
    // Far behind what is looked at first.
    let filler = |value: &str| format!("{{\"n\": {value}, \"deep\": {{\"list\": [{value}]}}}}\n").repeat(60_000);
    for first in ["1", "0.5", "1e30"] {
        for last in [huge, "-99999999999999999999"] {
            let lines = format!("{}{{\"n\": {last}, \"deep\": {{\"list\": [1, {last}]}}}}\n", filler(first));
            let bench = Bench::with("a.jsonl", lines);
            let converted = bench.convert().unwrap();
            let table = read(&converted);
            assert_eq!(column(&table, "n").last().unwrap().as_deref(), Some(last), "{first}");
            assert!(column(&table, "deep").last().unwrap().as_deref().unwrap().contains(last), "{first}");
            assert_eq!(column(&table, "n")[0].as_deref(), Some(first));
            assert!(
                converted.notes[0].starts_with("The column n is kept as it is written in JSON"),
                "{:?}",
                converted.notes
            );
            assert!(converted.notes[1].starts_with("The column deep.list[] is kept"), "{:?}", converted.notes);
        }
    }
    // Large numbers that are written as fractions stay numbers, and so do small ones beside fractions.
    let table = Bench::with("a.jsonl", "{\"n\": 1e30}\n{\"n\": 2}\n{\"n\": 0.5}\n").table();
    assert_eq!(table["n"].data_type(), &DataType::Float64);
    // Floating point would make these two the same.
    let lines = "{\"n\": 9007199254740993}\n{\"n\": 9007199254740992}\n{\"n\": 0.5}\n";
    let found = column(&Bench::with("a.jsonl", lines).table(), "n");
    assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), ["9007199254740993", "9007199254740992", "0.5"]);
    let found = column(&Bench::with("a.csv", "n,t\n9007199254740993,x\n0.5,y\n").table(), "n");
    assert_eq!(found.into_iter().flatten().collect::<Vec<_>>(), ["9007199254740993", "0.5"]);
}

#[test]
fn utf_16_is_read_compressed_or_not_in_every_format_of_text() {
    let wide = |text: &str| -> Vec<u8> {
        [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()
    };
    for (name, text) in
        [("a.jsonl", "{\"text\": \"é日👩\"}\n"), ("a.csv", "id,text\n1,é日👩\n2,é日👩\n"), ("a.txt", "é日👩\n")]
    {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&wide(text)).unwrap();
        for (name, bytes) in [(name.to_owned(), wide(text)), (format!("{name}.gz"), gzip.finish().unwrap())] {
            let table = Bench::with(&name, bytes).table();
            assert_eq!(column(&table, "text")[0].as_deref(), Some("é日👩"), "{name}");
        }
    }
}
