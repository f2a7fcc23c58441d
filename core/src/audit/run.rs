//! An audit from beginning to end.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;

use super::error::AuditError;
use super::find::{Found, find};
use super::judge::Judge;
use super::lens::Lens;
use super::look::Looker;
use super::own::Trial;
use super::promise::Promise;
use super::report::{Figures, Kind, Report, SplitFigures, UsedTokenizer};
use super::scan::{Scanned, scan};
use crate::jobs::Control;
use crate::tokenizer::Tokenizer;

/// What to audit, and against what.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// A Parquet or Arrow file, a folder of Parquet files, or one that `datasets` saved.
    pub path: &'a Path,
    /// The tokenizer that the rows should be of.
    pub tokenizer: Option<&'a Tokenizer>,
    /// How many ids every row should have; else what the files beside the rows promise, else what nearly all rows have.
    pub length: Option<u64>,
    /// Rows of the dataset that the rows were made from, by split, where that is known.
    pub source_rows: &'a BTreeMap<String, u64>,
    /// How many threads read; all cores when there is no number.
    pub threads: Option<NonZeroUsize>,
}

/// Reads every row and says what is wrong. Progress counts rows.
pub fn audit(request: Request<'_>, control: &Control) -> Result<Report, AuditError> {
    let found = find(request.path)?;
    let promise = Promise::of(&found.folder, request.length)?;
    control.check()?;
    let lens = Lens::new(request.tokenizer, &promise);
    let threads = request.threads.map_or_else(crate::ingest::workers, NonZeroUsize::get);
    let looker = || Looker::new(&lens, &promise, request.tokenizer.map(Trial::new), found.splits.len());
    let scanned = scan(&found, request.source_rows, &promise, threads, looker, control)?;
    let names: Vec<String> = found.files.iter().map(|file| file.name.clone()).collect();
    let judge = Judge {
        found: &found,
        names: &names,
        tokenizer: request.tokenizer,
        lens: &lens,
        promise: &promise,
        scanned: &scanned,
    };
    let verdict = judge.judge();
    let mut promised = promise.promised(verdict.begins_with_bos);
    if let Some(length) = verdict.length {
        promised.length = Some(length);
        promised.by.push("what the rows are".to_owned());
    }
    let mut notes = verdict.notes;
    if judge.is_empty() {
        notes.push("There are no rows.".to_owned());
    }
    Ok(Report {
        path: request.path.display().to_string(),
        column: scanned.columns.column.clone(),
        id_type: scanned.columns.id_type.as_ref().map(super::column::label),
        tokenizer: request.tokenizer.map(|tokenizer| UsedTokenizer {
            name: tokenizer.name().to_owned(),
            sha256: tokenizer.sha256().to_owned(),
            vocab_size: tokenizer.vocab_size() as u64,
        }),
        promised,
        total: figures(&scanned, &lens),
        splits: splits(&found, &scanned),
        findings: verdict.findings,
        notes,
    })
}

fn figures(scanned: &Scanned, lens: &Lens) -> Figures {
    let tally = &scanned.tally;
    let sum = |part: fn(&super::tally::Sizes) -> u64| tally.sizes.iter().map(part).sum();
    let special = lens.special_texts().iter().cloned().zip(tally.special.iter().copied());
    Figures {
        rows: sum(|sizes| sizes.rows),
        tokens: sum(|sizes| sizes.tokens),
        pads: sum(|sizes| sizes.pads),
        unique_ids: tally.seen.iter().map(|word| u64::from(word.count_ones())).sum(),
        highest_id: tally.highest,
        rows_starting_with_bos: lens.begin.map(|begin| tally.firsts.count(begin)),
        rows_with_bos_inside: lens.begin.map(|_| tally.found.get(&Kind::BosInside).map_or(0, |spots| spots.count)),
        special_tokens: special.filter(|(_, count)| *count > 0).collect(),
        shortest: tally.shortest,
        longest: tally.longest,
    }
}

fn splits(found: &Found, scanned: &Scanned) -> Vec<SplitFigures> {
    let split = |(place, name): (usize, &String)| {
        let sizes = scanned.tally.sizes.get(place).copied().unwrap_or_default();
        let files = found.files.iter().filter(|file| file.split == place).count() as u64;
        SplitFigures { split: name.clone(), files, rows: sizes.rows, tokens: sizes.tokens, pads: sizes.pads }
    };
    found.splits.iter().enumerate().map(split).collect()
}
