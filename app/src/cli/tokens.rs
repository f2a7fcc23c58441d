//! tokenize, preview.

use std::io::Read;

use anyhow::{Context as _, Result, anyhow, bail};
use mistudio_core::catalog::{Snapshot, Tokenization};
use mistudio_core::studio::{Studio, TokenizeRequest};
use mistudio_core::tokenize::{
    CleaningPreview, OnBadSample, Preview, PreviewRow, Sample, Settings, StepEffect, is_bad_sample,
};
use mistudio_core::units;
use serde_json::{Value, json};

use super::datasets::tokenization_lines;
use super::output::{Output, one_line};
use super::progress;
use super::token_args::{PreviewArgs, TokenizeArgs};
use super::token_settings::{Given, by_flags, settings};
use super::{Outcome, interrupt};
use crate::words;

pub(super) fn tokenize(studio: &Studio, args: &TokenizeArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let (entry, record) = match (snapshot.dataset(&args.dataset), snapshot.tokenizer(&args.tokenizer)) {
        (Err(dataset), Err(tokenizer)) => bail!("{dataset}\n{tokenizer}"),
        (dataset, tokenizer) => (dataset?, tokenizer?),
    };
    let tokenizer = studio.open_tokenizer(record)?;
    let pairs = args.source.second_text_column.is_some();
    let Given { mut settings, conflicts } = settings(studio, &tokenizer, &args.settings, pairs)?;
    args.source.apply(&mut settings);
    settings.shuffle_seed = args.shuffle_seed.or(settings.shuffle_seed);
    settings.splits.clone_from(&args.split);
    settings.on_bad_sample = on_bad_sample(args, settings.on_bad_sample);
    let request = TokenizeRequest { dataset: entry.record.id.clone(), tokenizer: args.tokenizer.clone(), settings };
    if let Some(refused) = Given::refusal(&conflicts, &studio.tokenization_problems(&request)?)? {
        return Ok(refused);
    }
    interrupt::begin()?;
    let begun = studio.tokenize(&request).map_err(by_flags)?;
    progress::wait(studio, &begun.tokenization_id)?;
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&entry.record.id)?;
    let Ok(made) = entry.tokenization(Some(&begun.tokenization_id)) else {
        let job = snapshot.jobs.iter().find(|job| job.id == begun.job_id);
        match job.and_then(|job| job.error.clone()) {
            Some(error) => bail!("{}", with_flag(&error)),
            None => eprintln!("Paused. Continue with: mistudio resume {}", entry.record.name),
        }
        return Ok(Outcome::Interrupted);
    };
    print_made(made, output)?;
    // An interruption came when the work was done.
    Ok(Outcome::Done)
}

/// Prints what a tokenization has made.
pub(super) fn print_made(made: &Tokenization, output: Output) -> Result<()> {
    output.print(made, || {
        for line in tokenization_lines(made) {
            println!("{}", line.trim_start());
        }
        println!("In {}", made.path);
    })
}

/// A job's failure, with the flag that goes on without the sample where one is to blame.
pub(super) fn with_flag(error: &str) -> String {
    if is_bad_sample(error) {
        return format!("{error}. Tokenize with --skip-bad-samples to leave such samples out, counted.");
    }
    error.to_owned()
}

/// What the flags say; what the settings to begin with have where they say nothing.
fn on_bad_sample(args: &TokenizeArgs, begin: OnBadSample) -> OnBadSample {
    match (args.skip_bad_samples, args.stop_at_bad_samples) {
        (true, _) => OnBadSample::Skip,
        (false, true) => OnBadSample::Stop,
        (false, false) => begin,
    }
}

pub(super) fn preview(studio: &Studio, args: &PreviewArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&args.tokenizer)?)?;
    let pairs = args.source.second_text_column.is_some() || args.second_text.is_some();
    let Given { mut settings, conflicts } = settings(studio, &tokenizer, &args.settings, pairs)?;
    args.source.apply(&mut settings);
    // A preview asks no dataset which columns it has.
    let columned = with_columns(settings.clone(), pairs);
    if let Some(refused) = Given::refusal(&conflicts, &columned.problems(&tokenizer, None))? {
        return Ok(refused);
    }
    let sample = match (&args.dataset, args.row) {
        (Some(dataset), Some(row)) => {
            let split = args.split.clone().or_else(|| first_split(&snapshot, dataset));
            studio.sample(dataset, &split.unwrap_or_default(), row, &settings)?
        }
        _ => typed(args)?,
    };
    let settings = with_columns(settings, matches!(sample, Sample::Pair(..)));
    let preview = studio.preview(&sample, &args.tokenizer, &settings).map_err(by_flags)?;
    output.print(&document(&preview), || {
        preview.cleaning.iter().for_each(cleaned);
        for (number, row) in preview.rows.iter().enumerate() {
            if preview.rows.len() > 1 || row.unfinished {
                let goes_on = if row.unfinished { ", goes on with the next sample" } else { "" };
                println!("row {}{goes_on}", units::count(number as u64 + 1));
            }
            for token in row.tokens.iter().filter(|token| !token.pad) {
                let shown = one_line(&words::of_token(&token.token.text));
                let mark = if token.token.special { "  special" } else { "" };
                println!("{:>8}  {shown}{mark}", token.token.id);
            }
        }
        let mut words = units::counted(preview.total_tokens as u64, "token");
        if preview.tokens_cut > 0 {
            words = format!("{words}, {} cut off", units::count(preview.tokens_cut as u64));
        }
        if preview.rows.len() > 1 {
            words = format!("{words}, {}", units::counted(preview.rows.len() as u64, "row"));
        }
        let pads = preview.rows.iter().flat_map(|row| &row.tokens).filter(|token| token.pad).count();
        if pads > 0 {
            words = format!("{words}, filled up with {}", units::counted(pads as u64, "pad"));
        }
        println!("{words}");
        if let Some(bad) = &preview.bad {
            println!("This sample would be refused: {bad}");
        }
        if let Some(dropped) = &preview.dropped {
            println!("The sample filter would leave this text out: {dropped}");
        }
    })?;
    Ok(Outcome::Done)
}

