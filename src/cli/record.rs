//! `tollgate record`.

use std::process::ExitCode;

use super::args::{RecordArguments, StepOutcome};
use super::{Context, exit, signals, status};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::promote::find;
use crate::app::record;
use crate::app::run::stop::Stop;

/// Records one check and exits by how it ended.
pub(super) async fn run(context: Context, arguments: RecordArguments) -> Result<ExitCode, Failure> {
    let mut settings = context.settings;
    settings.target.clone_from(&arguments.environment);
    let mut project = Project::open(settings).await?;
    if let Some(environment) = &project.settings.target {
        find(&project.policy, environment)?;
    }
    let name = &arguments.check;
    let gates = std::slice::from_ref(&name.gate);
    for from in arguments.results.instead(gates, Some(&name.check)) {
        project.read_results(from)?;
    }
    let reporters = context
        .screen
        .reporters(context.format, &project.settings, &project.directory);
    let stop = Stop::new();
    signals::listen(stop.clone())?;
    let outcome = step_outcome(arguments.outcome);
    let recorded = record::record(&project, &arguments.check, outcome, reporters, stop).await?;
    status::print_document(
        context.format,
        &project.release,
        &project.tree,
        &recorded.verdict,
    )?;
    Ok(exit::of_outcome(recorded.outcome))
}

/// The word of the command line, as the use case knows it.
pub(super) fn step_outcome(outcome: StepOutcome) -> record::StepOutcome {
    match outcome {
        StepOutcome::Success => record::StepOutcome::Success,
        StepOutcome::Failure => record::StepOutcome::Failure,
        StepOutcome::Skipped => record::StepOutcome::Skipped,
        StepOutcome::Cancelled => record::StepOutcome::Cancelled,
    }
}
