//! The process that trains, seen from both sides.
//!
//! The library's trainers run to their end whatever happens; a process can be ended. It gets everything through its standard
//! input, one JSON value a line: the settings, the words with their counts, `null`. The input then stays open: when it
//! closes, whoever asked is gone, and the helper ends itself. Its answer is one JSON value on standard output.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model;
use super::settings::TrainSettings;
use super::words::WordCounts;
use crate::jobs::{Control, Stopped};
use crate::tokenizer::TokenizerError;

/// The first argument with which the program does nothing but call [`run_helper`].
pub const HELPER_COMMAND: &str = "train-helper";

/// How often a stop is looked for while the helper trains.
const LOOK: Duration = Duration::from_millis(20);

/// Words sent between two looks for a stop.
const WORDS_AT_ONCE: usize = 4_096;

/// What the helper answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Model(Value),
    Failed(String),
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HelperError {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    #[error("The process that trains {what}: {source}")]
    Process { what: &'static str, source: io::Error },
    #[error(
        "The process that trains ended before it was done ({status}). Most likely there was too little memory for {words} different words; give a smaller max_bytes."
    )]
    Died { status: String, words: String },
}

/// Ends the helper however this ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Trains in a process of its own, which is ended within a moment once a stop is asked for. Returns the model section
/// of `tokenizer.json`.
pub(crate) fn train_in_helper(
    settings: &TrainSettings,
    words: WordCounts,
    control: &Control,
) -> Result<Value, HelperError> {
    let process = |what| move |source| HelperError::Process { what, source };
    let program = std::env::current_exe().map_err(process("could not be found"))?;
    let child = Command::new(program)
        .arg(HELPER_COMMAND)
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(process("could not be started"))?;
    let mut running = Running(child);
    let count = words.len() as u64;
    let (Some(input), Some(mut output)) = (running.0.stdin.take(), running.0.stdout.take()) else {
        return Err(process("has no input")(io::ErrorKind::BrokenPipe.into()));
    };
    // Read aside, so that an answer longer than a pipe holds does not keep the helper from its end.
    #[expect(clippy::disallowed_methods, reason = "ends with the helper, which this function owns")]
    let answer = std::thread::spawn(move || {
        let mut answer = Vec::new();
        output.read_to_end(&mut answer).map(|_| answer)
    });
    let input = send(settings, words, input, control);
    // A helper that died while being written to says so below.
    let input = match input {
        Err(HelperError::Process { .. }) => None,
        other => Some(other?),
    };
    let status = loop {
        control.check()?;
        if let Some(status) = running.0.try_wait().map_err(process("could not be waited for"))? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    drop(input);
    let died = || HelperError::Died { status: status.to_string(), words: crate::units::count(count) };
    let answer = answer.join().map_err(|_| died())?.map_err(process("could not be read from"))?;
    match serde_json::from_slice(&answer).map_err(|_| died())? {
        Answer::Model(model) => Ok(model),
        Answer::Failed(reason) => Err(TokenizerError::Train { reason }.into()),
    }
}

/// Sends settings and words; the input is given back, because its end would end the helper.
fn send<W: Write>(
    settings: &TrainSettings,
    words: WordCounts,
    input: W,
    control: &Control,
) -> Result<BufWriter<W>, HelperError> {
    let process = |source: io::Error| HelperError::Process { what: "could not be written to", source };
    let mut input = BufWriter::with_capacity(1 << 20, input);
    write_line(&mut input, settings).map_err(process)?;
    for (number, word) in words.into_iter().enumerate() {
        if number % WORDS_AT_ONCE == 0 {
            control.check()?;
        }
        write_line(&mut input, &word).map_err(process)?;
    }
    write_line(&mut input, &()).map_err(process)?;
    input.flush().map_err(process)?;
    Ok(input)
}

fn write_line(output: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *output, value)?;
    output.write_all(b"\n")
}

/// The helper's side: reads, trains, answers. Returns once the answer is written; an error says what the input was
/// lacking.
pub fn run_helper() -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 20, io::stdin());
    let mut line = String::new();
    input.read_line(&mut line)?;
    let settings: TrainSettings = serde_json::from_str(&line)?;
    let mut words = WordCounts::new();
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match serde_json::from_str(&line)? {
            Some(word) => words.push(word),
            None => break,
        }
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this process has no jobs room; it ends with this thread or before it"
    )]
    std::thread::spawn(move || {
        // Nothing more is sent, so this ends when the other side does.
        let _ = io::copy(&mut input, &mut io::sink());
        std::process::exit(1);
    });
    let answer = match model::train(&settings, words) {
        Ok(model) => Answer::Model(model),
        Err(TokenizerError::Train { reason }) => Answer::Failed(reason),
        Err(other) => Answer::Failed(other.to_string()),
    };
    let mut output = BufWriter::new(io::stdout().lock());
    write_line(&mut output, &answer)?;
    output.flush()
}
