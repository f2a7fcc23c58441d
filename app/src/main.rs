//! `mistudio`: opens the window on a workspace, or runs one command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mistudio::cli::main()
}
