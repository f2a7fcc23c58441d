//! What a tokenizer says of itself, in lines.

use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::tokenize::Settings;
use mistudio_core::tokenizer::{Frame, PadSource, Role, Tokenizer};
use mistudio_core::units;

use crate::window::model::TokenizerFacts;

/// Opens the tokenizer of that name and asks it.
pub(super) fn facts(studio: &Studio, name: &str) -> Result<TokenizerFacts, StudioError> {
    let snapshot = studio.snapshot();
    let record = snapshot.tokenizer(name)?;
    let tokenizer = studio.open_tokenizer(record)?;
    Ok(TokenizerFacts {
        name: name.to_owned(),
        suggested: Settings::suggested(&tokenizer, String::new()),
        lines: lines(&tokenizer),
        notes: tokenizer.notes().to_vec(),
    })
}

fn lines(tokenizer: &Tokenizer) -> Vec<String> {
    let mut lines = vec![format!("{}, {}", tokenizer.kind(), units::counted(tokenizer.vocab_size() as u64, "token"))];
    lines.push(framing(tokenizer));
    let text = |id: u32| tokenizer.token_text(id).unwrap_or_else(|| id.to_string());
    lines.push(match tokenizer.pad() {
        Some(pad) if pad.source == PadSource::Pad => format!("fills rows up with {}", text(pad.id)),
        Some(pad) => format!("fills rows up with {} (it names no pad token)", text(pad.id)),
        None => "has no token to fill rows up with".to_owned(),
    });
    if tokenizer.special_tokens().id(Role::Bos).is_none() {
        lines.push("has no beginning-of-sequence token".to_owned());
    }
    lines.push(tokenizer.engine().to_string());
    lines
}

/// The special tokens around a text.
fn framing(tokenizer: &Tokenizer) -> String {
    let Frame { prefix, suffix } = tokenizer.frame();
    if prefix.is_empty() && suffix.is_empty() {
        return "adds no special tokens by itself".to_owned();
    }
    let texts = |ids: &[u32]| {
        let texts = ids.iter().map(|&id| tokenizer.token_text(id).unwrap_or_else(|| id.to_string()));
        texts.collect::<Vec<_>>().join(" ")
    };
    format!("{} text {}", texts(prefix), texts(suffix)).trim().to_owned()
}
