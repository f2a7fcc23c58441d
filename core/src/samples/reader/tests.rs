use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::data::SplitFiles;
use crate::jobs::{Stop, control};
use crate::samples::fixture::{texts, write};
use crate::samples::{Condition, Literal, Sort, SortBy};

/// Two splits; train is two files of 25 and 18 rows in row groups of 10, test is one file of 5.
fn dataset(folder: &std::path::Path) -> DatasetFiles {
    let rows = |name: &str, rows: std::ops::Range<usize>| -> Vec<Option<String>> {
        rows.map(|row| (row % 6 != 5).then(|| format!("{name} {row} {}", "é".repeat(row)))).collect()
    };
    texts(folder, &[("train", vec![rows("a", 0..25), rows("b", 0..18)]), ("test", vec![rows("c", 0..5)])], 10)
}

fn brute_force(files: &DatasetFiles) -> Vec<Row> {
    let mut all = Vec::new();
    for split in &files.splits {
        let mut number = 0;
        for file in &split.files {
            let file = std::fs::File::open(&file.path).unwrap();
            let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 4).unwrap();
            for batch in reader.map(Result::unwrap) {
                for place in 0..batch.num_rows() {
                    all.push(row_of(&batch, place, &split.name, number, None).unwrap());
                    number += 1;
                }
            }
        }
    }
    all
}

fn ask(files: &DatasetFiles, query: &PageQuery) -> Page {
    super::super::page(files, query, &control().0).unwrap()
}

#[test]
fn every_page_of_every_size_equals_a_plain_read() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path());
    let all = brute_force(&files);
    assert_eq!(all.len(), 48);
    let reader = SampleReader::open(files);
    for limit in [1_u32, 7, 10, 50] {
        for offset in 0..=50_u64 {
            let query = PageQuery { offset, limit, ..PageQuery::default() };
            let page = reader.page(&query, &control().0).unwrap();
            let expected: Vec<Row> = all.iter().skip(offset as usize).take(limit as usize).cloned().collect();
            assert_eq!(page, Page { total: 48, rows: expected }, "offset {offset}, limit {limit}");
        }
    }
}

#[test]
fn rows_come_one_by_one_as_on_a_page_until_no_more_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(dataset(folder.path()));
    let sorts = [None, Some(Sort { by: SortBy::Column("n".into()), descending: true })];
    for (sort, filter) in sorts.into_iter().zip([None, Some(Filter::sql("n > 4"))]) {
        let query = PageQuery { offset: 3, limit: 40, sort, filter, ..PageQuery::default() };
        let page = reader.page(&query, &control().0).unwrap();
        let mut rows = Vec::new();
        let total = reader.each_row(&query, &control().0, |total, row| {
            assert_eq!(total, page.total);
            rows.push(row);
            true
        });
        assert_eq!((total.unwrap(), &rows), (page.total, &page.rows));
        let mut first = Vec::new();
        let wanted = reader.each_row(&query, &control().0, |_, row| {
            first.push(row);
            first.len() < 5
        });
        assert_eq!((wanted.unwrap(), &first[..]), (page.total, &page.rows[..5]));
    }
}

#[test]
fn a_split_is_counted_from_its_own_first_row_across_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path());
    let query = PageQuery { split: Some("train".into()), offset: 24, limit: 2, ..PageQuery::default() };
    let page = ask(&files, &query);
    assert_eq!(page.total, 43);
    let seen: Vec<_> = page.rows.iter().map(|row| (row.row, &row.values["n"])).collect();
    assert_eq!(seen, [(24, &json!(24)), (25, &json!(1000))]);
    let query = PageQuery { split: Some("test".into()), ..PageQuery::default() };
    let page = ask(&files, &query);
    assert_eq!((page.total, page.rows.len(), page.rows[0].row, page.rows[0].split.as_str()), (5, 5, 0, "test"));
}

