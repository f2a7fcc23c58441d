//! tokenizer add, train, show, list.

use std::path::Path;

use anyhow::Result;
use mistudio_core::jobs::Control;
use mistudio_core::studio::{Freed, Studio, TokenizerRequest, TrainRequest};
use mistudio_core::tokenizer::{TrainKind, TrainSettings, Training};
use mistudio_core::units;
use serde_json::json;

use super::datasets::{agree, tell_freed};
use super::output::{Output, one_line, table};
use super::progress;
use super::tokenizer_args::{TokenizerAddArgs, TokenizerRmArgs, TokenizerShowArgs, TokenizerTrainArgs, TrainKindArg};
use super::{Outcome, interrupt, is_path};

pub(super) fn add(studio: &Studio, args: &TokenizerAddArgs, output: Output) -> Result<Outcome> {
    let path = Path::new(&args.source);
    let request = if path.exists() || is_path(&args.source) {
        TokenizerRequest::Path(path.to_path_buf())
    } else {
        TokenizerRequest::Repo { typed: args.source.clone(), revision: args.revision.clone(), token: None }
    };
    let add = |control: &Control| studio.add_tokenizer(&request, args.name.as_deref(), control);
    let Some(record) = progress::work(add)? else {
        eprintln!("Stopped. Nothing was added.");
        return Ok(Outcome::Interrupted);
    };
    output.print(&record, || {
        println!("Added '{}': {}, {} ids.", record.name, record.kind, units::count(record.vocab_size));
    })?;
    Ok(Outcome::Done)
}

