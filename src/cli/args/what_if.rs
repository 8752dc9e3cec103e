//! What people type to look ahead.

use clap::Args;
use jiff::Timestamp;

use super::moment::moment;

/// `tollgate what-if`. Its `--policy` is the other policy.
#[derive(Debug, Args)]
pub struct WhatIfArguments {
    /// The moment: the start of a day (UTC) such as 2026-12-01, or RFC 3339 [default: now]
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub at: Option<Timestamp>,
    /// Exit by the verdict (0 passed, 1 failed, 3 pending or blocked) instead of 0
    #[arg(long)]
    pub exit_code: bool,
}
