//! `tollgate promote`.

use std::process::ExitCode;

use super::args::PromoteArguments;
use super::{Context, exit, signals, status};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::promote::github::Job;
use crate::app::promote::{find, promote};
use crate::app::run::stop::Stop;

/// Judges whether the release may go to an environment, and exits by that.
pub(super) async fn run(
    context: Context,
    arguments: PromoteArguments,
) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let reporters = context
        .screen
        .reporters(context.format, &project.settings, &project.directory);
    let stop = Stop::new();
    signals::listen(stop.clone())?;
    find(&project.policy, &arguments.environment)?; // a wrong name is told before a missing token
    let job = Job::of(&project.settings, &project.release)?;
    let promoted = promote(
        &project,
        &arguments.environment,
        job.as_ref(),
        reporters,
        stop,
    )
    .await?;
    status::print_document(
        context.format,
        &project.release,
        &project.tree,
        &promoted.verdict,
    )?;
    Ok(exit::of_outcome(promoted.outcome))
}
