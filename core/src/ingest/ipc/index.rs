//! The index at the end of an Arrow IPC file: its columns, and where its messages are.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use arrow::datatypes::Schema;
use arrow::ipc::root_as_footer;

use super::batches::{MAGIC, MAX_METADATA_BYTES, schema_of};
use crate::ingest::convert::SourceFile;
use crate::ingest::error::IngestError;

/// What the index says.
pub(super) struct Index {
    pub(super) schema: Schema,
    /// Where each message begins, in the order in which they are to be read: dictionaries first.
    pub(super) offsets: Vec<u64>,
}

impl Index {
    /// Reads it from the end of a file.
    pub(super) fn read(source: &SourceFile) -> Result<Self, IngestError> {
        let reading = |error| IngestError::reading(&source.path, error);
        let damaged = |reason: &str| IngestError::DamagedArrow { name: source.name.clone(), reason: reason.to_owned() };
        let mut file = File::open(&source.path).map_err(reading)?;
        let size = file.metadata().map_err(reading)?.len();
        let mut end = [0; 10];
        let place = size.checked_sub(end.len() as u64).ok_or_else(|| damaged("its index is missing at the end"))?;
        file.seek(SeekFrom::Start(place)).map_err(reading)?;
        file.read_exact(&mut end).map_err(reading)?;
        if !end.ends_with(MAGIC) {
            return Err(damaged("its index is missing at the end"));
        }
        let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
        let start = place.checked_sub(u64::from(length)).filter(|_| length as usize <= MAX_METADATA_BYTES);
        let start = start.ok_or_else(|| damaged("its index is cut short"))?;
        let mut bytes = vec![0; length as usize];
        file.seek(SeekFrom::Start(start)).map_err(reading)?;
        file.read_exact(&mut bytes).map_err(reading)?;
        let footer = root_as_footer(&bytes).map_err(|_| damaged("its index cannot be read"))?;
        let schema = footer.schema().ok_or_else(|| damaged("its index lists no columns"))?;
        let schema = schema_of(schema, &source.name)?;
        let blocks = footer.dictionaries().into_iter().flatten().chain(footer.recordBatches().into_iter().flatten());
        let inside = |offset: i64| u64::try_from(offset).ok().filter(|offset| *offset < start);
        let offsets = blocks
            .map(|block| inside(block.offset()).ok_or_else(|| damaged("its index points beyond its data")))
            .collect::<Result<_, _>>()?;
        Ok(Self { schema, offsets })
    }
}
