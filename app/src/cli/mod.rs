//! The command line. Each command group is one file; this one parses, dispatches and turns ends into exit codes.
//!
//! With `--json` a command prints exactly one JSON document on stdout; all messages go to stderr.

mod args;
mod audit;
mod dataset_args;
mod datasets;
mod export;
mod filter;
mod get;
mod get_args;
mod inspect;
mod interrupt;
mod jobs;
mod look;
mod look_args;
mod output;
mod preset_args;
mod presets;
mod progress;
mod publish;
mod publish_args;
mod row_args;
mod rows;
mod setting_args;
mod source_args;
mod sql;
mod sql_args;
mod stats;
mod stats_args;
mod token_args;
mod token_settings;
mod tokenizer_args;
mod tokenizers;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{CommandFactory, Parser};
use mistudio_core::jobs::Stop;
use mistudio_core::studio::{Access, Studio};
use mistudio_core::workspace::Layout;

use args::{Cli, Command};
use output::Output;
use preset_args::PresetAction;
use tokenizer_args::TokenizerAction;

/// How a command ended, where it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It did what was asked.
    Done,
    /// It found what the exit code must tell, and has said so: exit code 1.
    Failed,
    /// It was asked for in a way it does not know, and has said so: exit code 2.
    Usage,
    /// The user interrupted it; what it did is kept and can be resumed: exit code 130.
    Interrupted,
}

/// Runs the program.
pub fn main() -> ExitCode {
    end_quietly_with_the_reader();
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::Usage) => ExitCode::from(2),
        Ok(Outcome::Interrupted) => ExitCode::from(interrupt::EXIT_CODE),
        // Whatever it was in the middle of says so in its own words.
        Err(_) if interrupt::came_first() => {
            eprintln!("{}", interrupt::NothingBegan);
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(error) => {
            let said = sentence(&error);
            // Names in it may come from a repository or a dataset.
            let lines: Vec<String> = said.lines().map(output::one_line).collect();
            eprintln!("Error: {}", lines.join("\n"));
            if json {
                println!("{}", serde_json::json!({ "error": said }));
            }
            ExitCode::from(1)
        }
    }
}

/// `mistudio … | head` ends when `head` does, without a word: Rust's printing panics where other programs get a signal.
fn end_quietly_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
        if let Some(why) = said.strip_prefix("failed printing to stdout: ") {
            if why.starts_with("Broken pipe") {
                std::process::exit(0);
            }
            eprintln!("Error: The output cannot be written: {why}");
            std::process::exit(1);
        }
        usual(panic);
    }));
}

/// An error with its causes; a cause that the error has told already is not told twice.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        told if told.contains(&cause) => said,
        told => format!("{told}: {cause}"),
    })
}

