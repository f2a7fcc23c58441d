//! What the settings make of one sample, token by token, before anything is run.

use std::borrow::Cow;
use std::ops::Range;

use chrono::Local;

use super::clean::CleaningPreview;
use super::error::TokenizeError;
use super::filter::Dropped;
use super::intake::Intake;
use super::layout::RowLayout;
use super::packing::{Packer, Packing, Token};
use super::sample::{Sample, TextMaker, Texts};
use super::settings::{Layout, Padding, Settings};
use crate::tokenizer::{EncodedToken, Tokenizer};

/// A sample as the rows it would become.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The texts that were encoded, in which the spans are places: one, or the two of a pair; none where the sample would
    /// be a bad one before that.
    pub texts: Vec<String>,
    /// The rows; none where the sample would be a bad one.
    pub rows: Vec<PreviewRow>,
    /// The parts of the texts whose tokens are in no row, where any are.
    pub cut: Vec<CutText>,
    /// How many of their tokens are in no row.
    pub tokens_cut: usize,
    /// The tokens of the whole sample, special ones included, before anything is cut.
    pub total_tokens: usize,
    /// Why the sample would be a bad one.
    pub bad: Option<String>,
    /// Each of the texts before and after cleaning, where the settings ask for any.
    pub cleaning: Vec<CleaningPreview>,
    /// Why the sample filter would leave the sample out. The rows are those that it would become without the filter.
    pub dropped: Option<Dropped>,
    /// Where filling up depends on the other rows of a batch: nothing is filled up in the preview of a single sample.
    pub width_depends_on_batch: bool,
}

/// A part of a text that is in no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutText {
    /// Which text, as its place in [`Preview::texts`].
    pub text: usize,
    /// The bytes from the first to the last token.
    pub bytes: Range<usize>,
}

/// One row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewRow {
    /// Its tokens, filling included.
    pub tokens: Vec<PreviewToken>,
    /// What tells the texts of a pair apart, one for each token; none where nobody asks for it.
    pub types: Vec<i8>,
    /// Whether the row goes on with the next sample; only the last packed row may. At the end of what is packed together
    /// such a row is dropped.
    pub unfinished: bool,
}

/// One token of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewToken {
    /// The token.
    pub token: EncodedToken,
    /// The text that its span is a place in, as that one's place in [`Preview::texts`].
    pub text: usize,
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

/// What the settings make of a sample. All problems of the settings come back at once, as an error.
///
/// A chat template that asks for the date is given the present one.
pub fn preview(sample: &Sample, tokenizer: &Tokenizer, settings: &Settings) -> Result<Preview, TokenizeError> {
    let problems = settings.problems(tokenizer, None);
    if !problems.is_empty() {
        return Err(TokenizeError::Settings(problems));
    }
    let settings = settings.normalized();
    let mut preview = Preview {
        texts: Vec::new(),
        rows: Vec::new(),
        cut: Vec::new(),
        tokens_cut: 0,
        total_tokens: 0,
        bad: None,
        cleaning: Vec::new(),
        dropped: None,
        width_depends_on_batch: settings.padding == Padding::Longest,
    };
    let texts = match TextMaker::new(&settings, tokenizer, Local::now().naive_local()).of_sample(sample) {
        Ok(texts) => texts,
        Err(reason) => {
            preview.bad = Some(reason);
            return Ok(preview);
        }
    };
    let intake = Intake::new(&settings, tokenizer);
    let texts = cleaned(texts, &intake, &mut preview.cleaning);
    let maker = Maker { texts: &texts, tokenizer, layout: RowLayout::new(&settings, tokenizer) };
    let first = match &intake.separator {
        None => tokenizer.encode_with_offsets(&texts.first, false)?,
        Some(separator) => separator.encode_with_offsets(&texts.first, tokenizer)?,
    };
    let second = texts.second.as_ref().map(|text| tokenizer.encode_with_offsets(text, false)).transpose()?;
    let second = second.unwrap_or_default();
    preview.total_tokens = first.len() + second.len() + maker.layout.frame.len();
    preview.dropped = dropped(&texts, [&first, &second], &intake);
    match settings.layout {
        Layout::Packed => maker.pack(&first, Packing::new(&settings, tokenizer), &mut preview),
        Layout::RowPerSample | Layout::Windows => maker.rows(&first, &second, &mut preview),
    }
    preview.texts = [Some(texts.first), texts.second].into_iter().flatten().map(Cow::into_owned).collect();
    Ok(preview)
}

/// The texts as they are encoded; what became of each goes to `shown` where the settings ask for cleaning.
fn cleaned<'t>(texts: Texts<'t>, intake: &Intake, shown: &mut Vec<CleaningPreview>) -> Texts<'t> {
    let mut cleaner = intake.cleaner();
    if cleaner.is_off() {
        return texts;
    }
    let mut clean = |text: Cow<'t, str>| {
        let cleaning = CleaningPreview::new(&text, &cleaner.clean(&text));
        let after = cleaning.after.clone();
        shown.push(cleaning);
        Cow::Owned(after)
    };
    Texts { first: clean(texts.first), second: texts.second.map(clean) }
}

