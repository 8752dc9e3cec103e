//! One file per kind of check: what the rule says → what was found. Each has at most one adapter.
