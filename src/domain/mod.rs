//! The pure core: no IO, no async, no clock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
