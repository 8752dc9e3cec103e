//! Tollgate: policy + facts + now → verdict.
//!
//! The layers are described in `ARCHITECTURE.md`; an arrow points down only, and `tests/tidy.rs`
//! holds the table of allowed imports.

pub mod app;
pub mod checks;
pub mod cli;
pub mod domain;
pub mod exec;
pub mod formats;
pub mod github;
pub mod ledger;
pub mod policy;
pub mod probe;
pub mod registry;
pub mod render;
pub mod retry;
pub mod server;
pub mod settings;
pub mod store;
pub mod telemetry;
pub mod transport;
pub mod worktree;
