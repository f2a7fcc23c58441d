//! Encoding alone, of texts that are in memory already, and its share of the whole.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use arrow::array::AsArray;
use mistudio_core::tokenizer::Tokenizer;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokenizers::pipeline::{EncodeOptions, PipelineToken};

use crate::measure::{Running, Taken, median, medians};
use crate::peer::{Peer, work_folder};
use crate::tokens::{RUNS, heading, name_of, our_run, prepared, rate, script, text, text_bytes, tokenizers};

/// The engines that run in this program: ours, the release candidate as it comes, and what Python users have.
const ENGINES: [&str; 3] = ["miStudio", "1.0.0-rc.3", "0.23"];

const PEERS: [&str; 2] = ["fastokens", "gigatoken"];

/// Texts encoded as one batch, where an engine takes batches.
const BATCH: usize = 1_000;

/// Each tokenizer by each engine on one thread and on two.
pub(crate) fn encode() -> Result<()> {
    let peer = Peer::with("fast-tokenizers", &["fastokens", "gigatoken", "pyarrow", "numpy"])?;
    let text = text()?;
    println!("{}", heading(&text)?);
    let size = text_bytes(&text)?;
    println!("{:<16} {:<12} {:>10} {:>10}  MB/s, 1 and 2 threads", "tokenizer", "engine", "1", "2");
    for tokenizer in tokenizers()? {
        let mut rates: Vec<(&str, [Vec<Duration>; 2])> =
            ENGINES.iter().chain(&PEERS).map(|engine| (*engine, Default::default())).collect();
        let mut digests = Vec::new();
        for run in 0..RUNS {
            for (engine, runs) in &mut rates {
                // What takes minutes runs once.
                if *engine == "0.23" && run > 0 {
                    continue;
                }
                for (threads, runs) in [1, 2].into_iter().zip(runs) {
                    let mut command = if PEERS.contains(engine) {
                        script(
                            &peer,
                            include_str!("peers/fast.py"),
                            &[Path::new(*engine), &text, &tokenizer, Path::new("-")],
                        )
                    } else {
                        by_itself(engine, &tokenizer, &text, threads)?
                    };
                    command.env("RAYON_NUM_THREADS", threads.to_string());
                    let Ok(said) = said(&mut command) else {
                        eprintln!("{engine} does not take {}", tokenizer.display());
                        continue;
                    };
                    runs.push(Duration::from_secs_f64(said[0].parse()?));
                    if let Some(digest) = said.get(1) {
                        digests.push((*engine, digest.clone()));
                    }
                }
            }
        }
        for (engine, [one, two]) in rates.into_iter().filter(|(_, [one, _])| !one.is_empty()) {
            let (one, two) = (rate(size, median(one)), rate(size, median(two)));
            println!("{:<16} {engine:<12} {one:>10.1} {two:>10.1}", name_of(&tokenizer));
        }
        for (engine, digest) in &digests {
            if *digest != digests[0].1 {
                println!("{:<16} {engine} gives other ids", "");
            }
        }
    }
    Ok(())
}

/// The whole program against reading and encoding alone.
pub(crate) fn share() -> Result<()> {
    let text = text()?;
    println!("{}", heading(&text)?);
    for tokenizer in tokenizers()? {
        let mut whole = Vec::new();
        let mut parts: [Vec<Taken>; 2] = Default::default();
        let mut encoding = Vec::new();
        for _ in 0..RUNS {
            let (program, _) = prepared("share", &text, &tokenizer)?;
            let flags = ["--max-length", "512", "--padding", "do_not_pad", "--no-attention-mask"];
            whole.push(our_run(&program, &tokenizer, &flags)?);
            for (part, runs) in ["read", "miStudio"].into_iter().zip(&mut parts) {
                let printed = work_folder()?.join("seconds");
                let mut command = by_itself(part, &tokenizer, &text, 2)?;
                runs.push(Running::start(command.stdout(File::create(&printed)?))?.end()?);
                if part == "miStudio" {
                    let said = std::fs::read_to_string(&printed)?;
                    let seconds = said.split_whitespace().next().context("the engine said nothing")?;
                    encoding.push(Duration::from_secs_f64(seconds.parse()?));
                }
            }
        }
        let (whole, [read, both]) = (medians(&whole), parts.map(|runs| medians(&runs)));
        let share = |part: Duration| 100.0 * part.as_secs_f64() / whole.cpu.as_secs_f64();
        let encode = both.cpu.saturating_sub(read.cpu);
        println!(
            "{:<16} whole {whole}; of its CPU time: read {:.0} %, encode {:.0} %, all else {:.0} %; as fast as encoding alone: {:.0} %",
            name_of(&tokenizer),
            share(read.cpu),
            share(encode),
            100.0 - share(read.cpu) - share(encode),
            100.0 * median(encoding.clone()).as_secs_f64() / whole.wall.as_secs_f64(),
        );
    }
    Ok(())
}

