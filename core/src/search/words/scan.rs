//! Ranked search by reading every row: once to count words, once to rank.

use std::ops::Range;

use arrow::array::{Array, AsArray};
use tantivy::fieldnorm::FieldNormReader;

use super::super::SearchError;
use super::super::parallel::on_all_cores;
use super::super::units::{Unit, Units};
use super::{Block, Norms, Reading, Statistics, WordsQuery};
use crate::jobs::Control;
use crate::samples::SampleReader;

/// Reads the rows of a dataset for the words of a query.
pub(in crate::search) struct WordScan<'a> {
    pub(in crate::search) reader: &'a SampleReader,
    pub(in crate::search) query: &'a WordsQuery,
    pub(in crate::search) columns: &'a [String],
    pub(in crate::search) control: &'a Control,
}

/// A part of the rows was read.
struct Read<T> {
    rows: u64,
    found: T,
}

impl WordScan<'_> {
    /// Counts over all rows. `on_rows` hears how many rows more were read.
    pub(in crate::search) fn statistics(
        &self,
        mut on_rows: impl FnMut(u64) -> Result<(), SearchError>,
    ) -> Result<Statistics, SearchError> {
        let layout = self.reader.layout();
        let units = Units::new(layout.spans(), 0..layout.total(), self.reader.footers(), self.columns);
        let mut statistics: Option<Statistics> = None;
        on_all_cores(
            || units.next(),
            |unit, teller| {
                let found = self.count(&unit)?;
                teller.tell(Read { rows: unit.rows.end - unit.rows.start, found });
                Ok(())
            },
            |reports| {
                for report in reports {
                    let Read { rows, found } = report?;
                    match &mut statistics {
                        Some(statistics) => statistics.add(&found),
                        None => statistics = Some(found),
                    }
                    on_rows(rows)?;
                }
                Ok::<(), SearchError>(())
            },
        )?;
        Ok(statistics.unwrap_or_else(|| Statistics::none(self.columns.len(), self.query.words().len())))
    }

    /// Reads the rows of a range, which is that of whole files, in blocks; `each` makes something of a block and its
    /// first row, on any thread, and `take` hears of it with the rows that were read.
    pub(in crate::search) fn blocks<T: Send>(
        &self,
        range: Range<u64>,
        each: impl Fn(u64, &Block) -> T + Sync,
        mut take: impl FnMut(T, u64) -> Result<(), SearchError>,
    ) -> Result<(), SearchError> {
        let spans = self.reader.layout().spans();
        let units = Units::new(spans, range, self.reader.footers(), self.columns);
        on_all_cores(
            || units.next(),
            |unit, teller| {
                let first = spans[unit.span].rows.start + unit.rows.start;
                let found = each(first, &self.block(&unit)?);
                teller.tell(Read { rows: unit.rows.end - unit.rows.start, found });
                Ok(())
            },
            |reports| {
                for report in reports {
                    let Read { rows, found } = report?;
                    take(found, rows)?;
                }
                Ok(())
            },
        )
    }

    fn count(&self, unit: &Unit) -> Result<Statistics, SearchError> {
        let mut statistics = Statistics::none(self.columns.len(), self.query.words().len());
        statistics.add_rows(unit.rows.end - unit.rows.start);
        self.read(unit, |_, column, reading| {
            statistics.add_words(column, u64::from(reading.words()));
            for word in (0..self.query.words().len()).filter(|word| reading.holds(*word)) {
                statistics.add_rows_with(column, word, 1);
            }
        })?;
        Ok(statistics)
    }

    fn block(&self, unit: &Unit) -> Result<Block, SearchError> {
        let columns = self.columns.len();
        let rows = (unit.rows.end - unit.rows.start) as usize;
        let mut frequencies = vec![vec![Vec::new(); columns]; self.query.leaves().len()];
        let mut norms = vec![vec![0; rows]; columns];
        self.read(unit, |row, column, reading| {
            norms[column][row as usize] = FieldNormReader::fieldnorm_to_id(reading.words());
            for (leaf, of_columns) in frequencies.iter_mut().enumerate() {
                let count = reading.count(leaf);
                if count > 0 {
                    of_columns[column].push((row, count));
                }
            }
        })?;
        Ok(Block { frequencies, norms: norms.into_iter().map(Norms::Counted).collect() })
    }

    /// Reads every text of a unit; `each` hears of its row, counted from the unit's first, and its column.
    fn read(&self, unit: &Unit, mut each: impl FnMut(u32, usize, &Reading<'_>)) -> Result<(), SearchError> {
        let span = &self.reader.layout().spans()[unit.span];
        let mut reading = Reading::new(self.query);
        // The files of a dataset may have their columns in different orders.
        let names = unit.columns.names().iter();
        let places: Vec<usize> =
            names.filter_map(|name| self.columns.iter().position(|column| column == name)).collect();
        let mut first = 0;
        for batch in unit.columns.read(span, std::slice::from_ref(&unit.rows))? {
            self.control.check()?;
            let batch = batch?;
            for (column, texts) in places.iter().zip(batch.columns()) {
                let texts = texts.as_string_view();
                for place in (0..texts.len()).filter(|place| texts.is_valid(*place)) {
                    reading.read(texts.value(place));
                    each(first + place as u32, *column, &reading);
                }
            }
            first += batch.num_rows() as u32;
        }
        Ok(())
    }
}