#[test]
fn an_offset_past_the_end_gives_an_empty_page_and_the_true_total() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path());
    for offset in [48, 49, u64::MAX] {
        assert_eq!(ask(&files, &PageQuery { offset, ..PageQuery::default() }), Page { total: 48, rows: Vec::new() });
    }
    assert_eq!(ask(&DatasetFiles::default(), &PageQuery::default()), Page { total: 0, rows: Vec::new() });
}

#[test]
fn unknown_splits_and_columns_are_named_with_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(dataset(folder.path()));
    let query = PageQuery { split: Some("dev".into()), ..PageQuery::default() };
    let error = reader.page(&query, &control().0).unwrap_err();
    assert_eq!(error.to_string(), "there is no split “dev”; this dataset has train, test");
    let query = PageQuery { columns: Some(vec!["body".into()]), ..PageQuery::default() };
    let error = reader.page(&query, &control().0).unwrap_err();
    assert_eq!(error.to_string(), "there is no column “body”; this dataset has text, n");
}

#[test]
fn long_texts_are_cut_for_lists_with_their_true_length() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path());
    let query = PageQuery { offset: 9, limit: 2, clamp_chars: Some(10), ..PageQuery::default() };
    let rows = ask(&files, &query).rows;
    assert_eq!(rows[0].values["text"], json!("a 9 éééééé"));
    assert_eq!(rows[0].clamped, [Clamped { column: "text".into(), chars: 13 }]);
    let query = PageQuery { clamp_chars: Some(13), ..query };
    assert_eq!(ask(&files, &query).rows[0].clamped, []);
}

#[test]
fn a_filter_has_an_exact_total_and_its_pages_equal_a_plain_filter() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path());
    let all = brute_force(&files);
    let reader = SampleReader::open(files);
    let long = |row: &Row| row.values["text"].as_str().is_some_and(|text| text.chars().count() > 12);
    let expected: Vec<Row> = all.iter().filter(|row| long(row)).cloned().collect();
    for offset in [0, 3, 10, 100] {
        let filter = Some(Filter::sql("length(text) > 12 -- long ones"));
        let query = PageQuery { offset, limit: 4, filter, ..PageQuery::default() };
        let page = reader.page(&query, &control().0).unwrap();
        assert_eq!(page.total, expected.len() as u64);
        assert_eq!(page.rows, expected.iter().skip(offset as usize).take(4).cloned().collect::<Vec<_>>());
    }
    let in_test: Vec<_> = expected.iter().filter(|row| row.split == "test").cloned().collect();
    let filter = Some(Filter::sql("length(text) > 12"));
    let query = PageQuery { split: Some("test".into()), filter, ..PageQuery::default() };
    assert_eq!(reader.page(&query, &control().0).unwrap().rows, in_test);
}

#[test]
fn conditions_of_every_kind_combine_with_and() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(dataset(folder.path()));
    let rows = |conditions: Vec<Condition>| -> Vec<i64> {
        let query = PageQuery { filter: Some(Filter { conditions }), ..PageQuery::default() };
        let page = reader.page(&query, &control().0).unwrap();
        page.rows.iter().map(|row| row.values["n"].as_i64().unwrap()).collect()
    };
    let n = || "n".to_owned();
    let range = |from, to, to_included| Condition::Range { column: n(), from, to, to_included };
    assert_eq!(rows(vec![range(Some(Literal::Int(1001)), Some(Literal::Float(1003.0)), false)]), [1001, 1002]);
    assert_eq!(rows(vec![range(Some(Literal::Int(1001)), Some(Literal::Int(1003)), true)]), [1001, 1002, 1003]);
    assert_eq!(rows(vec![Condition::Equals { column: n(), value: Literal::Int(7) }]), [7]);
    assert_eq!(
        rows(vec![Condition::IsNull { column: "text".into() }, Condition::Sql("n > 1000 or n = 5".into())]),
        [5, 1005, 1011, 1017]
    );
    let chars = Condition::Chars { column: "text".into(), min: Some(6), max: Some(7) };
    assert_eq!(rows(vec![chars, Condition::Sql("n < 1000".into())]), [2, 3, 2, 3]);
    let evil = Literal::Text("x' OR '1'='1".into());
    assert_eq!(rows(vec![Condition::Equals { column: "text".into(), value: evil }]), [0_i64; 0]);
}

