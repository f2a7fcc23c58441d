//! Which type a column of separated values has, and values into columns of that type.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow::datatypes::DataType;

/// The narrowest type that holds all values of a column seen so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// Nothing was seen.
    #[default]
    Nothing,
    Int,
    /// Whole numbers, one of which floating point would round.
    WideInt,
    Float,
    Bool,
    Text,
}

impl Kind {
    /// Widens by a value that is there.
    pub(crate) fn observe(&mut self, value: &str) {
        if *self != Self::Text {
            self.join(Self::of(value));
        }
    }

    fn of(value: &str) -> Self {
        match value {
            value if int(value).is_some_and(fits_float) => Self::Int,
            value if int(value).is_some() => Self::WideInt,
            value if float(value).is_some() => Self::Float,
            value if truth(value).is_some() => Self::Bool,
            _ => Self::Text,
        }
    }

    /// Widens by the values of a later part.
    pub(crate) fn join(&mut self, later: Self) {
        *self = match (*self, later) {
            (Self::Nothing, kind) | (kind, Self::Nothing) => kind,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            (Self::Int, Self::WideInt) | (Self::WideInt, Self::Int) => Self::WideInt,
            (one, other) if one == other => one,
            _ => Self::Text,
        }
    }

    /// The Arrow type of such a column.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Int | Self::WideInt => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Nothing | Self::Text => DataType::Utf8,
        }
    }
}

/// A whole number as it would be printed again: `007`, `+7` and numbers beyond 64 bits are text, so that no digit of
/// an identifier is lost.
fn int(value: &str) -> Option<i64> {
    plain_digits(value).then(|| value.parse().ok())?
}

fn plain_digits(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value).as_bytes();
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || digits[0] != b'0')
}

/// Whether floating point holds this whole number and no other in its place.
fn fits_float(number: i64) -> bool {
    number.unsigned_abs() <= 1 << 53
}

/// A number: digits, and then a fraction, an exponent or both; or a whole number that keeps its digits.
fn float(value: &str) -> Option<f64> {
    let whole = value.find(['.', 'e', 'E']);
    match whole {
        None => int(value).filter(|number| fits_float(*number)).map(|number| number as f64),
        Some(end) if plain_digits(&value[..end]) && value.ends_with(|last: char| last.is_ascii_digit()) => {
            value.parse().ok().filter(|number: &f64| number.is_finite())
        }
        Some(_) => None,
    }
}

fn truth(value: &str) -> Option<bool> {
    match value {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A column of a block while its rows are read.
pub(crate) enum Column {
    Int(Int64Builder),
    Float(Float64Builder),
    Bool(BooleanBuilder),
    Text(StringBuilder),
}

impl Column {
    /// A column for a block of so many bytes.
    pub(crate) fn new(kind: &DataType, bytes: usize) -> Self {
        match kind {
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            _ => Self::Text(StringBuilder::with_capacity(1024, bytes / 4)),
        }
    }

    /// Appends a value that is not there.
    pub(crate) fn put_null(&mut self) {
        match self {
            Self::Int(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Bool(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
        }
    }

    /// Appends a value; `false` if it does not fit the type.
    pub(crate) fn put(&mut self, value: &str) -> bool {
        match self {
            Self::Int(builder) => int(value).map(|value| builder.append_value(value)).is_some(),
            Self::Float(builder) => float(value).map(|value| builder.append_value(value)).is_some(),
            Self::Bool(builder) => truth(value).map(|value| builder.append_value(value)).is_some(),
            Self::Text(builder) => {
                builder.append_value(value);
                true
            }
        }
    }

    /// The finished column.
    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            Self::Int(mut builder) => Arc::new(builder.finish()),
            Self::Float(mut builder) => Arc::new(builder.finish()),
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Text(mut builder) => Arc::new(builder.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_of(values: &[&str]) -> DataType {
        let mut kind = Kind::default();
        for value in values {
            kind.observe(value);
        }
        kind.data_type()
    }

    #[test]
    fn a_number_is_one_only_if_no_digit_is_lost() {
        assert_eq!(type_of(&["1", "-20", "0"]), DataType::Int64);
        assert_eq!(type_of(&["1", "2.50", "1e-3"]), DataType::Float64);
        for text in
            ["007", "+1", " 1", "1.", ".5", "-", "1e", "inf", "NaN", "123456789012345678901234", "1_000", "1e999"]
        {
            assert_eq!(type_of(&[text]), DataType::Utf8, "{text}");
        }
    }

    #[test]
    fn mixed_and_empty_columns_are_text() {
        assert_eq!(type_of(&["true", "False"]), DataType::Boolean);
        assert_eq!(type_of(&["true", "1"]), DataType::Utf8);
        assert_eq!(type_of(&[]), DataType::Utf8);
    }
}
