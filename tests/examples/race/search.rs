//! Search against DuckDB, ripgrep, `datasets.filter` and plain tantivy.
//!
//! `race -- search [ROWS]` makes so many rows, 20,000 where nothing is said; a Parquet file with the column `text` that
//! `MISTUDIO_RACE_TEXT` names is searched instead.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use mistudio_core::data::{DataFile, DatasetFiles, SplitFiles};
use mistudio_core::jobs::control;
use mistudio_core::samples::SampleReader;
use mistudio_core::search::{Mode, Query, TextIndex, WhyScan, Window, build, search};
use mistudio_core::workspace::tree_size;
use mistudio_tests::texts::Texts;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::QueryParser;
use tantivy::schema::{STORED, Schema, TEXT};
use tantivy::{Index, TantivyDocument};

use crate::measure::{Running, median};
use crate::peer::{Peer, fresh, work_folder};
use crate::tokens::RUNS;

const MADE_ROWS: usize = 20_000;
/// Rows of a made file that hold the rare phrase.
const RARE: usize = 20;
/// More rows than this take `datasets.filter` many minutes.
const MOST_FOR_DATASETS: u64 = 200_000;
const PAGE: Window = Window { offset: 0, limit: 50, clamp_chars: Some(400) };

/// What is sought, and in which mode.
const NEEDLES: [(&str, Mode, &str); 7] = [
    ("common word", Mode::Contains, "the"),
    ("common phrase", Mode::Contains, "of the"),
    ("rare phrase", Mode::Contains, "quokka parliament"),
    ("absent phrase", Mode::Contains, "wombat parliament"),
    ("regular expression", Mode::Regex, "quokka\\s+par[a-z]+ment"),
    ("two words", Mode::Words, "memory allocation"),
    ("words in a phrase", Mode::Words, "\"in the\""),
];

#[derive(Debug, Default, Serialize, Deserialize)]
struct Answer {
    total: u64,
    count_ms: f64,
    first_ms: f64,
    #[serde(default)]
    slowest_first_ms: f64,
    /// Until the best rows were known, before their texts were read.
    #[serde(default)]
    ranked_ms: f64,
    #[serde(default)]
    scan_ms: f64,
    #[serde(default)]
    datasets_ms: f64,
}

type Answers = BTreeMap<String, Answer>;

pub(crate) fn race(arguments: &[String]) -> Result<()> {
    let file = file_of(arguments)?;
    let data = dataset(&file)?;
    let folder = work_folder()?.join("search");
    fresh(&folder)?;
    let (ours, plain) = (folder.join("index"), folder.join("tantivy"));
    let megabytes = |path: &Path| Ok::<f64, anyhow::Error>(tree_size(path)? as f64 / 1e6);
    let size = File::open(&file)?.metadata()?.len() as f64 / 1e6;
    println!("{} rows, {size:.0} MB of Parquet; medians of {RUNS} runs in milliseconds", data.rows());
    let built = Running::start(&mut again("search-build", &file, &ours)?)?.end()?;
    println!("the index: {built}, {:.0} MB", megabytes(&ours)?);
    let made = Running::start(&mut again("search-plain-build", &file, &plain)?)?.end()?;
    println!("tantivy's own: {made}, {:.0} MB", megabytes(&plain)?);

    let (mine, asked) = answers(&mut again("search-ask", &file, &ours)?)?;
    println!("asking: {asked}");
    let (plain, _) = answers(&mut again("search-plain-ask", &file, &plain)?)?;
    let peer = Peer::with("search", &["duckdb", "datasets"])?;
    let literal = NEEDLES.iter().filter(|(_, mode, _)| *mode != Mode::Words);
    let literal: BTreeMap<&str, (&str, &str)> = literal
        .map(|(name, mode, text)| (*name, (if *mode == Mode::Regex { "regex" } else { "contains" }, *text)))
        .collect();
    let mut script = peer.command("python");
    let with_datasets = if data.rows() <= MOST_FOR_DATASETS { "1" } else { "0" };
    script.args(["-c", include_str!("peers/search.py")]).arg(&file);
    script.args([&serde_json::to_string(&literal)?, &RUNS.to_string(), with_datasets]);
    let (duckdb, _) = answers(&mut script)?;
    let ripgrep = ripgrep(&file)?;
    if ripgrep.is_empty() {
        println!("ripgrep is not installed and did not run");
    }
    println!(
        "{:<20} {:>9} | {:>8} {:>8} {:>8} {:>8} {:>8} | {:>8} {:>8} | {:>8} {:>9} {:>10}",
        "",
        "rows",
        "first",
        "slowest",
        "total",
        "scan",
        "ranked",
        "DuckDB 1st",
        "total",
        "ripgrep",
        "datasets",
        "tantivy"
    );
    for (name, _, _) in NEEDLES {
        let own = mine.get(name).context("no answer")?;
        let other = duckdb.get(name);
        ensure!(other.is_none_or(|other| other.total == own.total), "{name}: DuckDB has another total: {other:?}");
        let shown = |ms: Option<f64>| ms.filter(|ms| *ms > 0.0).map_or("–".to_owned(), |ms| format!("{ms:.1}"));
        println!(
            "{name:<20} {:>9} | {:>8.1} {:>8.1} {:>8.1} {:>8.1} {:>8} | {:>8} {:>8} | {:>8} {:>9} {:>10}",
            own.total,
            own.first_ms,
            own.slowest_first_ms,
            own.count_ms,
            own.scan_ms,
            shown(Some(own.ranked_ms)),
            shown(other.map(|other| other.first_ms)),
            shown(other.map(|other| other.count_ms)),
            shown(ripgrep.get(name).copied()),
            shown(other.map(|other| other.datasets_ms)),
            shown(plain.get(name).map(|plain| plain.count_ms)),
        );
    }
    Ok(())
}

