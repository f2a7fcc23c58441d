//! One row after the other: what it is, and what is wrong with it whatever the others are.

use std::ops::Range;

use super::lens::{Id, Lens};
use super::own::Trial;
use super::promise::{Length, Promise};
use super::report::Kind;
use super::tally::{Sizes, Tally};

/// A row as it stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'r> {
    pub file: u32,
    /// Its number in the file.
    pub number: u64,
    pub split: usize,
    pub ids: &'r [i64],
    pub mask: Option<&'r [i64]>,
    pub num_tokens: Option<i64>,
    /// Whether its text is to be encoded again.
    pub tried: bool,
}

/// Which part of a row is real, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Real {
    span: Range<usize>,
    tokens: usize,
}

impl Real {
    fn all(span: Range<usize>) -> Self {
        Self { tokens: span.len(), span }
    }
}

/// Looks at rows on one thread.
pub(super) struct Looker<'a> {
    lens: &'a Lens,
    promise: &'a Promise,
    trial: Option<Trial<'a>>,
    pub(super) tally: Tally,
}

impl<'a> Looker<'a> {
    pub(super) fn new(lens: &'a Lens, promise: &'a Promise, trial: Option<Trial<'a>>, splits: usize) -> Self {
        let mut tally = Tally { sizes: vec![Sizes::default(); splits], ..Tally::default() };
        tally.special.resize(lens.special_texts().len(), 0);
        if let Some(begin) = lens.begin {
            tally.firsts.watch(begin);
        }
        Self { lens, promise, trial, tally }
    }

    /// Counts a row that is missing.
    pub(super) fn null(&mut self, file: u32, number: u64, split: usize) {
        self.tally.sizes[split].rows += 1;
        self.tally.found(Kind::NullRows).add(file, number, String::new);
    }

    /// Counts a row some of whose ids are missing. Nothing more can be said of it: every place after those is unknown.
    pub(super) fn null_ids(&mut self, row: &Row<'_>, missing: usize) {
        self.tally.sizes[row.split].rows += 1;
        self.tally.sizes[row.split].tokens += row.ids.len() as u64;
        let note = || format!("{missing} of {} ids are missing", row.ids.len() + missing);
        self.tally.found(Kind::NullIds).add(row.file, row.number, note);
    }

    /// Looks at one row and returns whether there is a real token in it.
    pub(super) fn row(&mut self, row: &Row<'_>) -> bool {
        self.length(row);
        if row.ids.is_empty() {
            self.tally.sizes[row.split].rows += 1;
            self.find(Kind::EmptyRows, row, String::new);
            return false;
        }
        let real = match row.mask {
            Some(mask) => self.by_mask(row, mask),
            None => self.by_ids(row),
        };
        let sizes = &mut self.tally.sizes[row.split];
        sizes.rows += 1;
        sizes.tokens += real.tokens as u64;
        sizes.pads += (row.ids.len() - real.tokens) as u64;
        self.tally.padded += u64::from(real.tokens < row.ids.len());
        self.ids(row, &real);
        if real.tokens == 0 {
            self.find(Kind::OnlyPads, row, String::new);
            return false;
        }
        self.beginnings(row, &real);
        if row.tried
            && let Some(trial) = &mut self.trial
        {
            let ids = &row.ids[real.span.clone()];
            trial.row(ids, self.lens, row.file, row.number, &mut self.tally.own);
        }
        true
    }

    fn find(&mut self, kind: Kind, row: &Row<'_>, note: impl FnOnce() -> String) {
        self.tally.found(kind).add(row.file, row.number, note);
    }

    fn length(&mut self, row: &Row<'_>) {
        let length = row.ids.len() as u64;
        self.tally.shortest = Some(self.tally.shortest.map_or(length, |shortest| shortest.min(length)));
        self.tally.longest = self.tally.longest.max(Some(length));
        // Rows of nothing have a finding of their own.
        if length == 0 {
            return;
        }
        let kind = match self.promise.length {
            Some(Length::Exactly(promised)) if length < promised => Kind::ShortRows,
            Some(Length::Exactly(promised) | Length::AtMost(promised)) if length > promised => Kind::LongRows,
            Some(_) => return,
            None => return self.tally.lengths.add(length as i64, row.file, row.number),
        };
        self.find(kind, row, || format!("{length} ids"));
    }

