//! inspect: what a repository or a local path holds, before any byte of its data is read.

use std::path::Path;

use anyhow::Result;
use mistudio_core::hub::HubError;
use mistudio_core::ingest::{ConvertOptions, TextColumn};
use mistudio_core::jobs::control;
use mistudio_core::studio::{
    ConfigOffer, DiskEstimate, HubFacts, Inspection, LocalInspection, StudioError, inspect_local, inspect_remote,
};
use mistudio_core::units;
use mistudio_core::workspace::free_space;
use serde::Serialize;

use super::get_args::InspectArgs;
use super::output::{Output, one_line};
use super::{Outcome, Place, is_path};

/// The most names of one kind that are printed for people; `--json` prints all.
const LISTED: usize = 20;

/// What was looked at.
#[derive(Serialize)]
#[serde(untagged)]
enum Seen {
    Repository(Box<Inspection>),
    Local(Box<LocalInspection>),
}

impl Seen {
    fn inspection(&self) -> &Inspection {
        match self {
            Self::Repository(inspection) => inspection,
            Self::Local(local) => &local.inspection,
        }
    }
}

/// What the command prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    seen: &'a Seen,
    /// Whether the Hub also keeps it as Parquet, on a branch that this is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    converted_available: Option<bool>,
    /// What the default config needs of the disk; nothing where none is the default.
    estimate: Option<DiskEstimate>,
    /// What is free on the disk of the workspace, or of the current folder where none is named.
    free_bytes: u64,
}

pub(super) fn inspect(args: &InspectArgs, place: &Place, output: Output) -> Result<Outcome> {
    let path = Path::new(&args.source);
    let (control, _handle) = control();
    let seen = if path.exists() || is_path(&args.source) {
        let found = inspect_local(&[path.to_path_buf()], &ConvertOptions::default(), &control)?;
        Seen::Local(Box::new(found))
    } else {
        let found = inspect_remote(&args.source, args.revision.as_deref(), None, &control).map_err(with_way_out)?;
        Seen::Repository(Box::new(found))
    };
    let inspection = seen.inspection();
    let folder = place.folder().ok().filter(|folder| folder.is_dir()).unwrap_or_else(|| ".".into());
    let free_bytes = free_space(&folder)?.available;
    let report = Report {
        converted_available: inspection.hub.is_some().then(|| inspection.offers_converted()),
        estimate: inspection.estimate(free_bytes),
        free_bytes,
        seen: &seen,
    };
    output.print(&report, || describe(&report))?;
    let Some(problem) = &inspection.problem else { return Ok(Outcome::Done) };
    eprintln!("Error: {}{}", one_line(problem), converted_hint(inspection));
    Ok(Outcome::Failed)
}

fn describe(report: &Report<'_>) {
    let inspection = report.seen.inspection();
    let fact = |name: &str, value: &str| println!("  {name:<10}{}", one_line(value));
    println!("{}", one_line(&inspection.source));
    if let (Some(revision), Some(hub)) = (&inspection.revision, &inspection.hub) {
        fact("Revision", &format!("{revision} ({})", hub.revision_asked));
    }
    fact("Formats", &inspection.formats.join(", "));
    let files = units::counted(inspection.total_files, "file");
    fact("Size", &format!("{} in {files}", units::size(inspection.total_bytes)));
    let licence = inspection.hub.as_ref().and_then(|hub| hub.licence.as_ref()).or(inspection.card.license.as_ref());
    if let Some(licence) = licence {
        fact("Licence", licence);
    }
    if let Some(hub) = &inspection.hub {
        describe_hub(hub, inspection.gated);
    }
    for config in inspection.configs.iter().take(LISTED) {
        describe_config(config);
    }
    and_more(inspection.configs.len(), "configs");
    if let Seen::Local(local) = report.seen {
        describe_local(local);
    }
    if inspection.offers_converted() {
        println!("Converted Parquet is available: --revision refs/convert/parquet");
    }
    if let Some(estimate) = report.estimate {
        let (needs, free) = (units::size(estimate.required_bytes), units::size(estimate.free_bytes));
        println!("Needs {needs} of disk while it is downloaded and processed; {free} are free.");
        if let Some(shortage) = estimate.shortage() {
            println!("{shortage}");
        }
    }
    if !inspection.ignored.is_empty() {
        println!("Left out");
        for ignored in inspection.ignored.iter().take(LISTED) {
            println!("  {} ({})", one_line(&ignored.path), ignored.reason.text());
        }
        and_more(inspection.ignored.len(), "files");
    }
    for note in &inspection.notes {
        println!("Note: {}", one_line(note));
    }
}

