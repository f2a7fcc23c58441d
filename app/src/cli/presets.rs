//! preset list, preset show, preset save, preset rm.

use anyhow::Result;
use mistudio_core::studio::{Preset, Studio};
use mistudio_core::tokenize::{BuiltInPreset, Settings};
use serde_json::{Value, json};

use super::Outcome;
use super::output::{Output, table};
use super::preset_args::{PresetRmArgs, PresetSaveArgs, PresetShowArgs};
use super::token_settings::{Given, settings};
use super::tokens::usage;
use crate::words;

pub(super) fn list(studio: &Studio, output: Output) -> Result<Outcome> {
    let presets = studio.presets()?;
    output.print(&json!({ "presets": presets.iter().map(document).collect::<Vec<_>>() }), || {
        let mut rows = vec![["NAME", "WHAT IT IS"].map(str::to_owned).to_vec()];
        for preset in &presets {
            let what = match (&preset.built_in, &preset.saved) {
                (Some(built_in), _) => built_in.description().to_owned(),
                (None, Some(Err(fault))) => fault.to_string(),
                (None, Some(Ok(settings))) => format!("saved: {}", words::of_settings(settings)),
                (None, None) => "saved in this workspace".to_owned(),
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
    output.print(&document, || {
        println!("{}: {}", args.name, words::of_settings(&settings));
        table(&differing(&settings));
    })?;
    Ok(Outcome::Done)
}

/// Each setting that is not the usual, with its value.
fn differing(settings: &Settings) -> Vec<Vec<String>> {
    let value = |settings: &Settings| serde_json::to_value(settings).unwrap_or_default();
    let (own, usual) = (value(settings), value(&Settings::default()));
    let own = own.as_object().into_iter().flatten();
    own.filter(|(name, value)| usual.get(name) != Some(value) && *name != "text_column")
        .map(|(name, value)| vec![format!("  {}", name.replace('_', " ")), in_words(value)])
        .collect()
}

/// A value of a setting without the marks of JSON.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
        Value::String(word) => word.replace('_', " "),
        Value::Array(all) => all.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let part = |(name, value): (&String, &Value)| format!("{} {}", name.replace('_', " "), in_words(value));
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        Value::Number(number) => number.to_string(),
    }
}

pub(super) fn save(studio: &Studio, args: &PresetSaveArgs, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&args.tokenizer)?)?;
    let Given { settings, conflicts } = settings(studio, &tokenizer, &args.settings, false)?;
    // A preset is for any dataset; which column has its texts is not its business.
    let settings = Settings { text_column: "text".to_owned(), ..settings }.normalized();
    if let Some(refused) = Given::refusal(&conflicts, &settings.problems(&tokenizer, None))? {
        return Ok(refused);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_shown_in_words_by_what_is_not_usual_about_it() {
        let lines: Vec<String> = differing(&Settings::saelens("text")).iter().map(|row| row.join(" = ")).collect();
        assert!(lines.contains(&"  layout = packed".to_owned()), "{lines:?}");
        assert!(lines.contains(&"  max length = 128".to_owned()), "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains(['"', '{', '_']) && !line.contains("text column")), "{lines:?}");
        assert!(differing(&Settings::default()).is_empty());
    }
}
