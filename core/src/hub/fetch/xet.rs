//! Bytes from Xet storage, where the Hub keeps large files as chunks that files share.
//!
//! The parts, journals and checksums are those of plain HTTP; only where the bytes come from differs. What that means:
//!
//! - **Resuming** asks for the range from the last byte written to the end. The storage sends whole chunks (64 KiB on
//!   average, 128 KiB at most), so up to one chunk comes again at the seam. What was under way when a run ended comes
//!   again, too: a block of chunks is of use only when all of it is here, and blocks are fetched several at a time, at
//!   most [`BUFFER`] and [`BUFFER_PER_FILE`] of them.
//! - **Memory** is bounded by the same numbers: together they stay below [`BUFFER_LIMIT`].
//! - **Disk**: the library keeps no chunks on disk. The folders it insists on go to the download's own folder and go
//!   away with the run.
//! - **Stopping** ends the runtime on which the library works, since it goes on with what it has begun otherwise.
//! - **A dead connection** is one on which nothing came for as long as with plain HTTP. The library tries each request
//!   once more by itself; what then fails is taken up again here, with the same waits and the same notes.
//! - **Proxies** are those of the environment. Nothing is reported about the transfer to anybody.
//! - Where the storage cannot be used, the Hub serves the same bytes over plain HTTP, and the user is told.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;
use xet::error::XetError;
use xet::xet_session::{HeaderMap, XetConfig, XetDownloadStreamGroup, XetFileInfo, XetSession, XetSessionBuilder};

use crate::hub::client::{HubClient, variable};
use crate::hub::error::no_bytes;

/// The name of the library's folder, at the top of a download while it is under way.
pub(super) const SCRATCH: &str = ".download.xet";

/// What may wait in memory to be written: for all files, more for each, and never more than that.
const BUFFER: &str = "64mb";
const BUFFER_PER_FILE: &str = "16mb";
const BUFFER_LIMIT: &str = "192mb";

/// How often the library tries a request again before it is taken up here.
const RETRIES_WITHIN: usize = 1;

/// What the Hub gives to those who may read a repository from Xet storage.
#[derive(Deserialize)]
pub(super) struct Access {
    #[serde(rename = "accessToken")]
    token: String,
    /// Seconds since 1970.
    #[serde(rename = "exp")]
    until: u64,
    #[serde(rename = "casUrl")]
    endpoint: String,
}

/// Where to get another access when one has expired, and what to show there.
pub(super) struct Renewal {
    pub(super) url: String,
    pub(super) headers: HeaderMap,
}

/// The rest of a file, coming.
pub(super) type Stream = mpsc::Receiver<Result<Bytes, XetError>>;

/// Xet storage for the files of one run.
pub(super) struct Xet {
    scratch: PathBuf,
    stall: Duration,
    backoff: Duration,
    engine: OnceLock<Engine>,
    group: tokio::sync::Mutex<Option<XetDownloadStreamGroup>>,
    /// Why it is not used, where it is not.
    given_up: Mutex<Option<String>>,
}

/// The library and the threads it works on.
struct Engine {
    threads: Threads,
    session: XetSession,
}

