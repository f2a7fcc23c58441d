use std::path::{Component, Path, PathBuf};

/// Where everything lies in a workspace folder.
///
/// Paths in the catalog are relative to [`root`](Self::root) and written with `/`; only this type turns them into
/// paths of this machine and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of the workspace at `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The workspace folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `workspace.toml`.
    pub fn settings(&self) -> PathBuf {
        self.root.join("workspace.toml")
    }

    /// `catalog.duckdb`.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.duckdb")
    }

    /// The lock file, there only while a process may write.
    pub fn lock(&self) -> PathBuf {
        self.root.join(".lock")
    }

    /// What other processes ask of the one that may write, there only while something is asked.
    pub fn requests(&self) -> PathBuf {
        self.root.join(".requests")
    }

    /// The folder of all datasets.
    pub fn datasets(&self) -> PathBuf {
        self.root.join("datasets")
    }

    /// The folder of one dataset.
    pub fn dataset(&self, id: &str) -> PathBuf {
        self.datasets().join(id)
    }

    /// The data of one dataset.
    pub fn files(&self, id: &str) -> PathBuf {
        self.dataset(id).join("files")
    }

    /// Where the rows of one dataset come from, where it was made out of others.
    pub fn provenance(&self, id: &str) -> PathBuf {
        self.dataset(id).join("provenance.json")
    }

    /// All token rows of one dataset.
    pub fn tokenized(&self, id: &str) -> PathBuf {
        self.dataset(id).join("tokenized")
    }

    /// One tokenization of one dataset.
    pub fn tokenization(&self, id: &str, tokenization: &str) -> PathBuf {
        self.tokenized(id).join(tokenization)
    }

    /// All statistics of one dataset.
    pub fn stats(&self, id: &str) -> PathBuf {
        self.dataset(id).join("stats")
    }

    /// The statistics of one dataset's text and columns.
    pub fn text_stats(&self, id: &str) -> PathBuf {
        self.stats(id).join("text")
    }

    /// The statistics of one tokenization.
    pub fn token_stats(&self, id: &str, tokenization: &str) -> PathBuf {
        self.stats(id).join(tokenization)
    }

    /// The samples of one dataset that are nearly the same.
    pub fn near_duplicates(&self, id: &str) -> PathBuf {
        self.stats(id).join("near_duplicates.parquet")
    }

    /// The folder of all tokenizers.
    pub fn tokenizers(&self) -> PathBuf {
        self.root.join("tokenizers")
    }

    /// One tokenizer.
    pub fn tokenizer(&self, name: &str) -> PathBuf {
        self.tokenizers().join(name)
    }

    /// The folder of the presets that were saved.
    pub fn presets(&self) -> PathBuf {
        self.root.join("presets")
    }

    /// One saved preset.
    pub fn preset(&self, name: &str) -> PathBuf {
        self.presets().join(format!("{name}.json"))
    }

    /// The folder of saved queries, there once one is saved.
    pub fn queries(&self) -> PathBuf {
        self.root.join("queries")
    }

    /// What is not kept: temporary files, each removed by the one that made it or at the next start.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The rotating logs.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// A catalog path as this machine opens it. `..` is followed by name, as [`relative`](Self::relative) made it, so
    /// that a workspace behind a link finds its external files.
    pub fn absolute(&self, relative: &str) -> PathBuf {
        let leaves = relative.starts_with("../");
        let mut path = if leaves { std::path::absolute(&self.root).ok() } else { None }.unwrap_or(self.root.clone());
        for part in relative.split('/') {
            if leaves && part == ".." {
                path.pop();
            } else {
                path.push(part);
            }
        }
        path
    }

    /// A path of this machine as the catalog stores it: relative to the root, with `/`. A path outside the workspace
    /// gets as many `..` as it needs; `None` where no relative path leads there (another drive).
    pub fn relative(&self, path: &Path) -> Option<String> {
        let root = std::path::absolute(&self.root).ok()?;
        let path = std::path::absolute(path).ok()?;
        let (mut from, mut to) = (root.components().peekable(), path.components().peekable());
        let mut shared = 0;
        while let (Some(a), Some(b)) = (from.peek(), to.peek()) {
            if a != b {
                break;
            }
            shared += 1;
            from.next();
            to.next();
        }
        if shared == 0 {
            return None;
        }
        let mut parts = vec!["..".to_owned(); from.count()];
        for component in to {
            match component {
                Component::Normal(name) => parts.push(name.to_str()?.to_owned()),
                Component::ParentDir => parts.push("..".to_owned()),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        Some(parts.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_into_the_catalog_relative_and_come_back() {
        let layout = Layout::new("/home/a/space");
        let inside = layout.files("ds_000000000001").join("data/train.parquet");
        let stored = layout.relative(&inside).unwrap();
        assert_eq!(stored, "datasets/ds_000000000001/files/data/train.parquet");
        assert_eq!(layout.absolute(&stored), inside);
    }

    #[test]
    fn a_path_outside_is_reached_by_parents() {
        let layout = Layout::new("/home/a/space");
        let outside = Path::new("/home/b/x.parquet");
        let stored = layout.relative(outside).unwrap();
        assert_eq!(stored, "../../b/x.parquet");
        assert_eq!(layout.absolute(&stored), outside);
    }
}
