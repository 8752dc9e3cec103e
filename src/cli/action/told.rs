//! What people and later steps are told: log lines, the step summary, outputs.

use super::Step;
use super::inputs::ActionCommand;
use super::work::Work;
use crate::app::failure::Failure;
use crate::app::handover::HandedOver;
use crate::app::job::Job;
use crate::app::project::Project;
use crate::app::publish::{ArtifactState, Fate, Published};
use crate::app::step_files;
use crate::cli::screen;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::GateId;
use crate::domain::status::GateStatus;
use crate::render::markdown::{self, Document, STEP_SUMMARY_BYTES};
use crate::render::{Totals, github};

/// Nothing can be asked of GitHub.
pub(super) fn without_token() -> Result<(), Failure> {
    warn(
        "the input `token` is empty: earlier jobs' results are not brought in, and nothing is \
         written to the commit",
    )
}

/// What was brought in, and what was not believed.
pub(in crate::cli) fn handed_over(handed: &HandedOver) -> Result<(), Failure> {
    if handed.imported > 0 {
        let jobs = match handed.imported {
            1 => "an earlier job".to_owned(),
            number => format!("{number} earlier jobs"),
        };
        say(&format!(
            "results of {jobs} were brought in for this commit"
        ))?;
    }
    if let Some(blind) = &handed.blind {
        warn(&format!(
            "earlier jobs' results can't be looked up: {}",
            blind.message
        ))?;
    }
    handed.notes.iter().try_for_each(|note| warn(note))
}

/// The end of a step: summary, outputs, what was written where.
pub(super) fn end(
    step: &Step,
    work: &Work,
    published: Option<(&Job, &Published)>,
) -> Result<(), Failure> {
    if let Some((job, published)) = published {
        self::published(job, published)?;
    }
    let files = &step.files;
    if let Some(file) = &files.summary {
        step_files::write_summary(file, &summary(step, work, published))?;
    }
    match &files.output {
        Some(file) => step_files::write_outputs(file, &outputs(step, work, published)),
        None => Ok(()),
    }
}

