//! `tollgate record`.

use std::process::ExitCode;

use super::args::{RecordArguments, StepOutcome};
use super::{Context, exit, status};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::record;

/// Records one check and exits by how it ended.
pub(super) async fn run(context: Context, arguments: RecordArguments) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let reporters = context.screen.reporters(context.format, &project.settings);
    let outcome = match arguments.outcome {
        StepOutcome::Success => record::StepOutcome::Success,
        StepOutcome::Failure => record::StepOutcome::Failure,
        StepOutcome::Skipped => record::StepOutcome::Skipped,
        StepOutcome::Cancelled => record::StepOutcome::Cancelled,
    };
    let recorded = record::record(&project, &arguments.check, outcome, reporters).await?;
    status::print_document(
        context.format,
        &project.release,
        &project.tree,
        &recorded.verdict,
    )?;
    Ok(exit::of_outcome(recorded.outcome))
}
