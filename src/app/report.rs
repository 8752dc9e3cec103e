//! `tollgate report`: the record of a release. It reads the ledger and the policy, and nothing else
//! that could be gone by tomorrow.

use std::path::Path;

use jiff::Timestamp;

use super::failure::Failure;
use super::project::Project;
use super::{recording, status, whole_file};
use crate::domain::evidence::redaction::Redactor;
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::judge;
use crate::domain::gate::verdict::Verdict;
use crate::domain::policy::Policy;
use crate::domain::record::chain::Link;
use crate::domain::release::Release;
use crate::render::report::Sources;

/// Everything that a report is made from.
#[derive(Debug)]
pub struct Material {
    policy: Policy,
    links: Vec<Link>,
    facts: Facts,
    verdict: Verdict,
    release: Release,
    redactor: Redactor,
    now: Timestamp,
}

impl Material {
    /// Reads the ledger, and judges the release as it stands now.
    ///
    /// # Errors
    /// When the ledger cannot be read. One that is not there yet knows nothing.
    pub async fn gather(project: &Project) -> Result<Self, Failure> {
        let policy = project.shown_policy();
        let (links, facts) = status::record(project).await?;
        let now = Timestamp::now();
        Ok(Self {
            verdict: judge(&policy, &facts, &Viewpoint::Ledger, now),
            redactor: recording::redactor(project, &policy)?,
            release: Release {
                version: facts.version.clone(),
                ..project.release.clone()
            },
            policy,
            links,
            facts,
            now,
        })
    }

    /// What the report is built from.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            policy: &self.policy,
            links: &self.links,
            facts: &self.facts,
            verdict: &self.verdict,
            release: &self.release,
            redactor: &self.redactor,
            now: self.now,
        }
    }
}

/// Writes the report to a file, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub fn write(project: &Project, output: &Path, report: &str) -> Result<(), Failure> {
    let path = project.settings.working_directory.join(output);
    let unable = |error| {
        let shown = output.display();
        Failure::unreachable(format!("the report {shown} cannot be written: {error}"))
    };
    whole_file::write(&path, report.as_bytes()).map_err(unable)
}
