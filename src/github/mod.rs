//! GitHub: its REST API for one repository, and the Actions job that Tollgate runs in.

mod allowance;
pub mod app;
pub mod artifacts;
pub mod client;
pub mod context;
pub mod event;
pub mod oidc;
pub mod webhook;

pub use allowance::Allowance;
pub use app::App;
pub use artifacts::Artifacts;
pub use client::{Client, GitHubError};
pub use context::ActionsContext;
