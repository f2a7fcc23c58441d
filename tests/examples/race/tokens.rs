//! Text into token rows: whole programs, encoding alone, packing, memory.
//!
//! The text is a Parquet file with the column `text`, named by `MISTUDIO_RACE_TEXT`, the tokenizers are the folders in
//! `MISTUDIO_RACE_TOKENIZERS`; without them the text is made and the small tokenizers of the tests race.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use mistudio_tests::program::{Program, repository};
use mistudio_tests::texts::Texts;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

use crate::encode::encoding;
use crate::measure::{Running, Taken, median, medians};
use crate::peer::{Peer, fresh, work_folder};

pub(crate) const RUNS: usize = 5;

/// The peer that takes minutes where the others take seconds.
const SLOW_RUNS: usize = 1;

const MADE_ROWS: usize = 100_000;

/// Threads that encode, for what has to be told.
const CORES: usize = 2;

/// Whole programs, from Parquet to Parquet, two cores: rows cut at 512 tokens, not filled up, ids alone.
pub(crate) fn tokenize() -> Result<()> {
    let slow = Peer::with("transformers", &["transformers", "datasets"])?;
    let fast = Peer::with("fast-tokenizers", &["fastokens", "gigatoken", "pyarrow", "numpy"])?;
    let text = text()?;
    println!("{}", heading(&text)?);
    println!("{:<16} {:<16} {:>34} {:>9} {:>8}", "tokenizer", "", "", "MB/s", "ratio");
    for tokenizer in tokenizers()? {
        let mut ours = Vec::new();
        let mut alone = Vec::new();
        let mut theirs: [(&str, Vec<Peered>); 3] =
            [("datasets.map", Vec::new()), ("fastokens", Vec::new()), ("gigatoken", Vec::new())];
        for run in 0..RUNS {
            let (program, rows) = prepared("tokenize", &text, &tokenizer)?;
            let flags =
                ["--max-length", "512", "--padding", "do_not_pad", "--no-attention-mask", "--no-special-tokens"];
            ours.push(our_run(&program, &tokenizer, &flags)?);
            alone.push(encoding(&tokenizer, &text, CORES)?);
            for (peer, runs) in &mut theirs {
                let is_slow = *peer == "datasets.map";
                if run >= if is_slow { SLOW_RUNS } else { RUNS } {
                    continue;
                }
                let out = rows.with_file_name(format!("{peer}.parquet"));
                let mut command = if is_slow {
                    script(&slow, include_str!("peers/datasets_map.py"), &[&text, &tokenizer, &out])
                } else {
                    script(&fast, include_str!("peers/fast.py"), &[Path::new(*peer), &text, &tokenizer, &out])
                };
                match peer_run(&mut command) {
                    Ok(taken) => {
                        ensure!(is_slow || run > 0 || same_ids(&rows, &out)?, "{peer} gave other ids");
                        runs.push(taken);
                    }
                    // Not every peer runs every kind of tokenizer.
                    Err(error) if !is_slow => eprintln!("{peer} does not take {}: {error}", tokenizer.display()),
                    Err(error) => return Err(error),
                }
            }
        }
        let name = name_of(&tokenizer);
        let size = text_bytes(&text)?;
        let mine = medians(&ours);
        println!("{name:<16} {:<16} {:>34} {:>9.1}", "miStudio", mine.to_string(), rate(size, mine.wall));
        let alone = median(alone);
        let share = 100.0 * alone.as_secs_f64() / mine.wall.as_secs_f64();
        let shown = format!("{:.2} s; as fast as that: {share:.0} %", alone.as_secs_f64());
        println!("{:<16} {:<16} {shown:>34} {:>9.1}", "", "only encoding", rate(size, alone));
        for (peer, runs) in theirs.iter().filter(|(_, runs)| !runs.is_empty()) {
            let seconds = median(runs.iter().map(|run| run.seconds).collect());
            let taken = medians(&runs.iter().map(|run| run.process).collect::<Vec<_>>());
            let ratio = seconds.as_secs_f64() / mine.wall.as_secs_f64();
            let shown = format!("{:.2} s of {taken}", seconds.as_secs_f64());
            println!("{:<16} {peer:<16} {shown:>34} {:>9.1} {ratio:>7.1}x", "", rate(size, seconds));
        }
    }
    Ok(())
}