/// A look into the first of the local files.
fn describe_local(found: &LocalInspection) {
    if let Some(reason) = &found.unreadable {
        println!("The first file cannot be read: {}", one_line(reason));
    }
    if let Some(csv) = &found.csv {
        let quote = csv.quote.map_or_else(|| "none".to_owned(), |quote| format!("{quote:?}"));
        let header = if csv.header { "names the columns" } else { "is a row of values" };
        println!("Separated by {:?}, quote {quote}, the first line {header}", csv.delimiter);
    }
    if !found.columns.is_empty() {
        println!("Columns");
    }
    for column in found.columns.iter().take(LISTED) {
        let is_text = found.text_column.as_ref().is_some_and(|text| text.column() == column.name);
        let role = match &found.text_column {
            Some(TextColumn::Conversation { .. }) if is_text => " (conversation, the text)",
            Some(_) if is_text => " (the text)",
            _ => "",
        };
        println!("  {:<12} {}{role}", one_line(&column.name), column.kind);
    }
    and_more(found.columns.len(), "columns");
}

fn describe_hub(hub: &HubFacts, gated: bool) {
    let fact = |name: &str, value: &str| println!("  {name:<10}{}", one_line(value));
    fact("Downloads", &units::count(hub.downloads));
    fact("Likes", &units::count(hub.likes));
    if let Some(modified) = &hub.last_modified {
        fact("Changed", modified);
    }
    if gated {
        fact("Gated", &format!("its terms are accepted at {}", hub.page));
    }
    if hub.private {
        fact("Private", "only some may know of it");
    }
    for (name, refs) in [("Branches", &hub.refs.branches), ("Tags", &hub.refs.tags)] {
        if !refs.is_empty() {
            let mut names: Vec<&str> = refs.iter().take(LISTED).map(|found| found.name.as_str()).collect();
            if refs.len() > LISTED {
                names.push("…");
            }
            fact(name, &names.join(", "));
        }
    }
}

fn describe_config(config: &ConfigOffer) {
    let default = if config.default { " (default)" } else { "" };
    println!("Config {}{default}: {}, {}", one_line(&config.name), config.format, units::size(config.size_bytes()));
    if let Some(problem) = &config.problem {
        println!("  cannot be used: {}", one_line(problem));
    }
    for split in config.splits.iter().take(LISTED) {
        let partial = if split.partial { ", partial" } else { "" };
        let files = units::counted(split.files.len() as u64, "file");
        println!("  {:<12} {files}, {}{partial}", one_line(&split.name), units::size(split.size_bytes));
    }
    and_more(config.splits.len(), "splits");
}

fn and_more(number: usize, what: &str) {
    if let Some(more) = number.checked_sub(LISTED).filter(|more| *more > 0) {
        println!("  and {} more {what}", units::count(more as u64));
    }
}

/// Where to find what can be read, if the Hub has made it.
fn converted_hint(inspection: &Inspection) -> &'static str {
    if inspection.offers_converted() { " The Hub has converted it: add --revision refs/convert/parquet" } else { "" }
}

/// Whatever of this repository may be wanted can be read, or an error that names the flag which helps.
pub(super) fn require_readable(inspection: &Inspection) -> Result<()> {
    match &inspection.problem {
        Some(problem) => anyhow::bail!("{problem}{}", converted_hint(inspection)),
        None => Ok(()),
    }
}

/// An error with the flag that is the way out of it.
pub(super) fn with_way_out(error: StudioError) -> anyhow::Error {
    let flag = match &error {
        StudioError::NoSuchConfig { .. } => "Name it with --config.",
        StudioError::NoSuchSplit { .. } => "Name it with --split.",
        StudioError::Hub(HubError::RevisionNotFound { .. }) => "Name it with --revision.",
        _ => return error.into(),
    };
    anyhow::anyhow!("{error} {flag}")
}