/// The settings with names for the columns that they leave open: a preview needs no more than that there are some.
fn with_columns(mut settings: Settings, pairs: bool) -> Settings {
    if settings.text_column.is_empty() {
        "text".clone_into(&mut settings.text_column);
    }
    if pairs {
        settings.second_text_column.get_or_insert_with(|| "second_text".to_owned());
    }
    settings
}

fn first_split(snapshot: &Snapshot, dataset: &str) -> Option<String> {
    snapshot.dataset(dataset).ok()?.splits.first().map(|split| split.name.clone())
}

/// The text or texts on the command line or, for `-`, from stdin.
fn typed(args: &PreviewArgs) -> Result<Sample> {
    let mut text = args.text.clone().unwrap_or_default();
    if text == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("The text cannot be read from stdin")?;
        text = String::from_utf8(bytes).map_err(|error| {
            let place = units::count(error.utf8_error().valid_up_to() as u64 + 1);
            anyhow!("The text on stdin is not UTF-8 from byte {place} on. Convert it, for example with iconv.")
        })?;
    }
    Ok(match &args.second_text {
        None => Sample::Text(text),
        Some(second) => Sample::Pair(text, second.clone()),
    })
}

/// Says how flags do not go together.
pub(super) fn usage(why: &str) -> Outcome {
    eprintln!("Error: {why}");
    Outcome::Usage
}

/// Prints a text before and after cleaning, line by line.
fn cleaned(cleaning: &CleaningPreview) {
    for (title, text) in [("before", &cleaning.before), ("after", &cleaning.after)] {
        println!("{title} cleaning:");
        text.lines().for_each(|line| println!("    {}", one_line(line)));
    }
    for effect in &cleaning.steps {
        let removed = units::counted(effect.characters_removed, "character");
        let added = match effect.characters_added {
            0 => String::new(),
            added => format!(" and adds {}", units::count(added)),
        };
        let share = effect.removed_share * 100.0;
        println!("{}: removes {removed} ({share:.1} %){added}", effect.step.words());
    }
    cleaning.steps.iter().filter_map(StepEffect::warning).for_each(|warning| println!("Look closely. {warning}"));
}

fn cleaning_document(cleaning: &CleaningPreview) -> Value {
    let step = |effect: &StepEffect| {
        json!({
            "step": effect.step,
            "characters_removed": effect.characters_removed,
            "characters_added": effect.characters_added,
            "removed_share": effect.removed_share,
            "warning": effect.warning(),
        })
    };
    json!({
        "before": cleaning.before,
        "after": cleaning.after,
        "steps": cleaning.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn document(preview: &Preview) -> Value {
    let row = |row: &PreviewRow| {
        json!({
            "ids": row.ids(),
            "tokens": row.tokens.iter().map(|token| &token.token.text).collect::<Vec<_>>(),
            "offsets": row.tokens.iter().map(|token| [token.token.span.start, token.token.span.end]).collect::<Vec<_>>(),
            "text": row.tokens.iter().map(|token| token.text).collect::<Vec<_>>(),
            "special": row.tokens.iter().map(|token| token.token.special).collect::<Vec<_>>(),
            "mask": row.mask(),
            "token_type_ids": (!row.types.is_empty()).then_some(&row.types),
            "unfinished": row.unfinished,
        })
    };
    json!({
        "texts": preview.texts,
        "rows": preview.rows.iter().map(row).collect::<Vec<_>>(),
        "total_tokens": preview.total_tokens,
        "tokens_cut": preview.tokens_cut,
        "cut": preview.cut.iter().map(|cut| json!({ "text": cut.text, "bytes": [cut.bytes.start, cut.bytes.end] }))
            .collect::<Vec<_>>(),
        "bad": preview.bad,
        "cleaning": preview.cleaning.iter().map(cleaning_document).collect::<Vec<_>>(),
        "dropped": preview.dropped.map(|dropped| json!({ "reason": dropped.reason(), "message": dropped.to_string() })),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::{Cli, Command};

    #[test]
    fn a_preset_says_what_becomes_of_bad_samples_unless_a_flag_does() {
        let said = |flags: &[&str], begin| {
            let words = ["mistudio", "tokenize", "stories", "--tokenizer", "t"];
            match Cli::try_parse_from(words.iter().chain(flags)).unwrap().command {
                Some(Command::Tokenize(args)) => on_bad_sample(&args, begin),
                other => panic!("{other:?}"),
            }
        };
        for begin in [OnBadSample::Skip, OnBadSample::Stop] {
            assert_eq!(said(&[], begin), begin);
            assert_eq!(said(&["--skip-bad-samples"], begin), OnBadSample::Skip);
            assert_eq!(said(&["--stop-at-bad-samples"], begin), OnBadSample::Stop);
        }
    }
}