/// Why the sample filter would leave the sample out.
fn dropped(texts: &Texts<'_>, tokens: [&Vec<EncodedToken>; 2], intake: &Intake) -> Option<Dropped> {
    let sieve = intake.sieve.as_ref()?;
    let ids = tokens.map(|tokens| tokens.iter().map(|token| token.id).collect::<Vec<_>>());
    match &texts.second {
        None => sieve.judge(&[&texts.first], &[&ids[0]]),
        Some(second) => sieve.judge(&[&texts.first, second], &[&ids[0], &ids[1]]),
    }
}

/// What makes rows of a sample's own tokens.
struct Maker<'a> {
    texts: &'a Texts<'a>,
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
    fn rows(&self, first: &[EncodedToken], second: &[EncodedToken], preview: &mut Preview) {
        let parts = match self.layout.rows(first.len(), second.len()) {
            Ok(parts) => parts,
            Err(reason) => {
                preview.bad = Some(reason);
                return;
            }
        };
        let mut kept: [Option<Range<usize>>; 2] = [None, None];
        for (of_first, of_second) in parts {
            for (all, part) in kept.iter_mut().zip([&of_first, &of_second]) {
                let both = |all: Range<usize>| all.start.min(part.start)..all.end.max(part.end);
                *all = Some(all.take().map_or(part.clone(), both));
            }
            let mut types = Vec::new();
            if let Some(known) = &self.layout.types {
                known.put(of_first.len(), of_second.len(), &mut types);
            }
            let mut row = self.framed(&first[of_first], &second[of_second]);
            let (before, after) = self.layout.filling(row.len(), self.layout.width(row.len()));
            let place = |token: Option<&PreviewToken>, end: bool| match token {
                Some(PreviewToken { token, text, .. }) => (*text, if end { token.span.end } else { token.span.start }),
                None => (0, 0),
            };
            let (start, end) = (place(row.first(), false), place(row.last(), true));
            row.splice(0..0, (0..before).map(|_| self.pad(start)));
            row.extend((0..after).map(|_| self.pad(end)));
            if self.layout.types.is_some() {
                types.splice(0..0, std::iter::repeat_n(0, before));
                types.resize(row.len(), 0);
            }
            preview.rows.push(PreviewRow { tokens: row, types, unfinished: false });
        }
        for (text, (tokens, kept)) in [first, second].into_iter().zip(kept).enumerate() {
            let kept = kept.unwrap_or_default();
            let lost = [&tokens[..kept.start], &tokens[kept.end..]];
            preview.tokens_cut += tokens.len() - kept.len();
            preview.cut.extend(span_of(lost.into_iter().flatten()).map(|bytes| CutText { text, bytes }));
        }
    }

    fn pack(&self, tokens: &[EncodedToken], packing: Packing, preview: &mut Preview) {
        let document = self.framed(tokens, &[]);
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
                let at = document.get(next).map_or(self.texts.first.len(), |token| token.token.span.start);
                shown.push(place.map_or_else(|| self.added(id, (0, at)), |place| document[place].clone()));
            }
            preview.rows.push(PreviewRow { tokens: shown, types: Vec::new(), unfinished: number >= finished });
        }
        preview.tokens_cut = document.len() - next;
        let cut = span_of(document[next..].iter().map(|token| &token.token));
        preview.cut.extend(cut.map(|bytes| CutText { text: 0, bytes }));
    }

    /// Parts of the texts' tokens with the special ones around them.
    fn framed(&self, first: &[EncodedToken], second: &[EncodedToken]) -> Vec<PreviewToken> {
        let frame = &self.layout.frame;
        let mut row = Vec::with_capacity(first.len() + second.len() + frame.len());
        let own = |text: usize| move |token: &EncodedToken| PreviewToken { token: token.clone(), text, pad: false };
        let last = usize::from(self.texts.second.is_some());
        let start = |tokens: &[EncodedToken]| tokens.first().map_or(0, |token| token.span.start);
        let end = |tokens: &[EncodedToken]| tokens.last().map_or(0, |token| token.span.end);
        row.extend(frame.prefix.iter().map(|&id| self.added(id, (0, start(first)))));
        row.extend(first.iter().map(own(0)));
        row.extend(frame.between.iter().map(|&id| self.added(id, (0, end(first)))));
        row.extend(second.iter().map(own(1)));
        let end = if last == 0 { end(first) } else { end(second) };
        row.extend(frame.suffix.iter().map(|&id| self.added(id, (last, end))));
        row
    }

    /// A token that is in none of the texts, but belongs `at` that byte of one of them.
    fn added(&self, id: u32, (text, at): (usize, usize)) -> PreviewToken {
        let written = self.tokenizer.token_text(id).unwrap_or_else(|| id.to_string());
        let token =
            EncodedToken { id, token: written.clone(), text: written, span: at..at, special: true, unknown: false };
        PreviewToken { token, text, pad: false }
    }

    /// A token that fills a row up.
    fn pad(&self, at: (usize, usize)) -> PreviewToken {
        PreviewToken { pad: true, ..self.added(self.layout.pad_id, at) }
    }
}

/// The bytes from the first to the last of these tokens.
fn span_of<'t>(tokens: impl Iterator<Item = &'t EncodedToken>) -> Option<Range<usize>> {
    tokens.map(|token| token.span.clone()).reduce(|all, span| all.start.min(span.start)..all.end.max(span.end))
}
