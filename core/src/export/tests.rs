//! What was exported, read back by the documented layout of each format.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use arrow::ipc::reader::StreamReader;
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use super::{ExportError, Exported, Format, Input, Request, Windows, export};
use crate::data::{DataFile, DatasetFiles, FilledRow, FilledRows, SplitFiles};
use crate::jobs::{Stop, control};
use crate::tokenize::{Layout, PackingMode, PackingSettings, Padding, Settings, Side, TokenChoice, audit_of, tokenize};
use crate::tokenizer::Tokenizer;

fn tokenizer() -> Tokenizer {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/wordpiece");
    Tokenizer::open(Path::new(folder)).unwrap()
}

/// Rows of real tokens, each with its sample.
type SampleRows = Vec<(i64, Vec<i32>)>;

/// A tokenization with two splits.
struct Made {
    folder: tempfile::TempDir,
    files: DatasetFiles,
    /// What stands in `settings.json`.
    origin: Value,
    ids_column: String,
    pads_left: bool,
    filled: FilledRows,
    /// The real tokens of each row with its sample, by split.
    rows: Vec<(String, SampleRows)>,
    /// Whether all rows of a split have one length, filling included.
    is_even: Vec<bool>,
}

const SAMPLES: usize = 250;

fn made(settings: &Settings) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let text = |split: usize, row: usize| {
        let words: Vec<String> = (0..=row * 7 % 23).map(|word| format!("the model {}", word * row)).collect();
        format!("{split} {}", words.join(" and "))
    };
    let mut splits = Vec::new();
    for (place, name) in ["train", "test"].into_iter().enumerate() {
        let texts: Vec<String> = (0..SAMPLES).map(|row| text(place, row)).collect();
        let path = folder.path().join(format!("{name}.parquet"));
        let batch = RecordBatch::try_from_iter([("text", Arc::new(StringArray::from(texts)) as ArrayRef)]).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let files = vec![DataFile { path, rows: SAMPLES as u64 }];
        splits.push(SplitFiles { name: name.to_owned(), files });
    }
    let destination = folder.path().join("rows");
    let source = DatasetFiles { splits };
    let input = crate::tokenize::Input { files: &source, dataset_revision: "main@1", origin: None, threads: None };
    let (control, _handle) = control();
    tokenize(input, &tokenizer(), settings, &destination, &control).unwrap();
    let audit = audit_of(&destination).unwrap().unwrap();
    let split = |split: &crate::tokenize::SplitAudit| {
        let path = destination.join(format!("{}-00000-of-00001.parquet", split.split));
        SplitFiles { name: split.split.clone(), files: vec![DataFile { path, rows: split.counts.rows }] }
    };
    let files = DatasetFiles { splits: audit.splits.iter().map(split).collect() };
    let pads_left = settings.padding_side == Side::Left;
    let (mut rows, mut is_even) = (Vec::new(), Vec::new());
    for split in &files.splits {
        let (read, widths) = read(split, settings);
        is_even.push(widths.windows(2).all(|pair| pair[0] == pair[1]));
        rows.push((split.name.clone(), read));
    }
    let origin = serde_json::from_slice(&fs::read(destination.join("settings.json")).unwrap()).unwrap();
    let said: Value = serde_json::from_slice(&fs::read(destination.join("audit.json")).unwrap()).unwrap();
    let filled = FilledRows::of_document(&said).unwrap();
    Made { folder, files, filled, origin, ids_column: settings.ids_column.clone(), pads_left, rows, is_even }
}