/// The file whose rows are asked for.
pub(crate) fn file_of(arguments: &[String]) -> Result<PathBuf> {
    match std::env::var_os("MISTUDIO_RACE_TEXT") {
        Some(path) => Ok(PathBuf::from(path)),
        None => made(arguments.first().map_or(Ok(MADE_ROWS), |rows| rows.parse())?),
    }
}

/// This program once more, for its time and memory to be measured.
pub(crate) fn again(part: &str, file: &Path, folder: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(part).args([file, folder]);
    Ok(command)
}

fn answers(command: &mut Command) -> Result<(Answers, crate::measure::Taken)> {
    let printed = work_folder()?.join("answers.json");
    let taken = Running::start(command.stdout(Stdio::from(File::create(&printed)?)))?.end()?;
    Ok((serde_json::from_reader(File::open(&printed)?)?, taken))
}

/// The part of the race that an own process runs.
pub(crate) fn part(name: &str, arguments: &[String]) -> Result<()> {
    let [file, folder] = arguments else { anyhow::bail!("{name} FILE FOLDER") };
    let (file, folder) = (Path::new(file), Path::new(folder));
    match name {
        "search-build" => Ok(build(&dataset(file)?, &["text".to_owned()], folder, &control().0)?),
        "search-ask" => ask(&dataset(file)?, folder),
        "pages-ours" => crate::pages::ours(file),
        "search-plain-build" => plain_build(file, folder),
        _ => plain_ask(folder),
    }
}

fn ask(data: &DatasetFiles, folder: &Path) -> Result<()> {
    let began = Instant::now();
    let index = TextIndex::open(folder, data, &control().0)??;
    eprintln!("the index was opened in {:.0} ms", milliseconds(began.elapsed()));
    let reader = SampleReader::open(data.clone());
    let mut answers = Answers::new();
    for (name, mode, text) in NEEDLES {
        let query = Query { mode, ..Query::contains(text, &["text"]) };
        let (mut firsts, mut counts, mut ranks, mut total) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for _ in 0..RUNS {
            let began = Instant::now();
            let (mut first, mut ranked) = (None, None);
            let found = search(&reader, Ok(&index), &query, &PAGE, &control().0, |progress| {
                if progress.hits.is_empty() {
                    ranked = Some(began.elapsed());
                }
                if progress.hits.len() == PAGE.limit as usize {
                    first.get_or_insert_with(|| began.elapsed());
                }
            })?;
            ensure!(found.used_index, "{name}: {}", found.answered);
            counts.push(began.elapsed());
            firsts.push(first.unwrap_or_else(|| began.elapsed()));
            ranks.extend(ranked.filter(|_| mode == Mode::Words));
            total = found.total;
        }
        let began = Instant::now();
        let scanned = search(&reader, Err(WhyScan::Asked), &query, &PAGE, &control().0, |_| ())?;
        ensure!(scanned.total == total, "{name}: reading every row finds {}", scanned.total);
        let answer = Answer {
            total,
            scan_ms: milliseconds(began.elapsed()),
            slowest_first_ms: milliseconds(firsts.iter().copied().max().unwrap_or_default()),
            ranked_ms: milliseconds(median(ranks)),
            first_ms: milliseconds(median(firsts)),
            count_ms: milliseconds(median(counts)),
            datasets_ms: 0.0,
        };
        answers.insert(name.to_owned(), answer);
    }
    println!("{}", serde_json::to_string(&answers)?);
    Ok(())
}