/// The body of an engine's process: `ENGINE TOKENIZER TEXT THREADS`. Prints the seconds and a digest of all ids.
pub(crate) fn alone(arguments: &[String]) -> Result<()> {
    let [engine, tokenizer, text, threads] = arguments else { bail!("encode-alone ENGINE TOKENIZER TEXT THREADS") };
    let texts = texts_of(Path::new(text))?;
    let threads: usize = threads.parse()?;
    let (seconds, digest) = match engine.as_str() {
        "read" => (Duration::ZERO, 0),
        "miStudio" => {
            let tokenizer = Tokenizer::open(Path::new(tokenizer))?;
            spread(&texts, threads, || {
                let mut encoder = tokenizer.encoder();
                move |text: &str, ids: &mut Vec<u32>| Ok(encoder.encode_into(text, ids)?)
            })?
        }
        "1.0.0-rc.3" => {
            let json = std::fs::read(Path::new(tokenizer).join("tokenizer.json"))?;
            let mut json = serde_json::from_slice(&json)?;
            tokenizers::canonicalize_value(&mut json)?;
            let tokenizer = tokenizers::from_json(&json.to_string()).map_err(|error| anyhow::anyhow!("{error}"))?;
            let options = EncodeOptions::no_specials();
            spread(&texts, threads, || {
                let mut tokens: Vec<PipelineToken> = Vec::new();
                let (tokenizer, options) = (&tokenizer, &options);
                move |text: &str, ids: &mut Vec<u32>| {
                    tokens.clear();
                    tokenizer.encode_into(text, options, &mut tokens).map_err(|error| anyhow::anyhow!("{error}"))?;
                    ids.extend_from_slice(PipelineToken::cast_slice(&tokens));
                    Ok(())
                }
            })?
        }
        "0.23" => {
            let path = Path::new(tokenizer).join("tokenizer.json");
            let stable = tokenizers_stable::Tokenizer::from_file(path).map_err(|error| anyhow::anyhow!("{error}"))?;
            let (mut digest, mut taken) = (0, Duration::ZERO);
            for (number, batch) in texts.chunks(BATCH).enumerate() {
                let began = Instant::now();
                let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
                let rows = stable.encode_batch_fast(batch, false).map_err(|error| anyhow::anyhow!("{error}"))?;
                taken += began.elapsed();
                for (row, ids) in rows.iter().enumerate() {
                    digest ^= digest_of(number * BATCH + row, ids.get_ids());
                }
            }
            (taken, digest)
        }
        other => bail!("there is no engine '{other}'"),
    };
    println!("{} {digest:x}", seconds.as_secs_f64());
    Ok(())
}

/// Some rows: the number of the first, the ids of all, and where each row's end.
struct Encoded {
    first: usize,
    ids: Vec<u32>,
    ends: Vec<usize>,
}

/// Encodes the texts on some threads, batch after batch by whoever is free.
fn spread<E>(texts: &[String], threads: usize, engine: impl Fn() -> E + Sync) -> Result<(Duration, u64)>
where
    E: FnMut(&str, &mut Vec<u32>) -> Result<()>,
{
    let next = std::sync::atomic::AtomicUsize::new(0);
    let began = Instant::now();
    let encode = || -> Result<Vec<Encoded>> {
        let mut encode = engine();
        let mut done = Vec::new();
        loop {
            let first = BATCH * next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(batch) = texts.get(first..texts.len().min(first + BATCH)) else { return Ok(done) };
            let (mut ids, mut ends) = (Vec::new(), Vec::new());
            for text in batch {
                encode(text, &mut ids)?;
                ends.push(ids.len());
            }
            done.push(Encoded { first, ids, ends });
        }
    };
    let done = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(encode)).collect();
        running.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?).collect()
    });
    let taken = began.elapsed();
    let done: Result<Vec<_>> = done;
    let mut digest = 0;
    for Encoded { first, ids, ends } in done?.into_iter().flatten() {
        let mut start = 0;
        for (row, &end) in ends.iter().enumerate() {
            digest ^= digest_of(first + row, &ids[start..end]);
            start = end;
        }
    }
    Ok((taken, digest))
}

/// Of one row and its place, so that rows may come in any order.
fn digest_of(row: usize, ids: &[u32]) -> u64 {
    let mix = |digest: u64, next: u64| (digest ^ next).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    ids.iter().fold(mix(0xcbf2_9ce4_8422_2325, row as u64), |digest, &id| mix(digest, id.into()))
}

fn texts_of(path: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?.build()? {
        let column = batch?.column_by_name("text").context("no column text")?.clone();
        texts.extend(column.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    Ok(texts)
}

fn by_itself(engine: &str, tokenizer: &Path, text: &Path, threads: usize) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["encode-alone", engine]).args([tokenizer, text]).arg(threads.to_string());
    Ok(command)
}

/// How long our engine takes to encode the texts, which are in memory already, on that many threads.
pub(crate) fn encoding(tokenizer: &Path, text: &Path, threads: usize) -> Result<Duration> {
    let said = said(&mut by_itself("miStudio", tokenizer, text, threads)?)?;
    Ok(Duration::from_secs_f64(said.first().context("the engine said nothing")?.parse()?))
}

/// The words of what a process printed.
fn said(command: &mut Command) -> Result<Vec<String>> {
    let output = command.stderr(Stdio::null()).output()?;
    ensure!(output.status.success(), "a process ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?.split_whitespace().map(str::to_owned).collect())
}
