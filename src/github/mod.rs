//! GitHub: its REST API for one repository, and the Actions job that Tollgate runs in.

pub mod artifacts;
pub mod client;
pub mod context;
pub mod event;

pub use artifacts::Artifacts;
pub use client::{Client, GitHubError};
pub use context::ActionsContext;
