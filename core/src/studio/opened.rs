//! Tokenizers that are open: opening one takes a few tenths of a second, and a preview while typing, or a job that was
//! just asked for, must not wait for that again.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::tokenizer::{Tokenizer, TokenizerError};

/// Opened tokenizers kept at once.
const KEPT: usize = 4;

/// Opened tokenizers, by their folders and the hashes that their records have: the hash covers what decides about ids,
/// which two tokenizers may have in common that differ in their chat template. Cheap to clone; clones share everything.
#[derive(Clone, Default)]
pub(super) struct Opened(Arc<Mutex<HashMap<Key, Kept>>>);

type Key = (PathBuf, String);

struct Kept {
    tokenizer: Arc<Tokenizer>,
    /// What the files were before it was opened; nothing where they could not be read.
    files: Option<Sum>,
}

type Sum = [u8; 32];

impl Opened {
    /// The tokenizer with that hash in `folder`, opened now or before.
    pub(super) fn get(&self, sha256: &str, folder: &Path) -> Result<Arc<Tokenizer>, TokenizerError> {
        let known = self.kept().get(&key(sha256, folder)).map(|kept| Arc::clone(&kept.tokenizer));
        known.map_or_else(|| self.open(sha256, folder, sum(folder).ok()), Ok)
    }

    /// The same, opened again where a file of the folder is not what it was.
    pub(super) fn get_unchanged(&self, sha256: &str, folder: &Path) -> Result<Arc<Tokenizer>, TokenizerError> {
        let files = sum(folder).ok();
        let is_same = |kept: &&Kept| files.is_some() && kept.files == files;
        let known = self.kept().get(&key(sha256, folder)).filter(is_same).map(|kept| Arc::clone(&kept.tokenizer));
        known.map_or_else(|| self.open(sha256, folder, files), Ok)
    }

    fn open(&self, sha256: &str, folder: &Path, files: Option<Sum>) -> Result<Arc<Tokenizer>, TokenizerError> {
        let tokenizer = Arc::new(Tokenizer::open(folder)?);
        let mut kept = self.kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key(sha256, folder), Kept { tokenizer: Arc::clone(&tokenizer), files });
        Ok(tokenizer)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Key, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(sha256: &str, folder: &Path) -> Key {
    (folder.to_path_buf(), sha256.to_owned())
}

/// Of the names and contents of all files in the folder; what a tokenizer is made of lies there and not below.
fn sum(folder: &Path) -> io::Result<Sum> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            files.insert(entry.file_name(), Sha256::digest(fs::read(entry.path())?));
        }
    }
    let mut sum = Sha256::new();
    for (name, content) in files {
        let name = name.as_encoded_bytes();
        sum.update((name.len() as u64).to_le_bytes());
        sum.update(name);
        sum.update(content);
    }
    Ok(sum.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/bytelevel");

    #[test]
    fn a_tokenizer_is_opened_once_and_again_when_a_file_beside_it_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        for file in fs::read_dir(SMALL).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        let opened = Opened::default();
        let first = opened.get("sum", folder.path()).unwrap();
        assert!(Arc::ptr_eq(&first, &opened.get("sum", folder.path()).unwrap()));
        assert!(Arc::ptr_eq(&first, &opened.get_unchanged("sum", folder.path()).unwrap()));
        fs::write(folder.path().join("chat_template.jinja"), "{{ messages[0].content }}").unwrap();
        assert!(Arc::ptr_eq(&first, &opened.get("sum", folder.path()).unwrap()));
        let second = opened.get_unchanged("sum", folder.path()).unwrap();
        assert!(first.chat_template().is_none() && second.chat_template().is_some());
        assert!(Arc::ptr_eq(&second, &opened.get("sum", folder.path()).unwrap()));
    }
}
