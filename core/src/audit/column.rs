//! The lists of numbers in a column, whatever their width and kind of list.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, FieldRef, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

use crate::ingest::type_label;

/// The columns that makers of token rows call their ids, the most usual first.
pub(super) const ID_COLUMNS: [&str; 3] = ["input_ids", "tokens", "token_ids"];

/// What a row of a list column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// It is missing.
    Null,
    /// It has numbers, of which so many are missing; those are left out.
    List { missing: usize },
}

/// A column of lists of whole numbers.
pub(super) struct Lists {
    lists: ArrayRef,
    values: ArrayRef,
}

/// The element of a list of whole numbers; nothing for every other type.
pub(super) fn element(kind: &DataType) -> Option<&FieldRef> {
    let (DataType::List(element)
    | DataType::LargeList(element)
    | DataType::ListView(element)
    | DataType::LargeListView(element)
    | DataType::FixedSizeList(element, _)) = kind
    else {
        return None;
    };
    element.data_type().is_integer().then_some(element)
}

/// The highest number that an integer type holds.
pub(super) fn highest(kind: &DataType) -> Option<u64> {
    Some(match kind {
        DataType::Int8 => i8::MAX as u64,
        DataType::Int16 => i16::MAX as u64,
        DataType::Int32 => i32::MAX as u64,
        DataType::Int64 => i64::MAX as u64,
        DataType::UInt8 => u64::from(u8::MAX),
        DataType::UInt16 => u64::from(u16::MAX),
        DataType::UInt32 => u64::from(u32::MAX),
        DataType::UInt64 => u64::MAX,
        _ => return None,
    })
}

/// A type as people read it.
pub(super) fn label(kind: &DataType) -> String {
    type_label(kind)
}

impl Lists {
    /// Nothing where the column is no list of whole numbers.
    pub(super) fn new(column: &ArrayRef) -> Option<Self> {
        element(column.data_type())?;
        let values = match column.data_type() {
            DataType::List(_) => column.as_list::<i32>().values(),
            DataType::LargeList(_) => column.as_list::<i64>().values(),
            DataType::ListView(_) => column.as_list_view::<i32>().values(),
            DataType::LargeListView(_) => column.as_list_view::<i64>().values(),
            _ => column.as_fixed_size_list().values(),
        };
        Some(Self { lists: column.clone(), values: values.clone() })
    }

    fn range(&self, row: usize) -> Range<usize> {
        let lists = &self.lists;
        match lists.data_type() {
            DataType::List(_) => {
                let offsets = lists.as_list::<i32>().value_offsets();
                offsets[row] as usize..offsets[row + 1] as usize
            }
            DataType::LargeList(_) => {
                let offsets = lists.as_list::<i64>().value_offsets();
                offsets[row] as usize..offsets[row + 1] as usize
            }
            DataType::ListView(_) => {
                let views = lists.as_list_view::<i32>();
                let from = views.value_offset(row) as usize;
                from..from + views.value_size(row) as usize
            }
            DataType::LargeListView(_) => {
                let views = lists.as_list_view::<i64>();
                let from = views.value_offset(row) as usize;
                from..from + views.value_size(row) as usize
            }
            _ => {
                let lists = lists.as_fixed_size_list();
                let from = lists.value_offset_at(row);
                from..from + lists.value_length() as usize
            }
        }
    }

    /// Puts the numbers of a row into `into`, which is emptied first. Numbers beyond `i64` become its highest.
    pub(super) fn row(&self, row: usize, into: &mut Vec<i64>) -> Cell {
        into.clear();
        if self.lists.is_null(row) {
            return Cell::Null;
        }
        let range = self.range(row);
        numbers(&self.values, range.clone(), into);
        let Some(nulls) = self.values.nulls() else { return Cell::List { missing: 0 } };
        let mut place = range.start;
        let before = into.len();
        into.retain(|_| {
            place += 1;
            nulls.is_valid(place - 1)
        });
        Cell::List { missing: before - into.len() }
    }
}

/// Appends numbers of an integer array.
fn numbers(values: &ArrayRef, range: Range<usize>, into: &mut Vec<i64>) {
    macro_rules! widen {
        ($kind:ty) => {
            into.extend(values.as_primitive::<$kind>().values()[range].iter().map(|&value| i64::from(value)))
        };
    }
    match values.data_type() {
        DataType::Int8 => widen!(Int8Type),
        DataType::Int16 => widen!(Int16Type),
        DataType::Int32 => widen!(Int32Type),
        DataType::Int64 => into.extend_from_slice(&values.as_primitive::<Int64Type>().values()[range]),
        DataType::UInt8 => widen!(UInt8Type),
        DataType::UInt16 => widen!(UInt16Type),
        DataType::UInt32 => widen!(UInt32Type),
        _ => {
            let values = values.as_primitive::<UInt64Type>().values()[range].iter();
            into.extend(values.map(|&value| i64::try_from(value).unwrap_or(i64::MAX)));
        }
    }
}

/// The numbers of a plain column; nothing where it holds no whole numbers.
pub(super) fn plain(column: &ArrayRef) -> Option<Vec<Option<i64>>> {
    highest(column.data_type())?;
    let mut values = Vec::with_capacity(column.len());
    numbers(column, 0..column.len(), &mut values);
    Some(values.into_iter().enumerate().map(|(row, value)| column.is_valid(row).then_some(value)).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{FixedSizeListArray, LargeListArray, ListArray, StringArray, UInt64Array};

    use super::*;

    fn rows(column: impl Array + 'static) -> Vec<(Cell, Vec<i64>)> {
        let column: ArrayRef = Arc::new(column);
        let lists = Lists::new(&column).unwrap();
        let mut row = Vec::new();
        (0..column.len()).map(|place| (lists.row(place, &mut row), row.clone())).collect()
    }

    #[test]
    fn every_width_and_kind_of_list_gives_its_numbers() {
        let lists = [Some(vec![Some(1), None, Some(3)]), None, Some(vec![])];
        let expected =
            [(Cell::List { missing: 1 }, vec![1, 3]), (Cell::Null, vec![]), (Cell::List { missing: 0 }, vec![])];
        let array = ListArray::from_iter_primitive::<UInt8Type, _, _>(
            lists.clone().map(|row| row.map(|row| row.into_iter().map(|id| id.map(|id: i64| id as u8)))),
        );
        assert_eq!(rows(array), expected);
        let array = LargeListArray::from_iter_primitive::<Int64Type, _, _>(lists);
        assert_eq!(rows(array.clone()), expected);
        assert_eq!(rows(array.slice(1, 2)), expected[1..]);
        let fixed = FixedSizeListArray::from_iter_primitive::<Int16Type, _, _>([Some([Some(7), Some(-1)])], 2);
        assert_eq!(rows(fixed), [(Cell::List { missing: 0 }, vec![7, -1])]);
    }

    #[test]
    fn what_is_no_list_of_whole_numbers_is_none_and_what_is_beyond_every_id_stays_so() {
        assert!(Lists::new(&(Arc::new(StringArray::from(vec!["1 2"])) as ArrayRef)).is_none());
        assert!(plain(&(Arc::new(StringArray::from(vec!["1"])) as ArrayRef)).is_none());
        let numbers: ArrayRef = Arc::new(UInt64Array::from(vec![Some(u64::MAX), None]));
        assert_eq!(plain(&numbers).unwrap(), [Some(i64::MAX), None]);
    }
}