fn plain_build(file: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut schema = Schema::builder();
    let text = schema.add_text_field("text", TEXT);
    let row = schema.add_u64_field("row", STORED);
    let index = Index::create_in_dir(folder, schema.build())?;
    let mut writer = index.writer_with_num_threads(2, 200_000_000)?;
    let mut number = 0_u64;
    each_text(file, |body| {
        let mut document = TantivyDocument::default();
        document.add_text(text, body);
        document.add_u64(row, number);
        number += 1;
        writer.add_document(document)?;
        Ok(())
    })?;
    writer.commit()?;
    Ok(writer.wait_merging_threads()?)
}

fn plain_ask(folder: &Path) -> Result<()> {
    let index = Index::open_in_dir(folder)?;
    let text = index.schema().get_field("text")?;
    let searcher = index.reader()?.searcher();
    let mut answers = Answers::new();
    for (name, _, words) in NEEDLES.iter().filter(|(_, mode, _)| *mode == Mode::Words) {
        let mut counts = Vec::new();
        let mut total = 0;
        for _ in 0..RUNS {
            let began = Instant::now();
            let query = QueryParser::for_index(&index, vec![text]).parse_query(words)?;
            let (_, count) =
                searcher.search(&query, &(TopDocs::with_limit(PAGE.limit as usize).order_by_score(), Count))?;
            counts.push(began.elapsed());
            total = count as u64;
        }
        let taken = milliseconds(median(counts));
        let answer = Answer { total, count_ms: taken, first_ms: taken, ..Answer::default() };
        answers.insert((*name).to_owned(), answer);
    }
    println!("{}", serde_json::to_string(&answers)?);
    Ok(())
}

/// How long ripgrep counts the lines of the texts, one a line; nothing where it is not installed.
fn ripgrep(file: &Path) -> Result<BTreeMap<&'static str, f64>> {
    if Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_err() {
        return Ok(BTreeMap::new());
    }
    let lines = work_folder()?.join("search/lines.txt");
    let mut out = BufWriter::new(File::create(&lines)?);
    each_text(file, |text| Ok(writeln!(out, "{}", text.replace('\n', " "))?))?;
    out.flush()?;
    let mut taken = BTreeMap::new();
    for (name, _, text) in NEEDLES.iter().filter(|(_, mode, _)| *mode == Mode::Contains) {
        let runs = (0..RUNS).map(|_| {
            let began = Instant::now();
            let mut command = Command::new("rg");
            // Where it finds nothing its exit code is 1.
            command.args(["--count", "--ignore-case", "--fixed-strings", text]).arg(&lines).stdout(Stdio::null());
            command.status()?;
            Ok(began.elapsed())
        });
        taken.insert(*name, milliseconds(median(runs.collect::<Result<_>>()?)));
    }
    Ok(taken)
}

pub(crate) fn dataset(file: &Path) -> Result<DatasetFiles> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?;
    let rows = reader.metadata().file_metadata().num_rows().unsigned_abs();
    let files = vec![DataFile { path: file.to_owned(), rows }];
    Ok(DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files }] })
}

fn each_text(file: &Path, mut each: impl FnMut(&str) -> Result<()>) -> Result<()> {
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.build()? {
        let texts = batch?.column_by_name("text").context("no column text")?.clone();
        let texts = arrow::compute::cast(&texts, &arrow::datatypes::DataType::LargeUtf8)?;
        texts.as_string::<i64>().iter().flatten().try_for_each(&mut each)?;
    }
    Ok(())
}

/// Rows of texts, a few of them with the rare phrase.
fn made(rows: usize) -> Result<PathBuf> {
    let path = work_folder()?.join(format!("search-{rows}.parquet"));
    if path.exists() {
        return Ok(path);
    }
    let mut texts = Texts::new(17);
    let mut writer: Option<ArrowWriter<File>> = None;
    let step = (rows / RARE).max(1);
    for first in (0..rows).step_by(10_000) {
        let bodies = (first..rows.min(first + 10_000)).map(|row| {
            let mut bodies: Vec<String> = (0..3 + row % 4).map(|_| texts.next_text().body).collect();
            if row % step == step / 2 {
                bodies.push("the Quokka parliament met at noon".to_owned());
            }
            bodies.join("\n\n")
        });
        let bodies: ArrayRef = Arc::new(StringArray::from_iter_values(bodies));
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(first as i64..first as i64 + bodies.len() as i64));
        let batch = RecordBatch::try_from_iter([("id", ids), ("text", bodies)])?;
        let writer = match &mut writer {
            Some(writer) => writer,
            empty => empty.insert(ArrowWriter::try_new(File::create(&path)?, batch.schema(), None)?),
        };
        writer.write(&batch)?;
    }
    writer.context("no rows were asked for")?.close()?;
    Ok(path)
}

fn milliseconds(taken: Duration) -> f64 {
    taken.as_secs_f64() * 1e3
}
