//! Megatron's indexed datasets, version 1.
//!
//! `<split>.bin` holds the tokens of all sequences, one after the other. `<split>.idx` is, all little-endian: nine bytes
//! that name the format, the version as u64, a code for the type of the ids as u8, the numbers of sequences and of
//! document boundaries as u64, then the length of each sequence as i32, the byte at which each begins as i64, and the
//! sequence at which each document begins as i64, of which there is one more than documents.

use super::destination::Destination;
use super::error::ExportError;
use super::ids::IdType;
use super::out::Out;
use super::read::rows;
use super::run::{ExportedSplit, Input};
use crate::data::SplitFiles;
use crate::jobs::Control;

const HEADER: &[u8; 9] = b"MMIDIDX\x00\x00";
const VERSION: u64 = 1;

/// Vocabularies up to this are written in 16 bits: the limit of Megatron's own tools.
const NARROW: u64 = 65_499;

const CODE_INT32: u8 = 4;
const CODE_UINT16: u8 = 8;

pub(super) fn write(
    input: &Input<'_>,
    split: &SplitFiles,
    destination: &Destination,
    control: &Control,
) -> Result<ExportedSplit, ExportError> {
    let id_type = IdType::for_vocabulary(input, NARROW, IdType::I32);
    let code = if id_type == IdType::U16 { CODE_UINT16 } else { CODE_INT32 };
    let name = &split.name;
    let folder = destination.folder();
    let mut tokens = Out::create(folder.join(format!("{name}.bin")))?;
    // How many there are comes first in the index, so they wait here.
    let mut lengths = Out::create(folder.join(format!("{name}.lengths")))?;
    let mut documents = Out::create(folder.join(format!("{name}.documents")))?;
    let mut exported =
        ExportedSplit { split: name.clone(), id_type: id_type.name().into(), ..ExportedSplit::default() };
    let (mut ids, mut bytes, mut last) = (Vec::new(), Vec::new(), None);
    rows(input, split, control, |row| -> Result<(), ExportError> {
        // Parts of one sample are sequences of one document; packed rows are documents of their own.
        let goes_on = input.windows.is_none() && row.sample.is_some() && row.sample == last;
        last = row.sample;
        if !goes_on {
            documents.write(&(exported.rows as i64).to_le_bytes())?;
            exported.documents += 1;
        }
        ids.clear();
        row.real(input.pads_left, &mut ids);
        id_type.bytes(&ids, &mut bytes, row.number, name)?;
        lengths.write(&(ids.len() as i32).to_le_bytes())?;
        exported.rows += 1;
        exported.tokens += ids.len() as u64;
        tokens.write(&bytes)
    })?;
    documents.write(&(exported.rows as i64).to_le_bytes())?;
    tokens.finish()?;

    let mut index = Out::create(folder.join(format!("{name}.idx")))?;
    index.write(HEADER)?;
    index.write(&VERSION.to_le_bytes())?;
    index.write(&[code])?;
    index.write(&exported.rows.to_le_bytes())?;
    index.write(&(exported.documents + 1).to_le_bytes())?;
    let mut pointers = Out::create(folder.join(format!("{name}.pointers")))?;
    let mut pointer: i64 = 0;
    lengths.drain(|piece| {
        control.check()?;
        for length in piece.as_chunks::<4>().0 {
            pointers.write(&pointer.to_le_bytes())?;
            pointer += i64::from(i32::from_le_bytes(*length)) * id_type.width() as i64;
        }
        index.write(piece)
    })?;
    for part in [pointers, documents] {
        part.drain(|piece| {
            control.check()?;
            index.write(piece)
        })?;
    }
    index.finish()?;
    exported.files = ["bin", "idx"].map(|extension| format!("{name}.{extension}")).into();
    Ok(exported)
}
