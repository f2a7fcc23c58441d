//! What the integration tests and programs stand on: a Hub of their own, the real program, texts.

pub mod hub;
pub mod program;
pub mod proxy;
pub mod texts;
