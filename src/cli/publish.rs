//! `tollgate publish`.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::{Format, PublishArguments, Switch};
use super::{Context, action, exit, screen};
use crate::app::failure::Failure;
use crate::app::forward;
use crate::app::handover;
use crate::app::job::Job;
use crate::app::project::Project;
use crate::app::publish::{self, ArtifactState, Fate, PublishRequest, Published, Sending};
use crate::app::run::stop::Stop;
use crate::domain::check_run::Ending;

/// Tells GitHub what the ledger says; the exit code is about the telling.
pub(super) async fn run(
    context: Context,
    arguments: PublishArguments,
) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let job = Job::find(&project.settings.environment)?.ok_or_else(no_job)?;
    let handed = handover::bring_in(&project, &job).await?;
    let reporters = context
        .screen
        .reporters(context.format, &project.settings, &project.directory);
    forward::settle(&project, reporters, &Stop::new()).await?;
    let request = PublishRequest {
        asked: Vec::new(),
        check_runs: sending(arguments.checks),
        annotations: arguments.annotations.into(),
        artifact: sending(arguments.artifact),
        retention_days: arguments.retention_days,
        ending: Ending::Complete,
        live: std::collections::BTreeMap::new(),
    };
    if context.format != Format::Json {
        action::handed_over(&handed)?;
    }
    let published = publish::publish(&project, &job, &handed, &request).await?;
    match context.format {
        Format::Json => screen::print(&format!("{:#}\n", document(&job, &published)))?,
        Format::Human | Format::Github => action::published(&job, &published)?,
    }
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

/// `tollgate.published/v1`: what was written where.
fn document(job: &Job, published: &Published) -> Value {
    let gates = published.gates.iter().map(|report| {
        let (id, unsent) = match &report.fate {
            Fate::Posted(id) | Fate::Present(id) => (Some(id), None),
            Fate::Unsent(why) => (None, Some(why)),
        };
        json!({
            "gate": report.gate, "name": report.name, "title": report.title,
            "sha": report.head_sha, "check_run": id, "unsent": unsent,
        })
    });
    let artifact = match &published.artifact {
        ArtifactState::Uploaded {
            id, name, digest, ..
        } => {
            json!({ "id": id, "name": name, "sha256": digest })
        }
        ArtifactState::Present { name } => json!({ "name": name }),
        ArtifactState::Off => Value::Null,
        ArtifactState::Absent(why) | ArtifactState::Failed(why) => json!({ "unsent": why }),
    };
    json!({
        "schema": "tollgate.published/v1",
        "manifest_sha256": published.manifest,
        "gates": gates.collect::<Vec<_>>(),
        "artifact": artifact,
        "fallback": published.fallback,
        "calls": job.usage().calls,
    })
}
