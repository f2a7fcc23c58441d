//! One sample's ids, cut and framed the way Python does it, and what each row is filled up to.

use std::ops::Range;

use super::settings::{Padding, Settings, Side, Truncation};
use crate::tokenizer::{Frame, Tokenizer};
use crate::units::{count, counted};

/// The rows among which `padding = longest` looks for the longest: the first 1,000 of a split, the next 1,000 and so on,
/// as Python's `datasets.map(batched=True)` groups them. A batch is closed early once its texts come to 16 MiB.
pub const BATCH_ROWS: usize = 1_000;

/// How rows are laid out for one tokenizer.
#[derive(Debug, Clone)]
pub(super) struct RowLayout {
    /// The special tokens around each text; empty when they are not wanted.
    pub frame: Frame,
    /// The most tokens a row may have.
    pub max_length: usize,
    /// Whether a longer sample is cut; else it is a bad one.
    cuts: bool,
    cut_side: Side,
    /// Which rows are filled up.
    pub padding: Padding,
    /// On which side.
    pub pad_side: Side,
    /// With what.
    pub pad_id: u32,
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
        Self {
            frame: if settings.add_special_tokens { tokenizer.frame().clone() } else { Frame::default() },
            max_length: settings.max_length,
            cuts: settings.truncation != Truncation::DoNotTruncate,
            cut_side: settings.truncation_side,
            padding: settings.padding,
            pad_side: settings.padding_side,
            // Settings that fill rows up without an id to fill them with have a problem and never come here.
            pad_id: tokenizer.pad().map_or(0, |pad| pad.id),
        }
    }

    /// Which of a text's own `tokens` stay in the row.
    pub(super) fn kept(&self, tokens: usize) -> Result<Range<usize>, TooLong> {
        let room = self.max_length.saturating_sub(self.frame.len());
        if tokens <= room {
            Ok(0..tokens)
        } else if !self.cuts {
            Err(TooLong { tokens: tokens + self.frame.len() })
        } else {
            Ok(match self.cut_side {
                Side::Right => 0..room,
                Side::Left => tokens - room..tokens,
            })
        }
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
