//! Values of a column as plain text; a date or time that no calendar has as what it stands for.

use arrow::array::Array;
use arrow::datatypes::{DataType, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// Writes the values of one column: dates, times and durations by ISO 8601, decimals with all their digits.
pub(crate) struct PlainTexts<'a> {
    formatter: ArrayFormatter<'a>,
    array: &'a dyn Array,
}

impl<'a> PlainTexts<'a> {
    pub(crate) fn of(array: &'a dyn Array) -> Result<Self, ArrowError> {
        Ok(Self { formatter: ArrayFormatter::try_new(array, &FormatOptions::default())?, array })
    }

    /// Appends the value at `place`, which is not null.
    pub(crate) fn put(&self, place: usize, text: &mut String) -> Result<(), ArrowError> {
        let before = text.len();
        let written = self.formatter.value(place).write(text);
        // Durations that are too long are no error to the formatter.
        if written.is_ok() && &text[before..] != "<invalid>" {
            return Ok(());
        }
        match beyond_calendars(self.array, place) {
            Some(stored) => {
                text.truncate(before);
                text.push_str(&stored);
                Ok(())
            }
            None => written,
        }
    }
}

/// A date, time or duration as it is stored: `infinity` and `-infinity` as databases mean them by the largest numbers,
/// else the number with its unit.
fn beyond_calendars(array: &dyn Array, place: usize) -> Option<String> {
    let kind = array.data_type();
    let unit = match kind {
        DataType::Date32 => "days",
        DataType::Date64 => "ms",
        DataType::Timestamp(unit, _) | DataType::Time32(unit) | DataType::Time64(unit) | DataType::Duration(unit) => {
            match unit {
                TimeUnit::Second => "s",
                TimeUnit::Millisecond => "ms",
                TimeUnit::Microsecond => "µs",
                TimeUnit::Nanosecond => "ns",
            }
        }
        _ => return None,
    };
    let data = array.to_data();
    let (value, largest) = match kind.primitive_width() {
        Some(4) => (i64::from(data.buffer::<i32>(0)[place]), i64::from(i32::MAX)),
        _ => (data.buffer::<i64>(0)[place], i64::MAX),
    };
    let can_be_infinite = matches!(kind, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..));
    Some(if can_be_infinite && value == largest {
        "infinity".to_owned()
    } else if can_be_infinite && value <= -largest {
        "-infinity".to_owned()
    } else {
        format!("{value} {unit}")
    })
}
