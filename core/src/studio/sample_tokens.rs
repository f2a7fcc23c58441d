//! The tokens of samples: how many, and where in the text.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::token_rows::know_tokens;
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, Tokenization};
use crate::ingest::conversation_text;
use crate::jobs::Control;
use crate::samples::{Condition, Filter, PageQuery, SampleReader};
use crate::tokenizer::{EncodedToken, Tokenizer};

/// The longest text whose tokens are told one by one. The engine that knows places takes a second or two for it.
const MOST_BYTES: u64 = 4 << 20;

/// Whose tokens are meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TokenLens {
    /// Those of a tokenization of the dataset, by its id.
    Tokenization(String),
    /// Those that a tokenizer of the workspace makes of the text, by its name; without special tokens around it.
    Tokenizer(String),
}

/// Numbers of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TokenCounts {
    /// One for each row asked for. None where the row has no text, or where the tokenization left it out.
    pub tokens: Vec<Option<u64>>,
    /// Whether these are the lengths of token rows as they were written, cut and with special tokens; else the whole
    /// texts were counted.
    pub from_token_rows: bool,
}

/// The tokens of a part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartTokens {
    /// The tokens that touch the part, in order.
    pub tokens: Vec<EncodedToken>,
    /// Bytes of the whole text.
    pub text_bytes: u64,
}

impl Studio {
    /// The numbers of tokens of some rows, each given by its split and its 0-based number there. They are read from the
    /// token rows of a tokenization with one row for each sample, and counted otherwise.
    pub fn token_counts(
        &self,
        dataset: &str,
        lens: &TokenLens,
        rows: &[(String, u64)],
        control: &Control,
    ) -> Result<TokenCounts, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let reader = self.reader(entry.data_files(self.layout()));
        let (tokenizer, column) = match lens {
            TokenLens::Tokenization(id) => {
                let tokenization = entry.tokenization(Some(id))?;
                if has_row_per_sample(tokenization) {
                    let any = Condition::Tokens { tokenization: id.clone(), min: None, max: None };
                    let any = Filter { conditions: vec![any] };
                    know_tokens(&reader, self.layout(), entry, Some(&any), control)?;
                    return stored(&reader, id, rows, control);
                }
                (tokenization.tokenizer.as_str(), text_column_of(tokenization))
            }
            TokenLens::Tokenizer(name) => (name.as_str(), None),
        };
        let tokenizer = self.open_tokenizer(snapshot.tokenizer(tokenizer)?)?;
        let column = column.map_or_else(|| text_column(entry), Ok)?;
        counted(&reader, &tokenizer, &column, rows, control)
    }

    /// The tokens of one sample's text that touch a part of it, given in bytes, as a tokenizer of the workspace makes them
    /// of the whole text, without special tokens around it. A text of more than `most_bytes` is refused; one of more than
    /// 4 MB always is.
    pub fn sample_tokens(
        &self,
        dataset: &str,
        (split, row): (&str, u64),
        part: &Range<usize>,
        lens: &TokenLens,
        most_bytes: u64,
        control: &Control,
    ) -> Result<PartTokens, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let tokenizer = match lens {
            TokenLens::Tokenization(id) => &entry.tokenization(Some(id))?.tokenizer,
            TokenLens::Tokenizer(name) => name,
        };
        let tokenizer = self.open_tokenizer(snapshot.tokenizer(tokenizer)?)?;
        let reader = self.reader(entry.data_files(self.layout()));
        let Some(text) = text(&reader, &text_column(entry)?, split, row, control)? else {
            return Ok(PartTokens::default());
        };
        let bytes = text.len() as u64;
        let most = most_bytes.min(MOST_BYTES);
        if bytes > most {
            return Err(StudioError::TooLongForTokens { bytes, most });
        }
        let mut tokens = tokenizer.encode_with_offsets(&text, false)?;
        tokens.retain(|token| token.span.start < part.end && token.span.end > part.start);
        Ok(PartTokens { tokens, text_bytes: bytes })
    }

    /// Fails, saying why and where, if the filter cannot be applied to the dataset.
    pub fn validate_filter(&self, dataset: &str, filter: &Filter, control: &Control) -> Result<(), StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        Ok(self.prepared(entry, Some(filter), control)?.validate(filter, control)?)
    }

    /// A reader of the dataset that knows the token rows a filter speaks of.
    pub(super) fn prepared(
        &self,
        entry: &DatasetEntry,
        filter: Option<&Filter>,
        control: &Control,
    ) -> Result<Arc<SampleReader>, StudioError> {
        let reader = self.reader(entry.data_files(self.layout()));
        know_tokens(&reader, self.layout(), entry, filter, control)?;
        Ok(reader)
    }
}

