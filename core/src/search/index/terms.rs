//! All terms of a field in one piece of memory, to be searched for parts of terms.
//!
//! A file is the terms in order, each followed by a byte that no text has, then where each begins (4 bytes, little
//! endian, with the end of the last), then how many there are (8 bytes).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use memchr::memmem;
use tantivy::directory::OwnedBytes;
use tantivy::termdict::TermDictionary;

/// Ends a term.
const BREAK: u8 = 0xFF;

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
    let mut starts = vec![0_u32];
    let mut end = 0_u32;
    let mut stream = terms.stream()?;
    while stream.advance() {
        file.write_all(stream.key())?;
        file.write_all(&[BREAK])?;
        end += stream.key().len() as u32 + 1;
        starts.push(end);
    }
    for start in &starts {
        file.write_all(&start.to_le_bytes())?;
    }
    file.write_all(&(starts.len() as u64 - 1).to_le_bytes())?;
    file.into_inner()?.sync_all()
}

/// The terms of a file; a term's number is that in the dictionary.
#[derive(Debug)]
pub(super) struct Terms {
    bytes: OwnedBytes,
    starts: OwnedBytes,
    count: usize,
}

impl Terms {
    /// Nothing if the bytes are no such file.
    pub(super) fn open(bytes: OwnedBytes) -> Option<Self> {
        let (rest, count) = bytes.len().checked_sub(8).map(|at| bytes.split(at))?;
        let count = u64::from_le_bytes(count.as_slice().try_into().ok()?) as usize;
        let at = rest.len().checked_sub(count.checked_add(1)?.checked_mul(4)?)?;
        let (bytes, starts) = rest.split(at);
        let terms = Self { bytes, starts, count };
        (terms.start(count) == terms.bytes.len()).then_some(terms)
    }

    fn start(&self, term: usize) -> usize {
        self.starts.as_slice()[4 * term..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
    }

    fn term(&self, term: usize) -> &[u8] {
        &self.bytes.as_slice()[self.start(term)..self.start(term + 1) - 1]
    }

    /// The numbers of the terms that hold a text, which is not empty.
    pub(super) fn find(&self, anchor: Anchor, text: &str) -> Vec<u64> {
        let text = text.as_bytes();
        match anchor {
            Anchor::Begins | Anchor::Whole => {
                let first = self.first_from(0, |term| self.term(term) >= text);
                let fits = |term: &usize| match anchor {
                    Anchor::Whole => self.term(*term) == text,
                    _ => self.term(*term).starts_with(text),
                };
                (first..self.count).take_while(fits).map(|term| term as u64).collect()
            }
            Anchor::Inside => self.holding(text, false),
            Anchor::Ends => self.holding(text, true),
        }
    }

    fn holding(&self, text: &[u8], at_end: bool) -> Vec<u64> {
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
            found.push(term as u64);
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