/// Packed rows of 128, against SAELens' own code.
pub(crate) fn pack() -> Result<()> {
    let peer = Peer::with("saelens", &["transformers", "pyarrow", "numpy"])?;
    peer.add("sae-lens==6.54.12", &["--no-deps"])?;
    let text = text()?;
    println!("{}", heading(&text)?);
    for tokenizer in tokenizers()?.into_iter().take(1) {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for run in 0..RUNS {
            let (program, rows) = prepared("pack", &text, &tokenizer)?;
            ours.push(our_run(&program, &tokenizer, &["--preset", "saelens"])?);
            if run < SLOW_RUNS {
                let out = rows.with_file_name("saelens.parquet");
                let paths = [text.as_path(), &tokenizer, &out];
                theirs.push(peer_run(&mut script(&peer, include_str!("peers/saelens.py"), &paths))?);
                ensure!(same_ids(&rows, &out)?, "SAELens gave other rows");
            }
        }
        let (mine, seconds) = (medians(&ours), median(theirs.iter().map(|run| run.seconds).collect()));
        let ratio = seconds.as_secs_f64() / mine.wall.as_secs_f64();
        println!("{:<16} miStudio {mine}; SAELens {:.2} s; {ratio:.1}x", name_of(&tokenizer), seconds.as_secs_f64());
    }
    Ok(())
}

/// The most memory the program holds for one, ten and a hundred times the rows, in every layout.
pub(crate) fn memory() -> Result<()> {
    let text = text()?;
    let Some(tokenizer) = tokenizers()?.into_iter().next() else { return Ok(()) };
    let layouts: [(&str, &[&str]); 4] = [
        ("rows", &[]),
        ("rows, longest", &["--padding", "longest"]),
        ("windows", &["--layout", "windows", "--max-length", "128", "--stride", "16"]),
        ("packed", &["--layout", "packed", "--max-length", "128"]),
    ];
    println!("{:<16} {:>12} {:>12} {:>12}  (rows: 1x, 10x, 100x of 2,000)", name_of(&tokenizer), "1x", "10x", "100x");
    for (name, flags) in layouts {
        let mut held = Vec::new();
        for rows in [2_000, 20_000, 200_000] {
            let part = work_folder()?.join(format!("text-{rows}.parquet"));
            repeat_rows(&text, &part, rows)?;
            let (program, _) = prepared("memory", &part, &tokenizer)?;
            held.push(our_run(&program, &tokenizer, flags)?.memory >> 20);
        }
        println!("{name:<16} {:>9} MB {:>9} MB {:>9} MB", held[0], held[1], held[2]);
    }
    Ok(())
}

/// How a peer's process and the part of it that counts went.
struct Peered {
    process: Taken,
    seconds: Duration,
}

pub(crate) fn our_run(program: &Program, tokenizer: &Path, flags: &[&str]) -> Result<Taken> {
    let name = name_of(tokenizer);
    let arguments = [&["tokenize", "text", "--tokenizer", name.as_str()], flags].concat();
    Running::start(program.command(&arguments)?.stdout(Stdio::null()).stderr(Stdio::null()))?.end()
}

fn peer_run(command: &mut Command) -> Result<Peered> {
    let printed = work_folder()?.join("seconds");
    let process = Running::start(command.stdout(File::create(&printed)?).stderr(Stdio::null()))?.end()?;
    let seconds: f64 = std::fs::read_to_string(&printed)?.trim().parse()?;
    Ok(Peered { process, seconds: Duration::from_secs_f64(seconds) })
}

pub(crate) fn script(peer: &Peer, source: &str, arguments: &[&Path]) -> Command {
    let mut command = peer.command("python");
    command.args(["-c", source]).args(arguments);
    command
}

/// A new workspace with the text and the tokenizer in it, and the file or folder in which its rows will be.
pub(crate) fn prepared(race: &str, text: &Path, tokenizer: &Path) -> Result<(Program, PathBuf)> {
    let folder = work_folder()?.join(race);
    fresh(&folder)?;
    let root = folder.join("space");
    let program = Program::on(&root);
    program.json(&["init", &root.to_string_lossy()])?;
    program.json(&["add", &text.to_string_lossy(), "--name", "text"])?;
    program.json(&["tokenizer", "add", &tokenizer.to_string_lossy(), "--name", &name_of(tokenizer)])?;
    Ok((program, root))
}

/// Whether two results, each a file or a folder with Parquet files below it, have the same `input_ids`.
fn same_ids(one: &Path, other: &Path) -> Result<bool> {
    let (mut one, mut other) = (Ids::of(one)?, Ids::of(other)?);
    loop {
        match (one.next_row()?, other.next_row()?) {
            (None, None) => return Ok(true),
            (one, other) if one == other => {}
            _ => return Ok(false),
        }
    }
}

