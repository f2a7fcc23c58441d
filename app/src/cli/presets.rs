//! preset list, preset show, preset save, preset rm.

use anyhow::Result;
use mistudio_core::studio::{Preset, Studio};
use mistudio_core::tokenize::{BuiltInPreset, Settings};
use serde_json::{Value, json};

use super::Outcome;
use super::args::{PresetRmArgs, PresetSaveArgs, PresetShowArgs};
use super::output::{Output, table};
use super::token_settings::{Given, settings};
use super::tokens::usage;

pub(super) fn list(studio: &Studio, output: Output) -> Result<Outcome> {
    let presets = studio.presets()?;
    output.print(&json!({ "presets": presets.iter().map(document).collect::<Vec<_>>() }), || {
        let mut rows = vec![["NAME", "WHAT IT IS"].map(str::to_owned).to_vec()];
        for preset in &presets {
            let what = match (&preset.built_in, &preset.saved) {
                (Some(built_in), _) => built_in.description().to_owned(),
                (None, Some(Err(fault))) => fault.to_string(),
                (None, _) => "saved in this workspace".to_owned(),
            };
            rows.push(vec![preset.name.clone(), what]);
        }
        table(&rows);
    })?;
    Ok(Outcome::Done)
}

fn document(preset: &Preset) -> Value {
    json!({
        "name": preset.name,
        "built_in": preset.built_in.is_some(),
        "description": preset.built_in.map(BuiltInPreset::description),
        "settings": preset.saved.as_ref().and_then(|saved| saved.as_ref().ok()),
        "error": preset.saved.as_ref().and_then(|saved| saved.as_ref().err().map(ToString::to_string)),
    })
}

pub(super) fn show(studio: &Studio, args: &PresetShowArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let tokenizer = match (&args.tokenizer, args.name.parse::<BuiltInPreset>()) {
        (Some(name), _) => Some(studio.open_tokenizer(snapshot.tokenizer(name)?)?),
        (None, Ok(_)) => {
            return Ok(usage("The settings of a built-in preset depend on the tokenizer; name one with --tokenizer."));
        }
        (None, Err(())) => None,
    };
    let settings = match &tokenizer {
        Some(tokenizer) => studio.preset(&args.name, tokenizer, "text")?,
        None => studio.saved_preset(&args.name)?,
    };
    let document = json!({ "name": args.name, "settings": settings });
    let text = serde_json::to_string_pretty(&document["settings"])?;
    output.print(&document, || println!("{text}"))?;
    Ok(Outcome::Done)
}

pub(super) fn save(studio: &Studio, args: &PresetSaveArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&args.tokenizer)?)?;
    let settings = match settings(studio, &tokenizer, &args.settings, false)? {
        // A preset is for any dataset; which column has its texts is not its business.
        Given::Settings(settings) => Settings { text_column: "text".to_owned(), ..*settings }.normalized(),
        Given::Conflict(why) => return Ok(usage(&why)),
    };
    let problems = settings.problems(&tokenizer, None);
    if !problems.is_empty() {
        return Err(mistudio_core::tokenize::TokenizeError::Settings(problems).into());
    }
    studio.save_preset(&args.name, &settings, args.overwrite)?;
    let document = json!({ "name": args.name, "settings": settings });
    output.print(&document, || println!("Saved the preset '{}'.", args.name))?;
    Ok(Outcome::Done)
}

pub(super) fn rm(studio: &Studio, args: &PresetRmArgs, output: Output) -> Result<Outcome> {
    studio.remove_preset(&args.name)?;
    output.print(&json!({ "removed": args.name }), || println!("Removed the preset '{}'.", args.name))?;
    Ok(Outcome::Done)
}
