//! The threads of a run, and what goes between them.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::ParquetError;

use super::Input;
use super::pack::PackingLine;
use crate::jobs::Control;
use crate::tokenize::audit::{Tally, Watch};
use crate::tokenize::columns::{ColumnMaker, Shape};
use crate::tokenize::error::TokenizeError;
use crate::tokenize::intake::Intake;
use crate::tokenize::layout::RowLayout;
use crate::tokenize::packing::Packing;
use crate::tokenize::plan::{Plan, Shard};
use crate::tokenize::rows::{RowMaker, Rows};
use crate::tokenize::sample::TextMaker;
use crate::tokenize::settings::Settings;
use crate::tokenize::shard::ShardWriter;
use crate::tokenize::source::Sources;
use crate::tokenize::unit::{Cutter, Unit};
use crate::tokenize::working::{Finished, Working};
use crate::tokenizer::Tokenizer;

/// How often the writing thread looks whether the job should stop while nothing comes.
const LOOK: Duration = Duration::from_millis(50);

/// What all threads of one run share.
pub(super) struct Run<'a> {
    pub input: Input<'a>,
    pub tokenizer: &'a Tokenizer,
    pub settings: &'a Settings,
    pub plan: &'a Plan,
    pub pending: &'a [Shard],
    pub control: &'a Control,
    pub shape: Shape,
    pub sources: Sources<'a>,
    pub texts: TextMaker<'a>,
    pub layout: RowLayout,
    pub intake: Intake,
    pub watch: Watch,
    pub destination: &'a Path,
}

/// Where a unit belongs.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Its number among all units of this run.
    number: u64,
    shard: Shard,
    /// Its first sample's number in the split.
    sample: u64,
    rows_read: u64,
    last_of_shard: bool,
}

/// What is to be done to a unit by any of the threads.
enum Work {
    /// Make rows of texts, and columns of them; where rows are packed, documents alone.
    Texts(Unit),
    /// Make columns of packed rows.
    Rows(Box<Rows>),
}

struct Task {
    place: Place,
    work: Work,
}

/// The columns of a unit, on their way into a file.
struct Made {
    rows: usize,
    columns: Vec<ArrowColumnChunk>,
    tally: Tally,
}

type Outcome<T> = Result<(Place, T), TokenizeError>;

/// What comes back, with the unit's number.
enum Done {
    Documents(u64, Outcome<Rows>),
    Columns(u64, Outcome<Made>),
}

/// What comes in any order and leaves in that of its numbers.
struct Ordered<T> {
    waiting: BTreeMap<u64, T>,
    next: u64,
}

impl<T> Ordered<T> {
    fn new() -> Self {
        Self { waiting: BTreeMap::new(), next: 0 }
    }

    fn put(&mut self, number: u64, value: T) {
        self.waiting.insert(number, value);
    }

    fn take(&mut self) -> Option<T> {
        let value = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(value)
    }
}

