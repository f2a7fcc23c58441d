//! The DuckDB catalog: what is in the workspace.
