//! Files of records, which are bytes between edges: observed, then decoded block by block.

use arrow::array::RecordBatch;

use super::{Conversion, Converted, Ended, Worked};
use crate::ingest::blocks::{BLOCK_BYTES, Block, Blocks};
use crate::ingest::error::IngestError;
use crate::ingest::outputs::{Encoded, Folder};
use crate::ingest::pipeline::{Feed, ordered, workers};
use crate::ingest::rows::{Decoded, MAX_COLUMNS, Rows};
use crate::ingest::source::Source;
use crate::ingest::writer::Encoder;
use crate::jobs::Unit;

/// Of each file, this much is looked at before the conversion begins.
const SAMPLE_BYTES: usize = 1 << 20;

/// At most so many files are looked at before the conversion begins.
const SAMPLE_FILES: usize = 32;

/// Rows of a smaller block are gathered with those of others.
const SMALL_BYTES: usize = 4 << 20;

impl Conversion<'_> {
    /// Converts everything; a value that does not fit what the beginning promised costs a second pass.
    pub(super) fn run<R: Rows>(&self, rows: &R) -> Result<Converted, IngestError> {
        let sizes = self.sizes()?;
        let folder = Folder::make(self.dest)?;
        let (mut shape, sample) = self.sample(rows)?;
        let mut converted = Err(Ended::Misfit);
        if !rows.schema(&shape).fields().is_empty() {
            converted = self.write(rows, &shape, &sample, &sizes);
        }
        if matches!(converted, Err(Ended::Misfit)) {
            shape = self.observe_all(rows, &sizes)?;
            if rows.schema(&shape).fields().is_empty() {
                return Err(IngestError::NoColumns { name: self.names() });
            }
            if rows.schema(&shape).fields().len() > MAX_COLUMNS {
                return Err(IngestError::TooManyColumns { name: self.names(), limit: MAX_COLUMNS });
            }
            converted = self.write(rows, &shape, &sample, &sizes);
        }
        match converted {
            Ok(converted) => {
                folder.stay();
                Ok(converted)
            }
            Err(Ended::Failed(error)) => Err(error),
            // The shape was made from every value, so this one was not there when it was made.
            Err(Ended::Misfit) => Err(IngestError::Changed { name: self.names() }),
        }
    }

    fn blocks<'r, R: Rows>(&'r self, rows: &'r R, file: usize, target: usize) -> Result<Blocks<'r>, IngestError> {
        let source = Source::open(self.files[file], self.options.encoding)?;
        Ok(Blocks::new(file, &self.files[file].name, source, rows.cutter(file), target)
            .with_hint(rows.too_large_hint()))
    }

    /// Observes the first stretch of the first files. Broken rows are left for the conversion to tell, in order.
    fn sample<R: Rows>(&self, rows: &R) -> Result<(R::Shape, Vec<Block>), IngestError> {
        let mut shape = R::Shape::default();
        let mut sample = Vec::new();
        for file in 0..self.files.len().min(SAMPLE_FILES) {
            if let Some(block) = self.blocks(rows, file, SAMPLE_BYTES)?.next(self.control)? {
                rows.join(&mut shape, rows.observe(&block, self.rules(file).skipping())?);
                sample.push(block);
            }
        }
        Ok((shape, sample))
    }

    fn feed<R: Rows, T>(&self, rows: &R, feed: &Feed<Block, T>) -> Result<(), IngestError> {
        for file in 0..self.files.len() {
            let mut blocks = self.blocks(rows, file, BLOCK_BYTES)?;
            while let Some(block) = blocks.next(self.control)? {
                if !feed.put(block) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn observe_all<R: Rows>(&self, rows: &R, sizes: &[u64]) -> Result<R::Shape, IngestError> {
        self.control.phase("Finding the type of every column", Unit::Bytes, Some(sizes.iter().sum()));
        let mut shape = R::Shape::default();
        let observe = |block: Block| {
            self.control.check()?;
            Ok((block.file, block.bytes_read, rows.observe(&block, self.rules(block.file))?))
        };
        ordered(
            workers(),
            |feed| self.feed(rows, feed),
            observe,
            |observed: Result<_, IngestError>| {
                let (file, bytes_read, observed) = observed?;
                self.control.check()?;
                rows.join(&mut shape, observed);
                self.progress(file, bytes_read, sizes);
                Ok(())
            },
        )?;
        Ok(shape)
    }

    /// Writes everything, or finds that the shape does not hold every value.
    fn write<R: Rows>(&self, rows: &R, shape: &R::Shape, sample: &[Block], sizes: &[u64]) -> Result<Converted, Ended> {
        self.control.phase("Converting", Unit::Bytes, Some(sizes.iter().sum()));
        let schema = rows.schema(shape);
        let unencoded = |error| IngestError::writing_parquet(self.dest, error);
        let encoder = Encoder::new(&schema, self.first_rows(rows, shape, sample).as_ref()).map_err(unencoded)?;
        let work = |block: Block| -> Result<Worked, Ended> {
            self.control.check()?;
            let Decoded::Rows(batch, bad) = rows.decode(shape, &block, self.rules(block.file))? else {
                return Err(Ended::Misfit);
            };
            let Block { file, bytes_read, bytes, .. } = block;
            let small = bytes.len() < SMALL_BYTES;
            drop(bytes);
            self.control.check()?;
            let count = batch.num_rows() as u64;
            let output =
                if small { Encoded::Few(batch) } else { Encoded::Groups(encoder.encode(&batch).map_err(unencoded)?) };
            Ok(Worked { file, bytes_read, rows: count, bad, output })
        };
        let converted = self.fill(&encoder, sizes, |feed| self.feed(rows, feed), work)?;
        Ok(Converted { notes: rows.notes(shape), ..converted })
    }

    /// The first rows as they would be converted; none where none can be read.
    pub(super) fn look<R: Rows>(&self, rows: &R) -> Result<Option<RecordBatch>, IngestError> {
        let (shape, sample) = self.sample(rows)?;
        Ok(self.first_rows(rows, &shape, &sample))
    }

    /// The first rows that can be read, to choose encodings by; where there are none the defaults do.
    fn first_rows<R: Rows>(&self, rows: &R, shape: &R::Shape, sample: &[Block]) -> Option<RecordBatch> {
        sample.iter().find_map(|block| match rows.decode(shape, block, self.rules(block.file).skipping()) {
            Ok(Decoded::Rows(batch, _)) if batch.num_rows() > 0 => Some(batch),
            _ => None,
        })
    }
}