impl Run<'_> {
    /// Makes and writes what is pending.
    pub(super) fn work(
        &self,
        working: &Working,
        finished: &mut BTreeMap<String, Finished>,
    ) -> Result<(), TokenizeError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let threads = self.input.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let on_the_way = 2 * threads + 2;
        let (permits, permitted) = sync_channel::<()>(on_the_way);
        let (tasks, to_do) = sync_channel::<Task>(on_the_way);
        let (done, made) = sync_channel::<Done>(on_the_way);
        let to_do = Mutex::new(to_do);
        thread::scope(|scope| {
            let (read, reading_failed) = (tasks.clone(), done.clone());
            scope.spawn(move || {
                if let Err((number, error)) = self.read_or_panic(&permitted, &read) {
                    // When no one listens any more, the run has its error already.
                    let _ = reading_failed.send(self.failed(number, error));
                }
            });
            for _ in 0..threads {
                let (done, to_do) = (done.clone(), &to_do);
                scope.spawn(move || self.make(to_do, &done));
            }
            drop(done);
            let left = self.pending.len();
            // With it go its ends of the channels, so that every thread comes to its own end, also after an error.
            Writer { run: self, working, finished, permits, tasks, made, shard: None, left }.write(on_the_way)
        })
    }

    /// An error that stands for a unit which has not been encoded.
    fn failed(&self, number: u64, error: TokenizeError) -> Done {
        if self.layout.packs() { Done::Documents(number, Err(error)) } else { Done::Columns(number, Err(error)) }
    }

    /// [`read`](Self::read), whose panic is an error: the other threads would wait for it for ever.
    fn read_or_panic(&self, permitted: &Receiver<()>, tasks: &SyncSender<Task>) -> Result<(), (u64, TokenizeError)> {
        // The writer takes units in their order: the error must stand for the next one.
        let number = Cell::new(0);
        catch_unwind(AssertUnwindSafe(|| self.read(permitted, tasks, &number)))
            .unwrap_or_else(|panic| Err((number.get(), self.lost(message_of(panic.as_ref())))))
    }

    /// Reads the pending shards and cuts them into units. An error comes with the number of the unit it stands for.
    /// `number` is that of the next unit.
    fn read(
        &self,
        permitted: &Receiver<()>,
        tasks: &SyncSender<Task>,
        number: &Cell<u64>,
    ) -> Result<(), (u64, TokenizeError)> {
        for &shard in self.pending {
            let mut cutter = Cutter::new(shard.from);
            // The error of `send` is that the run is over; then there is nothing more to do or to say.
            let send = |unit: Unit, last_of_shard: bool| {
                permitted.recv().map_err(|_| Over)?;
                let rows_read = unit.len() as u64;
                let sample = unit.rows().next().map_or(unit.first, |row| row.number);
                let place = Place { number: number.get(), shard, sample, rows_read, last_of_shard };
                tasks.send(Task { place, work: Work::Texts(unit) }).map_err(|_| Over)?;
                number.set(number.get() + 1);
                Ok(())
            };
            let mut failed = None;
            for chunk in self.sources.chunks(shard) {
                match chunk {
                    Ok(chunk) => match cutter.push(&chunk, |unit| send(unit, false)) {
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
                return Err((number.get(), error));
            }
        }
        Ok(())
    }

    /// Does what is to be done until there is nothing left.
    fn make(&self, to_do: &Mutex<Receiver<Task>>, done: &SyncSender<Done>) {
        let mut rows =
            RowMaker::new(self.tokenizer, &self.layout, &self.texts, &self.intake, self.settings.on_bad_sample);
        let columns = ColumnMaker::new(self.shape.clone());
        loop {
            let task = to_do.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Task { place, work }) = task else { return };
            let number = place.number;
            let split = self.plan.splits[place.shard.split].name.as_str();
            let is_packed_later = self.layout.packs() && matches!(work, Work::Texts(_));
            let made = catch_unwind(AssertUnwindSafe(|| {
                let rows = match work {
                    Work::Texts(unit) => rows.make(split, &unit, self.control)?,
                    Work::Rows(rows) => *rows,
                };
                if is_packed_later {
                    return Ok(Done::Documents(number, Ok((place, rows))));
                }
                Ok(Done::Columns(number, Ok((place, self.columns(columns.as_ref(), rows)?))))
            }));
            let made = made.unwrap_or_else(|panic| {
                let message = message_of(panic.as_ref());
                Err(TokenizeError::Panicked { split: split.to_owned(), sample: place.sample, message })
            });
            let made = made.unwrap_or_else(|error| {
                if is_packed_later { Done::Documents(number, Err(error)) } else { Done::Columns(number, Err(error)) }
            });
            if done.send(made).is_err() {
                return;
            }
        }
    }

    fn columns(&self, maker: Result<&ColumnMaker, &ParquetError>, mut rows: Rows) -> Result<Made, TokenizeError> {
        let in_result = in_result(self.destination);
        let maker = maker.map_err(|error| in_result(ParquetError::General(error.to_string())))?;
        rows.count(&self.layout, &self.watch);
        let columns = maker.make(&mut rows, &self.layout, self.control).map_err(&in_result)??;
        Ok(Made { rows: rows.lengths.len(), columns, tally: rows.tally })
    }

    fn lost(&self, message: String) -> TokenizeError {
        let split = self.pending.first().map_or_else(String::new, |shard| self.plan.splits[shard.split].name.clone());
        TokenizeError::Panicked { split, sample: 0, message }
    }
}