fn run(cli: Cli) -> Result<Outcome> {
    let output = Output { json: cli.json };
    let Some(command) = cli.command else {
        if let Some(folder) = cli.folder.as_ref().filter(|folder| !folder.is_dir()) {
            eprintln!("Error: '{}' is neither a folder nor a command. See mistudio --help.", folder.display());
            return Ok(Outcome::Usage);
        }
        crate::window::run(cli.folder.or(cli.workspace))?;
        return Ok(Outcome::Done);
    };
    if let Some(folder) = &cli.folder {
        eprintln!(
            "Error: '{}' does not belong before a command. Name the workspace with --workspace.",
            folder.display()
        );
        return Ok(Outcome::Usage);
    }
    let place = Place { named: cli.workspace };
    match command {
        Command::Init(args) => datasets::init(&args, output),
        Command::List(args) => datasets::list(&place.read()?, &args, output),
        Command::Show(args) => datasets::show(&place.read()?, &args, output),
        Command::Rm(args) => datasets::rm(&place.write()?, &args, output),
        Command::Inspect(args) => inspect::inspect(&args, &place, output),
        Command::Download(args) => get::download(&place.work()?, &args, output),
        Command::Add(args) => get::add(&place.work()?, &args, output),
        Command::Resume(args) => get::resume(&place.work()?, &args, output),
        Command::Pause(args) => get::stop(&place.reach()?, &args, Stop::Pause, output),
        Command::Cancel(args) => get::stop(&place.reach()?, &args, Stop::Cancel, output),
        Command::Samples(args) => look::samples(&place.read()?, &args, output),
        Command::Search(args) => look::search(&place.read()?, &args, output),
        Command::Index(args) => look::index(&place.work()?, &args, output),
        Command::Subset(args) => rows::subset(&place.work()?, &args, output),
        Command::ExportRows(args) => rows::export(&place.read()?, &args, output),
        Command::Stats(args) => {
            let studio = if args.writes() { place.work()? } else { place.read()? };
            stats::stats(&studio, &args, output)
        }
        Command::Compare(args) => stats::compare(&place.read()?, &args, output),
        Command::Sql(args) => {
            let studio = if args.run.save_as.is_some() { place.work()? } else { place.read()? };
            sql::sql(&studio, &args, output)
        }
        Command::Queries(args) => {
            let studio = if sql::writes(&args.action) { place.write()? } else { place.read()? };
            sql::queries(&studio, &args.action, output)
        }
        Command::Tokenizer(args) => match args.action {
            TokenizerAction::Add(args) => tokenizers::add(&place.work()?, &args, output),
            TokenizerAction::Train(args) => tokenizers::train(&place.work()?, &args, output),
            TokenizerAction::Show(args) => tokenizers::show(&place.read()?, &args, output),
            TokenizerAction::Rm(args) => tokenizers::rm(&place.write()?, &args, output),
            TokenizerAction::List => tokenizers::list(&place.read()?, output),
        },
        Command::Tokenize(args) => tokens::tokenize(&place.work()?, &args, output),
        Command::Preview(args) => tokens::preview(&place.read()?, &args, output),
        Command::Audit(args) => audit::audit(&args, &place, output),
        Command::Export(args) => export::export(&place.read()?, &args, output),
        Command::Preset(args) => match args.action {
            PresetAction::List => presets::list(&place.read()?, output),
            PresetAction::Show(args) => presets::show(&place.read()?, &args, output),
            PresetAction::Save(args) => presets::save(&place.write()?, &args, output),
            PresetAction::Rm(args) => presets::rm(&place.write()?, &args, output),
        },
        Command::Publish(args) => {
            let studio = if args.dry_run { place.read()? } else { place.work()? };
            publish::publish(&studio, &args, output)
        }
        Command::Jobs => jobs::jobs(&place.read()?, output),
        Command::Verify(args) => {
            let studio = if args.repair { place.work()? } else { place.read()? };
            jobs::verify(&studio, &args, output)
        }
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "mistudio", &mut std::io::stdout());
            Ok(Outcome::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(Outcome::Done)
        }
        Command::TrainHelper => {
            mistudio_core::tokenizer::run_helper()?;
            Ok(Outcome::Done)
        }
    }
}

/// Whether what was typed can only be meant as a path, not as a repository.
fn is_path(typed: &str) -> bool {
    ["/", "./", "../", "~"].iter().any(|start| typed.starts_with(start)) || Path::new(typed).is_absolute()
}

/// The workspace that commands work on: the one named, or the current folder where it is one.
struct Place {
    named: Option<PathBuf>,
}

impl Place {
    fn folder(&self) -> Result<PathBuf> {
        match &self.named {
            Some(folder) => Ok(folder.clone()),
            None if Layout::new(".").settings().exists() => Ok(PathBuf::from(".")),
            None => anyhow::bail!(
                "The current folder is not a workspace. Name one with --workspace, or create one with `mistudio init`."
            ),
        }
    }

    fn read(&self) -> Result<Studio> {
        crate::log::init(None);
        Ok(Studio::open_read_only(&self.folder()?)?)
    }

    /// The workspace for writing, or beside the process that writes to it.
    fn reach(&self) -> Result<Studio> {
        let folder = self.folder()?;
        crate::log::init(Some(Layout::new(&folder).logs()));
        let before = chrono::Utc::now();
        let studio = Studio::open(&folder).context("The workspace cannot be opened")?;
        // What was tidied up is told, and not only kept in the list of events.
        let snapshot = studio.snapshot();
        let told = ["swept", "interrupted"];
        for event in snapshot.events.iter().filter(|event| event.at >= before && told.contains(&event.kind.as_str())) {
            eprintln!("{}", event.message);
        }
        Ok(studio)
    }

    fn write(&self) -> Result<Studio> {
        let studio = self.reach()?;
        if let Access::ReadOnly(reason) = studio.access() {
            anyhow::bail!("The workspace can only be looked at: {reason}.");
        }
        Ok(studio)
    }

    /// The workspace for a command that begins work: Ctrl+C is heard from before it is opened.
    fn work(&self) -> Result<Studio> {
        interrupt::listen().context("Ctrl+C cannot be listened for")?;
        self.write()
    }
}
