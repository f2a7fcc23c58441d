//! The Hugging Face Hub: what a repository holds, which file belongs to which split, and getting the bytes.
