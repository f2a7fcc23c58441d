//! download, add, resume, cancel.

use anyhow::Result;
use mistudio_core::catalog::{Job, Status};
use mistudio_core::ingest::{BadRowPolicy, ConvertOptions, CsvOptions, Encoding, QuoteChoice, Remedy, TextUnit};
use mistudio_core::jobs::{Stop, control};
use mistudio_core::studio::{Access, AddOptions, AddRequest, DownloadRequest, Reading, Studio};
use serde_json::json;

use super::args::DatasetArg;
use super::datasets::{describe, record_of};
use super::get_args::{AddArgs, BadDataArgs, DownloadArgs, ResumeArgs, TxtUnit};
use super::inspect::{require_readable, with_way_out};
use super::output::{Output, print_record};
use super::tokens::{print_made, with_flag};
use super::{Outcome, interrupt};
use super::{progress, publish};

pub(super) fn download(studio: &Studio, args: &DownloadArgs, output: Output) -> Result<Outcome> {
    let (control, _handle) = control();
    let inspection = studio.inspect(&args.repo, args.revision.as_deref(), None, &control).map_err(with_way_out)?;
    require_readable(&inspection)?;
    if args.config.len() < 2 {
        let request = DownloadRequest {
            config: args.config.first().cloned(),
            splits: args.split.clone(),
            name: args.name.clone(),
            convert: reading(args.bad),
        };
        interrupt::begin()?;
        let id = studio.download(&inspection, &request, None).map_err(with_way_out)?;
        return finish(studio, &id, output);
    }
    let mut seen = std::collections::HashSet::new();
    let configs = args.config.iter().filter(|config| seen.insert(config.as_str()));
    let configs = configs.map(|config| (config.clone(), args.split.clone()));
    let mut requests = DownloadRequest::for_configs(&inspection, configs, args.name.as_deref());
    for request in &mut requests {
        request.convert = reading(args.bad);
    }
    interrupt::begin()?;
    let ids = studio.download_all(&inspection, &requests, None).map_err(with_way_out)?;
    finish_all(studio, &ids, output)
}

/// How files are read, as far as both `add` and `download` let one choose.
fn reading(args: BadDataArgs) -> ConvertOptions {
    ConvertOptions {
        bad_rows: if args.skip_bad_rows { BadRowPolicy::Skip } else { BadRowPolicy::Refuse },
        encoding: if args.replace_bad_text { Encoding::Replace } else { Encoding::Strict },
        ..ConvertOptions::default()
    }
}

pub(super) fn add(studio: &Studio, args: &AddArgs, output: Output) -> Result<Outcome> {
    let convert = ConvertOptions {
        text_unit: match args.txt {
            TxtUnit::Lines => TextUnit::Line,
            TxtUnit::Blocks => TextUnit::Paragraph,
            TxtUnit::Files => TextUnit::File,
        },
        csv: CsvOptions {
            delimiter: args.delimiter,
            quote: match args.quote.as_deref() {
                None => QuoteChoice::Detect,
                Some(quote) => one_character(quote).map_or(QuoteChoice::Never, QuoteChoice::Character),
            },
            header: args.header,
            ..CsvOptions::default()
        },
        ..reading(args.bad)
    };
    let options = AddOptions { convert, text_column: args.text_column.clone(), reference: args.reference };
    interrupt::begin()?;
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
            interrupt::begin()?;
            studio.resume_job(&job.id, None)?;
            let waited = progress::wait_for_job(studio, &job.target, &job.id);
            let outcome = waited.map_err(|error| anyhow::anyhow!("{}", with_flag(&error.to_string())))?;
            return resumed(studio, &id, (job, outcome), output);
        }
    }
    interrupt::begin()?;
    match (args.bad.skip_bad_rows, args.bad.replace_bad_text) {
        (true, true) => {
            anyhow::bail!("Resume with --skip-bad-rows or with --replace-bad-text, and then with the other.")
        }
        (true, false) => studio.resume_with(&id, Remedy::SkipBadRows, None)?,
        (false, true) => studio.resume_with(&id, Remedy::ReplaceBadText, None)?,
        (false, false) => studio.resume_dataset(&id, None)?,
    };
    finish(studio, &id, output)
}

