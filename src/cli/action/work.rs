//! The command itself, between what is brought in and what is told.

use super::Step;
use super::inputs::{ActionCommand, Checks, Inputs};
use super::story::Story;
use crate::app::failure::{Failure, FailureKind};
use crate::app::forward;
use crate::app::handover::HandedOver;
use crate::app::install;
use crate::app::names;
use crate::app::outcome::Outcome;
use crate::app::project::{Project, ResultsFrom};
use crate::app::publish::Live;
use crate::app::reporting::Reporters;
use crate::app::run::{self, Reuse, Wanted};
use crate::app::{promote, record, validate};
use crate::cli::args::{Arguments, Command, Format};
use crate::cli::{exit, record as record_command, run as run_command, screen};
use crate::domain::check_run::Ending;
use crate::domain::ids::{EnvironmentId, GateId};
use crate::render;

/// What the command came to.
pub(super) struct Work {
    /// The exit code, were nothing to be told to GitHub.
    pub(super) code: u8,
    /// How it ended.
    pub(super) ending: Ending,
    /// Whether the environment may be entered, where one was asked for.
    pub(super) eligible: Option<bool>,
    /// What happened.
    pub(super) story: Story,
    /// What was posted while it went on.
    pub(super) live: Option<Live>,
}

/// The gates that a step is for.
pub(super) fn asked(inputs: &Inputs, arguments: &Arguments, project: &Project) -> Vec<GateId> {
    match &arguments.command {
        Command::Record(record) => vec![record.check.gate.clone()],
        Command::Run(_) if !inputs.gates.is_empty() => inputs.gates.clone(),
        Command::Run(run) => run_command::asked(run, project),
        _ => Vec::new(),
    }
}

/// The environment that the step looks at.
pub(super) fn target(arguments: &Arguments) -> Option<EnvironmentId> {
    match &arguments.command {
        Command::Run(run) => run.environment.clone(),
        Command::Record(record) => record.environment.clone(),
        Command::Validate(validate) => validate.environment.clone(),
        _ => None,
    }
}

/// Refuses names that the policy does not have.
pub(super) fn are_known(
    arguments: &Arguments,
    asked: &[GateId],
    project: &Project,
) -> Result<(), Failure> {
    let policy = &project.policy;
    if let Some(target) = &project.settings.target {
        crate::app::promote::find(policy, target)?;
    }
    if let Some(unknown) = asked.iter().find(|gate| policy.gate(gate).is_none()) {
        return Err(names::unknown_gate(policy, unknown));
    }
    match &arguments.command {
        Command::Record(record) if policy.check(&record.check).is_none() => {
            Err(names::unknown_check(policy, &record.check))
        }
        Command::Promote(promote) => {
            crate::app::promote::find(policy, &promote.environment).map(drop)
        }
        _ => Ok(()),
    }
}

/// Where results lie instead of where the policy says.
pub(super) fn results_elsewhere(arguments: &Arguments, asked: &[GateId]) -> Vec<ResultsFrom> {
    match &arguments.command {
        Command::Run(run) => run.results.instead(asked, None),
        Command::Record(record) => record.results.instead(asked, Some(&record.check.check)),
        _ => Vec::new(),
    }
}

/// Performs it.
pub(super) async fn perform(
    step: &Step,
    handed: &HandedOver,
    story: Story,
) -> Result<Work, Failure> {
    handed.lets_open(&step.project.policy, &step.asked)?;
    let live = live(step);
    let ended = match (step.inputs.command, &step.arguments.command) {
        (ActionCommand::Install, _) => install(step),
        (ActionCommand::Publish, _) => settle(step).await,
        (_, Command::Run(arguments)) => {
            let mut request = run_command::request(arguments.clone());
            if handed.must_repeat(&step.asked) {
                request.reuse = Reuse::Nothing;
            }
            run_gates(step, request, &story, live.as_ref()).await
        }
        (_, Command::Record(arguments)) => {
            let outcome = record_command::step_outcome(arguments.outcome);
            let reporters = reporters(step, &story);
            let stop = step.stop.clone();
            record::record(&step.project, &arguments.check, outcome, reporters, stop)
                .await
                .map(|recorded| recorded.outcome)
        }
        (_, Command::Validate(_)) => validate(step, handed, &story).await,
        (_, Command::Promote(arguments)) => return promote(step, handed, arguments, story).await,
        _ => Err(Failure::usage("the inputs make no command of the action")),
    };
    let work = finished(ended, story)?;
    Ok(Work { live, ..work })
}

