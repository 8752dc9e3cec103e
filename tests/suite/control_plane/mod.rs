//! `tollgate serve`: the real binary, spoken to over HTTP.

mod answers;
mod browsing;
mod cycle;
mod dashboard;
mod description;
mod faults;
mod issuer;
mod load;
mod producer;
mod replicas;
mod server;
mod sessions;
mod settings;
mod tokens;
mod unjudged;
mod webhook;
