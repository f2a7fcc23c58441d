//! What the settings make of one text, token by token, before anything is run.

use std::ops::Range;

use super::error::TokenizeError;
use super::layout::RowLayout;
use super::settings::{Padding, Settings};
use crate::tokenizer::{EncodedToken, Tokenizer};

/// A text as the rows it would become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The finished rows; none where the text would be a bad sample.
    pub rows: Vec<PreviewRow>,
    /// The bytes of the text whose tokens are cut off, where any are.
    pub cut: Option<Range<usize>>,
    /// How many tokens are cut off.
    pub tokens_cut: usize,
    /// The tokens of the whole text, special ones included, before anything is cut.
    pub total_tokens: usize,
    /// Why the text would be a bad sample.
    pub bad: Option<String>,
    /// Where filling up depends on the other rows of a batch: nothing is filled up in the preview of a single text.
    pub width_depends_on_batch: bool,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewRow {
    /// Its tokens, filling included.
    pub tokens: Vec<PreviewToken>,
}

/// One token of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewToken {
    /// The token.
    pub token: EncodedToken,
    /// Whether it only fills the row up: 0 in the attention mask.
    pub pad: bool,
}

impl PreviewRow {
    /// The row's ids.
    pub fn ids(&self) -> Vec<u32> {
        self.tokens.iter().map(|token| token.token.id).collect()
    }

    /// The row's attention mask.
    pub fn mask(&self) -> Vec<u8> {
        self.tokens.iter().map(|token| u8::from(!token.pad)).collect()
    }
}

/// What the settings make of `text`. All problems of the settings come back at once, as an error.
pub fn preview(text: &str, tokenizer: &Tokenizer, settings: &Settings) -> Result<Preview, TokenizeError> {
    let problems = settings.problems(tokenizer, None);
    if !problems.is_empty() {
        return Err(TokenizeError::Settings(problems));
    }
    let layout = RowLayout::new(settings, tokenizer);
    let mut tokens = tokenizer.encode_with_offsets(text, false)?;
    let total_tokens = tokens.len() + layout.frame.len();
    let mut preview = Preview {
        rows: Vec::new(),
        cut: None,
        tokens_cut: 0,
        total_tokens,
        bad: None,
        width_depends_on_batch: settings.padding == Padding::Longest,
    };
    let kept = match layout.kept(tokens.len()) {
        Ok(kept) => kept,
        Err(too_long) => {
            preview.bad = Some(too_long.reason(layout.max_length));
            return Ok(preview);
        }
    };
    preview.tokens_cut = tokens.len() - kept.len();
    let lost = [&tokens[..kept.start], &tokens[kept.end..]];
    let spans = lost.iter().flat_map(|lost| lost.iter()).map(|token| token.span.clone());
    preview.cut = spans.reduce(|all, span| all.start.min(span.start)..all.end.max(span.end));
    tokens.truncate(kept.end);
    tokens.drain(..kept.start);

    let added = |id: u32, at: usize, pad: bool| {
        let text = tokenizer.token_text(id).unwrap_or_else(|| id.to_string());
        let token = EncodedToken { id, token: text.clone(), text, span: at..at, special: true, unknown: false };
        PreviewToken { token, pad }
    };
    let row_tokens = tokens.len() + layout.frame.len();
    let (before, after) = layout.filling(row_tokens, layout.width(row_tokens));
    let start = tokens.first().map_or(0, |token| token.span.start);
    let end = tokens.last().map_or(0, |token| token.span.end);
    let mut row = Vec::with_capacity(before + row_tokens + after);
    row.extend((0..before).map(|_| added(layout.pad_id, start, true)));
    row.extend(layout.frame.prefix.iter().map(|&id| added(id, start, false)));
    row.extend(tokens.into_iter().map(|token| PreviewToken { token, pad: false }));
    row.extend(layout.frame.suffix.iter().map(|&id| added(id, end, false)));
    row.extend((0..after).map(|_| added(layout.pad_id, end, true)));
    preview.rows.push(PreviewRow { tokens: row });
    Ok(preview)
}