/// Rows told from the columns alone, the other way round than the exports do it.
fn read(split: &SplitFiles, settings: &Settings) -> (SampleRows, Vec<usize>) {
    let mut widths = Vec::new();
    let pad = tokenizer().pad().unwrap().id as i32;
    let mut rows = Vec::new();
    let file = File::open(&split.files[0].path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    for batch in reader {
        let batch = batch.unwrap();
        for (at, row) in batch[settings.ids_column.as_str()].as_list::<i32>().iter().enumerate() {
            let ids = row.unwrap().as_primitive::<Int32Type>().values().to_vec();
            widths.push(ids.len());
            let packed = settings.layout == Layout::Packed;
            let sample = batch.column_by_name("sample_id");
            let sample = sample.map(|column| column.as_primitive::<arrow::datatypes::Int64Type>().value(at));
            let number = rows.len() as i64;
            rows.push((sample.unwrap_or(number), ids.into_iter().filter(|&id| packed || id != pad).collect()));
        }
    }
    (rows, widths)
}

impl Made {
    fn input(&self, id_limit: u64) -> Input<'_> {
        Input {
            files: &self.files,
            name: "tok_0123456789ab",
            ids_column: &self.ids_column,
            made_with: &self.origin,
            tokenizer: "someone/wordpiece",
            id_limit: Some(id_limit),
            pads_left: self.pads_left,
            filled: &self.filled,
            pads_among_tokens: 0,
            windows: Windows::of(&self.origin, 7),
            ids: 100_000,
        }
    }

    fn to(&self) -> PathBuf {
        self.folder.path().join("exported")
    }

    fn export(&self, format: Format, id_limit: u64) -> Exported {
        let (control, handle) = control();
        let to = self.to();
        let request = Request { format, to: &to, split: None, overwrite: true };
        let exported = export(self.input(id_limit), request, &control).unwrap();
        assert_eq!(handle.report().fraction(), Some(1.0));
        assert_eq!(exported.folder, to);
        let said: Value = serde_json::from_slice(&fs::read(to.join("export.json")).unwrap()).unwrap();
        assert_eq!(said["splits"], serde_json::to_value(&exported.splits).unwrap());
        // Nothing but what is named, and nothing beside it.
        let mut files: Vec<String> = exported.splits.iter().flat_map(|split| split.files.clone()).collect();
        files.retain(|file| !to.join(file).is_file());
        assert_eq!(files, Vec::<String>::new());
        let beside = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(beside.into_iter().all(|name| !name.to_string_lossy().starts_with('.')));
        exported
    }

    /// Samples with the real tokens of all their rows; windows that share tokens or are framed, each by itself.
    fn documents(&self, split: usize) -> Vec<Vec<i32>> {
        let mut documents: Vec<(i64, Vec<i32>)> = Vec::new();
        for (sample, tokens) in &self.rows[split].1 {
            match documents.last_mut() {
                Some((last, known)) if last == sample && Windows::of(&self.origin, 0).is_none() => known.extend(tokens),
                _ => documents.push((*sample, tokens.clone())),
            }
        }
        documents.into_iter().map(|(_, tokens)| tokens).collect()
    }
}

fn layouts() -> [Settings; 8] {
    let base = Settings { max_length: 24, ..Settings::default() };
    let token = Some(TokenChoice::Id(3));
    let packing =
        PackingSettings { begin_batch_token: token, sequence_separator_token: token, ..PackingSettings::default() };
    [
        base.clone(),
        Settings { padding_side: Side::Left, return_attention_mask: false, ..base.clone() },
        Settings { padding: Padding::DoNotPad, ..base.clone() },
        Settings { layout: Layout::Windows, stride: 2, padding: Padding::Longest, ..base.clone() },
        Settings { layout: Layout::Windows, ..base.clone() },
        Settings { layout: Layout::Windows, add_special_tokens: false, ..base.clone() },
        Settings { layout: Layout::Packed, packing, ..base.clone() },
        Settings { ids_column: "tokens".into(), ..base },
    ]
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> i64) -> Vec<i64> {
    let (numbers, rest) = bytes.as_chunks::<N>();
    assert!(rest.is_empty());
    numbers.iter().map(|bytes| number(*bytes)).collect()
}

fn ids(bytes: &[u8], narrow: bool) -> Vec<i32> {
    let ids = if narrow {
        numbers(bytes, |bytes: [u8; 2]| i64::from(u16::from_le_bytes(bytes)))
    } else {
        numbers(bytes, |bytes: [u8; 4]| i64::from(u32::from_le_bytes(bytes)))
    };
    ids.into_iter().map(|id| id as i32).collect()
}

