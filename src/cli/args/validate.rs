//! What people type to validate an environment.

use clap::Args;

use super::non_blank;
use crate::domain::ids::{EnvironmentId, RunId};

/// `tollgate validate`.
#[derive(Debug, Args)]
pub struct ValidateArguments {
    /// The environment of the policy
    #[arg(value_name = "ENV", required_unless_present_any = ["list", "show", "finalize"])]
    pub environment: Option<EnvironmentId>,
    /// List the validations of the release, of ENV where it is named
    #[arg(long, conflicts_with_all = ["show", "finalize"])]
    pub list: bool,
    /// Show a validation, with its checks as they stand now
    #[arg(long, value_name = "ID", conflicts_with = "finalize")]
    pub show: Option<RunId>,
    /// Close a validation for good: once, and not while a check is failing or missing
    #[arg(long, value_name = "ID")]
    pub finalize: Option<RunId>,
    /// Who closes it [default: whoever runs this]
    #[arg(long, value_name = "NAME", value_parser = non_blank, requires = "finalize")]
    pub by: Option<String>,
}
