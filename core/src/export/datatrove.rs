//! datatrove's token files: `00000.ds` with the tokens of all documents, `.index` with the token at which each ends as
//! u64, `.metadata` with the tokenizer, the width of a token in bytes and how many there are.
//!
//! Its readers take every token file of a folder, so each split has a folder of its own.

use super::destination::Destination;
use super::error::ExportError;
use super::ids::IdType;
use super::out::{Out, put};
use super::read::rows;
use super::run::{ExportedSplit, Input, NARROW};
use crate::data::SplitFiles;
use crate::jobs::Control;

const FILE: &str = "00000.ds";

pub(super) fn write(
    input: &Input<'_>,
    split: &SplitFiles,
    destination: &Destination,
    control: &Control,
) -> Result<ExportedSplit, ExportError> {
    let id_type = IdType::for_vocabulary(input, NARROW, IdType::U32);
    let folder = destination.subfolder(&split.name)?;
    let mut tokens = Out::create(folder.join(FILE))?;
    let mut index = Out::create(folder.join(format!("{FILE}.index")))?;
    let mut exported =
        ExportedSplit { split: split.name.clone(), id_type: id_type.name().into(), ..ExportedSplit::default() };
    let (mut ids, mut bytes, mut last) = (Vec::new(), Vec::new(), None);
    rows(input, split, control, |row| -> Result<(), ExportError> {
        let goes_on = input.windows.is_none() && row.sample.is_some() && row.sample == last;
        last = row.sample;
        if !goes_on && exported.rows > 0 {
            index.write(&exported.tokens.to_le_bytes())?;
        }
        exported.documents += u64::from(!goes_on);
        ids.clear();
        row.real(input.pads_left, &mut ids);
        id_type.bytes(&ids, &mut bytes, row.number, &split.name)?;
        exported.rows += 1;
        exported.tokens += ids.len() as u64;
        tokens.write(&bytes)
    })?;
    if exported.rows > 0 {
        index.write(&exported.tokens.to_le_bytes())?;
    }
    tokens.finish()?;
    index.finish()?;
    let metadata = format!("{}|{}\n{}\n{}", input.tokenizer, id_type.width(), exported.tokens, metric(exported.tokens));
    put(folder.join(format!("{FILE}.metadata")), metadata.as_bytes())?;
    let files = ["", ".index", ".metadata"].map(|what| format!("{}/{FILE}{what}", split.name));
    exported.files = files.into();
    Ok(exported)
}

/// A number with three digits that count and a metric prefix, for example `12.3 MT`.
fn metric(tokens: u64) -> String {
    let mut value = tokens as f64;
    let mut prefixes = ["", "k", "M", "G", "T", "P"].into_iter();
    let mut prefix = prefixes.next().unwrap_or_default();
    // 999.5 would be written with four digits.
    while value >= 999.5
        && let Some(next) = prefixes.next()
    {
        (value, prefix) = (value / 1000.0, next);
    }
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {prefix}T")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_as_datatrove_writes_them() {
        let numbers = [0, 5, 999, 1000, 1234, 123_456, 999_999, 12_345_678, 123_456_789_012];
        let words = ["0.00 T", "5.00 T", "999 T", "1.00 kT", "1.23 kT", "123 kT", "1.00 MT", "12.3 MT", "123 GT"];
        assert_eq!(numbers.map(metric), words);
    }
}
