//! What the settings make of one text, token by token, before anything is run.

use std::ops::Range;

use super::clean::CleaningPreview;
use super::error::TokenizeError;
use super::filter::Dropped;
use super::intake::Intake;
use super::layout::RowLayout;
use super::packing::{Packer, Packing, Token};
use super::settings::{Layout, Padding, Settings};
use crate::tokenizer::{EncodedToken, Tokenizer};

/// A text as the rows it would become.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The rows; none where the text would be a bad sample.
    pub rows: Vec<PreviewRow>,
    /// The bytes of the text whose tokens are in no row, where any are.
    pub cut: Option<Range<usize>>,
    /// How many of its tokens are in no row.
    pub tokens_cut: usize,
    /// The tokens of the whole text, special ones included, before anything is cut.
    pub total_tokens: usize,
    /// Why the text would be a bad sample.
    pub bad: Option<String>,
    /// The text before and after cleaning, where the settings ask for any.
    pub cleaning: Option<CleaningPreview>,
    /// Why the sample filter would leave the text out. The rows are those that it would become without the filter.
    pub dropped: Option<Dropped>,
    /// Where filling up depends on the other rows of a batch: nothing is filled up in the preview of a single text.
    pub width_depends_on_batch: bool,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewRow {
    /// Its tokens, filling included.
    pub tokens: Vec<PreviewToken>,
    /// Whether the row goes on with the next sample; only the last packed row may. At the end of what is packed together
    /// such a row is dropped.
    pub unfinished: bool,
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
    let settings = settings.normalized();
    let intake = Intake::new(&settings, tokenizer);
    let mut cleaner = intake.cleaner();
    let cleaning = (!cleaner.is_off()).then(|| CleaningPreview::new(text, &cleaner.clean(text)));
    let text = cleaning.as_ref().map_or(text, |cleaning| cleaning.after.as_str());
    let maker = Maker { text, tokenizer, layout: RowLayout::new(&settings, tokenizer) };
    let tokens = match &intake.separator {
        None => tokenizer.encode_with_offsets(text, false)?,
        Some(separator) => separator.encode_with_offsets(text, tokenizer)?,
    };
    let ids: Vec<u32> = tokens.iter().map(|token| token.id).collect();
    let dropped = intake.sieve.as_ref().and_then(|sieve| sieve.judge(&[text], &[&ids]));
    let mut preview = Preview {
        rows: Vec::new(),
        cut: None,
        tokens_cut: 0,
        total_tokens: tokens.len() + maker.layout.frame.len(),
        bad: None,
        cleaning: None,
        dropped,
        width_depends_on_batch: settings.padding == Padding::Longest,
    };
    match settings.layout {
        Layout::Packed => maker.pack(&tokens, Packing::new(&settings, tokenizer), &mut preview),
        Layout::RowPerSample | Layout::Windows => maker.rows(&tokens, &mut preview),
    }
    preview.cleaning = cleaning;
    Ok(preview)
}

/// What makes rows of a text's own tokens.
struct Maker<'a> {
    text: &'a str,
    tokenizer: &'a Tokenizer,
    layout: RowLayout,
}

/// A token of a document to be packed, or one that packing adds.
#[derive(Debug, Clone, Copy)]
struct Placed {
    id: u32,
    /// Its place in the document.
    place: Option<usize>,
}

impl Token for Placed {
    fn added(id: u32) -> Self {
        Self { id, place: None }
    }

    fn id(self) -> u32 {
        self.id
    }
}

impl Maker<'_> {
    fn rows(&self, tokens: &[EncodedToken], preview: &mut Preview) {
        let parts = match self.layout.rows(tokens.len()) {
            Ok(parts) => parts,
            Err(too_long) => {
                preview.bad = Some(too_long.reason(self.layout.max_length));
                return;
            }
        };
        let mut all: Option<Range<usize>> = None;
        for part in parts {
            all = Some(all.map_or(part.clone(), |all| all.start.min(part.start)..all.end.max(part.end)));
            let mut row = self.framed(&tokens[part]);
            let (before, after) = self.layout.filling(row.len(), self.layout.width(row.len()));
            let start = row.first().map_or(0, |first| first.token.span.start);
            let end = row.last().map_or(0, |last| last.token.span.end);
            row.splice(0..0, (0..before).map(|_| self.added(self.layout.pad_id, start, true)));
            row.extend((0..after).map(|_| self.added(self.layout.pad_id, end, true)));
            preview.rows.push(PreviewRow { tokens: row, unfinished: false });
        }
        let kept = all.unwrap_or_default();
        let lost = [&tokens[..kept.start], &tokens[kept.end..]];
        preview.tokens_cut = tokens.len() - kept.len();
        preview.cut = span_of(lost.into_iter().flatten());
    }

    fn pack(&self, tokens: &[EncodedToken], packing: Packing, preview: &mut Preview) {
        let document = self.framed(tokens);
        let placed = |(place, token): (usize, &PreviewToken)| Placed { id: token.token.id, place: Some(place) };
        let placed: Vec<Placed> = document.iter().enumerate().map(placed).collect();
        let mut packer = Packer::new(packing);
        let mut rows: Vec<Vec<Placed>> = Vec::new();
        packer.push(0, &placed, |row| rows.push(row.to_vec()));
        let finished = rows.len();
        rows.extend(Some(packer.unfinished().tokens.clone()).filter(|row| !row.is_empty()));
        let mut next = 0;
        for (number, row) in rows.into_iter().enumerate() {
            let mut shown = Vec::with_capacity(row.len());
            for Placed { id, place } in row {
                next = place.map_or(next, |place| place + 1);
                let at = document.get(next).map_or(self.text.len(), |token| token.token.span.start);
                shown.push(place.map_or_else(|| self.added(id, at, false), |place| document[place].clone()));
            }
            preview.rows.push(PreviewRow { tokens: shown, unfinished: number >= finished });
        }
        preview.tokens_cut = document.len() - next;
        preview.cut = span_of(document[next..].iter().map(|token| &token.token));
    }

    /// A part of the text's tokens with the special ones around each text.
    fn framed(&self, tokens: &[EncodedToken]) -> Vec<PreviewToken> {
        let frame = &self.layout.frame;
        let start = tokens.first().map_or(0, |token| token.span.start);
        let end = tokens.last().map_or(0, |token| token.span.end);
        let mut row = Vec::with_capacity(tokens.len() + frame.len());
        row.extend(frame.prefix.iter().map(|&id| self.added(id, start, false)));
        row.extend(tokens.iter().map(|token| PreviewToken { token: token.clone(), pad: false }));
        row.extend(frame.suffix.iter().map(|&id| self.added(id, end, false)));
        row
    }

    /// A token that is not in the text, `at` this byte of it.
    fn added(&self, id: u32, at: usize, pad: bool) -> PreviewToken {
        let text = self.tokenizer.token_text(id).unwrap_or_else(|| id.to_string());
        let token = EncodedToken { id, token: text.clone(), text, span: at..at, special: true, unknown: false };
        PreviewToken { token, pad }
    }
}

/// The bytes from the first to the last of these tokens.
fn span_of<'t>(tokens: impl Iterator<Item = &'t EncodedToken>) -> Option<Range<usize>> {
    tokens.map(|token| token.span.clone()).reduce(|all, span| all.start.min(span.start)..all.end.max(span.end))
}
