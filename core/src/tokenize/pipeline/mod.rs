//! The pipeline: one thread reads, all cores make rows and columns, the caller's thread writes them in order.
//!
//! Only so many units are on their way at a time; a thread that reads ahead waits for a permit that writing gives back.
//! That bounds memory, and because units are written in the order of their rows, the first bad sample is the one reported
//! and the files are the same for any number of threads.
//!
//! Packed rows take one step more: all cores encode, the caller's thread puts the samples one after the other into rows,
//! which is only a copy, and all cores make columns of them. What a row that has begun holds at a shard's end goes into
//! that shard's journal entry, so that the next shard goes on from it in this run or a later one.

#[cfg(test)]
mod clean_tests;
#[cfg(test)]
mod joined_tests;
mod pack;
#[cfg(test)]
mod packed_tests;
mod run;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use self::run::{Run, in_result};
use super::audit::{Audit, SplitAudit, Tally, Watch};
use super::columns::Shape;
use super::describe::{Described, Origin};
use super::error::TokenizeError;
use super::intake::Intake;
use super::layout::RowLayout;
use super::packing;
use super::plan::{Plan, SHARD_BYTES};
use super::sample::TextMaker;
use super::settings::{Conversation, Layout, Settings};
use super::source::Sources;
use super::working::{Finished, Working};
use crate::data::{DatasetFiles, FilledRow};
use crate::jobs::{self, Control};
use crate::stats::{SplitTokens, TokenLengths, TokenStats};
use crate::tokenizer::{ChatTemplate, Tokenizer};

/// The dataset to tokenize.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Its Parquet files.
    pub files: &'a DatasetFiles,
    /// What tells this state of the dataset from any other; part of the run's identity.
    pub dataset_revision: &'a str,
    /// What it and the tokenizer are called where they come from, as far as is known.
    pub origin: Option<&'a Origin>,
    /// How many threads make rows; all cores when there is no number.
    pub threads: Option<NonZeroUsize>,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Files of the result.
    pub shards: u64,
    /// Those of them that an earlier, interrupted run had finished.
    pub resumed: u64,
    /// The result's Parquet files together, in bytes.
    pub bytes: u64,
    /// How long this run took.
    pub took: Duration,
    /// What is in the result.
    pub audit: Audit,
    /// Lengths and frequencies of its tokens, just as [`token_stats`](crate::stats::token_stats) would count them.
    pub tokens: TokenStats,
}

/// Tokenizes the dataset into the new folder `destination`.
///
/// Progress counts samples. After a stop or a kill the finished shards stay in a hidden folder beside `destination`, and
/// the same call goes on after them. The result is complete when this returns without an error, and only then there.
pub fn tokenize(
    input: Input<'_>,
    tokenizer: &Tokenizer,
    settings: &Settings,
    destination: &Path,
    control: &Control,
) -> Result<Report, TokenizeError> {
    tokenize_in_shards(input, tokenizer, settings, destination, control, SHARD_BYTES)
}

/// The same with another size for shards, in bytes of text.
pub(super) fn tokenize_in_shards(
    input: Input<'_>,
    tokenizer: &Tokenizer,
    settings: &Settings,
    destination: &Path,
    control: &Control,
    shard_bytes: u64,
) -> Result<Report, TokenizeError> {
    let begun = Instant::now();
    let problems = settings.problems(tokenizer, Some(input.files));
    if !problems.is_empty() {
        return Err(TokenizeError::Settings(problems));
    }
    let settings = &settings.normalized();
    control.check()?;
    let plan = Plan::new(input.files, input.dataset_revision, tokenizer, settings, shard_bytes)?;
    let (working, mut finished) = Working::open(destination, &plan, settings.layout)?;
    let resumed = finished.len() as u64;
    let mut pending = Vec::new();
    let mut rows_done = 0;
    for shard in plan.shards() {
        match finished.get(&plan.file_name(&shard)) {
            Some(_) => rows_done += shard.to - shard.from,
            None => pending.push(shard),
        }
    }
    let sources = Sources::open(input.files, &plan, &pending, settings, &working.shuffled(), control)?;
    let now = moment(settings, tokenizer, &working)?;
    control.phase("Tokenizing", jobs::Unit::Rows, Some(plan.rows()));
    control.add_done(rows_done);
    let run = Run {
        input,
        tokenizer,
        settings,
        plan: &plan,
        pending: &pending,
        control,
        shape: Shape::new(settings).map_err(in_result(destination))?,
        sources,
        texts: TextMaker::new(settings, tokenizer, now.unwrap_or_default()),
        layout: RowLayout::new(settings, tokenizer),
        intake: Intake::new(settings, tokenizer),
        watch: Watch::new(tokenizer),
        destination,
    };
    run.work(&working, &mut finished)?;

    let (audit, tokens) = audit(&plan, tokenizer, settings, now, &finished, &run.watch);
    let described = Described { input, tokenizer, settings, plan: &plan, audit: &audit };
    described.write(&working)?;
    working.complete()?;
    let bytes = finished.values().map(|shard| shard.bytes).sum();
    Ok(Report { shards: finished.len() as u64, resumed, bytes, took: begun.elapsed(), audit, tokens })
}

