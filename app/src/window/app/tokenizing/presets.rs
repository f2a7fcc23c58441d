//! The presets of the workspace, as the form offers them.

use mistudio_core::studio::{Preset, Studio, StudioError};

use crate::window::model::{PresetChoice, TokenizeSettings};
use crate::words;

/// Every preset.
pub(super) fn choices(studio: &Studio) -> Result<Vec<PresetChoice>, StudioError> {
    let choice = |preset: Preset| PresetChoice {
        is_built_in: preset.built_in.is_some(),
        description: match (&preset.built_in, &preset.saved) {
            (Some(built_in), _) => built_in.description().to_owned(),
            (None, Some(Ok(settings))) => words::of_settings(settings),
            (None, Some(Err(fault))) => fault.to_string(),
            (None, None) => String::new(),
        },
        name: preset.name,
    };
    Ok(studio.presets()?.into_iter().map(choice).collect())
}

/// The settings of a preset for that tokenizer. Opens the tokenizer.
pub(super) fn settings(studio: &Studio, name: &str, tokenizer: String) -> Result<TokenizeSettings, StudioError> {
    let snapshot = studio.snapshot();
    let opened = studio.open_tokenizer(snapshot.tokenizer(&tokenizer)?)?;
    let rows = studio.preset(name, &opened, "")?;
    Ok(TokenizeSettings { tokenizer, rows })
}
