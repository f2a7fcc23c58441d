//! inspect, download, add, resume, cancel.

use std::path::Path;

use anyhow::Result;
use mistudio_core::catalog::Status;
use mistudio_core::ingest::{
    BadRowPolicy, ConvertOptions, CsvOptions, Encoding, QuoteChoice, Remedy, TextColumn, TextUnit,
};
use mistudio_core::jobs::{Stop, control};
use mistudio_core::studio::{
    AddOptions, AddRequest, DownloadRequest, Inspection, LocalInspection, Reading, Studio, inspect_local,
    inspect_remote,
};
use mistudio_core::units;

use super::args::{AddArgs, DatasetArg, DownloadArgs, InspectArgs, ResumeArgs, TxtUnit};
use super::datasets::record_of;
use super::output::{Output, print_record};
use super::progress;
use super::{Outcome, is_path};

pub(super) fn inspect(args: &InspectArgs, output: Output) -> Result<Outcome> {
    let path = Path::new(&args.source);
    let (control, _handle) = control();
    if path.exists() || is_path(&args.source) {
        let found = inspect_local(&[path.to_path_buf()], &ConvertOptions::default(), &control)?;
        output.print(&found, || describe_local(&found))?;
    } else {
        let found = inspect_remote(&args.source, args.revision.as_deref(), None, &control)?;
        output.print(&found, || describe(&found))?;
    }
    Ok(Outcome::Done)
}

/// What local files hold, with a look at the first of them.
fn describe_local(found: &LocalInspection) {
    describe(&found.inspection);
    if let Some(reason) = &found.unreadable {
        println!("The first file cannot be read: {reason}");
    }
    if let Some(csv) = &found.csv {
        let quote = csv.quote.map_or_else(|| "none".to_owned(), |quote| format!("{quote:?}"));
        let header = if csv.header { "names the columns" } else { "is a row of values" };
        println!("Separated by {:?}, quote {quote}, the first line {header}", csv.delimiter);
    }
    if !found.columns.is_empty() {
        println!("Columns");
    }
    for column in &found.columns {
        let is_text = found.text_column.as_ref().is_some_and(|text| text.column() == column.name);
        let role = match &found.text_column {
            Some(TextColumn::Conversation { .. }) if is_text => " (conversation, the text)",
            Some(_) if is_text => " (the text)",
            _ => "",
        };
        println!("  {:<12} {}{role}", column.name, column.kind);
    }
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

pub(super) fn cancel(studio: &Studio, args: &DatasetArg, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let id = snapshot.dataset(&args.dataset)?.record.id.clone();
    studio.stop_dataset(&id, Stop::Cancel)?;
    progress::wait(studio, &id)?;
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
            match Reading::of(dataset).remedy {
                Some(Remedy::SkipBadRows) => {
                    eprintln!("Use --skip-bad-rows to leave such rows out; they are counted and shown.");
                }
                Some(Remedy::ReplaceBadText) => {
                    eprintln!("Use --replace-bad-text to read such bytes as replacement characters.");
                }
                None => {}
            }
            return Ok(Outcome::Failed);
        }
        Status::Paused => eprintln!(
            "{}. Continue with: mistudio resume {}",
            dataset.error_message.as_deref().unwrap_or("Paused").trim_end_matches('.'),
            dataset.name
        ),
        Status::Downloading | Status::Processing | Status::Ready => {}
    }
    print_record(&snapshot, id, output)?;
    Ok(match dataset.status {
        Status::Paused => Outcome::Interrupted,
        // The work was done before the interruption came.
        Status::Ready => Outcome::Done,
        _ => waited,
    })
}

/// The character of a flag that names one; `none` names none.
fn one_character(flag: &str) -> Option<char> {
    let mut characters = flag.chars();
    characters.next().filter(|_| characters.next().is_none())
}
