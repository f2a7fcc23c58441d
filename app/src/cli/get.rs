//! inspect, download, add, resume, cancel.

use std::path::Path;

use anyhow::Result;
use mistudio_core::catalog::{Job, Status};
use mistudio_core::ingest::{BadRowPolicy, ConvertOptions, CsvOptions, Encoding, QuoteChoice, TextUnit};
use mistudio_core::jobs::{Stop, control};
use mistudio_core::studio::{
    Access, AddOptions, AddRequest, DownloadRequest, Inspection, Studio, inspect_path, inspect_remote,
};
use mistudio_core::units;

use super::args::{AddArgs, DatasetArg, DownloadArgs, InspectArgs, ResumeArgs, TxtUnit};
use super::datasets::record_of;
use super::output::{Output, print_record};
use super::progress;
use super::{Outcome, is_path};

pub(super) fn inspect(args: &InspectArgs, output: Output) -> Result<Outcome> {
    let path = Path::new(&args.source);
    let inspection = if path.exists() || is_path(&args.source) {
        inspect_path(path)?
    } else {
        let (control, _handle) = control();
        inspect_remote(&args.source, args.revision.as_deref(), None, &control)?
    };
    output.print(&inspection, || describe(&inspection))?;
    Ok(Outcome::Done)
}

fn describe(inspection: &Inspection) {
    println!("{}", inspection.source);
    if let Some(revision) = &inspection.revision {
        println!("  Revision  {revision}");
    }
    println!("  Formats   {}", inspection.formats.join(", "));
    if let Some(license) = &inspection.card.license {
        println!("  Licence   {license}");
    }
    for config in &inspection.configs {
        let default = if config.default { " (default)" } else { "" };
        println!("Config {}{default}: {}", config.name, config.format);
        if let Some(problem) = &config.problem {
            println!("  cannot be used: {problem}");
        }
        for split in &config.splits {
            let partial = if split.partial { ", partial" } else { "" };
            let files = units::counted(split.files.len() as u64, "file");
            println!("  {:<12} {files}, {}{partial}", split.name, units::size(split.size_bytes));
        }
    }
    if !inspection.ignored.is_empty() {
        println!("Left out");
        for ignored in inspection.ignored.iter().take(20) {
            println!("  {} ({})", ignored.path, ignored.reason.text());
        }
        if let Some(more) = inspection.ignored.len().checked_sub(20).filter(|more| *more > 0) {
            println!("  and {more} more");
        }
    }
    for note in &inspection.notes {
        println!("Note: {note}");
    }
}

pub(super) fn download(studio: &Studio, args: &DownloadArgs, output: Output) -> Result<Outcome> {
    let (control, _handle) = control();
    let inspection = studio.inspect(&args.repo, args.revision.as_deref(), None, &control)?;
    let request = DownloadRequest { config: args.config.clone(), splits: args.split.clone(), name: args.name.clone() };
    let id = studio.download(&inspection, &request, None)?;
    finish(studio, &id, output)
}

pub(super) fn add(studio: &Studio, args: &AddArgs, output: Output) -> Result<Outcome> {
    let convert = ConvertOptions {
        text_unit: match args.txt {
            TxtUnit::Lines => TextUnit::Line,
            TxtUnit::Blocks => TextUnit::Paragraph,
            TxtUnit::Files => TextUnit::File,
        },
        bad_rows: if args.skip_bad_rows { BadRowPolicy::Skip } else { BadRowPolicy::Refuse },
        encoding: if args.replace_bad_text { Encoding::Replace } else { Encoding::Strict },
        csv: CsvOptions {
            delimiter: args.delimiter,
            quote: match args.quote.as_deref() {
                None => QuoteChoice::Detect,
                Some(quote) => one_character(quote).map_or(QuoteChoice::Never, QuoteChoice::Character),
            },
            header: args.header,
            ..CsvOptions::default()
        },
    };
    let options = AddOptions { convert, text_column: args.text_column.clone(), reference: args.reference };
    let id = studio.add(&AddRequest { paths: args.paths.clone(), name: args.name.clone(), options })?;
    finish(studio, &id, output)
}

