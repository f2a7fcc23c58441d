//! From text rows to token rows: settings, pipeline, audit.
