//! From a unit's texts to its rows of ids: clean, encode, filter, cut or split, frame, count.

use super::audit::{ROUND_TRIP_EVERY, Tally, Watch};
use super::clean::Cleaner;
use super::error::TokenizeError;
use super::filter::{FilterCounts, Sieve};
use super::intake::{Intake, Separator};
use super::layout::RowLayout;
use super::sample::TextMaker;
use super::settings::OnBadSample;
use super::unit::{Unit, UnitRow};
use crate::jobs::Control;
use crate::tokenizer::{Encoder, Tokenizer};

/// The rows of one unit, real tokens only, one after the other; where rows are packed, first the documents.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The ids of all rows.
    pub ids: Vec<i32>,
    /// How many of them each row has.
    pub lengths: Vec<usize>,
    /// How many of them are the first text's own, where there are types to be written.
    pub firsts: Vec<usize>,
    /// Which sample each row comes from; nothing for packed rows.
    pub samples: Vec<i64>,
    /// Where rows are packed: the place of each document in the order in which its split is tokenized.
    pub positions: Vec<u64>,
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
    texts: &'a TextMaker<'a>,
    /// One for each text of a pair: what it hands out is its own.
    cleaners: [Cleaner; 2],
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
        texts: &'a TextMaker<'a>,
        intake: &'a Intake,
        on_bad_sample: OnBadSample,
    ) -> Self {
        Self {
            tokenizer,
            encoder: tokenizer.encoder(),
            layout,
            texts,
            cleaners: [intake.cleaner(), intake.cleaner()],
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
        let mut rows = Rows { ids: Vec::with_capacity(unit.bytes() / 3), ..Rows::default() };
        if self.sieve.is_some() {
            // Also where nothing is left out: the audit says that it was looked for.
            rows.tally.counts.filter = Some(FilterCounts::default());
        }
        let mut samples = unit.rows();
        let by_reference = self.encoder.by_reference();
        for &batch in &unit.batches {
            let first = rows.lengths.len();
            for sample in samples.by_ref().take(batch) {
                control.check()?;
                self.add(sample, &mut rows)?;
            }
            let longest = rows.lengths[first..].iter().copied().max().unwrap_or(0);
            rows.batches.push((rows.lengths.len() - first, self.layout.width(longest)));
        }
        rows.tally.counts.by_reference = self.encoder.by_reference() - by_reference;
        Ok(rows)
    }

    fn add(&mut self, row: UnitRow<'_>, rows: &mut Rows) -> Result<(), TokenizeError> {
        let sample = row.number;
        rows.tally.counts.samples += 1;
        let bad = Bad { policy: self.on_bad_sample, split: self.split, sample };
        let texts = match self.texts.of_row(row.first, row.second) {
            Ok(texts) => texts,
            Err(reason) => return bad.sample(reason, rows),
        };
        let [first_cleaner, second_cleaner] = &mut self.cleaners;
        let first_text = cleaned(first_cleaner, &texts.first, rows);
        let second_text = texts.second.as_deref().map(|text| cleaned(second_cleaner, text, rows));
        self.body.clear();
        let mut first = 0;
        for (place, text) in [Some(first_text), second_text].into_iter().flatten().enumerate() {
            let encoded = match self.separator {
                None => self.encoder.encode_into(text, &mut self.body).map_err(|error| error.to_string()),
                Some(separator) => separator.encode_between(text, &mut self.encoder, &mut self.body),
            };
            if let Err(reason) = encoded {
                return bad.sample(reason, rows);
            }
            if place == 0 {
                first = self.body.len();
            }
        }
        let (first, second) = self.body.split_at(first);
        let dropped = self.sieve.and_then(|sieve| match second_text {
            None => sieve.judge(&[first_text], &[first]),
            Some(second_text) => sieve.judge(&[first_text, second_text], &[first, second]),
        });
        if let Some(dropped) = dropped {
            let counts = rows.tally.counts.filter.get_or_insert_default();
            counts.count(sample, self.body.len() as u64, dropped.reason());
            return Ok(());
        }
        let parts = match self.layout.rows(first.len(), second.len()) {
            Ok(parts) => parts,
            Err(reason) => return bad.sample(reason, rows),
        };
        if sample.is_multiple_of(ROUND_TRIP_EVERY) {
            let is_same = |ids: &[u32], text: &str| Ok::<_, TokenizeError>(self.tokenizer.decode(ids, false)? == text);
            let same = is_same(first, first_text)? && second_text.map_or(Ok(true), |text| is_same(second, text))?;
            let round_trip = &mut rows.tally.counts.round_trip;
            round_trip.checked += 1;
            round_trip.same += u64::from(same);
        }
        let (first_row, mut kept) = (rows.lengths.len(), 0);
        let frame = &self.layout.frame;
        for (of_first, of_second) in parts {
            let before = rows.ids.len();
            if self.layout.types.is_some() {
                rows.firsts.push(of_first.len());
            }
            kept += of_first.len() + of_second.len();
            for ids in [&frame.prefix, &first[of_first], &frame.between, &second[of_second], &frame.suffix] {
                rows.ids.extend(ids.iter().map(|&id| id as i32));
            }
            rows.lengths.push(rows.ids.len() - before);
            rows.samples.push(sample as i64);
            if self.layout.packs() {
                rows.positions.push(row.position);
            }
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

/// The text as it is encoded; what cleaning did to it is counted.
fn cleaned<'t>(cleaner: &'t mut Cleaner, text: &'t str, rows: &mut Rows) -> &'t str {
    if cleaner.is_off() {
        return text;
    }
    let outcome = cleaner.clean(text);
    rows.tally.counts.cleaning.get_or_insert_default().count(text, &outcome);
    outcome.text
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
                if layout.packs() && written > length {
                    let packing = tally.counts.packing.get_or_insert_default();
                    packing.filled_rows.push((tally.counts.rows, length as u64));
                }
                watch.row(tally, row, written, layout.keeps_promise(written, width));
            }
        }
    }
}
