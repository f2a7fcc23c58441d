//! The handle on the catalog, and the one thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use duckdb::{AccessMode, Config, Connection};
use tokio::sync::watch;

use super::store::Transaction;
use super::{CatalogError, Snapshot, schema};
use crate::workspace::Layout;

/// How long the file stays open after a write, so that a burst of writes opens it once.
const LINGER: Duration = Duration::from_millis(300);
/// How long to wait for another program that has the file open for writing.
const PATIENCE: Duration = Duration::from_secs(10);
/// Writes that may wait for their turn.
const QUEUE: usize = 64;

type Work = Box<dyn FnOnce(Result<&Connection, CatalogError>) -> bool + Send>;

/// A cheap handle on the catalog of one open workspace.
#[derive(Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
}

struct Shared {
    layout: Layout,
    snapshot: watch::Sender<Arc<Snapshot>>,
    writer: Option<Writer>,
}

struct Writer {
    queue: Mutex<Option<SyncSender<Work>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Catalog {
    /// Creates the catalog of a new workspace.
    pub fn create(layout: &Layout) -> Result<(), CatalogError> {
        let connection = open(layout, Access::Write)?;
        schema::migrate(&connection, &layout.catalog())
    }

    /// Opens the catalog. Opening for writing brings an older format up to date; nothing else is written until
    /// somebody asks for it.
    pub fn open(layout: &Layout, writable: bool) -> Result<Self, CatalogError> {
        let connection = open(layout, Access::Read)?;
        let found = schema::format_of(&connection)?;
        schema::check_readable(found, writable)?;
        let connection = if found < schema::FORMAT {
            drop(connection);
            let connection = open(layout, Access::Write)?;
            schema::migrate(&connection, &layout.catalog())?;
            connection
        } else {
            connection
        };
        let (snapshot, _) = watch::channel(Arc::new(Snapshot::load(&connection, 0)?));
        drop(connection);
        let writer = if writable { Some(start_writer(layout)?) } else { None };
        Ok(Self { shared: Arc::new(Shared { layout: layout.clone(), snapshot, writer }) })
    }

    /// The newest snapshot; never waits.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.borrow().clone()
    }

    /// A receiver that wakes at every commit.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.shared.snapshot.subscribe()
    }

    /// The workspace whose catalog it is.
    pub fn root(&self) -> &Path {
        self.shared.layout.root()
    }

    /// Whether this handle may write.
    pub fn is_writable(&self) -> bool {
        self.shared.writer.is_some()
    }

    /// Reads the catalog again: what another process wrote since.
    pub fn refresh(&self) -> Result<(), CatalogError> {
        let connection = open(&self.shared.layout, Access::Read)?;
        publish(&self.shared.snapshot, &connection)
    }

    /// Changes what is shown without writing anything, for a handle that may not write: what it reads next takes its
    /// place.
    pub(crate) fn show(&self, change: impl FnOnce(&mut Snapshot)) {
        self.shared.snapshot.send_modify(|shown| {
            let mut changed = Snapshot::clone(shown);
            change(&mut changed);
            changed.generation += 1;
            *shown = Arc::new(changed);
        });
    }

    /// Runs `change` in a transaction on the writer's thread, waits for the commit, and returns what it returned. The
    /// snapshot that holds the change is published before this returns. Never call it from the thread that draws.
    pub fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let writer = self.shared.writer.as_ref().ok_or(CatalogError::ReadOnly)?;
        let queue = lock(&writer.queue).clone().ok_or(CatalogError::WriterGone)?;
        let (answer, answered) = sync_channel(1);
        let snapshot = self.shared.snapshot.clone();
        let work: Work = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| commit(connection, change, &snapshot));
            let worked = outcome.is_ok();
            // Whoever asked may have gone; the change stands all the same.
            let _ = answer.send(outcome);
            worked
        });
        queue.send(work).map_err(|_| CatalogError::WriterGone)?;
        answered.recv().map_err(|_| CatalogError::WriterGone)?
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some(writer) = &self.writer else { return };
        lock(&writer.queue).take();
        if let Some(thread) = lock(&writer.thread).take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the catalog's writer ended in a panic");
        }
    }
}

