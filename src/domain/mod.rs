//! The pure core: policy + facts + now → verdict.
//!
//! No IO, no async, no clock: the lints below make the compiler say so. Everything here can be
//! judged again years later from the same input.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod access;
pub mod annotation;
pub mod check;
pub mod check_run;
pub mod delivery;
pub mod doctor;
pub mod evidence;
pub mod gate;
pub mod ids;
pub mod pipeline;
pub mod policy;
pub mod quality;
pub mod reason;
pub mod record;
pub mod release;
pub mod run;
pub mod status;
pub mod workflow;