/// The rows of ids of some files, one after the other.
struct Ids {
    files: std::vec::IntoIter<PathBuf>,
    batches: Option<parquet::arrow::arrow_reader::ParquetRecordBatchReader>,
    batch: Option<ArrayRef>,
    row: usize,
}

impl Ids {
    fn of(path: &Path) -> Result<Self> {
        let mut files = Vec::new();
        token_files(path, &mut files)?;
        files.sort();
        Ok(Self { files: files.into_iter(), batches: None, batch: None, row: 0 })
    }

    fn next_row(&mut self) -> Result<Option<Int32Array>> {
        loop {
            if let Some(batch) = &self.batch
                && self.row < batch.len()
            {
                self.row += 1;
                return Ok(Some(batch.as_list::<i32>().value(self.row - 1).as_primitive::<Int32Type>().clone()));
            }
            if let Some(batch) = self.batches.as_mut().and_then(Iterator::next) {
                let batch = batch?;
                let ids = batch.column_by_name("input_ids").context("no column input_ids")?;
                let kind = arrow::datatypes::DataType::new_list(arrow::datatypes::DataType::Int32, true);
                self.batch = Some(arrow::compute::cast(ids, &kind)?);
                self.row = 0;
                continue;
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            self.batches = Some(ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.build()?);
        }
    }
}

fn token_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            token_files(&entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|extension| extension == "parquet") {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
        if reader.schema().column_with_name("input_ids").is_some() {
            files.push(path.to_owned());
        }
    }
    Ok(())
}

pub(crate) fn text() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("MISTUDIO_RACE_TEXT") {
        return Ok(path.into());
    }
    let path = work_folder()?.join("text.parquet");
    if !path.exists() {
        let mut texts = Texts::new(11);
        let rows = (0..MADE_ROWS).map(|_| {
            let bodies: Vec<String> = (0..6).map(|_| texts.next_text().body).collect();
            bodies.join("\n\n")
        });
        write_texts(&path, StringArray::from_iter_values(rows))?;
    }
    Ok(path)
}

pub(crate) fn tokenizers() -> Result<Vec<PathBuf>> {
    let folder = std::env::var_os("MISTUDIO_RACE_TOKENIZERS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| repository().join("tests/golden/tokenizers"));
    let mut tokenizers = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    tokenizers.sort();
    Ok(tokenizers)
}

/// The first rows of a text file, from the beginning again where there are too few; a few at a time, for what this
/// process has held counts as held by those it starts.
fn repeat_rows(text: &Path, out: &Path, rows: usize) -> Result<()> {
    let open = || Ok::<_, anyhow::Error>(ParquetRecordBatchReaderBuilder::try_new(File::open(text)?)?);
    let place = open()?.schema().index_of("text")?;
    let schema = Arc::new(open()?.schema().project(&[place])?);
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(5_000)).build();
    let mut writer = ArrowWriter::try_new(File::create(out)?, schema, Some(properties))?;
    let mut left = rows;
    while left > 0 {
        for batch in open()?.build()? {
            let batch = batch?.project(&[place])?;
            let taken = batch.num_rows().min(left);
            writer.write(&batch.slice(0, taken))?;
            left -= taken;
        }
        ensure!(left < rows, "the text has no rows");
    }
    writer.close()?;
    Ok(())
}

fn write_texts(path: &Path, texts: StringArray) -> Result<()> {
    let batch = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)])?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// The text column before compression.
pub(crate) fn text_bytes(text: &Path) -> Result<u64> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(text)?)?;
    let column = (0..reader.parquet_schema().num_columns())
        .find(|&leaf| reader.parquet_schema().column(leaf).name() == "text")
        .context("no column text")?;
    let groups = reader.metadata().row_groups().iter();
    Ok(groups.map(|group| group.column(column).uncompressed_size().unsigned_abs()).sum())
}

pub(crate) fn heading(text: &Path) -> Result<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(text)?)?;
    let rows = reader.metadata().file_metadata().num_rows();
    let size = text_bytes(text)? as f64 / 1e6;
    Ok(format!("{rows} rows, {size:.0} MB of text; medians of {RUNS} runs, {SLOW_RUNS} of Python's map and of SAELens"))
}

pub(crate) fn rate(bytes: u64, taken: Duration) -> f64 {
    bytes as f64 / 1e6 / taken.as_secs_f64()
}

pub(crate) fn name_of(tokenizer: &Path) -> String {
    tokenizer.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