/// Prints what work that was taken up has come to, as the command that began it does.
fn resumed(studio: &Studio, id: &str, (job, outcome): (&Job, Outcome), output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(id)?;
    if outcome != Outcome::Done {
        progress::say_paused(&entry.record.name);
        return Ok(outcome);
    }
    if let Some(made) = entry.tokenizations.iter().find(|made| made.id == job.target) {
        print_made(made, output)?;
        return Ok(outcome);
    }
    let published = job.spec.get("tokenization_id").and_then(|id| id.as_str());
    let published = if job.kind == "publish" { studio.published(id, published)? } else { None };
    output.print(&record_of(studio, id)?, || match published {
        Some(made) => publish::tell(&made),
        None => println!("'{}' is done.", job.title),
    })?;
    Ok(outcome)
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
pub(super) fn finish(studio: &Studio, id: &str, output: Output) -> Result<Outcome> {
    let waited = progress::wait(studio, id)?;
    let outcome = say_how_it_ended(studio, id, waited)?;
    let snapshot = studio.snapshot();
    if snapshot.dataset(id)?.record.status != Status::Error || output.json {
        print_record(&snapshot, id, output)?;
    }
    Ok(outcome)
}

/// The same for several, of which each is told. The first interruption pauses them all.
fn finish_all(studio: &Studio, ids: &[String], output: Output) -> Result<Outcome> {
    let mut outcomes = Vec::new();
    let mut interrupted = false;
    for id in ids {
        if interrupted && studio.is_working_on(id) {
            // It may have ended by itself in this very moment.
            if let Err(error) = studio.stop_dataset(id, Stop::Pause) {
                tracing::debug!(%error, "nothing to pause");
            }
        }
        let waited = progress::wait(studio, id)?;
        interrupted |= waited == Outcome::Interrupted;
        outcomes.push(say_how_it_ended(studio, id, waited)?);
    }
    let records: Vec<_> = ids.iter().map(|id| record_of(studio, id)).collect::<Result<_>>()?;
    let snapshot = studio.snapshot();
    output.print(&json!({ "datasets": records }), || {
        for entry in ids.iter().filter_map(|id| snapshot.dataset(id).ok()) {
            describe(entry);
        }
    })?;
    let has = |outcome| outcomes.contains(&outcome);
    Ok(match (has(Outcome::Failed), has(Outcome::Interrupted)) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Interrupted,
        (false, false) => Outcome::Done,
    })
}

/// Says on stderr what went wrong with a dataset, or how to go on with it. `waited` is how waiting for it ended.
fn say_how_it_ended(studio: &Studio, id: &str, waited: Outcome) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let dataset = &snapshot.dataset(id)?.record;
    Ok(match dataset.status {
        Status::Error => {
            eprintln!("Error: {}", dataset.error_message.as_deref().unwrap_or("It failed."));
            match Reading::of(dataset).remedy {
                Some(Remedy::SkipBadRows) => {
                    eprintln!(
                        "Use `mistudio resume {} --skip-bad-rows` to leave such rows out, counted and shown.",
                        dataset.name
                    );
                }
                Some(Remedy::ReplaceBadText) => {
                    eprintln!(
                        "Use `mistudio resume {} --replace-bad-text` to read such bytes as replacement characters.",
                        dataset.name
                    );
                }
                None => {}
            }
            Outcome::Failed
        }
        Status::Paused => {
            let message = dataset.error_message.as_deref().unwrap_or("Paused").trim_end_matches('.');
            eprintln!("{message}. Continue with: mistudio resume {}", dataset.name);
            Outcome::Interrupted
        }
        // The work was done before the interruption came.
        Status::Ready => default_tokenization(studio, id)?,
        Status::Downloading | Status::Processing => waited,
    })
}

/// Waits for the tokenization that follows by itself, where workspace.toml names one: ending would interrupt it. What
/// went wrong with it is said here; the dataset itself is ready.
fn default_tokenization(studio: &Studio, id: &str) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let of_dataset = |kind| snapshot.events.iter().filter(move |event| event.subject == id && event.kind == kind);
    let ready = of_dataset("ready").next().map(|event| event.at);
    // Older ones tell of an earlier attempt at the dataset. The newest comes first.
    let mut failed: Vec<&str> =
        of_dataset("failed").take_while(|event| Some(event.at) >= ready).map(|event| event.message.as_str()).collect();
    failed.reverse();
    if studio.settings().default_tokenization.is_none() {
        // The dataset can be read all the same.
        for message in failed {
            eprintln!("{message}");
        }
        return Ok(Outcome::Done);
    }
    let follows =
        |job: &&Job| job.state.is_active() && job.spec.get("dataset_id").and_then(|value| value.as_str()) == Some(id);
    let Some(job) = snapshot.jobs.iter().find(follows) else {
        for message in &failed {
            eprintln!("Error: {message}");
        }
        return Ok(if failed.is_empty() { Outcome::Done } else { Outcome::Failed });
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