/// Whether each sample is at most one of its token rows, which then names it.
pub fn has_row_per_sample(tokenization: &Tokenization) -> bool {
    tokenization.settings.get("layout").and_then(Value::as_str).is_none_or(|layout| layout == "row_per_sample")
}

fn text_column_of(tokenization: &Tokenization) -> Option<String> {
    tokenization.settings.get("text_column").and_then(Value::as_str).map(str::to_owned)
}

fn text_column(entry: &DatasetEntry) -> Result<String, StudioError> {
    entry.record.text_column.clone().ok_or_else(|| StudioError::NoTextColumn(entry.record.name.clone()))
}

fn stored(
    reader: &SampleReader,
    id: &str,
    rows: &[(String, u64)],
    control: &Control,
) -> Result<TokenCounts, StudioError> {
    let mut by_split: HashMap<&str, Vec<u64>> = HashMap::new();
    for (split, row) in rows {
        by_split.entry(split).or_default().push(*row);
    }
    let mut found = HashMap::with_capacity(rows.len());
    for (split, numbers) in by_split {
        let counts = reader.token_counts(id, split, &numbers, control)?;
        found.extend(counts.into_iter().map(|(row, tokens)| ((split, row), tokens)));
    }
    let tokens = rows.iter().map(|(split, row)| found.get(&(split.as_str(), *row)).copied()).collect();
    Ok(TokenCounts { tokens, from_token_rows: true })
}

fn counted(
    reader: &SampleReader,
    tokenizer: &Tokenizer,
    column: &str,
    rows: &[(String, u64)],
    control: &Control,
) -> Result<TokenCounts, StudioError> {
    let mut encoder = tokenizer.encoder();
    let mut ids = Vec::new();
    let mut tokens = Vec::with_capacity(rows.len());
    // One text at a time: a page of the longest ones must not be held at once.
    for (split, row) in rows {
        control.check()?;
        ids.clear();
        tokens.push(match text(reader, column, split, *row, control)? {
            Some(text) => {
                encoder.encode_into(&text, &mut ids)?;
                Some(ids.len() as u64)
            }
            None => None,
        });
    }
    Ok(TokenCounts { tokens, from_token_rows: false })
}

/// The text of a row; nothing where there is none.
fn text(
    reader: &SampleReader,
    column: &str,
    split: &str,
    row: u64,
    control: &Control,
) -> Result<Option<String>, StudioError> {
    let query = PageQuery {
        split: Some(split.to_owned()),
        offset: row,
        limit: 1,
        columns: Some(vec![column.to_owned()]),
        ..PageQuery::default()
    };
    let found = reader.page(&query, control)?.rows.into_iter().next();
    Ok(match found.and_then(|mut row| row.values.shift_remove(column)) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(other) => Some(conversation_text(&other).unwrap_or_else(|| other.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;
    use crate::sql::testing::copy_example;

    #[test]
    fn tokens_are_told_of_a_part_and_of_no_text_that_is_longer_than_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("space");
        copy_example(&root);
        let studio = Studio::open(&root).unwrap();
        let snapshot = studio.snapshot();
        let dataset = snapshot.datasets[0].record.id.as_str();
        let lens = TokenLens::Tokenizer(snapshot.tokenizers[0].name.clone());
        let (control, _handle) = control();
        let of = |part: Range<usize>, most| studio.sample_tokens(dataset, ("train", 0), &part, &lens, most, &control);
        let whole = of(0..usize::MAX, u64::MAX).unwrap();
        let part = of(10..20, u64::MAX).unwrap();
        let touches = |token: &&EncodedToken| token.span.start < 20 && token.span.end > 10;
        let expected: Vec<EncodedToken> = whole.tokens.iter().filter(touches).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < whole.tokens.len());
        assert_eq!((part.tokens, part.text_bytes), (expected, whole.text_bytes));
        let most = whole.text_bytes - 1;
        assert!(matches!(of(10..20, most), Err(StudioError::TooLongForTokens { most: told, .. }) if told == most));
    }
}
