//! The workspaces that were open before. They are the user's, not a workspace's: the list lies in the system's folder
//! for settings. A list that cannot be read is an empty one.

use std::fs;
use std::path::{Path, PathBuf};

use mistudio_core::jobs::ask_alone;
use mistudio_core::workspace::write_atomic;
use serde::{Deserialize, Serialize};

use crate::window::model::RecentWorkspace;

/// Workspaces that are remembered.
const MOST: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) known: Vec<RecentWorkspace>,
    file: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    path: PathBuf,
}

impl Recent {
    pub(super) fn read() -> Self {
        let folders = directories::ProjectDirs::from("", "", "mistudio");
        let file = folders.map(|folders| folders.config_dir().join("recent.json"));
        let entries: Vec<Entry> = file
            .as_ref()
            .and_then(|file| fs::read(file).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let known = entries.into_iter().map(|entry| RecentWorkspace { name: entry.name, path: entry.path }).collect();
        Self { known, file }
    }

    /// The one that was open last.
    pub(super) fn last(&self) -> Option<PathBuf> {
        self.known.first().map(|workspace| workspace.path.clone())
    }

    /// Puts a workspace first. A list that cannot be written is only forgotten.
    pub(super) fn remember(&mut self, name: &str, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        self.known.retain(|workspace| workspace.path != path);
        self.known.insert(0, RecentWorkspace { name: name.to_owned(), path });
        self.known.truncate(MOST);
        let Some(file) = &self.file else { return };
        let entries: Vec<Entry> = self
            .known
            .iter()
            .map(|workspace| Entry { name: workspace.name.clone(), path: workspace.path.clone() })
            .collect();
        let file = file.clone();
        drop(ask_alone("recent workspaces", move || {
            let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
                let bytes = serde_json::to_vec_pretty(&entries)?;
                write_atomic(&file, &bytes)
            });
            if let Err(error) = written {
                tracing::warn!(%error, "the list of recent workspaces could not be written");
            }
        }));
    }
}
