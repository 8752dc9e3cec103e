//! `tollgate serve` and `tollgate keys`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::non_blank;
use crate::domain::access::Role;

/// `tollgate serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// `tollgate keys …`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make an API key: it is printed once, with the entry that lets it in
    New {
        /// What its owner may do: ci_service_role, release_manager, qa_tester, sre, developer or audit_reader
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// Who its owner is: a GitHub login, or the name of a machine
        #[arg(long, value_name = "NAME", value_parser = non_blank)]
        name: String,
    },
}
