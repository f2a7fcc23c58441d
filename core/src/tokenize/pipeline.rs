//! The pipeline: one thread reads, all cores make rows and columns, the caller's thread writes them in order.
//!
//! Only so many units are on their way at a time; a thread that reads ahead waits for a permit that writing gives back.
//! That bounds memory, and because units are written in the order of their rows, the first bad sample is the one reported
//! and the files are the same for any number of threads.

use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::ParquetError;
use serde_json::json;

use super::audit::{Audit, SplitAudit, Tally, Watch};
use super::columns::{ColumnMaker, Shape};
use super::error::TokenizeError;
use super::layout::RowLayout;
use super::plan::{Plan, SHARD_BYTES, Shard};
use super::read::TextColumn;
use super::rows::RowMaker;
use super::settings::Settings;
use super::shard::ShardWriter;
use super::unit::{Cutter, Unit};
use super::working::{AUDIT, Finished, Working};
use crate::data::DatasetFiles;
use crate::jobs::{self, Control};
use crate::tokenizer::Tokenizer;

/// How often the writing thread looks whether the job should stop while nothing comes.
const LOOK: Duration = Duration::from_millis(50);

/// The dataset to tokenize.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Its Parquet files.
    pub files: &'a DatasetFiles,
    /// What tells this state of the dataset from any other; part of the run's identity.
    pub dataset_revision: &'a str,
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
    control.check()?;
    let plan = Plan::new(input.files, input.dataset_revision, tokenizer, settings, shard_bytes)?;
    let (working, mut finished) = Working::open(destination, &plan)?;
    let resumed = finished.len() as u64;
    control.phase("Tokenizing", jobs::Unit::Rows, Some(plan.rows()));

    let mut pending = Vec::new();
    for shard in plan.shards() {
        match finished.get(&plan.file_name(&shard)) {
            Some(_) => control.add_done(shard.to - shard.from),
            None => pending.push(shard),
        }
    }
    let run = Run {
        input,
        tokenizer,
        settings,
        plan: &plan,
        pending: &pending,
        control,
        shape: Shape::new(settings.return_attention_mask).map_err(in_result(destination))?,
        layout: RowLayout::new(settings, tokenizer),
        watch: Watch::new(tokenizer),
        destination,
    };
    run.work(&working, &mut finished)?;

    let audit = audit(&plan, tokenizer, &finished);
    let pad = tokenizer.pad();
    working.describe(AUDIT, &audit)?;
    working.describe(
        "settings.json",
        &json!({
            "run": plan.identity,
            "dataset_revision": input.dataset_revision,
            "tokenizer": { "name": tokenizer.name(), "sha256": tokenizer.sha256(), "frame": tokenizer.frame(), "pad": pad },
            "settings": settings,
        }),
    )?;
    working.complete()?;
    let bytes = finished.values().map(|shard| shard.bytes).sum();
    Ok(Report { shards: finished.len() as u64, resumed, bytes, took: begun.elapsed(), audit })
}

/// What all threads of one run share.
struct Run<'a> {
    input: Input<'a>,
    tokenizer: &'a Tokenizer,
    settings: &'a Settings,
    plan: &'a Plan,
    pending: &'a [Shard],
    control: &'a Control,
    shape: Shape,
    layout: RowLayout,
    watch: Watch,
    destination: &'a Path,
}

/// A unit on its way from the reader to a worker.
struct Task {
    /// Its place among all units of this run.
    number: u64,
    shard: Shard,
    unit: Unit,
    last_of_shard: bool,
}

/// A unit on its way from a worker to the writer.
struct Made {
    shard: Shard,
    rows_read: u64,
    rows: usize,
    columns: Vec<ArrowColumnChunk>,
    tally: Tally,
    last_of_shard: bool,
}

type Outcome = (u64, Result<Made, TokenizeError>);