/// Threads of the library's own, which end, without being waited for, when this is dropped. A runtime by itself cannot
/// be dropped where futures run.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<Self, XetError> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("xet").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(|error| XetError::Io(error.to_string()))
    }

    fn handle(&self) -> Result<&Handle, XetError> {
        self.0.as_ref().map(Runtime::handle).ok_or_else(|| XetError::other("shut down"))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Xet {
    pub(super) fn new(dest: &Path, client: &HubClient) -> Self {
        let switched_off = variable("HF_HUB_DISABLE_XET")
            .is_some_and(|value| matches!(value.trim().to_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE"));
        Self {
            scratch: dest.join(SCRATCH),
            stall: client.stall,
            backoff: client.backoff,
            engine: OnceLock::new(),
            group: tokio::sync::Mutex::default(),
            given_up: Mutex::new(switched_off.then(|| "HF_HUB_DISABLE_XET is set".to_owned())),
        }
    }

    /// Why it is not used, where it is not.
    pub(super) fn given_up(&self) -> Option<String> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses it no more in this run.
    pub(super) fn give_up(&self, why: &str) {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| why.to_owned());
    }

    /// Whether an access is at hand.
    pub(super) async fn is_open(&self) -> bool {
        self.group.lock().await.is_some()
    }

    /// Forgets the access, which is of no use any more.
    pub(super) async fn close(&self) {
        *self.group.lock().await = None;
    }

    /// Takes an access that the Hub gave.
    pub(super) async fn enter(&self, access: Access, renewal: Renewal) -> Result<(), XetError> {
        let engine = self.engine()?;
        let builder = engine
            .session
            .new_download_stream_group()?
            .with_endpoint(access.endpoint)
            .with_token_info(access.token, access.until)
            .with_token_refresh_url(renewal.url, renewal.headers);
        let building = engine.threads.handle()?.spawn(builder.build());
        let group = building.await.map_err(XetError::other)??;
        *self.group.lock().await = Some(group);
        Ok(())
    }

    /// Asks for a file from a byte on.
    pub(super) async fn open(&self, hash: &str, size: u64, start: u64) -> Result<Stream, XetError> {
        let group = self.group.lock().await.clone();
        let group = group.ok_or_else(|| XetError::other("no access"))?;
        let file = XetFileInfo::new(hash.to_owned(), size);
        let (sender, stream) = mpsc::channel(1);
        self.engine()?.threads.handle()?.spawn(async move {
            if let Err(error) = bring(&group, file, start..size, &sender).await {
                // Where nobody listens any more, nobody needs to know.
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(stream)
    }

    fn engine(&self) -> Result<&Engine, XetError> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let threads = Threads::start()?;
        let mut config = XetConfig::new();
        config.telemetry.enabled = false;
        config.client.read_timeout = self.stall;
        config.client.connect_timeout = self.stall;
        config.client.retry_max_attempts = RETRIES_WITHIN;
        config.client.retry_base_delay = self.backoff;
        config.reconstruction.download_buffer_size = BUFFER.into();
        config.reconstruction.download_buffer_perfile_size = BUFFER_PER_FILE.into();
        config.reconstruction.download_buffer_limit = BUFFER_LIMIT.into();
        let session = XetSessionBuilder::new_with_config(config)
            .with_cache_dir(&self.scratch)
            .with_tokio_handle(threads.handle()?.clone())
            .build()?;
        Ok(self.engine.get_or_init(|| Engine { threads, session }))
    }
}

async fn bring(
    group: &XetDownloadStreamGroup,
    file: XetFileInfo,
    range: std::ops::Range<u64>,
    sender: &mpsc::Sender<Result<Bytes, XetError>>,
) -> Result<(), XetError> {
    let mut stream = group.download_stream(file, Some(range)).await?;
    loop {
        let next = tokio::select! {
            next = stream.next() => next?,
            () = sender.closed() => return Ok(()),
        };
        let Some(bytes) = next else { return Ok(()) };
        if sender.send(Ok(bytes)).await.is_err() {
            return Ok(());
        }
    }
}

/// What went wrong, in our words: those of the library may hold addresses.
pub(super) fn detail(error: &XetError, stall: Duration) -> String {
    let what = match error {
        XetError::Timeout(_) => return no_bytes(stall),
        XetError::Network(_) => "the connection to Xet storage broke",
        XetError::ServerError(_) => "Xet storage is in trouble",
        XetError::Authentication(_) => "Xet storage did not accept the access that the Hub gave",
        XetError::NotFound(_) => "Xet storage does not have the file",
        XetError::DataIntegrity(_) => "Xet storage sent something that is no chunk",
        _ => "Xet storage cannot be read",
    };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn threads_can_be_let_go_of_where_futures_run() {
        let threads = Threads::start().unwrap();
        assert!(threads.handle().is_ok());
        drop(threads);
    }

    #[test]
    fn an_error_is_told_without_the_librarys_own_words() {
        for error in [
            XetError::Network("http://cas/x?Signature=abc".into()),
            XetError::Internal("http://cas/x?Signature=abc".into()),
            XetError::Timeout("http://cas/x?Signature=abc".into()),
        ] {
            assert!(!detail(&error, Duration::from_secs(30)).contains("http"), "{error}");
        }
    }
}
