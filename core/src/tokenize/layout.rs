//! One sample's ids, cut and framed the way Python does it, and what each row is filled up to.

use std::iter::successors;
use std::ops::Range;

use super::settings::{Layout, PackingMode, Padding, Settings, Side, Truncation};
use crate::tokenizer::{PairFrame, PairTypes, Tokenizer};
use crate::units::{count, counted};

/// The rows among which `padding = longest` looks for the longest: the first 1,000 of a split, the next 1,000 and so on,
/// as Python's `datasets.map(batched=True)` groups them. A batch is closed early once its texts come to 16 MiB.
pub const BATCH_ROWS: usize = 1_000;

/// How rows are laid out for one tokenizer.
#[derive(Debug, Clone)]
pub(super) struct RowLayout {
    /// The special tokens around each text or pair; empty when they are not wanted, or when packing puts them around each
    /// row. A single text stands where the first of a pair does, and nothing is between it and a second.
    pub frame: PairFrame,
    /// What tells the texts of a pair apart, where there is a column of it.
    pub types: Option<PairTypes>,
    /// The most tokens a row may have.
    pub max_length: usize,
    longer: Longer,
    /// Which text of a pair is cut; where none is named, the longer one. A single text is the first of a pair.
    cut_text: Option<Which>,
    cut_side: Side,
    /// Which rows are filled up.
    pub padding: Padding,
    /// On which side.
    pub pad_side: Side,
    /// With what.
    pub pad_id: u32,
}

/// What becomes of a sample that is longer than a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Longer {
    /// It is cut.
    Cut,
    /// It is a bad sample.
    Bad,
    /// It becomes several rows; neighbours share so many tokens.
    Split { stride: usize },
    /// It stays whole: packing makes rows of it.
    Pack,
}

/// One of the texts of a pair; of a single text, the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    First,
    Second,
}

impl RowLayout {
    /// For settings without [`problems`](Settings::problems).
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Self {
        Self {
            frame: frame(settings, tokenizer),
            types: types(settings, tokenizer),
            max_length: settings.max_length,
            longer: match (settings.layout, settings.truncation) {
                (Layout::Packed, _) => Longer::Pack,
                (Layout::Windows, _) => Longer::Split { stride: settings.stride },
                (_, Truncation::DoNotTruncate) => Longer::Bad,
                _ => Longer::Cut,
            },
            cut_text: match (settings.truncation, &settings.second_text_column) {
                (Truncation::OnlyFirst, _) | (_, None) => Some(Which::First),
                (Truncation::OnlySecond, Some(_)) => Some(Which::Second),
                _ => None,
            },
            cut_side: settings.truncation_side,
            padding: settings.padding,
            pad_side: settings.padding_side,
            // Settings that fill rows up without an id to fill them with have a problem and never come here.
            pad_id: tokenizer.pad().map_or(0, |pad| pad.id),
        }
    }

    /// Which of the `first` text's own tokens, and of the `second` one's, stand in each row of a sample; a single text is a
    /// pair whose second text has no tokens. Windows come in the order in which Python gives them: counted from the end
    /// where that is the side to cut. The error is the reason of a bad sample.
    pub(super) fn rows(
        &self,
        first: usize,
        second: usize,
    ) -> Result<impl Iterator<Item = (Range<usize>, Range<usize>)> + use<>, String> {
        let room = self.max_length.saturating_sub(self.frame.len());
        let fits = first + second <= room || self.longer == Longer::Pack;
        let (kept_first, kept_second) = if fits { (first, second) } else { self.kept(first, second, room)? };
        let side = self.cut_side;
        let row = (end_of(first, kept_first, side), end_of(second, kept_second, side));
        let moving = self.cut_text.unwrap_or(Which::First);
        let (tokens, room) = if moving == Which::First { (first, kept_first) } else { (second, kept_second) };
        let step = match self.longer {
            Longer::Split { stride } if !fits => Some(room - stride),
            _ => None,
        };
        Ok(successors(Some(row), move |(first, second)| {
            let step = step?;
            let next = |last: &Range<usize>| match side {
                Side::Right => (last.end < tokens).then(|| last.start + step..(last.start + step + room).min(tokens)),
                Side::Left => (last.start > 0).then(|| (last.end - step).saturating_sub(room)..last.end - step),
            };
            match moving {
                Which::First => next(first).map(|first| (first, second.clone())),
                Which::Second => next(second).map(|second| (first.clone(), second)),
            }
        }))
    }