#[test]
fn megatron_finds_every_sequence_and_document() {
    for settings in layouts() {
        let made = made(&settings);
        for id_limit in [65_499, 65_500] {
            let exported = made.export(Format::Megatron, id_limit);
            let narrow = id_limit == 65_499;
            for (place, (split, rows)) in made.rows.iter().enumerate() {
                let index = fs::read(made.to().join(format!("{split}.idx"))).unwrap();
                let bin = fs::read(made.to().join(format!("{split}.bin"))).unwrap();
                assert_eq!(&index[..9], b"MMIDIDX\0\0");
                assert_eq!(index[9..17], 1_u64.to_le_bytes());
                assert_eq!(index[17], if narrow { 8 } else { 4 });
                let counts = numbers(&index[18..34], i64::from_le_bytes);
                let (sequences, boundaries) = (counts[0] as usize, counts[1] as usize);
                assert_eq!(sequences, rows.len());
                let (lengths, rest) = index[34..].split_at(sequences * 4);
                let (pointers, documents) = rest.split_at(sequences * 8);
                let lengths = numbers(lengths, |bytes: [u8; 4]| i64::from(i32::from_le_bytes(bytes)));
                let pointers = numbers(pointers, i64::from_le_bytes);
                let documents = numbers(documents, i64::from_le_bytes);
                let width = if narrow { 2 } else { 4 };
                for ((length, pointer), (_, tokens)) in lengths.iter().zip(&pointers).zip(rows) {
                    let bytes = &bin[*pointer as usize..(*pointer + length * width) as usize];
                    assert_eq!(&ids(bytes, narrow), tokens);
                }
                assert_eq!(documents.len(), boundaries);
                assert_eq!((documents[0], *documents.last().unwrap()), (0, sequences as i64));
                let whole: Vec<Vec<i32>> = documents
                    .windows(2)
                    .map(|ends| {
                        rows[ends[0] as usize..ends[1] as usize].iter().flat_map(|(_, row)| row.clone()).collect()
                    })
                    .collect();
                assert_eq!(whole, made.documents(place));
                assert_eq!(exported.splits[place].tokens as usize, ids(&bin, narrow).len());
                assert_eq!(exported.splits[place].documents as usize, whole.len());
            }
            let mut names: Vec<_> = fs::read_dir(made.to()).unwrap().map(|file| file.unwrap().file_name()).collect();
            names.sort();
            assert_eq!(names, ["export.json", "test.bin", "test.idx", "train.bin", "train.idx"]);
        }
    }
}

#[test]
fn datatrove_finds_every_document() {
    for settings in layouts() {
        let made = made(&settings);
        for (id_limit, narrow) in [(65_536, true), (65_537, false)] {
            made.export(Format::Datatrove, id_limit);
            for place in 0..2 {
                let folder = made.to().join(&made.rows[place].0);
                let tokens = ids(&fs::read(folder.join("00000.ds")).unwrap(), narrow);
                let index = fs::read(folder.join("00000.ds.index")).unwrap();
                let ends = numbers(&index, i64::from_le_bytes);
                let starts = [0].into_iter().chain(ends.iter().copied());
                let documents: Vec<Vec<i32>> =
                    starts.zip(&ends).map(|(from, &to)| tokens[from as usize..to as usize].to_vec()).collect();
                assert_eq!(documents, made.documents(place));
                let metadata = fs::read_to_string(folder.join("00000.ds.metadata")).unwrap();
                let width = if narrow { 2 } else { 4 };
                let begins = format!("someone/wordpiece|{width}\n{}\n", tokens.len());
                assert!(metadata.starts_with(&begins) && metadata.ends_with('T'), "{metadata}");
            }
        }
    }
}

/// The header's words and the bytes after it.
fn npy(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\0");
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    assert!((10 + length).is_multiple_of(64) && bytes[9 + length] == b'\n');
    let head = String::from_utf8(bytes[10..10 + length].to_vec()).unwrap();
    (head.trim_end().to_owned(), bytes[10 + length..].to_vec())
}