#[test]
fn a_filter_can_do_nothing_but_look_at_rows() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(dataset(folder.path()));
    let written = folder.path().join("out.csv");
    let copy = format!("1=1; COPY (SELECT 1) TO '{}'", written.display());
    let refusals = [
        ("1=1; drop table x", "the condition is not valid: it is more than one statement"),
        ("text in (select * from read_text('/etc/passwd'))", "it has a query inside"),
        ("exists (from glob('/*'))", "it has a query inside"),
        ("1=1; ATTACH '/tmp/other.db'", "it is more than one statement"),
        (copy.as_str(), "it is more than one statement"),
        ("1=1) or (1=1", "syntax error"),
        ("1=1 union select 1, 2", "it goes on after the condition"),
        ("1=1 limit 3", "it has ORDER BY, LIMIT"),
        ("n > 1 group by n", "it has GROUP BY"),
        ("n > $1", "it has a parameter"),
        ("row_number() over () > 3", "it has a window function"),
        ("  ", "it is empty"),
        ("n >", "syntax error"),
        ("nothing > 1", "the filter cannot be applied: Binder Error"),
        ("count(*) > 1", "the filter cannot be applied: Binder Error"),
        ("n = 'x'", "the filter cannot be applied: Conversion Error"),
    ];
    for (condition, expected) in refusals {
        let query = PageQuery { filter: Some(Filter::sql(condition)), ..PageQuery::default() };
        let error = reader.page(&query, &control().0).unwrap_err().to_string();
        assert!(error.contains(expected), "{condition}: {error}");
        assert!(!error.contains("read_parquet"), "{condition}: {error}");
    }
    assert!(!written.exists());
    let bad = reader.validate(&Filter::sql("n > 1 and and"), &control().0).unwrap_err();
    assert!(matches!(bad, SamplesError::Condition { position: Some(10), .. }), "{bad:?}");
    reader.validate(&Filter::sql("n > 1 and text is not null"), &control().0).unwrap();
}

#[test]
fn a_running_filter_stops_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let numbers: arrow::array::ArrayRef = Arc::new(arrow::array::Int64Array::from_iter_values(0..1_000_000));
    let file = write(&folder.path().join("a.parquet"), vec![("n", numbers)], 100_000, 10_000, false);
    let reader =
        SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files: vec![file] }] });
    let (operation, owner) = control();
    let slow = "list_sum(range(3000 + n % 7)) < 0";
    let query = PageQuery { filter: Some(Filter::sql(slow)), ..PageQuery::default() };
    let started = std::thread::scope(|scope| {
        let running = scope.spawn(|| reader.page(&query, &operation));
        std::thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        owner.stop(Stop::Cancel);
        assert!(matches!(running.join().unwrap(), Err(SamplesError::Stopped(_))));
        asked
    });
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn a_file_changed_from_outside_is_reported_not_misread() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = dataset(folder.path());
    files.splits[0].files[1].rows = 20;
    let reader = SampleReader::open(files);
    let page =
        |offset, filter| reader.page(&PageQuery { offset, filter, limit: 5, ..PageQuery::default() }, &control().0);
    assert!(page(0, None).is_ok());
    assert!(matches!(page(25, None), Err(SamplesError::FileChanged { found: 18, expected: 20, .. })));
    assert!(matches!(page(0, Some(Filter::sql("n > 0"))), Err(SamplesError::FileChanged { .. })));
}

#[test]
fn whoever_asked_to_stop_does_not_wait_for_the_footers_of_all_files() {
    let folder = tempfile::tempdir().unwrap();
    let missing = crate::data::DataFile { path: folder.path().join("gone.parquet"), rows: 5 };
    let reader =
        SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files: vec![missing] }] });
    let (operation, owner) = control();
    owner.stop(Stop::Cancel);
    let filter = Filter::sql("n > 0");
    let sort = Some(Sort { by: SortBy::Column("n".into()), descending: false });
    let outcomes = [
        reader.select(&filter, None, &operation).map(drop),
        reader.validate(&filter, &operation),
        reader.page(&PageQuery { sort, ..PageQuery::default() }, &operation).map(drop),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(SamplesError::Stopped(_))), "{outcome:?}");
    }
}

