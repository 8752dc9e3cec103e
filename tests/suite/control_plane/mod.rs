//! `tollgate serve`: the real binary, spoken to over HTTP.

mod answers;
mod description;
mod issuer;
mod server;
mod settings;
mod tokens;
