//! A release in one file: what it takes to judge it again, with no network and no project.

mod compare;
mod evidence;
mod export;
mod policy;
mod verify;

pub use export::{Packed, release};
pub use verify::{Checked, Finding, Rejudged, Verified, verify};

#[cfg(test)]
mod tests;
