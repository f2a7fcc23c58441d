//! How many tokens each row has, from the token rows of a tokenization with one row a sample.

use std::collections::HashMap;
use std::path::Path;

use super::layout::Layout;
use super::sandbox::Sandbox;
use super::{SamplesError, Selection};
use crate::data::DatasetFiles;
use crate::jobs::Control;

/// The columns of such token rows.
const SAMPLE: &str = "sample_id";
const TOKENS: &str = "num_tokens";

/// The rows of the dataset that have so many tokens.
pub(super) fn select(
    layout: &Layout,
    token_rows: &DatasetFiles,
    (min, max): (Option<u64>, Option<u64>),
    control: &Control,
) -> Result<Selection, SamplesError> {
    let mut selection = Selection::none(layout.total());
    let condition = format!("{TOKENS} BETWEEN {} AND {}", min.unwrap_or(0), max.unwrap_or(i64::MAX as u64));
    for split in &token_rows.splits {
        let rows = layout.rows_of(Some(&split.name))?;
        numbers(split.files.iter().map(|file| file.path.as_path()), &condition, control, |sample, _| {
            if sample < rows.end - rows.start {
                selection.insert(rows.start + sample);
            }
        })?;
    }
    Ok(selection)
}

/// The tokens of these rows of a split, by their numbers in the split. Rows that were left out are missing.
pub(super) fn counts(
    token_rows: &DatasetFiles,
    split: &str,
    rows: &[u64],
    control: &Control,
) -> Result<HashMap<u64, u64>, SamplesError> {
    let mut found = HashMap::with_capacity(rows.len());
    if let (Some(split), false) = (token_rows.split(split), rows.is_empty()) {
        let list: Vec<String> = rows.iter().map(u64::to_string).collect();
        let condition = format!("{SAMPLE} IN ({})", list.join(", "));
        numbers(split.files.iter().map(|file| file.path.as_path()), &condition, control, |sample, tokens| {
            found.insert(sample, tokens);
        })?;
    }
    Ok(found)
}

fn numbers<'a>(
    files: impl Iterator<Item = &'a Path>,
    condition: &str,
    control: &Control,
    mut each: impl FnMut(u64, u64),
) -> Result<(), SamplesError> {
    let mut files = files.peekable();
    if files.peek().is_none() {
        return Ok(());
    }
    let sandbox = Sandbox::open(files)?;
    let sql = format!("SELECT {SAMPLE}::UBIGINT, {TOKENS}::UBIGINT FROM {} WHERE {condition}", sandbox.source());
    sandbox.pairs(&sql, Vec::new(), control, |sample, tokens| {
        each(sample, tokens);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array, Int64Array};

    use super::*;
    use crate::data::SplitFiles;
    use crate::jobs::control;
    use crate::samples::fixture::{texts, write};
    use crate::samples::{Condition, Filter, PageQuery, SampleReader, SamplesError};

    #[test]
    fn tokens_belong_to_the_sample_that_their_row_names_in_whatever_order_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let rows = |count: usize| vec![Some("text".to_owned()); count];
        let files = texts(folder.path(), &[("train", vec![rows(4)]), ("test", vec![rows(3)])], 10);
        let token_file = |name: &str, samples: Vec<i64>, tokens: Vec<i32>| {
            let columns: Vec<(&str, ArrayRef)> = vec![
                ("sample_id", Arc::new(Int64Array::from(samples))),
                ("num_tokens", Arc::new(Int32Array::from(tokens))),
            ];
            write(&folder.path().join(name), columns, 2, 2, false)
        };
        // Row 2 of train was left out; test was not tokenized.
        let file = token_file("tokens.parquet", vec![3, 0, 1], vec![30, 5, 10]);
        let token_rows = DatasetFiles { splits: vec![SplitFiles { name: "train".to_owned(), files: vec![file] }] };
        let reader = SampleReader::open(files);
        let select = |min, max| {
            let tokens = Condition::Tokens { tokenization: "tok_1".to_owned(), min, max };
            let query = PageQuery { filter: Some(Filter { conditions: vec![tokens] }), ..PageQuery::default() };
            let page = reader.page(&query, &control().0)?;
            Ok::<_, SamplesError>(page.rows.into_iter().map(|row| (row.split, row.row)).collect::<Vec<_>>())
        };
        assert!(matches!(select(None, None), Err(SamplesError::TokensNotPerSample { .. })));
        reader.know_tokens("tok_1", token_rows);
        let train =
            |rows: &[u64]| -> Vec<(String, u64)> { rows.iter().map(|row| ("train".to_owned(), *row)).collect() };
        assert_eq!(select(Some(10), None).unwrap(), train(&[1, 3]));
        assert_eq!(select(Some(5), Some(10)).unwrap(), train(&[0, 1]));
        assert_eq!(select(None, None).unwrap(), train(&[0, 1, 3]));
        let counts = reader.token_counts("tok_1", "train", &[2, 3, 0], &control().0).unwrap();
        assert_eq!(counts, HashMap::from([(3, 30), (0, 5)]));
        assert!(reader.token_counts("tok_1", "test", &[0], &control().0).unwrap().is_empty());
    }
}
