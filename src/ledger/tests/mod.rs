//! The conformance suite, written against the trait, and the tests of what stands around it.

pub(crate) mod conformance;
pub(crate) mod samples;
