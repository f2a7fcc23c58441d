//! From a unit's texts to its rows of ids: clean, encode, filter, cut or split, frame, count.

use arrow::array::{Array, StringViewArray};

use super::audit::{ROUND_TRIP_EVERY, Tally, Watch};
use super::clean::Cleaner;
use super::error::TokenizeError;
use super::filter::{FilterCounts, Sieve};
use super::intake::{Intake, Separator};
use super::layout::RowLayout;
use super::settings::OnBadSample;
use super::unit::Unit;
use crate::jobs::Control;
use crate::tokenizer::{Encoder, Tokenizer};

/// Rows between two looks at whether the job should stop.
const CHECK_EVERY: usize = 8;

/// The rows of one unit, real tokens only, one after the other; where rows are packed, first the documents.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The ids of all rows.
    pub ids: Vec<i32>,
    /// How many of them each row has.
    pub lengths: Vec<usize>,
    /// Which sample each row comes from; nothing for packed rows.
    pub samples: Vec<i64>,
    /// How many rows of each batch there are, and what they are filled up to.
    pub batches: Vec<(usize, Option<usize>)>,
    /// What was counted.
    pub tally: Tally,
}

/// What turns units into rows on one thread.
pub(super) struct RowMaker<'a> {
    tokenizer: &'a Tokenizer,
    encoder: Encoder<'a>,
    layout: &'a RowLayout,
    cleaner: Cleaner,
    sieve: Option<&'a Sieve>,
    separator: Option<&'a Separator>,
    on_bad_sample: OnBadSample,
    split: &'a str,
    body: Vec<u32>,
}

impl<'a> RowMaker<'a> {
    pub(super) fn new(
        tokenizer: &'a Tokenizer,
        layout: &'a RowLayout,
        intake: &'a Intake,
        on_bad_sample: OnBadSample,
    ) -> Self {
        Self {
            tokenizer,
            encoder: tokenizer.encoder(),
            layout,
            cleaner: intake.cleaner(),
            sieve: intake.sieve.as_ref(),
            separator: intake.separator.as_ref(),
            on_bad_sample,
            split: "",
            body: Vec::new(),
        }
    }

    /// Makes the rows of one unit of that split.
    pub(super) fn make(&mut self, split: &'a str, unit: &Unit, control: &Control) -> Result<Rows, TokenizeError> {
        self.split = split;
        // Most vocabularies have a token for every three bytes or more; growing from nothing would copy the ids often.
        let bytes: usize = unit.texts.iter().map(StringViewArray::total_bytes_len).sum();
        let mut rows = Rows { ids: Vec::with_capacity(bytes / 3), ..Rows::default() };
        if self.sieve.is_some() {
            // Also where nothing is left out: the audit says that it was looked for.
            rows.tally.counts.filter = Some(FilterCounts::default());
        }
        let mut texts = unit.texts.iter().flat_map(|texts| (0..texts.len()).map(move |row| text_of(texts, row)));
        let mut sample = unit.first;
        let by_reference = self.encoder.by_reference();
        for &batch in &unit.batches {
            let first = rows.lengths.len();
            for (row, text) in texts.by_ref().take(batch).enumerate() {
                if row % CHECK_EVERY == 0 {
                    control.check()?;
                }
                self.add(sample, text, &mut rows)?;
                sample += 1;
            }
            let longest = rows.lengths[first..].iter().copied().max().unwrap_or(0);
            rows.batches.push((rows.lengths.len() - first, self.layout.width(longest)));
        }
        rows.tally.counts.by_reference = self.encoder.by_reference() - by_reference;
        Ok(rows)
    }

    fn add(&mut self, sample: u64, text: Option<&str>, rows: &mut Rows) -> Result<(), TokenizeError> {
        rows.tally.counts.samples += 1;
        let bad = Bad { policy: self.on_bad_sample, split: self.split, sample };
        let Some(text) = text else {
            return bad.sample("its text is missing (null)".to_owned(), rows);
        };
        let text = if self.cleaner.is_off() {
            text
        } else {
            let cleaned = self.cleaner.clean(text);
            rows.tally.counts.cleaning.get_or_insert_default().count(text, &cleaned);
            cleaned.text
        };
        self.body.clear();
        let encoded = match self.separator {
            None => self.encoder.encode_into(text, &mut self.body).map_err(|error| error.to_string()),
            Some(separator) => separator.encode_between(text, &mut self.encoder, &mut self.body),
        };
        if let Err(reason) = encoded {
            return bad.sample(reason, rows);
        }
        if let Some(dropped) = self.sieve.and_then(|sieve| sieve.judge(&[text], &[&self.body])) {
            let counts = rows.tally.counts.filter.get_or_insert_default();
            counts.count(sample, self.body.len() as u64, dropped.reason());
            return Ok(());
        }
        let parts = match self.layout.rows(self.body.len()) {
            Ok(parts) => parts,
            Err(too_long) => return bad.sample(too_long.reason(self.layout.max_length), rows),
        };
        if sample.is_multiple_of(ROUND_TRIP_EVERY) {
            let round_trip = &mut rows.tally.counts.round_trip;
            round_trip.checked += 1;
            round_trip.same += u64::from(self.tokenizer.decode(&self.body, false)? == text);
        }
        let (first_row, mut kept) = (rows.lengths.len(), 0);
        let frame = &self.layout.frame;
        for part in parts {
            let before = rows.ids.len();
            kept += part.len();
            for ids in [frame.prefix.as_slice(), &self.body[part], &frame.suffix] {
                rows.ids.extend(ids.iter().map(|&id| id as i32));
            }
            rows.lengths.push(rows.ids.len() - before);
            rows.samples.push(sample as i64);
        }
        let counts = &mut rows.tally.counts;
        let cut = self.body.len().saturating_sub(kept);
        counts.cut_samples += u64::from(cut > 0);
        counts.tokens_cut += cut as u64;
        counts.split_samples += u64::from(rows.lengths.len() > first_row + 1);
        counts.tokens_repeated += kept.saturating_sub(self.body.len()) as u64;
        Ok(())
    }
}

/// What becomes of a sample that cannot become a row.
struct Bad<'a> {
    policy: OnBadSample,
    split: &'a str,
    sample: u64,
}

impl Bad<'_> {
    fn sample(&self, reason: String, rows: &mut Rows) -> Result<(), TokenizeError> {
        match self.policy {
            OnBadSample::Stop => {
                Err(TokenizeError::Sample { split: self.split.to_owned(), sample: self.sample, reason })
            }
            OnBadSample::Skip => {
                rows.tally.skip(self.sample);
                Ok(())
            }
        }
    }
}

impl Rows {
    /// Counts what is in finished rows.
    pub(super) fn count(&mut self, layout: &RowLayout, watch: &Watch) {
        let Self { ids, lengths, batches, tally, .. } = self;
        let mut ids = ids.as_slice();
        let mut lengths = lengths.iter();
        for &(batch, width) in &*batches {
            for &length in lengths.by_ref().take(batch) {
                let (row, rest) = ids.split_at(length);
                ids = rest;
                let written = width.unwrap_or(length).max(length);
                watch.row(tally, row, written, layout.keeps_promise(written, width));
            }
        }
    }
}

fn text_of(texts: &StringViewArray, row: usize) -> Option<&str> {
    (!texts.is_null(row)).then(|| texts.value(row))
}
