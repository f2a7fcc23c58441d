//! Every statistic of a dataset, against polars over the same Parquet.
//!
//! The text is a Parquet file with the column `text`, named by `MISTUDIO_RACE_TEXT`; without it, as many rows are made as
//! are asked for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use mistudio_tests::program::Program;
use mistudio_tests::texts::Texts;
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::measure::{Running, Taken, median, medians};
use crate::peer::{Peer, fresh, work_folder};
use crate::tokens::{RUNS, script};

const MADE_ROWS: usize = 200_000;
/// Rows that are made at once.
const AT_ONCE: usize = 10_000;

/// `race -- stats [ROWS [RUNS]]`
pub(crate) fn statistics(arguments: &[String]) -> Result<()> {
    let number = |place: usize, otherwise: usize| arguments.get(place).map_or(Ok(otherwise), |text| text.parse());
    let (rows, runs) = (number(0, MADE_ROWS)?, number(1, RUNS)?);
    let peer = Peer::with("polars", &["polars==2.1.0", "pyarrow"])?;
    let text = match std::env::var_os("MISTUDIO_RACE_TEXT") {
        Some(path) => path.into(),
        None => made(rows)?,
    };
    let folder = work_folder()?.join("stats");
    fresh(&folder)?;
    let root = folder.join("space");
    let program = Program::on(&root);
    program.json(&["init", &root.to_string_lossy()])?;
    program.json(&["add", &text.to_string_lossy(), "--name", "text", "--text-column", "text", "--reference"])?;

    let (mut ours, mut document) = (Vec::new(), Value::Null);
    let mut theirs: [(&str, Vec<(Taken, Duration)>); 2] = [("all", Vec::new()), ("columns", Vec::new())];
    for _ in 0..runs {
        let printed = folder.join("ours.json");
        let mut command = program.command(&["--json", "stats", "text", "--recompute"])?;
        ours.push(Running::start(command.stdout(File::create(&printed)?).stderr(Stdio::null()))?.end()?);
        document = read(&printed)?;
        for (what, taken) in &mut theirs {
            let printed = folder.join("theirs.json");
            let mut command = script(&peer, include_str!("peers/statistics.py"), &[Path::new(*what), &text]);
            let process = Running::start(command.stdout(File::create(&printed)?))?.end()?;
            let found = read(&printed)?;
            let seconds = found["seconds"].as_f64().context("the peer says no seconds")?;
            taken.push((process, Duration::from_secs_f64(seconds)));
            same(&document, &found)?;
        }
    }
    let mine = medians(&ours);
    println!(
        "statistics of {} rows, {} MB of Parquet",
        document["splits"][0]["num_samples"],
        std::fs::metadata(&text)?.len() >> 20
    );
    println!("{:<34} {mine}", "miStudio, everything");
    for (what, taken) in &theirs {
        let seconds = median(taken.iter().map(|(_, seconds)| *seconds).collect());
        let process = medians(&taken.iter().map(|(process, _)| *process).collect::<Vec<_>>());
        let name = match *what {
            "all" => "polars, lengths to duplicates",
            _ => "polars, the Hub's columns alone",
        };
        let ratio = seconds.as_secs_f64() / mine.wall.as_secs_f64();
        println!("{name:<34} {:.2} s of {process}; {ratio:.1}x", seconds.as_secs_f64());
    }
    Ok(())
}

/// Fails unless both say the same of what both have counted.
fn same(ours: &Value, theirs: &Value) -> Result<()> {
    for (name, found) in theirs["columns"].as_object().context("the peer describes no columns")? {
        let column = &ours["columns"][name];
        ensure!(column["nulls"] == found["nulls"], "nulls of {name} differ");
        ensure!(found["distinct"].is_null() || column["distinct"] == found["distinct"], "values of {name} differ");
        for figure in ["min", "max"] {
            let (one, other) = (column["numbers"][figure].as_f64(), found[figure].as_f64());
            ensure!(found[figure].is_null() || one == other, "{figure} of {name} differ: {one:?}, {other:?}");
        }
    }
    if theirs.get("words").is_some() {
        let of = |unit: &str, figure: &str| {
            let units = ours["units"].as_array().into_iter().flatten();
            units.clone().find(|lengths| lengths["unit"] == unit).map(|lengths| lengths[figure].clone())
        };
        ensure!(of("words", "total").as_ref() == Some(&theirs["words"]), "words differ");
        ensure!(of("words", "max").as_ref() == Some(&theirs["max_words"]), "the most words differ");
        ensure!(of("chars", "total").as_ref() == Some(&theirs["chars"]), "characters differ");
        let quality = &ours["quality"];
        ensure!(quality["empty"] == theirs["empty"], "empty texts differ");
        ensure!(quality["duplicates"]["repeated"] == theirs["repeated"], "duplicates differ");
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

/// A file of so many rows: texts, some of them twice, numbers of both kinds, and a label.
fn made(rows: usize) -> Result<PathBuf> {
    let path = work_folder()?.join(format!("stats-{rows}.parquet"));
    if path.exists() {
        return Ok(path);
    }
    let aside = path.with_extension("part");
    let mut texts = Texts::new(11);
    let mut random = fastrand::Rng::with_seed(11);
    let mut writer = None;
    for first in (0..rows).step_by(AT_ONCE) {
        let here = AT_ONCE.min(rows - first);
        let mut bodies: Vec<String> = Vec::with_capacity(here);
        let (mut numbers, mut shares, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..here {
            let text = texts.next_text();
            let again = (row > 0 && random.u32(..50) == 0).then(|| bodies[row - 1].clone());
            let body = again.unwrap_or_else(|| {
                let rest: Vec<String> = (0..5).map(|_| texts.next_text().body).collect();
                format!("{} {}", text.body, rest.join("\n\n"))
            });
            bodies.push(body);
            numbers.push(random.i64(0..1_000_000));
            shares.push((random.u32(..20) > 0).then(|| random.f64()));
            labels.push(text.language);
        }
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("text", Arc::new(StringArray::from(bodies))),
            ("number", Arc::new(Int64Array::from(numbers))),
            ("share", Arc::new(Float64Array::from(shares))),
            ("language", Arc::new(StringArray::from(labels))),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))?;
        if writer.is_none() {
            writer = Some(ArrowWriter::try_new(File::create(&aside)?, batch.schema(), None)?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch)?;
        }
    }
    writer.context("no rows were asked for")?.close()?;
    std::fs::rename(aside, &path)?;
    Ok(path)
}
