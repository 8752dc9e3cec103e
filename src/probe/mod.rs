//! Services of others, asked without changing anything: one kind of service a file.

pub mod http;
pub mod sql;
pub mod storage;