fn start_writer(layout: &Layout) -> Result<Writer, CatalogError> {
    let (sender, queue) = sync_channel(QUEUE);
    let layout = layout.clone();
    let thread = std::thread::Builder::new().name("catalog".into()).spawn(move || serve(&layout, &queue))?;
    Ok(Writer { queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
}

/// Takes work until nobody can send any more. The connection is opened by the first write of a burst and closed after
/// the last, which folds the write-ahead log into the file.
fn serve(layout: &Layout, queue: &Receiver<Work>) {
    let mut connection: Option<Connection> = None;
    loop {
        let work = if connection.is_some() {
            match queue.recv_timeout(LINGER) {
                Ok(work) => work,
                Err(RecvTimeoutError::Timeout) => {
                    connection = None;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            let Ok(work) = queue.recv() else { return };
            work
        };
        if connection.is_none() {
            match open(layout, Access::Write) {
                Ok(opened) => connection = Some(opened),
                Err(error) => {
                    work(Err(error));
                    continue;
                }
            }
        }
        // A change that panics fails alone: its transaction is rolled back with the connection that held it.
        let ran = catch_unwind(AssertUnwindSafe(|| connection.as_ref().map(|connection| work(Ok(connection)))));
        if !matches!(ran, Ok(Some(true))) {
            connection = None;
        }
    }
}

fn commit<T>(
    connection: &Connection,
    change: impl FnOnce(&Transaction<'_>) -> Result<T, CatalogError>,
    snapshot: &watch::Sender<Arc<Snapshot>>,
) -> Result<T, CatalogError> {
    let transaction = Transaction::begin(connection)?;
    match change(&transaction) {
        Ok(value) => {
            transaction.end(true)?;
            publish(snapshot, connection)?;
            Ok(value)
        }
        Err(error) => {
            transaction.end(false)?;
            Err(error)
        }
    }
}

fn publish(snapshot: &watch::Sender<Arc<Snapshot>>, connection: &Connection) -> Result<(), CatalogError> {
    let generation = snapshot.borrow().generation + 1;
    let fresh = Arc::new(Snapshot::load(connection, generation)?);
    snapshot.send_replace(fresh);
    Ok(())
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn open(layout: &Layout, access: Access) -> Result<Connection, CatalogError> {
    let started = Instant::now();
    loop {
        let config = Config::default()
            .access_mode(match access {
                Access::Read => AccessMode::ReadOnly,
                Access::Write => AccessMode::ReadWrite,
            })?
            .enable_autoload_extension(false)?
            .with("autoinstall_known_extensions", "false")?
            // The catalog is small: its tables fit the smallest blocks, and more threads would only cost start-up.
            .with("default_block_size", "16384")?
            .threads(1)?;
        match Connection::open_with_flags(layout.catalog(), config) {
            Ok(connection) => {
                let root = layout.root().to_string_lossy().replace('\'', "''");
                connection.execute_batch(&format!("SET file_search_path = '{root}'"))?;
                return Ok(connection);
            }
            Err(error) if is_lock_conflict(&error) && started.elapsed() < PATIENCE => {
                // The other program's burst of writes ends by itself; there is nothing to wait on but time.
                std::thread::sleep(Duration::from_millis(25));
            }
            Err(error) if is_lock_conflict(&error) => return Err(CatalogError::Busy(error.to_string())),
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_lock_conflict(error: &duckdb::Error) -> bool {
    let text = error.to_string();
    text.contains("Could not set lock on file") || text.contains("different configuration")
}

/// A lock that a panicked holder cannot spoil: what these guard is replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Dataset, Event, Source, Split, Status};

    fn workspace() -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        Catalog::create(&layout).unwrap();
        (folder, layout)
    }

    fn split(dataset: &Dataset, position: u32, name: &str) -> Split {
        Split { dataset_id: dataset.id.clone(), position, name: name.into(), num_samples: 3, size_bytes: 9 }
    }

    #[test]
    fn what_is_written_is_in_the_snapshot_and_after_reopening() {
        let (_folder, layout) = workspace();
        let catalog = Catalog::open(&layout, true).unwrap();
        let mut dataset = Dataset::new("Stories", Source::HuggingFace, Status::Downloading);
        dataset.selected_splits = vec!["train".into(), "test".into()];
        dataset.metadata = serde_json::json!({"download": {"num_files": 2}});
        dataset.size_bytes = Some(u64::MAX);
        let saved = dataset.clone();
        catalog
            .write(move |tx| {
                tx.save(&saved)?;
                tx.set_contents(&saved, &[split(&saved, 0, "train"), split(&saved, 1, "test")], &[], &[])
            })
            .unwrap();
        let check = |snapshot: &Snapshot| {
            let entry = snapshot.dataset("Stories").unwrap();
            assert_eq!(entry.record, dataset);
            assert_eq!(entry.splits.iter().map(|split| split.name.as_str()).collect::<Vec<_>>(), ["train", "test"]);
        };
        check(&catalog.snapshot());
        drop(catalog);
        check(&Catalog::open(&layout, false).unwrap().snapshot());
    }

    #[test]
    fn a_record_can_change_many_times_also_within_one_transaction() {
        let (_folder, layout) = workspace();
        let catalog = Catalog::open(&layout, true).unwrap();
        let dataset = Dataset::new("x", Source::Local, Status::Processing);
        let id = dataset.id.clone();
        catalog.write(move |tx| tx.save(&dataset)).unwrap();
        for round in 0..20_u64 {
            let id = id.clone();
            catalog
                .write(move |tx| {
                    for step in 0..3 {
                        tx.update_dataset(&id, |dataset| {
                            dataset.num_samples = Some(round * 3 + step);
                            dataset.become_status(if step == 1 { Status::Paused } else { Status::Processing })
                        })?;
                    }
                    Ok(())
                })
                .unwrap();
        }
        assert_eq!(catalog.snapshot().dataset(&id).unwrap().record.num_samples, Some(59));
    }

    #[test]
    fn a_failed_change_leaves_nothing_behind() {
        let (_folder, layout) = workspace();
        let catalog = Catalog::open(&layout, true).unwrap();
        let outcome: Result<(), _> = catalog.write(|tx| {
            tx.save(&Dataset::new("half", Source::Local, Status::Processing))?;
            Err(CatalogError::WriterGone)
        });
        assert!(outcome.is_err());
        assert!(catalog.snapshot().datasets.is_empty());
        catalog.write(|tx| tx.save(&Event::new("x", "y", "z".into()))).unwrap();
        assert!(catalog.snapshot().datasets.is_empty());
    }

    #[test]
    fn a_change_that_panics_fails_alone() {
        let (_folder, layout) = workspace();
        let catalog = Catalog::open(&layout, true).unwrap();
        let outcome: Result<(), _> = catalog.write(|_| panic!("on purpose"));
        assert!(matches!(outcome, Err(CatalogError::WriterGone)));
        catalog.write(|tx| tx.save(&Event::new("x", "y", "z".into()))).unwrap();
        assert_eq!(catalog.snapshot().events.len(), 1);
    }

    #[test]
    fn a_reader_sees_what_the_writer_wrote_while_the_writer_is_open() {
        let (_folder, layout) = workspace();
        let writer = Catalog::open(&layout, true).unwrap();
        let reader = Catalog::open(&layout, false).unwrap();
        writer.write(|tx| tx.save(&Dataset::new("new", Source::Local, Status::Ready))).unwrap();
        assert!(reader.snapshot().datasets.is_empty());
        reader.refresh().unwrap();
        assert_eq!(reader.snapshot().datasets.len(), 1);
        assert!(matches!(reader.write(|_| Ok(())), Err(CatalogError::ReadOnly)));
    }

    #[test]
    fn opening_and_closing_leaves_every_byte_as_it_was() {
        let (folder, layout) = workspace();
        let before = std::fs::read(layout.catalog()).unwrap();
        drop(Catalog::open(&layout, true).unwrap());
        drop(Catalog::open(&layout, false).unwrap());
        assert_eq!(std::fs::read(layout.catalog()).unwrap(), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
