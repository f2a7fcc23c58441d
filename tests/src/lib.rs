//! What the integration tests stand on: a Hub of their own.

pub mod hub;
