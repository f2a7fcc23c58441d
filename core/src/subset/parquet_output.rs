//! One Parquet file of any number of rows: gathered into row groups of the usual size, in the usual encodings.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use super::aside::Sink;
use crate::ingest::{Encoder, Gather};

/// The file while it is written.
pub(super) struct ParquetOutput {
    state: State,
    gather: Gather,
}

enum State {
    /// Encodings are chosen by the look of the first rows.
    Waiting(Sink),
    Begun(Box<(Encoder, SerializedFileWriter<Sink>)>),
    Failed,
}

impl ParquetOutput {
    pub(super) fn new(sink: Sink) -> Self {
        Self { state: State::Waiting(sink), gather: Gather::default() }
    }

    pub(super) fn write(&mut self, rows: &RecordBatch, schema: &SchemaRef) -> Result<(), ParquetError> {
        let full = self.gather.add(rows);
        full.into_iter().try_for_each(|group| self.write_group(&group, schema))
    }

    fn write_group(&mut self, gathered: &[RecordBatch], schema: &SchemaRef) -> Result<(), ParquetError> {
        let (encoder, mut writer) = self.begun(schema, gathered.first())?;
        if !gathered.is_empty() {
            // Batches of a query may call their columns' nulls or metadata by other names; the columns are the same.
            let columns = |batch: &RecordBatch| RecordBatch::try_new(schema.clone(), batch.columns().to_vec());
            let batches: Vec<_> = gathered.iter().map(columns).collect::<Result<_, _>>()?;
            for group in encoder.encode(&concat_batches(schema, &batches)?)? {
                group.append_to(&mut writer)?;
            }
        }
        self.state = State::Begun(Box::new((encoder, writer)));
        Ok(())
    }

    /// The writer, begun if it is not. A failure later on leaves none.
    fn begun(
        &mut self,
        schema: &SchemaRef,
        sample: Option<&RecordBatch>,
    ) -> Result<(Encoder, SerializedFileWriter<Sink>), ParquetError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Waiting(sink) => {
                let encoder = Encoder::new(schema, sample)?;
                let writer = encoder.begin(sink)?;
                Ok((encoder, writer))
            }
            State::Begun(begun) => Ok(*begun),
            State::Failed => Err(ParquetError::General("writing has failed before".to_owned())),
        }
    }

    /// Writes what is left and the footer.
    pub(super) fn finish(mut self, schema: &SchemaRef) -> Result<Sink, ParquetError> {
        let left = self.gather.take();
        self.write_group(&left, schema)?;
        let (_, writer) = self.begun(schema, None)?;
        writer.into_inner()
    }
}