    /// What the mask calls real, with what is wrong about that.
    fn by_mask(&mut self, row: &Row<'_>, mask: &[i64]) -> Real {
        if mask.len() != row.ids.len() {
            let note = || format!("{} mask values for {} ids", mask.len(), row.ids.len());
            self.find(Kind::MaskDisagrees, row, note);
            return Real::all(0..row.ids.len());
        }
        if let Some(place) = mask.iter().position(|&value| value != 0 && value != 1) {
            self.find(Kind::MaskDisagrees, row, || format!("{} at position {place}", mask[place]));
            return Real::all(0..row.ids.len());
        }
        let first = mask.iter().position(|&value| value == 1).unwrap_or(mask.len());
        let end = mask.iter().rposition(|&value| value == 1).map_or(first, |last| last + 1);
        let tokens = mask.iter().filter(|&&value| value == 1).count();
        if !self.mask_is_wrong(row, mask, first, end)
            && let Some(told) = row.num_tokens.filter(|&told| told != tokens as i64)
        {
            self.find(Kind::NumTokensDisagrees, row, || format!("it says {told}, the mask {tokens}"));
        }
        Real { span: first..end, tokens }
    }

    /// Holds the mask against the ids; whether anything is wrong.
    fn mask_is_wrong(&mut self, row: &Row<'_>, mask: &[i64], first: usize, end: usize) -> bool {
        let ids = row.ids;
        let known = self.promise.pad.or(self.lens.pad);
        let edges = || (0..first).chain(end..ids.len());
        if let Some(pad) = known {
            if let Some(place) = edges().find(|&place| ids[place] != pad) {
                let note = || format!("id {} at position {place} is masked like filling", ids[place]);
                self.find(Kind::MaskDisagrees, row, note);
                return true;
            }
        } else if let Some(filling) = edges().map(|place| ids[place]).next() {
            if let Some(place) = edges().find(|&place| ids[place] != filling) {
                let note = || format!("ids {filling} and {} are both masked like filling", ids[place]);
                self.find(Kind::MaskDisagrees, row, note);
                return true;
            }
            self.tally.fillings.add(filling, row.file, row.number);
        }
        let is_pad = |place: usize| self.lens.pad == Some(ids[place]);
        if let Some(place) = [first, end.wrapping_sub(1)].into_iter().find(|&place| first < end && is_pad(place)) {
            self.find(Kind::MaskDisagrees, row, || format!("filling at position {place} is masked like a token"));
            return true;
        }
        let Some(place) = (first..end).find(|&place| mask[place] == 0 || is_pad(place)) else { return false };
        let filling = self.lens.any_pad.or_else(|| edges().map(|place| ids[place]).next());
        if filling.is_none_or(|filling| ids[place] == filling) {
            self.find(Kind::PadsInside, row, || format!("at position {place}"));
        } else {
            let note = || format!("id {} at position {place} is masked like filling", ids[place]);
            self.find(Kind::MaskDisagrees, row, note);
        }
        true
    }

