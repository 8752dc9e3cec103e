//! `tollgate why`: what keeps the release from an environment, and the shortest way there. It reads
//! and writes nothing else.

use jiff::Timestamp;

use super::failure::Failure;
use super::names::unknown_environment;
use super::outcome::Outcome;
use super::project::Project;
use super::status;
use crate::domain::delivery::way::{self, Way};
use crate::domain::ids::EnvironmentId;
use crate::domain::release::Release;

/// A release and its way into an environment.
#[derive(Debug)]
pub struct Explained {
    /// The release; its version is the newest that is known.
    pub release: Release,
    /// The way, seen from outside any run.
    pub way: Way,
}

impl Explained {
    /// What decides the exit code.
    pub fn outcome(&self) -> Outcome {
        match self.way.eligible {
            true => Outcome::Passed,
            false => Outcome::Blocked,
        }
    }
}

/// Finds the way into an environment from what the ledger knows.
///
/// # Errors
/// An environment that the policy does not have; a ledger that cannot be read.
pub async fn why(project: &Project, environment: &EnvironmentId) -> Result<Explained, Failure> {
    let policy = project.shown_policy();
    let facts = status::facts(project).await?;
    let way = way::find(&policy, &facts, environment, Timestamp::now());
    Ok(Explained {
        release: Release {
            version: facts.version,
            ..project.release.clone()
        },
        way: way.ok_or_else(|| unknown_environment(&policy, environment))?,
    })
}
