//! `tollgate serve`: the real binary, spoken to over HTTP.

mod answers;
mod batch;
mod browsing;
mod check_runs;
mod cycle;
mod dashboard;
mod deadline;
mod description;
mod faults;
mod github_app;
mod ingest_log;
mod issuer;
mod leader;
mod load;
mod missed;
mod producer;
mod replicas;
mod schemathesis;
mod server;
mod sessions;
mod settings;
mod tokens;
mod unjudged;
mod webhook;
