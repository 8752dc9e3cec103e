//! The conformance suite, written against the trait, and the tests of what stands around it.

pub(crate) mod conformance;
pub(crate) mod logbook;
mod pack;
pub(crate) mod samples;
