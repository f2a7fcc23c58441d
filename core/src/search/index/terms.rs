//! All terms of a field in one piece of memory, to be searched for parts of terms.
//!
//! A file is the terms in order, each followed by a byte that no text has, then a record of 16 bytes for each, then how
//! many there are (8 bytes). A record says where the term begins, how many rows have it, and where its rows and its
//! positions begin in tantivy's files; one more record says where the last ends. All numbers are little endian.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use memchr::memmem;
use tantivy::directory::OwnedBytes;
use tantivy::postings::TermInfo;
use tantivy::termdict::TermDictionary;

/// Ends a term.
const BREAK: u8 = 0xFF;
/// Numbers in a record.
const FIELDS: usize = 4;

/// Where in a term a text is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// It is the term.
    Whole,
    /// The term begins with it.
    Begins,
    /// The term ends with it.
    Ends,
    /// Anywhere.
    Inside,
}

/// Writes the terms of a dictionary to a file.
pub(super) fn write(terms: &TermDictionary, path: &Path) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut records: Vec<[u32; FIELDS]> = Vec::with_capacity(terms.num_terms() + 1);
    let mut end = [0; FIELDS];
    let number = |place: usize| u32::try_from(place).map_err(io::Error::other);
    let mut stream = terms.stream()?;
    while stream.advance() {
        let (term, info) = (stream.key(), stream.value());
        file.write_all(term)?;
        file.write_all(&[BREAK])?;
        let (rows, positions) = (number(info.postings_range.start)?, number(info.positions_range.start)?);
        if (rows, positions) != (end[2], end[3]) {
            return Err(io::Error::other("the terms do not lie side by side"));
        }
        records.push([end[0], info.doc_freq, rows, positions]);
        let start = end[0] + number(term.len())? + 1;
        end = [start, 0, number(info.postings_range.end)?, number(info.positions_range.end)?];
    }
    records.push(end);
    for field in records.iter().flatten() {
        file.write_all(&field.to_le_bytes())?;
    }
    file.write_all(&(records.len() as u64 - 1).to_le_bytes())?;
    file.into_inner()?.sync_all()
}

/// The terms of a file, by their places in it.
#[derive(Debug)]
pub(super) struct Terms {
    bytes: OwnedBytes,
    records: OwnedBytes,
    count: usize,
}

impl Terms {
    /// Nothing if the bytes are no such file.
    pub(super) fn open(bytes: OwnedBytes) -> Option<Self> {
        let (rest, count) = bytes.len().checked_sub(8).map(|at| bytes.split(at))?;
        let count = u64::from_le_bytes(count.as_slice().try_into().ok()?) as usize;
        let at = rest.len().checked_sub(count.checked_add(1)?.checked_mul(4 * FIELDS)?)?;
        let (bytes, records) = rest.split(at);
        let terms = Self { bytes, records, count };
        (terms.start(count) == terms.bytes.len()).then_some(terms)
    }

    fn field(&self, term: usize, field: usize) -> usize {
        let bytes = &self.records.as_slice()[4 * (FIELDS * term + field)..];
        bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
    }

    fn start(&self, term: usize) -> usize {
        self.field(term, 0)
    }

    /// Where tantivy keeps the rows of a term.
    pub(super) fn info(&self, term: usize) -> TermInfo {
        let range = |field| self.field(term, field)..self.field(term + 1, field);
        TermInfo { doc_freq: self.field(term, 1) as u32, postings_range: range(2), positions_range: range(3) }
    }

    fn term(&self, term: usize) -> &[u8] {
        &self.bytes.as_slice()[self.start(term)..self.start(term + 1) - 1]
    }

    /// All terms in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (&[u8], TermInfo)> {
        (0..self.count).map(|term| (self.term(term), self.info(term)))
    }

    /// The terms that hold a text, which is not empty.
    pub(super) fn find(&self, anchor: Anchor, text: &str) -> Vec<usize> {
        let text = text.as_bytes();
        match anchor {
            Anchor::Begins | Anchor::Whole => {
                let first = self.first_from(0, |term| self.term(term) >= text);
                let fits = |term: &usize| match anchor {
                    Anchor::Whole => self.term(*term) == text,
                    _ => self.term(*term).starts_with(text),
                };
                (first..self.count).take_while(fits).collect()
            }
            Anchor::Inside => self.holding(text, false),
            Anchor::Ends => self.holding(text, true),
        }
    }

    fn holding(&self, text: &[u8], at_end: bool) -> Vec<usize> {
        let mut sought = text.to_vec();
        if at_end {
            sought.push(BREAK);
        }
        let finder = memmem::Finder::new(&sought);
        let bytes = self.bytes.as_slice();
        let (mut found, mut at, mut term) = (Vec::new(), 0, 0);
        while let Some(place) = finder.find(&bytes[at..]) {
            let place = at + place;
            // The term that holds the place is the last that begins at or before it.
            term = self.first_from(term, |next| self.start(next + 1) > place);
            found.push(term);
            at = self.start(term + 1);
        }
        found
    }

    /// The first term from `from` on for which `holds` is true, as it is for all after it.
    fn first_from(&self, from: usize, holds: impl Fn(usize) -> bool) -> usize {
        // By doubling steps, for the term is often near.
        let (mut low, mut step) = (from, 1);
        while low + step < self.count && !holds(low + step) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(self.count);
        while low < high {
            let middle = low.midpoint(high);
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_by_their_parts() {
        let terms = ["CAT", "CATS", "OF", "PROOF", "SCATTER", "日"];
        let mut bytes: Vec<u8> = Vec::new();
        let mut records = vec![];
        for term in terms {
            records.push([bytes.len() as u32, 1, 0, 0]);
            bytes.extend(term.as_bytes());
            bytes.push(BREAK);
        }
        records.push([bytes.len() as u32, 0, 0, 0]);
        bytes.extend(records.iter().flatten().flat_map(|field: &u32| field.to_le_bytes()));
        bytes.extend((terms.len() as u64).to_le_bytes());
        let list = Terms::open(OwnedBytes::new(bytes.clone())).unwrap();
        let find = |anchor, text| list.find(anchor, text);
        assert_eq!(find(Anchor::Inside, "CAT"), [0, 1, 4]);
        assert_eq!(find(Anchor::Begins, "CAT"), [0, 1]);
        assert_eq!(find(Anchor::Ends, "OF"), [2, 3]);
        assert_eq!(find(Anchor::Whole, "OF"), [2]);
        assert_eq!(find(Anchor::Whole, "O"), [0; 0]);
        assert_eq!(find(Anchor::Inside, "日"), [5]);
        assert_eq!(find(Anchor::Inside, "T"), [0, 1, 4]);
        assert_eq!(find(Anchor::Ends, "X"), [0; 0]);
        bytes.pop();
        assert!(Terms::open(OwnedBytes::new(bytes)).is_none());
    }
}