#[test]
fn an_answered_filter_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(dataset(folder.path()));
    let filter = Filter::sql("n % 2 = 0");
    let first = reader.select(&filter, None, &control().0).unwrap();
    assert!(Arc::ptr_eq(&first, &reader.select(&filter, None, &control().0).unwrap()));
    assert!(!Arc::ptr_eq(&first, &reader.select(&filter, Some("test"), &control().0).unwrap()));
}

#[test]
fn the_split_and_the_row_can_be_part_of_a_condition() {
    let folder = tempfile::tempdir().unwrap();
    let reader = SampleReader::open(dataset(folder.path()));
    let rows = |sql: &str| -> Vec<(String, u64)> {
        let query = PageQuery { filter: Some(Filter::sql(sql)), ..PageQuery::default() };
        let page = reader.page(&query, &control().0).unwrap();
        page.rows.into_iter().map(|row| (row.split, row.row)).collect()
    };
    let named =
        |split: &str, rows: &[u64]| -> Vec<(String, u64)> { rows.iter().map(|row| (split.to_owned(), *row)).collect() };
    assert_eq!(rows("split = 'test' AND row >= 3"), named("test", &[3, 4]));
    assert_eq!(rows("split = 'train' AND row BETWEEN 24 AND 26"), named("train", &[24, 25, 26]));
    let own: arrow::array::ArrayRef = Arc::new(arrow::array::StringArray::from(vec!["a", "b"]));
    let file = write(&folder.path().join("own.parquet"), vec![("Split", own)], 10, 10, false);
    let reader = SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "x".into(), files: vec![file] }] });
    let query = PageQuery { filter: Some(Filter::sql("split = 'b'")), ..PageQuery::default() };
    assert_eq!(reader.page(&query, &control().0).unwrap().rows[0].row, 1, "a column of that name is meant first");
}

#[test]
fn values_are_read_as_the_column_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
        ("whole", Arc::new(arrow::array::Int64Array::from(vec![Some(2), Some(3), None]))),
        ("single", Arc::new(arrow::array::Float32Array::from(vec![0.1, 0.2, 0.3]))),
        ("flag", Arc::new(arrow::array::BooleanArray::from(vec![true, false, true]))),
        ("word", Arc::new(arrow::array::StringArray::from(vec!["5", "007", "it's"]))),
        ("day", Arc::new(arrow::array::Date32Array::from(vec![0, 20_000, 20_001]))),
    ];
    let file = write(&folder.path().join("a.parquet"), columns, 10, 10, false);
    let reader = SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "x".into(), files: vec![file] }] });
    let select = |condition: Condition| {
        let query = PageQuery { filter: Some(Filter { conditions: vec![condition] }), ..PageQuery::default() };
        reader.page(&query, &control().0).map(|page| page.rows.iter().map(|row| row.row).collect::<Vec<_>>())
    };
    let is = |column: &str, value: Literal| select(Condition::Equals { column: column.to_owned(), value });
    let text = |value: &str| Literal::Text(value.to_owned());
    assert_eq!(is("whole", text("3")).unwrap(), [1]);
    assert_eq!(is("whole", text("2.5")).unwrap(), [0_u64; 0], "and not rounded to 2 or 3");
    assert_eq!(is("single", text("0.1")).unwrap(), [0]);
    assert_eq!(is("flag", text("false")).unwrap(), [1]);
    assert_eq!(is("word", text("007")).unwrap(), [1]);
    assert_eq!(is("word", Literal::Int(5)).unwrap(), [0]);
    assert_eq!(is("word", text("it's")).unwrap(), [2]);
    assert_eq!(is("day", text("2024-10-04")).unwrap(), [1]);
    let later = Condition::Range {
        column: "day".to_owned(),
        from: Some(text("2000-01-01")),
        to: Some(text("2024-10-05")),
        to_included: false,
    };
    assert_eq!(select(later).unwrap(), [1]);
    let refused = |column: &str, value: &str| is(column, text(value)).unwrap_err().to_string();
    assert!(refused("whole", "many").contains("“many” is not a number, as the column “whole” has them"));
    assert!(refused("day", "soon").contains("Conversion Error"), "{}", refused("day", "soon"));
    assert!(refused("none", "1").contains("there is no column “none”"));
}

