//! Columns as people read them: names and types in words.

use arrow::datatypes::{DataType, Schema, TimeUnit};

/// One column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type in words, as [`type_label`] gives it.
    pub kind: String,
    /// Whether it is a column of strings.
    pub is_text: bool,
}

/// The columns of a schema, in order.
pub fn columns(schema: &Schema) -> Vec<ColumnInfo> {
    let column = |field: &std::sync::Arc<arrow::datatypes::Field>| ColumnInfo {
        name: field.name().clone(),
        kind: type_label(field.data_type()),
        is_text: is_text(field.data_type()),
    };
    schema.fields().iter().map(column).collect()
}

/// Whether values of this type are strings.
pub(crate) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// A type in words: `string`, `int64`, `list<string>`, `struct<role: string, content: string>`.
pub fn type_label(kind: &DataType) -> String {
    match kind {
        kind if is_text(kind) => "string".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Float16 => "float16".to_owned(),
        DataType::Float32 => "float32".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".to_owned(),
        DataType::FixedSizeBinary(bytes) => format!("binary[{bytes}]"),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "time".to_owned(),
        DataType::Timestamp(unit, None) => format!("timestamp[{}]", unit_label(*unit)),
        DataType::Timestamp(unit, Some(zone)) => format!("timestamp[{}, {zone}]", unit_label(*unit)),
        DataType::Duration(unit) => format!("duration[{}]", unit_label(*unit)),
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => format!("decimal({digits}, {scale})"),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            format!("list<{}>", type_label(item.data_type()))
        }
        DataType::FixedSizeList(item, length) => format!("list<{}>[{length}]", type_label(item.data_type())),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| format!("{}: {}", field.name(), type_label(field.data_type())));
            format!("struct<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => {
                let pair = pair.iter().map(|field| type_label(field.data_type())).collect::<Vec<_>>();
                format!("map<{}>", pair.join(", "))
            }
            other => format!("map<{}>", type_label(other)),
        },
        DataType::Dictionary(_, values) => type_label(values),
        other => other.to_string().to_lowercase(),
    }
}

fn unit_label(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn types_are_read_as_words() {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let message = DataType::Struct(vec![text("role"), text("content")].into());
        for (kind, label) in [
            (DataType::LargeUtf8, "string"),
            (DataType::UInt8, "uint8"),
            (DataType::List(Field::new_list_field(DataType::Int64, true).into()), "list<int64>"),
            (
                DataType::List(Field::new_list_field(message, true).into()),
                "list<struct<role: string, content: string>>",
            ),
            (DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())), "timestamp[ms, UTC]"),
            (DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)), "string"),
            (DataType::Null, "null"),
        ] {
            assert_eq!(type_label(&kind), label);
        }
    }
}
