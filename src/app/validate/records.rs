//! The validation runs of a release: listed, shown, finalised.

use jiff::Timestamp;

use super::Validated;
use crate::app::failure::Failure;
use crate::app::outcome::Outcome;
use crate::app::people;
use crate::app::project::Project;
use crate::app::promote::find;
use crate::app::run::stop::Stop;
use crate::app::status;
use crate::domain::delivery::validation::{self, Validation};
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::ids::{EnvironmentId, RunId};
use crate::domain::record::payload::{ValidationFinished, ValidationStatus};
use crate::render::validation::ValidationView;

/// Every validation run of the release, of one environment where that is named, the oldest first.
///
/// # Errors
/// An environment that the policy does not have; a ledger that cannot be read.
pub async fn list(
    project: &Project,
    environment: Option<&EnvironmentId>,
) -> Result<Vec<Validation>, Failure> {
    if let Some(environment) = environment {
        find(&project.policy, environment)?;
    }
    let mut all = validation::all(&status::facts(project).await?);
    all.retain(|it| environment.is_none_or(|environment| it.environment == *environment));
    Ok(all)
}

/// A validation run, with its checks as they stand now.
///
/// # Errors
/// An id that no run of the release has; a ledger that cannot be read.
pub async fn show(project: &Project, id: &RunId) -> Result<Validated, Failure> {
    let facts = status::facts(project).await?;
    look(project, id, &facts)
}

/// Closes a validation run for good.
///
/// # Errors
/// Usage: an id that no run of the release has. Blocked: a run that did not pass, that was
/// finalised before, or while a check is failing or missing. A ledger that cannot be written.
pub async fn finalize(
    project: &Project,
    id: &RunId,
    by: &str,
    stop: Stop,
) -> Result<Validated, Failure> {
    let facts = status::facts(project).await?;
    let found = look(project, id, &facts)?;
    let objections = validation::objections(&found.view.validation, &found.view.items);
    if !objections.is_empty() {
        let message = format!("the validation is not finalised: {}", objections.join("; "));
        let hint = format!(
            "`tollgate validate {}` validates anew",
            found.view.validation.environment
        );
        return Err(Failure::blocked(message).hint(hint));
    }
    let closed = ValidationFinished {
        validation_id: id.clone(),
        environment: found.view.validation.environment.clone(),
        status: ValidationStatus::Passed,
        by: by.to_owned(),
        blocking: Vec::new(),
    };
    let now = Timestamp::now();
    people::record(project, stop, |recording| {
        Ok(vec![recording.writer().validation_finalized(now, &closed)])
    })
    .await?;
    let facts = status::facts(project).await?;
    look(project, id, &facts)
}

fn look(project: &Project, id: &RunId, facts: &Facts) -> Result<Validated, Failure> {
    let all = validation::all(facts);
    let found = all
        .iter()
        .find(|it| it.id == *id)
        .ok_or_else(|| unknown(id, &all))?
        .clone();
    let policy = project.shown_policy();
    let items = validation::items(&policy, find(&policy, &found.environment)?);
    let verdict = judge(&policy, facts, &Viewpoint::Ledger, Timestamp::now());
    let outcome = match found.status {
        ValidationStatus::Passed => Outcome::Passed,
        ValidationStatus::Failed => Outcome::Failed,
        ValidationStatus::Running => Outcome::Blocked,
    };
    Ok(Validated {
        outcome,
        view: ValidationView {
            release: project.release.clone(),
            items: validation::judge(&items, &verdict),
            plans: validation::rollback_plans(facts)
                .into_iter()
                .cloned()
                .collect(),
            out_of_time: None,
            validation: found,
        },
        report: None,
        verdict,
    })
}

fn unknown(id: &RunId, all: &[Validation]) -> Failure {
    let known: Vec<&str> = all.iter().map(|it| it.id.as_str()).collect();
    let hint = match known.as_slice() {
        [] => "the release was not validated yet: `tollgate validate ENV`".to_owned(),
        known => format!("the release has {}", known.join(", ")),
    };
    Failure::usage(format!("the release has no validation {id}")).hint(hint)
}