/// The end of a step that did not do its work.
pub(super) fn refusal(step: &Step, failure: &Failure) -> Result<(), Failure> {
    if let Some(file) = &step.files.summary {
        let document = markdown::refusal(&failure.message, failure.hint.as_deref());
        step_files::write_summary(file, &document.whole())?;
    }
    let Some(file) = &step.files.output else {
        return Ok(());
    };
    let mut outputs = vec![
        ("release-id", step.project.release.id().to_string()),
        ("status", GateStatus::Blocked.to_string()),
        (
            "failed-gate",
            step.asked
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
    ];
    if step.inputs.command == ActionCommand::Promote {
        outputs.push(("eligible", false.to_string()));
    }
    step_files::write_outputs(file, &outputs)
}

/// What was written where, in the log.
pub(in crate::cli) fn published(job: &Job, published: &Published) -> Result<(), Failure> {
    for report in &published.gates {
        let name = &report.gate;
        match &report.fate {
            Fate::Posted(_) => say(&format!("check run of {name}: {}", report.title))?,
            Fate::Present(_) => say(&format!("check run of {name} stands on the commit already"))?,
            Fate::Unsent(_) if published.fallback.is_some() => {}
            Fate::Unsent(why) => warn(&format!("the check run of {name} was not written: {why}"))?,
        }
    }
    if let Some(why) = &published.fallback {
        warn(&format!(
            "this token may not write check runs, so the verdict is in the summary, in the \
             annotations and in the exit code alone: {why}"
        ))?;
    }
    match &published.artifact {
        ArtifactState::Uploaded { name, size, .. } => {
            say(&format!("evidence: artifact {name}, {size} bytes"))?
        }
        ArtifactState::Present { name } => {
            say(&format!("evidence: artifact {name} is there already"))?
        }
        ArtifactState::Off => {}
        ArtifactState::Absent(why) => say(&format!(
            "evidence stays in the evidence directory, for actions/upload-artifact: {why}"
        ))?,
        ArtifactState::Failed(why) => warn(&format!("the evidence was not uploaded: {why}"))?,
    }
    for fault in &published.faults {
        screen::print(&format!("{}\n", github::error(&fault.to_string(), None)))?;
    }
    say(&job.usage().to_string())
}

fn say(text: &str) -> Result<(), Failure> {
    screen::print(&format!("{}\n", github::line(text)))
}

fn warn(text: &str) -> Result<(), Failure> {
    screen::print(&format!("{}\n", github::warning(text)))
}

fn summary(step: &Step, work: &Work, published: Option<(&Job, &Published)>) -> String {
    let mut document = Document::default();
    for chronicle in work.story.runs() {
        document = document.followed_by(markdown::summary(&chronicle));
    }
    if let Some((job, published)) = published {
        if work.story.runs().is_empty() {
            document = document.followed_by(markdown::gates(&published.shown()));
        }
        document = document.followed_by(markdown::reporting(&reporting(step, job, published)));
    }
    document.within(STEP_SUMMARY_BYTES, "in the evidence of this step")
}

/// The outputs of `action.yml`.
fn outputs(
    step: &Step,
    work: &Work,
    published: Option<(&Job, &Published)>,
) -> Vec<(&'static str, String)> {
    let mut outputs = vec![("release-id", step.project.release.id().to_string())];
    if let Some(eligible) = work.eligible {
        outputs.push(("eligible", eligible.to_string()));
    }
    let Some((_, published)) = published else {
        return outputs;
    };
    let gates = match step.asked.as_slice() {
        [] => published
            .verdict
            .gates
            .iter()
            .map(|gate| gate.id.clone())
            .collect(),
        asked => asked.to_vec(),
    };
    outputs.extend(of_verdict(&published.verdict, &gates));
    outputs.push(("manifest-sha256", published.manifest.to_string()));
    outputs.push(("report", report(&step.project, published)));
    if let ArtifactState::Uploaded { id, .. } = &published.artifact {
        outputs.push(("artifact-id", id.to_string()));
    }
    outputs
}

fn of_verdict(verdict: &Verdict, gates: &[GateId]) -> Vec<(&'static str, String)> {
    let chosen = || verdict.gates.iter().filter(|gate| gates.contains(&gate.id));
    let status = crate::domain::gate::judge::overall(chosen().map(|gate| gate.status));
    let tests = Totals::of_gates(chosen()).tests.unwrap_or_default();
    let shut = |gate: &&crate::domain::gate::verdict::GateVerdict| {
        matches!(gate.status, GateStatus::Failed | GateStatus::Blocked)
    };
    let failed = chosen().find(shut).map(|gate| gate.id.to_string());
    vec![
        ("status", status.to_string()),
        ("failed-gate", failed.unwrap_or_default()),
        ("tests", tests.total.to_string()),
        ("tests-failed", tests.not_passed().to_string()),
    ]
}

/// The run's summary, relative to the project's root.
fn report(project: &Project, published: &Published) -> String {
    let directory = &project.policy.evidence_directory;
    format!("{directory}/{}/summary.md", published.folder)
}

/// What was written where, for the summary.
fn reporting(step: &Step, job: &Job, published: &Published) -> markdown::Reporting {
    let gates = published.gates.iter().map(|report| markdown::ReportedGate {
        name: report.name.clone(),
        state: report.state,
        head_sha: report.head_sha.clone(),
        annotations: report.annotations,
        posted: match &report.fate {
            Fate::Posted(id) => markdown::Posted::Written(*id),
            Fate::Present(_) => markdown::Posted::Before,
            Fate::Unsent(_) if published.fallback.is_some() => markdown::Posted::Withheld,
            Fate::Unsent(why) => markdown::Posted::Refused(why.clone()),
        },
    });
    let directory = step.project.policy.evidence_directory.clone();
    markdown::Reporting {
        check_runs: gates.collect(),
        artifact: match &published.artifact {
            ArtifactState::Uploaded { name, .. } | ArtifactState::Present { name } => {
                markdown::ArtifactState::Uploaded(name.clone())
            }
            ArtifactState::Off => markdown::ArtifactState::Off,
            ArtifactState::Absent(_) => markdown::ArtifactState::ServiceAbsent(directory),
            ArtifactState::Failed(why) => markdown::ArtifactState::Failed(why.clone()),
        },
        fallback: published.fallback.clone(),
        calls: job.usage().to_string(),
    }
}
