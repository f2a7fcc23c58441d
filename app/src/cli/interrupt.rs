//! Ctrl+C, heard from the first moment of a command that begins work.
//!
//! Left to itself it would end the process wherever it is, with a job in the catalog that nobody works on. Heard, it
//! means: begin nothing, or where something was begun, pause it.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

/// The exit code of a command that was interrupted.
pub(super) const EXIT_CODE: u8 = 130;

/// How long a command that has begun nothing is given to end by itself. It may wait for the Hub, or for an answer.
const GRACE: Duration = Duration::from_millis(500);

static PRESSED: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::channel(false).0);
static BEGUN: Mutex<bool> = Mutex::new(false);

/// Ctrl+C came before anything was begun.
#[derive(Debug)]
pub(super) struct NothingBegan;

impl fmt::Display for NothingBegan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopped before anything began.")
    }
}

impl std::error::Error for NothingBegan {}

/// Hears Ctrl+C from now on. There is one listener, however often this is called.
pub(super) fn listen() -> io::Result<()> {
    static LISTENS: Mutex<bool> = Mutex::new(false);
    let mut listens = lock(&LISTENS);
    if !*listens {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (sender, installed) = sync_channel(1);
        std::thread::Builder::new().name("ctrl-c".to_owned()).spawn(move || runtime.block_on(hear(sender)))?;
        installed.recv().map_err(io::Error::other)??;
        *listens = true;
    }
    Ok(())
}

/// To be called before anything is begun that a later start would find unfinished. From here on Ctrl+C is for whoever
/// waits for the work; where it came already, nothing is to be begun.
pub(super) fn begin() -> Result<(), NothingBegan> {
    // The lock is kept by what ends the process, so that nothing begins then.
    let mut begun = lock(&BEGUN);
    if !*begun && *PRESSED.borrow() {
        return Err(NothingBegan);
    }
    *begun = true;
    Ok(())
}

/// Whether Ctrl+C came and nothing had begun.
pub(super) fn came_first() -> bool {
    !*lock(&BEGUN) && *PRESSED.borrow()
}

/// Waits for Ctrl+C; at once where it came already.
pub(super) async fn pressed() {
    // The sender is there for as long as the program.
    drop(PRESSED.subscribe().wait_for(|pressed| *pressed).await);
}

async fn hear(installed: SyncSender<io::Result<()>>) {
    let mut pressed = pin!(tokio::signal::ctrl_c());
    // Nothing is heard before the first look.
    let first = poll_fn(|context| Poll::Ready(pressed.as_mut().poll(context))).await;
    if let Poll::Ready(Err(error)) = first {
        drop(installed.send(Err(error)));
        return;
    }
    // Whoever asked waits for this.
    drop(installed.send(Ok(())));
    let heard = if first.is_ready() { Ok(()) } else { pressed.await };
    if let Err(error) = heard {
        tracing::error!(%error, "Ctrl+C is not heard any more");
        return;
    }
    PRESSED.send_replace(true);
    tokio::time::sleep(GRACE).await;
    let begun = lock(&BEGUN);
    if !*begun {
        eprintln!("{NothingBegan}");
        std::process::exit(i32::from(EXIT_CODE));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
