//! Everything that can go wrong with a tokenizer.

use std::io;
use std::path::PathBuf;

/// Why a tokenizer could not be opened, imported or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// The folder holds no `tokenizer.json`.
    #[error(
        "There is no tokenizer.json here. miStudio needs the one that `save_pretrained` of a fast tokenizer writes. Folder: {}",
        .folder.display()
    )]
    Missing {
        /// The folder that was looked in.
        folder: PathBuf,
    },

    /// The folder holds a tokenizer in a form that only Python reads.
    #[error(
        "This is {form}, which miStudio does not read. Convert it in Python: `AutoTokenizer.from_pretrained(folder).save_pretrained(other_folder)`, then add the other folder. Folder: {}",
        .folder.display()
    )]
    OtherForm {
        /// What it is.
        form: &'static str,
        /// The folder.
        folder: PathBuf,
    },

    /// A vocabulary is there, but not what says how texts are cut for it.
    #[error(
        "There is a vocabulary here and no tokenizer.json, so the class that builds a tokenizer from it must be known: {lacking}. Folder: {}",
        .folder.display()
    )]
    UnknownParts {
        /// What would be needed.
        lacking: &'static str,
        /// The folder.
        folder: PathBuf,
    },

    /// A file of the tokenizer cannot be read.
    #[error("Cannot read a file of the tokenizer: {source}. File: {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A file of the tokenizer is not JSON.
    #[error("This file is not valid JSON (line {}, column {}): {source}. File: {}", .source.line(), .source.column(), .path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where and why parsing stopped.
        source: serde_json::Error,
    },

    /// The file is JSON, but does not describe a tokenizer.
    #[error("This file does not describe a tokenizer: {reason}. File: {}", .path.display())]
    NotATokenizer {
        /// The file.
        path: PathBuf,
        /// What the tokenizers library said.
        reason: String,
    },

    /// A setting of `tokenizer_config.json` or `special_tokens_map.json` has a value of the wrong kind.
    #[error("`{key}` must be {expected}. File: {}", .path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The setting.
        key: String,
        /// What it should have been.
        expected: &'static str,
    },

    /// The special tokens of this tokenizer are not simply put before and after a text.
    #[error(
        "This tokenizer changes the text's own tokens when it adds special tokens, which miStudio does not support"
    )]
    UnsupportedFrame,

    /// The text could not be encoded.
    #[error("The tokenizer could not encode this text: {reason}")]
    Encode {
        /// What the tokenizers library said.
        reason: String,
    },

    /// The ids could not be decoded.
    #[error("The tokenizer could not decode these ids: {reason}")]
    Decode {
        /// What the tokenizers library said.
        reason: String,
    },

    /// A tokenizer could not be trained.
    #[error("The tokenizer could not be trained: {reason}")]
    Train {
        /// Why, as a sentence without its full stop.
        reason: String,
    },

    /// A tokenizer of that name is already there.
    #[error("A tokenizer named \"{name}\" is already in this workspace. Choose another name or remove the first one")]
    Exists {
        /// The name that is taken.
        name: String,
    },

    /// The destination of an import has no name or no parent folder.
    #[error("\"{}\" is not a folder that a tokenizer can be put into", .path.display())]
    Destination {
        /// What was given.
        path: PathBuf,
    },

    /// The tokenizer could not be written into the workspace.
    #[error("Cannot write the tokenizer into the workspace: {source}. Path: {}", .path.display())]
    Write {
        /// The file or folder being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
