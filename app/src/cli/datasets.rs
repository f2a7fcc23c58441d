//! init, list, show, rm.

use anyhow::{Result, bail};
use mistudio_core::audit::StoredAudit;
use mistudio_core::catalog::{Dataset, DatasetEntry, ListQuery, Tokenization};
use mistudio_core::studio::{Freed, Reading, Studio};
use mistudio_core::subset::Provenance;
use mistudio_core::units;
use mistudio_core::workspace::FORMAT_VERSION;
use serde_json::json;

use super::Outcome;
use super::args::{DatasetArg, InitArgs};
use super::dataset_args::{ListArgs, RmArgs};
use super::output::{Output, confirm, one_line, print_record, record, table};
use crate::words;

/// Of rows and files that were left out, so many are named.
const SHOWN: usize = 10;

pub(super) fn init(args: &InitArgs, output: Output) -> Result<Outcome> {
    let folder = std::path::absolute(&args.dir)?;
    let own_name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = args.name.clone().or(own_name).unwrap_or_else(|| "workspace".to_owned());
    Studio::create(&folder, &name)?;
    let document = json!({ "workspace": folder, "name": name, "format_version": FORMAT_VERSION });
    output.print(&document, || {
        println!("Created the workspace '{name}' in {}", folder.display());
        println!("Open it with: mistudio {}", args.dir.display());
    })?;
    Ok(Outcome::Done)
}

pub(super) fn list(studio: &Studio, args: &ListArgs, output: Output) -> Result<Outcome> {
    let query = ListQuery {
        status: args.status,
        source: args.source,
        name: args.name.clone(),
        sort: args.sort.key,
        descending: args.sort.descending,
        limit: args.limit as usize,
        offset: args.offset,
    };
    let (entries, total) = studio.snapshot().list(&query);
    let records: Vec<_> = entries.iter().map(|entry| &entry.record).collect();
    output.print(&json!({ "datasets": records, "total": total }), || {
        if records.is_empty() {
            let nothing_at_all = studio.snapshot().datasets.is_empty();
            let add = "No datasets. Add one with `mistudio download` or `mistudio add`.";
            println!("{}", if nothing_at_all { add } else { "No dataset matches." });
            return;
        }
        let mut rows =
            vec![["ID", "NAME", "STATUS", "SOURCE", "SIZE", "SAMPLES", "TOKENS"].map(str::to_owned).to_vec()];
        let number = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), units::count);
        for record in &records {
            rows.push(vec![
                record.id.clone(),
                record.name.clone(),
                record.status.to_string(),
                record.source.to_string(),
                record.size_bytes.map_or_else(|| "-".to_owned(), units::size),
                number(record.num_samples),
                number(record.num_tokens),
            ]);
        }
        table(&rows);
        if total > records.len() {
            println!("{} of {}", units::count(records.len() as u64), units::count(total as u64));
        }
        for entry in entries.iter().filter(|entry| !entry.tokenizations.is_empty()) {
            println!("\n{}", one_line(&entry.record.name));
            entry.tokenizations.iter().flat_map(tokenization_lines).for_each(|line| println!("{line}"));
        }
    })?;
    Ok(Outcome::Done)
}

pub(super) fn show(studio: &Studio, args: &DatasetArg, output: Output) -> Result<Outcome> {
    print_record(&studio.snapshot(), &args.dataset, output)?;
    Ok(Outcome::Done)
}

/// Where a dataset comes from, in a few words.
fn source(dataset: &Dataset) -> String {
    match (&dataset.hf_repo_id, Provenance::of(dataset)) {
        (Some(repo), _) => format!("HuggingFace {repo}"),
        (None, Some(provenance)) => one_line(&provenance.label()),
        (None, None) => dataset.source.to_string(),
    }
}

/// Prints a dataset for people.
pub(super) fn describe(entry: &DatasetEntry) {
    let dataset = &entry.record;
    println!("{} ({})", dataset.name, dataset.id);
    let mut facts = vec![("Status", dataset.status.to_string()), ("Source", source(dataset))];
    let mut add = |name: &'static str, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    add("Message", dataset.error_message.clone());
    add("Chosen", Provenance::of(dataset).map(|provenance| one_line(&provenance.how())));
    add("Config", dataset.config.clone());
    add("Revision", dataset.revision.clone());
    add("Format", dataset.format.clone());
    add("Size", dataset.size_bytes.map(units::size));
    add("Samples", dataset.num_samples.map(units::count));
    add("Text column", dataset.text_column.clone());
    add("Tokens", dataset.num_tokens.map(units::count));
    add("Added", Some(dataset.created_at.format("%b %-d, %Y %H:%M UTC").to_string()));
    for (name, value) in facts {
        println!("  {name:<12} {value}");
    }
    if !entry.splits.is_empty() {
        println!("Splits");
        for split in &entry.splits {
            println!(
                "  {:<12} {} in {}",
                split.name,
                units::counted(split.num_samples, "sample"),
                units::size(split.size_bytes)
            );
        }
        println!("Columns");
        for column in &entry.columns {
            println!("  {:<12} {}", column.name, column.kind);
        }
    }
    describe_reading(&Reading::of(dataset));
    if !entry.tokenizations.is_empty() {
        println!("Tokenizations");
        entry.tokenizations.iter().flat_map(tokenization_lines).for_each(|line| println!("{line}"));
    }
}