#[test]
fn a_large_number_is_told_from_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let unsigned = arrow::array::UInt64Array::from(vec![u64::MAX, u64::MAX - 1, 0]);
    let decimals = |values: Vec<i128>, scale| {
        arrow::array::Decimal128Array::from(values).with_precision_and_scale(38, scale).unwrap()
    };
    let whole = 10_i128.pow(30);
    let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
        ("unsigned", Arc::new(unsigned)),
        ("huge", Arc::new(decimals(vec![whole, whole + 1, -whole], 0))),
        ("money", Arc::new(decimals(vec![whole + 89, whole + 90, 250], 2))),
        ("small", Arc::new(arrow::array::UInt32Array::from(vec![2, 3, u32::MAX]))),
    ];
    let file = write(&folder.path().join("a.parquet"), columns, 10, 10, false);
    let reader = SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "x".into(), files: vec![file] }] });
    let select = |condition: Condition| -> Vec<u64> {
        let query = PageQuery { filter: Some(Filter { conditions: vec![condition] }), ..PageQuery::default() };
        reader.page(&query, &control().0).unwrap().rows.iter().map(|row| row.row).collect()
    };
    let text = |value: &str| Literal::Text(value.to_owned());
    let is = |column: &str, value: &str| select(Condition::Equals { column: column.to_owned(), value: text(value) });
    let between = |column: &str, from: &str, to: &str| {
        let (from, to) = (Some(text(from)), Some(text(to)));
        select(Condition::Range { column: column.to_owned(), from, to, to_included: true })
    };
    assert_eq!(is("unsigned", "18446744073709551615"), [0]);
    assert_eq!(is("unsigned", "18446744073709551614"), [1]);
    assert_eq!(is("unsigned", "18446744073709551613"), [0_u64; 0]);
    assert_eq!(is("unsigned", "-1"), [0_u64; 0]);
    assert_eq!(is("unsigned", "0.0"), [2]);
    assert_eq!(between("unsigned", "18446744073709551615", "1e30"), [0]);
    assert_eq!(between("unsigned", "-5", "18446744073709551614"), [1, 2]);
    assert_eq!(is("huge", "1000000000000000000000000000001"), [1]);
    assert_eq!(is("huge", "1e30"), [0]);
    assert_eq!(is("huge", "1000000000000000000000000000000.5"), [0_u64; 0]);
    assert_eq!(between("huge", "-1000000000000000000000000000000", "1000000000000000000000000000000"), [0, 2]);
    assert_eq!(is("money", "10000000000000000000000000000.89"), [0]);
    assert_eq!(is("money", "10000000000000000000000000000.895"), [0_u64; 0], "and not rounded");
    assert_eq!(is("money", "2.5"), [2]);
    assert_eq!(select(Condition::Equals { column: "money".to_owned(), value: Literal::Float(2.5) }), [2]);
    assert_eq!(is("small", "2.5"), [0_u64; 0], "and not rounded");
    assert_eq!(is("small", "4294967295"), [2]);
}

