//! Pages of rows, straight from Parquet.
