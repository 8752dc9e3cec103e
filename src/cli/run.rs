//! `tollgate run`.

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use super::args::RunArguments;
use super::{Context, exit, signals, status};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::promote::find;
use crate::app::run::stop::Stop;
use crate::app::run::{self, OnFailure, Reuse, RunRequest, Selection, Wanted};
use crate::domain::ids::GateId;

/// Runs gates and exits by what came of those that were asked for.
pub(super) async fn run(context: Context, arguments: RunArguments) -> Result<ExitCode, Failure> {
    let mut settings = context.settings;
    settings.target = arguments.environment.clone().or(settings.target);
    let mut project = Project::open(settings).await?;
    if let Some(environment) = &project.settings.target {
        find(&project.policy, environment)?;
    }
    for from in arguments
        .results
        .instead(&asked(&arguments, &project), None)
    {
        project.read_results(from)?;
    }
    let reporters = context
        .screen
        .reporters(context.format, &project.settings, &project.directory);
    let stop = Stop::new();
    signals::listen(stop.clone())?;
    let ran = run::run(&project, request(arguments), reporters.clone(), stop).await?;
    status::print_document(
        context.format,
        &project.release,
        &project.tree,
        &ran.verdict,
    )?;
    for fault in reporters.faults() {
        if fault.kind() != ErrorKind::BrokenPipe {
            tracing::warn!(%fault, "not everything could be reported");
        }
    }
    Ok(exit::of_outcome(ran.outcome))
}

/// The gates that a call is for: those it names, else every stage.
pub(super) fn asked(arguments: &RunArguments, project: &Project) -> Vec<GateId> {
    let named: Vec<GateId> = arguments
        .only
        .iter()
        .chain(&arguments.gates)
        .cloned()
        .collect();
    match named.is_empty() {
        true => project
            .policy
            .stages()
            .map(|stage| stage.id.clone())
            .collect(),
        false => named,
    }
}

/// How many checks run side by side where nobody says.
pub(super) fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// What the arguments ask for.
pub(super) fn request(arguments: RunArguments) -> RunRequest {
    let wanted = match arguments.only {
        Some(gate) => Wanted::Only(gate),
        None if arguments.gates.is_empty() => Wanted::Pipeline,
        None => Wanted::Gates(arguments.gates),
    };
    RunRequest {
        wanted,
        selection: Selection::All,
        jobs: arguments.jobs.unwrap_or_else(processors),
        reuse: if arguments.force {
            Reuse::Nothing
        } else {
            Reuse::Passed
        },
        on_failure: if arguments.fail_fast {
            OnFailure::FailFast
        } else {
            OnFailure::KeepGoing
        },
    }
}