#[test]
fn lengths_are_those_of_the_text_in_characters_and_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let rows = ["", "one", "日本 語", "a\u{a0}b\u{3000}c\n d", "  ", "👩‍💻"].map(|text| Some(text.to_owned()));
    let files = texts(folder.path(), &[("train", vec![[&rows[..], &[None]].concat()])], 10);
    let reader = SampleReader::open(files);
    let select = |condition: Condition| -> Vec<u64> {
        let query = PageQuery { filter: Some(Filter { conditions: vec![condition] }), ..PageQuery::default() };
        reader.page(&query, &control().0).unwrap().rows.iter().map(|row| row.row).collect()
    };
    let words = |min, max| select(Condition::Words { column: "text".to_owned(), min, max });
    let chars = |min, max| select(Condition::Chars { column: "text".to_owned(), min, max });
    assert_eq!(words(Some(0), Some(0)), [0, 4]);
    assert_eq!(words(Some(2), Some(2)), [2]);
    assert_eq!(words(Some(4), None), [3]);
    assert_eq!(chars(Some(3), Some(4)), [1, 2, 5], "a picture of three code points is as long as Python says");
    assert_eq!(chars(None, None), [0, 1, 2, 3, 4, 5], "a null has no length");
}

#[test]
fn a_conversation_is_as_long_as_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        json!([{"role": "user", "content": "Hi\nthere"}, {"role": "assistant", "content": "Yes."}]),
        json!([{"role": "", "content": ""}, {"role": null, "content": "words alone"}, {"role": "tool", "content": null}]),
        json!([]),
        serde_json::Value::Null,
    ];
    let lines = rows.iter().map(|row| json!({ "talk": row }).to_string()).collect::<Vec<_>>().join("\n");
    let (schema, _) = arrow::json::reader::infer_json_schema(lines.as_bytes(), None).unwrap();
    let mut batches = arrow::json::ReaderBuilder::new(Arc::new(schema)).build(lines.as_bytes()).unwrap();
    let talk = Arc::clone(batches.next().unwrap().unwrap().column(0));
    let lengths = crate::ingest::conversation_texts(&talk).unwrap();
    let file = write(&folder.path().join("a.parquet"), vec![("talk", talk)], 10, 10, false);
    let reader = SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "x".into(), files: vec![file] }] });
    for (row, text) in lengths.iter().enumerate() {
        let Some(chars) = text.map(|text| text.chars().count() as u64) else { continue };
        let exactly = Condition::Chars { column: "talk".to_owned(), min: Some(chars), max: Some(chars) };
        let query = PageQuery { filter: Some(Filter { conditions: vec![exactly] }), ..PageQuery::default() };
        let found = reader.page(&query, &control().0).unwrap();
        assert_eq!(found.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [row as u64], "{text:?}");
    }
}

#[test]
fn duplicates_are_found_across_files_and_splits() {
    let folder = tempfile::tempdir().unwrap();
    let some = |texts: &[&str]| -> Vec<Option<String>> { texts.iter().map(|text| Some((*text).to_owned())).collect() };
    let train = vec![some(&["a", "b", ""]), [some(&["c", "a", ""]), vec![None, None]].concat()];
    let files = texts(folder.path(), &[("train", train), ("test", vec![some(&["c", "d"])])], 2);
    let reader = SampleReader::open(files);
    let filter = Filter { conditions: vec![Condition::Duplicates { column: "text".to_owned() }] };
    let ask = |split: Option<&str>, filter: &Filter| -> Vec<(String, u64)> {
        let query = PageQuery { split: split.map(str::to_owned), filter: Some(filter.clone()), ..PageQuery::default() };
        let rows = reader.page(&query, &control().0).unwrap().rows;
        rows.into_iter().map(|row| (row.split, row.row)).collect()
    };
    let train = |rows: &[u64]| -> Vec<(String, u64)> { rows.iter().map(|row| ("train".to_owned(), *row)).collect() };
    assert_eq!(ask(Some("train"), &filter), train(&[0, 2, 3, 4, 5]));
    assert_eq!(ask(Some("test"), &filter), [("test".to_owned(), 0)], "its twin is in train");
    let mut both = filter;
    both.conditions.push(Condition::Split { names: vec!["train".to_owned()] });
    both.conditions.push(Condition::Sql("text <> ''".to_owned()));
    assert_eq!(ask(None, &both), train(&[0, 3, 4]));
    let unknown = Filter { conditions: vec![Condition::Duplicates { column: "nothing".to_owned() }] };
    assert!(matches!(reader.validate(&unknown, &control().0), Err(SamplesError::NoSuchColumn { .. })));
}

