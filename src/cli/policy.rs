//! `tollgate policy`.

use std::process::ExitCode;

use super::args::PolicyCommand;
use super::{Context, screen};
use crate::app::failure::Failure;
use crate::app::policy;

/// Checks or shows the policy.
pub(super) async fn run(context: Context, command: PolicyCommand) -> Result<ExitCode, Failure> {
    let text = match command {
        PolicyCommand::Check => {
            let found = policy::check(&context.settings).await?;
            let checks: usize = found
                .policy
                .gates
                .iter()
                .map(|gate| gate.checks.len())
                .sum();
            format!(
                "{} is good: {} gates, {checks} checks\n",
                found.path,
                found.policy.gates.len()
            )
        }
        PolicyCommand::Show => crate::policy::show(&policy::show(&context.settings).await?.policy),
        PolicyCommand::Schema => format!("{:#}\n", crate::policy::schema()),
    };
    screen::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
