//! `tollgate report`: the record of a release. It reads the ledger and the policy, and nothing else
//! that could be gone by tomorrow.

use std::path::Path;
use std::sync::Arc;

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
use crate::render::report::{Report, Sources, html, json, markdown};
use crate::render::{Chronicle, StatusView, junit};

/// The form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// For people who read text.
    Markdown,
    /// One page for a browser.
    Html,
    /// `tollgate.report/v1`.
    Json,
    /// Checks as test cases.
    Junit,
}

/// Everything that a report is made from.
#[derive(Debug)]
pub struct Material {
    policy: Policy,
    links: Vec<Link>,
    facts: Facts,
    verdict: Verdict,
    release: Release,
    redactor: Arc<Redactor>,
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
        let redactor = Arc::new(recording::redactor(project, &policy)?);
        let release = project.release.clone();
        let known = (links, facts);
        Ok(Self::judged(
            policy,
            known,
            release,
            redactor,
            Timestamp::now(),
        ))
    }

    /// Judges a release by a policy from its chain and what that adds up to.
    pub fn judged(
        policy: Policy,
        (links, facts): (Vec<Link>, Facts),
        release: Release,
        redactor: Arc<Redactor>,
        now: Timestamp,
    ) -> Self {
        Self {
            verdict: judge(&policy, &facts, &Viewpoint::Ledger, now),
            release: Release {
                version: facts.version.clone(),
                ..release
            },
            policy,
            links,
            facts,
            redactor,
            now,
        }
    }

    /// The release and how it stands.
    pub fn view(&self) -> StatusView<'_> {
        StatusView {
            release: &self.release,
            dirty: false,
            verdict: &self.verdict,
        }
    }

    /// What masks everything that is told of it.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The report in one of its forms.
    ///
    /// # Errors
    /// When it cannot be put into that form.
    pub fn shaped(&self, shape: Shape) -> Result<String, Failure> {
        let sources = &self.sources();
        let unable = |error| Failure::unreachable(format!("the report cannot be made: {error}"));
        match shape {
            Shape::Markdown => Ok(markdown(&Report::of(sources))),
            Shape::Html => html(&Report::of(sources)).map_err(unable),
            Shape::Json => Ok(format!("{:#}\n", json(sources, &Report::of(sources)))),
            Shape::Junit => {
                let all = self.links.iter().map(|link| link.event.occurred_at);
                let began = all.min().unwrap_or(self.now);
                let chronicle = Chronicle::of_record(self.verdict.clone(), began);
                let xml = junit::report(&chronicle).map_err(unable)?;
                Ok(self.redactor.mask_string(xml).into_inner())
            }
        }
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
