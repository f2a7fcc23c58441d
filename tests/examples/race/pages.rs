//! Pages of fifty rows at the beginning, in the middle and at the end, against DuckDB and `datasets`.
//!
//! The rows are those of `race -- search`: a Parquet file that `MISTUDIO_RACE_TEXT` names, or one that is made.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mistudio_core::jobs::control;
use mistudio_core::samples::{PageQuery, SampleReader};
use serde::{Deserialize, Serialize};

use crate::measure::Running;
use crate::peer::{Peer, work_folder};
use crate::search::{again, dataset, file_of};

/// Rows of a page.
const PAGE: u64 = 50;
/// Pages at each of the three places, one after the other; the first of all is counted too.
const PAGES: u64 = 40;

/// How long pages took at one place.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    first_row: u64,
    median_ms: f64,
    p95_ms: f64,
    /// Of the ids on all pages.
    sum: i64,
}

pub(crate) fn race(arguments: &[String]) -> Result<()> {
    let file = file_of(arguments)?;
    let printed = work_folder()?.join("pages.json");
    let read = || -> Result<Vec<Place>> { Ok(serde_json::from_slice(&std::fs::read(&printed)?)?) };
    let out = || Ok::<_, anyhow::Error>(Stdio::from(std::fs::File::create(&printed)?));
    let taken = Running::start(again("pages-ours", &file, Path::new("-"))?.stdout(out()?))?.end()?;
    let ours = read()?;
    println!("miStudio: {taken}");
    show("miStudio", &ours, &ours)?;
    let peer = Peer::with("search", &["duckdb", "datasets"])?;
    for name in ["DuckDB", "datasets"] {
        let mut script = peer.command("python");
        script.args(["-c", include_str!("peers/pages.py"), name]).arg(&file);
        script.args([PAGE.to_string(), PAGES.to_string()]).stdout(out()?);
        Running::start(&mut script)?.end()?;
        show(name, &read()?, &ours)?;
    }
    Ok(())
}

fn show(name: &str, places: &[Place], ours: &[Place]) -> Result<()> {
    for (place, own) in places.iter().zip(ours) {
        ensure!(place.sum == own.sum, "{name} has other rows from row {} on", own.first_row);
        let Place { first_row, median_ms, p95_ms, .. } = place;
        println!("{name:<10} from row {first_row:>9}: median {median_ms:>7.2} ms, p95 {p95_ms:>7.2} ms");
    }
    Ok(())
}

/// The body of our own process.
pub(crate) fn ours(file: &Path) -> Result<()> {
    let data = dataset(file)?;
    let rows = data.rows();
    let reader = SampleReader::open(data);
    let mut places = Vec::new();
    for first_row in [0, rows / 2, rows.saturating_sub(PAGE * PAGES)] {
        let (mut taken, mut sum) = (Vec::new(), 0_i64);
        for page in 0..PAGES {
            let query = PageQuery { offset: first_row + page * PAGE, limit: PAGE as u32, ..PageQuery::default() };
            let began = Instant::now();
            let page = reader.page(&query, &control().0)?;
            taken.push(began.elapsed());
            for row in page.rows {
                sum += row.values["id"].as_i64().context("the file has no numbers in a column id")?;
            }
        }
        taken.sort();
        let at = |place: usize| taken.get(place).copied().unwrap_or_default();
        let milliseconds = |taken: Duration| taken.as_secs_f64() * 1e3;
        let (median_ms, p95_ms) = (milliseconds(at(taken.len() / 2)), milliseconds(at(taken.len() * 95 / 100)));
        places.push(Place { first_row, median_ms, p95_ms, sum });
    }
    println!("{}", serde_json::to_string(&places)?);
    Ok(())
}
