//! DuckDB's names of types.

use duckdb::core::{LogicalTypeHandle, LogicalTypeId};

/// A type as DuckDB writes it, for example `DECIMAL(18,3)` or `STRUCT(a INTEGER, b VARCHAR[])`.
pub(in crate::sql) fn type_name(of: &LogicalTypeHandle) -> String {
    if let Some(alias) = of.get_alias() {
        return alias;
    }
    let fields = || {
        let fields =
            (0..of.num_children()).map(|child| format!("{} {}", of.child_name(child), type_name(&of.child(child))));
        fields.collect::<Vec<_>>().join(", ")
    };
    match of.try_id() {
        Ok(LogicalTypeId::Decimal) => format!("DECIMAL({},{})", of.decimal_width(), of.decimal_scale()),
        Ok(LogicalTypeId::List | LogicalTypeId::Array) => format!("{}[]", type_name(&of.child(0))),
        Ok(LogicalTypeId::Struct) => format!("STRUCT({})", fields()),
        Ok(LogicalTypeId::Union) => format!("UNION({})", fields()),
        Ok(LogicalTypeId::Map) => format!("MAP({}, {})", type_name(&of.child(0)), type_name(&of.child(1))),
        Ok(plain) => simple(plain).to_owned(),
        Err(number) => format!("type {number}"),
    }
}

fn simple(id: LogicalTypeId) -> &'static str {
    match id {
        LogicalTypeId::Boolean => "BOOLEAN",
        LogicalTypeId::Tinyint => "TINYINT",
        LogicalTypeId::Smallint => "SMALLINT",
        LogicalTypeId::Integer | LogicalTypeId::IntegerLiteral => "INTEGER",
        LogicalTypeId::Bigint => "BIGINT",
        LogicalTypeId::UTinyint => "UTINYINT",
        LogicalTypeId::USmallint => "USMALLINT",
        LogicalTypeId::UInteger => "UINTEGER",
        LogicalTypeId::UBigint => "UBIGINT",
        LogicalTypeId::Float => "FLOAT",
        LogicalTypeId::Double => "DOUBLE",
        LogicalTypeId::Timestamp => "TIMESTAMP",
        LogicalTypeId::Date => "DATE",
        LogicalTypeId::Time | LogicalTypeId::TimeNs => "TIME",
        LogicalTypeId::Interval => "INTERVAL",
        LogicalTypeId::Hugeint => "HUGEINT",
        LogicalTypeId::UHugeint => "UHUGEINT",
        LogicalTypeId::Varchar | LogicalTypeId::StringLiteral => "VARCHAR",
        LogicalTypeId::Blob => "BLOB",
        LogicalTypeId::TimestampS => "TIMESTAMP_S",
        LogicalTypeId::TimestampMs => "TIMESTAMP_MS",
        LogicalTypeId::TimestampNs => "TIMESTAMP_NS",
        LogicalTypeId::Enum => "ENUM",
        LogicalTypeId::Uuid => "UUID",
        LogicalTypeId::Bit => "BIT",
        LogicalTypeId::TimeTZ => "TIME WITH TIME ZONE",
        LogicalTypeId::TimestampTZ => "TIMESTAMP WITH TIME ZONE",
        LogicalTypeId::Bignum => "BIGNUM",
        LogicalTypeId::SqlNull => "NULL",
        LogicalTypeId::Geometry => "GEOMETRY",
        LogicalTypeId::Variant => "VARIANT",
        _ => "other",
    }
}

/// Whether values of that type are numbers.
pub(in crate::sql) fn is_numeric(of: &LogicalTypeHandle) -> bool {
    use LogicalTypeId as Id;
    matches!(
        of.try_id(),
        Ok(Id::Tinyint
            | Id::Smallint
            | Id::Integer
            | Id::Bigint
            | Id::Hugeint
            | Id::UTinyint
            | Id::USmallint
            | Id::UInteger
            | Id::UBigint
            | Id::UHugeint
            | Id::Float
            | Id::Double
            | Id::Decimal
            | Id::IntegerLiteral)
    )
}
