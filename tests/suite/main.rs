//! The real binary, driven as users drive it: a project in a temporary folder, a command line, and
//! what came of it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects by unwrapping"
)]

mod across_jobs;
mod action_faults;
mod action_file;
mod bad_input;
mod browser;
mod container;
mod container_jobs;
mod doctor;
mod evidence;
mod fake_github;
mod git;
mod github_client;
mod github_faults;
mod given_workflows;
mod init_workflows;
mod jobs;
mod ledger;
mod masking;
mod network;
mod official_artifact_client;
mod order;
mod people;
mod policy;
mod processes;
mod project;
mod promote;
mod record;
mod reference;
mod release;
mod report;
mod reporting;
mod results;
mod runner;
mod status;
mod verbs;
mod workflow;