/// The local time that the rows may name: that of the run's beginning, also where it was interrupted since.
fn moment(
    settings: &Settings,
    tokenizer: &Tokenizer,
    working: &Working,
) -> Result<Option<NaiveDateTime>, TokenizeError> {
    let template = tokenizer.chat_template().and_then(Result::ok);
    let asks = template.is_some_and(ChatTemplate::asks_for_the_date);
    if asks && settings.conversation == Conversation::ChatTemplate { working.begun().map(Some) } else { Ok(None) }
}

/// What whoever reads the rows should know about how they were made, in a sentence each.
fn notes(settings: &Settings, tokenizer: &Tokenizer, now: Option<NaiveDateTime>) -> Vec<String> {
    let mut notes = Vec::new();
    if settings.layout == Layout::Packed {
        notes.extend(packing::notes(settings, tokenizer));
    }
    if settings.conversation == Conversation::ChatTemplate {
        notes.push("The chat template was given the turns alone: no tools, no documents, no other column.".to_owned());
    }
    if let Some(now) = now {
        let now = now.format("%Y-%m-%d %H:%M:%S");
        notes.push(format!("The chat template may write the date; in all rows that is {now}, when the run began."));
    }
    notes
}

fn audit(
    plan: &Plan,
    tokenizer: &Tokenizer,
    settings: &Settings,
    now: Option<NaiveDateTime>,
    finished: &BTreeMap<String, Finished>,
    watch: &Watch,
) -> (Audit, TokenStats) {
    let mut total = Tally::default();
    let mut splits = Vec::new();
    let mut tokens = Vec::new();
    for (place, split) in plan.splits.iter().enumerate() {
        let mut tally = Tally::default();
        let mut filled_rows = Vec::new();
        for shard in plan.shards().filter(|shard| shard.split == place) {
            let file = plan.file_name(&shard);
            if let Some(shard) = finished.get(&file) {
                let mut of_shard = shard.tally();
                let filled = of_shard.counts.packing.as_mut().map(|packing| std::mem::take(&mut packing.filled_rows));
                let filled = filled.into_iter().flatten();
                filled_rows.extend(filled.map(|(row, tokens)| FilledRow { file: file.clone(), row, tokens }));
                tally.add(&of_shard);
            }
        }
        total.add(&tally);
        // Rows and samples of different splits have the same numbers.
        total.counts.skipped_samples.clear();
        if let Some(packing) = &mut total.counts.packing {
            packing.forget_places();
        }
        if let Some(filter) = &mut total.counts.filter {
            filter.forget_samples();
        }
        let counts = watch.finished(&tally);
        let lengths = TokenLengths { rows: counts.rows, nulls: 0, pads: counts.pads, tokens: tally.lengths };
        tokens.push(SplitTokens { name: split.name.clone(), lengths });
        splits.push(SplitAudit { split: split.name.clone(), shards: split.shards(), counts, filled_rows });
    }
    let audit = Audit {
        tokenizer: tokenizer.name().to_owned(),
        tokenizer_sha256: tokenizer.sha256().to_owned(),
        engine: tokenizer.engine().clone(),
        vocab_size: tokenizer.vocab_size() as u64,
        notes: notes(settings, tokenizer, now),
        total: watch.finished(&total),
        splits,
    };
    (audit, TokenStats::of(tokens, total.frequencies))
}
