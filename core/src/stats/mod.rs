//! Exact statistics over all rows.
