//! `tollgate serve`: the real binary, spoken to over HTTP.

mod answers;
mod cycle;
mod description;
mod faults;
mod ingest_log;
mod issuer;
mod load;
mod producer;
mod replicas;
mod schemathesis;
mod server;
mod settings;
mod tokens;
mod webhook;
