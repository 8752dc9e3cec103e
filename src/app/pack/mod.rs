//! A release in one file: what it takes to judge it again, with no network and no project.

mod compare;
mod evidence;
mod export;
mod policy;
mod rejudge;
mod verify;

pub use export::{Packed, release};
pub use rejudge::Rejudged;
pub use verify::{Checked, Finding, Verified, verify};

#[cfg(test)]
mod tests;
