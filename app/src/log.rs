//! Where `tracing` goes: to the workspace's `logs/`, and with `RUST_LOG` to stderr too.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Log files that are kept, one a day.
const KEPT: usize = 7;

/// What is kept: our own news, and the warnings of others, but for two that speak of what
/// is ours to tell or not there: retries of the Hub, and pictures.
const EVENTS: &str = "warn,egui_extras=error,hf_hub=off,mistudio=info,mistudio_core=info";

/// Begins to log. Files are written only where `folder` is given, and only from the first event on, so that looking at
/// a workspace leaves no trace in it.
pub(crate) fn init(folder: Option<PathBuf>) {
    let to_stderr = std::env::var_os("RUST_LOG").map(|_| {
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(EnvFilter::from_default_env())
    });
    let to_file = folder.map(|folder| {
        let appender: OnceLock<Option<RollingFileAppender>> = OnceLock::new();
        let open = move || {
            // It reads the folder before it makes it, and says so on stderr.
            let made = std::fs::create_dir_all(&folder);
            made.map_err(|error| error.to_string())
                .and_then(|()| build(&folder))
                .inspect_err(|error| eprintln!("mistudio: no log is written: {error}"))
                .ok()
        };
        let writer = BoxMakeWriter::new(Lazy { appender, open: Box::new(open) });
        tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer).with_filter(EnvFilter::new(EVENTS))
    });
    // A second call, as in tests, keeps the first subscriber.
    if tracing_subscriber::registry().with(to_stderr).with(to_file).try_init().is_err() {
        tracing::debug!("logging was already set up");
    }
}

fn build(folder: &Path) -> Result<RollingFileAppender, String> {
    RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("mistudio")
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(folder)
        .map_err(|error| error.to_string())
}

struct Lazy {
    appender: OnceLock<Option<RollingFileAppender>>,
    open: Box<dyn Fn() -> Option<RollingFileAppender> + Send + Sync>,
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Lazy {
    type Writer = Box<dyn std::io::Write + 'a>;

    fn make_writer(&'a self) -> Self::Writer {
        match self.appender.get_or_init(|| (self.open)()) {
            Some(appender) => Box::new(appender.make_writer()),
            None => Box::new(std::io::sink()),
        }
    }
}