/// The caller's thread: takes what the others made, in order.
struct Writer<'a, 'r> {
    run: &'a Run<'r>,
    working: &'a Working,
    finished: &'a mut BTreeMap<String, Finished>,
    permits: SyncSender<()>,
    tasks: SyncSender<Task>,
    made: Receiver<Done>,
    shard: Option<ShardWriter>,
    /// Shards that are not finished.
    left: usize,
}

impl Writer<'_, '_> {
    /// Writes shard after shard until all are there.
    fn write(mut self, on_the_way: usize) -> Result<(), TokenizeError> {
        (0..on_the_way).for_each(|_| self.give_back());
        let mut documents = Ordered::new();
        let mut columns = Ordered::new();
        let mut line = PackingLine::new(Packing::new(self.run.settings, self.run.tokenizer));
        while self.left > 0 {
            self.run.control.check()?;
            match self.made.recv_timeout(LOOK) {
                Ok(Done::Documents(number, outcome)) => documents.put(number, outcome),
                Ok(Done::Columns(number, outcome)) => columns.put(number, outcome),
                Err(RecvTimeoutError::Timeout) => continue,
                // Every thread has ended although shards are missing: a fault, but never a silent one.
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended_early()),
            }
            while let Some(outcome) = documents.take() {
                let (place, documents) = outcome?;
                let rows = self.pack(&mut line, place, documents);
                // There is room: no more units are on their way than the channel takes.
                self.tasks.send(Task { place, work: Work::Rows(Box::new(rows)) }).map_err(|_| self.ended_early())?;
            }
            while let Some(outcome) = columns.take() {
                let (place, made) = outcome?;
                self.append(&mut line, place, made)?;
            }
        }
        Ok(())
    }

    fn pack(&self, line: &mut PackingLine, place: Place, documents: Rows) -> Rows {
        let plan = self.run.plan;
        if line.is_between_shards() {
            // The shard before was finished by an earlier run, or its documents came just now.
            let earlier = plan.before(&place.shard).and_then(|before| {
                let finished = self.finished.get(&plan.file_name(&before)).and_then(Finished::unfinished);
                finished.or_else(|| line.last_end().cloned())
            });
            line.begin(place.shard, earlier);
        }
        let mut rows = line.pack(documents);
        if place.last_of_shard {
            line.end_shard(plan.is_last(&place.shard), &mut rows);
        }
        rows
    }

    fn append(&mut self, line: &mut PackingLine, place: Place, made: Made) -> Result<(), TokenizeError> {
        let mut writer = match self.shard.take() {
            Some(writer) => writer,
            None => ShardWriter::begin(self.working, &self.run.shape)?,
        };
        writer.add(made.rows, made.columns, &made.tally)?;
        self.run.control.add_done(place.rows_read);
        self.give_back();
        if place.last_of_shard {
            let name = self.run.plan.file_name(&place.shard);
            let unfinished = line.take_end();
            let entry = writer.finish(self.working, &name, unfinished.as_ref())?;
            self.finished.insert(name, entry);
            self.left -= 1;
        } else {
            self.shard = Some(writer);
        }
        Ok(())
    }

    /// The channel has room for every permit there is, so giving one back never waits; without a reader it is moot.
    fn give_back(&self) {
        let _ = self.permits.try_send(());
    }

    fn ended_early(&self) -> TokenizeError {
        self.run.lost("the threads ended before the work did".to_owned())
    }
}

/// The run has ended, with an error that someone else reports.
struct Over;

pub(super) fn in_result(destination: &Path) -> impl Fn(ParquetError) -> TokenizeError + '_ {
    |source| TokenizeError::Encode { path: destination.to_owned(), source }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}
