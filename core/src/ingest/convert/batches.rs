//! Files of Arrow record batches: their columns first, then batch by batch.

use arrow::array::RecordBatch;

use super::{Conversion, Converted, Ended, Worked};
use crate::ingest::bad_rows::BadRows;
use crate::ingest::blocks::BLOCK_BYTES;
use crate::ingest::error::IngestError;
use crate::ingest::ipc::{Batches, Target, conform};
use crate::ingest::outputs::{Encoded, Folder};
use crate::ingest::pipeline::Feed;
use crate::ingest::writer::Encoder;
use crate::jobs::Unit;

/// A piece of a batch with fewer bytes is gathered with others.
const SMALL_BYTES: usize = 4 << 20;

/// The most rows of a piece of a batch, however little they take.
const PIECE_ROWS: usize = 1 << 20;

/// A piece of a batch on its way to be encoded.
struct Piece {
    file: usize,
    bytes_read: u64,
    rows: RecordBatch,
    bytes: usize,
}

impl Conversion<'_> {
    /// Converts Arrow files. Their columns must be the same; a file that is not complete is refused.
    pub(super) fn run_batches(&self) -> Result<Converted, IngestError> {
        let sizes = self.sizes()?;
        let folder = Folder::make(self.dest)?;
        let mut target: Option<Target> = None;
        for file in &self.files {
            self.control.check()?;
            let batches = Batches::open(file, self.control)?;
            match &mut target {
                Some(target) => target.add(&file.name, batches.schema())?,
                None => target = Some(Target::new(&file.name, batches.schema())?),
            }
        }
        let Some(target) = target else { return Err(IngestError::NoFiles(self.dest.to_path_buf())) };
        let schema = target.schema();
        self.control.phase("Converting", Unit::Bytes, Some(sizes.iter().sum()));
        let first = Batches::open(self.files[0], self.control)?.next(self.control)?;
        let first = first.map(|batch| conform(&schema, &batch)).transpose()?;
        let unencoded = |error| IngestError::writing_parquet(self.dest, error);
        let encoder = Encoder::new(&schema, first.as_ref()).map_err(unencoded)?;
        drop(first);
        let work = |piece: Piece| -> Result<Worked, Ended> {
            self.control.check()?;
            let rows = conform(&schema, &piece.rows)?;
            let count = rows.num_rows() as u64;
            let output = if piece.bytes < SMALL_BYTES {
                Encoded::Few(rows)
            } else {
                Encoded::Groups(encoder.encode(&rows).map_err(unencoded)?)
            };
            let Piece { file, bytes_read, .. } = piece;
            Ok(Worked { file, bytes_read, rows: count, bad: BadRows::default(), output })
        };
        match self.fill(&encoder, &sizes, |feed| self.feed_batches(feed), work) {
            Ok(converted) => {
                folder.stay();
                Ok(converted)
            }
            Err(Ended::Failed(error)) => Err(error),
            Err(Ended::Misfit) => Err(IngestError::Changed { name: self.names() }),
        }
    }

    fn feed_batches<R>(&self, feed: &Feed<Piece, R>) -> Result<(), IngestError> {
        for (file, source) in self.files.iter().enumerate() {
            let mut batches = Batches::open(source, self.control)?;
            while let Some(batch) = batches.next(self.control)? {
                let bytes_read = batches.bytes_read();
                let bytes = batch.get_array_memory_size();
                let pieces = bytes.div_ceil(BLOCK_BYTES).max(batch.num_rows().div_ceil(PIECE_ROWS)).max(1);
                // Equal shares, so that the last piece is not a crumb.
                let share = batch.num_rows().div_ceil(pieces).max(1);
                for start in (0..batch.num_rows()).step_by(share) {
                    self.control.check()?;
                    let rows = batch.slice(start, share.min(batch.num_rows() - start));
                    if !feed.put(Piece { file, bytes_read, rows, bytes: bytes / pieces }) {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}
