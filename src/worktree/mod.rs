//! The project's work tree: its files by glob, and what Git says about it.
