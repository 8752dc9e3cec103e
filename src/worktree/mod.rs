//! The project's work tree: its files by glob, their text, and what Git says about it.
//!
//! Finding and reading files blocks the thread; call it on a thread that may wait. The Git
//! repository is read without the `git` program; only making a tag calls it.

mod evidence_folder;
pub mod files;
pub mod git;
pub mod globs;
pub mod text;

pub use files::WorkTree;
pub use git::Git;
pub use globs::Globs;
