//! Use cases: the only place that combines adapters.

pub mod deployed;
pub mod doctor;
pub mod events;
pub mod failure;
pub mod init;
pub mod install;
pub mod ledger;
pub mod ledgers;
pub mod measure;
pub mod names;
pub mod outcome;
pub mod ownership;
pub mod places;
pub mod policy;
pub mod project;
pub mod promote;
pub mod record;
pub mod recording;
pub mod reporting;
pub mod run;
pub mod run_files;
pub mod status;
pub mod step_files;
pub mod variables;