#[test]
fn numpy_finds_rows_of_one_length_whole_and_others_without_filling() {
    for settings in layouts() {
        let made = made(&settings);
        for (id_limit, narrow) in [(65_536, true), (65_537, false)] {
            let exported = made.export(Format::Npy, id_limit);
            let kind = if narrow { "<u2" } else { "<u4" };
            for (place, (split, rows)) in made.rows.iter().enumerate() {
                // Windows filled up to the longest may all have come out alike.
                let is_even = made.is_even[place];
                let (head, bytes) = npy(&made.to().join(format!("{split}.npy")));
                let all = ids(&bytes, narrow);
                let shape = if is_even { format!("{}, 24", rows.len()) } else { format!("{},", all.len()) };
                assert_eq!(head, format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}"));
                let mask = made.to().join(format!("{split}.mask.npy"));
                assert_eq!(mask.exists(), is_even && settings.normalized().return_attention_mask);
                assert_eq!(made.to().join(format!("{split}.offsets.npy")).exists(), !is_even);
                let real: Vec<i32> = rows.iter().flat_map(|(_, row)| row.clone()).collect();
                assert_eq!(exported.splits[place].tokens as usize, real.len());
                if !is_even {
                    assert_eq!(all, real);
                    let (_, offsets) = npy(&made.to().join(format!("{split}.offsets.npy")));
                    let offsets = numbers(&offsets, i64::from_le_bytes);
                    let lengths: Vec<usize> = offsets.windows(2).map(|ends| (ends[1] - ends[0]) as usize).collect();
                    assert_eq!(lengths, rows.iter().map(|(_, row)| row.len()).collect::<Vec<_>>());
                } else if mask.exists() {
                    let (head, mask) = npy(&mask);
                    assert!(head.starts_with("{'descr': '|u1'"), "{head}");
                    let kept = all.iter().zip(mask).filter(|(_, mask)| *mask == 1).map(|(&id, _)| id);
                    assert_eq!(kept.collect::<Vec<_>>(), real);
                } else {
                    assert_eq!(all.len() as u64, exported.splits[place].tokens + exported.splits[place].pads);
                }
            }
        }
    }
}

#[test]
fn datasets_finds_its_records_and_every_row_in_any_number_of_files() {
    for settings in layouts() {
        let made = made(&settings);
        made.export(Format::Hf, 100);
        let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(made.to().join(name)).unwrap()).unwrap() };
        assert_eq!(read("dataset_dict.json"), serde_json::json!({ "splits": ["train", "test"] }));
        for (split, rows) in &made.rows {
            let state = read(&format!("{split}/state.json"));
            assert_eq!(state["_split"], split.as_str());
            assert_eq!(state["_data_files"], serde_json::json!([{ "filename": "data-00000-of-00001.arrow" }]));
            let info = read(&format!("{split}/dataset_info.json"));
            assert_eq!(info["features"][made.ids_column.as_str()]["feature"]["dtype"], "int32");
            assert_eq!(info["splits"][split.as_str()]["num_examples"], rows.len() as u64);
            let path = made.to().join(split).join("data-00000-of-00001.arrow");
            assert_eq!(info["splits"][split.as_str()]["num_bytes"], fs::metadata(&path).unwrap().len());
            let reader = StreamReader::try_new(File::open(path).unwrap(), None).unwrap();
            assert!(reader.schema().metadata()["huggingface"].contains(&format!("\"{}\"", made.ids_column)));
            let found: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
            assert_eq!(found, rows.len());
        }
        // The audit reads them like any others, and finds nothing.
        let (control, _handle) = control();
        let (path, tokenizer, source_rows) = (made.to(), tokenizer(), std::collections::BTreeMap::new());
        let request = crate::audit::Request {
            path: &path,
            tokenizer: Some(&tokenizer),
            length: None,
            source_rows: &source_rows,
            threads: None,
        };
        let report = crate::audit::audit(request, &control).unwrap();
        // Some of the samples are the same once they are cut.
        assert!(
            report.findings.iter().all(|found| found.kind == crate::audit::Kind::Duplicates),
            "{:#?}",
            report.findings
        );
        assert_eq!(report.promised.by, ["export.json"]);
        assert_eq!(report.total.rows, made.files.rows());
    }

    let made = made(&layouts()[0]);
    let destination = super::destination::Destination::begin(&made.to(), false, 0).unwrap();
    let (control, _handle) = control();
    let input = made.input(100);
    let split = super::hf::write_in_files(&input, &made.files.splits[0], &destination, &control, 1).unwrap();
    assert_eq!(split.files, ["train/data-00000-of-00001.arrow"], "a batch is never cut in two");
    drop(destination);
    assert!(!made.to().exists());
}