#[test]
fn every_page_of_an_order_equals_a_plain_stable_sort() {
    let folder = tempfile::tempdir().unwrap();
    let files = dataset(folder.path());
    let all = brute_force(&files);
    let reader = SampleReader::open(files);
    let text = |row: &Row| row.values["text"].as_str().map(str::to_owned);
    let chars = |row: &Row| text(row).map(|text| text.chars().count());
    let sorted = |rows: &[Row], by: &SortBy, descending: bool| -> Vec<Row> {
        let mut rows = rows.to_vec();
        let order = |one: &Row, other: &Row| match by {
            SortBy::Row => std::cmp::Ordering::Equal,
            SortBy::Column(column) if column == "n" => one.values["n"].as_i64().cmp(&other.values["n"].as_i64()),
            SortBy::Column(_) => text(one).cmp(&text(other)),
            SortBy::Chars(_) => chars(one).cmp(&chars(other)),
        };
        let has_none = |row: &Row| match by {
            SortBy::Row => false,
            SortBy::Column(column) => row.values[column].is_null(),
            SortBy::Chars(_) => chars(row).is_none(),
        };
        rows.sort_by(|one, other| {
            let values = if descending { order(other, one) } else { order(one, other) };
            has_none(one).cmp(&has_none(other)).then(if has_none(one) { std::cmp::Ordering::Equal } else { values })
        });
        if *by == SortBy::Row && descending {
            rows.reverse();
        }
        rows
    };
    let long: Vec<Row> = all.iter().filter(|row| row.values["n"].as_i64() >= Some(5)).cloned().collect();
    let train: Vec<Row> = long.iter().filter(|row| row.split == "train").cloned().collect();
    let filter = Some(Filter::sql("n >= 5"));
    for by in [SortBy::Row, SortBy::Column("n".into()), SortBy::Column("text".into()), SortBy::Chars("text".into())] {
        for descending in [false, true] {
            let sort = Some(Sort { by: by.clone(), descending });
            for (rows, split, filter) in
                [(&all, None, None), (&long, None, filter.clone()), (&train, Some("train".to_owned()), filter.clone())]
            {
                let expected = sorted(rows, &by, descending);
                for offset in [0, 7, 40, 60] {
                    let query = PageQuery {
                        offset,
                        limit: 9,
                        sort: sort.clone(),
                        filter: filter.clone(),
                        split: split.clone(),
                        ..PageQuery::default()
                    };
                    let page = reader.page(&query, &control().0).unwrap();
                    let expected: Vec<Row> = expected.iter().skip(offset as usize).take(9).cloned().collect();
                    assert_eq!((page.total, page.rows), (rows.len() as u64, expected), "{sort:?} {split:?} {offset}");
                }
            }
        }
    }
}

#[test]
fn an_order_that_is_being_made_stops_within_a_second_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = (0..3_000_000_i64).map(|number| number.wrapping_mul(2_654_435_761) % 1_000_003);
    let numbers: arrow::array::ArrayRef = Arc::new(arrow::array::Int64Array::from_iter_values(numbers));
    let file = write(&folder.path().join("a.parquet"), vec![("n", numbers)], 100_000, 10_000, false);
    let reader =
        SampleReader::open(DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files: vec![file] }] });
    let (operation, owner) = control();
    let sort = Some(Sort { by: SortBy::Column("n".into()), descending: true });
    let query = PageQuery { sort, ..PageQuery::default() };
    owner.stop(Stop::Cancel);
    let asked = Instant::now();
    assert!(matches!(reader.page(&query, &operation), Err(SamplesError::Stopped(_))));
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    let page = reader.page(&query, &control().0).unwrap();
    assert_eq!(page.rows[0].values["n"], json!(1_000_002));
}