impl Run<'_> {
    fn work(&self, working: &Working, finished: &mut BTreeMap<String, Finished>) -> Result<(), TokenizeError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let threads = self.input.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let on_the_way = 2 * threads + 2;
        let (permits, permitted) = sync_channel::<()>(on_the_way);
        let (tasks, to_do) = sync_channel::<Task>(on_the_way);
        let (outcomes, made) = sync_channel::<Outcome>(on_the_way);
        let to_do = Mutex::new(to_do);
        thread::scope(|scope| {
            let reading_failed = outcomes.clone();
            scope.spawn(move || {
                if let Err((number, error)) = self.read(&permitted, &tasks) {
                    // When no one listens any more, the run has its error already.
                    let _ = reading_failed.send((number, Err(error)));
                }
            });
            for _ in 0..threads {
                let (outcomes, to_do) = (outcomes.clone(), &to_do);
                scope.spawn(move || self.make(to_do, &outcomes));
            }
            drop(outcomes);
            let result = self.write(working, finished, &permits, &made, on_the_way);
            // Without these ends of the channels every thread comes to its own, also after an error.
            drop((permits, made));
            result
        })
    }

    /// Reads the pending shards and cuts them into units. An error comes with the number of the unit it stands for.
    fn read(&self, permitted: &Receiver<()>, tasks: &SyncSender<Task>) -> Result<(), (u64, TokenizeError)> {
        let mut number = 0;
        for &shard in self.pending {
            let name = &self.plan.splits[shard.split].name;
            let Some(split) = self.input.files.split(name) else { continue };
            let column = TextColumn::open(split, &self.settings.text_column).map_err(|error| (number, error))?;
            let mut cutter = Cutter::new(shard.from);
            // The error of `send` is that the run is over; then there is nothing more to do or to say.
            let mut send = |unit: Unit, last_of_shard: bool| {
                permitted.recv().map_err(|_| Over)?;
                tasks.send(Task { number, shard, unit, last_of_shard }).map_err(|_| Over)?;
                number += 1;
                Ok(())
            };
            let mut failed = None;
            for texts in column.texts(shard.from, shard.to) {
                match texts {
                    Ok(texts) => match cutter.push(&texts, |unit| send(unit, false)) {
                        Ok(()) => {}
                        Err(Over) => return Ok(()),
                    },
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            if failed.is_none() && send(cutter.finish(), true).is_err() {
                return Ok(());
            }
            if let Some(error) = failed {
                return Err((number, error));
            }
        }
        Ok(())
    }

    /// Turns units into columns until there are none left.
    fn make(&self, to_do: &Mutex<Receiver<Task>>, outcomes: &SyncSender<Outcome>) {
        let mut rows = RowMaker::new(self.tokenizer, &self.layout, &self.watch, self.settings.on_bad_sample);
        let columns = ColumnMaker::new(self.shape.clone());
        loop {
            let task = to_do.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Task { number, shard, unit, last_of_shard }) = task else { return };
            let split = self.plan.splits[shard.split].name.as_str();
            let in_result = in_result(self.destination);
            let made = catch_unwind(AssertUnwindSafe(|| {
                let columns = columns.as_ref().map_err(|error| in_result(ParquetError::General(error.to_string())))?;
                let made = rows.make(split, &unit, self.control)?;
                let chunks = columns.make(&made, &self.layout).map_err(&in_result)?;
                let (rows_read, rows) = (unit.rows() as u64, made.lengths.len());
                Ok(Made { shard, rows_read, rows, columns: chunks, tally: made.tally, last_of_shard })
            }));
            let made = made.unwrap_or_else(|panic| {
                let message = message_of(panic.as_ref());
                Err(TokenizeError::Panicked { split: split.to_owned(), sample: unit.first, message })
            });
            if outcomes.send((number, made)).is_err() {
                return;
            }
        }
    }

    /// Writes what was made, in order, and closes shard after shard.
    fn write(
        &self,
        working: &Working,
        finished: &mut BTreeMap<String, Finished>,
        permits: &SyncSender<()>,
        made: &Receiver<Outcome>,
        on_the_way: usize,
    ) -> Result<(), TokenizeError> {
        // The channel has room for every permit there is, so giving one back never waits; without a reader it is moot.
        let give_back = || {
            let _ = permits.try_send(());
        };
        (0..on_the_way).for_each(|_| give_back());
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        let mut shard: Option<ShardWriter> = None;
        let mut left = self.pending.len();
        while left > 0 {
            self.control.check()?;
            match made.recv_timeout(LOOK) {
                Ok((number, outcome)) => drop(waiting.insert(number, outcome)),
                Err(RecvTimeoutError::Timeout) => continue,
                // Every thread has ended although shards are missing: a fault, but never a silent one.
                Err(RecvTimeoutError::Disconnected) => return Err(self.lost()),
            }
            while let Some(outcome) = waiting.remove(&next) {
                next += 1;
                let unit = outcome?;
                let mut writer = match shard.take() {
                    Some(writer) => writer,
                    None => ShardWriter::begin(working, &self.shape)?,
                };
                writer.add(unit.rows, unit.columns, &unit.tally)?;
                self.control.add_done(unit.rows_read);
                give_back();
                if unit.last_of_shard {
                    let name = self.plan.file_name(&unit.shard);
                    let entry = writer.finish(working, &name)?;
                    finished.insert(name, entry);
                    left -= 1;
                } else {
                    shard = Some(writer);
                }
            }
        }
        Ok(())
    }

    fn lost(&self) -> TokenizeError {
        let split = self.pending.first().map_or_else(String::new, |shard| self.plan.splits[shard.split].name.clone());
        let message = "the threads ended before the work did".to_owned();
        TokenizeError::Panicked { split, sample: 0, message }
    }
}

/// The run has ended, with an error that someone else reports.
struct Over;

fn in_result(destination: &Path) -> impl Fn(ParquetError) -> TokenizeError + '_ {
    |source| TokenizeError::Encode { path: destination.to_owned(), source }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

fn audit(plan: &Plan, tokenizer: &Tokenizer, finished: &BTreeMap<String, Finished>) -> Audit {
    let mut total = Tally::default();
    let mut splits = Vec::new();
    for (place, split) in plan.splits.iter().enumerate() {
        let mut tally = Tally::default();
        for shard in plan.shards().filter(|shard| shard.split == place) {
            if let Some(shard) = finished.get(&plan.file_name(&shard)) {
                tally.add(&shard.tally());
            }
        }
        total.add(&tally);
        splits.push(SplitAudit { split: split.name.clone(), shards: split.shards(), counts: tally.finished() });
    }
    Audit {
        tokenizer: tokenizer.name().to_owned(),
        tokenizer_sha256: tokenizer.sha256().to_owned(),
        engine: tokenizer.engine().clone(),
        vocab_size: tokenizer.vocab_size() as u64,
        total: total.finished(),
        splits,
    }
}