    /// What is real where there is no mask: by a filling id that is nothing else, else by `num_tokens`, else by a run of
    /// the id that fills up.
    fn by_ids(&mut self, row: &Row<'_>) -> Real {
        let ids = row.ids;
        let trimmed = |pad: i64| {
            let first = ids.iter().position(|&id| id != pad).unwrap_or(ids.len());
            first..ids.iter().rposition(|&id| id != pad).map_or(first, |last| last + 1)
        };
        if let Some(pad) = self.lens.pad {
            let span = trimmed(pad);
            let tokens = ids[span.clone()].iter().filter(|&&id| id != pad).count();
            if tokens < span.len() {
                let place = span.start + ids[span.clone()].iter().position(|&id| id == pad).unwrap_or(0);
                self.find(Kind::PadsInside, row, || format!("at position {place}"));
            } else if let Some(told) = row.num_tokens.filter(|&told| told != tokens as i64) {
                self.find(Kind::NumTokensDisagrees, row, || format!("it says {told}, the ids {tokens}"));
            }
            return Real { span, tokens };
        }
        if let Some(told) = row.num_tokens {
            let Some(span) = told_span(ids, told, self.lens.any_pad) else {
                let note = || format!("it says {told} of {} ids, the others being no filling", ids.len());
                self.find(Kind::NumTokensDisagrees, row, note);
                return Real::all(0..ids.len());
            };
            return Real::all(span);
        }
        match self.lens.any_pad {
            Some(pad) if self.promise.packed != Some(true) => {
                let span = trimmed(pad);
                if span.is_empty() {
                    return Real::all(span);
                }
                // The innermost of a run may be the sample's own beginning or end.
                Real::all(span.start.saturating_sub(1)..(span.end + 1).min(ids.len()))
            }
            _ => Real::all(0..ids.len()),
        }
    }

    /// Looks at every id.
    fn ids(&mut self, row: &Row<'_>, real: &Real) {
        let mut outside = None;
        for (place, &id) in row.ids.iter().enumerate() {
            let kind = self.lens.id(id);
            if kind == Id::Outside {
                outside = outside.or(Some((place, id)));
            }
            let is_real = real.span.contains(&place) && row.mask.is_none_or(|mask| mask.get(place) != Some(&0));
            if !is_real {
                continue;
            }
            self.tally.see(id);
            if let Id::Special(special) = kind {
                self.tally.special[special] += 1;
            }
            self.tally.unknown += u64::from(self.lens.unknown == Some(id));
        }
        if let Some((place, id)) = outside {
            self.find(Kind::IdsOutsideVocabulary, row, || format!("id {id} at position {place}"));
        }
    }

    /// The beginning-of-sequence token: at the start, twice there, further on.
    fn beginnings(&mut self, row: &Row<'_>, real: &Real) {
        let Real { span, .. } = real;
        self.tally.firsts.add(row.ids[span.start], row.file, row.number);
        let Some(begin) = self.lens.begin else { return };
        let is = |place: &usize| row.ids[*place] == begin && row.mask.is_none_or(|mask| mask.get(*place) != Some(&0));
        let starts = row.ids[span.start] == begin;
        let mut inside = span.start + 1..span.end;
        let may_be_doubled = starts && !self.lens.begin_ends && self.promise.packed != Some(true);
        if may_be_doubled && inside.clone().next().is_some_and(|place| is(&place)) {
            self.find(Kind::DoubledBos, row, String::new);
            inside.start += 1;
        }
        if self.lens.begin_ends && !inside.is_empty() {
            // There it ends the sample.
            inside.end -= 1;
        }
        if let Some(place) = inside.clone().find(is) {
            self.find(Kind::BosInside, row, || format!("at position {place}"));
        }
    }
}

/// The part of a row that `num_tokens` calls real; nothing where the rest is no filling.
fn told_span(ids: &[i64], told: i64, pad: Option<i64>) -> Option<Range<usize>> {
    let told = usize::try_from(told).ok()?;
    let missing = ids.len().checked_sub(told)?;
    let is_filling = |part: &[i64]| match (part.first(), pad) {
        (None, _) => true,
        (Some(first), None) => part.iter().all(|id| id == first),
        (Some(_), Some(pad)) => part.iter().all(|&id| id == pad),
    };
    if is_filling(&ids[told..]) { Some(0..told) } else { is_filling(&ids[..missing]).then_some(missing..ids.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_told_number_of_tokens_is_taken_where_the_rest_is_filling() {
        assert_eq!(told_span(&[5, 6, 0, 0], 2, Some(0)), Some(0..2));
        assert_eq!(told_span(&[0, 0, 5, 6], 2, None), Some(2..4));
        assert_eq!(told_span(&[5, 6, 7, 8], 2, None), None);
        assert_eq!(told_span(&[5, 6], 3, None), None);
        assert_eq!(told_span(&[5, 6], -1, None), None);
    }
}
