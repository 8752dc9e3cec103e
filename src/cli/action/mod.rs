//! `tollgate action`: what the container action runs. Inputs → a command of the command line, with
//! GitHub around it: what earlier jobs recorded is brought in first, what this step did is told
//! afterwards.

mod inputs;
mod story;
mod told;
mod work;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use clap::Parser as _;

use self::inputs::{ActionCommand, Checks, Inputs};
use self::story::Story;
use self::work::Work;
use super::args::{Arguments, Format, FormatArgument};
use super::{exit, screen, settings, signals};
use crate::app::failure::{Failure, FailureKind};
use crate::app::handover::{self, HandedOver};
use crate::app::job::Job;
use crate::app::job::StepFiles;
use crate::app::ownership;
use crate::app::project::Project;
use crate::app::publish::{self, PublishRequest, Published, Sending};
use crate::app::run::stop::Stop;
use crate::domain::ids::GateId;

/// Does what the step asks for, and answers with its exit code.
pub(super) async fn run(environment: BTreeMap<String, String>) -> u8 {
    match act(&environment).await {
        Ok(code) => code,
        Err(failure) => {
            screen::tell_failure(&failure, Format::Github);
            exit::code_of_failure(failure.kind)
        }
    }
}

/// A step as it was understood.
struct Step {
    inputs: Inputs,
    arguments: Arguments,
    project: Project,
    job: Option<Job>,
    stop: Stop,
    format: Format,
    /// What the runner lets it write to.
    files: StepFiles,
    /// The gates that it is for.
    asked: Vec<GateId>,
}

async fn act(environment: &BTreeMap<String, String>) -> Result<u8, Failure> {
    let inputs = Inputs::read(environment)?;
    let arguments = parse(&inputs)?;
    let mut settings = settings::from(&arguments.global)?;
    settings.target = work::target(&arguments);
    let mut project = Project::open(settings).await?;
    let asked = work::asked(&inputs, &arguments, &project);
    work::are_known(&arguments, &asked, &project)?; // before anybody is asked about them
    for from in work::results_elsewhere(&arguments, &asked) {
        project.read_results(from)?;
    }
    let stop = Stop::new();
    signals::listen(stop.clone())?;
    let job = Job::find(environment)?;
    project.github = job.as_ref().map(|job| job.client.clone());
    let step = Step {
        job,
        files: Job::files(environment)?,
        format: match arguments.global.format {
            Some(FormatArgument::Human) => Format::Human,
            Some(FormatArgument::Json) => Format::Json,
            _ => Format::Github,
        },
        asked,
        inputs,
        arguments,
        project,
        stop,
    };
    let ended = step.take().await;
    give_back(&step.project, environment);
    ended
}

/// The command line that the inputs stand for, read as if it had been typed.
fn parse(inputs: &Inputs) -> Result<Arguments, Failure> {
    let line = std::iter::once("tollgate".to_owned()).chain(inputs.command_line()?);
    Arguments::try_parse_from(line).map_err(|error| {
        let said = error.to_string();
        let said = said.strip_prefix("error: ").unwrap_or(&said);
        Failure::usage(format!("the inputs make no command: {}", said.trim_end()))
    })
}

/// What root made belongs to whoever owns the workspace, so that later steps can go on with it.
fn give_back(project: &Project, environment: &BTreeMap<String, String>) {
    let workspace = environment.get("GITHUB_WORKSPACE").map(Path::new);
    let like = workspace.unwrap_or(&project.root);
    if let Err(error) = ownership::give_to_owner_of(&project.evidence_directory(), like) {
        tracing::warn!(%error, "later steps may not be able to read the evidence directory");
    }
}

pub(super) use told::{handed_over, published};

impl Step {
    async fn take(&self) -> Result<u8, Failure> {
        let Some(job) = &self.job else {
            told::without_token()?;
            return match self.work(&HandedOver::default()).await {
                Ok(work) => told::end(self, &work, None).map(|()| work.code),
                Err(failure) => self.refuse(&failure),
            };
        };
        let handed = tokio::select! {
            handed = handover::bring_in(&self.project, job) => handed?,
            () = self.stop.token().cancelled() => return Ok(exit::INTERRUPTED),
        };
        told::handed_over(&handed)?;
        let work = match self.work(&handed).await {
            Ok(work) => work,
            Err(failure) => return self.refuse(&failure),
        };
        let told = self.tell(job, &handed, &work);
        tokio::select! {
            told = told => told,
            () = patience_after(&self.stop) => Ok(exit::INTERRUPTED),
        }
    }

    /// Looks once more what stands on the commit, since jobs beside this one go on, and tells
    /// GitHub, people and later steps.
    async fn tell(&self, job: &Job, earlier: &HandedOver, work: &Work) -> Result<u8, Failure> {
        let handed = handover::bring_in_more(&self.project, job, earlier).await?;
        if let Some((gate, failure)) = self.doubted(&handed) {
            let mut failure = failure.clone();
            failure.message = format!(
                "newer results of {gate} than some that count exist and can't be had, so nothing is \
                 told of it: {}",
                failure.message
            );
            return self.refuse(&failure);
        }
        let published = self.publish(job, &handed, work).await?;
        told::end(self, work, Some((job, &published)))?;
        Ok(code(work, &published))
    }

    /// A gate of this step that is not proven even with what the step did.
    fn doubted<'h>(&self, handed: &'h HandedOver) -> Option<(&GateId, &'h Failure)> {
        let mut asked = self.asked.iter();
        asked.find_map(|gate| Some((gate, handed.unproven.get(gate)?)))
    }

    /// Ends a step that did not do its work: later steps and people are told why.
    fn refuse(&self, failure: &Failure) -> Result<u8, Failure> {
        screen::tell_failure(failure, Format::Github);
        told::refusal(self, failure)?;
        Ok(exit::code_of_failure(failure.kind))
    }

    async fn work(&self, handed: &HandedOver) -> Result<Work, Failure> {
        let story = Story::default();
        work::perform(self, handed, story).await
    }

    async fn publish(
        &self,
        job: &Job,
        handed: &HandedOver,
        work: &Work,
    ) -> Result<Published, Failure> {
        let is_install = self.inputs.command == ActionCommand::Install;
        let on_unless = |off: bool, wanted: Sending| if off { Sending::Off } else { wanted };
        let request = PublishRequest {
            asked: self.asked.clone(),
            check_runs: on_unless(is_install || self.inputs.checks == Checks::Off, Sending::On),
            annotations: self.inputs.annotations,
            artifact: on_unless(is_install, self.inputs.artifact),
            retention_days: self.inputs.retention_days,
            ending: work.ending,
            live: match &work.live {
                Some(live) => live.check_runs().await,
                None => BTreeMap::new(),
            },
        };
        publish::publish(&self.project, job, handed, &request).await
    }
}

/// How long a step that was cancelled may go on telling: the runner waits ten seconds in all
/// (actions/runner, `ProcessInvoker.cs`).
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Ends when the step was cancelled and its last words have taken too long.
async fn patience_after(stop: &Stop) {
    stop.token().cancelled().await;
    tokio::time::sleep(LAST_WORDS).await;
}

/// A verdict that could not be told is as bad as none.
fn code(work: &Work, published: &Published) -> u8 {
    match (work.code, published.faults.first()) {
        (exit::USAGE | exit::INTERRUPTED, _) | (_, None) => work.code,
        (code, Some(fault)) => match fault.kind {
            FailureKind::Unreachable => exit::UNREACHABLE,
            _ => code.max(exit::FAILED),
        },
    }
}
