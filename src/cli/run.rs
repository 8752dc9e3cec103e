//! `tollgate run`.

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use super::args::RunArguments;
use super::{Context, exit, signals, status};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::app::run::{self, OnFailure, Reuse, RunRequest, Wanted};

/// Runs gates and exits by what came of those that were asked for.
pub(super) async fn run(context: Context, arguments: RunArguments) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let reporters = context.screen.reporters(context.format, &project.settings);
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

fn request(arguments: RunArguments) -> RunRequest {
    let wanted = match arguments.only {
        Some(gate) => Wanted::Only(gate),
        None if arguments.gates.is_empty() => Wanted::Pipeline,
        None => Wanted::Gates(arguments.gates),
    };
    let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    RunRequest {
        wanted,
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
