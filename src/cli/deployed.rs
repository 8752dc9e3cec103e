//! `tollgate deployed`.

use std::process::ExitCode;

use super::args::{DeployedArguments, DeploymentOutcome, Format};
use super::{Context, screen, signals, status};
use crate::app::deployed::{Deployment, deployed};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::domain::record::payload::DeploymentStatus;

/// Records a deployment that was made by other means.
pub(super) async fn run(
    context: Context,
    arguments: DeployedArguments,
) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let stop = Stop::new();
    signals::listen(stop.clone())?;
    let deployment = Deployment {
        status: match arguments.status {
            DeploymentOutcome::Passed => DeploymentStatus::Passed,
            DeploymentOutcome::Failed => DeploymentStatus::Failed,
        },
        environment: arguments.environment,
        digest: arguments.digest,
        by: arguments.by,
    };
    let recorded = deployed(&project, &deployment, stop).await?;
    if context.format == Format::Json {
        status::print_document(
            context.format,
            &project.release,
            &project.tree,
            &recorded.verdict,
        )?;
    } else {
        let Deployment {
            environment,
            status,
            ..
        } = deployment;
        let (status, id) = (status.as_str(), recorded.deployment_id);
        screen::print(&format!(
            "recorded that the deployment to {environment} {status} ({id})\n"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