#[test]
fn an_export_replaces_nothing_but_an_export_and_leaves_nothing_when_stopped() {
    let made = made(&layouts()[0]);
    let to = made.to();
    let (control, handle) = control();
    let request = Request { format: Format::Npy, to: &to, split: None, overwrite: false };
    fs::create_dir(&to).unwrap();
    export(made.input(100), request, &control).unwrap();
    let before = fs::read(to.join("train.npy")).unwrap();
    let again = export(made.input(100), request, &control);
    assert!(matches!(again, Err(ExportError::Exists(_))), "{again:?}");
    let one = Request { split: Some("test"), overwrite: true, ..request };
    let exported = export(made.input(100), one, &control).unwrap();
    assert_eq!(exported.splits.len(), 1);
    assert!(!to.join("train.npy").exists());
    let unknown = export(made.input(100), Request { split: Some("dev"), ..one }, &control);
    assert!(matches!(unknown, Err(ExportError::NoSplit { .. })), "{unknown:?}");

    let foreign = made.folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
    let refused = export(made.input(100), Request { to: &foreign, ..one }, &control);
    assert!(matches!(refused, Err(ExportError::NotAnExport(_))), "{refused:?}");
    assert_eq!(fs::read_to_string(foreign.join("thesis.txt")).unwrap(), "years of work");

    let full =
        export(Input { ids: u64::MAX / 16, ..made.input(100) }, Request { overwrite: true, ..request }, &control);
    assert!(matches!(full, Err(ExportError::NoRoom { .. })), "{full:?}");
    // One that was killed has left its folder.
    let left = made.folder.path().join(".exported.exporting/result");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("train.npy"), "half").unwrap();
    export(made.input(100), Request { overwrite: true, ..request }, &control).unwrap();
    assert_eq!(fs::read(to.join("train.npy")).unwrap(), before);
    assert!(!left.exists());

    // One that was killed after it took the earlier export away, before it put its own there.
    let earlier = made.folder.path().join(".exported.exporting/replaced");
    fs::create_dir_all(earlier.parent().unwrap()).unwrap();
    fs::rename(&to, &earlier).unwrap();
    let again = export(made.input(100), request, &control);
    assert!(matches!(again, Err(ExportError::Exists(_))), "{again:?}");
    assert_eq!(fs::read(to.join("train.npy")).unwrap(), before);
    assert!(!earlier.parent().unwrap().exists());

    // One whose last step fails.
    let broken = super::destination::Destination::begin(&to, true, 0).unwrap();
    fs::remove_dir(broken.folder()).unwrap();
    let failed = broken.swap();
    assert!(matches!(failed, Err(ExportError::Write { .. })), "{failed:?}");
    drop(broken);
    assert_eq!(fs::read(to.join("train.npy")).unwrap(), before);

    let busy = super::destination::Destination::begin(&to, true, 0).unwrap();
    let second = export(made.input(100), Request { overwrite: true, ..request }, &control);
    assert!(matches!(second, Err(ExportError::InUse(_))), "{second:?}");
    drop(busy);

    handle.stop(Stop::Cancel);
    let other = made.folder.path().join("other");
    let stopped = export(made.input(100), Request { to: &other, ..request }, &control);
    assert!(matches!(stopped, Err(ExportError::Stopped(_))), "{stopped:?}");
    assert!(!other.exists() && !made.folder.path().join(".other.exporting").exists());
}

#[test]
fn an_id_beyond_the_vocabulary_is_refused_with_its_row() {
    let made = made(&layouts()[0]);
    let row = &made.rows[0].1[0].1;
    assert!(row.iter().all(|&id| id < 65_536));
    let batch = RecordBatch::try_from_iter([(
        "input_ids",
        Arc::new(arrow::array::ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1)]),
            Some(vec![Some(65_536)]),
        ])) as ArrayRef,
    )]);
    let batch = batch.unwrap();
    let path = made.files.splits[0].files[0].path.clone();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    for format in [Format::Megatron, Format::Npy, Format::Datatrove] {
        let (control, _handle) = control();
        let to = made.to();
        let failed = export(made.input(100), Request { format, to: &to, split: None, overwrite: false }, &control);
        assert!(matches!(&failed, Err(ExportError::Row { row: 1, .. })), "{failed:?}");
        assert!(!to.exists());
    }
}

