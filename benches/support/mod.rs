//! What several benchmarks need: the events that are appended, and a PostgreSQL cluster.

#![allow(dead_code, reason = "each benchmark uses a part of it")]

pub(crate) mod cluster;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod sqlite;

use std::error::Error;

/// What a benchmark comes to.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
