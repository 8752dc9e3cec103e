//! `tollgate publish`.

use std::process::ExitCode;

use super::args::{PublishArguments, Switch};
use super::{Context, action, exit};
use crate::app::failure::Failure;
use crate::app::handover;
use crate::app::job::Job;
use crate::app::project::Project;
use crate::app::publish::{self, PublishRequest, Sending};
use crate::domain::check_run::Ending;

/// Tells GitHub what the ledger says; the exit code is about the telling.
pub(super) async fn run(
    context: Context,
    arguments: PublishArguments,
) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let job = Job::find(&project.settings.environment)?.ok_or_else(no_job)?;
    let handed = handover::bring_in(&project, &job).await?;
    let request = PublishRequest {
        asked: Vec::new(),
        check_runs: sending(arguments.checks),
        annotations: arguments.annotations.into(),
        artifact: sending(arguments.artifact),
        retention_days: arguments.retention_days,
        ending: Ending::Complete,
        live: std::collections::BTreeMap::new(),
    };
    action::handed_over(&handed)?;
    let published = publish::publish(&project, &job, &handed, &request).await?;
    action::published(&job, &published)?;
    Ok(ExitCode::from(match published.faults.first() {
        Some(fault) => exit::code_of_failure(fault.kind),
        None => exit::PASSED,
    }))
}

fn sending(switch: Switch) -> Sending {
    match switch {
        Switch::On => Sending::On,
        Switch::Off => Sending::Off,
    }
}

fn no_job() -> Failure {
    Failure::usage("there is no job of GitHub Actions to publish from, or it has no token").hint(
        "call it in a workflow, with `GITHUB_TOKEN: ${{ github.token }}` in the step's `env:`, or \
         as the action with `command: publish`",
    )
}
