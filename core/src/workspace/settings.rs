//! `workspace.toml`: what a person may edit.

use std::fs;

use serde::{Deserialize, Serialize};

use super::{Layout, WorkspaceError, write_atomic};

/// The newest workspace format this program writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// The settings of one workspace. Keys that are missing have their defaults; keys that are unknown are left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The workspace's name, shown in the window.
    pub name: String,
    /// The format of the folder.
    pub format_version: u32,
    /// How much may run at once.
    #[serde(default)]
    pub limits: Limits,
    /// How much a query may take.
    #[serde(default, skip_serializing_if = "SqlLimits::is_default")]
    pub sql: SqlLimits,
    /// What is done to every new dataset as soon as it is ready; nothing where this is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_tokenization: Option<DefaultTokenization>,
}

/// The tokenization that starts by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DefaultTokenization {
    /// A tokenizer of the workspace, by name.
    pub tokenizer: String,
    /// Any of the settings of a tokenization; the others are what the tokenizer suggests.
    #[serde(flatten)]
    pub settings: toml::Table,
}

/// How much may run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Datasets downloaded at once.
    pub downloads: usize,
    /// Files fetched at once within one download, at most 8.
    pub files_per_download: usize,
    /// Conversions, tokenizations and statistics at once.
    pub cpu_jobs: usize,
    /// Threads one of those may use; 0 means all of the machine's.
    pub threads: usize,
}

/// How much a query may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SqlLimits {
    /// Memory of the database, in millions of bytes, at least 64.
    pub memory_mb: u64,
    /// Disk that its temporary files may take, and again that a result may take, in thousand millions of bytes, at least 1.
    pub temp_gb: u64,
}

impl Default for SqlLimits {
    fn default() -> Self {
        Self { memory_mb: 1000, temp_gb: 20 }
    }
}

impl SqlLimits {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { downloads: 2, files_per_download: 8, cpu_jobs: 1, threads: 0 }
    }
}

impl Limits {
    /// Threads one CPU job may use on this machine.
    pub fn threads_here(&self) -> usize {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        if self.threads == 0 { available } else { self.threads.min(available) }
    }
}

impl Settings {
    /// The settings of a new workspace.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            format_version: FORMAT_VERSION,
            limits: Limits::default(),
            sql: SqlLimits::default(),
            default_tokenization: None,
        }
    }

    /// Reads `workspace.toml`; a newer format is refused.
    pub fn read(layout: &Layout) -> Result<Self, WorkspaceError> {
        let path = layout.settings();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(WorkspaceError::NotAWorkspace(layout.root().to_path_buf()));
            }
            Err(error) => return Err(WorkspaceError::io("workspace.toml cannot be read", path)(error)),
        };
        let invalid = |reason: String| WorkspaceError::Settings { path: path.clone(), reason };
        let settings: Self = toml::from_str(&text).map_err(|error| invalid(error.to_string().trim().to_owned()))?;
        if settings.format_version > FORMAT_VERSION {
            return Err(WorkspaceError::TooNew { found: settings.format_version, known: FORMAT_VERSION });
        }
        let limits = settings.limits;
        if limits.downloads == 0 || limits.cpu_jobs == 0 || !(1..=8).contains(&limits.files_per_download) {
            return Err(invalid(
                "[limits] needs downloads and cpu_jobs of at least 1, and files_per_download from 1 to 8".into(),
            ));
        }
        if settings.sql.memory_mb < 64 || settings.sql.temp_gb == 0 {
            return Err(invalid("[sql] needs memory_mb of at least 64 and temp_gb of at least 1".into()));
        }
        Ok(settings)
    }

    /// Writes `workspace.toml` for a new workspace.
    pub fn write(&self, layout: &Layout) -> Result<(), WorkspaceError> {
        let path = layout.settings();
        let text = toml::to_string(self)
            .map_err(|error| WorkspaceError::Settings { path: path.clone(), reason: error.to_string() })?;
        write_atomic(&path, format!("# A miStudio workspace. This file may be edited.\n{text}").as_bytes())
            .map_err(WorkspaceError::io("workspace.toml cannot be written", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, WorkspaceError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("workspace.toml"), text).unwrap();
        Settings::read(&Layout::new(folder.path()))
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let settings = Settings::new("Stories \"and\" more");
        settings.write(&layout).unwrap();
        assert_eq!(Settings::read(&layout).unwrap(), settings);
    }

    #[test]
    fn missing_limits_have_their_defaults() {
        let settings = read("name = 'x'\nformat_version = 1\n[limits]\ncpu_jobs = 2\n").unwrap();
        assert_eq!(settings.limits, Limits { cpu_jobs: 2, ..Limits::default() });
    }

    #[test]
    fn what_a_query_may_take_can_be_said_and_too_little_is_refused() {
        let settings = read("name = 'x'\nformat_version = 1\n[sql]\nmemory_mb = 300\n").unwrap();
        assert_eq!(settings.sql, SqlLimits { memory_mb: 300, ..SqlLimits::default() });
        assert!(read("name = 'x'\nformat_version = 1\n[sql]\nmemory_mb = 3\n").is_err());
    }

    #[test]
    fn a_default_tokenization_is_a_tokenizer_and_any_settings() {
        let settings =
            read("name = 'x'\nformat_version = 1\n[default_tokenization]\ntokenizer = 'gpt2'\nmax_length = 128\n");
        let default = settings.unwrap().default_tokenization.unwrap();
        assert_eq!(default.tokenizer, "gpt2");
        assert_eq!(default.settings["max_length"].as_integer(), Some(128));
    }

    #[test]
    fn a_newer_format_is_refused_with_the_version_needed() {
        let error = read("name = 'x'\nformat_version = 7\n").unwrap_err();
        assert!(error.to_string().contains("format 7"), "{error}");
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let error = read("name = 'x'\nformat_version = 'one'\n").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
