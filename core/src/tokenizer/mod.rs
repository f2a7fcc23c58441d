//! Tokenizers: load, encode, decode, preview.
