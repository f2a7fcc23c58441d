//! Documents joined to one run of tokens, which is cut into rows.
//!
//! Both programs that pack this way take a fixed number of documents at once, and begin anew with the next.
//!
//! - TransformerLens puts a separator between two documents and a begin token before each row. What is left at a group's
//!   end is dropped; where a group has not filled one row, that row is filled up.
//! - sparsify puts a separator before each document and the tokenizer's special tokens around each row. The last row of a
//!   group is dropped, also where it is full.
//!
//! Neither leaves a token out because the next one is the same, as SAELens does.

use super::packer::{Packer, Token};
use crate::tokenize::settings::PackingMode;

impl<T: Token> Packer<T> {
    /// Adds one document; finished rows go to `emit`.
    pub(super) fn join(&mut self, sample: u64, document: &[T], mut emit: impl FnMut(&[T])) {
        let is_separated = self.packing.mode == PackingMode::Sparsify || self.group.documents > 0;
        self.group.documents += 1;
        if let Some(separator) = self.packing.separator.filter(|_| is_separated) {
            self.put(sample, &[T::added(separator)], 0, &mut emit);
        }
        self.put(sample, document, document.len() as u64, &mut emit);
    }

    /// Adds tokens of which `own` are a document's: all or none of them.
    fn put(&mut self, sample: u64, tokens: &[T], own: u64, emit: &mut impl FnMut(&[T])) {
        let full = self.packing.context_size - self.packing.frame.suffix.len();
        let mut rest = tokens;
        while !rest.is_empty() {
            if self.row.tokens.len() == full {
                self.end_row(emit);
            }
            if self.row.tokens.is_empty() {
                self.row.first_sample = sample;
                self.begin_with_prefix();
            }
            self.row.last_sample = sample;
            let (fitting, later) = rest.split_at((full - self.row.tokens.len()).min(rest.len()));
            self.row.tokens.extend_from_slice(fitting);
            self.row.of_documents += if own > 0 { fitting.len() as u64 } else { 0 };
            rest = later;
        }
        // sparsify keeps a full row back: nobody knows yet whether it is the last of its group.
        if self.packing.mode == PackingMode::TransformerLens && self.row.tokens.len() == full {
            self.end_row(emit);
        }
    }

    fn begin_with_prefix(&mut self) {
        let prefix = self.packing.begin_batch.iter().chain(&self.packing.frame.prefix);
        self.row.tokens.extend(prefix.map(|&id| T::added(id)));
    }

    fn end_row(&mut self, emit: &mut impl FnMut(&[T])) {
        self.row.tokens.extend(self.packing.frame.suffix.iter().map(|&id| T::added(id)));
        self.counts.kept += self.row.of_documents;
        self.counts.added += self.row.tokens.len() as u64 - self.row.of_documents;
        self.group.rows += 1;
        emit(&self.row.tokens);
        self.begin_row();
    }

    /// Gives the row that has begun where its group has no other one; whoever writes it fills it up.
    pub(super) fn fill_up(&mut self, mut emit: impl FnMut(&[T])) {
        if self.group.documents > 0 && self.group.rows == 0 {
            if self.row.tokens.is_empty() {
                self.begin_with_prefix();
            }
            self.end_row(&mut emit);
        }
    }
}
