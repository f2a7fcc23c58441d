//! audit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use mistudio_core::audit::{self, Finding, Kind, Report, Request, Severity};
use mistudio_core::jobs::Control;
use mistudio_core::studio::{Studio, TokenizationAudit};
use mistudio_core::tokenizer::Tokenizer;
use mistudio_core::units;

use super::output::{Output, one_line};
use super::progress::work;
use super::token_args::AuditArgs;
use super::{Outcome, Place, is_path};

pub(super) fn audit(args: &AuditArgs, place: &Place, output: Output) -> Result<Outcome> {
    let path = Path::new(&args.what);
    if args.tokenization.is_none() && (is_path(&args.what) || path.exists()) {
        return of_path(path, args, place, output);
    }
    let studio = match place.read() {
        Ok(studio) => studio,
        Err(error) => bail!("'{}' is no path, and for a tokenization a workspace is needed: {error}", args.what),
    };
    let tokenizer = args.tokenizer.as_deref().map(|named| tokenizer(named, || Ok(&studio))).transpose()?;
    let of = |control: &Control| {
        let (what, id) = (args.what.as_str(), args.tokenization.as_deref());
        studio.audit_tokenization(what, id, tokenizer.as_deref(), args.length, control)
    };
    let Some(made) = work(of)? else { return Ok(Outcome::Interrupted) };
    let TokenizationAudit { dataset, tokenization, report, .. } = &made;
    output.print(&made, || {
        println!("{tokenization} of '{}'", one_line(dataset));
        describe(report);
    })?;
    Ok(outcome(report))
}

/// Rows anywhere on the disk. A workspace is opened only where the tokenizer is one of it.
fn of_path(path: &Path, args: &AuditArgs, place: &Place, output: Output) -> Result<Outcome> {
    let mut studio = None;
    let tokenizer = match &args.tokenizer {
        Some(named) => Some(tokenizer(named, || Ok(&*studio.insert(place.read()?)))?),
        None => None,
    };
    let source_rows = std::collections::BTreeMap::new();
    let of = |control: &Control| {
        let (tokenizer, length) = (tokenizer.as_deref(), args.length);
        audit::audit(Request { path, tokenizer, length, source_rows: &source_rows, threads: None }, control)
    };
    let Some(report) = work(of)? else { return Ok(Outcome::Interrupted) };
    output.print(&report, || {
        println!("{}", path.display());
        describe(&report);
    })?;
    Ok(outcome(&report))
}

/// A tokenizer by its path, or by its name in the workspace.
fn tokenizer<'s>(named: &str, studio: impl FnOnce() -> Result<&'s Studio>) -> Result<Arc<Tokenizer>> {
    let path = PathBuf::from(named);
    if is_path(named) || path.exists() {
        // A tokenizer.json stands for its folder: what is beside it has a say, too.
        let folder = if path.is_file() { path.parent().map(Path::to_path_buf).unwrap_or_default() } else { path };
        return Ok(Arc::new(Tokenizer::open(&folder)?));
    }
    let studio = studio()?;
    let snapshot = studio.snapshot();
    Ok(studio.open_tokenizer(snapshot.tokenizer(named)?)?)
}

fn outcome(report: &Report) -> Outcome {
    if report.is_clean() { Outcome::Done } else { Outcome::Failed }
}

fn describe(report: &Report) {
    let total = &report.total;
    let (rows, tokens) = (units::counted(total.rows, "row"), units::counted(total.tokens, "token"));
    let ids = units::counted(total.unique_ids, "different id");
    println!("  {rows}, {tokens}, {}, {ids}", units::counted(total.pads, "pad"));
    if let Some((shortest, longest)) = total.shortest.zip(total.longest) {
        let range = if shortest == longest {
            format!("{} ids", units::count(longest))
        } else {
            format!("{} to {} ids", units::count(shortest), units::count(longest))
        };
        println!("  Rows have {range}.");
    }
    if let Some(line) = beginnings(report) {
        println!("  {line}");
    }
    for split in report.splits.iter().filter(|_| report.splits.len() > 1) {
        let (rows, files) = (units::counted(split.rows, "row"), units::counted(split.files, "file"));
        println!("  {:<12} {rows} in {files}", one_line(&split.split));
    }
    if let Some(tokenizer) = &report.tokenizer {
        println!("  Held against the tokenizer '{}'.", one_line(&tokenizer.name));
    }
    if !report.promised.by.is_empty() {
        println!("  Held against {}.", report.promised.by.join(" and "));
    }
    report.findings.iter().for_each(tell);
    for note in &report.notes {
        println!("Note: {}", one_line(note));
    }
    match [Severity::Error, Severity::Warning].map(|severity| report.count(severity) as u64) {
        [0, 0] if total.rows == 0 => println!("There is nothing to check."),
        [0, 0] => println!("Nothing is wrong."),
        [errors, warnings] => {
            println!("{}, {}.", units::counted(errors, "error"), units::counted(warnings, "warning"));
        }
    }
}

fn tell(finding: &Finding) {
    let word = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "Warning",
        Severity::Information => "Information",
    };
    println!("{word}: {}", one_line(&finding.message));
    for place in &finding.first {
        println!("  {}", one_line(&place.to_string()));
    }
    if let Some(more) = finding.count.checked_sub(finding.first.len() as u64)
        && more > 0
        && !finding.first.is_empty()
    {
        println!("  and {} more", units::count(more));
    }
}

/// How many rows begin with the beginning-of-sequence token; nothing where that is not known, or there are none.
fn beginnings(report: &Report) -> Option<String> {
    let total = &report.total;
    let (starting, inside) = total.rows_starting_with_bos.zip(total.rows_with_bos_inside).filter(|_| total.rows > 0)?;
    let is_partial =
        report.findings.iter().any(|finding| matches!(finding.kind, Kind::Unreadable | Kind::MissingFiles));
    let rows = match (starting == total.rows, is_partial) {
        (true, false) => "All rows".to_owned(),
        (true, true) => "All rows that could be read".to_owned(),
        (false, _) => format!("{} of {}", units::count(starting), units::counted(total.rows, "row")),
    };
    let inside = units::counted(inside, "row");
    Some(format!("{rows} begin with the beginning-of-sequence token; it is further on in {inside}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_are_spoken_of_where_there_are_some_and_all_were_read() {
        let mut report = Report {
            path: String::new(),
            column: None,
            id_type: None,
            tokenizer: None,
            promised: audit::Promised::default(),
            total: audit::Figures {
                rows_starting_with_bos: Some(0),
                rows_with_bos_inside: Some(0),
                ..audit::Figures::default()
            },
            splits: Vec::new(),
            findings: Vec::new(),
            notes: Vec::new(),
        };
        assert_eq!(beginnings(&report), None);
        (report.total.rows, report.total.rows_starting_with_bos) = (3, Some(3));
        assert!(beginnings(&report).unwrap().starts_with("All rows begin"));
        report.findings.push(Finding {
            kind: Kind::Unreadable,
            severity: Severity::Error,
            count: 1,
            message: String::new(),
            first: Vec::new(),
        });
        assert!(beginnings(&report).unwrap().starts_with("All rows that could be read begin"));
    }
}
