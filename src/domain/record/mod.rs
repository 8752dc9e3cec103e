//! What is written down: events, their hash chain, and the facts that they add up to.

pub mod chain;
pub mod envelope;
pub mod event;
pub mod history;
pub mod moment;
pub mod payload;
