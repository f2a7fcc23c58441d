//! tokenize, preview.

use std::io::Read;

use anyhow::{Result, bail};
use mistudio_core::catalog::Snapshot;
use mistudio_core::studio::{Studio, TokenizeRequest};
use mistudio_core::tokenize::{OnBadSample, Preview, PreviewRow, Sample};
use mistudio_core::units;
use serde_json::{Value, json};

use super::Outcome;
use super::args::{PreviewArgs, TokenizeArgs};
use super::datasets::tokenization_lines;
use super::output::{Output, one_line};
use super::progress;
use super::token_settings::{conflict, settings};

pub(super) fn tokenize(studio: &Studio, args: &TokenizeArgs, output: Output) -> Result<Outcome> {
    if let Some(why) = conflict(&args.settings, args.source.second_text_column.is_some()) {
        eprintln!("Error: {why}");
        return Ok(Outcome::Usage);
    }
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&args.dataset)?;
    let mut settings = settings(studio, snapshot.tokenizer(&args.tokenizer)?, &args.settings)?;
    args.source.apply(&mut settings);
    settings.shuffle_seed = args.shuffle_seed;
    settings.splits.clone_from(&args.split);
    settings.on_bad_sample = if args.skip_bad_samples { OnBadSample::Skip } else { OnBadSample::Stop };
    let request = TokenizeRequest { dataset: entry.record.id.clone(), tokenizer: args.tokenizer.clone(), settings };
    let begun = studio.tokenize(&request)?;
    let outcome = progress::wait(studio, &begun.tokenization_id)?;
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&entry.record.id)?;
    let Ok(made) = entry.tokenization(Some(&begun.tokenization_id)) else {
        let job = snapshot.jobs.iter().find(|job| job.id == begun.job_id);
        match job.and_then(|job| job.error.clone()) {
            Some(error) => bail!("{error}"),
            None => eprintln!("Paused. Continue with: mistudio resume {}", entry.record.name),
        }
        return Ok(Outcome::Interrupted);
    };
    output.print(made, || {
        tokenization_lines(made).iter().for_each(|line| println!("{}", line.trim_start()));
        println!("In {}", made.path);
    })?;
    Ok(outcome)
}

pub(super) fn preview(studio: &Studio, args: &PreviewArgs, output: Output) -> Result<Outcome> {
    let pairs = args.source.second_text_column.is_some() || args.second_text.is_some();
    if let Some(why) = conflict(&args.settings, pairs) {
        eprintln!("Error: {why}");
        return Ok(Outcome::Usage);
    }
    let snapshot = studio.snapshot();
    let mut settings = settings(studio, snapshot.tokenizer(&args.tokenizer)?, &args.settings)?;
    args.source.apply(&mut settings);
    let sample = match (&args.dataset, args.row) {
        (Some(dataset), Some(row)) => {
            let split = args.split.clone().or_else(|| first_split(&snapshot, dataset));
            studio.sample(dataset, &split.unwrap_or_default(), row, &settings)?
        }
        _ => typed(args)?,
    };
    // A preview asks no dataset which columns it has.
    if settings.text_column.is_empty() {
        "text".clone_into(&mut settings.text_column);
    }
    if let Sample::Pair(..) = sample {
        settings.second_text_column.get_or_insert_with(|| "second_text".to_owned());
    }
    let preview = studio.preview(&sample, &args.tokenizer, &settings)?;
    output.print(&document(&preview), || {
        for (number, row) in preview.rows.iter().enumerate() {
            if preview.rows.len() > 1 || row.unfinished {
                let goes_on = if row.unfinished { ", goes on with the next sample" } else { "" };
                println!("row {}{goes_on}", units::count(number as u64 + 1));
            }
            for token in row.tokens.iter().filter(|token| !token.pad) {
                println!("{:>8}  {}", token.token.id, one_line(&token.token.text));
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
    })?;
    Ok(Outcome::Done)
}

fn first_split(snapshot: &Snapshot, dataset: &str) -> Option<String> {
    snapshot.dataset(dataset).ok()?.splits.first().map(|split| split.name.clone())
}

/// The text or texts on the command line or, for `-`, from stdin.
fn typed(args: &PreviewArgs) -> Result<Sample> {
    let mut text = args.text.clone().unwrap_or_default();
    if text == "-" {
        text.clear();
        std::io::stdin().read_to_string(&mut text)?;
    }
    Ok(match &args.second_text {
        None => Sample::Text(text),
        Some(second) => Sample::Pair(text, second.clone()),
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
    })
}