/// A tokenization with what its audit counted, and under it what is wrong.
pub(super) fn tokenization_lines(tokenization: &Tokenization) -> Vec<String> {
    let stored = StoredAudit::of(tokenization);
    let settings = words::of_stored_settings(&tokenization.settings);
    let mut lines = vec![
        format!("  {} with {}: {settings}", tokenization.id, one_line(&tokenization.tokenizer)),
        format!("    {}", stored.line),
    ];
    if tokenization.rows == 0 {
        lines.push("    WARNING: there is not a single row.".to_owned());
    }
    lines.extend(stored.errors.iter().map(|error| format!("    ERROR: {error}")));
    lines
}

/// What could not be read, and what was left out.
fn describe_reading(reading: &Reading) {
    let bad = &reading.bad_rows;
    if bad.count > 0 {
        println!("{} could not be read", units::counted(bad.count, "row"));
    }
    for row in bad.first.iter().take(SHOWN) {
        let (file, excerpt) = (one_line(&row.file), one_line(&row.excerpt));
        println!("  {file} line {}: {}: {excerpt}", units::count(row.line), one_line(&row.reason));
    }
    if bad.count > SHOWN as u64 {
        println!("  and {} more", units::count(bad.count - SHOWN as u64));
    }
    let left_out = &reading.left_out;
    if left_out.count > 0 {
        println!("Left out");
    }
    for file in left_out.first.iter().take(SHOWN) {
        println!("  {} ({})", one_line(&file.file), file.reason);
    }
    if left_out.count > SHOWN as u64 {
        println!("  and {} more", units::count(left_out.count - SHOWN as u64));
    }
    for note in &reading.reading_notes {
        println!("Note: {}", one_line(note));
    }
}

pub(super) fn rm(studio: &Studio, args: &RmArgs, output: Output) -> Result<Outcome> {
    match (&args.tokenization, &args.datasets[..]) {
        (None, _) => rm_datasets(studio, args, output),
        (Some(id), [dataset]) => rm_tokenization(studio, dataset, id, args.yes, output),
        (Some(_), _) => {
            eprintln!("Error: --tokenization goes with one dataset.");
            Ok(Outcome::Usage)
        }
    }
}

fn rm_tokenization(studio: &Studio, dataset: &str, id: &str, yes: bool, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(dataset)?;
    let made = entry.tokenization(Some(id))?;
    if !yes {
        let rows = units::counted(made.rows, "row");
        eprintln!("Delete {} of '{}' ({rows}, {}).", made.id, entry.record.name, units::size(made.size_bytes));
        agree()?;
    }
    let freed = Freed { freed_bytes: studio.delete_tokenization(&entry.record.id, &made.id)? };
    tell_freed(freed, output)
}

/// Asks whether to go on, and fails where the answer is no or there is nobody to ask.
pub(super) fn agree() -> Result<()> {
    match confirm()? {
        None => bail!("Nothing was deleted. Add --yes to delete without being asked."),
        Some(false) => bail!("Nothing was deleted."),
        Some(true) => Ok(()),
    }
}

pub(super) fn tell_freed(freed: Freed, output: Output) -> Result<Outcome> {
    output.print(&freed, || println!("Freed {}.", units::size(freed.freed_bytes)))?;
    Ok(Outcome::Done)
}

fn rm_datasets(studio: &Studio, args: &RmArgs, output: Output) -> Result<Outcome> {
    let plans = args.datasets.iter().map(|name| studio.delete_plan(name)).collect::<Result<Vec<_>, _>>()?;
    if !args.yes {
        for plan in &plans {
            let also = match plan.tokenizations.len() {
                0 => String::new(),
                count => format!(", with {}", units::counted(count as u64, "tokenization")),
            };
            eprintln!("Delete '{}' ({}{also}).", plan.name, units::size(plan.size_bytes));
        }
        agree()?;
    }
    let ids: Vec<String> = plans.into_iter().map(|plan| plan.id).collect();
    tell_freed(studio.delete(&ids)?, output)
}

/// The record of a dataset as JSON, for the commands that end with one.
pub(super) fn record_of(studio: &Studio, id: &str) -> Result<serde_json::Value> {
    record(studio.snapshot().dataset(id)?)
}
