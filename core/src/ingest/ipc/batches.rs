//! The record batches of one Arrow file, one after the other, each message checked before memory is given to it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{read_dictionary, read_record_batch};
use arrow::ipc::{Endianness, Message, MessageHeader, root_as_footer, root_as_message};

use super::index::Index;
use crate::ingest::blocks::BLOCK_BYTES;
use crate::ingest::convert::SourceFile;
use crate::ingest::error::IngestError;
use crate::ingest::raw::Raw;
use crate::jobs::{Control, Stopped};
use crate::units::{count, counted};

/// The largest record batch, decompressed. It is read at once, so this is what bounds memory.
const MAX_BATCH_BYTES: u64 = 1 << 30;

/// The largest description of a message, or index of a file.
pub(super) const MAX_METADATA_BYTES: usize = 256 << 20;

/// The widest padding after the opening mark of a file.
const MAX_PADDING: usize = 4096;

/// Data begin at multiples of this, as the format wants it; the decoder relies on it.
const ALIGNMENT: i64 = 8;

/// The most rows of a batch; columns of nothing could otherwise promise any number of them.
const MAX_BATCH_ROWS: i64 = i32::MAX as i64;

/// What an IPC file begins and ends with; at its beginning padding follows.
pub(super) const MAGIC: &[u8] = b"ARROW1";

/// A gap between two messages that is read over rather than jumped over.
const MAX_GAP: u64 = 64 << 10;

/// An open Arrow file.
pub(crate) struct Batches {
    raw: Raw,
    name: String,
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
    /// An IPC file read as a stream, with an index after its batches.
    indexed: bool,
    /// The messages of an IPC file that is read by its index; nothing where the file is read as a stream.
    offsets: Option<std::vec::IntoIter<u64>>,
    /// The file, to begin anew at another place.
    file: SourceFile,
    /// How far it is read.
    position: u64,
    /// Batches read so far.
    read: u64,
    ended: bool,
}

/// One message: what it says and the data that come with it.
struct Parts {
    metadata: Vec<u8>,
    body: Buffer,
}

impl Batches {
    /// Opens a file and reads its columns. An empty file is an error.
    pub(crate) fn open(file: &SourceFile, control: &Control) -> Result<Self, IngestError> {
        let mut raw = Raw::open(file)?;
        let (head, known) = raw.peek()?;
        let mut start = head[..known].to_vec();
        let schema = Arc::new(Schema::empty());
        let mut batches = Self {
            raw,
            name: file.name.clone(),
            schema,
            dictionaries: HashMap::new(),
            indexed: false,
            offsets: None,
            file: file.clone(),
            position: known as u64,
            read: 0,
            ended: false,
        };
        if MAGIC.starts_with(&start) && start.len() == head.len() {
            if batches.raw.is_plain() {
                let Index { schema, offsets } = Index::read(file)?;
                batches.schema = Arc::new(schema);
                batches.offsets = Some(offsets.into_iter());
                return Ok(batches);
            }
            batches.indexed = true;
            batches.exactly(&mut start, 4, "its opening mark", control)?;
            if !start.starts_with(MAGIC) {
                return Err(batches.damaged("it begins neither as an Arrow file nor as an Arrow stream does"));
            }
            // Writers fill up to an edge of their choice before the first message.
            for _ in 0..MAX_PADDING / 4 {
                start.clear();
                batches.exactly(&mut start, 4, "its opening mark", control)?;
                if start != [0; 4] {
                    break;
                }
            }
        }
        let parts = batches.message(start, control)?.ok_or_else(|| batches.damaged("it holds no columns"))?;
        let message = batches.parse(&parts)?;
        let schema = message.header_as_schema();
        let schema =
            schema.ok_or_else(|| batches.damaged("it begins neither as an Arrow file nor as an Arrow stream does"))?;
        batches.schema = Arc::new(schema_of(schema, &batches.name)?);
        Ok(batches)
    }

