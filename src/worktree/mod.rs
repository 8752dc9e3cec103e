//! The project's work tree: its files by glob, their text, and what Git says about it.
//!
//! Finding and reading files blocks the thread; call it on a thread that may wait. Git is asked
//! through the `git` program, so that it sees the repository as its users do.

mod evidence_folder;
pub mod files;
pub mod git;
pub mod globs;
pub mod text;

pub use files::WorkTree;
pub use git::Git;
pub use globs::Globs;
