//! One sample's ids, cut and framed the way Python does it, and what each row is filled up to.

use std::iter::successors;
use std::ops::Range;

use super::settings::{Layout, PackingMode, Padding, Settings, Side, Truncation};
use crate::tokenizer::{Frame, Tokenizer};
use crate::units::{count, counted};

/// The rows among which `padding = longest` looks for the longest: the first 1,000 of a split, the next 1,000 and so on,
/// as Python's `datasets.map(batched=True)` groups them. A batch is closed early once its texts come to 16 MiB.
pub const BATCH_ROWS: usize = 1_000;

/// How rows are laid out for one tokenizer.
#[derive(Debug, Clone)]
pub(super) struct RowLayout {
    /// The special tokens around each text; empty when they are not wanted, or when packing puts them around each row.
    pub frame: Frame,
    /// The most tokens a row may have.
    pub max_length: usize,
    longer: Longer,
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

/// A sample that is longer than a row may be, and must not be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong {
    /// Its tokens, special ones included.
    pub tokens: usize,
}

impl TooLong {
    /// Why that is no row, after "Unable to process sample 1,234: ".
    pub(super) fn reason(self, max_length: usize) -> String {
        let tokens = counted(self.tokens as u64, "token");
        format!("it has {tokens}, max_length is {}, and truncation is do_not_truncate", count(max_length as u64))
    }
}

impl RowLayout {
    /// For settings without [`problems`](Settings::problems).
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Self {
        let frames_rows = settings.layout == Layout::Packed && settings.packing.mode == PackingMode::Sparsify;
        Self {
            frame: if settings.add_special_tokens && !frames_rows {
                tokenizer.frame().clone()
            } else {
                Frame::default()
            },
            max_length: settings.max_length,
            longer: match (settings.layout, settings.truncation) {
                (Layout::Packed, _) => Longer::Pack,
                (Layout::Windows, _) => Longer::Split { stride: settings.stride },
                (_, Truncation::DoNotTruncate) => Longer::Bad,
                _ => Longer::Cut,
            },
            cut_side: settings.truncation_side,
            padding: settings.padding,
            pad_side: settings.padding_side,
            // Settings that fill rows up without an id to fill them with have a problem and never come here.
            pad_id: tokenizer.pad().map_or(0, |pad| pad.id),
        }
    }

    /// Which of a text's own `tokens` stand in each of its rows. Windows come in the order in which Python gives them:
    /// counted from the end where that is the side to cut.
    pub(super) fn rows(&self, tokens: usize) -> Result<impl Iterator<Item = Range<usize>> + use<>, TooLong> {
        let room = self.max_length.saturating_sub(self.frame.len());
        let fits = tokens <= room || self.longer == Longer::Pack;
        if !fits && self.longer == Longer::Bad {
            return Err(TooLong { tokens: tokens + self.frame.len() });
        }
        let side = self.cut_side;
        let first = match side {
            _ if fits => 0..tokens,
            Side::Right => 0..room,
            Side::Left => tokens - room..tokens,
        };
        // Settings with a stride that leaves no step have a problem and never come here.
        let step = match self.longer {
            Longer::Split { stride } => (!fits).then(|| room.saturating_sub(stride).max(1)),
            _ => None,
        };
        Ok(successors(Some(first), move |last| {
            let step = step?;
            match side {
                Side::Right => (last.end < tokens).then(|| last.start + step..(last.start + step + room).min(tokens)),
                Side::Left => (last.start > 0).then(|| (last.end - step).saturating_sub(room)..last.end - step),
            }
        }))
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
        RowLayout::new(&settings, &tokenizer("bytelevel")).rows(tokens).unwrap().collect()
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
