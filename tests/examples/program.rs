//! The program itself, built as an example so that the integration tests find it: `cargo test` builds the examples of
//! the package it tests, but not the binaries of another.

use std::process::ExitCode;

fn main() -> ExitCode {
    mistudio::cli::main()
}
