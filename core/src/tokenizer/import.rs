//! Bringing a tokenizer into a workspace: checked first, then copied, there complete or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::chat::TEMPLATE_FILE;
use super::error::TokenizerError;
use super::open::{COMPANIONS, MODEL_CONFIG, TOKENIZER, Tokenizer};
use super::parts;

/// What is written aside has a name that the next start of the program sweeps.
const ASIDE: &str = ".write-importing-";

/// A tokenizer that was brought in.
#[derive(Debug, Clone)]
pub struct Imported {
    /// It, opened from its new place.
    pub tokenizer: Tokenizer,
    /// The files that were copied, by name.
    pub files: Vec<String>,
    /// Their size together, in bytes.
    pub bytes: u64,
}

/// Copies or builds the tokenizer at `source` (a folder, or a `tokenizer.json` under any name) to the new folder `destination`.
///
/// A folder with `vocab.json` and `merges.txt`, or with `vocab.txt`, and without `tokenizer.json` gets one, as its class builds
/// it. Beside a file that is named `tokenizer.json` its companions are taken along; beside one of another name they may
/// belong to something else and are not.
pub fn import(source: &Path, destination: &Path) -> Result<Imported, TokenizerError> {
    let unusable = || TokenizerError::Destination { path: destination.to_owned() };
    let name = destination.file_name().ok_or_else(unusable)?.to_string_lossy().into_owned();
    let parent = destination.parent().ok_or_else(unusable)?;
    if destination.exists() {
        return Err(TokenizerError::Exists { name });
    }
    let (file, folder) = if source.is_dir() {
        (source.join(TOKENIZER), Some(source))
    } else {
        let companions = source.file_name().is_some_and(|name| name == TOKENIZER);
        (source.to_owned(), source.parent().filter(|_| companions))
    };
    if folder != Some(source) {
        parts::check_file(source)?;
    }
    // Opening it is the check; nothing is written for a file that is no tokenizer.
    let built = if let Some(folder) = folder.filter(|_| !file.exists()) {
        Some(parts::build(folder)?)
    } else {
        Tokenizer::open_files(&file, folder, name.clone())?;
        None
    };

    let write = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| TokenizerError::Write { path, source }
    };
    fs::create_dir_all(parent).map_err(write(parent))?;
    let staging = {
        let mut builder = tempfile::Builder::new();
        builder.prefix(ASIDE);
        // Others may look at the workspace.
        #[cfg(unix)]
        builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777));
        builder.tempdir_in(parent)
    }
    .map_err(write(parent))?;
    let mut files = vec![(TOKENIZER.to_owned(), file)];
    if let Some(folder) = folder {
        files.extend(companions().map(|name| (name.to_owned(), folder.join(name))).filter(|(_, path)| path.is_file()));
    }
    let mut bytes = 0;
    for (name, from) in &files {
        let to = staging.path().join(name);
        bytes += match built.as_ref().filter(|_| name == TOKENIZER) {
            Some(built) => put(built.as_bytes(), &to)?,
            None => copy(from, &to)?,
        };
    }
    sync_folder(staging.path()).map_err(write(staging.path()))?;
    match fs::rename(staging.path(), destination) {
        Ok(()) => {}
        // Someone else was faster: two imports of one name at once.
        Err(_) if destination.exists() => return Err(TokenizerError::Exists { name }),
        Err(source) => return Err(TokenizerError::Write { path: destination.to_owned(), source }),
    }
    sync_folder(parent).map_err(write(parent))?;
    let files = files.into_iter().map(|(name, _)| name).collect();
    Ok(Imported { tokenizer: Tokenizer::open(destination)?, files, bytes })
}

/// The files that are taken along beside `tokenizer.json`.
fn companions() -> impl Iterator<Item = &'static str> {
    COMPANIONS.into_iter().chain([MODEL_CONFIG, TEMPLATE_FILE])
}

/// Whether two folders hold the same tokenizer, byte for byte; what else is in them does not matter.
pub(crate) fn is_same(one: &Path, other: &Path) -> Result<bool, TokenizerError> {
    let content = |path: PathBuf| match fs::read(&path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(TokenizerError::Read { path, source }),
    };
    for name in companions().chain([TOKENIZER]) {
        if content(one.join(name))? != content(other.join(name))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Copies what a path points at, also through the symbolic links of a Hub cache, and makes sure it is on the disk.
fn copy(from: &Path, to: &Path) -> Result<u64, TokenizerError> {
    let content = fs::read(from).map_err(|source| TokenizerError::Read { path: from.to_owned(), source })?;
    put(&content, to)
}

fn put(content: &[u8], to: &Path) -> Result<u64, TokenizerError> {
    let write = || -> io::Result<()> {
        let mut file = File::create_new(to)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(|source| TokenizerError::Write { path: PathBuf::from(to), source })?;
    Ok(content.len() as u64)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/spbpe");

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_copied_whole_and_opens_as_the_same_tokenizer() {
        let workspace = tempfile::tempdir().unwrap();
        let destination = workspace.path().join("tokenizers").join("mine");
        let imported = import(Path::new(SMALL), &destination).unwrap();
        assert_eq!(names(&destination), ["tokenizer.json", "tokenizer_config.json"]);
        assert_eq!(imported.tokenizer.name(), "mine");
        assert_eq!(imported.tokenizer.sha256(), Tokenizer::open(Path::new(SMALL)).unwrap().sha256());
        assert_eq!(names(destination.parent().unwrap()), ["mine"]);
    }

    #[test]
    fn a_single_file_of_any_name_becomes_a_tokenizer() {
        let workspace = tempfile::tempdir().unwrap();
        let file = workspace.path().join("downloaded (1).json");
        fs::copy(Path::new(SMALL).join("tokenizer.json"), &file).unwrap();
        fs::write(workspace.path().join("tokenizer_config.json"), "not of this tokenizer").unwrap();
        let imported = import(&file, &workspace.path().join("new")).unwrap();
        assert_eq!(imported.files, ["tokenizer.json"]);
        assert!(imported.tokenizer.model_max_length().is_none());
    }

    #[test]
    fn a_name_that_is_taken_is_refused() {
        let workspace = tempfile::tempdir().unwrap();
        let destination = workspace.path().join("mine");
        import(Path::new(SMALL), &destination).unwrap();
        assert!(
            matches!(import(Path::new(SMALL), &destination), Err(TokenizerError::Exists { name }) if name == "mine")
        );
    }

    #[test]
    fn what_is_no_tokenizer_is_refused_with_a_sentence_and_leaves_nothing() {
        let source = tempfile::tempdir().unwrap();
        let workspace = tempfile::tempdir().unwrap();
        let destination = workspace.path().join("mine");
        let file = source.path().join("tokenizer.json");
        let refusal = |content: &str| {
            fs::write(&file, content).unwrap();
            import(source.path(), &destination).unwrap_err().to_string()
        };
        assert!(refusal("{\"model\": ").starts_with("This file is not valid JSON (line 1, column 10)"));
        assert!(refusal("{\"rows\": []}").starts_with("This file does not describe a tokenizer"));
        assert!(refusal("[1, 2]").starts_with("This file does not describe a tokenizer"));
        fs::remove_file(&file).unwrap();
        let missing = import(source.path(), &destination).unwrap_err().to_string();
        assert!(missing.starts_with("There is no tokenizer.json here."), "{missing}");
        assert!(names(workspace.path()).is_empty());
    }
}