/// Rows that TransformerLens' way of packing fills up: each split's only one.
fn filled_up() -> Settings {
    let token = Some(TokenChoice::Id(3));
    let packing = PackingSettings {
        mode: PackingMode::TransformerLens,
        begin_batch_token: token,
        sequence_separator_token: token,
        ..PackingSettings::default()
    };
    Settings { layout: Layout::Packed, max_length: 60_000, packing, ..Settings::default() }
}

#[test]
fn the_filling_of_packed_rows_is_left_out_and_where_it_is_kept_its_place_is_told() {
    let made = made(&filled_up());
    let audit = audit_of(&made.folder.path().join("rows")).unwrap().unwrap();
    let sizes = audit.splits.iter().map(|split| (split.counts.tokens, split.counts.pads)).collect::<Vec<_>>();
    assert!(sizes.iter().all(|&(tokens, pads)| tokens > 1_000 && pads > 1_000 && tokens + pads == 60_000));
    let filled = |files: [&str; 2]| -> Vec<FilledRow> {
        let row = |(file, &(tokens, _)): (&str, &(u64, u64))| FilledRow { file: file.to_owned(), row: 0, tokens };
        files.into_iter().zip(&sizes).map(row).collect()
    };
    let told: Vec<FilledRow> = audit.splits.iter().flat_map(|split| split.filled_rows.clone()).collect();
    assert_eq!(told, filled(["train-00000-of-00001.parquet", "test-00000-of-00001.parquet"]));
    for (format, kept_in) in [
        (Format::Megatron, None),
        (Format::Datatrove, None),
        (Format::Npy, Some(["train.npy", "test.npy"])),
        (Format::Hf, Some(["train/data-00000-of-00001.arrow", "test/data-00000-of-00001.arrow"])),
    ] {
        let exported = made.export(format, 60_000);
        let counted: Vec<(u64, u64)> = exported.splits.iter().map(|split| (split.tokens, split.pads)).collect();
        let expected: Vec<(u64, u64)> =
            sizes.iter().map(|&(tokens, pads)| (tokens, if kept_in.is_some() { pads } else { 0 })).collect();
        assert_eq!(counted, expected, "{format}");
        let told: Vec<FilledRow> = exported.splits.iter().flat_map(|split| split.filled_rows.clone()).collect();
        assert_eq!(told, kept_in.map(filled).unwrap_or_default(), "{format}");
    }
    // As it was exported last; what the ids say of themselves is not asked.
    let request = crate::audit::Request {
        path: &made.to(),
        tokenizer: None,
        length: None,
        source_rows: &std::collections::BTreeMap::new(),
        threads: None,
    };
    let report = crate::audit::audit(request, &control().0).unwrap();
    assert_eq!((report.total.tokens, report.total.pads), (audit.total.tokens, audit.total.pads));
    assert_eq!(report.findings, []);
}

#[test]
fn filling_that_nobody_can_tell_from_tokens_is_not_said_to_be_left_out() {
    let made = made(&filled_up());
    let (unknown, (control, _handle)) = (FilledRows::default(), control());
    let input = Input { filled: &unknown, pads_among_tokens: 1_234, ..made.input(100) };
    let request = Request { format: Format::Megatron, to: &made.to(), split: None, overwrite: true };
    let exported = export(input, request, &control).unwrap();
    assert!(exported.notes.iter().any(|note| note.starts_with("1,234 pads at the ends")), "{:?}", exported.notes);
}

#[test]
fn windows_that_share_tokens_are_documents_of_their_own_and_a_note_says_what_is_repeated() {
    let windows = Settings { layout: Layout::Windows, max_length: 24, stride: 2, ..Settings::default() };
    let said = |settings: &Settings| made(settings).export(Format::Datatrove, 100);
    let exported = said(&windows);
    assert!(exported.splits.iter().all(|split| split.documents == split.rows));
    assert!(exported.notes.iter().any(|note| note.contains("neighbours share 2 tokens of")));
    let plain = said(&Settings { stride: 0, add_special_tokens: false, ..windows });
    assert!(plain.splits.iter().all(|split| split.documents < split.rows));
    assert_eq!(plain.notes.len(), 1);
}
