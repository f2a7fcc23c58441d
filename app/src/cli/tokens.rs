//! tokenizer add, tokenizer list, tokenize, preview.

use std::io::Read;
use std::path::Path;

use anyhow::{Result, bail};
use mistudio_core::jobs::control;
use mistudio_core::studio::{Studio, TokenizeRequest, TokenizerRequest};
use mistudio_core::tokenize::{CleaningPreview, OnBadSample, Preview, PreviewRow, StepEffect};
use mistudio_core::units;
use serde_json::{Value, json};

use super::args::{PreviewArgs, TokenizeArgs, TokenizerAddArgs};
use super::output::{Output, one_line, table};
use super::progress;
use super::token_settings::{Given, settings};
use super::{Outcome, is_path};

pub(super) fn add(studio: &Studio, args: &TokenizerAddArgs, output: Output) -> Result<Outcome> {
    let path = Path::new(&args.source);
    let request = if path.exists() || is_path(&args.source) {
        TokenizerRequest::Path(path.to_path_buf())
    } else {
        TokenizerRequest::Repo { typed: args.source.clone(), revision: args.revision.clone(), token: None }
    };
    let (control, _handle) = control();
    let record = studio.add_tokenizer(&request, args.name.as_deref(), &control)?;
    output.print(&record, || {
        println!("Added '{}': {}, {} ids.", record.name, record.kind, units::count(record.vocab_size));
    })?;
    Ok(Outcome::Done)
}

pub(super) fn list(studio: &Studio, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    output.print(&json!({ "tokenizers": snapshot.tokenizers }), || {
        if snapshot.tokenizers.is_empty() {
            println!("No tokenizers. Add one with `mistudio tokenizer add`.");
            return;
        }
        let mut rows = vec![["NAME", "KIND", "IDS", "ENGINE", "FROM"].map(str::to_owned).to_vec()];
        for tokenizer in &snapshot.tokenizers {
            rows.push(vec![
                tokenizer.name.clone(),
                tokenizer.kind.clone(),
                units::count(tokenizer.vocab_size),
                tokenizer.engine.clone(),
                tokenizer.hf_repo_id.clone().unwrap_or_else(|| "local".to_owned()),
            ]);
        }
        table(&rows);
    })?;
    Ok(Outcome::Done)
}

pub(super) fn tokenize(studio: &Studio, args: &TokenizeArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&args.dataset)?;
    let column = args.text_column.clone().or_else(|| entry.record.text_column.clone()).unwrap_or_default();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&args.tokenizer)?)?;
    let mut settings = match settings(studio, &tokenizer, &args.settings, &column)? {
        Given::Settings(settings) => *settings,
        Given::Conflict(why) => return Ok(usage(&why)),
    };
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
        println!(
            "{}: {}, {}, {} pads, in {}",
            made.id,
            units::counted(made.rows, "row"),
            units::counted(made.tokens, "token"),
            units::count(made.pad_tokens),
            made.path
        );
    })?;
    Ok(outcome)
}

pub(super) fn preview(studio: &Studio, args: &PreviewArgs, output: Output) -> Result<Outcome> {
    let mut text = args.text.clone();
    if text == "-" {
        text.clear();
        std::io::stdin().read_to_string(&mut text)?;
    }
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&args.tokenizer)?)?;
    let settings = match settings(studio, &tokenizer, &args.settings, "text")? {
        Given::Settings(settings) => *settings,
        Given::Conflict(why) => return Ok(usage(&why)),
    };
    let preview = studio.preview(&text, &args.tokenizer, &settings)?;
    output.print(&document(&preview), || {
        if let Some(cleaning) = &preview.cleaning {
            cleaned(cleaning);
        }
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
            println!("This text would be refused: {bad}");
        }
        if let Some(dropped) = &preview.dropped {
            println!("The sample filter would leave this text out: {dropped}");
        }
    })?;
    Ok(Outcome::Done)
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
            "special": row.tokens.iter().map(|token| token.token.special).collect::<Vec<_>>(),
            "mask": row.mask(),
            "unfinished": row.unfinished,
        })
    };
    json!({
        "rows": preview.rows.iter().map(row).collect::<Vec<_>>(),
        "total_tokens": preview.total_tokens,
        "tokens_cut": preview.tokens_cut,
        "cut": preview.cut.as_ref().map(|cut| [cut.start, cut.end]),
        "bad": preview.bad,
        "cleaning": preview.cleaning.as_ref().map(cleaning_document),
        "dropped": preview.dropped.map(|dropped| json!({ "reason": dropped.reason(), "message": dropped.to_string() })),
    })
}