fn live(step: &Step) -> Option<Live> {
    let is_wanted = step.inputs.checks == Checks::Live;
    let job = step.job.as_ref().filter(|_| is_wanted)?;
    Some(Live::new(job, &step.project))
}

/// One gate after the other, each alone: a job is for the gates that it names, and what they
/// require is another job's work.
async fn run_gates(
    step: &Step,
    request: run::RunRequest,
    story: &Story,
    live: Option<&Live>,
) -> Result<Outcome, Failure> {
    let mut wanted: Vec<Wanted> = step
        .inputs
        .gates
        .iter()
        .cloned()
        .map(Wanted::Only)
        .collect();
    if wanted.is_empty() {
        wanted.push(request.wanted.clone());
    }
    for wanted in wanted {
        let request = run::RunRequest {
            wanted,
            ..request.clone()
        };
        let reporters = reporters(step, story);
        if let Some(live) = live {
            reporters.add(Box::new(live.clone()));
        }
        let ran = run::run(&step.project, request, reporters, step.stop.clone());
        let outcome = ran.await?.outcome;
        if outcome != Outcome::Passed {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Passed)
}

async fn promote(
    step: &Step,
    handed: &HandedOver,
    arguments: &crate::cli::args::PromoteArguments,
    story: Story,
) -> Result<Work, Failure> {
    let environment = promote::find(&step.project.policy, &arguments.environment)?;
    handed.proves(&step.project.policy, &environment.gates)?;
    let job = match &step.job {
        Some(job) => promote::github::Job::of_job(job, &step.project.release)?,
        None => return Err(Failure::blocked("without a token no approval can be seen")),
    };
    let promoted = promote::promote(
        &step.project,
        &arguments.environment,
        Some(&job),
        reporters(step, &story),
        step.stop.clone(),
    );
    let eligible = Some(promoted.await?.outcome).map(|outcome| outcome == Outcome::Passed);
    let outcome = match eligible {
        Some(true) => Outcome::Passed,
        _ => Outcome::Blocked,
    };
    let work = finished(Ok(outcome), story)?;
    Ok(Work { eligible, ..work })
}

/// What is in the way is printed with the way back; the report lies with the evidence of the run.
async fn validate(step: &Step, handed: &HandedOver, story: &Story) -> Result<Outcome, Failure> {
    let wanted = || Failure::usage("which environment is to be validated?");
    let target = step.project.settings.target.as_ref().ok_or_else(wanted)?;
    let environment = promote::find(&step.project.policy, target)?;
    handed.lets_open(&step.project.policy, &environment.gates)?;
    let (jobs, reporters) = (run_command::processors(), reporters(step, story));
    let validated = validate::validate(&step.project, target, jobs, reporters, step.stop.clone());
    let validated = validated.await?;
    screen::print(&render::validation::text(&validated.view))?;
    Ok(validated.outcome)
}

fn reporters(step: &Step, story: &Story) -> Reporters {
    let reporters = on_screen(step);
    reporters.add(Box::new(story.clone()));
    reporters
}

fn on_screen(step: &Step) -> Reporters {
    let screen = screen::Screen::of(&step.arguments.global, &step.project.settings);
    screen.reporters(step.format, &step.project.settings, &step.project.directory)
}

/// What an earlier step could not send to a server is sent before GitHub is told anything.
async fn settle(step: &Step) -> Result<Outcome, Failure> {
    forward::settle(&step.project, on_screen(step), &step.stop).await?;
    Ok(Outcome::Passed)
}

fn install(step: &Step) -> Result<Outcome, Failure> {
    let folder = step
        .job
        .as_ref()
        .and_then(|job| job.context.files.temporary.as_deref());
    let place = install::install(folder)?;
    screen::print(&format!(
        "tollgate is at {} in this container, and at $RUNNER_TEMP/tollgate for steps on the host\n",
        place.display()
    ))?;
    Ok(Outcome::Passed)
}

/// A closed gate is told to GitHub like any other verdict; what else went wrong ends the step.
fn finished(ended: Result<Outcome, Failure>, story: Story) -> Result<Work, Failure> {
    let outcome = match ended {
        Err(failure) if failure.kind == FailureKind::Blocked => {
            screen::tell_failure(&failure, Format::Github);
            Outcome::Blocked
        }
        ended => ended?,
    };
    Ok(Work {
        code: exit::code_of_outcome(outcome),
        ending: match outcome {
            Outcome::Interrupted => Ending::Cancelled,
            _ => Ending::Complete,
        },
        eligible: None,
        live: None,
        story,
    })
}