pub(super) fn rm(studio: &Studio, args: &TokenizerRmArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let record = snapshot.tokenizer(&args.name)?;
    if !args.yes {
        eprintln!("Delete the tokenizer '{}' ({} ids).", record.name, units::count(record.vocab_size));
        agree()?;
    }
    tell_freed(Freed { freed_bytes: studio.delete_tokenizer(&record.name)? }, output)
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

pub(super) fn train(studio: &Studio, args: &TokenizerTrainArgs, output: Output) -> Result<Outcome> {
    let kind = match args.kind {
        TrainKindArg::Bpe => TrainKind::Bpe,
        TrainKindArg::Unigram => TrainKind::Unigram,
        TrainKindArg::Wordpiece => TrainKind::WordPiece,
    };
    let usual = TrainSettings::defaults(kind);
    let settings = TrainSettings {
        kind,
        vocab_size: args.vocab_size.unwrap_or(usual.vocab_size),
        min_frequency: args.min_frequency.or(usual.min_frequency),
        special_tokens: args.special.clone(),
        lowercase: (usual.lowercase || args.lowercase) && !args.cased,
        text_column: args.text_column.clone().unwrap_or_default(),
        splits: args.split.clone(),
        max_bytes: args.max_bytes,
        max_samples: args.max_samples,
    };
    let wanted = settings.vocab_size as u64;
    interrupt::begin()?;
    let begun =
        studio.train_tokenizer(&TrainRequest { dataset: args.dataset.clone(), name: args.name.clone(), settings })?;
    let outcome = progress::wait_for_job(studio, &begun.name, &begun.job_id)?;
    let snapshot = studio.snapshot();
    let Ok(record) = snapshot.tokenizer(&begun.name) else {
        eprintln!("Paused. The same command starts it again from the beginning.");
        return Ok(Outcome::Interrupted);
    };
    output.print(record, || {
        println!("Trained '{}': {}, {} ids.", record.name, record.kind, units::count(record.vocab_size));
        if record.vocab_size < wanted {
            println!("{} were asked for; these texts give no more.", units::counted(wanted, "id"));
        }
    })?;
    Ok(outcome)
}

pub(super) fn show(studio: &Studio, args: &TokenizerShowArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let record = snapshot.tokenizer(&args.name)?;
    let tokenizer = studio.open_tokenizer(record)?;
    let training = Training::read(&studio.layout().absolute(&record.path))?;
    let frame: Vec<String> = [&tokenizer.frame().prefix, &tokenizer.frame().suffix]
        .map(|ids| ids.iter().map(|&id| tokenizer.token_text(id).unwrap_or_default()).collect::<Vec<_>>().join(" "))
        .into();
    let document = json!({
        "record": record,
        "special_tokens": tokenizer.special_tokens(),
        "pad": tokenizer.pad(),
        "pads_left": tokenizer.pads_left(),
        "frame": { "prefix": tokenizer.frame().prefix, "suffix": tokenizer.frame().suffix },
        "id_limit": tokenizer.id_limit(),
        "engine": tokenizer.engine(),
        "notes": tokenizer.notes(),
        "training": training,
    });
    output.print(&document, || {
        let mut rows = vec![
            ["kind".to_owned(), record.kind.clone()],
            ["ids".to_owned(), units::count(record.vocab_size)],
            ["engine".to_owned(), tokenizer.engine().to_string()],
        ];
        if let Some(length) = record.model_max_length {
            rows.push(["longest input".to_owned(), units::counted(length, "token")]);
        }
        for token in tokenizer.special_tokens().iter() {
            rows.push([token.role.key().replace('_', " "), format!("{} ({})", one_line(&token.text), token.id)]);
        }
        let around = if tokenizer.frame().is_empty() {
            "no special tokens".to_owned()
        } else {
            one_line(format!("{} … {}", frame[0], frame[1]).trim())
        };
        rows.push(["around a text".to_owned(), around]);
        rows.push(["fills up on the".to_owned(), if tokenizer.pads_left() { "left" } else { "right" }.to_owned()]);
        rows.push([
            "from".to_owned(),
            origin(record.hf_repo_id.as_deref(), record.revision.as_deref(), training.as_ref()),
        ]);
        if let Some(training) = &training {
            rows.push(["trained as".to_owned(), one_line(&trained_as(&training.settings))]);
        }
        rows.push(["sha256".to_owned(), record.sha256.clone()]);
        rows.push(["folder".to_owned(), record.path.clone()]);
        println!("{}", record.name);
        table(&rows.into_iter().map(Vec::from).collect::<Vec<_>>());
        for note in tokenizer.notes() {
            println!("Note: {}", one_line(note));
        }
    })?;
    Ok(Outcome::Done)
}

/// What was asked for when a tokenizer was trained, in a line.
fn trained_as(settings: &TrainSettings) -> String {
    let mut parts = vec![settings.kind.to_string(), units::counted(settings.vocab_size as u64, "id")];
    parts.extend(settings.min_frequency.map(|times| format!("pairs that occur {}", units::counted(times, "time"))));
    if settings.lowercase {
        parts.push("lower case".to_owned());
    }
    if !settings.special_tokens.is_empty() {
        parts.push(format!("special tokens {}", settings.special_tokens.join(" ")));
    }
    if !settings.splits.is_empty() {
        parts.push(format!("of the splits {}", settings.splits.join(", ")));
    }
    parts.extend(settings.max_bytes.map(|bytes| format!("the first {} of text", units::size(bytes))));
    parts.extend(settings.max_samples.map(|samples| format!("the first {}", units::counted(samples, "sample"))));
    parts.join(", ")
}

/// Where a tokenizer comes from, in a line.
fn origin(repo: Option<&str>, revision: Option<&str>, training: Option<&Training>) -> String {
    match (repo, training) {
        (Some(repo), _) => format!("{repo} at {}", revision.unwrap_or("its main branch")),
        (None, Some(training)) => format!(
            "trained on {} of {} ({}, {} different words), column {}",
            units::counted(training.samples, "sample"),
            one_line(&training.dataset),
            units::size(training.bytes),
            units::count(training.words),
            one_line(&training.settings.text_column),
        ),
        (None, None) => "local files".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_tokenizer_was_trained_is_said_in_words() {
        let settings = TrainSettings {
            lowercase: true,
            special_tokens: vec!["<user>".into()],
            splits: vec!["train".into()],
            max_bytes: Some(10 << 20),
            max_samples: None,
            ..TrainSettings::defaults(TrainKind::Bpe)
        };
        let said = trained_as(&settings);
        assert!(said.starts_with("byte-level BPE, ") && said.contains(" ids, pairs that occur "), "{said}");
        assert!(
            said.ends_with("lower case, special tokens <user>, of the splits train, the first 10.0 MB of text"),
            "{said}"
        );
    }
}
