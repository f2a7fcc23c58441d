//! Local formats into Parquet: readers, schema, text-column detection.
