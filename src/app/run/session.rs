//! What a run holds besides its recording: what is wanted, what ends it, and how checks are
//! performed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use super::stop::{Budget, Stop, StopCause};
use super::{RunRequest, Selection};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::recording::Recording;
use crate::app::reporting::Reporters;
use crate::app::variables::Variables;
use crate::checks::Context;
use crate::checks::journeys::JourneyFacts;
use crate::domain::check::{Check, Verb};
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::{CheckRef, EnvironmentId, GateId, ImageDigest};
use crate::domain::policy::Policy;
use crate::domain::release::Release;
use crate::domain::run::{RunEvent, Tree};
use crate::domain::status::CheckStatus;
use crate::exec::{Environment, GRACE, ProcessExec};
use crate::github::Client;

/// A run that goes on.
pub struct Session {
    /// What is wanted.
    pub request: RunRequest,
    /// What ends it early.
    pub stop: Stop,
    /// Where everything is written down.
    pub recording: Recording,
    release: Release,
    target: Option<EnvironmentId>,
    tree: Tree,
    variables: Variables,
    environment: BTreeMap<String, String>,
    github: Option<Client>,
    exec: ProcessExec,
}

impl Session {
    /// Opens everything that the run needs.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub async fn open(
        project: &Project,
        policy: &Policy,
        request: RunRequest,
        reporters: Reporters,
        stop: Stop,
    ) -> Result<Self, Failure> {
        Ok(Self {
            recording: Recording::open(project, policy, reporters, &stop).await?,
            release: project.release.clone(),
            target: project.settings.target.clone(),
            tree: project.tree.clone(),
            variables: project.variables(),
            environment: project.settings.environment.clone(),
            github: project.github.clone(),
            exec: ProcessExec::new(std::env::var_os("PATH").as_deref(), GRACE),
            request,
            stop,
        })
    }

    /// Tells the reporters.
    pub fn tell(&self, event: RunEvent) {
        self.recording.tell(event);
    }

    /// How a gate stands now; one that is not in the policy is not asked for.
    pub fn gate_verdict(&self, id: &GateId) -> Option<GateVerdict> {
        self.recording
            .verdict()
            .gates
            .into_iter()
            .find(|gate| gate.id == *id)
    }

    /// Whether a check is performed by this run. Manual ones never are, and one that is about
    /// environments only when one of them is looked at.
    pub fn performs(&self, check: &Check) -> bool {
        let is_there = || {
            self.target
                .as_ref()
                .is_some_and(|target| check.only.contains(target))
        };
        !matches!(check.verb, Verb::Manual(_)) && (check.only.is_empty() || is_there())
    }

    /// Whether a check is among those that the run is for.
    pub fn is_wanted(&self, gate: &GateId, check: &Check) -> bool {
        match &self.request.selection {
            Selection::All => true,
            Selection::Checks(checks) => {
                checks.contains(&CheckRef::new(gate.clone(), check.id.clone()))
            }
        }
    }

    /// Ends the run when a time is used up, for as long as the handle lives.
    pub fn spend_budget(
        &self,
        budget: Budget,
        time: Option<Duration>,
    ) -> Option<AbortOnDropHandle<()>> {
        let (time, stop) = (time?, self.stop.clone());
        let timer = tokio::spawn(async move {
            tokio::time::sleep(time).await;
            stop.now(StopCause::OutOfTime(budget));
        });
        Some(AbortOnDropHandle::new(timer))
    }

    /// What a check is performed with.
    pub fn context<'a>(&'a self, name: &CheckRef, check: &'a Check, stop: &'a Stop) -> Context<'a> {
        Context {
            tree: &self.recording.place.tree,
            exec: &self.exec,
            cancellation: stop.token(),
            time_out: check.time_out,
            directory: self
                .recording
                .place
                .tree
                .root()
                .join(&check.working_directory),
            command_environment: self.command_environment(name, check),
            environment: &self.environment,
            github: self.github.as_ref(),
            release: &self.release,
            state: &self.tree,
            recorded_digest: self.recorded_digest(check),
            journeys: match &check.verb {
                Verb::Journeys(rule) => self.recording.journey_facts(rule),
                _ => JourneyFacts::default(),
            },
        }
    }

    fn command_environment(&self, name: &CheckRef, check: &Check) -> Environment {
        let parent = std::env::vars_os();
        let mut extra: BTreeMap<OsString, OsString> = self
            .variables
            .all(name)
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        extra.extend(
            check
                .environment
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        Environment::scrubbed(parent, extra, check.tokens)
    }

    /// The digest that the check named by `same-as` recorded, if its result counts and passed.
    fn recorded_digest(&self, check: &Check) -> Option<ImageDigest> {
        let Verb::Image(rule) = &check.verb else {
            return None;
        };
        let verdict = self.recording.verdict();
        let builder = verdict
            .gate(&rule.same_as.gate)?
            .check(&rule.same_as.check)?;
        let fact = builder
            .fact
            .as_ref()
            .filter(|_| builder.status == CheckStatus::Passed)?;
        fact.report.image_digest.clone()
    }
}