pub(super) fn resume(studio: &Studio, args: &ResumeArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&args.dataset)?;
    let id = entry.record.id.clone();
    if entry.record.status == Status::Ready {
        // The dataset itself is whole; what was interrupted is a tokenization of it.
        let unfinished = snapshot.jobs.iter().find(|job| {
            job.state.is_resumable() && job.spec.get("dataset_id").and_then(|value| value.as_str()) == Some(&id)
        });
        if let Some(job) = unfinished {
            studio.resume_job(&job.id, None)?;
            let outcome = progress::wait_for_job(studio, &job.target, &job.id)?;
            output.print(&record_of(studio, &id)?, || println!("'{}' is done.", job.title))?;
            return Ok(outcome);
        }
    }
    studio.resume_dataset(&id, None)?;
    finish(studio, &id, output)
}

/// Pauses or cancels the work on a dataset, whichever process does it.
pub(super) fn stop(studio: &Studio, args: &DatasetArg, reason: Stop, output: Output) -> Result<Outcome> {
    let id = studio.snapshot().dataset(&args.dataset)?.record.id.clone();
    let job = studio.stop_dataset(&id, reason)?;
    match studio.access() {
        Access::Writer => drop(progress::wait(studio, &id)?),
        Access::ReadOnly(why) => {
            let state = progress::wait_for_holder(studio, &job)?;
            if state.is_active() || (reason == Stop::Cancel && state.is_resumable()) {
                anyhow::bail!("The other process was asked to stop and has not answered: {why}.");
            }
        }
    }
    print_record(&studio.snapshot(), &id, output)?;
    Ok(Outcome::Done)
}

/// Waits for a dataset to be ready and prints its record; a failure is an error with its message.
fn finish(studio: &Studio, id: &str, output: Output) -> Result<Outcome> {
    let waited = progress::wait(studio, id)?;
    let snapshot = studio.snapshot();
    let dataset = &snapshot.dataset(id)?.record;
    match dataset.status {
        Status::Error => {
            if output.json {
                print_record(&snapshot, id, output)?;
            }
            let message = dataset.error_message.clone().unwrap_or_else(|| "It failed.".to_owned());
            eprintln!("Error: {message}");
            return Ok(Outcome::Failed);
        }
        Status::Paused => eprintln!(
            "{}. Continue with: mistudio resume {}",
            dataset.error_message.as_deref().unwrap_or("Paused").trim_end_matches('.'),
            dataset.name
        ),
        Status::Downloading | Status::Processing | Status::Ready => {}
    }
    let status = dataset.status;
    let followed = if status == Status::Ready { default_tokenization(studio, id)? } else { Outcome::Done };
    print_record(&studio.snapshot(), id, output)?;
    Ok(match status {
        Status::Paused => Outcome::Interrupted,
        // The work was done before the interruption came.
        Status::Ready => followed,
        _ => waited,
    })
}

/// Waits for the tokenization that follows by itself, where workspace.toml names one: ending would interrupt it. What
/// went wrong with it is said here; the dataset itself is ready.
fn default_tokenization(studio: &Studio, id: &str) -> Result<Outcome> {
    if studio.settings().default_tokenization.is_none() {
        return Ok(Outcome::Done);
    }
    let snapshot = studio.snapshot();
    let follows =
        |job: &&Job| job.state.is_active() && job.spec.get("dataset_id").and_then(|value| value.as_str()) == Some(id);
    let Some(job) = snapshot.jobs.iter().find(follows) else {
        let newest = |kind| snapshot.events.iter().find(|event| event.subject == id && event.kind == kind);
        let ready = newest("ready").map(|event| event.at);
        // An older one tells of an earlier attempt at the dataset.
        return Ok(match newest("failed").filter(|event| Some(event.at) >= ready) {
            Some(event) => {
                eprintln!("Error: {}", event.message);
                Outcome::Failed
            }
            None => Outcome::Done,
        });
    };
    progress::wait_for_job(studio, &job.target, &job.id).or_else(|error| {
        eprintln!("Error: {error}");
        Ok(Outcome::Failed)
    })
}

/// The character of a flag that names one; `none` names none.
fn one_character(flag: &str) -> Option<char> {
    let mut characters = flag.chars();
    characters.next().filter(|_| characters.next().is_none())
}
