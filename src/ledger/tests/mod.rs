//! The conformance suite, written against the trait, and the tests of what stands around it.

pub(crate) mod conformance;
mod pack;
pub(crate) mod samples;