    /// The columns as the file has them.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Bytes of the file itself, compressed as they are, read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.raw.bytes_read()
    }

    /// The next batch, or nothing after the last. A file that ends without saying so is refused.
    pub(crate) fn next(&mut self, control: &Control) -> Result<Option<RecordBatch>, IngestError> {
        while !self.ended {
            match self.offsets.as_mut().map(Iterator::next) {
                Some(Some(offset)) => self.go_to(offset, control)?,
                Some(None) => return Ok(None),
                None => {}
            }
            let Some(parts) = self.message(Vec::new(), control)? else {
                if self.offsets.is_some() {
                    return Err(self.damaged(&format!("its index points to {}, which is not there", self.place())));
                }
                self.ended = true;
                self.check_end()?;
                break;
            };
            let message = self.parse(&parts)?;
            match message.header_type() {
                MessageHeader::DictionaryBatch => self.dictionary(&message, &parts.body)?,
                MessageHeader::RecordBatch => return self.batch(&message, &parts.body).map(Some),
                other => return Err(self.damaged(&format!("{} is a message of the kind {other:?}", self.place()))),
            }
        }
        Ok(None)
    }

    /// How many rows there are, as the batches say of themselves; what is in them is jumped over where the file allows it.
    /// Where the file cannot be read on, those up to there: reading it will tell.
    pub(crate) fn count_rows(mut self, control: &Control) -> Result<u64, Stopped> {
        let mut rows = 0_u64;
        loop {
            match self.skip_batch(control) {
                Ok(Some(more)) => rows = rows.saturating_add(more),
                Err(IngestError::Stopped(stopped)) => return Err(stopped),
                Ok(None) | Err(_) => return Ok(rows),
            }
        }
    }

    /// The rows of the next message, without its data; nothing after the last.
    fn skip_batch(&mut self, control: &Control) -> Result<Option<u64>, IngestError> {
        match self.offsets.as_mut().map(Iterator::next) {
            Some(Some(offset)) => self.go_to(offset, control)?,
            Some(None) => return Ok(None),
            None => {}
        }
        let Some((metadata, promised)) = self.describing(Vec::new(), control)? else { return Ok(None) };
        let message =
            root_as_message(&metadata).map_err(|_| self.damaged(&format!("{} cannot be read", self.place())))?;
        let rows = message.header_as_record_batch().map_or(0, |batch| u64::try_from(batch.length()).unwrap_or(0));
        if promised > MAX_GAP && self.raw.is_plain() {
            self.go_to(self.position + promised, control)?;
        } else {
            let place = self.place();
            self.exactly(&mut Vec::new(), promised as usize, &place, control)?;
        }
        self.read += 1;
        Ok(Some(rows))
    }

    /// Goes on at `offset`. Small gaps are read over, so that batches in a row are read in one go.
    fn go_to(&mut self, offset: u64, control: &Control) -> Result<(), IngestError> {
        match offset.checked_sub(self.position) {
            Some(gap) if gap <= MAX_GAP => self.exactly(&mut Vec::new(), gap as usize, "its padding", control),
            _ => {
                self.raw = Raw::open_at(&self.file, offset)?;
                self.position = offset;
                Ok(())
            }
        }
    }

    fn batch(&mut self, message: &Message<'_>, body: &Buffer) -> Result<RecordBatch, IngestError> {
        let place = self.place();
        let batch = message.header_as_record_batch();
        let batch = batch.ok_or_else(|| self.damaged(&format!("{place} cannot be read")))?;
        self.check_size(batch, body)?;
        let decode =
            || read_record_batch(body, batch, Arc::clone(&self.schema), &self.dictionaries, None, &message.version());
        // The decoder checks most of what it is given and panics at the rest.
        let read = catch_unwind(AssertUnwindSafe(decode));
        let read = read.map_err(|_| self.damaged(&format!("{place} cannot be read")))?;
        let read = read.map_err(|error| self.unreadable(&place, &error))?;
        self.read += 1;
        Ok(read)
    }

    fn dictionary(&mut self, message: &Message<'_>, body: &Buffer) -> Result<(), IngestError> {
        let place = format!("a dictionary before {}", self.place());
        let batch = message.header_as_dictionary_batch();
        let batch = batch.ok_or_else(|| self.damaged(&format!("{place} cannot be read")))?;
        if let Some(data) = batch.data() {
            self.check_size(data, body)?;
        }
        let (schema, dictionaries) = (&self.schema, &mut self.dictionaries);
        let decode = || read_dictionary(body, batch, schema, dictionaries, &message.version());
        let read = catch_unwind(AssertUnwindSafe(decode));
        let read = read.map_err(|_| self.damaged(&format!("{place} cannot be read")))?;
        read.map_err(|error| self.unreadable(&place, &error))?;
        // Dictionaries may grow from batch to batch.
        let bytes = self.dictionaries.values().map(|values| values.get_array_memory_size() as u64).sum();
        self.bounded(bytes)
    }

    /// Fails if a batch promises more rows or, decompressed, more bytes than are read at once, or data that it has not.
    fn check_size(&self, batch: arrow::ipc::RecordBatch<'_>, body: &Buffer) -> Result<(), IngestError> {
        if !(0..=MAX_BATCH_ROWS).contains(&batch.length()) {
            return Err(self.damaged(&format!("{} promises {} rows", self.place(), batch.length())));
        }
        let mut bytes = 0_u64;
        for buffer in batch.buffers().into_iter().flatten() {
            let start = usize::try_from(buffer.offset()).ok();
            let end =
                start.zip(usize::try_from(buffer.length()).ok()).and_then(|(start, size)| start.checked_add(size));
            let part = start.zip(end).and_then(|(start, end)| body.as_slice().get(start..end));
            let part = part.ok_or_else(|| self.damaged(&format!("{} points beyond its data", self.place())))?;
            if buffer.offset() % ALIGNMENT != 0 {
                return Err(self.damaged(&format!("{} points between its data", self.place())));
            }
            if batch.compression().is_some() && !part.is_empty() {
                // A compressed buffer begins with its size; -1 says that it is not compressed after all.
                let size = part.first_chunk::<8>().map(|size| i64::from_le_bytes(*size));
                let size = size.ok_or_else(|| self.damaged(&format!("{} is cut short", self.place())))?;
                bytes = bytes.saturating_add(u64::try_from(size).unwrap_or(0));
            }
        }
        self.bounded(bytes)
    }

    fn bounded(&self, bytes: u64) -> Result<(), IngestError> {
        if bytes <= MAX_BATCH_BYTES {
            return Ok(());
        }
        Err(IngestError::BatchTooLarge { name: self.name.clone(), batch: self.read + 1, bytes, limit: MAX_BATCH_BYTES })
    }

    /// The next message, of which `start` was read already; nothing where an end is marked.
    fn message(&mut self, start: Vec<u8>, control: &Control) -> Result<Option<Parts>, IngestError> {
        let Some((metadata, promised)) = self.describing(start, control)? else { return Ok(None) };
        let place = self.place();
        let mut body = Vec::new();
        self.exactly(&mut body, promised as usize, &place, control)?;
        Ok(Some(Parts { metadata, body: Buffer::from_vec(body) }))
    }

    /// What the next message says of itself and how many bytes of data come with it; nothing where an end is marked.
    fn describing(&mut self, mut start: Vec<u8>, control: &Control) -> Result<Option<(Vec<u8>, u64)>, IngestError> {
        let place = self.place();
        let missing = 4 - start.len();
        if self.fill(&mut start, missing)? < missing {
            let what = if start.is_empty() { "after" } else { "inside the message after" };
            return Err(self.damaged(&format!("it ends {what} {}, without the mark of an end", self.last_place())));
        }
        // Before version 0.15 the length came without this mark.
        if start == [0xff; 4] {
            start.clear();
            self.exactly(&mut start, 4, &place, control)?;
        }
        let length = start.first_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length)) as usize;
        if length == 0 {
            return Ok(None);
        }
        if length > MAX_METADATA_BYTES {
            return Err(self.damaged(&format!("{place} does not begin as a batch does")));
        }
        let mut metadata = Vec::new();
        self.exactly(&mut metadata, length, &place, control)?;
        let message = root_as_message(&metadata).map_err(|_| self.damaged(&format!("{place} cannot be read")))?;
        let promised = u64::try_from(message.bodyLength())
            .map_err(|_| self.damaged(&format!("{place} promises less than no data")))?;
        self.bounded(promised)?;
        Ok(Some((metadata, promised)))
    }

    fn parse<'p>(&self, parts: &'p Parts) -> Result<Message<'p>, IngestError> {
        root_as_message(&parts.metadata).map_err(|_| self.damaged(&format!("{} cannot be read", self.place())))
    }

    fn fill(&mut self, into: &mut Vec<u8>, count: usize) -> Result<usize, IngestError> {
        let filled = self.raw.fill(into, count)?;
        self.position += filled as u64;
        Ok(filled)
    }

    /// Appends so many bytes to `into`, piece by piece so that a stop is heard.
    fn exactly(
        &mut self,
        into: &mut Vec<u8>,
        length: usize,
        place: &str,
        control: &Control,
    ) -> Result<(), IngestError> {
        let mut left = length;
        while left > 0 {
            control.check()?;
            let piece = left.min(BLOCK_BYTES);
            if self.fill(into, piece)? < piece {
                return Err(self.damaged(&format!("it ends inside {place}")));
            }
            left -= piece;
        }
        Ok(())
    }

    /// After the mark of the end: a file has an index there, which must list what was read.
    fn check_end(&mut self) -> Result<(), IngestError> {
        let mut rest = Vec::new();
        self.raw.fill(&mut rest, MAX_METADATA_BYTES)?;
        if !self.indexed {
            return Ok(());
        }
        let index = rest.strip_suffix(MAGIC).and_then(|rest| rest.split_last_chunk::<4>());
        let (rest, length) = index.ok_or_else(|| self.damaged("its index is missing at the end"))?;
        let start = rest.len().checked_sub(u32::from_le_bytes(*length) as usize);
        let start = start.ok_or_else(|| self.damaged("its index is cut short"))?;
        let index = root_as_footer(&rest[start..]).map_err(|_| self.damaged("its index cannot be read"))?;
        let listed = index.recordBatches().map_or(0, |batches| batches.len()) as u64;
        if listed == self.read {
            return Ok(());
        }
        let (listed, read) = (counted_batches(listed), count(self.read));
        Err(self.damaged(&format!("its index lists {listed}, but it holds {read}")))
    }

    /// What is being read, for messages.
    fn place(&self) -> String {
        format!("batch {}", count(self.read + 1))
    }

    fn last_place(&self) -> String {
        if self.read == 0 { "its columns".to_owned() } else { format!("batch {}", count(self.read)) }
    }

    fn damaged(&self, reason: &str) -> IngestError {
        IngestError::DamagedArrow { name: self.name.clone(), reason: reason.to_owned() }
    }

    fn unreadable(&self, place: &str, error: &ArrowError) -> IngestError {
        self.damaged(&format!("{place} cannot be read ({error})"))
    }
}

/// The columns that a file or stream describes.
pub(super) fn schema_of(schema: arrow::ipc::Schema<'_>, name: &str) -> Result<Schema, IngestError> {
    if schema.endianness() != Endianness::Little {
        let detail = "its numbers are stored with the most significant byte first, which is not read here. Write it \
                      again on an ordinary computer.";
        return Err(IngestError::WrongContent { name: name.to_owned(), detail: detail.to_owned() });
    }
    try_fb_to_schema(schema).map_err(|error| IngestError::DamagedArrow {
        name: name.to_owned(),
        reason: format!("its columns cannot be read ({error})"),
    })
}

fn counted_batches(batches: u64) -> String {
    if batches == 1 { counted(1, "batch") } else { format!("{} batches", count(batches)) }
}
