//! Finding text in every row.
