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
mod control_plane;
mod doctor;
mod driven_browser;
mod evidence;
mod fake_github;
mod file_checks;
mod git;
mod github_client;
mod github_faults;
mod given_workflows;
mod http_checks;
mod init_workflows;
mod jobs;
mod journeys;
mod ledger;
mod masking;
mod network;
mod official_artifact_client;
mod order;
mod pack;
mod people;
mod policy;
mod postgres;
mod postgres_ledger;
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
mod s3;
mod side_by_side;
mod sql_checks;
mod status;
mod storage_checks;
mod through_proxy;
mod tls;
mod validate;
mod verbs;
mod way;
mod web;
mod workflow;