    /// How many tokens of each text a row has that has no room for all.
    fn kept(&self, first: usize, second: usize, room: usize) -> Result<(usize, usize), String> {
        let too_many = first + second - room;
        if self.longer == Longer::Bad {
            let tokens = counted((first + second + self.frame.len()) as u64, "token");
            let most = count(self.max_length as u64);
            return Err(format!("it has {tokens}, max_length is {most}, and truncation is do_not_truncate"));
        }
        let Some(which) = self.cut_text else { return Ok(longest_first(first, second, room)) };
        let (cut, name) = if which == Which::First { (first, "first") } else { (second, "second") };
        if cut <= too_many {
            let (has, other) = (counted(cut as u64, "token"), counted((first + second - cut) as u64, "token"));
            return Err(format!(
                "its {name} text, the only one that may be cut, has {has}; the other one has {other}, and there is room for {}",
                count(room as u64)
            ));
        }
        let kept = cut - too_many;
        if let Longer::Split { stride } = self.longer
            && stride >= kept
        {
            let (room, stride) = (counted(kept as u64, "token"), count(stride as u64));
            return Err(format!(
                "beside the other text there is room for {room} of its {name} text in a window, which is not more than the stride of {stride}"
            ));
        }
        Ok(if which == Which::First { (kept, second) } else { (first, kept) })
    }

    /// Whether a row that is `written` tokens long in the file is as long as the settings promise.
    pub(super) fn keeps_promise(&self, written: usize, width: Option<usize>) -> bool {
        match self.longer {
            Longer::Pack => written == self.max_length,
            _ => written == width.unwrap_or(written) && written <= self.max_length,
        }
    }

    /// Whether texts become documents to be packed, not rows.
    pub(super) fn packs(&self) -> bool {
        self.longer == Longer::Pack
    }

    /// What every row of a batch is filled up to, given its longest.
    pub(super) fn width(&self, longest: usize) -> Option<usize> {
        match self.padding {
            Padding::MaxLength => Some(self.max_length),
            Padding::Longest => Some(longest),
            Padding::DoNotPad => None,
        }
    }

    /// How much filling goes before and after a row.
    pub(super) fn filling(&self, tokens: usize, width: Option<usize>) -> (usize, usize) {
        let missing = width.map_or(0, |width| width.saturating_sub(tokens));
        match self.pad_side {
            Side::Left => (missing, 0),
            Side::Right => (0, missing),
        }
    }
}

/// The special tokens that these settings ask for.
fn frame(settings: &Settings, tokenizer: &Tokenizer) -> PairFrame {
    let frames_rows = settings.layout == Layout::Packed && settings.packing.mode == PackingMode::Sparsify;
    if !settings.frames() || frames_rows {
        PairFrame::default()
    } else if settings.second_text_column.is_some() {
        tokenizer.pair_frame().cloned().unwrap_or_default()
    } else {
        PairFrame::of_single(tokenizer.frame().clone())
    }
}

/// The types of pairs, where these settings ask for them.
fn types(settings: &Settings, tokenizer: &Tokenizer) -> Option<PairTypes> {
    let asked = settings.return_token_type_ids && settings.second_text_column.is_some();
    tokenizer.pair_frame().filter(|_| asked)?.types(settings.frames()).cloned()
}

/// What is left of `tokens` where all but `kept` are cut from that side.
fn end_of(tokens: usize, kept: usize, side: Side) -> Range<usize> {
    match side {
        Side::Right => 0..kept,
        Side::Left => tokens - kept..tokens,
    }
}

/// How many tokens of two texts are kept where the longer one is cut first: it alone where the shorter one takes less than
/// half the room, else both to half, and the odd token is the longer one's.
fn longest_first(first: usize, second: usize, room: usize) -> (usize, usize) {
    let short = first.min(second);
    let (short, long) = if short <= room / 2 { (short, room - short) } else { (room / 2, room - room / 2) };
    if first <= second { (short, long) } else { (long, short) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::testing::tokenizer;

    fn windows(tokens: usize, max_length: usize, stride: usize, side: Side) -> Vec<Range<usize>> {
        let settings = Settings {
            layout: Layout::Windows,
            max_length,
            stride,
            truncation_side: side,
            add_special_tokens: false,
            ..Settings::default()
        };
        RowLayout::new(&settings, &tokenizer("bytelevel")).rows(tokens, 0).unwrap().map(|(row, _)| row).collect()
    }

    #[test]
    fn windows_share_the_stride_and_end_where_the_text_does() {
        assert_eq!(windows(10, 4, 1, Side::Right), [0..4, 3..7, 6..10]);
        assert_eq!(windows(11, 4, 1, Side::Right), [0..4, 3..7, 6..10, 9..11]);
        assert_eq!(windows(11, 4, 1, Side::Left), [7..11, 4..8, 1..5, 0..2]);
        let one = |range: Range<usize>| vec![range];
        assert_eq!(windows(4, 4, 3, Side::Right), one(0..4));
        assert_eq!(windows(0, 4, 3, Side::Left), one(0..0));
    }
}
