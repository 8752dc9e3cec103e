//! `tollgate serve`: the real binary, spoken to over HTTP.

mod answers;
mod description;
mod server;
mod settings;
